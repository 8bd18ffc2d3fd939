//! What a form asks, given what is answered, and what is wrong with the answers.
//!
//! A field is visible when the conditions of its page, its group and itself hold. Conditions see
//! a hidden field as unanswered: an answer the citizen can no longer see must not steer anything,
//! and is not signed ([`Form::clean`]). [`Live`] does the work, in the order of dependencies; a
//! field in a cycle (which [`Form::check`] refuses) stays hidden.

use std::{borrow::Cow, collections::BTreeSet};

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

use super::{
    Answers, Field, FieldKind, Form, Group, Live, MAX_WHY, Page, Program, Value, Wrong,
    program::Reads,
};
use crate::{
    catalog::PrefillKey,
    identity::{
        CitizenId,
        name::{self, NameError},
    },
    place::{Commune, PlaceAnswer, PlaceKey},
    problem::FieldProblem,
};

/// Who knows which communes exist.
pub trait Places {
    fn has_commune(&self, key: &PlaceKey) -> bool;

    /// Whether an office here takes dossiers for it.
    fn serves(&self, key: &PlaceKey) -> bool {
        self.has_commune(key)
    }
}

impl Places for [Commune] {
    fn has_commune(&self, key: &PlaceKey) -> bool {
        self.iter().any(|commune| commune.key == *key)
    }
}

impl Places for Vec<Commune> {
    fn has_commune(&self, key: &PlaceKey) -> bool {
        self.as_slice().has_commune(key)
    }
}

/// What is asked now, in screen order, and what stands in the way of filing.
#[derive(Clone, Debug)]
pub struct Evaluation<'f> {
    pub pages: Vec<VisiblePage<'f>>,
    /// At most one per field, in screen order. Empty: the form can be signed.
    pub problems: Vec<FieldProblem>,
}

/// A page with at least one visible field.
#[derive(Clone, Debug)]
pub struct VisiblePage<'f> {
    pub page: &'f Page,
    pub groups: Vec<VisibleGroup<'f>>,
}

/// A group with at least one visible field.
#[derive(Clone, Debug)]
pub struct VisibleGroup<'f> {
    pub group: &'f Group,
    pub part: Part,
    pub fields: Vec<VisibleField<'f>>,
}

/// Which part of a group it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The group is asked once.
    Once,
    Item(Item),
    /// After the last item of a repeating group: where one more is added. Has no fields.
    End {
        /// The key of the list.
        list: String,
        of: usize,
    },
}

/// One item of a repeating group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The key of the list.
    pub list: String,
    pub id: u32,
    /// From 1.
    pub at: usize,
    pub of: usize,
}

/// A field that is asked, or shown.
#[derive(Clone)]
pub struct VisibleField<'f> {
    pub field: &'f Field,
    /// The key of its answer: its id, and in an item the item's numbers.
    pub key: String,
    /// The answer of a computed field.
    pub computed: Option<Value>,
}

impl<'f> VisibleField<'f> {
    /// The field as it stands in its item: its id is the key of its answer.
    pub fn keyed(&self) -> Cow<'f, Field> {
        if self.field.id == self.key {
            return Cow::Borrowed(self.field);
        }
        Cow::Owned(Field {
            id: self.key.clone(),
            ..self.field.clone()
        })
    }
}

impl std::fmt::Debug for VisibleField<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.key)
    }
}

impl std::ops::Deref for VisibleField<'_> {
    type Target = Field;

    fn deref(&self) -> &Field {
        self.field
    }
}

impl<'f> VisiblePage<'f> {
    pub fn fields(&self) -> impl Iterator<Item = &VisibleField<'f>> {
        self.groups.iter().flat_map(|group| &group.fields)
    }
}

