//! Screens as semantic HTML. `docs/shells.md` has the vocabulary: which classes and attributes
//! stand where, for style sheets, scripts and tests.

mod block;
mod field;
mod page;
mod pictogram;
mod qr;
#[cfg(test)]
mod tests;
mod text;

pub use block::{ERRORS_LIST, block, encoded};
pub use field::date_parts;
pub use page::{
    Frame, Post, actions, confirm, document, frame, idle, leave, main, message, screen,
};
pub use text::{eye, full, inert};

use gandan_domain::text::Lang;

use crate::words::Words;

/// What every part of a page needs to know.
pub struct Ctx<'a> {
    pub words: &'a Words,
    pub lang: &'a Lang,
    /// Strangers use this machine: browsers must not offer what was typed here.
    pub shared: bool,
    /// The keys of this screen's questions.
    pub questions: Vec<&'a str>,
    /// Errors lead to their question by its own page, not to an anchor on this one.
    pub by_question: Option<&'a str>,
    /// The block that takes the focus when the page appears.
    pub focus: Option<&'a str>,
}
