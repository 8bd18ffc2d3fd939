//! From what a person typed to the unit that is meant, or to exactly one question.
//!
//! # How
//! The text is cut into words; every run of up to seven words is looked up as a name, with the
//! type word before it (`xã`, `TT.`, `Q.`) if there is one. A unit that was named is scored by how
//! many words it and its district, province or today's province explain: `Lũng Táo, Đồng Văn` is
//! the commune Lũng Táo in the district Đồng Văn, not the commune Đồng Văn, whatever the order.
//! Ties go by type, by tone marks where they were typed, by order (small to large; backwards only
//! what makes no sense forwards), and by whether the unit was there on the day, in the province of
//! that day. Old names lead to what became of them.
//!
//! # What is asked
//! Nothing, if all that fits leads to one unit of today. Else one question: which part of a unit
//! that was split, or which of several units of one name. A split question can be answered "I don't
//! know": then the unit that took most of it receives the dossier and forwards it.
//!
//! What was rejected: fixed grammars ("ward, district, province"), which fail on the first address
//! written by hand; and fuzzy scores over everything, which always find something and are wrong in
//! silence. What is one or two letters off is offered as a near miss, not taken.
//!
//! The cost is bounded by the length of the text, which is cut at [`MOST_WORDS`] words: see
//! [`Answer::touched`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{
    fold::{Word, toned, words},
    table::{Kind, Level, PlaceTable, Touched, Unit, UnitId},
};

/// Words beyond these add cost and no meaning.
pub const MOST_WORDS: usize = 24;

/// The longest names have five words ("Văn Miếu - Quốc Tử Giám").
const LONGEST_NAME: usize = 7;

/// What people write for a name.
const ALIASES: [(&str, &str); 8] = [
    ("hcm", "hochiminh"),
    ("hochiminhcity", "hochiminh"),
    ("saigon", "hochiminh"),
    ("hn", "hanoi"),
    ("brvt", "bariavungtau"),
    ("tth", "thuathienhue"),
    ("bmt", "buonmathuot"),
    ("danangcity", "danang"),
];

/// The unit that is meant, with the unit that was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Meant {
    /// What it is today.
    pub unit: UnitId,
    /// What the text named: the same, or what became part of it.
    pub named: UnitId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The named unit was split: which part, that is, where its hamlet went.
    Split,
    /// Several units are called so.
    SameName,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    One(Meant),
    Question {
        ask: Ask,
        /// For a split, the part with most of it first.
        choices: Vec<Meant>,
    },
    /// Nothing is called so; these are nearly.
    NotFound {
        near: Vec<UnitId>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub outcome: Outcome,
    /// Records that were looked at.
    pub touched: u32,
}

impl Answer {
    /// Who gets the dossier when the citizen answers a question with "I don't know": the unit that
    /// took most of what was split, and forwards. `None` where that would be a guess.
    pub fn unknown(&self) -> Option<Meant> {
        match &self.outcome {
            Outcome::Question {
                ask: Ask::Split,
                choices,
            } => choices.first().copied(),
            _ => None,
        }
    }
}

/// One run of words that is a name.
#[derive(Clone)]
struct Match {
    from: usize,
    to: usize,
    /// Where the type word begins; `from` where there is none.
    start: usize,
    kinds: &'static [Kind],
    units: Vec<UnitId>,
    /// As typed, tone marks included; empty if none was typed anywhere.
    toned: String,
}

/// A named unit and what speaks for it. Greater is better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    words: usize,
    /// Type words that are right, less those that are wrong.
    types: i32,
    tones: i32,
    /// Small to large, as it is written; backwards is read what makes no sense forwards.
    forwards: bool,
    /// Lay on the day in what is said of it, not only since.
    timely: bool,
    was_there: bool,
    commune: bool,
}

impl PlaceTable {
    /// Which unit `text` means, written on `day`: a paper of 2019 knows no name of 2025, and a
    /// code is read by its date. For what is typed now, `day` is today.
    pub fn resolve(&self, text: &str, day: Date) -> Answer {
        let touched = Touched::default();
        let outcome = self.outcome(text, day, &touched);
        Answer {
            outcome,
            touched: touched.count(),
        }
    }

