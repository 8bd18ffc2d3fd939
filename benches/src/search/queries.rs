//! Eight ways in which people do not type an official title, made from titles with a seed.
//!
//! A query begins as a run of four to ten words of a title that stands in at most five titles
//! (folded), or as the whole of a title shorter than that: what stands in more could have no
//! right answer among five. Titles that are the same once folded are one answer.

use std::collections::{BTreeMap, BTreeSet};

use gandan_domain::catalog::search::fold;
use unicode_normalization::UnicodeNormalization;

pub struct Query {
    pub class: &'static str,
    pub text: String,
    /// Any of these codes is right.
    pub right: BTreeSet<String>,
}

pub const CLASSES: [&str; 8] = [
    "no diacritics",
    "Telex and VNI",
    "wrong tones",
    "regional",
    "joined",
    "half typed",
    "initials",
    "typos",
];

/// SplitMix64: the same queries everywhere from one seed.
pub struct Seeded(pub u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    pub fn below(&mut self, many: usize) -> usize {
        (self.next() % many.max(1) as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

pub fn generate(titles: &[(String, String)], seed: u64, per_class: usize, whole: bool) -> Vec<Query> {
    let mut seeded = Seeded(seed);
    let folded: Vec<Vec<String>> = titles
        .iter()
        .map(|(_, title)| fold(title).split_whitespace().map(str::to_owned).collect())
        .collect();
    let mut same: BTreeMap<&[String], BTreeSet<String>> = BTreeMap::new();
    for (words, (code, _)) in folded.iter().zip(titles) {
        same.entry(words).or_default().insert(code.clone());
    }
    let texts: Vec<String> = same.keys().map(|words| format!(" {} ", words.join(" "))).collect();
    let runs: Vec<String> = same
        .keys()
        .map(|words| words.iter().filter_map(|word| word.chars().next()).collect())
        .collect();
    let mut queries = Vec::new();
    for class in CLASSES {
        let mut made = 0;
        while made < per_class {
            let at = seeded.below(titles.len());
            let written: Vec<String> = titles[at]
                .1
                .to_lowercase()
                .split(|letter: char| !letter.is_alphanumeric())
                .filter(|word| !word.is_empty())
                .map(|word| word.nfc().collect())
                .collect();
            if written.len() != folded[at].len() || written.len() < 3 {
                continue;
            }
            let right = same[folded[at].as_slice()].clone();
            let text = if class == "initials" {
                let skip = if folded[at].starts_with(&["thu".into(), "tuc".into()]) { 2 } else { 0 };
                let letters: Vec<char> =
                    folded[at].iter().skip(skip).filter_map(|word| word.chars().next()).collect();
                let many = if whole { letters.len() } else { letters.len().min(6 + seeded.below(7)) };
                let run: String = letters[..many].iter().collect();
                if run.len() < 4 || runs.iter().filter(|have| have.contains(&run)).count() > 5 {
                    continue;
                }
                if seeded.chance(30) { run.to_uppercase() } else { run }
            } else {
                let many = if whole { written.len() } else { written.len().min(4 + seeded.below(7)) };
                let from = seeded.below(written.len() - many + 1);
                let words = &written[from..from + many];
                let plain = format!(" {} ", folded[at][from..from + many].join(" "));
                if texts.iter().filter(|text| text.contains(&plain)).count() > 5 {
                    continue;
                }
                let Some(text) = spoil(class, words, &mut seeded) else { continue };
                text
            };
            queries.push(Query { class, text, right });
            made += 1;
        }
    }
    queries
}

fn spoil(class: &str, words: &[String], seeded: &mut Seeded) -> Option<String> {
    let plain = |word: &String| fold(word);
    let spoiled: Vec<String> = match class {
        "no diacritics" => words.iter().map(plain).collect(),
        "Telex and VNI" => {
            let telex = seeded.chance(60);
            words
                .iter()
                .map(|word| if seeded.chance(75) { typed(word, telex, seeded) } else { plain(word) })
                .collect()
        }
        "wrong tones" => words
            .iter()
            .map(|word| if seeded.chance(60) { other_tone(word, seeded) } else { word.clone() })
            .collect(),
        "regional" => {
            let plainly = seeded.chance(50);
            words
                .iter()
                .map(|word| {
                    let word = if plainly { plain(word) } else { word.clone() };
                    if seeded.chance(60) { regional(&word, seeded) } else { word }
                })
                .collect()
        }
        "joined" => {
            let all = seeded.chance(40);
            let plainly = seeded.chance(70);
            let mut text = String::new();
            for (at, word) in words.iter().enumerate() {
                if at > 0 && !all && !seeded.chance(60) {
                    text.push(' ');
                }
                text += &if plainly { plain(word) } else { word.clone() };
            }
            vec![text]
        }
        "half typed" => {
            let plainly = seeded.chance(60);
            let last = words.len() - 1;
            words
                .iter()
                .enumerate()
                .map(|(at, word)| {
                    let word = if plainly { plain(word) } else { word.clone() };
                    if at == last || seeded.chance(45) { half(&word, seeded) } else { word }
                })
                .collect()
        }
        _ => {
            let plainly = seeded.chance(60);
            words
                .iter()
                .map(|word| {
                    let word = if plainly { plain(word) } else { word.clone() };
                    if seeded.chance(40) { typo(&word, seeded) } else { word }
                })
                .collect()
        }
    };
    let text = spoiled.join(" ");
    (class == "no diacritics" || text != words.join(" ")).then_some(text)
}

const TONES: [(char, char, char); 5] = [
    ('\u{301}', 's', '1'),
    ('\u{300}', 'f', '2'),
    ('\u{309}', 'r', '3'),
    ('\u{303}', 'x', '4'),
    ('\u{323}', 'j', '5'),
];

/// What the keys were, when the keyboard was not set to Vietnamese.
fn typed(word: &str, telex: bool, seeded: &mut Seeded) -> String {
    let at_end = seeded.chance(60);
    let mut text = String::new();
    let mut tone = None;
    let mut last = ' ';
    for letter in word.nfd() {
        match letter {
            'đ' => text += if telex { "dd" } else { "d9" },
            '\u{302}' if telex => text.push(last),
            '\u{306}' | '\u{31b}' if telex => text.push('w'),
            '\u{302}' => text.push('6'),
            '\u{31b}' => text.push('7'),
            '\u{306}' => text.push('8'),
            mark => match TONES.iter().find(|(tone, ..)| *tone == mark) {
                Some((_, by_letter, by_digit)) => {
                    let key = if telex { *by_letter } else { *by_digit };
                    if at_end { tone = Some(key) } else { text.push(key) }
                }
                None => text.push(letter),
            },
        }
        last = letter;
    }
    text.extend(tone);
    text
}

fn other_tone(word: &str, seeded: &mut Seeded) -> String {
    let letters: Vec<char> = word.nfd().collect();
    let tone = |letter: &char| TONES.iter().any(|(tone, ..)| tone == letter);
    let vowel = letters
        .iter()
        .rposition(|letter| tone(letter))
        .or_else(|| letters.iter().rposition(|letter| "aeiouy".contains(*letter)).map(|at| at + 1));
    let Some(vowel) = vowel else { return word.to_owned() };
    let new = seeded.pick(&TONES).0;
    let mut changed: Vec<char> = letters.iter().copied().filter(|letter| !tone(letter)).collect();
    let vowel = vowel.min(changed.len());
    if seeded.chance(80) {
        changed.insert(vowel, new);
    }
    changed.into_iter().nfc().collect()
}

fn regional(word: &str, seeded: &mut Seeded) -> String {
    const ONSETS: [(&str, &[&str]); 13] = [
        ("tr", &["ch"]),
        ("ch", &["tr"]),
        ("gi", &["d", "r"]),
        ("d", &["gi", "r", "v"]),
        ("r", &["d", "gi"]),
        ("v", &["d"]),
        ("s", &["x"]),
        ("x", &["s"]),
        ("l", &["n"]),
        ("ngh", &["ngh"]),
        ("ng", &["ng"]),
        ("nh", &["nh"]),
        ("n", &["l"]),
    ];
    const CODAS: [(&str, &str); 5] = [("ng", "n"), ("nh", "nh"), ("n", "ng"), ("ch", "ch"), ("c", "t")];
    let mut word = word.to_owned();
    if seeded.chance(70)
        && let Some((onset, others)) = ONSETS.iter().find(|(onset, _)| word.starts_with(onset))
        && word.len() > onset.len()
    {
        let rest = word[onset.len()..].to_owned();
        let new = *seeded.pick(others);
        word = if new == "gi" && rest.starts_with('i') { format!("g{rest}") } else { format!("{new}{rest}") };
    } else if let Some((coda, new)) = CODAS.iter().find(|(coda, _)| word.ends_with(coda) && word.len() > coda.len() + 1) {
        word.truncate(word.len() - coda.len());
        word += new;
    } else if word.ends_with('t') && word.len() > 2 {
        word.pop();
        word.push('c');
    }
    word
}

fn half(word: &str, seeded: &mut Seeded) -> String {
    let letters: Vec<char> = word.chars().collect();
    if letters.len() < 3 {
        return word.to_owned();
    }
    let least = letters.len().div_ceil(2);
    let keep = least + seeded.below(letters.len() - least);
    letters[..keep].iter().collect()
}

fn typo(word: &str, seeded: &mut Seeded) -> String {
    const KEYS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 3 {
        return word.to_owned();
    }
    let at = seeded.below(letters.len());
    match seeded.below(4) {
        0 => {
            letters.remove(at);
        }
        1 => letters.insert(at, letters[at]),
        2 if at + 1 < letters.len() => letters.swap(at, at + 1),
        _ => {
            let key = letters[at];
            let near = KEYS.iter().find_map(|row| {
                let place = row.find(key)?;
                row[place + 1..].chars().next().or_else(|| row[..place].chars().last())
            });
            letters[at] = near.unwrap_or('e');
        }
    }
    letters.into_iter().collect()
}
