//! From a query to names that fit, best first.

use std::{cmp::Reverse, collections::BinaryHeap, rc::Rc};

use super::{
    Index,
    best::Best,
    fold::{fold, spelt, without_typing_marks},
    initials,
    near::Like,
    segment, worth,
};

/// A query is typed by a person: what is beyond this adds cost and no meaning.
const WORDS: usize = 64;
/// How far down to look for the best before more is looked at.
const STEP: f32 = 0.88;
/// More than rounding can make of a bound.
const HAIR: f32 = 1e-4;
/// Less of the query than this is no fit.
const LEAST: f32 = 0.42;
/// What is read into a query counts a little less than what stands there.
const READ_INTO: f32 = 0.97;

const BAG: f32 = 0.35;
const ORDER: f32 = 0.52;
const COVER: f32 = 0.13;
/// What following at once adds to a word.
const CLOSE: f32 = 0.6;
/// What is left of a word that comes long after the one before it: a title of two hundred words
/// has every query in it somewhere.
const FAR: f32 = 0.6;
/// How many words of the title may stand between.
const NEAR: u32 = 4;
/// How much more the words say that the thesaurus put in.
const MEANT: f32 = 2.0;

/// Where nothing fits better, somebody tells a story and no name is in it. Then it is looked for what
/// its words touch ([`touch`]), and for what single phrases of it mean, each by itself.
const WEAK: f32 = 0.7;

/// So many words may be a story.
const STORY: usize = 4;
/// Words that say so much are enough to know what a story is about: two or three rare ones.
const ENOUGH: f32 = 12.0;
const TOLD: f32 = 0.3;
const TOGETHER: f32 = 0.4;
const COVERED: f32 = 0.2;
/// Less is chance: any story has some word of some title.
const TOUCHED: f32 = 0.3;

/// What a phrase of a story counts, and a tenth more for every word of it.
const ABOUT: f32 = 0.5;

/// One word of the query.
struct Slot {
    like: Rc<[Like]>,
    /// How much it says.
    worth: f32,
}

/// What words of this query may stand for: a word is asked about several times.
struct Asked<'i> {
    index: &'i Index,
    known: Vec<(String, Rc<[Like]>)>,
}

impl Asked<'_> {
    fn like(&mut self, word: &str) -> Rc<[Like]> {
        if let Some((_, like)) = self.known.iter().find(|(known, _)| known == word) {
            return Rc::clone(like);
        }
        let like: Rc<[Like]> = self.index.syllables.like(word).into();
        self.known.push((word.to_owned(), Rc::clone(&like)));
        like
    }
}

/// Offers the entries that fit, each with how well, in (0, 1].
pub fn rank(index: &Index, query: &str, best: &mut Best<'_>) {
    let mut bags = Bags::default();
    rank_by(index, query, best, |slots, share, best| {
        fit(index, slots, share, &mut bags, best);
    });
}

fn rank_by<'q>(
    index: &Index,
    query: &str,
    best: &mut Best<'q>,
    mut fit: impl FnMut(&[Slot], f32, &mut Best<'q>),
) {
    let typed: Vec<String> = fold(query)
        .split_whitespace()
        .take(WORDS)
        .map(str::to_owned)
        .collect();
    if typed.is_empty() {
        return;
    }
    let mut asked = Asked {
        index,
        known: Vec::new(),
    };
    by_initials(index, &typed, best);
    let words = put_together(&mut asked, typed);
    fit(&slots(&mut asked, &words), 1.0, best);
    let meant: Vec<String> = words.iter().map(|word| unmarked(index, word)).collect();
    for reading in index.thesaurus.readings(&meant) {
        let mut read = slots(&mut asked, &reading.words);
        for (slot, meant) in read.iter_mut().zip(&reading.meant) {
            slot.worth *= if *meant { MEANT } else { 1.0 };
        }
        fit(&read, READ_INTO, best);
    }
    if best.top() < WEAK {
        if words.len() >= STORY {
            touch(index, &slots(&mut asked, &words), best);
        }
        for (said, words) in index.thesaurus.meanings(&meant) {
            #[expect(clippy::cast_precision_loss, reason = "phrases are short")]
            let share = ABOUT * (1.0 + 0.1 * said.min(4) as f32);
            fit(&slots(&mut asked, words), share, best);
        }
    }
}

