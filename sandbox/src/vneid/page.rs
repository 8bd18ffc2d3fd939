//! The login page: plain HTML that works without JavaScript, with a keyboard, and by ear.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::people::people_list;

const STYLE: &str = "body{font:1.125rem/1.5 system-ui,sans-serif;max-width:40rem;margin:0 auto;padding:min(1rem,4vw);color:#111;background:#fff;overflow-wrap:anywhere}\
h1{font-size:min(2rem,11vw)}h2{font-size:min(1.5rem,9vw)}ul{padding-inline-start:min(1.25rem,6vw)}\
.trial{border:3px solid #8a0000;color:#8a0000;font-weight:bold;padding:.5rem}\
label{display:block;font-weight:bold;margin-top:1rem}\
input{font:inherit;width:100%;box-sizing:border-box;min-height:3rem;border:2px solid #111;padding:.5rem}\
button{font:inherit;min-height:3rem;padding:.5rem min(1.5rem,4vw);margin:1rem min(1rem,3vw) 0 0;max-width:100%}\
.error{border:3px solid #8a0000;padding:0 1rem}\
:focus-visible{outline:4px solid #0047b3;outline-offset:2px}";

/// `failed_as`: the id number of the attempt that just failed; the page then begins with the error.
pub(crate) fn login(issuer: &str, request: &str, failed_as: Option<&str>) -> Response {
    let failed = failed_as.is_some();
    let body = html! {
        p .trial { "THỬ NGHIỆM: đây không phải VNeID thật. " span lang="en" { "For trial only: this is not the real VNeID." } }
        h1 { "Đăng nhập VNeID (mức 2)" }
        @if failed {
            div .error role="alert" tabindex="-1" {
                h2 { "Chưa đăng nhập được" }
                p { a href="#id_number" { "Số định danh hoặc mật khẩu chưa đúng. Xin nhập lại; chưa có gì được chia sẻ." } }
                p lang="en" { "The id number or the password is wrong. Please try again; nothing has been shared." }
            }
        }
        h2 { "Ứng dụng Gần Dân sẽ nhận" }
        p lang="en" { "The app Gần Dân will receive:" }
        ul {
            li { "Họ và tên " span lang="en" { "(full name)" } }
            li { "Số định danh cá nhân " span lang="en" { "(citizen id number)" } }
            li { "Ngày, tháng, năm sinh " span lang="en" { "(date of birth)" } }
            li { "Mức độ xác thực của tài khoản " span lang="en" { "(assurance level of the account)" } }
        }
        form method="post" action={ (issuer) "/login" } {
            input type="hidden" name="request" value=(request);
            label for="id_number" { "Số định danh cá nhân " span lang="en" { "(citizen id number)" } }
            input #id_number name="id_number" inputmode="numeric" autocomplete="username" value=(failed_as.unwrap_or_default())
                aria-invalid=[failed.then_some("true")];
            label for="password" { "Mật khẩu " span lang="en" { "(password)" } }
            input #password name="password" type="password" autocomplete="current-password" aria-invalid=[failed.then_some("true")];
            button name="allow" value="1" { "Đồng ý và đăng nhập " span lang="en" { "(agree and log in)" } }
            button name="deny" value="1" { "Từ chối " span lang="en" { "(refuse)" } }
        }
        (people_list())
    };
    let title = if failed {
        "Lỗi: Đăng nhập VNeID (THỬ NGHIỆM)"
    } else {
        "Đăng nhập VNeID (THỬ NGHIỆM)"
    };
    let status = if failed {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    respond(status, title, &body)
}

/// There is no trustworthy place to send the person back to.
pub(crate) fn refused() -> Response {
    let body = html! {
        p .trial { "THỬ NGHIỆM: đây không phải VNeID thật. " span lang="en" { "For trial only: this is not the real VNeID." } }
        h1 { "Không mở được trang đăng nhập" }
        p { "Liên kết đăng nhập không đúng hoặc đã cũ. Chưa có gì được chia sẻ. Xin quay lại ứng dụng và bắt đầu lại." }
        p lang="en" { "The login link is wrong or old. Nothing has been shared. Please go back to the app and start again." }
    };
    respond(StatusCode::BAD_REQUEST, "Lỗi: VNeID (THỬ NGHIỆM)", &body)
}

fn respond(status: StatusCode, title: &str, body: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="vi" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (body) } }
        }
    };
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
        ),
    ];
    (status, headers, page).into_response()
}
