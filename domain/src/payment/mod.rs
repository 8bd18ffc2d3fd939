//! Fees and payments: what a dossier costs, and what is known about the money.
//!
//! [`fee()`] says what is due; phone and server run it on the same answers, so the sum that was
//! seen, the sum that was signed and the sum that is asked for are one.

pub mod fee;
pub mod money;

pub use fee::{Amount, Channel, FeeError, FeeRules, fee};
pub use money::Vnd;
