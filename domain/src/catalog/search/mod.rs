//! Finding a procedure by what people type: without diacritics, with the keyboard's marks left
//! over, as it sounds where they live, with words run together or half typed, by initials, with
//! typos, by a nickname; offline, over the titles in the content pack.
//!
//! **What carries it:** Vietnamese is written in syllables, and 4,000 official titles use fewer
//! than 1,000 different ones once folded. So every word of a query is compared with *all* of
//! them, by four measures ([`near`]): the same, sounding the same, beginning the same, one or two
//! slips away. That gives each word a short list of syllables, each with a likeness; a word that
//! is a syllable has its list from the start. From there it is a search engine: postings by
//! syllable and by pair of neighbours, rare syllables count more, and names are aligned with the
//! query word by word, so that order and closeness count ([`rank`]): only those whose bound is
//! still among the best, a hundred of thousands at most, and a test compares them with all.
//!
//! **Stories:** of "heo nhà tôi chết vì dịch, giờ xin tiền hỗ trợ ở đâu" no title has half. So what people
//! say is a name too (`sayings` of the pack), and where nothing fits well, names are measured by
//! how much of them was said instead of how much of the query they have ([`rank`]).
//!
//! What was rejected: SQLite FTS5, whose tokenizers fold `ế` but not `đ`, and which the phone
//! would have to fill before the first search; an index of character trigrams (four times the
//! size, and a two-letter word has none); a fuzzy automaton per word (distance 2 makes every
//! three-letter syllable fit every other, and one that sounds alike is no nearer than one that
//! does not); and an embedding model, which does not fit 2 GB phones and cannot say why it
//! answered.

mod best;
pub mod fold;
mod initials;
mod near;
mod pairs;
mod rank;
mod segment;
mod thesaurus;

use std::collections::BTreeMap;

pub use fold::fold;
pub use thesaurus::Thesaurus;

use super::Procedure;
use best::{Best, Likely};
use initials::Threes;
use near::Syllables;
use pairs::Pairs;

/// A procedure that fits, best first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The procedure's national code.
    pub code: String,
    /// Higher is better, up to about 1000; comparable within one search only.
    pub score: u32,
}

/// Something that can be found: a procedure, or a life event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub code: String,
    /// What it is called, and per cent of a fit that count: 100 for its title and for what people
    /// call it, less for a text about it.
    pub names: Vec<(String, u8)>,
}

impl Entry {
    pub fn titled(code: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            names: vec![(title.into(), 100)],
        }
    }
}

impl From<&Procedure> for Entry {
    fn from(procedure: &Procedure) -> Self {
        let names = procedure.title.0.values().chain(&procedure.also_called);
        let summary = procedure.summary.0.values();
        Self {
            code: procedure.code.clone(),
            names: names
                .map(|name| (name.clone(), 100))
                .chain(summary.map(|text| (text.clone(), 60)))
                .collect(),
        }
    }
}

/// What is searched: build once per content pack.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// By entry.
    codes: Vec<String>,
    /// The entries, sorted by code.
    by_code: Vec<u32>,
    names: Vec<Name>,
    /// One divided by what all of a name is worth, by name.
    per_mass: Vec<f32>,
    /// The syllables of all names, one name after the other.
    text: Vec<u16>,
    /// The first letter of each syllable in `text`; `\n` for what is not ASCII.
    initials: Vec<u8>,
    threes: Threes,
    syllables: Syllables,
    /// The names that have a syllable: `postings[starts[id]..starts[id + 1]]`.
    postings: Vec<u16>,
    starts: Vec<u32>,
    /// How much a syllable says, by syllable: rare ones more.
    worth: Vec<f32>,
    pairs: Pairs,
    thesaurus: Thesaurus,
}

/// One thing an entry is called by.
#[derive(Clone, Debug)]
struct Name {
    entry: u32,
    /// Where its syllables begin and end in `text`.
    start: u32,
    end: u32,
    weight: u8,
}

/// What is likelier than that counts as that.
pub const MOST_LIKELY: i8 = 10;

/// More names than this are not searched; the whole country's catalogue has a third.
const NAMES: usize = 1 << 16;

impl Index {
    pub fn new(procedures: &[Procedure]) -> Self {
        Self::build(procedures.iter().map(Entry::from), Thesaurus::default())
    }

