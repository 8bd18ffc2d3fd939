//! Do people find what they mean, in the content as it is? `content/search/queries.tsv` says what
//! they type and which procedures would be right.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::path::Path;

use crate::Sources;

#[test]
fn people_find_what_they_mean() {
    let content = Path::new(env!("CARGO_MANIFEST_DIR")).join("../content");
    let pack = Sources::read(&content).unwrap().compile().unwrap().pack;
    let catalogue = pack.read_catalogue();
    let index = pack.index(&catalogue);
    let queries = std::fs::read_to_string(content.join("search/queries.tsv")).unwrap();
    let queries: Vec<(&str, Vec<&str>)> = queries
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once('\t').expect("a query and its codes"))
        .map(|(query, codes)| (query, codes.split(',').collect()))
        .collect();
    assert!(queries.len() >= 850);
    let mut missed = Vec::new();
    for (query, codes) in &queries {
        for code in codes {
            let known = catalogue.find(code).is_some() || pack.procedure(code).is_some();
            assert!(known, "{query}: there is no procedure {code}");
        }
        let hits = index.search(query, 10);
        let hits: Vec<_> = hits
            .iter()
            .filter(|hit| gandan_domain::catalog::LifeEvent::of_entry(&hit.code).is_none())
            .take(5)
            .collect();
        if !hits.iter().any(|hit| codes.contains(&hit.code.as_str())) {
            missed.push(*query);
        }
    }
    let recall = 1.0 - missed.len() as f64 / queries.len() as f64;
    assert!(
        recall >= 0.94,
        "recall@5 is {recall:.3}; missed: {missed:#?}"
    );
}
