//! Which syllables of the titles a typed word may stand for, and how likely.

use std::ops::Range;

use super::fold::{sound, spelt, without_typing_marks};

/// A syllable and its likeness to what was typed, in (0, 1].
pub type Like = (u16, f32);

/// A word is taken for so many syllables at most, the likest: two letters begin a hundred.
const MANY: usize = 16;

/// Every syllable of the titles, in alphabetical order; its place is its id.
#[derive(Clone, Debug, Default)]
pub struct Syllables {
    words: Vec<Box<str>>,
    /// [`key`] of each: in the same order, and compared in one step.
    keys: Vec<u64>,
    /// What each may stand for: `like[like_starts[id]..like_starts[id + 1]]`.
    like: Vec<Like>,
    like_starts: Vec<u32>,
    /// How often each stands in the titles.
    counts: Vec<u32>,
    /// One bit per letter that it has: two words whose bits differ in many places are not near.
    /// Filled up with words that are near none, see [`LANE`].
    letters: Vec<u32>,
    /// The keys of how they sound, sorted, and whose sound it is. What is longer than a key
    /// sounds like nothing else.
    sounds: Vec<u64>,
    sounding: Vec<u16>,
    total: u32,
}

/// So many words are looked at in one go: without branches between them it is vector code.
const LANE: usize = 16;

/// The bits of a word that is near none.
const FAR: u32 = u32::MAX;

/// What a typed word that is not the syllable itself is worth.
const MARKED: f32 = 0.98;
const SOUNDS_ALIKE: f32 = 0.86;
const ONE_SLIP: [f32; 3] = [0.45, 0.62, 0.74];
const TWO_SLIPS: f32 = 0.5;
const BEGINS: (f32, f32) = (0.5, 0.35);
const BEGINS_WITH_A_SLIP: f32 = 0.45;

impl Syllables {
    /// `words` are sorted.
    pub fn new(words: Vec<String>, counts: Vec<u32>) -> Self {
        let heard = words.iter().zip(0..=u16::MAX);
        let mut sounds: Vec<(u64, u16)> = heard
            .map(|(word, id)| (sound(word), id))
            .filter(|(sound, _)| sound.len() <= KEY)
            .map(|(sound, id)| (key(sound.as_bytes()), id))
            .collect();
        sounds.sort_unstable();
        let mut bits: Vec<u32> = words.iter().map(|word| letters(word)).collect();
        bits.resize(bits.len().next_multiple_of(LANE), FAR);
        let mut syllables = Self {
            letters: bits,
            keys: words.iter().map(|word| key(word.as_bytes())).collect(),
            words: words.into_iter().map(String::into_boxed_str).collect(),
            total: counts.iter().sum(),
            counts,
            sounding: sounds.iter().map(|(_, id)| *id).collect(),
            sounds: sounds.into_iter().map(|(sound, _)| sound).collect(),
            like: Vec::new(),
            like_starts: vec![0],
        };
        for id in 0..syllables.len() {
            let like = syllables.compare(&syllables.words[id]);
            syllables.like.extend(like);
            let end = super::number(syllables.like.len());
            syllables.like_starts.push(end);
        }
        syllables
    }

    pub fn len(&self) -> usize {
        self.words.len()
    }

    pub fn count(&self, id: u16) -> u32 {
        self.counts.get(usize::from(id)).copied().unwrap_or(0)
    }

    pub fn total(&self) -> u32 {
        self.total
    }

    #[cfg(test)]
    fn word(&self, id: u16) -> &str {
        self.words.get(usize::from(id)).map_or("", |word| word)
    }

    pub fn size(&self) -> usize {
        self.words.iter().map(|word| word.len()).sum::<usize>()
            + size_of_val(self.words.as_slice())
            + size_of_val(self.keys.as_slice())
            + size_of_val(self.like.as_slice())
            + size_of_val(self.like_starts.as_slice())
            + size_of_val(self.counts.as_slice())
            + size_of_val(self.letters.as_slice())
            + size_of_val(self.sounds.as_slice())
            + size_of_val(self.sounding.as_slice())
    }

    pub fn find(&self, word: &str) -> Option<u16> {
        let begun = self.beginning(word);
        (self.words.get(begun.start)).filter(|first| !begun.is_empty() && ***first == *word)?;
        u16::try_from(begun.start).ok()
    }

