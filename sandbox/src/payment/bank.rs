//! The office's bank: scans our code, takes the transfer, and tells of it.

use std::sync::Arc;

use axum::{
    Form, Json, Router,
    extract::State,
    response::IntoResponse,
    routing::{get, post},
};
use gandan_domain::payment::{Vnd, vietqr};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Transfer, callbacks, dong, page};
use crate::{Failure, Sandbox};

pub(super) fn routes() -> Router<Arc<Sandbox>> {
    Router::new()
        .route("/", get(form))
        .route("/transfer", post(transfer_from_page))
        .route("/api/transfer", post(transfer_from_json))
}

/// A transfer as a person's banking app makes it: a scanned code, and what they changed by hand.
#[derive(Deserialize)]
struct Order {
    qr: String,
    #[serde(default)]
    vnd: Option<u64>,
    #[serde(default)]
    memo: Option<String>,
}

async fn form() -> Markup {
    page(
        "Ngân hàng thử nghiệm: chuyển khoản",
        &html! {
            form method="post" action="/bank/transfer" {
                p { label for="qr" { "Nội dung mã VietQR" } }
                textarea id="qr" name="qr" rows="4" required {}
                button { "Chuyển tiền" }
            }
        },
    )
}

#[derive(Deserialize)]
struct Scanned {
    qr: String,
}

async fn transfer_from_page(
    State(sandbox): State<Arc<Sandbox>>,
    Form(scanned): Form<Scanned>,
) -> Result<impl IntoResponse, Failure> {
    let made = sandbox.transfer(&scanned.qr, None, None)?;
    Ok(page(
        "Đã chuyển tiền",
        &html! {
            p .sum { (dong(made.vnd)) }
            p { "Nội dung: " (made.memo) ". Số giao dịch " (made.number) "." }
        },
    ))
}

async fn transfer_from_json(
    State(sandbox): State<Arc<Sandbox>>,
    Json(order): Json<Order>,
) -> Result<Json<Value>, Failure> {
    let made = sandbox.transfer(&order.qr, order.vnd.map(Vnd::new), order.memo.as_deref())?;
    Ok(Json(
        json!({ "number": made.number, "vnd": made.vnd, "memo": made.memo }),
    ))
}

/// A transfer that was made, for tests.
pub struct Made {
    pub number: String,
    pub vnd: Vnd,
    pub memo: String,
}

impl Sandbox {
    /// Somebody scans a code and transfers, perhaps another sum or with another memo.
    pub fn transfer(
        &self,
        qr: &str,
        vnd: Option<Vnd>,
        memo: Option<&str>,
    ) -> Result<Made, Failure> {
        let code = vietqr::Transfer::decode(qr.trim())
            .map_err(|_| Failure::Malformed("it is not a VietQR code"))?;
        let vnd = vnd
            .or(code.amount)
            .filter(|vnd| !vnd.is_zero())
            .ok_or(Failure::Malformed("no amount"))?;
        let memo = memo.unwrap_or(&code.memo).to_owned();
        let at = self.outside.clock.now();
        let made = self.store.change(|state| {
            let money = &mut state.money;
            money.number += 1;
            let transfer = Transfer {
                number: format!("FT{:010}", money.number),
                vnd,
                memo: memo.clone(),
                at,
            };
            money.transfers.push(transfer.clone());
            Ok::<Transfer, Failure>(transfer)
        })?;
        callbacks::tell_by_notice(self, &code.account, &made)?;
        Ok(Made {
            number: made.number,
            vnd,
            memo,
        })
    }
}
