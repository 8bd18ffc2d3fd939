//! What filing costs, as JSON.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::NoAnswer;
use crate::{
    catalog::{LocalText, Procedure},
    form::evaluate::read_place,
    payment::{
        Amount, Channel,
        fee::{Line, Why, fee},
    },
    place::Atlas,
    text::Lang,
};

/// How and when it is filed.
pub struct Filed<'a> {
    pub procedure: &'a Procedure,
    pub channel: Channel,
    /// Without it, where the answers say.
    pub province: Option<&'a str>,
    pub on: Date,
}

/// `{total, lines}` in đồng, or `{total: null, unknown}`; names in `lang`, where they are there.
pub fn answer(
    filed: &Filed<'_>,
    answers: &str,
    places: &Atlas<'_>,
    lang: &Lang,
) -> Result<Value, NoAnswer> {
    let form = &filed.procedure.form;
    let answers = form.clean(&form.read_answers(answers)?);
    let named = answers.text(&form.commune_field).and_then(read_place);
    let commune = named.and_then(|key| places.commune(&key));
    let province = filed
        .province
        .or_else(|| commune.map(|commune| commune.province_code.as_str()));
    let rules = &filed.procedure.fee;
    Ok(
        match fee(rules, &answers, filed.channel, province, filed.on) {
            Amount::Known { lines, total } => json!({
                "total": total,
                "lines": lines.iter().map(|one| line(one, lang)).collect::<Vec<_>>(),
            }),
            Amount::Unknown { why } => json!({
                "total": null,
                "unknown": match why {
                    Why::NotInData { why, basis } => json!({ "why": said(why, lang), "basis": basis }),
                    Why::Unanswered { field } => json!({ "field": field }),
                    Why::TooLarge => json!({}),
                },
            }),
        },
    )
}

fn line(line: &Line<'_>, lang: &Lang) -> Value {
    json!({
        "id": line.id,
        "name": said(line.name, lang),
        "vnd": line.vnd,
        "before": line.before,
        "units": line.units.map(|units| json!({ "each": units.each, "count": units.count })),
        "basis": line.basis,
        "exemption": line.exemption.map(|exemption| &exemption.id),
    })
}

fn said(text: &LocalText, lang: &Lang) -> String {
    text.text(lang).shown()
}