impl<'f> Evaluation<'f> {
    /// The visible fields, in screen order.
    pub fn fields(&self) -> impl Iterator<Item = &VisibleField<'f>> {
        self.pages.iter().flat_map(VisiblePage::fields)
    }

    pub fn is_visible(&self, field: &str) -> bool {
        self.fields().any(|visible| visible.key == field)
    }

    pub fn page(&self, page: &str) -> Option<&VisiblePage<'f>> {
        self.pages.iter().find(|visible| visible.page.id == page)
    }

    pub fn problem(&self, field: &str) -> Option<&FieldProblem> {
        self.problems.iter().find(|problem| problem.field == field)
    }

    /// The problems of one page, in screen order.
    pub fn problems_on(&self, page: &str) -> Vec<FieldProblem> {
        let Some(page) = self.page(page) else {
            return Vec::new();
        };
        let lists = page.groups.iter().filter_map(|group| match &group.part {
            Part::End { list, .. } => Some(list),
            _ => None,
        });
        let keys: BTreeSet<&String> = page.fields().map(|field| &field.key).chain(lists).collect();
        let on_page = |problem: &&FieldProblem| keys.contains(&problem.field);
        self.problems.iter().filter(on_page).cloned().collect()
    }
}

impl Form {
    /// Every field with its page and group, in screen order; once, however often it is asked.
    pub fn fields(&self) -> impl Iterator<Item = (&Page, &Group, &Field)> {
        self.groups()
            .flat_map(|(page, group)| group.fields.iter().map(move |field| (page, group, field)))
    }

    /// Every group with its page, those within others after them, in screen order.
    pub fn groups(&self) -> impl Iterator<Item = (&Page, &Group)> {
        self.pages.iter().flat_map(|page| {
            let mut all = Vec::new();
            collect(&page.groups, &mut all);
            all.into_iter().map(move |group| (page, group))
        })
    }

    /// The field of an id, or of a key in an item.
    pub fn field(&self, key: &str) -> Option<&Field> {
        let id = key.split_once('#').map_or(key, |(id, _)| id);
        let plan = self.plan();
        self.field_at(plan.fields.get(*plan.by_id.get(id)?)?)
    }

    /// The page that asks for a field.
    pub fn page_of(&self, key: &str) -> Option<&Page> {
        let id = key.split_once('#').map_or(key, |(id, _)| id);
        self.groups()
            .find(|(_, group)| group.id == id || group.fields.iter().any(|field| field.id == id))
            .map(|(page, _)| page)
    }

    /// What is asked and what is wrong. `today` is the day of filing in Vietnam.
    pub fn evaluate<'f>(
        &'f self,
        answers: &Answers,
        today: Date,
        places: &(impl Places + ?Sized),
    ) -> Evaluation<'f> {
        let by = By(places);
        let live = Live::new(self, answers, today, &by);
        let pages = live.pages();
        let problems = live.problems(&pages);
        Evaluation { pages, problems }
    }

    /// What stands in the way of filing, in screen order: [`Evaluation::problems`] for whoever
    /// shows nothing.
    pub fn problems(
        &self,
        answers: &Answers,
        today: Date,
        places: &(impl Places + ?Sized),
    ) -> Vec<FieldProblem> {
        let wrong = self.all_wrong(answers, today, places);
        wrong.into_iter().map(FieldProblem::from).collect()
    }

    /// The same, in the form's own words.
    pub fn all_wrong(
        &self,
        answers: &Answers,
        today: Date,
        places: &(impl Places + ?Sized),
    ) -> Vec<Wrong<'_>> {
        Live::new(self, answers, today, &By(places)).all_wrong()
    }

    /// The pages, groups and fields that are asked, in screen order.
    pub fn visible_pages(&self, answers: &Answers) -> Vec<VisiblePage<'_>> {
        Live::new(self, answers, Date::ZERO, &Nowhere).pages()
    }

    /// The answers that count, tidied: those of visible fields, and the computed ones. Sign and
    /// send these.
    #[must_use]
    pub fn clean(&self, answers: &Answers) -> Answers {
        Live::new(self, answers, Date::ZERO, &Nowhere).clean()
    }

    /// Whether a condition of this procedure holds for answers that have been tidied.
    pub fn holds(&self, condition: &Program, clean: &Answers) -> bool {
        holds(condition, clean, "")
    }

    /// Under which key the state may know a field, given the answers so far.
    pub fn prefill<'f>(&'f self, field: &'f Field, answers: &Answers) -> Option<&'f PrefillKey> {
        if field.prefill.iter().all(|prefill| prefill.when.is_none()) {
            return field.prefill.first().map(|prefill| &prefill.key);
        }
        field.prefill_by(&self.clean(answers))
    }
}

fn collect<'f>(groups: &'f [Group], all: &mut Vec<&'f Group>) {
    for group in groups {
        all.push(group);
        collect(&group.groups, all);
    }
}

