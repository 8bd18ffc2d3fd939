use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::future::BoxFuture;
use gandan_domain::time::Instant;

use crate::ports::Clock;

/// The longest single wait: a wall clock that is set forward is noticed after this.
const SLICE_MS: u64 = 30_000;

/// The machine's wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this adapter is where the clock comes in"
    )]
    fn now(&self) -> Instant {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Instant(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn sleep_until(&self, until: Instant) -> BoxFuture<'static, ()> {
        let clock = *self;
        Box::pin(async move {
            // In slices, since the runtime counts a clock that stands still while the machine sleeps.
            while let Ok(left @ 1..) = u64::try_from(until.ms() - clock.now().ms()) {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "this adapter is where waiting comes in"
                )]
                tokio::time::sleep(Duration::from_millis(left.min(SLICE_MS))).await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleeps_until_the_instant_and_not_less() {
        let clock = SystemClock;
        let until = clock.now().plus_ms(20);
        clock.sleep_until(until).await;
        assert!(clock.now() >= until);
        clock.sleep_until(Instant(0)).await;
    }
}
