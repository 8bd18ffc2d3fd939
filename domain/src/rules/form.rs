//! What a form says of some answers, as JSON.

use jiff::civil::Date;
use serde_json::Value;

use super::NoAnswer;
use crate::{catalog::Procedure, place::Atlas};

/// `{visible, computed, errors}`, see [`crate::form::asked`].
pub fn answer(
    procedure: &Procedure,
    on: Date,
    answers: &str,
    places: &Atlas<'_>,
) -> Result<Value, NoAnswer> {
    let form = &procedure.form;
    let answers = form.read_answers(answers)?;
    Ok(form.verdict(&answers, on, places).json(form))
}