    /// The same of a word with `y` as it was typed.
    pub fn typed(&self, word: &str) -> Option<u16> {
        self.find(&spelt(word))
    }

    /// The ids of all that begin so.
    pub fn beginning(&self, start: &str) -> Range<usize> {
        let bytes = start.as_bytes();
        let first = key(bytes);
        let rest = u64::MAX.checked_shr(8 * super::number(bytes.len()));
        let last = first | rest.unwrap_or(0);
        let from = self.keys.partition_point(|key| *key < first);
        let many = self.keys[from..].partition_point(|key| *key <= last);
        let begun = from..from + many;
        if bytes.len() <= KEY {
            return begun;
        }
        // What is longer than a key is rare.
        let words = &self.words[begun.clone()];
        let from = words.partition_point(|have| **have < *start);
        let many = words[from..].partition_point(|have| have.starts_with(start));
        begun.start + from..begun.start + from + many
    }

    /// Those of `ids`, which all begin with the same `at` letters, that go on with `letter`.
    pub fn going_on(&self, ids: Range<usize>, at: usize, letter: u8) -> Range<usize> {
        let from_in = |from: usize, many: usize| ids.start + from..ids.start + from + many;
        if at < KEY {
            let next = |key: &u64| key.to_be_bytes()[at];
            let all = &self.keys[ids.clone()];
            let from = all.partition_point(|key| next(key) < letter);
            let many = all[from..].partition_point(|key| next(key) == letter);
            return from_in(from, many);
        }
        let next = |word: &str| word.as_bytes().get(at).copied();
        let all = &self.words[ids.clone()];
        let from = all.partition_point(|word| next(word) < Some(letter));
        let many = all[from..].partition_point(|word| next(word) == Some(letter));
        from_in(from, many)
    }

    /// Whether the first of some words that begin with the same `length` letters is just those.
    pub fn is_whole(&self, ids: &Range<usize>, length: usize) -> Option<u16> {
        let first = self.words.get(ids.start).filter(|_| !ids.is_empty())?;
        (first.len() == length).then(|| u16::try_from(ids.start).ok())?
    }

    /// What `typed` (folded, `y` as it was typed) may stand for; the likest first.
    pub fn like(&self, typed: &str) -> Vec<Like> {
        if let Some(id) = self.typed(typed) {
            return self.known(id).to_vec();
        }
        // No word, but one with a keyboard's marks: it is meant, and what resembles it.
        if let Some(id) = without_typing_marks(typed).and_then(|meant| self.typed(&meant)) {
            let like = self.known(id).iter();
            return like.map(|(id, part)| (*id, part * MARKED)).collect();
        }
        self.compare(typed)
    }

    /// What a syllable may stand for.
    fn known(&self, id: u16) -> &[Like] {
        let id = usize::from(id);
        match self.like_starts.get(id..id + 2) {
            Some([start, end]) => &self.like[*start as usize..*end as usize],
            _ => &[],
        }
    }

    /// What a word may stand for, found by comparing it with all.
    fn compare(&self, typed: &str) -> Vec<Like> {
        let mut found = Vec::new();
        self.gather(&spelt(typed), 1.0, &mut found);
        if let Some(meant) = without_typing_marks(typed) {
            self.gather(&spelt(&meant), MARKED, &mut found);
        }
        // One likeness per syllable, the greatest.
        found.sort_by(|one, other| one.0.cmp(&other.0).then(other.1.total_cmp(&one.1)));
        found.dedup_by_key(|like| like.0);
        found.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
        found.truncate(MANY);
        found
    }

    fn gather(&self, typed: &str, share: f32, found: &mut Vec<Like>) {
        if typed.is_empty() {
            return;
        }
        let exact = self.find(typed);
        if let Some(id) = exact {
            found.push((id, share));
        }
        let sound = sound(typed);
        if sound.len() <= KEY {
            let key = key(sound.as_bytes());
            let from = self.sounds.partition_point(|have| *have < key);
            let alike = self.sounds[from..].iter().take_while(|have| **have == key);
            for (id, _) in self.sounding[from..].iter().zip(alike) {
                found.push((*id, share * SOUNDS_ALIKE));
            }
        }
        let length = typed.chars().count();
        let begun = self.beginning(typed);
        for (id, word) in begun.clone().zip(&self.words[begun]) {
            let Ok(id) = u16::try_from(id) else { break };
            #[expect(clippy::cast_precision_loss, reason = "words are short")]
            let part = length as f32 / word.chars().count().max(1) as f32;
            found.push((id, share * (BEGINS.0 + BEGINS.1 * part)));
        }
        if length >= 2 && typed.is_ascii() {
            let typed = typed.as_bytes();
            if exact.is_none() && typed.len() >= 6 {
                self.slips::<4>(typed, share, found);
            } else {
                self.slips::<2>(typed, share, found);
            }
            if exact.is_none() && typed.len() >= 4 {
                self.half_typed(typed, share, found);
            }
        }
    }

