//! What a form must be before anyone is shown it.
//!
//! `gandan-packs` looks for every [mistake](Form::mistakes) when it builds a pack. The phone and
//! the server [check](Form::check) what they read again, for what their own code relies on: it asks
//! no question twice and waits for no answer in a circle. Whether some answers lead to every
//! question is the author's to know and is tried out only once, when the pack is built: trying
//! thousands of combinations made up a third of an app's start.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Answers, Computation, FieldKind, Form, Group, Program, Value, instance_key,
    plan::Node,
    program::{Code, Op},
};

/// How many combinations of answers the reachability check tries for one question. A question
/// whose condition hangs on more is too hard to explain to a citizen, too.
pub const MAX_COMBINATIONS: usize = 20_000;

/// How many repeating groups may stand within each other.
pub const MAX_REPEATS: usize = 3;

/// How many items a repeating group may have.
pub const MAX_ITEMS: u16 = 50;

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
    #[error("accept the form: `{at}` asks for the day of filing, which only rules may")]
    Today { at: String },
    #[error("accept the form: the repeating group `{group}` {why}")]
    Repeat { group: String, why: &'static str },
    #[error("accept the form: `{field}` is not a commune field")]
    NotACommune { field: String },
}

impl FormError {
    /// The field (or page, or group) to point at.
    pub fn at(&self) -> &str {
        match self {
            Self::DuplicateId { id } => id,
            Self::UnknownField { at, .. } | Self::Today { at } => at,
            Self::Repeat { group, .. } => group,
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
        let mut mistakes = self.faults();
        if mistakes.is_empty() {
            mistakes.extend(self.unreachable());
        }
        mistakes
    }

    /// Mistakes of the questions alone: all there is to a form that nobody receives.
    pub fn question_mistakes(&self) -> Vec<FormError> {
        let mut mistakes = self.question_faults();
        if mistakes.is_empty() {
            mistakes.extend(self.unreachable());
        }
        mistakes
    }

    /// What a reader relies on: the first fault, if there is one.
    pub fn check(&self) -> Result<(), FormError> {
        match self.faults().into_iter().next() {
            Some(fault) => Err(fault),
            None => Ok(()),
        }
    }

    fn faults(&self) -> Vec<FormError> {
        let mut faults = match self.field(&self.commune_field).map(|field| &field.kind) {
            Some(FieldKind::Commune) => Vec::new(),
            Some(_) => vec![FormError::NotACommune {
                field: self.commune_field.clone(),
            }],
            None => vec![FormError::UnknownField {
                at: "commune_field".into(),
                field: self.commune_field.clone(),
            }],
        };
        faults.extend(self.question_faults());
        faults
    }

    /// [`Self::check`] for the questions alone.
    pub(crate) fn question_faults(&self) -> Vec<FormError> {
        let mut faults = self.duplicate_ids();
        faults.extend(self.unknown_fields());
        faults.extend(self.asks_for_today());
        faults.extend(self.repeats());
        for (_, _, field) in self.fields() {
            if let FieldKind::Choice { options } | FieldKind::MultiChoice { options } = &field.kind
            {
                let ids: BTreeSet<&str> = options.iter().map(|option| option.id.as_str()).collect();
                if ids.is_empty() || ids.len() != options.len() || ids.contains("") {
                    faults.push(FormError::Options {
                        field: field.id.clone(),
                    });
                }
            }
        }
        if faults.is_empty() {
            faults.extend(self.cycles());
        }
        faults
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
        let groups = self.groups().map(|(_, group)| group.id.as_str()).collect();
        let fields = self
            .fields()
            .map(|(_, _, field)| field.id.as_str())
            .collect();
        [twice(pages), twice(groups), twice(fields)].concat()
    }

    /// Every program, with what it belongs to.
    fn programs(&self) -> Vec<(&str, &Code)> {
        let mut programs: Vec<(&str, &Code)> = Vec::new();
        for page in &self.pages {
            let visible = page.visible.iter();
            programs.extend(visible.map(|program| (page.id.as_str(), program.code())));
        }
        for (_, group) in self.groups() {
            let visible = group.visible.iter();
            programs.extend(visible.map(|program| (group.id.as_str(), program.code())));
        }
        for (_, _, field) in self.fields() {
            let whens = field
                .prefill
                .iter()
                .filter_map(|prefill| prefill.when.as_ref());
            let conditions = field.visible.iter().chain(whens).map(Program::code);
            let computed = field.compute.iter().map(Computation::code);
            programs.extend(
                conditions
                    .chain(computed)
                    .map(|code| (field.id.as_str(), code)),
            );
        }
        programs
    }

    fn unknown_fields(&self) -> Vec<FormError> {
        let fields = self.fields().map(|(_, _, field)| field.id.as_str());
        let lists = self.groups().filter(|(_, group)| group.repeat.is_some());
        let known: BTreeSet<&str> = fields
            .chain(lists.map(|(_, group)| group.id.as_str()))
            .collect();
        let rules = self.rules.iter();
        let rules = rules.map(|rule| (rule.field.as_str(), rule.holds.code()));
        let slots: Vec<(&str, &String)> = self
            .programs()
            .into_iter()
            .chain(rules)
            .flat_map(|(at, code)| code.all().into_iter().map(move |code| (at, code)))
            .flat_map(|(at, code)| code.slots().iter().map(move |slot| (at, slot)))
            .collect();
        let in_rules = self.rules.iter().map(|rule| ("rules", &rule.field));
        slots
            .into_iter()
            .chain(in_rules)
            .filter(|(_, field)| !known.contains(field.as_str()))
            .map(|(at, field)| FormError::UnknownField {
                at: at.into(),
                field: field.clone(),
            })
            .collect()
    }

    /// What is asked, filled or computed must not change over night.
    fn asks_for_today(&self) -> Vec<FormError> {
        let programs = self.programs().into_iter();
        programs
            .filter(|(_, code)| code.reads_today())
            .map(|(at, _)| FormError::Today { at: at.into() })
            .collect()
    }

    /// Repeating groups: sound limits, three deep at most, and ids that say where a field lives:
    /// in conditions, `member` is the list outside and one of its items inside.
    fn repeats(&self) -> Vec<FormError> {
        let mut mistakes = Vec::new();
        for page in &self.pages {
            repeats_in(&page.groups, None, 0, &mut mistakes);
        }
        mistakes
    }

    fn cycles(&self) -> Vec<FormError> {
        self.fields()
            .enumerate()
            .filter(|(index, _)| self.plan().rank(Node::Field(*index)).is_none())
            .map(|(_, (_, _, field))| FormError::Cycle {
                field: field.id.clone(),
            })
            .collect()
    }

    /// Tries, for every question with a condition, all answers that its condition can tell apart.
    fn unreachable(&self) -> Vec<FormError> {
        let plan = self.plan();
        let conditions: BTreeMap<&str, Vec<&Code>> = plan
            .fields
            .iter()
            .map(|field| {
                let of = self.field_at(field);
                let mut codes: Vec<&Code> = (of.into_iter())
                    .flat_map(|of| {
                        let visible = of.visible.iter().map(Program::code);
                        visible.chain(of.compute.iter().map(Computation::code))
                    })
                    .collect();
                let mut scope = Some(field.scope);
                while let Some(at) = scope.map(|at| &plan.scopes[at]) {
                    codes.extend(self.scope_at(&at.path).map(Program::code));
                    scope = at.parent;
                }
                (field.id.as_str(), codes)
            })
            .collect();
        let mut verdicts: BTreeMap<(usize, Vec<&Code>), Reach> = BTreeMap::new();
        let mut mistakes = Vec::new();
        for (_, _, field) in self.fields() {
            let Some(programs) = conditions.get(field.id.as_str()) else {
                continue;
            };
            // Fields of one group mostly share their conditions: try each set once.
            let frame = plan
                .by_id
                .get(&field.id)
                .map_or(0, |at| plan.fields[*at].frame);
            let verdict = *verdicts
                .entry((frame, programs.clone()))
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

    fn reach<'f>(&'f self, field: &'f str, conditions: &BTreeMap<&'f str, Vec<&'f Code>>) -> Reach {
        // Everything the question depends on, through any number of steps. Of a repeating group
        // there is one item, and where its number is asked, every number that tells.
        let mut involved: BTreeSet<&str> = BTreeSet::new();
        let mut programs: Vec<&Code> = Vec::new();
        let mut queue: Vec<&str> = vec![field];
        queue.extend(self.lists_around(field));
        involved.extend(self.lists_around(field));
        while let Some(next) = queue.pop() {
            for program in conditions.get(next).into_iter().flatten() {
                for code in program.all() {
                    programs.push(code);
                    for slot in code.slots() {
                        let around = self.lists_around(slot);
                        for name in around.into_iter().chain([slot.as_str()]) {
                            if involved.insert(name) {
                                queue.push(name);
                            }
                        }
                    }
                }
            }
        }
        let literals: BTreeSet<&str> = programs
            .iter()
            .flat_map(|code| code.code())
            .flat_map(|op| match op {
                Op::Text(text) | Op::Chosen(_, text) => vec![text.as_str()],
                Op::In(list) => list.iter().map(String::as_str).collect(),
                _ => Vec::new(),
            })
            .collect();
        let numbers: BTreeSet<i64> = programs
            .iter()
            .flat_map(|code| code.code())
            .filter_map(|op| match op {
                Op::Number(number) => Some(*number),
                _ => None,
            })
            .collect();
        let domains: Vec<(String, Vec<Option<Value>>)> = involved
            .into_iter()
            .filter(|id| self.field(id).is_none_or(|field| field.compute.is_none()))
            .map(|id| {
                let path = vec![1; self.lists_around(id).len()];
                (
                    instance_key(id, &path),
                    self.telling_answers(id, &literals, &numbers),
                )
            })
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
                    answers.set(id.clone(), value.clone());
                }
                number /= domain.len();
            }
            let pages = self.visible_pages(&answers);
            pages
                .iter()
                .flat_map(|page| page.fields())
                .any(|asked| asked.id == field)
        });
        if reached {
            Reach::Reached
        } else {
            Reach::Never
        }
    }

    /// The ids of the repeating groups around a field or repeating group, outermost first.
    fn lists_around(&self, id: &str) -> Vec<&str> {
        let plan = self.plan();
        let frame = match (plan.by_id.get(id), plan.lists.get(id)) {
            (Some(field), _) => Some(plan.fields[*field].frame),
            (None, Some(list)) => plan.frames[*list].parent,
            (None, None) => None,
        };
        let mut found = Vec::new();
        let mut at = frame;
        while let Some(frame) = at.map(|at| &plan.frames[at]) {
            found.extend(frame.scope.map(|scope| plan.scopes[scope].id.as_str()));
            at = frame.parent;
        }
        found.reverse();
        found
    }

    /// The answers of a field that a condition with these literals can tell apart.
    fn telling_answers(
        &self,
        id: &str,
        literals: &BTreeSet<&str>,
        numbers: &BTreeSet<i64>,
    ) -> Vec<Option<Value>> {
        let texts = |texts: Vec<&str>| {
            let values = texts.into_iter().map(|text| Some(Value::Text(text.into())));
            std::iter::once(None).chain(values).collect()
        };
        // Before, at and after each number.
        let around: BTreeSet<i64> = numbers
            .iter()
            .flat_map(|number| [number.saturating_sub(1), *number, number.saturating_add(1)])
            .chain([0, 1])
            .collect();
        if let Some(list) = self
            .plan()
            .lists
            .get(id)
            .map(|list| &self.plan().frames[*list])
        {
            let sizes = around.iter().filter_map(|size| usize::try_from(*size).ok());
            return sizes
                .filter(|size| *size <= list.max)
                .map(|size| {
                    Some(Value::Many(
                        (1..=size).map(|item| item.to_string()).collect(),
                    ))
                })
                .collect();
        }
        match self.field(id).map(|field| &field.kind) {
            Some(FieldKind::Number { .. } | FieldKind::Money { .. }) => {
                texts_of(around.iter().map(i64::to_string))
            }
            Some(FieldKind::YesNo) => texts(vec!["yes", "no"]),
            Some(FieldKind::Date { .. }) if !numbers.is_empty() => {
                let years = around.iter().filter(|years| (0..=200).contains(*years));
                let days = years.map(|years| format!("{:04}-06-15", 1900 + years));
                texts_of(days.chain(literals.iter().map(|text| (*text).to_owned())))
            }
            Some(FieldKind::Choice { options }) => {
                texts(options.iter().map(|option| option.id.as_str()).collect())
            }
            Some(FieldKind::MultiChoice { options }) => {
                let one = |id: &String| Some(Value::Many(vec![id.clone()]));
                let asked = options
                    .iter()
                    .filter(|option| literals.contains(option.id.as_str()));
                let all = Value::Many(options.iter().map(|option| option.id.clone()).collect());
                let mut found = vec![None, Some(all)];
                found.extend(asked.map(|option| one(&option.id)));
                found
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

fn texts_of(texts: impl Iterator<Item = String>) -> Vec<Option<Value>> {
    std::iter::once(None)
        .chain(texts.map(|text| Some(Value::Text(text))))
        .collect()
}

fn repeats_in(groups: &[Group], around: Option<&str>, depth: usize, out: &mut Vec<FormError>) {
    for group in groups {
        let mut wrong = |why| {
            out.push(FormError::Repeat {
                group: group.id.clone(),
                why,
            });
        };
        let is_in = |id: &str, around: &str| {
            id.strip_prefix(around)
                .is_some_and(|rest| rest.starts_with('.'))
        };
        let mut deep = depth;
        let mut list = around;
        if let Some(repeat) = &group.repeat {
            deep += 1;
            if deep > MAX_REPEATS {
                wrong("is more than three deep");
            }
            if repeat.max == 0 || repeat.min > repeat.max || repeat.max > MAX_ITEMS {
                wrong(
                    "must have `min` and `max`, the first not above the second, which is 1 to 50",
                );
            }
            if around.is_some_and(|around| !is_in(&group.id, around)) {
                wrong("must have an id that begins with that of the repeating group around it");
            }
            list = Some(&group.id);
        }
        if let Some(list) = list {
            if group.fields.iter().any(|field| !is_in(&field.id, list)) {
                wrong("holds a field whose id does not begin with that of the group");
            }
            if group.fields.iter().any(|field| !field.prefill.is_empty()) {
                wrong("holds a field with `prefill`: nobody knows whose items they are");
            }
        }
        repeats_in(&group.groups, list, deep, out);
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