/// For whoever asks what is asked, and not what is wrong.
struct Nowhere;

impl Places for Nowhere {
    fn has_commune(&self, _: &PlaceKey) -> bool {
        false
    }
}

/// Places of whatever size, behind a pointer of one.
struct By<'p, P: ?Sized>(&'p P);

impl<P: Places + ?Sized> Places for By<'_, P> {
    fn has_commune(&self, key: &PlaceKey) -> bool {
        self.0.has_commune(key)
    }

    fn serves(&self, key: &PlaceKey) -> bool {
        self.0.serves(key)
    }
}

/// A reason, as it is signed.
pub(super) fn tidy_text(text: &str) -> Value {
    Value::Text(text.trim().nfc().collect())
}

/// Whether a condition outside repeating groups holds. `today` is `yyyy-mm-dd`.
pub fn holds(condition: &Program, answers: &Answers, today: &str) -> bool {
    condition.run(&Plain {
        slots: condition.slots(),
        answers,
        today,
    })
}

/// The answers as one program reads them.
struct Plain<'a> {
    slots: &'a [String],
    answers: &'a Answers,
    today: &'a str,
}

impl<'a> Plain<'a> {
    fn get(&self, slot: u16) -> Option<&'a Value> {
        self.answers.get(self.slots.get(usize::from(slot))?)
    }
}

impl<'a> Reads<'a> for Plain<'a> {
    fn text(&self, slot: u16) -> &'a str {
        match self.get(slot) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    fn number(&self, slot: u16) -> i64 {
        self.text(slot).parse().unwrap_or_default()
    }

    fn has(&self, slot: u16) -> bool {
        self.get(slot).is_some_and(|value| !is_blank(value))
    }

    fn chosen(&self, slot: u16, option: &str) -> bool {
        matches!(self.get(slot), Some(Value::Many(many)) if many.iter().any(|id| id == option))
    }

    fn today(&self) -> &'a str {
        self.today
    }

    fn size(&self, _: u16) -> i64 {
        0
    }

    fn each(&self, _: u16, _: u16, _: &mut dyn FnMut(&Self) -> bool) {}
}

fn is_blank(value: &Value) -> bool {
    value.is_blank()
}

impl Value {
    /// Whether it says nothing.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Text(text) => trim(text).is_empty(),
            Self::Many(chosen) => chosen.is_empty(),
            Self::File(_) => false,
        }
    }
}

impl Field {
    /// Under which key the state may know it, given the answers that count.
    pub fn prefill_by(&self, clean: &Answers) -> Option<&PrefillKey> {
        let holds = |when: &Program| holds(when, clean, "");
        let mut known = self.prefill.iter();
        known
            .find(|prefill| prefill.when.as_ref().is_none_or(holds))
            .map(|prefill| &prefill.key)
    }

    /// The answer as it is compared, signed and sent: without what readers forgive (spaces in a
    /// number, composed or decomposed letters, the order of day and month). What cannot be read
    /// stays as it is, and is reported.
    #[must_use]
    pub fn tidy(&self, answer: &Value) -> Value {
        self.tidied(answer).unwrap_or_else(|| answer.clone())
    }

    /// The same; `None` where the answer is tidy as it stands, which most are.
    pub(super) fn tidied(&self, answer: &Value) -> Option<Value> {
        let Value::Text(text) = answer else {
            return None;
        };
        let trimmed = trim(text);
        let tidied = match &self.kind {
            FieldKind::IdNumber if is_digits(trimmed, 12..=12) => None,
            FieldKind::IdNumber => trimmed
                .parse::<CitizenId>()
                .ok()
                .map(|number| number.expose().to_owned()),
            FieldKind::PersonName if name::is_plain(trimmed) => None,
            FieldKind::PersonName => name::read(trimmed).ok(),
            FieldKind::Date { .. } if is_iso(trimmed) => None,
            FieldKind::Date { .. } => read_date(trimmed).map(|day| day.to_string()),
            FieldKind::Phone if is_digits(trimmed, 0..=usize::MAX) => None,
            FieldKind::Phone => Some(
                trimmed
                    .chars()
                    .filter(|letter| !matches!(letter, ' ' | '\u{a0}' | '.' | '-' | '(' | ')'))
                    .collect(),
            ),
            FieldKind::Text { .. } if is_plain(trimmed) => None,
            FieldKind::Text { .. } => Some(trimmed.nfc().collect()),
            FieldKind::Number { .. } | FieldKind::Money { .. }
                if is_digits(trimmed, 1..=15) && (trimmed == "0" || !trimmed.starts_with('0')) =>
            {
                None
            }
            FieldKind::Number { .. } | FieldKind::Money { .. } => {
                read_number(trimmed).map(|number| number.to_string())
            }
            _ => None,
        };
        match tidied {
            Some(tidied) => (tidied != *text).then_some(Value::Text(tidied)),
            None => (trimmed.len() != text.len()).then(|| Value::Text(trimmed.to_owned())),
        }
    }

