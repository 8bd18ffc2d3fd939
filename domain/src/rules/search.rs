//! Which procedures somebody means, as JSON.

use serde_json::{Value, json};

use crate::catalog::{Hit, Index, LifeEvent};

/// How many are named.
pub const HITS: usize = 5;

/// `{query, hits: [{code, score}]}`, best first.
pub fn answer(index: &Index, query: &str) -> Value {
    let hits = found(index, query);
    let hits: Vec<Value> = hits
        .into_iter()
        .map(|hit| json!({ "code": hit.code, "score": hit.score }))
        .collect();
    json!({ "query": query, "hits": hits })
}

/// Procedures only: a life event has no code that anybody could compare.
pub fn found(index: &Index, query: &str) -> Vec<Hit> {
    index.search_for(query, HITS, |code| {
        LifeEvent::of_entry(code).is_none().then_some(0)
    })
}
