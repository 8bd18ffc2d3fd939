//! What changed of a form since a person last saw it.
//!
//! A draft keeps a few bytes per question of the form it was filled in by ([`Seen`]), not the form:
//! the pack that it came from may be gone, with an update of the content or of the app. Held against
//! the form of today they say which questions are new and which ask something else ([`Form::since`]);
//! answers stay under their fields' ids all the while. A question is another one when its Vietnamese
//! words, its kind, its options or its being required changed: a better hint or translation asks
//! nothing anew.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ChoiceOption, Field, FieldKind, Form};
use crate::{catalog::LocalText, jws::sha256_hex, text::Lang};

/// A form as it was shown: nothing of what was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub version: u32,
    /// By field id, the beginning of a hash over what is asked.
    pub fields: BTreeMap<String, String>,
}

/// What is different now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Since {
    /// New questions and those that ask something else, in the order of the form.
    pub ask: Vec<String>,
    /// How many questions are not asked any more.
    pub gone: usize,
}

impl Form {
    pub fn seen(&self) -> Seen {
        let fields = self.fields();
        let fields = fields.map(|(_, _, field)| (field.id.clone(), print_of(field)));
        Seen {
            version: self.version,
            fields: fields.collect(),
        }
    }

    pub fn since(&self, seen: &Seen) -> Since {
        let now = self.seen();
        let ask = self
            .fields()
            .map(|(_, _, field)| &field.id)
            .filter(|id| now.fields.get(*id) != seen.fields.get(*id));
        let gone = seen.fields.keys();
        Since {
            ask: ask.cloned().collect(),
            gone: gone.filter(|id| !now.fields.contains_key(*id)).count(),
        }
    }
}

fn print_of(field: &Field) -> String {
    let vi = |text: &LocalText| text.0.get(&Lang::vi()).cloned().unwrap_or_default();
    let options = |options: &[ChoiceOption]| -> Vec<(String, String)> {
        let options = options.iter();
        options
            .map(|option| (option.id.clone(), vi(&option.label)))
            .collect()
    };
    let kind = match &field.kind {
        FieldKind::Choice { options: of } => ("choice".to_owned(), options(of)),
        FieldKind::MultiChoice { options: of } => ("multi_choice".to_owned(), options(of)),
        kind => (serde_json::to_string(kind).unwrap_or_default(), Vec::new()),
    };
    let asked = (
        vi(&field.label),
        kind,
        field.required,
        field.compute.is_some(),
    );
    let mut hash = sha256_hex(&serde_json::to_vec(&asked).unwrap_or_default());
    hash.truncate(12);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::sample;

    fn since(change: impl FnOnce(&mut Form)) -> Since {
        let mut form = sample::form();
        let seen = form.seen();
        change(&mut form);
        form.since(&seen)
    }

    fn first(form: &mut Form) -> &mut Field {
        &mut form.pages[0].groups[0].fields[0]
    }

    #[test]
    fn only_what_asks_something_else_is_asked_again() {
        let id = first(&mut sample::form()).id.clone();
        let ask = Since {
            ask: vec![id.clone()],
            gone: 0,
        };
        assert_eq!(since(|form| form.version += 1), Since::default());
        let hinted = since(|form| first(form).hint = Some(sample::text("Gợi ý")));
        assert_eq!(hinted, Since::default());
        let worded = since(|form| first(form).label = sample::text("Câu khác"));
        assert_eq!(worded, ask);
        assert_eq!(since(|form| first(form).required ^= true), ask);
        let other = since(|form| first(form).kind = FieldKind::PersonName);
        assert_eq!(other, ask);
    }

    #[test]
    fn a_new_question_is_asked_and_an_old_one_is_counted() {
        let renamed = since(|form| first(form).id = "brand.new".into());
        assert_eq!(renamed.ask, ["brand.new"]);
        assert_eq!(renamed.gone, 1);
        let swapped = since(|form| form.pages.reverse());
        assert_eq!(swapped, Since::default(), "another order asks nothing anew");
    }
}
