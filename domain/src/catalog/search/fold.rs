//! What is left of a written word when everything that people leave out, or get wrong, is left
//! out: case, diacritics, `đ`, and which of `i` and `y` was meant.
//!
//! `đ` has no decomposition, so that it must be named; `ð` (Icelandic) looks alike and is another
//! letter. The marks of Vietnamese are combining marks after NFD.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Lower case, without diacritics, `đ` as `d`; everything but letters and digits is a space.
pub fn fold(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            'đ' | 'Đ' => 'd',
            other => other,
        })
        .nfd()
        .filter(|letter| !is_combining_mark(*letter))
        .flat_map(char::to_lowercase)
        .map(|letter| {
            if letter.is_alphanumeric() {
                letter
            } else {
                ' '
            }
        })
        .collect()
}

/// A folded word in the one spelling that words are kept in.
pub fn spelt(word: &str) -> String {
    word.replace('y', "i")
}

/// The words of a text, folded. `i` and `y` are two spellings of one sound: people write
/// "đăng kí" and "đăng ký".
pub fn words(text: &str) -> Vec<String> {
    fold(text).split_whitespace().map(spelt).collect()
}

/// The keys that a Vietnamese keyboard would have turned into marks, taken out again: `giaays`
/// and `giay61` are "giấy". `None` where there are none.
///
/// No Vietnamese syllable has `s f r x j w` after its vowel, so that there they can only be
/// Telex; VNI marks are digits after letters.
pub fn without_typing_marks(word: &str) -> Option<String> {
    let letters: Vec<char> = word.chars().collect();
    let first_vowel = letters.iter().position(|letter| is_vowel(*letter))?;
    let mut left: Vec<char> = Vec::with_capacity(letters.len());
    for (at, letter) in letters.iter().copied().enumerate() {
        let mark = match letter {
            '0'..='9' => at > 0,
            's' | 'f' | 'r' | 'x' | 'j' => at > first_vowel,
            'w' => at > 0,
            'a' | 'e' | 'o' | 'd' => left.last() == Some(&letter),
            _ => false,
        };
        if !mark {
            left.push(letter);
        }
    }
    // Telex lets the mark come last: `giaya`, `dangd`.
    if let [body @ .., last] = left.as_slice() {
        let late = match last {
            'a' | 'e' | 'o' => body.contains(last) && body.last().is_some_and(|it| it != last),
            'd' => body.first() == Some(&'d'),
            _ => false,
        };
        if late {
            left.pop();
        }
    }
    let found: String = left.into_iter().collect();
    (found != word && !found.is_empty()).then_some(found)
}

pub const fn is_vowel(letter: char) -> bool {
    matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

/// How a folded syllable sounds where some sounds are one: l/n, s/x, tr/ch, d/gi/r/v at its
/// beginning, n/ng/nh and t/c/ch at its end. Two spellings with one key are taken for each other
/// somewhere in the country. What is no Vietnamese syllable is its own key.
pub fn sound(word: &str) -> String {
    const ONSETS: [(&str, &str); 27] = [
        ("ngh", "G"),
        ("ng", "G"),
        ("nh", "J"),
        ("n", "l"),
        ("l", "l"),
        ("kh", "K"),
        ("k", "c"),
        ("q", "c"),
        ("ch", "C"),
        ("c", "c"),
        ("gh", "g"),
        ("gi", "d"),
        ("g", "g"),
        ("ph", "f"),
        ("f", "f"),
        ("tr", "C"),
        ("th", "T"),
        ("t", "t"),
        ("d", "d"),
        ("r", "d"),
        ("v", "d"),
        ("s", "s"),
        ("x", "s"),
        ("b", "b"),
        ("h", "h"),
        ("m", "m"),
        ("p", "p"),
    ];
    const CODAS: [(&str, &str); 8] = [
        ("ng", "N"),
        ("nh", "N"),
        ("n", "N"),
        ("ch", "T"),
        ("c", "T"),
        ("t", "T"),
        ("m", "m"),
        ("p", "p"),
    ];
    let (onset, mut rest) = ONSETS
        .iter()
        .find_map(|(written, key)| Some((*key, word.strip_prefix(written)?)))
        .unwrap_or(("", word));
    // "gi", "gin": the `i` is the vowel too.
    if word.starts_with("gi") && !rest.starts_with(is_vowel) {
        rest = word.strip_prefix('g').unwrap_or(word);
    }
    let vowels = rest.find(|letter| !is_vowel(letter)).unwrap_or(rest.len());
    let (nucleus, coda) = rest.split_at(vowels);
    let coda = match coda {
        "" => "",
        written => match CODAS.iter().find(|(coda, _)| *coda == written) {
            Some((_, key)) => key,
            None => return word.to_owned(),
        },
    };
    if nucleus.is_empty() {
        return word.to_owned();
    }
    [onset, nucleus, coda].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_is_for_every_letter_people_type() {
        for (written, folded) in [
            ("Đăng ký Thường trú", "dang ky thuong tru"),
            ("Hoà Bình", "hoa binh"),
            ("ĐẮK LẮK", "dak lak"),
            ("Y Ƀlô", "y ƀlo"),
            ("Ðiện", "ðien"),
            ("một-cửa/2026", "mot cua 2026"),
        ] {
            assert_eq!(fold(written), folded);
        }
        // Composed or not is no difference.
        assert_eq!(fold("e\u{302}\u{301}"), fold("ế"));
    }

    #[test]
    fn marks_that_the_keyboard_left_over_are_taken_out() {
        for (typed, meant) in [
            ("giaays", "giay"),
            ("giay61", "giay"),
            ("lamf", "lam"),
            ("ddawng", "dang"),
            ("d9ang8", "dang"),
            ("dduwowjc", "duoc"),
            ("khuyeets", "khuyet"),
            ("dangd", "dang"),
            ("tuwr", "tu"),
        ] {
            let found = without_typing_marks(typed);
            assert_eq!(found.as_deref(), Some(meant), "{typed}");
        }
        for plain in ["khai", "sinh", "xa", "ra", "so", "2026", "a", ""] {
            assert_eq!(without_typing_marks(plain), None, "{plain}");
        }
    }

    #[test]
    fn sounds_that_are_one_somewhere_have_one_key() {
        for (one, other) in [
            ("nam", "lam"),
            ("sinh", "xinh"),
            ("sinh", "xin"),
            ("tru", "chu"),
            ("gia", "da"),
            ("ra", "da"),
            ("ve", "de"),
            ("bang", "ban"),
            ("mat", "mac"),
            ("nghi", "ngi"),
        ] {
            assert_eq!(sound(one), sound(other), "{one} {other}");
        }
        for (one, other) in [
            ("khai", "hai"),
            ("tu", "thu"),
            ("ban", "bat"),
            ("ket", "kiet"),
        ] {
            assert_ne!(sound(one), sound(other), "{one} {other}");
        }
        assert_eq!(sound("container"), "container");
    }

    #[test]
    fn any_text_folds() {
        bolero::check!().with_type::<String>().for_each(|text| {
            for word in words(text) {
                let _ = (sound(&word), without_typing_marks(&word));
            }
            assert_eq!(fold(&fold(text)), fold(text));
        });
    }
}
