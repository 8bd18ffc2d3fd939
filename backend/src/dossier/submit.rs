//! An intent becomes a dossier: one transaction that does four things or none.
//!
//! It applies the submit (dossier, history, change), remembers the idempotency key with its answer,
//! appends to the citizen's log, and puts the delivery into the outbox. A repeated submit finds its
//! answer before anything else is looked at, so that it gets the same receipt after the form has
//! changed or the device has gone. A refused submit leaves nothing behind: the citizen edits and
//! sends again under the same key. See `docs/adr/0007-dossier-transaction-outbox-receipts.md`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use gandan_domain::{
    Private, Problem,
    catalog::Procedure,
    dossier::{
        DossierCode, FileEntry, Intent, Receipt, Status, intent::IntentError, receipt::RECEIPT_TYP,
    },
    form::{Answers, Field, FieldKind, Form, Value, evaluate::read_place},
    jws::{Unverified, sha256_hex},
    payment::{Channel, fee},
    place::Commune,
    problem::RefusalReason,
    text::Lang,
    time::Instant,
    wire::StatusEntry,
};
use gandan_foundation::sealing::{Cell, SealingKey};
use uuid::Uuid;

use super::{
    Record, add_change, add_history, code_hash, deliver,
    one_stop::{self, HoSo, OtherInfo, TaiLieuNop},
    record_cell,
};
use crate::{
    app::{Backend, Shared},
    catalog::Catalog,
    file::upload,
    identity::{self, CitizenId},
    log::{self, Act},
    params,
    prefill::population,
    storage::{Failure, Tx},
};

/// Files an intent. Gives the receipt's JWS: the same one however often the same is sent.
pub async fn submit(
    backend: &Shared,
    citizen: CitizenId,
    key: Uuid,
    intent_jws: String,
) -> Result<String, Problem> {
    let filing = Arc::new(Filing {
        backend: Arc::clone(backend),
        citizen,
        key,
        request: sha256_hex(intent_jws.as_bytes()),
        intent_jws,
    });
    let receipt = backend
        .storage
        .write(move |tx| {
            let filing = Arc::clone(&filing);
            Box::pin(async move { filing.run(tx).await })
        })
        .await?;
    backend.wake_workers();
    Ok(receipt)
}

struct Filing {
    backend: Shared,
    citizen: CitizenId,
    key: Uuid,
    intent_jws: String,
    /// SHA-256 of the intent's JWS.
    request: String,
}

/// An intent that has passed every check, with what the checks found.
struct Checked<'c> {
    intent: Intent,
    procedure: &'c Procedure,
    commune: &'c Commune,
    papers: Vec<TaiLieuNop>,
}

impl Filing {
    async fn run(&self, tx: &mut dyn Tx) -> Result<String, Failure> {
        let key = self.backend.keys.citizen_key(tx, self.citizen).await?;
        if let Some(receipt) = self.earlier_answer(tx, &key).await? {
            return Ok(receipt);
        }
        let now = self.backend.world.clock.now();
        let checked = self.check(tx, now).await?;
        self.apply(tx, &key, checked, now).await
    }

