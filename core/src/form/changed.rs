//! The form has changed while somebody was filling it, or after they signed.
//!
//! The answers have moved along by field id. Here the person hears what is different: which questions
//! are new or ask something else, how many are gone, and what the fee is now. Then only the pages with
//! those questions are walked, and what follows is the review and a new signature: the old one was
//! thrown away with its text.

use std::collections::BTreeSet;

use gandan_domain::catalog::Procedure;

use super::{At, Filling, FillingEnd, Stepped, repeats};
use crate::{
    journey::{DraftFacts, Effect, Facts, On, Page, Step, row},
    payment,
    screen::{Card, Event, Screen, Tone},
    store::{Moved, SeenForm},
};

/// What to tell of a form that is another one than was `seen`; nothing if nothing is different to
/// the person. What was to be told `before` and was not gone through is told with it, as one change.
pub fn moved(seen: &SeenForm, before: Option<&Moved>, procedure: &Procedure) -> Option<Moved> {
    let form = &procedure.form;
    let since = form.since(&seen.form);
    let (mut ask, mut gone) = (since.ask, since.gone);
    let (mut from, mut fee) = (seen.form.version, seen.fee.clone());
    if let Some(before) = before {
        ask.extend_from_slice(&before.ask);
        gone += before.gone;
        (from, fee) = (before.from, before.fee.clone());
    }
    let mut once = BTreeSet::new();
    ask.retain(|field| form.field(field).is_some() && once.insert(field.clone()));
    let nothing = ask.is_empty() && gone == 0 && fee == procedure.fee;
    (!nothing).then_some(Moved {
        from,
        ask,
        gone,
        fee,
        told: false,
    })
}

/// The questions that the person still has to go past, as far as they are asked now: the page of
/// each, and its id.
pub fn unasked<'m>(draft: &'m DraftFacts<'_>) -> Vec<(String, &'m str)> {
    let Some(moved) = &draft.moved else {
        return Vec::new();
    };
    let pages = draft.evaluation.pages.iter();
    pages
        .flat_map(|page| {
            let asked = moved.ask.iter().filter(move |ask| {
                page.fields()
                    .any(|field| field.id == **ask && field.computed.is_none())
            });
            asked.map(|ask| (page.page.id.clone(), ask.as_str()))
        })
        .collect()
}

impl Filling {
    pub fn changed(draft: gandan_domain::dossier::IntentId) -> Self {
        Self {
            at: At::Changed,
            ..Self::open(draft, None)
        }
    }

    pub(super) fn into_changed(self) -> Stepped {
        Step::to(Self {
            at: At::Changed,
            ..self
        })
    }

    pub(super) fn step_at_changed(self, on: On<'_>, draft: &DraftFacts<'_>) -> Stepped {
        let told = Effect::Told {
            draft: draft.id,
            past: Vec::new(),
        };
        match on {
            On::News if draft.untold().is_none() => self.next_change(draft),
            On::Event(Event::Open { key, card }) if key == "changed-list" => {
                self.change(draft, card).with(told)
            }
            On::Event(Event::Act { action }) => match action.as_str() {
                "next" => self.next_change(draft).with(told),
                "abandon" => {
                    let thrown = Effect::Discard(self.draft);
                    Step::end(FillingEnd::Discard).with(thrown)
                }
                "home" => Step::end(FillingEnd::Leave),
                _ => Step::ignored(self),
            },
            On::Event(Event::Back) => Step::end(FillingEnd::Leave),
            On::Event(_) | On::News => Step::ignored(self),
        }
    }

    /// To the first page with a question that is still to be looked at, or to the review.
    pub(super) fn next_change(self, draft: &DraftFacts<'_>) -> Stepped {
        self.next_change_after(draft, "")
    }

    /// The same, when this page has been gone past.
    pub(super) fn next_change_after(self, draft: &DraftFacts<'_>, page: &str) -> Stepped {
        let mut left = unasked(draft).into_iter();
        let next = left.find(|(at, _)| at != page);
        match next {
            Some((page, field)) => {
                let focus = Effect::Focus(field.to_owned());
                self.turn_to(draft, page, true).with(focus)
            }
            None => Step::to(Self {
                at: At::Review { checked: false },
                ..self
            }),
        }
    }
}

/// Gone past with this page.
pub fn past(draft: &DraftFacts<'_>, page: &str) -> Option<Effect> {
    let past: Vec<String> = unasked(draft)
        .into_iter()
        .filter(|(at, _)| at == page)
        .map(|(_, field)| field.to_owned())
        .collect();
    (!past.is_empty()).then_some(Effect::Told {
        draft: draft.id,
        past,
    })
}

/// On a page or the review: that there is something to look at.
pub fn notice(page: &mut Page<'_>, draft: &DraftFacts<'_>, facts: &Facts<'_>) {
    if draft.untold().is_some() {
        page.notice(
            "form-changed",
            Tone::Warning,
            facts.say.plain("changed-notice"),
        );
    }
}

/// What is still to be looked at, leading there.
pub fn list(page: &mut Page<'_>, draft: &DraftFacts<'_>, facts: &Facts<'_>) {
    let cards: Vec<Card> = unasked(draft)
        .into_iter()
        .map(|(_, field)| Card {
            id: field.to_owned(),
            title: repeats::label(&draft.procedure.form, field, facts.say),
            detail: None,
            picture: None,
        })
        .collect();
    if !cards.is_empty() {
        let count = i64::try_from(cards.len()).unwrap_or(i64::MAX);
        let heading = facts.say.text("changed-list", &[("count", count.into())]);
        page.heading("changed-heading", 2, heading);
        page.cards("changed-list", cards);
    }
}

pub fn view(draft: &DraftFacts<'_>, facts: &Facts<'_>) -> Screen {
    let say = facts.say;
    let mut page = Page::new(say, "changed", say.plain("changed-title"));
    page.back(true);
    page.paragraph("what", say.local(&draft.procedure.title));
    page.notice("changed", Tone::Warning, say.plain("changed-told"));
    list(&mut page, draft, facts);
    let Some(moved) = &draft.moved else {
        page.action("next", "common-next");
        return page.done();
    };
    if moved.gone > 0 {
        let count = i64::try_from(moved.gone).unwrap_or(i64::MAX);
        page.paragraph("gone", say.text("changed-gone", &[("count", count.into())]));
    }
    let now = payment::amount(draft, facts);
    let (had, has) = (facts.fee_by(&moved.fee, draft), facts.fee(draft));
    if had.total() == has.total() {
        page.paragraph(
            "fee-same",
            say.text("changed-fee-same", &[("fee", now.into())]),
        );
        page.action("next", "common-next");
    } else {
        page.heading("fee-heading", 2, say.plain("changed-fee"));
        page.summary(
            "fee",
            vec![
                row(
                    say.plain("changed-fee-before"),
                    payment::amount_by(&moved.fee, draft, facts),
                ),
                row(say.plain("changed-fee-now"), now.clone()),
            ],
        );
        let confirm = say.text("changed-fee-confirm", &[("fee", now.into())]);
        page.confirmed("next", "changed-fee-accept", confirm);
    }
    page.action("home", "form-save-and-leave");
    page.confirmed(
        "abandon",
        "common-abandon",
        say.plain("review-abandon-confirm"),
    );
    page.done()
}
