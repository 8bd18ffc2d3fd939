//! A place as answers hold it: `00715@2025-07-01`, or `00715@2025-07-01<00718@2004-07-08` where
//! the citizen named an old unit, with `?` at the end where they did not know which part of it.
//!
//! The old name is kept with the new one, because it is what old papers say, and because the
//! office that gets a dossier on a "don't know" needs it to pass the dossier on. What was
//! rejected: a second, hidden field of the form, which would be signed without having been asked.

use std::{fmt, str::FromStr};

use super::{BadPlaceKey, PlaceKey};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceAnswer {
    /// The unit that the dossier is about.
    pub unit: PlaceKey,
    /// What was named, if it was another one.
    pub named: Option<PlaceKey>,
    /// The citizen does not know which part of the named unit: `unit` has most of it.
    pub unsure: bool,
}

impl FromStr for PlaceAnswer {
    type Err = BadPlaceKey;

    /// Only the canonical form is read, as with [`PlaceKey`].
    fn from_str(text: &str) -> Result<Self, BadPlaceKey> {
        let (text, unsure) = match text.strip_suffix('?') {
            Some(text) => (text, true),
            None => (text, false),
        };
        let (unit, named) = match text.split_once('<') {
            Some((unit, named)) => (unit, Some(named.parse()?)),
            None => (text, None),
        };
        if unsure && named.is_none() {
            return Err(BadPlaceKey);
        }
        Ok(Self {
            unit: unit.parse()?,
            named,
            unsure,
        })
    }
}

impl fmt::Display for PlaceAnswer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.unit)?;
        if let Some(named) = &self.named {
            write!(out, "<{named}")?;
        }
        if self.unsure {
            write!(out, "?")
        } else {
            Ok(())
        }
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

    #[test]
    fn what_was_named_is_kept_with_what_is_meant() {
        for text in [
            "00715@2025-07-01",
            "00715@2025-07-01<00718@2004-07-08",
            "00715@2025-07-01<00718@2004-07-08?",
        ] {
            assert_eq!(text.parse::<PlaceAnswer>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "00715",
            "00715@2025-07-01?",
            "00715@2025-07-01<",
            "<00718@2004-07-08",
        ] {
            assert!(text.parse::<PlaceAnswer>().is_err(), "{text}");
        }
    }

    #[test]
    fn every_answer_that_reads_writes_itself() {
        bolero::check!().with_type::<String>().for_each(|text| {
            if let Ok(answer) = text.parse::<PlaceAnswer>() {
                assert_eq!(answer.to_string(), *text);
            }
        });
    }
}
