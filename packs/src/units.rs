//! `places/*.tsv`: every unit since the code list began, and what it became.

use std::collections::{BTreeMap, BTreeSet};

use gandan_domain::place::table::{FIRST_DAY, Kind, Level, NewUnit, UnitKey, write};
use jiff::{
    ToSpan,
    civil::{Date, date},
};

use crate::{Mistake, Sources, What};

/// The day from which there are two levels, and every code has another meaning.
const NEW: Date = date(2025, 7, 1);

const FILES: [&str; 5] = [
    "places/old_provinces.tsv",
    "places/old_districts.tsv",
    "places/old_communes.tsv",
    "places/provinces.tsv",
    "places/communes.tsv",
];

/// Lines of a table: columns by name, with the line they stand in.
struct Reader<'a> {
    file: &'static str,
    columns: Vec<&'a str>,
    rows: Vec<(usize, Vec<&'a str>)>,
}

/// One row being read.
struct Row<'r, 'a> {
    reader: &'r Reader<'a>,
    line: usize,
    cells: &'r [&'a str],
}

impl<'a> Reader<'a> {
    fn new(file: &'static str, text: &'a str) -> Self {
        let mut lines = text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.starts_with('#') && !line.is_empty())
            .map(|(at, line)| (at + 1, line.split('\t').collect::<Vec<_>>()));
        let columns = lines.next().map(|(_, cells)| cells).unwrap_or_default();
        Self {
            file,
            columns,
            rows: lines.collect(),
        }
    }

    fn rows(&self) -> impl Iterator<Item = Row<'_, 'a>> {
        self.rows.iter().map(|(line, cells)| Row {
            reader: self,
            line: *line,
            cells,
        })
    }
}

impl<'a> Row<'_, 'a> {
    fn cell(&self, column: &str) -> &'a str {
        let at = self.reader.columns.iter().position(|name| *name == column);
        at.and_then(|at| self.cells.get(at).copied()).unwrap_or("")
    }

    fn mistake(&self, why: &'static str) -> Mistake {
        Mistake {
            file: self.reader.file.into(),
            line: self.line,
            what: What::Unit(why),
        }
    }

    fn code(&self, column: &str, level: Level) -> Result<u32, Mistake> {
        let cell = self.cell(column);
        let digits = cell.len() == level.digits() && cell.bytes().all(|byte| byte.is_ascii_digit());
        cell.parse().ok().filter(|_| digits).ok_or_else(|| {
            self.mistake("a code has 2, 3 or 5 digits, for a province, a district, a commune")
        })
    }

    fn codes(&self, column: &str, level: Level) -> Result<Vec<u32>, Mistake> {
        self.cell(column)
            .split(',')
            .filter(|code| !code.is_empty())
            .map(|code| {
                let digits = code.len() == level.digits();
                code.parse()
                    .ok()
                    .filter(|_| digits)
                    .ok_or_else(|| self.mistake("it became something that is not a code"))
            })
            .collect()
    }

    fn unit(&self, level: Level, from: Date, until: Option<Date>) -> Result<NewUnit, Mistake> {
        let mut letters = self.cell("type").bytes();
        let kind = letters
            .next()
            .filter(|_| letters.next().is_none())
            .and_then(Kind::of_letter)
            .filter(|kind| kind.level() == level)
            .ok_or_else(|| self.mistake("this is no type of this level"))?;
        let name = self.cell("name");
        if name.trim() != name || name.is_empty() {
            return Err(self.mistake("the name is empty, or has spaces around it"));
        }
        let mut doubt = self.cell("doubt").chars();
        Ok(NewUnit {
            code: self.code("code", level)?,
            kind,
            name: name.into(),
            from,
            until,
            doubt: doubt.next(),
            also_called: Vec::new(),
            nameless: false,
            parent: None,
            next: Vec::new(),
        })
    }
}

