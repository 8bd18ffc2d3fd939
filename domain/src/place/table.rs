//! The dated place table: every unit since the code list began, searched where it lies.
//!
//! ```text
//! <manifest, a compact JWS>\n
//! "GDPLACE1" · seven counts · units · keys · refs · back · next · before · names · key texts
//! ```
//!
//! All numbers are little-endian. A *unit* is a fixed record (code, type, first and last day,
//! parent, name, what it became, what it was made of), sorted by level, code and first day, so
//! that a code is found by halving. A *key* is a name without diacritics, spaces and marks, sorted,
//! with the units called so; `back` lists the keys by their reversed text, for near misses.
//! Nothing is parsed when the file is opened: hashing it for the signature is the whole cost, and
//! a lookup touches a few dozen records (counted, [`Touched`]). What was rejected: JSON or SQLite
//! in the content pack, which cost every start of the app what only a place question needs; and a
//! serialisation crate, whose derived layouts are nobody's format after its next major version.
//!
//! Whatever the bytes are, reading answers with nothing at worst: every access is checked.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

use jiff::{
    ToSpan,
    civil::{Date, date},
};

use super::{
    PlaceKey,
    fold::{key, reversed},
};
use crate::{
    catalog::{PackError, PackManifest, pack},
    dossier::KeySet,
};

/// `typ` of the manifest of a places pack.
pub const PLACES_TYP: &str = "gandan-places+jwt";

/// What the file is called; it lies beside the content pack.
pub const PLACES_FILE: &str = "places.pack";

const MAGIC: &[u8; 8] = b"GDPLACE1";
const HEADER: usize = 8 + 7 * 4;
const UNIT: usize = 32;
const KEY: usize = 12;
const NONE: u16 = u16::MAX;

/// The first day of the list of codes (Decision 124/2004/QĐ-TTg). What a code meant earlier is
/// nothing; how a unit changed between then and 30 June 2025 is not in the table.
pub const FIRST_DAY: Date = date(2004, 7, 8);

/// Which of the state's levels a unit is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Province,
    /// Until 30 June 2025.
    District,
    Commune,
}

/// What kind of unit, as its letter in `content/places/*.tsv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Province,
    /// A city directly under the central government.
    City,
    RuralDistrict,
    UrbanDistrict,
    /// Thị xã.
    Town,
    /// A city under a province.
    ProvincialCity,
    Commune,
    Ward,
    /// Thị trấn.
    Township,
    /// Đặc khu.
    SpecialZone,
}

impl Kind {
    pub const ALL: [Self; 10] = [
        Self::Province,
        Self::City,
        Self::RuralDistrict,
        Self::UrbanDistrict,
        Self::Town,
        Self::ProvincialCity,
        Self::Commune,
        Self::Ward,
        Self::Township,
        Self::SpecialZone,
    ];

    pub const fn letter(self) -> u8 {
        match self {
            Self::Province => b'T',
            Self::City => b'C',
            Self::RuralDistrict => b'h',
            Self::UrbanDistrict => b'q',
            Self::Town => b's',
            Self::ProvincialCity => b'c',
            Self::Commune => b'x',
            Self::Ward => b'p',
            Self::Township => b't',
            Self::SpecialZone => b'd',
        }
    }

    pub fn of_letter(letter: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.letter() == letter)
    }

    /// The word before the name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Province => "Tỉnh",
            Self::City | Self::ProvincialCity => "Thành phố",
            Self::RuralDistrict => "Huyện",
            Self::UrbanDistrict => "Quận",
            Self::Town => "Thị xã",
            Self::Commune => "Xã",
            Self::Ward => "Phường",
            Self::Township => "Thị trấn",
            Self::SpecialZone => "Đặc khu",
        }
    }

    pub const fn level(self) -> Level {
        match self {
            Self::Province | Self::City => Level::Province,
            Self::RuralDistrict | Self::UrbanDistrict | Self::Town | Self::ProvincialCity => {
                Level::District
            }
            Self::Commune | Self::Ward | Self::Township | Self::SpecialZone => Level::Commune,
        }
    }
}

