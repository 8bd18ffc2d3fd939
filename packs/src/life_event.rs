//! `life-events/<id>.toml`: what happened, a few questions, and what follows.

use std::collections::BTreeMap;

use gandan_domain::{
    catalog::{Ending, LifeEvent, LifeEventError, LocalText, Picture, Procedure},
    form::{ChoiceOption, Field, FieldKind, Form, Group, Page, Program},
};
use serde::Deserialize;
use toml::Spanned;

use crate::{
    Mistake, What,
    condition::{self, Scope},
    source::{self, Checker, Texts},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LifeEventToml {
    id: Spanned<String>,
    title: Texts,
    summary: Texts,
    #[serde(default)]
    also_called: Vec<String>,
    #[serde(default, deserialize_with = "crate::procedure::picture")]
    picture: Picture,
    question: Vec<QuestionToml>,
    ending: Vec<EndingToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionToml {
    id: Spanned<String>,
    label: Texts,
    hint: Option<Texts>,
    visible: Option<Spanned<String>>,
    option: Vec<OptionToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OptionToml {
    id: Spanned<String>,
    label: Texts,
}

#[derive(Deserialize)]
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
