//! Why the store could not: rich inside, a [`Problem`] outside.

use gandan_domain::Problem;
use gandan_foundation::ports::SignerError;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("write: the storage is full")]
    Full,
    #[error("use the database")]
    Database(#[source] rusqlite::Error),
    #[error("use the data directory")]
    Directory(#[source] std::io::Error),
    /// The bytes are there, but they are not the ones this app wrote at this place.
    #[error("trust a stored value of `{table}`: it was changed or moved")]
    Changed { table: &'static str },
    #[error("open the data key")]
    Keystore(#[from] SignerError),
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

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::StorageFull,
            StoreError::Changed { .. } => Self::StorageDamaged,
            StoreError::Keystore(SignerError::Locked) | StoreError::Suspended => {
                Self::Unavailable { retry_after_s: 5 }
            }
            StoreError::NotFound => Self::NotFound,
            StoreError::Frozen | StoreError::InDoubt => Self::Conflict,
            StoreError::Keystore(SignerError::Failed) => Self::Bug {
                id: "keystore".into(),
            },
            StoreError::Database(_) | StoreError::Directory(_) => Self::Bug { id: "store".into() },
        }
    }
}
