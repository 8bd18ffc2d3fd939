//! The deterministic simulation: the real core, the real backend and the real stand-ins in one
//! process, on one thread, under one seed.

pub mod blobs;
pub mod disk;
pub mod exec;
pub mod net;
pub mod node;
pub mod rng;
pub mod trace;
pub mod vfs;
