//! What a form asks, given what is answered, and what is wrong with the answers.
//!
//! A field is visible when the conditions of its page, its group and itself hold. Conditions see
//! a hidden field as unanswered: an answer the citizen can no longer see must not steer anything,
//! and is not signed ([`Form::clean`]). Fields are therefore visited in the order of their
//! dependencies; a field in a cycle (which [`Form::check`] refuses) stays hidden.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

use super::{Answers, Field, FieldKind, Form, Group, Page, Program, Value};
use crate::{
    catalog::PrefillKey,
    identity::{
        CitizenId,
        name::{self, NameError},
    },
    place::{Commune, PlaceKey},
    private::Private,
    problem::FieldProblem,
};

/// Who knows which communes exist.
pub trait Places {
    fn has_commune(&self, key: &PlaceKey) -> bool;
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
    pub fields: Vec<&'f Field>,
}

impl<'f> VisiblePage<'f> {
    pub fn fields(&self) -> impl Iterator<Item = &'f Field> + '_ {
        self.groups
            .iter()
            .flat_map(|group| group.fields.iter().copied())
    }
}

impl<'f> Evaluation<'f> {
    /// The visible fields, in screen order.
    pub fn fields(&self) -> impl Iterator<Item = &'f Field> + '_ {
        self.pages.iter().flat_map(VisiblePage::fields)
    }

    pub fn is_visible(&self, field: &str) -> bool {
        self.fields().any(|visible| visible.id == field)
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
        page.fields()
            .filter_map(|field| self.problem(&field.id).cloned())
            .collect()
    }
}

impl Form {
    /// Every field with its page and group, in screen order.
    pub fn fields(&self) -> impl Iterator<Item = (&Page, &Group, &Field)> {
        self.pages.iter().flat_map(|page| {
            page.groups
                .iter()
                .flat_map(move |group| group.fields.iter().map(move |field| (page, group, field)))
        })
    }

    pub fn field(&self, id: &str) -> Option<&Field> {
        self.fields()
            .map(|(_, _, field)| field)
            .find(|field| field.id == id)
    }

    /// The page that asks for a field.
    pub fn page_of(&self, field: &str) -> Option<&Page> {
        self.fields()
            .find(|(_, _, found)| found.id == field)
            .map(|(page, _, _)| page)
    }

    /// What is asked and what is wrong. `today` is the day of filing in Vietnam.
    pub fn evaluate(
        &self,
        answers: &Answers,
        today: Date,
        places: &(impl Places + ?Sized),
    ) -> Evaluation<'_> {
        let pages = self.visible_pages(answers);
        let clean = keep(answers, &pages);
        let mut problems = Vec::new();
        for field in pages.iter().flat_map(VisiblePage::fields) {
            let message = field
                .wrong(clean.get(&field.id), today, places)
                .map(str::to_owned)
                .or_else(|| self.broken_rule(&field.id, &clean));
            if let Some(message) = message {
                problems.push(FieldProblem {
                    field: field.id.clone(),
                    message,
                });
            }
        }
        Evaluation { pages, problems }
    }

    /// The pages, groups and fields that are asked, in screen order.
    pub fn visible_pages(&self, answers: &Answers) -> Vec<VisiblePage<'_>> {
        let visible = self.visible_ids(answers);
        self.pages
            .iter()
            .map(|page| VisiblePage {
                page,
                groups: page
                    .groups
                    .iter()
                    .map(|group| VisibleGroup {
                        group,
                        fields: group
                            .fields
                            .iter()
                            .filter(|field| visible.contains(field.id.as_str()))
                            .collect(),
                    })
                    .filter(|group| !group.fields.is_empty())
                    .collect(),
            })
            .filter(|page| !page.groups.is_empty())
            .collect()
    }

    /// The answers that count, tidied: those of visible fields. Sign and send these.
    #[must_use]
    pub fn clean(&self, answers: &Answers) -> Answers {
        keep(answers, &self.visible_pages(answers))
    }

    /// Under which key the state may know a field, given the answers so far.
    pub fn prefill<'f>(&'f self, field: &'f Field, answers: &Answers) -> Option<&'f PrefillKey> {
        if field.prefill.iter().all(|prefill| prefill.when.is_none()) {
            return field.prefill.first().map(|prefill| &prefill.key);
        }
        let clean = self.clean(answers);
        field
            .prefill
            .iter()
            .find(|prefill| prefill.when.as_ref().is_none_or(|when| holds(when, &clean)))
            .map(|prefill| &prefill.key)
    }

    fn broken_rule(&self, field: &str, clean: &Answers) -> Option<String> {
        self.rules
            .iter()
            .find(|rule| rule.field == field && !holds(&rule.holds, clean))
            .map(|rule| rule.message.clone())
    }

    pub(super) fn visible_ids(&self, answers: &Answers) -> BTreeSet<&str> {
        let fields: Vec<_> = self.fields().collect();
        let mut counting = Answers::default();
        let mut visible = BTreeSet::new();
        for index in self.dependency_order() {
            let Some((page, group, field)) = fields.get(index) else {
                continue;
            };
            let shown = [&page.visible, &group.visible, &field.visible]
                .into_iter()
                .flatten()
                .all(|condition| holds(condition, &counting));
            if shown {
                visible.insert(field.id.as_str());
                if let Some(answer) = answers.get(&field.id) {
                    counting.set(field.id.clone(), field.tidy(answer));
                }
            }
        }
        visible
    }

    /// Indices into [`Form::fields`] such that every field comes after those its visibility
    /// depends on; fields in a cycle, or behind one, are left out (Kahn's algorithm).
    pub(super) fn dependency_order(&self) -> Vec<usize> {
        let fields: Vec<_> = self.fields().collect();
        let index: BTreeMap<&str, usize> = fields
            .iter()
            .enumerate()
            .map(|(index, (_, _, field))| (field.id.as_str(), index))
            .collect();
        let mut waits_for: Vec<BTreeSet<usize>> = Vec::with_capacity(fields.len());
        let mut waited_by: Vec<Vec<usize>> = vec![Vec::new(); fields.len()];
        for (at, (page, group, field)) in fields.iter().enumerate() {
            let needs: BTreeSet<usize> = [&page.visible, &group.visible, &field.visible]
                .into_iter()
                .flatten()
                .flat_map(Program::slots)
                .filter_map(|slot| index.get(slot.as_str()).copied())
                .collect();
            for need in &needs {
                if let Some(list) = waited_by.get_mut(*need) {
                    list.push(at);
                }
            }
            waits_for.push(needs);
        }
        let mut ready: BTreeSet<usize> = (0..fields.len())
            .filter(|at| waits_for.get(*at).is_some_and(BTreeSet::is_empty))
            .collect();
        let mut order = Vec::with_capacity(fields.len());
        while let Some(at) = ready.pop_first() {
            order.push(at);
            for waiting in waited_by.get(at).into_iter().flatten() {
                if let Some(needs) = waits_for.get_mut(*waiting)
                    && needs.remove(&at)
                    && needs.is_empty()
                {
                    ready.insert(*waiting);
                }
            }
        }
        order
    }
}

