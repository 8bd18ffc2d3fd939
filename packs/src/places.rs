//! `places/*.toml`: communes with their one-stop offices.

use gandan_domain::{
    dossier::DossierCode,
    place::{Commune, Office, PlaceKey, PlaceTable, table::Level},
};
use jiff::civil::Date;
use serde::Deserialize;

use crate::{
    Mistake, What,
    source::{self, Checker, SourceToml, Spanned},
};

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PlacesToml {
    /// Where the facts are from; for whoever reads the file.
    #[expect(dead_code, reason = "must be there, is not shipped")]
    source: SourceToml,
    commune: Vec<CommuneToml>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct CommuneToml {
    code: Spanned<String>,
    valid_from: Date,
    full_name: String,
    province_code: String,
    province_name: String,
    office: OfficeToml,
    #[serde(default)]
    formerly: Vec<String>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct OfficeToml {
    code: Spanned<String>,
    name: String,
    address: Option<String>,
    phone: Option<String>,
}

/// Every commune stands in the table of all units, with this code from this day on. What does not
/// read at all is reported by [`compile`].
pub fn known(file: &str, text: &str, table: &PlaceTable, mistakes: &mut Vec<Mistake>) {
    let Ok(read) = source::read::<PlacesToml>(file, text) else {
        return;
    };
    let mut check = Checker {
        file,
        text,
        mistakes,
    };
    for commune in read.commune {
        let key = PlaceKey {
            code: commune.code.as_ref().clone(),
            valid_from: commune.valid_from,
        };
        let five_digits = is_code(&key.code);
        let unit = table.find(&key);
        if five_digits && unit.is_none_or(|unit| unit.kind.level() != Level::Commune) {
            check.report_at(&commune.code, What::UnknownCommune(key.to_string()));
        }
    }
}

fn is_code(code: &str) -> bool {
    code.len() == 5 && code.bytes().all(|byte| byte.is_ascii_digit())
}

pub fn compile(file: &str, text: &str, communes: &mut Vec<Commune>, mistakes: &mut Vec<Mistake>) {
    let read: PlacesToml = match source::read(file, text) {
        Ok(read) => read,
        Err(mistake) => return mistakes.push(mistake),
    };
    let mut check = Checker {
        file,
        text,
        mistakes,
    };
    let mut first_lines: std::collections::BTreeMap<PlaceKey, usize> = Default::default();
    for commune in read.commune {
        let code = commune.code.as_ref().clone();
        if !is_code(&code) {
            check.report_at(&commune.code, What::CommuneCode(code.clone()));
        }
        let office = commune.office.code.as_ref().clone();
        if DossierCode::new(&office, commune.valid_from, 1).is_err() {
            check.report_at(&commune.office.code, What::OfficeCode(office.clone()));
        }
        let key = PlaceKey {
            code: code.clone(),
            valid_from: commune.valid_from,
        };
        let line = check.line(&commune.code);
        let first = *first_lines.entry(key.clone()).or_insert(line);
        if first != line || communes.iter().any(|there| there.key == key) {
            check.report(line, What::Duplicate { id: code, first });
        }
        communes.push(Commune {
            key,
            full_name: commune.full_name,
            province_code: commune.province_code,
            province_name: commune.province_name,
            office: Office {
                code: office,
                name: commune.office.name,
                address: commune.office.address,
                phone: commune.office.phone,
                ..Office::default()
            },
            formerly: commune.formerly,
        });
    }
}
