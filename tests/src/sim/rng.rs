//! Seeded randomness: one ChaCha stream per purpose, so that a change in how one thing draws does
//! not reshuffle all the others.

use std::sync::{Mutex, PoisonError};

use gandan_foundation::ports::Random;
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};

/// What a stream is for; its number is part of every seed's meaning.
#[derive(Clone, Copy)]
pub enum Stream {
    Schedule = 1,
    Network = 2,
    Plan = 3,
    PhoneDisk = 4,
    BackendDisk = 5,
    PhoneEntropy = 6,
    BackendEntropy = 7,
    SandboxEntropy = 8,
    Person = 9,
    Keys = 10,
    Weather = 11,
    Restarts = 12,
    Officer = 13,
    Plot = 14,
    Money = 15,
    Strangers = 16,
}

pub struct Rng(ChaCha8Rng);

impl Rng {
    pub fn new(seed: u64, stream: Stream) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream as u64);
        Self(rng)
    }

    /// `0 ≤ n < bound`; 0 for a bound of 0. The bias is below 2⁻³² for the bounds used here.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64().checked_rem(bound).unwrap_or(0)
    }

    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + i64::try_from(self.below((high - low).unsigned_abs() + 1)).unwrap_or(0)
    }

    /// True in `percent` of draws.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// 1 up to `limit`, each order of magnitude as likely as the next.
    pub fn magnitude(&mut self, limit: u64) -> u64 {
        let bits = u64::from(limit.max(1).ilog2());
        let high = 1 << self.below(bits + 1);
        (high + self.below(high)).min(limit)
    }

    pub fn fill(&mut self, out: &mut [u8]) {
        self.0.fill_bytes(out);
    }
}

/// The [`Random`] port of one machine.
pub struct Entropy(Mutex<Rng>);

impl Entropy {
    pub fn new(rng: Rng) -> Self {
        Self(Mutex::new(rng))
    }
}

impl Random for Entropy {
    fn fill(&self, out: &mut [u8]) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill(out);
    }
}

impl gandan_sandbox::ports::Random for Entropy {
    fn fill(&self, out: &mut [u8]) {
        Random::fill(self, out);
    }
}
