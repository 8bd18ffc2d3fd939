//! The citizen id number (số định danh cá nhân): twelve digits, `PPPGYYSSSSSS`.
//!
//! `PPP` is the province or country where the birth was registered, `G` sex and century, `YY` the
//! year of birth, and six digits are random (Decree 137/2015/NĐ-CP, Article 13; codes in Circular
//! 59/2021/TT-BCA). The Law on Identification 26/2023/QH15 keeps the number for life.
//!
//! There is no check digit. So nothing but the shape can be refused: a province code that is not
//! in our list, or a year that disagrees with the date of birth next to it, is a *warning*. The
//! list can be older than the number (provinces were merged in 2025, people are born abroad), and
//! registers do hold wrong years. What was rejected: refusing unknown codes, which locks out real
//! people because our table is old.

use std::{fmt, str::FromStr};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The codes of the 63 provinces of 2004 to 2025, to which numbers were and are tied (Decision
/// 124/2004/QĐ-TTg; Circular 07/2016/TT-BCA, Annex I; read October 2026). Codes of countries are
/// not here: their list is not among our sources.
const PROVINCES: [u16; 63] = [
    1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35, 36, 37,
    38, 40, 42, 44, 45, 46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75, 77,
    79, 80, 82, 83, 84, 86, 87, 89, 91, 92, 93, 94, 95, 96,
];

/// A well-formed citizen id number. Has no `Debug` and no `Display`: it is personal data.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CitizenId(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    #[error("read the id number: it has {found} digits and not 12")]
    Length { found: usize },
    #[error("read the id number: it has something other than digits")]
    NotDigits,
}

/// Worth a second look; never a reason to refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IdWarning {
    /// No province in our list has this code.
    UnknownProvince,
    /// The year in the number is not the year of the date of birth.
    OtherBirthYear,
    /// The sex in the number is not the one stated.
    OtherSex,
}

impl IdWarning {
    /// The Fluent message that says it.
    pub const fn message_id(self) -> &'static str {
        match self {
            Self::UnknownProvince => "form-warn-unknown-province",
            Self::OtherBirthYear => "form-warn-other-birth-year",
            Self::OtherSex => "form-warn-other-sex",
        }
    }
}

/// As the registers have it (giới tính).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    Male,
    Female,
}

impl CitizenId {
    /// The twelve digits. Grep for it to see where the number is in the clear.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Three digits: where the birth was registered.
    pub fn province_code(&self) -> &str {
        self.0.get(..3).unwrap_or_default()
    }

    pub fn sex(&self) -> Sex {
        if self.digit(3) % 2 == 0 {
            Sex::Male
        } else {
            Sex::Female
        }
    }

    /// 1900 to 2399: digits 0 and 1 of the fourth place mean the twentieth century, and so on.
    pub fn birth_year(&self) -> i16 {
        1900 + self.digit(3) / 2 * 100 + self.digit(4) * 10 + self.digit(5)
    }

    /// What is odd about the number by itself and beside what else is known of the person.
    pub fn warnings(&self, born: Option<Date>, sex: Option<Sex>) -> Vec<IdWarning> {
        let known = self
            .province_code()
            .parse()
            .is_ok_and(|code: u16| PROVINCES.binary_search(&code).is_ok());
        [
            (!known, IdWarning::UnknownProvince),
            (
                born.is_some_and(|born| born.year() != self.birth_year()),
                IdWarning::OtherBirthYear,
            ),
            (
                sex.is_some_and(|sex| sex != self.sex()),
                IdWarning::OtherSex,
            ),
        ]
        .into_iter()
        .filter_map(|(odd, warning)| odd.then_some(warning))
        .collect()
    }

    fn digit(&self, at: usize) -> i16 {
        self.0
            .as_bytes()
            .get(at)
            .map_or(0, |byte| i16::from(byte - b'0'))
    }
}

impl FromStr for CitizenId {
    type Err = IdError;

