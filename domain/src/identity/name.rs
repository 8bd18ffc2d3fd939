//! A person's name: every letter people have, and the marks between them.
//!
//! The rule refuses what cannot be in a name (digits, control characters, characters that are not
//! seen or that turn the direction of text) and nothing else. People of Vietnam are called Y Ƀlô,
//! H'Hen, Ŏ, Č; some have a single word. What was rejected: a list of Vietnamese letters and "at
//! least two words", the two rules by which existing forms shut these people out.
//!
//! Names are brought to Unicode NFC, since keyboards and registers differ in how they write the
//! same "Nguyễn" and comparing must not.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Longest name in Unicode scalar values after NFC: far beyond any real one.
pub const MAX_NAME: usize = 120;

/// Marks that one letter can carry. Vietnamese and the other written languages need two; more
/// only buries the lines above and below.
const MAX_MARKS: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("read the name: it is empty")]
    Empty,
    #[error("read the name: it is longer than {MAX_NAME} characters")]
    TooLong,
    #[error("read the name: it has a character that cannot be seen")]
    Hidden,
    #[error("read the name: it has a digit")]
    Digit,
    #[error("read the name: it has a character that names do not have")]
    NotInNames,
}

/// The name in NFC, with single spaces and none at its ends.
pub fn read(text: &str) -> Result<String, NameError> {
    if text.chars().take(4 * MAX_NAME + 1).count() > 4 * MAX_NAME {
        return Err(NameError::TooLong);
    }
    let name = text
        .split([' ', '\u{a0}'])
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .nfc()
        .collect::<String>();
    let mut marks = 0;
    let mut after_letter = false;
    for ch in name.chars() {
        marks = if is_combining_mark(ch) { marks + 1 } else { 0 };
        after_letter = match ch {
            _ if is_hidden(ch) => return Err(NameError::Hidden),
            _ if ch.is_numeric() => return Err(NameError::Digit),
            _ if is_combining_mark(ch) && after_letter && marks <= MAX_MARKS => true,
            _ if ch.is_alphabetic() => true,
            ' ' | '-' | '\'' | '’' | '‘' | '.' | '·' => false,
            _ => return Err(NameError::NotInNames),
        };
    }
    match name.chars().count() {
        0 => Err(NameError::Empty),
        length if length > MAX_NAME => Err(NameError::TooLong),
        _ if !name.chars().any(char::is_alphabetic) => Err(NameError::NotInNames),
        _ => Ok(name),
    }
}

/// Whether one look at a name shows that [`read`] gives it back as it is: words of Vietnamese
/// letters with one space between them, as nearly every name is written.
pub fn is_plain(text: &str) -> bool {
    let mut after_letter = false;
    for ch in text.chars() {
        after_letter = match ch {
            ' ' if after_letter => false,
            'a'..='z' | 'A'..='Z' | 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ƿ' | 'Ạ'..='ỹ' => true,
            _ => return false,
        };
    }
    // Shorter than the longest in bytes, so in letters, too.
    after_letter && text.len() <= MAX_NAME
}

/// Characters that control or turn the direction of text. In free text these alone are refused:
/// Khmer is written with zero-width spaces between words.
pub fn turns_text(ch: char) -> bool {
    ch.is_control()
        || matches!(ch, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}')
}

/// Characters that are not seen, or that change the order in which others are seen: controls,
/// zero-width and direction characters, tags. In a name, a code or an address they only deceive.
pub fn is_hidden(ch: char) -> bool {
    ch.is_control()
        || matches!(ch,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_real_peoples_are_names() {
        for name in [
            "Nguyễn Thị Thử Nghiệm",
            "Đặng Ơ",
            "H'Hen Niê",
            "H’Hen Niê",
            "Y Ƀlô Êban",
            "Č",
            "Ŏ",
            "Ñ",
            "Giàng A Thử-Nghiệm",
            "K' Thử",
            "Thạch Sa Ma Li",
            "សុខ សុភា",
            "C\u{306}",
        ] {
            assert_eq!(read(name).as_deref(), Ok(name));
        }
    }

    #[test]
    fn one_name_has_one_form() {
        let composed = "Nguyễn Văn Thử";
        let taken_apart: String = composed.nfd().collect();
        assert_ne!(composed, taken_apart);
        assert_eq!(read(&taken_apart).as_deref(), Ok(composed));
        assert_eq!(read("  Nguyễn \u{a0} Văn   Thử ").as_deref(), Ok(composed));
    }

    #[test]
    fn what_no_name_has_is_refused() {
        for (name, error) in [
            ("", NameError::Empty),
            (" ", NameError::Empty),
            ("Nguyễn 2", NameError::Digit),
            ("Nguyễn ២", NameError::Digit),
            ("Nguyễn\u{0}", NameError::Hidden),
            ("Nguyễn\nVăn", NameError::Hidden),
            ("Nguyễn \u{202e}năV", NameError::Hidden),
            ("Ng\u{200b}uyễn", NameError::Hidden),
            ("<b>", NameError::NotInNames),
            ("A|B", NameError::NotInNames),
            ("-", NameError::NotInNames),
            ("\u{301}A", NameError::NotInNames),
            (
                "A\u{317}\u{317}\u{317}\u{317}\u{317}",
                NameError::NotInNames,
            ),
        ] {
            assert_eq!(read(name), Err(error));
        }
        assert_eq!(read(&"A".repeat(MAX_NAME + 1)), Err(NameError::TooLong));
        assert_eq!(read(&"A".repeat(1_000_000)), Err(NameError::TooLong));
    }

    #[test]
    fn what_turns_text_is_hidden_and_khmer_spaces_do_not_turn() {
        for ch in (0..=0x10_ffff).filter_map(char::from_u32) {
            assert!(!turns_text(ch) || is_hidden(ch), "{:x}", u32::from(ch));
        }
        assert!(turns_text('\u{202e}') && turns_text('\u{0}') && turns_text('\u{2067}'));
        assert!(!turns_text('\u{200b}') && !turns_text('\u{200d}'));
    }

    #[test]
    fn a_name_that_was_read_reads_the_same_again() {
        bolero::check!().with_type::<String>().for_each(|text| {
            if let Ok(name) = read(text) {
                assert_eq!(read(&name).as_deref(), Ok(name.as_str()));
                assert!(!name.chars().any(|ch| is_hidden(ch) || ch.is_numeric()));
            }
        });
    }
}
