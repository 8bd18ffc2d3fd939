//! Finding a procedure by what people type: without diacritics, with a typo, by a nickname or by
//! initials; offline, over the titles in the content pack.
//!
//! Both sides are folded (`đ` to `d` first, for it has no decomposition; then NFD without marks)
//! and cut into words, `y` read as `i`. Every word of the query must fit a word of the title, of a nickname, or
//! of the summary: whole, as the beginning of a word, or with one typo (two in long words). The
//! better the fits, the closer together and the more of the title they cover, the higher the
//! rank; ties go by code, so that the same query always answers the same.
//!
//! What was rejected: SQLite FTS5, whose tokenizers fold `ế` but not `đ`, and which the phone
//! would have to fill before the first search; and an embedding model, which does not fit 2 GB
//! phones and cannot say why it answered.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::Procedure;

/// A procedure that fits, best first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The procedure's national code.
    pub code: String,
    /// Higher is better; comparable within one search only.
    pub score: u32,
}

/// What is searched: build once per content pack.
#[derive(Clone, Debug, Default)]
pub struct Index {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    code: String,
    names: Vec<Name>,
}

/// One thing a procedure is called by.
#[derive(Clone, Debug)]
struct Name {
    words: Vec<String>,
    /// First letters of the words: `dkks` for "đăng ký khai sinh".
    initials: String,
    /// Per cent of a fit that counts: a title says more than a summary.
    weight: u32,
}

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

/// `i` and `y` are two spellings of one sound: people write "đăng kí" and "đăng ký".
fn words(text: &str) -> Vec<String> {
    fold(text)
        .split_whitespace()
        .map(|word| word.replace('y', "i"))
        .collect()
}

impl Index {
    pub fn new(procedures: &[Procedure]) -> Self {
        let entries = procedures
            .iter()
            .map(|procedure| Entry {
                code: procedure.code.clone(),
                names: procedure
                    .title
                    .0
                    .values()
                    .chain(&procedure.also_called)
                    .map(|name| Name::new(name, 100))
                    .chain(procedure.summary.0.values().map(|text| Name::new(text, 30)))
                    .collect(),
            })
            .collect();
        Self { entries }
    }

    /// The best `limit` procedures. An empty query finds nothing; a national code finds its own.
    pub fn search(&self, query: &str, limit: usize) -> Vec<Hit> {
        // A query is typed by a person: what is beyond this adds cost and no meaning.
        let asked: Vec<String> = words(query).into_iter().take(16).collect();
        let mut hits: Vec<Hit> = self
            .entries
            .iter()
            .filter_map(|entry| {
                let score = if !query.trim().is_empty() && entry.code == query.trim() {
                    1000
                } else {
                    entry.names.iter().map(|name| name.score(&asked)).max()?
                };
                (score > 0).then(|| Hit {
                    code: entry.code.clone(),
                    score,
                })
            })
            .collect();
        hits.sort_by(|one, other| {
            other
                .score
                .cmp(&one.score)
                .then_with(|| one.code.cmp(&other.code))
        });
        hits.truncate(limit);
        hits
    }
}

impl Name {
    fn new(text: &str, weight: u32) -> Self {
        let words = words(text);
        let initials = words
            .iter()
            .filter_map(|word| word.chars().next())
            .collect();
        Self {
            words,
            initials,
            weight,
        }
    }

    /// 0 if some word of the query fits nothing; else up to 500.
    fn score(&self, asked: &[String]) -> u32 {
        if asked.is_empty() || self.words.is_empty() {
            return 0;
        }
        if let [only] = asked
            && only.chars().count() >= 3
            && self.initials.contains(only.as_str())
        {
            return 200 * self.weight / 100;
        }
        let mut total = 0;
        let mut covered = std::collections::BTreeSet::new();
        let mut adjacent = 0;
        let mut last: Option<usize> = None;
        for word in asked {
            // The word after the one that fitted before is preferred: "sinh" comes twice.
            let next = last.map(|at| at + 1);
            let best = self
                .words
                .iter()
                .enumerate()
                .map(|(at, have)| (fit(word, have), next == Some(at), at))
                .filter(|(points, _, _)| *points > 0)
                .max_by_key(|(points, follows, at)| (*points, *follows, std::cmp::Reverse(*at)));
            let Some((points, follows, at)) = best else {
                return 0;
            };
            total += points;
            adjacent += u32::from(follows);
            covered.insert(at);
            last = Some(at);
        }
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let fitness = total / count(asked.len());
        let closeness = 50 * adjacent / count(asked.len());
        let coverage = 50 * count(covered.len()) / count(self.words.len());
        (fitness + closeness + coverage) * self.weight / 100
    }
}