    /// Entries that share a code become one.
    pub fn build(entries: impl IntoIterator<Item = Entry>, thesaurus: Thesaurus) -> Self {
        let mut entry_of: BTreeMap<String, u32> = BTreeMap::new();
        let mut codes = Vec::new();
        // Ids in order of first appearance; sorted below.
        let mut met: BTreeMap<String, u16> = BTreeMap::new();
        let mut text: Vec<u16> = Vec::new();
        let mut names = Vec::new();
        for found in entries {
            let entry = *entry_of.entry(found.code.clone()).or_insert_with(|| {
                codes.push(found.code.clone());
                number(codes.len() - 1)
            });
            for (name, weight) in &found.names {
                let start = number(text.len());
                for word in fold::words(name) {
                    let next = met.len();
                    let id = match met.get(&word) {
                        Some(id) => *id,
                        // No language has so many syllables; a word beyond is not searched.
                        None => match u16::try_from(next) {
                            Ok(id) => *met.entry(word).or_insert(id),
                            Err(_) => continue,
                        },
                    };
                    text.push(id);
                }
                let end = number(text.len());
                if names.len() == NAMES {
                    text.truncate(start as usize);
                } else if end > start {
                    names.push(Name {
                        entry,
                        start,
                        end,
                        weight: *weight,
                    });
                }
            }
        }
        // In alphabetical order, syllables with one beginning stand together.
        let mut sorted = vec![0_u16; met.len()];
        let mut words = Vec::with_capacity(met.len());
        for (place, (word, id)) in met.into_iter().enumerate() {
            if let Some(slot) = sorted.get_mut(usize::from(id)) {
                *slot = u16::try_from(place).unwrap_or_default();
            }
            words.push(word);
        }
        for id in &mut text {
            *id = sorted.get(usize::from(*id)).copied().unwrap_or_default();
        }
        let mut counts = vec![0_u32; words.len()];
        for id in &text {
            if let Some(count) = counts.get_mut(usize::from(*id)) {
                *count += 1;
            }
        }
        let mut index = Self {
            // A map goes through its keys in order.
            by_code: entry_of.into_values().collect(),
            codes,
            per_mass: Vec::with_capacity(names.len()),
            names,
            initials: text
                .iter()
                .map(|id| initial(words.get(usize::from(*id)).map_or("", String::as_str)))
                .collect(),
            threes: Threes::default(),
            text,
            syllables: Syllables::new(words, counts),
            postings: Vec::new(),
            starts: Vec::new(),
            worth: Vec::new(),
            pairs: Pairs::default(),
            thesaurus,
        };
        index.post();
        index
    }

    /// Fills what is looked up: postings, worths, masses and pairs.
    fn post(&mut self) {
        let mut lists: Vec<Vec<u16>> = vec![Vec::new(); self.syllables.len()];
        let mut pairs = Vec::with_capacity(self.text.len());
        for (at, name) in (0..=u16::MAX).zip(&self.names) {
            let text = &self.text[range(name)];
            for id in text {
                let list = &mut lists[usize::from(*id)];
                if list.last() != Some(&at) {
                    list.push(at);
                }
            }
            for pair in text.windows(2) {
                if let [one, other] = *pair {
                    pairs.push((one, other, at));
                }
            }
        }
        self.pairs = Pairs::new(pairs, self.syllables.len());
        #[expect(clippy::cast_precision_loss, reason = "counts of names are small")]
        let of = |list: &Vec<u16>| worth(self.names.len() as f32, list.len() as f32);
        self.worth = lists.iter().map(of).collect();
        self.starts.push(0);
        for list in &lists {
            self.postings.extend(list);
            self.starts.push(number(self.postings.len()));
        }
        for name in &self.names {
            let ids = self.text[range(name)].iter();
            let mass: f32 = ids.map(|id| self.worth[usize::from(*id)]).sum();
            self.per_mass.push(1.0 / mass);
        }
        let initials = self.names.iter().map(|name| &self.initials[range(name)]);
        self.threes = Threes::new(initials);
    }

    /// The names that have a syllable.
    fn having(&self, id: u16) -> &[u16] {
        let id = usize::from(id);
        match self.starts.get(id..id + 2) {
            Some([start, end]) => &self.postings[*start as usize..*end as usize],
            _ => &[],
        }
    }

    fn text_of(&self, name: &Name) -> &[u16] {
        &self.text[range(name)]
    }