/// One run of letters, or letters one by one, may be initials.
fn by_initials(index: &Index, typed: &[String], best: &mut Best<'_>) {
    let one_by_one = typed.len() > 1 && typed.iter().all(|word| word.len() == 1);
    let run = match typed {
        [only] => only.clone(),
        many if one_by_one => many.concat(),
        _ => return,
    };
    let run = spelt(&run);
    let word = !one_by_one && index.syllables.find(&run).is_some();
    if word && run.len() < 3 {
        return;
    }
    // A word that could be initials by chance is more likely a word.
    let share = if word { 0.6 } else { 1.0 };
    initials::offer(index, &run, share, best);
}

/// Words that were torn apart are joined, words that were run together are cut.
fn put_together(asked: &mut Asked<'_>, typed: Vec<String>) -> Vec<String> {
    let index = asked.index;
    let known = |word: &str| index.syllables.typed(word).is_some();
    let mut joined: Vec<String> = Vec::new();
    for word in typed {
        if let Some(last) = joined.last_mut() {
            let both = [last.as_str(), &word].concat();
            if (!known(last) || !known(&word)) && both.len() <= 7 && known(&both) {
                *last = both;
                continue;
            }
        }
        joined.push(word);
    }
    let mut words = Vec::new();
    for word in joined {
        let pieces = (word.len() >= 4 && !known(&word))
            .then(|| {
                let likest = asked.like(&word).first().map_or(0.0, |like| like.1);
                let word = spelt(&word);
                (likest < 0.7 && !index.thesaurus.says(&word))
                    .then(|| segment::segment(index, &word))
                    .flatten()
            })
            .flatten();
        match pieces {
            Some(pieces) => words.extend(pieces),
            None => words.push(word),
        }
    }
    words
}

/// The word without the marks that a keyboard left over, where only that is a word.
fn unmarked(index: &Index, word: &str) -> String {
    let known = |word: &str| index.syllables.typed(word).is_some();
    match without_typing_marks(word) {
        Some(plain) if !known(word) && known(&plain) => plain,
        _ => word.to_owned(),
    }
}

fn slot(asked: &mut Asked<'_>, word: &str) -> Slot {
    let index = asked.index;
    let like = asked.like(word);
    let likest = like.first().map_or(0.0, |like| like.1);
    // A word that may stand for much says little.
    #[expect(clippy::cast_precision_loss, reason = "counts of names are small")]
    let having: f32 = like
        .iter()
        .map(|(id, likeness)| (likeness / likest).powi(6) * index.having(*id).len() as f32)
        .sum();
    #[expect(clippy::cast_precision_loss, reason = "counts of names are small")]
    let mut worth = match like.is_empty() {
        true => 2.0,
        false => worth(index.names.len() as f32, having),
    };
    if index.thesaurus.is_filler(&spelt(word)) {
        worth *= 0.25;
    }
    Slot { like, worth }
}

fn slots(asked: &mut Asked<'_>, words: &[String]) -> Vec<Slot> {
    let words = words.iter().take(WORDS);
    words.map(|word| slot(asked, word)).collect()
}

