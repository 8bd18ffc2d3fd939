//! "đkks" for "đăng ký khai sinh": the first letters of a name, all of them or a run of them.

use std::ops::RangeInclusive;

use memchr::memmem;

use super::{Index, Name, best::Best, range};

/// "Thủ tục", with which half of the official titles begin and nobody's initials do.
const BOILERPLATE: &[u8] = b"tt";

/// With so many names that have just the run, none is looked for that nearly has it.
const ENOUGH: usize = 5;

/// A pattern of the bit-parallel measure fits one machine word.
const LONGEST: usize = 64;

/// Which names have three initials side by side: a run is looked for only where its threes are.
#[derive(Clone, Debug, Default)]
pub struct Threes {
    /// Sorted.
    keys: Vec<u16>,
    /// By key: where its names begin.
    starts: Vec<u32>,
    names: Vec<u16>,
}

/// Letters and digits, and one for everything else.
const LETTERS: u16 = 37;

/// In the order of the letters; below 37³.
fn key(letters: &[u8]) -> u16 {
    letters.iter().take(3).fold(0, |key, letter| {
        let letter = match letter {
            b'a'..=b'z' => letter - b'a',
            b'0'..=b'9' => letter - b'0' + 26,
            _ => 36,
        };
        key * LETTERS + u16::from(letter)
    })
}

impl Threes {
    pub fn new<'a>(names: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut met: Vec<(u16, u16)> = Vec::new();
        for (at, initials) in (0..=u16::MAX).zip(names) {
            // The last two begin a three as well.
            let ended = [initials, b"\n"].concat();
            met.extend(ended.windows(3).map(|three| (key(three), at)));
        }
        met.sort_unstable();
        met.dedup();
        let mut threes = Self::default();
        for same in met.chunk_by(|one, other| one.0 == other.0) {
            threes.keys.extend(same.first().map(|(key, _)| *key));
            threes.starts.push(super::number(threes.names.len()));
            threes.names.extend(same.iter().map(|(_, name)| *name));
        }
        threes.starts.push(super::number(threes.names.len()));
        threes
    }

    /// How many of the different threes of a run each of so many names has, and how many there
    /// are. Two letters are one: whatever comes after them.
    fn count(&self, run: &[u8], names: usize) -> (Vec<u8>, u8) {
        let mut counts = vec![0; names];
        if let [one, other] = run {
            let from = key(&[*one, *other, b'a']);
            for name in self.names(from..=from + LETTERS - 1) {
                if let Some(count) = counts.get_mut(usize::from(*name)) {
                    *count = 1;
                }
            }
            return (counts, 1);
        }
        let mut keys: Vec<u16> = run.windows(3).map(key).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in &keys {
            for name in self.names(*key..=*key) {
                if let Some(count) = counts.get_mut(usize::from(*name)) {
                    *count += 1;
                }
            }
        }
        (counts, u8::try_from(keys.len()).unwrap_or(u8::MAX))
    }

    /// The names that have one of the keys.
    fn names(&self, keys: RangeInclusive<u16>) -> &[u16] {
        let from = self.keys.partition_point(|key| key < keys.start());
        let to = self.keys.partition_point(|key| key <= keys.end());
        match (self.starts.get(from), self.starts.get(to)) {
            (Some(start), Some(end)) => &self.names[*start as usize..*end as usize],
            _ => &[],
        }
    }

    pub fn size(&self) -> usize {
        size_of_val(self.keys.as_slice())
            + size_of_val(self.starts.as_slice())
            + size_of_val(self.names.as_slice())
    }
}

