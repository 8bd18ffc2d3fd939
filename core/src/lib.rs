//! What a phone does. A shell renders a [`screen::Screen`] and sends [`screen::Event`]s; nothing else.

pub mod accessibility;
pub mod config;
pub mod engine;
pub mod screen;
pub mod store;
#[cfg(test)]
pub(crate) mod testing;
