//! Questions to the rules, from a seed: what phone and server are asked alike.
//!
//! One question a line, as `gandan_domain::rules::Rules::answer` reads it. Every unit of the place
//! table is asked for once, written as people write and as of days around its own; due dates crowd
//! around 15:00, weekends and Tết; search gets titles as they come out of thumbs; forms get answers
//! of every kind, good ones and bad ones; fees are asked for by every channel in every province, and
//! for every option of every choice. Most questions must have an answer, or nothing is compared:
//! whoever uses this counts the errors.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
    path::Path,
};

use gandan_domain::{
    catalog::{ContentPack, Procedure},
    form::{Field, FieldKind, Group},
    payment::plain,
    place::{PlaceTable, UnitId, table::Level},
};
use gandan_packs::Sources;
use jiff::{
    ToSpan as _,
    civil::{Date, DateTime, date},
};
use serde_json::{Map, Value, json};

use crate::{
    sim::rng::{Rng, Stream},
    stack::root,
};

const DUE: usize = 6_000;
const SEARCHES: usize = 1_500;
const FORMS: usize = 3_000;

/// Writes the questions of a seed; says how many of each kind there are.
pub fn write(out: &Path, seed: u64) -> io::Result<BTreeMap<&'static str, usize>> {
    let content = Sources::read(&root().join("content"))?.compile();
    let content = content.map_err(|mistakes| {
        io::Error::other(format!(
            "use the content: it has {} mistakes",
            mistakes.len()
        ))
    })?;
    let table = PlaceTable::of_payload(content.places)
        .ok_or_else(|| io::Error::other("read the place table"))?;
    let mut asked = Asked {
        rng: Rng::new(seed, Stream::Plan),
        pack: content.pack,
        table,
    };
    let mut counts = BTreeMap::new();
    let mut file = io::BufWriter::new(fs::File::create(out)?);
    let kinds: [(&str, Vec<String>); 5] = [
        ("place", asked.places()),
        ("due", asked.dues()),
        ("search", asked.searches()),
        ("form", asked.forms()),
        ("fee", asked.fees()),
    ];
    for (kind, questions) in kinds {
        counts.insert(kind, questions.len());
        for question in questions {
            // A line is a question, and a tab stands between its parts.
            let question = question.replace(['\n', '\r'], " ");
            writeln!(file, "{kind}\t{question}")?;
        }
    }
    file.flush()?;
    Ok(counts)
}

struct Asked {
    rng: Rng,
    pack: ContentPack,
    table: PlaceTable,
}

impl Asked {
    fn places(&mut self) -> Vec<String> {
        let units = 0..u16::try_from(self.table.len()).unwrap_or(u16::MAX);
        units.filter_map(|id| self.place(UnitId(id))).collect()
    }

    fn place(&mut self, id: UnitId) -> Option<String> {
        let unit = self.table.unit(id)?;
        let parent = unit.parent.and_then(|id| self.table.unit(id));
        let path = self.table.path(id);
        let bare = match parent {
            Some(parent) => format!("{} {}", unit.name, parent.name),
            None => unit.name.to_owned(),
        };
        let rng = &mut self.rng;
        let day = match rng.below(6) {
            0 => None,
            1 => Some(unit.from),
            2 => unit.until,
            3 => unit.from.yesterday().ok(),
            4 => unit.until.and_then(|last| last.tomorrow().ok()),
            _ => Some(any_day(rng, 1990, 2029)),
        };
        let text = match rng.below(10) {
            0 => path,
            1 => bare,
            2 => plain(&bare, usize::MAX),
            3 => plain(&path, usize::MAX).to_lowercase(),
            4 => path.to_uppercase(),
            5 => unit.code(),
            6 => format!("thôn {}, {path}", rng.below(20)),
            7 => slip(&path, rng),
            8 => slip(&plain(&bare, usize::MAX), rng),
            _ => unit.full_name(),
        };
        let day = day.map(|day| format!("\t{day}")).unwrap_or_default();
        Some(format!("{}{day}", text.replace('\t', " ")))
    }

