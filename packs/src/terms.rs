//! `terms.toml`: one word for one thing, and a lint over everything that people read or hear.
//!
//! A citizen who meets "số định danh" on one page and "mã định danh" on the next wonders whether they
//! are two things; one who listens can't look back. So every concept has one term in each language,
//! and the words that it replaces are found: as whole words, whatever their case, in the texts of
//! procedures and life events and in the app's messages.

use std::collections::BTreeMap;

use gandan_domain::text::{messages, spoken};
use serde::Deserialize;
use toml::de::{DeTable, DeValue};

use crate::{
    Mistake, What,
    source::{self, Checker, Spanned, line_of},
};

pub const FILE: &str = "terms.toml";

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TermsToml {
    term: Vec<TermToml>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct TermToml {
    id: Spanned<String>,
    vi: String,
    en: String,
    abbreviation: Option<Spanned<String>>,
    #[serde(default)]
    avoid: BTreeMap<String, Vec<String>>,
}

/// Words to avoid by language, each with the term to use.
type Avoid = BTreeMap<String, Vec<(String, String)>>;

/// Reads the terms and holds every text of `files` and every message to them.
pub fn lint(files: &BTreeMap<String, String>, mistakes: &mut Vec<Mistake>) {
    let Some(text) = files.get(FILE) else { return };
    let read: TermsToml = match source::read(FILE, text) {
        Ok(read) => read,
        Err(mistake) => return mistakes.push(mistake),
    };
    let avoid = avoid(text, read, mistakes);
    for (file, text) in files {
        if file.starts_with("procedures/")
            || file.starts_with("versions/")
            || file.starts_with("life-events/")
        {
            lint_content(file, text, &avoid, mistakes);
        }
    }
    for (lang, file, text) in messages::sources() {
        let file = format!("messages/{lang}/{file}");
        lint_messages(&file, lang, text, &avoid, mistakes);
    }
}

fn avoid(text: &str, read: TermsToml, mistakes: &mut Vec<Mistake>) -> Avoid {
    let mut check = Checker {
        file: FILE,
        text,
        mistakes,
    };
    let mut first_lines: BTreeMap<String, usize> = BTreeMap::new();
    let mut avoid = Avoid::new();
    for term in read.term {
        let id = check.id(&term.id);
        let line = check.line(&term.id);
        let first = *first_lines.entry(id.clone()).or_insert(line);
        if first != line {
            check.report(line, What::Duplicate { id, first });
        }
        if let Some(short) = &term.abbreviation {
            let said = spoken::abbreviations(short.as_ref()).heard();
            if !said.eq_ignore_ascii_case(&term.vi) {
                check.report_at(short, What::Abbreviation(short.as_ref().clone()));
            }
            let words = (short.as_ref().clone(), term.vi.clone());
            avoid.entry("vi".into()).or_default().push(words);
        }
        for (lang, words) in term.avoid {
            let term = if lang == "en" { &term.en } else { &term.vi };
            let words = words.into_iter().map(|word| (word, term.clone()));
            avoid.entry(lang).or_default().extend(words);
        }
    }
    avoid
}

fn lint_content(file: &str, text: &str, avoid: &Avoid, mistakes: &mut Vec<Mistake>) {
    // What does not read at all is reported by whoever compiles it.
    if let Ok(table) = DeTable::parse(text) {
        walk(
            file,
            text,
            Whose::State,
            "",
            table.get_ref(),
            avoid,
            mistakes,
        );
    }
}

/// Whose words a title is: a procedure's own is official, a page's or a group's is ours.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    State,
    Ours,
}

/// Every table that has a text in some language is a text.
fn walk(
    file: &str,
    text: &str,
    whose: Whose,
    name: &str,
    table: &DeTable<'_>,
    avoid: &Avoid,
    mistakes: &mut Vec<Mistake>,
) {
    for (key, value) in table {
        let key = key.get_ref().as_ref();
        let line = line_of(text, value.span().start);
        match value.get_ref() {
            DeValue::String(words) if whose == Whose::Ours || name != "title" || key != "vi" => {
                report(file, line, key, words, avoid, mistakes);
            }
            DeValue::Table(inner) => walk(file, text, whose, key, inner, avoid, mistakes),
            DeValue::Array(items) => {
                for item in items {
                    if let DeValue::Table(inner) = item.get_ref() {
                        walk(file, text, Whose::Ours, key, inner, avoid, mistakes);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Fluent, line by line: comments and what stands in braces are no words.
fn lint_messages(file: &str, lang: &str, text: &str, avoid: &Avoid, mistakes: &mut Vec<Mistake>) {
    for (line, words) in text.lines().enumerate() {
        if words.starts_with('#') {
            continue;
        }
        let words = match words.split_once(" = ") {
            Some((id, words)) if !id.contains(' ') => words,
            _ => words,
        };
        report(file, line + 1, lang, words, avoid, mistakes);
    }
}

fn report(
    file: &str,
    line: usize,
    lang: &str,
    words: &str,
    avoid: &Avoid,
    mistakes: &mut Vec<Mistake>,
) {
    let lower = words.to_lowercase();
    for (word, term) in avoid.get(lang).into_iter().flatten() {
        if has_words(&lower, &word.to_lowercase()) {
            mistakes.push(Mistake {
                file: file.to_owned(),
                line,
                what: What::Term {
                    word: word.clone(),
                    term: term.clone(),
                },
            });
        }
    }
}

/// Whether `words` stand in `text` on their own, not within longer ones.
fn has_words(text: &str, words: &str) -> bool {
    let part_of_word = |neighbour: Option<char>| neighbour.is_some_and(char::is_alphanumeric);
    text.match_indices(words).any(|(at, found)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text
            .get(at + found.len()..)
            .and_then(|after| after.chars().next());
        !part_of_word(before) && !part_of_word(after)
    })
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test stops at the first surprise"
    )]

    use super::*;

    #[test]
    fn words_count_only_on_their_own() {
        assert!(has_words("hỏi ubnd xã", "ubnd"));
        assert!(has_words("ubnd", "ubnd"));
        assert!(!has_words("subnda", "ubnd"));
        assert!(has_words("(id card)", "id card"));
        assert!(!has_words("id cards", "id card"));
        assert!(!has_words("số chứng minhé", "số chứng minh"));
    }

    #[test]
    fn what_is_to_be_avoided_is_found_where_it_stands() {
        let files = |terms: &str, procedure: &str| {
            let files = [(FILE, terms), ("procedures/1.toml", procedure)];
            let mut mistakes = Vec::new();
            let files = files.map(|(file, text)| (file.to_owned(), text.to_owned()));
            lint(&files.into(), &mut mistakes);
            let mut found: Vec<_> = mistakes
                .into_iter()
                .map(|mistake| format!("{}:{}", mistake.file, mistake.line))
                .collect();
            found.sort();
            found
        };
        let terms = "[[term]]\nid = \"committee\"\nvi = \"Ủy ban nhân dân\"\nen = \"commune\"\nabbreviation = \"UBND\"\n";
        let text = "title = { vi = \"UBND cấp\" }\n[summary]\nvi = \"Hỏi ubnd xã.\"\nen = \"UBND\"\n\n[[form.page]]\ntitle = { vi = \"UBND\" }\n";
        assert_eq!(
            files(terms, text),
            ["procedures/1.toml:3", "procedures/1.toml:7"]
        );
        let wrong = terms.replace("vi = \"Ủy", "vi = \"Hội");
        assert_eq!(files(&wrong, "")[0], "terms.toml:5");
    }
}
