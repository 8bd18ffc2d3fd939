//! Dossiers as the backend tells them, and their results, readable offline.

use std::collections::BTreeMap;

use gandan_domain::{
    Private, Problem,
    dossier::{IntentId, VerifiedReceipt},
    jws::sha256_hex,
    time::Instant,
    wire::{DossierView, PrefillAnswer, ResultView},
};
use serde::{Deserialize, Serialize};

use super::{
    Result, Store, StoreError,
    cells::{Cells, Chunks, Table},
    outbox::LaneEvent,
    settings::Setting,
};

#[derive(Serialize, Deserialize)]
struct ResultRow {
    view: ResultView,
    /// Where the bytes are, once they are here.
    chunks: Option<Chunks>,
    next_try: Instant,
    tries: u32,
}

/// A result whose bytes are not here yet.
pub(crate) struct WantedResult {
    pub intent: IntentId,
    pub view: ResultView,
    pub next_try: Instant,
    pub tries: u32,
}

/// What one sync brought, to be stored in one transaction.
#[derive(Default)]
pub(crate) struct Synced {
    /// Oldest first.
    pub dossiers: Vec<DossierView>,
    pub cursor: i64,
    pub prefill: BTreeMap<String, PrefillAnswer>,
    pub submitted: Option<(IntentId, Submitted)>,
    /// The backend's time.
    pub told: Option<Instant>,
}

/// What became of a submission.
pub(crate) enum Submitted {
    Received {
        proof: VerifiedReceipt,
        token: String,
    },
    /// The backend says no: it does not have the dossier.
    Refused { problem: Problem, next_try: Instant },
    /// There is an answer, and it proves nothing.
    Unproven { problem: Problem, next_try: Instant },
}

impl Cells<'_> {
    fn put_dossier(&self, dossier: &DossierView, now: Instant) -> Result<()> {
        let parent = dossier.intent.0.as_bytes();
        self.put(Table::Dossier, parent, &[], dossier)?;
        for view in &dossier.results {
            let id = view.id.as_bytes();
            let stored: Option<ResultRow> = self.get(Table::Result, id)?;
            if stored.is_none_or(|row| row.view.sha256 != view.sha256) {
                let row = ResultRow {
                    view: view.clone(),
                    chunks: None,
                    next_try: now,
                    tries: 0,
                };
                self.put(Table::Result, id, parent, &row)?;
            }
        }
        Ok(())
    }

    pub(super) fn hurry_results(&self, now: Instant) -> Result<()> {
        for (intent, mut row) in self.result_rows()? {
            if row.chunks.is_none() && row.next_try > now {
                row.next_try = now;
                let id = row.view.id.as_bytes();
                self.put(Table::Result, id, intent.0.as_bytes(), &row)?;
            }
        }
        Ok(())
    }

    fn result_rows(&self) -> Result<Vec<(IntentId, ResultRow)>> {
        let dossiers: Vec<DossierView> = self.list(Table::Dossier, &[])?;
        let mut out = Vec::new();
        for dossier in dossiers {
            let rows: Vec<ResultRow> = self.list(Table::Result, dossier.intent.0.as_bytes())?;
            out.extend(rows.into_iter().map(|row| (dossier.intent, row)));
        }
        Ok(out)
    }
}

impl Store {
    /// Newest first.
    pub fn dossiers(&self) -> Result<Vec<DossierView>> {
        self.read(|cells| {
            let mut rows: Vec<DossierView> = cells.list(Table::Dossier, &[])?;
            rows.sort_by_key(|dossier| std::cmp::Reverse((dossier.received_at, dossier.intent)));
            Ok(rows)
        })
    }

    pub fn dossier(&self, intent: IntentId) -> Result<Option<DossierView>> {
        self.read(|cells| cells.get(Table::Dossier, intent.0.as_bytes()))
    }

    /// The bytes of a result, checked against its hash; `None` until they have arrived.
    pub fn result_bytes(&self, id: uuid::Uuid) -> Result<Option<Private<Vec<u8>>>> {
        self.read(|cells| {
            let id = id.as_bytes();
            let row: Option<ResultRow> = cells.get(Table::Result, id)?;
            let Some((row, chunks)) = row.and_then(|row| row.chunks.map(|chunks| (row, chunks)))
            else {
                return Ok(None);
            };
            let bytes = cells.chunk_range(Table::ResultChunk, id, &chunks, 0, usize::MAX)?;
            if sha256_hex(&bytes) != row.view.sha256 {
                return Err(StoreError::Changed {
                    table: Table::ResultChunk.name(),
                });
            }
            Ok(Some(Private::new(bytes)))
        })
    }

    /// Everything one sync brought and the cursor behind it, or none of it.
    pub(crate) fn apply_sync(&self, synced: Synced) -> Result<()> {
        let now = self.world.clock.now();
        self.write(|cells| {
            for dossier in &synced.dossiers {
                cells.put_dossier(dossier, now)?;
            }
            cells.set(Setting::Cursor, &synced.cursor)?;
            if let Some(told) = synced.told {
                cells.set(Setting::Told, &told)?;
            }
            for (procedure, answer) in synced.prefill {
                cells.prefill_answered(&procedure, answer, now)?;
            }
            let Some((intent, submitted)) = synced.submitted else {
                return Ok(());
            };
            let event = match submitted {
                Submitted::Received { proof, token } => {
                    cells.put_receipt(&proof, &token)?;
                    LaneEvent::Received
                }
                Submitted::Refused { problem, next_try } => {
                    LaneEvent::Refused { problem, next_try }
                }
                Submitted::Unproven { problem, next_try } => {
                    LaneEvent::Failed { problem, next_try }
                }
            };
            cells.move_lane(intent, event)?;
            Ok(())
        })
    }

    /// In the order in which they are to be fetched.
    pub(crate) fn wanted_results(&self) -> Result<Vec<WantedResult>> {
        self.read(|cells| {
            let mut wanted: Vec<_> = cells
                .result_rows()?
                .into_iter()
                .filter(|(_, row)| row.chunks.is_none())
                .map(|(intent, row)| WantedResult {
                    intent,
                    view: row.view,
                    next_try: row.next_try,
                    tries: row.tries,
                })
                .collect();
            wanted.sort_by_key(|result| (result.next_try, result.view.id));
            Ok(wanted)
        })
    }

    /// The bytes have been checked against the hash that the dossier names.
    pub(crate) fn put_result(
        &self,
        intent: IntentId,
        view: &ResultView,
        bytes: &[u8],
    ) -> Result<()> {
        self.write(|cells| {
            let id = view.id.as_bytes();
            let chunks = cells.put_chunks(Table::ResultChunk, id, bytes)?;
            let row = ResultRow {
                view: view.clone(),
                chunks: Some(chunks),
                next_try: Instant(0),
                tries: 0,
            };
            cells.put(Table::Result, id, intent.0.as_bytes(), &row)
        })
    }

    /// Fetching failed; the next try is not before `next_try`.
    pub(crate) fn result_failed(&self, wanted: &WantedResult, next_try: Instant) -> Result<()> {
        self.write(|cells| {
            let row = ResultRow {
                view: wanted.view.clone(),
                chunks: None,
                next_try,
                tries: wanted.tries.saturating_add(1),
            };
            let id = wanted.view.id.as_bytes();
            cells.put(Table::Result, id, wanted.intent.0.as_bytes(), &row)
        })
    }
}
