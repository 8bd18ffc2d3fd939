//! `life-events/<id>.toml`: what happened, a few questions, and what follows.

use std::collections::BTreeMap;

use gandan_domain::{
    catalog::{Ending, LifeEvent, LifeEventError, LocalText, Picture, Procedure},
    form::{ChoiceOption, Field, FieldKind, Form, Group, Page, Program},
};
use serde::Deserialize;

use crate::{
    Mistake, Sources, What,
    condition::{self, Scope},
    source::{self, Checker, Spanned, Texts},
};

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LifeEventToml {
    id: Spanned<String>,
    title: Texts,
    summary: Texts,
    #[serde(default)]
    also_called: Vec<String>,
    #[serde(default, deserialize_with = "crate::procedure::picture")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::picture"))]
    picture: Picture,
    question: Vec<QuestionToml>,
    ending: Vec<EndingToml>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct QuestionToml {
    id: Spanned<String>,
    label: Texts,
    hint: Option<Texts>,
    visible: Option<Spanned<String>>,
    option: Vec<OptionToml>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct OptionToml {
    id: Spanned<String>,
    label: Texts,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct EndingToml {
    procedure: Option<Spanned<String>>,
    when: Option<Spanned<String>>,
    text: Texts,
}

/// The life event, if nothing in the file is wrong; reports everything that is.
pub fn compile(
    file: &str,
    text: &str,
    sources: &Sources,
    procedures: &[Procedure],
    mistakes: &mut Vec<Mistake>,
) -> Option<LifeEvent> {
    let read: LifeEventToml = match source::read(file, text) {
        Ok(read) => read,
        Err(mistake) => {
            mistakes.push(mistake);
            return None;
        }
    };
    let before = mistakes.len();
    let mut check = Checker {
        file,
        text,
        mistakes,
    };
    if file
        .strip_prefix("life-events/")
        .and_then(|name| name.strip_suffix(".toml"))
        != Some(read.id.as_ref())
    {
        let id = read.id.as_ref().clone();
        check.report_at(&read.id, What::IdIsNotFileName(id));
    }
    let scope: Scope = read
        .question
        .iter()
        .map(|question| (question.id.as_ref().clone(), bare(question)))
        .collect();
    let fields = read
        .question
        .iter()
        .map(|question| field(&mut check, &scope, question))
        .collect();
    let endings = read
        .ending
        .iter()
        .map(|ending| Ending {
            procedure: ending.procedure.as_ref().map(|code| code.as_ref().clone()),
            text: check.local(&ending.text),
            when: when(&mut check, &scope, ending.when.as_ref()),
        })
        .collect();
    let event = LifeEvent {
        id: check.id(&read.id),
        title: check.local(&read.title),
        also_called: read.also_called.clone(),
        summary: check.local(&read.summary),
        picture: read.picture,
        questions: Form {
            version: 1,
            pages: vec![Page {
                id: "questions".into(),
                title: LocalText::default(),
                groups: vec![Group {
                    id: "questions".into(),
                    title: None,
                    fields,
                    visible: None,
                    repeat: None,
                    groups: Vec::new(),
                }],
                visible: None,
            }],
            rules: Vec::new(),
            commune_field: String::new(),
            plan: Default::default(),
        },
        endings,
    };
    let lines: BTreeMap<String, usize> = read
        .question
        .iter()
        .map(|question| (question.id.as_ref().clone(), check.line(&question.id)))
        .collect();
    for mistake in event.mistakes(procedures) {
        let line = match &mistake {
            LifeEventError::Question(error) => lines.get(error.at()).copied(),
            LifeEventError::NotAChoice { question } => lines.get(question).copied(),
            // It is there, and has mistakes of its own.
            LifeEventError::UnknownProcedure { code, .. }
                if sources.has(&format!("procedures/{code}.toml")) =>
            {
                continue;
            }
            LifeEventError::UnknownProcedure { at, .. } => read
                .ending
                .get(*at)
                .and_then(|ending| ending.procedure.as_ref())
                .map(|code| check.line(code)),
            // Reported where the condition stands.
            LifeEventError::UnknownQuestion { .. } => continue,
            LifeEventError::Empty => None,
        };
        check.report(line.unwrap_or(1), What::LifeEvent(mistake));
    }
    (mistakes.len() == before).then_some(event)
}

fn field(check: &mut Checker<'_>, scope: &Scope, read: &QuestionToml) -> Field {
    Field {
        id: check.id(&read.id),
        kind: FieldKind::Choice {
            options: read
                .option
                .iter()
                .map(|option| ChoiceOption {
                    id: check.id(&option.id),
                    label: check.local(&option.label),
                })
                .collect(),
        },
        label: check.local(&read.label),
        hint: read.hint.as_ref().map(|hint| check.local(hint)),
        required: true,
        or_why_not: false,
        compute: None,
        visible: when(check, scope, read.visible.as_ref()),
        prefill: Vec::new(),
    }
}

fn when(
    check: &mut Checker<'_>,
    scope: &Scope,
    source: Option<&Spanned<String>>,
) -> Option<Program> {
    let source = source?;
    match condition::compile(source.as_ref(), scope) {
        Ok(program) => Some(program),
        Err(error) => {
            check.report_at(source, What::Condition(error));
            None
        }
    }
}

/// The kind as conditions need it: option ids without labels.
fn bare(read: &QuestionToml) -> FieldKind {
    FieldKind::Choice {
        options: read
            .option
            .iter()
            .map(|option| ChoiceOption {
                id: option.id.as_ref().clone(),
                label: LocalText::default(),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test stops at the first surprise"
    )]

    use std::{fmt::Write, path::Path};

    use gandan_domain::form::{Answers, Value};

    use super::*;

    /// Every way through the questions, as `id=answer` in the order in which they are asked.
    fn ways(event: &LifeEvent, answers: &Answers, said: &str, out: &mut Vec<(String, Answers)>) {
        let questions = || event.questions.pages.iter().flat_map(|page| &page.groups);
        let next = questions().flat_map(|group| &group.fields).find(|field| {
            answers.get(&field.id).is_none()
                && field
                    .visible
                    .as_ref()
                    .is_none_or(|when| event.questions.holds(when, answers))
        });
        let Some(field) = next else {
            out.push((said.to_owned(), answers.clone()));
            return;
        };
        let FieldKind::Choice { options } = &field.kind else {
            unreachable!("{}", field.id);
        };
        for option in options {
            let mut answers = answers.clone();
            answers.set(&field.id, Value::Text(option.id.clone()));
            let said = format!("{said} {}={}", field.id, option.id);
            ways(event, &answers, &said, out);
        }
    }

    /// Where every answer leads. `-` is advice: an end without a procedure of ours.
    #[test]
    fn every_way_through_a_life_event_ends_where_it_should() {
        let content = Path::new(env!("CARGO_MANIFEST_DIR")).join("../content");
        let content = Sources::read(&content).unwrap().compile().unwrap();
        let mut said = String::new();
        for event in &content.pack.life_events {
            writeln!(said, "[{}]", event.id).unwrap();
            let mut all = Vec::new();
            ways(event, &Answers::default(), "", &mut all);
            for (way, answers) in all {
                let ends: Vec<&str> = event
                    .endings
                    .iter()
                    .filter(|ending| {
                        ending
                            .when
                            .as_ref()
                            .is_none_or(|when| event.questions.holds(when, &answers))
                    })
                    .map(|ending| ending.procedure.as_deref().unwrap_or("-"))
                    .collect();
                assert!(!ends.is_empty(), "{}:{way} leads nowhere", event.id);
                writeln!(said, "{} ->{way}", ends.join(" ")).unwrap();
            }
        }
        let expected = include_str!("life_event_ends.txt");
        let differs = said
            .lines()
            .zip(expected.lines())
            .find(|(is, was)| is != was);
        assert!(said == expected, "{differs:?}\n{said}");
    }
}
