//! The clock of the law stands still while the office waits for the citizen.
//!
//! From the day of the request to the day of the answer no working day counts against the office
//! (Decree 118/2025/NĐ-CP on the one-stop mechanism: the time of supplementing is not part of the
//! time of settling). Deadlines are days, so the pause is counted in working days too: each one
//! that begins the pause or lies in it moves the deadline by one, and the day of the answer counts
//! again. What was rejected: minutes of office hours, which every commune has its own of.

use jiff::{ToSpan, civil::Date};

use super::deadline::Calendar;
use crate::time::{Instant, VIETNAM};

/// Longest pause and shift that is believable, in calendar days.
const MAX_DAYS: usize = 5 * 366;

/// When something that was due at `due` is due after a pause. `None` when the calendar cannot say.
pub fn due_after_pause(
    due: Instant,
    paused: Instant,
    resumed: Instant,
    calendar: &Calendar,
) -> Option<Instant> {
    let paused_days = paused
        .date()
        .series(1.day())
        .take(MAX_DAYS)
        .take_while(|day| *day < resumed.date())
        .filter(|day| calendar.is_working_day(*day))
        .count();
    let local = due.local();
    let day: Date = match paused_days.checked_sub(1) {
        None => return Some(due),
        Some(skipped) => local
            .date()
            .tomorrow()
            .ok()?
            .series(1.day())
            .take(MAX_DAYS)
            .filter(|day| calendar.is_working_day(*day))
            .nth(skipped)?,
    };
    let moved = VIETNAM.to_timestamp(day.to_datetime(local.time())).ok()?;
    Some(Instant(moved.as_millisecond()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use jiff::civil::date;

    use super::*;

    fn at(month: i8, day: i8, hour: i8) -> Instant {
        let local = date(2026, month, day).at(hour, 0, 0, 0);
        Instant(VIETNAM.to_timestamp(local).unwrap().as_millisecond())
    }

    /// National Day of 2026 with the day before it and the Monday made up on 22 August.
    fn calendar() -> Calendar {
        Calendar {
            days_off: [date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 2)].into(),
            days_made_up: [date(2026, 8, 22)].into(),
            ..Calendar::default()
        }
    }

    #[test]
    fn each_working_day_of_the_pause_moves_the_deadline_by_one() {
        let none = Calendar::default();
        for (paused, resumed, due) in [
            // Asked and answered on one Monday: nothing lost.
            (at(11, 16, 9), at(11, 16, 16), at(11, 18, 17)),
            // Monday to Tuesday: one day.
            (at(11, 16, 9), at(11, 17, 8), at(11, 19, 17)),
            // Monday to Friday: four days, over a weekend.
            (at(11, 16, 9), at(11, 20, 8), at(11, 24, 17)),
            // Friday to Sunday: the Friday; Sunday itself is not worked.
            (at(11, 20, 9), at(11, 22, 8), at(11, 19, 17)),
            // An answer before the question, by whatever clock, gives nothing and takes nothing.
            (at(11, 17, 9), at(11, 16, 8), at(11, 18, 17)),
        ] {
            assert_eq!(
                due_after_pause(at(11, 18, 17), paused, resumed, &none),
                Some(due)
            );
        }
    }

    #[test]
    fn holidays_are_nobodys_time_and_a_worked_saturday_is() {
        // Friday 28 August to Thursday 3 September: only the Friday counts.
        let due = due_after_pause(at(9, 4, 17), at(8, 28, 9), at(9, 3, 9), &calendar());
        assert_eq!(due, Some(at(9, 7, 17)));
        // Saturday 22 August is worked.
        let due = due_after_pause(at(8, 21, 17), at(8, 20, 9), at(8, 21, 9), &calendar());
        assert_eq!(due, Some(at(8, 22, 17)));
    }

    #[test]
    fn a_longer_pause_never_brings_the_deadline_nearer() {
        bolero::check!()
            .with_type::<(u32, u16, u16)>()
            .for_each(|(start, short, more)| {
                let paused = Instant(1_577_836_800_000 + i64::from(*start % 5_000_000) * 60_000);
                let resumed = paused.plus_ms(i64::from(*short) * 60_000);
                let later = resumed.plus_ms(i64::from(*more) * 60_000);
                let due = paused.plus_ms(86_400_000);
                let first = due_after_pause(due, paused, resumed, &calendar()).unwrap();
                let second = due_after_pause(due, paused, later, &calendar()).unwrap();
                assert!(due <= first && first <= second);
            });
    }
}
