//! From a query to names that fit, best first.

use std::{collections::BTreeMap, rc::Rc};

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
    let mut asked = Asked {
        index,
        known: Vec::new(),
    };
    by_initials(index, &typed, &mut best);
    let words = put_together(&mut asked, typed);
    fit(index, &slots(&mut asked, &words), 1.0, &mut best);
    let meant: Vec<String> = words.iter().map(|word| unmarked(index, word)).collect();
    for reading in index.thesaurus.readings(&meant) {
        let mut read = slots(&mut asked, &reading.words);
        for (slot, meant) in read.iter_mut().zip(&reading.meant) {
            slot.worth *= if *meant { MEANT } else { 1.0 };
        }
        fit(index, &read, READ_INTO, &mut best);
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
fn put_together(asked: &mut Asked<'_>, typed: Vec<String>) -> Vec<String> {
    let index = asked.index;
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
                let likest = asked.like(&word).first().map_or(0.0, |like| like.1);
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
    if index.thesaurus.is_filler(&word.replace('y', "i")) {
        worth *= 0.25;
    }
    Slot { like, worth }
}

fn slots(asked: &mut Asked<'_>, words: &[String]) -> Vec<Slot> {
    let words = words.iter().take(WORDS);
    words.map(|word| slot(asked, word)).collect()
}

fn fit(index: &Index, slots: &[Slot], share: f32, best: &mut BTreeMap<u32, f32>) {
    let total: f32 = slots.iter().map(|slot| slot.worth).sum();
    if total <= 0.0 {
        return;
    }
    let table = Table::new(index, slots);
    let aligned = (ALIGNMENTS / slots.len()).clamp(16, ALIGNED);
    let mut aligner = Aligner::new(&table, index, slots);
    for (bag, at) in likely(index, slots, &table, total, aligned) {
        let Some(name) = index.names.get(at as usize) else {
            continue;
        };
        let (order, cover) = aligner.align(name);
        let fit = BAG * bag / total + ORDER * order / total + COVER * cover;
        better(
            best,
            name.entry,
            fit * share * f32::from(name.weight) / 100.0,
        );
    }
}

/// The names that have most of the query, whatever its order, with how much: the best `most`.
///
/// A name without enough of the words that say much has too little, whatever else it has. So only
/// the names of those words, which are in few, are gone through; whether the common words are in
/// them, too, is read from the names themselves (the MaxScore of search engines).
fn likely(
    index: &Index,
    slots: &[Slot],
    table: &Table,
    total: f32,
    most: usize,
) -> Vec<(f32, u32)> {
    let need = LEAST * total;
    let mut by_worth: Vec<usize> = (0..slots.len()).collect();
    by_worth.sort_by(|one, other| slots[*other].worth.total_cmp(&slots[*one].worth));
    // What the words that are left out are worth together.
    let mut rest = total;
    let mut leading = 0;
    while rest >= need * 0.999 && leading < slots.len() {
        rest -= slots[by_worth[leading]].worth;
        leading += 1;
    }
    let (leading, common) = by_worth.split_at(leading);
    let mut bag = vec![0.0_f32; index.names.len()];
    let mut last = vec![u8::MAX; index.names.len()];
    for (number, slot) in (0..u8::MAX).zip(leading) {
        let slot = &slots[*slot];
        // The likest first, so that it counts.
        for (id, likeness) in slot.like.iter() {
            let gain = slot.worth * likeness;
            for name in index.having(*id) {
                let name = *name as usize;
                if last[name] != number {
                    last[name] = number;
                    bag[name] += gain;
                }
            }
        }
    }
    let promising = need - rest.max(0.0) - total * 1e-4;
    let mut found: Vec<(f32, f32, u32)> = Vec::new();
    let mut likest = vec![0.0_f32; slots.len()];
    for (at, (bag, name)) in (0..).zip(bag.iter().zip(&index.names)) {
        if *bag < promising {
            continue;
        }
        let mut bag = *bag;
        if !common.is_empty() {
            likest.fill(0.0);
            for id in index.text_of(name) {
                if let Some(row) = table.row(*id) {
                    for word in common {
                        likest[*word] = likest[*word].max(row[*word]);
                    }
                }
            }
            bag += (common.iter())
                .map(|word| slots[*word].worth * likest[*word])
                .sum::<f32>();
        }
        if bag >= need {
            let first = bag / total + COVER * (bag / name.mass).min(1.0);
            found.push((first, bag, at));
        }
    }
    if found.len() > most {
        found.select_nth_unstable_by(most - 1, |one, other| {
            other.0.total_cmp(&one.0).then(one.2.cmp(&other.2))
        });
        found.truncate(most);
    }
    found.into_iter().map(|(_, bag, at)| (bag, at)).collect()
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
            for (id, likeness) in slot.like.iter() {
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

    /// The likeness of a syllable to each word; `None` where it is like none.
    fn row(&self, id: u16) -> Option<&[f32]> {
        let row = *self.rows.get(usize::from(id))?;
        (row != NONE).then(|| &self.cells[row as usize..row as usize + self.width])
    }
}

/// Lays names beside the query.
struct Aligner<'q> {
    table: &'q Table,
    index: &'q Index,
    slots: &'q [Slot],
    /// `best[i]`: the first i words, up to here. `ending[i]`: the i-th word is right here.
    best: Vec<f32>,
    ending: Vec<f32>,
    /// Where in the title the best of the first i words ends.
    place: Vec<usize>,
}

impl<'q> Aligner<'q> {
    fn new(table: &'q Table, index: &'q Index, slots: &'q [Slot]) -> Self {
        Self {
            table,
            index,
            slots,
            best: vec![0.0; table.width + 1],
            ending: vec![0.0; table.width + 1],
            place: vec![usize::MAX; table.width + 1],
        }
    }

    /// The worth of the query's words that the name has in their order, and how much of the name
    /// the query covers.
    fn align(&mut self, name: &Name) -> (f32, f32) {
        let width = self.table.width;
        let Self {
            best,
            ending,
            place,
            ..
        } = self;
        best.fill(0.0);
        ending.fill(0.0);
        place.fill(usize::MAX);
        let mut covered = 0.0;
        // Whether anything ended at the word before.
        let mut ended = false;
        for (here, id) in self.index.text_of(name).iter().enumerate() {
            let Some(row) = self.table.row(*id) else {
                if ended {
                    ending.fill(0.0);
                    ended = false;
                }
                continue;
            };
            ended = true;
            let mut likest = 0.0_f32;
            // From the last word to the first, so that `i - 1` is still what it was before.
            for (at, (likeness, slot)) in row.iter().zip(self.slots).enumerate().rev() {
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
            covered += likest * self.index.worth[usize::from(*id)];
        }
        let order = best[width] / (1.0 + CLOSE);
        (order, (covered / name.mass).min(1.0))
    }
}
