//! What a dossier costs and how it is paid, on screens.

mod fee;

pub use fee::{amount, rules};
