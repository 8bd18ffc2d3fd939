//! A form asked from outside: answers as plain JSON in, what the form says of them out.
//!
//! For whoever has no screens of ours: a command line, a test that compares two sides, an app team
//! that draws its own. A field's answer stands under its id (`member.name#2` in an item, `…~why`
//! for a reason); numbers and yes or no may be JSON's own; a repeating group is the list of its
//! items' numbers, or the items themselves, each an object of its fields by id, or is left out where
//! the keys of the answers name its items. What is no answer
//! at all (an unknown field, a list where a text belongs) is an [`AnswersError`] and nothing is
//! evaluated: a typing mistake of a program, not of a person. A wrong *answer* is in the verdict.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value as Json;

use super::{
    Answers, FieldKind, FileAnswer, Form, Live, Places, Value, instance_key, live::read_key,
};
use crate::{Private, problem::FieldProblem};

/// Why these are no answers to this form. Holds ids only.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswersError {
    #[error("read the answers: line {line}, column {column} is not JSON")]
    Json { line: usize, column: usize },
    #[error("read the answers: they are not an object of field ids and values")]
    NotAnObject,
    #[error("find the field `{field}` in this form")]
    UnknownField { field: String },
    #[error("read the answer to `{field}`: it is not {expected}")]
    WrongType {
        field: String,
        expected: &'static str,
    },
}

impl AnswersError {
    /// The field that it is about.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::UnknownField { field } | Self::WrongType { field, .. } => Some(field),
            Self::Json { .. } | Self::NotAnObject => None,
        }
    }
}

/// What a form says of some answers, everything in screen order.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The keys of the fields that are asked or shown.
    pub visible: Vec<String>,
    /// The keys of the computed ones with their values; a value that is not there yet is left out.
    pub computed: Vec<(String, Private<Value>)>,
    /// Empty: it can be signed.
    pub errors: Vec<FieldProblem>,
}

impl Verdict {
    /// As `{visible, computed, errors}`; computed numbers are JSON's own.
    pub fn json(&self, form: &Form) -> Json {
        let computed: serde_json::Map<String, Json> = (self.computed.iter())
            .map(|(key, value)| (key.clone(), plain(form, key, value.expose())))
            .collect();
        serde_json::json!({
            "visible": self.visible,
            "computed": computed,
            "errors": self.errors,
        })
    }
}

fn plain(form: &Form, key: &str, value: &Value) -> Json {
    let kind = form.field(key).map(|field| &field.kind);
    match (kind, value) {
        (Some(FieldKind::Number { .. } | FieldKind::Money { .. }), Value::Text(text)) => text
            .parse::<i64>()
            .map_or_else(|_| text.as_str().into(), Json::from),
        (_, value) => serde_json::to_value(value).unwrap_or_default(),
    }
}

impl Form {
    /// Answers from JSON.
    pub fn read_answers(&self, json: &str) -> Result<Answers, AnswersError> {
        let read: Json = serde_json::from_str(json).map_err(|error| AnswersError::Json {
            line: error.line(),
            column: error.column(),
        })?;
        let Json::Object(given) = read else {
            return Err(AnswersError::NotAnObject);
        };
        let keyed: Vec<String> = (given.keys().filter(|key| key.contains('#')))
            .cloned()
            .collect();
        let mut answers = Answers::default();
        self.read_all(given, &[], &mut answers)?;
        self.list_items(&keyed, &mut answers);
        Ok(answers)
    }

    /// An item that is answered is there, also where nobody gave the list.
    fn list_items(&self, keyed: &[String], answers: &mut Answers) {
        let plan = self.plan();
        let mut lists: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
        for (id, path) in keyed.iter().filter_map(|key| read_key(key)) {
            for (list, frame) in &plan.lists {
                let depth = plan.frames[*frame].depth;
                let within = id.strip_prefix(list.as_str());
                let within = within.is_some_and(|rest| rest.starts_with('.'));
                if let Some((item, outer)) = path.get(..depth).and_then(<[u32]>::split_last)
                    && within
                {
                    let key = instance_key(list, outer);
                    lists.entry(key).or_default().insert(*item);
                }
            }
        }
        for (key, items) in lists {
            if answers.get(&key).is_none() {
                let items = items.iter().map(u32::to_string).collect();
                answers.set(key, Value::Many(items));
            }
        }
    }

    /// What is asked, computed and wrong.
    pub fn verdict(&self, answers: &Answers, today: Date, places: &dyn Places) -> Verdict {
        let live = Live::new(self, answers, today, places);
        let pages = live.pages();
        let errors = live.problems(&pages);
        let fields = pages.iter().flat_map(|page| page.fields());
        let mut verdict = Verdict {
            visible: Vec::new(),
            computed: Vec::new(),
            errors,
        };
        for field in fields {
            verdict.visible.push(field.key.clone());
            if let Some(value) = &field.computed {
                let value = Private::new(value.clone());
                verdict.computed.push((field.key.clone(), value));
            }
        }
        verdict
    }

