//! An intent becomes a dossier: one transaction that does four things or none.
//!
//! It applies the submit (dossier, history, change), remembers the idempotency key with its answer,
//! appends to the citizen's log, and puts the delivery into the outbox. A repeated submit finds its
//! answer before anything else is looked at, so that it gets the same receipt after the form has
//! changed or the device has gone. A refused submit leaves nothing behind: the citizen edits and
//! sends again under the same key. See `docs/adr/0007-dossier-transaction-outbox-receipts.md`.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::BoxFuture;
use gandan_domain::{
    Private, Problem,
    catalog::Procedure,
    dossier::{
        DossierCode, FileEntry, Intent, IntentId, Receipt, Status, deadline::due,
        intent::IntentError,
    },
    form::{
        Answers, Field, FieldKind, Form, Part, Value, VisibleField, evaluate::read_place, why_key,
    },
    payment::{Amount, Channel, fee},
    place::{Commune, PlaceAnswer},
    problem::RefusalReason,
    text::{Lang, messages::Messages},
    time::Instant,
    wire::StatusEntry,
};
use gandan_foundation::sealing::SealingKey;
use uuid::Uuid;

use super::{
    Record, add_change, add_history, code_hash, deliver,
    once::{Deed, Once, bug, carry_out},
    one_stop::{self, HoSo, OtherInfo, TaiLieuNop},
    record_cell,
};
use crate::{
    app::{Backend, Shared},
    catalog::Catalog,
    file::upload,
    identity::{self, CitizenId},
    log::{self, Act},
    params, payment,
    prefill::population,
    storage::{Failure, Reader, Tx},
};

/// Files an intent. Gives the receipt's JWS: the same one however often the same is sent.
pub async fn submit(
    backend: &Shared,
    citizen: CitizenId,
    key: Uuid,
    intent_jws: String,
) -> Result<String, Problem> {
    let once = Once::new(backend, citizen, key, intent_jws);
    carry_out(backend, citizen, Filing(once)).await
}

struct Filing(Once);

impl Deed for Filing {
    fn run<'a>(&'a self, tx: &'a mut dyn Tx) -> BoxFuture<'a, Result<String, Failure>> {
        Box::pin(self.act(tx))
    }
}

/// An intent that has passed every check, with what the checks found.
struct Checked<'c> {
    intent: Intent,
    procedure: &'c Procedure,
    commune: &'c Commune,
    papers: Vec<TaiLieuNop>,
    due: Amount<'c>,
}

impl Filing {
    async fn act(&self, tx: &mut dyn Tx) -> Result<String, Failure> {
        let once = &self.0;
        let key = once.backend.keys.citizen_key(tx, once.citizen).await?;
        if let Some(receipt) = once.earlier_answer(tx, &key).await? {
            return Ok(receipt);
        }
        let now = once.backend.world.clock.now();
        let checked = self.check(tx, now).await?;
        self.apply(tx, &key, checked, now).await
    }

