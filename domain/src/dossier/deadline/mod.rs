//! When a result is due.
//!
//! # What counts as received when
//! Filing online works around the clock, offices do not: what arrives on a day off counts as
//! received on the next working day. What arrives after 15:00 is passed on at the beginning of
//! the next working day (Decree 61/2018/NĐ-CP, Article 18, kept by Decree 118/2025/NĐ-CP on the
//! one-stop mechanism; for civil status, Law 60/2014/QH13, Article 5), so it counts as received
//! then. That the days of a longer limit begin there too is our reading. "After 15:00" begins
//! with the first millisecond after it: what arrives at 15:00 sharp still belongs to the day.
//!
//! # How it is counted
//! The day of receipt is not counted, the last day is counted whole (Civil Code 91/2015/QH13,
//! Articles 147 and 148), so `n` working days end with the `n`-th working day after it. A limit in
//! calendar days or months that ends on a day off ends with the next working day (Article 148,
//! clause 5). A matter to be settled on the day is due on the day of receipt. A limit in working
//! hours is counted to the minute, within office hours.
//!
//! # What stops the clock
//! - **A supplement.** From the end of the day on which it was asked for, until the citizen's
//!   answer counts as received. What the office used before stays used (Decree 61/2018/NĐ-CP,
//!   Article 19). That the day of asking is the office's is our reading.
//! - **An outage.** A working day on which the system was down during office hours is not
//!   counted. Our reading of Decree 224/2026/NĐ-CP, which wants stops announced but does not say
//!   what they do to a deadline.
//!
//! What was rejected: a formula over week counts, which is quick and wrong at every swapped
//! Saturday; the count walks over the days, and no limit of the law is longer than a few hundred.

pub mod calendar;
pub mod clock;
pub mod words;

use jiff::{
    Span, ToSpan,
    civil::{Date, DateTime, Time},
};
use serde::{Deserialize, Serialize};

pub use calendar::{Calendar, LATEST, SESSIONS};

use crate::time::{Instant, VIETNAM};

/// No count is longer: an office that never works would be counted for ever.
const MAX_DAYS: u32 = 4_000;

/// How long the law gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", tag = "unit", content = "count")]
pub enum Limit {
    /// Settled on the day of receipt.
    SameDay,
    WorkingHours(u32),
    WorkingDays(u32),
    /// Calendar days.
    Days(u32),
    Months(u32),
}

/// What stopped the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Stop {
    /// The office asked the citizen for something.
    Supplement {
        asked: Instant,
        /// `None` while the citizen has not answered.
        answered: Option<Instant>,
    },
    /// The system was down.
    Outage { from: Instant, until: Instant },
}

/// When a result is due, and why then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    pub day: Date,
    /// In Vietnam; the end of the office's day, unless the limit is in hours.
    pub time: Time,
    /// The day that counts as the day of receipt.
    pub counted_from: Date,
    /// The count passes a day about which the government has still to decide (dự kiến).
    pub expected: bool,
    pub why: Vec<Why>,
    /// Days looked at: the cost of the answer.
    pub touched: u32,
}

impl Due {
    pub fn at(&self) -> Instant {
        instant(self.day.to_datetime(self.time))
    }
}

/// One step of the count, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "step")]
pub enum Why {
    /// It arrived on a day off.
    ArrivedOnDayOff { arrived: Date, counts_as: Date },
    /// It arrived after 15:00.
    ArrivedLate { arrived: Date, counts_as: Date },
    /// The limit that was counted.
    Limit { limit: Limit },
    /// So many holidays of the working week were stepped over, the first and the last of them.
    Holidays { count: u32, first: Date, last: Date },
    /// A weekend day that was worked in exchange was counted.
    MadeUp { day: Date },
    /// The clock stood until the citizen's answer counted as received.
    Supplement { asked: Date, answered: Date },
    /// The clock stood while the system was down.
    Outage { first: Date, last: Date },
    /// The last day fell on a day off.
    EndsOnDayOff { ends: Date, moved_to: Date },
    /// The date may move: a day in between is not decided yet.
    NotDecreed,
}

/// Why there is no date. Reads after "failed to".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoDate {
    /// It goes on when the citizen has answered.
    #[error("give a date: the clock stands until the supplement is here")]
    Waiting,
    #[error("give a date: the calendar has no working day there")]
    Calendar,
}

