//! When a result is due, for matters that the law wants settled on the day.
//!
//! Law on Civil Status 60/2014/QH13, Article 5: a matter for which the law sets no time is settled
//! on the day; received after 15:00 and impossible to settle at once, its result is given on the
//! next working day. Birth registration is such a matter. "After 15:00" begins with the first
//! millisecond after it: what arrives at 15:00 sharp still belongs to the day.
//!
//! Filing online works around the clock, offices do not: what arrives on a day off counts as
//! received when the next working day begins.
//!
//! Which days are worked is decided every year by the government (holidays, and Saturdays worked
//! in exchange), so it is content: callers pass a [`Calendar`]. What was rejected: computing
//! holidays here; the lunar ones can be computed, the swapped ones cannot.

use std::collections::BTreeSet;

use jiff::{
    ToSpan,
    civil::{Date, Time, Weekday, time},
};

use crate::time::Instant;

/// The hour of Article 5.
const LATEST: Time = time(15, 0, 0, 0);

/// Longest run of days off that is believable; beyond it, the calendar is wrong.
const MAX_DAYS_OFF: usize = 31;

/// Which days offices work: Monday to Friday, but for these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Days of the working week that are not worked: holidays and their substitutes.
    pub days_off: BTreeSet<Date>,
    /// Weekend days that are worked in exchange for others.
    pub days_made_up: BTreeSet<Date>,
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
}

/// The day on which the result of a same-day matter is due. `None` when the calendar cannot say.
pub fn same_day(received: Instant, calendar: &Calendar) -> Option<Date> {
    let local = received.local();
    let day = local.date();
    if !calendar.is_working_day(day) {
        calendar.working_day_from(day)
    } else if local.time() > LATEST {
        calendar.working_day_after(day)
    } else {
        Some(day)
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )]

    use jiff::civil::date;

    use super::*;
    use crate::time::VIETNAM;

    fn at(day: Date, hour: i8, minute: i8, ms: i32) -> Instant {
        let local = day.at(hour, minute, 0, ms * 1_000_000);
        Instant(VIETNAM.to_timestamp(local).unwrap().as_millisecond())
    }

    /// 2026: National Day on Wednesday 2 September with its eve, Monday 31 August off, made up on
    /// Saturday 22 August (Labour Code 45/2019/QH14, Article 112; read November 2026).
    fn calendar() -> Calendar {
        Calendar {
            days_off: [date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 2)].into(),
            days_made_up: [date(2026, 8, 22)].into(),
        }
    }

    #[test]
    fn until_three_it_is_due_the_same_day() {
        let thursday = date(2026, 11, 19);
        let friday = date(2026, 11, 20);
        for (hour, minute, ms, due) in [
            (0, 0, 0, thursday),
            (14, 59, 999, thursday),
            (15, 0, 0, thursday),
            (15, 0, 1, friday),
            (23, 59, 999, friday),
        ] {
            assert_eq!(
                same_day(at(thursday, hour, minute, ms), &Calendar::default()),
                Some(due),
                "{hour}:{minute}.{ms}"
            );
        }
    }

    #[test]
    fn the_day_is_the_day_in_vietnam() {
        // 18:30 on Wednesday in UTC is 01:30 on Thursday in Vietnam.
        let night = at(date(2026, 11, 19), 1, 30, 0);
        assert_eq!(
            same_day(night, &Calendar::default()),
            Some(date(2026, 11, 19))
        );
    }

    #[test]
    fn weekends_and_holidays_are_stepped_over() {
        let friday = date(2026, 8, 28);
        assert_eq!(
            same_day(at(friday, 16, 0, 0), &calendar()),
            Some(date(2026, 9, 3))
        );
        // Whatever the hour, a day off is not the day of receipt.
        for (hour, day) in [(9, date(2026, 8, 29)), (22, date(2026, 9, 2))] {
            assert_eq!(
                same_day(at(day, hour, 0, 0), &calendar()),
                Some(date(2026, 9, 3))
            );
        }
    }

    #[test]
    fn a_saturday_worked_in_exchange_is_a_working_day() {
        let saturday = date(2026, 8, 22);
        assert_eq!(same_day(at(saturday, 9, 0, 0), &calendar()), Some(saturday));
        assert_eq!(
            same_day(at(date(2026, 8, 21), 17, 0, 0), &calendar()),
            Some(saturday)
        );
        assert_eq!(
            same_day(at(saturday, 9, 0, 0), &Calendar::default()),
            Some(date(2026, 8, 24))
        );
    }

    #[test]
    fn a_calendar_without_working_days_gives_no_date() {
        let never = Calendar {
            days_off: date(2026, 1, 1).series(1.day()).take(400).collect(),
            days_made_up: BTreeSet::new(),
        };
        assert_eq!(same_day(at(date(2026, 3, 2), 9, 0, 0), &never), None);
    }

    #[test]
    fn whenever_it_arrives_it_is_due_on_a_working_day_not_before() {
        bolero::check!().with_type::<u32>().for_each(|minutes| {
            // Somewhere in 2020 to 2030.
            let received =
                Instant(1_577_836_800_000 + i64::from(minutes % (10 * 365 * 24 * 60)) * 60_000);
            let due = same_day(received, &calendar()).unwrap();
            assert!(calendar().is_working_day(due));
            assert!(due >= received.date());
        });
    }
}
