//! The entries that fit best so far, and what an entry must still reach to be among them.
//!
//! A search asks [`Best::could`] before it looks closely at a name: most of what it could look at
//! is too far behind the fifth best to be seen. So the answer is the same as if all had been
//! looked at, at a small part of the cost.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use super::{Hit, Index};

/// By how many per cent more one code is meant than another, `None` for one that is not wanted.
pub type Likely<'q> = &'q dyn Fn(&str) -> Option<i8>;

pub struct Best<'q> {
    index: &'q Index,
    limit: usize,
    /// More than this is `likely` for none.
    most: i8,
    likely: Likely<'q>,
    score_of: BTreeMap<u32, u32>,
    /// The same, best first; of two with one score the code that comes first.
    order: BTreeSet<(Reverse<u32>, &'q str, u32)>,
    /// An entry of no more than usual likelihood needs this fit.
    bar: f32,
}

impl<'q> Best<'q> {
    pub fn new(index: &'q Index, limit: usize, most: i8, likely: Likely<'q>) -> Self {
        Self {
            index,
            limit,
            most,
            likely,
            score_of: BTreeMap::new(),
            order: BTreeSet::new(),
            bar: if limit == 0 { f32::INFINITY } else { 0.0 },
        }
    }

    /// The least fit that may get anything into the list, whatever entry it is of.
    pub fn bar(&self) -> f32 {
        self.bar
    }

    /// The fit of the best.
    pub fn top(&self) -> f32 {
        #[expect(clippy::cast_precision_loss, reason = "scores are about 1000")]
        let fit = |score: u32| score as f32 / 1000.0;
        self.order
            .first()
            .map_or(0.0, |(Reverse(score), ..)| fit(*score))
    }

    /// Whether an entry with this fit may be in the list; `true` in doubt.
    pub fn could(&self, entry: u32, fit: f32) -> bool {
        fit >= self.bar
            && (self.most == 0
                || (self.scored(entry, fit)).is_some_and(|(score, code)| self.room(score, code)))
    }

    /// Of two fits of one entry, the better counts.
    pub fn offer(&mut self, entry: u32, fit: f32) {
        if fit < self.bar {
            return;
        }
        let Some((score, code)) = self.scored(entry, fit) else {
            return;
        };
        if !self.room(score, code) {
            return;
        }
        if let Some(have) = self.score_of.get_mut(&entry) {
            if *have >= score {
                return;
            }
            self.order.remove(&(Reverse(*have), code, entry));
            *have = score;
        } else {
            self.score_of.insert(entry, score);
        }
        self.order.insert((Reverse(score), code, entry));
        if self.order.len() > self.limit
            && let Some((_, _, worst)) = self.order.pop_last()
        {
            self.score_of.remove(&worst);
        }
        if self.order.len() == self.limit
            && let Some((Reverse(least), ..)) = self.order.last()
        {
            #[expect(clippy::cast_precision_loss, reason = "a few thousand at most")]
            let least = *least as f32;
            // Half a point is rounded up; a hair more for what the division rounds.
            self.bar = (least - 0.51) / (100.0 + f32::from(self.most)) / 10.0;
        }
    }

    fn room(&self, score: u32, code: &str) -> bool {
        self.order.len() < self.limit
            || (self.order.last())
                .is_some_and(|(worst, last, _)| (Reverse(score), code) < (*worst, *last))
    }

    fn scored(&self, entry: u32, fit: f32) -> Option<(u32, &'q str)> {
        let code = self.index.codes.get(entry as usize)?.as_str();
        let likely = (self.likely)(code)?.min(self.most);
        let score = fit * (100.0 + f32::from(likely)) * 10.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and a few thousand"
        )]
        let score = score.round() as u32;
        (score > 0).then_some((score, code))
    }

    pub fn hits(self) -> Vec<Hit> {
        let order = self.order.into_iter();
        order
            .map(|(Reverse(score), code, _)| Hit {
                code: code.to_owned(),
                score,
            })
            .collect()
    }
}