    async fn earlier_answer(
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

    async fn check(&self, tx: &mut dyn Tx, now: Instant) -> Result<Checked<'_>, Failure> {
        let intent = self.signed_intent(tx).await?;
        let catalog = &self.backend.catalog;
        let procedure = catalog
            .pack()
            .procedure(&intent.procedure)
            .ok_or_else(|| refused(RefusalReason::UnknownProcedure))?;
        let form = &procedure.form;
        let changed = || {
            Failure::Problem(Problem::FormChanged {
                had: intent.form_version,
                now: form.version,
            })
        };
        if form.version != intent.form_version {
            return Err(changed());
        }
        let commune = catalog
            .commune(&intent.commune)
            .ok_or_else(|| refused(RefusalReason::UnknownCommune))?;
        let evaluation = form.evaluate(&intent.answers, now.date(), catalog.pack());
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
            return Err(changed());
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
                .any(|asked| asked.id == *field && !asked.prefill.is_empty());
            if !known {
                return Err(Failure::Problem(Problem::Malformed));
            }
        }
        let listed: BTreeSet<&FileEntry> = intent.files.iter().collect();
        let answered = file_answers(evaluation.fields(), &intent.answers);
        if listed.len() != intent.files.len() || listed != answered.iter().collect() {
            return Err(Failure::Problem(Problem::Malformed));
        }
        let papers = self.papers(tx, &intent, procedure).await?;
        Ok(Checked {
            intent,
            procedure,
            commune,
            papers,
        })
    }

    /// The intent, signed by a device of this citizen.
    async fn signed_intent(&self, tx: &mut dyn Tx) -> Result<Intent, Failure> {
        let refused = || Failure::Problem(Problem::SignatureRefused);
        let kid = Unverified::parse(&self.intent_jws)
            .map_err(|_| refused())?
            .header
            .kid
            .ok_or_else(refused)?;
        let device = identity::device_key(tx, self.citizen, &kid)
            .await?
            .ok_or_else(refused)?;
        let intent = Intent::verify(&self.intent_jws, &device).map_err(|error| match error {
            IntentError::Signature(_) => refused(),
            IntentError::Payload => Failure::Problem(Problem::Malformed),
        })?;
        if intent.id.0 != self.key {
            return Err(Failure::Problem(Problem::Malformed));
        }
        // Two people may share the phone, and its key is registered for both.
        if intent.subject != self.citizen.0.to_string() {
            return Err(Failure::Problem(Problem::Refused {
                reason: RefusalReason::NotAllowed,
            }));
        }
        Ok(intent)
    }

    /// Every listed file, found whole, as a paper of the dossier.
    async fn papers(
        &self,
        tx: &mut dyn Tx,
        intent: &Intent,
        procedure: &Procedure,
    ) -> Result<Vec<TaiLieuNop>, Failure> {
        let mut papers = Vec::new();
        for file in &intent.files {
            let here = upload::find_filed(tx, self.citizen, intent.id.0, &file.field, &file.sha256)
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
                .find(|component| component.field.as_ref() == Some(&file.field))
                .map(|component| component.code.clone())
                .unwrap_or_default();
            let ending = match file.media_type.as_str() {
                "image/jpeg" => "jpg",
                "image/png" => "png",
                _ => "pdf",
            };
            papers.push(TaiLieuNop {
                tep_dinh_kem_id: here.id,
                ten_tep_dinh_kem: format!("{}.{ending}", file.field),
                ma_thanh_phan_ho_so: component,
                duong_dan_tai_tep_tin: String::new(),
                is_deleted: "False".into(),
            });
        }
        Ok(papers)
    }

    async fn apply(
        &self,
        tx: &mut dyn Tx,
        key: &SealingKey,
        checked: Checked<'_>,
        now: Instant,
    ) -> Result<String, Failure> {
        let Backend { world, keys, .. } = &*self.backend;
        let random = &*world.random;
        let office = &checked.commune.office;
        let intent = &checked.intent;
        let id = random.uuid(now);
        let code = next_code(tx, &office.code, now).await?;
        let receipt = serde_json::to_vec(&Receipt {
            dossier: code.clone(),
            intent: intent.id,
            procedure: intent.procedure.clone(),
            intent_sha256: self.request.clone(),
            files: intent.files.clone(),
            received_at: now,
        })?;
        let receipt = keys
            .receipt
            .jws(RECEIPT_TYP, &receipt)
            .map_err(|_| bug("receipt-key"))?;
        let profile = identity::profile(&self.backend, tx, self.citizen).await?;
        let delivery = ho_so(&self.backend.catalog, &checked, &code, &profile, now);
        let record = serde_json::to_vec(&Record {
            code: code.clone(),
            intent: intent.id,
            procedure: intent.procedure.clone(),
            commune: intent.commune.clone(),
            office_code: office.code.clone(),
            office: office.name.clone(),
            intent_jws: self.intent_jws.clone(),
            files: intent.files.clone(),
        })?;
        tx.exec(
            "INSERT INTO dossier
                 (id, citizen, intent, code, province, status, received_at, sealed)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            &params![
                id,
                self.citizen,
                self.key,
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
            due_at: None,
            by_citizen: true,
        };
        add_history(tx, random, key, id, &registered).await?;
        add_change(tx, self.citizen, id, now).await?;
        tx.exec(
            "INSERT INTO idempotency (citizen, key, request, sealed, at)
             VALUES ($1, $2, $3, $4, $5)",
            &params![
                self.citizen,
                self.key,
                &self.request,
                key.seal(random, &self.answer_cell(), receipt.as_bytes())?,
                now,
            ],
        )
        .await?;
        let act = Act {
            actor: log::SELF,
            action: "dossier.created",
            dossier: Some(&code),
        };
        log::append(tx, random, key, self.citizen, now, act).await?;
        deliver::enqueue(tx, random, key, self.citizen, id, now, &delivery).await?;
        Ok(receipt)
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
fn file_answers<'f>(
    asked: impl Iterator<Item = &'f Field>,
    answers: &Answers,
) -> BTreeSet<FileEntry> {
    asked
        .filter_map(|field| match answers.get(&field.id) {
            Some(Value::File(file)) => Some(FileEntry {
                field: field.id.clone(),
                sha256: file.sha256.clone(),
                size: file.size,
                media_type: file.media_type.clone(),
            }),
            _ => None,
        })
        .collect()
}

/// The dossier in the office's words. Addresses of files are filled in at delivery.
fn ho_so(
    catalog: &Catalog,
    checked: &Checked<'_>,
    code: &DossierCode,
    profile: &identity::Profile,
    now: Instant,
) -> HoSo {
    let vi = |text: &gandan_domain::catalog::LocalText| text.text(&Lang::vi()).shown();
    HoSo {
        ma_ho_so: code.clone(),
        ma_tthc: checked.procedure.code.clone(),
        ten_tthc: vi(&checked.procedure.title),
        chu_ho_so: profile.full_name.clone(),
        loai_doi_tuong: "1".into(),
        ma_doi_tuong: profile.id_number.clone(),
        ngay_tiep_nhan: one_stop::print_time(now),
        trang_thai_ho_so: Status::Registered.code().to_string(),
        don_vi_xu_ly: checked.commune.office.name.clone(),
        hinh_thuc: "0".into(),
        kenh: "2".into(),
        thong_tin_khac: answers_for_officers(catalog, &checked.procedure.form, &checked.intent),
        tai_lieu_nop: checked.papers.clone(),
    }
}

fn answers_for_officers(
    catalog: &Catalog,
    form: &Form,
    intent: &Intent,
) -> BTreeMap<String, OtherInfo> {
    let clean = form.clean(&intent.answers);
    form.fields()
        .filter_map(|(_, _, field)| {
            let value = readable(catalog, field, clean.get(&field.id)?)?;
            let contested = intent.contested.get(&field.id);
            Some((
                field.id.clone(),
                OtherInfo {
                    label: field.label.text(&Lang::vi()).shown(),
                    value: Private::new(value),
                    source: contested.map(|_| population::SOURCE.to_owned()),
                    contested: contested.cloned().map(Private::new),
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
        Value::File(_) => None,
        Value::Many(ids) => Some(ids.iter().map(option).collect::<Vec<_>>().join(", ")),
        Value::Text(text) => Some(match &field.kind {
            FieldKind::Date { .. } => text.parse().map_or_else(
                |_| text.clone(),
                |day: jiff::civil::Date| day.strftime("%d/%m/%Y").to_string(),
            ),
            FieldKind::Commune => read_place(text)
                .and_then(|key| catalog.commune(&key))
                .map_or_else(
                    || text.clone(),
                    |commune| format!("{}, {}", commune.full_name, commune.province_name),
                ),
            _ => option(text),
        }),
    }
}

fn refused(reason: RefusalReason) -> Failure {
    Failure::Problem(Problem::Refused { reason })
}

fn bug(id: &str) -> Failure {
    tracing::error!(id, "filing a dossier failed inside");
    Failure::Problem(Problem::Bug { id: id.into() })
}
