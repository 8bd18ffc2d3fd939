//! What the gateway tells us by itself: the IPN, and the browser's return.
//!
//! The IPN comes from the gateway and is repeated until it reads 00 or 02; the return comes through
//! the citizen's browser, which may never arrive, or arrive from a copied address. So an IPN may
//! enter money into the books, and a return only makes us ask ([`super::worker`]).

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State as Handed, rejection::BytesRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use gandan_domain::payment::{
    Event, Method,
    vnpay::{IpnAnswer, Outcome, Report},
};
use openidconnect::url::Url;
use serde_json::{Value, json};

use super::{
    Fee, Order,
    ledger::{self, Entry, Money},
    start::terminal,
};
use crate::{
    app::{Backend, Shared},
    identity::{self, CitizenId},
    params,
    storage::{Failure, Tx},
};

/// How the citizen's log names the gateway.
pub const TELLER: &str = "vnpay";

/// The gateway reports an order (VNPAY 2.1.0, IPN).
#[utoipa::path(get, path = "/v1/payments/vnpay/ipn", tag = "partners", responses(
    (status = 200, description = "`{RspCode, Message}`: 00 entered, 01 no such order, 02 known already, 04 another amount, 97 not signed by the gateway, 99 try again"),
))]
pub async fn ipn_by_get(Handed(backend): Handed<Shared>, RawQuery(query): RawQuery) -> Json<Value> {
    told(&backend, query.unwrap_or_default()).await
}

/// The same as a form.
#[utoipa::path(post, path = "/v1/payments/vnpay/ipn", tag = "partners",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"), responses(
    (status = 200, description = "as by GET"),
))]
pub async fn ipn_by_post(
    Handed(backend): Handed<Shared>,
    RawQuery(query): RawQuery,
    body: Result<Bytes, BytesRejection>,
) -> Json<Value> {
    let body = body.unwrap_or_default();
    let query = match std::str::from_utf8(&body) {
        Ok(form) if !form.is_empty() => form.to_owned(),
        _ => query.unwrap_or_default(),
    };
    told(&backend, query).await
}

async fn told(backend: &Shared, query: String) -> Json<Value> {
    let answer = match backend.config.payment.vnpay.as_ref() {
        None => IpnAnswer::OrderNotFound,
        Some(gateway) => match Report::verify(&terminal(gateway), &query) {
            Err(gandan_domain::payment::vnpay::VnpayError::Signature) => {
                tracing::warn!("a report that the gateway did not sign");
                IpnAnswer::InvalidSignature
            }
            Err(_) => IpnAnswer::Unknown,
            Ok(report) => enter(backend, report).await.unwrap_or_else(|error| {
                tracing::error!(%error, "a report of the gateway could not be entered");
                IpnAnswer::Unknown
            }),
        },
    };
    let (code, message) = answer.code();
    Json(json!({ "RspCode": code, "Message": message }))
}

async fn enter(backend: &Shared, report: Report) -> Result<IpnAnswer, Failure> {
    let shared = Arc::clone(backend);
    let (answer, citizen) = backend
        .storage
        .write(move |tx| {
            let (backend, report) = (Arc::clone(&shared), report.clone());
            Box::pin(async move { apply(&backend, tx, &report).await })
        })
        .await?;
    backend.wake_workers();
    if let Some(citizen) = citizen {
        backend.news.tell(citizen);
    }
    Ok(answer)
}

