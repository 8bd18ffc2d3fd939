//! What the QR code on an identity card says.
//!
//! Seven fields with `|` between: id number, old nine-digit number (may be empty), name, date of
//! birth `ddMMyyyy`, `Nam` or `Nữ`, residence, date of issue `ddMMyyyy`. Cards of 2024 carry four
//! more, seen empty; what they may come to hold is not ours to read and is ignored. No law
//! publishes the format: this is what cards carry (seen October 2026).
//!
//! The code is **not signed**: anybody can print one. It saves typing and proves nothing, so
//! everything in it is checked like anything typed.

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

use super::{
    citizen_id::{CitizenId, IdError, Sex},
    name::{self, NameError, is_hidden},
};
use crate::private::Private;

/// Longest payload in bytes. Real ones have fewer than 300.
pub const MAX_PAYLOAD: usize = 1024;

/// What a card says. Has no `Debug`: all of it is personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct Card {
    pub id: CitizenId,
    /// Nine digits (số chứng minh nhân dân), where the card names one.
    pub old_number: Option<Private<String>>,
    /// NFC.
    pub full_name: Private<String>,
    pub birth_date: Private<Date>,
    pub sex: Private<Sex>,
    /// As printed, in one line, NFC. Names places as they were on the day of issue.
    pub residence: Private<String>,
    pub issued: Private<Date>,
}

/// Which part of the payload is not as it should be. Never holds the part itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QrError {
    #[error("read the code: it is longer than any card's")]
    TooLong,
    #[error("read the code: it has characters that cannot be seen")]
    Hidden,
    #[error("read the code: it is not an identity card's")]
    NotACard,
    #[error(transparent)]
    Id(#[from] IdError),
    #[error("read the old number: it is not nine digits")]
    OldNumber,
    #[error(transparent)]
    Name(#[from] NameError),
    #[error("read the date of birth: it is not a day of the calendar")]
    BirthDate,
    #[error("read the sex: it is neither Nam nor Nữ")]
    Sex,
    #[error("read the date of issue: it is not a day of the calendar")]
    Issued,
}

impl Card {
    /// Reads a payload; a line end that a scanner appends is dropped.
    pub fn read(payload: &str) -> Result<Self, QrError> {
        if payload.len() > MAX_PAYLOAD {
            return Err(QrError::TooLong);
        }
        let payload = payload.trim_end_matches(['\r', '\n']);
        if payload.chars().any(is_hidden) {
            return Err(QrError::Hidden);
        }
        let fields: Vec<&str> = payload.split('|').map(str::trim).collect();
        let (7 | 11, [id, old, name, born, sex, residence, issued, ..]) =
            (fields.len(), fields.as_slice())
        else {
            return Err(QrError::NotACard);
        };
        Ok(Self {
            id: id.parse()?,
            old_number: old_number(old)?,
            full_name: Private::new(name::read(name)?),
            birth_date: Private::new(day(born).ok_or(QrError::BirthDate)?),
            sex: Private::new(read_sex(sex).ok_or(QrError::Sex)?),
            residence: Private::new(residence.nfc().collect()),
            issued: Private::new(day(issued).ok_or(QrError::Issued)?),
        })
    }
}

fn old_number(text: &str) -> Result<Option<Private<String>>, QrError> {
    match text {
        "" => Ok(None),
        _ if text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok(Some(Private::new(text.to_owned())))
        }
        _ => Err(QrError::OldNumber),
    }
}

/// `ddMMyyyy`, exactly.
fn day(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from, to| text.get(from..to)?.parse::<i16>().ok();
    let small = |from, to| i8::try_from(part(from, to)?).ok();
    Date::new(part(4, 8)?, small(2, 4)?, small(0, 2)?).ok()
}

