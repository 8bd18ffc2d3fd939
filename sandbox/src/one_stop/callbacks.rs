//! Delivering status reports, at least once and in the order of the acts.
//!
//! A report is stored with the act that caused it, so neither exists without the other. Per
//! dossier only the oldest undelivered report is tried: "done" must not overtake "accepted".

use std::{collections::BTreeSet, sync::Arc};

use bytes::Bytes;
use futures_util::future::{Either, select};
use gandan_domain::{Private, dossier::DossierCode, time::Instant};
use serde::{Deserialize, Serialize};

use super::webhook;
use crate::{Mode, Part, Sandbox, StoreError};

const FIRST_PAUSE_MS: i64 = 1_000;
const LONGEST_PAUSE_MS: i64 = 60_000;

/// A report on its way.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Callback {
    /// `webhook-id`: the same in every attempt, so that the receiver can tell a repeat.
    pub id: String,
    pub dossier: DossierCode,
    pub body: Private<String>,
    pub attempts: u32,
    pub next_at: Instant,
}

pub(crate) async fn run(sandbox: Arc<Sandbox>) {
    loop {
        let clock = &sandbox.outside.clock;
        let changed = sandbox.callbacks_changed.notified();
        match sandbox.store.read(|state| next(&state.callbacks).cloned()) {
            None => changed.await,
            Some(callback) if callback.next_at > clock.now() => {
                let changed = std::pin::pin!(changed);
                match select(changed, clock.sleep_until(callback.next_at)).await {
                    Either::Left(_) | Either::Right(_) => {}
                }
            }
            Some(callback) => {
                if let Err(error) = deliver(&sandbox, &callback).await {
                    tracing::error!(%error, "status report not settled");
                    clock.sleep_until(clock.now().plus_ms(FIRST_PAUSE_MS)).await;
                }
            }
        }
    }
}

/// Of each dossier's oldest report, the one that is due first.
fn next(callbacks: &[Callback]) -> Option<&Callback> {
    let mut seen = BTreeSet::new();
    callbacks
        .iter()
        .filter(|callback| seen.insert(&callback.dossier))
        .min_by_key(|callback| callback.next_at)
}

async fn deliver(sandbox: &Sandbox, callback: &Callback) -> Result<(), StoreError> {
    let delivered = post(sandbox, callback).await;
    if delivered
        && sandbox
            .strike(Part::OneStop, |mode| mode == Mode::RepeatCallbacks)?
            .is_some()
    {
        post(sandbox, callback).await;
    }
    let now = sandbox.outside.clock.now();
    sandbox.store.change(|state| {
        if delivered {
            state.callbacks.retain(|known| known.id != callback.id);
        } else if let Some(known) = state
            .callbacks
            .iter_mut()
            .find(|known| known.id == callback.id)
        {
            let doublings = known.attempts.min(6);
            known.attempts = known.attempts.saturating_add(1);
            known.next_at = now.plus_ms((FIRST_PAUSE_MS << doublings).min(LONGEST_PAUSE_MS));
        }
        Ok(())
    })
}

/// Whether the backend took it. The timestamp is the attempt's, else a late retry would look like
/// a replay.
async fn post(sandbox: &Sandbox, callback: &Callback) -> bool {
    let now = sandbox.outside.clock.now();
    let body = callback.body.expose().as_bytes();
    let signature = webhook::signature(&sandbox.config.webhook_secret, &callback.id, now, body);
    let url = format!("{}/v1/webhooks/one-stop", sandbox.config.backend_url);
    let request = http::Request::post(url)
        .header("content-type", "application/json")
        .header("webhook-id", &callback.id)
        .header("webhook-timestamp", now.unix_seconds().to_string())
        .header("webhook-signature", signature)
        .body(Bytes::copy_from_slice(body));
    match request {
        Ok(request) => {
            let answer = sandbox.outside.http.send(request).await;
            answer.is_ok_and(|response| response.status().is_success())
        }
        Err(_) => false,
    }
}
