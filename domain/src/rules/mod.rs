//! The rules, asked: a question in, a JSON object out.
//!
//! For whoever has no screens of ours: an app team that draws its own, a command line, and the
//! test that asks phone and server the same questions and compares their answers. One
//! serialisation serves them all, so an answer can be compared letter by letter wherever it was
//! given. [`Rules::answer`] reads a question from one line.
//!
//! What was rejected: types of its own for every answer across the bindings. What a form computes
//! is named by the form, so those types would end in a map of strings all the same, and a third
//! description of each answer would have to be kept.

pub mod due;
mod fee;
mod form;
pub mod place;
pub mod search;

use std::sync::OnceLock;

use jiff::civil::Date;
use serde::{
    Deserialize as _,
    de::{
        IntoDeserializer as _,
        value::{self, StrDeserializer},
    },
};
use serde_json::{Value, json};

use crate::{
    catalog::{ContentPack, Index, PackError, Procedure},
    dossier::{KeySet, deadline::NoDate},
    form::AnswersError,
    payment::Channel,
    place::{Atlas, PlaceTable},
    text::{Lang, messages::Messages},
};
pub use place::PlaceRules;

/// Why there is no answer: the question can't be read, or is about nothing that is known.
/// Reads after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    #[error("read the line: it is not <{0}>")]
    Line(&'static str),
    #[error("read the date: it is not <yyyy-mm-dd>")]
    Day,
    #[error("read the time of receipt: it is not <yyyy-mm-ddThh:mm>")]
    Received,
    #[error("read the channel: it is not `online`, `counter` or `post`")]
    Channel,
    #[error("find the procedure `{code}`")]
    Procedure { code: String },
    #[error("find a place: there is no place table")]
    NoPlaces,
    #[error("give a date: no time limit of `{code}` is known")]
    NoLimit { code: String },
    #[error(transparent)]
    NoDate(#[from] NoDate),
    #[error(transparent)]
    Answers(#[from] AnswersError),
}

impl NoAnswer {
    pub fn json(&self) -> Value {
        let mut said = json!({ "error": self.to_string() });
        if let (Some(said), Self::Answers(error)) = (said.as_object_mut(), self)
            && let Some(field) = error.field()
        {
            said.insert("field".into(), field.into());
        }
        said
    }
}

/// The content and the place table, ready to be asked.
pub struct Rules {
    pack: ContentPack,
    places: Option<PlaceRules>,
    /// Built when somebody first searches.
    index: OnceLock<Index>,
    messages: Messages,
}

impl Rules {
    /// Over content that is trusted already.
    pub fn new(pack: ContentPack, table: Option<PlaceTable>, lang: &Lang) -> Self {
        Self {
            pack,
            places: table.map(|table| PlaceRules::new(table, lang)),
            index: OnceLock::new(),
            messages: Messages::new(lang),
        }
    }

    /// From the files as they are delivered, believed for their signatures.
    pub fn read(
        content: &[u8],
        places: Option<Vec<u8>>,
        keys: &KeySet,
        lang: &Lang,
    ) -> Result<Self, PackError> {
        let (_, pack) = ContentPack::read(content, keys)?;
        let table = places
            .map(|file| PlaceTable::read(file, keys))
            .transpose()?;
        Ok(Self::new(pack, table.map(|(_, table)| table), lang))
    }

    /// Which unit a text means, written on this day; without one, today's names.
    pub fn place(&self, text: &str, on: Option<Date>) -> Result<Value, NoAnswer> {
        let places = self.places.as_ref().ok_or(NoAnswer::NoPlaces)?;
        Ok(places.answer(text, on))
    }

    /// When what was received then is due: by a procedure's code, or a limit as `5wd`.
    pub fn due(&self, what: &str, received: &str) -> Result<Value, NoAnswer> {
        let due = due::ask(&self.pack, what, received)?;
        Ok(due::answer(&due, &self.messages))
    }

    /// Which procedures somebody means.
    pub fn search(&self, query: &str) -> Value {
        let index = self
            .index
            .get_or_init(|| self.pack.index(&self.pack.read_catalogue()));
        search::answer(index, query)
    }

    /// What the form that counts on this day says of these answers, see [`crate::form::asked`].
    pub fn form(&self, code: &str, on: Date, answers: &str) -> Result<Value, NoAnswer> {
        form::answer(self.procedure(code, on)?, on, answers, &self.atlas())
    }

    /// What filing these answers on this day costs. `province` is the receiving one's code; without
    /// it, the province of the commune that the answers name.
    pub fn fee(
        &self,
        code: &str,
        channel: Channel,
        province: Option<&str>,
        on: Date,
        answers: &str,
    ) -> Result<Value, NoAnswer> {
        let filed = fee::Filed {
            procedure: self.procedure(code, on)?,
            channel,
            province,
            on,
        };
        fee::answer(&filed, answers, &self.atlas(), self.messages.lang())
    }

    /// One question on one line, its parts between tabs: `place, text, day`, `due, code or limit,
    /// received at`, `search, query`, `form, code, day, answers`, `fee, code, channel, province or
    /// nothing, day, answers`.
    pub fn answer(&self, line: &str) -> Value {
        self.answer_line(line).unwrap_or_else(|error| error.json())
    }

    fn answer_line(&self, line: &str) -> Result<Value, NoAnswer> {
        let parts: Vec<&str> = line.splitn(6, '\t').collect();
        match parts.as_slice() {
            ["place", text] => self.place(text, None),
            ["place", text, on] => self.place(text, Some(read_day(on)?)),
            ["due", what, received] => self.due(what, received),
            ["search", query] => Ok(self.search(query)),
            ["form", code, on, answers] => self.form(code, read_day(on)?, answers),
            ["fee", code, channel, province, on, answers] => {
                let province = Some(*province).filter(|province| !province.is_empty());
                let channel = read_channel(channel)?;
                self.fee(code, channel, province, read_day(on)?, answers)
            }
            _ => Err(NoAnswer::Line(
                "kind of question><TAB><what it needs, with tabs between",
            )),
        }
    }

    pub fn pack(&self) -> &ContentPack {
        &self.pack
    }

    /// The version by which to file on a day.
    pub fn procedure(&self, code: &str, on: Date) -> Result<&Procedure, NoAnswer> {
        procedure(&self.pack, code, on)
    }

    pub fn atlas(&self) -> Atlas<'_> {
        Atlas {
            communes: &self.pack.communes,
            table: self.places.as_ref().map(PlaceRules::table),
        }
    }
}

fn procedure<'p>(pack: &'p ContentPack, code: &str, on: Date) -> Result<&'p Procedure, NoAnswer> {
    let code = code.trim();
    pack.in_force(code, on)
        .ok_or_else(|| NoAnswer::Procedure { code: code.into() })
}

