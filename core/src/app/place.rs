//! Where a person can be, and which journey leads to which: the parent that no journey knows.

use gandan_domain::{dossier::IntentId, text::Lang};
use serde::{Deserialize, Serialize};

use crate::{
    catalog::{Finding, FindingEnd, Guiding, GuidingEnd},
    dossier::{Following, FollowingEnd},
    form::{Filling, FillingEnd},
    identity::{Linking, LinkingEnd},
    journey::{Effect, Facts, Home, HomeEnd, Language, Next, On, Step},
    screen::{Event, Screen},
};

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "place", rename_all = "snake_case")]
pub enum Place {
    Language {
        state: Language,
    },
    Home {
        state: Home,
    },
    Finding {
        state: Finding,
    },
    Guiding {
        state: Guiding,
    },
    Linking {
        state: Linking,
        /// Where one goes on, linked or not.
        then: Box<Place>,
        /// Where "back" leads.
        from: Box<Place>,
    },
    Filling {
        state: Filling,
    },
    Following {
        state: Following,
    },
}

impl Default for Place {
    fn default() -> Self {
        Self::Home {
            state: Home::default(),
        }
    }
}

/// What has to be read before a place can be shown.
#[derive(Default)]
pub struct Needs {
    pub sign_in: bool,
    pub lists: bool,
    pub dossiers: bool,
    pub draft: Option<IntentId>,
    pub following: Option<IntentId>,
    /// What has been read.
    pub reads: bool,
    pub result: Option<uuid::Uuid>,
}

/// What needs the store's answer before the next place is known.
pub enum After {
    Speak(Lang),
    Start(String),
    Resume(IntentId),
    Submit(IntentId),
    Edit(IntentId),
    Abandon(IntentId),
    /// Answer what the office asks of this dossier, at this question.
    Supplement(IntentId, Option<String>),
    Withdraw(IntentId),
    /// The draft is not at hand, or not a draft any more.
    Gone(IntentId),
}

/// The place that follows, what to do on the way, and what decides the place after all.
type Moved = (Place, Vec<Effect>, Option<After>);

impl Place {
    /// Of a new installation.
    pub const fn first() -> Self {
        Self::Language {
            state: Language { chosen: false },
        }
    }

    pub fn fill(draft: IntentId, page: Option<String>) -> Self {
        Self::Filling {
            state: Filling::open(draft, page),
        }
    }

    pub fn review(draft: IntentId) -> Self {
        Self::Filling {
            state: Filling::review(draft),
        }
    }

    /// What has changed of the form, before anything else.
    pub fn changed(draft: IntentId) -> Self {
        Self::Filling {
            state: Filling::changed(draft),
        }
    }

    pub const fn sending(intent: IntentId) -> Self {
        Self::Following {
            state: Following::Sending { intent },
        }
    }

    pub const fn dossier(intent: IntentId) -> Self {
        Self::Following {
            state: Following::Dossier { intent },
        }
    }

    /// A new draft: first what linking would bring, unless it is linked.
    pub fn start(draft: IntentId, code: &str, signed_in: bool) -> Self {
        let filling = Self::fill(draft, None);
        if signed_in {
            return filling;
        }
        Self::Linking {
            state: Linking::new(true),
            from: Box::new(Self::Finding {
                state: Finding::procedure(code),
            }),
            then: Box::new(filling),
        }
    }

    fn link(self, may_wait: bool) -> Self {
        Self::Linking {
            state: Linking::new(may_wait),
            from: Box::new(self.clone()),
            then: Box::new(self),
        }
    }

    pub fn needs(&self) -> Needs {
        match self {
            Self::Language { .. } | Self::Finding { .. } | Self::Guiding { .. } => Needs::default(),
            Self::Home { .. } => Needs {
                lists: true,
                dossiers: true,
                reads: true,
                ..Needs::default()
            },
            Self::Linking { then, .. } => Needs {
                sign_in: true,
                draft: then.needs().draft,
                ..Needs::default()
            },
            Self::Filling { state } => Needs {
                draft: Some(state.draft),
                ..Needs::default()
            },
            Self::Following { state } => Needs {
                lists: matches!(state, Following::List),
                dossiers: matches!(state, Following::List | Following::Notices),
                reads: true,
                draft: state.intent(),
                following: state.intent(),
                result: match state {
                    Following::Result { id, .. } => Some(*id),
                    _ => None,
                },
                ..Needs::default()
            },
        }
    }

