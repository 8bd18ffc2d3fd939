//! `ask search`: what people type → the procedures that are meant.

use std::{
    fs,
    io::{BufRead, Write},
    path::PathBuf,
};

use clap::Args;
use gandan_domain::{
    catalog::{
        ContentPack,
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

/// The thesaurus is taken from the content all the same, if it is there: people say the same
/// things whatever the titles.
fn of_titles(file: &PathBuf, from: &From) -> Result<(Index, Titles), AskError> {
    let text = fs::read(file).map_err(AskError::Read)?;
    let titles: Titles = String::from_utf8_lossy(&text)
        .lines()
        .filter_map(|line| line.trim_end_matches('\r').split_once('\t'))
        .map(|(code, title)| (code.trim().to_owned(), title.to_owned()))
        .collect();
    let thesaurus = fs::read_to_string(from.content.join(tables::THESAURUS)).unwrap_or_default();
    let thesaurus = tables::thesaurus(&thesaurus, &mut Vec::new());
    let entries = titles
        .iter()
        .map(|(code, title)| Entry::titled(code, title));
    Ok((Index::build(entries, thesaurus), titles))
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

    use serde_json::json;

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
}
