//! From what somebody wrote to the unit that is meant, beside a scan over all names and SQLite FTS5.
//!
//! ```text
//! cargo xtask bench rules places [--seed 1] [--queries 1000]
//! ```
//! Queries are the written paths of units, old and new: as they stand, typed without marks, and
//! without the province. Right is whoever has the unit that was named among at most five (a scan
//! may answer with everything that fits). Only ours knows what became of it.

use std::{hint::black_box, time::{Duration, Instant}};

use gandan_domain::{
    catalog::search::fold,
    place::{Outcome, PlaceTable, UnitId, table::Level},
};
use gandan_packs::Sources;
use jiff::civil::date;

use crate::{Dice, content, number, ratio};

const MOST: usize = 5;

/// Units that fit, at most [`MOST`].
type Search<'s> = dyn FnMut(&str) -> Vec<UnitId> + 's;

pub fn run(args: &[String]) {
    let (seed, many) = (number(args, "--seed", 1), number(args, "--queries", 1000));
    let compiled = Sources::read(&content()).expect("read the content").compile();
    let places = compiled.expect("sound content").places;
    let bytes = places.len();
    let table = PlaceTable::of_payload(places).expect("read the table");
    let communes: Vec<UnitId> = table
        .units()
        .filter(|unit| unit.kind.level() == Level::Commune)
        .map(|unit| unit.id)
        .collect();
    let mut dice = Dice(seed as u64);
    let queries: Vec<(String, UnitId)> = (0..many)
        .map(|at| {
            let id = communes[dice.throw(communes.len())];
            let path = table.path(id);
            let text = match at % 3 {
                0 => path,
                1 => fold(&path),
                _ => path.rsplit_once(',').map_or(path.clone(), |(less, _)| less.to_owned()),
            };
            (text, id)
        })
        .collect();
    println!(
        "{} units, {bytes} bytes as a pack (at most 1,500,000); {many} queries (seed {seed})",
        table.len()
    );
    let day = date(2026, 11, 22);
    let (mut touched, mut most) = (0_u64, 0);
    let mut ours = |text: &str| {
        let answer = table.resolve(text, day);
        touched += u64::from(answer.touched);
        most = most.max(answer.touched);
        match answer.outcome {
            Outcome::One(meant) => vec![meant.named, meant.unit],
            Outcome::Question { choices, .. } => {
                choices.into_iter().flat_map(|meant| [meant.named, meant.unit]).collect()
            }
            Outcome::NotFound { near } => near,
        }
    };
    let (time, p99) = measure("ours", &queries, None, &mut ours);
    // Each query is asked three times.
    let mean = touched as f64 / (3 * queries.len()) as f64;
    println!("            {mean:.0} records looked at for a query, at most {most}; p99 {p99:.1?}");
    let names: Vec<(UnitId, String)> =
        table.units().map(|unit| (unit.id, fold(&table.path(unit.id)))).collect();
    let mut scan = |text: &str| {
        let text = fold(text);
        let words: Vec<&str> = text.split_whitespace().collect();
        let fits = |name: &str| words.iter().all(|word| name.contains(word));
        names.iter().filter(|(_, name)| fits(name)).map(|(id, _)| *id).take(MOST).collect()
    };
    measure("scan", &queries, Some(time), &mut scan);
    #[cfg(feature = "peers")]
    fts5(&names, &queries, time);
}

fn measure(
    name: &str,
    queries: &[(String, UnitId)],
    ours: Option<Duration>,
    search: &mut Search<'_>,
) -> (Duration, Duration) {
    let mut right = 0;
    let mut times: Vec<Duration> = Vec::new();
    for (text, id) in queries {
        let mut least = Duration::MAX;
        let mut found = Vec::new();
        for _ in 0..3 {
            let start = Instant::now();
            found = black_box(search(black_box(text)));
            least = least.min(start.elapsed());
        }
        right += usize::from(found.contains(id));
        times.push(least);
    }
    times.sort_unstable();
    let (p50, p99) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    let beside = ours.map(|ours| format!(" ({} x ours)", ratio(p50, ours)));
    println!(
        "{name:11} p50 {p50:.1?}{}  right {:.3}",
        beside.unwrap_or_default(),
        right as f64 / queries.len().max(1) as f64
    );
    (p50, p99)
}

/// Every word must be there, ranked by bm25.
#[cfg(feature = "peers")]
fn fts5(names: &[(UnitId, String)], queries: &[(String, UnitId)], ours: Duration) {
    let connection = rusqlite::Connection::open_in_memory().expect("open SQLite");
    connection
        .execute_batch("CREATE VIRTUAL TABLE units USING fts5(name)")
        .expect("make the table");
    for (at, (_, name)) in names.iter().enumerate() {
        connection
            .execute("INSERT INTO units(rowid, name) VALUES (?1, ?2)", (at as i64, name))
            .expect("index a name");
    }
    connection
        .execute("INSERT INTO units(units) VALUES ('optimize')", [])
        .expect("optimize");
    let mut statement = connection
        .prepare("SELECT rowid FROM units WHERE units MATCH ?1 ORDER BY rank LIMIT 5")
        .expect("prepare");
    let mut search = |text: &str| {
        let text = fold(text);
        let words: Vec<String> =
            text.split_whitespace().map(|word| format!("\"{word}\"")).collect();
        let rows = statement.query_map([words.join(" AND ")], |row| row.get::<_, i64>(0));
        let rows = rows.expect("search");
        rows.filter_map(|row| Some(names.get(usize::try_from(row.ok()?).ok()?)?.0)).collect()
    };
    measure("FTS5", queries, Some(ours), &mut search);
}
