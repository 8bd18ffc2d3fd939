//! The outbox: one lane per dossier, from the signature to the receipt.
//!
//! A lane's moves are one pure function, [`Progress::after`]; the rest is storage. Nothing here
//! deletes a lane but [`Store::edit`] and [`Store::abandon`], which the citizen asks for, and which
//! refuse while the server may already have the dossier (I2).

use gandan_domain::{
    Private, Problem,
    dossier::{FileEntry, IntentId, KeySet, Receipt, VerifiedReceipt},
    time::Instant,
    wire::DossierView,
};
use serde::{Deserialize, Serialize};

use super::{
    HOLD_MS, LaneAct, OutboxEntry, OutboxState, Result, Store, StoreError,
    cells::{Cells, Table},
    session::Session,
    settings::Setting,
};

/// A lane as the engine sees it.
pub(crate) struct Lane {
    pub intent: IntentId,
    pub act: LaneAct,
    /// Who signed it: nobody else's session carries it.
    pub subject: String,
    /// The signed intent, verbatim.
    pub jws: Private<String>,
    pub files: Vec<FileEntry>,
    pub progress: Progress,
}

#[derive(Serialize, Deserialize)]
struct LaneRow {
    intent: IntentId,
    #[serde(default)]
    act: LaneAct,
    subject: String,
    procedure: String,
    jws: Private<String>,
    files: Vec<FileEntry>,
    frozen_at: Instant,
}

/// How far a lane is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    pub state: OutboxState,
    /// Failures since something last went forward.
    pub tries: u32,
    /// See [`OutboxEntry::in_doubt`].
    pub in_doubt: bool,
    /// One per file, in the order of the lane's files.
    pub uploads: Vec<Upload>,
    /// Nothing moves before this: the person may still take it back.
    #[serde(default)]
    pub held_until: Option<Instant>,
}

/// One file's way up (tus).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Upload {
    /// Path of the upload at the backend, once it gave one.
    pub location: Option<String>,
    /// Bytes that the backend has said it holds.
    pub offset: u64,
    /// The backend has all bytes and named the hash that we have.
    pub acknowledged: bool,
}

/// What happens to a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LaneEvent {
    /// The file at this position has come this far.
    Uploaded { at: usize, upload: Upload },
    /// The submission is about to leave. Stored before it does.
    Submitting,
    /// An exchange failed. Whether a submission in it arrived is not known.
    Failed { problem: Problem, next_try: Instant },
    /// The backend answered the submission with a refusal: it does not have the dossier.
    Refused { problem: Problem, next_try: Instant },
    /// A verified receipt is being stored.
    Received,
    /// The person, the platform or the clock says: now. What is held stays held.
    Retry { now: Instant },
    /// The person does not want to take it back any more.
    Release { now: Instant },
}

impl Progress {
    pub(super) fn new(files: usize, now: Instant, held_until: Option<Instant>) -> Self {
        Self {
            state: OutboxState::Waiting {
                next_try: held_until.unwrap_or(now),
                last_problem: None,
            },
            held_until,
            tries: 0,
            in_doubt: false,
            uploads: vec![Upload::default(); files],
        }
    }

    /// Until when it is held, at `now`. A time farther off than any hold was set by a clock that has
    /// since been put back.
    pub(crate) fn held(&self, now: Instant) -> Option<Instant> {
        self.held_until
            .filter(|until| *until > now && *until <= now.plus_ms(HOLD_MS))
    }

