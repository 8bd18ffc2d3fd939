//! A dossier as it stands: what was filed, what the office asked for since, and what came of it.
//!
//! Nothing that a citizen signed is ever changed: the intent and every supplement are kept verbatim,
//! and what stands now is computed from them, oldest first.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use gandan_domain::{
    catalog::Procedure,
    dossier::{FileEntry, Flagged, Intent, IntentId, Supplement, SupplementRequest},
    form::{Answers, Value},
    time::Instant,
};
use gandan_foundation::{
    ports::Random,
    sealing::{Cell, SealingKey},
};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{
    Dossier, Record,
    once::{Once, bug},
    one_stop::TaiLieuNop,
    submit::paper,
};
use crate::{
    identity::CitizenId,
    params,
    storage::{Failure, Reader, Tx},
};

/// What was filed, and every return of it.
pub struct Current {
    pub record: Record,
    pub intent: Intent,
    /// Oldest first.
    pub requests: Vec<Asked>,
}

/// One request of the office and, once there is one, its answer.
pub struct Asked {
    pub number: u32,
    pub asked_at: Instant,
    pub flagged: Vec<Flagged>,
    pub answer: Option<(Supplement, Instant)>,
}

impl Current {
    pub async fn load(
        reader: &mut dyn Reader,
        key: &SealingKey,
        dossier: &Dossier,
    ) -> Result<Self, Failure> {
        let record = dossier.record(key)?;
        let rows = reader
            .query(
                "SELECT number, asked_at, request, answer, answered_at
                 FROM supplement WHERE dossier = $1 ORDER BY number",
                &params![dossier.id],
            )
            .await?;
        let mut requests = Vec::new();
        for row in rows {
            let number: u32 = row.get(0)?;
            let name = row_name(dossier.id, number);
            let flagged = key.open(&cell("request", &name), &row.get::<Vec<u8>>(2)?)?;
            let answer = match (
                row.get::<Option<Vec<u8>>>(3)?,
                row.get::<Option<Instant>>(4)?,
            ) {
                (Some(sealed), Some(at)) => {
                    let jws = key.open(&cell("answer", &name), &sealed)?;
                    Some((payload(&String::from_utf8_lossy(&jws))?, at))
                }
                _ => None,
            };
            requests.push(Asked {
                number,
                asked_at: row.get(1)?,
                flagged: serde_json::from_slice(&flagged)?,
                answer,
            });
        }
        Ok(Self {
            intent: payload(&record.intent_jws)?,
            record,
            requests,
        })
    }

    /// The answers as they stand: what was filed, with every supplement over it.
    pub fn answers(&self) -> Answers {
        let mut answers = self.intent.answers.clone();
        for (supplement, _) in self.supplements() {
            let newer = supplement.answers.0.iter();
            answers
                .0
                .extend(newer.map(|(field, value)| (field.clone(), value.clone())));
        }
        answers
    }

    fn supplements(&self) -> impl Iterator<Item = &(Supplement, Instant)> {
        self.requests
            .iter()
            .filter_map(|asked| asked.answer.as_ref())
    }

    /// As the citizen's phone gets it.
    pub fn view(&self) -> Option<SupplementRequest> {
        let latest = self.requests.last()?;
        Some(SupplementRequest {
            number: latest.number,
            asked_at: latest.asked_at,
            flagged: latest.flagged.clone(),
            filed: self.answers(),
            answered_at: latest.answer.as_ref().map(|(_, at)| *at),
        })
    }

    /// Every paper that was ever sent with this dossier; the ones that no longer stand in
    /// `answers` are marked as removed.
    pub async fn papers(
        &self,
        reader: &mut dyn Reader,
        citizen: CitizenId,
        procedure: &Procedure,
        answers: &Answers,
        newest: Option<&Supplement>,
    ) -> Result<Vec<TaiLieuNop>, Failure> {
        let filed = (self.intent.id, &self.intent.files);
        let since = self
            .supplements()
            .map(|(supplement, _)| supplement)
            .chain(newest)
            .map(|supplement| (supplement.id, &supplement.files));
        let sent: Vec<(IntentId, &Vec<FileEntry>)> = std::iter::once(filed).chain(since).collect();
        let mut papers = Vec::new();
        for (intent, files) in sent {
            for file in files {
                let mut paper = paper(reader, citizen, intent, file, procedure).await?;
                let stands = matches!(
                    answers.get(&file.field),
                    Some(Value::File(answer)) if answer.sha256 == file.sha256
                );
                if !stands {
                    paper.is_deleted = "True".into();
                }
                papers.push(paper);
            }
        }
        Ok(papers)
    }
}

/// Notes what an office asks for, as the next request of this dossier.
pub async fn ask(
    tx: &mut dyn Tx,
    random: &dyn Random,
    key: &SealingKey,
    dossier: &Dossier,
    number: u32,
    asked_at: Instant,
    flagged: &[Flagged],
) -> Result<(), Failure> {
    let name = row_name(dossier.id, number);
    let sealed = key.seal(
        random,
        &cell("request", &name),
        &serde_json::to_vec(flagged)?,
    )?;
    tx.exec(
        "INSERT INTO supplement (dossier, number, citizen, asked_at, request)
         VALUES ($1, $2, $3, $4, $5)",
        &params![dossier.id, number, dossier.citizen, asked_at, sealed],
    )
    .await?;
    Ok(())
}

/// Notes the one answer to a request.
pub async fn answer(
    tx: &mut dyn Tx,
    key: &SealingKey,
    once: &Once,
    dossier: &Dossier,
    number: u32,
    now: Instant,
) -> Result<(), Failure> {
    let name = row_name(dossier.id, number);
    let random = &*once.backend.world.random;
    let sealed = key.seal(random, &cell("answer", &name), once.jws.as_bytes())?;
    let noted = tx
        .exec(
            "UPDATE supplement SET intent = $1, answer = $2, answered_at = $3
             WHERE dossier = $4 AND number = $5 AND answered_at IS NULL",
            &params![once.key, sealed, now, dossier.id, number],
        )
        .await?;
    if noted == 1 {
        Ok(())
    } else {
        Err(bug("supplement"))
    }
}

/// The dossier that a file belongs to: it was sent with the intent or with a supplement.
pub async fn dossier_of(
    reader: &mut dyn Reader,
    citizen: CitizenId,
    intent: Uuid,
) -> Result<Dossier, Failure> {
    let supplemented = reader
        .query_opt(
            "SELECT dossier FROM supplement WHERE citizen = $1 AND intent = $2",
            &params![citizen, intent],
        )
        .await?;
    match supplemented {
        Some(row) => Dossier::find(reader, row.get(0)?).await,
        None => Dossier::find_by_intent(reader, citizen, intent).await,
    }
}

fn row_name(dossier: Uuid, number: u32) -> Vec<u8> {
    [&dossier.as_bytes()[..], &number.to_be_bytes()].concat()
}

fn cell<'a>(column: &'static str, row: &'a [u8]) -> Cell<'a> {
    Cell {
        table: "supplement",
        column,
        row,
        revision: 0,
    }
}

/// What a stored token says. Its signature was checked when it was taken in, with a device key that
/// may be gone by now.
fn payload<T: DeserializeOwned>(jws: &str) -> Result<T, Failure> {
    let part = jws.split('.').nth(1).unwrap_or_default();
    let bytes = URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| bug("stored-token"))?;
    Ok(serde_json::from_slice(&bytes)?)
}
