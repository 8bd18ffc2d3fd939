//! A page of questions.

use gandan_domain::{
    Private,
    form::{Field, FieldKind, FileAnswer, Part, Value, why_key},
    problem::FieldProblem,
    text::{Lang, Text, spoken},
    wire::PrefillValue,
};

use super::{
    Filling, changed, place,
    prefill::{Standing, standing},
    problem_text, repeats,
};
use crate::{
    journey::{DraftFacts, Facts, Page, Say, sentences},
    screen::{BlockKind, Card, Choice, ChoiceItem, FileField, Input, Screen, TextField, Tone},
};

pub fn page(
    state: &Filling,
    draft: &DraftFacts<'_>,
    facts: &Facts<'_>,
    id: &str,
    checked: bool,
) -> Option<Screen> {
    let say = facts.say;
    let evaluation = &draft.evaluation;
    let asked = evaluation.page(id)?;
    let steps = draft.steps();
    let at = steps.iter().position(|step| step == id).unwrap_or_default();
    let mut page = Page::new(say, format!("form/{id}"), say.local(&asked.page.title));
    page.back(true);
    page.progress(at + 1, steps.len() + 1);
    if draft.open.is_some() {
        page.notice("locked", Tone::Info, say.plain("supplement-locked"));
    }
    changed::notice(&mut page, draft, facts);

    let problems = if checked {
        evaluation.problems_on(id)
    } else {
        Vec::new()
    };
    errors(&mut page, draft, facts, &problems);
    if asked.fields().any(|field| !field.prefill.is_empty()) {
        state_of_prefill(&mut page, draft, facts);
    }
    let warnings = draft.procedure.form.warnings(&draft.answers);
    let mut corrections = Vec::new();
    for group in &asked.groups {
        repeats::heading(&mut page, group, say);
        if let Part::End { list, of } = &group.part {
            repeats::end(&mut page, state, facts, group.group, list, *of, &problems);
        }
        for asked in &group.fields {
            if let Some(value) = &asked.computed {
                repeats::computed(&mut page, asked, value, facts);
                continue;
            }
            let field: &Field = &asked.keyed();
            if !draft.is_open(&field.id) {
                locked(&mut page, draft, facts, field);
                continue;
            }
            let problem = problems.iter().find(|problem| problem.field == field.id);
            let stands = standing(draft, field);
            question(&mut page, state, draft, facts, field, problem, &stands);
            undo(&mut page, draft, facts, field);
            // What the register itself says needs no doubt of ours.
            if !matches!(stands, Standing::Same(_)) {
                doubts(&mut page, facts, &warnings, &field.id);
            }
            why_not(&mut page, draft, facts, field);
            match stands {
                Standing::Differs(known) => differs(&mut page, draft, facts, field, known),
                Standing::Contested(known) => contested(&mut page, facts, field, known),
                Standing::Same(_) => corrections.push(Card {
                    id: field.id.clone(),
                    title: say.text(
                        "form-wrong-item",
                        &[("what", say.local(&field.label).into())],
                    ),
                    detail: None,
                    picture: None,
                }),
                Standing::Unknown => {}
            }
        }
    }
    if !corrections.is_empty() {
        page.heading("wrong-heading", 2, say.plain("form-wrong-heading"));
        page.paragraph("wrong-why", say.plain("form-wrong-why"));
        page.cards("wrong", corrections);
    }
    page.action("next", "common-next");
    page.action("home", "form-save-and-leave");
    page.confirmed(
        "abandon",
        "common-abandon",
        say.plain("review-abandon-confirm"),
    );
    Some(page.done())
}

/// A question that may not change: to be read, not to be answered.
fn locked(page: &mut Page<'_>, draft: &DraftFacts<'_>, facts: &Facts<'_>, field: &Field) {
    let say = facts.say;
    let shown = draft.answers.get(&field.id).map_or_else(
        || say.plain("common-not-answered"),
        |value| answer(field, value, facts),
    );
    let lang = shown
        .runs
        .first()
        .map_or_else(Lang::vi, |run| run.lang.clone());
    page.push(
        field.id.clone(),
        BlockKind::TextField(TextField {
            label: say.local(&field.label),
            value: shown.shown().into(),
            lang,
            hint: None,
            source: None,
            error: None,
            required: false,
            read_only: true,
            edit: draft.edit(&field.id),
            input: Input::Text,
        }),
    );
}