    fn outcome(&self, text: &str, day: Date, touched: &Touched) -> Outcome {
        let mut words = words(text);
        words.truncate(MOST_WORDS);
        if let Some(unit) = self.by_code(&words, day, touched) {
            return self.meant(&[unit.id]);
        }
        let matches = self.matches(&words, touched);
        let best = self.best(&words, &matches, day, touched);
        if best.is_empty() {
            return Outcome::NotFound {
                near: self.near_misses(&words, day, touched),
            };
        }
        self.meant(&best)
    }

    /// The whole text is a code, perhaps with a word before it.
    fn by_code(&self, words: &[Word], day: Date, touched: &Touched) -> Option<Unit<'_>> {
        let code = match words {
            [code] => code,
            [word, code] if matches!(word.key.as_str(), "ma" | "code" | "xa" | "phuong") => code,
            [ma, word, code] if ma.key == "ma" && matches!(word.key.as_str(), "xa" | "so") => code,
            _ => return None,
        };
        let long = matches!(code.key.len(), 2 | 3 | 5);
        // `phường 12` is a name, `phường 00012` is a code.
        if !long || (words.len() > 1 && code.key.len() < 5) {
            return None;
        }
        self.as_of(&code.key, day, touched)
    }

    /// Today's units of what was named, or the question that decides.
    fn meant(&self, named: &[UnitId]) -> Outcome {
        let mut choices: Vec<Meant> = Vec::new();
        for named in named {
            for unit in self.today(*named) {
                if !choices.iter().any(|choice| choice.unit == unit) {
                    choices.push(Meant {
                        unit,
                        named: *named,
                    });
                }
            }
        }
        match (choices.as_slice(), named) {
            ([], _) => Outcome::NotFound { near: Vec::new() },
            ([one], _) => Outcome::One(*one),
            (_, [_]) => Outcome::Question {
                ask: Ask::Split,
                choices,
            },
            _ => Outcome::Question {
                ask: Ask::SameName,
                choices,
            },
        }
    }

    fn matches(&self, words: &[Word], touched: &Touched) -> Vec<Match> {
        // Who types any mark types them all; who types none says nothing about them.
        let marked = words.iter().any(|word| !word.typed.is_ascii());
        let mut found = Vec::new();
        for from in 0..words.len() {
            let mut key = String::new();
            for (to, word) in words.iter().enumerate().skip(from).take(LONGEST_NAME) {
                let first = words.get(from);
                if first.is_some_and(|first| first.part != word.part) {
                    break;
                }
                let number = word.key.trim_start_matches('0');
                key.push_str(
                    if number.is_empty() || !word.key.bytes().all(|byte| byte.is_ascii_digit()) {
                        &word.key
                    } else {
                        number
                    },
                );
                let mut units = self.called(&key, touched);
                if let Some((_, name)) = ALIASES.iter().find(|(alias, _)| *alias == key) {
                    units.extend(self.called(name, touched));
                }
                let (start, kinds) = type_before(words, from);
                // A bare number is a house, not a ward; between commas it can be a district.
                if kinds.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit()) {
                    let part = |at: usize| words.get(at).map(|word| word.part);
                    let whole =
                        from > 0 && part(from - 1) != part(from) && part(to + 1) != part(to);
                    units.retain(|id| {
                        whole
                            && self
                                .unit(*id)
                                .is_some_and(|u| u.kind.level() == Level::District)
                    });
                }
                if units.is_empty() {
                    continue;
                }
                let typed = words.iter().skip(from).take(to + 1 - from);
                let typed: String = typed.map(|word| toned(&word.typed)).collect();
                let said = Match {
                    from,
                    to: to + 1,
                    start,
                    kinds,
                    units,
                    toned: if marked { typed } else { String::new() },
                };
                // `dao xa phu tho` is the commune Đào Xá as well as the commune Phú Thọ.
                let of_name = |name: &Match| name.from < start && name.to == from;
                if start < from && found.iter().any(of_name) {
                    found.push(Match {
                        start: from,
                        kinds: &[],
                        ..said.clone()
                    });
                }
                found.push(said);
            }
        }
        found
    }

    /// The units that explain the text best.
    fn best(&self, words: &[Word], matches: &[Match], day: Date, touched: &Touched) -> Vec<UnitId> {
        let mut by_unit: BTreeMap<UnitId, Vec<&Match>> = BTreeMap::new();
        for found in matches {
            for unit in &found.units {
                by_unit.entry(*unit).or_default().push(found);
            }
        }
        let mut scores: BTreeMap<UnitId, Score> = BTreeMap::new();
        for found in matches {
            for id in &found.units {
                touched.one();
                let Some(unit) = self.unit(*id) else { continue };
                // A paper knows no unit that came later.
                if unit.from > day {
                    continue;
                }
                let score = self.score(words, found, &unit, &by_unit, day, touched);
                if let Some(score) = score {
                    let best = scores.entry(*id).or_insert(score);
                    *best = (*best).max(score);
                }
            }
        }
        let Some(best) = scores.values().max().copied() else {
            return Vec::new();
        };
        let mut found: Vec<UnitId> = scores
            .into_iter()
            .filter(|(_, score)| *score == best)
            .map(|(id, _)| id)
            .collect();
        // Of one unit under two dates, the younger one is the answer.
        let older: BTreeSet<UnitId> = found
            .iter()
            .filter(|id| self.next(**id).iter().any(|next| found.contains(next)))
            .copied()
            .collect();
        found.retain(|id| !older.contains(id));
        found
    }

    fn score(
        &self,
        words: &[Word],
        found: &Match,
        unit: &Unit<'_>,
        by_unit: &BTreeMap<UnitId, Vec<&Match>>,
        day: Date,
        touched: &Touched,
    ) -> Option<Score> {
        let mut used = vec![false; words.len()];
        let mut score = Score {
            words: 0,
            types: 0,
            tones: 0,
            forwards: true,
            timely: true,
            was_there: unit.was_there(day),
            commune: unit.kind.level() == Level::Commune,
        };
        take(found, unit, &mut used, &mut score);
        let (mut own, mut above) = (BTreeSet::new(), BTreeSet::new());
        let mut next = unit.parent;
        while let Some(parent) = next.and_then(|id| self.unit(id)) {
            touched.one();
            own.insert(parent.name);
            above.insert(parent.id);
            above.extend(self.today(parent.id).into_iter().filter(|id| {
                self.unit(*id)
                    .is_some_and(|unit| unit.kind.level() == Level::Province)
            }));
            next = parent.parent;
        }
        if let Some(province) = self
            .today(unit.id)
            .first()
            .and_then(|id| self.province_today(*id))
        {
            above.insert(province.id);
            // A city of today was a province yesterday, of the same name.
            above.extend(
                self.coded(&province.code(), touched)
                    .iter()
                    .filter(|same| same.name == province.name)
                    .map(|same| same.id),
            );
        }
        // Of `Hà Tĩnh, Hà Tĩnh` the province has one: it does not lie in itself.
        above.retain(|id| {
            self.unit(*id).is_some_and(|above| {
                above.kind.level() < unit.kind.level() || above.name != unit.name
            })
        });
        // The longest matches first: "Hà Giang" before "Hà".
        let mut context: Vec<(&Match, UnitId)> = above
            .iter()
            .filter_map(|id| Some((by_unit.get(id)?, *id)))
            .flat_map(|(matches, id)| matches.iter().map(move |found| (*found, id)))
            .collect();
        context.sort_by_key(|(found, id)| {
            let kind = self.unit(*id).map(|unit| unit.kind);
            let right = kind.is_some_and(|kind| found.kinds.contains(&kind));
            (!right, std::cmp::Reverse(found.to - found.start), *id)
        });
        let mut said: BTreeSet<(Level, String)> = BTreeSet::new();
        // What lay elsewhere then: a unit that is gone, on a day when it was there.
        let then = unit.until.is_some() && unit.was_there(day);
        let (at, mut order) = (found.from, BTreeMap::new());
        for (found, id) in context {
            touched.one();
            let Some(parent) = self.unit(id) else {
                continue;
            };
            // `phường Hải Dương` is no province: a street before it may be called like a commune there.
            let level = parent.kind.level();
            let other = !found.kinds.is_empty() && found.kinds.iter().all(|k| k.level() != level);
            let free = (found.start..found.to).all(|at| used.get(at) == Some(&false));
            // Said only when it is heard: of `Lào Cai, Lào Cai` each place has its own.
            if free && !other && said.insert((level, parent.name.to_owned())) {
                take(found, &parent, &mut used, &mut score);
                score.forwards &= at < found.from;
                score.timely &= own.contains(parent.name) || !then;
                order.entry(level).or_insert(found.from);
            }
        }
        score.forwards &= order.values().rev().is_sorted();
        // A name inside other words is not what the text is about, unless its type was said.
        let whole = |at: usize| words.get(at).map(|word| word.part);
        let alone = (found.start == 0 || whole(found.start - 1) != whole(found.start))
            && whole(found.to) != whole(found.to - 1);
        (alone || found.start < found.from || score.words * 2 >= words.len()).then_some(score)
    }

    /// What is called nearly so: first what lies in a place that is named too, or nearly.
    fn near_misses(&self, words: &[Word], day: Date, touched: &Touched) -> Vec<UnitId> {
        let mut keys: BTreeSet<(usize, String)> = BTreeSet::new();
        let parts: BTreeSet<usize> = words.iter().map(|word| word.part).collect();
        for part in parts.iter().take(3) {
            let at = words
                .iter()
                .position(|word| word.part == *part)
                .unwrap_or(0);
            let skip = type_at(words, at).map_or(0, |(len, _)| len);
            for skip in BTreeSet::from([0, skip]) {
                let of_part = words
                    .iter()
                    .skip(at + skip)
                    .take_while(|word| word.part == *part);
                keys.insert((*part, of_part.map(|word| word.key.as_str()).collect()));
            }
        }
        let mut near: BTreeMap<UnitId, (bool, usize, usize)> = BTreeMap::new();
        for (part, key) in keys.iter().filter(|(_, key)| (3..=40).contains(&key.len())) {
            for (distance, text) in self.near(key, touched) {
                for id in self.called(text, touched) {
                    let Some(unit) = self.unit(id).filter(|unit| unit.from <= day) else {
                        continue;
                    };
                    touched.one();
                    let mut above = unit.parent;
                    let mut there = false;
                    while let Some(parent) = above.and_then(|id| self.unit(id)) {
                        let name = super::fold::key(parent.name);
                        there |= keys.iter().any(|(other, key)| {
                            other != part && super::table::distance(key, &name, 2).is_some()
                        });
                        above = parent.parent;
                    }
                    let rank = (!there, *part, distance);
                    let known = near.entry(id).or_insert(rank);
                    *known = (*known).min(rank);
                }
            }
        }
        let mut near: Vec<_> = near.into_iter().map(|(id, rank)| (rank, id)).collect();
        near.sort_unstable();
        near.into_iter().take(8).map(|(_, id)| id).collect()
    }
}

