//! Life events (sự kiện trong đời): what happened, a few questions, the procedures that follow.
//!
//! People do not look for a procedure, they have had a child. A life event asks as little as it
//! takes to tell procedures apart and ends in a list of them, in the order in which they are done,
//! with a sentence each; or in advice, where no procedure of this catalogue fits.
//!
//! Its questions are a [`Form`] of choices, so that the conditions, the reachability check and the
//! evaluation are those of the forms. Its answers are never sent anywhere.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{LocalText, Picture, Procedure, search::Entry};
use crate::form::{Answers, Field, FieldKind, Form, FormError, Program};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LifeEvent {
    /// Stable for ever, e.g. `child_born`.
    pub id: String,
    pub title: LocalText,
    /// What people call it.
    #[serde(default)]
    pub also_called: Vec<String>,
    pub summary: LocalText,
    #[serde(default)]
    pub picture: Picture,
    /// One page of choices; it has no receiving office.
    pub questions: Form,
    /// In the order in which things are done.
    pub endings: Vec<Ending>,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ending {
    /// Its code; `None` where the text says all there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub procedure: Option<String>,
    /// Why, or when; never the procedure's name again.
    pub text: LocalText,
    /// Always, if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Program>,
}

/// A mistake in a life event. Holds ids only.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LifeEventError {
    #[error(transparent)]
    Question(#[from] FormError),
    #[error("accept the life event: its question `{question}` is no choice of one")]
    NotAChoice { question: String },
    #[error("accept the life event: it has no questions or no endings")]
    Empty,
    #[error("accept the life event: ending {at} names the question `{question}`, which it has not")]
    UnknownQuestion { at: usize, question: String },
    #[error("accept the life event: there is no procedure {code}")]
    UnknownProcedure { at: usize, code: String },
}

/// Before its id where it stands among procedures' codes.
const ENTRY: &str = "event/";

impl LifeEvent {
    /// What search finds it by.
    pub fn entry(&self) -> Entry {
        let names = self.title.0.values().chain(&self.also_called);
        Entry {
            code: format!("{ENTRY}{}", self.id),
            names: names.map(|name| (name.clone(), 100)).collect(),
        }
    }

    /// The id of the life event that a search hit is, if it is one.
    pub fn of_entry(code: &str) -> Option<&str> {
        code.strip_prefix(ENTRY)
    }

    /// The questions that these answers leave to be asked, answered or not, in order.
    pub fn questions(&self, answers: &Answers) -> Vec<&Field> {
        let pages = self.questions.visible_pages(answers);
        pages
            .iter()
            .flat_map(|page| &page.groups)
            .flat_map(|group| group.fields.iter().map(|asked| asked.field))
            .collect()
    }

    /// What to do, in order. Answers to questions that are no longer asked count for nothing.
    pub fn endings(&self, answers: &Answers) -> Vec<&Ending> {
        let clean = self.questions.clean(answers);
        self.endings
            .iter()
            .filter(|ending| ending.when.as_ref().is_none_or(|when| holds(when, &clean)))
            .collect()
    }

    /// Finds every mistake; empty means sound.
    pub fn mistakes(&self, procedures: &[Procedure]) -> Vec<LifeEventError> {
        self.wrong(self.questions.question_mistakes(), procedures)
    }

    /// What a reader relies on: the first fault, if there is one. See [`Form::check`].
    pub fn check(&self, procedures: &[Procedure]) -> Result<(), LifeEventError> {
        let faults = self.wrong(self.questions.question_faults(), procedures);
        match faults.into_iter().next() {
            Some(fault) => Err(fault),
            None => Ok(()),
        }
    }

    fn wrong(&self, questions: Vec<FormError>, procedures: &[Procedure]) -> Vec<LifeEventError> {
        let mut mistakes: Vec<LifeEventError> = questions
            .into_iter()
            .map(LifeEventError::Question)
            .collect();
        let mut known = BTreeSet::new();
        for (_, _, field) in self.questions.fields() {
            known.insert(field.id.as_str());
            if !matches!(field.kind, FieldKind::Choice { .. }) {
                mistakes.push(LifeEventError::NotAChoice {
                    question: field.id.clone(),
                });
            }
        }
        if known.is_empty() || self.endings.is_empty() {
            mistakes.push(LifeEventError::Empty);
        }
        for (at, ending) in self.endings.iter().enumerate() {
            let asked = ending.when.iter().flat_map(Program::slots);
            mistakes.extend(
                asked
                    .filter(|slot| !known.contains(slot.as_str()))
                    .map(|slot| LifeEventError::UnknownQuestion {
                        at,
                        question: slot.clone(),
                    }),
            );
            if let Some(code) = &ending.procedure
                && !procedures.iter().any(|procedure| procedure.code == *code)
            {
                mistakes.push(LifeEventError::UnknownProcedure {
                    at,
                    code: code.clone(),
                });
            }
        }
        mistakes
    }
}

fn holds(when: &Program, clean: &Answers) -> bool {
    crate::form::holds(when, clean, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::sample;

    fn event() -> LifeEvent {
        let mut second = sample::field("together", sample::choice(&["yes", "no"]));
        second.visible = Some(sample::is("registered", "no"));
        LifeEvent {
            id: "child_born".into(),
            title: sample::text("Trẻ mới sinh"),
            also_called: Vec::new(),
            summary: sample::text("Khai sinh"),
            picture: Picture::Birth,
            questions: Form {
                version: 1,
                pages: vec![sample::page(
                    "questions",
                    None,
                    vec![
                        sample::field("registered", sample::choice(&["yes", "no"])),
                        second,
                    ],
                )],
                rules: Vec::new(),
                commune_field: String::new(),
                plan: Default::default(),
            },
            endings: vec![
                Ending {
                    procedure: None,
                    text: sample::text("Đến xã"),
                    when: Some(sample::is("together", "yes")),
                },
                Ending {
                    procedure: None,
                    text: sample::text("Chúc mừng"),
                    when: None,
                },
            ],
        }
    }

    #[test]
    fn asks_what_is_needed_and_ends_in_what_follows() {
        let event = event();
        assert_eq!(event.mistakes(&[]), Vec::new());
        let asked = |given: &[(&str, &str)]| {
            let answers = sample::answers(given);
            let asked = event.questions(&answers);
            let ids: Vec<String> = asked.iter().map(|field| field.id.clone()).collect();
            (ids, event.endings(&answers).len())
        };
        assert_eq!(asked(&[]), (vec!["registered".into()], 1));
        let both = vec!["registered".to_owned(), "together".into()];
        assert_eq!(asked(&[("registered", "no")]), (both.clone(), 1));
        assert_eq!(
            asked(&[("registered", "no"), ("together", "yes")]),
            (both, 2)
        );
        // She changed her mind: the answer to the hidden question counts for nothing.
        assert_eq!(
            asked(&[("registered", "yes"), ("together", "yes")]),
            (vec!["registered".into()], 1)
        );
    }

    #[test]
    fn mistakes_are_found() {
        let mut event = event();
        event.endings[0].procedure = Some("9.999999".into());
        event.endings[1].when = Some(sample::is("nobody", "x"));
        assert_eq!(
            event.mistakes(&[]),
            vec![
                LifeEventError::UnknownProcedure {
                    at: 0,
                    code: "9.999999".into()
                },
                LifeEventError::UnknownQuestion {
                    at: 1,
                    question: "nobody".into()
                },
            ]
        );
        event.endings.clear();
        assert_eq!(event.mistakes(&[]), vec![LifeEventError::Empty]);
    }
}
