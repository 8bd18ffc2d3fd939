//! The gateway: a page to pay on, the browser's way back, IPN, and `querydr`.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use gandan_domain::payment::{
    Vnd,
    vnpay::{Answer, Query, print_time, read_time},
};
use http::StatusCode;
use maud::html;

use super::{Fate, Order, callbacks, dong, page};
use crate::{Failure, Sandbox};

pub(super) fn routes() -> Router<Arc<Sandbox>> {
    Router::new()
        .route("/pay", get(show))
        .route("/pay/{reference}/{act}", post(act))
        .route("/api", post(query))
        .route("/captures", get(captures))
}

/// Every sum that was captured, for whoever counts charges from outside.
async fn captures(State(sandbox): State<Arc<Sandbox>>) -> Json<Vec<super::Capture>> {
    Json(sandbox.captures())
}

/// The page of an order, which the address itself brings, signed.
async fn show(
    State(sandbox): State<Arc<Sandbox>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let asked = sandbox
        .terminal()
        .verify_query(&query.unwrap_or_default())
        .map_err(|_| Failure::Malformed("the payment address is not signed by the shop"))?;
    let get = |name: &str| asked.get(name).cloned().unwrap_or_default();
    let vnd = get("vnp_Amount")
        .parse::<u64>()
        .ok()
        .filter(|hundredths| hundredths.is_multiple_of(100) && *hundredths > 0)
        .ok_or(Failure::Malformed("vnp_Amount is not an amount"))?;
    let expires = read_time(&get("vnp_ExpireDate"))
        .ok_or(Failure::Malformed("vnp_ExpireDate is not a time"))?;
    let reference = get("vnp_TxnRef");
    if !(1..=100).contains(&reference.len())
        || !reference.bytes().all(|byte| byte.is_ascii_alphanumeric())
    {
        return Err(Failure::Malformed("vnp_TxnRef is not a reference"));
    }
    let new = Order {
        vnd: Vnd::new(vnd / 100),
        info: get("vnp_OrderInfo"),
        return_url: get("vnp_ReturnUrl"),
        expires,
        fate: Fate::Open,
    };
    let order = sandbox.store.change(|state| {
        let known = state.money.orders.entry(reference.clone()).or_insert(new);
        Ok::<Order, Failure>(known.clone())
    })?;
    Ok(order_page(&sandbox, &reference, &order).into_response())
}

fn order_page(sandbox: &Sandbox, reference: &str, order: &Order) -> maud::Markup {
    let base = format!("{}/vnpay/pay/{reference}", sandbox.config.public_url);
    let over = sandbox.outside.clock.now() >= order.expires;
    page(
        "Thanh toán",
        &html! {
            p .sum { (dong(order.vnd)) }
            dl {
                dt { "Nội dung" } dd { (order.info) }
                dt { "Mã giao dịch của đơn vị" } dd { (reference) }
            }
            @match &order.fate {
                Fate::Open if !over => {
                    form method="post" action={ (base) "/pay" } { button name="pay" value="1" { "Trả " (dong(order.vnd)) } }
                    form method="post" action={ (base) "/cancel" } { button name="cancel" value="1" { "Hủy, không trả" } }
                }
                Fate::Captured { number, .. } => p { "Đã trả. Số giao dịch " (number) "." },
                Fate::Cancelled => p { "Đã hủy. Không có khoản tiền nào được trừ." },
                Fate::Open => p { "Đã hết hạn thanh toán. Không có khoản tiền nào được trừ." },
            }
        },
    )
}

