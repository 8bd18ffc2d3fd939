//! What must leave the building: the outbox, its worker, and the agency's way to the files.
//!
//! A row is written in the transaction of what it is about and removed in the transaction that
//! notes its success: at least once, never lost. The worker sends what is due, then waits for a
//! wake-up or for the clock; a failure waits 1 s, doubling to 5 min, with jitter so that a commune's
//! system is not met by every dossier at once when it is back. An outage is waited out for ever; what
//! is *refused* [`MOST_REFUSALS`] times is parked for an operator, who sees it in the log and by
//! `gandan-backend outbox`. No lease is taken: after a kill it would only delay what the receiver
//! must deduplicate anyway.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, Query, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::{
    FutureExt, StreamExt,
    future::{Either, select},
    stream,
};
use gandan_domain::{Problem, time::Instant};
use gandan_foundation::{
    ports::{HttpError, Random},
    sealing::{Cell, SealingKey},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Dossier, agency_url,
    current::dossier_of,
    one_stop::{self, Envelope, HoSo, LePhi, ThanhToan},
    result,
};
use crate::{
    app::{Backend, Shared},
    file::{read_id, upload},
    identity::CitizenId,
    log::{self, Act},
    params, payment,
    problem::Refusal,
    storage::{Failure, Row, StorageError, Tx},
};

/// How long a partner may take to answer, in milliseconds.
const PATIENCE_MS: i64 = 15_000;
/// The longest pause between two attempts.
const LONGEST_MS: i64 = 5 * 60 * 1000;
/// How often to look without being woken: another node may have left something behind.
const POLL_MS: i64 = 60_000;
/// How often a partner may say no before it takes a person to look: with the pauses, an hour or so.
const MOST_REFUSALS: u32 = 20;
/// How many partners' answers are waited for at once.
const AT_ONCE: usize = 8;

const DELIVER: &str = "deliver";
const FETCH: &str = "fetch";
const PAID: &str = "paid";

/// Puts a dossier into the outbox: as it was filed, or as it is after the act with the key
/// `update`. Deliveries of one dossier leave in the order in which they were put here.
#[expect(clippy::too_many_arguments, reason = "whose, which, why and when")]
pub async fn enqueue(
    tx: &mut dyn Tx,
    random: &dyn Random,
    key: &SealingKey,
    citizen: CitizenId,
    dossier: Uuid,
    update: Option<Uuid>,
    now: Instant,
    ho_so: &HoSo,
) -> Result<(), Failure> {
    put(
        tx,
        random,
        key,
        Work {
            kind: DELIVER,
            citizen,
            dossier,
            source: update.map_or_else(Vec::new, |act| act.as_bytes().to_vec()),
            now,
            body: serde_json::to_vec(ho_so)?,
        },
    )
    .await
}

/// Puts a result paper that is to be fetched into the outbox; once for each `source`.
pub async fn enqueue_fetch(
    tx: &mut dyn Tx,
    random: &dyn Random,
    key: &SealingKey,
    dossier: &Dossier,
    now: Instant,
    source: [u8; 32],
    paper: &result::Paper,
) -> Result<(), Failure> {
    put(
        tx,
        random,
        key,
        Work {
            kind: FETCH,
            citizen: dossier.citizen,
            dossier: dossier.id,
            source: source.to_vec(),
            now,
            body: serde_json::to_vec(paper)?,
        },
    )
    .await
}

/// Puts the news that a fee is paid into the outbox, for the office.
pub async fn enqueue_paid(
    tx: &mut dyn Tx,
    random: &dyn Random,
    key: &SealingKey,
    dossier: &Dossier,
    fee: Uuid,
    now: Instant,
) -> Result<(), Failure> {
    put(
        tx,
        random,
        key,
        Work {
            kind: PAID,
            citizen: dossier.citizen,
            dossier: dossier.id,
            source: fee.as_bytes().to_vec(),
            now,
            body: Vec::new(),
        },
    )
    .await
}

