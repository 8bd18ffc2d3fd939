//! What is heard, line by line, from a tree.

use std::collections::BTreeMap;

use accesskit::{Node, NodeId, Role, Toggled, TreeUpdate};
use gandan_domain::text::Lang;

use super::{ROOT, TITLE, language, node_id, words::Words};
use crate::screen::{Block, BlockKind, Screen, ScreenChange, Tone, Update};

/// Reads a tree as a screen reader does when swiping from the first node to the last: one line a
/// stop, in the order name, role, state, value, description.
pub fn heard(tree: &TreeUpdate, lang: &Lang) -> String {
    let reader = Reader {
        nodes: tree.nodes.iter().map(|(id, node)| (*id, node)).collect(),
        words: Words::of(lang),
        lang,
    };
    let mut lines = Vec::new();
    reader.read(ROOT, &mut lines);
    lines.join("\n")
}

/// One node alone: what is heard when the focus lands on it.
pub(crate) fn heard_at(tree: &TreeUpdate, at: NodeId, lang: &Lang) -> Option<String> {
    let reader = Reader {
        nodes: tree.nodes.iter().map(|(id, node)| (*id, node)).collect(),
        words: Words::of(lang),
        lang,
    };
    reader.nodes.get(&at).and_then(|node| reader.line(node))
}

struct Reader<'a> {
    nodes: BTreeMap<NodeId, &'a Node>,
    words: Words,
    lang: &'a Lang,
}

/// Words and the language they are in.
type Said = (Lang, String);

impl Reader<'_> {
    fn read(&self, at: NodeId, lines: &mut Vec<String>) {
        let Some(node) = self.nodes.get(&at) else {
            return;
        };
        if node.is_hidden() || node.role() == Role::TextRun {
            return;
        }
        if at != ROOT {
            lines.extend(self.line(node));
        }
        for child in node.children() {
            self.read(*child, lines);
        }
    }

    fn line(&self, node: &Node) -> Option<String> {
        let mut said = self.name(node);
        let own = Lang::from(self.words.lang);
        let mut word = |text: &str| said.push((own.clone(), format!(", {text}")));
        if let Some(role) = self.words.role(node.role(), node.level()) {
            word(&role);
        }
        match node.role() {
            Role::List => word(&(self.words.list)(node.size_of_set().unwrap_or_default())),
            Role::ListItem | Role::RadioButton | Role::CheckBox if node.label().is_some() => {
                if let (Some(at), Some(of)) = (node.position_in_set(), node.size_of_set()) {
                    word(&(self.words.position)(at, of));
                }
            }
            _ => {}
        }
        match node.toggled() {
            Some(Toggled::True) => word(self.words.checked),
            Some(_) => word(self.words.unchecked),
            None => {}
        }
        if let Some(state) = node.state_description() {
            word(state);
        }
        for (holds, state) in [
            (node.is_required(), self.words.required),
            (node.invalid().is_some(), self.words.invalid),
            (node.is_read_only(), self.words.read_only),
            (node.is_disabled(), self.words.disabled),
            (node.has_popup().is_some(), self.words.opens_dialog),
        ] {
            if holds {
                word(state);
            }
        }
        if let (Role::ProgressIndicator, true, Some(done), Some(of)) = (
            node.role(),
            node.is_busy(),
            node.numeric_value(),
            node.max_numeric_value().filter(|of| *of > 0.0),
        ) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped to 0..=100 just before"
            )]
            let percent = (done / of * 100.0).clamp(0.0, 100.0) as u32;
            word(&(self.words.percent)(percent));
        }
        said.extend(self.value(node));
        for id in node.described_by() {
            if let Some(part) = self.nodes.get(id) {
                said.push((language(part, self.lang), ". ".into()));
                said.extend(self.name(part));
            }
        }
        let line = self.join(&said);
        (!line.is_empty()).then_some(line)
    }

    fn name(&self, node: &Node) -> Vec<Said> {
        let runs: Vec<Said> = node
            .children()
            .iter()
            .filter_map(|id| self.nodes.get(id))
            .filter(|child| {
                child.role() == Role::TextRun
                    && child.author_id().is_some_and(|path| path.contains("/run/"))
            })
            .map(|run| {
                (
                    language(run, self.lang),
                    run.value().unwrap_or_default().to_owned(),
                )
            })
            .collect();
        if !runs.is_empty() {
            return runs;
        }
        node.label()
            .map(|label| (language(node, self.lang), label.to_owned()))
            .into_iter()
            .collect()
    }

    fn value(&self, node: &Node) -> Vec<Said> {
        let own = Lang::from(self.words.lang);
        match (node.role(), node.value()) {
            (
                Role::TextInput | Role::SearchInput | Role::DateInput | Role::PhoneNumberInput,
                Some(""),
            ) => vec![(own, format!(", {}", self.words.empty))],
            (
                Role::TextInput | Role::SearchInput | Role::DateInput | Role::PhoneNumberInput,
                Some(value),
            ) => {
                let lang = node
                    .children()
                    .iter()
                    .filter_map(|id| self.nodes.get(id))
                    .find(|child| {
                        child
                            .author_id()
                            .is_some_and(|path| path.ends_with("/value"))
                    })
                    .map_or_else(|| self.lang.clone(), |run| language(run, self.lang));
                vec![(own, ", ".into()), (lang, value.to_owned())]
            }
            (Role::Code, Some(value)) => vec![(language(node, self.lang), format!(": {value}"))],
            _ => Vec::new(),
        }
    }

    /// Joins what is said, marking every change of voice. Punctuation has no voice of its own.
    fn join(&self, said: &[Said]) -> String {
        let mut line = String::new();
        let mut voice = self.lang.clone();
        for (lang, text) in said {
            let (mark, words) = text.split_at(
                text.find(|char: char| char.is_alphanumeric())
                    .unwrap_or(text.len()),
            );
            push_mark(&mut line, mark);
            if words.is_empty() {
                continue;
            }
            if *lang != voice {
                line.push_str(&format!("[{}] ", lang.as_str()));
                voice = lang.clone();
            }
            line.push_str(words);
        }
        line
    }
}