    /// The lane after `event`; the diagram is at [`OutboxState`].
    pub(crate) fn after(mut self, files: &[FileEntry], event: LaneEvent) -> Self {
        match (&self.state, event) {
            // A receipt ends it, and nothing takes that back.
            (OutboxState::Sent, _) => {}
            (_, LaneEvent::Received) => {
                self.state = OutboxState::Sent;
                self.in_doubt = false;
                self.tries = 0;
            }
            (OutboxState::Waiting { last_problem, .. }, LaneEvent::Retry { now }) => {
                self.state = OutboxState::Waiting {
                    next_try: self.held(now).unwrap_or(now),
                    last_problem: last_problem.clone(),
                };
            }
            (OutboxState::Waiting { last_problem, .. }, LaneEvent::Release { now }) => {
                self.state = OutboxState::Waiting {
                    next_try: now,
                    last_problem: last_problem.clone(),
                };
                self.held_until = None;
            }
            (_, LaneEvent::Release { .. }) => {}
            // What was signed is not the text of today: only signing anew helps.
            (
                OutboxState::Wedged {
                    problem: Problem::FormChanged { .. },
                },
                LaneEvent::Retry { .. },
            ) => {}
            // The server removes an upload that it refuses, so the retry asks again where to send.
            (OutboxState::Wedged { .. }, LaneEvent::Retry { now }) => {
                self.state = OutboxState::Waiting {
                    next_try: now,
                    last_problem: None,
                };
                self.tries = 0;
                for upload in &mut self.uploads {
                    if !upload.acknowledged {
                        *upload = Upload::default();
                    }
                }
            }
            (OutboxState::Uploading { .. }, LaneEvent::Retry { .. })
            | (OutboxState::Wedged { .. }, _) => {}
            (_, LaneEvent::Uploaded { at, upload }) => {
                if let Some(slot) = self.uploads.get_mut(at) {
                    *slot = upload;
                }
                self.tries = 0;
                self.state = uploading(files, &self.uploads);
            }
            (_, LaneEvent::Submitting) => {
                self.in_doubt = true;
                self.state = uploading(files, &self.uploads);
            }
            (_, LaneEvent::Failed { problem, next_try }) => self.stop(problem, next_try),
            (_, LaneEvent::Refused { problem, next_try }) => {
                // A conflict says that the key was used: a dossier exists, though not of this text.
                self.in_doubt = problem == Problem::Conflict;
                if problem == Problem::FileIncomplete {
                    self.uploads = vec![Upload::default(); files.len()];
                }
                self.stop(problem, next_try);
            }
        }
        self
    }

    fn stop(&mut self, problem: Problem, next_try: Instant) {
        self.tries = self.tries.saturating_add(1);
        self.state = if problem.is_recoverable() {
            OutboxState::Waiting {
                next_try,
                last_problem: Some(problem),
            }
        } else {
            OutboxState::Wedged { problem }
        };
    }
}

fn uploading(files: &[FileEntry], uploads: &[Upload]) -> OutboxState {
    OutboxState::Uploading {
        done: uploads.iter().map(|upload| upload.offset).sum(),
        of: files.iter().map(|file| file.size).sum(),
    }
}

/// What is shown of a lane that can't be read: that there is one, and that it stopped.
fn damaged(id: &[u8]) -> Option<OutboxEntry> {
    Some(OutboxEntry {
        intent: IntentId(uuid::Uuid::from_slice(id).ok()?),
        act: LaneAct::File,
        procedure: String::new(),
        frozen_at: Instant(0),
        held_until: None,
        files: Vec::new(),
        state: OutboxState::Wedged {
            problem: Problem::StorageDamaged,
        },
        in_doubt: true,
    })
}

impl Cells<'_> {
    fn lane_row(&self, intent: IntentId) -> Result<Option<LaneRow>> {
        self.get(Table::Lane, intent.0.as_bytes())
    }

    fn progress(&self, intent: IntentId) -> Result<Progress> {
        // A lane without its state was tampered with.
        self.get(Table::LaneState, intent.0.as_bytes())?
            .ok_or(StoreError::Changed {
                table: Table::LaneState.name(),
            })
    }

    fn put_progress(&self, intent: IntentId, progress: &Progress) -> Result<()> {
        let id = intent.0.as_bytes();
        self.put(Table::LaneState, id, id, progress)
    }

    fn entry(&self, row: LaneRow) -> Result<OutboxEntry> {
        let progress = self.progress(row.intent)?;
        let held_until = progress.held(self.now);
        let session: Option<Session> = self.setting(Setting::Session)?;
        let held = session.is_some_and(|session| session.subject != row.subject);
        let state = match progress.state {
            // Somebody else is signed in: it waits for the one who signed it.
            OutboxState::Waiting { next_try, .. } if held => OutboxState::Waiting {
                next_try,
                last_problem: Some(Problem::SignInAgain),
            },
            state => state,
        };
        Ok(OutboxEntry {
            intent: row.intent,
            act: row.act,
            held_until,
            procedure: row.procedure,
            frozen_at: row.frozen_at,
            files: row.files,
            state,
            in_doubt: progress.in_doubt,
        })
    }

    fn lane(&self, row: LaneRow) -> Result<Lane> {
        Ok(Lane {
            progress: self.progress(row.intent)?,
            intent: row.intent,
            act: row.act,
            subject: row.subject,
            jws: row.jws,
            files: row.files,
        })
    }

    /// Moves a lane; `None` where there is no such lane (any more).
    pub(super) fn move_lane(&self, intent: IntentId, event: LaneEvent) -> Result<Option<Progress>> {
        let Some(row) = self.lane_row(intent)? else {
            return Ok(None);
        };
        let before = self.progress(intent)?;
        let after = before.clone().after(&row.files, event);
        if after != before {
            self.put_progress(intent, &after)?;
        }
        Ok(Some(after))
    }

    /// Only what was verified can be stored as proof.
    pub(super) fn put_receipt(&self, proof: &VerifiedReceipt, token: &str) -> Result<()> {
        let id = proof.receipt().intent.0.as_bytes();
        self.put(Table::Receipt, id, id, &token)
    }

    /// The lane, if it may be taken out of the outbox.
    fn retractable(&self, intent: IntentId) -> Result<LaneAct> {
        let row = self.lane_row(intent)?.ok_or(StoreError::NotFound)?;
        let progress = self.progress(intent)?;
        if progress.in_doubt || progress.state == OutboxState::Sent {
            return Err(StoreError::InDoubt);
        }
        Ok(row.act)
    }

    fn put_lane(&self, row: LaneRow, held_until: Option<Instant>) -> Result<()> {
        let progress = Progress::new(row.files.len(), row.frozen_at, held_until);
        self.put(Table::Lane, row.intent.0.as_bytes(), &[], &row)?;
        self.put_progress(row.intent, &progress)
    }
}