    /// Reads what people type: spaces, dots and hyphens between groups are dropped.
    fn from_str(text: &str) -> Result<Self, IdError> {
        let mut digits = String::with_capacity(12);
        let mut found = 0;
        for ch in text.chars() {
            match ch {
                '0'..='9' => {
                    found += 1;
                    if found <= 12 {
                        digits.push(ch);
                    }
                }
                ' ' | '\u{a0}' | '.' | '-' => {}
                _ => return Err(IdError::NotDigits),
            }
        }
        if found == 12 {
            Ok(Self(digits))
        } else {
            Err(IdError::Length { found })
        }
    }
}

impl TryFrom<String> for CitizenId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<CitizenId> for String {
    fn from(id: CitizenId) -> Self {
        id.0
    }
}

impl fmt::Display for Sex {
    /// As on the card.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Male => "Nam",
            Self::Female => "Nữ",
        })
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

    /// `unwrap` wants a `Debug` that the number must not have.
    fn id(text: &str) -> CitizenId {
        text.parse()
            .unwrap_or_else(|error: IdError| panic!("failed to {error}"))
    }

    fn error(text: &str) -> IdError {
        text.parse::<CitizenId>().err().unwrap()
    }

    #[test]
    fn the_digits_say_sex_and_year() {
        for (number, sex, year) in [
            ("099094000004", Sex::Male, 1994),
            ("099196000003", Sex::Female, 1996),
            ("099203000017", Sex::Male, 2003),
            ("099310999999", Sex::Female, 2010),
            ("099400000000", Sex::Male, 2100),
            ("099999123456", Sex::Female, 2399),
        ] {
            assert_eq!((id(number).sex(), id(number).birth_year()), (sex, year));
        }
    }

    #[test]
    fn an_unknown_province_warns_and_is_never_refused() {
        assert_eq!(
            id("099196000003").warnings(None, None),
            [IdWarning::UnknownProvince]
        );
        assert_eq!(id("001196000003").warnings(None, None), []);
        assert_eq!(id("096196000003").warnings(None, None), []);
    }

    #[test]
    fn what_stands_beside_the_number_can_disagree() {
        assert_eq!(
            id("001196000003").warnings(Some(date(1996, 3, 1)), Some(Sex::Female)),
            []
        );
        assert_eq!(
            id("001196000003").warnings(Some(date(1969, 3, 1)), Some(Sex::Male)),
            [IdWarning::OtherBirthYear, IdWarning::OtherSex]
        );
    }

    #[test]
    fn the_shape_is_all_that_can_be_refused() {
        assert_eq!(id("099 196.000-003").expose(), "099196000003");
        assert_eq!(error(""), IdError::Length { found: 0 });
        assert_eq!(error("09919600000"), IdError::Length { found: 11 });
        assert_eq!(error("0991960000031"), IdError::Length { found: 13 });
        assert_eq!(error("09919600000A"), IdError::NotDigits);
        // Digits of other scripts are not what registers hold.
        assert_eq!(error("០៩៩១៩៦០០០០០៣"), IdError::NotDigits);
        assert_eq!(error("\u{202e}099196000003"), IdError::NotDigits);
    }

    #[test]
    fn anything_read_is_twelve_digits_and_reads_again() {
        bolero::check!().with_type::<String>().for_each(|text| {
            if let Ok(id) = text.parse::<CitizenId>() {
                assert_eq!(id.expose().len(), 12);
                assert!(id.expose().bytes().all(|byte| byte.is_ascii_digit()));
                assert!((1900..2400).contains(&id.birth_year()));
                assert!(
                    id.expose()
                        .parse::<CitizenId>()
                        .is_ok_and(|again| again == id)
                );
            }
        });
    }

    #[test]
    fn every_twelve_digits_are_a_number() {
        bolero::check!()
            .with_generator(bolero::produce::<[u8; 12]>())
            .for_each(|bytes| {
                let text: String = bytes
                    .iter()
                    .map(|byte| char::from(b'0' + byte % 10))
                    .collect();
                assert_eq!(id(&text).expose(), text);
            });
    }
}