/// The answer, and whose phones have something new to learn.
async fn apply(
    backend: &Backend,
    tx: &mut dyn Tx,
    report: &Report,
) -> Result<(IpnAnswer, Option<CitizenId>), Failure> {
    let order = Order::by_reference(tx, &report.reference)
        .await?
        .filter(|order| order.method == Method::Vnpay);
    let Some(order) = order else {
        return Ok((IpnAnswer::OrderNotFound, None));
    };
    if report.amount != order.vnd {
        tracing::warn!(order = %order.id, "a report of another amount");
        return Ok((IpnAnswer::InvalidAmount, None));
    }
    let answer = match report.outcome {
        Outcome::Captured => match captured(backend, tx, &order, report).await? {
            Entry::Settled | Entry::Owed => IpnAnswer::Confirmed,
            Entry::Known => IpnAnswer::AlreadyConfirmed,
        },
        Outcome::Declined | Outcome::Pending if !order.state.is_open() => {
            IpnAnswer::AlreadyConfirmed
        }
        Outcome::Declined => {
            ledger::happened(backend, tx, &order, Event::Declined).await?;
            IpnAnswer::Confirmed
        }
        Outcome::Pending => {
            ledger::happened(backend, tx, &order, Event::Returned).await?;
            IpnAnswer::Confirmed
        }
    };
    Ok((answer, Some(order.citizen)))
}

/// Enters what the gateway captured, told by IPN or when asked.
pub async fn captured(
    backend: &Backend,
    tx: &mut dyn Tx,
    order: &Order,
    report: &Report,
) -> Result<Entry, Failure> {
    let fee = Fee::find(tx, order.fee)
        .await?
        .ok_or(gandan_domain::Problem::NotFound)?;
    let money = Money {
        method: Method::Vnpay,
        number: &report.transaction,
        vnd: report.amount,
        at: backend.world.clock.now(),
        teller: TELLER,
    };
    ledger::credit(backend, tx, &fee, Some(order), &money).await
}

/// The browser comes back from the gateway's page. It proves nothing but that: the gateway is asked
/// at once, and the person goes back to where they came from, with nothing about them in the
/// address.
#[utoipa::path(get, path = "/v1/payments/vnpay/return", tag = "payment", responses(
    (status = 302, description = "to the app"),
    (status = 400, description = "a page: not an address that the gateway made"),
))]
pub async fn returned(Handed(backend): Handed<Shared>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let report = backend
        .config
        .payment
        .vnpay
        .as_ref()
        .and_then(|gateway| Report::verify(&terminal(gateway), &query).ok());
    let Some(report) = report else {
        return identity::payment_page(StatusCode::BAD_REQUEST);
    };
    let shared = Arc::clone(&backend);
    let reference = report.reference;
    let back = backend
        .storage
        .write(move |tx| {
            let (backend, reference) = (Arc::clone(&shared), reference.clone());
            Box::pin(async move { note_return(&backend, tx, &reference).await })
        })
        .await;
    backend.wake_workers();
    let location = match back {
        Ok(Some(return_to)) => HeaderValue::from_str(&return_to).ok(),
        Ok(None) => None,
        Err(error) => {
            tracing::error!(%error, "a return could not be noted");
            return identity::payment_page(StatusCode::SERVICE_UNAVAILABLE);
        }
    };
    match location {
        Some(location) => (
            StatusCode::FOUND,
            [
                (header::LOCATION, location),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            ],
        )
            .into_response(),
        None => identity::payment_page(StatusCode::BAD_REQUEST),
    }
}

async fn note_return(
    backend: &Backend,
    tx: &mut dyn Tx,
    reference: &str,
) -> Result<Option<String>, Failure> {
    let Some(order) = Order::by_reference(tx, reference).await? else {
        return Ok(None);
    };
    ledger::happened(backend, tx, &order, Event::Returned).await?;
    if order.state.is_open() {
        tx.exec(
            "UPDATE payment_order SET ask_at = $1 WHERE id = $2",
            &params![backend.world.clock.now(), order.id],
        )
        .await?;
    }
    let key = backend.keys.citizen_key(tx, order.citizen).await?;
    let return_to = order.record(&key)?.return_to;
    Ok(Url::parse(&return_to).ok().map(|mut url| {
        url.query_pairs_mut()
            .append_pair("payment", &order.id.to_string());
        url.into()
    }))
}
