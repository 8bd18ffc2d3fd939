//! Whole-system tests: the stack as separate processes, the walks, the simulation.
//!
//! The binary of the same name is what `cargo xtask up`, `walk`, `sim` and `test` hand over to.

pub mod browser;
pub mod catalogue;
pub mod cli;
pub mod corpus;
#[cfg(test)]
mod docs;
pub mod keystore;
pub mod other_provider;
pub mod payment_peers;
pub mod person;
pub mod photo;
pub mod postgres;
pub mod proxy;
pub mod scan;
pub mod sim;
pub mod stack;
pub mod walk;
pub mod walks;
pub mod web_walk;