/// `yyyy-mm-dd`.
pub fn read_day(text: &str) -> Result<Date, NoAnswer> {
    text.trim().parse().map_err(|_| NoAnswer::Day)
}

/// `online`, `counter` or `post`.
pub fn read_channel(text: &str) -> Result<Channel, NoAnswer> {
    let name: StrDeserializer<'_, value::Error> = text.trim().into_deserializer();
    Channel::deserialize(name).map_err(|_| NoAnswer::Channel)
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

    fn rules() -> Rules {
        let pack = crate::catalog::pack::tests::content();
        Rules::new(pack, None, &Lang::vi())
    }

    #[test]
    fn a_line_that_is_no_question_says_what_is_wrong() {
        let rules = rules();
        for (line, expected) in [
            ("", "read the line"),
            ("price\t1.1", "read the line"),
            ("place\tHà Nội", "no place table"),
            ("place\tHà Nội\tmorgen", "read the date"),
            ("due\t5wd\tmorgen", "read the time of receipt"),
            ("due\t9.9\t2026-11-20", "find the procedure `9.9`"),
            ("form\t9.9\t2026-11-20\t{}", "find the procedure `9.9`"),
            ("fee\t9.9\tboat\t\t2026-11-20\t{}", "read the channel"),
        ] {
            let said = rules.answer(line);
            let error = said["error"].as_str().unwrap();
            assert!(error.contains(expected), "{line}: {said}");
        }
    }

    #[test]
    fn whatever_the_line_there_is_an_answer() {
        let rules = std::panic::AssertUnwindSafe(rules());
        bolero::check!()
            .with_type::<(u8, String)>()
            .for_each(|(kind, rest)| {
                let kinds = ["place", "due", "search", "form", "fee", "x"];
                let kind = kinds[usize::from(*kind) % kinds.len()];
                assert!(rules.answer(&format!("{kind}\t{rest}")).is_object());
            });
    }
}
