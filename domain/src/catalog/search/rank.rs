//! From a query to names that fit, best first.

use std::collections::BTreeMap;

use super::{
    Index, Name,
    fold::{fold, without_typing_marks},
    initials,
    near::Like,
    segment, worth,
};

/// A query is typed by a person: what is beyond this adds cost and no meaning.
const WORDS: usize = 64;
/// Names that are aligned with the query; the rest is too far behind to catch up.
const ALIGNED: usize = 64;
/// The longer the query, the surer the first look at it: words times names stay bounded.
const ALIGNMENTS: usize = 800;
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
const NEAR: usize = 4;
/// How much more the words say that the thesaurus put in.
const MEANT: f32 = 2.0;

/// One word of the query.
struct Slot {
    like: Vec<Like>,
    /// How much it says.
    worth: f32,
}

/// How well entries fit, in (0, 1].
pub fn rank(index: &Index, query: &str) -> BTreeMap<u32, f32> {
    let mut best = BTreeMap::new();
    let typed: Vec<String> = fold(query)
        .split_whitespace()
        .take(WORDS)
        .map(str::to_owned)
        .collect();
    if typed.is_empty() {
        return best;
    }
    by_initials(index, &typed, &mut best);
    let words = put_together(index, typed);
    fit(index, slots(index, &words), 1.0, &mut best);
    let meant: Vec<String> = words.iter().map(|word| unmarked(index, word)).collect();
    for reading in index.thesaurus.readings(&meant) {
        let mut read = slots(index, &reading.words);
        for (slot, meant) in read.iter_mut().zip(&reading.meant) {
            slot.worth *= if *meant { MEANT } else { 1.0 };
        }
        fit(index, read, READ_INTO, &mut best);
    }
    best
}

fn better(best: &mut BTreeMap<u32, f32>, entry: u32, fit: f32) {
    let have = best.entry(entry).or_insert(fit);
    *have = have.max(fit);
}

/// One run of letters, or letters one by one, may be initials.
fn by_initials(index: &Index, typed: &[String], best: &mut BTreeMap<u32, f32>) {
    let one_by_one = typed.len() > 1 && typed.iter().all(|word| word.len() == 1);
    let run = match typed {
        [only] => only.clone(),
        many if one_by_one => many.concat(),
        _ => return,
    };
    let run = run.replace('y', "i");
    let word = !one_by_one && index.syllables.find(&run).is_some();
    if word && run.len() < 3 {
        return;
    }
    // A word that could be initials by chance is more likely a word.
    let share = if word { 0.6 } else { 1.0 };
    for (name, fit) in initials::with_initials(index, &run) {
        if let Some(name) = index.names.get(name as usize) {
            better(
                best,
                name.entry,
                fit * share * f32::from(name.weight) / 100.0,
            );
        }
    }
}

/// Words that were torn apart are joined, words that were run together are cut.
fn put_together(index: &Index, typed: Vec<String>) -> Vec<String> {
    let known = |word: &str| index.syllables.find(&word.replace('y', "i")).is_some();
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
                let likest = index
                    .syllables
                    .like(&word)
                    .first()
                    .map_or(0.0, |like| like.1);
                (likest < 0.7)
                    .then(|| segment::segment(index, &word.replace('y', "i")))
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
    let known = |word: &str| index.syllables.find(&word.replace('y', "i")).is_some();
    match without_typing_marks(word) {
        Some(plain) if !known(word) && known(&plain) => plain,
        _ => word.to_owned(),
    }
}

fn slot(index: &Index, word: &str) -> Slot {
    let like = index.syllables.like(word);
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
    if index.thesaurus.is_filler(&word.replace('y', "i")) {
        worth *= 0.25;
    }
    Slot { like, worth }
}

fn slots(index: &Index, words: &[String]) -> Vec<Slot> {
    let words = words.iter().take(WORDS);
    words.map(|word| slot(index, word)).collect()
}