    /// A question that should be answered, is not, and nobody says why.
    pub(super) fn unexplained<'w>(
        &self,
        answered: bool,
        why: impl FnOnce() -> Option<&'w str>,
    ) -> Option<&'static str> {
        if !self.or_why_not || answered {
            return None;
        }
        match why().map(str::trim).filter(|why| !why.is_empty()) {
            None => Some("form-answer-or-say-why"),
            Some(why)
                if !u32::try_from(why.chars().count()).is_ok_and(|length| length <= MAX_WHY) =>
            {
                Some("form-too-long")
            }
            Some(why) => why.chars().any(name::turns_text).then_some("form-bad-text"),
        }
    }

    /// The message that says that there must be an answer.
    pub(super) fn missing(&self) -> Option<&'static str> {
        match (self.required, &self.kind) {
            (false, _) => None,
            (true, FieldKind::File { .. }) => Some("form-file-missing"),
            (true, FieldKind::Choice { .. } | FieldKind::MultiChoice { .. } | FieldKind::YesNo) => {
                Some("form-not-chosen")
            }
            (true, _) => Some("form-required"),
        }
    }

    /// The message that says what is wrong with this answer by itself.
    pub(super) fn wrong(
        &self,
        answer: Option<&Value>,
        today: Date,
        places: &dyn Places,
    ) -> Option<&'static str> {
        let Some(answer) = answer.filter(|answer| !is_blank(answer)) else {
            return self.missing();
        };
        match (&self.kind, answer) {
            (FieldKind::Text { max }, Value::Text(text)) => {
                let within = |length: usize| u32::try_from(length).is_ok_and(|it| it <= *max);
                // Bytes are at least as many as characters.
                let fits = within(text.len()) || within(text.chars().count());
                if !fits {
                    Some("form-too-long")
                } else if !is_plain(text) && text.chars().any(name::turns_text) {
                    Some("form-bad-text")
                } else {
                    None
                }
            }
            (FieldKind::PersonName, Value::Text(text)) if name::is_plain(text) => None,
            (FieldKind::PersonName, Value::Text(text)) => match name::read(text) {
                Ok(_) => None,
                Err(NameError::TooLong) => Some("form-too-long"),
                Err(NameError::Hidden) => Some("form-bad-text"),
                Err(_) => Some("form-bad-name"),
            },
            (FieldKind::Date { past }, Value::Text(text)) => match read_date(text) {
                None => Some("form-bad-date"),
                Some(day) if *past && day > today => Some("form-date-in-future"),
                Some(_) => None,
            },
            (FieldKind::IdNumber, Value::Text(text)) if is_digits(text, 12..=12) => None,
            (FieldKind::IdNumber, Value::Text(text)) => text
                .parse::<CitizenId>()
                .err()
                .map(|_| "form-bad-id-number"),
            (FieldKind::Phone, Value::Text(text)) => (!is_phone(text)).then_some("form-bad-phone"),
            (FieldKind::Commune, Value::Text(text)) => {
                let known = read_place(text).is_some_and(|key| places.has_commune(&key));
                (!known).then_some("form-unknown-commune")
            }
            (FieldKind::Number { min, max }, Value::Text(text)) => match read_number(text) {
                None => Some("form-bad-number"),
                Some(number) if number < *min => Some("form-number-too-small"),
                Some(number) if number > *max => Some("form-number-too-large"),
                Some(_) => None,
            },
            (FieldKind::Money { max }, Value::Text(text)) => {
                match read_number(text).map(u64::try_from) {
                    Some(Ok(money)) if money <= *max => None,
                    Some(Ok(_)) => Some("form-number-too-large"),
                    _ => Some("form-bad-money"),
                }
            }
            (FieldKind::YesNo, Value::Text(text)) => {
                (!matches!(text.as_str(), "yes" | "no")).then_some("form-not-chosen")
            }
            (FieldKind::Choice { options }, Value::Text(text)) => {
                let listed = options.iter().any(|option| option.id == *text);
                (!listed).then_some("form-not-an-option")
            }
            (FieldKind::MultiChoice { options }, Value::Many(chosen)) => {
                let listed = chosen
                    .iter()
                    .all(|id| options.iter().any(|option| option.id == *id));
                let once = chosen.iter().collect::<BTreeSet<_>>().len() == chosen.len();
                (!listed || !once).then_some("form-not-an-option")
            }
            (
                FieldKind::File {
                    max_bytes,
                    media_types,
                },
                Value::File(file),
            ) => {
                let is_hash = file.sha256.len() == 64
                    && file
                        .sha256
                        .bytes()
                        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
                if !is_hash || file.size == 0 {
                    Some("form-file-missing")
                } else if file.size > *max_bytes {
                    Some("form-file-too-big")
                } else {
                    (!media_types.contains(&file.media_type)).then_some("form-file-wrong-kind")
                }
            }
            // An answer of another shape than the field's: no shell of ours makes one.
            _ => Some("form-wrong-kind"),
        }
    }
}

