//! When to try again.
//!
//! Five seconds, then three times longer each time, at most 15 minutes: long enough not to drain a
//! battery, short enough that nobody waits for hours after the network is back (a doubling without
//! a cap reaches nine hours at the fifteenth try). Jitter only shortens, so the cap holds.

use gandan_domain::{Problem, time::Instant};
use gandan_foundation::ports::Random;

const FIRST_MS: i64 = 5_000;
/// The longest wait.
pub(super) const CAP_MS: i64 = 15 * 60 * 1000;

/// The time of the next try, after `failures` failures before this one.
pub(super) fn next_try(
    now: Instant,
    failures: u32,
    problem: &Problem,
    random: &dyn Random,
) -> Instant {
    let base = (0..failures.min(8)).fold(FIRST_MS, |wait, _| wait.saturating_mul(3).min(CAP_MS));
    let jitter = if failures == 0 {
        0
    } else {
        // Up to a quarter less, so that a thousand phones do not come back in the same second.
        i64::from(u32::from_be_bytes(random.bytes()) % 1000) * (base / 4) / 1000
    };
    let asked = match problem {
        Problem::Unavailable { retry_after_s } => i64::from(*retry_after_s).saturating_mul(1000),
        _ => 0,
    };
    now.plus_ms((base - jitter).max(asked.min(CAP_MS)))
}

/// A time farther off than the longest wait was set by a clock that has since been put back.
pub(super) fn is_due(next_try: Instant, now: Instant) -> bool {
    next_try <= now || next_try > now.plus_ms(CAP_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Byte(u8);

    impl Random for Byte {
        fn fill(&self, out: &mut [u8]) {
            out.fill(self.0);
        }
    }

    #[test]
    fn waits_grow_and_never_pass_a_quarter_of_an_hour() {
        let now = Instant(1_000_000);
        for byte in [0, 0x80, 0xff] {
            let mut before = 0;
            for failures in 0..40 {
                let wait = next_try(now, failures, &Problem::Offline, &Byte(byte)).0 - now.0;
                assert!((FIRST_MS * 3 / 4..=CAP_MS).contains(&wait));
                assert!(wait >= before || wait > CAP_MS * 3 / 4);
                before = wait;
            }
        }
        let first = next_try(now, 0, &Problem::Offline, &Byte(0xff));
        assert_eq!(first.0 - now.0, 5_000);
    }

    #[test]
    fn what_the_service_asks_for_is_kept_within_the_cap() {
        let now = Instant(0);
        let wait =
            |retry_after_s| next_try(now, 0, &Problem::Unavailable { retry_after_s }, &Byte(0)).0;
        assert_eq!(wait(60), 60_000);
        assert_eq!(wait(1), 5_000);
        assert_eq!(wait(u32::MAX), CAP_MS);
    }

    #[test]
    fn a_clock_put_back_strands_nothing() {
        let set = Instant(1_000_000_000_000);
        assert!(!is_due(set.plus_ms(5_000), set));
        assert!(is_due(set, set.plus_ms(-86_400_000)));
        assert!(is_due(set, set.plus_ms(1)));
    }
}
