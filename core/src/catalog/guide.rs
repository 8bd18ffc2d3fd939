//! What happened? A life event: a question at a time, and the procedures that follow.
//!
//! One question a screen, because whoever listens answers what was said last, and because a later
//! question can depend on it. The answers stay in this place, sealed like every place, and go
//! nowhere.

use std::collections::BTreeMap;

use gandan_domain::{
    catalog::{Ending, LifeEvent},
    form::{Answers, Field, FieldKind, Value},
};
use serde::{Deserialize, Serialize};

use crate::{
    journey::{Effect, Facts, On, Page, Step},
    screen::{BlockKind, Card, Choice, ChoiceItem, Event, Screen, Tone},
};

/// Where somebody is among the life events.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Guiding {
    /// The life event; `None` while choosing one.
    event: Option<String>,
    /// The question on display; `None` at the end.
    question: Option<String>,
    /// Option ids by question.
    answers: BTreeMap<String, String>,
    /// Number of the newest choice.
    edit: u64,
    /// Went on without an answer: the question says that it needs one.
    pressed: bool,
}

pub enum GuidingEnd {
    /// Read this procedure; coming back leads here.
    Read(String, Guiding),
    Search,
    Home,
}

impl Guiding {
    /// At the first question of a life event.
    pub fn begin(event: &LifeEvent) -> Self {
        let chosen = Self {
            event: Some(event.id.clone()),
            ..Self::default()
        };
        let first = chosen.next_from(event, 0);
        chosen.at(first)
    }

    pub fn step(self, on: On<'_>, facts: &Facts<'_>) -> Step<Self, GuidingEnd> {
        let Some(event) = self.event(facts) else {
            return self.choosing(on, facts);
        };
        let question = self.asked(event);
        match (question, on) {
            (Some(question), On::Event(Event::Choose { key, options, edit }))
                if *key == question.id && *edit > self.edit =>
            {
                let chosen = options.first().filter(|chosen| offers(question, chosen));
                match chosen.cloned() {
                    Some(chosen) => self.answered(chosen, *edit),
                    None => Step::ignored(self),
                }
            }
            (Some(question), On::Event(Event::Act { action })) if action == "next" => {
                if self.answers.contains_key(&question.id) {
                    let next = self.after(event, &question.id);
                    Step::to(self.at(next))
                } else {
                    let missing = facts.say.plain("form-not-chosen");
                    let key = question.id.clone();
                    Step::to(Self {
                        pressed: true,
                        ..self
                    })
                    .with(Effect::Focus(key))
                    .with(Effect::Announce(missing))
                }
            }
            (_, On::Event(Event::Back)) => match self.before(event) {
                Some(before) => Step::to(self.at(Some(before))),
                None => Step::to(Self::default()),
            },
            (None, On::Event(Event::Open { key, card }))
                if key == "procedures" && facts.procedure(card).is_some() =>
            {
                Step::end(GuidingEnd::Read(card.clone(), self))
            }
            (_, On::Event(Event::Act { action })) => match action.as_str() {
                "home" => Step::end(GuidingEnd::Home),
                "search" => Step::end(GuidingEnd::Search),
                "events" => Step::to(Self::default()),
                _ => Step::ignored(self),
            },
            (_, On::Event(_) | On::News) => Step::ignored(self),
        }
    }

    fn choosing(self, on: On<'_>, facts: &Facts<'_>) -> Step<Self, GuidingEnd> {
        match on {
            On::Event(Event::Open { key, card }) if key == "events" => {
                match facts.content.pack.life_event(card) {
                    Some(event) => Step::to(Self::begin(event)),
                    None => Step::ignored(self),
                }
            }
            On::Event(Event::Back) => Step::end(GuidingEnd::Home),
            On::Event(Event::Act { action }) if action == "home" => Step::end(GuidingEnd::Home),
            On::Event(Event::Act { action }) if action == "search" => Step::end(GuidingEnd::Search),
            // A newer content pack may have dropped it.
            On::News if self.event.is_some() => Step::to(Self::default()),
            On::Event(_) | On::News => Step::ignored(self),
        }
    }

    fn answered(mut self, chosen: String, edit: u64) -> Step<Self, GuidingEnd> {
        if let Some(question) = &self.question {
            self.answers.insert(question.clone(), chosen);
        }
        Step::to(Self {
            edit,
            pressed: false,
            ..self
        })
    }

    fn at(self, question: Option<String>) -> Self {
        Self {
            question,
            edit: 0,
            pressed: false,
            ..self
        }
    }

    fn event<'f>(&self, facts: &'f Facts<'_>) -> Option<&'f LifeEvent> {
        facts.content.pack.life_event(self.event.as_deref()?)
    }

