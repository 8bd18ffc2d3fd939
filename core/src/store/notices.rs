//! How far the person has read each dossier's history.
//!
//! A notice is an entry of a dossier's history, and those are stored already, sealed; storing it a
//! second time could only disagree. What is stored here is how far one has read on this phone and
//! whether the backend knows, so that the citizen's other phones learn of it.

use std::collections::BTreeMap;

use gandan_domain::dossier::IntentId;
use serde::{Deserialize, Serialize};

use super::{Result, Store, settings::Setting};

/// By dossier.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Reads(BTreeMap<IntentId, Mark>);

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Mark {
    /// How many entries of the history.
    upto: u32,
    /// The backend has not been told.
    pending: bool,
}

impl Reads {
    /// How many entries have been read on this phone.
    pub fn upto(&self, dossier: IntentId) -> u32 {
        self.0.get(&dossier).map_or(0, |mark| mark.upto)
    }
}

impl Store {
    pub fn reads(&self) -> Result<Reads> {
        self.read(|cells| Ok(cells.setting(Setting::Reads)?.unwrap_or_default()))
    }

    /// Has read the first `upto` entries. Says whether that is news. Wake the engine afterwards.
    pub fn mark_read(&self, dossier: IntentId, upto: u32) -> Result<bool> {
        self.write(|cells| {
            let mut reads: Reads = cells.setting(Setting::Reads)?.unwrap_or_default();
            if reads.upto(dossier) >= upto {
                return Ok(false);
            }
            let pending = true;
            reads.0.insert(dossier, Mark { upto, pending });
            cells.set(Setting::Reads, &reads)?;
            Ok(true)
        })
    }

    /// What the backend has to be told.
    pub(crate) fn pending_reads(&self) -> Result<Vec<(IntentId, u32)>> {
        let reads = self.reads()?;
        let pending = reads.0.into_iter().filter(|(_, mark)| mark.pending);
        Ok(pending
            .map(|(dossier, mark)| (dossier, mark.upto))
            .collect())
    }

    /// The backend knows.
    pub(crate) fn reads_told(&self, told: &[(IntentId, u32)]) -> Result<()> {
        self.write(|cells| {
            let mut reads: Reads = cells.setting(Setting::Reads)?.unwrap_or_default();
            for (dossier, upto) in told {
                if let Some(mark) = reads.0.get_mut(dossier) {
                    mark.pending &= mark.upto > *upto;
                }
            }
            cells.set(Setting::Reads, &reads)
        })
    }
}
