//! What the phone remembers: drafts, the outbox, dossiers, results, the session.
//!
//! Every method that changes something has committed it durably when it returns (I1), and every
//! value is sealed on its own before SQLite sees it (I6).

mod error;
mod model;

use gandan_domain::{
    Private,
    dossier::{FileEntry, IntentId, KeySet, VerifiedReceipt},
    form::{Answers, FileAnswer, Value},
    text::Lang,
    wire::DossierView,
};

use crate::config::{Config, Ports};

pub use error::StoreError;
pub use model::{Draft, DraftPlace, Edited, OutboxEntry, OutboxState, Prefill, StoredAnswer};

/// The sealed database of this installation. Cheap to share behind an `Arc`; calls are short and
/// synchronous.
pub struct Store {}

#[expect(
    unused_variables,
    clippy::unused_self,
    reason = "signatures first; bodies land next"
)]
impl Store {
    /// Opens or makes the database in `config.data_dir`.
    pub fn open(config: &Config, ports: &Ports) -> Result<Self, StoreError> {
        Err(StoreError::Suspended)
    }

    /// Closes the database file: iOS kills an app that holds a lock in the background. Until
    /// [`resume`](Self::resume), calls answer [`StoreError::Suspended`].
    pub fn suspend(&self) -> Result<(), StoreError> {
        Err(StoreError::Suspended)
    }

    pub fn resume(&self) -> Result<(), StoreError> {
        Err(StoreError::Suspended)
    }

    // Settings.

    /// The language that the person chose; `None` before that.
    pub fn lang(&self) -> Result<Option<Lang>, StoreError> {
        Err(StoreError::Suspended)
    }

    pub fn set_lang(&self, lang: &Lang) -> Result<(), StoreError> {
        Err(StoreError::Suspended)
    }

    /// Where the person is in the app, in the facade's own words: an opaque sealed value.
    pub fn navigation(&self) -> Result<Option<Private<String>>, StoreError> {
        Err(StoreError::Suspended)
    }

    pub fn set_navigation(&self, navigation: &str) -> Result<(), StoreError> {
        Err(StoreError::Suspended)
    }

    // Drafts.

    /// Mints the id under which this will be filed, and stores an empty draft.
    pub fn create_draft(&self, procedure: &str, form_version: u32) -> Result<IntentId, StoreError> {
        Err(StoreError::Suspended)
    }

    /// Newest first.
    pub fn drafts(&self) -> Result<Vec<Draft>, StoreError> {
        Err(StoreError::Suspended)
    }

    pub fn draft(&self, draft: IntentId) -> Result<Draft, StoreError> {
        Err(StoreError::Suspended)
    }

    /// Forgets a draft that was never frozen, or was taken back by [`edit`](Self::edit).
    pub fn discard_draft(&self, draft: IntentId) -> Result<(), StoreError> {
        Err(StoreError::Suspended)
    }

    /// Stores an answer if its edit number is above the stored one, or if there is none yet.
    /// Numbers count per field; prefilled values carry 0, so they never overwrite what was typed.
    pub fn set_answer(
        &self,
        draft: IntentId,
        field: &str,
        value: Value,
        edit: u64,
    ) -> Result<Edited, StoreError> {
        Err(StoreError::Suspended)
    }

    /// Several answers in one transaction, each by the rule of [`set_answer`](Self::set_answer).
    pub fn set_answers(
        &self,
        draft: IntentId,
        answers: Vec<(String, Value, u64)>,
    ) -> Result<Vec<Edited>, StoreError> {
        Err(StoreError::Suspended)
    }

    /// Everything answered so far, files included (as [`Value::File`]).
    pub fn answers(&self, draft: IntentId) -> Result<Answers, StoreError> {
        Err(StoreError::Suspended)
    }

    /// One answer with its edit number.
    pub fn answer(&self, draft: IntentId, field: &str) -> Result<Option<StoredAnswer>, StoreError> {
        Err(StoreError::Suspended)
    }

    /// Where the person is in this draft (I1).
    pub fn draft_place(&self, draft: IntentId) -> Result<Option<DraftPlace>, StoreError> {
        Err(StoreError::Suspended)
    }

    pub fn set_place(&self, draft: IntentId, place: &DraftPlace) -> Result<(), StoreError> {
        Err(StoreError::Suspended)
    }

