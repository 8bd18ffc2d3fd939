//! What people say, and what the state calls it: "sang tên sổ đỏ" is a transfer of land-use
//! rights. Data, from `content/search/`, not code.

use serde::{Deserialize, Serialize};

use super::fold::{spelt, words};

/// Phrases and what else to look for where they are typed; words that say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Thesaurus {
    /// Folded: the phrase, and other ways to say it. The longest phrases first.
    phrases: Vec<(Vec<String>, Vec<Vec<String>>)>,
    /// Folded: "tôi", "muốn", "làm sao".
    fillers: Vec<String>,
}

/// Another reading of a query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    pub words: Vec<String>,
    /// For each word, whether it was put there instead of what was typed.
    pub meant: Vec<bool>,
}

impl Reading {
    fn with(&self, words: &[String], meant: bool) -> Self {
        let mut longer = self.clone();
        longer.words.extend_from_slice(words);
        longer.meant.resize(longer.words.len(), meant);
        longer
    }
}

/// More readings of one query than this are not looked at.
const READINGS: usize = 6;

/// Where the words of a phrase stand in a story, in their order and with little between them.
fn told(said: &[String], story: &[String]) -> Option<Vec<usize>> {
    let between = match said.len() {
        0 | 1 => 0,
        2 => 1,
        _ => 3,
    };
    let (first, others) = said.split_first()?;
    let starts = (0..story.len()).filter(|at| story[*at] == *first);
    starts
        .map(|start| {
            let end = story.len().min(start + said.len() + between);
            let mut places = vec![start];
            for word in others {
                let from = places.last().map_or(start, |last| last + 1);
                places.push((from..end).find(|at| story[*at] == *word)?);
            }
            Some(places)
        })
        .find_map(|places| places)
}

/// As phrases are kept.
fn plain(query: &[String]) -> Vec<String> {
    query.iter().map(|word| spelt(word)).collect()
}

impl Thesaurus {
    pub fn new<'a>(
        phrases: impl IntoIterator<Item = (&'a str, Vec<&'a str>)>,
        fillers: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut phrases: Vec<(Vec<String>, Vec<Vec<String>>)> = phrases
            .into_iter()
            .map(|(said, meant)| (words(said), meant.into_iter().map(words).collect()))
            .filter(|(said, _)| !said.is_empty())
            .collect();
        phrases.sort_by(|one, other| other.0.len().cmp(&one.0.len()).then(one.cmp(other)));
        let mut fillers: Vec<String> = fillers.into_iter().flat_map(words).collect();
        fillers.sort();
        fillers.dedup();
        Self { phrases, fillers }
    }

    pub fn is_filler(&self, word: &str) -> bool {
        self.fillers
            .binary_search_by(|have| have.as_str().cmp(word))
            .is_ok()
    }

    /// A word of some phrase: `passport` is not run together, though no title has it.
    pub fn says(&self, word: &str) -> bool {
        let mut said = self.phrases.iter().flat_map(|(said, _)| said);
        said.any(|said| said == word)
    }

    /// Other readings of a query, each phrase of it replaced by what it means.
    pub fn readings(&self, query: &[String]) -> Vec<Reading> {
        let mut readings = vec![Reading::default()];
        let mut changed = false;
        let plain = plain(query);
        let mut rest = query;
        while let Some((first, after)) = rest.split_first() {
            match self.said_at(plain.get(query.len() - rest.len()..).unwrap_or_default()) {
                Some((said, meant)) => {
                    changed = true;
                    readings = readings
                        .iter()
                        .flat_map(|begun| meant.iter().map(|meant| begun.with(meant, true)))
                        .take(READINGS)
                        .collect();
                    rest = &rest[said.len()..];
                }
                None => {
                    for reading in &mut readings {
                        *reading = reading.with(std::slice::from_ref(first), false);
                    }
                    rest = after;
                }
            }
        }
        if changed { readings } else { Vec::new() }
    }

    /// What single phrases of a query mean, with how many words they are: of a whole story, what
    /// it is about. In a story other words stand between: "heo nhà tôi chết dịch". The longest
    /// first, and none whose words all belong to a longer one.
    pub fn meanings(&self, query: &[String]) -> Vec<(usize, &[String])> {
        let plain = plain(query);
        let mut taken = vec![false; plain.len()];
        let mut meanings = Vec::new();
        for (said, meant) in &self.phrases {
            let Some(places) = told(said, &plain) else {
                continue;
            };
            let is_new = |at: &usize| !taken.get(*at).copied().unwrap_or(true);
            if places.iter().any(is_new) {
                meanings.extend(meant.iter().map(|meant| (said.len(), meant.as_slice())));
                for at in places {
                    if let Some(taken) = taken.get_mut(at) {
                        *taken = true;
                    }
                }
            }
        }
        meanings.retain(|(_, meant)| meant.len() > 1);
        meanings.truncate(READINGS);
        meanings
    }

    /// The longest phrase that these words begin with.
    fn said_at(&self, words: &[String]) -> Option<&(Vec<String>, Vec<Vec<String>>)> {
        let mut phrases = self.phrases.iter();
        phrases.find(|(said, _)| words.starts_with(said))
    }

    pub fn size(&self) -> usize {
        let phrases = self
            .phrases
            .iter()
            .flat_map(|(said, meant)| said.iter().chain(meant.iter().flatten()));
        phrases
            .chain(&self.fillers)
            .map(|word| word.len() + size_of::<String>())
            .sum()
    }
}
