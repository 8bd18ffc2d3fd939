//! `ask form CODE`: answers → which questions are asked, what is computed, what is wrong.

use std::io::{BufRead, Write};

use clap::Args;
use gandan_domain::{
    catalog::{Procedure, ServiceLevel},
    form::{Answers, AnswersError, Evaluation, Field, FieldKind, Part, Value, VisibleField},
    place::{Atlas, PlaceTable},
    rules::Rules,
    text::{Lang, messages::Messages},
    time::VIETNAM,
};
use jiff::{Timestamp, civil::Date};
use serde_json::Value as Json;

use super::{AskError, From, content, each_line};
use crate::Content;

#[derive(Args)]
pub struct Question {
    /// A procedure's code.
    code: String,
    /// `field=value`, or one JSON object of field ids and values. Without them, a JSON object a
    /// line is read; at a terminal, the form is shown as it is before the first answer.
    answers: Vec<String>,
    /// The day of filing; by default today in Vietnam.
    #[arg(long)]
    on: Option<Date>,
    /// The language of what is shown to a reader.
    #[arg(long, default_value = "vi")]
    lang: String,
    #[command(flatten)]
    from: From,
}

impl Question {
    /// `alone`: nobody sends lines, e.g. it was called at a terminal.
    pub fn run(
        self,
        alone: bool,
        questions: impl BufRead,
        answers: impl Write,
    ) -> Result<(), AskError> {
        let content = content(&self.from)?;
        self.ask(content, alone, questions, answers)
    }

    fn ask(
        self,
        content: Content,
        alone: bool,
        questions: impl BufRead,
        mut answers: impl Write,
    ) -> Result<(), AskError> {
        let today = self.on.unwrap_or_else(today);
        let lang = Lang::from(self.lang.as_str());
        let table = PlaceTable::of_payload(content.places);
        let rules = Rules::new(content.pack, table, &lang);
        let procedure = rules
            .procedure(&self.code, today)
            .map_err(|error| AskError::Question(error.to_string()))?;
        if self.answers.is_empty() && !alone {
            return each_line(questions, answers, |line| {
                let said = rules.form(&self.code, today, line);
                Ok(said.unwrap_or_else(|error| error.json()))
            });
        }
        let given = read(procedure, &self.answers).map_err(AskError::Question)?;
        let told = Told {
            procedure,
            places: rules.atlas(),
            today,
            lang,
        };
        told.tell(&given, &mut answers).map_err(AskError::Write)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the person who asks means today; whoever compares says the day"
)]
fn today() -> Date {
    VIETNAM.to_datetime(Timestamp::now()).date()
}

/// For a reader.
struct Told<'r> {
    procedure: &'r Procedure,
    places: Atlas<'r>,
    today: Date,
    lang: Lang,
}

impl Told<'_> {
    fn tell(&self, answers: &Answers, out: &mut impl Write) -> std::io::Result<()> {
        let Self {
            procedure,
            places,
            today,
            lang,
        } = self;
        let messages = Messages::new(lang);
        let found = procedure.form.evaluate(answers, *today, places);
        let level = messages.plain(match procedure.service_level {
            ServiceLevel::Full => "procedure-level-full",
            ServiceLevel::Partial => "procedure-level-partial",
            ServiceLevel::InPerson => "procedure-level-in-person",
        });
        writeln!(
            out,
            "{}  {} ({})",
            procedure.code,
            procedure.title.text(lang).shown(),
            level.shown()
        )?;
        for page in &found.pages {
            writeln!(out, "\n{}", page.page.title.text(lang).shown())?;
            for group in &page.groups {
                let title = group.group.title.as_ref().map(|title| title.text(lang));
                match (&group.part, &group.group.repeat) {
                    (Part::Item(item), Some(repeat)) => writeln!(
                        out,
                        "  {} {}/{} [{}#{}]",
                        repeat.item.text(lang).shown(),
                        item.at,
                        item.of,
                        item.list,
                        item.id
                    )?,
                    (Part::End { list, of }, Some(repeat)) => {
                        let item = repeat.item.text(lang).shown();
                        writeln!(out, "  + {item} ({of}/{}) [{list}]", repeat.max)?;
                        if let Some(problem) = found.problem(list) {
                            let why = messages.plain(&problem.message).shown();
                            writeln!(out, "      ✗ {why} [{}]", problem.message)?;
                        }
                    }
                    _ => {
                        if let Some(title) = title {
                            writeln!(out, "  {}", title.shown())?;
                        }
                    }
                }
                for field in &group.fields {
                    tell_field(field, answers, &found, lang, &messages, out)?;
                }
            }
        }
        out.flush()
    }
}

