//! Addresses of places: for a shell in which several pages of one person are open at once.
//!
//! A browser keeps pages that the core has long left: another tab, the page behind "back", one
//! that was restored after a night. Such a page names the place it shows, and what is done on it
//! is done there: [`Core::go_to`] first, then the event. An address is the place itself, sealed
//! under the store's key, because a place can hold what was typed to search and ends up in a
//! browser's history. The same place has the same address: its nonce is a keyed hash of it.
//!
//! What was rejected: a numbered history kept here (one more thing to persist and to cut), and
//! refusing what comes from a page that is not the newest (what was typed there would be lost).

use gandan_domain::{Problem, dossier::IntentId, text::Text};

use super::{Core, Outcome, Place, Shown};
use crate::{
    form,
    screen::{Key, Screen},
    store::{DraftPlace, OutboxState},
};

/// Where [`Core::go_to`] led.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// At the place of the address.
    There,
    /// What the place waited for has come: the core is at what follows it.
    Onward,
    /// The place is no more: its draft was signed or thrown away, or the address is none of ours.
    /// The core is where that draft can be followed, or still where it was.
    Gone,
}

impl Core {
    /// The address of the place on display: URL-safe, opaque, and of use to this installation only.
    pub fn address(&self) -> Result<String, Problem> {
        self.address_of(&self.lock().place)
    }

    fn address_of(&self, place: &Place) -> Result<String, Problem> {
        let place = serde_json::to_vec(place).map_err(|_| Problem::Bug {
            id: "address".into(),
        })?;
        Ok(self.store.seal_address(&place)?)
    }

    /// Goes to the place of an address, and to a question on it; `None` is no question in
    /// particular.
    pub fn go_to(&self, address: &str, question: Option<&str>) -> Result<Arrival, Problem> {
        let mut shown = self.lock();
        if shown.suspended {
            return Ok(Arrival::Gone);
        }
        let Some(place) = self.store.open_address(address)? else {
            return Ok(Arrival::Gone);
        };
        let Ok(place) = serde_json::from_slice::<Place>(&place) else {
            return Ok(Arrival::Gone);
        };
        let mut arrival = Arrival::There;
        if place != shown.place {
            arrival = self.turn_to(&mut shown, place)?;
        }
        if let (Arrival::There, Some(question)) = (arrival, question) {
            self.note_question(&shown, question)?;
        }
        Ok(arrival)
    }

    /// Which question of the page on display the person was last at.
    pub fn question_now(&self) -> Option<Key> {
        self.question(&self.lock())
    }

    /// What was signed and has not arrived yet: closing this installation for good would lose it.
    pub fn unsent(&self) -> Result<usize, Problem> {
        let waiting = self
            .store
            .outbox()?
            .iter()
            .filter(|lane| lane.state != OutboxState::Sent)
            .count();
        Ok(waiting)
    }

    /// Nothing is left that the backend must be told: everything signed has arrived, and so has the
    /// end of a session.
    pub fn is_settled(&self) -> Result<bool, Problem> {
        Ok(self.unsent()? == 0 && self.store.to_revoke()?.is_none())
    }

    /// What is wrong with the answer to one question of the page on display, whether or not the
    /// person has tried to go on: for a shell that asks one question at a time.
    pub fn problem_at(&self, question: &str) -> Result<Option<Text>, Problem> {
        let shown = self.lock();
        let gathered = self.gather(&shown)?;
        let facts = self.facts(&gathered, &shown);
        let (Place::Filling { .. }, Some(draft)) = (&shown.place, &facts.draft) else {
            return Ok(None);
        };
        let problem = draft
            .evaluation
            .problems
            .iter()
            .find(|problem| problem.field == question);
        Ok(problem.map(|problem| facts.say.plain(&problem.message)))
    }

    /// Ends the session with the backend, as soon as that can be reached.
    pub fn sign_out(&self) -> Result<(), Problem> {
        self.engine.sign_out()
    }

    fn turn_to(&self, shown: &mut Shown, place: Place) -> Result<Arrival, Problem> {
        let signed = match (&place, place.needs().draft) {
            (Place::Filling { .. }, Some(draft)) if self.is_signed(draft)? => Some(draft),
            _ => None,
        };
        let target = signed.map_or_else(|| place.clone(), Place::sending);
        let before = std::mem::replace(&mut shown.place, target);
        let gathered = self.gather(shown)?;
        if shown.place.view(&self.facts(&gathered, shown)).is_none() {
            shown.place = before;
            return Ok(Arrival::Gone);
        }
        drop(gathered);
        shown.problem = None;
        let mut outcome = Outcome::default();
        self.settle(shown, &mut outcome);
        self.remember(shown, &mut outcome);
        let arrival = match signed {
            Some(_) => Arrival::Gone,
            None if shown.place == place => Arrival::There,
            None => Arrival::Onward,
        };
        self.update(shown, outcome, false);
        Ok(arrival)
    }

    pub(super) fn is_signed(&self, draft: IntentId) -> Result<bool, Problem> {
        match self.store.draft(draft) {
            Ok(draft) => Ok(draft.frozen),
            Err(crate::store::StoreError::NotFound) => {
                Ok(self.store.outbox_entry(draft)?.is_some())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Remembers the question in its draft, as answering it would.
    fn note_question(&self, shown: &Shown, question: &str) -> Result<(), Problem> {
        let Place::Filling { state } = &shown.place else {
            return Ok(());
        };
        let form::At::Page { page, .. } = &state.at else {
            return Ok(());
        };
        let here = DraftPlace {
            page: page.clone(),
            field: Some(question.to_owned()),
            answered: false,
        };
        let is_there = self
            .store
            .draft_place(state.draft)?
            .is_some_and(|place| place.page == here.page && place.field == here.field);
        if asks(&shown.screen, question) && !is_there {
            self.store.set_place(state.draft, &here)?;
        }
        Ok(())
    }
}

fn asks(screen: &Screen, question: &str) -> bool {
    screen.blocks.iter().any(|block| block.key == question)
}
