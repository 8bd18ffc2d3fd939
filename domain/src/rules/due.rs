//! When a result is due and why, as JSON.

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
};
use serde_json::{Value, json};

use super::{NoAnswer, procedure};
use crate::{
    catalog::ContentPack,
    dossier::deadline::{Due, Limit, due},
    text::messages::Messages,
    time::{Instant, VIETNAM},
};

/// `what` is a procedure's code or a limit as [`read_limit`] reads it, `received` a time on the
/// clock in Vietnam, or one with an offset.
pub fn ask(pack: &ContentPack, what: &str, received: &str) -> Result<Due, NoAnswer> {
    let what = what.trim();
    let received = read_instant(received.trim()).ok_or(NoAnswer::Received)?;
    let limit = match read_limit(what) {
        Some(limit) => limit,
        None => limit_of(pack, what, received.date())?,
    };
    Ok(due(received, limit, &[], &pack.calendar)?)
}

fn limit_of(pack: &ContentPack, code: &str, on: Date) -> Result<Limit, NoAnswer> {
    let limit = procedure(pack, code, on)?.time_limit.limit;
    limit.ok_or_else(|| NoAnswer::NoLimit { code: code.into() })
}

/// `5wd` working days, `8wh` working hours, `30d` days, `2m` months, `0wd` the same day.
pub fn read_limit(text: &str) -> Option<Limit> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (count, unit) = text.split_at(digits);
    let count: u32 = count.parse().ok()?;
    match unit {
        "wd" if count == 0 => Some(Limit::SameDay),
        "wd" => Some(Limit::WorkingDays(count)),
        "wh" => Some(Limit::WorkingHours(count)),
        "d" => Some(Limit::Days(count)),
        "m" => Some(Limit::Months(count)),
        _ => None,
    }
}

/// With an offset it is an instant; without, it is what the clock in Vietnam shows.
pub fn read_instant(text: &str) -> Option<Instant> {
    let stamp = if let Ok(stamp) = text.parse::<Timestamp>() {
        stamp
    } else {
        let local: DateTime = match text.parse() {
            Ok(local) => local,
            Err(_) => text.parse::<Date>().ok()?.to_datetime(Time::midnight()),
        };
        VIETNAM.to_timestamp(local).ok()?
    };
    Some(Instant(stamp.as_millisecond()))
}

/// `{due, at, counted_from, expected, why, steps, touched}`.
pub fn answer(due: &Due, messages: &Messages) -> Value {
    json!({
        "due": due.day.to_string(),
        "at": due.day.to_datetime(due.time).strftime("%Y-%m-%dT%H:%M").to_string(),
        "counted_from": due.counted_from.to_string(),
        "expected": due.expected,
        "why": due.why.iter().map(|why| why.text(messages).shown()).collect::<Vec<_>>(),
        "steps": due.why,
        "touched": due.touched,
    })
}