struct Work {
    kind: &'static str,
    citizen: CitizenId,
    dossier: Uuid,
    source: Vec<u8>,
    now: Instant,
    body: Vec<u8>,
}

async fn put(
    tx: &mut dyn Tx,
    random: &dyn Random,
    key: &SealingKey,
    work: Work,
) -> Result<(), Failure> {
    let id = random.uuid(work.now);
    let sealed = key.seal(random, &cell(id.as_bytes()), &work.body)?;
    tx.exec(
        "INSERT INTO outbox (id, kind, citizen, dossier, source, sealed, attempts, due_at, number)
         VALUES ($1, $2, $3, $4, $5, $6, 0, $7,
             (SELECT COALESCE(MAX(before.number), 0) + 1 FROM outbox AS before
              WHERE before.dossier = $4))
         ON CONFLICT (kind, dossier, source) DO NOTHING",
        &params![
            id,
            work.kind,
            work.citizen,
            work.dossier,
            work.source,
            sealed,
            work.now,
        ],
    )
    .await?;
    Ok(())
}

fn cell(row: &[u8]) -> Cell<'_> {
    Cell {
        table: "outbox",
        column: "sealed",
        row,
        revision: 0,
    }
}

/// A row of `outbox` that is due.
pub struct Due {
    pub id: Uuid,
    kind: String,
    pub citizen: CitizenId,
    pub dossier: Uuid,
    pub source: Vec<u8>,
    sealed: Vec<u8>,
    attempts: u32,
    refused: u32,
}

impl Due {
    fn from_row(row: &Row) -> Result<Self, StorageError> {
        Ok(Self {
            id: row.get(0)?,
            kind: row.get(1)?,
            citizen: row.get(2)?,
            dossier: row.get(3)?,
            source: row.get(4)?,
            sealed: row.get(5)?,
            attempts: row.get(6)?,
            refused: row.get(7)?,
        })
    }

    /// What is to be sent or fetched.
    fn open(&self, key: &SealingKey) -> Result<Vec<u8>, Failure> {
        Ok(key.open(&cell(self.id.as_bytes()), &self.sealed)?.to_vec())
    }

    /// Takes the row out, in the transaction that notes the success. `false`: somebody else has.
    pub async fn done(&self, tx: &mut dyn Tx) -> Result<bool, Failure> {
        let removed = tx
            .exec("DELETE FROM outbox WHERE id = $1", &params![self.id])
            .await?;
        Ok(removed == 1)
    }
}

/// Not waiting for an operator, and, for a delivery, nothing of the same dossier before it: an
/// office that hears of a supplement before it has the dossier could only refuse it.
macro_rules! may_leave {
    () => {
        "parked_at IS NULL AND NOT EXISTS (
             SELECT 1 FROM outbox AS before
             WHERE before.dossier = outbox.dossier AND before.number < outbox.number
                 AND before.kind = 'deliver' AND outbox.kind = 'deliver')"
    };
}

/// Why an attempt came to nothing. Carries nothing personal.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("get an answer that counts: status {0}")]
    Answer(u16),
    /// The other side understood, and will not have it: asking again as it is changes nothing.
    #[error("get a yes: refused with status {0}")]
    Refused(u16),
    #[error("make the request")]
    Request,
    #[error(transparent)]
    Here(#[from] Problem),
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self::Here(failure.into())
    }
}

/// Delivers and fetches, until dropped.
pub async fn run(backend: &Shared) {
    backend
        .keep_at("the outbox", POLL_MS, || Box::pin(round(backend)))
        .await;
}

