//! When a result is due and why, as JSON.

use jiff::{
    civil::Date,
    fmt::temporal::{Pieces, TimeZoneAnnotationKind},
};
use serde_json::{Value, json};

use super::{NoAnswer, procedure};
use crate::{
    catalog::ContentPack,
    dossier::deadline::{Due, Limit, due},
    text::messages::Messages,
    time::{Instant, VIETNAM},
};

/// In seconds: Kiribati's.
const MOST_OFFSET: i32 = 14 * 3_600;

/// `what` is a procedure's code or a limit as [`read_limit`] reads it, `received` a time on the
/// clock in Vietnam, or one with an offset.
pub fn ask(pack: &ContentPack, what: &str, received: &str) -> Result<Due, NoAnswer> {
    let what = what.trim();
    let received = read_instant(received.trim()).ok_or(NoAnswer::Received)?;
    let limits = match read_limit(what) {
        Some(limit) => vec![limit],
        None => limits_of(pack, what, received.date())?,
    };
    let mut latest: Option<Due> = None;
    for limit in limits {
        let due = due(received, limit, &[], &pack.calendar)?;
        let later = |latest: &Due| (latest.day, latest.time) < (due.day, due.time);
        if latest.as_ref().is_none_or(later) {
            latest = Some(due);
        }
    }
    latest.ok_or_else(|| NoAnswer::NoLimit { code: what.into() })
}

/// Of a procedure that is only listed, what each channel is given: the source does not say which
/// of them binds, so nothing is promised before the last.
fn limits_of(pack: &ContentPack, code: &str, on: Date) -> Result<Vec<Limit>, NoAnswer> {
    let unknown = match procedure(pack, code, on) {
        Ok(procedure) => return Ok(procedure.time_limit.limit.into_iter().collect()),
        Err(unknown) => unknown,
    };
    let listing = pack.listing(code).ok_or(unknown)?;
    let mut limits: Vec<Limit> = listing
        .offers
        .iter()
        .filter_map(|offer| Some(offer.time?.limit()))
        .collect();
    limits.sort_unstable();
    limits.dedup();
    Ok(limits)
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

/// With an offset it is an instant; without, it is what the clock in Vietnam shows. No clock on
/// Earth is further from UTC than fourteen hours, and another zone's name alone is not understood:
/// better no answer than another day's.
pub fn read_instant(text: &str) -> Option<Instant> {
    let pieces = Pieces::parse(text).ok()?;
    let local = pieces.date().to_datetime(pieces.time().unwrap_or_default());
    let zone = pieces.time_zone_annotation().map(|zone| zone.kind());
    let offset = match (pieces.to_numeric_offset(), zone) {
        (Some(offset), _) if offset.seconds().abs() <= MOST_OFFSET => offset,
        (None, None) => VIETNAM,
        (None, Some(TimeZoneAnnotationKind::Named(zone)))
            if matches!(zone.as_str(), "Asia/Ho_Chi_Minh" | "Asia/Saigon") =>
        {
            VIETNAM
        }
        _ => return None,
    };
    let stamp = offset.to_timestamp(local).ok()?;
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
