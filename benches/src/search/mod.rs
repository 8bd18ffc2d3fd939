//! Search, beside what a team would use instead, on the same titles and queries in the same run.
//!
//! ```text
//! cargo xtask bench rules search [--seed 1] [--queries 250] [--whole] [--titles FILE] [--misses]
//! ```
//! Titles: the commune-level catalogue and `data/titles.tsv`, 4,000 together, all official.
//! Queries: [`queries`], and what people say, from `content/search/queries.tsv`. A time is the
//! least of three runs of one query, for every engine alike.

#[cfg(feature = "peers")]
mod peers;
pub mod queries;

use std::{
    collections::BTreeSet,
    path::Path,
    time::{Duration, Instant},
};

use gandan_domain::catalog::{
    Catalogue,
    pack::said,
    search::{Entry, Index, Thesaurus},
};
use queries::{CLASSES, Query};

type Titles = Vec<(String, String)>;

fn read(path: &Path) -> String {
    std::fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("failed to read {}: {error}", path.display()))
}

fn titles(path: &Path) -> Titles {
    read(path)
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .map(|(code, rest)| {
            let title = rest.split('\t').next().unwrap_or_default();
            (code.to_owned(), title.to_owned())
        })
        .collect()
}

/// The answer and how long it took.
type Answer = (Vec<String>, Duration);

struct Figures {
    name: &'static str,
    recall: f64,
    least: f64,
    p50: Duration,
    p99: Duration,
    size: Option<usize>,
}

pub fn run(args: &[String]) {
    let option = |name: &str| {
        let at = args.iter().position(|arg| arg == name)?;
        args.get(at + 1)
    };
    let number = |name: &str, default: usize| {
        option(name).and_then(|it| it.parse().ok()).unwrap_or(default)
    };
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let content = here.join("../content");
    let titles = match option("--titles") {
        Some(file) => titles(Path::new(file)),
        None => {
            let mut all = titles(&content.join("catalogue/ward.tsv"));
            all.extend(titles(&here.join("data/titles.tsv")));
            all
        }
    };
    let whole = args.iter().any(|arg| arg == "--whole");
    let misses = args.iter().any(|arg| arg == "--misses");
    let (seed, many) = (number("--seed", 1), number("--queries", 250));
    let queries = queries::generate(&titles, seed as u64, many, whole);
    let entries = titles.iter().map(|(code, title)| Entry::titled(code, title));
    let start = Instant::now();
    let index = Index::build(entries, Thesaurus::default());
    println!(
        "{} titles, {} queries (seed {seed}); our index: {:?} to build, {} bytes\n",
        titles.len(),
        queries.len(),
        start.elapsed(),
        index.size()
    );
    let ours = |query: &str| {
        let start = Instant::now();
        let hits = index.search(query, 5);
        let took = start.elapsed();
        (hits.into_iter().map(|hit| hit.code).collect(), took)
    };
    let mut all = vec![measure("ours", Some(index.size()), &queries, misses, ours)];
    #[cfg(feature = "peers")]
    {
        use peers::Peer;
        let mut peers: Vec<Box<dyn Peer>> = vec![
            Box::new(peers::Tantivy::new(&titles)),
            Box::new(peers::Fts5::new(&titles)),
        ];
        match peers::MiniSearch::new(&titles) {
            Some(peer) => peers.push(Box::new(peer)),
            None => println!("MiniSearch is left out: run `npm ci` in benches/ first\n"),
        }
        for peer in &mut peers {
            let (name, size) = (peer.name(), peer.size());
            all.push(measure(name, size, &queries, false, |query| {
                let start = Instant::now();
                let (codes, itself) = peer.search(query);
                (codes, itself.unwrap_or_else(|| start.elapsed()))
            }));
        }
    }
    summary(&all);
    colloquial(&content);
}

