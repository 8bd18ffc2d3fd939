//! What the state already knows, beside what the person says.
//!
//! A known value is copied into a question that nobody has answered, with edit number 0, and the
//! copy is noted under `<field>~filled`, so that it can still be told from typing when another
//! answer changes whose value belongs there. An answer that somebody gave is never overwritten:
//! where it differs, both are shown, and the person takes the state's value or keeps their own.
//! Keeping is noted under `<field>~contested` with the state's value as it was seen; both go into
//! the intent, and the officer sees both.
//!
//! What was rejected: showing the known value without storing it. The citizen would sign what
//! nobody wrote down, and a fresh answer of the register could change it under their eyes.

use std::collections::BTreeMap;

use gandan_domain::{
    dossier::IntentId,
    form::{Answers, Field, FieldKind, Value},
    wire::PrefillValue,
};

use super::{Filling, Stepped};
use crate::journey::{DraftFacts, Effect, Facts, Step};

/// A question to be filled by the core.
pub struct Due {
    pub field: String,
    value: String,
    edit: u64,
    note_edit: u64,
    /// The state knows it; otherwise a copy that no longer belongs there is taken back.
    pub is_known: bool,
}

impl Due {
    /// The answer and the note of where it comes from.
    pub fn effects(self, draft: IntentId) -> [Effect; 2] {
        let answer = |field: String, edit: u64| Effect::Answer {
            draft,
            field,
            value: Value::Text(self.value.clone()),
            edit,
        };
        [
            answer(filled_note(&self.field), self.note_edit),
            answer(self.field.clone(), self.edit),
        ]
    }
}

fn filled_note(field: &str) -> String {
    format!("{field}~filled")
}

fn contested_note(field: &str) -> String {
    format!("{field}~contested")
}

/// What the state knows about a field, given the answers so far.
pub fn known<'d>(draft: &'d DraftFacts<'_>, field: &Field) -> Option<&'d PrefillValue> {
    // A supplement answers an officer, not a register.
    if draft.supplement.is_some() {
        return None;
    }
    let key = field.prefill_by(&draft.clean)?;
    draft.prefill.values.get(key)
}

/// The questions that can be filled now.
pub fn due(draft: &DraftFacts<'_>) -> Vec<Due> {
    if draft.supplement.is_some() {
        return Vec::new();
    }
    let fields = draft.evaluation.fields();
    fields
        .filter(|field| !field.prefill.is_empty())
        .filter_map(|field| {
            let state = known(draft, field).map(|known| known.value.expose().as_str());
            let note = filled_note(&field.id);
            let filled = draft.answers.text(&note);
            let value = match (draft.answers.text(&field.id), state) {
                // Nobody has answered, and it is known.
                (None, Some(state)) => state,
                // Still exactly what was filled in, but another value belongs there now, or none.
                (Some(answer), state) if filled == Some(answer) && state != Some(answer) => {
                    state.unwrap_or_default()
                }
                _ => return None,
            };
            // A taken-back copy is an empty answer; taking it back again changes nothing.
            if draft.answers.text(&field.id) == Some(value) {
                return None;
            }
            let next = |id: &str| match draft.answers.get(id) {
                Some(_) => draft.edit(id) + 1,
                None => 0,
            };
            Some(Due {
                field: field.id.clone(),
                value: value.to_owned(),
                edit: next(&field.id),
                note_edit: next(&note),
                is_known: state.is_some(),
            })
        })
        .collect()
}

/// How an answer stands to what the state knows.
pub enum Standing<'d> {
    /// The state knows nothing here.
    Unknown,
    Same(&'d PrefillValue),
    /// They differ and the person has not said which holds.
    Differs(&'d PrefillValue),
    /// The person says that the state's value is wrong.
    Contested(&'d PrefillValue),
}

/// Registers write names in capitals; a name is the same however it is written.
fn is_same(field: &Field, answer: &str, state: &str) -> bool {
    match field.kind {
        FieldKind::PersonName => answer.trim().to_lowercase() == state.trim().to_lowercase(),
        _ => answer.trim() == state.trim(),
    }
}

pub fn standing<'d>(draft: &'d DraftFacts<'_>, field: &Field) -> Standing<'d> {
    let Some(known) = known(draft, field) else {
        return Standing::Unknown;
    };
    let state = known.value.expose().as_str();
    let contested = draft.answers.text(&contested_note(&field.id)) == Some(state);
    match draft.answers.text(&field.id).map(str::trim) {
        _ if contested => Standing::Contested(known),
        Some(answer) if is_same(field, answer, state) => Standing::Same(known),
        Some(_) => Standing::Differs(known),
        // It is about to be filled.
        None => Standing::Unknown,
    }
}

/// "Use the state's value".
pub fn use_state(state: Filling, draft: &DraftFacts<'_>, field: &str) -> Stepped {
    let known = draft
        .procedure
        .form
        .field(field)
        .and_then(|field| known(draft, field));
    let Some(known) = known else {
        return Step::ignored(state);
    };
    let note = contested_note(field);
    let uncontest = draft.answers.get(&note).is_some().then(|| Effect::Answer {
        draft: draft.id,
        value: Value::Text(String::new()),
        edit: draft.edit(&note) + 1,
        field: note.clone(),
    });
    Step::to(state)
        .with(Effect::Answer {
            draft: draft.id,
            field: field.to_owned(),
            value: Value::Text(known.value.expose().clone()),
            edit: draft.edit(field) + 1,
        })
        .and(uncontest)
        .with(Effect::Focus(field.to_owned()))
}

/// "This is wrong", and "keep mine": both values are kept, and the officer will see both.
pub fn contest(state: Filling, draft: &DraftFacts<'_>, facts: &Facts<'_>, field: &str) -> Stepped {
    let known = draft
        .procedure
        .form
        .field(field)
        .and_then(|field| known(draft, field));
    let Some(known) = known else {
        return Step::ignored(state);
    };
    let note = contested_note(field);
    let edit = match draft.answers.get(&note) {
        Some(_) => draft.edit(&note) + 1,
        None => 1,
    };
    Step::to(state)
        .with(Effect::Answer {
            draft: draft.id,
            field: note,
            value: Value::Text(known.value.expose().clone()),
            edit,
        })
        .with(Effect::Focus(field.to_owned()))
        .with(Effect::Announce(facts.say.plain("form-contested-noted")))
}

/// What the intent says about values the citizen does not agree with: every visible answer that
/// differs from what the state knows or was called wrong, with the state's value.
pub fn contested(draft: &DraftFacts<'_>, clean: &Answers) -> BTreeMap<String, String> {
    let form = &draft.procedure.form;
    form.fields()
        .filter_map(|(_, _, field)| {
            clean.text(&field.id)?;
            match standing(draft, field) {
                Standing::Differs(known) | Standing::Contested(known) => {
                    Some((field.id.clone(), known.value.expose().clone()))
                }
                Standing::Same(_) | Standing::Unknown => None,
            }
        })
        .collect()
}
