//! The only UniFFI crate: a thin translation of core's public API for Kotlin and Swift. No rules.
//!
//! Start at [`Gandan::open`]; a shell then renders the `Screen` and sends `Event`s. [`Rules`] answers
//! single questions, without any screen.

mod failure;
mod gandan;
mod platform;
mod rules;
mod runtime;
mod signature;
mod vocabulary;

pub use failure::GandanError;
pub use gandan::{Gandan, OpenConfig};
pub use platform::{Keystore, KeystoreFailure, ListenerFailure, ScreenListener};
pub use rules::Rules;

uniffi::setup_scaffolding!("gandan");