/// The day that counts as the day of receipt: the day itself, or the next working day.
pub fn receipt_day(received: Instant, calendar: &Calendar) -> Option<Date> {
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

/// `None` beyond the last day that a calendar has, and for a span that is longer than all of it.
fn after(day: Date, span: Result<Span, jiff::Error>) -> Option<Date> {
    day.checked_add(span.ok()?).ok()
}

/// When what was received at `received` is due.
pub fn due(
    received: Instant,
    limit: Limit,
    stops: &[Stop],
    calendar: &Calendar,
) -> Result<Due, NoDate> {
    let mut why = Vec::new();
    let halts = Halts::new(stops, calendar)?;
    let arrived = received.local();
    if let Limit::WorkingHours(hours) = limit {
        return hours_due(arrived, hours, &halts, calendar);
    }
    let from = receipt_day(received, calendar).ok_or(NoDate::Calendar)?;
    if from != arrived.date() {
        let (arrived, counts_as) = (arrived.date(), from);
        why.push(if calendar.is_working_day(arrived) {
            Why::ArrivedLate { arrived, counts_as }
        } else {
            Why::ArrivedOnDayOff { arrived, counts_as }
        });
    }
    why.push(Why::Limit { limit });
    let mut touched = 0;
    let day = match limit {
        Limit::SameDay | Limit::WorkingHours(_) => {
            halts.working_days(from, 0, calendar, &mut touched)
        }
        Limit::WorkingDays(days) => halts.working_days(from, days, calendar, &mut touched),
        Limit::Days(days) => {
            let ends = after(from, Span::new().try_days(days));
            halts.calendar_days(from, ends, calendar, &mut why, &mut touched)
        }
        Limit::Months(months) => {
            let ends = after(from, Span::new().try_months(months));
            halts.calendar_days(from, ends, calendar, &mut why, &mut touched)
        }
    }
    .ok_or(NoDate::Calendar)?;
    let passed = Passed {
        arrived: arrived.date(),
        from,
        day,
        in_days: matches!(limit, Limit::SameDay | Limit::WorkingDays(_)),
    };
    let expected = passed.explain(&halts, calendar, &mut why);
    Ok(Due {
        day,
        time: SESSIONS
            .map(|(_, end)| end)
            .into_iter()
            .max()
            .unwrap_or(LATEST),
        counted_from: from,
        expected,
        why,
        touched,
    })
}

/// When something that was to be due at `told` is due after a supplement: later by the working days
/// after the day of asking, up to the day on which the answer counts as received. What was due
/// before the office asked stays overdue. Where `told` was counted in working days, this is what
/// [`due`] gives with the same stop; it serves dates that the office has set itself, too. `None`
/// when the calendar cannot say.
pub fn after_supplement(
    told: Instant,
    asked: Instant,
    answered: Instant,
    calendar: &Calendar,
) -> Option<Instant> {
    let (told_at, asked) = (told.local(), asked.date());
    let back = receipt_day(answered, calendar)?;
    let working_days_after = |day: Date| {
        let days = day.series(1.day()).skip(1).take(MAX_DAYS as usize);
        days.filter(|day| calendar.is_working_day(*day))
    };
    let stood = working_days_after(asked)
        .take_while(|day| *day <= back)
        .count();
    let Some(last) = stood.checked_sub(1).filter(|_| asked <= told_at.date()) else {
        return Some(told);
    };
    let day = working_days_after(told_at.date()).nth(last)?;
    Some(instant(day.to_datetime(told_at.time())))
}

/// What the count went over.
struct Passed {
    arrived: Date,
    from: Date,
    day: Date,
    in_days: bool,
}

impl Passed {
    /// Adds what has to be known to understand the date; says whether it can still move.
    fn explain(&self, halts: &Halts, calendar: &Calendar, why: &mut Vec<Why>) -> bool {
        let span = self.arrived.min(self.from)..=self.day;
        if self.in_days {
            let mut off = calendar.days_off.range(span.clone()).copied();
            if let Some(first) = off.next() {
                let (count, last) = off.fold((1, first), |(count, _), day| (count + 1, day));
                why.push(Why::Holidays { count, first, last });
            }
            let made_up = calendar.days_made_up.range(span.clone());
            why.extend(made_up.map(|day| Why::MadeUp { day: *day }));
        }
        for (asked, answered) in &halts.supplements {
            if *asked <= self.day {
                why.push(Why::Supplement {
                    asked: *asked,
                    answered: *answered,
                });
            }
        }
        for (first, last) in &halts.outages {
            if span.contains(&first.date()) || span.contains(&last.date()) {
                why.push(Why::Outage {
                    first: first.date(),
                    last: last.date(),
                });
            }
        }
        let expected = calendar.is_open_between(*span.start(), *span.end());
        if expected {
            why.push(Why::NotDecreed);
        }
        expected
    }
}

/// What stops the clock, in Vietnam's days.
struct Halts {
    /// Day of asking, day on which the answer counts as received.
    supplements: Vec<(Date, Date)>,
    outages: Vec<(DateTime, DateTime)>,
    /// The same supplements to the minute, for limits in hours.
    waits: Vec<(DateTime, DateTime)>,
}

impl Halts {
    fn new(stops: &[Stop], calendar: &Calendar) -> Result<Self, NoDate> {
        let mut halts = Self {
            supplements: Vec::new(),
            outages: Vec::new(),
            waits: Vec::new(),
        };
        for stop in stops {
            match *stop {
                Stop::Supplement { answered: None, .. } => return Err(NoDate::Waiting),
                Stop::Supplement {
                    asked,
                    answered: Some(answered),
                } => {
                    let back = receipt_day(answered, calendar).ok_or(NoDate::Calendar)?;
                    halts.supplements.push((asked.date(), back));
                    halts.waits.push((asked.local(), answered.local()));
                }
                Stop::Outage { from, until } => {
                    halts.outages.push((from.local(), until.local()));
                }
            }
        }
        halts.supplements.sort_unstable();
        Ok(halts)
    }

    /// Was the system down while offices were open on this day?
    fn is_down(&self, day: Date) -> bool {
        self.outages.iter().any(|(from, until)| {
            SESSIONS.iter().any(|(opens, closes)| {
                *from < day.to_datetime(*closes) && *until > day.to_datetime(*opens)
            })
        })
    }

    /// Until when a supplement that was asked for on or before `day` keeps the clock standing.
    fn waiting_until(&self, day: Date) -> Option<Date> {
        self.supplements
            .iter()
            .filter(|(asked, answered)| *asked <= day && day < *answered)
            .map(|(_, answered)| *answered)
            .max()
    }

    /// The `count`-th working day after `from`; for 0, `from` itself or the first that counts.
    fn working_days(
        &self,
        from: Date,
        count: u32,
        calendar: &Calendar,
        touched: &mut u32,
    ) -> Option<Date> {
        let mut left = count;
        let mut day = from;
        for _ in 0..MAX_DAYS {
            *touched += 1;
            let waits = self
                .supplements
                .iter()
                .any(|(asked, answered)| *asked < day && day <= *answered);
            // The day of receipt is not counted, and for a limit of no days it is the last one.
            if calendar.is_working_day(day) && !self.is_down(day) && !waits && (day > from) {
                left = left.saturating_sub(1);
            }
            let may_end = calendar.is_working_day(day) && !self.is_down(day);
            if left == 0 && may_end && self.waiting_until(day).is_none() {
                return Some(day);
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    /// `ends`, later by the days that the clock stood, and on a working day.
    fn calendar_days(
        &self,
        from: Date,
        ends: Option<Date>,
        calendar: &Calendar,
        why: &mut Vec<Why>,
        touched: &mut u32,
    ) -> Option<Date> {
        let mut ends = ends?;
        let mut stood_until = from;
        for (asked, answered) in &self.supplements {
            let asked = (*asked).max(stood_until);
            if asked <= ends && *answered > asked {
                ends = ends.checked_add(answered.since(asked).ok()?).ok()?;
                stood_until = *answered;
            }
        }
        let mut day = from;
        for _ in 0..MAX_DAYS {
            if day > ends {
                break;
            }
            *touched += 1;
            if day > from && calendar.is_working_day(day) && self.is_down(day) {
                ends = ends.tomorrow().ok()?;
            }
            day = day.tomorrow().ok()?;
        }
        let moved_to = calendar.working_day_from(ends)?;
        if moved_to != ends {
            why.push(Why::EndsOnDayOff { ends, moved_to });
        }
        Some(moved_to)
    }
}

fn hours_due(
    arrived: DateTime,
    hours: u32,
    halts: &Halts,
    calendar: &Calendar,
) -> Result<Due, NoDate> {
    let limit = Limit::WorkingHours(hours);
    let mut why = Vec::new();
    let mut left = i64::from(hours) * 60;
    let mut day = arrived.date();
    let mut from = None;
    for touched in 1..=MAX_DAYS {
        for (opens, closes) in SESSIONS {
            if !calendar.is_working_day(day) {
                break;
            }
            let mut open = vec![(day.to_datetime(opens).max(arrived), day.to_datetime(closes))];
            for (start, end) in halts.waits.iter().chain(&halts.outages) {
                open = open
                    .into_iter()
                    .flat_map(|(opens, closes)| {
                        [(opens, closes.min(*start)), (opens.max(*end), closes)]
                    })
                    .filter(|(opens, closes)| opens < closes)
                    .collect();
            }
            for (opens, closes) in open {
                if opens >= closes {
                    continue;
                }
                from.get_or_insert(opens.date());
                let minutes = minutes_between(opens, closes);
                if left > minutes {
                    left -= minutes;
                    continue;
                }
                let at = opens
                    .checked_add(left.minutes())
                    .map_err(|_| NoDate::Calendar)?;
                let from = from.unwrap_or(day);
                if from != arrived.date() {
                    why.push(Why::ArrivedOnDayOff {
                        arrived: arrived.date(),
                        counts_as: from,
                    });
                }
                why.push(Why::Limit { limit });
                let passed = Passed {
                    arrived: arrived.date(),
                    from,
                    day,
                    in_days: true,
                };
                let expected = passed.explain(halts, calendar, &mut why);
                return Ok(Due {
                    day,
                    time: at.time(),
                    counted_from: from,
                    expected,
                    why,
                    touched,
                });
            }
        }
        day = day.tomorrow().map_err(|_| NoDate::Calendar)?;
    }
    Err(NoDate::Calendar)
}

fn minutes_between(one: DateTime, other: DateTime) -> i64 {
    (instant(other).ms() - instant(one).ms()) / 60_000
}

fn instant(local: DateTime) -> Instant {
    VIETNAM
        .to_timestamp(local)
        .map_or(Instant::default(), |stamp| Instant(stamp.as_millisecond()))
}

#[cfg(test)]
mod tests;