/// Does what is due until nothing is. Gives the instant at which something will be.
async fn round(backend: &Shared) -> Result<Option<Instant>, Failure> {
    loop {
        let now = backend.world.clock.now();
        let due = backend
            .storage
            .read(move |reader| {
                Box::pin(async move {
                    let rows = reader
                        .query(
                            concat!(
                                "SELECT id, kind, citizen, dossier, source, sealed, attempts, refused
                                 FROM outbox WHERE due_at <= $1 AND ",
                                may_leave!(),
                                " ORDER BY due_at, id LIMIT 32"
                            ),
                            &params![now],
                        )
                        .await?;
                    let due = rows
                        .iter()
                        .map(Due::from_row)
                        .collect::<Result<Vec<_>, _>>()?;
                    let next: Option<Instant> = reader
                        .query_opt(
                            concat!("SELECT MIN(due_at) FROM outbox WHERE ", may_leave!()),
                            &[],
                        )
                        .await?
                        .map_or(Ok(None), |row| row.get(0))?;
                    Ok((due, next))
                })
            })
            .await?;
        let (due, next) = due;
        if due.is_empty() {
            return Ok(next);
        }
        let outcomes: Vec<Result<(), Failure>> = stream::iter(due)
            .map(|due| attempt(backend, due))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        outcomes.into_iter().collect::<Result<(), _>>()?;
    }
}

async fn attempt(backend: &Shared, due: Due) -> Result<(), Failure> {
    let due = Arc::new(due);
    let outcome = match due.kind.as_str() {
        FETCH => fetch(backend, &due).await,
        PAID => tell_paid(backend, &due).await,
        _ => deliver(backend, &due).await,
    };
    let Err(error) = outcome else {
        return Ok(());
    };
    let attempts = due.attempts.saturating_add(1);
    let said_no = matches!(
        error,
        Failed::Refused(_)
            | Failed::Here(Problem::FileTooBig { .. } | Problem::FileNotWhatItSays { .. })
    );
    let refused = due.refused.saturating_add(u32::from(said_no));
    tracing::warn!(outbox = %due.id, kind = due.kind, attempts, refused, %error, "an attempt failed");
    let now = backend.world.clock.now();
    let until = now.plus_ms(pause_ms(attempts, &*backend.world.random));
    let parked = (refused >= MOST_REFUSALS).then_some(now);
    if parked.is_some() {
        tracing::error!(outbox = %due.id, kind = due.kind, refused, "refused too often: it waits for an operator (`gandan-backend outbox`)");
    }
    let id = due.id;
    backend
        .storage
        .write(move |tx| {
            Box::pin(async move {
                tx.exec(
                    "UPDATE outbox SET attempts = $1, due_at = $2, refused = $3, parked_at = $4
                     WHERE id = $5",
                    &params![attempts, until, refused, parked, id],
                )
                .await?;
                Ok(())
            })
        })
        .await
}

/// What a partner's answer means, when it is not a success: an outage ends by itself, a refusal
/// does not.
fn answered(answer: &http::Response<Bytes>) -> Failed {
    let status = answer.status().as_u16();
    match status {
        400 | 404 | 405 | 409 | 410 | 413 | 415 | 422 => Failed::Refused(status),
        _ if one_stop::Answer::is_a_refusal(answer.body()) => Failed::Refused(status),
        _ => Failed::Answer(status),
    }
}

/// 1 s doubling to 5 min, of which the last quarter is chance.
fn pause_ms(attempts: u32, random: &dyn Random) -> i64 {
    let doubled = 1_000_i64 << attempts.saturating_sub(1).min(20);
    let longest = doubled.min(LONGEST_MS);
    let chance = i64::from(u16::from_be_bytes(random.bytes()));
    longest * 3 / 4 + (longest / 4) * chance / i64::from(u16::MAX)
}

/// An exchange with a partner that gets no more than `patience_ms`.
pub async fn exchange(
    backend: &Backend,
    request: http::Request<Bytes>,
    patience_ms: i64,
) -> Result<http::Response<Bytes>, HttpError> {
    let world = &backend.world;
    let late = world
        .clock
        .sleep_until(world.clock.now().plus_ms(patience_ms));
    match select(world.http.send(request), late).await {
        Either::Left((answer, _)) => answer,
        Either::Right(((), _)) => Err(HttpError::TimedOut),
    }
}

