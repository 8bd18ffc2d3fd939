//! What the store hands out and takes in. Types that hold what a citizen typed have no `Debug`.

use std::collections::BTreeMap;

use gandan_domain::{
    Private, Problem,
    catalog::{PrefillKey, Procedure},
    dossier::{DossierCode, FileEntry, IntentId, SupplementRequest},
    form::{Seen, Value},
    payment::FeeRules,
    time::Instant,
    wire::PrefillValue,
};
use serde::{Deserialize, Serialize};

/// A form being filled. Its id is the idempotency key of everything that follows (I2).
#[derive(Clone)]
pub struct Draft {
    pub intent: IntentId,
    /// Procedure code, e.g. `1.001193`.
    pub procedure: String,
    pub form_version: u32,
    pub created_at: Instant,
    /// It has been signed and is on its way, or sent: answers cannot be changed until
    /// [`Store::edit`](super::Store::edit).
    pub frozen: bool,
    /// Where the person was last; `None` at the very beginning.
    pub place: Option<DraftPlace>,
    /// What it answers, if it is no new dossier but a supplement to one.
    pub supplement: Option<SupplementOf>,
    /// Thrown away then; kept for [`BIN_MS`] or until the person wants it back.
    pub discarded_at: Option<Instant>,
    /// What the person saw of the form and its fee; `None` of a draft from before this was noted.
    pub seen: Option<SeenForm>,
    /// The form has changed since, and the person has not gone through all of it yet.
    pub moved: Option<Moved>,
}

/// A form and its fee as they were shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenForm {
    pub form: Seen,
    pub fee: FeeRules,
}

impl SeenForm {
    pub fn of(procedure: &Procedure) -> Self {
        Self {
            form: procedure.form.seen(),
            fee: procedure.fee.clone(),
        }
    }
}

/// A draft that has moved to another version of its form; its answers came along by field id.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The version the person began with.
    pub from: u32,
    /// New questions and those that ask something else, which the person has not gone past yet.
    pub ask: Vec<String>,
    /// How many questions are not asked any more. Their answers stay, and are not sent.
    pub gone: usize,
    /// By which the fee was shown before.
    pub fee: FeeRules,
    /// It has been said.
    pub told: bool,
}

/// How long a draft that was thrown away is kept: 30 days.
pub const BIN_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// How long a confirmed act waits on the phone, so that it can be taken back: 10 seconds.
pub const HOLD_MS: i64 = 10_000;

/// The request that a draft answers, as it was when the answering began.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplementOf {
    /// The intent that made the dossier.
    pub intent: IntentId,
    pub dossier: DossierCode,
    pub request: SupplementRequest,
}

/// What a lane carries.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum LaneAct {
    /// A new dossier.
    #[default]
    File,
    /// An answer to the office's request, for the dossier that `of` made.
    Supplement { of: IntentId, dossier: DossierCode },
    /// A wish to have the dossier back that `of` made.
    Withdraw { of: IntentId, dossier: DossierCode },
}

impl LaneAct {
    /// The dossier it belongs to, where that exists already.
    pub const fn of(&self) -> Option<(IntentId, &DossierCode)> {
        match self {
            Self::File => None,
            Self::Supplement { of, dossier } | Self::Withdraw { of, dossier } => {
                Some((*of, dossier))
            }
        }
    }
}

/// Where the person is in a form, so that a kill comes back to the same question (I1).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftPlace {
    pub page: String,
    pub field: Option<String>,
    /// They have answered since they came to this question. A page that asks it says where they
    /// are before they do.
    #[serde(default)]
    pub answered: bool,
}

/// An answer and the number of the edit that made it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAnswer {
    pub value: Private<Value>,
    /// 0 for a value that no person typed (prefilled).
    pub edit: u64,
    /// What stood here before the person last came to this question, to be had back.
    #[serde(default)]
    pub before: Option<Private<Value>>,
}

/// What became of an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edited {
    /// On disk.
    Stored,
    /// A newer edit of this field is stored already; nothing changed.
    Older,
}

/// What the state knows for one procedure, as far as this phone knows.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Prefill {
    /// Asked for, and not yet answered.
    pub wanted: bool,
    /// When the source last could not be asked, the time from which it may be asked again.
    pub unavailable_until: Option<Instant>,
    /// When the values below arrived; `None` as long as there are none.
    pub fetched_at: Option<Instant>,
    pub values: BTreeMap<PrefillKey, PrefillValue>,
}

/// One lane of the outbox: a signed dossier on its way.
#[derive(Clone)]
pub struct OutboxEntry {
    /// Of a new dossier its intent; of another act that act's own id.
    pub intent: IntentId,
    pub act: LaneAct,
    pub procedure: String,
    /// When it was signed and put here.
    pub frozen_at: Instant,
    /// It does not move before this, and can be taken back; `None` once the time is over.
    pub held_until: Option<Instant>,
    pub files: Vec<FileEntry>,
    pub state: OutboxState,
    /// It has been submitted and no answer says that it was refused: the server may have it. Such
    /// an entry can be retried, but neither edited nor abandoned, so that there is never a second
    /// dossier (I2).
    pub in_doubt: bool,
}

/// ```text
///            ┌──────── recoverable failure ───────┐
///            ▼                                    │
/// freeze → Waiting ── due, or woken ──► Uploading ┼─ verified receipt ─► Sent
///            ▲                                    │
///            └── retry ── Wedged ◄─ unrecoverable ┘
/// ```
/// From `Waiting` and `Wedged`, and only where nothing is in doubt, `edit` leads back to the
/// draft and `abandon` out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum OutboxState {
    Waiting {
        next_try: Instant,
        last_problem: Option<Problem>,
    },
    /// Bytes of files that the server has acknowledged. With all of them there, the dossier itself
    /// is being submitted.
    Uploading { done: u64, of: u64 },
    /// A receipt was verified and is stored.
    Sent,
    /// It cannot go on as it is; the person retries, edits or abandons.
    Wedged { problem: Problem },
}