/// Offers the names that have enough of the query.
///
/// What can be said of a name at little cost bounds its fit from above, and only a name whose
/// bound is among the best gets the dearer look: first how much of the query is in it, and how
/// much of that comes right after the word before ([`Bags`], all names at once), then how the two
/// lie beside each other ([`Aligner`]). The most promising name is always the next, so that
/// little is looked at; nothing that fits is lost by it.
fn fit(index: &Index, slots: &[Slot], share: f32, bags: &mut Bags, best: &mut Best<'_>) {
    let total: f32 = slots.iter().map(|slot| slot.worth).sum();
    if total <= 0.0 {
        return;
    }
    let table = Table::new(index, slots, total);
    let top = bags.bound(index, slots, &table);
    if top <= 0.0 {
        return;
    }
    let mut aligner = Aligner::new(&table);
    let mut promising: BinaryHeap<Bound> = BinaryHeap::new();
    // What promises less than this is not among the promising yet.
    let mut from = f32::INFINITY;
    loop {
        let Some(bound) = promising.pop() else {
            // Whatever has enough of the query promises more than this.
            let least = (best.bar() / share).max(BAG * LEAST);
            if from <= least {
                return;
            }
            let to = (from.min(top) * STEP).max(least);
            promising = BinaryHeap::from(bags.between(to, from));
            from = to;
            continue;
        };
        if bound.most() * share < best.bar() {
            promising.clear();
            continue;
        }
        let at = bound.at();
        let Some(name) = index.names.get(at) else {
            continue;
        };
        let share = share * f32::from(name.weight) / 100.0;
        if !best.could(name.entry, bound.most() * share) {
            continue;
        }
        let (bag, order) = aligner.align(index.text_of(name));
        if bag >= LEAST {
            let fit = table.fit(bag, order, index.per_mass[at]);
            best.offer(name.entry, fit * share);
        }
    }
}

/// Offers the names that a story touches: of a long one most words belong to no name, so what counts
/// is how much they say that do, how much of that stands together in both, and how much of the
/// name it is.
fn touch(index: &Index, slots: &[Slot], best: &mut Best<'_>) {
    let total: f32 = slots.iter().map(|slot| slot.worth).sum();
    if total <= 0.0 {
        return;
    }
    let mut bags = Bags::default();
    bags.bound(index, slots, &Table::new(index, slots, total));
    let enough = total.min(ENOUGH);
    let each = bags.all.iter().zip(&bags.close).zip(&index.per_mass);
    for (((bag, close), per_mass), name) in each.zip(&index.names) {
        let said = |part: &u16| f32::from(*part) / BAG_UNIT * total;
        let fit = TOLD * (said(bag) / enough).min(1.0)
            + TOGETHER * (said(close) / enough).min(1.0)
            + COVERED * (said(bag) * per_mass).min(1.0);
        if fit >= TOUCHED {
            best.offer(name.entry, fit * f32::from(name.weight) / 100.0);
        }
    }
}

/// A name, and a fit that its own is not greater than. The greatest comes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Bound(
    /// The order of positive floats is that of their bits.
    u32,
    Reverse<u32>,
);

impl Bound {
    fn new(most: f32, at: usize) -> Self {
        Self(most.max(0.0).to_bits(), Reverse(super::number(at)))
    }

    fn most(self) -> f32 {
        f32::from_bits(self.0)
    }

    fn at(self) -> usize {
        self.1.0 as usize
    }
}

/// How much of the query is in each name, for all names at once.
#[derive(Default)]
struct Bags {
    /// By name, in parts of [`BAG_UNIT`], rounded up: what is there, in whatever order.
    all: Vec<u16>,
    /// What there comes right after the word before it.
    close: Vec<u16>,
    /// One word's part.
    word: Vec<u16>,
    /// By name: no fit is greater; 0 where too little is there.
    most: Vec<f32>,
}

/// All of a query. [`WORDS`] are rounded up by two at most, and the sum still fits.
const BAG_UNIT: f32 = 60_000.0;

/// Rounded up.
fn part(gain: f32) -> u16 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a part of BAG_UNIT"
    )]
    let part = (gain * BAG_UNIT) as u16;
    part + 2
}