    async fn check(&self, tx: &mut dyn Tx, now: Instant) -> Result<Checked<'_>, Failure> {
        let once = &self.0;
        let device = once.device(tx).await?;
        let intent = readable_intent(Intent::verify(&once.jws, &device))?;
        once.check_signer(intent.id, &intent.subject)?;
        let catalog = &*once.catalog;
        let procedure = catalog.accepted(&intent.procedure, intent.form_version, now.date())?;
        if !procedure.is_online() {
            return Err(refused(RefusalReason::NotOnline));
        }
        let form = &procedure.form;
        let commune = catalog
            .commune(&intent.commune)
            .ok_or_else(|| refused(RefusalReason::UnknownCommune))?;
        let evaluation = form.evaluate(&intent.answers, now.date(), &catalog.atlas());
        if !evaluation.problems.is_empty() {
            return Err(Failure::Problem(Problem::Invalid {
                fields: evaluation.problems,
            }));
        }
        // The sum is computed here; what the phone says only tells whether the citizen saw it.
        let due = fee(
            &procedure.fee,
            &form.clean(&intent.answers),
            Channel::Online,
            Some(&commune.province_code),
            now.date(),
        );
        if due.total() != intent.fee_vnd {
            return Err(Failure::Problem(Problem::FormChanged {
                had: intent.form_version,
                now: form.version,
            }));
        }
        let answered = intent
            .answers
            .text(&form.commune_field)
            .and_then(read_place);
        if answered.as_ref() != Some(&intent.commune) {
            return Err(Failure::Problem(Problem::Malformed));
        }
        for field in intent.contested.keys() {
            let known = evaluation
                .fields()
                .any(|asked| asked.key == *field && !asked.prefill.is_empty());
            if !known {
                return Err(Failure::Problem(Problem::Malformed));
            }
        }
        let listed: BTreeSet<&FileEntry> = intent.files.iter().collect();
        let answered = file_answers(evaluation.fields(), &intent.answers);
        if listed.len() != intent.files.len() || listed != answered.iter().collect() {
            return Err(Failure::Problem(Problem::Malformed));
        }
        let mut papers = Vec::new();
        for file in &intent.files {
            papers.push(paper(tx, once.citizen, intent.id, file, procedure).await?);
        }
        Ok(Checked {
            intent,
            procedure,
            commune,
            papers,
            due,
        })
    }

    /// What the law gives the office, until the office itself names a date.
    fn due_at(&self, procedure: &Procedure, received: Instant) -> Option<Instant> {
        let limit = procedure.time_limit.limit?;
        match due(received, limit, &[], self.0.catalog.calendar()) {
            Ok(due) => Some(due.at()),
            Err(error) => {
                tracing::warn!(procedure = procedure.code, %error, "no date can be promised");
                None
            }
        }
    }

    async fn apply(
        &self,
        tx: &mut dyn Tx,
        key: &SealingKey,
        checked: Checked<'_>,
        now: Instant,
    ) -> Result<String, Failure> {
        let once = &self.0;
        let Backend { world, keys, .. } = &*once.backend;
        let random = &*world.random;
        let office = &checked.commune.office;
        let intent = &checked.intent;
        let id = random.uuid(now);
        let code = next_code(tx, &office.code, now).await?;
        let receipt = once.receipt(&Receipt {
            dossier: code.clone(),
            intent: intent.id,
            procedure: intent.procedure.clone(),
            intent_sha256: once.request.clone(),
            files: intent.files.clone(),
            received_at: now,
        })?;
        let profile = identity::profile(&once.backend, tx, once.citizen).await?;
        let delivery = ho_so(
            &once.catalog,
            checked.procedure,
            &profile,
            Envelope {
                code: &code,
                office: &office.name,
                status: Status::Registered,
                received_at: now,
                answers: &intent.answers,
                contested: &intent.contested,
                papers: checked.papers.clone(),
            },
        );
        let record = serde_json::to_vec(&Record {
            code: code.clone(),
            intent: intent.id,
            procedure: intent.procedure.clone(),
            commune: intent.commune.clone(),
            office_code: office.code.clone(),
            office: office.name.clone(),
            intent_jws: once.jws.clone(),
            files: intent.files.clone(),
        })?;
        tx.exec(
            "INSERT INTO dossier
                 (id, citizen, intent, code, province, status, received_at, sealed)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            &params![
                id,
                once.citizen,
                once.key,
                code_hash(keys, &code),
                &checked.commune.province_code,
                u32::from(Status::Registered.code()),
                now,
                key.seal(random, &record_cell(id.as_bytes()), &record)?,
            ],
        )
        .await?;
        let registered = StatusEntry {
            status: Status::Registered,
            at: now,
            agency: office.name.clone(),
            handler: None,
            note: None,
            due_at: self.due_at(checked.procedure, now),
            by_citizen: true,
        };
        add_history(tx, random, key, id, &registered).await?;
        add_change(tx, once.citizen, id, now).await?;
        once.remember(tx, key, &receipt, now).await?;
        let act = Act {
            actor: log::SELF,
            action: "dossier.created",
            dossier: Some(&code),
        };
        log::append(tx, random, key, once.citizen, now, act).await?;
        if let Some(vnd) = checked.due.total().filter(|vnd| !vnd.is_zero()) {
            let asked = payment::Asked {
                citizen: once.citizen,
                dossier: id,
                source: Vec::new(),
                vnd,
                lines: payment::lines(&checked.due),
                reason: None,
            };
            payment::ask(&once.backend, tx, random, key, asked, now).await?;
        }
        deliver::enqueue(tx, random, key, once.citizen, id, None, now, &delivery).await?;
        Ok(receipt)
    }
}

