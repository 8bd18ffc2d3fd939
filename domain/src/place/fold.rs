//! How a place name is compared: what the ear hears, not how it was typed.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The five tone marks, decomposed.
const TONES: [char; 5] = ['\u{300}', '\u{301}', '\u{303}', '\u{309}', '\u{323}'];

/// Lower case without diacritics; `đ` is `d`, and `y` is `i` (Quý and Quí are one name).
fn letters(text: &str) -> impl Iterator<Item = char> {
    text.nfd()
        .filter(|letter| !is_combining_mark(*letter))
        .flat_map(char::to_lowercase)
        .map(|letter| match letter {
            'đ' => 'd',
            'y' => 'i',
            other => other,
        })
}

/// What names are looked up by: letters and digits only, so that `Cư M'gar`, `Cư Mgar` and `cumgar`
/// are one name. Leading zeros of a number say nothing: Phường 04 is Phường 4.
pub fn key(text: &str) -> String {
    words(text)
        .iter()
        .map(|word| strip_zeros(&word.key))
        .collect()
}

fn strip_zeros(word: &str) -> &str {
    if word.bytes().all(|byte| byte.is_ascii_digit()) {
        let stripped = word.trim_start_matches('0');
        if stripped.is_empty() { "0" } else { stripped }
    } else {
        word
    }
}

/// With its diacritics, but wherever the tone stands: `hoà` and `hòa` are one word, `hóa` another.
pub fn toned(text: &str) -> String {
    let mut out = String::new();
    let mut tones = Vec::new();
    for letter in text.nfd().flat_map(char::to_lowercase) {
        if TONES.contains(&letter) {
            tones.push(letter);
        } else if letter.is_alphanumeric() || is_combining_mark(letter) {
            out.push(if letter == 'y' { 'i' } else { letter });
        } else {
            out.extend(tones.drain(..));
        }
    }
    out.extend(tones);
    out
}

pub fn reversed(text: &str) -> String {
    text.chars().rev().collect()
}

/// A word as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Without diacritics.
    pub key: String,
    pub typed: String,
    /// A number of the part it stands in: parts are what commas and line ends divide.
    pub part: usize,
    /// A dot follows, as after an abbreviation.
    pub dot: bool,
    /// A dash between spaces stands before it. It divides like a comma, but for the names that have
    /// one (`Bà Rịa - Vũng Tàu`).
    pub dash: bool,
}

/// Cuts a text into words and parts. Apostrophes join, everything else that is no letter divides.
pub fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut part = 0;
    let mut typed = String::new();
    // Where the words after a dash begin, and whether what was read last divides.
    let mut dashes: Vec<usize> = Vec::new();
    let (mut space, mut dash) = (false, false);
    let end = |typed: &mut String, part: usize, dot: bool, words: &mut Vec<Word>| {
        if typed.is_empty() {
            return;
        }
        let whole = std::mem::take(typed);
        // `P4` and `Q10` are a type and a number.
        let digits = whole.find(|letter: char| letter.is_ascii_digit());
        let pieces = match digits {
            Some(at) if at > 0 && whole[at..].bytes().all(|byte| byte.is_ascii_digit()) => {
                vec![whole[..at].to_owned(), whole[at..].to_owned()]
            }
            _ => vec![whole],
        };
        for typed in pieces {
            words.push(Word {
                key: letters(&typed)
                    .filter(|letter| letter.is_alphanumeric())
                    .collect(),
                typed,
                part,
                dot,
                dash: false,
            });
        }
    };
    for letter in text.nfc() {
        let blank = letter.is_whitespace();
        let after_space = std::mem::replace(&mut space, blank);
        match letter {
            letter if letter.is_alphanumeric() || is_combining_mark(letter) => typed.push(letter),
            '\'' | '’' | '`' | 'ʼ' => {}
            ',' | ';' | '\n' | '\r' | '\t' | '/' | '(' | ')' | '|' => {
                end(&mut typed, part, false, &mut words);
                part += 1;
            }
            '.' => end(&mut typed, part, true, &mut words),
            _ => end(&mut typed, part, false, &mut words),
        }
        if blank && dash {
            dashes.push(words.len());
        }
        dash = matches!(letter, '-' | '–' | '—') && after_space;
    }
    end(&mut typed, part, false, &mut words);
    for at in dashes {
        if let Some(word) = words.get_mut(at) {
            word.dash = true;
        }
    }
    words.retain(|word| !word.key.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dash_between_spaces_divides() {
        let after_dash = |text: &str| -> Vec<String> {
            let words = words(text).into_iter().filter(|word| word.dash);
            words.map(|word| word.key).collect()
        };
        assert_eq!(
            after_dash("Thạch Xá - Thạch Thất – Hà Nội"),
            ["thach", "ha"]
        );
        assert!(after_dash("Phan Rang-Tháp Chàm, -Hà Nội -").is_empty());
    }
}
