//! How long it takes.

use gandan_domain::catalog::listing::{Span, Unit};
use serde_json::Value;

use super::{Kind, Time, read::Reader};

/// Nothing at a commune takes longer.
const LONGEST_DAYS: f64 = 730.0;

/// The time of a method or case; what is doubtful about it goes to the reader.
pub fn time(reader: &mut Reader<'_>, amount: &Value, unit: &Value, path: &str) -> Option<Time> {
    let said = format!("{} {}", plain(amount), plain(unit));
    let unit = match unit.as_str() {
        Some("WORKING_DAY") => Some(("working_day", 1.4)),
        Some("DAY") => Some(("day", 1.0)),
        Some("HOUR") => Some(("hour", 1.0 / 24.0)),
        Some("MONTH") => Some(("month", 30.0)),
        Some("YEAR") => Some(("year", 365.0)),
        _ => None,
    };
    let text = amount.as_str().map(str::trim);
    let number = amount.as_f64().or_else(|| text?.parse().ok());
    match (number, unit) {
        (None, _) if amount.is_null() => {
            reader.doubt(Kind::TimeZero, path, &said, "unknown");
            None
        }
        (None, _) => {
            let found = text.and_then(at_most);
            let done = if found.is_some() {
                "read from the text"
            } else {
                "unknown"
            };
            reader.doubt(Kind::TimeInText, path, &said, done);
            found
        }
        (Some(_), None) => {
            reader.doubt(Kind::TimeUnit, path, &said, "unknown");
            None
        }
        (Some(0.0), _) => {
            reader.doubt(Kind::TimeZero, path, &said, "unknown");
            None
        }
        (Some(amount), Some((unit, days))) => {
            if !(0.0..=LONGEST_DAYS).contains(&(amount * days)) {
                reader.doubt(Kind::TimeOdd, path, &said, "unknown");
                return None;
            }
            Some(Time { amount, unit })
        }
    }
}

/// "Không quá 15 ngày làm việc …": only where one number of days stands at the beginning, and no
/// other in the text.
fn at_most(text: &str) -> Option<Time> {
    let rest = text.strip_prefix("Không quá ")?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let amount: f64 = rest.get(..digits)?.parse().ok()?;
    let rest = rest.get(digits..)?.strip_prefix(" ngày")?;
    if rest.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let unit = if rest.starts_with(" làm việc") {
        "working_day"
    } else {
        "day"
    };
    Some(Time { amount, unit })
}

/// What stood there, for the report.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// For the catalogue.
pub fn span(time: Time) -> Option<Span> {
    let (unit, factor) = match time.unit {
        "hour" => (Unit::Hour, 10.0),
        "working_day" => (Unit::WorkingDay, 10.0),
        "day" => (Unit::Day, 10.0),
        "month" => (Unit::Month, 10.0),
        "year" => (Unit::Month, 120.0),
        _ => return None,
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and two years in hours"
    )]
    let tenths = (time.amount * factor).round() as u32;
    (tenths > 0).then_some(Span { tenths, unit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_plain_limit_is_read_from_a_text() {
        let days = |text: &str| at_most(text).map(|time| (time.amount, time.unit));
        assert_eq!(
            days("Không quá 15 ngày kể từ ngày nhận"),
            Some((15.0, "day"))
        );
        assert_eq!(
            days("Không quá 05 ngày làm việc."),
            Some((5.0, "working_day"))
        );
        for text in [
            "Không quá 10 ngày; vùng xa thêm 5 ngày",
            "Không",
            "15 ngày",
            "",
        ] {
            assert_eq!(days(text), None, "{text}");
        }
    }
}
