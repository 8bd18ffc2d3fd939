//! Filling a form: one page of questions after the other, then everything once more, then signing.
//!
//! Answers live in the store, numbered per field; this state only says where one is. What the
//! state knows is copied into a question that nobody has answered ([`prefill`]), never over an
//! answer; where the two differ, the person decides field by field.

mod changed;
mod counter;
mod file;
mod input;
mod place;
pub mod prefill;
mod repeats;
mod review;
mod sign;
mod view;

use std::collections::BTreeMap;

use gandan_domain::{
    dossier::IntentId,
    form::{FieldKind, Value},
    text::Text,
};
use serde::{Deserialize, Serialize};

use crate::{
    journey::{DraftFacts, Effect, Facts, On, Step, after},
    screen::{Event, Request, Screen},
    store::DraftPlace,
};
pub use changed::moved;
pub use counter::is_prepared;
pub use sign::{seal_act, sign};

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filling {
    pub draft: IntentId,
    pub at: At,
    /// What is typed to find a commune in a long list, by field, with the number of its edit.
    #[serde(default)]
    pub finding: BTreeMap<String, (String, u64)>,
    /// The items taken out of repeating groups while this page is open, by list, oldest first,
    /// each with the place it had: they can be brought back.
    #[serde(default)]
    pub removed: BTreeMap<String, Vec<(usize, u32)>>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum At {
    Page {
        page: String,
        /// The person wanted to go on and could not: show what is wrong.
        checked: bool,
        /// Came from the review to change something: go back there.
        reviewing: bool,
    },
    Review {
        checked: bool,
    },
    /// Prepared for the counter: nothing is filed.
    Counter,
    /// The form is another one than the person saw: what is different.
    Changed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FillingEnd {
    /// To the first page; the draft stays.
    Leave,
    /// Signing needs to know who signs.
    Link,
    /// Confirmed: sign and send.
    Submit,
    Discard,
    /// The draft is not there, or not a draft any more.
    Gone,
}

type Stepped = Step<Filling, FillingEnd>;

impl Filling {
    /// At a page of the draft, or at its first.
    pub fn open(draft: IntentId, page: Option<String>) -> Self {
        if page.as_deref() == Some(counter::PAGE) {
            return Self {
                at: At::Counter,
                ..Self::open(draft, None)
            };
        }
        Self {
            draft,
            at: At::Page {
                page: page.unwrap_or_default(),
                checked: false,
                reviewing: false,
            },
            finding: BTreeMap::new(),
            removed: BTreeMap::new(),
        }
    }

    pub fn review(draft: IntentId) -> Self {
        Self {
            at: At::Review { checked: false },
            ..Self::open(draft, None)
        }
    }

    fn page(self, page: impl Into<String>, reviewing: bool) -> Self {
        Self {
            at: At::Page {
                page: page.into(),
                checked: false,
                reviewing,
            },
            ..self
        }
    }

    pub fn step(self, on: On<'_>, facts: &Facts<'_>) -> Stepped {
        let Some(draft) = facts.draft.as_ref().filter(|draft| !draft.frozen) else {
            return Step::end(FillingEnd::Gone);
        };
        match (self.at.clone(), on) {
            (At::Page { page, .. }, On::News) => self.news(page, draft, facts),
            (At::Page { page, .. }, On::Event(Event::Edit { key, value, edit })) => {
                input::edit(self, draft, facts, &page, key, value.expose(), *edit)
            }
            (At::Page { page, .. }, On::Event(Event::Choose { key, options, edit })) => {
                input::choose(self, draft, facts, &page, key, options, *edit)
            }
            (At::Page { page, .. }, On::Event(Event::File { key, bytes })) => {
                input::file(self, draft, &page, key, bytes)
            }
            (At::Page { page, .. }, On::Event(Event::Open { key, card })) => {
                self.open_on_page(draft, facts, &page, key, card)
            }
            (
                At::Page {
                    page, reviewing, ..
                },
                On::Event(Event::Act { action }),
            ) => self.act_on_page(draft, &page, reviewing, action),
            (
                At::Page {
                    page, reviewing, ..
                },
                On::Event(Event::Back),
            ) => self.back(draft, &page, reviewing),
            (At::Review { .. }, On::Event(Event::Open { key, card })) if key == "errors-list" => {
                self.change(draft, card)
            }
            (At::Review { .. }, On::Event(Event::Act { action })) => {
                self.act_on_review(draft, facts, action)
            }
            (At::Changed, on) => self.step_at_changed(on, draft),
            // What is looked at before signing or going to the counter is the form of now.
            (At::Review { .. } | At::Counter, On::News) if draft.untold().is_some() => {
                self.into_changed()
            }
            (At::Review { .. }, On::Event(Event::Open { key, card })) if key == "changed-list" => {
                self.change(draft, card)
            }
            (At::Counter, on) => self.step_at_counter(on, draft),
            (At::Review { .. }, On::Event(Event::Back)) => {
                let last = draft.steps().pop();
                match last {
                    Some(last) => self.turn_to(draft, last, false),
                    None => Step::end(FillingEnd::Leave),
                }
            }
            (_, On::Event(_) | On::News) => Step::ignored(self),
        }
    }

    /// Something was stored or arrived: fill what is still unanswered, and stay on a page that is
    /// asked.
    fn news(self, page: String, draft: &DraftFacts<'_>, facts: &Facts<'_>) -> Stepped {
        let filled = prefill::due(draft);
        let lost = draft.evaluation.page(&page).is_none();
        let first = draft.steps().into_iter().next();
        if filled.is_empty() && !lost {
            return Step::ignored(self);
        }
        let here = draft
            .procedure
            .form
            .pages
            .iter()
            .find(|candidate| candidate.id == page)
            .into_iter()
            .flat_map(|page| &page.groups)
            .flat_map(|group| &group.fields)
            .filter(|field| {
                filled
                    .iter()
                    .any(|due| due.field == field.id && due.is_known)
            })
            .count();
        let id = self.draft;
        let step = match (lost, first) {
            (true, _) if draft.untold().is_some() => self.into_changed(),
            (true, Some(first)) => self.turn_to(draft, first, false),
            (true, None) => Step::end(FillingEnd::Gone),
            (false, _) => Step::to(self),
        };
        let announce = (here > 0).then(|| {
            let count = i64::try_from(here).unwrap_or(i64::MAX);
            Effect::Announce(facts.say.text("form-filled", &[("count", count.into())]))
        });
        step.and(filled.into_iter().flat_map(|due| due.effects(id)))
            .and(announce)
    }

    /// Opens another page and remembers it in the draft.
    fn turn_to(self, draft: &DraftFacts<'_>, page: String, reviewing: bool) -> Stepped {
        let at = Effect::At {
            draft: draft.id,
            page: page.clone(),
            field: None,
        };
        Step::to(self.page(page, reviewing)).with(at)
    }

    /// From the review or an error to the question itself.
    fn change(self, draft: &DraftFacts<'_>, field: &str) -> Stepped {
        match draft.procedure.form.page_of(field) {
            Some(page) => self
                .turn_to(draft, page.id.clone(), true)
                .with(Effect::Focus(field.to_owned())),
            None => Step::ignored(self),
        }
    }

    fn open_on_page(
        self,
        draft: &DraftFacts<'_>,
        facts: &Facts<'_>,
        page: &str,
        key: &str,
        card: &str,
    ) -> Stepped {
        let asks = |field: &str| {
            let page = draft.evaluation.page(page);
            draft.is_open(field)
                && page.is_some_and(|page| page.fields().any(|asked| asked.key == field))
        };
        if let Some(list) = key.strip_suffix("~items") {
            return repeats::act(self, draft, facts, page, list, card);
        }
        match key.rsplit_once('~') {
            None if key == "errors-list" && asks(card) => {
                Step::to(self).with(Effect::Focus(card.to_owned()))
            }
            None if key == "wrong" && asks(card) => prefill::contest(self, draft, facts, card),
            Some((field, "state")) if asks(field) => match card {
                "use" => prefill::use_state(self, draft, field),
                "keep" => prefill::contest(self, draft, facts, field),
                _ => Step::ignored(self),
            },
            Some((field, "undo")) if asks(field) && card == "undo" => Step::to(self)
                .with(Effect::Undo {
                    draft: draft.id,
                    field: field.to_owned(),
                    or: draft.filed(field).cloned(),
                })
                .with(Effect::Focus(field.to_owned()))
                .with(Effect::Announce(facts.say.plain("form-undone"))),
            Some((field, "file")) if asks(field) && card == "remove" => Step::to(self)
                .with(Effect::RemoveFile {
                    draft: draft.id,
                    field: field.to_owned(),
                })
                .with(Effect::Focus(field.to_owned())),
            _ => Step::ignored(self),
        }
    }

    fn act_on_page(
        self,
        draft: &DraftFacts<'_>,
        page: &str,
        reviewing: bool,
        action: &str,
    ) -> Stepped {
        let evaluation = &draft.evaluation;
        if let Some(field) = after(action, "photo") {
            let takes_files = draft.is_open(field)
                && evaluation.page(page).is_some_and(|page| {
                    page.fields().any(|asked| {
                        asked.key == field && matches!(asked.kind, FieldKind::File { .. })
                    })
                });
            return if takes_files {
                Step::to(self).with(Effect::Ask(Request::TakePhoto {
                    key: field.to_owned(),
                }))
            } else {
                Step::ignored(self)
            };
        }
        match action {
            "next" if !evaluation.problems_on(page).is_empty() => Step::to(Self {
                at: At::Page {
                    page: page.to_owned(),
                    checked: true,
                    reviewing,
                },
                ..self
            })
            .with(Effect::Focus("errors".into())),
            "next" if reviewing => {
                let past = changed::past(draft, page);
                self.next_change_after(draft, page).and(past)
            }
            "next" => {
                let past = changed::past(draft, page);
                let mut steps = draft.steps().into_iter();
                let next = steps.by_ref().find(|step| step == page).and(steps.next());
                let step = match next {
                    Some(next) => self.turn_to(draft, next, false),
                    None => Step::to(Self {
                        at: At::Review { checked: false },
                        ..self
                    }),
                };
                step.and(past)
            }
            "home" => Step::end(FillingEnd::Leave),
            "abandon" => {
                let thrown = Effect::Discard(self.draft);
                Step::end(FillingEnd::Discard).with(thrown)
            }
            _ => Step::ignored(self),
        }
    }

    fn back(self, draft: &DraftFacts<'_>, page: &str, reviewing: bool) -> Stepped {
        if reviewing {
            return Step::to(Self {
                at: At::Review { checked: false },
                ..self
            });
        }
        let before = draft
            .steps()
            .into_iter()
            .take_while(|step| step != page)
            .last();
        match before {
            Some(before) => self.turn_to(draft, before, false),
            None => Step::end(FillingEnd::Leave),
        }
    }

    fn act_on_review(self, draft: &DraftFacts<'_>, facts: &Facts<'_>, action: &str) -> Stepped {
        if let Some(field) = after(action, "change") {
            return self.change(draft, field);
        }
        let acts = matches!(action, "submit" | "prepare" | "link");
        // Between the review and the finger the form may have become another one.
        if acts && draft.untold().is_some() {
            return self.into_changed();
        }
        if acts && !changed::unasked(draft).is_empty() {
            return self.next_change(draft);
        }
        match action {
            "submit" | "prepare" if !draft.evaluation.problems.is_empty() => Step::to(Self {
                at: At::Review { checked: true },
                ..self
            })
            .with(Effect::Focus("errors".into())),
            "prepare" if !draft.procedure.is_online() => self.prepared(draft),
            "submit" | "link" if !draft.procedure.is_online() => Step::ignored(self),
            "submit" | "link" if !facts.signed_in => Step::end(FillingEnd::Link),
            "submit" => Step::end(FillingEnd::Submit),
            "abandon" => {
                let thrown = Effect::Discard(self.draft);
                Step::end(FillingEnd::Discard).with(thrown)
            }
            "home" => Step::end(FillingEnd::Leave),
            _ => Step::ignored(self),
        }
    }

    pub fn view(&self, facts: &Facts<'_>) -> Option<Screen> {
        let draft = facts.draft.as_ref()?;
        match &self.at {
            At::Page { page, checked, .. } => view::page(self, draft, facts, page, *checked),
            At::Review { checked } => Some(review::review(draft, facts, *checked)),
            At::Counter => Some(counter::view(draft, facts)),
            At::Changed => Some(changed::view(draft, facts)),
        }
    }
}

/// Stores an answer and where the person is with it.
fn answered(
    state: Filling,
    draft: &DraftFacts<'_>,
    page: &str,
    field: &str,
    value: Value,
    edit: u64,
) -> Stepped {
    if edit <= draft.edit(field) && draft.answers.get(field).is_some() {
        // An older edit arrived late, or the same one twice.
        return Step::ignored(state);
    }
    let here = DraftPlace {
        page: page.to_owned(),
        field: Some(field.to_owned()),
        answered: true,
    };
    let moved = (draft.place.as_ref() != Some(&here)).then_some(Effect::At {
        draft: draft.id,
        page: here.page,
        field: here.field,
    });
    Step::to(state)
        .with(Effect::Answer {
            draft: draft.id,
            field: field.to_owned(),
            value,
            edit,
        })
        .and(moved)
}

/// What is wrong with a field, in words.
fn problem_text(message: &str, facts: &Facts<'_>) -> Text {
    facts.say.plain(message)
}
