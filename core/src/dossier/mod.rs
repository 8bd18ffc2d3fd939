//! Following a dossier: on its way, received, handled, done.
//!
//! "Đã nộp" is said by one function only, and it takes a
//! [`VerifiedReceipt`](gandan_domain::dossier::VerifiedReceipt) (I3).

mod sending;
mod track;

use gandan_domain::dossier::IntentId;
use serde::{Deserialize, Serialize};

use crate::{
    journey::{Effect, Facts, On, Step, after, read_intent},
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
    Dossier {
        intent: IntentId,
    },
    Result {
        intent: IntentId,
        id: uuid::Uuid,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FollowingEnd {
    Home,
    Search,
    Link,
    /// Take it back to its draft.
    Edit(IntentId),
    /// Forget it, confirmed.
    Abandon(IntentId),
}

impl Following {
    /// The dossier on display, if one is.
    pub const fn intent(&self) -> Option<IntentId> {
        match self {
            Self::Sending { intent }
            | Self::Sent { intent }
            | Self::Dossier { intent }
            | Self::Result { intent, .. } => Some(*intent),
            Self::List => None,
        }
    }

    pub fn step(self, on: On<'_>, facts: &Facts<'_>) -> Step<Self, FollowingEnd> {
        match (self, on) {
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
                Step::to(Self::Dossier { intent })
            }
            (Self::List, On::Event(Event::Open { key, card })) => {
                match (key.as_str(), read_intent(card)) {
                    ("dossiers", Some(intent))
                        if facts.dossiers.iter().any(|found| found.intent == intent) =>
                    {
                        Step::to(Self::Dossier { intent })
                    }
                    ("sending", Some(intent))
                        if facts.outbox.iter().any(|found| found.intent == intent) =>
                    {
                        Step::to(Self::Sending { intent })
                    }
                    _ => Step::ignored(self),
                }
            }
            (Self::Dossier { .. }, On::News)
                if facts.dossier.is_none() && facts.receipt.is_none() =>
            {
                Step::to(Self::List)
            }
            (Self::Dossier { intent }, On::Event(Event::Act { action }))
                if after(action, "result").is_some() =>
            {
                match known_result(action, facts) {
                    Some(id) => Step::to(Self::Result { intent, id }),
                    None => Step::ignored(self),
                }
            }
            (Self::Result { id, .. }, On::Event(Event::Act { action }))
                if action == "open-document" && facts.result_here =>
            {
                Step::to(self).with(Effect::ShowResult(id))
            }
            (Self::Result { intent, .. }, On::Event(Event::Back)) => {
                Step::to(Self::Dossier { intent })
            }
            (Self::Dossier { .. }, On::Event(Event::Back)) => Step::to(Self::List),
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
            Self::Result { id, .. } => {
                let dossier = facts.dossier.as_ref()?;
                let result = dossier.results.iter().find(|result| result.id == id)?;
                Some(track::result(dossier, result, facts))
            }
        }
    }
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
