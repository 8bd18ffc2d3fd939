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