/// Counts a match for a unit.
fn take(found: &Match, unit: &Unit<'_>, used: &mut [bool], score: &mut Score) {
    let right = found.kinds.contains(&unit.kind);
    let start = if right { found.start } else { found.from };
    for used in used.iter_mut().take(found.to).skip(start) {
        score.words += usize::from(!*used);
        *used = true;
    }
    if !found.kinds.is_empty() {
        score.types += if right { 1 } else { -1 };
    }
    if !found.toned.is_empty() {
        score.tones += if toned_name(unit.name) == found.toned {
            1
        } else {
            -1
        };
    }
}

fn toned_name(name: &str) -> String {
    words(name).iter().map(|word| toned(&word.typed)).collect()
}

/// The type word that begins at `at`: its length in words and what it can mean.
fn type_at(words: &[Word], at: usize) -> Option<(usize, &'static [Kind])> {
    use Kind::{
        City, Commune, Province, ProvincialCity, RuralDistrict, SpecialZone, Town, Township,
        UrbanDistrict, Ward,
    };
    let first = words.get(at)?;
    let second = words.get(at + 1).filter(|word| word.part == first.part);
    let two = second.map(|second| format!("{} {}", first.key, second.key));
    let kinds: &'static [Kind] = match two.as_deref() {
        Some("thi tran") => &[Township],
        Some("thi xa") => &[Town],
        Some("thanh pho") => &[City, ProvincialCity],
        Some("dac khu") => &[SpecialZone],
        _ => &[],
    };
    if !kinds.is_empty() {
        return Some((2, kinds));
    }
    let kinds: &'static [Kind] = match first.key.as_str() {
        "xa" | "x" => &[Commune],
        "phuong" | "p" | "ph" => &[Ward],
        "tt" | "thitran" => &[Township],
        "dk" | "dackhu" => &[SpecialZone],
        "huien" | "h" => &[RuralDistrict],
        "quan" | "q" => &[UrbanDistrict],
        "tx" | "thixa" => &[Town],
        "tp" | "thanhpho" => &[City, ProvincialCity],
        "tinh" => &[Province],
        // `t.` alone is a province; `T.T.` and `T.P.` are cut into two words.
        "t" => match second.map(|second| second.key.as_str()) {
            Some("t") if first.dot => return Some((2, &[Township])),
            Some("p") if first.dot => return Some((2, &[City, ProvincialCity])),
            Some("x") if first.dot => return Some((2, &[Town])),
            _ => &[Province],
        },
        _ => return None,
    };
    // `Xá` and `Tịnh` are of a name.
    let whole = matches!(
        first.key.as_str(),
        "xa" | "phuong" | "huien" | "quan" | "tinh"
    );
    let word = kinds.first().map(|kind| toned(kind.word()));
    let other = whole && !first.typed.is_ascii() && word != Some(toned(&first.typed));
    (!other).then_some((1, kinds))
}

