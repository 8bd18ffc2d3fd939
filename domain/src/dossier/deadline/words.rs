//! The count, said.

use super::{Due, Limit, Why};
use crate::text::{
    Lang, Text,
    messages::{Arg, Messages},
    spoken,
};

/// The due day, marked when it is only expected.
pub fn day(due: &Due, messages: &Messages) -> Text {
    let id = if due.expected {
        "due-day-expected"
    } else {
        "due-day"
    };
    messages.text(
        id,
        &[("day", spoken::date(due.day, messages.lang()).into())],
    )
}

impl Why {
    pub fn text(&self, messages: &Messages) -> Text {
        let lang: &Lang = messages.lang();
        let date = |day| Arg::from(spoken::date(day, lang));
        let between =
            |id, first, last| messages.text(id, &[("first", date(first)), ("last", date(last))]);
        match *self {
            Self::ArrivedOnDayOff { arrived, counts_as } => messages.text(
                "due-why-arrived-off",
                &[("arrived", date(arrived)), ("counts", date(counts_as))],
            ),
            Self::ArrivedLate { arrived, counts_as } => messages.text(
                "due-why-arrived-late",
                &[("arrived", date(arrived)), ("counts", date(counts_as))],
            ),
            Self::Limit { limit } => limit.text(messages),
            Self::Holidays {
                count: 1, first, ..
            } => messages.text("due-why-holiday", &[("first", date(first))]),
            Self::Holidays { count, first, last } => messages.text(
                "due-why-holidays",
                &[
                    ("count", i64::from(count).into()),
                    ("first", date(first)),
                    ("last", date(last)),
                ],
            ),
            Self::MadeUp { day } => messages.text("due-why-made-up", &[("day", date(day))]),
            Self::Supplement { asked, answered } => between("due-why-supplement", asked, answered),
            Self::Outage { first, last } => between("due-why-outage", first, last),
            Self::EndsOnDayOff { ends, moved_to } => between("due-why-ends-off", ends, moved_to),
            Self::NotDecreed => messages.plain("due-why-not-decreed"),
        }
    }
}

impl Limit {
    pub fn text(self, messages: &Messages) -> Text {
        let count = |id, count: u32| messages.text(id, &[("count", i64::from(count).into())]);
        match self {
            Self::SameDay => messages.plain("due-limit-same-day"),
            Self::WorkingHours(hours) => count("due-limit-hours", hours),
            Self::WorkingDays(days) => count("due-limit-working-days", days),
            Self::Days(days) => count("due-limit-days", days),
            Self::Months(months) => count("due-limit-months", months),
        }
    }
}
