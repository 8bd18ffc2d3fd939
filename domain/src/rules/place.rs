//! Which unit a place name or code means, as JSON.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::{
    place::{Answer, Ask, Meant, Outcome, PlaceTable, UnitId, table::Level},
    text::{Lang, Text, messages::Messages},
};

/// The place table, ready to be asked.
pub struct PlaceRules {
    table: PlaceTable,
    latest: Date,
    messages: Messages,
}

impl PlaceRules {
    pub fn new(table: PlaceTable, lang: &Lang) -> Self {
        Self {
            // Every change in the table has happened by then.
            latest: table
                .units()
                .map(|unit| unit.from)
                .max()
                .unwrap_or(Date::MAX),
            messages: Messages::new(lang),
            table,
        }
    }

    pub const fn table(&self) -> &PlaceTable {
        &self.table
    }

    /// The last day on which something changed: what is asked without a day is asked for then.
    pub const fn latest(&self) -> Date {
        self.latest
    }

    pub fn resolve(&self, text: &str, day: Option<Date>) -> Answer {
        self.table.resolve(text, day.unwrap_or(self.latest))
    }

    /// `{units, question, touched}`; where nothing is called so, `text` says it and `near` helps.
    pub fn answer(&self, text: &str, day: Option<Date>) -> Value {
        let answer = self.resolve(text, day);
        let mut said = match &answer.outcome {
            Outcome::One(meant) => json!({ "units": [self.unit(*meant)], "question": null }),
            Outcome::Question { ask, choices } => {
                let choices: Vec<Value> = choices.iter().map(|meant| self.unit(*meant)).collect();
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
                "text": self.messages.plain("place-not-found").shown(),
                "near": near.iter().map(|id| self.table.path(*id)).collect::<Vec<_>>(),
            }),
        };
        if let Some(said) = said.as_object_mut() {
            said.insert("touched".into(), answer.touched.into());
        }
        said
    }

    /// What to ask, in words.
    pub fn question(&self, ask: Ask, answer: &Answer) -> String {
        let Outcome::Question { choices, .. } = &answer.outcome else {
            return String::new();
        };
        let named = choices.first().map(|meant| self.table.path(meant.named));
        let named = Text::vi(named.unwrap_or_default());
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
}
