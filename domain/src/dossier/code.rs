//! The dossier code (mã hồ sơ): `<office>-<yymmdd>-<number>`, as on the one-stop receipt form
//! (Circular 03/2025/TT-VPCP, Annex I). The number counts per office and day, from 1.

use std::{fmt, str::FromStr};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A dossier code in canonical form.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DossierCode(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read the dossier code: it is not <office>-<yymmdd>-<number>")]
pub struct BadDossierCode;

impl DossierCode {
    /// `office` is the office's identifier code, such as `H99.08.01`.
    pub fn new(office: &str, day: Date, number: u32) -> Result<Self, BadDossierCode> {
        format!(
            "{office}-{:02}{:02}{:02}-{number:04}",
            day.year().rem_euclid(100),
            day.month(),
            day.day()
        )
        .parse()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DossierCode {
    type Err = BadDossierCode;

    fn from_str(text: &str) -> Result<Self, BadDossierCode> {
        let text = text.trim().to_ascii_uppercase();
        let parts: Vec<&str> = text.split('-').collect();
        let [office, day, number] = parts[..] else {
            return Err(BadDossierCode);
        };
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let office_fits = (1..=32).contains(&office.len())
            && office
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'.');
        let day_fits =
            day.len() == 6 && digits(day) && Date::strptime("%Y%m%d", format!("20{day}")).is_ok();
        let number_fits = (4..=9).contains(&number.len()) && digits(number);
        if office_fits && day_fits && number_fits {
            Ok(Self(text))
        } else {
            Err(BadDossierCode)
        }
    }
}

impl TryFrom<String> for DossierCode {
    type Error = BadDossierCode;

    fn try_from(text: String) -> Result<Self, BadDossierCode> {
        text.parse()
    }
}

impl From<DossierCode> for String {
    fn from(code: DossierCode) -> Self {
        code.0
    }
}

impl fmt::Display for DossierCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
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

    #[test]
    fn a_code_names_office_day_and_number() {
        let code =
            |office, number| DossierCode::new(office, date(2026, 11, 2), number).map(String::from);
        assert_eq!(code("H99.08.01", 1).as_deref(), Ok("H99.08.01-261102-0001"));
        assert_eq!(
            code("H99.08.01", 12_345).as_deref(),
            Ok("H99.08.01-261102-12345")
        );
        let long = "H".repeat(33);
        for office in ["", "H 99", "H99-01", "h99/..", "HÀ", &long] {
            assert_eq!(code(office, 1), Err(BadDossierCode), "{office}");
        }
        assert_eq!(code("H99", 1_000_000_000), Err(BadDossierCode));
    }

    #[test]
    fn people_type_codes_their_own_way() {
        let typed: DossierCode = " h99.08.01-261102-0001 ".parse().unwrap();
        assert_eq!(typed.as_str(), "H99.08.01-261102-0001");
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for text in [
            "",
            "-",
            "--",
            "H99-261102",
            "H99-261102-0001-1",
            "H99-261302-0001",
            "H99-260230-0001",
            "H99-26110-0001",
            "H99-+61102-0001",
            "H99-261102-001",
            "H99-261102-00O1",
            "H99-261102-\u{661}\u{661}\u{661}\u{661}",
            "'; drop table dossier;--",
        ] {
            assert_eq!(text.parse::<DossierCode>(), Err(BadDossierCode), "{text}");
        }
    }

    #[test]
    fn every_code_that_is_made_reads_as_itself() {
        bolero::check!()
            .with_type::<(u16, u16, u32)>()
            .for_each(|(office, days, number)| {
                let day = date(2020, 1, 1)
                    .checked_add(jiff::Span::new().days(i64::from(days % 29_000)))
                    .unwrap();
                let code =
                    DossierCode::new(&format!("H{office}"), day, number % 1_000_000_000).unwrap();
                assert_eq!(code.as_str().parse(), Ok(code.clone()));
                let json = serde_json::to_string(&code).unwrap();
                assert_eq!(serde_json::from_str::<DossierCode>(&json).unwrap(), code);
            });
    }

    #[test]
    fn every_text_that_reads_has_one_form() {
        let read = |text: &str| {
            if let Ok(code) = text.parse::<DossierCode>() {
                assert_eq!(code.as_str().parse(), Ok(code.clone()));
                assert!(code.as_str().is_ascii());
            }
        };
        // Also what is nearly one: a code with a few letters replaced.
        bolero::check!()
            .with_type::<(String, usize)>()
            .for_each(|(text, at)| {
                read(text);
                let sound = "H99.08.01-261122-0001";
                let at = at % sound.len();
                read(&format!("{}{text}{}", &sound[..at], &sound[at..]));
                read(&format!("{}{text}{}", &sound[..at], &sound[at + 1..]));
            });
    }
}