    /// `path`: the items that `given` stands in.
    fn read_all(
        &self,
        given: serde_json::Map<String, Json>,
        path: &[u32],
        answers: &mut Answers,
    ) -> Result<(), AnswersError> {
        for (written, value) in given {
            let unknown = || AnswersError::UnknownField {
                field: written.clone(),
            };
            let (of, why) = match written.strip_suffix("~why") {
                Some(of) => (of, "~why"),
                None => (written.as_str(), ""),
            };
            let (id, own) = read_key(of).ok_or_else(unknown)?;
            let path = if own.is_empty() { path } else { own.as_slice() };
            let plan = self.plan();
            let depth = |frame: usize| plan.frames[frame].depth;
            let key = format!("{}{why}", instance_key(id, path));
            if let Some(list) = plan.lists.get(id).filter(|_| why.is_empty()) {
                if depth(*list) != path.len() + 1 {
                    return Err(unknown());
                }
                self.read_list(key, value, path, answers)?;
                continue;
            }
            let field = plan.by_id.get(id).map(|at| &plan.fields[*at]);
            let field = field.filter(|field| depth(field.frame) == path.len());
            let of_form = field.and_then(|field| self.field_at(field));
            let of_form = of_form
                .filter(|field| why.is_empty() || field.or_why_not)
                .ok_or_else(unknown)?;
            if value.is_null() {
                continue;
            }
            let text = FieldKind::Text { max: 0 };
            let kind = if why.is_empty() { &of_form.kind } else { &text };
            let read = kind
                .read(value)
                .map_err(|expected| AnswersError::WrongType {
                    field: written.clone(),
                    expected,
                })?;
            answers.set(key, read);
        }
        Ok(())
    }

    fn read_list(
        &self,
        key: String,
        value: Json,
        path: &[u32],
        answers: &mut Answers,
    ) -> Result<(), AnswersError> {
        let wrong = || AnswersError::WrongType {
            field: key.clone(),
            expected: "a list of items, or of their numbers",
        };
        let items = match value {
            Json::Null => return Ok(()),
            Json::Array(items) => items,
            _ => return Err(wrong()),
        };
        let mut numbers = Vec::new();
        for (at, item) in (1_u32..).zip(items) {
            numbers.push(match item {
                Json::Object(fields) => {
                    let mut inner = path.to_vec();
                    inner.push(at);
                    self.read_all(fields, &inner, answers)?;
                    at.to_string()
                }
                Json::String(number) if number.parse::<u32>().is_ok() => number,
                Json::Number(number) if number.as_u64().is_some_and(|it| it <= u32::MAX.into()) => {
                    number.to_string()
                }
                _ => return Err(wrong()),
            });
        }
        answers.set(key, Value::Many(numbers));
        Ok(())
    }
}

