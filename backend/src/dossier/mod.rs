//! A dossier (hồ sơ) on the state's side: filed in one transaction, delivered by a worker, moved
//! by signed reports.
//!
//! Start at [`submit`] for how an intent becomes a dossier, at [`deliver`] for how it reaches the
//! office, at [`progress`] for what the office reports back, at [`supplement`] and [`withdraw`] for
//! what the citizen may do meanwhile, at [`result`] for what comes of it.
//! [`one_stop`] holds the office's words, [`webhook`] and [`agency_url`] what is believed of it.
//!
//! What names a person (code, answers, history) is sealed under the citizen's key. The code is
//! found by a keyed hash. Status, province and time stand open, so that an operator can count.

pub mod agency_url;
mod current;
pub mod deliver;
mod once;
pub mod one_stop;
pub mod parked;
pub mod progress;
pub mod result;
pub mod submit;
pub mod supplement;
pub mod webhook;
pub mod withdraw;

#[cfg(test)]
mod follow_up_tests;
#[cfg(test)]
mod tests;

use gandan_domain::{
    Problem,
    dossier::{DossierCode, FileEntry, IntentId, Status},
    place::PlaceKey,
    time::Instant,
    wire::{Change, DossierView, StatusEntry, What},
};
use gandan_foundation::{
    ports::Random,
    sealing::{Cell, SealingKey},
};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use self::current::Current;
use crate::{
    app::Shared,
    identity::CitizenId,
    keys::Keys,
    log::{self, Act},
    params,
    payment::{self, ledger},
    storage::{Failure, Reader, Row, Tx},
};

pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(deliver::read_file))
        .routes(routes!(progress::one_stop))
        .routes(routes!(result::read))
}

/// What of a dossier never changes, sealed.
#[derive(Serialize, Deserialize)]
pub struct Record {
    pub code: DossierCode,
    pub intent: IntentId,
    pub procedure: String,
    pub commune: PlaceKey,
    /// Identifier code of the receiving office: how the citizen's log names it.
    pub office_code: String,
    pub office: String,
    /// As it was signed.
    pub intent_jws: String,
    pub files: Vec<FileEntry>,
}

/// A row of `dossier`.
pub struct Dossier {
    pub id: Uuid,
    pub citizen: CitizenId,
    pub status: Status,
    pub received_at: Instant,
    sealed: Vec<u8>,
    /// How many entries of its history the citizen has seen.
    pub read: u32,
}

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT id, citizen, status, received_at, sealed, read FROM dossier WHERE ",
            $condition
        )
    };
}

impl Dossier {
    fn from_row(row: &Row) -> Result<Self, Failure> {
        let status = u8::try_from(row.get::<u32>(2)?)
            .ok()
            .and_then(|code| Status::try_from(code).ok())
            .ok_or_else(|| Problem::Bug {
                id: "status".into(),
            })?;
        Ok(Self {
            id: row.get(0)?,
            citizen: row.get(1)?,
            status,
            received_at: row.get(3)?,
            sealed: row.get(4)?,
            read: row.get(5)?,
        })
    }

    pub async fn find(reader: &mut dyn Reader, id: Uuid) -> Result<Self, Failure> {
        let row = reader
            .query_opt(select!("id = $1"), &params![id])
            .await?
            .ok_or(Problem::NotFound)?;
        Self::from_row(&row)
    }

    pub async fn find_by_intent(
        reader: &mut dyn Reader,
        citizen: CitizenId,
        intent: Uuid,
    ) -> Result<Self, Failure> {
        let row = reader
            .query_opt(
                select!("citizen = $1 AND intent = $2"),
                &params![citizen, intent],
            )
            .await?
            .ok_or(Problem::NotFound)?;
        Self::from_row(&row)
    }

    pub async fn find_by_code(
        reader: &mut dyn Reader,
        keys: &Keys,
        code: &DossierCode,
    ) -> Result<Self, Failure> {
        let row = reader
            .query_opt(select!("code = $1"), &params![code_hash(keys, code)])
            .await?
            .ok_or(Problem::NotFound)?;
        Self::from_row(&row)
    }

    pub fn record(&self, key: &SealingKey) -> Result<Record, Failure> {
        let plain = key.open(&record_cell(self.id.as_bytes()), &self.sealed)?;
        Ok(serde_json::from_slice(&plain)?)
    }

    /// As its citizen sees it.
    pub async fn view(
        &self,
        reader: &mut dyn Reader,
        key: &SealingKey,
    ) -> Result<DossierView, Failure> {
        let record = self.record(key)?;
        let history = self.history(reader, key).await?;
        let supplement = match self.status {
            Status::SupplementRequested => Current::load(reader, key, self).await?.view(),
            _ => None,
        };
        Ok(DossierView {
            code: record.code,
            intent: record.intent,
            procedure: record.procedure,
            commune: record.commune,
            status: self.status,
            received_at: self.received_at,
            history,
            results: result::views(reader, key, self.id).await?,
            supplement,
            fees: payment::views(reader, key, self.id).await?,
            read: self.read,
        })
    }

    /// Oldest first.
    pub async fn history(
        &self,
        reader: &mut dyn Reader,
        key: &SealingKey,
    ) -> Result<Vec<StatusEntry>, Failure> {
        let rows = reader
            .query(
                "SELECT number, sealed FROM dossier_history WHERE dossier = $1 ORDER BY number",
                &params![self.id],
            )
            .await?;
        rows.iter()
            .map(|row| {
                let sealed: Vec<u8> = row.get(1)?;
                let plain = key.open(&history_cell(&history_row(self.id, row.get(0)?)), &sealed)?;
                Ok(serde_json::from_slice(&plain)?)
            })
            .collect()
    }

