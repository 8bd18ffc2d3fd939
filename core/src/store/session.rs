//! The session with the backend, and a sign-in that is under way.

use gandan_domain::{Private, Problem, time::Instant};
use serde::{Deserialize, Serialize};

use super::{Result, Store, cells::Cells, prefill, settings::Setting};

/// What it takes to speak for the citizen.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    /// The P-256 scalar of the session key, 32 bytes.
    pub key: Private<Vec<u8>>,
    pub access_token: Private<String>,
    pub access_expires_at: Instant,
    pub refresh_token: Private<String>,
    /// Which citizen, by the backend's opaque word.
    pub subject: String,
}

/// A sign-in from the moment the browser opens until its code is redeemed.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SignIn {
    /// The P-256 scalar of the session key to be, 32 bytes.
    pub key: Private<Vec<u8>>,
    /// Ties the browser's return to this attempt (RFC 6749 §10.12).
    pub state: Private<String>,
    /// PKCE (RFC 7636).
    pub verifier: Private<String>,
    /// The authorization code, once the browser is back.
    pub code: Option<Private<String>>,
    /// When to try (again) to redeem the code, and how often it was tried.
    pub next_try: Instant,
    pub tries: u32,
    /// Why the last try did not come through.
    pub last_problem: Option<Problem>,
}

impl Cells<'_> {
    pub(super) fn hurry_sign_in(&self, now: Instant) -> Result<()> {
        match self.setting::<SignIn>(Setting::SignIn)? {
            Some(mut pending) if pending.next_try > now => {
                pending.next_try = now;
                self.set(Setting::SignIn, &pending)
            }
            _ => Ok(()),
        }
    }
}

impl Store {
    /// There is a session with the backend (it may turn out to have ended).
    pub fn signed_in(&self) -> Result<bool> {
        Ok(self.session()?.is_some())
    }

    /// A sign-in was begun and has not come to an end: the browser may be open.
    pub fn signing_in(&self) -> Result<bool> {
        Ok(self.sign_in()?.is_some())
    }

    /// Why the last sign-in failed or the session ended, until the next one begins; while one is
    /// being redeemed, why that has not come through yet.
    pub fn sign_in_problem(&self) -> Result<Option<Problem>> {
        self.read(|cells| match cells.setting::<SignIn>(Setting::SignIn)? {
            Some(pending) => Ok(pending.last_problem),
            None => cells.setting(Setting::SignInProblem),
        })
    }

    pub(crate) fn session(&self) -> Result<Option<Session>> {
        self.read(|cells| cells.setting(Setting::Session))
    }

    pub(crate) fn set_session(&self, session: &Session) -> Result<()> {
        self.write(|cells| cells.set(Setting::Session, session))
    }

    /// The session is over; with the reason, unless the citizen ended it.
    pub(crate) fn end_session(&self, why: Option<&Problem>) -> Result<()> {
        self.write(|cells| {
            cells.unset(Setting::Session)?;
            match why {
                Some(problem) => cells.set(Setting::SignInProblem, problem),
                None => cells.unset(Setting::SignInProblem),
            }
        })
    }

    /// The citizen ends the session: what is left is the token, until the backend was told.
    pub(crate) fn sign_out(&self) -> Result<()> {
        self.write(|cells| {
            if let Some(session) = cells.setting::<Session>(Setting::Session)? {
                cells.set(Setting::Revoke, session.refresh_token.expose())?;
            }
            cells.unset(Setting::SignInProblem)?;
            cells.unset(Setting::Session)
        })
    }

    pub(crate) fn to_revoke(&self) -> Result<Option<String>> {
        self.read(|cells| cells.setting(Setting::Revoke))
    }

    pub(crate) fn revoked(&self) -> Result<()> {
        self.write(|cells| cells.unset(Setting::Revoke))
    }

    pub(crate) fn sign_in(&self) -> Result<Option<SignIn>> {
        self.read(|cells| cells.setting(Setting::SignIn))
    }

    /// Begins a sign-in or records how far it is.
    pub(crate) fn set_sign_in(&self, sign_in: &SignIn) -> Result<()> {
        self.write(|cells| {
            cells.unset(Setting::SignInProblem)?;
            cells.set(Setting::SignIn, sign_in)
        })
    }

    /// The sign-in is over without a session; with the reason, unless the person gave it up.
    pub(crate) fn end_sign_in(&self, why: Option<&Problem>) -> Result<()> {
        self.write(|cells| {
            cells.unset(Setting::SignIn)?;
            match why {
                Some(problem) => cells.set(Setting::SignInProblem, problem),
                None => Ok(()),
            }
        })
    }

    /// The sign-in succeeded. What the state knows is wanted for every form that is open, so that
    /// the first sync brings it. It may be another citizen than before: changes are read from the
    /// beginning, and what the state knew of the one before is dropped.
    pub(crate) fn signed_in_with(&self, session: &Session) -> Result<()> {
        self.write(|cells| {
            cells.unset(Setting::SignIn)?;
            cells.unset(Setting::SignInProblem)?;
            cells.set(Setting::Session, session)?;
            cells.unset(Setting::Cursor)?;
            cells.forget_prefill()?;
            for procedure in prefill::drafted_procedures(cells)? {
                cells.want_prefill(&procedure)?;
            }
            Ok(())
        })
    }
}
