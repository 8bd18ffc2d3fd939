//! Fees and payments: what a dossier costs, and what is known about the money.
//!
//! [`fee()`] says what is due; phone and server run it on the same answers, so the sum that was
//! seen, the sum that was signed and the sum that is asked for are one. [`state`] says what is
//! known of an order, [`vnpay`] and [`vietqr`] speak to the gateway and to banks, [`receipt`] is
//! the signed proof that a fee is paid. Who decides "paid": `docs/adr/0014-payment-truth.md`.

pub mod fee;
pub mod money;
pub mod receipt;
pub mod state;
pub mod vietqr;
pub mod vnpay;

pub use fee::{Amount, Channel, FeeError, FeeRules, fee};
pub use money::Vnd;
pub use receipt::{PaymentReceipt, VerifiedPayment};
pub use state::{Event, Method, State};

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Plain ASCII for what banks and gateways print: no diacritics, `đ` as `d`, and nothing but
/// letters, digits, spaces and `.-:`. At most `max` characters.
pub fn plain(text: &str, max: usize) -> String {
    let folded: String = text
        .chars()
        .map(|letter| match letter {
            'đ' => 'd',
            'Đ' => 'D',
            other => other,
        })
        .nfd()
        .filter(|letter| !is_combining_mark(*letter))
        .map(|letter| match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | ':' => letter,
            _ => ' ',
        })
        .collect();
    let joined = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    joined.chars().take(max).collect::<String>().trim().into()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn what_banks_print_is_plain() {
        assert_eq!(
            plain("Lệ phí: trích lục Đặng Thị Ơ (2 bản)", 255),
            "Le phi: trich luc Dang Thi O 2 ban"
        );
        assert_eq!(plain("a\u{202e}b  c & d", 5), "a b c");
        bolero::check!().with_type::<String>().for_each(|text| {
            let said = plain(text, 25);
            assert!(said.is_ascii() && said.len() <= 25 && said.trim() == said);
        });
    }
}