impl Store {
    /// Puts a signed draft on its way: `jws` is kept verbatim, `subject` is who signed it, `files`
    /// are the draft's attached files that it lists. The draft stays, frozen. Nothing moves before
    /// `held_until`. Wake the engine afterwards.
    pub fn freeze(
        &self,
        draft: IntentId,
        subject: &str,
        jws: &str,
        files: Vec<FileEntry>,
        held_until: Option<Instant>,
    ) -> Result<()> {
        let frozen_at = self.world.clock.now();
        self.write(|cells| {
            let row = cells.open_draft(draft)?;
            for file in &files {
                let stored = cells.file_row(draft, &file.field)?;
                if stored.is_none_or(|row| row.entry != *file || row.removed) {
                    return Err(StoreError::NotFound);
                }
            }
            cells.set_frozen(draft, true)?;
            let act = row
                .supplement
                .map_or(LaneAct::File, |of| LaneAct::Supplement {
                    of: of.intent,
                    dossier: of.dossier,
                });
            cells.put_lane(
                LaneRow {
                    intent: draft,
                    act,
                    subject: subject.to_owned(),
                    procedure: row.procedure,
                    jws: Private::new(jws.into()),
                    files,
                    frozen_at,
                },
                held_until,
            )
        })
    }

    /// Puts a signed wish to have a dossier back on its way, under its own id.
    /// [`StoreError::Frozen`] where one is on its way already.
    pub fn withdraw(
        &self,
        id: IntentId,
        of: &DossierView,
        subject: &str,
        jws: &str,
        held_until: Option<Instant>,
    ) -> Result<()> {
        let frozen_at = self.world.clock.now();
        self.write(|cells| {
            for (_, row) in cells.sound::<LaneRow>(Table::Lane)? {
                let same =
                    matches!(row.act, LaneAct::Withdraw { of: known, .. } if known == of.intent);
                if same && cells.progress(row.intent)?.state != OutboxState::Sent {
                    return Err(StoreError::Frozen);
                }
            }
            cells.put_lane(
                LaneRow {
                    intent: id,
                    act: LaneAct::Withdraw {
                        of: of.intent,
                        dossier: of.code.clone(),
                    },
                    subject: subject.to_owned(),
                    procedure: of.procedure.clone(),
                    jws: Private::new(jws.into()),
                    files: Vec::new(),
                    frozen_at,
                },
                held_until,
            )
        })
    }

    /// The person does not want to take it back any more. Wake the engine afterwards.
    pub fn release(&self, intent: IntentId) -> Result<()> {
        let now = self.world.clock.now();
        self.write(|cells| {
            cells
                .move_lane(intent, LaneEvent::Release { now })?
                .map(|_| ())
                .ok_or(StoreError::NotFound)
        })
    }

    /// Oldest first, the sent ones too. A lane that can't be read is shown as stopped: one damaged
    /// row hides no other.
    pub fn outbox(&self) -> Result<Vec<OutboxEntry>> {
        self.read(|cells| {
            let mut out = Vec::new();
            for (id, row) in cells.list_each::<LaneRow>(Table::Lane)? {
                match row.and_then(|row| cells.entry(row)) {
                    Ok(entry) => out.push(entry),
                    Err(StoreError::Changed { .. }) => out.extend(damaged(&id)),
                    Err(error) => return Err(error),
                }
            }
            Ok(out)
        })
    }

    /// The lanes of what was asked about this dossier since it was filed, oldest first.
    pub fn acts(&self, dossier: IntentId) -> Result<Vec<OutboxEntry>> {
        let mut lanes = self.outbox()?;
        lanes.retain(|lane| lane.act.of().is_some_and(|(of, _)| of == dossier));
        Ok(lanes)
    }