    fn dues(&mut self) -> Vec<String> {
        let limited = |procedure: &&Procedure| procedure.time_limit.limit.is_some();
        let limited = self.pack.procedures.iter().filter(limited);
        let codes: Vec<&str> = limited.map(|procedure| procedure.code.as_str()).collect();
        let rng = &mut self.rng;
        (0..DUE)
            .map(|_| {
                let what = match rng.below(5) {
                    0 => format!("{}wd", rng.below(61)),
                    1 => format!("{}wh", rng.below(81)),
                    2 => format!("{}d", rng.below(366)),
                    3 => format!("{}m", rng.below(25)),
                    _ => one(&codes, rng).copied().unwrap_or_default().to_owned(),
                };
                let day = match rng.below(3) {
                    // Around the year's end and Tết.
                    0 => {
                        let year = i16::try_from(rng.between(2025, 2030)).unwrap_or(2026);
                        date(year, 1, 1).saturating_add((rng.between(-10, 60)).days())
                    }
                    _ => any_day(rng, 2025, 2030),
                };
                let (hour, minute) = match rng.below(3) {
                    0 => *one(&[(14, 59), (15, 0), (15, 1), (7, 59), (17, 0), (0, 0)], rng)
                        .unwrap_or(&(15, 0)),
                    _ => (small(rng, 24), small(rng, 60)),
                };
                let at: DateTime = day.at(hour, minute, small(rng, 60), 0);
                let offset = *one(&["", "", "Z", "+07:00", "-03:30"], rng).unwrap_or(&"");
                format!("{what}\t{at}{offset}")
            })
            .collect()
    }

    fn searches(&mut self) -> Vec<String> {
        let mut titles: Vec<String> = Vec::new();
        for procedure in &self.pack.procedures {
            titles.extend(procedure.also_called.iter().cloned());
        }
        let catalogue = self.pack.read_catalogue();
        titles.extend(catalogue.all().iter().map(|listing| listing.title.clone()));
        let rng = &mut self.rng;
        (0..SEARCHES)
            .filter_map(|_| {
                let title = one(&titles, rng)?;
                let words: Vec<&str> = title.split_whitespace().collect();
                let from = usize::try_from(rng.below(words.len() as u64)).ok()?;
                let many = usize::try_from(1 + rng.below(7)).ok()?;
                let some = words.iter().skip(from).take(many).copied();
                let some = some.collect::<Vec<_>>().join(" ");
                Some(match rng.below(7) {
                    0 => title.chars().take(80).collect(),
                    1 => some,
                    2 => plain(&some, usize::MAX).to_lowercase(),
                    3 => slip(&some, rng),
                    4 => slip(&plain(&some, usize::MAX), rng),
                    5 => plain(&some, usize::MAX).replace(' ', ""),
                    _ => words
                        .iter()
                        .filter_map(|word| word.chars().next())
                        .take(8)
                        .collect(),
                })
            })
            .map(|query| query.replace('\t', " "))
            .collect()
    }

    fn forms(&mut self) -> Vec<String> {
        (0..FORMS)
            .filter_map(|at| {
                let many = self.pack.procedures.len();
                let code = self
                    .pack
                    .procedures
                    .get(at.checked_rem(many)?)?
                    .code
                    .clone();
                let on = any_day(&mut self.rng, 2026, 2027);
                let answers = Value::Object(self.answers(&code));
                Some(format!("{code}\t{on}\t{answers}"))
            })
            .collect()
    }

    fn fees(&mut self) -> Vec<String> {
        let mut questions = Vec::new();
        let codes = self.pack.procedures.iter().map(|it| it.code.clone());
        let codes: Vec<String> = codes.collect();
        let provinces = self
            .table
            .units()
            .filter(|unit| unit.kind.level() == Level::Province && unit.until.is_none());
        let mut provinces: Vec<String> = provinces.map(|unit| unit.code()).collect();
        // Wherever the answers say.
        provinces.push(String::new());
        for code in &codes {
            for channel in ["online", "counter", "post"] {
                for province in &provinces {
                    let on = any_day(&mut self.rng, 2025, 2027);
                    let answers = Value::Object(self.answers(code));
                    questions.push(format!("{code}\t{channel}\t{province}\t{on}\t{answers}"));
                }
            }
            for (field, option) in self.options(code) {
                let on = any_day(&mut self.rng, 2025, 2027);
                let channel = *one(&["online", "counter"], &mut self.rng).unwrap_or(&"online");
                let mut answers = self.answers(code);
                answers.insert(field, option);
                let answers = Value::Object(answers);
                questions.push(format!("{code}\t{channel}\t\t{on}\t{answers}"));
            }
        }
        questions
    }