async fn deliver(backend: &Shared, due: &Arc<Due>) -> Result<(), Failed> {
    let key = upload::citizen_key(backend, due.citizen).await?;
    let mut ho_so: HoSo = serde_json::from_slice(&due.open(&key)?).map_err(Failure::from)?;
    let expires = backend.world.clock.now().plus_ms(agency_url::LIFE_MS);
    for paper in &mut ho_so.tai_lieu_nop {
        let path = agency_url::sign(&backend.keys.url, paper.tep_dinh_kem_id, expires);
        paper.duong_dan_tai_tep_tin = format!("{}{path}", backend.config.public_url);
    }
    ho_so.danh_sach_le_phi = fees(backend, due, &key).await?;
    let partner = &backend.config.one_stop;
    let body = serde_json::to_vec(&Envelope {
        service: one_stop::DELIVER.into(),
        is_updating: Some(
            if due.source.is_empty() {
                "False"
            } else {
                "True"
            }
            .into(),
        ),
        data: vec![ho_so],
    })
    .map_err(Failure::from)?;
    let request = http::Request::post(format!("{}/v1/{}", partner.url, one_stop::DELIVER))
        .header(header::AUTHORIZATION, format!("Bearer {}", partner.token))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Bytes::from(body))
        .map_err(|_| Failed::Request)?;
    let answer = exchange(backend, request, PATIENCE_MS).await?;
    if answer.status() != StatusCode::OK || !one_stop::Answer::is_ok(answer.body()) {
        return Err(answered(&answer));
    }
    let (shared, due) = (Arc::clone(backend), Arc::clone(due));
    backend
        .storage
        .write(move |tx| {
            let (backend, due, key) = (Arc::clone(&shared), Arc::clone(&due), key.clone());
            Box::pin(async move {
                if !due.done(tx).await? {
                    return Ok(());
                }
                let record = Dossier::find(tx, due.dossier).await?.record(&key)?;
                let act = Act {
                    actor: &record.office_code,
                    action: "dossier.delivered",
                    dossier: Some(&record.code),
                };
                let now = backend.world.clock.now();
                log::append(tx, &*backend.world.random, &key, due.citizen, now, act).await
            })
        })
        .await?;
    Ok(())
}

/// The fees of a dossier as the office reads them, now.
async fn fees(backend: &Shared, due: &Arc<Due>, key: &SealingKey) -> Result<Vec<LePhi>, Failure> {
    let (dossier, key) = (due.dossier, key.clone());
    let views = backend
        .storage
        .read(move |reader| {
            let key = key.clone();
            Box::pin(async move { payment::views(reader, &key, dossier).await })
        })
        .await?;
    Ok(views.into_iter().map(LePhi::from).collect())
}

/// Tells the office that a fee is paid.
async fn tell_paid(backend: &Shared, due: &Arc<Due>) -> Result<(), Failed> {
    let key = upload::citizen_key(backend, due.citizen).await?;
    let dossier = due.dossier;
    let opener = key.clone();
    let record = backend
        .storage
        .read(move |reader| {
            let key = opener.clone();
            Box::pin(async move { Dossier::find(reader, dossier).await?.record(&key) })
        })
        .await?;
    let told = ThanhToan {
        ma_ho_so: record.code,
        danh_sach_le_phi: fees(backend, due, &key).await?,
    };
    let partner = &backend.config.one_stop;
    let body = serde_json::to_vec(&Envelope {
        service: one_stop::PAID.into(),
        is_updating: None,
        data: vec![told],
    })
    .map_err(Failure::from)?;
    let request = http::Request::post(format!("{}/v1/{}", partner.url, one_stop::PAID))
        .header(header::AUTHORIZATION, format!("Bearer {}", partner.token))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Bytes::from(body))
        .map_err(|_| Failed::Request)?;
    let answer = exchange(backend, request, PATIENCE_MS).await?;
    if answer.status() != StatusCode::OK || !one_stop::Answer::is_ok(answer.body()) {
        return Err(answered(&answer));
    }
    let due = Arc::clone(due);
    backend
        .storage
        .write(move |tx| {
            let due = Arc::clone(&due);
            Box::pin(async move { due.done(tx).await.map(drop) })
        })
        .await?;
    Ok(())
}

