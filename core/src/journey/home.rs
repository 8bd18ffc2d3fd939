//! The first page: what one was doing, what is on its way, and what one can begin.

use gandan_domain::{
    dossier::{CounterCode, IntentId},
    text::spoken,
};
use serde::{Deserialize, Serialize};

use super::{Effect, Facts, On, Page, Step, read_intent};
use crate::{
    form::is_prepared,
    screen::{Action, Card, Event, Screen, Tone},
    store::{BIN_MS, OutboxState},
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Home {
    /// A draft that was just thrown away.
    pub discarded: Option<IntentId>,
}

pub enum HomeEnd {
    /// What happened?
    Events,
    Search,
    Dossiers,
    Notices,
    Language,
    Link,
    Resume(IntentId),
    Track(IntentId),
}

/// The drafts that are being filled, newest first.
fn drafts<'f>(facts: &'f Facts<'_>) -> impl Iterator<Item = &'f crate::store::Draft> {
    let open = |draft: &&crate::store::Draft| !draft.frozen && draft.discarded_at.is_none();
    facts.drafts.iter().filter(open)
}

/// The ones that were thrown away and can still be had back.
fn bin<'f>(facts: &'f Facts<'_>) -> impl Iterator<Item = &'f crate::store::Draft> {
    let thrown = |draft: &&crate::store::Draft| !draft.frozen && draft.discarded_at.is_some();
    facts.drafts.iter().filter(thrown)
}

impl Home {
    pub fn step(self, on: On<'_>, facts: &Facts<'_>) -> Step<Self, HomeEnd> {
        match (self, on) {
            (
                Self {
                    discarded: Some(draft),
                },
                On::Event(Event::Act { action }),
            ) if action == "undo" => {
                Step::to(Self { discarded: None }).with(Effect::Restore(draft))
            }
            (_, On::Event(Event::Act { action })) => match action.as_str() {
                "events" if !facts.content.pack.life_events.is_empty() => {
                    Step::end(HomeEnd::Events)
                }
                "search" => Step::end(HomeEnd::Search),
                "dossiers" => Step::end(HomeEnd::Dossiers),
                "notices" => Step::end(HomeEnd::Notices),
                "language" => Step::end(HomeEnd::Language),
                "link" if !facts.signed_in => Step::end(HomeEnd::Link),
                _ => Step::ignored(self),
            },
            (_, On::Event(Event::Open { key, card })) => match (key.as_str(), read_intent(card)) {
                ("drafts", Some(id)) if drafts(facts).any(|draft| draft.intent == id) => {
                    Step::end(HomeEnd::Resume(id))
                }
                ("bin", Some(id)) if bin(facts).any(|draft| draft.intent == id) => {
                    Step::end(HomeEnd::Resume(id)).with(Effect::Restore(id))
                }
                ("sending", Some(id)) if facts.outbox.iter().any(|lane| lane.intent == id) => {
                    Step::end(HomeEnd::Track(id))
                }
                _ => Step::ignored(self),
            },
            (_, On::Event(_) | On::News) => Step::ignored(self),
        }
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
        let drafts: Vec<Card> = drafts(facts)
            .map(|draft| Card {
                id: draft.intent.to_string(),
                title: title(&draft.procedure),
                detail: Some(if is_prepared(draft) {
                    let code = CounterCode::of(draft.intent).to_string();
                    let code = spoken::code(&code, lang);
                    say.text("home-prepared-detail", &[("code", code.into())])
                } else {
                    let when = spoken::moment(draft.created_at, lang);
                    say.text("home-draft-detail", &[("when", when.into())])
                }),
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
        let thrown_away: Vec<Card> = bin(facts)
            .map(|draft| Card {
                picture: None,
                id: draft.intent.to_string(),
                title: title(&draft.procedure),
                detail: draft.discarded_at.map(|at| {
                    let until = at.plus_ms(BIN_MS);
                    say.text(
                        "home-bin-detail",
                        &[("until", spoken::date(until.date(), lang).into())],
                    )
                }),
            })
            .collect();
        if !thrown_away.is_empty() {
            page.heading("bin-heading", 2, say.plain("home-bin"));
            page.cards("bin", thrown_away);
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
        let unread = crate::dossier::unread(facts);
        page.push_action(Action {
            id: "notices".into(),
            label: say.text("home-notices", &[("count", unread.into())]),
            confirm: None,
            enabled: true,
        });
        if !facts.signed_in {
            page.action("link", "home-link");
        }
        page.action("language", "common-change-language");
        page.caveat();
        page.done()
    }
}