/// Offers the entries whose names have this run of initials, or nearly.
pub fn offer(index: &Index, run: &str, share: f32, best: &mut Best<'_>) {
    let run: Vec<u8> = run.bytes().take(LONGEST).collect();
    if run.len() < 2 || !run.iter().all(u8::is_ascii_alphanumeric) {
        return;
    }
    let (counts, threes) = index.threes.count(&run, index.names.len());
    let having = |least: u8| {
        let names = index.names.iter().zip(&counts);
        names
            .filter(move |(_, have)| **have >= least)
            .map(|(name, _)| {
                let have = &index.initials[range(name)];
                (name, have, share * f32::from(name.weight) / 100.0)
            })
    };
    let finder = memmem::Finder::new(&run);
    let mut exact = 0;
    for (name, have, share) in having(threes) {
        for place in finder.find_iter(have) {
            exact += 1;
            best.offer(name.entry, fit(have, run.len(), place) * share);
        }
    }
    if exact >= ENOUGH || run.len() < 6 {
        return;
    }
    let allowed = run.len() / 5;
    // What a slip changes is in three of them at most; but of a name that has less than a third
    // of them, nobody would say that these are its initials.
    let lost = u8::try_from(3 * allowed).unwrap_or(u8::MAX);
    let least = threes.saturating_sub(lost).max(threes.div_ceil(3));
    let spoilt = |fit: f32, slips: f32| (fit - 0.1 * slips).max(0.05);
    let promises = |(name, have, share)| {
        let most = spoilt(most(have, run.len()), 1.0) * share;
        (most, name, have, share)
    };
    let mut near: Vec<(f32, &Name, &[u8], f32)> = having(least).map(promises).collect();
    near.retain(|(most, ..)| *most >= best.bar());
    near.sort_unstable_by(|one, other| other.0.total_cmp(&one.0));
    let masks = masks(&run);
    for (most, name, have, share) in near {
        if most < best.bar() {
            break;
        }
        let (slips, end) = nearest(&masks, run.len(), have);
        if slips > 0 && slips <= allowed {
            let place = end.saturating_sub(run.len());
            #[expect(clippy::cast_precision_loss, reason = "at most 12")]
            let fit = spoilt(fit(have, run.len(), place), slips as f32);
            best.offer(name.entry, fit * share);
        }
    }
}

/// What begins a name fits better; no place fits better than this.
fn most(have: &[u8], run: usize) -> f32 {
    let skipped = have.len() - body(have).len();
    fit(have, run, 0).max(fit(have, run, skipped))
}

fn body(have: &[u8]) -> &[u8] {
    have.strip_prefix(BOILERPLATE).unwrap_or(have)
}

#[expect(clippy::cast_precision_loss, reason = "names are short")]
fn fit(have: &[u8], run: usize, place: usize) -> f32 {
    let body = body(have);
    let skipped = have.len() - body.len();
    let whole = if place < skipped {
        have.len()
    } else {
        body.len()
    };
    let begins = if place == 0 || place == skipped {
        0.1
    } else {
        0.0
    };
    0.5 + begins + 0.38 * (run as f32 / whole.max(1) as f32).min(1.0)
}

fn masks(run: &[u8]) -> [u64; 256] {
    let mut masks = [0; 256];
    for (at, letter) in run.iter().enumerate() {
        masks[usize::from(*letter)] |= 1 << at;
    }
    masks
}

