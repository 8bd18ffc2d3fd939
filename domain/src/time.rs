//! Instants and legal dates.
//!
//! An instant is milliseconds since 1970 in UTC, an `i64`, in every database and on every wire.
//! A *legal* date (a deadline, a date of birth) is a calendar day in Vietnam, fixed at +07:00:
//! the country has had no other offset since 1975 and no summer time.

use jiff::{Timestamp, civil, tz::Offset};
use serde::{Deserialize, Serialize};

/// The offset of Vietnam from UTC.
pub const VIETNAM: Offset = Offset::constant(7);

/// Milliseconds since the Unix epoch, UTC.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Instant(pub i64);

impl Instant {
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, as JWT's `iat`/`exp` want them (RFC 7519 §2, NumericDate).
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// The wall clock in Vietnam at this instant.
    pub fn local(self) -> civil::DateTime {
        let stamp = Timestamp::from_millisecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH);
        VIETNAM.to_datetime(stamp)
    }

    /// The calendar day in Vietnam at this instant.
    pub fn date(self) -> civil::Date {
        self.local().date()
    }
}