    // Files of a draft.

    /// Seals the bytes, in chunks, and stores the field's answer with them. Replaces a file that
    /// was there. The caller has checked kind and size.
    pub fn attach_file(
        &self,
        draft: IntentId,
        field: &str,
        bytes: &[u8],
        media_type: &str,
    ) -> Result<FileAnswer, StoreError> {
        Err(StoreError::Suspended)
    }

    pub fn remove_file(&self, draft: IntentId, field: &str) -> Result<(), StoreError> {
        Err(StoreError::Suspended)
    }

    /// In order of field id: what an intent lists.
    pub fn files(&self, draft: IntentId) -> Result<Vec<FileEntry>, StoreError> {
        Err(StoreError::Suspended)
    }

    pub fn file_bytes(&self, draft: IntentId, field: &str) -> Result<Private<Vec<u8>>, StoreError> {
        Err(StoreError::Suspended)
    }

    // What the state already knows.

    /// Asks the engine to fetch what the state knows for this procedure, at the next sync (the
    /// first after sign-in, if nobody is signed in).
    pub fn want_prefill(&self, procedure: &str) -> Result<(), StoreError> {
        Err(StoreError::Suspended)
    }

    pub fn prefill(&self, procedure: &str) -> Result<Prefill, StoreError> {
        Err(StoreError::Suspended)
    }

    // Outbox.

    /// Puts a signed draft on its way: `intent_jws` is kept verbatim, `files` are the draft's
    /// attached files that the intent lists. The draft stays, frozen. Wake the engine afterwards.
    pub fn freeze(
        &self,
        draft: IntentId,
        intent_jws: &str,
        files: Vec<FileEntry>,
    ) -> Result<(), StoreError> {
        Err(StoreError::Suspended)
    }

    /// Oldest first, the sent ones too.
    pub fn outbox(&self) -> Result<Vec<OutboxEntry>, StoreError> {
        Err(StoreError::Suspended)
    }

    pub fn outbox_entry(&self, intent: IntentId) -> Result<Option<OutboxEntry>, StoreError> {
        Err(StoreError::Suspended)
    }

    /// A waiting or wedged lane is due now. Wake the engine afterwards.
    pub fn retry(&self, intent: IntentId) -> Result<(), StoreError> {
        Err(StoreError::Suspended)
    }

    /// Takes a lane back to its draft, under the same id; a new signature is needed later.
    /// [`StoreError::InDoubt`] where the server may have it already.
    pub fn edit(&self, intent: IntentId) -> Result<(), StoreError> {
        Err(StoreError::Suspended)
    }

    /// Forgets a lane with its draft and files. The only way in which unsent things are deleted.
    /// [`StoreError::InDoubt`] where the server may have it already.
    pub fn abandon(&self, intent: IntentId) -> Result<(), StoreError> {
        Err(StoreError::Suspended)
    }

    // Dossiers, proofs, results.

    /// The stored receipt, verified again against the intent and files as they were sent (I3).
    pub fn receipt(
        &self,
        intent: IntentId,
        keys: &KeySet,
    ) -> Result<Option<VerifiedReceipt>, StoreError> {
        Err(StoreError::Suspended)
    }

    /// Newest first.
    pub fn dossiers(&self) -> Result<Vec<DossierView>, StoreError> {
        Err(StoreError::Suspended)
    }

    pub fn dossier(&self, intent: IntentId) -> Result<Option<DossierView>, StoreError> {
        Err(StoreError::Suspended)
    }

    /// The bytes of a result, checked against its hash; `None` until they have arrived.
    pub fn result_bytes(&self, id: uuid::Uuid) -> Result<Option<Private<Vec<u8>>>, StoreError> {
        Err(StoreError::Suspended)
    }

    // Session.

    /// There is a session with the backend (it may turn out to have ended).
    pub fn signed_in(&self) -> Result<bool, StoreError> {
        Err(StoreError::Suspended)
    }

    /// A sign-in was begun and has not come to an end: the browser may be open.
    pub fn signing_in(&self) -> Result<bool, StoreError> {
        Err(StoreError::Suspended)
    }

    /// Why the last sign-in failed or the session ended, until the next one begins.
    pub fn sign_in_problem(&self) -> Result<Option<gandan_domain::Problem>, StoreError> {
        Err(StoreError::Suspended)
    }
}
