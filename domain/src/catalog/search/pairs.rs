//! Which syllables follow each other, and in which names.

use super::number;

/// By the first syllable, then by the second: the names where one comes right after the other.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    /// By first syllable: where its seconds begin.
    starts: Vec<u32>,
    /// Sorted for each first syllable.
    seconds: Vec<u16>,
    /// By second: where its names begin.
    from: Vec<u32>,
    names: Vec<u16>,
}

impl Pairs {
    /// From (first, second, name), of so many syllables.
    pub fn new(mut met: Vec<(u16, u16, u16)>, syllables: usize) -> Self {
        met.sort_unstable();
        met.dedup();
        let mut pairs = Self {
            starts: Vec::with_capacity(syllables + 1),
            ..Self::default()
        };
        for same in met.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
            let [(first, second, _), ..] = same else {
                continue;
            };
            let seconds = number(pairs.seconds.len());
            pairs.starts.resize(usize::from(*first) + 1, seconds);
            pairs.seconds.push(*second);
            pairs.from.push(number(pairs.names.len()));
            pairs.names.extend(same.iter().map(|(.., name)| *name));
        }
        pairs
            .starts
            .resize(syllables + 1, number(pairs.seconds.len()));
        pairs.from.push(number(pairs.names.len()));
        pairs
    }

    fn places(&self, first: u16) -> std::ops::Range<usize> {
        let first = usize::from(first);
        match self.starts.get(first..first + 2) {
            Some([start, end]) => *start as usize..*end as usize,
            _ => 0..0,
        }
    }

    /// Does it follow the first in some name?
    pub fn follows(&self, first: u16, second: u16) -> bool {
        self.seconds[self.places(first)]
            .binary_search(&second)
            .is_ok()
    }

    /// What follows a syllable, and where [`Self::names`] finds in which names.
    pub fn after(&self, first: u16) -> impl Iterator<Item = (u16, usize)> {
        let places = self.places(first);
        self.seconds[places.clone()].iter().copied().zip(places)
    }

    pub fn names(&self, place: usize) -> &[u16] {
        match self.from.get(place..place + 2) {
            Some([start, end]) => &self.names[*start as usize..*end as usize],
            _ => &[],
        }
    }

    pub fn size(&self) -> usize {
        size_of_val(self.starts.as_slice())
            + size_of_val(self.seconds.as_slice())
            + size_of_val(self.from.as_slice())
            + size_of_val(self.names.as_slice())
    }
}
