//! What the National Population Database says of a citizen, and what a form may take from it.

use std::collections::BTreeMap;

use gandan_domain::{Private, wire::PrefillValue};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// `source` of every value here (Cơ sở dữ liệu quốc gia về dân cư).
pub const SOURCE: &str = "population";

#[derive(Serialize)]
pub struct Question<'a> {
    pub id_number: &'a str,
}

/// The register's answer. Whatever it does not say is not prefilled.
#[derive(Deserialize)]
pub struct Answer {
    pub person: Person,
    #[serde(default)]
    pub spouse: Option<Person>,
    #[serde(default)]
    pub newborn_certificates: Vec<BirthCertificate>,
}

#[derive(Deserialize)]
pub struct Person {
    #[serde(default)]
    id_number: Option<Private<String>>,
    #[serde(default)]
    full_name: Option<Private<String>>,
    #[serde(default)]
    birth_date: Option<Private<String>>,
    #[serde(default)]
    sex: Option<Private<String>>,
    #[serde(default)]
    ethnicity: Option<Private<String>>,
    #[serde(default)]
    nationality: Option<Private<String>>,
    /// `code@yyyy-mm-dd`, as a form holds a commune.
    #[serde(default)]
    residence_commune: Option<Private<String>>,
    #[serde(default)]
    residence_detail: Option<Private<String>>,
    as_of: Date,
}

/// The paper a hospital reports for a newborn (giấy chứng sinh).
#[derive(Deserialize)]
pub struct BirthCertificate {
    #[serde(default)]
    number: Option<Private<String>>,
    #[serde(default)]
    birth_date: Option<Private<String>>,
    #[serde(default)]
    sex: Option<Private<String>>,
    #[serde(default)]
    weight_g: Option<u32>,
    #[serde(default)]
    facility: Option<Private<String>>,
    as_of: Date,
}

/// Values by prefill key: `requester.*`, `spouse.*`, `birth_certificate.*`.
pub fn values(answer: Answer) -> BTreeMap<String, PrefillValue> {
    let mut values = BTreeMap::new();
    person(&mut values, "requester", answer.person);
    if let Some(spouse) = answer.spouse {
        person(&mut values, "spouse", spouse);
    }
    // Twins have two papers, and nobody but the parent knows which child this form is about.
    if let Ok([certificate]) = <[BirthCertificate; 1]>::try_from(answer.newborn_certificates) {
        let as_of = certificate.as_of;
        for (name, value) in [
            ("number", certificate.number),
            ("birth_date", certificate.birth_date),
            ("sex", certificate.sex),
            (
                "weight_g",
                certificate
                    .weight_g
                    .map(|grams| Private::new(grams.to_string())),
            ),
            ("facility", certificate.facility),
        ] {
            put(&mut values, "birth_certificate", name, value, as_of);
        }
    }
    values
}

fn person(values: &mut BTreeMap<String, PrefillValue>, who: &str, person: Person) {
    let as_of = person.as_of;
    for (name, value) in [
        ("id_number", person.id_number),
        ("full_name", person.full_name),
        ("birth_date", person.birth_date),
        ("sex", person.sex),
        ("ethnicity", person.ethnicity),
        ("nationality", person.nationality),
        ("residence_commune", person.residence_commune),
        ("residence_detail", person.residence_detail),
    ] {
        put(values, who, name, value, as_of);
    }
}

fn put(
    values: &mut BTreeMap<String, PrefillValue>,
    who: &str,
    name: &str,
    value: Option<Private<String>>,
    as_of: Date,
) {
    if let Some(value) = value.filter(|value| !value.expose().is_empty()) {
        values.insert(
            format!("{who}.{name}"),
            PrefillValue {
                value,
                source: SOURCE.into(),
                as_of,
            },
        );
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

    const PERSON: &str = r#"{"id_number":"099196000003","full_name":"Mẹ Thử","birth_date":"1996-01-02",
        "sex":"female","ethnicity":"Kinh","nationality":"Việt Nam","residence_commune":"00919@2025-07-01",
        "residence_detail":"","as_of":"2025-12-01","new_field":1}"#;
    const PAPER: &str = r#"{"number":"CS-1","birth_date":"2026-01-01","sex":"male","weight_g":3200,"facility":"Trạm y tế thử","as_of":"2026-01-02"}"#;

    fn read(spouse: &str, papers: &[&str]) -> BTreeMap<String, PrefillValue> {
        let text = format!(
            r#"{{"person":{PERSON},"spouse":{spouse},"newborn_certificates":[{}]}}"#,
            papers.join(",")
        );
        values(serde_json::from_str(&text).unwrap())
    }

    #[test]
    fn each_value_has_its_source_and_day() {
        let known = read(PERSON, &[PAPER]);
        let name = &known["requester.full_name"];
        assert_eq!(name.value.expose(), "Mẹ Thử");
        assert_eq!(name.source, "population");
        assert_eq!(name.as_of.to_string(), "2025-12-01");
        assert_eq!(known["spouse.id_number"].value.expose(), "099196000003");
        assert_eq!(known["birth_certificate.weight_g"].value.expose(), "3200");
        assert!(!known.contains_key("requester.residence_detail"));
    }

    #[test]
    fn twins_and_the_unmarried_are_asked() {
        let known = read("null", &[PAPER, PAPER]);
        assert!(known.keys().all(|key| key.starts_with("requester.")));
    }

    #[test]
    fn any_bytes_are_read_or_refused() {
        let sound =
            format!(r#"{{"person":{PERSON},"spouse":{PERSON},"newborn_certificates":[{PAPER}]}}"#);
        bolero::check!()
            .with_type::<(usize, usize, Vec<u8>)>()
            .for_each(|(at, length, patch)| {
                // Nothing like an answer, and one with a few bytes replaced.
                let at = at % sound.len();
                let to = (at + length % 40).min(sound.len());
                let near = [&sound.as_bytes()[..at], patch, &sound.as_bytes()[to..]].concat();
                for input in [patch, &near] {
                    if let Ok(answer) = serde_json::from_slice::<Answer>(input) {
                        for value in values(answer).into_values() {
                            assert!(!value.value.expose().is_empty());
                        }
                    }
                }
            });
    }
}
