//! Everything the state side needs to serve phones, in one binary.
//!
//! Start at [`app`] for how the parts are put together, at [`serve`] for the process around them.
//! Rooms: [`identity`] (who is it), [`catalog`] and [`prefill`] (what is known already), [`file`],
//! [`dossier`] and [`sync`] (what is filed, and what becomes of it), [`payment`] (what is owed and
//! what came in), [`log`] (who saw it),
//! [`storage`] and [`keys`] (where things are kept, sealed).

pub mod app;
pub mod catalog;
pub mod config;
pub mod dossier;
pub mod file;
pub mod health;
pub mod identity;
pub mod keys;
pub mod log;
mod notice;
mod openapi;
pub mod payment;
pub mod prefill;
pub mod problem;
pub mod serve;
pub mod storage;
pub mod sync;

#[cfg(test)]
mod testing;
