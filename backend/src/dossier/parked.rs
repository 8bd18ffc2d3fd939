//! What a partner refused too often to go on asking: the operator's list, and another try.
//!
//! Nothing in it names a person. The operator finds out why at the partner, by the id in both
//! logs, and then has it tried again.

use gandan_domain::time::Instant;
use uuid::Uuid;

use crate::{
    params,
    storage::{Failure, Storage},
};

/// One thing that did not leave the building.
#[derive(Debug, PartialEq, Eq)]
pub struct Parked {
    pub id: Uuid,
    /// `deliver` or `fetch`.
    pub kind: String,
    /// Receiving province, two digits.
    pub province: String,
    pub refused: u32,
    pub since: Instant,
}

/// Oldest first.
pub async fn list(storage: &dyn Storage) -> Result<Vec<Parked>, Failure> {
    storage
        .read(|reader| {
            Box::pin(async move {
                let rows = reader
                    .query(
                        "SELECT outbox.id, outbox.kind, dossier.province, outbox.refused,
                             outbox.parked_at
                         FROM outbox JOIN dossier ON dossier.id = outbox.dossier
                         WHERE outbox.parked_at IS NOT NULL ORDER BY outbox.parked_at, outbox.id",
                        &[],
                    )
                    .await?;
                rows.iter()
                    .map(|row| {
                        Ok(Parked {
                            id: row.get(0)?,
                            kind: row.get(1)?,
                            province: row.get(2)?,
                            refused: row.get(3)?,
                            since: row.get(4)?,
                        })
                    })
                    .collect()
            })
        })
        .await
}

/// Everything that is parked is due again, at `now`. Says how much that is.
pub async fn retry(storage: &dyn Storage, now: Instant) -> Result<u64, Failure> {
    storage
        .write(move |tx| {
            Box::pin(async move {
                let freed = tx
                    .exec(
                        "UPDATE outbox SET parked_at = NULL, refused = 0, attempts = 0, due_at = $1
                         WHERE parked_at IS NOT NULL",
                        &params![now],
                    )
                    .await?;
                Ok(freed)
            })
        })
        .await
}
