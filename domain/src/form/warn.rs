//! What is worth a second look and never a reason to refuse.
//!
//! Today: id numbers. They have no check digit, so a slip of the finger can only be noticed where
//! the number disagrees with our list of provinces or with the date of birth and sex next to it;
//! and since lists age and registers err, the person decides. The server does not ask: a warning
//! is between the phone and the one who fills.

use jiff::civil::Date;

use super::{Answers, FieldKind, Form};
use crate::identity::{CitizenId, Sex};

impl Form {
    /// Field ids with the message of each warning, in screen order. The fields of one person share
    /// what stands before the last dot: `mother.id_number`, `mother.birth_date`.
    pub fn warnings<'a>(&'a self, answers: &Answers) -> Vec<(&'a str, &'static str)> {
        self.fields()
            .map(|(_, _, field)| field)
            .filter(|field| field.kind == FieldKind::IdNumber)
            .filter_map(|field| {
                let number: CitizenId = answers.text(&field.id)?.parse().ok()?;
                let beside = |what: &str| {
                    let (person, _) = field.id.rsplit_once('.')?;
                    answers.text(&format!("{person}.{what}"))
                };
                let born = beside("birth_date").and_then(|day| day.parse::<Date>().ok());
                let sex = match beside("sex") {
                    Some("male") => Some(Sex::Male),
                    Some("female") => Some(Sex::Female),
                    _ => None,
                };
                Some(
                    number
                        .warnings(born, sex)
                        .into_iter()
                        .map(|warning| (field.id.as_str(), warning.message_id())),
                )
            })
            .flatten()
            .collect()
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
    use crate::form::Value;

    fn form() -> Form {
        let field = |id: &str, kind: &str| serde_json::json!({"id": id, "kind": kind, "label": {"vi": id}, "past": true});
        serde_json::from_value(serde_json::json!({
            "version": 1,
            "commune_field": "commune",
            "pages": [{"id": "mother", "title": {"vi": "Mẹ"}, "groups": [{"id": "mother", "fields": [
                field("mother.full_name", "person_name"),
                field("mother.id_number", "id_number"),
                field("mother.birth_date", "date"),
                field("commune", "commune"),
            ]}]}],
        }))
        .unwrap()
    }

    fn warnings(answers: &[(&str, &str)]) -> Vec<(String, &'static str)> {
        let mut given = Answers::default();
        for (field, value) in answers {
            given.set(*field, Value::Text((*value).into()));
        }
        form()
            .warnings(&given)
            .into_iter()
            .map(|(field, message)| (field.to_owned(), message))
            .collect()
    }

    #[test]
    fn a_number_is_held_against_what_stands_beside_it() {
        let number = ("mother.id_number", "001196000003");
        assert_eq!(warnings(&[number, ("mother.birth_date", "1996-03-15")]), []);
        assert_eq!(
            warnings(&[number, ("mother.birth_date", "1969-03-15")]),
            [("mother.id_number".to_owned(), "form-warn-other-birth-year")]
        );
        assert_eq!(
            warnings(&[number, ("mother.sex", "male")]),
            [("mother.id_number".to_owned(), "form-warn-other-sex")]
        );
    }

    #[test]
    fn an_unknown_province_is_a_warning() {
        assert_eq!(
            warnings(&[("mother.id_number", "099 196 000 003")]),
            [("mother.id_number".to_owned(), "form-warn-unknown-province")]
        );
    }

    #[test]
    fn what_is_no_number_is_somebody_elses_business() {
        assert_eq!(warnings(&[("mother.id_number", "12")]), []);
        assert_eq!(warnings(&[]), []);
    }
}
