//! What a phone does. A shell renders a [`screen::Screen`] and sends [`screen::Event`]s; nothing
//! else.
//!
//! Start at [`Core`]: `open`, `send`, `screen`, `subscribe`, and `run`, the engine's future. Then
//! [`screen`] is what a shell draws, [`accessibility`] what is heard, [`store`] what is kept, and
//! [`engine`] what goes over the network. How one screen follows from another: `journey/mod.rs`.

pub mod accessibility;
mod app;
mod catalog;
pub mod config;
mod dossier;
pub mod engine;
mod form;
mod identity;
mod journey;
mod payment;
pub mod screen;
mod software_key;
pub mod store;
#[cfg(test)]
pub(crate) mod testing;

pub use app::{Arrival, Catalog, Core, Listener};
pub use config::{Config, Keystore, Ports};
pub use software_key::SoftwareKey;
