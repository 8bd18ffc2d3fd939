//! What is said to a person: runs of text, each in its own language, for the eye and the ear.
//!
//! A Vietnamese name inside an English or Khmer sentence is a run of its own with its own BCP-47
//! tag, so that a screen reader changes voice for it. `spoken` holds what the ear should get
//! where the eye's form garbles (a code in groups, money, a date); it never replaces the visible
//! words of a control (WCAG 2.2 SC 2.5.3, Label in Name).

pub mod messages;
pub mod spoken;

use serde::{Deserialize, Serialize};

/// A BCP-47 language tag in lower-case primary form, such as `vi`, `en`, `km`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Lang(pub String);

impl Lang {
    pub fn vi() -> Self {
        Self("vi".into())
    }

    pub fn en() -> Self {
        Self("en".into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Lang {
    fn from(tag: &str) -> Self {
        Self(tag.into())
    }
}

/// One stretch of text in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub text: String,
    pub lang: Lang,
    /// What to say instead of `text`, in the same language; `None` where the text speaks well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spoken: Option<String>,
}

/// Text as shown and as heard. Invariant: no run is empty, so that joining runs never loses a
/// language tag.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Text {
    pub runs: Vec<Run>,
    /// A recorded clip for languages that no voice speaks: its id in a language pack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<String>,
}

impl Text {
    pub fn new(text: impl Into<String>, lang: Lang) -> Self {
        let text = text.into();
        if text.is_empty() {
            return Self::default();
        }
        Self {
            runs: vec![Run {
                text,
                lang,
                spoken: None,
            }],
            audio: None,
        }
    }

    /// Vietnamese: names, places, official titles, and everything not yet translated.
    pub fn vi(text: impl Into<String>) -> Self {
        Self::new(text, Lang::vi())
    }

    pub fn spoken(text: impl Into<String>, spoken: impl Into<String>, lang: Lang) -> Self {
        Self {
            runs: vec![Run {
                text: text.into(),
                lang,
                spoken: Some(spoken.into()),
            }],
            audio: None,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    #[must_use]
    pub fn then(mut self, other: Self) -> Self {
        self.runs.extend(other.runs);
        self
    }

    /// What the eye reads.
    pub fn shown(&self) -> String {
        self.runs.iter().map(|run| run.text.as_str()).collect()
    }

    /// What the ear hears.
    pub fn heard(&self) -> String {
        self.runs
            .iter()
            .map(|run| run.spoken.as_deref().unwrap_or(&run.text))
            .collect()
    }
}
