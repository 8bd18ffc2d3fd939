//! What lies between one request of a visitor's and the next. In memory only: a kill loses a word
//! that was to be said once, never an answer.

use std::collections::VecDeque;

use gandan_core::screen::{Key, Request, Update};
use gandan_domain::{Private, text::Text};

/// How many posts are remembered, so that the same one twice is one.
const REMEMBERED: usize = 64;

#[derive(Default)]
pub struct Desk {
    flash: Option<Flash>,
    browser: Option<String>,
    document: Option<Document>,
    done: VecDeque<([u8; 32], String)>,
}

/// Said on the next page that is shown.
#[derive(Clone, Default)]
pub struct Flash {
    pub focus: Option<Key>,
    pub announce: Option<Text>,
}

/// A document on display, from memory.
#[derive(Clone)]
pub struct Document {
    pub media_type: String,
    pub bytes: Private<Vec<u8>>,
}

/// What a request of the core's asks the browser to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Go to another site.
    Leave,
    /// Show a document.
    Show,
}

impl Desk {
    /// Keeps what an update says for the next page, and what it asks the browser to do.
    pub fn take(&mut self, update: Update) -> Option<Errand> {
        let flash = self.flash.get_or_insert_default();
        if update.focus.is_some() {
            flash.focus = update.focus;
        }
        if update.announce.is_some() {
            flash.announce = update.announce;
        }
        match update.request? {
            Request::OpenBrowser { url } => {
                self.browser = Some(url);
                Some(Errand::Leave)
            }
            Request::ShowDocument { media_type, bytes } => {
                self.document = Some(Document { media_type, bytes });
                Some(Errand::Show)
            }
            // The page has the file input for it.
            Request::TakePhoto { .. } => None,
        }
    }

    pub fn flash(&mut self) -> Flash {
        self.flash.take().unwrap_or_default()
    }

    /// Where the last update wants the focus.
    pub fn focus(&self) -> Option<&str> {
        self.flash.as_ref()?.focus.as_deref()
    }

    pub fn say(&mut self, announce: Text) {
        self.flash.get_or_insert_default().announce = Some(announce);
    }

    /// Where the browser is to go; asked for once.
    pub fn leave(&mut self) -> Option<String> {
        self.browser.take()
    }

    pub fn document(&self) -> Option<Document> {
        self.document.clone()
    }

    pub fn put_away(&mut self) {
        self.document = None;
    }

    /// Where this very post led to, if it was done before.
    pub fn done(&self, post: &[u8; 32]) -> Option<&str> {
        self.done
            .iter()
            .find_map(|(done, to)| (done == post).then_some(to.as_str()))
    }

    pub fn remember(&mut self, post: [u8; 32], to: String) {
        if self.done.len() == REMEMBERED {
            self.done.pop_front();
        }
        self.done.push_back((post, to));
    }
}
