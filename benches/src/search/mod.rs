//! Search, beside what a team would use instead, on the same titles and queries.

pub mod queries;

use std::time::{Duration, Instant};

use gandan_domain::catalog::search::{Entry, Index, Thesaurus};
use queries::{CLASSES, Query};

pub fn titles(path: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(path).expect("read the titles");
    text.lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(code, title)| (code.to_owned(), title.to_owned()))
        .collect()
}

pub fn run(args: &[String]) {
    let option = |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1));
    let number = |name: &str, default: usize| option(name).and_then(|it| it.parse().ok()).unwrap_or(default);
    let mut titles = titles(option("--titles").expect("--titles FILE"));
    titles.truncate(number("--take", 4000));
    let whole = args.iter().any(|arg| arg == "--whole");
    let queries = queries::generate(&titles, number("--seed", 1) as u64, number("--queries", 250), whole);
    let start = Instant::now();
    let index = Index::build(titles.iter().map(|(code, title)| Entry::titled(code, title)), Thesaurus::default());
    println!("{} titles, built in {:?}, {} bytes", titles.len(), start.elapsed(), index.size());
    let miss = args.iter().any(|arg| arg == "--misses");
    report("ours", &queries, |query| index.search(query, 5).into_iter().map(|hit| hit.code).collect(), miss, &titles);
}

fn report(name: &str, queries: &[Query], search: impl Fn(&str) -> Vec<String>, misses: bool, titles: &[(String, String)]) {
    let mut times: Vec<Duration> = Vec::new();
    let mut sum = 0.0;
    for class in CLASSES {
        let (mut found, mut first, mut all) = (0, 0, 0);
        let mut class_times = Vec::new();
        for query in queries.iter().filter(|query| query.class == class) {
            // The least of three: what else the machine did is not measured.
            let mut least = Duration::MAX;
            let mut hits = Vec::new();
            for _ in 0..3 {
                let start = Instant::now();
                hits = search(&query.text);
                least = least.min(start.elapsed());
            }
            times.push(least);
            class_times.push(least);
            all += 1;
            let hit = hits.iter().take(5).any(|code| query.right.contains(code));
            found += usize::from(hit);
            first += usize::from(hits.first().is_some_and(|code| query.right.contains(code)));
            if misses && !hit {
                let title = |code: &String| titles.iter().find(|(have, _)| have == code).map_or("", |(_, title)| title);
                println!("  {class}: {:?}\n      is {}\n      got {}", query.text, query.right.iter().next().map_or("", |c| title(c)), hits.first().map_or("", |c| title(c)));
            }
        }
        sum += found as f64 / all as f64;
        class_times.sort();
        println!("{name:10} {class:14} recall@5 {:.3}  first {:.3}  p50 {:?}  p99 {:?}", found as f64 / all as f64, first as f64 / all as f64, class_times[all / 2], class_times[all * 99 / 100]);
    }
    times.sort();
    println!("{name:10} mean recall@5 {:.4}  p50 {:?}  p99 {:?}  max {:?}", sum / CLASSES.len() as f64, times[times.len() / 2], times[times.len() * 99 / 100], times[times.len() - 1]);
}