/// The type word that ends right before `from`.
fn type_before(words: &[Word], from: usize) -> (usize, &'static [Kind]) {
    for len in [2, 1] {
        if let Some(at) = from.checked_sub(len)
            && words.get(at).map(|word| word.part) == words.get(from).map(|word| word.part)
            && words.get(from).is_some_and(|word| !word.dash)
            && let Some((found, kinds)) = type_at(words, at)
            && found == len
        {
            return (at, kinds);
        }
    }
    (from, &[])
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )]

    use jiff::civil::date;

    use super::*;
    use crate::place::table::{FIRST_DAY, NewUnit, UnitKey, write};

    const NOW: Date = date(2025, 7, 1);
    const THEN: Date = date(2025, 6, 30);

    /// `kind code name above > next`: a unit until 30 June 2025 if something followed, else one since.
    fn unit(
        kind: Kind,
        code: u32,
        name: &str,
        above: Option<UnitKey>,
        next: &[UnitKey],
    ) -> NewUnit {
        let old = !next.is_empty();
        NewUnit {
            code,
            kind,
            name: name.into(),
            from: if old { FIRST_DAY } else { NOW },
            until: old.then_some(THEN),
            doubt: None,
            also_called: vec![],
            nameless: false,
            parent: above,
            next: next.to_vec(),
        }
    }

    /// The codes that a text leads to in a small country. Commune n of before became n + 100.
    fn found(text: &str, day: Date) -> Vec<u32> {
        use Kind::{Commune, Province, ProvincialCity, RuralDistrict, Ward};
        let province = |code, day| Some((Level::Province, code, day));
        let mut units = vec![
            unit(Province, 1, "Phú Thọ", None, &[(Level::Province, 1, NOW)]),
            unit(Province, 1, "Phú Thọ", None, &[]),
            unit(Province, 2, "Hòa Bình", None, &[(Level::Province, 1, NOW)]),
            unit(
                Province,
                3,
                "Quảng Ngãi",
                None,
                &[(Level::Province, 3, NOW)],
            ),
            unit(Province, 3, "Quảng Ngãi", None, &[]),
        ];
        for (district, above, kind, name, communes) in [
            (
                11,
                1,
                RuralDistrict,
                "Thanh Thủy",
                [(11, Commune, "Đào Xá"), (12, Commune, "Phú Thọ")],
            ),
            (
                12,
                2,
                ProvincialCity,
                "Hòa Bình",
                [(21, Ward, "Tân Hòa"), (22, Ward, "Quảng Ngãi")],
            ),
            (
                13,
                3,
                RuralDistrict,
                "Sơn Tây",
                [(31, Commune, "Sơn Tinh"), (32, Commune, "Hòa Bình")],
            ),
            (
                14,
                3,
                ProvincialCity,
                "Quảng Ngãi",
                [(41, Commune, "Sơn Tịnh"), (42, Ward, "Sơn Tây")],
            ),
            (
                15,
                1,
                RuralDistrict,
                "Tân Sơn",
                [(51, Commune, "Tân Hòa"), (52, Commune, "Thu Cúc")],
            ),
        ] {
            let next: Vec<UnitKey> = communes
                .iter()
                .map(|(code, ..)| (Level::Commune, code + 100, NOW))
                .collect();
            units.push(unit(
                kind,
                district,
                name,
                province(above, FIRST_DAY),
                &next,
            ));
            let above_now = if above == 2 { 1 } else { above };
            for ((code, kind, name), next) in communes.into_iter().zip(next) {
                let there = Some((Level::District, district, FIRST_DAY));
                units.push(unit(kind, code, name, there, &[next]));
                let name = format!("Mới {code}");
                units.push(unit(kind, code + 100, &name, province(above_now, NOW), &[]));
            }
        }
        let table = PlaceTable::of_payload(write(&units).unwrap()).unwrap();
        let meant = match table.resolve(text, day).outcome {
            Outcome::One(meant) => vec![meant],
            Outcome::Question { choices, .. } => choices,
            Outcome::NotFound { .. } => vec![],
        };
        let code = |meant: &Meant| table.unit(meant.unit).unwrap().code;
        meant.iter().map(code).collect()
    }

    #[test]
    fn a_syllable_of_a_name_is_no_type() {
        for (text, code) in [
            ("Đào Xá - Phú Thọ", 111),
            ("Đào Xá Phú Thọ", 111),
            ("dao xa - phu tho", 111),
            ("dao xa phu tho", 111),
            ("Xã Phú Thọ", 112),
            ("xa phu tho", 112),
            ("x. Phú Thọ - H. Thanh Thủy - T. Phú Thọ", 112),
            ("son tinh son tay quang ngai", 131),
            ("Sơn Tịnh Quảng Ngãi", 141),
            ("son tinh, thanh pho quang ngai", 141),
        ] {
            assert_eq!(found(text, NOW), [code], "{text}");
        }
    }

    #[test]
    fn small_comes_before_large() {
        for (text, codes) in [
            // Not the ward Quảng Ngãi in Hòa Bình, nor the commune Phú Thọ.
            ("Hòa Bình, Quảng Ngãi", vec![132]),
            ("hoa binh quang ngai", vec![132]),
            ("Huyện Sơn Tây, Quảng Ngãi", vec![131, 132]),
            ("Huyện Thanh Thủy, Phú Thọ", vec![111, 112]),
            ("huyen thanh thuy, phu tho", vec![111, 112]),
            // Backwards, where nothing else is there, or the types say so.
            ("Thanh Thủy, Đào Xá", vec![111]),
            ("Phú Thọ, Thanh Thủy, Đào Xá", vec![111]),
            ("Huyện Thanh Thủy, xã Phú Thọ", vec![112]),
        ] {
            assert_eq!(found(text, THEN), codes, "{text}");
        }
    }

    #[test]
    fn a_city_is_not_its_province() {
        for (text, codes) in [
            ("Quảng Ngãi, Quảng Ngãi", vec![141, 142]),
            ("quang ngai quang ngai", vec![141, 142]),
            ("Thành phố Hòa Bình, Hòa Bình", vec![121, 122]),
            ("Tỉnh Phú Thọ", vec![1]),
            ("Phường Sơn Tây - TP. Quảng Ngãi - Quảng Ngãi", vec![142]),
        ] {
            assert_eq!(found(text, NOW), codes, "{text}");
        }
    }

    #[test]
    fn a_paper_of_before_knows_no_province_of_after() {
        assert_eq!(found("Xã Tân Hòa, Phú Thọ", THEN), [151]);
        assert_eq!(found("tan hoa, phu tho", THEN), [151]);
        // What is typed now may name both; and a wrong date is better than no answer.
        assert_eq!(found("Tân Hòa, Phú Thọ", NOW), [121, 151]);
        assert_eq!(found("Quảng Ngãi, Phú Thọ", THEN), [122]);
    }
}