async fn act(
    State(sandbox): State<Arc<Sandbox>>,
    Path((reference, act)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let now = sandbox.outside.clock.now();
    let pay = match act.as_str() {
        "pay" => true,
        "cancel" => false,
        _ => return Err(Failure::NotFound),
    };
    let (order, fresh) = sandbox.store.change(|state| {
        let money = &mut state.money;
        let order = money.orders.get_mut(&reference).ok_or(Failure::NotFound)?;
        let fresh = order.fate == Fate::Open && now < order.expires;
        if fresh {
            order.fate = if pay {
                money.number += 1;
                Fate::Captured {
                    number: format!("{}", 14_000_000 + money.number),
                    at: now,
                }
            } else {
                Fate::Cancelled
            };
        }
        Ok::<_, Failure>((order.clone(), fresh))
    })?;
    if order.fate == Fate::Open {
        let page = order_page(&sandbox, &reference, &order);
        return Ok((StatusCode::CONFLICT, page).into_response());
    }
    let query = report(&sandbox, &reference, &order, order.vnd);
    if fresh {
        callbacks::tell_by_ipn(&sandbox, &reference, &order)?;
    }
    Ok(Redirect::to(&format!("{}?{query}", order.return_url)).into_response())
}

/// What the return and the IPN say, signed. `vnd` differs from the order's only in a fault.
pub(super) fn report(sandbox: &Sandbox, reference: &str, order: &Order, vnd: Vnd) -> String {
    let (response, number, at) = match &order.fate {
        Fate::Captured { number, at } => ("00", number.clone(), Some(*at)),
        Fate::Cancelled => ("24", "0".to_owned(), None),
        Fate::Open => ("11", "0".to_owned(), None),
    };
    let status = if response == "00" { "00" } else { "02" };
    let at = at.unwrap_or_else(|| sandbox.outside.clock.now());
    let parameters = BTreeMap::from([
        ("vnp_Amount", (vnd.get().saturating_mul(100)).to_string()),
        ("vnp_BankCode", "THUNGHIEM".to_owned()),
        ("vnp_CardType", "ATM".to_owned()),
        ("vnp_OrderInfo", order.info.clone()),
        ("vnp_PayDate", print_time(at)),
        ("vnp_ResponseCode", response.to_owned()),
        ("vnp_TmnCode", sandbox.config.vnpay_terminal.clone()),
        ("vnp_TransactionNo", number),
        ("vnp_TransactionStatus", status.to_owned()),
        ("vnp_TxnRef", reference.to_owned()),
    ]);
    sandbox.terminal().sign(&parameters)
}

/// `querydr`.
async fn query(State(sandbox): State<Arc<Sandbox>>, body: Bytes) -> Result<Json<Answer>, Failure> {
    let question: Query =
        serde_json::from_slice(&body).map_err(|_| Failure::Malformed("not a querydr"))?;
    let terminal = sandbox.terminal();
    let answer = Answer {
        response_id: sandbox.outside.id().simple().to_string(),
        command: "querydr".into(),
        tmn_code: sandbox.config.vnpay_terminal.clone(),
        txn_ref: question.txn_ref.clone(),
        ..Answer::default()
    };
    if terminal.verify_question(&question).is_err() {
        return Ok(Json(terminal.sign_answer(Answer {
            response_code: "97".into(),
            message: "Invalid checksum".into(),
            ..answer
        })));
    }
    let found = sandbox
        .store
        .read(|state| state.money.orders.get(&question.txn_ref).cloned());
    let now = sandbox.outside.clock.now();
    let answer = match found {
        None => Answer {
            response_code: "91".into(),
            message: "Order not found".into(),
            ..answer
        },
        Some(order) => {
            let (status, number, at) = match &order.fate {
                Fate::Captured { number, at } => ("00", number.clone(), print_time(*at)),
                Fate::Cancelled => ("02", "0".into(), String::new()),
                Fate::Open if now >= order.expires => ("02", "0".into(), String::new()),
                Fate::Open => ("01", "0".into(), String::new()),
            };
            Answer {
                response_code: "00".into(),
                message: "OK".into(),
                amount: order.vnd.get().saturating_mul(100).to_string(),
                bank_code: "THUNGHIEM".into(),
                pay_date: at,
                transaction_no: number,
                transaction_type: "01".into(),
                transaction_status: status.into(),
                order_info: order.info,
                ..answer
            }
        }
    };
    Ok(Json(terminal.sign_answer(answer)))
}