/// The payload of the places pack, or every mistake.
pub fn compile(sources: &Sources) -> Result<Vec<u8>, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut tables = Vec::new();
    for file in FILES {
        match sources.0.get(file) {
            Some(text) => tables.push(Reader::new(file, text)),
            None => mistakes.extend(sources.missing(file)),
        }
    }
    let [
        old_provinces,
        old_districts,
        old_communes,
        provinces,
        communes,
    ] = tables.as_slice()
    else {
        return Err(mistakes);
    };
    let until = NEW.yesterday().ok();
    let mut units: Vec<(NewUnit, &'static str, usize)> = Vec::new();
    let mut add = |table: &Reader<'_>,
                   mistakes: &mut Vec<Mistake>,
                   read: &dyn Fn(&Row<'_, '_>) -> Result<Vec<NewUnit>, Mistake>| {
        for row in table.rows() {
            match read(&row) {
                Ok(read) => units.extend(read.into_iter().map(|unit| (unit, table.file, row.line))),
                Err(mistake) => mistakes.push(mistake),
            }
        }
    };
    add(old_provinces, &mut mistakes, &|row| {
        let mut unit = row.unit(Level::Province, FIRST_DAY, until)?;
        unit.next = vec![(Level::Province, row.code("becomes", Level::Province)?, NEW)];
        Ok(vec![unit])
    });
    // A district became what its communes became, most of it first.
    let mut of_district: BTreeMap<u32, BTreeMap<u32, usize>> = BTreeMap::new();
    for row in old_communes.rows() {
        if let (Ok(district), Ok(next)) = (
            row.code("district", Level::District),
            row.codes("becomes", Level::Commune),
        ) {
            for (at, code) in next.into_iter().enumerate() {
                let weight = if at == 0 { 1_000 } else { 1 };
                *of_district
                    .entry(district)
                    .or_default()
                    .entry(code)
                    .or_default() += weight;
            }
        }
    }
    add(old_districts, &mut mistakes, &|row| {
        let mut unit = row.unit(Level::District, FIRST_DAY, until)?;
        unit.parent = Some((
            Level::Province,
            row.code("province", Level::Province)?,
            FIRST_DAY,
        ));
        let mut next = row.codes("becomes", Level::Commune)?;
        if next.is_empty() {
            let mut weighed: Vec<(u32, usize)> = of_district
                .get(&unit.code)
                .map(|all| all.iter().map(|(code, weight)| (*code, *weight)).collect())
                .unwrap_or_default();
            weighed.sort_by_key(|(code, weight)| (std::cmp::Reverse(*weight), *code));
            next = weighed.into_iter().map(|(code, _)| code).collect();
        }
        unit.next = new_communes(next);
        Ok(vec![unit])
    });
    add(old_communes, &mut mistakes, &|row| {
        let mut unit = row.unit(Level::Commune, FIRST_DAY, until)?;
        unit.parent = Some((
            Level::District,
            row.code("district", Level::District)?,
            FIRST_DAY,
        ));
        unit.next = new_communes(row.codes("becomes", Level::Commune)?);
        Ok(vec![unit])
    });
    for (table, level) in [(provinces, Level::Province), (communes, Level::Commune)] {
        let mut days: BTreeMap<u32, BTreeSet<Date>> = BTreeMap::new();
        for row in table.rows() {
            if let (Ok(code), Ok(day)) = (row.code("code", level), row.cell("from").parse()) {
                days.entry(code).or_default().insert(day);
            }
        }
        add(table, &mut mistakes, &|row| {
            let from: Date = row
                .cell("from")
                .parse()
                .map_err(|_| row.mistake("its first day is not <yyyy-mm-dd>"))?;
            let code = row.code("code", level)?;
            let later = days
                .get(&code)
                .and_then(|days| days.range(from.saturating_add(1.day())..).next().copied());
            let mut unit = row.unit(level, from, later.and_then(|day| day.yesterday().ok()))?;
            unit.next = later.map(|day| (level, code, day)).into_iter().collect();
            if level == Level::Commune {
                let province = row.code("province", Level::Province)?;
                unit.parent = Some((Level::Province, province, NEW));
            }
            let also = row.cell("also");
            let mut read = Vec::new();
            match row.cell("doubt") {
                // Another collection lists it under this code: found by it, and led here.
                "k" => {
                    let mut other = unit.clone();
                    other.code = row.code("also", level)?;
                    other.nameless = true;
                    other.next = vec![unit.key()];
                    read.push(other);
                }
                _ if !also.is_empty() => unit.also_called.push(also.into()),
                _ => {}
            }
            read.push(unit);
            Ok(read)
        });
    }
    check(&units, &mut mistakes);
    if !mistakes.is_empty() {
        mistakes.sort_by(|one, other| (&one.file, one.line).cmp(&(&other.file, other.line)));
        return Err(mistakes);
    }
    let units: Vec<NewUnit> = units.into_iter().map(|(unit, ..)| unit).collect();
    write(&units).ok_or_else(|| {
        vec![Mistake {
            file: "places/communes.tsv".into(),
            line: 1,
            what: What::Unit("the table is larger than its numbers can count"),
        }]
    })
}

fn new_communes(codes: Vec<u32>) -> Vec<UnitKey> {
    codes
        .into_iter()
        .map(|code| (Level::Commune, code, NEW))
        .collect()
}

/// Every unit once, everything named is there, and everything old became something.
fn check(units: &[(NewUnit, &'static str, usize)], mistakes: &mut Vec<Mistake>) {
    let mut first: BTreeMap<UnitKey, usize> = BTreeMap::new();
    for (unit, file, line) in units {
        if let Some(first) = first.insert(unit.key(), *line) {
            mistakes.push(Mistake {
                file: (*file).into(),
                line: *line,
                what: What::Duplicate {
                    id: unit.code.to_string(),
                    first,
                },
            });
        }
    }
    for (unit, file, line) in units {
        let mut report = |why| {
            mistakes.push(Mistake {
                file: (*file).into(),
                line: *line,
                what: What::Unit(why),
            });
        };
        if unit
            .parent
            .is_some_and(|parent| !first.contains_key(&parent))
        {
            report("its district or province is not in the table");
        }
        if unit.next.iter().any(|next| !first.contains_key(next)) {
            report("what it became is not in the table");
        }
        if unit.until.is_some() && unit.next.is_empty() {
            report("it is gone and became nothing");
        }
    }
}
