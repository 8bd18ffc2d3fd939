//! The officer's page, and the same acts as JSON for tests.

use std::sync::Arc;

use axum::{
    Form, Json, Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use gandan_domain::{Private, dossier::Status};
use http::header;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    DossierSummary, Officer,
    dossier::{DeskField, Dossier},
    officer::Flagged,
};
use crate::{Failure, Sandbox};

pub(crate) fn routes() -> Router<Arc<Sandbox>> {
    Router::new()
        .route("/desk", get(list))
        .route("/desk/{code}", get(detail))
        .route("/desk/{code}/files/{id}", get(file))
        .route("/desk/{code}/{act}", post(act_from_page))
        .route("/api/dossiers", get(list_json))
        .route("/api/dossiers/{code}/{act}", post(act_from_json))
}

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;color:#111;background:#fff}\
.trial{border:3px solid #8a0000;color:#8a0000;font-weight:bold;padding:.5rem}\
table{border-collapse:collapse;width:100%}td,th{border:1px solid #555;padding:.25rem .5rem;text-align:left;vertical-align:top}\
input{font:inherit;width:100%;box-sizing:border-box;min-height:2.5rem}button{font:inherit;min-height:3rem;padding:.5rem 1.5rem;margin:.5rem 0}\
fieldset{margin:1rem 0}.contested{border:3px solid #8a5a00}.error{border:3px solid #8a0000;padding:0 1rem}:focus-visible{outline:4px solid #0047b3}";

async fn list(State(sandbox): State<Arc<Sandbox>>) -> Markup {
    let dossiers = sandbox.officer().dossiers();
    page(
        "Bàn một cửa",
        &html! {
            @if dossiers.is_empty() { p { "Chưa có hồ sơ nào." } }
            @else {
                table {
                    caption { "Hồ sơ đã nhận" }
                    thead { tr { th scope="col" { "Mã hồ sơ" } th scope="col" { "Thủ tục" } th scope="col" { "Trạng thái" } } }
                    tbody {
                        @for dossier in &dossiers {
                            tr {
                                td { a href={ "/one-stop/desk/" (dossier.code) } { (dossier.code) } }
                                td { (dossier.procedure) }
                                td { (status_name(dossier.status)) }
                            }
                        }
                    }
                }
            }
        },
    )
}

async fn detail(
    State(sandbox): State<Arc<Sandbox>>,
    Path(code): Path<String>,
) -> Result<Markup, Failure> {
    let officer = sandbox.officer();
    match officer.open(&code).await {
        Ok(dossier) => Ok(dossier_page(&dossier, None)),
        Err(error @ Failure::FilesUnreachable) => {
            Ok(dossier_page(&officer.find(&code)?, Some(&error)))
        }
        Err(error) => Err(error),
    }
}

fn dossier_page(dossier: &Dossier, error: Option<&Failure>) -> Markup {
    let base = format!("/one-stop/desk/{}", dossier.code);
    page(
        &format!("Hồ sơ {}", dossier.code),
        &html! {
            p { a href="/one-stop/desk" { "Về danh sách" } }
            @if let Some(error) = error {
                div .error role="alert" { p { "Chưa làm được, hồ sơ không thay đổi. " span lang="en" { (error) } } }
            }
            dl {
                dt { "Thủ tục" } dd { (dossier.procedure) " " (dossier.procedure_name) }
                dt { "Người nộp" } dd { (dossier.owner.expose()) ", " (dossier.owner_id.expose()) }
                dt { "Thời điểm nộp" } dd { (on_the_wall(&dossier.received_at)) }
                dt { "Đơn vị xử lý" } dd { (dossier.office) }
                dt { "Trạng thái" } dd { (status_name(dossier.status)) }
            }
            @if dossier.status == Status::WithdrawalRequested {
                div .contested {
                    h2 { "Công dân yêu cầu rút hồ sơ này" }
                    form method="post" action={ (base) "/grant" } { button { "Đồng ý, trả lại hồ sơ" } }
                    form method="post" action={ (base) "/go-on" } {
                        label for="go-on-reason" { "Lý do tiếp tục xử lý" }
                        input #go-on-reason name="reason" required;
                        button { "Không đồng ý, tiếp tục xử lý" }
                    }
                }
            }
            @if dossier.supplemented { p .contested { "Công dân đã nộp bổ sung; nội dung cũ và mới đứng cạnh nhau bên dưới." } }
            form method="post" action={ (base) "/accept" } { button { "Tiếp nhận" } }
            form method="post" action={ (base) "/process" } { button { "Đang xử lý" } }
            form method="post" action={ (base) "/finish" } { button { "Hoàn thành, trả kết quả bản điện tử" } }
            form method="post" action={ (base) "/return" } { button { "Đã trao kết quả" } }
            h2 { "Phí, lệ phí" }
            @if dossier.fees.is_empty() { p { "Chưa có khoản nào." } }
            @else {
                table {
                    caption { "Các khoản phải nộp" }
                    thead { tr { th scope="col" { "Khoản" } th scope="col" { "Đồng" } th scope="col" { "Đã nộp" } th scope="col" { "Biên lai" } } }
                    tbody {
                        @for fee in &dossier.fees {
                            tr {
                                td { (fee.ten_phi_le_phi) } td { (fee.gia) }
                                td { @if fee.trang_thai_thanh_toan == "1" { "Rồi" } @else { "Chưa" } }
                                td { (fee.so_bien_lai) }
                            }
                        }
                    }
                }
                form method="post" action={ (base) "/cash" } { button { "Đã thu tiền mặt" } }
            }
            form method="post" action={ (base) "/fee" } {
                fieldset {
                    legend { "Yêu cầu nộp phí" }
                    label for="fee-vnd" { "Số tiền, đồng" } input id="fee-vnd" name="vnd" inputmode="numeric";
                    label for="fee-reason" { "Lý do" } input id="fee-reason" name="reason";
                    button { "Yêu cầu nộp" }
                }
            }
            form method="post" action={ (base) "/supplement" } {
                fieldset {
                    legend { "Nội dung hồ sơ; ghi lý do bên mục cần bổ sung" }
                    @for field in &dossier.fields { (field_row(field)) }
                    @for file in &dossier.files {
                        div .contested[file.replaced] {
                            h3 {
                                @if file.replaced { "Bản trước: " }
                                @if file.kept.is_some() { a href={ (base) "/files/" (file.id) } { (file.name.expose()) } }
                                @else { (file.name.expose()) " (chưa tải được)" }
                            }
                            @if !file.replaced { (reason_input(&file.component, file.name.expose())) }
                        }
                    }
                    @if dossier.returns > 0 {
                        p {
                            label for="supervisor" { "Đã yêu cầu bổ sung " (dossier.returns) " lần. Lý do của lãnh đạo để yêu cầu thêm lần nữa" }
                            input #supervisor name="supervisor";
                        }
                    }
                    button { "Yêu cầu bổ sung" }
                }
            }
            form method="post" action={ (base) "/refuse" } {
                label for="reason" { "Lý do từ chối" }
                input #reason name="reason" required;
                button { "Từ chối hồ sơ" }
            }
            h2 { "Đã làm" }
            ol {
                @for act in &dossier.history {
                    li { (act.at.local()) " " (status_name(act.status)) ": " (act.note.expose()) }
                }
            }
        },
    )
}

/// The citizen's value and the register's, side by side, when they differ.
fn field_row(field: &DeskField) -> Markup {
    html! {
        div .contested[field.contested.is_some() || field.before.is_some()] {
            h3 { (field.label) }
            @if let Some(before) = &field.before {
                table {
                    caption { "Công dân đã bổ sung" }
                    tr { th scope="row" { "Trước" } td { @if before.expose().is_empty() { "chưa khai" } @else { (before.expose()) } } }
                    tr { th scope="row" { "Bây giờ" } td { (field.value.expose()) } }
                }
            }
            @match &field.contested {
                Some(registered) => {
                    table {
                        caption { "Người dân báo dữ liệu sai" }
                        tr { th scope="row" { "Người dân khai" } td { (field.value.expose()) } }
                        tr { th scope="row" { "Cơ sở dữ liệu ghi" } td { (registered.expose()) } }
                    }
                }
                None => p { (field.value.expose()) @if let Some(source) = &field.source { " (nguồn: " (source) ")" } },
            }
            (reason_input(&field.id, &field.label))
        }
    }
}

fn reason_input(id: &str, label: &str) -> Markup {
    let name = format!("reason.{id}");
    html! {
        label for=(name) { "Lý do cần bổ sung: " (label) }
        input id=(name) name=(name);
    }
}

async fn file(
    State(sandbox): State<Arc<Sandbox>>,
    Path((code, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let dossier = sandbox.officer().find(&code)?;
    let file = dossier.files.iter().find(|file| file.id == id);
    let kept = file
        .and_then(|file| file.kept.as_ref())
        .ok_or(Failure::NotFound)?;
    let bytes = sandbox.store.get(&kept.blob)?.ok_or(Failure::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, kept.media_type.as_str()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, bytes).into_response())
}

/// What an act needs besides the dossier.
#[derive(Default, Deserialize)]
struct ActRequest {
    #[serde(default)]
    reason: String,
    /// For a second `supplement`: why the citizen is asked again.
    #[serde(default)]
    supervisor: String,
    /// For `supplement`: field id to reason.
    #[serde(default)]
    fields: std::collections::BTreeMap<String, String>,
    /// For `fee`, in đồng.
    #[serde(default)]
    vnd: u64,
}

async fn perform(
    officer: &Officer,
    code: &str,
    act: &str,
    request: ActRequest,
) -> Result<Status, Failure> {
    match act {
        "accept" => officer.accept(code).await,
        "finish" => officer.finish(code).await,
        "return" => officer.hand_over(code).await,
        "fee" => officer.ask_fee(code, request.vnd, &request.reason).await,
        "cash" => officer.take_cash(code).await,
        "refuse" => officer.refuse(code, &request.reason).await,
        "supplement" => {
            let flagged = request.fields.into_iter().map(|(field, reason)| Flagged {
                field,
                reason: Private::new(reason),
            });
            let flagged = flagged.collect();
            officer
                .ask_supplement(code, flagged, &request.supervisor)
                .await
        }
        "process" => officer.process(code).await,
        "grant" => officer.grant_withdrawal(code).await,
        "go-on" => officer.refuse_withdrawal(code, &request.reason).await,
        _ => Err(Failure::NotFound),
    }
}

async fn act_from_page(
    State(sandbox): State<Arc<Sandbox>>,
    Path((code, act)): Path<(String, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let mut request = ActRequest::default();
    for (name, value) in pairs {
        if name == "reason" {
            request.reason = value;
        } else if name == "supervisor" {
            request.supervisor = value;
        } else if name == "vnd" {
            request.vnd = value.trim().parse().unwrap_or_default();
        } else if let (Some(field), false) = (name.strip_prefix("reason."), value.trim().is_empty())
        {
            request.fields.insert(field.into(), value);
        }
    }
    let officer = sandbox.officer();
    match perform(&officer, &code, &act, request).await {
        Ok(_) => Ok(Redirect::to(&format!("/one-stop/desk/{code}")).into_response()),
        Err(Failure::NotFound) => Err(Failure::NotFound),
        Err(error) => {
            let page = dossier_page(&officer.find(&code)?, Some(&error));
            Ok((error.status(), page).into_response())
        }
    }
}

async fn list_json(State(sandbox): State<Arc<Sandbox>>) -> Json<Vec<DossierSummary>> {
    Json(sandbox.officer().dossiers())
}

async fn act_from_json(
    State(sandbox): State<Arc<Sandbox>>,
    Path((code, act)): Path<(String, String)>,
    body: bytes::Bytes,
) -> Result<Json<Value>, Failure> {
    let request = if body.is_empty() {
        ActRequest::default()
    } else {
        serde_json::from_slice(&body)
            .map_err(|_| Failure::Malformed("it is not {\"reason\"} or {\"fields\"}"))?
    };
    let status = perform(&sandbox.officer(), &code, &act, request).await?;
    Ok(Json(json!({ "status": status })))
}

const fn status_name(status: Status) -> &'static str {
    match status {
        Status::Registered => "Mới đăng ký",
        Status::Accepted => "Được tiếp nhận",
        Status::NotAccepted => "Không được tiếp nhận",
        Status::InProgress => "Đang xử lý",
        Status::SupplementRequested => "Yêu cầu bổ sung giấy tờ",
        Status::PaymentRequested => "Yêu cầu thực hiện nghĩa vụ tài chính",
        Status::WithdrawalRequested => "Công dân yêu cầu rút hồ sơ",
        Status::Stopped => "Dừng xử lý",
        Status::Done => "Đã xử lý xong",
        Status::Returned => "Đã trả kết quả",
    }
}

/// `yyyyMMddHHmmss` as people write it; as it came, where it is something else.
fn on_the_wall(stamp: &str) -> String {
    let read = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", stamp);
    read.map_or_else(
        |_| stamp.to_owned(),
        |at| at.strftime("%H:%M, %d/%m/%Y").to_string(),
    )
}

fn page(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="vi" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (title) " (THỬ NGHIỆM)" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    p .trial { "THỬ NGHIỆM: không phải hệ thống một cửa thật. " span lang="en" { "For trial only." } }
                    h1 { (title) }
                    (body)
                }
            }
        }
    }
}
