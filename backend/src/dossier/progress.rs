//! The office reports: `POST /v1/webhooks/one-stop`.
//!
//! One transaction takes a whole report or nothing of it. The sender's id of the report is kept in
//! it, so that a repeated one has no effect; a repeated status is no move; a move that the one
//! table ([`Status::may_become`]) does not know refuses the report, and the sender, who repeats
//! what is refused, brings reports that overtook each other into order.
//!
//! An office that does not know yet of a citizen's wish to have the dossier back goes on reporting.
//! Such a report crosses the wish: it is a move from where the office stands, not from 7. Its work
//! goes into the history and the wish stands; its end (3, 8, 9) is the end. What was rejected: to
//! refuse it as a move that 7 does not know. The sender repeats it for ever, and everything it has
//! to say after it, the answer to the wish included, waits behind.
//!
//! [`Status::may_become`]: gandan_domain::dossier::Status::may_become

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode},
};
use gandan_domain::{
    Private, Problem,
    catalog::Procedure,
    dossier::{Flagged, Status},
    problem::RefusalReason,
    time::Instant,
    wire::StatusEntry,
};
use gandan_foundation::sealing::SealingKey;

use super::{
    Dossier, add_change, add_history,
    current::{self, Current},
    deliver,
    one_stop::{self, HoSoBoSung, Progress},
    result, webhook,
};
use crate::{
    app::Shared,
    identity::CitizenId,
    params, payment,
    problem::Refusal,
    storage::{Failure, Tx},
};

/// How long the ids of applied reports are kept: longer than any sender goes on repeating.
const REMEMBERED_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// A commune's one-stop system reports progress and results.
#[utoipa::path(post, path = "/v1/webhooks/one-stop", tag = "partners",
    params(
        ("webhook-id" = String, Header),
        ("webhook-timestamp" = i64, Header, description = "seconds since 1970 UTC"),
        ("webhook-signature" = String, Header, description = "`v1,<base64 HMAC-SHA256>` over `id.timestamp.body`"),
    ),
    request_body(content = String, content_type = "application/json", description = "`CapNhatTienDoHoSoMC`"),
    responses(
        (status = 200, description = "applied, or known already"),
        (status = 401, description = "not signed, not by the office, or not now"),
        (status = 409, description = "a move that the ten statuses do not allow: nothing was applied"),
    ))]
pub async fn one_stop(
    State(backend): State<Shared>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Refusal> {
    let body = body.map_err(|_| Problem::Malformed)?;
    let now = backend.world.clock.now();
    let report = webhook::verify(&backend.keys.webhook, &headers, &body, now)?;
    let moves = one_stop::read_progress(report.body)?;
    let foreign = moves
        .iter()
        .flat_map(|progress| &progress.results)
        .any(|paper| {
            !result::is_from(
                &backend.config.one_stop.url,
                &paper.duong_dan_tep_tin_ket_qua,
            )
        });
    if foreign {
        tracing::warn!("a report names a result at another origin");
        return Err(Problem::Refused {
            reason: RefusalReason::NotAllowed,
        }
        .into());
    }
    let intake = Arc::new(Intake {
        backend: Arc::clone(&backend),
        id: report.id,
        moves,
        now,
        told: Mutex::default(),
    });
    let taken = Arc::clone(&intake);
    backend
        .storage
        .write(move |tx| {
            let intake = Arc::clone(&intake);
            Box::pin(async move { intake.run(tx).await })
        })
        .await?;
    backend.wake_workers();
    for citizen in &*taken.told.lock().unwrap_or_else(PoisonError::into_inner) {
        backend.news.tell(*citizen);
    }
    Ok(StatusCode::OK)
}

struct Intake {
    backend: Shared,
    id: String,
    moves: Vec<Progress>,
    now: Instant,
    /// Whose dossiers moved.
    told: Mutex<BTreeSet<CitizenId>>,
}

impl Intake {
    async fn run(&self, tx: &mut dyn Tx) -> Result<(), Failure> {
        tx.exec(
            "DELETE FROM webhook_seen WHERE at < $1",
            &params![self.now.plus_ms(-REMEMBERED_MS)],
        )
        .await?;
        let new = tx
            .exec(
                "INSERT INTO webhook_seen (id, at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
                &params![&self.id, self.now],
            )
            .await?;
        if new == 0 {
            return Ok(());
        }
        for progress in &self.moves {
            self.apply(tx, progress).await?;
        }
        Ok(())
    }

    async fn apply(&self, tx: &mut dyn Tx, progress: &Progress) -> Result<(), Failure> {
        let keys = &self.backend.keys;
        let random = &*self.backend.world.random;
        let dossier = Dossier::find_by_code(tx, keys, &progress.code).await?;
        let key = keys.citizen_key(tx, dossier.citizen).await?;
        for paper in &progress.results {
            let source = keys.lookup("result", "source", &paper.giay_to_id);
            let known = tx
                .query_opt(
                    "SELECT 1 FROM result WHERE dossier = $1 AND source = $2",
                    &params![dossier.id, source],
                )
                .await?;
            if known.is_none() {
                let paper = result::Paper {
                    name: paper.ten_giay_to.clone(),
                    url: paper.duong_dan_tep_tin_ket_qua.clone(),
                };
                deliver::enqueue_fetch(tx, random, &key, &dossier, self.now, source, &paper)
                    .await?;
            }
        }
        if !progress.fees.is_empty() {
            let record = dossier.record(&key)?;
            for entry in &progress.fees {
                payment::office::apply(
                    &self.backend,
                    tx,
                    &key,
                    &dossier,
                    &record,
                    entry,
                    progress.at,
                )
                .await?;
            }
            self.told
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(dossier.citizen);
        }
        let crossing = Crossing::of(tx, &key, &dossier, progress).await?;
        let asked = match crossing {
            Crossing::No => self.new_request(tx, &key, &dossier, progress).await?,
            Crossing::Work | Crossing::End => None,
        };
        if progress.status == dossier.status && asked.is_none() {
            return Ok(());
        }
        if crossing == Crossing::No
            && !dossier.status.may_become(progress.status)
            && progress.status != dossier.status
        {
            tracing::warn!(
                from = dossier.status.code(),
                to = progress.status.code(),
                "a report asks for a move that is not in the table"
            );
            return Err(Problem::Conflict.into());
        }
        let record = dossier.record(&key)?;
        let entry = StatusEntry {
            status: progress.status,
            at: progress.at,
            agency: progress
                .agency
                .clone()
                .unwrap_or_else(|| record.office.clone()),
            handler: progress.handler.clone(),
            note: progress.note.clone(),
            due_at: progress.due_at,
            by_citizen: false,
        };
        if crossing == Crossing::Work {
            add_history(tx, random, &key, dossier.id, &entry).await?;
            add_change(tx, dossier.citizen, dossier.id, self.now).await?;
            self.told
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(dossier.citizen);
            return Ok(());
        }
        if let Some((number, flagged)) = asked {
            current::ask(tx, random, &key, &dossier, number, progress.at, &flagged).await?;
        }
        dossier
            .moves(
                tx,
                random,
                &key,
                &record,
                &entry,
                self.now,
                &record.office_code,
            )
            .await?;
        self.told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(dossier.citizen);
        Ok(())
    }

    /// What this report asks to be supplemented, and as which return, if it asks for something new:
    /// the first request, or one after the last was answered.
    async fn new_request(
        &self,
        tx: &mut dyn Tx,
        key: &SealingKey,
        dossier: &Dossier,
        progress: &Progress,
    ) -> Result<Option<(u32, Vec<Flagged>)>, Failure> {
        if progress.status != Status::SupplementRequested {
            return Ok(None);
        }
        let current = Current::load(tx, key, dossier).await?;
        let last = current.requests.last();
        // Offices tell whole seconds: what they say of the second in which the citizen answered came
        // after the answer, unless it is the request itself.
        let is_old = last.is_none_or(|asked| match &asked.answer {
            Some((_, at)) => {
                progress.at <= asked.asked_at || progress.at.unix_seconds() < at.unix_seconds()
            }
            None => true,
        });
        let again = dossier.status == Status::SupplementRequested && is_old;
        if again && last.is_some() {
            return Ok(None);
        }
        let catalog = self.backend.catalog();
        let filed_under = current.intent.form_version;
        let procedure = catalog.filed_under(&current.record.procedure, filed_under);
        let number = last.map_or(1, |asked| asked.number.saturating_add(1));
        Ok(Some((number, flagged(procedure, &progress.supplement))))
    }
}

/// Whether a report was on its way when the citizen asked for the dossier back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Crossing {
    No,
    /// The office worked on; it will still answer the wish.
    Work,
    /// The office had ended it, and there is nothing left to give back.
    End,
}

