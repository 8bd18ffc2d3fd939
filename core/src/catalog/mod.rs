//! Finding a procedure and reading what it asks of one, offline and without an account.

mod guide;
mod view;

use serde::{Deserialize, Serialize};

use crate::{
    journey::{Effect, Facts, On, Step},
    screen::Event,
};

pub use guide::{Guiding, GuidingEnd};

/// How many hits a search shows: more than a screen reader's user wants to hear.
const HITS: usize = 10;

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    query: String,
    /// Number of the newest edit of the query.
    edit: u64,
    /// The procedure being read; `None` while searching.
    code: Option<String>,
    /// The life event that led to it: where "back" leads.
    #[serde(default)]
    guide: Option<Guiding>,
}

pub enum FindingEnd {
    /// Begin a draft of this procedure.
    Start(String),
    Guide(Guiding),
    Home,
}

impl Finding {
    pub const fn search() -> Self {
        Self {
            query: String::new(),
            edit: 0,
            code: None,
            guide: None,
        }
    }

    /// A procedure that a life event led to.
    pub fn guided(code: String, guide: Guiding) -> Self {
        Self {
            guide: Some(guide),
            ..Self::procedure(code)
        }
    }

    pub fn procedure(code: impl Into<String>) -> Self {
        Self {
            code: Some(code.into()),
            ..Self::search()
        }
    }

    pub fn step(self, on: On<'_>, facts: &Facts<'_>) -> Step<Self, FindingEnd> {
        match (&self.code, on) {
            (None, On::Event(Event::Edit { key, value, edit }))
                if key == "query" && *edit > self.edit =>
            {
                let before = self.found(facts);
                let next = Self {
                    query: value.expose().chars().take(200).collect(),
                    edit: *edit,
                    code: None,
                    guide: None,
                };
                let found = next.found(facts);
                let changed = (found != before).then_some(Effect::Announce(found));
                Step::to(next).and(changed)
            }
            (None, On::Event(Event::Open { key, card }))
                if key == "results" && facts.procedure(card).is_some() =>
            {
                Step::to(Self {
                    code: Some(card.clone()),
                    ..self
                })
            }
            (None, On::Event(Event::Back)) => Step::end(FindingEnd::Home),
            (None, On::Event(Event::Act { action })) if action == "home" => {
                Step::end(FindingEnd::Home)
            }
            (Some(_), On::Event(Event::Back)) => match self.guide {
                Some(guide) => Step::end(FindingEnd::Guide(guide)),
                None => Step::to(Self { code: None, ..self }),
            },
            (Some(_), On::Event(Event::Act { action })) if action == "search" => Step::to(Self {
                code: None,
                guide: None,
                ..self
            }),
            (Some(code), On::Event(Event::Act { action }))
                if action == "start" && facts.procedure(code).is_some() =>
            {
                Step::end(FindingEnd::Start(code.clone()))
            }
            // A newer content pack may have dropped the procedure.
            (Some(code), On::News) if facts.procedure(code).is_none() => {
                Step::to(Self { code: None, ..self })
            }
            (_, On::Event(_) | On::News) => Step::ignored(self),
        }
    }

    /// What a search finds; everything, in order of the catalogue, as long as nothing is typed.
    fn hits(&self, facts: &Facts<'_>) -> Vec<String> {
        if self.query.trim().is_empty() {
            let all = facts.content.pack.procedures.iter();
            return all.take(HITS).map(|found| found.code.clone()).collect();
        }
        facts
            .content
            .index
            .search(&self.query, HITS)
            .into_iter()
            .map(|hit| hit.code)
            .collect()
    }
}