    /// The deadline that was last told.
    pub async fn last_due(
        &self,
        reader: &mut dyn Reader,
        key: &SealingKey,
    ) -> Result<Option<Instant>, Failure> {
        let history = self.history(reader, key).await?;
        Ok(history.iter().rev().find_map(|entry| entry.due_at))
    }

    /// Whether its citizen ever asked to have it back.
    async fn was_asked_back(
        &self,
        reader: &mut dyn Reader,
        key: &SealingKey,
    ) -> Result<bool, Failure> {
        let history = self.history(reader, key).await?;
        let is_wish = |entry: &StatusEntry| entry.status == Status::WithdrawalRequested;
        Ok(history.iter().any(is_wish))
    }

    /// Moves the dossier: status, history, change and log line together. Every move after the
    /// filing passes here, the office's and the citizen's, so what has to follow from one is here,
    /// too: what was paid for a dossier that was asked back is owed back when it is stopped.
    #[expect(
        clippy::too_many_arguments,
        reason = "who, what, when, and with which keys"
    )]
    pub async fn moves(
        &self,
        tx: &mut dyn Tx,
        random: &dyn Random,
        key: &SealingKey,
        record: &Record,
        entry: &StatusEntry,
        now: Instant,
        actor: &str,
    ) -> Result<(), Failure> {
        tx.exec(
            "UPDATE dossier SET status = $1 WHERE id = $2",
            &params![u32::from(entry.status.code()), self.id],
        )
        .await?;
        add_history(tx, random, key, self.id, entry).await?;
        add_change(tx, self.citizen, self.id, now).await?;
        // Not only from "withdrawal requested": an office that moved the dossier on before it heard
        // of the wish stops it from wherever it stands then.
        if entry.status == Status::Stopped && self.was_asked_back(tx, key).await? {
            ledger::give_back(tx, random, key, self, &record.code, now, actor).await?;
        }
        let act = Act {
            actor,
            action: "dossier.moved",
            dossier: Some(&record.code),
        };
        log::append(tx, random, key, self.citizen, now, act).await
    }
}

fn code_hash(keys: &Keys, code: &DossierCode) -> [u8; 32] {
    keys.lookup("dossier", "code", code.as_str())
}

fn record_cell(row: &[u8]) -> Cell<'_> {
    Cell {
        table: "dossier",
        column: "sealed",
        row,
        revision: 0,
    }
}

fn history_row(dossier: Uuid, number: i64) -> Vec<u8> {
    [&dossier.as_bytes()[..], &number.to_be_bytes()].concat()
}

fn history_cell(row: &[u8]) -> Cell<'_> {
    Cell {
        table: "dossier_history",
        column: "sealed",
        row,
        revision: 0,
    }
}

/// Adds to a dossier's history, which is never rewritten.
async fn add_history(
    tx: &mut dyn Tx,
    random: &dyn Random,
    key: &SealingKey,
    dossier: Uuid,
    entry: &StatusEntry,
) -> Result<(), Failure> {
    let number: i64 = tx
        .query_opt(
            "SELECT COALESCE(MAX(number), 0) + 1 FROM dossier_history WHERE dossier = $1",
            &params![dossier],
        )
        .await?
        .map_or(Ok(1), |row| row.get(0))?;
    let sealed = key.seal(
        random,
        &history_cell(&history_row(dossier, number)),
        &serde_json::to_vec(entry)?,
    )?;
    tx.exec(
        "INSERT INTO dossier_history (dossier, number, sealed) VALUES ($1, $2, $3)",
        &params![dossier, number, sealed],
    )
    .await?;
    Ok(())
}

/// Numbers a change for the citizen's phones. The counter is a row and not a sequence: a sequence
/// commits out of order, and a phone's cursor would step over what commits late.
pub(crate) async fn add_change(
    tx: &mut dyn Tx,
    citizen: CitizenId,
    dossier: Uuid,
    at: Instant,
) -> Result<(), Failure> {
    let seq: i64 = tx
        .query_opt(
            "INSERT INTO change_counter (citizen, seq) VALUES ($1, 1)
             ON CONFLICT (citizen) DO UPDATE SET seq = change_counter.seq + 1
             RETURNING seq",
            &params![citizen],
        )
        .await?
        .ok_or(Problem::NotFound)?
        .get(0)?;
    tx.exec(
        "INSERT INTO dossier_change (citizen, seq, dossier, at) VALUES ($1, $2, $3, $4)",
        &params![citizen, seq, dossier, at],
    )
    .await?;
    Ok(())
}

/// How many changes one answer holds.
pub const CHANGES: usize = 100;

/// What changed after `cursor`, oldest first, and whether there is more. A dossier that moved
/// several times is told once, as it is now, at its last number: its history holds the rest.
pub async fn changes(
    reader: &mut dyn Reader,
    key: &SealingKey,
    citizen: CitizenId,
    cursor: i64,
) -> Result<(Vec<Change>, bool), Failure> {
    let rows = reader
        .query(
            "SELECT MAX(seq), dossier, MAX(at) FROM dossier_change
             WHERE citizen = $1 AND seq > $2
             GROUP BY dossier ORDER BY MAX(seq) LIMIT 101",
            &params![citizen, cursor],
        )
        .await?;
    let mut changes = Vec::new();
    for row in rows.iter().take(CHANGES) {
        let dossier = Dossier::find(reader, row.get(1)?).await?;
        changes.push(Change {
            seq: row.get(0)?,
            at: row.get(2)?,
            what: What::Dossier {
                dossier: dossier.view(reader, key).await?,
            },
        });
    }
    Ok((changes, rows.len() > CHANGES))
}
