//! Telling a citizen's phones: what was seen where, and "sync now".
//!
//! A notice is an entry of a dossier's history, which every sync brings; nothing else has to be
//! stored, and the same happening can't become two notices. Here are only the mark of how far the
//! citizen has read ([`read`]) and the stream that says that there is something new ([`events`]).

pub mod events;
pub mod read;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use event_listener::{Event, EventListener};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{app::Shared, identity::CitizenId};

pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(events::events))
}

/// Streams of one node, together.
const MOST: usize = 10_000;
/// Streams of one citizen: their phones, and a few that have not noticed yet that they are gone.
const MOST_EACH: usize = 8;

/// Who listens on this node.
#[derive(Default)]
pub struct News(Mutex<Listening>);

#[derive(Default)]
struct Listening {
    streams: usize,
    citizens: BTreeMap<CitizenId, Ears>,
}

#[derive(Default)]
struct Ears {
    streams: usize,
    event: Arc<Event>,
}

/// A place among the listeners, given back when dropped.
pub struct Ear {
    news: Arc<News>,
    citizen: CitizenId,
    event: Arc<Event>,
}

impl News {
    /// `None` where too many listen already.
    pub fn enter(self: &Arc<Self>, citizen: CitizenId) -> Option<Ear> {
        let mut listening = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if listening.streams >= MOST {
            return None;
        }
        let ears = listening.citizens.entry(citizen).or_default();
        if ears.streams >= MOST_EACH {
            return None;
        }
        ears.streams += 1;
        let event = Arc::clone(&ears.event);
        listening.streams += 1;
        Some(Ear {
            news: Arc::clone(self),
            citizen,
            event,
        })
    }

    /// Something of this citizen has changed, and is committed.
    pub fn tell(&self, citizen: CitizenId) {
        let listening = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ears) = listening.citizens.get(&citizen) {
            ears.event.notify(usize::MAX);
        }
    }

    pub fn tell_all(&self) {
        let listening = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for ears in listening.citizens.values() {
            ears.event.notify(usize::MAX);
        }
    }
}

impl Ear {
    pub fn listen(&self) -> EventListener {
        self.event.listen()
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        let mut listening = self.news.0.lock().unwrap_or_else(PoisonError::into_inner);
        listening.streams = listening.streams.saturating_sub(1);
        if let Some(ears) = listening.citizens.get_mut(&self.citizen) {
            ears.streams = ears.streams.saturating_sub(1);
            if ears.streams == 0 {
                listening.citizens.remove(&self.citizen);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use futures_util::FutureExt;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn only_whose_news_it_is_hears_it() {
        let news = Arc::new(News::default());
        let [one, other] = [1, 2].map(|id| CitizenId(Uuid::from_u128(id)));
        let (mine, theirs) = (news.enter(one).unwrap(), news.enter(other).unwrap());
        let (mine, theirs) = (mine.listen(), theirs.listen());
        news.tell(one);
        assert!(mine.now_or_never().is_some());
        assert!(theirs.now_or_never().is_none());
    }

    #[test]
    fn listeners_are_bounded_and_leave_their_place() {
        let news = Arc::new(News::default());
        let citizen = CitizenId(Uuid::from_u128(1));
        let all: Vec<Ear> = (0..MOST_EACH)
            .map(|_| news.enter(citizen).unwrap())
            .collect();
        assert!(news.enter(citizen).is_none());
        assert!(news.enter(CitizenId(Uuid::from_u128(2))).is_some());
        drop(all);
        assert!(news.enter(citizen).is_some());
        assert_eq!(news.0.lock().unwrap().streams, 0);
        assert!(news.0.lock().unwrap().citizens.is_empty());
    }
}