async fn fetch(backend: &Shared, due: &Arc<Due>) -> Result<(), Failed> {
    let key = upload::citizen_key(backend, due.citizen).await?;
    let paper: result::Paper = serde_json::from_slice(&due.open(&key)?).map_err(Failure::from)?;
    let partner = &backend.config.one_stop;
    if !result::is_from(&partner.url, &paper.url) {
        return Err(Failed::Request);
    }
    let request = http::Request::get(&paper.url)
        .header(header::AUTHORIZATION, format!("Bearer {}", partner.token))
        .body(Bytes::new())
        .map_err(|_| Failed::Request)?;
    let answer = exchange(backend, request, PATIENCE_MS).await?;
    if answer.status() != StatusCode::OK {
        return Err(answered(&answer));
    }
    result::keep(backend, due, &key, paper, answer.into_body()).await?;
    Ok(())
}

#[derive(Deserialize, utoipa::IntoParams)]
pub struct Signed {
    /// Until when the address opens the file, ms since 1970 UTC.
    exp: i64,
    /// HMAC-SHA256 over the file and `exp`, hex.
    sig: String,
}

/// An agency reads a file of a dossier that was sent to it. The read stands in the citizen's log
/// before the first byte leaves.
#[utoipa::path(get, path = "/v1/agency/files/{id}", tag = "partners", params(("id" = String, Path), Signed), responses(
    (status = 200, description = "the file", body = Vec<u8>),
    (status = 404, description = "the address is wrong or has expired"),
))]
pub async fn read_file(
    State(backend): State<Shared>,
    method: Method,
    Path(id): Path<String>,
    signed: Result<Query<Signed>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Refusal> {
    let id = read_id(&id)?;
    let Query(signed) = signed.map_err(|_| Problem::NotFound)?;
    let now = backend.world.clock.now();
    agency_url::check(&backend.keys.url, id, Instant(signed.exp), &signed.sig, now)?;
    let shared = Arc::clone(&backend);
    let file = backend
        .storage
        .write(move |tx| {
            let backend = Arc::clone(&shared);
            Box::pin(async move {
                let file = upload::find_whole(tx, id).await?;
                let dossier = dossier_of(tx, file.citizen, file.intent).await?;
                let key = backend.keys.citizen_key(tx, file.citizen).await?;
                let record = dossier.record(&key)?;
                let act = Act {
                    actor: &record.office_code,
                    action: "file.read",
                    dossier: Some(&record.code),
                };
                log::append(tx, &*backend.world.random, &key, file.citizen, now, act).await?;
                Ok(file)
            })
        })
        .await?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_str(file.media_type.as_deref().unwrap_or_default())
                .map_err(|_| Problem::NotFound)?,
        ),
        (header::CONTENT_LENGTH, HeaderValue::from(file.length)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    if method == Method::HEAD {
        return Ok(headers.into_response());
    }
    let (key, pieces) = upload::pieces(&backend, &file).await?;
    let bytes = stream::iter(pieces).then(move |piece| {
        let (backend, key) = (Arc::clone(&backend), key.clone());
        async move {
            upload::open(&backend, &key, id, &piece)
                .await
                .map_err(std::io::Error::other)
        }
        .boxed()
    });
    Ok((headers, Body::from_stream(bytes)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);

    impl Random for Fixed {
        fn fill(&self, out: &mut [u8]) {
            out.fill(self.0);
        }
    }

    #[test]
    fn pauses_double_to_five_minutes() {
        for (attempts, longest) in [
            (1, 1_000),
            (2, 2_000),
            (9, 256_000),
            (10, 300_000),
            (999, 300_000),
        ] {
            assert_eq!(pause_ms(attempts, &Fixed(0xff)), longest);
            assert_eq!(pause_ms(attempts, &Fixed(0)), longest * 3 / 4);
        }
    }
}
