//! What would leave somebody out, found before a shell is.

use std::collections::{BTreeMap, BTreeSet};

use accesskit::{Action, Node, NodeId, Role};

use super::{ROOT, TITLE, node_id, words::Words};
use crate::screen::{Action as ScreenAction, BlockKind, Key, Screen};
use gandan_domain::text::Text;

/// A breach of I5. Names nodes by path, never by what they say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Fault {
    #[error("{0} has no name")]
    NoName(String),
    #[error("{0} has no role")]
    NoRole(String),
    #[error("{0} has no state")]
    NoState(String),
    #[error("{0} has no language")]
    NoLanguage(String),
    #[error("{0} is the key of two things")]
    DuplicateKey(String),
    #[error("the focus belongs to {0}, which is not there")]
    FocusMissing(String),
    #[error("the focus belongs to {0}, which cannot take it")]
    FocusUnreachable(String),
    #[error("{path} says the role word {word:?}, which the platform says already")]
    RoleWord { path: String, word: String },
    #[error("{0} is a control that is called other than it looks")]
    SpokenReplaces(String),
    #[error("{0} has an error that its description does not tell")]
    ErrorNotDescribed(String),
    #[error("{0} skips a heading level")]
    HeadingSkipped(String),
    #[error("{0} can be reached but does nothing")]
    NoAction(String),
    #[error("{0} is not part of the tree")]
    Detached(String),
}

/// Everything wrong with a screen; empty when nothing is.
pub fn lint(screen: &Screen) -> Vec<Fault> {
    let mut faults = BTreeSet::new();
    keys(screen, &mut faults);
    labels(screen, &mut faults);
    headings(screen, &mut faults);
    nodes(screen, &mut faults);
    faults.into_iter().collect()
}

fn keys(screen: &Screen, faults: &mut BTreeSet<Fault>) {
    let mut seen: BTreeSet<&str> = BTreeSet::from([TITLE, "progress"]);
    for block in &screen.blocks {
        if block.key.is_empty() || !seen.insert(&block.key) {
            faults.insert(Fault::DuplicateKey(block.key.clone()));
        }
    }
    let mut actions = BTreeSet::new();
    for action in actions_of(screen) {
        if !actions.insert(action.id.as_str()) {
            faults.insert(Fault::DuplicateKey(format!("action/{}", action.id)));
        }
    }
}

fn actions_of(screen: &Screen) -> impl Iterator<Item = &ScreenAction> {
    let changes = screen.blocks.iter().flat_map(|block| match &block.kind {
        BlockKind::Summary { rows } => rows.as_slice(),
        _ => &[],
    });
    screen
        .actions
        .iter()
        .chain(changes.filter_map(|row| row.change.as_ref()))
}

/// The names of controls as `(path, name)`.
fn controls(screen: &Screen) -> Vec<(Key, &Text)> {
    let mut out: Vec<(Key, &Text)> = actions_of(screen)
        .map(|action| (format!("action/{}", action.id), &action.label))
        .collect();
    for block in &screen.blocks {
        let key = block.key.clone();
        match &block.kind {
            BlockKind::TextField(field) | BlockKind::DateField(field) => {
                out.push((key, &field.label));
            }
            BlockKind::Choice(choice) | BlockKind::MultiChoice(choice) => {
                out.push((key.clone(), &choice.label));
                for option in &choice.options {
                    out.push((format!("{key}/{}", option.id), &option.label));
                }
            }
            BlockKind::File(field) => out.push((key, &field.label)),
            BlockKind::Cards { items } => {
                for card in items {
                    out.push((format!("{key}/{}", card.id), &card.title));
                }
            }
            BlockKind::Clip { label, .. } => out.push((key, label)),
            BlockKind::Heading { .. }
            | BlockKind::Paragraph { .. }
            | BlockKind::Notice { .. }
            | BlockKind::Summary { .. }
            | BlockKind::Steps { .. }
            | BlockKind::Code { .. }
            | BlockKind::Busy { .. }
            | BlockKind::Divider => {}
        }
    }
    out
}

fn labels(screen: &Screen, faults: &mut BTreeSet<Fault>) {
    for (path, label) in controls(screen) {
        if label.heard() != label.shown() {
            faults.insert(Fault::SpokenReplaces(path.clone()));
        }
        let said = format!(" {} ", label.shown().to_lowercase());
        for word in Words::ROLE_WORDS {
            if said.contains(&format!(" {word} ")) {
                faults.insert(Fault::RoleWord {
                    path: path.clone(),
                    word: word.into(),
                });
            }
        }
    }
}

fn headings(screen: &Screen, faults: &mut BTreeSet<Fault>) {
    let mut above = 1;
    for block in &screen.blocks {
        if let BlockKind::Heading { level, .. } = block.kind {
            if !(2..=4).contains(&level) || level > above + 1 {
                faults.insert(Fault::HeadingSkipped(block.key.clone()));
            }
            above = level;
        }
    }
}

fn nodes(screen: &Screen, faults: &mut BTreeSet<Fault>) {
    let tree = screen.accessibility_tree();
    let mut known: BTreeMap<NodeId, &Node> = BTreeMap::new();
    for (id, node) in &tree.nodes {
        if known.insert(*id, node).is_some() {
            faults.insert(Fault::DuplicateKey(path(node)));
        }
    }
    let children: BTreeSet<NodeId> = tree
        .nodes
        .iter()
        .flat_map(|(_, node)| node.children().iter().copied())
        .collect();
    for (id, node) in &tree.nodes {
        if *id != ROOT && !children.contains(id) {
            faults.insert(Fault::Detached(path(node)));
        }
        node_faults(node, &known, faults);
    }
    let focus = screen.focus.as_deref().unwrap_or(TITLE);
    match known.get(&node_id(focus)) {
        None => {
            faults.insert(Fault::FocusMissing(focus.into()));
        }
        Some(node) if node.is_hidden() || !node.supports_action(Action::Focus) => {
            faults.insert(Fault::FocusUnreachable(focus.into()));
        }
        Some(_) => {}
    }
}

