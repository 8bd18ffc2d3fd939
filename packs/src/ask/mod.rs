//! `ask`: the rules, asked from a command line.
//!
//! One question as arguments gets an answer a person can read. Without it, questions come on
//! standard input, one a line, and each gets one JSON object a line and nothing else on standard
//! output: what a script, a test or a stranger who wants to compare needs. A line that can't be
//! read gets `{"error": …}` and the next line is read all the same; an empty line is a question
//! too. So the n-th answer belongs to the n-th line, always.
//!
//! Each kind of question is a file of its own with an `ask` (a line in, JSON out) and a `tell`
//! (the same for a reader).

pub mod due;
pub mod form;
pub mod place;
pub mod search;

use std::{
    io::{self, BufRead, Write},
    path::PathBuf,
};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::{BuildError, Content, Sources};

/// What can be asked.
#[derive(Subcommand)]
pub enum Ask {
    /// When a result is due.
    Due(due::Question),
    /// Which questions a form asks, what it computes, and what is wrong with the answers.
    Form(form::Question),
    /// Which unit a place name, an old or a new one, means.
    Place(place::Question),
    /// Which procedures somebody means.
    Search(search::Question),
}

/// Where the rules are.
#[derive(Args)]
pub struct From {
    /// The content directory.
    #[arg(long, default_value = "content")]
    pub content: PathBuf,
}

/// Why nothing could be asked at all. Reads after "failed to".
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error(transparent)]
    Content(#[from] BuildError),
    /// What was asked as arguments can't be answered.
    #[error("{0}")]
    Question(String),
    #[error("read the questions: {0}")]
    Read(io::Error),
    #[error("write the answers: {0}")]
    Write(io::Error),
}

impl Ask {
    /// Answers everything that is asked, and returns when there are no more questions. `alone`:
    /// nobody sends any.
    pub fn run(
        self,
        alone: bool,
        questions: impl BufRead,
        answers: impl Write,
    ) -> Result<(), AskError> {
        match self {
            Self::Due(question) => question.run(questions, answers),
            Self::Form(question) => question.run(alone, questions, answers),
            Self::Place(question) => question.run(questions, answers),
            Self::Search(question) => question.run(questions, answers),
        }
    }
}

/// The content, checked and compiled.
pub fn content(from: &From) -> Result<Content, AskError> {
    let compiled = Sources::read(&from.content)
        .map_err(BuildError::Read)?
        .compile();
    Ok(compiled.map_err(BuildError::Content)?)
}

/// One JSON object for every line of `questions`.
pub fn each_line(
    questions: impl BufRead,
    mut answers: impl Write,
    mut answer: impl FnMut(&str) -> Result<Value, String>,
) -> Result<(), AskError> {
    for (at, line) in questions.split(b'\n').enumerate() {
        let line = line.map_err(AskError::Read)?;
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches('\r');
        // Some editors begin a file with a mark of its encoding.
        let line = match at {
            0 => line.trim_start_matches('\u{feff}'),
            _ => line,
        };
        let said = answer(line).unwrap_or_else(|error| json!({ "error": error }));
        writeln!(answers, "{said}").map_err(AskError::Write)?;
    }
    answers.flush().map_err(AskError::Write)
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

    #[test]
    fn every_line_gets_one_object_whatever_is_in_it() {
        let mut answers = Vec::new();
        let questions = b"\xef\xbb\xbfone\r\n\n  \nb\xffd\nlast".as_slice();
        each_line(questions, &mut answers, |line| match line {
            "one" => Ok(json!({ "asked": line })),
            other => Err(format!("read `{other}`")),
        })
        .unwrap();
        assert_eq!(
            String::from_utf8(answers).unwrap(),
            concat!(
                "{\"asked\":\"one\"}\n",
                "{\"error\":\"read ``\"}\n",
                "{\"error\":\"read `  `\"}\n",
                "{\"error\":\"read `b\u{fffd}d`\"}\n",
                "{\"error\":\"read `last`\"}\n"
            )
        );
    }
}
