//! From a reviewed draft to a signed intent.

use gandan_domain::{
    Problem,
    dossier::{
        FileEntry, Intent, Supplement,
        intent::INTENT_TYP,
        supplement::{SUPPLEMENT_TYP, Supplemented},
    },
    form::{Answers, Value, evaluate::read_place},
};
use gandan_foundation::ports::{Signer, SignerError};

use super::prefill;
use crate::journey::{DraftFacts, Facts};

/// What goes on its way: the act as it was signed, and the files it lists.
pub struct Signed {
    pub jws: String,
    pub files: Vec<FileEntry>,
}

/// Signs what the review showed: the answers of visible questions, the files behind them, the fee,
/// and every value of the state that the citizen does not agree with. `files` are those attached
/// to the draft, `subject` is who is signed in.
pub fn sign(
    draft: &DraftFacts<'_>,
    facts: &Facts<'_>,
    files: Vec<FileEntry>,
    subject: String,
    signer: &dyn Signer,
) -> Result<Signed, Problem> {
    if let Some(done) = facts.supplemented(draft) {
        return supplement(draft, &done, facts, files, subject, signer);
    }
    let form = &draft.procedure.form;
    // What is signed is evaluated whole, with nothing kept from before.
    let (today, atlas) = (facts.now.date(), facts.content.atlas());
    let problems = form.problems(&draft.answers, today, &atlas);
    if !problems.is_empty() {
        return Err(Problem::Invalid { fields: problems });
    }
    let answers = form.clean(&draft.answers);
    let commune = answers
        .text(&form.commune_field)
        .and_then(read_place)
        .ok_or(Problem::Malformed)?;
    let files: Vec<FileEntry> = files
        .into_iter()
        .filter(|file| answers.get(&file.field).is_some())
        .collect();
    let intent = Intent {
        id: draft.id,
        subject,
        procedure: draft.procedure.code.clone(),
        form_version: form.version,
        commune,
        fee_vnd: facts.fee(draft).total(),
        contested: prefill::contested(draft, &answers),
        answers,
        files: files.clone(),
        intent_at: facts.now,
    };
    let payload = serde_json::to_vec(&intent).map_err(|_| Problem::Bug {
        id: "intent".into(),
    })?;
    Ok(Signed {
        jws: seal_act(signer, INTENT_TYP, &payload)?,
        files,
    })
}

/// Signs what may change, as it shall be, and the new files.
fn supplement(
    draft: &DraftFacts<'_>,
    done: &Supplemented<'_>,
    facts: &Facts<'_>,
    files: Vec<FileEntry>,
    subject: String,
    signer: &dyn Signer,
) -> Result<Signed, Problem> {
    let of = draft.supplement.as_ref().ok_or(Problem::NotFound)?;
    if !done.problems.is_empty() {
        return Err(Problem::Invalid {
            fields: done.problems.clone(),
        });
    }
    let form = &draft.procedure.form;
    let clean = form.clean(&done.answers);
    let mut answers = Answers::default();
    for field in done.evaluation.fields() {
        if !done.open.contains(&field.id) {
            continue;
        }
        match clean.get(&field.id) {
            Some(value) => answers.set(&field.id, value.clone()),
            // Emptied on purpose: without a word the filed answer would stay.
            None if done.answers.get(&field.id).is_some() => {
                answers.set(&field.id, Value::Text(String::new()));
            }
            None => {}
        }
    }
    for key in &done.open {
        if let (None, Some(why)) = (form.field(key), clean.get(key)) {
            answers.set(key, why.clone());
        }
    }
    let files: Vec<FileEntry> = files
        .into_iter()
        .filter(|file| {
            let is = |value: Option<&Value>| matches!(value, Some(Value::File(answer)) if answer.sha256 == file.sha256);
            is(answers.get(&file.field)) && !is(draft.filed(&file.field))
        })
        .collect();
    let supplement = Supplement {
        id: draft.id,
        subject,
        dossier: of.dossier.clone(),
        intent: of.intent,
        request: of.request.number,
        form_version: form.version,
        answers,
        files: files.clone(),
        intent_at: facts.now,
    };
    let payload = serde_json::to_vec(&supplement).map_err(|_| Problem::Bug {
        id: "supplement".into(),
    })?;
    Ok(Signed {
        jws: seal_act(signer, SUPPLEMENT_TYP, &payload)?,
        files,
    })
}

/// Signs an act of the citizen with the keystore's key.
pub fn seal_act(signer: &dyn Signer, typ: &str, payload: &[u8]) -> Result<String, Problem> {
    signer.jws(typ, payload).map_err(|error| match error {
        SignerError::Locked => Problem::Unavailable { retry_after_s: 5 },
        SignerError::Failed => Problem::Bug {
            id: "keystore".into(),
        },
    })
}