fn keep(answers: &Answers, pages: &[VisiblePage<'_>]) -> Answers {
    Answers(
        pages
            .iter()
            .flat_map(VisiblePage::fields)
            .filter_map(|field| {
                let answer = field.tidy(answers.get(&field.id)?);
                (!is_blank(&answer)).then(|| (field.id.clone(), Private::new(answer)))
            })
            .collect(),
    )
}

fn holds(condition: &Program, answers: &Answers) -> bool {
    condition.run(
        |field| answers.text(field).unwrap_or_default(),
        |field| answers.get(field).is_some_and(|value| !is_blank(value)),
    )
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.trim().is_empty(),
        Value::Many(chosen) => chosen.is_empty(),
        Value::File(_) => false,
    }
}

impl Field {
    /// The answer as it is compared, signed and sent: without what readers forgive (spaces in a
    /// number, composed or decomposed letters, the order of day and month). What cannot be read
    /// stays as it is, and is reported.
    #[must_use]
    pub fn tidy(&self, answer: &Value) -> Value {
        let Value::Text(text) = answer else {
            return answer.clone();
        };
        let trimmed = text.trim();
        let tidied = match &self.kind {
            FieldKind::IdNumber => trimmed
                .parse::<CitizenId>()
                .ok()
                .map(|number| number.expose().to_owned()),
            FieldKind::PersonName => name::read(trimmed).ok(),
            FieldKind::Date { .. } => read_date(trimmed).map(|day| day.to_string()),
            FieldKind::Phone => Some(
                trimmed
                    .chars()
                    .filter(|letter| !matches!(letter, ' ' | '\u{a0}' | '.' | '-' | '(' | ')'))
                    .collect(),
            ),
            FieldKind::Text { .. } => Some(trimmed.nfc().collect()),
            _ => None,
        };
        Value::Text(tidied.unwrap_or_else(|| trimmed.to_owned()))
    }

    /// The message that says what is wrong with this answer by itself.
    fn wrong(
        &self,
        answer: Option<&Value>,
        today: Date,
        places: &(impl Places + ?Sized),
    ) -> Option<&'static str> {
        let Some(answer) = answer.filter(|answer| !is_blank(answer)) else {
            return match (self.required, &self.kind) {
                (false, _) => None,
                (true, FieldKind::File { .. }) => Some("form-file-missing"),
                (true, FieldKind::Choice { .. } | FieldKind::MultiChoice { .. }) => {
                    Some("form-not-chosen")
                }
                (true, _) => Some("form-required"),
            };
        };
        match (&self.kind, answer) {
            (FieldKind::Text { max }, Value::Text(text)) => {
                let fits = u32::try_from(text.chars().count()).is_ok_and(|length| length <= *max);
                if !fits {
                    Some("form-too-long")
                } else if text.chars().any(name::turns_text) {
                    Some("form-bad-text")
                } else {
                    None
                }
            }
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
            (FieldKind::IdNumber, Value::Text(text)) => text
                .parse::<CitizenId>()
                .err()
                .map(|_| "form-bad-id-number"),
            (FieldKind::Phone, Value::Text(text)) => (!is_phone(text)).then_some("form-bad-phone"),
            (FieldKind::Commune, Value::Text(text)) => {
                let known = read_place(text).is_some_and(|key| places.has_commune(&key));
                (!known).then_some("form-unknown-commune")
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

/// A day as answers hold it, `yyyy-mm-dd`, or as people write it, `d/m/yyyy`.
fn read_date(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let number = |part: &str, most: usize| {
        let fits = (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| part.parse::<i16>().ok()).flatten()
    };
    let (year, month, day) = match parts[..] {
        [year, month, day] if year.len() == 4 => (year, month, day),
        [day, month, year] if year.len() == 4 => (year, month, day),
        _ => return None,
    };
    let small = |part| i8::try_from(number(part, 2)?).ok();
    Date::new(number(year, 4)?, small(month)?, small(day)?).ok()
}

/// A place as answers hold it: `code@yyyy-mm-dd`.
pub fn read_place(text: &str) -> Option<PlaceKey> {
    text.parse().ok()
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