impl Level {
    /// How many digits a code of this level has.
    pub const fn digits(self) -> usize {
        match self {
            Self::Province => 2,
            Self::District => 3,
            Self::Commune => 5,
        }
    }
}

/// A unit's place in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitId(pub u16);

/// A unit as the table has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit<'t> {
    pub id: UnitId,
    pub code: u32,
    pub kind: Kind,
    /// Without its type.
    pub name: &'t str,
    pub from: Date,
    /// The last day; `None` while it exists.
    pub until: Option<Date>,
    /// The district of an old commune, the province of everything else.
    pub parent: Option<UnitId>,
    /// Why the row is not certain: the mark of `content/places/*.tsv`.
    pub doubt: Option<char>,
}

impl Unit<'_> {
    /// With leading zeros.
    pub fn code(&self) -> String {
        format!("{:0width$}", self.code, width = self.kind.level().digits())
    }

    pub fn key(&self) -> PlaceKey {
        PlaceKey {
            code: self.code(),
            valid_from: self.from,
        }
    }

    /// `Xã Lũng Cú`.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.kind.word(), self.name)
    }

    pub fn was_there(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }
}

/// How many records a question has looked at.
#[derive(Debug, Default)]
pub struct Touched(Cell<u32>);

impl Touched {
    pub(super) fn one(&self) {
        self.0.set(self.0.get().saturating_add(1));
    }

    pub fn count(&self) -> u32 {
        self.0.get()
    }
}

/// Where the sections begin.
#[derive(Clone, Copy, Default)]
struct Sections {
    units: usize,
    keys: usize,
    refs: usize,
    back: usize,
    next: usize,
    before: usize,
    names: usize,
    texts: usize,
    unit_count: usize,
    key_count: usize,
}

/// The table, over the bytes of its file.
pub struct PlaceTable {
    bytes: Vec<u8>,
    at: Sections,
}

impl PlaceTable {
    /// Believes the file only if a pack key of `keys` signed it and it is whole.
    pub fn read(file: Vec<u8>, keys: &KeySet) -> Result<(PackManifest, Self), PackError> {
        let (manifest, start) = pack::verify(&file, keys, PLACES_TYP)?;
        let table = Self::at(file, start).ok_or(PackError::Malformed { line: 1, column: 1 })?;
        Ok((manifest, table))
    }

    /// Over a payload that is trusted already.
    pub fn of_payload(payload: Vec<u8>) -> Option<Self> {
        Self::at(payload, 0)
    }

    fn at(bytes: Vec<u8>, start: usize) -> Option<Self> {
        if bytes.get(start..start + 8)? != MAGIC {
            return None;
        }
        let count = |at: usize| -> Option<usize> {
            let four = bytes.get(start + 8 + at * 4..start + 12 + at * 4)?;
            usize::try_from(u32::from_le_bytes(four.try_into().ok()?)).ok()
        };
        let (units, keys, refs) = (count(0)?, count(1)?, count(2)?);
        let (next, before, names) = (count(3)?, count(4)?, count(5)?);
        let mut at = Sections {
            units: start + HEADER,
            unit_count: units,
            key_count: keys,
            ..Sections::default()
        };
        at.keys = at.units.checked_add(units.checked_mul(UNIT)?)?;
        at.refs = at.keys.checked_add(keys.checked_mul(KEY)?)?;
        at.back = at.refs.checked_add(refs.checked_mul(2)?)?;
        at.next = at.back.checked_add(keys.checked_mul(2)?)?;
        at.before = at.next.checked_add(next.checked_mul(2)?)?;
        at.names = at.before.checked_add(before.checked_mul(2)?)?;
        at.texts = at.names.checked_add(names)?;
        let end = at.texts.checked_add(count(6)?)?;
        (bytes.len() == end && units < usize::from(NONE)).then_some(Self { bytes, at })
    }

    pub fn len(&self) -> usize {
        self.at.unit_count
    }

    pub fn is_empty(&self) -> bool {
        self.at.unit_count == 0
    }

