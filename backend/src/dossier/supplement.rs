//! A citizen answers what the office asked for: same dossier, same code, once for each request.
//!
//! Of two phones that answer, the first is taken; the other is told that nothing is awaited any
//! more. The status stays the office's to move. The clock of the law goes on from here: the
//! deadline that was last told moves by the working days of the pause.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::BoxFuture;
use gandan_domain::{
    Problem,
    catalog::Procedure,
    dossier::{FileEntry, Receipt, Status, Supplement, deadline::after_supplement},
    form::{Answers, Value},
    problem::RefusalReason,
    time::Instant,
    wire::StatusEntry,
};
use gandan_foundation::sealing::SealingKey;
use uuid::Uuid;

use super::{
    Dossier, add_change, add_history,
    current::{self, Current},
    deliver,
    once::{Deed, Once, carry_out},
    submit::{Envelope, file_answers, ho_so, paper, readable_intent, refused},
};
use crate::{
    app::Shared,
    identity::{self, CitizenId},
    log::{self, Act},
    storage::{Failure, Tx},
};

/// Takes a supplement. Gives the receipt's JWS: the same one however often the same is sent.
pub async fn supplement(
    backend: &Shared,
    citizen: CitizenId,
    key: Uuid,
    jws: String,
) -> Result<String, Problem> {
    let once = Once::new(backend, citizen, key, jws);
    carry_out(backend, citizen, Answering(once)).await
}

struct Answering(Once);

impl Deed for Answering {
    fn run<'a>(&'a self, tx: &'a mut dyn Tx) -> BoxFuture<'a, Result<String, Failure>> {
        Box::pin(self.act(tx))
    }
}

/// A supplement that has passed every check.
struct Checked<'c> {
    supplement: Supplement,
    procedure: &'c Procedure,
    /// The whole dossier's answers from now on.
    answers: Answers,
    asked_at: Instant,
}

impl Answering {
    async fn act(&self, tx: &mut dyn Tx) -> Result<String, Failure> {
        let once = &self.0;
        let key = once.backend.keys.citizen_key(tx, once.citizen).await?;
        if let Some(receipt) = once.earlier_answer(tx, &key).await? {
            return Ok(receipt);
        }
        let now = once.backend.world.clock.now();
        let device = once.device(tx).await?;
        let supplement = readable_intent(Supplement::verify(&once.jws, &device))?;
        once.check_signer(supplement.id, &supplement.subject)?;
        let dossier = Dossier::find_by_intent(tx, once.citizen, supplement.intent.0).await?;
        let current = Current::load(tx, &key, &dossier).await?;
        let checked = self.check(tx, supplement, &dossier, &current, now).await?;
        self.apply(tx, &key, &dossier, &current, checked, now).await
    }

    async fn check(
        &self,
        tx: &mut dyn Tx,
        supplement: Supplement,
        dossier: &Dossier,
        current: &Current,
        now: Instant,
    ) -> Result<Checked<'_>, Failure> {
        let once = &self.0;
        if current.record.code != supplement.dossier {
            return Err(Failure::Problem(Problem::Malformed));
        }
        let asked = current
            .requests
            .last()
            .filter(|asked| asked.answer.is_none() && asked.number == supplement.request)
            .filter(|_| dossier.status == Status::SupplementRequested)
            .ok_or_else(|| refused(RefusalReason::NotAwaited))?;
        let catalog = &*once.catalog;
        let code = &current.record.procedure;
        // What is supplemented was filed under a version that may be gone since; both are right.
        let version = supplement.form_version;
        let procedure = match catalog.filed_under(code, current.intent.form_version) {
            Some(filed) if filed.form.version == version => filed,
            _ => catalog.accepted(code, version, now.date())?,
        };
        let form = &procedure.form;
        let flagged: BTreeSet<String> = asked
            .flagged
            .iter()
            .map(|flagged| flagged.field.clone())
            .collect();
        let filed = current.answers();
        let done = form.supplement(
            &filed,
            &supplement.answers,
            &flagged,
            now.date(),
            &catalog.atlas(),
        );
        if supplement
            .answers
            .0
            .keys()
            .any(|field| !done.open.contains(field))
        {
            return Err(refused(RefusalReason::NotAllowed));
        }
        if !done.problems.is_empty() {
            return Err(Failure::Problem(Problem::Invalid {
                fields: done.problems,
            }));
        }
        let new: BTreeSet<FileEntry> = file_answers(done.evaluation.fields(), &done.answers)
            .into_iter()
            .filter(|file| !matches!(filed.get(&file.field), Some(Value::File(old)) if old.sha256 == file.sha256))
            .collect();
        let listed: BTreeSet<&FileEntry> = supplement.files.iter().collect();
        if listed.len() != supplement.files.len() || listed != new.iter().collect() {
            return Err(Failure::Problem(Problem::Malformed));
        }
        for file in &supplement.files {
            paper(tx, once.citizen, supplement.id, file, procedure).await?;
        }
        Ok(Checked {
            asked_at: asked.asked_at,
            answers: done.answers,
            supplement,
            procedure,
        })
    }

    async fn apply(
        &self,
        tx: &mut dyn Tx,
        key: &SealingKey,
        dossier: &Dossier,
        current: &Current,
        checked: Checked<'_>,
        now: Instant,
    ) -> Result<String, Failure> {
        let once = &self.0;
        let backend = &once.backend;
        let random = &*backend.world.random;
        let record = &current.record;
        let supplement = &checked.supplement;
        let receipt = once.receipt(&Receipt {
            dossier: record.code.clone(),
            intent: supplement.id,
            procedure: record.procedure.clone(),
            intent_sha256: once.request.clone(),
            files: supplement.files.clone(),
            received_at: now,
        })?;
        let papers = current
            .papers(
                tx,
                once.citizen,
                checked.procedure,
                &checked.answers,
                Some(supplement),
            )
            .await?;
        let profile = identity::profile(backend, tx, once.citizen).await?;
        // What the citizen said of the register's value went with the answer that was replaced.
        let contested: BTreeMap<String, String> = current
            .intent
            .contested
            .iter()
            .filter(|(field, _)| checked.answers.get(field) == current.intent.answers.get(field))
            .map(|(field, value)| (field.clone(), value.clone()))
            .collect();
        let delivery = ho_so(
            &once.catalog,
            checked.procedure,
            &profile,
            Envelope {
                code: &record.code,
                office: &record.office,
                status: dossier.status,
                received_at: dossier.received_at,
                answers: &checked.answers,
                contested: &contested,
                papers,
            },
        );
        let due = dossier.last_due(tx, key).await?;
        let calendar = once.catalog.calendar();
        let entry = StatusEntry {
            status: dossier.status,
            at: now,
            agency: record.office.clone(),
            handler: None,
            note: None,
            due_at: due.and_then(|due| after_supplement(due, checked.asked_at, now, calendar)),
            by_citizen: true,
        };
        current::answer(tx, key, once, dossier, supplement.request, now).await?;
        add_history(tx, random, key, dossier.id, &entry).await?;
        add_change(tx, once.citizen, dossier.id, now).await?;
        once.remember(tx, key, &receipt, now).await?;
        let act = Act {
            actor: log::SELF,
            action: "dossier.supplemented",
            dossier: Some(&record.code),
        };
        log::append(tx, random, key, once.citizen, now, act).await?;
        deliver::enqueue(
            tx,
            random,
            key,
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
