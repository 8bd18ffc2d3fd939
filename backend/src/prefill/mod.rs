//! What the state already knows, so that nobody is asked for it again.

pub mod population;