#[inline]
pub(super) fn is_digits(text: &str, many: std::ops::RangeInclusive<usize>) -> bool {
    many.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it is written as a day is held: it reads as itself, or not at all.
#[inline]
fn is_iso(text: &str) -> bool {
    text.len() == 10
        && (text.bytes().enumerate()).all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// As [`str::trim`], with one look at each end where no space stands there.
#[inline]
fn trim(text: &str) -> &str {
    let (Some(first), Some(last)) = (text.as_bytes().first(), text.as_bytes().last()) else {
        return text;
    };
    match first.is_ascii_graphic() && last.is_ascii_graphic() {
        true => text,
        false => text.trim(),
    }
}

/// Whether a look at each byte shows that a text is as it should be: in composed form (Latin
/// letters with at most one mark, and the Vietnamese ones with two), and without controls.
pub(super) fn is_plain(text: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b' '..=b'~' => {}
            // To U+02FF; C2 leads the other controls.
            0xc3..=0xcb => {
                bytes.next();
            }
            // U+1E80 to U+1EFF, of which the composed end after U+1EF9 and begin at U+1EA0.
            0xe1 => match (bytes.next(), bytes.next()) {
                (Some(0xba), Some(0xa0..)) | (Some(0xbb), Some(..=0xb9)) => {}
                _ => return false,
            },
            _ => return false,
        }
    }
    true
}

/// A day as answers hold it, `yyyy-mm-dd`, or as people write it, `d/m/yyyy`.
fn read_date(text: &str) -> Option<Date> {
    if is_iso(text) {
        let digits = |at: std::ops::Range<usize>| {
            let digits = text.as_bytes().get(at).unwrap_or_default().iter();
            digits.fold(0_i16, |number, digit| 10 * number + i16::from(digit - b'0'))
        };
        let small = |at| i8::try_from(digits(at)).ok();
        return Date::new(digits(0..4), small(5..7)?, small(8..10)?).ok();
    }
    let mut parts = text.split(['-', '/', '.']);
    let mut part = || parts.next();
    let (Some(first), Some(month), Some(last), None) = (part(), part(), part(), part()) else {
        return None;
    };
    let number = |part: &str, most: usize| {
        let fits = (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| part.parse::<i16>().ok()).flatten()
    };
    let (year, day) = match (first, last) {
        (year, day) if year.len() == 4 => (year, day),
        (day, year) if year.len() == 4 => (year, day),
        _ => return None,
    };
    let small = |part| i8::try_from(number(part, 2)?).ok();
    Date::new(number(year, 4)?, small(month)?, small(day)?).ok()
}

