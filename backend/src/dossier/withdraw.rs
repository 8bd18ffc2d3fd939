//! A citizen asks for a dossier back (national status 7); the office grants it or goes on.
//!
//! The request itself is a move of the one table of statuses, so that a dossier which is finished
//! can't be withdrawn, and one that is being withdrawn not twice. When the office stops it, what was
//! paid is owed back: [`Dossier::moves`].

use futures_util::future::BoxFuture;
use gandan_domain::{
    Problem,
    dossier::{Receipt, Status, Withdrawal},
    problem::RefusalReason,
    wire::StatusEntry,
};
use uuid::Uuid;

use super::{
    Dossier,
    current::Current,
    deliver,
    once::{Deed, Once, carry_out},
    submit::{Envelope, ho_so, readable_intent, refused},
};
use crate::{
    app::Shared,
    identity::{self, CitizenId},
    log,
    storage::{Failure, Tx},
};

/// Takes a withdrawal. Gives the receipt's JWS: the same one however often the same is sent.
pub async fn withdraw(
    backend: &Shared,
    citizen: CitizenId,
    key: Uuid,
    jws: String,
) -> Result<String, Problem> {
    let once = Once::new(backend, citizen, key, jws);
    carry_out(backend, citizen, Asking(once)).await
}

struct Asking(Once);

impl Deed for Asking {
    fn run<'a>(&'a self, tx: &'a mut dyn Tx) -> BoxFuture<'a, Result<String, Failure>> {
        Box::pin(self.act(tx))
    }
}

impl Asking {
    async fn act(&self, tx: &mut dyn Tx) -> Result<String, Failure> {
        let once = &self.0;
        let backend = &once.backend;
        let random = &*backend.world.random;
        let key = backend.keys.citizen_key(tx, once.citizen).await?;
        if let Some(receipt) = once.earlier_answer(tx, &key).await? {
            return Ok(receipt);
        }
        let now = backend.world.clock.now();
        let device = once.device(tx).await?;
        let withdrawal = readable_intent(Withdrawal::verify(&once.jws, &device))?;
        once.check_signer(withdrawal.id, &withdrawal.subject)?;
        let dossier = Dossier::find_by_intent(tx, once.citizen, withdrawal.intent.0).await?;
        let current = Current::load(tx, &key, &dossier).await?;
        let record = &current.record;
        if record.code != withdrawal.dossier {
            return Err(Failure::Problem(Problem::Malformed));
        }
        if !dossier.status.may_become(Status::WithdrawalRequested) {
            return Err(refused(RefusalReason::TooLate));
        }
        let procedure = once
            .catalog
            .filed_under(&record.procedure, current.intent.form_version)
            .ok_or_else(|| refused(RefusalReason::UnknownProcedure))?;
        let receipt = once.receipt(&Receipt {
            dossier: record.code.clone(),
            intent: withdrawal.id,
            procedure: record.procedure.clone(),
            intent_sha256: once.request.clone(),
            files: Vec::new(),
            received_at: now,
        })?;
        let answers = current.answers();
        let papers = current
            .papers(tx, once.citizen, procedure, &answers, None)
            .await?;
        let profile = identity::profile(backend, tx, once.citizen).await?;
        let delivery = ho_so(
            &once.catalog,
            procedure,
            &profile,
            Envelope {
                code: &record.code,
                office: &record.office,
                status: Status::WithdrawalRequested,
                received_at: dossier.received_at,
                answers: &answers,
                contested: &current.intent.contested,
                papers,
            },
        );
        let entry = StatusEntry {
            status: Status::WithdrawalRequested,
            at: now,
            agency: record.office.clone(),
            handler: None,
            note: None,
            due_at: None,
            by_citizen: true,
        };
        dossier
            .moves(tx, random, &key, record, &entry, now, log::SELF)
            .await?;
        once.remember(tx, &key, &receipt, now).await?;
        deliver::enqueue(
            tx,
            random,
            &key,
            once.citizen,
            dossier.id,
            Some(once.key),
            now,
            &delivery,
        )
        .await?;
        Ok(receipt)
    }
}