/// Reads what a device signed; anything else is malformed or not signed.
pub(super) fn readable_intent<T>(read: Result<T, IntentError>) -> Result<T, Failure> {
    read.map_err(|error| {
        Failure::Problem(match error {
            IntentError::Signature(_) => Problem::SignatureRefused,
            IntentError::Payload => Problem::Malformed,
        })
    })
}

/// A listed file, found whole, as a paper of the dossier. `intent` is what it was uploaded for.
pub(super) async fn paper(
    tx: &mut dyn Reader,
    citizen: CitizenId,
    intent: IntentId,
    file: &FileEntry,
    procedure: &Procedure,
) -> Result<TaiLieuNop, Failure> {
    let here = upload::find_filed(tx, citizen, intent.0, &file.field, &file.sha256)
        .await?
        .filter(|here| here.length == file.size)
        .ok_or(Problem::FileIncomplete)?;
    if here.media_type.as_ref() != Some(&file.media_type) {
        return Err(Failure::Problem(Problem::FileNotWhatItSays {
            expected: file.media_type.clone(),
        }));
    }
    let component = procedure
        .components
        .iter()
        .find(|component| component.field.as_deref() == file.field.split('#').next())
        .map(|component| component.code.clone())
        .unwrap_or_default();
    let ending = match file.media_type.as_str() {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        _ => "pdf",
    };
    Ok(TaiLieuNop {
        tep_dinh_kem_id: here.id,
        ten_tep_dinh_kem: format!("{}.{ending}", file.field),
        ma_thanh_phan_ho_so: component,
        duong_dan_tai_tep_tin: String::new(),
        is_deleted: "False".into(),
    })
}

/// The next code of this office today. The counter's row is locked until the commit, so codes have
/// no gaps.
async fn next_code(tx: &mut dyn Tx, office: &str, now: Instant) -> Result<DossierCode, Failure> {
    let number = tx
        .query_opt(
            "INSERT INTO dossier_counter (office, day, number) VALUES ($1, $2, 1)
             ON CONFLICT (office, day) DO UPDATE SET number = dossier_counter.number + 1
             RETURNING number",
            &params![office, now.date().to_string()],
        )
        .await?
        .ok_or_else(|| bug("counter"))?
        .get(0)?;
    DossierCode::new(office, now.date(), number).map_err(|_| bug("dossier-code"))
}

/// The files that the visible fields are answered with.
pub(super) fn file_answers<'f>(
    asked: impl Iterator<Item = &'f VisibleField<'f>>,
    answers: &Answers,
) -> BTreeSet<FileEntry> {
    asked
        .filter_map(|field| match answers.get(&field.key) {
            Some(Value::File(file)) => Some(FileEntry {
                field: field.key.clone(),
                sha256: file.sha256.clone(),
                size: file.size,
                media_type: file.media_type.clone(),
            }),
            _ => None,
        })
        .collect()
}

/// What a delivery says of a dossier besides who files it and what for.
pub(super) struct Envelope<'e> {
    pub code: &'e DossierCode,
    pub office: &'e str,
    pub status: Status,
    pub received_at: Instant,
    pub answers: &'e Answers,
    pub contested: &'e BTreeMap<String, String>,
    pub papers: Vec<TaiLieuNop>,
}