impl FieldKind {
    /// An answer of this kind, or what would be one. Whether it is a *good* answer is not asked.
    fn read(&self, value: Json) -> Result<Value, &'static str> {
        match (self, value) {
            (Self::MultiChoice { .. }, Json::Array(chosen)) => chosen
                .into_iter()
                .map(|one| match one {
                    Json::String(id) => Ok(id),
                    _ => Err("a list of option ids"),
                })
                .collect::<Result<_, _>>()
                .map(Value::Many),
            (Self::MultiChoice { .. }, _) => Err("a list of option ids"),
            (Self::File { .. }, file @ Json::Object(_)) => {
                serde_json::from_value::<FileAnswer>(file)
                    .map(Value::File)
                    .map_err(|_| "a file: an object with `sha256`, `size` and `media_type`")
            }
            (Self::File { .. }, _) => {
                Err("a file: an object with `sha256`, `size` and `media_type`")
            }
            (_, Json::String(text)) => Ok(Value::Text(text)),
            (Self::YesNo, Json::Bool(yes)) => {
                Ok(Value::Text(if yes { "yes" } else { "no" }.into()))
            }
            (Self::Number { .. } | Self::Money { .. }, Json::Number(number))
                if number.is_i64() || number.is_u64() =>
            {
                Ok(Value::Text(number.to_string()))
            }
            (Self::Number { .. } | Self::Money { .. }, _) => Err("a whole number, or its digits"),
            (Self::YesNo, _) => Err("`true` or `false`, or \"yes\" or \"no\""),
            _ => Err("a text"),
        }
    }
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
    use crate::{
        form::{
            Computation, Group, Repeat,
            program::Op,
            sample::{self, field, text},
        },
        place::Commune,
    };

    const TODAY: Date = jiff::civil::date(2026, 11, 22);

    /// The sample with a repeating group of persons and the sum of what they have.
    fn form() -> Form {
        let mut form = sample::form();
        let each = Computation::new(vec!["m.income".into()], vec![Op::Int(0)]).unwrap();
        let sum = vec![Op::Sum(0, Box::new(each))];
        let mut total = field("total", FieldKind::Money { max: 1_000_000 });
        total.compute = Some(Computation::new(vec!["m".into()], sum).unwrap());
        let mut name = field("m.name", FieldKind::Text { max: 20 });
        (name.required, name.or_why_not) = (false, true);
        form.pages[0].groups.push(Group {
            id: "m".into(),
            title: None,
            fields: vec![name, field("m.income", FieldKind::Money { max: 1_000_000 })],
            visible: None,
            repeat: Some(Repeat {
                min: 0,
                max: 9,
                item: text("m"),
            }),
            groups: Vec::new(),
        });
        form.pages[0].groups[0].fields.push(total);
        form
    }

    fn verdict(json: &str) -> Json {
        let form = form();
        let answers = form.read_answers(json).unwrap();
        let places: Vec<Commune> = Vec::new();
        form.verdict(&answers, TODAY, &places).json(&form)
    }

    fn error(json: &str) -> String {
        match form().read_answers(json) {
            Err(error) => error.to_string(),
            Ok(_) => "accepted".into(),
        }
    }

    #[test]
    fn items_may_be_numbers_with_keys_or_the_things_themselves() {
        let things = r#"{"m": [{"m.name": "An", "m.income": 200}, {"m.income": "1.500", "m.name~why": "?"}]}"#;
        let keys = r#"{"m": ["1", 2], "m.name#1": "An", "m.income#1": 200, "m.income#2": 1500, "m.name#2~why": "?"}"#;
        let said = verdict(things);
        assert_eq!(said, verdict(keys));
        let no_list = keys.replace(r#""m": ["1", 2], "#, "");
        assert_eq!(said, verdict(&no_list), "an item that is answered is there");
        assert_ne!(
            said,
            verdict(&keys.replace(", 2]", "]")),
            "a list that is given counts"
        );
        assert_eq!(said["computed"]["total"], 1700);
        let visible = said["visible"].as_array().unwrap();
        assert!(visible.contains(&"m.income#2".into()), "{said}");
        assert!(
            said["errors"]
                .as_array()
                .unwrap()
                .iter()
                .all(|error| !error["field"].as_str().unwrap().starts_with("m.")),
            "{said}"
        );
    }

    #[test]
    fn what_is_no_answer_is_an_error_and_a_wrong_answer_a_verdict() {
        for (json, why) in [
            ("{", "read the answers: line 1, column 1 is not JSON"),
            (
                "[]",
                "read the answers: they are not an object of field ids and values",
            ),
            (r#"{"nobody": "x"}"#, "find the field `nobody` in this form"),
            (r#"{"m.name": "x"}"#, "find the field `m.name` in this form"),
            (
                r#"{"phone#1": "x"}"#,
                "find the field `phone#1` in this form",
            ),
            (r#"{"m#1": []}"#, "find the field `m#1` in this form"),
            (
                r#"{"phone~why": "x"}"#,
                "find the field `phone~why` in this form",
            ),
            (
                r#"{"phone": 1}"#,
                "read the answer to `phone`: it is not a text",
            ),
            (
                r#"{"m": [{"m.income": 1.5}]}"#,
                "read the answer to `m.income`: it is not a whole number, or its digits",
            ),
            (
                r#"{"gifts": "rice"}"#,
                "read the answer to `gifts`: it is not a list of option ids",
            ),
            (
                r#"{"paper": {"sha256": "00"}}"#,
                "read the answer to `paper`: it is not a file: an object with `sha256`, `size` and `media_type`",
            ),
            (
                r#"{"m": {"a": 1}}"#,
                "read the answer to `m`: it is not a list of items, or of their numbers",
            ),
        ] {
            assert_eq!(error(json), why, "{json}");
        }
        let said = verdict(r#"{"phone": "12", "relation": "aunt", "has_father": null}"#);
        let errors = said["errors"].to_string();
        for (field, message) in [
            ("relation", "form-not-an-option"),
            ("has_father", "form-not-chosen"),
            ("phone", "form-bad-phone"),
        ] {
            let wanted = format!(r#"{{"field":"{field}","message":"{message}"}}"#);
            assert!(errors.contains(&wanted), "{errors}");
        }
    }

    #[test]
    fn any_text_is_read_or_refused() {
        let form = form();
        let places: Vec<Commune> = Vec::new();
        bolero::check!().with_type::<String>().for_each(|json| {
            let wrapped = format!("{{\"m\": [{{\"m.name\": {json}}}], \"gifts\": [{json}]}}");
            for json in [json, &wrapped] {
                if let Ok(answers) = form.read_answers(json) {
                    let _ = form.verdict(&answers, TODAY, &places).json(&form);
                }
            }
        });
    }
}
