//! `ask place`: `text<TAB>as-of date` → the unit that is meant.

use std::io::{BufRead, Write};

use clap::Args;
use gandan_domain::{
    catalog::search::fold,
    place::{Commune, as_of},
};
use jiff::civil::Date;
use serde_json::{Value, json};

use super::{AskError, From, content, each_line};

#[derive(Args)]
pub struct Question {
    /// A name or a code; without it, lines of `text<TAB>as-of date` are read.
    text: Option<String>,
    /// The day on which the text was written.
    #[arg(long)]
    on: Option<Date>,
    #[command(flatten)]
    from: From,
}

impl Question {
    pub fn run(self, questions: impl BufRead, mut answers: impl Write) -> Result<(), AskError> {
        let content = content(&self.from)?;
        let communes = &content.pack.communes;
        let Some(text) = self.text else {
            return each_line(questions, answers, |line| {
                let (text, day) = match line.split_once('\t') {
                    Some((text, day)) => (text, Some(day)),
                    None => (line, None),
                };
                let day = day
                    .map(|day| day.trim().parse::<Date>())
                    .transpose()
                    .map_err(|_| "read the date: it is not <yyyy-mm-dd>".to_owned())?;
                Ok(answer(communes, text, day))
            });
        };
        let said = answer(communes, &text, self.on);
        writeln!(answers, "{said:#}").map_err(AskError::Write)
    }
}

fn answer(communes: &[Commune], text: &str, day: Option<Date>) -> Value {
    let day = day.unwrap_or(Date::MAX);
    let asked = fold(text.trim());
    let units: Vec<Value> = communes
        .iter()
        .filter(|commune| {
            as_of(communes, text.trim(), day).is_some_and(|found| found == *commune)
                || std::iter::once(&commune.full_name)
                    .chain(&commune.formerly)
                    .any(|name| fold(name) == asked)
        })
        .map(|commune| {
            json!({
                "code": commune.key.code,
                "name": commune.full_name,
                "province": commune.province_name,
                "formerly": commune.formerly,
            })
        })
        .collect();
    json!({ "units": units })
}
