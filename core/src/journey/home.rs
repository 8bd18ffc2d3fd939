//! The first page: what one was doing, what is on its way, and what one can begin.

use gandan_domain::{dossier::IntentId, text::spoken};
use serde::{Deserialize, Serialize};

use super::{Effect, Facts, On, Page, Step, read_intent};
use crate::{
    screen::{Card, Event, Screen, Tone},
    store::OutboxState,
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Home {
    /// A draft that was just thrown away: hidden, and gone for good only when this page is left.
    pub discarded: Option<IntentId>,
}

pub enum HomeEnd {
    /// What happened?
    Events,
    Search,
    Dossiers,
    Language,
    Link,
    Resume(IntentId),
    Track(IntentId),
}

impl Home {
    pub fn step(self, on: On<'_>, facts: &Facts<'_>) -> Step<Self, HomeEnd> {
        let step = match (self, on) {
            (Self { discarded: Some(_) }, On::Event(Event::Act { action })) if action == "undo" => {
                return Step::to(Self { discarded: None });
            }
            (_, On::Event(Event::Act { action })) => match action.as_str() {
                "events" if !facts.content.pack.life_events.is_empty() => {
                    Step::end(HomeEnd::Events)
                }
                "search" => Step::end(HomeEnd::Search),
                "dossiers" => Step::end(HomeEnd::Dossiers),
                "language" => Step::end(HomeEnd::Language),
                "link" if !facts.signed_in => Step::end(HomeEnd::Link),
                _ => Step::ignored(self),
            },
            (_, On::Event(Event::Open { key, card })) => match (key.as_str(), read_intent(card)) {
                ("drafts", Some(id))
                    if self.shown_drafts(facts).any(|draft| draft.intent == id) =>
                {
                    Step::end(HomeEnd::Resume(id))
                }
                ("sending", Some(id)) if facts.outbox.iter().any(|lane| lane.intent == id) => {
                    Step::end(HomeEnd::Track(id))
                }
                _ => Step::ignored(self),
            },
            (_, On::Event(_) | On::News) => Step::ignored(self),
        };
        match (&step.next, self.discarded) {
            (super::Next::Complete(_), Some(draft)) => step.with(Effect::Discard(draft)),
            _ => step,
        }
    }

    fn shown_drafts<'f>(
        &self,
        facts: &'f Facts<'_>,
    ) -> impl Iterator<Item = &'f crate::store::Draft> + use<'f> {
        let hidden = self.discarded;
        facts
            .drafts
            .iter()
            .filter(move |draft| !draft.frozen && Some(draft.intent) != hidden)
    }

    pub fn view(self, facts: &Facts<'_>) -> Screen {
        let say = facts.say;
        let lang = say.lang();
        let mut page = Page::new(say, "home", gandan_domain::text::Text::vi("Gần Dân"));
        if self.discarded.is_some() {
            page.notice("discarded", Tone::Success, say.plain("home-discarded"));
            page.action("undo", "home-undo");
        }
        let title = |code: &str| {
            facts.procedure(code).map_or_else(
                || gandan_domain::text::Text::vi(code),
                |found| say.local(&found.title),
            )
        };
        let drafts: Vec<Card> = self
            .shown_drafts(facts)
            .map(|draft| Card {
                id: draft.intent.to_string(),
                title: title(&draft.procedure),
                detail: Some(say.text(
                    "home-draft-detail",
                    &[("when", spoken::moment(draft.created_at, lang).into())],
                )),
                picture: facts.picture(&draft.procedure),
            })
            .collect();
        if !drafts.is_empty() {
            page.heading("drafts-heading", 2, say.plain("home-drafts"));
            page.cards("drafts", drafts);
        }
        let sending: Vec<Card> = facts
            .outbox
            .iter()
            .filter(|lane| lane.state != OutboxState::Sent)
            .map(|lane| Card {
                id: lane.intent.to_string(),
                title: title(&lane.procedure),
                detail: Some(say.plain(match lane.state {
                    OutboxState::Wedged { .. } => "home-sending-wedged",
                    _ => "home-sending-waiting",
                })),
                picture: facts.picture(&lane.procedure),
            })
            .collect();
        if !sending.is_empty() {
            page.heading("sending-heading", 2, say.plain("home-sending"));
            page.cards("sending", sending);
        }
        page.paragraph(
            "linked",
            say.plain(if facts.signed_in {
                "home-linked"
            } else {
                "home-not-linked"
            }),
        );
        page.action("search", "home-search");
        if !facts.content.pack.life_events.is_empty() {
            page.action("events", "events-title");
        }
        page.action("dossiers", "home-dossiers");
        if !facts.signed_in {
            page.action("link", "home-link");
        }
        page.action("language", "common-change-language");
        page.caveat();
        page.done()
    }
}
