//! What the phone remembers: drafts, the outbox, dossiers, results, the session.
//!
//! Every method that changes something has committed it durably when it returns (I1), and every
//! value is sealed on its own before SQLite sees it (I6, see [`cells`]). One mutex, one
//! connection: calls are short, and a phone has one person at it.
//!
//! Nothing is cached in memory, so that a kill at any moment and a start are the same as going on.
//! What was rejected: a write-behind cache flushed when the app leaves the screen. Phones kill
//! apps without telling them, and a flush that never came is an answer that was never typed.

mod address;
mod cells;
mod content;
mod dossiers;
mod drafts;
mod error;
mod model;
mod notices;
mod outbox;
mod payment;
mod prefill;
mod session;
mod settings;
#[cfg(test)]
mod tests;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use gandan_foundation::{
    ports::World,
    sealing::{LookupKey, SealingKey},
    sqlite::{self, OpenOptions},
};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::config::{Config, Keystore, Ports};
use cells::{Cells, Vault};

pub(crate) use dossiers::{Submitted, Synced, WantedResult};
pub use error::StoreError;
pub use model::{
    BIN_MS, Draft, DraftPlace, Edited, HOLD_MS, LaneAct, Moved, OutboxEntry, OutboxState, Prefill,
    SeenForm, StoredAnswer, SupplementOf,
};
pub use notices::Reads;
pub(crate) use outbox::{Lane, LaneEvent, Upload};
pub use payment::{PayAct, PayProblem, PayWish};
pub(crate) use session::{Session, SignIn};

type Result<T> = std::result::Result<T, StoreError>;

/// The index of a migration is its version.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/0001_sealed_tables.sql"),
    include_str!("../../migrations/0002_content.sql"),
];

/// The sealed database of this installation. Share it behind an `Arc`; calls are short and
/// synchronous.
pub struct Store {
    path: PathBuf,
    options: OpenOptions,
    world: World,
    keystore: Arc<dyn Keystore>,
    /// `None` while suspended.
    open: Mutex<Option<Open>>,
}

struct Open {
    db: Connection,
    vault: Vault,
}

impl Store {
    /// Opens or makes the database in `config.data_dir`.
    pub fn open(config: &Config, ports: &Ports) -> Result<Self> {
        std::fs::create_dir_all(&config.data_dir).map_err(StoreError::Directory)?;
        let store = Self {
            path: config.data_dir.join("gandan.db"),
            options: OpenOptions {
                vfs: config.sqlite_vfs.clone(),
                // One process, one connection.
                exclusive: true,
                ..OpenOptions::default()
            },
            world: ports.world.clone(),
            keystore: Arc::clone(&ports.keystore),
            open: Mutex::new(None),
        };
        store.resume()?;
        Ok(store)
    }

    /// Closes the database file: iOS kills an app that holds a lock in the background. Until
    /// [`resume`](Self::resume), calls answer [`StoreError::Suspended`].
    pub fn suspend(&self) -> Result<()> {
        match self.lock().take() {
            None => Ok(()),
            Some(open) => open.db.close().map_err(|(_, error)| error.into()),
        }
    }

    /// Opens the file again; without effect when it is open.
    pub fn resume(&self) -> Result<()> {
        let mut guard = self.lock();
        if guard.is_none() {
            *guard = Some(self.connect()?);
        }
        Ok(())
    }

    fn connect(&self) -> Result<Open> {
        let mut db = sqlite::open(&self.path, &self.options)?;
        sqlite::migrate(&mut db, MIGRATIONS)?;
        let vault = self.vault(&mut db)?;
        Ok(Open { db, vault })
    }

    /// Unwraps the data keys; the first time, makes them.
    fn vault(&self, db: &mut Connection) -> Result<Vault> {
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let wrapped: Option<Vec<u8>> = tx
            .query_row("SELECT wrapped FROM vault WHERE id = 1", [], |row| {
                row.get(0)
            })
            .optional()?;
        let vault = if let Some(wrapped) = wrapped {
            let keys = self.keystore.unwrap(&wrapped)?;
            let changed = |_| StoreError::Changed { table: "vault" };
            let (data, lookup) = keys.split_at_checked(32).unwrap_or_default();
            Vault {
                data: SealingKey::from_slice(data).map_err(changed)?,
                lookup: LookupKey::from_slice(lookup).map_err(changed)?,
            }
        } else {
            let random = &*self.world.random;
            let vault = Vault {
                data: SealingKey::generate(random),
                lookup: LookupKey::generate(random),
            };
            let keys = [*vault.data.expose(), *vault.lookup.expose()].concat();
            tx.execute(
                "INSERT INTO vault (id, wrapped) VALUES (1, ?1)",
                [self.keystore.wrap(&keys)?],
            )?;
            vault
        };
        tx.commit()?;
        Ok(vault)
    }

    /// A panic elsewhere can't leave a half-made change behind: what is not committed is undone.
    fn lock(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T>(&self, job: impl FnOnce(&Cells<'_>) -> Result<T>) -> Result<T> {
        let guard = self.lock();
        let open = guard.as_ref().ok_or(StoreError::Suspended)?;
        job(&Cells {
            db: &open.db,
            vault: &open.vault,
            random: &*self.world.random,
            now: self.world.clock.now(),
        })
    }

    /// All of `job` is committed when this returns, or none of it.
    fn write<T>(&self, job: impl FnOnce(&Cells<'_>) -> Result<T>) -> Result<T> {
        let mut guard = self.lock();
        let open = guard.as_mut().ok_or(StoreError::Suspended)?;
        let tx = open
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = job(&Cells {
            db: &tx,
            vault: &open.vault,
            random: &*self.world.random,
            now: self.world.clock.now(),
        })?;
        tx.commit()?;
        Ok(done)
    }
}
