//! Telling of money: the gateway's IPN and the bank's notices, each repeated until it is taken, and
//! everything that goes wrong with them in the world.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::{Either, select};
use gandan_domain::{payment::Vnd, time::Instant};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Order, Transfer, gateway};
use crate::{Mode, Part, Sandbox, StoreError, one_stop::webhook};

const FIRST_PAUSE_MS: i64 = 1_000;
const LONGEST_PAUSE_MS: i64 = 60_000;
/// What "late" is, where nobody says.
const LATE_MS: u32 = 2 * 60 * 60 * 1000;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Callback {
    pub id: String,
    pub what: What,
    /// Told once and then forgotten, whatever the answer: forgeries and false amounts.
    pub once: bool,
    pub attempts: u32,
    pub next_at: Instant,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum What {
    /// The signed query.
    Ipn(String),
    /// The body to be signed.
    Notice(String),
}

/// The gateway tells of an order, or what a fault makes of it.
pub(super) fn tell_by_ipn(
    sandbox: &Sandbox,
    reference: &str,
    order: &Order,
) -> Result<(), StoreError> {
    let truth = What::Ipn(gateway::report(sandbox, reference, order, order.vnd));
    let more = order.vnd.checked_add(Vnd::new(1_000)).unwrap_or(order.vnd);
    let false_sum = What::Ipn(gateway::report(sandbox, reference, order, more));
    let forged = match &truth {
        What::Ipn(query) => What::Ipn(forge(query)),
        other @ What::Notice(_) => other.clone(),
    };
    tell(sandbox, Part::Vnpay, truth, false_sum, forged)
}

/// Another signature of the right shape.
fn forge(query: &str) -> String {
    let (signed, hash) = query.split_once("vnp_SecureHash=").unwrap_or((query, ""));
    let turned: String = hash
        .chars()
        .map(|digit| if digit == '0' { '1' } else { '0' })
        .collect();
    format!("{signed}vnp_SecureHash={turned}")
}

/// The bank tells of a transfer, or what a fault makes of it.
pub(super) fn tell_by_notice(
    sandbox: &Sandbox,
    account: &str,
    made: &Transfer,
) -> Result<(), StoreError> {
    let body = |number: &str, account: &str| {
        let credit = json!({
            "number": number,
            "account": account,
            "vnd": made.vnd,
            // As banks print it: in words of their own.
            "memo": format!("CT DEN {} {}", made.number, made.memo),
            "at": made.at,
        });
        What::Notice(json!({ "credits": [credit] }).to_string())
    };
    tell(
        sandbox,
        Part::Bank,
        body(&made.number, account),
        body(&made.number, "0000000000"),
        body("FT-FORGED", account),
    )
}

fn tell(
    sandbox: &Sandbox,
    part: Part,
    truth: What,
    false_sum: What,
    forged: What,
) -> Result<(), StoreError> {
    let fault = sandbox.strike(part, Mode::is_of_payments)?;
    let now = sandbox.outside.clock.now();
    let new = |what: What, next_at: Instant, once: bool| Callback {
        id: format!("msg_{}", sandbox.outside.id().simple()),
        what,
        once,
        attempts: 0,
        next_at,
    };
    let mut told = Vec::new();
    match fault.map(|fault| fault.mode) {
        Some(Mode::LoseCallbacks) => {}
        Some(Mode::LateCallbacks) => {
            let delay = fault.and_then(|fault| fault.delay_ms).unwrap_or(LATE_MS);
            told.push(new(truth, now.plus_ms(i64::from(delay)), false));
        }
        Some(Mode::RepeatCallbacks) => {
            // A repetition under another message id: only the money's number tells that it is one.
            told.push(new(truth.clone(), now, false));
            told.push(new(truth, now.plus_ms(FIRST_PAUSE_MS), false));
        }
        Some(Mode::ForgeCallbacks) => {
            told.push(Callback {
                // Signed with another secret, where the signature is made on the way out.
                id: format!("forged_{}", sandbox.outside.id().simple()),
                ..new(forged, now, true)
            });
            told.push(new(truth, now.plus_ms(FIRST_PAUSE_MS), false));
        }
        Some(Mode::WrongAmount) => {
            told.push(new(false_sum, now, true));
            told.push(new(truth, now.plus_ms(FIRST_PAUSE_MS), false));
        }
        _ => told.push(new(truth, now, false)),
    }
    let reorder = fault.is_some_and(|fault| fault.mode == Mode::ReorderCallbacks);
    sandbox.store.change(|state| {
        if reorder {
            // What waits already is overtaken.
            for waiting in &mut state.money.callbacks {
                waiting.next_at = waiting.next_at.max(now.plus_ms(10 * FIRST_PAUSE_MS));
            }
        }
        state.money.callbacks.extend(told);
        Ok::<(), StoreError>(())
    })?;
    sandbox.payments_changed.notify_one();
    Ok(())
}

pub(crate) async fn run(sandbox: Arc<Sandbox>) {
    loop {
        let clock = &sandbox.outside.clock;
        let changed = sandbox.payments_changed.notified();
        let next = sandbox.store.read(|state| {
            let waiting = state.money.callbacks.iter();
            waiting.min_by_key(|callback| callback.next_at).cloned()
        });
        match next {
            None => changed.await,
            Some(callback) if callback.next_at > clock.now() => {
                let changed = std::pin::pin!(changed);
                match select(changed, clock.sleep_until(callback.next_at)).await {
                    Either::Left(_) | Either::Right(_) => {}
                }
            }
            Some(callback) => {
                if let Err(error) = deliver(&sandbox, &callback).await {
                    tracing::error!(%error, "a payment callback is not settled");
                    clock.sleep_until(clock.now().plus_ms(FIRST_PAUSE_MS)).await;
                }
            }
        }
    }
}

async fn deliver(sandbox: &Sandbox, callback: &Callback) -> Result<(), StoreError> {
    let taken = post(sandbox, callback).await || callback.once;
    let now = sandbox.outside.clock.now();
    sandbox.store.change(|state| {
        let callbacks = &mut state.money.callbacks;
        if taken {
            callbacks.retain(|known| known.id != callback.id);
        } else if let Some(known) = callbacks.iter_mut().find(|known| known.id == callback.id) {
            let doublings = known.attempts.min(6);
            known.attempts = known.attempts.saturating_add(1);
            known.next_at = now.plus_ms((FIRST_PAUSE_MS << doublings).min(LONGEST_PAUSE_MS));
        }
        Ok(())
    })
}

/// Whether the other side took it: `RspCode` 00 or 02, or any 2xx for a notice.
async fn post(sandbox: &Sandbox, callback: &Callback) -> bool {
    let backend = &sandbox.config.backend_url;
    let now = sandbox.outside.clock.now();
    let request = match &callback.what {
        What::Ipn(query) => http::Request::get(format!("{backend}/v1/payments/vnpay/ipn?{query}"))
            .body(Bytes::new()),
        What::Notice(body) => {
            let secret = if callback.id.starts_with("forged") {
                b"somebody else's".to_vec()
            } else {
                webhook::secret_from_text(&sandbox.config.bank_secret)
            };
            let signature = webhook::signature(&secret, &callback.id, now, body.as_bytes());
            http::Request::post(format!("{backend}/v1/webhooks/bank"))
                .header("content-type", "application/json")
                .header("webhook-id", &callback.id)
                .header("webhook-timestamp", now.unix_seconds().to_string())
                .header("webhook-signature", signature)
                .body(Bytes::copy_from_slice(body.as_bytes()))
        }
    };
    let Ok(request) = request else {
        return false;
    };
    let Ok(answer) = sandbox.outside.http.send(request).await else {
        return false;
    };
    match &callback.what {
        What::Notice(_) => answer.status().is_success(),
        What::Ipn(_) => serde_json::from_slice::<Value>(answer.body())
            .is_ok_and(|told| matches!(told["RspCode"].as_str(), Some("00" | "02"))),
    }
}
