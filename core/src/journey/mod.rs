//! What happens next: pure state machines, one `match (state, event)` each.
//!
//! ```text
//!  language ─► home ─► search ⇄ procedure ─ start ─► (link) ─► form pages ⇄ review ─ submit ─┐
//!    ▲          │  └──────────── dossiers ⇄ dossier ⇄ result ◄── sent ◄── sending ◄─────────┘
//!    └──────────┘      (link: asked before the browser opens, and can wait until the submit)
//! ```
//!
//! A journey is `step(state, on, facts) -> Step`: it reads [`Facts`], never the store, and answers
//! with a state and with [`Effect`]s for the facade to carry out. A child says
//! [`Next::Continue`] or [`Next::Complete`] and does not know its parent; [`crate::app`] is the
//! only parent. Every state is serialisable, holds no answers, and is stored after each event, so
//! that a kill comes back to the same question (I1).
//!
//! What was rejected: async journeys, one task each ("await the next event"): their place is a
//! stack of futures, which no disk remembers.

mod home;
mod language;
mod say;

use std::collections::{BTreeMap, BTreeSet};

use gandan_domain::{
    Private, Problem,
    catalog::{Picture, Procedure},
    dossier::{IntentId, VerifiedReceipt, supplement::Supplemented},
    form::{Answers, Evaluation, Value},
    payment::VerifiedPayment,
    place::Office,
    text::Text,
    time::Instant,
    wire::DossierView,
};

use crate::{
    catalog::Content,
    screen::{Event, Key, Request},
    store::{
        Draft, DraftPlace, Moved, OutboxEntry, PayAct, PayProblem, PayWish, Prefill, Reads,
        SupplementOf,
    },
};

pub use home::{Home, HomeEnd};
pub use language::Language;
pub use say::{Page, Say, row, sentences};

/// What a journey is stepped by.
#[derive(Clone, Copy)]
pub enum On<'a> {
    /// The person or the platform did something.
    Event(&'a Event),
    /// The facts may have changed: something was stored, or arrived.
    News,
}

/// A journey's answer.
pub struct Step<S, E> {
    pub next: Next<S, E>,
    pub effects: Vec<Effect>,
}

/// Where a journey goes.
pub enum Next<S, E> {
    Continue(S),
    Complete(E),
    /// The event means nothing in this state: traced, and nothing changes.
    Ignored(S),
}

impl<S, E> Step<S, E> {
    pub const fn to(state: S) -> Self {
        Self {
            next: Next::Continue(state),
            effects: Vec::new(),
        }
    }

    pub const fn end(end: E) -> Self {
        Self {
            next: Next::Complete(end),
            effects: Vec::new(),
        }
    }

    pub const fn ignored(state: S) -> Self {
        Self {
            next: Next::Ignored(state),
            effects: Vec::new(),
        }
    }

    #[must_use]
    pub fn with(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }

    #[must_use]
    pub fn and(mut self, effects: impl IntoIterator<Item = Effect>) -> Self {
        self.effects.extend(effects);
        self
    }
}

/// What a journey wants done. Has no `Debug`: it carries answers.
pub enum Effect {
    Answer {
        draft: IntentId,
        field: String,
        value: Value,
        edit: u64,
    },
    Attach {
        draft: IntentId,
        field: String,
        bytes: Private<Vec<u8>>,
        media_type: String,
    },
    RemoveFile {
        draft: IntentId,
        field: String,
    },
    /// Remember the question inside the draft, for whenever it is opened again.
    At {
        draft: IntentId,
        page: String,
        field: Option<String>,
    },
    WantPrefill {
        procedure: String,
    },
    BeginSignIn,
    BrowserReturned {
        url: String,
    },
    AbandonSignIn,
    Retry(IntentId),
    /// Send it now: it is not to be taken back any more.
    Release(IntentId),
    Discard(IntentId),
    Restore(IntentId),
    /// Give a question back the answer it had before; `or` is what was filed.
    Undo {
        draft: IntentId,
        field: String,
        or: Option<Value>,
    },
    /// The person has seen the first `upto` entries of this dossier's history.
    Read {
        dossier: IntentId,
        upto: u32,
    },
    /// The person knows that the form has changed (`past` is empty), or has gone past these of its
    /// questions.
    Told {
        draft: IntentId,
        past: Vec<String>,
    },
    ShowResult(uuid::Uuid),
    /// Confirmed: start paying, or say that nothing was transferred.
    Pay {
        intent: IntentId,
        fee: uuid::Uuid,
        act: PayAct,
    },
    /// Ask the backend what is new.
    LookAgain,
    Ask(Request),
    Focus(Key),
    Announce(Text),
    /// Tell the four sentences on this screen.
    Tell(Problem),
}

