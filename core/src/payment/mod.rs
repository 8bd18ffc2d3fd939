//! What a dossier costs and how it is paid, on screens.

mod fee;
pub mod screen;

pub use fee::{amount, amount_by, rules};
