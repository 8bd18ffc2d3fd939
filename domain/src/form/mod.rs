//! A form: typed fields in groups on pages, with conditions compiled to slot programs.
//!
//! Phone and server evaluate the same [`Form`] with the same code: the phone to show and to
//! guide, the server to refuse what a broken or forged client sends. Start at
//! [`Form::evaluate`]; [`Form::check`] is what a form must pass before anyone sees it.

pub mod asked;
pub mod check;
pub mod evaluate;
mod glance;
pub mod live;
mod plan;
pub mod program;
#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test stops at the first surprise")]
pub(crate) mod sample;
mod tree;
pub mod version;
mod warn;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    catalog::{LocalText, PrefillKey},
    private::Private,
};
pub use asked::{AnswersError, Verdict};
pub use check::FormError;
pub use evaluate::{
    Evaluation, Item, Part, Places, VisibleField, VisibleGroup, VisiblePage, holds,
};
pub use live::{Kept, Live, Wrong, instance_key, read_key};
pub use program::{Computation, Program};
pub use version::{Seen, Since};

/// What the citizen answered, by field id. Cannot be printed.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(pub BTreeMap<String, Private<Value>>);

impl Answers {
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.0.get(field).map(Private::expose)
    }

    /// The answer as one string, where it is one.
    pub fn text(&self, field: &str) -> Option<&str> {
        match self.get(field) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub fn set(&mut self, field: impl Into<String>, value: Value) {
        self.0.insert(field.into(), Private::new(value));
    }
}

/// The key of what somebody says who leaves out a question that should be answered.
pub fn why_key(key: &str) -> String {
    format!("{key}~why")
}

/// Longest reason for leaving a question out, in Unicode scalar values.
pub const MAX_WHY: u32 = 300;

/// An answer. The field's kind says how to read it: a date is `yyyy-mm-dd`, a choice its option
/// id, a place its `code@valid_from`, an id number its twelve digits.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Text(String),
    Many(Vec<String>),
    File(FileAnswer),
}

/// A file as the form knows it: the bytes are elsewhere.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileAnswer {
    /// SHA-256, lower-case hex.
    pub sha256: String,
    pub size: u64,
    pub media_type: String,
}

/// The questions of one procedure, one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Form {
    pub version: u32,
    pub pages: Vec<Page>,
    /// Rules over several fields, e.g. "the father is not the mother".
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// The field whose answer is the receiving commune.
    pub commune_field: String,
    #[serde(skip)]
    pub plan: plan::Cached,
}

/// One screen of questions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Page {
    pub id: String,
    pub title: LocalText,
    pub groups: Vec<Group>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visible: Option<Program>,
}

/// Fields that belong to one person or matter, under one heading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Group {
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<LocalText>,
    pub fields: Vec<Field>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visible: Option<Program>,
    /// Asked once per item, e.g. once per person of the household. Its answer, under the group's
    /// id, is the list of its items' numbers; what is asked in an item has a key of its own, see
    /// [`instance_key`]. Numbers are never used again, so a removed item can come back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
    /// Groups in it, asked after its fields. At most three repeat within each other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Self>,
}

/// How often a group is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Repeat {
    pub min: u16,
    pub max: u16,
    /// What one item is called, e.g. "người".
    pub item: LocalText,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Field {
    /// Stable for ever, e.g. `child.full_name`: drafts move between versions by it.
    pub id: String,
    #[serde(flatten)]
    pub kind: FieldKind,
    pub label: LocalText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<LocalText>,
    /// Must be answered when visible.
    #[serde(default)]
    pub required: bool,
    /// Should be answered: who leaves it out says why, in `<id>~why`, see [`why_key`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub or_why_not: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visible: Option<Program>,
    /// The answer is computed from others, and shown, never asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compute: Option<Computation>,
    /// What the state may already know: the first whose condition holds, see [`Form::prefill`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefill: Vec<Prefill>,
}

/// Where a field's value may come from, e.g. the mother's name from `requester.full_name` when
/// the requester is the mother, and from `spouse.full_name` when it is the father.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Prefill {
    pub key: PrefillKey,
    /// Always, if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Program>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FieldKind {
    /// One line; `max` in Unicode scalar values.
    Text {
        max: u32,
    },
    /// A person's name: any letter people have, and the marks between them.
    PersonName,
    /// A calendar day, not after the day of filing when `past`.
    Date {
        past: bool,
    },
    /// Twelve digits (số định danh cá nhân).
    IdNumber,
    Phone,
    /// One of the communes of the catalogue.
    Commune,
    /// A whole number; answers hold its digits, with a minus if it has one.
    Number {
        min: i64,
        max: i64,
    },
    /// An amount in đồng, from 0 to `max`.
    Money {
        max: u64,
    },
    /// `yes` or `no`.
    YesNo,
    Choice {
        options: Vec<ChoiceOption>,
    },
    MultiChoice {
        options: Vec<ChoiceOption>,
    },
    /// A photo or document.
    File {
        max_bytes: u64,
        media_types: Vec<String>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChoiceOption {
    pub id: String,
    pub label: LocalText,
}

/// Broken when `holds` is false; shown at `field` as Fluent message `message`. Does not count
/// while `field` is hidden or wrong by itself. The program sees an unanswered field as empty, so
/// a rule about two answers says what holds when one is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rule {
    pub field: String,
    pub message: String,
    pub holds: Program,
}