    /// Syllables a slip away, whose letters differ in two at most; for four, two slips.
    fn slips<const DIFFER: u32>(&self, typed: &[u8], share: f32, found: &mut Vec<Like>) {
        let bits = letters_of(typed);
        let one_slip = ONE_SLIP[(typed.len() - 2).min(2)];
        for (lane, have) in self.letters.chunks_exact(LANE).enumerate() {
            let near = have
                .iter()
                .fold(false, |near, have| near | at_most::<DIFFER>(have ^ bits));
            if !near {
                continue;
            }
            for (at, have) in have.iter().enumerate() {
                if !at_most::<DIFFER>(have ^ bits) {
                    continue;
                }
                let id = lane * LANE + at;
                let (Some(word), Ok(id)) = (self.words.get(id), u16::try_from(id)) else {
                    continue;
                };
                let word = word.as_bytes();
                if typed.len().abs_diff(word.len()) > DIFFER as usize / 2 {
                    continue;
                }
                if one_apart(typed, word) {
                    found.push((id, share * one_slip));
                } else if DIFFER == 4 && two_apart(typed, word) {
                    found.push((id, share * TWO_SLIPS));
                }
            }
        }
    }

    /// Half typed, and with a slip: only where much of it is there.
    fn half_typed(&self, typed: &[u8], share: f32, found: &mut Vec<Like>) {
        let bits = letters_of(typed);
        let first = self.going_on(0..self.words.len(), 0, typed[0]);
        let words = (self.words[first.clone()].iter()).zip(&self.letters[first.clone()]);
        for (id, (word, have)) in first.zip(words) {
            // One letter at most is not in the word at all.
            let missing = bits & !have;
            if missing & missing.wrapping_sub(1) != 0 || word.len() <= typed.len() {
                continue;
            }
            let Ok(id) = u16::try_from(id) else { break };
            if one_apart(typed, &word.as_bytes()[..typed.len()]) {
                found.push((id, share * BEGINS_WITH_A_SLIP));
            }
        }
    }
}

/// How many letters a key has.
const KEY: usize = size_of::<u64>();

/// The first letters of a word, so that the order of keys is that of words.
fn key(word: &[u8]) -> u64 {
    let mut first = [0; KEY];
    for (key, letter) in first.iter_mut().zip(word) {
        *key = *letter;
    }
    u64::from_be_bytes(first)
}

/// Whether so many bits are set at most; for 2 and 4, without counting them.
fn at_most<const MANY: u32>(bits: u32) -> bool {
    let less = |bits: u32| bits & bits.wrapping_sub(1);
    let two_less = less(less(bits));
    if MANY == 2 {
        two_less == 0
    } else {
        less(less(two_less)) == 0
    }
}

fn letters(word: &str) -> u32 {
    letters_of(word.as_bytes())
}

fn letters_of(word: &[u8]) -> u32 {
    word.iter()
        .fold(0, |bits, letter| bits | 1 << (letter & 31))
}

/// One letter more, less, other, or two neighbours swapped.
fn one_apart(one: &[u8], other: &[u8]) -> bool {
    let (short, long) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    let same = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let (short, long) = (&short[same..], &long[same..]);
    match (short, long) {
        ([], [_]) => true,
        ([a, b, short_rest @ ..], [c, d, long_rest @ ..])
            if a == d && b == c && short_rest == long_rest =>
        {
            true
        }
        ([_, short_rest @ ..], [_, long_rest @ ..]) if short.len() == long.len() => {
            short_rest == long_rest
        }
        (short, [_, long_rest @ ..]) => short == long_rest,
        _ => false,
    }
}