fn read_sex(text: &str) -> Option<Sex> {
    match text.nfc().collect::<String>().as_str() {
        "Nam" => Some(Sex::Male),
        "Nữ" => Some(Sex::Female),
        _ => None,
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

    const CARD: &str = "099196000003|099000001|TRẦN THỊ THỬ|15031996|Nữ|Thôn Thử Nghiệm, Xã Thử, Tỉnh Thử|22062021";

    fn card(payload: &str) -> Card {
        Card::read(payload).unwrap_or_else(|error| panic!("failed to {error}"))
    }

    fn error(payload: &str) -> QrError {
        Card::read(payload).err().unwrap()
    }

    #[test]
    fn a_card_of_seven_fields() {
        let card = card(CARD);
        assert_eq!(card.id.expose(), "099196000003");
        assert_eq!(
            card.old_number.as_ref().map(|old| old.expose().as_str()),
            Some("099000001")
        );
        assert_eq!(card.full_name.expose(), "TRẦN THỊ THỬ");
        assert_eq!(*card.birth_date.expose(), date(1996, 3, 15));
        assert_eq!(*card.sex.expose(), Sex::Female);
        assert_eq!(card.residence.expose(), "Thôn Thử Nghiệm, Xã Thử, Tỉnh Thử");
        assert_eq!(*card.issued.expose(), date(2021, 6, 22));
    }

    #[test]
    fn a_card_of_2024_has_four_fields_more() {
        assert!(card(&format!("{CARD}||||")) == card(CARD));
        assert!(card(&format!("{CARD}|a|b|c|d")) == card(CARD));
    }

    #[test]
    fn scanners_and_registers_write_differently() {
        let taken_apart: String = CARD.nfd().collect();
        assert_ne!(taken_apart, CARD);
        assert!(card(&taken_apart) == card(CARD));
        assert!(card(&format!("{CARD}\r\n")) == card(CARD));
        assert!(
            card(&CARD.replace("|099000001|", "||"))
                .old_number
                .is_none()
        );
    }

    #[test]
    fn each_broken_part_is_named() {
        let with = |from: &str, to: &str| error(&CARD.replace(from, to));
        assert_eq!(error(""), QrError::NotACard);
        assert_eq!(error("https://example.org/"), QrError::NotACard);
        assert_eq!(error(&format!("{CARD}|")), QrError::NotACard);
        assert_eq!(
            with("099196000003", "09919600000"),
            QrError::Id(IdError::Length { found: 11 })
        );
        assert_eq!(with("|099000001|", "|1|"), QrError::OldNumber);
        assert_eq!(with("THỬ|", "TH2|"), QrError::Name(NameError::Digit));
        assert_eq!(with("TRẦN THỊ THỬ", ""), QrError::Name(NameError::Empty));
        assert_eq!(with("15031996", "31021996"), QrError::BirthDate);
        assert_eq!(with("15031996", "+5031996"), QrError::BirthDate);
        assert_eq!(with("15031996", "1503199"), QrError::BirthDate);
        assert_eq!(with("Nữ", "F"), QrError::Sex);
        assert_eq!(with("22062021", "00000000"), QrError::Issued);
        assert_eq!(with("Thôn", "\u{202e}Thôn"), QrError::Hidden);
        assert_eq!(with("Thôn", "Th\u{0}ôn"), QrError::Hidden);
        assert_eq!(with("Thôn", &"Thôn".repeat(300)), QrError::TooLong);
    }

    #[test]
    fn nothing_in_a_code_makes_it_fall() {
        bolero::check!().with_type::<String>().for_each(|text| {
            let _ = Card::read(text);
        });
    }

    /// Random text nearly never has seven fields, so the second property starts from a card.
    #[test]
    fn a_card_with_one_field_replaced_reads_clean_or_says_why() {
        bolero::check!()
            .with_type::<(u8, String)>()
            .for_each(|(at, text)| {
                let mut fields: Vec<&str> = CARD.split('|').collect();
                let at = usize::from(*at) % fields.len();
                fields[at] = text;
                if let Ok(card) = Card::read(&fields.join("|")) {
                    assert!(!card.full_name.expose().chars().any(is_hidden));
                    assert!(!card.residence.expose().chars().any(is_hidden));
                    assert_eq!(card.id.expose().len(), 12);
                }
            });
    }
}
