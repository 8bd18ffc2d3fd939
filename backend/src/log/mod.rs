//! The citizen's own access log: who read or wrote what, and when (I8).
//!
//! Lines are numbered and hash-chained per citizen by [`gandan_domain::log`], and appended in the
//! transaction of the act they tell of: an act without its line can't be, nor a line without its
//! act. Rejected: one chain over all citizens (one hot row for the whole country).

use axum::{
    Json,
    extract::{Query, State},
};
use gandan_domain::{
    dossier::DossierCode,
    log::{START, chain},
    time::Instant,
    wire::{LogEntry, LogResponse},
};
use gandan_foundation::{
    ports::Random,
    sealing::{Cell, SealingKey},
};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Shared,
    identity::{Citizen, CitizenId},
    params,
    problem::Refusal,
    storage::{Failure, Reader, Tx},
};

/// How many lines one answer holds.
const PAGE: i64 = 200;

/// The citizen themself, with their own phone.
pub const SELF: &str = "self";
/// This backend, on the citizen's behalf.
pub const BACKEND: &str = "backend";

/// What a line tells besides its number and time.
#[derive(Serialize, Deserialize)]
struct Line {
    actor: String,
    action: String,
    #[serde(default)]
    dossier: Option<DossierCode>,
}

/// Somebody's act on a citizen's data.
pub struct Act<'a> {
    /// [`SELF`], [`BACKEND`], or an agency's code.
    pub actor: &'a str,
    /// e.g. `dossier.created`.
    pub action: &'a str,
    pub dossier: Option<&'a DossierCode>,
}

/// Adds a line to the citizen's log, in the transaction of the act.
pub async fn append(
    tx: &mut dyn Tx,
    random: &dyn Random,
    key: &SealingKey,
    citizen: CitizenId,
    at: Instant,
    act: Act<'_>,
) -> Result<(), Failure> {
    let last = tx
        .query_opt(
            "SELECT seq, hash FROM access_log WHERE citizen = $1 ORDER BY seq DESC LIMIT 1",
            &params![citizen],
        )
        .await?;
    let (last, previous) = match last {
        Some(row) => (row.get::<i64>(0)?, row.get::<String>(1)?),
        None => (0, START.to_owned()),
    };
    let mut entry = LogEntry {
        seq: last + 1,
        at,
        actor: act.actor.to_owned(),
        action: act.action.to_owned(),
        dossier: act.dossier.cloned(),
        hash: String::new(),
    };
    entry.hash = chain(&previous, &entry);
    let line = serde_json::to_vec(&Line {
        actor: entry.actor,
        action: entry.action,
        dossier: entry.dossier,
    })?;
    let sealed = key.seal(random, &cell(&row(citizen, entry.seq)), &line)?;
    tx.exec(
        "INSERT INTO access_log (citizen, seq, at, sealed, hash) VALUES ($1, $2, $3, $4, $5)",
        &params![citizen, entry.seq, at, sealed, entry.hash],
    )
    .await?;
    Ok(())
}

fn row(citizen: CitizenId, seq: i64) -> Vec<u8> {
    [&citizen.0.as_bytes()[..], &seq.to_be_bytes()].concat()
}

fn cell(row: &[u8]) -> Cell<'_> {
    Cell {
        table: "access_log",
        column: "sealed",
        row,
        revision: 0,
    }
}

/// The lines after `after`, oldest first.
pub(crate) async fn read(
    reader: &mut dyn Reader,
    key: &SealingKey,
    citizen: CitizenId,
    after: i64,
) -> Result<Vec<LogEntry>, Failure> {
    let rows = reader
        .query(
            "SELECT seq, at, sealed, hash FROM access_log
             WHERE citizen = $1 AND seq > $2 ORDER BY seq LIMIT $3",
            &params![citizen, after, PAGE],
        )
        .await?;
    rows.into_iter()
        .map(|found| {
            let seq = found.get(0)?;
            let sealed: Vec<u8> = found.get(2)?;
            let line: Line =
                serde_json::from_slice(&key.open(&cell(&row(citizen, seq)), &sealed)?)?;
            Ok(LogEntry {
                seq,
                at: found.get(1)?,
                actor: line.actor,
                action: line.action,
                dossier: line.dossier,
                hash: found.get(3)?,
            })
        })
        .collect()
}

#[derive(Deserialize, utoipa::IntoParams)]
struct After {
    /// The last line that is already known; 0 at first.
    #[serde(default)]
    after: i64,
}

pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list))
}

/// The citizen's own access log, 200 lines at a time.
#[utoipa::path(get, path = "/v1/log", tag = "log", params(After), responses((status = 200, body = LogResponse)))]
async fn list(
    State(backend): State<Shared>,
    citizen: Citizen,
    Query(after): Query<After>,
) -> Result<Json<LogResponse>, Refusal> {
    let keys = std::sync::Arc::clone(&backend);
    let entries = backend
        .storage
        .read(move |reader| {
            let backend = std::sync::Arc::clone(&keys);
            let (citizen, after) = (citizen.id, after.after);
            Box::pin(async move {
                let key = backend.keys.citizen_key(reader, citizen).await?;
                read(reader, &key, citizen, after).await
            })
        })
        .await?;
    Ok(Json(LogResponse { entries }))
}