    /// Every option of every choice that is asked once.
    fn options(&self, code: &str) -> Vec<(String, Value)> {
        let fields = self.pack.procedure(code).map(|procedure| {
            let groups = procedure.form.pages.iter().flat_map(|page| &page.groups);
            groups
                .filter(|group| group.repeat.is_none())
                .flat_map(|group| &group.fields)
        });
        fields
            .into_iter()
            .flatten()
            .flat_map(|field| match &field.kind {
                FieldKind::YesNo => vec![
                    (field.id.clone(), "yes".into()),
                    (field.id.clone(), "no".into()),
                ],
                FieldKind::Choice { options } => {
                    let ids = options.iter().map(|option| option.id.as_str());
                    ids.map(|id| (field.id.clone(), id.into())).collect()
                }
                _ => Vec::new(),
            })
            .collect()
    }

    fn answers(&mut self, code: &str) -> Map<String, Value> {
        let Self { rng, pack, table } = self;
        let mut answers = Map::new();
        let Some(procedure) = pack.procedure(code) else {
            return answers;
        };
        // A form hardly begun, half full, and full.
        let share = *one(&[20, 60, 90, 100], rng).unwrap_or(&90);
        for group in procedure.form.pages.iter().flat_map(|page| &page.groups) {
            fill(group, share, &mut answers, rng, table);
        }
        answers
    }
}

fn fill(
    group: &Group,
    share: u64,
    answers: &mut Map<String, Value>,
    rng: &mut Rng,
    table: &PlaceTable,
) {
    if group.repeat.is_none() {
        fill_once(group, share, answers, rng, table);
        return;
    }
    let items = (0..rng.below(4)).map(|_| {
        let mut item = Map::new();
        fill_once(group, share, &mut item, rng, table);
        Value::Object(item)
    });
    let items = items.collect::<Vec<_>>();
    answers.insert(group.id.clone(), items.into());
}

fn fill_once(
    group: &Group,
    share: u64,
    answers: &mut Map<String, Value>,
    rng: &mut Rng,
    table: &PlaceTable,
) {
    for field in &group.fields {
        if field.compute.is_none() && rng.chance(share) {
            answers.insert(field.id.clone(), answer(field, rng, table));
        }
        if field.or_why_not && rng.chance(30) {
            answers.insert(format!("{}~why", field.id), "chưa có".into());
        }
    }
    for inner in &group.groups {
        fill(inner, share, answers, rng, table);
    }
}

/// Mostly a good one.
fn answer(field: &Field, rng: &mut Rng, table: &PlaceTable) -> Value {
    let bad = rng.chance(8);
    match &field.kind {
        FieldKind::Text { .. } if bad => "dài ".repeat(200).into(),
        FieldKind::Text { .. } => {
            text(&["Thôn Thử Nghiệm", "tổ 3", "Trạm y tế", "A", "Ƀlô 5"], rng)
        }
        FieldKind::PersonName if bad => text(&["", "123", "A@B", " "], rng),
        FieldKind::PersonName => text(
            &[
                "Vừ Thị Pà",
                "H'Hen Niê",
                "Y Ƀlô",
                "K'Tèo",
                "Lò Văn Thử",
                "Ñ",
            ],
            rng,
        ),
        FieldKind::Date { .. } if bad => text(&["2023-02-30", "31/12/2020", "", "2026-13-01"], rng),
        FieldKind::Date { .. } => any_day(rng, 1935, 2027).to_string().into(),
        FieldKind::IdNumber if bad => text(&["099", "09919600000x", "000000000000"], rng),
        FieldKind::IdNumber => text(&["099196000003", "099094000004", "099219000017"], rng),
        FieldKind::Phone if bad => text(&["113", "abc", "+"], rng),
        FieldKind::Phone => text(&["0912345678", "+84912345678", "02432001234"], rng),
        FieldKind::Commune if bad => text(&["00715", "99999@2025-07-01", "x@y"], rng),
        FieldKind::Commune => commune(rng, table),
        FieldKind::Number { min, max } if bad => {
            json!(*one(&[min.saturating_sub(1), max.saturating_add(1)], rng).unwrap_or(min))
        }
        FieldKind::Number { min, max } => {
            json!(rng.between(*min, (*max).min(min.saturating_add(40))))
        }
        FieldKind::Money { max } if bad => json!(max.saturating_add(1)),
        FieldKind::Money { max } => json!(rng.magnitude(*max)),
        FieldKind::YesNo => text(&["yes", "no"], rng),
        FieldKind::Choice { .. } if bad => "nothing_of_the_kind".into(),
        FieldKind::Choice { options } => {
            let option = one(options, rng).map(|option| option.id.as_str());
            option.unwrap_or_default().into()
        }
        FieldKind::MultiChoice { options } => {
            let some = options.iter().filter(|_| rng.chance(40));
            let some: Vec<Value> = some.map(|option| option.id.as_str().into()).collect();
            some.into()
        }
        FieldKind::File {
            max_bytes,
            media_types,
        } => {
            let size = if bad {
                max_bytes.saturating_add(1)
            } else {
                rng.magnitude(*max_bytes)
            };
            let media_type = one(media_types, rng).map_or("text/plain", String::as_str);
            json!({ "sha256": "0f".repeat(32), "size": size, "media_type": media_type })
        }
    }
}

