//! Which days and hours offices work.
//!
//! Decided every year by the government (which days of Tết, the second day of National Day,
//! Saturdays worked in exchange), so it is content: `content/holidays.toml`, each day with its
//! source. What was rejected: computing holidays here; the lunar ones can be computed, the
//! swapped ones cannot.

use std::collections::BTreeSet;

use jiff::{
    ToSpan,
    civil::{Date, Time, Weekday, time},
};
use serde::{Deserialize, Serialize};

/// Longest run of days off that is believable; beyond it, the calendar is wrong.
const MAX_DAYS_OFF: usize = 31;

/// After this time of day a dossier counts as received on the next working day.
pub const LATEST: Time = time(15, 0, 0, 0);

/// The hours of an office's day, eight in all. Offices differ by half an hour; the law on
/// deadlines in hours says "working hours" and leaves it at that.
pub const SESSIONS: [(Time, Time); 2] = [
    (time(8, 0, 0, 0), time(12, 0, 0, 0)),
    (time(13, 0, 0, 0), time(17, 0, 0, 0)),
];

/// Which days offices work: Monday to Friday, but for these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Calendar {
    /// Days of the working week that are not worked: holidays and their substitutes.
    #[serde(default)]
    pub days_off: BTreeSet<Date>,
    /// Weekend days that are worked in exchange for others.
    #[serde(default)]
    pub days_made_up: BTreeSet<Date>,
    /// Days about which the government has still to decide, whether [`Self::days_off`] has them
    /// or not: a count that passes one gives a date that is expected, not certain.
    #[serde(default)]
    pub open: BTreeSet<Date>,
    /// The last day that the calendar says anything about; `None` for a calendar without end.
    #[serde(default)]
    pub until: Option<Date>,
}

impl Calendar {
    pub fn is_working_day(&self, day: Date) -> bool {
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        (!weekend || self.days_made_up.contains(&day)) && !self.days_off.contains(&day)
    }

    /// The first working day from `day` on; `None` when the calendar has none within a month.
    pub fn working_day_from(&self, day: Date) -> Option<Date> {
        day.series(1.day())
            .take(MAX_DAYS_OFF)
            .find(|day| self.is_working_day(*day))
    }

    pub fn working_day_after(&self, day: Date) -> Option<Date> {
        self.working_day_from(day.tomorrow().ok()?)
    }

    /// Does a count over these days, both included, rest on a day that is not decided yet?
    pub fn is_open_between(&self, first: Date, last: Date) -> bool {
        self.until.is_some_and(|until| last > until)
            || first <= last && self.open.range(first..=last).next().is_some()
    }
}
