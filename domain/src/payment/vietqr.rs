//! VietQR: the code that every bank's app in Vietnam scans (NAPAS's profile of EMVCo's
//! Merchant-Presented QR, version 1.1).
//!
//! A code is a list of fields, each two digits of tag, two of length, then that many characters;
//! some fields hold such a list themselves. The last one is a CRC-16 over all before it.
//!
//! ```text
//! 00 "01"  01 "12" (for one payment)  38 [ 00 "A000000727"  01 [ 00 BIN  01 account ]  02 "QRIBFTTA" ]
//! 53 "704" (VND)  54 amount  58 "VN"  62 [ 08 memo ]  63 CRC
//! ```

use serde::{Deserialize, Serialize};

use super::Vnd;

/// NAPAS's application identifier.
const GUID: &str = "A000000727";
/// Transfer to an account.
const TO_ACCOUNT: &str = "QRIBFTTA";
/// Transfer to a card.
const TO_CARD: &str = "QRIBFTTC";
/// ISO 4217.
const VND_CODE: &str = "704";

/// Longest memo that every bank carries whole.
pub const MAX_MEMO: usize = 25;

/// A bank as VietQR names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bank {
    /// Bank identification number, six digits.
    pub bin: String,
    /// What its customers call it.
    pub name: String,
}

/// A transfer to one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Of the receiving bank, six digits.
    pub bin: String,
    /// Digits and letters, at most 19.
    pub account: String,
    /// Where the code fixes one.
    pub amount: Option<Vnd>,
    /// Printed on both statements; by it the money is matched. Empty if there is none.
    pub memo: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VietQrError {
    #[error("read the code: its fields do not fit together")]
    Malformed,
    #[error("read the code: it is damaged")]
    Checksum,
    #[error("read the code: it is not VietQR")]
    NotVietQr,
    #[error("read the code: it asks for another currency")]
    Currency,
    #[error("make the code: bank, account, amount or memo can't stand in one")]
    Unprintable,
}

impl Transfer {
    /// The text of the code.
    pub fn encode(&self) -> Result<String, VietQrError> {
        if !self.fits() {
            return Err(VietQrError::Unprintable);
        }
        let beneficiary = [field("00", &self.bin)?, field("01", &self.account)?].concat();
        let napas = [
            field("00", GUID)?,
            field("01", &beneficiary)?,
            field("02", TO_ACCOUNT)?,
        ]
        .concat();
        let mut code = [
            field("00", "01")?,
            field("01", if self.amount.is_some() { "12" } else { "11" })?,
            field("38", &napas)?,
            field("53", VND_CODE)?,
        ]
        .concat();
        if let Some(amount) = self.amount {
            code.push_str(&field("54", &amount.to_string())?);
        }
        code.push_str(&field("58", "VN")?);
        if !self.memo.is_empty() {
            code.push_str(&field("62", &field("08", &self.memo)?)?);
        }
        code.push_str("6304");
        let crc = crc16(code.as_bytes());
        code.push_str(&format!("{crc:04X}"));
        Ok(code)
    }

    /// Reads a code of any issuer; fields it does not know are skipped.
    pub fn decode(code: &str) -> Result<Self, VietQrError> {
        // Two bytes of tag and two of length before every value: only ASCII can be cut so.
        if !code.is_ascii() || code.len() < 8 {
            return Err(VietQrError::Malformed);
        }
        let (content, crc) = code.split_at(code.len() - 4);
        if !content.ends_with("6304") {
            return Err(VietQrError::Malformed);
        }
        if u16::from_str_radix(crc, 16) != Ok(crc16(content.as_bytes())) {
            return Err(VietQrError::Checksum);
        }
        let fields = fields(code)?;
        let napas = self::fields(find(&fields, "38").ok_or(VietQrError::NotVietQr)?)?;
        let service = find(&napas, "02").unwrap_or(TO_ACCOUNT);
        if find(&fields, "00") != Some("01")
            || find(&napas, "00") != Some(GUID)
            || ![TO_ACCOUNT, TO_CARD].contains(&service)
        {
            return Err(VietQrError::NotVietQr);
        }
        if find(&fields, "53") != Some(VND_CODE) {
            return Err(VietQrError::Currency);
        }
        let beneficiary = self::fields(find(&napas, "01").ok_or(VietQrError::NotVietQr)?)?;
        let amount = match find(&fields, "54") {
            None => None,
            Some(amount) => {
                if !amount.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(VietQrError::Malformed);
                }
                Some(Vnd::new(
                    amount.parse().map_err(|_| VietQrError::Malformed)?,
                ))
            }
        };
        let memo = match find(&fields, "62") {
            None => "",
            Some(more) => find(&self::fields(more)?, "08").unwrap_or_default(),
        };
        let transfer = Self {
            bin: find(&beneficiary, "00").unwrap_or_default().into(),
            account: find(&beneficiary, "01").unwrap_or_default().into(),
            amount,
            memo: memo.into(),
        };
        if transfer.fits_anywhere() {
            Ok(transfer)
        } else {
            Err(VietQrError::Malformed)
        }
    }

    /// What we print: a memo that survives every bank.
    fn fits(&self) -> bool {
        self.fits_anywhere()
            && self.memo.len() <= MAX_MEMO
            && self
                .memo
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b" .-:".contains(&byte))
            && self
                .amount
                .is_none_or(|amount| (1..=9_999_999_999_999).contains(&amount.get()))
    }

    fn fits_anywhere(&self) -> bool {
        self.bin.len() == 6
            && self.bin.bytes().all(|byte| byte.is_ascii_digit())
            && (1..=19).contains(&self.account.len())
            && self
                .account
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric())
    }
}

