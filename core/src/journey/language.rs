//! Which language to speak. The first screen of a new installation.

use gandan_domain::text::{Lang, Text, messages::LANGUAGES};
use serde::{Deserialize, Serialize};

use super::{Facts, On, Page, Step, after};
use crate::screen::{Action, Event, Screen};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Language {
    /// A language was chosen before: one can go back without choosing.
    pub chosen: bool,
}

/// `Some` when a language was chosen, `None` to go back.
pub type LanguageEnd = Option<Lang>;

impl Language {
    pub fn step(self, on: On<'_>) -> Step<Self, LanguageEnd> {
        match (self, on) {
            (_, On::Event(Event::Act { action })) => {
                let known = after(action, "lang")
                    .filter(|tag| LANGUAGES.iter().any(|(known, _)| known == tag));
                match known {
                    Some(tag) => Step::end(Some(Lang::from(tag))),
                    None => Step::ignored(self),
                }
            }
            (Self { chosen: true }, On::Event(Event::Back)) => Step::end(None),
            (_, On::Event(_) | On::News) => Step::ignored(self),
        }
    }

    pub fn view(self, facts: &Facts<'_>) -> Screen {
        let say = facts.say;
        let title = if self.chosen {
            say.plain("language-title")
        } else {
            // Before a choice nobody knows which of the two is understood.
            say.in_language(&Lang::vi(), "language-title")
                .then(Text::new(" / ", Lang::vi()))
                .then(say.in_language(&Lang::en(), "language-title"))
        };
        let mut page = Page::new(say, "language", title);
        page.back(self.chosen);
        for (tag, name) in LANGUAGES {
            page.push_action(Action {
                id: format!("lang/{tag}"),
                label: Text::new(name, Lang::from(tag)),
                confirm: None,
                enabled: true,
            });
        }
        page.done()
    }
}
