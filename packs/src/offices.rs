//! `offices/*.csv`: where a person helps. A dated directory of one-stop offices, one row each.
//!
//! | column | |
//! |---|---|
//! | `commune`, `valid_from` | the commune it serves: code and first day |
//! | `office_code` | begins every dossier code of the office |
//! | `name` | |
//! | `address`, `hours`, `phone`, `languages` | empty where nothing is known; languages as BCP-47 tags, separated by spaces |
//! | `step_free`, `sign_language` | `yes`, `no`, or empty |
//! | `source`, `as_of` | who says so, and the day; of two rows for one office the younger counts |
//!
//! What is not known stays empty: nobody is sent to a counter that is not in the data (I7). What was rejected: TOML, which nobody who keeps such a list has.

use std::collections::BTreeMap;

use gandan_domain::{
    dossier::DossierCode,
    place::{Commune, Office, PlaceKey, PlaceTable, table::Level},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Mistake, What};

/// A row as it stands in the file. Columns may be missing; unknown ones are a mistake.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OfficeRow {
    pub commune: String,
    pub valid_from: String,
    pub office_code: String,
    pub name: String,
    #[serde(default)]
    pub address: String,
    #[serde(default)]
    pub hours: String,
    #[serde(default)]
    pub phone: String,
    #[serde(default)]
    pub step_free: String,
    #[serde(default)]
    pub languages: String,
    #[serde(default)]
    pub sign_language: String,
    #[serde(default)]
    pub source: String,
    #[serde(default)]
    pub as_of: String,
}

/// A row that was understood.
struct Read {
    key: PlaceKey,
    as_of: Date,
    office: Office,
}

impl OfficeRow {
    fn read(&self, table: &PlaceTable) -> Result<Read, &'static str> {
        let key: PlaceKey = format!("{}@{}", self.commune, self.valid_from)
            .parse()
            .map_err(|_| "`commune` and `valid_from` are a code of five digits and a day")?;
        table
            .find(&key)
            .filter(|unit| unit.kind.level() == Level::Commune)
            .ok_or("there is no such commune with this first day")?;
        DossierCode::new(&self.office_code, key.valid_from, 1)
            .map_err(|_| "dossier codes can't begin with `office_code`")?;
        let as_of: Date = self
            .as_of
            .parse()
            .map_err(|_| "`as_of` is not a day, <yyyy-mm-dd>")?;
        if self.name.trim().is_empty() || self.source.trim().is_empty() {
            return Err("`name` and `source` must be there");
        }
        let phone = text(&self.phone);
        let digits = |phone: &String| {
            let digits = phone.bytes().filter(u8::is_ascii_digit).count();
            (3..=15).contains(&digits)
                && phone
                    .chars()
                    .all(|letter| letter.is_ascii_digit() || " .-+()".contains(letter))
        };
        if phone.as_ref().is_some_and(|phone| !digits(phone)) {
            return Err("`phone` is one telephone number, or empty");
        }
        let languages: Vec<String> = self
            .languages
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        let tag = |tag: &String| {
            (2..=12).contains(&tag.len())
                && tag
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        };
        if !languages.iter().all(tag) {
            return Err("`languages` are tags like `vi km hmn`, separated by spaces");
        }
        Ok(Read {
            key,
            as_of,
            office: Office {
                code: self.office_code.clone(),
                name: self.name.trim().into(),
                address: text(&self.address),
                phone,
                hours: text(&self.hours),
                step_free: yes_no(&self.step_free)?,
                languages,
                sign_language: yes_no(&self.sign_language)?,
                as_of: Some(as_of),
                source: text(&self.source),
            },
        })
    }
}

fn text(cell: &str) -> Option<String> {
    let cell = cell.split_whitespace().collect::<Vec<_>>().join(" ");
    (!cell.is_empty()).then_some(cell)
}

fn yes_no(cell: &str) -> Result<Option<bool>, &'static str> {
    match cell.trim().to_lowercase().as_str() {
        "" => Ok(None),
        "yes" | "có" | "true" | "1" => Ok(Some(true)),
        "no" | "không" | "false" | "0" => Ok(Some(false)),
        _ => Err("`step_free` and `sign_language` are `yes`, `no` or empty"),
    }
}