/// What is known when an event is handled: read from the store just before, for the place the
/// person is at. What a place does not need is left empty.
pub struct Facts<'a> {
    pub content: &'a Content,
    pub say: &'a Say,
    /// By the phone's own clock, which may be years ahead; never before `told`.
    pub now: Instant,
    /// By the backend's, when it last said how the dossiers stand.
    pub told: Option<Instant>,
    pub signed_in: bool,
    /// The browser has returned and the engine is finishing the sign-in, or it is still open.
    pub signing_in: bool,
    pub sign_in_problem: Option<Problem>,
    /// The platform's or the last exchange's word.
    pub online: bool,
    /// Not yet signed; newest first.
    pub drafts: Vec<Draft>,
    /// Signed; oldest first.
    pub outbox: Vec<OutboxEntry>,
    pub dossiers: Vec<DossierView>,
    pub draft: Option<DraftFacts<'a>>,
    pub lane: Option<OutboxEntry>,
    pub receipt: Option<VerifiedReceipt>,
    pub dossier: Option<DossierView>,
    /// What was confirmed about a payment and is under way.
    pub pay_wish: Option<PayWish>,
    pub pay_problem: Option<PayProblem>,
    /// The verified payments of the dossier on display, by fee.
    pub payments: BTreeMap<uuid::Uuid, VerifiedPayment>,
    /// The bytes of the result on display have arrived.
    pub result_here: bool,
    /// What was asked about the dossier on display since it was filed; oldest first.
    pub acts: Vec<OutboxEntry>,
    /// How far the person has read on this phone.
    pub reads: Reads,
}

/// A draft with everything its questions depend on.
pub struct DraftFacts<'a> {
    pub id: IntentId,
    pub frozen: bool,
    pub procedure: &'a Procedure,
    pub answers: Answers,
    /// The number of each answer's newest edit.
    pub edits: BTreeMap<String, u64>,
    pub prefill: Prefill,
    /// Where the draft says the person is.
    pub place: Option<DraftPlace>,
    /// What each answer was before it was last changed.
    pub before: BTreeMap<String, Private<Value>>,
    /// The request it answers, if it is a supplement. `answers` holds what was filed, too.
    pub supplement: Option<SupplementOf>,
    /// The form has changed since the person saw it.
    pub moved: Option<Moved>,
    /// What is asked now, and what is wrong with the answers.
    pub evaluation: Evaluation<'a>,
    /// The answers that count, tidied.
    pub clean: Answers,
    /// The questions that may be answered here; `None` where all may.
    pub open: Option<BTreeSet<String>>,
}

impl DraftFacts<'_> {
    /// What was filed, where this is a supplement.
    pub fn filed(&self, field: &str) -> Option<&Value> {
        self.supplement.as_ref()?.request.filed.get(field)
    }

    /// What has not been told yet.
    pub fn untold(&self) -> Option<&Moved> {
        self.moved.as_ref().filter(|moved| !moved.told)
    }

    pub fn edit(&self, field: &str) -> u64 {
        self.edits.get(field).copied().unwrap_or_default()
    }

    /// Whether a question may be answered here.
    pub fn is_open(&self, field: &str) -> bool {
        self.open.as_ref().is_none_or(|open| open.contains(field))
    }

    /// The pages a person is led through: those with a question that may be answered.
    pub fn steps(&self) -> Vec<String> {
        let pages = self.evaluation.pages.iter();
        pages
            .filter(|page| {
                let mut fields = page.fields();
                self.open.is_none() || fields.any(|field| self.is_open(&field.id))
            })
            .map(|page| page.page.id.clone())
            .collect()
    }

    /// The numbers that items of a repeating group have answers under, also removed ones.
    pub fn items_ever(&self, list: &str) -> Vec<u32> {
        let Some((id, around)) = gandan_domain::form::read_key(list) else {
            return Vec::new();
        };
        let inside = format!("{id}.");
        self.answers
            .0
            .keys()
            .filter_map(|key| gandan_domain::form::read_key(key.split('~').next()?))
            .filter(|(key, path)| key.starts_with(&inside) && path.starts_with(&around))
            .filter_map(|(_, path)| path.get(around.len()).copied())
            .collect()
    }
}

impl Facts<'_> {
    pub fn procedure(&self, code: &str) -> Option<&Procedure> {
        self.content.pack.procedure(code)
    }

    pub fn picture(&self, code: &str) -> Option<Picture> {
        self.procedure(code).map(|found| found.picture)
    }

    /// What a supplement may change, and what is wrong with it; `None` of a new dossier.
    pub fn supplemented<'d>(&self, draft: &'d DraftFacts<'_>) -> Option<Supplemented<'d>> {
        let request = &draft.supplement.as_ref()?.request;
        Some(draft.procedure.form.supplement(
            &request.filed,
            &draft.answers,
            &request.fields(),
            self.now.date(),
            &self.content.atlas(),
        ))
    }

    /// The office where a person helps: the one that this draft or dossier goes to.
    pub fn office(&self) -> Option<&Office> {
        let chosen = self.draft.as_ref().and_then(|draft| {
            let place = draft.answers.text(&draft.procedure.form.commune_field)?;
            gandan_domain::form::evaluate::read_place(place)
        });
        let dossier = self.dossier.as_ref().map(|dossier| dossier.commune.clone());
        let key = chosen.or(dossier)?;
        self.content.commune(&key).map(|commune| &commune.office)
    }
}

/// The id of a card or action after its `prefix/`.
pub fn after<'a>(id: &'a str, prefix: &str) -> Option<&'a str> {
    id.strip_prefix(prefix)?.strip_prefix('/')
}

/// An intent id as card ids carry it.
pub fn read_intent(text: &str) -> Option<IntentId> {
    text.parse().ok().map(IntentId)
}
