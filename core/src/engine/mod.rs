//! The engine: everything the phone does by itself, as one future.
//!
//! It looks at the store for what is due, does one exchange with the backend, commits what came of
//! it, and looks again. Dropping the future stops it anywhere; nothing is lost, because nothing
//! but the store is remembered.

mod session_key;

use std::sync::Arc;

use gandan_domain::{
    Problem,
    dossier::{IntentId, KeySet, VerifiedReceipt},
};

use crate::{
    config::{Config, Ports},
    store::Store,
};

pub use session_key::SessionKey;

/// Something changed that no event caused; the facade looks at the store and rebuilds its screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notification {
    SignedIn,
    SignInFailed(Problem),
    /// The backend ended the session: sign in again. Drafts and outbox are untouched.
    SessionEnded,
    PrefillArrived {
        procedure: String,
    },
    OutboxChanged {
        intent: IntentId,
    },
    DossierChanged {
        intent: IntentId,
    },
    ResultArrived {
        intent: IntentId,
        result: uuid::Uuid,
    },
    /// Whether the last exchange reached the backend.
    Online(bool),
}

/// Told of every notification, in order, from within [`Engine::run`] with no lock held.
pub type Listener = Arc<dyn Fn(Notification) + Send + Sync>;

/// Sign-in, sync, uploads, submission, results. Methods other than [`run`](Self::run) are short.
pub struct Engine {
    store: Arc<Store>,
}

#[expect(
    unused_variables,
    clippy::unused_self,
    reason = "signatures first; bodies land next"
)]
impl Engine {
    /// Reads the key set (the newer of the delivered file and what the backend sent later) and
    /// checks it against the pinned root.
    pub fn open(config: &Config, ports: &Ports, store: Arc<Store>) -> Result<Arc<Self>, Problem> {
        Ok(Arc::new(Self { store }))
    }

    /// Replaces the listener.
    pub fn set_listener(&self, listener: Listener) {}

    /// The verified key set, for content packs and receipts.
    pub fn keys(&self) -> Result<Arc<KeySet>, Problem> {
        Err(Problem::Offline)
    }

    /// The proof that a dossier was received, verified now; `None` means "not sent" (I3).
    pub fn receipt(&self, intent: IntentId) -> Result<Option<VerifiedReceipt>, Problem> {
        Ok(self.store.receipt(intent, &*self.keys()?)?)
    }

    /// Stores a pending sign-in and returns the URL for the system browser. Called again while one
    /// is pending, it returns the same URL (the browser may have been closed and opened again).
    pub fn begin_sign_in(&self) -> Result<String, Problem> {
        Err(Problem::Offline)
    }

    /// The browser came back. Checks `state`, stores the code, wakes the engine, which redeems it
    /// and answers with [`Notification::SignedIn`] or [`Notification::SignInFailed`].
    /// A URL of no pending sign-in is [`Problem::SignInRefused`] and changes nothing.
    pub fn browser_returned(&self, url: &str) -> Result<(), Problem> {
        Err(Problem::Offline)
    }

    /// The person closed the browser: forgets the pending sign-in.
    pub fn abandon_sign_in(&self) -> Result<(), Problem> {
        Err(Problem::Offline)
    }

    /// Forgets the session on this phone and tells the backend (RFC 7009). Drafts stay.
    pub fn sign_out(&self) -> Result<(), Problem> {
        Err(Problem::Offline)
    }

    /// There may be something new in the store: look at once.
    pub fn wake(&self) {}

    /// The platform's word on the network. `true` makes every waiting lane due at once.
    pub fn connectivity(&self, online: bool) {}

    /// The app came to the front or the person wants news: makes every waiting lane due and
    /// fetches changes.
    pub fn tick(&self) {}

    /// Whether the app is on screen; only then does the engine poll for changes by itself. `true`
    /// at first.
    pub fn set_in_front(&self, in_front: bool) {}

    /// Works until the store fails; the answer says how it failed. Opening again continues.
    pub async fn run(self: Arc<Self>) -> Problem {
        futures_util::future::pending().await
    }
}