    fn asked<'e>(&self, event: &'e LifeEvent) -> Option<&'e Field> {
        event.questions.field(self.question.as_deref()?)
    }

    fn answers(&self) -> Answers {
        let mut answers = Answers::default();
        for (question, chosen) in &self.answers {
            answers.set(question, Value::Text(chosen.clone()));
        }
        answers
    }

    fn next_from(&self, event: &LifeEvent, at: usize) -> Option<String> {
        let asked = event.questions(&self.answers());
        asked.get(at).map(|question| question.id.clone())
    }

    fn after(&self, event: &LifeEvent, question: &str) -> Option<String> {
        let asked = event.questions(&self.answers());
        let at = asked.iter().position(|asked| asked.id == question)?;
        asked.get(at + 1).map(|question| question.id.clone())
    }

    /// The question before the one on display, or the last one where the end is on display.
    fn before(&self, event: &LifeEvent) -> Option<String> {
        let asked = event.questions(&self.answers());
        let at = match &self.question {
            Some(question) => asked.iter().position(|asked| asked.id == *question)?,
            None => asked.len(),
        };
        let before = asked.get(at.checked_sub(1)?)?;
        Some(before.id.clone())
    }

    pub fn view(&self, facts: &Facts<'_>) -> Screen {
        let Some(event) = self.event(facts) else {
            return list(facts);
        };
        match self.asked(event) {
            Some(question) => self.question_screen(event, question, facts),
            None => self.end_screen(event, facts),
        }
    }

    fn question_screen(&self, event: &LifeEvent, question: &Field, facts: &Facts<'_>) -> Screen {
        let say = facts.say;
        let id = format!("event/{}/{}", event.id, question.id);
        let mut page = Page::new(say, id, say.local(&event.title));
        page.back(true);
        let asked = event.questions(&self.answers());
        let at = asked.iter().position(|asked| asked.id == question.id);
        page.progress(at.unwrap_or_default() + 1, asked.len() + 1);
        let options = match &question.kind {
            FieldKind::Choice { options } => options.as_slice(),
            _ => &[],
        };
        let chosen = self.answers.get(&question.id);
        page.push(
            question.id.clone(),
            BlockKind::Choice(Choice {
                label: say.local(&question.label),
                options: options
                    .iter()
                    .map(|option| ChoiceItem {
                        id: option.id.clone(),
                        label: say.local(&option.label),
                        chosen: chosen == Some(&option.id),
                    })
                    .collect(),
                hint: question.hint.as_ref().map(|hint| say.local(hint)),
                source: None,
                error: self.pressed.then(|| say.plain("form-not-chosen")),
                required: true,
                edit: self.edit,
            }),
        );
        page.focus(question.id.clone());
        page.action("next", "common-next");
        page.action("home", "common-home");
        page.done()
    }

    fn end_screen(&self, event: &LifeEvent, facts: &Facts<'_>) -> Screen {
        let say = facts.say;
        let mut page = Page::new(
            say,
            format!("event/{}/end", event.id),
            say.local(&event.title),
        );
        page.back(true);
        let endings = event.endings(&self.answers());
        let card = |ending: &&Ending| {
            let found = facts.procedure(ending.procedure.as_deref()?)?;
            Some(Card {
                id: found.code.clone(),
                title: say.local(&found.title),
                detail: Some(say.local(&ending.text)),
                picture: Some(found.picture),
            })
        };
        let cards: Vec<Card> = endings.iter().filter_map(card).collect();
        let count = i64::try_from(cards.len()).unwrap_or(i64::MAX);
        page.paragraph(
            "count",
            say.text("events-count", &[("count", count.into())]),
        );
        if !cards.is_empty() {
            page.cards("procedures", cards);
        }
        let advice = endings
            .iter()
            .filter(|ending| ending.procedure.is_none())
            .enumerate();
        for (at, ending) in advice {
            page.notice(format!("advice/{at}"), Tone::Info, say.local(&ending.text));
        }
        page.action("search", "events-search");
        page.action("events", "events-again");
        page.action("home", "common-home");
        page.done()
    }
}

fn list(facts: &Facts<'_>) -> Screen {
    let say = facts.say;
    let mut page = Page::new(say, "events", say.plain("events-title"));
    page.back(true);
    page.paragraph("hint", say.plain("events-hint"));
    let cards = facts.content.pack.life_events.iter().map(|event| Card {
        id: event.id.clone(),
        title: say.local(&event.title),
        detail: Some(say.local(&event.summary)),
        picture: Some(event.picture),
    });
    page.cards("events", cards.collect());
    page.action("search", "events-search");
    page.action("home", "common-home");
    page.done()
}

fn offers(question: &Field, chosen: &str) -> bool {
    match &question.kind {
        FieldKind::Choice { options } => options.iter().any(|option| option.id == chosen),
        _ => false,
    }
}