/// One that the demonstration serves, one of today, or an old one with what it became.
fn commune(rng: &mut Rng, table: &PlaceTable) -> Value {
    let served = "00715@2025-07-01";
    let id = u16::try_from(rng.below(table.len() as u64)).unwrap_or_default();
    let unit = table
        .unit(UnitId(id))
        .filter(|unit| unit.kind.level() == Level::Commune);
    let Some(unit) = unit.filter(|_| !rng.chance(60)) else {
        return served.into();
    };
    let became = table.today(unit.id);
    match became.first().and_then(|id| table.unit(*id)) {
        Some(now) if now.id != unit.id => format!("{}<{}", now.key(), unit.key()).into(),
        _ => unit.key().to_string().into(),
    }
}

fn text(of: &[&str], rng: &mut Rng) -> Value {
    one(of, rng).copied().unwrap_or_default().into()
}

fn one<'a, T>(of: &'a [T], rng: &mut Rng) -> Option<&'a T> {
    of.get(usize::try_from(rng.below(of.len() as u64)).ok()?)
}

fn small(rng: &mut Rng, below: u64) -> i8 {
    i8::try_from(rng.below(below)).unwrap_or_default()
}

/// A day in these years, both included.
fn any_day(rng: &mut Rng, first: i16, last: i16) -> Date {
    let days = i64::from(last - first + 1) * 365;
    let day = rng.between(0, days);
    date(first, 1, 1).saturating_add(day.days())
}

/// One letter left out, doubled, or changed places with the next.
fn slip(text: &str, rng: &mut Rng) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let Ok(at) = usize::try_from(rng.below(letters.len() as u64)) else {
        return text.into();
    };
    match (rng.below(3), letters.get(at).copied()) {
        (0, Some(_)) => {
            letters.remove(at);
        }
        (1, Some(letter)) => letters.insert(at, letter),
        (_, Some(_)) if at + 1 < letters.len() => letters.swap(at, at + 1),
        _ => {}
    }
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )]

    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_seed_asks_the_same_again_and_asks_enough() {
        let dir = std::env::temp_dir().join(format!("gandan-corpus-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let of = |seed: u64, name: &str| {
            let file = dir.join(name);
            let counts = write(&file, seed).unwrap();
            (counts, fs::read_to_string(file).unwrap())
        };
        let (counts, first) = of(1, "a");
        assert_eq!(first, of(1, "b").1);
        assert_ne!(first, of(2, "c").1);
        fs::remove_dir_all(&dir).unwrap();
        for (kind, least) in [
            ("place", 10_000),
            ("due", 5_000),
            ("search", 1_000),
            ("form", 2_000),
            ("fee", 2_000),
        ] {
            assert!(counts[kind] >= least, "{counts:?}");
            let asked: BTreeSet<&str> = (first.lines())
                .filter(|line| line.starts_with(kind))
                .collect();
            assert!(
                asked.len() * 10 >= counts[kind] * 9,
                "{kind}: {}",
                asked.len()
            );
        }
        assert_eq!(first.lines().count(), counts.values().sum::<usize>());
    }
}