/// The rows of a file with their lines; a row that can't be read is a mistake.
fn rows(file: &str, csv: &str, mistakes: &mut Vec<Mistake>) -> Vec<(usize, OfficeRow)> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    let mut rows = Vec::new();
    let headers = match reader.headers() {
        Ok(headers) => headers.clone(),
        Err(error) => {
            mistakes.push(mistake(file, 1, What::Csv(error.to_string())));
            return rows;
        }
    };
    for record in reader.records() {
        match record {
            Ok(record) => {
                let line = record.position().map_or(1, csv::Position::line);
                let line = usize::try_from(line).unwrap_or(1);
                match record.deserialize(Some(&headers)) {
                    Ok(row) => rows.push((line, row)),
                    Err(error) => mistakes.push(mistake(file, line, What::Csv(error.to_string()))),
                }
            }
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                let line = usize::try_from(line).unwrap_or(1);
                mistakes.push(mistake(file, line, What::Csv(error.to_string())));
            }
        }
    }
    rows
}

fn mistake(file: &str, line: usize, what: What) -> Mistake {
    Mistake {
        file: file.into(),
        line,
        what,
    }
}

/// Puts the offices of a file to their communes.
pub fn compile(
    file: &str,
    csv: &str,
    table: &PlaceTable,
    communes: &mut Vec<Commune>,
    mistakes: &mut Vec<Mistake>,
) {
    let mut youngest: BTreeMap<PlaceKey, (Date, usize)> = BTreeMap::new();
    for (line, row) in rows(file, csv, mistakes) {
        let read = match row.read(table) {
            Ok(read) => read,
            Err(why) => {
                mistakes.push(mistake(file, line, What::Office(why)));
                continue;
            }
        };
        match youngest.get(&read.key) {
            Some((there, first)) if *there == read.as_of => {
                let (id, first) = (read.key.to_string(), *first);
                mistakes.push(mistake(file, line, What::Duplicate { id, first }));
                continue;
            }
            Some((there, _)) if *there > read.as_of => continue,
            _ => {}
        }
        youngest.insert(read.key.clone(), (read.as_of, line));
        if let Some(commune) = communes.iter_mut().find(|commune| commune.key == read.key) {
            commune.office = read.office;
        } else if let Some(unit) = table.find(&read.key) {
            let province = table.province(unit.id);
            communes.push(Commune {
                full_name: unit.full_name(),
                province_code: province.map(|unit| unit.code()).unwrap_or_default(),
                province_name: province.map(|unit| unit.full_name()).unwrap_or_default(),
                formerly: table
                    .formerly(unit.id)
                    .into_iter()
                    .map(|id| table.path(id))
                    .collect(),
                office: read.office,
                key: read.key,
            });
        }
    }
}

/// A list from outside, tidied: what was understood as a file of this format, and what was not.
pub fn import(
    file: &str,
    csv: &str,
    source: Option<&str>,
    as_of: Option<Date>,
    table: &PlaceTable,
) -> (Vec<OfficeRow>, Vec<Mistake>) {
    let mut mistakes = Vec::new();
    let mut taken: Vec<OfficeRow> = Vec::new();
    for (line, mut row) in rows(file, csv, &mut mistakes) {
        if row.source.is_empty() {
            row.source = source.unwrap_or_default().into();
        }
        if row.as_of.is_empty() {
            row.as_of = as_of.map(|day| day.to_string()).unwrap_or_default();
        }
        match row.read(table) {
            Ok(read) => {
                let yes_no = |known: Option<bool>| match known {
                    Some(true) => "yes".to_owned(),
                    Some(false) => "no".to_owned(),
                    None => String::new(),
                };
                row.step_free = yes_no(read.office.step_free);
                row.sign_language = yes_no(read.office.sign_language);
                taken.push(row);
            }
            Err(why) => mistakes.push(mistake(file, line, What::Office(why))),
        }
    }
    let order = |row: &OfficeRow| {
        (
            row.commune.clone(),
            row.valid_from.clone(),
            row.as_of.clone(),
            row.office_code.clone(),
        )
    };
    taken.sort_by_key(order);
    taken.dedup();
    (taken, mistakes)
}