    pub fn len(&self) -> usize {
        self.codes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// What it takes in memory, in bytes, the codes aside.
    pub fn size(&self) -> usize {
        size_of_val(self.names.as_slice())
            + size_of_val(self.per_mass.as_slice())
            + size_of_val(self.text.as_slice())
            + size_of_val(self.by_code.as_slice())
            + self.initials.len()
            + self.threes.size()
            + size_of_val(self.postings.as_slice())
            + size_of_val(self.starts.as_slice())
            + size_of_val(self.worth.as_slice())
            + self.pairs.size()
            + self.syllables.size()
            + self.thesaurus.size()
    }

    /// The best `limit` entries. An empty query finds nothing; a national code finds its own.
    pub fn search(&self, query: &str, limit: usize) -> Vec<Hit> {
        self.find(query, limit, 0, &|_| Some(0))
    }

    /// The same for someone: `likely` says by how many per cent more (at most [`MOST_LIKELY`]) or
    /// less a code is probably what this person wants, and `None` where it is not wanted at all.
    /// It decides between fits, and never makes one.
    pub fn search_for(
        &self,
        query: &str,
        limit: usize,
        likely: impl Fn(&str) -> Option<i8>,
    ) -> Vec<Hit> {
        self.find(query, limit, MOST_LIKELY, &likely)
    }

    fn find(&self, query: &str, limit: usize, most: i8, likely: Likely<'_>) -> Vec<Hit> {
        let mut best = Best::new(self, limit, most, likely);
        let code = |entry: &u32| self.codes.get(*entry as usize).map_or("", String::as_str);
        if let Ok(at) = (self.by_code).binary_search_by(|entry| code(entry).cmp(query.trim())) {
            best.offer(self.by_code[at], 1.0);
        }
        rank::rank(self, query, &mut best);
        best.hits()
    }
}

fn range(name: &Name) -> std::ops::Range<usize> {
    name.start as usize..name.end as usize
}

fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The rarer, the more it says.
fn worth(all: f32, having: f32) -> f32 {
    (1.0 + all / having.max(0.5)).ln()
}

fn initial(word: &str) -> u8 {
    word.bytes()
        .next()
        .filter(u8::is_ascii_alphanumeric)
        .unwrap_or(b'\n')
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )]

    use super::*;

    fn index() -> Index {
        let entry = |code: &str, names: &[&str]| Entry {
            code: code.into(),
            names: names.iter().map(|name| ((*name).to_owned(), 100)).collect(),
        };
        let thesaurus = Thesaurus::new(
            [("sổ đỏ", vec!["giấy chứng nhận quyền sử dụng đất"])],
            ["tôi muốn"],
        );
        let entries = [
            entry(
                "1.001193",
                &[
                    "Thủ tục đăng ký khai sinh",
                    "xin giấy khai sinh cho con mới sinh",
                ],
            ),
            entry("1.000656", &["Thủ tục đăng ký khai tử", "báo tử"]),
            entry("1.000894", &["Thủ tục đăng ký kết hôn", "cưới"]),
            entry(
                "2.000635",
                &["Cấp bản sao Trích lục hộ tịch, bản sao Giấy khai sinh"],
            ),
            entry("1.004222", &["Đăng ký thường trú", "nhập hộ khẩu"]),
            entry(
                "1.012781",
                &["Cấp lại Giấy chứng nhận quyền sử dụng đất do bị mất"],
            ),
        ];
        Index::build(entries, thesaurus)
    }

    fn first(query: &str) -> Option<String> {
        index().search(query, 5).first().map(|hit| hit.code.clone())
    }

    #[test]
    fn people_find_the_birth_registration() {
        for query in [
            "đăng ký khai sinh",
            "dang ky khai sinh",
            "DANG KY KHAI SINH",
            "giay khai sinh cho con",
            "lamf giaays khai sinh cho con",
            "d9ang ky1 khai sinh",
            "dăng kỳ khái sính",
            "đăng kí khai xin",
            "dangkykhaisinh",
            "đăngký khaisinh",
            "dan ky kha sin",
            "đkks",
            "ttdkks",
            "d k k s",
            "dk khai sinh",
            "khai sinh",
            "khai sin",
            "đnăg ký khai sinh",
            "tôi muốn khai sinh",
            "1.001193",
        ] {
            assert_eq!(first(query).as_deref(), Some("1.001193"), "{query}");
        }
    }

    #[test]
    fn others_are_found_by_their_own_names() {
        for (query, code) in [
            ("cuoi", "1.000894"),
            ("bao tu", "1.000656"),
            ("ho khau", "1.004222"),
            ("trich luc", "2.000635"),
            ("lam lai so do", "1.012781"),
            ("mat giay chung nhan quyen su dung dat", "1.012781"),
        ] {
            assert_eq!(first(query).as_deref(), Some(code), "{query}");
        }
    }

    #[test]
    fn a_story_is_about_what_its_phrases_mean() {
        let thesaurus = Thesaurus::new(
            [
                ("heo chết dịch", vec!["hỗ trợ dịch bệnh động vật"]),
                ("chết", vec!["đăng ký khai tử"]),
            ],
            ["tôi", "xin"],
        );
        let entries = [
            Entry::titled("1", "Hỗ trợ thiệt hại do dịch bệnh động vật"),
            Entry::titled("2", "Thủ tục đăng ký khai tử"),
            Entry::titled("3", "Cấp thẻ căn cước"),
        ];
        let index = Index::build(entries, thesaurus);
        let first = |query| index.search(query, 5).swap_remove(0).code;
        assert_eq!(first("heo nhà tôi chết vì dịch rồi"), "1");
        assert_eq!(first("chú tôi chết hồi năm ngoái"), "2");
        // Too far apart to be one phrase.
        let apart = "heo tôi bán hết rồi hôm qua lại thấy chết một con chắc có dịch";
        assert_eq!(first(apart), "2");
        // What a long story touches is found, though most of its words are no name's.
        let touched = "hôm trước tôi đánh rơi ví ngoài chợ mất luôn thẻ căn cước";
        assert_eq!(first(touched), "3");
    }

    #[test]
    fn nothing_fits_nothing() {
        for query in [
            "",
            "   ",
            "?!",
            "xyzzy",
            "qqqqqq wwww",
            "ð",
            "trời hôm nay đẹp quá",
        ] {
            assert_eq!(first(query), None, "{query}");
        }
        assert_eq!(Index::default().search("khai sinh", 5), []);
        assert_eq!(index().search("dang ky", 2).len(), 2);
    }

    #[test]
    fn what_is_likely_decides_between_fits() {
        let index = index();
        let codes = |likely: fn(&str) -> Option<i8>| -> Vec<String> {
            let hits = index.search_for("dang ky", 2, likely);
            hits.into_iter().map(|hit| hit.code).collect()
        };
        let marriage = |code: &str| Some(if code == "1.000894" { 20 } else { 0 });
        assert_eq!(codes(marriage)[0], "1.000894");
        assert_ne!(codes(|_| Some(0))[0], "1.000894");
        assert_eq!(index.search_for("cuoi", 1, |_| Some(100)).len(), 1);
        assert_eq!(index.search_for("cuoi", 1, |_| None), []);
    }

    #[test]
    fn entries_of_one_code_are_one() {
        let twice = ["khai sinh", "giấy khai sinh"].map(|name| Entry::titled("1", name));
        let index = Index::build(twice, Thesaurus::default());
        assert_eq!(index.len(), 1);
        assert_eq!(index.search("khai sinh", 5).len(), 1);
    }

    /// Any text is a query, any titles are an index: no panic, no score of nothing, one order.
    #[test]
    fn searching_is_total_and_deterministic() {
        let usual = index();
        bolero::check!()
            .with_type::<(String, Vec<String>, Vec<u8>)>()
            .for_each(|(query, titles, picks)| {
                let odd = titles.iter().map(|title| Entry::titled(title, title));
                let odd = Index::build(odd, Thesaurus::default());
                // What is nearly a query goes deeper than noise.
                const PARTS: [&str; 8] = ["đăng", "k", "kysinh", " ", "giaays", "tu", "q", "khai "];
                let near: String = picks
                    .iter()
                    .map(|pick| PARTS[usize::from(pick % 8)])
                    .collect();
                for query in [query, &near] {
                    for index in [&usual, &odd] {
                        let hits = index.search(query, 10);
                        assert_eq!(hits, index.search(query, 10));
                        assert!(hits.iter().all(|hit| hit.score > 0));
                        assert!(hits.windows(2).all(|two| two[0].score >= two[1].score));
                    }
                }
            });
    }
}
