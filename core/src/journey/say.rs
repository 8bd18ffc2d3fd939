//! Words for screens, and the page they are put on.

use std::cell::Cell;

use gandan_domain::{
    Problem,
    catalog::LocalText,
    place::{HelpLine, Office},
    text::{
        Lang, Text,
        messages::{Arg, Device, Messages, ReviewStatus},
    },
};

use crate::screen::{Action, Block, BlockKind, Card, Progress, Screen, Step, SummaryRow, Tone};

/// Messages in one language, with a note of whether any had to be said in Vietnamese instead.
pub struct Say {
    messages: Messages,
    /// Who helps where no office is known.
    help_line: Option<HelpLine>,
    missing: Cell<bool>,
}

impl Say {
    pub fn new(lang: &Lang, device: Device) -> Self {
        Self {
            messages: Messages::new(lang).on(device),
            help_line: None,
            missing: Cell::new(false),
        }
    }

    #[must_use]
    pub fn with_help(mut self, line: Option<&HelpLine>) -> Self {
        self.help_line = line.cloned();
        self
    }

    pub const fn lang(&self) -> &Lang {
        self.messages.lang()
    }

    pub fn text(&self, id: &str, args: &[(&str, Arg)]) -> Text {
        if self.messages.review(id) == ReviewStatus::Untranslated {
            self.missing.set(true);
        }
        self.messages.text(id, args)
    }

    pub fn plain(&self, id: &str) -> Text {
        self.text(id, &[])
    }

    pub fn in_language(&self, lang: &Lang, id: &str) -> Text {
        Messages::new(lang).plain(id)
    }

    /// Content in this language, else in Vietnamese.
    pub fn local(&self, text: &LocalText) -> Text {
        let primary = Lang::from(self.lang().as_str().split('-').next().unwrap_or_default());
        if !text.0.contains_key(&primary) {
            self.missing.set(true);
        }
        text.text(&primary)
    }

    /// The four sentences, one after the other.
    pub fn problem(&self, problem: &Problem, office: Option<&Office>) -> Text {
        if self
            .messages
            .review(&format!("problem-{}-happened", problem.slug()))
            == ReviewStatus::Untranslated
        {
            self.missing.set(true);
        }
        let line = self.help_line.as_ref();
        sentences(problem.sentences_or_line(&self.messages, office, line))
    }
}

/// Joins sentences with a space, each keeping its languages.
pub fn sentences(parts: impl IntoIterator<Item = Text>) -> Text {
    let mut out = Text::default();
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        if let Some(last) = out.runs.last().filter(|last| last.spoken.is_none()) {
            let space = Text::new(" ", last.lang.clone());
            out = out.then(space);
        } else if !out.is_empty() {
            let space = Text::new(
                " ",
                part.runs
                    .first()
                    .map_or_else(Lang::vi, |run| run.lang.clone()),
            );
            out = out.then(space);
        }
        out = out.then(part);
    }
    out
}

/// A screen being written, top to bottom.
pub struct Page<'a> {
    say: &'a Say,
    screen: Screen,
    caveat: bool,
}

impl<'a> Page<'a> {
    pub fn new(say: &'a Say, id: impl Into<String>, title: Text) -> Self {
        Self {
            say,
            screen: Screen {
                id: id.into(),
                title,
                blocks: Vec::new(),
                actions: Vec::new(),
                focus: None,
                back: false,
                progress: None,
                lang: say.lang().clone(),
            },
            caveat: false,
        }
    }

    pub fn push(&mut self, key: impl Into<String>, kind: BlockKind) {
        self.screen.blocks.push(Block {
            key: key.into(),
            kind,
        });
    }

    pub fn heading(&mut self, key: impl Into<String>, level: u8, text: Text) {
        self.push(key, BlockKind::Heading { level, text });
    }

    pub fn paragraph(&mut self, key: impl Into<String>, text: Text) {
        self.push(key, BlockKind::Paragraph { text });
    }

    pub fn notice(&mut self, key: impl Into<String>, tone: Tone, text: Text) {
        self.push(key, BlockKind::Notice { tone, text });
    }

    pub fn cards(&mut self, key: impl Into<String>, items: Vec<Card>) {
        self.push(key, BlockKind::Cards { items });
    }

    pub fn summary(&mut self, key: impl Into<String>, rows: Vec<SummaryRow>) {
        self.push(key, BlockKind::Summary { rows });
    }

    pub fn steps(&mut self, key: impl Into<String>, steps: Vec<Step>) {
        self.push(key, BlockKind::Steps { steps });
    }

    pub fn action(&mut self, id: &str, label: &str) {
        self.push_action(Action {
            id: id.into(),
            label: self.say.plain(label),
            confirm: None,
            enabled: true,
        });
    }

    /// An action that asks again first.
    pub fn confirmed(&mut self, id: &str, label: &str, confirm: Text) {
        self.push_action(Action {
            id: id.into(),
            label: self.say.plain(label),
            confirm: Some(confirm),
            enabled: true,
        });
    }

    pub fn push_action(&mut self, action: Action) {
        self.screen.actions.push(action);
    }

    pub fn back(&mut self, back: bool) {
        self.screen.back = back;
    }

    pub fn progress(&mut self, at: usize, of: usize) {
        self.screen.progress = Some(Progress {
            at: u32::try_from(at).unwrap_or(u32::MAX),
            of: u32::try_from(of).unwrap_or(u32::MAX),
        });
    }

    pub fn focus(&mut self, key: impl Into<String>) {
        self.screen.focus = Some(key.into());
    }

    /// Also say how far this language's words have been reviewed. Once in a while is enough: on
    /// the first page and before signing.
    pub fn caveat(&mut self) {
        self.caveat = true;
    }

    /// The finished screen. What everybody must know, and nobody wants to hear first, comes last:
    /// that this is a trial. That some words are Vietnamese comes first, before the voice changes.
    pub fn done(mut self) -> Screen {
        let say = self.say;
        if self.caveat
            && !say.missing.get()
            && let Some(text) = say.messages.caveat()
        {
            self.notice("caveat", Tone::Info, text);
        }
        let mark = Text::vi("THỬ NGHIỆM");
        let demo = say.text("demo-notice", &[("mark", mark.into())]);
        self.notice("demo", Tone::Info, demo);
        if say.missing.take() {
            self.screen.blocks.insert(
                0,
                Block {
                    key: "untranslated".into(),
                    kind: BlockKind::Notice {
                        tone: Tone::Info,
                        text: say.messages.plain("common-not-translated"),
                    },
                },
            );
        }
        self.screen
    }
}

/// A row without anything to change.
pub fn row(name: Text, value: Text) -> SummaryRow {
    SummaryRow {
        name,
        value,
        change: None,
    }
}