impl Bags {
    /// Bounds every fit by what is in the name and what of it is close; the greatest bound.
    fn bound(&mut self, index: &Index, slots: &[Slot], table: &Table) -> f32 {
        for parts in [&mut self.all, &mut self.close, &mut self.word] {
            parts.clear();
            parts.resize(index.names.len(), 0);
        }
        let mut before: &[Like] = &[];
        for (word, slot) in slots.iter().enumerate() {
            // The likest last, so that it stays.
            for (id, likeness) in slot.like.iter().rev() {
                let gain = part(slot.worth * likeness / table.total);
                for name in index.having(*id) {
                    if let Some(have) = self.word.get_mut(usize::from(*name)) {
                        *have = gain;
                    }
                }
            }
            add(&mut self.all, &mut self.word);
            for (id, _) in before {
                for (next, place) in index.pairs.after(*id) {
                    let row = table.row(next);
                    if row.words >> word & 1 == 0 {
                        continue;
                    }
                    let gain = part(table.gains(row)[word]);
                    for name in index.pairs.names(place) {
                        if let Some(have) = self.word.get_mut(usize::from(*name)) {
                            *have = (*have).max(gain);
                        }
                    }
                }
            }
            add(&mut self.close, &mut self.word);
            before = &slot.like;
        }
        self.most.clear();
        let each = (self.all.iter().zip(&self.close)).zip(&index.per_mass);
        self.most.extend(each.map(|((bag, close), per_mass)| {
            let bag = f32::from(*bag) / BAG_UNIT;
            // The first of the words follows nothing.
            let close = (f32::from(*close) / BAG_UNIT)
                .min(bag - table.least)
                .max(0.0);
            let order = (bag + CLOSE * close) / (1.0 + CLOSE);
            let most = table.fit(bag, order, *per_mass) + HAIR;
            if bag >= LEAST { most } else { 0.0 }
        }));
        self.most.iter().copied().fold(0.0, f32::max)
    }

    /// The names whose bound is so much at least, and less than `above`.
    fn between(&self, least: f32, above: f32) -> Vec<Bound> {
        // So many in one go, without branches, are vector code.
        const LANE: usize = 16;
        let within = |most: f32| (most >= least) & (most < above);
        let mut found = Vec::with_capacity(64);
        for (lane, all) in self.most.chunks(LANE).enumerate() {
            if all.iter().fold(false, |any, most| any | within(*most)) {
                for (at, most) in all.iter().enumerate() {
                    if within(*most) {
                        found.push(Bound::new(*most, lane * LANE + at));
                    }
                }
            }
        }
        found
    }
}

/// Adds one word's parts, and clears them for the next.
fn add(all: &mut [u16], word: &mut [u16]) {
    for (all, word) in all.iter_mut().zip(word) {
        *all += *word;
        *word = 0;
    }
}

/// What the syllables are to the words of the query.
struct Table {
    /// By syllable.
    rows: Vec<Row>,
    /// The part of the query that a syllable is as each word.
    gains: Vec<f32>,
    /// How many words there are.
    width: usize,
    /// The least of all gains.
    least: f32,
    /// What the query is worth.
    total: f32,
}

#[derive(Clone, Copy, Default)]
struct Row {
    /// The words that the syllable is like, one bit each.
    words: u64,
    /// Where its gains begin.
    gains: u32,
}

impl Table {
    fn new(index: &Index, slots: &[Slot], total: f32) -> Self {
        let width = slots.len();
        let mut table = Self {
            rows: vec![Row::default(); index.syllables.len()],
            gains: Vec::new(),
            width,
            least: 1.0,
            total,
        };
        for (word, slot) in slots.iter().enumerate() {
            for (id, likeness) in slot.like.iter() {
                let row = &mut table.rows[usize::from(*id)];
                if row.words == 0 {
                    row.gains = super::number(table.gains.len());
                    table.gains.resize(table.gains.len() + width, 0.0);
                }
                let gain = slot.worth * likeness / total;
                row.words |= 1 << word;
                table.gains[row.gains as usize + word] = gain;
                table.least = table.least.min(gain);
            }
        }
        table
    }

    fn row(&self, id: u16) -> Row {
        self.rows.get(usize::from(id)).copied().unwrap_or_default()
    }

    fn gains(&self, row: Row) -> &[f32] {
        let start = row.gains as usize;
        self.gains.get(start..start + self.width).unwrap_or(&[])
    }

    fn fit(&self, bag: f32, order: f32, per_mass: f32) -> f32 {
        let cover = (bag * self.total * per_mass).min(1.0);
        BAG * bag + ORDER * order + COVER * cover
    }
}

