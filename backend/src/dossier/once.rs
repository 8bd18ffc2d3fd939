//! A signed act of a citizen, done once: what filing, supplementing and withdrawing share.
//!
//! The answer is remembered in the transaction of the act, and looked for before anything else is
//! checked, so that a repeated request gets the same receipt after the form has changed or the
//! device has gone.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use gandan_domain::{
    Problem,
    dossier::{IntentId, Receipt, receipt::RECEIPT_TYP},
    jws::{PublicKey, Unverified, sha256_hex},
    problem::RefusalReason,
    time::Instant,
};
use gandan_foundation::sealing::{Cell, SealingKey};
use uuid::Uuid;

use super::submit::refused;
use crate::{
    app::Shared,
    catalog::Catalog,
    identity::{self, CitizenId},
    params,
    storage::{Failure, Tx},
};

/// What is done, in one transaction that may be run again. Gives the receipt's JWS.
pub trait Deed: Send + Sync + 'static {
    fn run<'a>(&'a self, tx: &'a mut dyn Tx) -> BoxFuture<'a, Result<String, Failure>>;
}

/// Does it, and tells whoever waits for what follows from it. The same receipt however often the
/// same is sent.
pub async fn carry_out(
    backend: &Shared,
    citizen: CitizenId,
    deed: impl Deed,
) -> Result<String, Problem> {
    let deed = Arc::new(deed);
    let receipt = backend
        .storage
        .write(move |tx| {
            let deed = Arc::clone(&deed);
            Box::pin(async move { deed.run(tx).await })
        })
        .await?;
    backend.wake_workers();
    backend.news.tell(citizen);
    Ok(receipt)
}

pub struct Once {
    pub backend: Shared,
    pub citizen: CitizenId,
    /// The idempotency key.
    pub key: Uuid,
    /// What was signed, verbatim.
    pub jws: String,
    /// Its SHA-256, hex.
    pub request: String,
    /// The pack by which all of it is judged.
    pub catalog: Arc<Catalog>,
}

impl Once {
    pub fn new(backend: &Shared, citizen: CitizenId, key: Uuid, jws: String) -> Self {
        Self {
            backend: Shared::clone(backend),
            citizen,
            key,
            request: sha256_hex(jws.as_bytes()),
            catalog: backend.catalog(),
            jws,
        }
    }

    /// The receipt that this act got before; [`Problem::Conflict`] if the key was another's.
    pub async fn earlier_answer(
        &self,
        tx: &mut dyn Tx,
        key: &SealingKey,
    ) -> Result<Option<String>, Failure> {
        let Some(row) = tx
            .query_opt(
                "SELECT request, sealed FROM idempotency WHERE citizen = $1 AND key = $2",
                &params![self.citizen, self.key],
            )
            .await?
        else {
            return Ok(None);
        };
        if row.get::<String>(0)? != self.request {
            return Err(Problem::Conflict.into());
        }
        let sealed: Vec<u8> = row.get(1)?;
        let plain = key.open(&self.answer_cell(), &sealed)?;
        String::from_utf8(plain.to_vec())
            .map(Some)
            .map_err(|_| bug("receipt"))
    }

    /// The key of the citizen's device that says it signed this.
    pub async fn device(&self, tx: &mut dyn Tx) -> Result<PublicKey, Failure> {
        let refused = || Failure::Problem(Problem::SignatureRefused);
        let kid = Unverified::parse(&self.jws)
            .map_err(|_| refused())?
            .header
            .kid
            .ok_or_else(refused)?;
        identity::device_key(tx, self.citizen, &kid)
            .await?
            .ok_or_else(refused)
    }

    /// What was signed is under its own key and in this citizen's name: two people may share the
    /// phone, whose device key is registered for both.
    pub fn check_signer(&self, id: IntentId, subject: &str) -> Result<(), Failure> {
        if id.0 != self.key {
            return Err(Failure::Problem(Problem::Malformed));
        }
        if subject != self.citizen.0.to_string() {
            return Err(refused(RefusalReason::NotAllowed));
        }
        Ok(())
    }

    pub fn receipt(&self, receipt: &Receipt) -> Result<String, Failure> {
        let payload = serde_json::to_vec(receipt)?;
        let signer = &self.backend.keys.receipt;
        signer
            .jws(RECEIPT_TYP, &payload)
            .map_err(|_| bug("receipt-key"))
    }

    pub async fn remember(
        &self,
        tx: &mut dyn Tx,
        key: &SealingKey,
        receipt: &str,
        now: Instant,
    ) -> Result<(), Failure> {
        let random = &*self.backend.world.random;
        let sealed = key.seal(random, &self.answer_cell(), receipt.as_bytes())?;
        tx.exec(
            "INSERT INTO idempotency (citizen, key, request, sealed, at)
             VALUES ($1, $2, $3, $4, $5)",
            &params![self.citizen, self.key, &self.request, sealed, now],
        )
        .await?;
        Ok(())
    }

    fn answer_cell(&self) -> Cell<'_> {
        Cell {
            table: "idempotency",
            column: "sealed",
            row: self.key.as_bytes(),
            revision: 0,
        }
    }
}

pub fn bug(id: &str) -> Failure {
    tracing::error!(id, "a citizen's act failed inside");
    Failure::Problem(Problem::Bug { id: id.into() })
}
