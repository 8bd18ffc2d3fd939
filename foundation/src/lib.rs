//! What phone and server both stand on: the ports to the outside, sealing, SQLite.
//!
//! Small, and closed to features. A port is a trait over something nondeterministic or physical;
//! the real adapters are behind the `adapters` feature, the simulation brings its own.

#[cfg(feature = "adapters")]
pub mod adapters;
pub mod ports;
pub mod sealing;
pub mod signing;
pub mod sqlite;
