//! The key set: the delivered one, or a newer one that the backend sent; always checked against
//! the pinned root, and never an older one than was known.

use std::sync::{Arc, Mutex, PoisonError};

use gandan_domain::{Problem, dossier::KeySet, jws::PublicKey};

use super::Store;
use crate::config::Config;

pub(super) struct Keys {
    root: PublicKey,
    current: Mutex<Arc<KeySet>>,
}

impl Keys {
    /// [`Problem::PackRefused`] where neither the file nor the store has a key set by the root:
    /// then no content and no receipt could ever be believed.
    pub(super) fn open(config: &Config, store: &Store) -> Result<Self, Problem> {
        let delivered = std::fs::read_to_string(&config.keyset_path).ok();
        let stored = store.key_set()?;
        let newest = [delivered, stored]
            .into_iter()
            .flatten()
            .filter_map(|token| KeySet::verify(token.trim(), &config.root_key).ok())
            .max_by_key(|set| set.serial)
            .ok_or(Problem::PackRefused)?;
        Ok(Self {
            root: config.root_key.clone(),
            current: Mutex::new(Arc::new(newest)),
        })
    }

    pub(super) fn current(&self) -> Arc<KeySet> {
        Arc::clone(&self.current.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes a key set that the backend sent, if the root signed it and it is newer.
    pub(super) fn offer(&self, store: &Store, token: &str) -> Result<(), Problem> {
        let Ok(set) = KeySet::verify(token.trim(), &self.root) else {
            return Ok(());
        };
        if set.serial > self.current().serial {
            store.set_key_set(token)?;
            *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(set);
        }
        Ok(())
    }
}
