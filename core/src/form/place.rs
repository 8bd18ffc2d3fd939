//! A question for a place: what a person types, and the one question that it may need.
//!
//! A text field takes any name, old or new, or a code; under it stands a choice with what it
//! means: one place, the parts of a place that was divided (with "I don't know"), the places of
//! one name, or near misses. Choosing is the answer, so that nothing is taken for what was only
//! typed, and both names are read before. Where this app serves a few communes, they are listed
//! before anything is typed. What was rejected: choosing by itself when only one place fits, which
//! a person who cannot see the screen would not notice.

use gandan_domain::{
    catalog::search::fold,
    form::Field,
    place::{Ask, Commune, Meant, Outcome, PlaceAnswer, PlaceTable, UnitId, table::Level},
    text::{Lang, Text, messages::Messages},
};

use crate::{
    journey::{Facts, Page},
    screen::{BlockKind, ChoiceItem, Input, TextField, Tone},
};

/// More communes than this are found by typing instead of being read out.
const LISTED: usize = 20;

pub struct Found {
    pub items: Vec<ChoiceItem>,
    /// What is asked, where it is more than the field's own label.
    pub question: Option<Text>,
}

/// Puts the text field on the page, and gives what can be chosen.
pub fn question(
    page: &mut Page<'_>,
    facts: &Facts<'_>,
    field: &Field,
    typed: Option<&(String, u64)>,
    chosen: &str,
) -> Found {
    let say = facts.say;
    let (query, edit) = typed.map_or(("", 0), |(query, edit)| (query.as_str(), *edit));
    let served = &facts.content.pack.communes;
    let table = facts.content.places();
    if served.len() > LISTED || table.is_some() {
        page.push(
            format!("{}~find", field.id),
            BlockKind::TextField(TextField {
                label: say.plain("form-commune-find"),
                value: query.to_owned().into(),
                lang: Lang::vi(),
                hint: Some(say.plain("form-commune-find-hint")),
                source: None,
                error: None,
                required: false,
                read_only: false,
                edit,
                input: Input::Search,
            }),
        );
    }
    let mut found = look_up(query, facts);
    if let (Some(said), true) = (&found.missing, found.answers.is_empty()) {
        page.notice(format!("{}~missing", field.id), Tone::Info, said.clone());
    }
    if !chosen.is_empty() && !found.answers.iter().any(|(id, _)| id == chosen) {
        let label = answer(chosen, facts).unwrap_or_else(|| Text::vi(chosen));
        found.answers.push((chosen.to_owned(), label));
    }
    let old = chosen
        .parse::<PlaceAnswer>()
        .is_ok_and(|answer| answer.named.is_some());
    if old {
        let valid = say.plain("place-paper-valid");
        page.notice(format!("{}~papers", field.id), Tone::Info, valid);
    }
    let items = found
        .answers
        .into_iter()
        .map(|(id, label)| ChoiceItem {
            chosen: id == chosen,
            id,
            label,
        })
        .collect();
    Found {
        items,
        question: found.question,
    }
}

/// What is announced when what was typed comes to mean something else.
pub fn heard(before: Option<&str>, typed: &str, facts: &Facts<'_>) -> Option<Text> {
    if typed.trim().is_empty() || facts.content.places().is_none() {
        return None;
    }
    let found = look_up(typed, facts);
    let ids = |found: &LookedUp| -> Vec<String> {
        found.answers.iter().map(|(id, _)| id.clone()).collect()
    };
    if before.is_some_and(|before| ids(&look_up(before, facts)) == ids(&found)) {
        return None;
    }
    let say = facts.say;
    match found.answers.as_slice() {
        [] => None,
        [(_, label)] => Some(say.text("place-found-one", &[("place", label.clone().into())])),
        many => {
            let count = i64::try_from(many.len()).unwrap_or(i64::MAX);
            Some(say.text("place-found-many", &[("count", count.into())]))
        }
    }
}