fn field(tag: &str, value: &str) -> Result<String, VietQrError> {
    if value.is_empty() || value.len() > 99 || !value.is_ascii() {
        return Err(VietQrError::Unprintable);
    }
    Ok(format!("{tag}{:02}{value}", value.len()))
}

/// The fields of a list, in order. `text` is ASCII.
fn fields(text: &str) -> Result<Vec<(&str, &str)>, VietQrError> {
    let mut rest = text;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (Some(tag), Some(length)) = (rest.get(..2), rest.get(2..4)) else {
            return Err(VietQrError::Malformed);
        };
        if !length.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(VietQrError::Malformed);
        }
        let length: usize = length.parse().map_err(|_| VietQrError::Malformed)?;
        let value = rest.get(4..4 + length).ok_or(VietQrError::Malformed)?;
        found.push((tag, value));
        rest = rest.get(4 + length..).unwrap_or_default();
    }
    Ok(found)
}

fn find<'a>(fields: &[(&str, &'a str)], tag: &str) -> Option<&'a str> {
    fields
        .iter()
        .find(|(found, _)| *found == tag)
        .map(|(_, value)| *value)
}

/// CRC-16/IBM-3740 ("CCITT-FALSE"): polynomial 1021, from FFFF (EMVCo MPM 1.1, §4.7.3).
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xffff_u16, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 {
                crc << 1
            } else {
                (crc << 1) ^ 0x1021
            }
        })
    })
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )]

    use super::*;

    fn transfer() -> Transfer {
        Transfer {
            bin: "970499".into(),
            account: "0990001234".into(),
            amount: Some(Vnd::new(16_000)),
            memo: "GD7K2M9QX4TP".into(),
        }
    }

    /// EMVCo's own check value.
    #[test]
    fn the_checksum_is_the_standards() {
        assert_eq!(crc16(b"123456789"), 0x29b1);
    }

    /// The checksum was computed by another program (python's binascii.crc_hqx from FFFF).
    #[test]
    fn a_code_is_what_the_profile_says() {
        let code = "00020101021238540010A00000072701240006970499011009900012340208QRIBFTTA\
                    53037045405160005802VN62160812GD7K2M9QX4TP6304EE36";
        assert_eq!(transfer().encode().unwrap(), code);
        assert_eq!(Transfer::decode(code), Ok(transfer()));
    }

    #[test]
    fn what_can_not_be_printed_is_not_made() {
        for broken in [
            Transfer {
                bin: "97041".into(),
                ..transfer()
            },
            Transfer {
                account: String::new(),
                ..transfer()
            },
            Transfer {
                account: "1".repeat(20),
                ..transfer()
            },
            Transfer {
                memo: "x".repeat(26),
                ..transfer()
            },
            Transfer {
                memo: "lệ phí".into(),
                ..transfer()
            },
            Transfer {
                amount: Some(Vnd::ZERO),
                ..transfer()
            },
            Transfer {
                amount: Some(Vnd::new(u64::MAX)),
                ..transfer()
            },
        ] {
            assert_eq!(broken.encode(), Err(VietQrError::Unprintable));
        }
    }

    #[test]
    fn every_damage_is_noticed() {
        let code = transfer().encode().unwrap();
        for at in 0..code.len() {
            let mut damaged = code.clone().into_bytes();
            damaged[at] = if damaged[at] == b'0' { b'1' } else { b'0' };
            let damaged = String::from_utf8(damaged).unwrap();
            assert_ne!(Transfer::decode(&damaged), Ok(transfer()), "{at}");
        }
        assert_eq!(
            Transfer::decode("https://example.org"),
            Err(VietQrError::Malformed)
        );
    }

    #[test]
    fn whatever_is_made_is_read_back() {
        bolero::check!()
            .with_type::<(u32, u64, String, u64)>()
            .for_each(|(bin, account, memo, dong)| {
                let made = Transfer {
                    bin: format!("{:06}", bin % 1_000_000),
                    account: format!("{account:x}"),
                    amount: Some(Vnd::new(1 + dong % 9_999_999_999_999)),
                    memo: super::super::plain(memo, MAX_MEMO),
                };
                assert_eq!(Transfer::decode(&made.encode().unwrap()), Ok(made));
            });
    }

    #[test]
    fn any_text_is_read_or_refused() {
        bolero::check!().with_type::<String>().for_each(|text| {
            let _ = Transfer::decode(text);
            let mut code = format!("{text}6304");
            let crc = crc16(code.as_bytes());
            code.push_str(&format!("{crc:04X}"));
            if let Ok(read) = Transfer::decode(&code) {
                assert_eq!(read.bin.len(), 6);
            }
        });
    }
}
