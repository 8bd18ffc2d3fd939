//! `ask place`: `text<TAB>as-of date` → the unit that is meant, or the one question.

use std::io::{BufRead, Write};

use clap::Args;
use gandan_domain::{
    place::{Answer, Ask, Meant, Outcome, PlaceTable, UnitId, table::Level},
    text::{Lang, messages::Messages},
};
use jiff::civil::Date;
use serde_json::{Value, json};

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
        let asked = Asked {
            // Every change in the table has happened by then.
            latest: table
                .units()
                .map(|unit| unit.from)
                .max()
                .unwrap_or(Date::MAX),
            messages: Messages::new(&Lang::from(self.lang.as_str())),
            table,
        };
        let Some(text) = self.text else {
            return each_line(questions, answers, |line| {
                let (text, day) = match line.split_once('\t') {
                    Some((text, day)) => (text, Some(day.trim())),
                    None => (line, None),
                };
                let day = day
                    .filter(|day| !day.is_empty())
                    .map(str::parse::<Date>)
                    .transpose()
                    .map_err(|_| "read the date: it is not <yyyy-mm-dd>".to_owned())?;
                Ok(asked.answer(text, day))
            });
        };
        asked
            .tell(&text, self.on, &mut answers)
            .map_err(AskError::Write)
    }
}

struct Asked {
    table: PlaceTable,
    latest: Date,
    messages: Messages,
}

impl Asked {
    fn resolve(&self, text: &str, day: Option<Date>) -> Answer {
        self.table.resolve(text, day.unwrap_or(self.latest))
    }

    fn answer(&self, text: &str, day: Option<Date>) -> Value {
        let answer = self.resolve(text, day);
        let mut said = match &answer.outcome {
            Outcome::One(meant) => json!({ "units": [self.unit(*meant)], "question": null }),
            Outcome::Question { ask, choices } => {
                let mut units: Vec<Value> = choices.iter().map(|meant| self.unit(*meant)).collect();
                let choices = units.clone();
                if *ask == Ask::SameName {
                    units.clear();
                }
                json!({
                    "units": [],
                    "question": {
                        "kind": match ask { Ask::Split => "split", Ask::SameName => "same_name" },
                        "text": self.question(*ask, &answer),
                        "choices": choices,
                        "unknown": {
                            "text": self.messages.plain("place-unknown").shown(),
                            "unit": answer.unknown().map(|meant| self.unit(meant)),
                        },
                    },
                })
            }
            Outcome::NotFound { near } => json!({
                "units": [],
                "question": null,
                "near": near.iter().map(|id| self.table.path(*id)).collect::<Vec<_>>(),
            }),
        };
        if let Some(said) = said.as_object_mut() {
            said.insert("touched".into(), answer.touched.into());
        }
        said
    }

    fn question(&self, ask: Ask, answer: &Answer) -> String {
        let Outcome::Question { choices, .. } = &answer.outcome else {
            return String::new();
        };
        let named = choices.first().map(|meant| self.table.path(meant.named));
        let named = gandan_domain::text::Text::vi(named.unwrap_or_default());
        match ask {
            Ask::Split => self
                .messages
                .text("place-ask-split", &[("place", named.into())]),
            Ask::SameName => self.messages.plain("place-ask-same-name"),
        }
        .shown()
    }

    fn unit(&self, meant: Meant) -> Value {
        let table = &self.table;
        let Some(unit) = table.unit(meant.unit) else {
            return Value::Null;
        };
        let province = table.province_today(meant.unit);
        let named = table.unit(meant.named);
        let formerly: Vec<String> = self.formerly(meant);
        json!({
            "code": unit.code(),
            "valid_from": unit.from.to_string(),
            "name": unit.full_name(),
            "province": province.map(|province| province.full_name()),
            "province_code": province.map(|province| province.code()),
            "level": match unit.kind.level() {
                Level::Province => "province",
                Level::District => "district",
                Level::Commune => "commune",
            },
            "named": table.path(meant.named),
            "named_code": named.map(|named| named.code()),
            "formerly": formerly,
            "doubtful": unit.doubt.is_some() || named.is_some_and(|named| named.doubt.is_some()),
        })
    }

    /// The named unit first, where it is an old one; then everything the unit was made of.
    fn formerly(&self, meant: Meant) -> Vec<String> {
        let mut ids: Vec<UnitId> = self.table.formerly(meant.unit);
        ids.retain(|id| *id != meant.named);
        if meant.named != meant.unit {
            ids.insert(0, meant.named);
        }
        ids.into_iter().map(|id| self.table.path(id)).collect()
    }

    fn tell(&self, text: &str, day: Option<Date>, out: &mut impl Write) -> std::io::Result<()> {
        let answer = self.resolve(text, day);
        match &answer.outcome {
            Outcome::One(meant) => self.tell_unit(*meant, "", out)?,
            Outcome::Question { ask, choices } => {
                writeln!(out, "{}", self.question(*ask, &answer))?;
                for meant in choices {
                    self.tell_unit(*meant, "- ", out)?;
                }
                writeln!(out, "- {}", self.messages.plain("place-unknown").shown())?;
            }
            Outcome::NotFound { near } => {
                writeln!(out, "{}", self.messages.plain("place-not-found").shown())?;
                for id in near {
                    writeln!(out, "- {}", self.table.path(*id))?;
                }
            }
        }
        out.flush()
    }

    fn tell_unit(&self, meant: Meant, bullet: &str, out: &mut impl Write) -> std::io::Result<()> {
        let vi = |text: String| gandan_domain::text::Text::vi(text);
        let now = self.table.path(meant.unit);
        let code = self.table.unit(meant.unit).map(|unit| unit.code());
        let code = code.unwrap_or_default();
        let said = if meant.named == meant.unit {
            vi(now)
        } else {
            let named = vi(self.table.path(meant.named));
            self.messages.text(
                "place-formerly",
                &[("place", vi(now).into()), ("formerly", named.into())],
            )
        };
        writeln!(out, "{bullet}{} [{code}]", said.shown())
    }
}

#[cfg(test)]
mod tests;