/// A place as people read and hear it: its name today, and the old one.
pub fn answer(text: &str, facts: &Facts<'_>) -> Option<Text> {
    let answer: PlaceAnswer = text.parse().ok()?;
    let place = facts
        .content
        .atlas()
        .text(&answer, &Messages::new(facts.say.lang()))?;
    if !answer.unsure {
        return Some(place);
    }
    Some(
        facts
            .say
            .text("place-unknown-forwards", &[("place", place.into())]),
    )
}

#[derive(Default)]
struct LookedUp {
    /// The answer as it is stored, and what is shown for it.
    answers: Vec<(String, Text)>,
    question: Option<Text>,
    missing: Option<Text>,
}

fn look_up(query: &str, facts: &Facts<'_>) -> LookedUp {
    let served = &facts.content.pack.communes;
    if query.trim().is_empty() {
        let few = if served.len() > LISTED {
            &[][..]
        } else {
            served
        };
        return listed(few.iter());
    }
    match facts.content.places() {
        Some(table) => in_table(query, table, facts),
        None => {
            let asked = fold(query.trim());
            let fits = |commune: &&Commune| {
                std::iter::once(&commune.full_name)
                    .chain(std::iter::once(&commune.province_name))
                    .chain(&commune.formerly)
                    .any(|name| fold(name).contains(&asked))
            };
            listed(served.iter().filter(fits).take(LISTED))
        }
    }
}

fn listed<'c>(communes: impl Iterator<Item = &'c Commune>) -> LookedUp {
    let answers = communes
        .map(|commune| {
            let name = format!("{}, {}", commune.full_name, commune.province_name);
            (commune.key.to_string(), Text::vi(name))
        })
        .collect();
    LookedUp {
        answers,
        ..LookedUp::default()
    }
}

fn in_table(query: &str, table: &PlaceTable, facts: &Facts<'_>) -> LookedUp {
    let say = facts.say;
    let answer = table.resolve(query, facts.now.date());
    let mut found = LookedUp::default();
    let mut offer = |meant: Meant, unsure: bool| {
        if let Some(stored) = stored(table, meant, unsure)
            && !found.answers.iter().any(|(id, _)| *id == stored)
        {
            let label = self::answer(&stored, facts).unwrap_or_default();
            found.answers.push((stored, label));
        }
    };
    match &answer.outcome {
        Outcome::One(meant) => offer(*meant, false),
        Outcome::Question { choices, .. } => {
            choices.iter().for_each(|meant| offer(*meant, false));
            if let Some(unknown) = answer.unknown() {
                offer(unknown, true);
            }
        }
        Outcome::NotFound { near } => {
            let of = |named: &UnitId| -> Vec<Meant> {
                let named = *named;
                let today = table.today(named).into_iter();
                today.map(|unit| Meant { unit, named }).collect()
            };
            near.iter()
                .flat_map(of)
                .take(LISTED)
                .for_each(|meant| offer(meant, false));
        }
    }
    found.question = match (&answer.outcome, found.answers.is_empty()) {
        (Outcome::Question { ask, choices }, false) => Some(match ask {
            Ask::SameName => say.plain("place-ask-same-name"),
            Ask::Split => {
                let named = choices.first().map(|meant| table.path(meant.named));
                let named = Text::vi(named.unwrap_or_default());
                say.text("place-ask-split", &[("place", named.into())])
            }
        }),
        (Outcome::NotFound { .. }, false) => Some(say.plain("place-near")),
        _ => None,
    };
    found.missing = Some(say.plain("place-not-found"));
    found
}

/// Only communes are answers; a province is where one looks for them.
fn stored(table: &PlaceTable, meant: Meant, unsure: bool) -> Option<String> {
    let unit = table.unit(meant.unit)?;
    if unit.kind.level() != Level::Commune {
        return None;
    }
    let named = (meant.named != meant.unit)
        .then(|| table.unit(meant.named))
        .flatten()
        .map(|named| named.key());
    let unsure = unsure && named.is_some();
    Some(
        PlaceAnswer {
            unit: unit.key(),
            named,
            unsure,
        }
        .to_string(),
    )
}
