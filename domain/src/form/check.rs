//! What a form must be before anyone is shown it.
//!
//! `gandan-packs` runs this when it builds a pack, and the phone and the server run it again
//! when they read one: a form that passes asks no question twice, waits for no answer in a
//! circle, and has no question that no answer leads to.

use std::collections::{BTreeMap, BTreeSet};

use super::{Answers, FieldKind, Form, Program, Value, program::Op};

/// How many combinations of answers the reachability check tries for one question. A question
/// whose condition hangs on more is too hard to explain to a citizen, too.
pub const MAX_COMBINATIONS: usize = 20_000;

/// A mistake in a form. Holds ids only.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    #[error("accept the form: it has two fields, groups or pages named `{id}`")]
    DuplicateId { id: String },
    #[error("accept the form: `{at}` names the field `{field}`, which does not exist")]
    UnknownField { at: String, field: String },
    #[error("accept the form: `{field}` has no options, or one twice")]
    Options { field: String },
    #[error("accept the form: whether `{field}` is asked depends, in a circle, on itself")]
    Cycle { field: String },
    #[error("accept the form: no answers lead to the question `{field}`")]
    Unreachable { field: String },
    #[error("accept the form: whether `{field}` is asked depends on too many answers")]
    TooManyCombinations { field: String },
    #[error("accept the form: `{field}` is not a commune field")]
    NotACommune { field: String },
}

impl FormError {
    /// The field (or page, or group) to point at.
    pub fn at(&self) -> &str {
        match self {
            Self::DuplicateId { id } => id,
            Self::UnknownField { at, .. } => at,
            Self::Options { field }
            | Self::Cycle { field }
            | Self::Unreachable { field }
            | Self::TooManyCombinations { field }
            | Self::NotACommune { field } => field,
        }
    }
}

impl Form {
    /// Finds every mistake; empty means sound.
    pub fn mistakes(&self) -> Vec<FormError> {
        let mut mistakes = match self.field(&self.commune_field).map(|field| &field.kind) {
            Some(FieldKind::Commune) => Vec::new(),
            Some(_) => vec![FormError::NotACommune {
                field: self.commune_field.clone(),
            }],
            None => vec![FormError::UnknownField {
                at: "commune_field".into(),
                field: self.commune_field.clone(),
            }],
        };
        mistakes.extend(self.question_mistakes());
        mistakes
    }

    /// Mistakes of the questions alone: all there is to a form that nobody receives.
    pub fn question_mistakes(&self) -> Vec<FormError> {
        let mut mistakes = self.duplicate_ids();
        mistakes.extend(self.unknown_fields());
        for (_, _, field) in self.fields() {
            if let FieldKind::Choice { options } | FieldKind::MultiChoice { options } = &field.kind
            {
                let ids: BTreeSet<&str> = options.iter().map(|option| option.id.as_str()).collect();
                if ids.is_empty() || ids.len() != options.len() || ids.contains("") {
                    mistakes.push(FormError::Options {
                        field: field.id.clone(),
                    });
                }
            }
        }
        if mistakes.is_empty() {
            mistakes.extend(self.cycles());
        }
        if mistakes.is_empty() {
            mistakes.extend(self.unreachable());
        }
        mistakes
    }

    /// The first mistake, if there is one.
    pub fn check(&self) -> Result<(), FormError> {
        match self.mistakes().into_iter().next() {
            Some(mistake) => Err(mistake),
            None => Ok(()),
        }
    }

    fn duplicate_ids(&self) -> Vec<FormError> {
        let twice = |ids: Vec<&str>| {
            let mut seen = BTreeSet::new();
            ids.into_iter()
                .filter(|id| id.is_empty() || !seen.insert(*id))
                .map(|id| FormError::DuplicateId { id: id.into() })
                .collect::<Vec<_>>()
        };
        let pages = self.pages.iter().map(|page| page.id.as_str()).collect();
        let groups = self
            .pages
            .iter()
            .flat_map(|page| &page.groups)
            .map(|group| group.id.as_str())
            .collect();
        let fields = self
            .fields()
            .map(|(_, _, field)| field.id.as_str())
            .collect();
        [twice(pages), twice(groups), twice(fields)].concat()
    }

    fn unknown_fields(&self) -> Vec<FormError> {
        let known: BTreeSet<&str> = self
            .fields()
            .map(|(_, _, field)| field.id.as_str())
            .collect();
        let mut programs: Vec<(&str, &Program)> = Vec::new();
        for page in &self.pages {
            programs.extend(
                page.visible
                    .iter()
                    .map(|program| (page.id.as_str(), program)),
            );
            for group in &page.groups {
                programs.extend(
                    group
                        .visible
                        .iter()
                        .map(|program| (group.id.as_str(), program)),
                );
                for field in &group.fields {
                    let whens = field
                        .prefill
                        .iter()
                        .filter_map(|prefill| prefill.when.as_ref());
                    programs.extend(
                        field
                            .visible
                            .iter()
                            .chain(whens)
                            .map(|program| (field.id.as_str(), program)),
                    );
                }
            }
        }
        programs.extend(
            self.rules
                .iter()
                .map(|rule| (rule.field.as_str(), &rule.holds)),
        );
        let in_programs = programs
            .into_iter()
            .flat_map(|(at, program)| program.slots().iter().map(move |slot| (at, slot)));
        let in_rules = self.rules.iter().map(|rule| ("rules", &rule.field));
        in_programs
            .chain(in_rules)
            .filter(|(_, field)| !known.contains(field.as_str()))
            .map(|(at, field)| FormError::UnknownField {
                at: at.into(),
                field: field.clone(),
            })
            .collect()
    }

