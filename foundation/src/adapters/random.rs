use ring::rand::{SecureRandom, SystemRandom};

use crate::ports::Random;

/// The operating system's generator.
#[derive(Clone, Debug)]
pub struct OsRandom(SystemRandom);

impl Default for OsRandom {
    #[expect(
        clippy::disallowed_methods,
        reason = "this adapter is where randomness comes in"
    )]
    fn default() -> Self {
        Self(SystemRandom::new())
    }
}

impl Random for OsRandom {
    fn fill(&self, out: &mut [u8]) {
        if self.0.fill(out).is_err() {
            // Keys and nonces that can be guessed are worse than no program.
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        let random: &dyn Random = &OsRandom::default();
        assert_ne!(random.bytes::<32>(), random.bytes::<32>());
    }
}
