//! `ask place`: `text<TAB>as-of date` → the unit that is meant, or the one question.

use std::io::{BufRead, Write};

use clap::Args;
use gandan_domain::{
    place::{Meant, Outcome, PlaceTable},
    rules::{PlaceRules, read_day},
    text::{Lang, Text, messages::Messages},
};
use jiff::civil::Date;

use super::{AskError, From, content, each_line};

#[derive(Args)]
pub struct Question {
    /// A name or a code; without it, lines of `text<TAB>as-of date` are read.
    text: Option<String>,
    /// The day on which the text was written; by default the last day that the table knows of.
    #[arg(long)]
    on: Option<Date>,
    /// The language of the answer.
    #[arg(long, default_value = "vi")]
    lang: String,
    #[command(flatten)]
    from: From,
}

impl Question {
    pub fn run(self, questions: impl BufRead, mut answers: impl Write) -> Result<(), AskError> {
        let content = content(&self.from)?;
        let table = PlaceTable::of_payload(content.places)
            .ok_or_else(|| AskError::Question("read the place table".into()))?;
        let lang = Lang::from(self.lang.as_str());
        let places = PlaceRules::new(table, &lang);
        let Some(text) = self.text else {
            return each_line(questions, answers, |line| {
                let (text, day) = match line.split_once('\t') {
                    Some((text, day)) => (text, Some(day.trim())),
                    None => (line, None),
                };
                let day = day
                    .filter(|day| !day.is_empty())
                    .map(read_day)
                    .transpose()
                    .map_err(|error| error.to_string())?;
                Ok(places.answer(text, day))
            });
        };
        let messages = Messages::new(&lang);
        Told { places, messages }
            .tell(&text, self.on, &mut answers)
            .map_err(AskError::Write)
    }
}

/// The same for a reader.
struct Told {
    places: PlaceRules,
    messages: Messages,
}

impl Told {
    fn tell(&self, text: &str, day: Option<Date>, out: &mut impl Write) -> std::io::Result<()> {
        let answer = self.places.resolve(text, day);
        match &answer.outcome {
            Outcome::One(meant) => self.tell_unit(*meant, "", out)?,
            Outcome::Question { ask, choices } => {
                writeln!(out, "{}", self.places.question(*ask, &answer))?;
                for meant in choices {
                    self.tell_unit(*meant, "- ", out)?;
                }
                writeln!(out, "- {}", self.messages.plain("place-unknown").shown())?;
            }
            Outcome::NotFound { near } => {
                writeln!(out, "{}", self.messages.plain("place-not-found").shown())?;
                for id in near {
                    writeln!(out, "- {}", self.places.table().path(*id))?;
                }
            }
        }
        out.flush()
    }

    fn tell_unit(&self, meant: Meant, bullet: &str, out: &mut impl Write) -> std::io::Result<()> {
        let now = self.places.table().path(meant.unit);
        let code = self.places.table().unit(meant.unit).map(|unit| unit.code());
        let code = code.unwrap_or_default();
        let said = if meant.named == meant.unit {
            Text::vi(now)
        } else {
            let named = Text::vi(self.places.table().path(meant.named));
            self.messages.text(
                "place-formerly",
                &[("place", Text::vi(now).into()), ("formerly", named.into())],
            )
        };
        writeln!(out, "{bullet}{} [{code}]", said.shown())
    }
}

#[cfg(test)]
mod tests;