fn tell_field(
    field: &VisibleField<'_>,
    answers: &Answers,
    found: &Evaluation<'_>,
    lang: &Lang,
    messages: &Messages,
    out: &mut impl Write,
) -> std::io::Result<()> {
    let mark = match (field.required, field.or_why_not) {
        (true, _) => "*",
        (_, true) => "?",
        _ => " ",
    };
    let label = field.label.text(lang).shown();
    write!(out, "  {mark} {label} [{}: {}]", field.key, kind(field))?;
    let answer = field.computed.as_ref().or_else(|| answers.get(&field.key));
    match answer {
        Some(Value::Text(text)) => write!(out, " = {text}")?,
        Some(Value::Many(many)) => write!(out, " = {}", many.join(", "))?,
        Some(Value::File(file)) => write!(out, " = {} ({} B)", file.media_type, file.size)?,
        None => {}
    }
    writeln!(out)?;
    if let Some(problem) = found.problem(&field.key) {
        let why = messages.plain(&problem.message).shown();
        writeln!(out, "      ✗ {why} [{}]", problem.message)?;
    }
    Ok(())
}

/// What an answer looks like, for whoever types one.
fn kind(field: &Field) -> String {
    let ids = |options: &[gandan_domain::form::ChoiceOption]| {
        let ids: Vec<&str> = options.iter().map(|option| option.id.as_str()).collect();
        ids.join("|")
    };
    if field.compute.is_some() {
        return "=".into();
    }
    match &field.kind {
        FieldKind::Text { max } => format!("text ≤ {max}"),
        FieldKind::PersonName => "name".into(),
        FieldKind::Date { .. } => "yyyy-mm-dd".into(),
        FieldKind::IdNumber => "id number".into(),
        FieldKind::Phone => "phone".into(),
        FieldKind::Commune => "commune code@valid from".into(),
        FieldKind::Number { min, max } => format!("{min}…{max}"),
        FieldKind::Money { max } => format!("0…{max} đ"),
        FieldKind::YesNo => "yes|no".into(),
        FieldKind::Choice { options } => ids(options),
        FieldKind::MultiChoice { options } => format!("some of {}", ids(options)),
        FieldKind::File { .. } => "file".into(),
    }
}

/// One JSON object, or `field=value`s; a value that begins like a JSON list or object is one.
fn read(procedure: &Procedure, given: &[String]) -> Result<Answers, String> {
    let said = |error: AnswersError| error.to_string();
    if let [object] = given
        && object.trim_start().starts_with('{')
    {
        return procedure.form.read_answers(object).map_err(said);
    }
    let mut fields = serde_json::Map::new();
    for pair in given {
        let (field, value) = pair
            .split_once('=')
            .ok_or_else(|| format!("read `{pair}`: it is not <field>=<value>"))?;
        let value = match value.trim_start().as_bytes().first() {
            Some(b'[' | b'{') => serde_json::from_str(value)
                .map_err(|_| format!("read the answer to `{field}`: it is not JSON"))?,
            _ => Json::from(value),
        };
        fields.insert(field.trim().to_owned(), value);
    }
    let object = Json::Object(fields).to_string();
    procedure.form.read_answers(&object).map_err(said)
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

    use std::sync::LazyLock;

    use crate::Sources;

    static CONTENT: LazyLock<Content> = LazyLock::new(|| {
        let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../content");
        Sources::read(&dir).unwrap().compile().unwrap()
    });

    fn ask(alone: bool, answers: &[&str], lines: &str) -> Result<String, AskError> {
        let question = Question {
            code: "1.001193".into(),
            answers: answers.iter().map(|it| (*it).to_owned()).collect(),
            on: Some(jiff::civil::date(2026, 11, 22)),
            lang: "vi".into(),
            from: From {
                content: "content".into(),
            },
        };
        let mut out = Vec::new();
        question.ask(CONTENT.clone(), alone, lines.as_bytes(), &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn every_line_gets_a_verdict_or_says_why_not() {
        let text = ask(
            false,
            &[],
            "\u{feff}{}\r\n\n{\"case\":\"ordinary\"}\nnot json\n[1]\n{\"nobody\":1}\n{\"case\":[\"ordinary\"]}\n{\"case\":\"abandoned\"}",
        );
        let said: Vec<Json> = (text.unwrap().lines())
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(said.len(), 8, "{said:?}");
        assert!(said[1]["error"].is_string(), "an empty line has no answers");
        for said in [&said[0], &said[2], &said[7]] {
            assert!(!said["visible"].as_array().unwrap().is_empty(), "{said}");
            let error = &said["errors"][0];
            assert!(error["field"].is_string() && error["message"].is_string());
        }
        assert_ne!(said[2]["visible"], said[7]["visible"]);
        for (at, field) in [(3, None), (4, None), (5, Some("nobody")), (6, Some("case"))] {
            assert!(said[at]["error"].is_string(), "{}", said[at]);
            assert_eq!(said[at]["field"].as_str(), field);
        }
    }

    #[test]
    fn a_reader_gets_the_form_as_it_stands() {
        let told = |alone, answers: &[&str]| ask(alone, answers, "");
        let empty = told(true, &[]).unwrap();
        assert!(empty.contains("khai sinh") && empty.contains("[form-not-chosen]"));
        let answered = told(false, &["case=ordinary"]).unwrap();
        assert!(answered.contains(" = ordinary"), "{answered}");
        let as_json = told(false, &[r#"{"case":"ordinary"}"#]).unwrap();
        assert_eq!(as_json, answered);
        assert!(told(false, &["nobody=1"]).is_err());
        assert_eq!(told(false, &[]).unwrap(), "", "no line, no answer");
    }
}
