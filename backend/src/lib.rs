//! Everything the state side needs to serve phones, in one binary.
//!
//! Start at [`app`] for how the parts are put together, at [`serve`] for the process around them.
//! Rooms: [`identity`] (who is it), [`storage`] and [`keys`] (where things are kept, sealed).

pub mod app;
pub mod config;
pub mod health;
pub mod identity;
pub mod keys;
pub mod problem;
pub mod serve;
pub mod storage;
