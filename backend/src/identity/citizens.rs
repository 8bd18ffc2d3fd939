//! The citizen record: made at the first sign-in, found again by keyed hashes, sealed.

use gandan_domain::{Private, Problem, time::Instant};
use gandan_foundation::{
    ports::Random,
    sealing::{Cell, SealingKey},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

use super::{CitizenId, provider::Person};
use crate::{
    app::Backend,
    params,
    storage::{Failure, Reader, Tx},
};

/// What the identity provider said of a citizen, at the last sign-in.
#[derive(Clone, Serialize, Deserialize)]
pub struct Profile {
    /// Citizen id number (số định danh cá nhân).
    pub id_number: Private<String>,
    pub full_name: Private<String>,
    /// As the provider writes it (VNeID: `yyyyMMdd`).
    pub birth_date: Private<String>,
}

/// Reads a citizen's profile.
pub async fn profile(
    backend: &Backend,
    reader: &mut dyn Reader,
    citizen: CitizenId,
) -> Result<Profile, Failure> {
    let row = reader
        .query_opt(
            "SELECT profile, revision FROM citizen WHERE id = $1",
            &params![citizen],
        )
        .await?
        .ok_or(Problem::NotFound)?;
    let (sealed, revision): (Vec<u8>, u64) = (row.get(0)?, row.get(1)?);
    let key = backend.keys.citizen_key(reader, citizen).await?;
    let plain = key.open(&cell(&citizen, revision), &sealed)?;
    Ok(serde_json::from_slice(&plain)?)
}

/// Forgets a citizen: everything sealed for them becomes unreadable, nothing signs in as them, and a
/// later sign-in makes a new citizen.
pub async fn forget(
    backend: &Backend,
    tx: &mut dyn Tx,
    citizen: CitizenId,
    now: Instant,
) -> Result<(), Failure> {
    backend.keys.delete_citizen_key(tx, citizen).await?;
    tx.exec("DELETE FROM citizen WHERE id = $1", &params![citizen])
        .await?;
    tx.exec(
        "UPDATE session SET revoked_at = $1 WHERE citizen = $2 AND revoked_at IS NULL",
        &params![now, citizen],
    )
    .await?;
    tx.exec(
        "UPDATE device SET revoked_at = $1 WHERE citizen = $2 AND revoked_at IS NULL",
        &params![now, citizen],
    )
    .await?;
    Ok(())
}

/// Somebody who has just signed in at the provider.
#[derive(Clone)]
pub(super) struct Arrival {
    /// The id of the new citizen, should there be none yet.
    id: CitizenId,
    subject: [u8; 32],
    id_number: [u8; 32],
    profile: Arc<Vec<u8>>,
    now: Instant,
    keys: Arc<crate::keys::Keys>,
    random: Arc<dyn Random>,
}

impl Arrival {
    pub fn new(backend: &Backend, person: Person, now: Instant) -> Result<Self, Failure> {
        let keys = &backend.keys;
        Ok(Self {
            id: CitizenId(backend.world.random.uuid(now)),
            subject: keys.lookup("citizen", "subject", &person.subject),
            id_number: keys.lookup("citizen", "id_number", person.id_number.expose()),
            profile: Arc::new(serde_json::to_vec(&Profile {
                id_number: person.id_number,
                full_name: person.full_name,
                birth_date: person.birth_date,
            })?),
            now,
            keys: Arc::clone(keys),
            random: Arc::clone(&backend.world.random),
        })
    }

    /// Finds the citizen, by id number before account: a person who gets a new account is the same
    /// person. Or makes one.
    pub async fn apply(&self, tx: &mut dyn Tx) -> Result<CitizenId, Failure> {
        let known = tx
            .query_opt(
                "SELECT id, revision FROM citizen WHERE id_number = $1",
                &params![self.id_number],
            )
            .await?;
        // An account that now names another person must not open the first one's data: that one
        // gets a subject that no account hashes to.
        tx.exec(
            "UPDATE citizen SET subject = id_number WHERE subject = $1 AND id_number <> $2",
            &params![self.subject, self.id_number],
        )
        .await?;
        match known {
            Some(row) => {
                let citizen: CitizenId = row.get(0)?;
                let revision = row.get::<u64>(1)? + 1;
                let key = self.keys.citizen_key(tx, citizen).await?;
                let sealed = self.seal(&key, &citizen, revision)?;
                tx.exec(
                    "UPDATE citizen SET subject = $1, profile = $2, revision = revision + 1,
                         seen_at = $3
                     WHERE id = $4",
                    &params![self.subject, sealed, self.now, citizen],
                )
                .await?;
                Ok(citizen)
            }
            None => {
                let key = self
                    .keys
                    .create_citizen_key(tx, &*self.random, self.id)
                    .await?;
                let sealed = self.seal(&key, &self.id, 0)?;
                tx.exec(
                    "INSERT INTO citizen
                         (id, subject, id_number, profile, revision, created_at, seen_at)
                     VALUES ($1, $2, $3, $4, 0, $5, $5)",
                    &params![self.id, self.subject, self.id_number, sealed, self.now],
                )
                .await?;
                Ok(self.id)
            }
        }
    }

    fn seal(
        &self,
        key: &SealingKey,
        citizen: &CitizenId,
        revision: u64,
    ) -> Result<Vec<u8>, Failure> {
        Ok(key.seal(&*self.random, &cell(citizen, revision), &self.profile)?)
    }
}

fn cell(citizen: &CitizenId, revision: u64) -> Cell<'_> {
    Cell {
        table: "citizen",
        column: "profile",
        row: citizen.0.as_bytes(),
        revision,
    }
}
