//! The deterministic simulation: the real core, the real backend and the real stand-ins in one
//! process, on one thread, under one seed.
//!
//! The seed decides who runs next, what the network does to each request, in which operation a
//! machine dies and what its disk keeps then. Everything else is the product as it is: its SQL, its
//! signatures, its HTTP handlers. See `docs/adr/0001-deterministic-simulation.md`.

pub mod blobs;
pub mod disk;
pub mod driver;
pub mod exec;
mod ledgers;
mod money;
pub mod net;
pub mod node;
pub mod plant;
pub mod plot;
pub mod rng;
mod run;
pub mod trace;
pub mod vfs;
mod weather;
pub mod witness;
pub mod world;

pub use ledgers::needles_of;
pub use plant::Plant;
pub use run::{Report, Settings, run};
pub use world::Assets;
