//! `holidays.toml`: the days that offices do not work, and the weekend days that they do.

use std::collections::BTreeMap;

use gandan_domain::dossier::deadline::Calendar;
use jiff::civil::{Date, Weekday};
use serde::Deserialize;

use crate::{
    Mistake, What,
    source::{self, Checker, SourceToml, Spanned},
};

pub const FILE: &str = "holidays.toml";

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HolidaysToml {
    first: Date,
    last: Date,
    #[expect(dead_code, reason = "must be there, is not shipped")]
    source: SourceToml,
    #[serde(default)]
    holiday: Vec<HolidayToml>,
    #[serde(default)]
    swap: Vec<SwapToml>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct HolidayToml {
    #[expect(dead_code, reason = "for whoever reads the file")]
    name: String,
    days: Vec<Spanned<Date>>,
    decided: Decided,
    /// Where it could fall instead, while nobody has decided.
    #[serde(default)]
    may_also_be: Vec<Spanned<Date>>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct SwapToml {
    off: Spanned<Date>,
    worked: Spanned<Date>,
    decided: Decided,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
enum Decided {
    /// By the government, for this year.
    Decree,
    /// By the law itself, for every year.
    Law,
    /// By nobody yet.
    Expected,
}

pub fn compile(text: &str, mistakes: &mut Vec<Mistake>) -> Calendar {
    let mut calendar = Calendar::default();
    let read: HolidaysToml = match source::read(FILE, text) {
        Ok(read) => read,
        Err(mistake) => {
            mistakes.push(mistake);
            return calendar;
        }
    };
    let mut check = Checker {
        file: FILE,
        text,
        mistakes,
    };
    calendar.until = Some(read.last);
    let mut seen: BTreeMap<Date, usize> = BTreeMap::new();
    let mut day = |check: &mut Checker<'_>, at: &Spanned<Date>, weekend: Option<bool>| {
        let day = *at.as_ref();
        let line = check.line(at);
        if !(read.first..=read.last).contains(&day) {
            check.report(line, What::Holiday("it is not between `first` and `last`"));
        }
        if weekend.is_some_and(|wanted| wanted != is_weekend(day)) {
            check.report(
                line,
                What::Holiday("a swap takes a day of the working week off and works a weekend day"),
            );
        }
        if let Some(first) = seen.insert(day, line) {
            let id = day.to_string();
            check.report(line, What::Duplicate { id, first });
        }
        day
    };
    for holiday in &read.holiday {
        for at in &holiday.days {
            let off = day(&mut check, at, None);
            // A holiday on a weekend takes nothing away, and its substitute is a day of its own.
            if !is_weekend(off) {
                calendar.days_off.insert(off);
                if holiday.decided == Decided::Expected {
                    calendar.open.insert(off);
                }
            }
        }
        if holiday.decided != Decided::Expected
            && let Some(at) = holiday.may_also_be.first()
        {
            check.report_at(at, What::Holiday("what is decided has no `may_also_be`"));
        }
        for at in &holiday.may_also_be {
            calendar.open.insert(day(&mut check, at, None));
        }
    }
    for swap in &read.swap {
        let off = day(&mut check, &swap.off, Some(false));
        let worked = day(&mut check, &swap.worked, Some(true));
        calendar.days_off.insert(off);
        calendar.days_made_up.insert(worked);
        if swap.decided == Decided::Expected {
            calendar.open.extend([off, worked]);
        }
    }
    calendar
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}