/// The dossier in the office's words. Addresses of files are filled in at delivery.
pub(super) fn ho_so(
    catalog: &Catalog,
    procedure: &Procedure,
    profile: &identity::Profile,
    envelope: Envelope<'_>,
) -> HoSo {
    let vi = |text: &gandan_domain::catalog::LocalText| text.text(&Lang::vi()).shown();
    HoSo {
        ma_ho_so: envelope.code.clone(),
        ma_tthc: procedure.code.clone(),
        ten_tthc: vi(&procedure.title),
        chu_ho_so: profile.full_name.clone(),
        loai_doi_tuong: "1".into(),
        ma_doi_tuong: profile.id_number.clone(),
        ngay_tiep_nhan: one_stop::print_time(envelope.received_at),
        trang_thai_ho_so: envelope.status.code().to_string(),
        don_vi_xu_ly: envelope.office.to_owned(),
        hinh_thuc: "0".into(),
        kenh: "2".into(),
        thong_tin_khac: answers_for_officers(
            catalog,
            &procedure.form,
            envelope.answers,
            envelope.contested,
        ),
        tai_lieu_nop: envelope.papers,
        danh_sach_le_phi: Vec::new(),
    }
}

fn answers_for_officers(
    catalog: &Catalog,
    form: &Form,
    answers: &Answers,
    contested: &BTreeMap<String, String>,
) -> BTreeMap<String, OtherInfo> {
    let clean = form.clean(answers);
    form.visible_pages(answers)
        .iter()
        .flat_map(|page| &page.groups)
        .flat_map(|group| group.fields.iter().map(move |field| (group, field)))
        .filter_map(|(group, asked)| {
            let field: &Field = &asked.keyed();
            let value = match clean.get(&field.id) {
                Some(answer) => readable(catalog, field, answer)?,
                None => format!("(không trả lời) {}", clean.text(&why_key(&field.id))?),
            };
            let contested = contested.get(&field.id);
            Some((
                field.id.clone(),
                OtherInfo {
                    label: match (&group.part, &group.group.repeat) {
                        (Part::Item(item), Some(repeat)) => format!(
                            "{} {}: {}",
                            repeat.item.text(&Lang::vi()).shown(),
                            item.at,
                            field.label.text(&Lang::vi()).shown()
                        ),
                        _ => field.label.text(&Lang::vi()).shown(),
                    },
                    value: Private::new(value),
                    source: contested.map(|_| population::SOURCE.to_owned()),
                    contested: contested.map(|known| {
                        let value = Value::Text(known.clone());
                        let read = readable(catalog, field, &value);
                        Private::new(read.unwrap_or_else(|| known.clone()))
                    }),
                },
            ))
        })
        .collect()
}

/// An answer as an officer reads it; files are papers and stand elsewhere.
fn readable(catalog: &Catalog, field: &Field, value: &Value) -> Option<String> {
    let option = |id: &String| match &field.kind {
        FieldKind::Choice { options } | FieldKind::MultiChoice { options } => {
            options.iter().find(|option| option.id == *id).map_or_else(
                || id.clone(),
                |option| option.label.text(&Lang::vi()).shown(),
            )
        }
        _ => id.clone(),
    };
    match value {
        Value::Text(text) if field.kind == FieldKind::YesNo => Some(
            match text.as_str() {
                "yes" => "Có",
                _ => "Không",
            }
            .into(),
        ),
        Value::File(_) => None,
        Value::Many(ids) => Some(ids.iter().map(option).collect::<Vec<_>>().join(", ")),
        Value::Text(text) => Some(match &field.kind {
            FieldKind::Date { .. } => text.parse().map_or_else(
                |_| text.clone(),
                |day: jiff::civil::Date| day.strftime("%d/%m/%Y").to_string(),
            ),
            FieldKind::Commune => place(catalog, text).unwrap_or_else(|| text.clone()),
            _ => option(text),
        }),
    }
}

/// A place as an officer reads it: the name of today, the old one that was named, and whether the
/// citizen did not know which part of it, so that the dossier may have to be passed on.
fn place(catalog: &Catalog, text: &str) -> Option<String> {
    let answer: PlaceAnswer = text.parse().ok()?;
    let vi = Messages::new(&Lang::vi());
    let place = catalog.atlas().text(&answer, &vi)?;
    Some(if answer.unsure {
        vi.text("place-officer-unsure", &[("place", place.into())])
            .shown()
    } else {
        place.shown()
    })
}

pub(super) fn refused(reason: RefusalReason) -> Failure {
    Failure::Problem(Problem::Refused { reason })
}
