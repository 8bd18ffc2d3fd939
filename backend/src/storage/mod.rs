//! One storage interface, two drivers.
//!
//! A write is a *command*: a function from a transaction to an answer, run to its end inside one
//! transaction, and perhaps more than once. On SQLite one writer thread takes many queued commands
//! into one transaction, each in a SAVEPOINT, and answers them only after the common COMMIT; on
//! PostgreSQL a command runs SERIALIZABLE and is repeated when the database says that it collided.
//! A command therefore awaits nothing but its transaction, and has no effect outside it.
//!
//! SQL is written once, in what both understand: `$1…` numbered in the order of first use (SQLite
//! numbers them so), BIGINT, TEXT and BLOB/BYTEA columns only, `ON CONFLICT`, `RETURNING`. Only the
//! drivers and the migrations differ. A statement that failed ends the command: PostgreSQL refuses
//! everything after it, so let `ON CONFLICT` decide instead of trying and catching.
//!
//! Why not sqlx for both: `docs/adr/0005-one-storage-interface.md`.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{FutureExt, future::BoxFuture};
use gandan_domain::Problem;

pub mod conformance;
mod migrations;
pub mod postgres;
pub mod sqlite;
mod value;

pub use postgres::PostgresStorage;
pub use sqlite::SqliteStorage;
pub use value::{FromValue, Row, Value};

/// Why storage could not do it. Carries no SQL and no values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// The bounded retries of a command that kept colliding are used up.
    #[error("commit: too many collisions with other writers")]
    Contended,
    #[error("write: the disk is full")]
    Full,
    #[error("reach the database")]
    Unavailable,
    /// A statement that the schema refuses: a constraint, a missing table, a wrong type.
    #[error("run a statement: the database refuses it ({code})")]
    Refused {
        /// SQLite's extended result code, or the first five characters of the SQLSTATE as base 36.
        code: i64,
    },
    /// A column holds another type than the one asked for.
    #[error("read column {column} as the type asked for")]
    Column { column: usize },
    /// The command awaited something other than its transaction.
    #[error("run a command: it waits for something outside its transaction")]
    NotReady,
    #[error("run a command: it panicked")]
    Panicked,
    #[error("open the database: its version is newer than this program")]
    Newer,
}

/// Why a command did not happen. In every case nothing of it was kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The command itself says no; its transaction is rolled back.
    #[error(transparent)]
    Problem(#[from] Problem),
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<gandan_foundation::sealing::SealError> for Failure {
    /// A row that does not open was changed behind our back, or the key directory is the wrong one.
    fn from(error: gandan_foundation::sealing::SealError) -> Self {
        tracing::error!(%error, "a sealed row does not open");
        Self::Problem(Problem::Bug {
            id: "sealed-row".into(),
        })
    }
}

impl From<serde_json::Error> for Failure {
    /// A stored document that does not read: the text of the error could quote it, so it is dropped.
    fn from(_: serde_json::Error) -> Self {
        tracing::error!("a stored document does not read");
        Self::Problem(Problem::Bug {
            id: "stored-document".into(),
        })
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Problem(problem) => problem,
            Failure::Storage(error) => error.into(),
        }
    }
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Full => Self::StorageFull,
            StorageError::Contended | StorageError::Unavailable => {
                Self::Unavailable { retry_after_s: 5 }
            }
            StorageError::Refused { .. }
            | StorageError::Column { .. }
            | StorageError::NotReady
            | StorageError::Panicked
            | StorageError::Newer => {
                tracing::error!(%error, "storage refused");
                Self::Bug {
                    id: "storage".into(),
                }
            }
        }
    }
}

/// What a reading function needs. A `&mut dyn Tx` is accepted where a `&mut dyn Reader` is wanted.
pub trait Reader: Send {
    /// Every row that the statement gives.
    fn query<'a>(
        &'a mut self,
        sql: &'static str,
        params: &'a [Value],
    ) -> BoxFuture<'a, Result<Vec<Row>, StorageError>>;

    /// The first row, if there is one.
    fn query_opt<'a>(
        &'a mut self,
        sql: &'static str,
        params: &'a [Value],
    ) -> BoxFuture<'a, Result<Option<Row>, StorageError>> {
        self.query(sql, params)
            .map(|rows| Ok(rows?.into_iter().next()))
            .boxed()
    }
}

/// A transaction that may write. `INSERT … RETURNING` goes through [`Reader::query`].
pub trait Tx: Reader {
    /// How many rows the statement changed.
    fn exec<'a>(
        &'a mut self,
        sql: &'static str,
        params: &'a [Value],
    ) -> BoxFuture<'a, Result<u64, StorageError>>;
}

/// A write with its answer kept inside: what drivers and decorators pass on.
pub type Command =
    Arc<dyn for<'t> Fn(&'t mut dyn Tx) -> BoxFuture<'t, Result<(), Failure>> + Send + Sync>;
/// A read with its answer kept inside.
pub type Query =
    Arc<dyn for<'t> Fn(&'t mut dyn Reader) -> BoxFuture<'t, Result<(), Failure>> + Send + Sync>;

/// A driver. Use [`write`](Self::write) and [`read`](Self::read) of `dyn Storage`; a decorator (a
/// test that plants "acknowledge before commit", say) implements the two `run_` methods.
pub trait Storage: Send + Sync {
    /// Ready when the command is durable, or when nothing of it was kept.
    fn run_write(&self, command: Command) -> BoxFuture<'static, Result<(), Failure>>;
    /// Runs against one consistent snapshot.
    fn run_read(&self, query: Query) -> BoxFuture<'static, Result<(), Failure>>;
}

impl dyn Storage + '_ {
    /// Runs a command in one transaction and gives its answer once that is durable. `Err` rolls
    /// back. The command may run more than once, so it takes its captures by reference or clone:
    ///
    /// ```ignore
    /// storage.write(move |tx| Box::pin(async move { tx.exec("…", &[]).await?; Ok(()) })).await
    /// ```
    pub async fn write<T, F>(&self, command: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t mut dyn Tx) -> BoxFuture<'t, Result<T, Failure>> + Send + Sync + 'static,
    {
        let answer = Slot::default();
        let kept = answer.clone();
        self.run_write(Arc::new(move |tx| {
            let kept = kept.clone();
            let work = command(tx);
            Box::pin(async move {
                kept.put(work.await?);
                Ok(())
            })
        }))
        .await?;
        answer.take()
    }

    /// Runs reads against one consistent snapshot.
    pub async fn read<T, F>(&self, query: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t mut dyn Reader) -> BoxFuture<'t, Result<T, Failure>>
            + Send
            + Sync
            + 'static,
    {
        let answer = Slot::default();
        let kept = answer.clone();
        self.run_read(Arc::new(move |reader| {
            let kept = kept.clone();
            let work = query(reader);
            Box::pin(async move {
                kept.put(work.await?);
                Ok(())
            })
        }))
        .await?;
        answer.take()
    }
}

/// Where a command leaves its answer; the last run wins, and only a committed one is taken.
struct Slot<T>(Arc<Mutex<Option<T>>>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(None)))
    }
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Slot<T> {
    fn put(&self, answer: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
    }

    fn take(&self) -> Result<T, Failure> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
            .ok_or(Failure::Storage(StorageError::NotReady))
    }
}

/// Makes the list of parameters: `params![citizen, row, bytes]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { [$($crate::storage::Value::from($value)),*] };
}
pub use params;
