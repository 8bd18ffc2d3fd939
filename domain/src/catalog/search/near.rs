//! Which syllables of the titles a typed word may stand for, and how likely.

use super::fold::{sound, without_typing_marks};

/// A syllable and its likeness to what was typed, in (0, 1].
pub type Like = (u16, f32);

/// Every syllable of the titles, in alphabetical order; its place is its id.
#[derive(Clone, Debug, Default)]
pub struct Syllables {
    words: Vec<Box<str>>,
    /// How often each stands in the titles.
    counts: Vec<u32>,
    /// One bit per letter that it has: two words whose bits differ in many places are not near.
    /// Filled up with words that are near none, see [`LANE`].
    letters: Vec<u32>,
    /// (sound, id), sorted.
    sounds: Vec<(Box<str>, u16)>,
    total: u32,
}

/// So many words are looked at in one go: without branches between them it is vector code.
const LANE: usize = 16;

/// The bits of a word that is near none.
const FAR: u32 = u32::MAX;

/// What a typed word that is not the syllable itself is worth.
const SOUNDS_ALIKE: f32 = 0.86;
const ONE_SLIP: [f32; 3] = [0.45, 0.62, 0.74];
const TWO_SLIPS: f32 = 0.5;
const BEGINS: (f32, f32) = (0.5, 0.35);
const BEGINS_WITH_A_SLIP: f32 = 0.45;

impl Syllables {
    /// `words` are sorted.
    pub fn new(words: Vec<String>, counts: Vec<u32>) -> Self {
        let mut sounds: Vec<(Box<str>, u16)> = words
            .iter()
            .zip(0..=u16::MAX)
            .map(|(word, id)| (sound(word).into(), id))
            .collect();
        sounds.sort();
        let mut bits: Vec<u32> = words.iter().map(|word| letters(word)).collect();
        bits.resize(bits.len().next_multiple_of(LANE), FAR);
        Self {
            letters: bits,
            words: words.into_iter().map(String::into_boxed_str).collect(),
            total: counts.iter().sum(),
            counts,
            sounds,
        }
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
        let texts = self
            .words
            .iter()
            .chain(self.sounds.iter().map(|(key, _)| key));
        texts.map(|text| text.len()).sum::<usize>()
            + size_of_val(self.words.as_slice())
            + size_of_val(self.counts.as_slice())
            + size_of_val(self.letters.as_slice())
            + size_of_val(self.sounds.as_slice())
    }

    pub fn find(&self, word: &str) -> Option<u16> {
        let at = self
            .words
            .binary_search_by(|have| (**have).cmp(word))
            .ok()?;
        u16::try_from(at).ok()
    }

    /// The ids of all that begin so.
    pub fn beginning(&self, start: &str) -> std::ops::Range<usize> {
        let from = self.words.partition_point(|have| **have < *start);
        let many = self.words[from..].partition_point(|have| have.starts_with(start));
        from..from + many
    }

    /// Those of `ids`, which all begin with the same `at` letters, that go on with `letter`.
    pub fn going_on(
        &self,
        ids: std::ops::Range<usize>,
        at: usize,
        letter: u8,
    ) -> std::ops::Range<usize> {
        let next = |word: &str| word.as_bytes().get(at).copied();
        let all = &self.words[ids.clone()];
        let from = all.partition_point(|word| next(word) < Some(letter));
        let many = all[from..].partition_point(|word| next(word) == Some(letter));
        ids.start + from..ids.start + from + many
    }

    /// Whether the first of some words that begin with the same `length` letters is just those.
    pub fn is_whole(&self, ids: &std::ops::Range<usize>, length: usize) -> Option<u16> {
        let first = self.words.get(ids.start).filter(|_| !ids.is_empty())?;
        (first.len() == length).then(|| u16::try_from(ids.start).ok())?
    }

    /// What `typed` (folded, `y` as it was typed) may stand for; the likest first.
    pub fn like(&self, typed: &str) -> Vec<Like> {
        let mut found = Vec::new();
        self.gather(&typed.replace('y', "i"), 1.0, &mut found);
        if let Some(meant) = without_typing_marks(typed) {
            self.gather(&meant.replace('y', "i"), 0.98, &mut found);
        }
        // One likeness per syllable, the greatest.
        found.sort_by(|one, other| one.0.cmp(&other.0).then(other.1.total_cmp(&one.1)));
        found.dedup_by_key(|like| like.0);
        found.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
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
        let key = sound(typed);
        let from = self.sounds.partition_point(|(have, _)| **have < *key);
        for (have, id) in &self.sounds[from..] {
            if **have != *key {
                break;
            }
            found.push((*id, share * SOUNDS_ALIKE));
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
