//! A dossier (hồ sơ) from the citizen's intent to the state's result.

pub mod code;
pub mod counter;
pub mod deadline;
pub mod intent;
pub mod keyset;
pub mod receipt;
pub mod status;
pub mod supplement;
pub mod withdrawal;

pub use code::DossierCode;
pub use counter::CounterCode;
pub use intent::{FileEntry, Intent, IntentId};
pub use keyset::KeySet;
pub use receipt::{Receipt, VerifiedReceipt};
pub use status::Status;
pub use supplement::{Flagged, Supplement, SupplementRequest};
pub use withdrawal::Withdrawal;

#[cfg(test)]
pub(crate) mod signing;
