//! From what a shell sends to what is stored as an answer.

use gandan_domain::{
    Private,
    form::{Field, FieldKind, Value},
    place::PlaceAnswer,
};

use super::{Filling, Stepped, answered, file::inspect, place};
use crate::journey::{DraftFacts, Effect, Facts, Step};

/// The longest text a shell may send for one field, in Unicode scalar values: form limits are far
/// below, and what is above is no typing.
const LONGEST: usize = 10_000;

fn asked<'d>(draft: &'d DraftFacts<'_>, page: &str, key: &str) -> Option<&'d Field> {
    if !draft.is_open(key) {
        return None;
    }
    draft
        .evaluation
        .page(page)?
        .fields()
        .find(|field| field.key == key && field.compute.is_none())
        .map(|asked| asked.field)
}

pub fn edit(
    mut state: Filling,
    draft: &DraftFacts<'_>,
    facts: &Facts<'_>,
    page: &str,
    key: &str,
    value: &str,
    edit: u64,
) -> Stepped {
    let value: String = value.chars().take(LONGEST).collect();
    if let Some(of) = key.strip_suffix("~find") {
        let Some(field) = asked(draft, page, of) else {
            return Step::ignored(state);
        };
        let newest = state.finding.get(of).map_or(0, |(_, edit)| *edit);
        if edit <= newest || field.kind != FieldKind::Commune {
            return Step::ignored(state);
        }
        let before = state.finding.get(of).map(|(typed, _)| typed.as_str());
        let heard = place::heard(before, &value, facts);
        state.finding.insert(of.to_owned(), (value, edit));
        return Step::to(state).and(heard.map(Effect::Announce));
    }
    if let Some(of) = key.strip_suffix("~why") {
        return match asked(draft, page, of) {
            Some(field) if field.or_why_not => {
                answered(state, draft, page, key, Value::Text(value), edit)
            }
            _ => Step::ignored(state),
        };
    }
    let Some(field) = asked(draft, page, key) else {
        return Step::ignored(state);
    };
    match &field.kind {
        FieldKind::Text { .. }
        | FieldKind::PersonName
        | FieldKind::Date { .. }
        | FieldKind::Number { .. }
        | FieldKind::Money { .. }
        | FieldKind::IdNumber
        | FieldKind::Phone => answered(state, draft, page, key, Value::Text(value), edit),
        FieldKind::Choice { .. }
        | FieldKind::YesNo
        | FieldKind::Commune
        | FieldKind::MultiChoice { .. } => choose(state, draft, facts, page, key, &[value], edit),
        FieldKind::File { .. } => Step::ignored(state),
    }
}

pub fn choose(
    state: Filling,
    draft: &DraftFacts<'_>,
    facts: &Facts<'_>,
    page: &str,
    key: &str,
    options: &[String],
    edit: u64,
) -> Stepped {
    let Some(field) = asked(draft, page, key) else {
        return Step::ignored(state);
    };
    let value = match (&field.kind, options) {
        (FieldKind::Choice { options: known }, [one])
            if known.iter().any(|option| option.id == *one) =>
        {
            Value::Text(one.clone())
        }
        (FieldKind::Commune, [one]) if is_commune(facts, one) => Value::Text(one.clone()),
        (FieldKind::YesNo, [one]) if matches!(one.as_str(), "yes" | "no") => {
            Value::Text(one.clone())
        }
        (FieldKind::Choice { .. } | FieldKind::YesNo | FieldKind::Commune, []) => {
            Value::Text(String::new())
        }
        (FieldKind::MultiChoice { options: known }, chosen) => Value::Many(
            known
                .iter()
                .filter(|option| chosen.contains(&option.id))
                .map(|option| option.id.clone())
                .collect(),
        ),
        _ => return Step::ignored(state),
    };
    answered(state, draft, page, key, value, edit)
}

fn is_commune(facts: &Facts<'_>, text: &str) -> bool {
    use gandan_domain::form::Places;

    let Ok(answer) = text.parse::<PlaceAnswer>() else {
        return false;
    };
    let atlas = facts.content.atlas();
    let named = answer
        .named
        .as_ref()
        .is_none_or(|named| atlas.table.is_some_and(|table| table.find(named).is_some()));
    named && atlas.has_commune(&answer.unit)
}

pub fn file(
    state: Filling,
    draft: &DraftFacts<'_>,
    page: &str,
    key: &str,
    bytes: &Private<Vec<u8>>,
) -> Stepped {
    let Some(FieldKind::File {
        max_bytes,
        media_types,
    }) = asked(draft, page, key).map(|field| &field.kind)
    else {
        return Step::ignored(state);
    };
    let focus = Effect::Focus(key.to_owned());
    match inspect(bytes.expose(), *max_bytes, media_types) {
        Ok(media_type) => Step::to(state)
            .with(Effect::Attach {
                draft: draft.id,
                field: key.to_owned(),
                bytes: bytes.clone(),
                media_type,
            })
            .with(Effect::At {
                draft: draft.id,
                page: page.to_owned(),
                field: Some(key.to_owned()),
            })
            .with(focus),
        Err(problem) => Step::to(state).with(Effect::Tell(problem)),
    }
}
