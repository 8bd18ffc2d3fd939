//! `catalogue/ward.tsv`, `search/thesaurus.tsv` and `banks.tsv`: facts by the thousand, a line each. Lines that
//! begin with `#` are for whoever reads the file.

use std::collections::{BTreeMap, BTreeSet};

use gandan_domain::catalog::{Listing, search::Thesaurus};

use crate::{Mistake, What};

/// The facts of every commune-level procedure; see [`gandan_domain::catalog::listing`].
pub const CATALOGUE: &str = "catalogue/ward.tsv";

/// What people say, a tab, what to look for; several meanings between bars. Lines without a
/// meaning (`tôi muốn<TAB>`) are words that say nothing.
pub const THESAURUS: &str = "search/thesaurus.tsv";

/// What people say where they need a procedure, a tab, and the codes that would be right, the
/// likeliest first, commas between them.
pub const SAYINGS: &str = "search/sayings.tsv";

/// The banks' numbers, and what their customers call them; the first line names the columns.
pub const BANKS: &str = "banks.tsv";

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..)
        .zip(text.lines())
        .filter(|(_, line)| !line.starts_with('#') && !line.trim().is_empty())
}

pub fn catalogue(text: &str, mistakes: &mut Vec<Mistake>) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    for (line, record) in lines(text) {
        let mut report = |what| {
            mistakes.push(Mistake {
                file: CATALOGUE.into(),
                line,
                what,
            });
        };
        match Listing::read(record) {
            Ok(listing) => {
                let first = *codes.entry(listing.code.clone()).or_insert(line);
                if first != line {
                    let id = listing.code;
                    report(What::Duplicate { id, first });
                }
            }
            Err(error) => report(What::Listing(error)),
        }
        kept.push_str(record);
        kept.push('\n');
    }
    kept
}

/// The codes of a catalogue, with mistakes or without.
pub fn codes(text: &str) -> BTreeSet<&str> {
    let codes = lines(text).filter_map(|(_, line)| line.split('\t').next());
    codes.collect()
}

pub fn thesaurus(text: &str, mistakes: &mut Vec<Mistake>) -> Thesaurus {
    let mut phrases = Vec::new();
    let mut fillers = Vec::new();
    for (line, entry) in lines(text) {
        match entry.split_once('\t') {
            Some((said, "")) if !said.trim().is_empty() => fillers.push(said),
            Some((said, meant)) if !said.trim().is_empty() => {
                let meant: Vec<&str> = meant.split('|').map(str::trim).collect();
                phrases.push((said, meant));
            }
            _ => mistakes.push(Mistake {
                file: THESAURUS.into(),
                line,
                what: What::Phrase,
            }),
        }
    }
    Thesaurus::new(phrases, fillers)
}

pub fn sayings(text: &str, mistakes: &mut Vec<Mistake>) -> BTreeMap<String, Vec<String>> {
    let mut sayings = BTreeMap::new();
    let mut firsts = BTreeMap::new();
    for (line, entry) in lines(text) {
        let mut report = |what| {
            mistakes.push(Mistake {
                file: SAYINGS.into(),
                line,
                what,
            });
        };
        let Some((said, codes)) = saying(entry) else {
            report(What::Saying);
            continue;
        };
        let first = *firsts.entry(said).or_insert(line);
        if first != line {
            let id = said.to_owned();
            report(What::Duplicate { id, first });
        } else {
            sayings.insert(said.to_owned(), codes.map(str::to_owned).collect());
        }
    }
    sayings
}

/// Reports codes of sayings that nothing has.
pub fn known(text: &str, mistakes: &mut Vec<Mistake>, is_known: impl Fn(&str) -> bool) {
    for (line, entry) in lines(text) {
        let codes = saying(entry).map(|(_, codes)| codes);
        for code in codes.into_iter().flatten().filter(|code| !is_known(code)) {
            mistakes.push(Mistake {
                file: SAYINGS.into(),
                line,
                what: What::UnknownProcedure(code.to_owned()),
            });
        }
    }
}

fn saying(line: &str) -> Option<(&str, impl Iterator<Item = &str>)> {
    let (said, codes) = line.split_once('\t')?;
    let is_whole = !said.trim().is_empty() && codes.split(',').all(|code| !code.trim().is_empty());
    is_whole.then(|| (said.trim(), codes.split(',').map(str::trim)))
}

pub fn banks(text: &str, mistakes: &mut Vec<Mistake>) -> BTreeMap<String, String> {
    let mut banks = BTreeMap::new();
    let mut firsts = BTreeMap::new();
    for (line, entry) in lines(text).skip(1) {
        let mut report = |what| {
            mistakes.push(Mistake {
                file: BANKS.into(),
                line,
                what,
            });
        };
        match entry.split_once('\t') {
            Some((bin, name))
                if bin.len() == 6
                    && bin.bytes().all(|byte| byte.is_ascii_digit())
                    && !name.trim().is_empty() =>
            {
                let first = *firsts.entry(bin).or_insert(line);
                if first != line {
                    let id = bin.to_owned();
                    report(What::Duplicate { id, first });
                } else {
                    banks.insert(bin.to_owned(), name.to_owned());
                }
            }
            _ => report(What::Bank),
        }
    }
    banks
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

    const LINE: &str = "9.1\tThả diều\tChơi\tBộ Diều\tc\tI\tC:?:?\t1/QĐ\t\t2026-07-17";

    #[test]
    fn a_wrong_line_is_named() {
        let mut mistakes = Vec::new();
        let text = format!("# source\n{LINE}\n\nnonsense\n{LINE}\n");
        let kept = catalogue(&text, &mut mistakes);
        assert!(kept.starts_with(LINE));
        let said: Vec<String> = mistakes.iter().map(Mistake::to_string).collect();
        assert_eq!(
            said,
            [
                "catalogue/ward.tsv:4: failed to read the listing: its number of columns is `1`",
                "catalogue/ward.tsv:5: failed to accept `9.1`: it is already there, at line 2",
            ]
        );
    }

    #[test]
    fn a_bank_is_a_number_and_a_name() {
        let mut mistakes = Vec::new();
        let read = banks(
            "# source\nbin\tname\n970436\tVietcombank\n97043\tX\n970405\t \n970436\tY\n",
            &mut mistakes,
        );
        assert_eq!(read.len(), 1);
        let lines: Vec<usize> = mistakes.iter().map(|mistake| mistake.line).collect();
        assert_eq!(lines, [4, 5, 6]);
        assert!(
            mistakes[2].to_string().contains("line 3"),
            "{}",
            mistakes[2]
        );
    }

    #[test]
    fn phrases_and_fillers_are_read() {
        let mut mistakes = Vec::new();
        let read = thesaurus("sổ đỏ\tgiấy chứng nhận | đất\ntôi\t\nodd\n", &mut mistakes);
        assert!(read.is_filler("toi"));
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let readings = read.readings(&words("lam so do"));
        let found: Vec<&[String]> = readings.iter().map(|it| it.words.as_slice()).collect();
        assert_eq!(found, [words("lam giai chung nhan"), words("lam dat")]);
        assert_eq!(readings[1].meant, [false, true]);
        assert_eq!(mistakes.len(), 1);
        assert_eq!(mistakes[0].line, 3);
    }
}