    pub fn outbox_entry(&self, intent: IntentId) -> Result<Option<OutboxEntry>> {
        self.read(|cells| {
            let row = cells.lane_row(intent)?;
            row.map(|row| cells.entry(row)).transpose()
        })
    }

    /// A waiting or wedged lane is due now. Wake the engine afterwards.
    pub fn retry(&self, intent: IntentId) -> Result<()> {
        let now = self.world.clock.now();
        self.write(|cells| {
            cells
                .move_lane(intent, LaneEvent::Retry { now })?
                .map(|_| ())
                .ok_or(StoreError::NotFound)
        })
    }

    /// Takes a lane back to its draft, under the same id; a new signature is needed later.
    /// [`StoreError::InDoubt`] where the server may have it already.
    pub fn edit(&self, intent: IntentId) -> Result<()> {
        self.write(|cells| {
            let act = cells.retractable(intent)?;
            cells.delete(Table::Lane, intent.0.as_bytes())?;
            match act {
                LaneAct::Withdraw { .. } => Ok(()),
                LaneAct::File | LaneAct::Supplement { .. } => cells.set_frozen(intent, false),
            }
        })
    }

    /// Forgets a lane; its draft with the files goes where thrown-away drafts are kept for a while.
    /// [`StoreError::InDoubt`] where the server may have it already.
    pub fn abandon(&self, intent: IntentId) -> Result<()> {
        let now = self.world.clock.now();
        self.write(|cells| {
            let act = cells.retractable(intent)?;
            cells.delete(Table::Lane, intent.0.as_bytes())?;
            match act {
                LaneAct::Withdraw { .. } => Ok(()),
                LaneAct::File | LaneAct::Supplement { .. } => {
                    cells.set_frozen(intent, false)?;
                    cells.set_discarded(intent, Some(now))
                }
            }
        })
    }

    /// The stored receipt, verified again against the intent and files as they were sent (I3).
    pub fn receipt(&self, intent: IntentId, keys: &KeySet) -> Result<Option<VerifiedReceipt>> {
        self.read(|cells| {
            let id = intent.0.as_bytes();
            let (Some(token), Some(lane)) = (
                cells.get::<String>(Table::Receipt, id)?,
                cells.lane_row(intent)?,
            ) else {
                return Ok(None);
            };
            Receipt::verify(&token, keys, intent, lane.jws.expose(), &lane.files)
                .map(Some)
                .map_err(|_| StoreError::Changed {
                    table: Table::Receipt.name(),
                })
        })
    }

    /// The lanes that are neither sent nor wedged, oldest first. What one dossier's lane can't be
    /// read for holds up no other.
    pub(crate) fn open_lanes(&self) -> Result<Vec<Lane>> {
        self.read(|cells| {
            let mut lanes = Vec::new();
            for (_, row) in cells.sound::<LaneRow>(Table::Lane)? {
                match cells.lane(row) {
                    Ok(lane) => lanes.push(lane),
                    Err(StoreError::Changed { table }) => {
                        tracing::error!(table, "a damaged lane is left where it is");
                    }
                    Err(error) => return Err(error),
                }
            }
            lanes.retain(|lane| {
                matches!(
                    lane.progress.state,
                    OutboxState::Waiting { .. } | OutboxState::Uploading { .. }
                )
            });
            // What is asked about one dossier goes in the order in which it was asked: ids are
            // ordered by time, so an earlier lane of the same dossier comes first.
            let mut seen = std::collections::BTreeSet::new();
            lanes.retain(|lane| {
                let dossier = lane.act.of().map_or(lane.intent, |(of, _)| of);
                seen.insert(dossier)
            });
            Ok(lanes)
        })
    }

    /// Commits a move; `false` where the lane is gone: the citizen took it back meanwhile, and may
    /// have signed another text since.
    pub(crate) fn lane_moves(&self, lane: &Lane, event: LaneEvent) -> Result<bool> {
        self.write(|cells| match cells.lane_row(lane.intent)? {
            Some(row) if row.jws == lane.jws => Ok(cells.move_lane(lane.intent, event)?.is_some()),
            _ => Ok(false),
        })
    }

    /// Whatever waits is due now: lanes, a sign-in, results.
    pub(crate) fn hurry(&self) -> Result<()> {
        let now = self.world.clock.now();
        self.write(|cells| {
            for (_, row) in cells.sound::<LaneRow>(Table::Lane)? {
                let Ok(progress) = cells.progress(row.intent) else {
                    continue;
                };
                if matches!(progress.state, OutboxState::Waiting { .. }) {
                    cells.move_lane(row.intent, LaneEvent::Retry { now })?;
                }
            }
            cells.hurry_sign_in(now)?;
            cells.hurry_results(now)
        })
    }
}
