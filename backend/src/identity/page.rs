//! What a person sees in the browser when there is no app to send them back to.
//!
//! Plain HTML, two languages, no script: it must work in any browser and be read out well.

use axum::{
    http::{StatusCode, header},
    response::IntoResponse,
};

fn page(status: StatusCode, vi: &str, en: &str) -> impl IntoResponse + use<> {
    let html = format!(
        "<!doctype html>\n<html lang=\"vi\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>Gần Dân</title>\n\
         <main><h1>Gần Dân</h1>\n<p>{vi}</p>\n<p lang=\"en\">{en}</p></main>\n</html>\n"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
    ];
    (status, headers, html)
}

/// Not one of our apps asks, or not for one of our addresses.
pub(super) fn not_ours() -> impl IntoResponse {
    page(
        StatusCode::BAD_REQUEST,
        "Liên kết đăng nhập này không đúng. Chưa có thông tin nào được gửi đi. Hãy mở lại ứng dụng \
         và bấm đăng nhập; nếu vẫn lỗi, hãy nhờ cán bộ một cửa hoặc tổ công nghệ số cộng đồng.",
        "This sign-in link is not right. Nothing has been sent. Open the app again and sign in from \
         there; if it fails again, ask the one-stop desk or your community digital team.",
    )
}

/// No sign-in with this state: too old, or somebody else's link.
pub(super) fn not_under_way() -> impl IntoResponse {
    page(
        StatusCode::BAD_REQUEST,
        "Lần đăng nhập này đã hết hạn hoặc không phải do ứng dụng trên máy này bắt đầu. Bản nháp của \
         bạn vẫn còn trong máy. Hãy mở lại ứng dụng và bấm đăng nhập.",
        "This sign-in has expired, or was not started by the app on this phone. Your draft is still \
         on your phone. Open the app again and sign in from there.",
    )
}

/// Our own storage does not answer.
pub(super) fn try_again() -> impl IntoResponse {
    page(
        StatusCode::SERVICE_UNAVAILABLE,
        "Hệ thống đang bận. Bản nháp của bạn vẫn còn trong máy. Hãy tải lại trang này sau ít phút.",
        "The service is busy. Your draft is still on your phone. Reload this page in a few minutes.",
    )
}

/// Back from the gateway's page, and not to be sent to an app.
pub(super) fn payment(status: StatusCode) -> impl IntoResponse {
    page(
        status,
        "Chưa đọc được tin của cổng thanh toán ở địa chỉ này. Nếu bạn đã trả tiền, khoản đó không mất: \
         hệ thống đang tự hỏi lại cổng thanh toán. Đừng trả lần nữa; hãy mở lại ứng dụng, xem hồ sơ, \
         hoặc hỏi cán bộ một cửa.",
        "The payment gateway's word could not be read at this address. If you have paid, nothing is \
         lost: the gateway is being asked. Do not pay again; open the app, look at your dossier, or \
         ask the one-stop desk.",
    )
}
