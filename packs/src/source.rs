//! Reading a TOML file so that every value knows its line.

use std::{collections::BTreeMap, ops::Deref};

use gandan_domain::{
    catalog::{Approval, LegalBasis, LocalText, Source},
    text::Lang,
};
use jiff::civil::Date;
use serde::{Deserialize, de::DeserializeOwned};

use crate::{Mistake, What};

/// A value that knows where it stands: [`toml::Spanned`], which a schema looks through.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct Spanned<T>(toml::Spanned<T>);

impl<T> Spanned<T> {
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T> Deref for Spanned<T> {
    type Target = toml::Spanned<T>;

    fn deref(&self) -> &toml::Spanned<T> {
        &self.0
    }
}

#[cfg(feature = "schema")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Spanned<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}

/// A text by language.
pub type Texts = Spanned<ByLanguage>;

/// Vietnamese must be there, which every other language falls back to.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("required" = ["vi"])))]
#[serde(transparent)]
pub struct ByLanguage(BTreeMap<String, String>);

/// The domain's own types forgive keys that they do not know, since packs outlive apps. An author's
/// unknown key is a slip of the pen, so what authors write is read into these.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SourceToml {
    /// Who says so.
    name: String,
    /// When it was read there.
    date: Date,
}

impl From<SourceToml> for Source {
    fn from(SourceToml { name, date }: SourceToml) -> Self {
        Self { name, date }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ApprovalToml {
    /// The competent authority.
    by: String,
    date: Date,
}

impl From<ApprovalToml> for Approval {
    fn from(ApprovalToml { by, date }: ApprovalToml) -> Self {
        Self { by, date }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LegalBasisToml {
    /// The law, decree or circular, with its number.
    document: String,
    article: Option<String>,
}

impl From<LegalBasisToml> for LegalBasis {
    fn from(LegalBasisToml { document, article }: LegalBasisToml) -> Self {
        Self { document, article }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HelpLineToml {
    pub name: Texts,
    pub phone: String,
    pub source: SourceToml,
}

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
        let by_language = &texts.as_ref().0;
        if by_language
            .get("vi")
            .is_none_or(|text| text.trim().is_empty())
        {
            self.report_at(texts, What::NoVietnamese);
        }
        LocalText(
            by_language
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
