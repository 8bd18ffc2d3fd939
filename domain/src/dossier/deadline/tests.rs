#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use jiff::civil::date;

use super::{
    clock::{Holder, Next, Punctuality, clock},
    *,
};
use crate::dossier::Status;

fn at(day: Date, hour: i8, minute: i8) -> Instant {
    instant(day.at(hour, minute, 0, 0))
}

/// 2026: National Day on Wednesday 2 September with its eve, Monday 31 August off, made up on
/// Saturday 22 August (Labour Code 45/2019/QH14, Article 112; read November 2026).
fn calendar() -> Calendar {
    Calendar {
        days_off: [date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 2)].into(),
        days_made_up: [date(2026, 8, 22)].into(),
        ..Calendar::default()
    }
}

fn day(received: Instant, limit: Limit, stops: &[Stop]) -> Date {
    due(received, limit, stops, &calendar()).unwrap().day
}

#[test]
fn until_three_it_is_due_the_same_day() {
    let thursday = date(2026, 11, 19);
    let friday = date(2026, 11, 20);
    for (hour, minute, ms, expected) in [
        (0, 0, 0, thursday),
        (14, 59, 59_999, thursday),
        (15, 0, 0, thursday),
        (15, 0, 1, friday),
        (23, 59, 59_999, friday),
    ] {
        let received = at(thursday, hour, minute).plus_ms(ms);
        assert_eq!(
            day(received, Limit::SameDay, &[]),
            expected,
            "{hour}:{minute}"
        );
    }
}

#[test]
fn the_day_is_the_day_in_vietnam() {
    // 18:30 on Wednesday in UTC is 01:30 on Thursday in Vietnam.
    let night = at(date(2026, 11, 19), 1, 30);
    assert_eq!(day(night, Limit::SameDay, &[]), date(2026, 11, 19));
}

#[test]
fn weekends_and_holidays_are_stepped_over() {
    let friday = date(2026, 8, 28);
    let late = due(at(friday, 16, 0), Limit::SameDay, &[], &calendar()).unwrap();
    assert_eq!(late.day, date(2026, 9, 3));
    assert_eq!(
        late.why,
        [
            Why::ArrivedLate {
                arrived: friday,
                counts_as: date(2026, 9, 3)
            },
            Why::Limit {
                limit: Limit::SameDay
            },
            Why::Holidays {
                count: 3,
                first: date(2026, 8, 31),
                last: date(2026, 9, 2)
            },
        ]
    );
    // Whatever the hour, a day off is not the day of receipt.
    for (hour, off) in [(9, date(2026, 8, 29)), (22, date(2026, 9, 2))] {
        assert_eq!(day(at(off, hour, 0), Limit::SameDay, &[]), date(2026, 9, 3));
    }
}

#[test]
fn a_saturday_worked_in_exchange_is_a_working_day() {
    let saturday = date(2026, 8, 22);
    assert_eq!(day(at(saturday, 9, 0), Limit::SameDay, &[]), saturday);
    let friday = date(2026, 8, 21);
    assert_eq!(day(at(friday, 17, 0), Limit::SameDay, &[]), saturday);
    assert_eq!(day(at(friday, 9, 0), Limit::WorkingDays(1), &[]), saturday);
    assert_eq!(
        due(
            at(saturday, 9, 0),
            Limit::SameDay,
            &[],
            &Calendar::default()
        )
        .unwrap()
        .day,
        date(2026, 8, 24)
    );
}

#[test]
fn working_days_begin_after_the_day_of_receipt() {
    let monday = date(2026, 11, 16);
    assert_eq!(
        day(at(monday, 9, 0), Limit::WorkingDays(1), &[]),
        date(2026, 11, 17)
    );
    assert_eq!(
        day(at(monday, 9, 0), Limit::WorkingDays(5), &[]),
        date(2026, 11, 23)
    );
    assert_eq!(
        day(at(monday, 15, 1), Limit::WorkingDays(5), &[]),
        date(2026, 11, 24)
    );
    // Saturday counts as Monday.
    let saturday = date(2026, 11, 14);
    assert_eq!(
        day(at(saturday, 9, 0), Limit::WorkingDays(5), &[]),
        date(2026, 11, 23)
    );
}