/// The rows as a file.
pub fn write(rows: &[OfficeRow]) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row)?;
    }
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )]

    use gandan_domain::place::table::{Kind, NewUnit, write as write_table};
    use jiff::civil::date;

    use super::*;

    fn table() -> PlaceTable {
        let unit = |code, kind, name: &str, parent| NewUnit {
            code,
            kind,
            name: name.into(),
            from: date(2025, 7, 1),
            until: None,
            doubt: None,
            also_called: Vec::new(),
            nameless: false,
            parent,
            next: Vec::new(),
        };
        let province = (Level::Province, 8, date(2025, 7, 1));
        let units = [
            unit(8, Kind::Province, "Tuyên Quang", None),
            unit(715, Kind::Commune, "Lũng Cú", Some(province)),
        ];
        PlaceTable::of_payload(write_table(&units).unwrap()).unwrap()
    }

    const GOOD: &str = "\
commune,valid_from,office_code,name,address,phone,step_free,languages,sign_language
00715,2025-07-01,T00.00715,\"Trung tâm, xã Lũng Cú\",Thôn Giả,02190000001,có,vi hmn,
";

    #[test]
    fn a_list_from_outside_becomes_offices_and_what_is_not_known_stays_so() {
        let (rows, mistakes) = import(
            "x.csv",
            GOOD,
            Some("UBND xã"),
            Some(date(2026, 1, 2)),
            &table(),
        );
        assert_eq!(mistakes, []);
        let csv = write(&rows).unwrap();
        let (mut communes, mut mistakes) = (Vec::new(), Vec::new());
        compile(
            "offices/x.csv",
            &csv,
            &table(),
            &mut communes,
            &mut mistakes,
        );
        assert_eq!(mistakes, []);
        let office = &communes[0].office;
        assert_eq!(communes[0].full_name, "Xã Lũng Cú");
        assert_eq!(office.name, "Trung tâm, xã Lũng Cú");
        assert_eq!(office.step_free, Some(true));
        assert_eq!((office.sign_language, &office.hours), (None, &None));
        assert_eq!(office.languages, ["vi", "hmn"]);
        assert_eq!(office.as_of, Some(date(2026, 1, 2)));
        // Younger data replaces older, whatever the order.
        let newer = csv
            .replace("2026-01-02", "2026-03-01")
            .replace("Thôn Giả", "Thôn Mới");
        let older = csv.lines().nth(1).unwrap();
        compile(
            "offices/x.csv",
            &format!("{newer}{older}\n"),
            &table(),
            &mut communes,
            &mut mistakes,
        );
        assert_eq!(mistakes, []);
        assert_eq!(communes.len(), 1);
        assert_eq!(communes[0].office.address.as_deref(), Some("Thôn Mới"));
    }

    #[test]
    fn every_bad_row_is_told_with_its_line_and_the_others_are_taken() {
        let good = GOOD.lines().nth(1).unwrap();
        for (from, to, words) in [
            ("00715,", "00716,", "no such commune"),
            ("2025-07-01", "2025-7-1", "five digits and a day"),
            ("T00.00715", "Trụ sở", "dossier codes"),
            ("02190000001", "hỏi xã", "one telephone number"),
            ("có", "maybe", "`yes`, `no`"),
            ("vi hmn", "Tiếng Việt", "tags like"),
            (",có", ",có,thừa,nữa", "CSV"),
        ] {
            let bad = good.replacen(from, to, 1);
            let (rows, mistakes) = import(
                "x.csv",
                &format!("{GOOD}{bad}\n"),
                Some("s"),
                Some(date(2026, 1, 1)),
                &table(),
            );
            assert_eq!(rows.len(), 1, "{bad}");
            assert_eq!(mistakes.len(), 1, "{bad}");
            assert_eq!(mistakes[0].line, 3);
            assert!(mistakes[0].to_string().contains(words), "{}", mistakes[0]);
        }
        let (rows, mistakes) = import("x.csv", GOOD, None, None, &table());
        assert!(
            rows.is_empty() && mistakes.len() == 1,
            "a list without a date is refused"
        );
    }

    #[test]
    fn any_bytes_are_rows_or_mistakes() {
        let table = table();
        bolero::check!()
            .with_type::<(String, usize)>()
            .for_each(|(text, at)| {
                let mut csv = GOOD.to_owned();
                let mut at = at % csv.len();
                while !csv.is_char_boundary(at) {
                    at -= 1;
                }
                csv.insert_str(at, text);
                for csv in [text, &csv] {
                    let (rows, _) = import("x.csv", csv, Some("s"), Some(date(2026, 1, 1)), &table);
                    let written = write(&rows).unwrap();
                    let (again, mistakes) = import("x.csv", &written, None, None, &table);
                    assert_eq!((again.len(), mistakes.len()), (rows.len(), 0));
                }
            });
    }
}