/// Lays names beside the query.
struct Aligner<'q> {
    table: &'q Table,
    /// The syllables of a name that are like some word, and where each stands.
    met: Vec<(u32, Row)>,
    /// By word: the most that it gains in the name.
    likest: [f32; WORDS],
    /// The most that the first so many words have in order up to here, and where that ends.
    best: [(f32, u32); WORDS + 1],
    /// The same where the last of them is right here.
    ending: [f32; WORDS + 1],
}

impl<'q> Aligner<'q> {
    fn new(table: &'q Table) -> Self {
        Self {
            table,
            met: Vec::new(),
            likest: [0.0; WORDS],
            best: [(0.0, u32::MAX); WORDS + 1],
            ending: [0.0; WORDS + 1],
        }
    }

    /// The parts of the query that the name has, and that it has in their order.
    fn align(&mut self, text: &[u16]) -> (f32, f32) {
        let table = self.table;
        // Written whether it counts or not, and kept if it does: most do not, in no pattern.
        self.met
            .resize(self.met.len().max(text.len()), <_>::default());
        let mut many = 0;
        for (here, id) in (0..).zip(text) {
            let row = table.row(*id);
            if let Some(met) = self.met.get_mut(many) {
                *met = (here, row);
            }
            many += usize::from(row.words != 0);
        }
        let width = table.width.min(WORDS);
        let (likest, ending) = (&mut self.likest, &mut self.ending);
        likest[..width].fill(0.0);
        let best = &mut self.best;
        best[..=width].fill((0.0, u32::MAX));
        let (mut before, mut last) = (0, u32::MAX);
        for (here, row) in &self.met[..many] {
            if here.wrapping_sub(last) != 1 {
                before = 0;
            }
            let gains = table.gains(*row);
            let mut left = row.words;
            // From the last word to the first, so that what is before a word is as it was before.
            while left != 0 {
                let at = (63 - left.leading_zeros()) as usize % WORDS;
                left ^= 1 << at;
                let gain = gains.get(at).copied().unwrap_or_default();
                likest[at] = likest[at].max(gain);
                let follows = match before << 1 >> at & 1 == 1 {
                    true => ending[at] + gain * CLOSE,
                    false => 0.0,
                };
                let (most, place) = best[at];
                let far = if here.saturating_sub(place) > NEAR + 1 {
                    FAR
                } else {
                    1.0
                };
                let new = (gain + follows).max(most + gain * far);
                ending[at + 1] = new;
                // What the first words have, so many and one more have.
                for best in &mut best[at + 1..=width] {
                    if best.0 >= new {
                        break;
                    }
                    *best = (new, *here);
                }
            }
            (before, last) = (row.words, *here);
        }
        let order = best[width].0 / (1.0 + CLOSE);
        (likest[..width].iter().sum(), order)
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test stops at the first surprise"
    )]

    use super::*;
    use crate::catalog::search::{Entry, Hit, Thesaurus, best::Likely};

    /// Every name beside the query, nothing left out: what [`fit`] must not differ from.
    fn fit_all(index: &Index, slots: &[Slot], share: f32, best: &mut Best<'_>) {
        let total: f32 = slots.iter().map(|slot| slot.worth).sum();
        let gain = |slot: &Slot, id: u16| {
            let like = slot.like.iter().find(|like| like.0 == id);
            like.map_or(0.0, |like| slot.worth * like.1 / total)
        };
        for (name, per_mass) in index.names.iter().zip(&index.per_mass) {
            let text = index.text_of(name);
            let likest = slots.iter().map(|slot| {
                let gains = text.iter().map(|id| gain(slot, *id));
                gains.fold(0.0, f32::max)
            });
            let bag: f32 = likest.sum();
            let many = slots.len();
            let mut best_to = vec![0.0_f32; many + 1];
            let mut place = vec![usize::MAX; many + 1];
            let mut ending = vec![0.0_f32; many + 1];
            for (here, id) in text.iter().enumerate() {
                let mut ends = vec![0.0_f32; many + 1];
                for (at, slot) in slots.iter().enumerate() {
                    let gain = gain(slot, *id);
                    if gain > 0.0 {
                        let follows = if ending[at] > 0.0 {
                            ending[at] + gain * CLOSE
                        } else {
                            0.0
                        };
                        let apart = here.saturating_sub(place[at]);
                        let far = if apart > NEAR as usize + 1 { FAR } else { 1.0 };
                        ends[at + 1] = (gain + follows).max(best_to[at] + gain * far);
                    }
                }
                ending = ends;
                for at in 1..=many {
                    if ending[at] > best_to[at] {
                        best_to[at] = ending[at];
                        place[at] = here;
                    }
                    if best_to[at - 1] > best_to[at] {
                        best_to[at] = best_to[at - 1];
                        place[at] = place[at - 1];
                    }
                }
            }
            if bag >= LEAST {
                let order = best_to[many] / (1.0 + CLOSE);
                let cover = (bag * total * per_mass).min(1.0);
                let fit = BAG * bag + ORDER * order + COVER * cover;
                best.offer(name.entry, fit * share * f32::from(name.weight) / 100.0);
            }
        }
    }

    fn hits(index: &Index, query: &str, limit: usize, likely: Likely<'_>, all: bool) -> Vec<Hit> {
        let mut best = Best::new(index, limit, 10, likely);
        match all {
            true => rank_by(index, query, &mut best, |slots, share, best| {
                fit_all(index, slots, share, best);
            }),
            false => rank(index, query, &mut best),
        }
        best.hits()
    }

    /// Whatever the titles, the query, and who asks.
    #[test]
    fn what_is_left_out_would_not_have_been_found() {
        const SYLLABLES: [&str; 24] = [
            "dang", "ky", "khai", "sinh", "tu", "ket", "hon", "cap", "lai", "giay", "chung",
            "nhan", "quyen", "su", "dung", "dat", "thu", "tuc", "ho", "khau", "khi", "san", "xa",
            "tru",
        ];
        const TYPED: [&str; 16] = [
            "dag", "kyy", "kha", "s", "xinh", "cha", "ch", "nhaanj", "capp", "quen", "xuwr", "t",
            "dungdat", "hokhau", "zzz", "d9at",
        ];
        let text = |picks: &[u8], typed: bool| {
            let words = picks.iter().map(|pick| match usize::from(*pick) {
                at if typed && at >= 160 => TYPED[at % 16],
                at => SYLLABLES[at % 24],
            });
            words.collect::<Vec<_>>().join(" ")
        };
        bolero::check!()
            .with_type::<(Vec<u8>, Vec<(Vec<u8>, bool)>, u8)>()
            .for_each(|(query, titles, seed)| {
                // Small inputs say little: the same bytes, read several ways, are many titles.
                let mut entries = Vec::new();
                for turn in 0..12_u8 {
                    for (number, (picks, aside)) in titles.iter().enumerate() {
                        let picks: Vec<u8> = picks
                            .iter()
                            .map(|pick| pick.wrapping_mul(2 * turn + 1).wrapping_add(*seed))
                            .collect();
                        let title = text(&picks, false);
                        let mut entry = Entry::titled(format!("{turn}.{number}"), &title);
                        entry.names[0].1 = if *aside { 60 } else { 100 };
                        entries.push(entry);
                    }
                }
                let thesaurus =
                    Thesaurus::new([("ho khau", vec!["dang ky thu", "giay dat"])], ["lai"]);
                let index = Index::build(entries, thesaurus);
                let query = text(query, true);
                let by_code = |code: &str| {
                    let sum: u32 = code.bytes().map(u32::from).sum();
                    [None, Some(-6), Some(0), Some(8), Some(100)][(sum % 5) as usize]
                };
                let likely: [Likely<'_>; 2] = [&|_| Some(0), &by_code];
                for likely in likely {
                    for limit in [0, 1, 5, 40] {
                        assert_eq!(
                            hits(&index, &query, limit, likely, false),
                            hits(&index, &query, limit, likely, true),
                            "{query}"
                        );
                    }
                }
            });
    }
}
