//! Single values: the language, the place in the app, the sync cursor, the key set.

use gandan_domain::{Private, text::Lang, time::Instant};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Result, Store,
    cells::{Cells, Table},
};

/// The names are the ids of the rows: an old name is never given a new meaning.
#[derive(Clone, Copy)]
pub(super) enum Setting {
    Lang,
    Navigation,
    Cursor,
    KeySet,
    Session,
    SignIn,
    SignInProblem,
    Revoke,
    Reads,
    PayWish,
    PayProblem,
    Told,
}

impl Setting {
    const fn id(self) -> &'static [u8] {
        match self {
            Self::Lang => b"lang",
            Self::Navigation => b"navigation",
            Self::Cursor => b"cursor",
            Self::KeySet => b"key_set",
            Self::Session => b"session",
            Self::SignIn => b"sign_in",
            Self::SignInProblem => b"sign_in_problem",
            Self::Revoke => b"revoke",
            Self::Reads => b"reads",
            Self::PayWish => b"pay_wish",
            Self::PayProblem => b"pay_problem",
            Self::Told => b"told",
        }
    }
}

impl Cells<'_> {
    pub(super) fn setting<T: DeserializeOwned>(&self, name: Setting) -> Result<Option<T>> {
        self.get(Table::Setting, name.id())
    }

    pub(super) fn set(&self, name: Setting, value: &impl Serialize) -> Result<()> {
        self.put(Table::Setting, name.id(), &[], value)
    }

    pub(super) fn unset(&self, name: Setting) -> Result<()> {
        self.delete(Table::Setting, name.id())
    }
}

impl Store {
    /// The language that the person chose; `None` before that.
    pub fn lang(&self) -> Result<Option<Lang>> {
        self.read(|cells| cells.setting(Setting::Lang))
    }

    pub fn set_lang(&self, lang: &Lang) -> Result<()> {
        self.write(|cells| cells.set(Setting::Lang, lang))
    }

    /// Where the person is in the app, in the facade's own words: an opaque sealed value.
    pub fn navigation(&self) -> Result<Option<Private<String>>> {
        self.read(|cells| cells.setting(Setting::Navigation))
    }

    pub fn set_navigation(&self, navigation: &str) -> Result<()> {
        self.write(|cells| cells.set(Setting::Navigation, &navigation))
    }

    /// The highest change that is stored.
    pub(crate) fn cursor(&self) -> Result<i64> {
        self.read(|cells| Ok(cells.setting(Setting::Cursor)?.unwrap_or(0)))
    }

    /// The backend's time at the last sync: what is known of the dossiers is known as of then.
    pub(crate) fn told(&self) -> Result<Option<Instant>> {
        self.read(|cells| cells.setting(Setting::Told))
    }

    /// The newest key set that the backend sent, verbatim; its signature is checked by whoever
    /// reads it.
    pub(crate) fn key_set(&self) -> Result<Option<String>> {
        self.read(|cells| cells.setting(Setting::KeySet))
    }

    pub(crate) fn set_key_set(&self, token: &str) -> Result<()> {
        self.write(|cells| cells.set(Setting::KeySet, &token))
    }
}