/// The fewest edits between the run and some part of `text`, and where that part ends
/// (Myers 1999, without its horizontal boundary: the part may begin anywhere).
fn nearest(masks: &[u64; 256], length: usize, text: &[u8]) -> (usize, usize) {
    let top = 1_u64 << (length - 1);
    let (mut up, mut down) = (u64::MAX, 0_u64);
    let mut errors = length;
    let mut best = (length, 0);
    for (at, letter) in text.iter().enumerate() {
        let equal = masks[usize::from(*letter)];
        let vertical = equal | down;
        let horizontal = ((equal & up).wrapping_add(up) ^ up) | equal;
        let plus = down | !(horizontal | up);
        let minus = up & horizontal;
        if plus & top != 0 {
            errors += 1;
        } else if minus & top != 0 {
            errors -= 1;
        }
        let plus = plus << 1;
        let minus = minus << 1;
        up = minus | !(vertical | plus);
        down = plus & vertical;
        if errors < best.0 {
            best = (errors, at + 1);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::search::{Entry, Thesaurus};

    fn errors(run: &str, text: &str) -> usize {
        nearest(&masks(run.as_bytes()), run.len(), text.as_bytes()).0
    }

    #[test]
    fn the_nearest_part_is_found() {
        assert_eq!(errors("dkks", "ttdkkst"), 0);
        assert_eq!(errors("dkks", "ttdkst"), 1);
        assert_eq!(errors("dkks", "ttdxkst"), 1);
        assert_eq!(errors("dkks", ""), 4);
    }

    /// Against the plain table.
    #[test]
    fn bits_count_as_the_table_does() {
        bolero::check!()
            .with_type::<(Vec<u8>, Vec<u8>)>()
            .for_each(|(run, text)| {
                let small = |text: &[u8], most: usize| -> Vec<u8> {
                    text.iter()
                        .take(most)
                        .map(|letter| letter % 3 + b'a')
                        .collect()
                };
                let (run, text) = (small(run, 12), small(text, 30));
                if run.is_empty() {
                    return;
                }
                let mut above: Vec<usize> = vec![0; text.len() + 1];
                for (row, left) in run.iter().enumerate() {
                    let mut current = vec![row + 1];
                    for (column, right) in text.iter().enumerate() {
                        current.push(
                            (above[column] + usize::from(left != right))
                                .min(current[column] + 1)
                                .min(above[column + 1] + 1),
                        );
                    }
                    above = current;
                }
                let least = above.iter().copied().min().unwrap_or_default();
                assert_eq!(nearest(&masks(&run), run.len(), &text).0, least);
            });
    }

    /// Every name looked at, and nothing left out.
    fn offer_all(index: &Index, run: &[u8], best: &mut Best<'_>) {
        let names = || {
            index
                .names
                .iter()
                .map(|name| (name, &index.initials[range(name)]))
        };
        let mut exact = 0;
        for (name, have) in names() {
            for place in 0..have.len() {
                if have[place..].starts_with(run) {
                    exact += 1;
                    best.offer(name.entry, fit(have, run.len(), place));
                }
            }
        }
        if exact >= ENOUGH || run.len() < 6 {
            return;
        }
        let allowed = run.len() / 5;
        let mut threes: Vec<&[u8]> = run.windows(3).collect();
        threes.sort_unstable();
        threes.dedup();
        for (name, have) in names() {
            let there = threes
                .iter()
                .filter(|three| have.windows(3).any(|it| it == **three));
            let (slips, end) = nearest(&masks(run), run.len(), have);
            if 3 * there.count() >= threes.len() && slips > 0 && slips <= allowed {
                #[expect(clippy::cast_precision_loss, reason = "a few")]
                let spoilt = 0.1 * slips as f32;
                let fit = fit(have, run.len(), end.saturating_sub(run.len())) - spoilt;
                best.offer(name.entry, fit.max(0.05));
            }
        }
    }

    #[test]
    fn what_is_left_out_would_not_have_been_found() {
        bolero::check!()
            .with_type::<(Vec<Vec<u8>>, Vec<u8>)>()
            .for_each(|(titles, run)| {
                let title = |picks: &Vec<u8>| {
                    let words = picks
                        .iter()
                        .map(|pick| ["ta", "tu", "du", "k9", "ơn"][usize::from(pick % 5)]);
                    words.collect::<Vec<_>>().join(" ")
                };
                let entries = (titles.iter().enumerate())
                    .map(|(at, picks)| Entry::titled(at.to_string(), title(picks)));
                let index = Index::build(entries, Thesaurus::default());
                let run: String = run
                    .iter()
                    .take(20)
                    .map(|pick| ['t', 'd', 'k', 'o'][usize::from(pick % 4)])
                    .collect();
                if run.len() < 2 {
                    return;
                }
                for limit in [1, 5] {
                    let hits = |all: bool| {
                        let mut best = Best::new(&index, limit, 0, &|_| Some(0));
                        match all {
                            true => offer_all(&index, run.as_bytes(), &mut best),
                            false => offer(&index, &run, 1.0, &mut best),
                        }
                        best.hits()
                    };
                    assert_eq!(hits(false), hits(true), "{run}");
                }
            });
    }
}
