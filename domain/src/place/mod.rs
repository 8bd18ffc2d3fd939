//! Places over time. A code alone names nothing: 3,315 of the 3,321 commune codes in use since
//! 1 July 2025 were used before, 1,877 of them for a differently named unit.
//!
//! So a place is a code *and* the day from which the code has this meaning, and a paper that names
//! a code is read by the paper's own date ([`as_of`]). What was rejected: codes as keys, with a
//! table of "current" communes, which silently moves people to the commune that inherited a code.

mod answer;
mod atlas;
mod fold;
pub mod resolve;
pub mod table;

use std::{fmt, str::FromStr};

use crate::catalog::{LocalText, Source};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use answer::PlaceAnswer;
pub use atlas::Atlas;
pub use fold::{key, toned};
pub use resolve::{Answer, Ask, Meant, Outcome};
pub use table::{PlaceTable, Unit, UnitId};

/// The key of a place: its code and the first day on which the code has this meaning.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlaceKey {
    /// Five digits for a commune, two for a province (Decision 19/2025/QĐ-TTg).
    pub code: String,
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub valid_from: Date,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read the place: it is not <code>@<yyyy-mm-dd>")]
pub struct BadPlaceKey;

impl FromStr for PlaceKey {
    type Err = BadPlaceKey;

    /// Only the canonical form is read, so that equal places are equal texts.
    fn from_str(text: &str) -> Result<Self, BadPlaceKey> {
        let (code, day) = text.split_once('@').ok_or(BadPlaceKey)?;
        let is_code = matches!(code.len(), 2 | 5) && code.bytes().all(|byte| byte.is_ascii_digit());
        let valid_from: Date = day.parse().map_err(|_| BadPlaceKey)?;
        if is_code && valid_from.to_string() == day {
            Ok(Self {
                code: code.into(),
                valid_from,
            })
        } else {
            Err(BadPlaceKey)
        }
    }
}

impl fmt::Display for PlaceKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}@{}", self.code, self.valid_from)
    }
}

/// What `code` meant on `day`: the youngest meaning that was in force. `None` before the oldest
/// one that the catalogue knows.
pub fn as_of<'a>(communes: &'a [Commune], code: &str, day: Date) -> Option<&'a Commune> {
    communes
        .iter()
        .filter(|commune| commune.key.code == code && commune.key.valid_from <= day)
        .max_by_key(|commune| commune.key.valid_from)
}

/// A commune as the catalogue lists it (xã, phường, đặc khu).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Commune {
    #[serde(flatten)]
    pub key: PlaceKey,
    /// With its type, e.g. "Xã Lũng Cú".
    pub full_name: String,
    pub province_code: String,
    pub province_name: String,
    /// The one-stop office that receives dossiers for this commune.
    pub office: Office,
    /// Names of units that were merged into this one, for old papers.
    #[serde(default)]
    pub formerly: Vec<String>,
}

/// The one-stop shop (bộ phận một cửa) of a commune.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Office {
    /// Identifier code that begins every dossier code of this office.
    pub code: String,
    pub name: String,
    /// Where a person helps; `None` where nothing is known, and then no screen promises a counter.
    #[serde(default)]
    pub address: Option<String>,
    #[serde(default)]
    pub phone: Option<String>,
    /// In words, as the office says them.
    #[serde(default)]
    pub hours: Option<String>,
    /// Whether one gets in without a step.
    #[serde(default)]
    pub step_free: Option<bool>,
    /// What is spoken there besides Vietnamese, as BCP-47 tags.
    #[serde(default)]
    pub languages: Vec<String>,
    #[serde(default)]
    pub sign_language: Option<bool>,
    /// The day on which this was so.
    #[serde(default)]
    pub as_of: Option<Date>,
    /// Who says so.
    #[serde(default)]
    pub source: Option<String>,
}

/// A national telephone line, for where no office is known that could help.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HelpLine {
    pub name: LocalText,
    pub phone: String,
    pub source: Source,
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )]

    use jiff::civil::date;

    use super::*;

    fn commune(key: &str, name: &str) -> Commune {
        Commune {
            key: key.parse().unwrap(),
            full_name: name.into(),
            province_code: "99".into(),
            province_name: "Tỉnh Thử".into(),
            office: Office {
                code: "H99.01".into(),
                name: "UBND".into(),
                ..Office::default()
            },
            formerly: vec![],
        }
    }

    #[test]
    fn a_code_is_read_by_the_date_of_the_paper() {
        let communes = [
            commune("99001@2025-07-01", "Xã Mới"),
            commune("99001@1979-01-01", "Xã Cũ"),
            commune("99001@2026-04-30", "Phường Mới"),
            commune("99002@2025-07-01", "Xã Khác"),
        ];
        let name = |code, day| as_of(&communes, code, day).map(|found| found.full_name.as_str());
        assert_eq!(name("99001", date(2025, 6, 30)), Some("Xã Cũ"));
        assert_eq!(name("99001", date(2025, 7, 1)), Some("Xã Mới"));
        assert_eq!(name("99001", date(2026, 4, 29)), Some("Xã Mới"));
        assert_eq!(name("99001", date(2030, 1, 1)), Some("Phường Mới"));
        assert_eq!(name("99001", date(1978, 12, 31)), None);
        assert_eq!(name("99002", date(2025, 6, 30)), None);
        assert_eq!(name("99003", date(2026, 1, 1)), None);
    }

    #[test]
    fn only_the_one_form_of_a_key_is_read() {
        assert_eq!(
            "99001@2025-07-01".parse::<PlaceKey>().unwrap().to_string(),
            "99001@2025-07-01"
        );
        assert!("99@2025-07-01".parse::<PlaceKey>().is_ok());
        for text in [
            "",
            "@",
            "99001",
            "99001@",
            "@2025-07-01",
            "991@2025-07-01",
            "9900a@2025-07-01",
            "99001@2025-7-1",
            "99001@20250701",
            "99001@2025-13-01",
            "99001@2025-07-01T00:00",
            " 99001@2025-07-01",
            "99001@2025-07-01@",
        ] {
            assert_eq!(text.parse::<PlaceKey>(), Err(BadPlaceKey), "{text}");
        }
    }

    #[test]
    fn every_key_that_reads_writes_itself() {
        bolero::check!()
            .with_type::<(String, u16, u16)>()
            .for_each(|(text, code, days)| {
                if let Ok(key) = text.parse::<PlaceKey>() {
                    assert_eq!(key.to_string(), *text);
                }
                let day = date(1979, 1, 1)
                    .checked_add(jiff::Span::new().days(i64::from(*days)))
                    .unwrap();
                let text = format!("{code:05}@{day}");
                assert_eq!(text.parse::<PlaceKey>().unwrap().to_string(), text);
            });
    }
}