/// The way back to what stood here before.
fn undo(page: &mut Page<'_>, draft: &DraftFacts<'_>, facts: &Facts<'_>, field: &Field) {
    let before = draft
        .filed(&field.id)
        .or_else(|| draft.before.get(&field.id).map(Private::expose));
    let blank = |value: &Value| matches!(value, Value::Text(text) if text.trim().is_empty());
    let Some(before) = before.filter(|before| !blank(before)) else {
        return;
    };
    if draft.answers.get(&field.id) == Some(before) {
        return;
    }
    let say = facts.say;
    let message = if draft.supplement.is_some() {
        "form-undo-filed"
    } else {
        "form-undo"
    };
    page.cards(
        format!("{}~undo", field.id),
        vec![Card {
            id: "undo".into(),
            title: say.text(message, &[("what", say.local(&field.label).into())]),
            detail: Some(answer(field, before, facts)),
            picture: None,
        }],
    );
}

/// What looks odd about an answer and is taken all the same.
fn doubts(page: &mut Page<'_>, facts: &Facts<'_>, warnings: &[(&str, &'static str)], field: &str) {
    for (_, message) in warnings.iter().filter(|(doubted, _)| *doubted == field) {
        let key = format!("{field}~{message}");
        page.notice(key, Tone::Warning, facts.say.plain(message));
    }
}

/// The error summary: how many, then each one, leading to its question.
pub fn errors(
    page: &mut Page<'_>,
    draft: &DraftFacts<'_>,
    facts: &Facts<'_>,
    problems: &[FieldProblem],
) {
    if problems.is_empty() {
        return;
    }
    let say = facts.say;
    let invalid = gandan_domain::Problem::Invalid {
        fields: problems.to_vec(),
    };
    page.notice(
        "errors",
        Tone::Problem,
        say.problem(&invalid, facts.office()),
    );
    let cards = problems
        .iter()
        .map(|problem| Card {
            id: problem.field.clone(),
            title: repeats::label(&draft.procedure.form, &problem.field, say),
            detail: Some(problem_text(&problem.message, facts)),
            picture: None,
        })
        .collect();
    page.cards("errors-list", cards);
    page.focus("errors");
}

fn state_of_prefill(page: &mut Page<'_>, draft: &DraftFacts<'_>, facts: &Facts<'_>) {
    let say = facts.say;
    let prefill = &draft.prefill;
    let text = if !facts.signed_in {
        return;
    } else if prefill.unavailable_until.is_some() && prefill.fetched_at.is_none() {
        say.plain("form-prefill-unavailable")
    } else if prefill.wanted && prefill.fetched_at.is_none() {
        say.plain("form-prefill-asking")
    } else {
        return;
    };
    page.notice("prefill", Tone::Info, text);
}

fn question(
    page: &mut Page<'_>,
    state: &Filling,
    draft: &DraftFacts<'_>,
    facts: &Facts<'_>,
    field: &Field,
    problem: Option<&FieldProblem>,
    stands: &Standing<'_>,
) {
    let say = facts.say;
    let key = field.id.clone();
    let label = say.local(&field.label);
    let hint = hint(draft, facts, field);
    let error = problem.map(|problem| problem_text(&problem.message, facts));
    let source = match stands {
        Standing::Same(known) => Some(source(known, say)),
        _ => None,
    };
    let value = draft.answers.get(&key);
    let text = match value {
        Some(Value::Text(text)) => text.as_str(),
        _ => "",
    };
    let line = |input: Input| TextField {
        label: label.clone(),
        value: text.to_owned().into(),
        // Names and what people write are Vietnamese; numbers are read in one's own language.
        lang: match input {
            Input::Text | Input::PersonName | Input::Search => Lang::vi(),
            Input::Digits | Input::Phone | Input::Date => say.lang().clone(),
        },
        hint: hint.clone(),
        source: source.clone(),
        error: error.clone(),
        required: field.required,
        read_only: false,
        edit: draft.edit(&key),
        input,
    };
    let choice = |options: Vec<ChoiceItem>| Choice {
        label: label.clone(),
        options,
        hint: hint.clone(),
        source: source.clone(),
        error: error.clone(),
        required: field.required,
        edit: draft.edit(&key),
    };
    match &field.kind {
        FieldKind::Text { .. } => page.push(key.clone(), BlockKind::TextField(line(Input::Text))),
        FieldKind::PersonName => {
            page.push(key.clone(), BlockKind::TextField(line(Input::PersonName)));
        }
        FieldKind::IdNumber => page.push(key.clone(), BlockKind::TextField(line(Input::Digits))),
        FieldKind::Phone => page.push(key.clone(), BlockKind::TextField(line(Input::Phone))),
        FieldKind::Date { .. } => {
            page.push(key.clone(), BlockKind::DateField(line(Input::Date)));
        }
        FieldKind::Number { .. } | FieldKind::Money { .. } => {
            page.push(key.clone(), BlockKind::TextField(line(Input::Digits)));
        }
        FieldKind::YesNo => {
            let items =
                [("yes", "common-yes"), ("no", "common-no")].map(|(id, label)| ChoiceItem {
                    id: id.into(),
                    label: say.plain(label),
                    chosen: id == text,
                });
            page.push(key.clone(), BlockKind::Choice(choice(items.to_vec())));
        }
        FieldKind::Choice { options } => {
            let items = options
                .iter()
                .map(|option| ChoiceItem {
                    id: option.id.clone(),
                    label: say.local(&option.label),
                    chosen: option.id == text,
                })
                .collect();
            page.push(key.clone(), BlockKind::Choice(choice(items)));
        }
        FieldKind::MultiChoice { options } => {
            let chosen = match value {
                Some(Value::Many(chosen)) => chosen.as_slice(),
                _ => &[],
            };
            let items = options
                .iter()
                .map(|option| ChoiceItem {
                    id: option.id.clone(),
                    label: say.local(&option.label),
                    chosen: chosen.contains(&option.id),
                })
                .collect();
            page.push(key.clone(), BlockKind::MultiChoice(choice(items)));
        }
        FieldKind::Commune => {
            let typed = state.finding.get(&field.id);
            let found = place::question(page, facts, field, typed, text);
            let mut choice = choice(found.items);
            choice.hint = found.question.or(choice.hint);
            page.push(key.clone(), BlockKind::Choice(choice));
        }
        FieldKind::File { media_types, .. } => {
            let added = match value {
                Some(Value::File(file)) => Some(added(file, say)),
                _ => None,
            };
            let has_file = added.is_some();
            page.push(
                key.clone(),
                BlockKind::File(FileField {
                    label,
                    hint,
                    error,
                    required: field.required,
                    added,
                    media_types: media_types.clone(),
                }),
            );
            if has_file {
                page.cards(
                    format!("{key}~file"),
                    vec![Card {
                        id: "remove".into(),
                        title: say.plain("form-file-remove"),
                        detail: Some(say.local(&field.label)),
                        picture: None,
                    }],
                );
            }
        }
    }
}

/// Where a question should be answered and is not: the place to say why.
fn why_not(page: &mut Page<'_>, draft: &DraftFacts<'_>, facts: &Facts<'_>, field: &Field) {
    let answered = draft
        .answers
        .get(&field.id)
        .is_some_and(|answer| !answer.is_blank());
    if !field.or_why_not || answered {
        return;
    }
    let say = facts.say;
    let key = why_key(&field.id);
    let why = draft.answers.text(&key).unwrap_or_default().to_owned();
    page.push(
        key.clone(),
        BlockKind::TextField(TextField {
            label: say.text("form-why-not", &[("what", say.local(&field.label).into())]),
            value: why.into(),
            lang: Lang::vi(),
            hint: None,
            source: None,
            error: None,
            required: false,
            read_only: false,
            edit: draft.edit(&key),
            input: Input::Text,
        }),
    );
}

/// What the officer asks for comes first, then how to answer at all.
fn hint(draft: &DraftFacts<'_>, facts: &Facts<'_>, field: &Field) -> Option<Text> {
    let say = facts.say;
    let own = field.hint.as_ref().map(|hint| say.local(hint));
    let asked = draft
        .supplement
        .as_ref()
        .and_then(|of| of.request.reason(&field.id));
    let reason = asked.map(|reason| {
        let reason = Text::vi(reason.expose().clone());
        say.text("supplement-reason", &[("reason", reason.into())])
    });
    match (reason, own) {
        (Some(reason), own) => Some(sentences(std::iter::once(reason).chain(own))),
        (None, own) => own,
    }
}

fn source(known: &PrefillValue, say: &Say) -> Text {
    say.text(
        "form-source",
        &[
            ("source", source_name(known, say).into()),
            ("date", spoken::date(known.as_of, say.lang()).into()),
        ],
    )
}

pub fn source_name(known: &PrefillValue, say: &Say) -> Text {
    say.plain(match known.source.as_str() {
        "population" => "source-population",
        "civil-status" | "civil_status" => "source-civil-status",
        "vneid" => "source-vneid",
        _ => "source-other",
    })
}

fn added(file: &FileAnswer, say: &Say) -> Text {
    say.text(
        "form-file-added",
        &[
            ("kind", media_type(&file.media_type, say).into()),
            ("size", spoken::size(file.size, say.lang()).into()),
        ],
    )
}

/// What people call a kind of file; the same in every language.
fn media_type(media_type: &str, say: &Say) -> Text {
    let name = match media_type {
        "image/jpeg" => "JPEG",
        "image/png" => "PNG",
        "application/pdf" => "PDF",
        other => other,
    };
    Text::new(name, say.lang().clone())
}

fn differs(
    page: &mut Page<'_>,
    draft: &DraftFacts<'_>,
    facts: &Facts<'_>,
    field: &Field,
    known: &PrefillValue,
) {
    let say = facts.say;
    let mine = draft.answers.get(&field.id).map_or_else(
        || say.plain("common-not-answered"),
        |value| answer(field, value, facts),
    );
    page.paragraph(
        format!("{}~differs", field.id),
        say.text(
            "form-differs",
            &[
                ("source", source_name(known, say).into()),
                ("date", spoken::date(known.as_of, say.lang()).into()),
                ("state", state_value(field, known, facts).into()),
                ("mine", mine.into()),
            ],
        ),
    );
    let label = say.local(&field.label);
    page.cards(
        format!("{}~state", field.id),
        vec![
            Card {
                id: "use".into(),
                title: say.plain("form-use-state"),
                detail: Some(label.clone()),
                picture: None,
            },
            Card {
                id: "keep".into(),
                title: say.plain("form-keep-mine"),
                detail: Some(label),
                picture: None,
            },
        ],
    );
}

fn contested(page: &mut Page<'_>, facts: &Facts<'_>, field: &Field, known: &PrefillValue) {
    let say = facts.say;
    page.paragraph(
        format!("{}~differs", field.id),
        say.text(
            "form-contested",
            &[
                ("source", source_name(known, say).into()),
                ("date", spoken::date(known.as_of, say.lang()).into()),
                ("state", state_value(field, known, facts).into()),
            ],
        ),
    );
    page.cards(
        format!("{}~state", field.id),
        vec![Card {
            id: "use".into(),
            title: say.plain("form-use-state"),
            detail: Some(say.local(&field.label)),
            picture: None,
        }],
    );
}

pub fn state_value(field: &Field, known: &PrefillValue, facts: &Facts<'_>) -> Text {
    answer(field, &Value::Text(known.value.expose().clone()), facts)
}

/// An answer as people read and hear it.
pub fn answer(field: &Field, value: &Value, facts: &Facts<'_>) -> Text {
    let say = facts.say;
    let lang = say.lang();
    match (&field.kind, value) {
        (_, Value::File(file)) => sentences([
            media_type(&file.media_type, say),
            spoken::size(file.size, lang),
        ]),
        (_, Value::Text(text)) if text.trim().is_empty() => say.plain("common-not-answered"),
        (FieldKind::Date { .. }, Value::Text(text)) => text
            .parse()
            .map_or_else(|_| Text::vi(text.clone()), |day| spoken::date(day, lang)),
        (FieldKind::Money { .. }, Value::Text(text)) => text
            .parse()
            .map_or_else(|_| Text::vi(text.clone()), |vnd| spoken::money(vnd, lang)),
        (FieldKind::YesNo, Value::Text(text)) => match text.as_str() {
            "yes" => say.plain("common-yes"),
            "no" => say.plain("common-no"),
            _ => say.plain("common-not-answered"),
        },
        (FieldKind::IdNumber, Value::Text(text)) => spoken::id_number(text, lang),
        (FieldKind::Phone, Value::Text(text)) => spoken::phone(text, lang),
        (FieldKind::Commune, Value::Text(text)) => {
            place::answer(text, facts).unwrap_or_else(|| Text::vi(text.clone()))
        }
        (FieldKind::Choice { options } | FieldKind::MultiChoice { options }, value) => {
            let chosen: &[String] = match value {
                Value::Text(one) => std::slice::from_ref(one),
                Value::Many(many) => many,
                Value::File(_) => &[],
            };
            options
                .iter()
                .filter(|option| chosen.contains(&option.id))
                .map(|option| say.local(&option.label))
                .reduce(|all, label| all.then(Text::new("; ", lang.clone())).then(label))
                .unwrap_or_else(|| say.plain("common-not-answered"))
        }
        (_, Value::Text(text)) => Text::vi(text.clone()),
        (_, Value::Many(many)) => Text::vi(many.join("; ")),
    }
}