/// Two of these at most.
fn two_apart(one: &[u8], other: &[u8]) -> bool {
    if one.len().abs_diff(other.len()) > 2 {
        return false;
    }
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let near = |one: &[u8], other: &[u8]| one == other || one_apart(one, other);
    match (&one[same..], &other[same..]) {
        ([], rest) | (rest, []) => rest.len() <= 2,
        (one @ [a, one_rest @ ..], other @ [b, other_rest @ ..]) => {
            near(one_rest, other_rest)
                || near(one_rest, other)
                || near(one, other_rest)
                || match (one_rest, other_rest) {
                    ([c, one_rest @ ..], [d, other_rest @ ..]) => {
                        a == d && b == c && near(one_rest, other_rest)
                    }
                    _ => false,
                }
        }
    }
}

#[cfg(test)]
/// Edits between two words, a swap of neighbours counted once (optimal string alignment).
fn distance(one: &[u8], other: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (row, left) in one.iter().enumerate() {
        let mut current = Vec::with_capacity(above.len());
        current.push(row + 1);
        for (column, right) in other.iter().enumerate() {
            let mut least = (above[column] + usize::from(left != right))
                .min(current[column] + 1)
                .min(above[column + 1] + 1);
            if row > 0 && column > 0 && one[row - 1] == *right && other[column - 1] == *left {
                least = least.min(before[column - 1] + 1);
            }
            current.push(least);
        }
        before = std::mem::replace(&mut above, current);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_what_the_full_measure_calls_one_or_two() {
        bolero::check!()
            .with_type::<(Vec<u8>, Vec<u8>)>()
            .for_each(|(one, other)| {
                let small = |word: &[u8]| -> Vec<u8> {
                    word.iter()
                        .take(6)
                        .map(|letter| letter % 3 + b'a')
                        .collect()
                };
                let (one, other) = (small(one), small(other));
                assert_eq!(
                    one != other && one_apart(&one, &other),
                    distance(&one, &other) == 1,
                    "{one:?} {other:?}"
                );
                assert_eq!(
                    two_apart(&one, &other),
                    distance(&one, &other) <= 2,
                    "{one:?} {other:?}"
                );
            });
    }

    /// Also where words are longer than a key.
    #[test]
    fn a_beginning_finds_what_begins_so() {
        bolero::check!()
            .with_type::<(Vec<Vec<u8>>, Vec<u8>)>()
            .for_each(|(words, start)| {
                let small = |word: &Vec<u8>| -> String {
                    let letters = word.iter().take(12).map(|letter| letter % 2 + b'a');
                    letters.map(char::from).collect()
                };
                let mut words: Vec<String> = words.iter().map(small).collect();
                words.retain(|word| !word.is_empty());
                words.sort();
                words.dedup();
                let start = small(start);
                let counts = vec![1; words.len()];
                let syllables = Syllables::new(words.clone(), counts);
                let begun = |start: &str| -> Vec<&String> {
                    words
                        .iter()
                        .filter(|word| word.starts_with(start))
                        .collect()
                };
                let found = |ids: Range<usize>| -> Vec<&String> { words[ids].iter().collect() };
                assert_eq!(found(syllables.beginning(&start)), begun(&start), "{start}");
                let at = words.iter().position(|word| *word == start);
                assert_eq!(syllables.find(&start).map(usize::from), at, "{start}");
                let mut ids = 0..words.len();
                for (at, letter) in start.bytes().enumerate() {
                    ids = syllables.going_on(ids, at, letter);
                    assert_eq!(found(ids.clone()), begun(&start[..=at]), "{start}");
                }
            });
    }

    #[test]
    fn a_word_stands_first_for_itself() {
        let words = ["giai", "khai", "khu", "sinh", "tra", "xin"];
        let syllables = Syllables::new(words.map(String::from).to_vec(), vec![1; words.len()]);
        let first = |typed: &str| {
            let like = syllables.like(typed);
            like.first().map(|(id, _)| syllables.word(*id).to_owned())
        };
        for (typed, meant) in [
            ("sinh", "sinh"),
            ("xinh", "sinh"),
            ("xin", "xin"),
            ("kha", "khai"),
            ("khsi", "khai"),
            ("hkai", "khai"),
            ("giaays", "giai"),
            ("giay61", "giai"),
            ("cha", "tra"),
        ] {
            assert_eq!(first(typed).as_deref(), Some(meant), "{typed}");
        }
        assert_eq!(first("qqq"), None);
        assert_eq!(first(""), None);
    }
}
