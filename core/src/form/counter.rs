//! The end of a form that cannot be filed online: a prepared file, and a code for the counter.
//!
//! The prepared file is the draft itself, sealed on this phone like every draft, with the person's
//! place in it at [`PAGE`]; the code is a function of its id. So there is nothing to mint and nothing
//! to lose: a kill comes back here, and a change of an answer leads back through the review. Nothing
//! is signed, frozen or sent, and no word here says that it was.

use gandan_domain::{
    dossier::CounterCode,
    text::{Text, spoken},
};

use super::{At, Filling, FillingEnd, Stepped, review};
use crate::{
    catalog::office,
    journey::{DraftFacts, Effect, Facts, On, Page, Step, row},
    payment,
    screen::{BlockKind, Event, Screen, Tone},
    store::Draft,
};

/// Where a prepared draft says that the person is. No page of a form can have this id.
pub const PAGE: &str = "~counter";

/// It was prepared for the counter, and has not been changed since.
pub fn is_prepared(draft: &Draft) -> bool {
    draft.place.as_ref().is_some_and(|place| place.page == PAGE)
}

impl Filling {
    /// Everything is answered: remember that it is ready.
    pub(super) fn prepared(self, draft: &DraftFacts<'_>) -> Stepped {
        Step::to(Self {
            at: At::Counter,
            ..self
        })
        .with(Effect::At {
            draft: draft.id,
            page: PAGE.into(),
            field: None,
        })
    }

    pub(super) fn step_at_counter(self, on: On<'_>, draft: &DraftFacts<'_>) -> Stepped {
        match on {
            // Time has passed or the content is newer: it is not ready any more.
            On::News if !draft.evaluation.problems.is_empty() => Step::to(Self {
                at: At::Review { checked: true },
                ..self
            }),
            On::Event(Event::Back) => self.into_review(),
            On::Event(Event::Act { action }) => match action.as_str() {
                "edit" => self.into_review(),
                "abandon" => {
                    let thrown = Effect::Discard(self.draft);
                    Step::end(FillingEnd::Discard).with(thrown)
                }
                "home" => Step::end(FillingEnd::Leave),
                _ => Step::ignored(self),
            },
            On::Event(_) | On::News => Step::ignored(self),
        }
    }

    fn into_review(self) -> Stepped {
        Step::to(Self {
            at: At::Review { checked: false },
            ..self
        })
    }
}

pub fn view(draft: &DraftFacts<'_>, facts: &Facts<'_>) -> Screen {
    let say = facts.say;
    let procedure = draft.procedure;
    let answers = &draft.clean;
    let mut page = Page::new(say, "counter", say.plain("counter-title"));
    page.back(true);
    page.paragraph("procedure", say.local(&procedure.title));
    page.notice("not-filed", Tone::Warning, say.plain("counter-not-filed"));
    let code = CounterCode::of(draft.id).to_string();
    page.push(
        "code",
        BlockKind::Code {
            label: say.plain("counter-code"),
            code: spoken::code(&code, say.lang()),
            qr: Some(code),
        },
    );
    page.paragraph("how", say.plain("counter-how"));

    page.heading("place-heading", 2, say.plain("counter-place"));
    let office = facts.office();
    let mut rows = office::rows(office, facts);
    rows.push(row(
        say.plain("procedure-fee"),
        payment::amount(draft, facts),
    ));
    page.summary("place", rows);
    office::notes(&mut page, office, facts);

    page.heading("bring-heading", 2, say.plain("counter-bring"));
    let bring: Vec<Text> = procedure
        .components_for(&draft.answers)
        .filter(|component| !component.known_to_state)
        .map(|component| say.local(&component.name))
        .collect();
    if bring.is_empty() {
        page.paragraph("bring-nothing", say.plain("counter-bring-nothing"));
    }
    for (at, paper) in bring.into_iter().enumerate() {
        page.paragraph(format!("bring/{at}"), paper);
    }

    let visits = procedure.visits.iter().filter(|visit| {
        visit
            .when
            .as_ref()
            .is_none_or(|when| procedure.form.holds(when, answers))
    });
    let visits: Vec<Text> = visits.map(|visit| say.local(&visit.why)).collect();
    if !visits.is_empty() {
        page.heading("visits-heading", 2, say.plain("counter-visits"));
    }
    for (at, visit) in visits.into_iter().enumerate() {
        page.paragraph(format!("visit/{at}"), visit);
    }

    page.heading("answers-heading", 2, say.plain("counter-answers"));
    review::answers(&mut page, draft, facts, false);
    page.action("home", "common-home");
    page.action("edit", "counter-edit");
    page.confirmed(
        "abandon",
        "common-abandon",
        say.plain("review-abandon-confirm"),
    );
    page.done()
}
