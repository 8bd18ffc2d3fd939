//! Finding a procedure and reading what it asks of one, offline and without an account.

mod content;
mod guide;
mod listing;
pub mod office;
mod view;

use gandan_domain::catalog::Hit;
use serde::{Deserialize, Serialize};

use crate::{
    journey::{Effect, Facts, On, Step},
    screen::Event,
};

pub use content::Content;
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
    /// Browsing: the field, or empty while choosing one.
    #[serde(default)]
    field: Option<String>,
    /// Whose procedures are browsed.
    #[serde(default)]
    who: Option<String>,
    /// Number of the newest choice of that.
    #[serde(default)]
    chosen: u64,
    /// How many of a field are listed.
    #[serde(default)]
    shown: usize,
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
            field: None,
            who: None,
            chosen: 0,
            shown: 0,
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
        if self.code.is_none() && self.field.is_some() {
            return self.browse(on, facts);
        }
        match (&self.code, on) {
            (None, On::Event(Event::Edit { key, value, edit }))
                if key == "query" && *edit > self.edit =>
            {
                let before = self.found(facts);
                let next = Self {
                    query: value.expose().chars().take(200).collect(),
                    edit: *edit,
                    guide: None,
                    ..self
                };
                let found = next.found(facts);
                let changed = (found != before).then_some(Effect::Announce(found));
                Step::to(next).and(changed)
            }
            (None, On::Event(Event::Open { key, card }))
                if key == "results" && known(card, facts) =>
            {
                Step::to(Self {
                    code: Some(card.clone()),
                    ..self
                })
            }
            (None, On::Event(Event::Open { key, card })) if key == "events" => {
                match facts.content.pack.life_event(card) {
                    Some(event) => Step::end(FindingEnd::Guide(Guiding::begin(event))),
                    None => Step::ignored(self),
                }
            }
            (None, On::Event(Event::Act { action }))
                if action == "browse" && !facts.content.catalogue().all().is_empty() =>
            {
                Step::to(Self {
                    field: Some(String::new()),
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
                field: None,
                ..self
            }),
            (Some(_), On::Event(Event::Act { action })) if action == "home" => {
                Step::end(FindingEnd::Home)
            }
            (Some(code), On::Event(Event::Act { action }))
                if action == "start" && facts.procedure(code).is_some() =>
            {
                Step::end(FindingEnd::Start(code.clone()))
            }
            // A newer content pack may have dropped the procedure.
            (Some(code), On::News) if !known(code, facts) => Step::to(Self { code: None, ..self }),
            (_, On::Event(_) | On::News) => Step::ignored(self),
        }
    }

    /// Among the fields, or in one.
    fn browse(self, on: On<'_>, facts: &Facts<'_>) -> Step<Self, FindingEnd> {
        let field = self.field.clone().unwrap_or_default();
        match on {
            On::Event(Event::Choose { key, options, edit })
                if key == "who" && *edit > self.chosen =>
            {
                let Some(who) = options.first().filter(|who| listing::is_who(who)) else {
                    return Step::ignored(self);
                };
                let next = Self {
                    who: Some(who.clone()),
                    chosen: *edit,
                    shown: 0,
                    ..self
                };
                let found = next.browsed(&field, facts);
                Step::to(next).with(Effect::Announce(found))
            }
            On::Event(Event::Open { key, card })
                if key == "fields" && facts.content.catalogue().in_field(card).next().is_some() =>
            {
                Step::to(Self {
                    field: Some(card.clone()),
                    shown: 0,
                    ..self
                })
            }
            On::Event(Event::Open { key, card }) if key == "results" && known(card, facts) => {
                Step::to(Self {
                    code: Some(card.clone()),
                    ..self
                })
            }
            On::Event(Event::Act { action }) => match action.as_str() {
                "more" => Step::to(Self {
                    shown: self.shown.max(listing::PAGE) + listing::PAGE,
                    ..self
                }),
                "search" => Step::to(Self {
                    field: None,
                    ..self
                }),
                "home" => Step::end(FindingEnd::Home),
                _ => Step::ignored(self),
            },
            On::Event(Event::Back) => Step::to(Self {
                field: (!field.is_empty()).then(String::new),
                shown: 0,
                ..self
            }),
            On::Event(_) | On::News => Step::ignored(self),
        }
    }

    /// What a search finds; what has a form, in order of the catalogue, as long as nothing is
    /// typed.
    fn hits(&self, facts: &Facts<'_>) -> Vec<Hit> {
        let content = facts.content;
        if self.query.trim().is_empty() {
            let all = content.pack.procedures.iter().take(HITS);
            return all
                .map(|found| Hit {
                    code: found.code.clone(),
                    score: SURE,
                })
                .collect();
        }
        content
            .index()
            .search_for(&self.query, HITS, |code| Some(likely(code, facts)))
    }
}

/// Hits below this are guesses, and are called so.
const SURE: u32 = 600;

fn known(code: &str, facts: &Facts<'_>) -> bool {
    facts.procedure(code).is_some() || facts.content.catalogue().find(code).is_some()
}

/// By how many per cent a code is more probably meant than others that fit as well: what she has
/// begun, what can be done here at once; less what people do not file, and what one province
/// decided for itself.
fn likely(code: &str, facts: &Facts<'_>) -> i8 {
    let begun = facts.drafts.iter().any(|draft| draft.procedure == code);
    let form = facts.procedure(code).is_some();
    let listing = facts.content.catalogue().find(code);
    let others = listing.is_some_and(|listing| !listing.for_people());
    let local = listing.is_some_and(|listing| listing.agency.starts_with("UBND "));
    [(begun, 4), (form, 4), (others, -6), (local, -6)]
        .into_iter()
        .filter_map(|(is, much)| is.then_some(much))
        .sum()
}
