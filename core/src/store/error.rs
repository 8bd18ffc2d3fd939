//! Why the store could not: rich inside, a [`Problem`] outside.

use gandan_domain::Problem;
use gandan_foundation::{ports::SignerError, sqlite::MigrateError};
use rusqlite::ErrorCode;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("write: the storage is full")]
    Full,
    #[error("use the database")]
    Database(#[source] rusqlite::Error),
    #[error("use the data directory")]
    Directory(#[source] std::io::Error),
    #[error("open the database: a newer version of the app has used it")]
    Newer,
    /// The bytes are there, but they are not the ones this app wrote at this place.
    #[error("trust a stored value of `{table}`: it was changed or moved")]
    Changed { table: &'static str },
    #[error("open the data key")]
    Keystore(#[from] SignerError),
    #[error("seal a value")]
    Unwritable,
    /// Between `suspend()` and `resume()`.
    #[error("use the database: it is suspended")]
    Suspended,
    #[error("find it")]
    NotFound,
    /// The draft is signed and on its way.
    #[error("change the draft: it has been signed")]
    Frozen,
    /// The server may have it already.
    #[error("take the dossier back: it may have arrived")]
    InDoubt,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Changed { table: "database" }
            }
            _ => Self::Database(error),
        }
    }
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Newer { .. } => Self::Newer,
            MigrateError::Step { source, .. } | MigrateError::Version(source) => source.into(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let bug = |id: &str| Self::Bug { id: id.into() };
        match error {
            StoreError::Full => Self::StorageFull,
            StoreError::Changed { .. } => Self::StorageDamaged,
            StoreError::Keystore(SignerError::Locked) | StoreError::Suspended => {
                Self::Unavailable { retry_after_s: 5 }
            }
            StoreError::NotFound => Self::NotFound,
            StoreError::Frozen | StoreError::InDoubt => Self::Conflict,
            StoreError::Keystore(SignerError::Failed) => bug("keystore"),
            StoreError::Newer => bug("store-newer"),
            StoreError::Database(_) | StoreError::Directory(_) | StoreError::Unwritable => {
                bug("store")
            }
        }
    }
}