    /// Every unit, by level, code and first day.
    pub fn units(&self) -> impl Iterator<Item = Unit<'_>> {
        (0..self.at.unit_count)
            .filter_map(|id| u16::try_from(id).ok())
            .filter_map(|id| self.unit(UnitId(id)))
    }

    fn u16(&self, at: usize) -> Option<u16> {
        let two = self.bytes.get(at..at.checked_add(2)?)?;
        Some(u16::from_le_bytes(two.try_into().ok()?))
    }

    fn u32(&self, at: usize) -> Option<u32> {
        let four = self.bytes.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes(four.try_into().ok()?))
    }

    fn text(&self, start: usize, offset: u32, len: u16) -> Option<&str> {
        let from = start.checked_add(usize::try_from(offset).ok()?)?;
        let bytes = self.bytes.get(from..from.checked_add(usize::from(len))?)?;
        std::str::from_utf8(bytes).ok()
    }

    fn record(&self, id: UnitId) -> Option<usize> {
        let id = usize::from(id.0);
        (id < self.at.unit_count).then(|| self.at.units + id * UNIT)
    }

    pub fn unit(&self, id: UnitId) -> Option<Unit<'_>> {
        let at = self.record(id)?;
        let kind = Kind::of_letter(*self.bytes.get(at + 4)?)?;
        let doubt = *self.bytes.get(at + 5)?;
        let until = self.u16(at + 8)?;
        let parent = self.u16(at + 10)?;
        Some(Unit {
            id,
            code: self.u32(at)?,
            kind,
            name: self.text(
                self.at.names,
                self.u32(at + 12)?,
                u16::from(*self.bytes.get(at + 16)?),
            )?,
            from: day(self.u16(at + 6)?)?,
            until: if until == NONE {
                None
            } else {
                Some(day(until)?)
            },
            // The table is sorted by level. In a damaged one, a unit must not lie within itself.
            parent: (parent < id.0).then_some(UnitId(parent)),
            doubt: (doubt != 0).then(|| char::from(doubt)),
        })
    }

    fn list(&self, start: usize, first: u32, count: u16) -> impl Iterator<Item = UnitId> {
        let first = usize::try_from(first).unwrap_or(usize::MAX / 4);
        (0..usize::from(count)).filter_map(move |at| {
            let at = start.checked_add(first.checked_add(at)?.checked_mul(2)?)?;
            self.u16(at).map(UnitId)
        })
    }

    /// What the unit became: the one with most of it first. Empty for what exists unchanged.
    pub fn next(&self, id: UnitId) -> Vec<UnitId> {
        self.record(id)
            .and_then(|at| Some((self.u32(at + 20)?, self.u16(at + 18)?)))
            .map(|(first, count)| {
                let end = self.at.before;
                self.list(self.at.next, first, count)
                    .take((end - self.at.next) / 2)
                    .collect()
            })
            .unwrap_or_default()
    }

    /// What the unit was made of.
    pub fn before(&self, id: UnitId) -> Vec<UnitId> {
        self.record(id)
            .and_then(|at| Some((self.u32(at + 24)?, self.u16(at + 28)?)))
            .map(|(first, count)| {
                let end = self.at.names;
                self.list(self.at.before, first, count)
                    .take((end - self.at.before) / 2)
                    .collect()
            })
            .unwrap_or_default()
    }

    /// What has become of the unit today, through every change; itself if nothing has.
    pub fn today(&self, id: UnitId) -> Vec<UnitId> {
        let mut found = Vec::new();
        let mut open = vec![id];
        // Each unit once: in a damaged table what follows may branch without end, or come back.
        let mut seen = BTreeSet::new();
        // Depth first, so that the order of the successors stays.
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let next = self.next(id);
            if next.is_empty() {
                found.push(id);
            } else {
                open.extend(next.into_iter().rev());
            }
        }
        found
    }

    /// The units with this code, oldest first.
    pub fn coded(&self, code: &str, touched: &Touched) -> Vec<Unit<'_>> {
        let Some(level) = [Level::Province, Level::District, Level::Commune]
            .into_iter()
            .find(|level| level.digits() == code.len())
        else {
            return Vec::new();
        };
        let Some(number) = code
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| code.parse::<u32>().ok())
            .flatten()
        else {
            return Vec::new();
        };
        let sort = |at: usize| {
            touched.one();
            let unit = self.unit(UnitId(u16::try_from(at).ok()?))?;
            Some((unit.kind.level(), unit.code))
        };
        let first = partition(self.at.unit_count, |at| sort(at) < Some((level, number)));
        (first..self.at.unit_count)
            .take_while(|at| sort(*at) == Some((level, number)))
            .filter_map(|at| self.unit(UnitId(u16::try_from(at).ok()?)))
            .collect()
    }

    /// What `code` meant on `day`: the meaning in force, else the last one before.
    pub fn as_of(&self, code: &str, day: Date, touched: &Touched) -> Option<Unit<'_>> {
        self.coded(code, touched)
            .into_iter()
            .filter(|unit| unit.from <= day)
            .max_by_key(|unit| unit.from)
    }

    /// The unit with this key.
    pub fn find(&self, key: &PlaceKey) -> Option<Unit<'_>> {
        self.coded(&key.code, &Touched::default())
            .into_iter()
            .find(|unit| unit.from == key.valid_from)
    }

    /// `Xã Lũng Táo, Huyện Đồng Văn, Tỉnh Hà Giang`.
    pub fn path(&self, id: UnitId) -> String {
        let mut names = Vec::new();
        let mut next = Some(id);
        while let Some(unit) = next.and_then(|id| self.unit(id))
            && names.len() < 3
        {
            names.push(unit.full_name());
            next = unit.parent;
        }
        names.join(", ")
    }

    /// The province that the unit belongs to.
    pub fn province(&self, id: UnitId) -> Option<Unit<'_>> {
        let mut unit = self.unit(id)?;
        for _ in 0..3 {
            match unit.parent.and_then(|parent| self.unit(parent)) {
                Some(parent) => unit = parent,
                None => break,
            }
        }
        (unit.kind.level() == Level::Province).then_some(unit)
    }

    /// The province as it is called today: a commune's record keeps the one of its first day.
    pub fn province_today(&self, id: UnitId) -> Option<Unit<'_>> {
        let province = self.province(id)?.id;
        self.today(province)
            .first()
            .and_then(|province| self.unit(*province))
    }

    /// The old units that a unit was made of, through every change.
    pub fn formerly(&self, id: UnitId) -> Vec<UnitId> {
        let mut found = Vec::new();
        let mut open = self.before(id);
        for _ in 0..512 {
            let Some(id) = open.pop() else { break };
            let before = self.before(id);
            if !found.contains(&id) {
                found.push(id);
                open.extend(before);
            }
        }
        found.sort_unstable();
        found
    }

    fn key_at(&self, at: usize) -> Option<(&str, u32, u16)> {
        if at >= self.at.key_count {
            return None;
        }
        let record = self.at.keys + at * KEY;
        let text = self.text(self.at.texts, self.u32(record)?, self.u16(record + 4)?)?;
        Some((text, self.u32(record + 8)?, self.u16(record + 6)?))
    }

    /// The units called so, by key (see [`super::fold::key`]).
    pub(super) fn called(&self, key: &str, touched: &Touched) -> Vec<UnitId> {
        let at = partition(self.at.key_count, |at| {
            touched.one();
            self.key_at(at).is_some_and(|(text, ..)| text < key)
        });
        match self.key_at(at) {
            Some((text, first, count)) if text == key => {
                let most = (self.at.back - self.at.refs) / 2;
                self.list(self.at.refs, first, count).take(most).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The nearest keys to one that is not there: those that begin or end as it does, and differ
    /// in one or two letters; the nearest first.
    pub(super) fn near(&self, asked: &str, touched: &Touched) -> Vec<(usize, &str)> {
        /// Keys looked at in each direction.
        const MOST: usize = 400;
        let head: String = asked.chars().take(2).collect();
        let tail: String = reversed(asked).chars().take(2).collect();
        let from = partition(self.at.key_count, |at| {
            touched.one();
            self.key_at(at)
                .is_some_and(|(text, ..)| text < head.as_str())
        });
        let forward = (from..self.at.key_count)
            .map_while(|at| self.key_at(at))
            .take_while(|(text, ..)| text.starts_with(&head))
            .map(|(text, ..)| text);
        let back = |at: usize| {
            let key = self.u16(self.at.back + at * 2)?;
            self.key_at(usize::from(key)).map(|(text, ..)| text)
        };
        let from = partition(self.at.key_count, |at| {
            touched.one();
            back(at).is_some_and(|text| reversed(text) < tail)
        });
        let backward = (from..self.at.key_count)
            .map_while(back)
            .take_while(|text| reversed(text).starts_with(&tail));
        let most = if asked.len() > 6 { 2 } else { 1 };
        let mut found: Vec<(usize, &str)> = Vec::new();
        for text in forward.take(MOST).chain(backward.take(MOST)) {
            touched.one();
            if let Some(distance) = distance(asked, text, most)
                && !found.iter().any(|(_, there)| *there == text)
            {
                found.push((distance, text));
            }
        }
        found.sort_unstable();
        found.truncate(8);
        found
    }
}

/// The first of `count` places for which `before` does not hold, by halving.
fn partition(count: usize, mut before: impl FnMut(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// Letters to change, if not more than `most`.
pub(super) fn distance(one: &str, other: &str, most: usize) -> Option<usize> {
    if one.len().abs_diff(other.len()) > most {
        return None;
    }
    let other = other.as_bytes();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.bytes().enumerate() {
        let mut diagonal = at;
        let mut left = at + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (theirs, cell) in other.iter().zip(row.iter_mut().skip(1)) {
            let changed = diagonal + usize::from(*theirs != letter);
            diagonal = *cell;
            left = changed.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().filter(|found| *found <= most)
}

/// Day 0 of the table.
const EPOCH: Date = date(2000, 1, 1);

fn day(number: u16) -> Option<Date> {
    EPOCH.checked_add(i64::from(number).days()).ok()
}

fn number(day: Date) -> u16 {
    EPOCH
        .until(day)
        .ok()
        .and_then(|span| u16::try_from(span.get_days()).ok())
        .unwrap_or(NONE)
}

/// A unit to be written.
#[derive(Clone, Debug)]
pub struct NewUnit {
    pub code: u32,
    pub kind: Kind,
    pub name: String,
    pub from: Date,
    pub until: Option<Date>,
    pub doubt: Option<char>,
    /// More names that people use for it.
    pub also_called: Vec<String>,
    /// Found by its code only.
    pub nameless: bool,
    pub parent: Option<UnitKey>,
    pub next: Vec<UnitKey>,
}

/// Names a unit while the table is written: level, code, first day.
pub type UnitKey = (Level, u32, Date);

impl NewUnit {
    pub fn key(&self) -> UnitKey {
        (self.kind.level(), self.code, self.from)
    }
}

/// The payload of a places pack. `None` where a unit names one that is not there, is there twice,
/// or there are too many: `gandan-packs` checks that before, with file and line.
pub fn write(units: &[NewUnit]) -> Option<Vec<u8>> {
    let mut sorted: Vec<&NewUnit> = units.iter().collect();
    sorted.sort_by_key(|unit| unit.key());
    let mut ids: BTreeMap<UnitKey, u16> = BTreeMap::new();
    for (id, unit) in sorted.iter().enumerate() {
        let id = u16::try_from(id).ok().filter(|id| *id < NONE)?;
        if ids.insert(unit.key(), id).is_some() {
            return None;
        }
    }
    let mut before: BTreeMap<u16, Vec<u16>> = BTreeMap::new();
    for (unit, id) in sorted.iter().zip(0..) {
        if unit.kind.level() != Level::Commune || unit.nameless {
            continue;
        }
        for next in &unit.next {
            before.entry(*ids.get(next)?).or_default().push(id);
        }
    }
    // An island district without communes is itself what the special zone was made of.
    for (unit, id) in sorted.iter().zip(0..) {
        if let (Level::District, [next]) = (unit.kind.level(), unit.next.as_slice()) {
            let made_of = before.entry(*ids.get(next)?).or_default();
            if made_of.is_empty() {
                made_of.push(id);
            }
        }
    }
    let mut names = Pool::default();
    let mut keys: BTreeMap<String, Vec<u16>> = BTreeMap::new();
    let (mut records, mut nexts, mut befores) = (Vec::new(), Vec::new(), Vec::new());
    for (unit, id) in sorted.iter().zip(0..) {
        if !unit.nameless {
            for name in std::iter::once(&unit.name).chain(&unit.also_called) {
                let called = keys.entry(key(name)).or_default();
                if !called.contains(&id) {
                    called.push(id);
                }
            }
        }
        let next: Option<Vec<u16>> = unit
            .next
            .iter()
            .map(|next| ids.get(next).copied())
            .collect();
        let next = next?;
        let made_of = before.remove(&id).unwrap_or_default();
        let parent = match &unit.parent {
            Some(parent) => *ids.get(parent)?,
            None => NONE,
        };
        let (name, len) = names.put(&unit.name)?;
        records.extend(unit.code.to_le_bytes());
        records.push(unit.kind.letter());
        records.push(unit.doubt.map_or(Some(0), |mark| u8::try_from(mark).ok())?);
        records.extend(number(unit.from).to_le_bytes());
        records.extend(unit.until.map_or(NONE, number).to_le_bytes());
        records.extend(parent.to_le_bytes());
        records.extend(name.to_le_bytes());
        records.push(u8::try_from(len).ok()?);
        records.push(0);
        records.extend(u16::try_from(next.len()).ok()?.to_le_bytes());
        records.extend(u32::try_from(nexts.len()).ok()?.to_le_bytes());
        records.extend(u32::try_from(befores.len()).ok()?.to_le_bytes());
        records.extend(u16::try_from(made_of.len()).ok()?.to_le_bytes());
        records.extend([0, 0]);
        nexts.extend(next);
        befores.extend(made_of);
    }
    let mut texts = Pool::default();
    let (mut key_records, mut refs) = (Vec::new(), Vec::new());
    for (text, called) in &keys {
        let (offset, len) = texts.put(text)?;
        key_records.extend(offset.to_le_bytes());
        key_records.extend(len.to_le_bytes());
        key_records.extend(u16::try_from(called.len()).ok()?.to_le_bytes());
        key_records.extend(u32::try_from(refs.len()).ok()?.to_le_bytes());
        refs.extend(called.iter().copied());
    }
    let mut back: Vec<(String, u16)> = keys
        .keys()
        .zip(0..)
        .map(|(text, at)| (reversed(text), at))
        .collect();
    back.sort_unstable();
    let mut out = MAGIC.to_vec();
    for count in [
        sorted.len(),
        keys.len(),
        refs.len(),
        nexts.len(),
        befores.len(),
        names.bytes.len(),
        texts.bytes.len(),
    ] {
        out.extend(u32::try_from(count).ok()?.to_le_bytes());
    }
    out.extend(records);
    out.extend(key_records);
    let back = back.into_iter().map(|(_, at)| at);
    for number in refs.into_iter().chain(back).chain(nexts).chain(befores) {
        out.extend(number.to_le_bytes());
    }
    out.extend(names.bytes);
    out.extend(texts.bytes);
    Some(out)
}

/// Texts, each once.
#[derive(Default)]
struct Pool {
    bytes: Vec<u8>,
    there: BTreeMap<String, (u32, u16)>,
}

impl Pool {
    fn put(&mut self, text: &str) -> Option<(u32, u16)> {
        if let Some(there) = self.there.get(text) {
            return Some(*there);
        }
        let there = (
            u32::try_from(self.bytes.len()).ok()?,
            u16::try_from(text.len()).ok()?,
        );
        self.bytes.extend(text.as_bytes());
        self.there.insert(text.to_owned(), there);
        Some(there)
    }
}