    fn cycles(&self) -> Vec<FormError> {
        let ordered: BTreeSet<usize> = self.dependency_order().into_iter().collect();
        self.fields()
            .enumerate()
            .filter(|(index, _)| !ordered.contains(index))
            .map(|(_, (_, _, field))| FormError::Cycle {
                field: field.id.clone(),
            })
            .collect()
    }

    /// Tries, for every question with a condition, all answers that its condition can tell apart.
    fn unreachable(&self) -> Vec<FormError> {
        let conditions: BTreeMap<&str, Vec<&Program>> = self
            .fields()
            .map(|(page, group, field)| {
                let programs = [&page.visible, &group.visible, &field.visible];
                (field.id.as_str(), programs.into_iter().flatten().collect())
            })
            .collect();
        let mut verdicts: BTreeMap<Vec<&Program>, Reach> = BTreeMap::new();
        let mut mistakes = Vec::new();
        for (_, _, field) in self.fields() {
            let Some(programs) = conditions.get(field.id.as_str()) else {
                continue;
            };
            // Fields of one group mostly share their conditions: try each set once.
            let verdict = *verdicts
                .entry(programs.clone())
                .or_insert_with(|| self.reach(&field.id, &conditions));
            let field = field.id.clone();
            match verdict {
                Reach::Reached => {}
                Reach::Never => mistakes.push(FormError::Unreachable { field }),
                Reach::TooMany => mistakes.push(FormError::TooManyCombinations { field }),
            }
        }
        mistakes
    }

