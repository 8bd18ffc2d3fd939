//! Looks after orders that nobody has decided: asks the gateway, and ends transfers that never came.
//!
//! An order is looked at two minutes after its start, when the browser returns, when its time is
//! over, and then ever more rarely, at most hourly, until somebody who holds the money has said
//! what became of it. The gateway not knowing an order ends it only after its time: before, the
//! citizen may still be on the page.

use std::sync::Arc;

use bytes::Bytes;
use gandan_domain::{
    payment::{Event, Method, State, vnpay::Told},
    time::Instant,
};
use http::{StatusCode, header};

use super::{Order, ledger, select_order, start::terminal, vnpay};
use crate::{app::Shared, dossier::deliver::exchange, params, storage::Failure};

const PATIENCE_MS: i64 = 15_000;
/// The first pause between two questions; it doubles.
const FIRST_PAUSE_MS: i64 = 60_000;
const LONGEST_PAUSE_MS: i64 = 60 * 60_000;
/// How often to look without being woken: another node may have left something behind.
const POLL_MS: i64 = 60_000;
/// A transfer that was sent in time is credited by then, or its bank has sent it back.
const TRANSFER_MS: i64 = 24 * 60 * 60_000;
/// The gateway's clock may be behind ours by this much.
const GRACE_MS: i64 = 60_000;

/// Looks after open orders, until dropped.
pub async fn run(backend: &Shared) {
    backend
        .keep_at("open orders", POLL_MS, || Box::pin(round(backend)))
        .await;
}

/// Looks at what is due; one after the other, since the gateway counts questions. Gives the
/// instant at which something will be.
async fn round(backend: &Shared) -> Result<Option<Instant>, Failure> {
    loop {
        let now = backend.world.clock.now();
        let (due, next) = backend
            .storage
            .read(move |reader| {
                Box::pin(async move {
                    let rows = reader
                        .query(
                            select_order!("ask_at <= $1 ORDER BY ask_at, id LIMIT 16"),
                            &params![now],
                        )
                        .await?;
                    let due = rows
                        .iter()
                        .map(Order::from_row)
                        .collect::<Result<Vec<_>, _>>()?;
                    let next: Option<Instant> = reader
                        .query_opt("SELECT MIN(ask_at) FROM payment_order", &[])
                        .await?
                        .map_or(Ok(None), |row| row.get(0))?;
                    Ok((due, next))
                })
            })
            .await?;
        if due.is_empty() {
            return Ok(next);
        }
        for order in due {
            look_at(backend, order).await?;
        }
    }
}

/// Whatever comes of it, the order has another time to be looked at, or none because it is decided.
async fn look_at(backend: &Shared, order: Order) -> Result<(), Failure> {
    let told = match order.method {
        Method::Vnpay => ask(backend, &order).await,
        Method::Vietqr | Method::Cash => Told::Later,
    };
    let shared = Arc::clone(backend);
    let (reference, citizen) = (order.reference, order.citizen);
    backend
        .storage
        .write(move |tx| {
            let (backend, told) = (Arc::clone(&shared), told.clone());
            let reference = reference.clone();
            Box::pin(async move {
                // As it is now: an IPN may have decided while the gateway was asked.
                let Some(mut order) = Order::by_reference(tx, &reference).await? else {
                    return Ok(());
                };
                let now = backend.world.clock.now();
                let over = now >= order.expires_at;
                if over && order.state == State::Started {
                    order.state = ledger::happened(&backend, tx, &order, Event::Elapsed).await?;
                }
                match told {
                    Told::Captured(report) => {
                        vnpay::captured(&backend, tx, &order, &report).await?;
                    }
                    Told::Declined => {
                        ledger::happened(&backend, tx, &order, Event::Declined).await?;
                    }
                    Told::NotThere if now >= order.expires_at.plus_ms(GRACE_MS) => {
                        ledger::happened(&backend, tx, &order, Event::NotThere).await?;
                    }
                    Told::NotThere | Told::Pending | Told::Later => {}
                }
                if order.method == Method::Vietqr && now >= order.expires_at.plus_ms(TRANSFER_MS) {
                    ledger::happened(&backend, tx, &order, Event::GivenUp).await?;
                }
                let pause = (FIRST_PAUSE_MS << order.asked.min(10)).min(LONGEST_PAUSE_MS);
                let mut next = now.plus_ms(pause);
                // The two moments at which something can change by time alone.
                for moment in [order.expires_at, order.expires_at.plus_ms(GRACE_MS)] {
                    if moment > now {
                        next = next.min(moment);
                    }
                }
                tx.exec(
                    "UPDATE payment_order SET ask_at = $1, asked = asked + 1
                     WHERE id = $2 AND state IN ('started', 'checking')",
                    &params![next, order.id],
                )
                .await?;
                Ok(())
            })
        })
        .await?;
    backend.wake_workers();
    backend.news.tell(citizen);
    Ok(())
}

/// `querydr`. Whatever is not a signed answer is "later".
async fn ask(backend: &Shared, order: &Order) -> Told {
    let Some(gateway) = backend.config.payment.vnpay.as_ref() else {
        return Told::Later;
    };
    let now = backend.world.clock.now();
    let terminal = terminal(gateway);
    let id = backend.world.random.uuid(now).simple().to_string();
    let question = terminal.query(&id, &order.reference, order.created_at, now);
    let Ok(body) = serde_json::to_vec(&question) else {
        return Told::Later;
    };
    let request = http::Request::post(&gateway.api)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Bytes::from(body));
    let Ok(request) = request else {
        return Told::Later;
    };
    match exchange(backend, request, PATIENCE_MS).await {
        Ok(answer) if answer.status() == StatusCode::OK => {
            Told::verify(&terminal, answer.body(), &order.reference).unwrap_or_else(|error| {
                tracing::warn!(order = %order.id, %error, "the gateway's answer is not believed");
                Told::Later
            })
        }
        Ok(_) | Err(_) => Told::Later,
    }
}
