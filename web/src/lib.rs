//! The third shell: core's screens as HTML that works without JavaScript.
//!
//! A shell has no logic. [`html`] draws a `Screen`, [`deed`] turns what a page posts into `Event`s,
//! [`visitor`] keeps one `Core` for each visitor, sealed under what the visitor's cookie holds, and
//! [`routes`] joins them. Every page names the place it shows (`Core::address`), so that tabs, the
//! browser's "back" and pages from before a restart work: what is done on a page is done there.
//!
//! What was rejected: a single-page application (nothing without JavaScript, megabytes before the
//! first word, a second place for every rule), and pages that only the newest of works (what was
//! typed in the others would be lost).

mod asset;
pub mod config;
mod deed;
mod guard;
pub mod html;
mod post;
mod question;
mod routes;
pub mod serve;
mod shell;
#[cfg(test)]
mod tokens;
mod visitor;
mod words;

pub use shell::Shell;