#[test]
fn days_and_months_end_on_a_working_day() {
    let monday = date(2026, 11, 16);
    assert_eq!(
        day(at(monday, 9, 0), Limit::Days(3), &[]),
        date(2026, 11, 19)
    );
    let moved = due(at(monday, 9, 0), Limit::Days(5), &[], &calendar()).unwrap();
    assert_eq!(moved.day, date(2026, 11, 23));
    assert!(moved.why.contains(&Why::EndsOnDayOff {
        ends: date(2026, 11, 21),
        moved_to: date(2026, 11, 23)
    }));
    // The 31st of a month without one is its last day.
    assert_eq!(
        day(at(date(2026, 12, 31), 9, 0), Limit::Months(2), &[]),
        date(2027, 3, 1),
        "28 February 2027 is a Sunday"
    );
}

#[test]
fn hours_are_office_hours() {
    let monday = date(2026, 11, 16);
    let ends = |hour, minute, hours| {
        let due = due(
            at(monday, hour, minute),
            Limit::WorkingHours(hours),
            &[],
            &calendar(),
        );
        due.unwrap().at()
    };
    assert_eq!(ends(8, 0, 8), at(monday, 17, 0));
    assert_eq!(ends(11, 30, 1), at(monday, 13, 30));
    assert_eq!(ends(16, 30, 8), at(date(2026, 11, 17), 16, 30));
    assert_eq!(ends(20, 0, 2), at(date(2026, 11, 17), 10, 0));
    let stop = Stop::Outage {
        from: at(monday, 9, 0),
        until: at(monday, 10, 0),
    };
    let shifted = due(
        at(monday, 8, 0),
        Limit::WorkingHours(2),
        &[stop],
        &calendar(),
    )
    .unwrap();
    assert_eq!(shifted.at(), at(monday, 11, 0));
}

#[test]
fn a_supplement_stops_the_clock_and_what_was_used_stays_used() {
    let monday = date(2026, 11, 16);
    let asked = at(date(2026, 11, 18), 10, 0);
    let open = Stop::Supplement {
        asked,
        answered: None,
    };
    assert_eq!(
        due(
            at(monday, 9, 0),
            Limit::WorkingDays(5),
            &[open],
            &calendar()
        ),
        Err(NoDate::Waiting)
    );
    // Two of five days were used; the answer counts as received on Thursday the 26th.
    let closed = Stop::Supplement {
        asked,
        answered: Some(at(date(2026, 11, 25), 16, 0)),
    };
    assert_eq!(
        day(at(monday, 9, 0), Limit::WorkingDays(5), &[closed]),
        date(2026, 12, 1)
    );
    // Asked for on the last day: due when the answer is there.
    let last = Stop::Supplement {
        asked: at(date(2026, 11, 23), 10, 0),
        answered: Some(at(date(2026, 11, 30), 9, 0)),
    };
    assert_eq!(
        day(at(monday, 9, 0), Limit::WorkingDays(5), &[last]),
        date(2026, 11, 30)
    );
    // Eight calendar days of standing.
    assert_eq!(
        day(at(monday, 9, 0), Limit::Days(7), &[closed]),
        date(2026, 12, 1)
    );
}

#[test]
fn an_outage_shifts_the_date_by_the_days_it_hit() {
    let monday = date(2026, 11, 16);
    let outage = |from: Instant, until: Instant| [Stop::Outage { from, until }];
    let two_days = outage(at(date(2026, 11, 17), 16, 0), at(date(2026, 11, 18), 9, 0));
    assert_eq!(
        day(at(monday, 9, 0), Limit::WorkingDays(3), &two_days),
        date(2026, 11, 23)
    );
    let night = outage(at(date(2026, 11, 17), 17, 0), at(date(2026, 11, 18), 8, 0));
    assert_eq!(
        day(at(monday, 9, 0), Limit::WorkingDays(3), &night),
        date(2026, 11, 19)
    );
    let today = outage(at(monday, 9, 30), at(monday, 11, 0));
    assert_eq!(
        day(at(monday, 9, 0), Limit::SameDay, &today),
        date(2026, 11, 17)
    );
    assert_eq!(
        day(at(monday, 9, 0), Limit::Days(3), &two_days),
        date(2026, 11, 23)
    );
}