impl Crossing {
    async fn of(
        tx: &mut dyn Tx,
        key: &SealingKey,
        dossier: &Dossier,
        progress: &Progress,
    ) -> Result<Self, Failure> {
        if dossier.status != Status::WithdrawalRequested {
            return Ok(Self::No);
        }
        let history = dossier.history(tx, key).await?;
        let is_wish = |entry: &&StatusEntry| entry.status == Status::WithdrawalRequested;
        let wish = history.iter().rev().find(is_wish);
        let office = history.iter().rev().find(|entry| !is_wish(entry));
        let (Some(wish), Some(office)) = (wish, office) else {
            return Ok(Self::No);
        };
        // Offices tell whole seconds, and their clocks differ: what cannot be an answer crosses,
        // whatever its time.
        let is_answer = dossier.status.may_become(progress.status) && progress.at >= wish.at;
        if is_answer || !office.status.may_become(progress.status) {
            return Ok(Self::No);
        }
        Ok(match progress.status {
            Status::NotAccepted | Status::Stopped | Status::Done => Self::End,
            _ => Self::Work,
        })
    }
}

/// The office names a question by its field, or a paper by its component; unknown ones are left to
/// the note, which has all reasons in full. In the order of the form.
fn flagged(procedure: Option<&Procedure>, asked: &[HoSoBoSung]) -> Vec<Flagged> {
    let Some(procedure) = procedure else {
        return Vec::new();
    };
    let field_of = |id: &str| {
        procedure
            .form
            .field(id)
            .map(|field| field.id.as_str())
            .or_else(|| {
                let component = procedure
                    .components
                    .iter()
                    .find(|component| component.code == id)?;
                component.field.as_deref()
            })
    };
    procedure
        .form
        .fields()
        // Where a dossier goes is decided once: its code and its office's clock hang on it.
        .filter(|(_, _, field)| field.id != procedure.form.commune_field)
        .filter_map(|(_, _, field)| {
            let reasons: Vec<&str> = asked
                .iter()
                .filter(|item| field_of(&item.ho_so_bo_sung_id) == Some(field.id.as_str()))
                .map(|item| item.noi_dung_bo_sung.expose().trim())
                .collect();
            (!reasons.is_empty()).then(|| Flagged {
                field: field.id.clone(),
                reason: Private::new(reasons.join("; ")),
            })
        })
        .collect()
}