/// How well a typed word fits a word that is there, both folded: 0 to 100.
fn fit(typed: &str, have: &str) -> u32 {
    if typed == have {
        return 100;
    }
    let length = typed.chars().count();
    if length >= 2 && have.starts_with(typed) {
        return 80;
    }
    let allowed = match length {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    };
    match distance(typed, have) {
        1 if allowed >= 1 => 60,
        2 if allowed >= 2 => 40,
        _ => 0,
    }
}

/// Edits between two words, a swap of neighbours counted once (optimal string alignment).
fn distance(one: &str, other: &str) -> usize {
    let one: Vec<char> = one.chars().take(32).collect();
    let other: Vec<char> = other.chars().take(32).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (row, left) in one.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, right) in other.iter().enumerate() {
            let at =
                |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX / 2);
            let change = at(&above, column) + usize::from(left != right);
            let insert = at(&current, column) + 1;
            let delete = at(&above, column + 1) + 1;
            let mut least = change.min(insert).min(delete);
            let swapped = row > 0
                && column > 0
                && one.get(row - 1) == Some(right)
                && other.get(column - 1) == Some(left);
            if swapped {
                least = least.min(at(&before, column - 1) + 1);
            }
            current.push(least);
        }
        before = std::mem::replace(&mut above, current);
    }
    above.last().copied().unwrap_or_default()
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
    use crate::form::sample::text;

    fn index() -> Index {
        let sample = |code: &str, title: &str, also: &[&str]| {
            let mut procedure: Procedure = super::super::pack::tests::procedure(code);
            procedure.title = text(title);
            procedure.also_called = also.iter().map(|name| (*name).to_owned()).collect();
            procedure
        };
        Index::new(&[
            sample(
                "1.001193",
                "Thủ tục đăng ký khai sinh",
                &["đăng ký khai sinh", "xin giấy khai sinh cho con mới sinh"],
            ),
            sample("1.000656", "Thủ tục đăng ký khai tử", &["báo tử"]),
            sample(
                "1.000894",
                "Thủ tục đăng ký kết hôn",
                &["đăng ký kết hôn", "cưới"],
            ),
            sample(
                "2.000635",
                "Cấp bản sao Trích lục hộ tịch, bản sao Giấy khai sinh",
                &[],
            ),
            sample("1.004222", "Đăng ký thường trú", &["nhập hộ khẩu"]),
        ])
    }

    fn first(query: &str) -> Option<String> {
        index().search(query, 5).first().map(|hit| hit.code.clone())
    }

    #[test]
    fn folding_is_for_every_letter_people_type() {
        for (written, folded) in [
            ("Đăng ký Thường trú", "dang ky thuong tru"),
            ("Hoà Bình", "hoa binh"),
            ("ĐẮK LẮK", "dak lak"),
            ("Y Ƀlô", "y ƀlo"),
            ("một-cửa/2026", "mot cua 2026"),
        ] {
            assert_eq!(fold(written), folded);
        }
        // Composed or not is no difference.
        assert_eq!(fold("e\u{302}\u{301}"), fold("ế"));
    }

    #[test]
    fn people_find_the_birth_registration() {
        for query in [
            "đăng ký khai sinh",
            "dang ky khai sinh",
            "DANG KY KHAI SINH",
            "giay khai sinh cho con",
            "dkks",
            "khai sinh",
            "khai sin",
            "dang ki khai sinh",
            "đnăg ký khai sinh",
            "1.001193",
        ] {
            assert_eq!(first(query).as_deref(), Some("1.001193"), "{query}");
        }
    }

    #[test]
    fn others_are_found_by_their_own_names() {
        for (query, code) in [
            ("cuoi", "1.000894"),
            ("bao tu", "1.000656"),
            ("ho khau", "1.004222"),
            ("trich luc", "2.000635"),
        ] {
            assert_eq!(first(query).as_deref(), Some(code), "{query}");
        }
    }

    #[test]
    fn nothing_fits_nothing() {
        for query in ["", "   ", "?!", "xyzzy", "khai thuế đất"] {
            assert_eq!(first(query), None, "{query}");
        }
        assert_eq!(index().search("dang ky", 2).len(), 2);
    }

    /// Any text is a query: no panic, no score of nothing, one order.
    #[test]
    fn searching_is_total_and_deterministic() {
        let index = index();
        bolero::check!().with_type::<String>().for_each(|query| {
            let hits = index.search(query, 10);
            assert_eq!(hits, index.search(query, 10));
            assert!(hits.iter().all(|hit| hit.score > 0));
            assert!(hits.windows(2).all(|two| two[0].score >= two[1].score));
        });
    }
}