/// Joins two parts: nothing stands before the first, and no two marks stand together.
fn push_mark(line: &mut String, mark: &str) {
    if line.is_empty() {
        return;
    }
    if mark.starts_with([',', '.', ':']) && line.ends_with(['.', ':']) {
        line.pop();
    }
    line.push_str(mark);
}

impl Update {
    /// What a screen-reader user hears because of this update, given the screen it leads to: the
    /// new screen's title, then where the focus lands, or what a live region says, or the
    /// announcement.
    pub fn transcript(&self, shown: &Screen) -> String {
        let tree = shown.accessibility_tree();
        let mut lines = Vec::new();
        let mut hear = |path: &str| lines.extend(heard_at(&tree, node_id(path), &shown.lang));
        match &self.change {
            ScreenChange::Full { .. } if self.focus.is_none() => {
                hear(shown.focus.as_deref().unwrap_or(TITLE));
            }
            ScreenChange::Blocks { blocks, .. } => {
                for block in blocks.iter().filter(|block| block.is_live()) {
                    hear(&block.key);
                }
            }
            ScreenChange::Full { .. } | ScreenChange::Nothing => {}
        }
        if let Some(focus) = &self.focus {
            hear(focus);
        }
        if let Some(said) = &self.announce {
            lines.push(said.heard());
        }
        lines.join("\n")
    }
}

impl Block {
    /// Speaks up by itself when it changes.
    pub(crate) const fn is_live(&self) -> bool {
        matches!(
            self.kind,
            BlockKind::Busy { .. }
                | BlockKind::Notice {
                    tone: Tone::Success | Tone::Warning | Tone::Problem,
                    ..
                }
        )
    }
}
