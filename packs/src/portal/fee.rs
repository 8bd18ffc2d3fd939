//! What it costs, and why the number that stands there is often not it.

use gandan_domain::catalog::search::fold;
use serde_json::Value;

use super::{Kind, PortalFee, read::Reader, time::plain};

/// No fee in đồng is smaller.
const LEAST: u64 = 1000;
/// Nobody pays more at a commune.
const MOST: u64 = 1_000_000_000;

/// One line about fees. `around` is what the way to file says about itself, `province` whether
/// some text of this procedure says that the province decides.
pub fn fee(
    reader: &mut Reader<'_>,
    value: &Value,
    around: &str,
    province: bool,
    path: &str,
) -> Option<PortalFee> {
    let note = reader.text(value.get("description"), &format!("{path}.description"));
    let kind = reader.text(value.get("type"), &format!("{path}.type"));
    let amount = value.get("vnd").unwrap_or(&Value::Null);
    let path = format!("{path}.vnd");
    let said = format!("{} · {note}", plain(amount));
    let mut doubt = |kind, done| reader.doubt(kind, &path, &said, done);
    let mut fee = PortalFee {
        kind,
        vnd: None,
        foreign: None,
        note: note.clone(),
    };
    let folded = fold(&note);
    let free = [
        "khong",
        "mien",
        "khong thu",
        "khong quy dinh",
        "mien phi",
        "mien le phi",
    ];
    let says_free = {
        let words = folded.split_whitespace().collect::<Vec<_>>().join(" ");
        free.contains(&words.as_str()) || words == "khong co" || words == "khong co le phi"
    };
    let amounts = amounts(&note);
    let foreign = [note.as_str(), around].into_iter().find_map(dollars);
    let number = match amount {
        Value::Null => None,
        Value::Number(number) => match number.as_u64() {
            Some(number) => Some(number),
            None => {
                doubt(Kind::WrongType, "unknown");
                return Some(fee);
            }
        },
        _ => {
            doubt(Kind::WrongType, "unknown");
            return Some(fee);
        }
    };
    match number {
        Some(0) | None if says_province_decides(&folded) => {
            doubt(Kind::FeeProvinceDecides, "unknown")
        }
        Some(0) | None if says_free => fee.vnd = Some(0),
        Some(0) | None if !amounts.is_empty() => {
            doubt(Kind::FeeInText, "unknown; the text is kept")
        }
        Some(0) | None if refers(&folded) => doubt(Kind::FeeElsewhere, "unknown; the text is kept"),
        None if note.is_empty() => doubt(Kind::FeeMissing, "unknown"),
        None => doubt(Kind::FeeElsewhere, "unknown; the text is kept"),
        Some(0) if province => doubt(
            Kind::FeeProvinceDecides,
            "unknown: another line of it says so",
        ),
        Some(0) => fee.vnd = Some(0),
        Some(number)
            if foreign
                .as_ref()
                .is_some_and(|(dollars, _)| *dollars == number) =>
        {
            doubt(Kind::FeeForeign, "kept aside, unknown in đồng");
            fee.foreign = foreign.map(|(dollars, currency)| format!("{dollars} {currency}"));
        }
        Some(number) if number < LEAST => {
            if amounts.contains(&(number * 1000)) {
                doubt(Kind::FeeThousands, "a thousand times as much");
                fee.vnd = Some(number * 1000);
            } else if amounts.is_empty() {
                doubt(Kind::FeeTooSmall, "unknown");
            } else {
                doubt(Kind::FeeContradicts, "unknown; the text is kept");
            }
        }
        Some(number) if number > MOST => doubt(Kind::FeeContradicts, "unknown"),
        Some(number) => {
            if !amounts.is_empty() && !amounts.contains(&number) {
                doubt(Kind::FeeContradicts, "kept; somebody should look");
            }
            fee.vnd = Some(number);
        }
    }
    Some(fee)
}

/// "Hội đồng nhân dân cấp tỉnh quyết định", in its many spellings.
pub fn says_province_decides(folded: &str) -> bool {
    let words = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    words.contains("hoi dong nhan dan") || words.contains("hdnd") || words.contains("nq hd")
}

/// Another document, or the law in general.
fn refers(folded: &str) -> bool {
    let words = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    [
        "theo quy dinh",
        "thong tu",
        "nghi dinh",
        "quyet dinh",
        "nghi quyet",
        "bieu phi",
        "kem theo",
        "tra cuu",
        "van ban",
    ]
    .iter()
    .any(|reference| words.contains(reference))
}

/// Sums of money in a text: "20.000 đồng", "20.000đ/tờ", "20.000 vnđ". A number alone is none.
fn amounts(text: &str) -> Vec<u64> {
    let folded: String = text
        .chars()
        .map(|letter| match letter {
            'đ' | 'Đ' => 'd',
            'ồ' | 'Ồ' => 'o',
            other => other.to_ascii_lowercase(),
        })
        .collect();
    numbers(&folded)
        .filter(|(_, after)| {
            let after = after.trim_start();
            after.starts_with("dong")
                || after.starts_with("vnd")
                || (after.starts_with('d') && !after[1..].starts_with(char::is_alphanumeric))
        })
        .map(|(number, _)| number)
        .collect()
}

/// An amount in dollars.
fn dollars(text: &str) -> Option<(u64, &'static str)> {
    let text = text.to_ascii_uppercase();
    numbers(&text)
        .find(|(_, after)| after.trim_start().starts_with("USD"))
        .map(|(number, _)| (number, "USD"))
}

/// Numbers with dots between thousands, each with what follows it.
fn numbers(text: &str) -> impl Iterator<Item = (u64, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = rest.find(|letter: char| letter.is_ascii_digit())?;
        let from = rest.get(start..)?;
        let end = from
            .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
            .unwrap_or(from.len());
        let (number, after) = from.split_at(end);
        rest = after;
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        Some((digits.parse().unwrap_or(u64::MAX), after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_found_in_texts() {
        assert_eq!(
            amounts("20.000 vnđ /tờ; 8.000đ, 5000 đồng, khoản 1 Điều 3, 10 USD"),
            [20_000, 8000, 5000]
        );
        assert_eq!(amounts("ngày 02/11/2010"), [0_u64; 0]);
        assert_eq!(amounts("4 điểm"), [0_u64; 0]);
        assert_eq!(
            dollars("Tại cơ quan đại diện: 10 USD/bản."),
            Some((10, "USD"))
        );
    }

    #[test]
    fn the_province_decides_in_many_words() {
        for text in [
            "Hội đồng nhân dân cấp tỉnh quyết định",
            "(HĐND tỉnh)",
            "09/2025/NQ-HĐND",
        ] {
            assert!(says_province_decides(&fold(text)), "{text}");
        }
        assert!(!says_province_decides(&fold("Ủy ban nhân dân")));
    }
}
