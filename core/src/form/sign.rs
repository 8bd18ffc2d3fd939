//! From a reviewed draft to a signed intent.

use gandan_domain::{
    Problem,
    dossier::{FileEntry, Intent, intent::INTENT_TYP},
    form::evaluate::read_place,
};
use gandan_foundation::ports::{Signer, SignerError};

use super::prefill;
use crate::journey::{DraftFacts, Facts};

/// What goes on its way: the intent as it was signed, and the files it lists.
pub struct Signed {
    pub intent_jws: String,
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
    let form = &draft.procedure.form;
    let problems = facts.evaluate(draft).problems;
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
    let intent_jws = signer
        .jws(INTENT_TYP, &payload)
        .map_err(|error| match error {
            SignerError::Locked => Problem::Unavailable { retry_after_s: 5 },
            SignerError::Failed => Problem::Bug {
                id: "keystore".into(),
            },
        })?;
    Ok(Signed { intent_jws, files })
}