fn measure(
    name: &'static str,
    size: Option<usize>,
    queries: &[Query],
    misses: bool,
    mut search: impl FnMut(&str) -> Answer,
) -> Figures {
    let mut times: Vec<Duration> = Vec::new();
    let (mut recalls, mut least) = (Vec::new(), 1.0_f64);
    for class in CLASSES {
        let (mut found, mut first, mut here) = (0, 0, Vec::new());
        for query in queries.iter().filter(|query| query.class == class) {
            let (mut codes, mut took) = search(&query.text);
            for _ in 0..2 {
                let again = search(&query.text);
                codes = again.0;
                took = took.min(again.1);
            }
            here.push(took);
            let right = |code: &String| query.right.contains(code);
            let hit = codes.iter().take(5).any(right);
            found += usize::from(hit);
            first += usize::from(codes.first().is_some_and(right));
            if misses && !hit {
                println!("  missed ({class}): {}  {:?}", query.text, query.right);
            }
        }
        let many = here.len().max(1) as f64;
        let recall = found as f64 / many;
        recalls.push(recall);
        least = least.min(recall);
        println!(
            "{name:11} {class:14} recall@5 {recall:.3}  first {:.3}  p50 {:>9.1?}  p99 {:>9.1?}",
            first as f64 / many,
            at(&mut here, 50),
            at(&mut here, 99)
        );
        times.extend(here);
    }
    println!();
    Figures {
        name,
        recall: recalls.iter().sum::<f64>() / recalls.len() as f64,
        least,
        p50: at(&mut times, 50),
        p99: at(&mut times, 99),
        size,
    }
}

fn at(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    let last = times.len().saturating_sub(1);
    times.get((times.len() * percent / 100).min(last)).copied().unwrap_or_default()
}

fn summary(all: &[Figures]) {
    let ours = &all[0];
    for one in all {
        println!(
            "{:11} mean recall@5 {:.4}  worst class {:.3}  p50 {:.1?}  p99 {:.1?} ({:.1} x ours)  index {}",
            one.name,
            one.recall,
            one.least,
            one.p50,
            one.p99,
            one.p99.as_secs_f64() / ours.p99.as_secs_f64(),
            one.size.map_or("?".into(), |size| format!("{} kB", size / 1000))
        );
    }
}

/// What people say, over the commune-level catalogue with its thesaurus and its sayings (without the
/// nicknames that procedures with a form carry): S28's figure is the time.
fn colloquial(content: &Path) {
    let catalogue = Catalogue::read(&read(&content.join("catalogue/ward.tsv")));
    let text = read(&content.join("search/thesaurus.tsv"));
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once('\t')).collect();
    let phrases = pairs.iter().filter(|(_, meant)| !meant.is_empty());
    let phrases = phrases.map(|(said, meant)| (*said, meant.split('|').map(str::trim).collect()));
    let fillers = pairs.iter().filter(|(_, meant)| meant.is_empty());
    let thesaurus = Thesaurus::new(phrases, fillers.map(|(said, _)| *said));
    let listed = catalogue.all().iter();
    let entries = listed.map(|listing| Entry::titled(&listing.code, &listing.title));
    let sayings = read(&content.join("search/sayings.tsv"));
    let lines = sayings.lines().filter(|line| !line.starts_with('#'));
    let sayings = lines.filter_map(|line| line.split_once('\t'));
    let codes = |codes: &str| codes.split(',').map(str::to_owned).collect();
    let sayings = sayings.map(|(said, meant)| (said.to_owned(), codes(meant))).collect();
    let index = Index::build(entries.chain(said(&sayings)), thesaurus);
    let queries = read(&content.join("search/queries.tsv"));
    let (mut found, mut times) = (0, Vec::new());
    for line in queries.lines().filter(|line| !line.starts_with('#')) {
        let Some((query, codes)) = line.split_once('\t') else { continue };
        let right: BTreeSet<&str> = codes.split(',').collect();
        let start = Instant::now();
        let hits = index.search(query, 5);
        times.push(start.elapsed());
        found += usize::from(hits.iter().any(|hit| right.contains(hit.code.as_str())));
    }
    println!(
        "\nwhat people say: recall@5 {:.3} of {} over {} listings; p50 {:.1?}, p95 {:.1?} (S28: at most 100 ms), index {} kB",
        found as f64 / times.len().max(1) as f64,
        times.len(),
        index.len(),
        at(&mut times, 50),
        at(&mut times, 95),
        index.size() / 1000
    );
}
