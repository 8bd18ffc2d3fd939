//! The clock of the law against a calendar that somebody else computed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::path::Path;

use gandan_domain::{
    dossier::deadline::{Calendar, Limit, Stop, due},
    time::{Instant, VIETNAM},
};
use jiff::{
    ToSpan,
    civil::{Date, date},
};

use crate::Sources;

fn calendar() -> Calendar {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../content");
    Sources::read(&dir)
        .unwrap()
        .compile()
        .unwrap()
        .pack
        .calendar
}

/// Every working day from 2025 to 2030, in order.
fn worked() -> Vec<Date> {
    let mut days = Vec::new();
    for line in include_str!("working_days.tsv").lines() {
        let Some((month, works)) = line.split_once('\t') else {
            continue;
        };
        let first: Date = format!("{month}-01").parse().unwrap();
        let all = first.series(1.day()).zip(works.bytes());
        days.extend(all.filter(|(_, works)| *works == b'1').map(|(day, _)| day));
    }
    days
}

fn at(day: Date, hour: i8, minute: i8) -> Instant {
    let local = day.at(hour, minute, 0, 0);
    Instant(VIETNAM.to_timestamp(local).unwrap().as_millisecond())
}

/// By position in the list of working days: no walking, no calendar.
fn independent(worked: &[Date], received: Date, late: bool, days: usize) -> Option<Date> {
    let place = match worked.binary_search(&received) {
        Ok(place) if late => place + 1,
        Ok(place) | Err(place) => place,
    };
    worked.get(place + days).copied()
}

#[test]
fn s27_the_clock_of_the_law() {
    let calendar = calendar();
    let worked = worked();
    assert_eq!(worked.first(), Some(&date(2025, 1, 2)));
    let mut compared = 0;
    for day in date(2025, 1, 1)
        .series(1.day())
        .take_while(|day| day.year() < 2031)
    {
        for (hour, minute, late) in [
            (0, 0, false),
            (9, 30, false),
            (15, 0, false),
            (15, 1, true),
            (16, 10, true),
            (23, 59, true),
        ] {
            for days in [0_u32, 1, 2, 3, 5, 7, 8, 10, 15, 20, 30, 45, 60] {
                let limit = if days == 0 {
                    Limit::SameDay
                } else {
                    Limit::WorkingDays(days)
                };
                let ours = due(at(day, hour, minute), limit, &[], &calendar).unwrap();
                match independent(&worked, day, late, usize::try_from(days).unwrap()) {
                    Some(theirs) => {
                        assert_eq!(
                            ours.day, theirs,
                            "{days} working days from {day} {hour}:{minute:02}"
                        );
                        compared += 1;
                    }
                    None => assert!(ours.expected, "{day} + {days} ends after the calendar does"),
                }
            }
        }
    }
    assert!(compared > 160_000, "{compared}");
}

/// An outage takes out the working days that it touched, wherever it falls.
#[test]
fn s27_an_outage_shifts_the_date() {
    let calendar = calendar();
    let worked = worked();
    for start in (0..worked.len() - 60).step_by(7) {
        let received = at(worked[start], 9, 0);
        for (from, length) in [(1, 1), (2, 3), (9, 2), (11, 2)] {
            let stop = Stop::Outage {
                from: at(worked[start + from], 8, 30),
                until: at(worked[start + from + length - 1], 16, 0),
            };
            let ours = due(received, Limit::WorkingDays(10), &[stop], &calendar).unwrap();
            let mut left = worked[start + 1..].to_vec();
            left.drain(from - 1..from - 1 + length);
            assert_eq!(ours.day, left[9], "from {}", worked[start]);
        }
    }
}

/// A supplement: the time used before stays used, the rest begins when the answer is received.
#[test]
fn s27_a_supplement_stops_the_clock() {
    let calendar = calendar();
    let worked = worked();
    for start in (0..worked.len() - 60).step_by(7) {
        for (used, waited) in [(0, 1), (1, 4), (4, 12), (9, 3)] {
            let stop = Stop::Supplement {
                asked: at(worked[start + used], 11, 0),
                answered: Some(at(worked[start + used + waited], 10, 0)),
            };
            let received = at(worked[start], 9, 0);
            let ours = due(received, Limit::WorkingDays(10), &[stop], &calendar).unwrap();
            assert_eq!(ours.day, worked[start + 10 + waited]);
        }
    }
}