#[test]
fn a_date_that_rests_on_an_undecided_day_is_only_expected() {
    let tet = Calendar {
        days_off: [date(2027, 2, 8), date(2027, 2, 9)].into(),
        open: [date(2027, 2, 8), date(2027, 2, 9), date(2027, 2, 10)].into(),
        until: Some(date(2027, 12, 31)),
        ..Calendar::default()
    };
    let expected = |day, days| {
        let due = due(at(day, 9, 0), Limit::WorkingDays(days), &[], &tet).unwrap();
        assert_eq!(due.expected, due.why.contains(&Why::NotDecreed));
        due.expected
    };
    assert!(!expected(date(2027, 2, 1), 4));
    assert!(expected(date(2027, 2, 4), 2));
    assert!(expected(date(2027, 2, 10), 1));
    assert!(!expected(date(2027, 2, 11), 1));
    assert!(expected(date(2027, 12, 31), 1), "the calendar ends there");
}

#[test]
fn a_calendar_without_working_days_gives_no_date() {
    let never = Calendar {
        days_off: date(2026, 1, 1).series(1.day()).take(5_000).collect(),
        ..Calendar::default()
    };
    for limit in [Limit::SameDay, Limit::WorkingHours(3), Limit::Months(1)] {
        let verdict = due(at(date(2026, 3, 2), 9, 0), limit, &[], &never);
        assert_eq!(verdict, Err(NoDate::Calendar), "{limit:?}");
    }
}

/// Limits come from packs and from whoever asks: a length that no calendar has is no date, and no fall.
#[test]
fn no_length_makes_the_count_fall_or_hang() {
    let received = at(date(2026, 3, 2), 9, 0);
    let ask = |limit| due(received, limit, &[], &calendar());
    for count in [7_304_485, 100_000_000, u32::MAX] {
        for limit in [
            Limit::WorkingHours(count),
            Limit::WorkingDays(count),
            Limit::Days(count),
            Limit::Months(count),
        ] {
            assert_eq!(ask(limit), Err(NoDate::Calendar), "{limit:?}");
        }
    }
    bolero::check!()
        .with_type::<(u8, u32, i64)>()
        .for_each(|(kind, count, when)| {
            let limit = match kind % 2 {
                0 => Limit::Days(*count),
                _ => Limit::Months(*count),
            };
            let _ = ask(limit);
            let _ = due(Instant(*when), limit, &[], &calendar());
        });
}

#[test]
fn whenever_it_arrives_it_is_due_on_a_working_day_not_before() {
    bolero::check!()
        .with_type::<(u32, u8, u8, u32, u16)>()
        .for_each(|(minutes, kind, count, stop, length)| {
            // Somewhere in 2020 to 2030.
            let minute = |at: u32| Instant(1_577_836_800_000 + i64::from(at) * 60_000);
            let range = 10 * 365 * 24 * 60;
            let received = minute(minutes % range);
            let count = u32::from(*count);
            let limit = match kind % 5 {
                0 => Limit::SameDay,
                1 => Limit::WorkingHours(count),
                2 => Limit::WorkingDays(count),
                3 => Limit::Days(count),
                _ => Limit::Months(count % 36),
            };
            let plain = due(received, limit, &[], &calendar()).unwrap();
            assert!(calendar().is_working_day(plain.day));
            assert!(
                plain.at() >= received
                    || plain.counted_from > received.date()
                    || count == 0
                    || limit == Limit::SameDay
            );
            assert!(plain.day >= received.date());
            let from = minute(stop % range);
            let until = from.plus_ms(i64::from(*length) * 60_000);
            for stop in [
                Stop::Outage { from, until },
                Stop::Supplement {
                    asked: from.max(received),
                    answered: Some(until.max(received)),
                },
            ] {
                let later = due(received, limit, &[stop], &calendar()).unwrap();
                assert!(later.at() >= plain.at(), "{limit:?} {stop:?}");
            }
        });
}