/// A whole number as people write it: digits, in groups of three if they like (`1.500.000`,
/// `1 500 000`, `1,500,000`), at most fifteen, with a minus. No decimals: nobody can tell
/// whether `1.500` is one and a half.
fn read_number(text: &str) -> Option<i64> {
    if is_digits(text, 1..=15) {
        return text.parse().ok();
    }
    let (sign, digits) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (-1, rest.trim_start()),
        None => (1, text),
    };
    let groups: Vec<&str> = digits
        .split(['.', ',', ' ', '\u{a0}', '\u{202f}'])
        .collect();
    let whole = match groups.as_slice() {
        [_] => true,
        [first, rest @ ..] => {
            (1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3)
        }
        [] => false,
    };
    let digits = groups.concat();
    let fits = (1..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    (whole && fits).then(|| digits.parse::<i64>().ok().map(|number| sign * number))?
}

/// The unit of a place as answers hold it, see [`crate::place::PlaceAnswer`].
pub fn read_place(text: &str) -> Option<PlaceKey> {
    text.parse::<PlaceAnswer>().ok().map(|answer| answer.unit)
}

/// A Vietnamese number as dialled at home (0 and nine or ten digits more), or any in
/// international form (ITU-T E.164: at most fifteen digits); tidied.
fn is_phone(text: &str) -> bool {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    match text.strip_prefix('+') {
        Some(rest) => digits(rest) && (8..=15).contains(&rest.len()) && !rest.starts_with('0'),
        None => digits(text) && (10..=11).contains(&text.len()) && text.starts_with('0'),
    }
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
    use crate::form::{
        FileAnswer,
        program::Op,
        sample::{self, answers, is},
    };

    const TODAY: Date = jiff::civil::date(2026, 11, 22);

    fn communes() -> Vec<Commune> {
        let commune = r#"{"code":"00715","valid_from":"2025-07-01","full_name":"Xã Lũng Cú",
            "province_code":"08","province_name":"Tuyên Quang","office":{"code":"T00","name":"x"}}"#;
        vec![serde_json::from_str(commune).unwrap()]
    }

    fn good() -> Answers {
        let mut good = answers(&[
            ("relation", "mother"),
            ("has_father", "yes"),
            ("phone", "0900 000 000"),
            ("commune", "00715@2025-07-01"),
            ("father.id", "099 094 000004"),
            ("name", "H'Hen  Niê"),
            ("born", "5/11/2026"),
            ("mother.id", "099196000003"),
        ]);
        good.set("paper", file(10, "image/png"));
        good
    }

    fn file(size: u64, media_type: &str) -> Value {
        Value::File(FileAnswer {
            sha256: "0".repeat(64),
            size,
            media_type: media_type.into(),
        })
    }

    fn problems(answers: &Answers) -> Vec<(String, String)> {
        sample::form()
            .evaluate(answers, TODAY, &communes())
            .problems
            .into_iter()
            .map(|problem| (problem.field, problem.message))
            .collect()
    }

    fn problem_with(field: &str, value: Value) -> Option<String> {
        let mut changed = good();
        changed.set(field, value);
        let problems = problems(&changed);
        assert!(problems.len() <= 1, "{problems:?}");
        problems.into_iter().next().map(|(at, message)| {
            assert_eq!(at, field);
            message
        })
    }

    #[test]
    fn a_full_form_has_no_problem() {
        assert_eq!(problems(&good()), []);
    }

    #[test]
    fn an_empty_form_asks_for_what_it_needs_in_screen_order() {
        let asked: Vec<_> = problems(&Answers::default());
        let expected = [
            ("relation", "form-not-chosen"),
            ("has_father", "form-not-chosen"),
            ("phone", "form-required"),
            ("commune", "form-required"),
            ("name", "form-required"),
            ("born", "form-required"),
            ("mother.id", "form-required"),
        ];
        assert_eq!(asked, expected.map(|(f, m)| (f.to_owned(), m.to_owned())));
    }

    #[test]
    fn each_kind_says_what_is_wrong() {
        let text = |text: &str| Value::Text(text.into());
        for (field, value, message) in [
            ("relation", text("aunt"), "form-not-an-option"),
            (
                "relation",
                Value::Many(vec!["mother".into()]),
                "form-wrong-kind",
            ),
            ("phone", text("12345"), "form-bad-phone"),
            ("phone", text("+84 09"), "form-bad-phone"),
            ("commune", text("00715"), "form-unknown-commune"),
            ("commune", text("00715@2020-01-01"), "form-unknown-commune"),
            ("commune", text("99999@2025-07-01"), "form-unknown-commune"),
            ("mother.id", text("12345"), "form-bad-id-number"),
            ("mother.id", text("09919600000x"), "form-bad-id-number"),
            ("born", text("2026-02-30"), "form-bad-date"),
            ("born", text("yesterday"), "form-bad-date"),
            ("born", text("2026-11-23"), "form-date-in-future"),
            ("name", text("R2 D2"), "form-bad-name"),
            ("name", text("An\u{202e}"), "form-bad-text"),
            ("name", text(&"a".repeat(999)), "form-too-long"),
            ("nickname", text("toolong"), "form-too-long"),
            ("nickname", text("a\u{7}"), "form-bad-text"),
            (
                "gifts",
                Value::Many(vec!["car".into()]),
                "form-not-an-option",
            ),
            (
                "gifts",
                Value::Many(vec!["rice".into(), "rice".into()]),
                "form-not-an-option",
            ),
            ("paper", file(0, "image/png"), "form-file-missing"),
            ("paper", file(101, "image/png"), "form-file-too-big"),
            ("paper", file(10, "image/heic"), "form-file-wrong-kind"),
            ("paper", text("photo.png"), "form-wrong-kind"),
        ] {
            assert_eq!(
                problem_with(field, value).as_deref(),
                Some(message),
                "{field}"
            );
        }
    }

    #[test]
    fn what_people_write_is_understood() {
        let text = |text: &str| Value::Text(text.into());
        for (field, value) in [
            ("phone", text("+84 90 000 00 00")),
            ("phone", text("(090) 000-0000")),
            ("mother.id", text(" 099 196 000 003 ")),
            ("born", text("22.11.2026")),
            ("born", text("2026-11-22")),
            ("name", text("Đặng Ơ")),
            ("nickname", text("")),
            ("nickname", text("  Tí  ")),
            ("gifts", Value::Many(vec!["rattle".into(), "rice".into()])),
        ] {
            assert_eq!(problem_with(field, value), None, "{field}");
        }
    }

    #[test]
    fn what_is_signed_is_tidy_and_visible() {
        let form = sample::form();
        let mut given = good();
        given.set("unknown", Value::Text("x".into()));
        let clean = form.clean(&given);
        assert_eq!(clean.text("father.id"), Some("099094000004"));
        assert_eq!(clean.text("born"), Some("2026-11-05"));
        assert_eq!(clean.text("name"), Some("H'Hen Niê"));
        assert_eq!(clean.text("phone"), Some("0900000000"));
        assert!(clean.get("unknown").is_none());
        given.set("has_father", Value::Text("no".into()));
        let clean = form.clean(&given);
        assert!(clean.get("father.id").is_none() && clean.get("paper").is_none());
    }

    #[test]
    fn hidden_answers_steer_nothing() {
        let mut form = sample::form();
        // A third step: asked when there is a father's paper.
        let has_paper = Program::new(vec!["paper".into()], vec![Op::Has(0)]).unwrap();
        form.pages[2].groups[0].fields[2].visible = Some(has_paper);
        let mut given = good();
        assert!(
            form.evaluate(&given, TODAY, &communes())
                .is_visible("nickname")
        );
        given.set("has_father", Value::Text("no".into()));
        let evaluation = form.evaluate(&given, TODAY, &communes());
        assert!(!evaluation.is_visible("nickname"));
        assert!(evaluation.page("father").is_none());
    }

    #[test]
    fn rules_hold_between_fields_and_only_when_asked() {
        let mut same = good();
        same.set("mother.id", Value::Text("099-094-000-004".into()));
        let expected = ("father.id".to_owned(), "form-same-person".to_owned());
        assert_eq!(problems(&same), [expected]);
        same.set("has_father", Value::Text("no".into()));
        assert_eq!(problems(&same), []);
    }

    /// The quick looks never say of a text what a whole look would not.
    #[test]
    fn quick_looks_agree_with_whole_ones() {
        bolero::check!().with_type::<String>().for_each(|text| {
            assert_eq!(trim(text), text.trim());
            if is_plain(text) {
                assert!(text.nfc().eq(text.chars()));
                assert!(!text.chars().any(name::turns_text));
            }
            if name::is_plain(text) {
                assert_eq!(name::read(text).as_ref(), Ok(text));
            }
        });
        for letter in (0..=0x2fff).filter_map(char::from_u32) {
            let text = letter.to_string();
            if is_plain(&text) {
                assert!(
                    text.nfc().eq(text.chars()) && !name::turns_text(letter),
                    "{letter:?}"
                );
            }
            if name::is_plain(&text) {
                assert_eq!(name::read(&text), Ok(text));
            }
        }
        assert!(is_plain("Trần Thị Thử, xóm 3") && !is_plain("a\u{301}") && !is_plain("\u{85}"));
        assert!(name::is_plain("Đặng Ơ") && !name::is_plain("An  Na") && !name::is_plain(""));
    }

    #[test]
    fn prefill_follows_who_signs_in() {
        let form = sample::form();
        let father = form.field("father.id").unwrap();
        let key = |relation| {
            let given = answers(&[("relation", relation)]);
            form.prefill(father, &given).cloned()
        };
        assert_eq!(key("father").as_deref(), Some("requester.id_number"));
        assert_eq!(key("mother").as_deref(), Some("spouse.id_number"));
        assert_eq!(key(""), None);
    }

    #[test]
    fn fields_know_their_page() {
        let form = sample::form();
        assert_eq!(form.page_of("paper").unwrap().id, "father");
        assert!(form.page_of("nobody").is_none() && form.field("nobody").is_none());
        let evaluation = form.evaluate(&Answers::default(), TODAY, &communes());
        assert_eq!(evaluation.problems_on("child").len(), 3);
        assert!(evaluation.problems_on("father").is_empty());
    }

    /// Whatever is answered: no panic, the same verdict twice, problems only at visible fields
    /// and in their order, and tidying changes neither what is asked nor what is wrong.
    #[test]
    fn evaluation_is_total_and_deterministic() {
        let form = sample::form();
        let ids: Vec<String> = form
            .fields()
            .map(|(_, _, field)| field.id.clone())
            .collect();
        bolero::check!()
            .with_type::<Vec<(u8, u8, String)>>()
            .for_each(|given| {
                let mut answers = good();
                for (field, shape, text) in given {
                    let id = ids[usize::from(*field) % ids.len()].clone();
                    answers.set(
                        id,
                        match shape % 6 {
                            0 => Value::Many(vec![text.clone()]),
                            1 => file(u64::from(*field), text),
                            2 => Value::Text("no".into()),
                            3 => Value::Text("5/11/2026".into()),
                            _ => Value::Text(text.clone()),
                        },
                    );
                }
                let verdict = form.evaluate(&answers, TODAY, &communes());
                let again = form.evaluate(&answers, TODAY, &communes());
                assert_eq!(verdict.problems, again.problems);
                let order: Vec<&str> = verdict.fields().map(|field| field.key.as_str()).collect();
                let mut rest = order.iter();
                for problem in &verdict.problems {
                    assert!(rest.any(|id| **id == problem.field));
                    assert!(crate::text::messages::exists(&problem.message));
                }
                let clean = form.clean(&answers);
                let of_clean = form.evaluate(&clean, TODAY, &communes());
                assert_eq!(verdict.problems, of_clean.problems);
                assert!(form.clean(&clean) == clean);
            });
    }

    /// Also a form that nobody checked is evaluated without panic, and a circle stays hidden.
    #[test]
    fn unchecked_forms_do_not_hang() {
        bolero::check!()
            .with_type::<Vec<(u8, u8)>>()
            .for_each(|waits| {
                let mut form = sample::form();
                let ids: Vec<String> = form
                    .fields()
                    .map(|(_, _, field)| field.id.clone())
                    .collect();
                for (who, whom) in waits {
                    let page = usize::from(*who) % form.pages.len();
                    let fields = &mut form.pages[page].groups[0].fields;
                    let at = usize::from(*who / 3) % fields.len();
                    fields[at].visible = Some(is(&ids[usize::from(*whom) % ids.len()], "yes"));
                }
                let ordered = form.fields().count();
                let asked = form.evaluate(&good(), TODAY, &communes()).fields().count();
                assert!(asked <= ordered);
                let _ = form.mistakes();
            });
    }
}