    /// `None` where the event means nothing here.
    pub fn step(self, on: On<'_>, facts: &Facts<'_>) -> Option<Moved> {
        match self {
            Self::Language { state } => {
                led(state.step(on), |state| Self::Language { state }, language)
            }
            Self::Home { state } => led(state.step(on, facts), |state| Self::Home { state }, home),
            Self::Finding { state } => led(
                state.step(on, facts),
                |state| Self::Finding { state },
                finding,
            ),
            Self::Guiding { state } => led(
                state.step(on, facts),
                |state| Self::Guiding { state },
                guiding,
            ),
            Self::Linking { state, then, from } => {
                let ends = (*then.clone(), *from.clone());
                led(
                    state.step(on, facts),
                    |state| Self::Linking { state, then, from },
                    |end| match end {
                        LinkingEnd::Linked | LinkingEnd::Later => (ends.0, None),
                        LinkingEnd::Back => (ends.1, None),
                    },
                )
            }
            Self::Filling { state } => {
                let stay = Self::Filling {
                    state: state.clone(),
                };
                led(
                    state.step(on, facts),
                    |state| Self::Filling { state },
                    |end| filling(end, stay),
                )
            }
            Self::Following { state } => {
                // A dossier that cannot be shown must not hold one here.
                if matches!(on, On::Event(Event::Act { action }) if action == "home") {
                    return Some((Self::default(), Vec::new(), None));
                }
                let stay = Self::Following { state };
                led(
                    state.step(on, facts),
                    |state| Self::Following { state },
                    |end| following(end, stay),
                )
            }
        }
    }

    pub fn view(&self, facts: &Facts<'_>) -> Option<Screen> {
        match self {
            Self::Language { state } => Some(state.view(facts)),
            Self::Home { state } => Some(state.view(facts)),
            Self::Finding { state } => Some(state.view(facts)),
            Self::Guiding { state } => Some(state.view(facts)),
            Self::Linking { state, .. } => Some(state.view(facts)),
            Self::Filling { state } => state.view(facts),
            Self::Following { state } => state.view(facts),
        }
    }
}

fn led<S, E>(
    step: Step<S, E>,
    stay: impl FnOnce(S) -> Place,
    end: impl FnOnce(E) -> (Place, Option<After>),
) -> Option<Moved> {
    match step.next {
        Next::Continue(state) => Some((stay(state), step.effects, None)),
        Next::Complete(done) => {
            let (place, after) = end(done);
            Some((place, step.effects, after))
        }
        Next::Ignored(_) => None,
    }
}

fn language(end: Option<Lang>) -> (Place, Option<After>) {
    (Place::default(), end.map(After::Speak))
}

fn home(end: HomeEnd) -> (Place, Option<After>) {
    let place = match end {
        HomeEnd::Search => Place::Finding {
            state: Finding::search(),
        },
        HomeEnd::Events => Place::Guiding {
            state: Guiding::default(),
        },
        HomeEnd::Dossiers => Place::Following {
            state: Following::List,
        },
        HomeEnd::Notices => Place::Following {
            state: Following::Notices,
        },
        HomeEnd::Language => Place::Language {
            state: Language { chosen: true },
        },
        HomeEnd::Link => Place::default().link(true),
        HomeEnd::Track(intent) => Place::sending(intent),
        HomeEnd::Resume(intent) => return (Place::default(), Some(After::Resume(intent))),
    };
    (place, None)
}

fn finding(end: FindingEnd) -> (Place, Option<After>) {
    match end {
        FindingEnd::Start(code) => (Place::default(), Some(After::Start(code))),
        FindingEnd::Guide(state) => (Place::Guiding { state }, None),
        FindingEnd::Home => (Place::default(), None),
    }
}

fn guiding(end: GuidingEnd) -> (Place, Option<After>) {
    let place = match end {
        GuidingEnd::Read(code, guide) => Place::Finding {
            state: Finding::guided(code, guide),
        },
        GuidingEnd::Search => Place::Finding {
            state: Finding::search(),
        },
        GuidingEnd::Home => Place::default(),
    };
    (place, None)
}

fn filling(end: FillingEnd, stay: Place) -> (Place, Option<After>) {
    let draft = stay.needs().draft;
    match (end, draft) {
        (FillingEnd::Leave, _) | (_, None) => (Place::default(), None),
        (FillingEnd::Gone, Some(draft)) => (Place::default(), Some(After::Gone(draft))),
        (FillingEnd::Link, _) => (stay.link(false), None),
        (FillingEnd::Submit, Some(draft)) => (stay, Some(After::Submit(draft))),
        (FillingEnd::Discard, Some(draft)) => (
            Place::Home {
                state: Home {
                    discarded: Some(draft),
                },
            },
            None,
        ),
    }
}

fn following(end: FollowingEnd, stay: Place) -> (Place, Option<After>) {
    match end {
        FollowingEnd::Home => (Place::default(), None),
        FollowingEnd::Search => (
            Place::Finding {
                state: Finding::search(),
            },
            None,
        ),
        FollowingEnd::Link => (stay.link(false), None),
        FollowingEnd::Edit(intent) => (stay, Some(After::Edit(intent))),
        FollowingEnd::Abandon(intent) => (stay, Some(After::Abandon(intent))),
        FollowingEnd::Supplement(intent, field) => (stay, Some(After::Supplement(intent, field))),
        FollowingEnd::Withdraw(intent) => (stay, Some(After::Withdraw(intent))),
    }
}
