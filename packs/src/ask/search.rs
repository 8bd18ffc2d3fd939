//! `ask search`: what people type → the procedures that are meant.

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use gandan_domain::{
    catalog::{
        ContentPack, pack,
        search::{Entry, Index},
    },
    rules::search::{answer, found},
};

use super::{AskError, From, each_line};
use crate::{Sources, tables};

#[derive(Args)]
pub struct Question {
    /// What somebody types; without it, one query a line is read.
    query: Option<String>,
    /// Search this TSV of `code<TAB>title` instead of the content.
    #[arg(long)]
    titles: Option<PathBuf>,
    #[command(flatten)]
    from: From,
}

impl Question {
    pub fn run(self, questions: impl BufRead, mut answers: impl Write) -> Result<(), AskError> {
        let (index, titles) = match &self.titles {
            Some(file) => of_titles(file, &self.from)?,
            None => of_content(&self.from)?,
        };
        let Some(query) = self.query else {
            return each_line(questions, answers, |query| Ok(answer(&index, query)));
        };
        let hits = found(&index, &query);
        if hits.is_empty() {
            return writeln!(answers, "nothing found for \"{query}\"").map_err(AskError::Write);
        }
        for (number, hit) in (1..).zip(hits) {
            let title = titles
                .iter()
                .find(|(code, _)| *code == hit.code)
                .map_or("", |(_, title)| title);
            writeln!(answers, "{number}. {}  {title}  ({})", hit.code, hit.score)
                .map_err(AskError::Write)?;
        }
        Ok(())
    }
}

type Titles = Vec<(String, String)>;

fn of_content(from: &From) -> Result<(Index, Titles), AskError> {
    let content = Sources::read(&from.content)
        .map_err(crate::BuildError::Read)?
        .compile()
        .map_err(crate::BuildError::Content)?;
    let pack: &ContentPack = &content.pack;
    let catalogue = pack.read_catalogue();
    let mut titles: Titles = pack
        .procedures
        .iter()
        .map(|procedure| {
            let title = procedure.title.text(&gandan_domain::text::Lang::vi());
            (procedure.code.clone(), title.shown())
        })
        .collect();
    let listed = catalogue.all().iter();
    titles.extend(listed.map(|listing| (listing.code.clone(), listing.title.clone())));
    Ok((pack.index(&catalogue), titles))
}

/// The thesaurus and the sayings are taken from the content all the same, if they are there: people
/// say the same things whatever the titles.
fn of_titles(file: &Path, from: &From) -> Result<(Index, Titles), AskError> {
    let text = fs::read(file).map_err(AskError::Read)?;
    let (titles, odd) = read_titles(&String::from_utf8_lossy(&text));
    if let [first, ..] = odd.as_slice() {
        let (many, file) = (odd.len(), file.display());
        let said = format!(
            "{many} lines of {file} are not a code, a tab and a title, the first is line {first}"
        );
        if titles.is_empty() {
            return Err(AskError::Question(format!("read the titles: {said}")));
        }
        eprintln!("{said}; they are left out");
    }
    let thesaurus = fs::read_to_string(from.content.join(tables::THESAURUS)).unwrap_or_default();
    let thesaurus = tables::thesaurus(&thesaurus, &mut Vec::new());
    let sayings = fs::read_to_string(from.content.join(tables::SAYINGS)).unwrap_or_default();
    let sayings = tables::sayings(&sayings, &mut Vec::new());
    let codes: BTreeSet<&str> = titles.iter().map(|(code, _)| code.as_str()).collect();
    let said = pack::said(&sayings).filter(|entry| codes.contains(entry.code.as_str()));
    let entries = titles
        .iter()
        .map(|(code, title)| Entry::titled(code, title));
    Ok((Index::build(entries.chain(said), thesaurus), titles))
}

/// The titles, and the numbers of the lines that are none. Empty lines and `#` say nothing.
fn read_titles(text: &str) -> (Titles, Vec<usize>) {
    let (mut titles, mut odd) = (Vec::new(), Vec::new());
    let text = text.trim_start_matches('\u{feff}');
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        match line.split_once('\t') {
            Some((code, title)) if !code.trim().is_empty() && !title.trim().is_empty() => {
                titles.push((code.trim().to_owned(), title.trim().to_owned()));
            }
            _ => odd.push(number),
        }
    }
    (titles, odd)
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

    use serde_json::{Value, json};

    #[test]
    fn an_answer_is_codes_with_scores_best_first() {
        let entries = [("1.1", "Đăng ký khai sinh"), ("1.2", "Đăng ký khai tử")];
        let entries = entries.map(|(code, title)| Entry::titled(code, title));
        let index = Index::build(entries, Default::default());
        let said = answer(&index, "dang ky khai sinh");
        assert_eq!(said["query"], "dang ky khai sinh");
        assert_eq!(said["hits"][0]["code"], "1.1");
        assert!(said["hits"][0]["score"].as_u64() > said["hits"][1]["score"].as_u64());
        assert_eq!(answer(&index, "zzzz")["hits"], json!([]));
    }

    fn odd_index() -> Index {
        let entries = [("1.1", "Đăng ký khai sinh"), ("1.2", "Đăng ký khai tử")];
        let entries = entries.map(|(code, title)| Entry::titled(code, title));
        Index::build(entries, Default::default())
    }

    /// What a keyboard, a paste or a broken pipe can send: each line one object, and the next
    /// line is answered as ever.
    #[test]
    fn odd_lines_are_answered_too() {
        let long = "khaisinh".repeat(12_500);
        let many = "dang ky khai sinh ".repeat(6_000);
        let mut lines: Vec<u8> = Vec::new();
        for line in [
            long.as_bytes(),
            many.as_bytes(),
            b"d\xe1\xbang k\xff khai sinh",
            b"dang\x00ky\x07khai\x1b[1msinh",
            "👶 khai sinh 👶🏽‍🍼".as_bytes(),
            "\u{202e}khai\u{200b} sinh".as_bytes(),
            b"\"khai\\ sinh'; --",
        ] {
            lines.extend(line);
            lines.push(b'\n');
        }
        lines.extend(b"\n   \t \r\n");
        lines.extend(b"khai sinh");
        let index = odd_index();
        let mut answers = Vec::new();
        each_line(lines.as_slice(), &mut answers, |query| {
            Ok(answer(&index, query))
        })
        .unwrap();
        let answers = String::from_utf8(answers).unwrap();
        let answers: Vec<Value> = answers
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(answers.len(), 10);
        for (at, answer) in answers.iter().enumerate().skip(1) {
            if at == 7 || at == 8 {
                assert_eq!(answer["hits"], serde_json::json!([]));
                continue;
            }
            assert_eq!(answer["hits"][0]["code"], "1.1", "{answer}");
        }
    }

    #[test]
    fn titles_that_are_none_are_counted() {
        let text = "\u{feff}1.1\tĐăng ký khai sinh\r\n\n# a note\nno tab\n\tno code\n1.3\t \n 1.2 \tKhai tử\tmore\n";
        let (titles, odd) = read_titles(text);
        assert_eq!(odd, [4, 5, 6]);
        let expected = [("1.1", "Đăng ký khai sinh"), ("1.2", "Khai tử\tmore")];
        assert_eq!(
            titles,
            expected.map(|(code, title)| (code.to_owned(), title.to_owned()))
        );
        bolero::check!().with_type::<String>().for_each(|text| {
            let (titles, _) = read_titles(text);
            assert!(
                titles
                    .iter()
                    .all(|(code, title)| !code.is_empty() && !title.is_empty())
            );
        });
    }
}
