//! What the state already knows, kept so that a form opened offline still has it.

use std::collections::BTreeSet;

use gandan_domain::{time::Instant, wire::PrefillAnswer};
use serde::{Deserialize, Serialize};

use super::{
    Prefill, Result, Store,
    cells::{Cells, Table},
};

#[derive(Serialize, Deserialize)]
struct PrefillRow {
    procedure: String,
    #[serde(flatten)]
    prefill: Prefill,
}

impl Cells<'_> {
    fn prefill_row(&self, procedure: &str) -> Result<PrefillRow> {
        let id = self.lookup(Table::Prefill, &[procedure.as_bytes()]);
        Ok(self.get(Table::Prefill, &id)?.unwrap_or(PrefillRow {
            procedure: procedure.into(),
            prefill: Prefill::default(),
        }))
    }

    fn put_prefill(&self, row: &PrefillRow) -> Result<()> {
        let id = self.lookup(Table::Prefill, &[row.procedure.as_bytes()]);
        self.put(Table::Prefill, &id, &[], row)
    }

    pub(super) fn want_prefill(&self, procedure: &str) -> Result<()> {
        let mut row = self.prefill_row(procedure)?;
        row.prefill.wanted = true;
        self.put_prefill(&row)
    }

    /// Values go, and are wanted anew.
    pub(super) fn forget_prefill(&self) -> Result<()> {
        let rows: Vec<PrefillRow> = self.list(Table::Prefill, &[])?;
        for PrefillRow { procedure, .. } in rows {
            let prefill = Prefill {
                wanted: true,
                ..Prefill::default()
            };
            self.put_prefill(&PrefillRow { procedure, prefill })?;
        }
        Ok(())
    }

    /// A source that can't be asked right now takes nothing away that was known.
    pub(super) fn prefill_answered(
        &self,
        procedure: &str,
        answer: PrefillAnswer,
        now: Instant,
    ) -> Result<()> {
        let mut row = self.prefill_row(procedure)?;
        match answer {
            PrefillAnswer::Known { values } => {
                row.prefill = Prefill {
                    wanted: false,
                    unavailable_until: None,
                    fetched_at: Some(now),
                    values,
                };
            }
            PrefillAnswer::Unavailable { retry_after_s } => {
                let wait = i64::from(retry_after_s).saturating_mul(1000);
                row.prefill.unavailable_until = Some(now.plus_ms(wait));
            }
        }
        self.put_prefill(&row)
    }
}

impl Store {
    /// Asks the engine to fetch what the state knows for this procedure, at the next sync (the
    /// first after sign-in, if nobody is signed in). Wake the engine afterwards.
    pub fn want_prefill(&self, procedure: &str) -> Result<()> {
        self.write(|cells| cells.want_prefill(procedure))
    }

    pub fn prefill(&self, procedure: &str) -> Result<Prefill> {
        self.read(|cells| Ok(cells.prefill_row(procedure)?.prefill))
    }

    /// The procedures that are wanted, each with the time from which to ask.
    pub(crate) fn wanted_prefill(&self) -> Result<Vec<(String, Option<Instant>)>> {
        self.read(|cells| {
            let rows: Vec<PrefillRow> = cells.list(Table::Prefill, &[])?;
            Ok(rows
                .into_iter()
                .filter(|row| row.prefill.wanted)
                .map(|row| (row.procedure, row.prefill.unavailable_until))
                .collect())
        })
    }
}

/// The procedures that have an open draft.
pub(super) fn drafted_procedures(cells: &Cells<'_>) -> Result<BTreeSet<String>> {
    Ok(super::drafts::rows(cells)?
        .into_iter()
        .filter(|draft| !draft.frozen)
        .map(|draft| draft.procedure)
        .collect())
}