fn node_faults(node: &Node, known: &BTreeMap<NodeId, &Node>, faults: &mut BTreeSet<Fault>) {
    if node.is_hidden() && node.role() == Role::Splitter {
        return;
    }
    if node.role() == Role::Unknown {
        faults.insert(Fault::NoRole(path(node)));
    }
    // A list item that only holds its control is named by it.
    let holder = matches!(
        node.role(),
        Role::List | Role::DescriptionList | Role::TextRun
    ) || (node.role() == Role::ListItem && node.label().is_none());
    if holder {
        return;
    }
    if node.label().is_none_or(|label| label.trim().is_empty()) {
        faults.insert(Fault::NoName(path(node)));
    }
    if node.language().is_none_or(str::is_empty) {
        faults.insert(Fault::NoLanguage(path(node)));
    }
    let has_state = match node.role() {
        Role::RadioButton | Role::CheckBox => node.toggled().is_some(),
        Role::TextInput | Role::SearchInput | Role::DateInput | Role::PhoneNumberInput => {
            node.value().is_some()
        }
        Role::ListItem => node.state_description().is_some(),
        _ => true,
    };
    if !has_state {
        faults.insert(Fault::NoState(path(node)));
    }
    let acts = match node.role() {
        Role::Button | Role::RadioButton | Role::CheckBox | Role::Video | Role::Audio => {
            node.is_disabled() || node.supports_action(Action::Click)
        }
        Role::TextInput | Role::SearchInput | Role::DateInput | Role::PhoneNumberInput => {
            node.is_read_only() || node.supports_action(Action::SetValue)
        }
        _ => true,
    };
    if !acts {
        faults.insert(Fault::NoAction(path(node)));
    }
    if node.invalid().is_some() {
        let told = node
            .error_message()
            .and_then(|id| known.get(&id))
            .and_then(|error| error.value())
            .is_some_and(|error| {
                node.description()
                    .is_some_and(|description| description.contains(error))
            });
        if !told {
            faults.insert(Fault::ErrorNotDescribed(path(node)));
        }
    }
}

fn path(node: &Node) -> String {
    node.author_id().unwrap_or("?").into()
}

#[cfg(test)]
mod tests {
    use gandan_domain::text::Lang;

    use super::*;
    use crate::screen::{Block, Choice, Input, TextField};

    fn screen(blocks: Vec<Block>) -> Screen {
        Screen {
            id: "home".into(),
            title: Text::vi("Trang chính"),
            blocks,
            actions: Vec::new(),
            focus: None,
            back: false,
            progress: None,
            lang: Lang::vi(),
        }
    }

    fn field(label: Text) -> BlockKind {
        BlockKind::TextField(TextField {
            label,
            value: String::new().into(),
            lang: Lang::vi(),
            hint: None,
            source: None,
            error: Some(Text::vi("Chưa nhập.")),
            required: true,
            read_only: false,
            edit: 0,
            input: Input::Text,
        })
    }

    fn block(key: &str, kind: BlockKind) -> Block {
        Block {
            key: key.into(),
            kind,
        }
    }

    #[test]
    fn a_screen_that_is_in_order_has_no_faults() {
        let screen = screen(vec![block("a", field(Text::vi("Họ và tên")))]);
        assert_eq!(lint(&screen), []);
    }

    #[test]
    fn each_fault_is_found() {
        let label = Text::vi("x");
        let cases: Vec<(Screen, Fault)> = vec![
            (
                screen(vec![block("a", field(Text::default()))]),
                Fault::NoName("a".into()),
            ),
            (
                screen(vec![
                    block("a", BlockKind::Divider),
                    block("a", BlockKind::Divider),
                ]),
                Fault::DuplicateKey("a".into()),
            ),
            (
                screen(vec![block("a", field(Text::vi("Ô nhập họ tên")))]),
                Fault::RoleWord {
                    path: "a".into(),
                    word: "ô nhập".into(),
                },
            ),
            (
                screen(vec![block(
                    "a",
                    field(Text::spoken("CCCD", "căn cước", Lang::vi())),
                )]),
                Fault::SpokenReplaces("a".into()),
            ),
            (
                screen(vec![block(
                    "a",
                    BlockKind::Heading {
                        level: 3,
                        text: label.clone(),
                    },
                )]),
                Fault::HeadingSkipped("a".into()),
            ),
            (
                Screen {
                    focus: Some("gone".into()),
                    ..screen(Vec::new())
                },
                Fault::FocusMissing("gone".into()),
            ),
            (
                Screen {
                    focus: Some("a".into()),
                    ..screen(vec![block("a", BlockKind::Divider)])
                },
                Fault::FocusUnreachable("a".into()),
            ),
            (
                screen(vec![block(
                    "a",
                    BlockKind::Choice(Choice {
                        label: Text::new("x", Lang::from("")),
                        options: Vec::new(),
                        hint: None,
                        source: None,
                        error: None,
                        required: false,
                        edit: 0,
                    }),
                )]),
                Fault::NoLanguage("a".into()),
            ),
        ];
        for (screen, fault) in cases {
            assert!(lint(&screen).contains(&fault), "{fault} is not found");
        }
    }
}