    fn reach<'f>(&'f self, field: &str, conditions: &BTreeMap<&'f str, Vec<&'f Program>>) -> Reach {
        // Everything the question depends on, through any number of steps.
        let mut involved: BTreeSet<&str> = BTreeSet::new();
        let mut programs: Vec<&Program> = Vec::new();
        let mut queue: Vec<&str> = vec![field];
        while let Some(next) = queue.pop() {
            for program in conditions.get(next).into_iter().flatten() {
                programs.push(program);
                for slot in program.slots() {
                    if involved.insert(slot) {
                        queue.push(slot);
                    }
                }
            }
        }
        let literals: BTreeSet<&str> = programs
            .iter()
            .flat_map(|program| program.code().all())
            .flat_map(|code| code.code())
            .flat_map(|op| match op {
                Op::Text(text) => vec![text.as_str()],
                Op::In(list) => list.iter().map(String::as_str).collect(),
                _ => Vec::new(),
            })
            .collect();
        let domains: Vec<(&str, Vec<Option<Value>>)> = involved
            .into_iter()
            .map(|id| (id, self.telling_answers(id, &literals)))
            .collect();
        let count = domains.iter().try_fold(1_usize, |count, (_, domain)| {
            count.checked_mul(domain.len())
        });
        let Some(count) = count.filter(|count| *count <= MAX_COMBINATIONS) else {
            return Reach::TooMany;
        };
        let reached = (0..count).any(|mut number| {
            let mut answers = Answers::default();
            for (id, domain) in &domains {
                if let Some(Some(value)) = domain.get(number % domain.len()) {
                    answers.set(*id, value.clone());
                }
                number /= domain.len();
            }
            self.visible_ids(&answers).contains(field)
        });
        if reached {
            Reach::Reached
        } else {
            Reach::Never
        }
    }

    /// The answers of a field that a condition with these literals can tell apart.
    fn telling_answers(&self, id: &str, literals: &BTreeSet<&str>) -> Vec<Option<Value>> {
        let texts = |texts: Vec<&str>| {
            let values = texts.into_iter().map(|text| Some(Value::Text(text.into())));
            std::iter::once(None).chain(values).collect()
        };
        match self.field(id).map(|field| &field.kind) {
            Some(FieldKind::Choice { options }) => {
                texts(options.iter().map(|option| option.id.as_str()).collect())
            }
            Some(FieldKind::MultiChoice { options }) => {
                let chosen = options
                    .iter()
                    .take(1)
                    .map(|option| option.id.clone())
                    .collect();
                vec![None, Some(Value::Many(chosen))]
            }
            Some(FieldKind::File { .. }) => vec![
                None,
                Some(Value::File(super::FileAnswer {
                    sha256: String::new(),
                    size: 0,
                    media_type: String::new(),
                })),
            ],
            // Before, at and after each literal: all that `==`, `<` and `in` can notice.
            _ => {
                let after: Vec<String> = literals.iter().map(|text| format!("{text}0")).collect();
                let mut found: BTreeSet<&str> = literals.iter().copied().collect();
                found.extend(after.iter().map(String::as_str));
                found.insert("!");
                found.remove("");
                texts(found.into_iter().collect())
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Reach {
    Reached,
    Never,
    TooMany,
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
    use crate::form::sample::{self, choice, field, is, page};

    fn only(form: &Form) -> FormError {
        let mistakes = form.mistakes();
        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        mistakes.into_iter().next().unwrap()
    }

    #[test]
    fn a_sound_form_passes() {
        assert_eq!(sample::form().mistakes(), []);
    }

    #[test]
    fn ids_are_used_once() {
        let mut form = sample::form();
        let twice = form.pages[2].groups[0].fields[0].clone();
        form.pages[0].groups[0].fields.push(twice);
        assert_eq!(only(&form), FormError::DuplicateId { id: "name".into() });
    }

    #[test]
    fn conditions_and_rules_name_fields_that_exist() {
        let mut form = sample::form();
        form.pages[1].visible = Some(is("nobody", "x"));
        let unknown = FormError::UnknownField {
            at: "father".into(),
            field: "nobody".into(),
        };
        assert_eq!(only(&form), unknown);
        let mut form = sample::form();
        form.rules[0].field = "nobody".into();
        assert!(matches!(only(&form), FormError::UnknownField { .. }));
        let mut form = sample::form();
        form.pages[1].groups[0].fields[0].prefill[0].when = Some(is("nobody", "x"));
        assert!(matches!(only(&form), FormError::UnknownField { .. }));
    }

    #[test]
    fn choices_have_options_each_once() {
        let mut form = sample::form();
        form.pages[0].groups[0].fields[1].kind = choice(&["yes", "no", "yes"]);
        let options = FormError::Options {
            field: "has_father".into(),
        };
        assert_eq!(only(&form), options);
    }

    #[test]
    fn the_receiving_commune_is_a_commune_field() {
        let mut form = sample::form();
        form.commune_field = "phone".into();
        let wrong = FormError::NotACommune {
            field: "phone".into(),
        };
        assert_eq!(only(&form), wrong);
        form.commune_field = "nobody".into();
        assert!(matches!(only(&form), FormError::UnknownField { .. }));
    }

    #[test]
    fn a_circle_of_conditions_is_found() {
        let mut form = sample::form();
        form.pages[0].groups[0].fields[0].visible = Some(is("has_father", "yes"));
        form.pages[0].groups[0].fields[1].visible = Some(is("relation", "mother"));
        // The father's page waits behind the circle, too.
        let cycles: Vec<_> = form.mistakes().iter().map(|m| m.at().to_owned()).collect();
        assert_eq!(cycles, ["relation", "has_father", "father.id", "paper"]);
        assert!(matches!(form.check(), Err(FormError::Cycle { .. })));
    }

    #[test]
    fn a_question_that_no_answer_leads_to_is_found() {
        let mut form = sample::form();
        form.pages[1].groups[0].fields[1].visible = Some(is("has_father", "no"));
        let never = FormError::Unreachable {
            field: "paper".into(),
        };
        assert_eq!(only(&form), never);
        let mut form = sample::form();
        form.pages[1].groups[0].fields[1].visible = Some(is("has_father", "perhaps"));
        assert_eq!(only(&form), never);
    }

    #[test]
    fn questions_behind_days_texts_and_files_are_reachable() {
        let mut form = sample::form();
        let before = Program::new(
            vec!["born".into(), "name".into(), "paper".into()],
            vec![
                Op::Slot(0),
                Op::Text("2020-01-01".into()),
                Op::Lt,
                Op::Has(0),
                Op::And,
                Op::Slot(1),
                Op::Text("An".into()),
                Op::Ne,
                Op::And,
                Op::Has(2),
                Op::And,
            ],
        )
        .unwrap();
        let last = page(
            "late",
            Some(before),
            vec![field("why", FieldKind::Text { max: 9 })],
        );
        form.pages.push(last);
        assert_eq!(form.mistakes(), []);
    }

    #[test]
    fn a_condition_on_too_many_answers_is_refused() {
        let mut form = sample::form();
        let options: Vec<String> = (0..100).map(|n| format!("o{n}")).collect();
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let fields = ["x", "y", "z"].map(|id| field(id, choice(&options)));
        form.pages.push(page("many", None, fields.to_vec()));
        let all = Program::new(
            vec!["x".into(), "y".into(), "z".into()],
            vec![Op::Has(0), Op::Has(1), Op::And, Op::Has(2), Op::And],
        )
        .unwrap();
        let last = page(
            "late",
            Some(all),
            vec![field("why", FieldKind::Text { max: 9 })],
        );
        form.pages.push(last);
        assert!(matches!(only(&form), FormError::TooManyCombinations { .. }));
    }
}
