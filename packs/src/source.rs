//! Reading a TOML file so that every value knows its line.

use gandan_domain::{catalog::LocalText, text::Lang};
use serde::de::DeserializeOwned;
use toml::Spanned;

use crate::{Mistake, What};

/// A text by language.
pub type Texts = Spanned<std::collections::BTreeMap<String, String>>;

pub fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, Mistake> {
    toml::from_str(text).map_err(|error| Mistake {
        file: file.to_owned(),
        line: error.span().map_or(1, |span| line_of(text, span.start)),
        what: What::Toml(error.message().to_owned()),
    })
}

/// The line, from 1, of a byte offset.
pub fn line_of(text: &str, offset: usize) -> usize {
    1 + text
        .as_bytes()
        .iter()
        .take(offset)
        .filter(|byte| **byte == b'\n')
        .count()
}

/// One file being checked: collects its mistakes.
pub struct Checker<'a> {
    pub file: &'a str,
    pub text: &'a str,
    pub mistakes: &'a mut Vec<Mistake>,
}

impl Checker<'_> {
    pub fn line<T>(&self, at: &Spanned<T>) -> usize {
        line_of(self.text, at.span().start)
    }

    pub fn report(&mut self, line: usize, what: What) {
        self.mistakes.push(Mistake {
            file: self.file.to_owned(),
            line,
            what,
        });
    }

    pub fn report_at<T>(&mut self, at: &Spanned<T>, what: What) {
        let line = self.line(at);
        self.report(line, what);
    }

    /// A text that has Vietnamese, which everything else falls back to.
    pub fn local(&mut self, texts: &Texts) -> LocalText {
        if texts
            .as_ref()
            .get("vi")
            .is_none_or(|text| text.trim().is_empty())
        {
            self.report_at(texts, What::NoVietnamese);
        }
        LocalText(
            texts
                .as_ref()
                .iter()
                .map(|(lang, text)| (Lang(lang.clone()), text.trim().to_owned()))
                .collect(),
        )
    }

    /// Lower-case letters, digits and `_`, in parts joined by dots: what CEL reads as a name.
    pub fn id(&mut self, id: &Spanned<String>) -> String {
        let fits = |part: &str| {
            part.bytes()
                .next()
                .is_some_and(|first| first.is_ascii_lowercase())
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        };
        if !id.as_ref().split('.').all(fits) {
            self.report_at(id, What::BadId(id.as_ref().clone()));
        }
        id.as_ref().clone()
    }
}