#[test]
fn the_citizen_sees_who_holds_it_until_when_and_what_comes_next() {
    let since = at(date(2026, 11, 16), 9, 0);
    let due = at(date(2026, 11, 23), 17, 0);
    let before = at(date(2026, 11, 20), 9, 0);
    let after = at(date(2026, 11, 24), 8, 0);
    let told = |status, since, now| {
        let clock = clock(status, since, Some(due), now);
        (clock.holder, clock.next, clock.until, clock.punctuality)
    };
    assert_eq!(
        told(Status::InProgress, since, before),
        (
            Holder::Agency,
            Next::Result,
            Some(due),
            Punctuality::Running
        )
    );
    assert_eq!(told(Status::InProgress, since, after).3, Punctuality::Late);
    assert_eq!(
        told(Status::SupplementRequested, since, after),
        (
            Holder::Citizen,
            Next::Supplement,
            None,
            Punctuality::Standing
        )
    );
    assert_eq!(told(Status::Done, before, after).3, Punctuality::Early);
    let on_the_day = at(date(2026, 11, 23), 19, 0);
    assert_eq!(told(Status::Done, on_the_day, after).3, Punctuality::OnTime);
    assert_eq!(told(Status::Returned, after, after).3, Punctuality::Late);
    let unknown = clock(Status::Accepted, since, None, after);
    assert_eq!(unknown.punctuality, Punctuality::NoDate);
}

#[test]
fn a_told_date_moves_by_the_working_days_that_the_clock_stood() {
    let on = |month, day, hour| at(date(2026, month, day), hour, 0);
    for (asked, answered, due) in [
        // Asked and answered on one Monday: nothing lost.
        (on(11, 16, 9), on(11, 16, 15), on(11, 18, 17)),
        // Answered after 15:00: it counts on Tuesday.
        (on(11, 16, 9), on(11, 16, 16), on(11, 19, 17)),
        // Monday to Friday: four days, over a weekend.
        (on(11, 16, 9), on(11, 20, 8), on(11, 24, 17)),
        // Asked when it was overdue: it stays so.
        (on(11, 20, 9), on(11, 24, 8), on(11, 18, 17)),
        // An answer before the question, by whatever clock, gives nothing and takes nothing.
        (on(11, 17, 9), on(11, 16, 8), on(11, 18, 17)),
    ] {
        let moved = after_supplement(on(11, 18, 17), asked, answered, &calendar());
        assert_eq!(moved, Some(due));
    }
    // Holidays are nobody's time, and a worked Saturday is.
    let over = after_supplement(on(9, 4, 17), on(8, 28, 9), on(9, 3, 9), &calendar());
    assert_eq!(over, Some(on(9, 7, 17)));
    let made_up = after_supplement(on(8, 21, 17), on(8, 20, 9), on(8, 21, 9), &calendar());
    assert_eq!(made_up, Some(on(8, 22, 17)));
}

/// The date that is moved, and the one that is counted again, are the same rule.
#[test]
fn moving_a_date_is_counting_it_with_the_stop() {
    bolero::check!()
        .with_type::<(u32, u8, u16, u16)>()
        .for_each(|(start, days, wait, answer)| {
            let received = Instant(1_780_000_000_000 + i64::from(*start % 300_000) * 60_000);
            let limit = Limit::WorkingDays(u32::from(*days % 40));
            let told = due(received, limit, &[], &calendar()).unwrap();
            let begun = at(told.counted_from, 8, 0).max(received);
            let asked = begun.plus_ms(i64::from(*wait) * 60_000);
            let answered = asked.plus_ms(i64::from(*answer) * 60_000);
            let stop = Stop::Supplement {
                asked,
                answered: Some(answered),
            };
            let counted = due(received, limit, &[stop], &calendar()).unwrap();
            let moved = after_supplement(told.at(), asked, answered, &calendar());
            assert_eq!(moved, Some(counted.at()));
        });
}
