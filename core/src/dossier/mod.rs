//! Following a dossier: on its way, received, handled, done.
//!
//! "Đã nộp" is said by one function only, and it takes a
//! [`VerifiedReceipt`](gandan_domain::dossier::VerifiedReceipt) (I3).

mod clock;
mod notices;
mod sending;
mod track;

use gandan_domain::dossier::IntentId;
pub use notices::{happenings, unread};
use serde::{Deserialize, Serialize};

use crate::{
    journey::{Effect, Facts, On, Step, after, read_intent},
    payment,
    screen::{Event, Screen},
    store::OutboxState,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum Following {
    /// Signed, and not yet proven to be received.
    Sending {
        intent: IntentId,
    },
    /// Received: there is a verified receipt.
    Sent {
        intent: IntentId,
    },
    List,
    /// What the offices have done, newest first.
    Notices,
    Dossier {
        intent: IntentId,
    },
    Result {
        intent: IntentId,
        id: uuid::Uuid,
    },
    /// A fee of the dossier.
    Fee {
        intent: IntentId,
        id: uuid::Uuid,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FollowingEnd {
    Home,
    Search,
    Link,
    /// Take it back to its draft.
    Edit(IntentId),
    /// Forget it, confirmed.
    Abandon(IntentId),
    /// Answer what the office asks, at this question.
    Supplement(IntentId, Option<String>),
    /// Ask for it back, confirmed.
    Withdraw(IntentId),
}

impl Following {
    /// The dossier on display, if one is.
    pub const fn intent(&self) -> Option<IntentId> {
        match self {
            Self::Sending { intent }
            | Self::Sent { intent }
            | Self::Dossier { intent }
            | Self::Result { intent, .. }
            | Self::Fee { intent, .. } => Some(*intent),
            Self::List | Self::Notices => None,
        }
    }

    pub fn step(self, on: On<'_>, facts: &Facts<'_>) -> Step<Self, FollowingEnd> {
        match (self, on) {
            (Self::Dossier { intent }, On::Event(Event::Act { action }))
                if after(action, "fee").is_some() =>
            {
                let id = after(action, "fee").and_then(|id| id.parse().ok());
                match id.filter(|id| payment::screen::find(facts, *id).is_some()) {
                    Some(id) => Step::to(Self::Fee { intent, id }),
                    None => Step::ignored(self),
                }
            }
            (Self::Fee { intent, .. }, On::Event(Event::Back)) => {
                Step::to(Self::Dossier { intent })
            }
            (Self::Fee { intent, .. }, On::Event(Event::Act { action })) if action == "dossier" => {
                Step::to(Self::Dossier { intent })
            }
            (Self::Fee { intent, id }, On::News) if payment::screen::find(facts, id).is_none() => {
                Step::to(Self::Dossier { intent })
            }
            (Self::Fee { id, .. }, On::Event(Event::Act { action }))
                if payment::screen::act(action, id, facts).is_some() =>
            {
                match payment::screen::act(action, id, facts) {
                    Some(effect) => Step::to(self).with(effect),
                    None => Step::ignored(self),
                }
            }
            (Self::Sending { intent }, On::News) if facts.receipt.is_some() => {
                Step::to(Self::Sent { intent })
            }
            (Self::Sending { .. }, On::News) if facts.lane.is_none() => {
                Step::end(FollowingEnd::Home)
            }
            (Self::Sent { .. }, On::News) if facts.receipt.is_none() => {
                Step::end(FollowingEnd::Home)
            }
            (Self::Sending { intent }, On::Event(Event::Act { action })) => {
                self.act_while_sending(intent, action, facts)
            }
            (Self::Sent { intent }, On::Event(Event::Act { action })) if action == "dossier" => {
                let act = facts.lane.as_ref().and_then(|lane| lane.act.of());
                let intent = act.map_or(intent, |(of, _)| of);
                Step::to(Self::Dossier { intent })
            }
            (Self::List, On::Event(Event::Open { key, card })) => {
                match (key.as_str(), read_intent(card)) {
                    ("dossiers", Some(intent))
                        if facts.dossiers.iter().any(|found| found.intent == intent) =>
                    {
                        Step::to(Self::Dossier { intent }).and(notices::read(intent, facts))
                    }
                    ("sending", Some(intent))
                        if facts.outbox.iter().any(|found| found.intent == intent) =>
                    {
                        Step::to(Self::Sending { intent })
                    }
                    _ => Step::ignored(self),
                }
            }
            (Self::Notices, On::Event(Event::Open { key, card })) if key == "notices" => {
                let dossier = card.split('/').next().and_then(read_intent);
                match dossier.filter(|id| facts.dossiers.iter().any(|found| found.intent == *id)) {
                    Some(intent) => {
                        Step::to(Self::Dossier { intent }).and(notices::read(intent, facts))
                    }
                    None => Step::ignored(self),
                }
            }
            (Self::Notices, On::Event(Event::Act { action })) if action == "read-all" => {
                let all = facts.dossiers.iter();
                Step::to(self).and(all.filter_map(|found| notices::read(found.intent, facts)))
            }
            (Self::Dossier { intent }, On::Event(event)) if !event.is_by_itself() => {
                self.act_on_dossier(intent, event, facts)
            }
            (Self::Dossier { .. }, On::News)
                if facts.dossier.is_none() && facts.receipt.is_none() =>
            {
                Step::to(Self::List)
            }
            (Self::Result { id, .. }, On::Event(Event::Act { action }))
                if action == "open-document" && facts.result_here =>
            {
                Step::to(self).with(Effect::ShowResult(id))
            }
            (Self::Result { intent, .. }, On::Event(Event::Back)) => {
                Step::to(Self::Dossier { intent })
            }
            (_, On::Event(Event::Back)) => Step::end(FollowingEnd::Home),
            (_, On::Event(Event::Act { action })) => match action.as_str() {
                "dossiers" => Step::to(Self::List),
                "home" => Step::end(FollowingEnd::Home),
                "search" => Step::end(FollowingEnd::Search),
                _ => Step::ignored(self),
            },
            (_, On::Event(_) | On::News) => Step::ignored(self),
        }
    }

    /// Whatever a person does here, they have seen what stands here.
    fn act_on_dossier(
        self,
        intent: IntentId,
        event: &Event,
        facts: &Facts<'_>,
    ) -> Step<Self, FollowingEnd> {
        let step = match event {
            Event::Back => Step::to(Self::List),
            Event::Open { key, card } if key == "supplement" && track::may_supplement(facts) => {
                Step::end(FollowingEnd::Supplement(intent, Some(card.clone())))
            }
            Event::Act { action } => match action.as_str() {
                "supplement" if track::may_supplement(facts) => {
                    Step::end(FollowingEnd::Supplement(intent, None))
                }
                "withdraw" if track::may_withdraw(facts) => {
                    Step::end(FollowingEnd::Withdraw(intent))
                }
                "link" if !facts.signed_in => Step::end(FollowingEnd::Link),
                "dossiers" => Step::to(Self::List),
                "home" => Step::end(FollowingEnd::Home),
                other => match (known_result(other, facts), known_act(other, facts)) {
                    (Some(id), _) => Step::to(Self::Result { intent, id }),
                    (None, Some(intent)) => Step::to(Self::Sending { intent }),
                    (None, None) => Step::ignored(self),
                },
            },
            _ => Step::ignored(self),
        };
        step.and(notices::read(intent, facts))
    }

    fn act_while_sending(
        self,
        intent: IntentId,
        action: &str,
        facts: &Facts<'_>,
    ) -> Step<Self, FollowingEnd> {
        let Some(lane) = facts.lane.as_ref() else {
            return Step::end(FollowingEnd::Home);
        };
        let uploading = matches!(lane.state, OutboxState::Uploading { .. });
        match action {
            "send-now" if lane.held_until.is_some() => Step::to(self).with(Effect::Release(intent)),
            "take-back" if lane.held_until.is_some() && !lane.in_doubt => {
                Step::end(FollowingEnd::Edit(intent))
            }
            "retry" if !uploading => Step::to(self).with(Effect::Retry(intent)),
            "edit" if !uploading && !lane.in_doubt => Step::end(FollowingEnd::Edit(intent)),
            "abandon" if !uploading && !lane.in_doubt => Step::end(FollowingEnd::Abandon(intent)),
            "link" if !facts.signed_in => Step::end(FollowingEnd::Link),
            "home" => Step::end(FollowingEnd::Home),
            "dossiers" => Step::to(Self::List),
            _ => Step::ignored(self),
        }
    }

    pub fn view(self, facts: &Facts<'_>) -> Option<Screen> {
        match self {
            Self::Sending { .. } => facts
                .lane
                .as_ref()
                .map(|lane| sending::sending(lane, facts)),
            Self::Sent { .. } => facts
                .receipt
                .as_ref()
                .map(|receipt| sending::sent(receipt, facts)),
            Self::Notices => Some(notices::list(facts)),
            Self::List => Some(track::list(facts)),
            Self::Dossier { .. } => facts
                .dossier
                .as_ref()
                .map(|dossier| track::dossier(dossier, facts))
                .or_else(|| {
                    facts
                        .receipt
                        .as_ref()
                        .map(|receipt| track::just_received(receipt, facts))
                }),
            Self::Fee { id, .. } => {
                payment::screen::find(facts, id).map(|fee| payment::screen::view(fee, facts))
            }
            Self::Result { id, .. } => {
                let dossier = facts.dossier.as_ref()?;
                let result = dossier.results.iter().find(|result| result.id == id)?;
                Some(track::result(dossier, result, facts))
            }
        }
    }
}

fn known_act(action: &str, facts: &Facts<'_>) -> Option<IntentId> {
    let id = read_intent(after(action, "track")?)?;
    let known = facts.acts.iter().any(|lane| lane.intent == id);
    known.then_some(id)
}

fn known_result(action: &str, facts: &Facts<'_>) -> Option<uuid::Uuid> {
    let id = after(action, "result")?.parse().ok()?;
    let dossier = facts.dossier.as_ref()?;
    dossier
        .results
        .iter()
        .any(|result| result.id == id)
        .then_some(id)
}