fn fit(index: &Index, slots: Vec<Slot>, share: f32, best: &mut BTreeMap<u32, f32>) {
    let total: f32 = slots.iter().map(|slot| slot.worth).sum();
    if total <= 0.0 {
        return;
    }
    // Which names have something like each word: the likest counts.
    let mut bag = vec![0.0_f32; index.names.len()];
    let mut last = vec![u8::MAX; index.names.len()];
    for (number, slot) in (0..u8::MAX).zip(&slots) {
        for (id, likeness) in &slot.like {
            for name in index.having(*id) {
                let name = *name as usize;
                if last[name] != number {
                    last[name] = number;
                    bag[name] += slot.worth * likeness;
                }
            }
        }
    }
    let mut likely: Vec<(f32, u32)> = (0..)
        .zip(&bag)
        .zip(&index.names)
        .filter(|((_, bag), _)| **bag >= LEAST * total)
        .map(|((at, bag), name)| (bag / total + COVER * (bag / name.mass).min(1.0), at))
        .collect();
    let aligned = (ALIGNMENTS / slots.len()).clamp(16, ALIGNED);
    if likely.len() > aligned {
        likely.select_nth_unstable_by(aligned - 1, |one, other| {
            other.0.total_cmp(&one.0).then(one.1.cmp(&other.1))
        });
        likely.truncate(aligned);
    }
    let table = Table::new(index, &slots);
    for (_, at) in likely {
        let Some(name) = index.names.get(at as usize) else {
            continue;
        };
        let (order, cover) = table.align(index, name, &slots);
        let fit = BAG * bag[at as usize] / total + ORDER * order / total + COVER * cover;
        better(
            best,
            name.entry,
            fit * share * f32::from(name.weight) / 100.0,
        );
    }
}

/// The likeness of every syllable to every word of the query.
struct Table {
    /// By syllable, then by word; the row of a syllable is `rows[id]`.
    cells: Vec<f32>,
    /// Where the row of a syllable begins; `NONE` where it is like no word.
    rows: Vec<u32>,
    width: usize,
}

const NONE: u32 = u32::MAX;

impl Table {
    fn new(index: &Index, slots: &[Slot]) -> Self {
        let width = slots.len();
        let mut table = Self {
            cells: Vec::new(),
            rows: vec![NONE; index.syllables.len()],
            width,
        };
        for (column, slot) in slots.iter().enumerate() {
            for (id, likeness) in &slot.like {
                let row = &mut table.rows[usize::from(*id)];
                if *row == NONE {
                    *row = super::number(table.cells.len());
                    table.cells.resize(table.cells.len() + width, 0.0);
                }
                table.cells[*row as usize + column] = *likeness;
            }
        }
        table
    }

    /// The worth of the query's words that the name has in their order, and how much of the name
    /// the query covers.
    fn align(&self, index: &Index, name: &Name, slots: &[Slot]) -> (f32, f32) {
        let width = self.width;
        // `best[i]`: the first i words, up to here. `ending[i]`: the i-th word is right here.
        let mut best = vec![0.0_f32; width + 1];
        let mut ending = vec![0.0_f32; width + 1];
        // Where in the title the best of the first i words ends.
        let mut place = vec![usize::MAX; width + 1];
        let mut covered = 0.0;
        for (here, id) in index.text_of(name).iter().enumerate() {
            let row = self.rows[usize::from(*id)];
            if row == NONE {
                ending.fill(0.0);
                continue;
            }
            let row = &self.cells[row as usize..row as usize + width];
            let mut likest = 0.0_f32;
            // From the last word to the first, so that `i - 1` is still what it was before.
            for (at, (likeness, slot)) in row.iter().zip(slots).enumerate().rev() {
                if *likeness <= 0.0 {
                    ending[at + 1] = 0.0;
                    continue;
                }
                likest = likest.max(*likeness);
                let gain = slot.worth * likeness;
                let follows = if ending[at] > 0.0 {
                    ending[at] + gain * CLOSE
                } else {
                    0.0
                };
                let apart = here.saturating_sub(place[at]);
                let far = if apart > NEAR + 1 { FAR } else { 1.0 };
                ending[at + 1] = (gain + follows).max(best[at] + gain * far);
            }
            for at in 1..=width {
                if ending[at] > best[at] {
                    best[at] = ending[at];
                    place[at] = here;
                }
                if best[at - 1] > best[at] {
                    best[at] = best[at - 1];
                    place[at] = place[at - 1];
                }
            }
            covered += likest * index.worth[usize::from(*id)];
        }
        let order = best[width] / (1.0 + CLOSE);
        (order, (covered / name.mass).min(1.0))
    }
}
