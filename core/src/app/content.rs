//! The facade's content: the newest pack that this phone may believe, exchanged while it is in use,
//! and the drafts that move along with it.

use std::sync::{Arc, PoisonError};

use gandan_domain::{Problem, dossier::IntentId};

use super::{Core, clock};
use crate::{
    catalog::Content,
    config::{Config, Ports},
    engine::Engine,
    form,
    store::{SeenForm, Store},
};

impl Core {
    pub(super) fn content(&self) -> Arc<Content> {
        Arc::clone(&self.content.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The newest content that this phone may believe.
    pub(super) fn newest_content(
        config: &Config,
        ports: &Ports,
        store: &Store,
        engine: &Engine,
    ) -> Result<Arc<Content>, Problem> {
        let fetched = store.content()?;
        let today = clock::now(ports, store).date();
        let keys = engine.keys()?;
        Content::open(&config.content_path, fetched.as_deref(), &keys, today)
    }

    /// Goes on by the newest content, at once and without a restart. Failing leaves all as it is.
    pub(super) fn take_content(&self) -> Result<(), Problem> {
        let newest = Self::newest_content(&self.config, &self.ports, &self.store, &self.engine)?;
        self.engine.content_in_use(newest.in_use.clone());
        *self.content.write().unwrap_or_else(PoisonError::into_inner) = newest;
        self.move_drafts()
    }

    /// Some versions count from a certain day on.
    pub(super) fn turn_the_day(&self) {
        let today = clock::now(&self.ports, &self.store).date();
        if !self.content().is_of(today)
            && let Err(problem) = self.take_content()
        {
            tracing::warn!(%problem, "the content is not of today");
        }
    }

    /// Moves what is being filled to the form of now, and notes what to tell of it. What is signed
    /// stays as it was signed: whether that still counts is the server's to say.
    pub(super) fn move_drafts(&self) -> Result<(), Problem> {
        let content = self.content();
        for draft in self.store.drafts()? {
            let Some(procedure) = content.pack.procedure(&draft.procedure) else {
                continue;
            };
            let now = SeenForm::of(procedure);
            if draft.frozen || draft.seen.as_ref() == Some(&now) {
                continue;
            }
            // A supplement asks what the office flagged, and nobody tells what nobody has seen.
            let moved = match &draft.seen {
                Some(seen) if draft.supplement.is_none() && self.is_begun(draft.intent)? => {
                    form::moved(seen, draft.moved.as_ref(), procedure)
                }
                _ => None,
            };
            self.store.move_draft(draft.intent, now, moved)?;
        }
        Ok(())
    }

    /// Whether anything in it was answered by a person.
    fn is_begun(&self, draft: IntentId) -> Result<bool, Problem> {
        let answers = self.store.answers_with_edits(draft)?;
        Ok(answers.values().any(|answer| answer.edit > 0))
    }
}
