//! The bank says what came into the office's account: `POST /v1/webhooks/bank`, signed after the
//! Standard Webhooks specification with the bank's own secret.
//!
//! Money is matched by the reference in the memo. Banks wrap memos in words of their own, cut and
//! upper-case them, so the reference is looked for anywhere in it. What nobody can match stands in
//! the books without a fee, and is owed back.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{State as Handed, rejection::BytesRejection},
    http::{HeaderMap, StatusCode},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use gandan_domain::{
    Private, Problem,
    payment::{Method, Vnd},
    problem::RefusalReason,
    time::Instant,
};
use ring::hmac;
use serde::Deserialize;

use super::{
    Answered, Fee, Order,
    ledger::{self, Money},
};
use crate::{
    app::{Backend, Shared},
    dossier::webhook,
    identity::CitizenId,
    storage::{Failure, Tx},
};

/// How the citizen's log names the bank.
pub const TELLER: &str = "bank";
/// `GD` and twelve letters: see [`super::start`].
const REFERENCE: usize = 14;

/// A bank's notice.
#[derive(Clone, Deserialize)]
pub struct Notice {
    pub credits: Vec<Credit>,
}

/// One sum that came in.
#[derive(Clone, Deserialize)]
pub struct Credit {
    /// The bank's number for it.
    pub number: String,
    /// The account it came to.
    pub account: String,
    pub vnd: Vnd,
    /// As it stands on the statement: whatever the payer's bank made of it.
    pub memo: Private<String>,
    pub at: Instant,
}

/// The bank tells of money that came in.
#[utoipa::path(post, path = "/v1/webhooks/bank", tag = "partners",
    params(
        ("webhook-id" = String, Header),
        ("webhook-timestamp" = i64, Header, description = "seconds since 1970 UTC"),
        ("webhook-signature" = String, Header, description = "`v1,<base64 HMAC-SHA256>` over `id.timestamp.body`"),
    ),
    request_body(content = String, content_type = "application/json", description = "`{credits: [{number, account, vnd, memo, at}]}`"),
    responses(
        (status = 200, description = "entered, or known already"),
        (status = 401, description = "not signed, not by the bank, or not now"),
    ))]
pub async fn credited(
    Handed(backend): Handed<Shared>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answered<StatusCode> {
    let body = body.map_err(|_| Problem::Malformed)?;
    let office = backend
        .config
        .payment
        .transfer
        .as_ref()
        .ok_or(Problem::NotFound)?;
    let key = secret(&office.webhook_secret)?;
    let now = backend.world.clock.now();
    let report = webhook::verify(&key, &headers, &body, now)?;
    let notice: Notice = serde_json::from_slice(report.body).map_err(|_| Problem::Malformed)?;
    if notice
        .credits
        .iter()
        .any(|credit| credit.account != office.account)
    {
        return Err(Problem::Refused {
            reason: RefusalReason::NotAllowed,
        }
        .into());
    }
    if notice
        .credits
        .iter()
        .any(|credit| credit.number.is_empty() || credit.number.len() > 64 || credit.vnd.is_zero())
    {
        return Err(Problem::Malformed.into());
    }
    let shared = Arc::clone(&backend);
    let citizens: Vec<CitizenId> = backend
        .storage
        .write(move |tx| {
            let (backend, notice) = (Arc::clone(&shared), notice.clone());
            Box::pin(async move {
                let mut citizens = Vec::new();
                for credit in &notice.credits {
                    citizens.extend(enter(&backend, tx, credit).await?);
                }
                Ok(citizens)
            })
        })
        .await?;
    backend.wake_workers();
    for citizen in citizens {
        backend.news.tell(citizen);
    }
    Ok(StatusCode::OK)
}

/// Whose money it was, if anybody's.
async fn enter(
    backend: &Backend,
    tx: &mut dyn Tx,
    credit: &Credit,
) -> Result<Option<CitizenId>, Failure> {
    let money = Money {
        method: Method::Vietqr,
        number: &credit.number,
        vnd: credit.vnd,
        at: credit.at,
        teller: TELLER,
    };
    for reference in references(credit.memo.expose()) {
        let Some(order) = Order::by_reference(tx, &reference).await? else {
            continue;
        };
        // The gateway's orders are the gateway's word: a transfer that names one is nobody's.
        if order.method == Method::Vietqr
            && let Some(fee) = Fee::find(tx, order.fee).await?
        {
            ledger::credit(backend, tx, &fee, Some(&order), &money).await?;
            return Ok(Some(order.citizen));
        }
    }
    tracing::warn!("a transfer came that names no order");
    ledger::unassigned(tx, &money).await?;
    Ok(None)
}

/// Everything in a memo that could be a reference.
fn references(memo: &str) -> Vec<String> {
    let joined: String = memo
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    joined
        .match_indices("GD")
        .filter_map(|(at, _)| joined.get(at..at + REFERENCE))
        .map(str::to_owned)
        .collect()
}

/// The key of a `whsec_…` secret.
fn secret(text: &str) -> Result<hmac::Key, Problem> {
    let encoded = text.trim();
    let encoded = encoded.strip_prefix("whsec_").unwrap_or(encoded);
    let bytes = STANDARD.decode(encoded).map_err(|_| Problem::Bug {
        id: "bank-secret".into(),
    })?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

#[cfg(test)]
mod unit {
    use super::{Notice, references};

    #[test]
    fn a_reference_is_found_in_whatever_a_bank_makes_of_a_memo() {
        let reference = "GD7K2M9QX4TP01".to_owned();
        for memo in [
            "GD7K2M9QX4TP01",
            "CT DEN:0123456 gd7k2m9qx4tp01 FT26326",
            "NGUYEN VAN A chuyen tien GD7K2M9QX4 TP01",
            "GDGD7K2M9QX4TP01",
        ] {
            assert!(references(memo).contains(&reference), "{memo}");
        }
        assert!(references("GD7K2M9QX4TP0").is_empty());
        bolero::check!().with_type::<String>().for_each(|memo| {
            assert!(references(memo).iter().all(|found| found.len() == 14));
        });
    }

    /// A notice with any value in the place of one of its own: read or refused.
    #[test]
    fn any_notice_is_read_or_refused() {
        let sound = r#"{"credits":[{"number":"1","account":"0123","vnd":16000,"memo":"GD7K2M9QX4TP01","at":1795000000000}]}"#;
        assert!(serde_json::from_str::<Notice>(sound).is_ok());
        let values = [
            "\"1\"",
            "\"0123\"",
            "16000",
            "\"GD7K2M9QX4TP01\"",
            "1795000000000",
        ];
        bolero::check!()
            .with_type::<(usize, i64, String)>()
            .for_each(|(at, number, text)| {
                let quoted = serde_json::to_string(text).unwrap_or_default();
                let value = values[at % values.len()];
                for odd in [number.to_string(), quoted, text.clone()] {
                    let changed = sound.replacen(value, &odd, 1);
                    if let Ok(notice) = serde_json::from_str::<Notice>(&changed) {
                        for credit in notice.credits {
                            let _ = (references(credit.memo.expose()), credit.at.date());
                        }
                    }
                }
            });
    }
}
