//! The rules of Gần Dân, pure: no I/O, no clock, no randomness, no async. Callers pass `now`.
//!
//! Phone and server run this same code, so they cannot disagree about what is valid, what a
//! status means, or what was signed. Start at [`wire`] for what travels between them, at
//! [`form`] for how a procedure becomes questions, at [`dossier`] for what happens after, and at
//! [`rules`] for asking all of it from outside.
//!
//! What was rejected: one rule set in Kotlin/Swift and one in the server's language. Every peer
//! that does so has issues titled "client says valid, server refuses".

pub mod catalog;
pub mod dossier;
pub mod form;
pub mod identity;
pub mod jws;
pub mod log;
pub mod payment;
pub mod place;
pub mod private;
pub mod problem;
pub mod rules;
pub mod text;
pub mod time;
pub mod wire;

pub use private::Private;
pub use problem::Problem;
