//! What a screen is to someone who does not see it.
//!
//! [`Screen::accessibility_tree`] says once, in AccessKit's platform-neutral schema, what each
//! shell must expose through its own toolkit: a shell is tested against this tree, [`lint`] reads
//! it, and the transcript of what a screen-reader user hears is derived from it, so that the three
//! cannot drift apart.
//!
//! A text in one language is the name of its node. A text in several has a `TextRun` child per
//! language. Hints, sources and errors are hidden `Label` children that `described_by` (and
//! `error_message`) point at, and also stand joined in `description`, for platforms that take a
//! string only.
//!
//! What was rejected: snapshots of each toolkit's own tree as the only oracle (three of them,
//! none available while a screen is being written), and a transcript printed from the blocks (it
//! would prove that the printer knows the blocks, not that a screen reader gets them).

mod lint;
mod transcript;
mod words;

use accesskit::{
    Action as Do, AriaCurrent, HasPopup, Invalid, Live, Node, NodeId, Role, Toggled, TreeId,
    TreeInfo, TreeUpdate,
};
use gandan_domain::text::{Lang, Text};
pub use lint::{Fault, lint};
pub use transcript::heard;

use crate::screen::{
    Action, Block, BlockKind, Card, Choice, FileField, Input, Screen, Step, StepState, SummaryRow,
    TextField, Tone,
};
use words::Words;

/// The node of the window itself.
pub const ROOT: NodeId = NodeId(0);

/// The path of the screen's title among the nodes; a key no block may have.
pub const TITLE: &str = "title";

/// The node of a path such as `child.full_name`, `case/ordinary`, `action/next`: the same from
/// one screen to the next, so that focus survives an update. 64-bit FNV-1a; the linter finds
/// collisions.
pub fn node_id(path: &str) -> NodeId {
    NodeId(path.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    }))
}

impl Screen {
    /// The tree a shell must expose. Node ids are [`node_id`] of the block's key, followed by
    /// `/part` inside a block; actions are `action/<id>`.
    pub fn accessibility_tree(&self) -> TreeUpdate {
        let words = Words::of(&self.lang);
        let mut tree = Builder {
            nodes: Vec::new(),
            screen: self,
            words,
        };
        let mut children = vec![tree.title()];
        children.extend(tree.progress());
        for block in &self.blocks {
            children.extend(tree.block(block));
        }
        for action in &self.actions {
            children.push(tree.action(&format!("action/{}", action.id), action));
        }
        let mut root = Node::new(Role::Window);
        root.set_label(self.title.shown());
        root.set_language(self.lang.as_str());
        root.set_children(children);
        root.set_author_id(self.id.as_str());
        tree.nodes.insert(0, (ROOT, root));
        TreeUpdate {
            nodes: tree.nodes,
            tree: Some(TreeInfo::new(ROOT)),
            tree_id: TreeId::ROOT,
            focus: node_id(self.focus.as_deref().unwrap_or(TITLE)),
        }
    }

    /// What a screen-reader user hears when reading the screen from top to bottom, one line a
    /// stop. `[en]` marks where the voice changes language.
    pub fn transcript(&self) -> String {
        heard(&self.accessibility_tree(), &self.lang)
    }
}

struct Builder<'a> {
    nodes: Vec<(NodeId, Node)>,
    screen: &'a Screen,
    words: Words,
}

impl Builder<'_> {
    fn add(&mut self, path: &str, mut node: Node) -> NodeId {
        let id = node_id(path);
        node.set_author_id(path);
        self.nodes.push((id, node));
        id
    }

    /// Gives `node` its name and language. A control is called by its visible words (WCAG 2.5.3);
    /// what is only read gets the words made for the ear.
    fn name(&mut self, path: &str, node: &mut Node, text: &Text, control: bool) {
        let said = |run: &gandan_domain::text::Run| match &run.spoken {
            Some(spoken) if !control => spoken.clone(),
            _ => run.text.clone(),
        };
        node.set_label(text.runs.iter().map(said).collect::<String>());
        let first = text.runs.first().map(|run| &run.lang);
        let uniform = text.runs.iter().all(|run| Some(&run.lang) == first);
        let lang = first
            .filter(|_| uniform)
            .unwrap_or(&self.screen.lang)
            .clone();
        node.set_language(lang.as_str());
        if !uniform {
            for (at, run) in text.runs.iter().enumerate() {
                let mut part = Node::new(Role::TextRun);
                part.set_value(said(run));
                part.set_language(run.lang.as_str());
                let id = self.add(&format!("{path}/run/{at}"), part);
                node.push_child(id);
            }
        }
    }

    /// Ties descriptions to a control: hidden labels for those who can follow the reference, one
    /// string for those who cannot.
    fn describe(&mut self, path: &str, node: &mut Node, parts: &[(&str, Option<&Text>)]) {
        let mut joined: Vec<String> = Vec::new();
        for (part, text) in parts {
            let Some(text) = text.filter(|text| !text.is_empty()) else {
                continue;
            };
            let path = format!("{path}/{part}");
            let mut label = Node::new(Role::Label);
            self.name(&path, &mut label, text, false);
            label.set_value(text.heard());
            label.set_hidden();
            let id = self.add(&path, label);
            node.push_child(id);
            node.push_described_by(id);
            if *part == "error" {
                node.set_error_message(id);
                node.set_invalid(Invalid::True);
            }
            joined.push(text.heard());
        }
        if !joined.is_empty() {
            node.set_description(joined.join(" "));
        }
    }

    fn text(&mut self, path: &str, role: Role, text: &Text) -> NodeId {
        let mut node = Node::new(role);
        self.name(path, &mut node, text, false);
        self.add(path, node)
    }

    fn title(&mut self) -> NodeId {
        let mut node = Node::new(Role::Heading);
        node.set_level(1);
        node.add_action(Do::Focus);
        self.name(TITLE, &mut node, &self.screen.title, false);
        self.add(TITLE, node)
    }

    fn progress(&mut self) -> Option<NodeId> {
        let progress = self.screen.progress?;
        let mut node = Node::new(Role::ProgressIndicator);
        node.set_label((self.words.progress)(progress.at, progress.of));
        node.set_language(self.words.lang);
        node.set_numeric_value(f64::from(progress.at));
        node.set_min_numeric_value(1.0);
        node.set_max_numeric_value(f64::from(progress.of));
        Some(self.add("progress", node))
    }

    fn block(&mut self, block: &Block) -> Vec<NodeId> {
        let key = block.key.as_str();
        match &block.kind {
            BlockKind::Heading { level, text } => {
                let mut node = Node::new(Role::Heading);
                node.set_level(usize::from(*level));
                node.add_action(Do::Focus);
                self.name(key, &mut node, text, false);
                vec![self.add(key, node)]
            }
            BlockKind::Paragraph { text } => vec![self.text(key, Role::Paragraph, text)],
            BlockKind::Notice { tone, text } => vec![self.notice(key, *tone, text)],
            BlockKind::TextField(field) => vec![self.field(key, field, role_of(field.input))],
            BlockKind::DateField(field) => vec![self.field(key, field, Role::DateInput)],
            BlockKind::Choice(choice) => {
                vec![self.choice(key, choice, Role::RadioGroup, Role::RadioButton)]
            }
            BlockKind::MultiChoice(choice) => {
                vec![self.choice(key, choice, Role::Group, Role::CheckBox)]
            }
            BlockKind::File(field) => vec![self.file(key, field)],
            BlockKind::Cards { items } => vec![self.cards(key, items)],
            BlockKind::Summary { rows } => vec![self.summary(key, rows)],
            BlockKind::Steps { steps } => vec![self.steps(key, steps)],
            BlockKind::Code { label, code, .. } => {
                let mut node = Node::new(Role::Code);
                self.name(key, &mut node, label, false);
                node.set_value(code.heard());
                node.add_action(Do::Focus);
                vec![self.add(key, node)]
            }
            BlockKind::Clip {
                label, captions, ..
            } => {
                let mut node = Node::new(if captions.is_some() {
                    Role::Video
                } else {
                    Role::Audio
                });
                self.name(key, &mut node, label, true);
                node.add_action(Do::Click);
                node.add_action(Do::Focus);
                vec![self.add(key, node)]
            }
            BlockKind::Busy { text, done, of } => {
                let mut node = Node::new(Role::ProgressIndicator);
                self.name(key, &mut node, text, false);
                node.set_live(Live::Polite);
                node.set_busy();
                if let (Some(done), Some(of)) = (done, of) {
                    #[expect(
                        clippy::cast_precision_loss,
                        reason = "a progress bar of more than 2^53 bytes is not drawn"
                    )]
                    let (done, of) = (*done as f64, *of as f64);
                    node.set_numeric_value(done);
                    node.set_min_numeric_value(0.0);
                    node.set_max_numeric_value(of);
                }
                vec![self.add(key, node)]
            }
            BlockKind::Divider => {
                let mut node = Node::new(Role::Splitter);
                node.set_hidden();
                vec![self.add(key, node)]
            }
        }
    }

    fn notice(&mut self, key: &str, tone: Tone, text: &Text) -> NodeId {
        let (role, live) = match tone {
            Tone::Info => (Role::Note, Live::Off),
            Tone::Success | Tone::Warning => (Role::Status, Live::Polite),
            Tone::Problem => (Role::Alert, Live::Assertive),
        };
        let mut node = Node::new(role);
        self.name(key, &mut node, text, false);
        // What takes the focus is read because of that; a live region would say it twice (I5).
        let focused = self.screen.focus.as_deref() == Some(key);
        node.set_live(if focused { Live::Off } else { live });
        node.add_action(Do::Focus);
        self.add(key, node)
    }

    fn field(&mut self, key: &str, field: &TextField, role: Role) -> NodeId {
        let mut node = Node::new(role);
        self.name(key, &mut node, &field.label, true);
        let value = field.value.expose();
        node.set_value(value.as_str());
        if !value.is_empty() {
            let mut run = Node::new(Role::TextRun);
            run.set_value(value.as_str());
            run.set_language(field.lang.as_str());
            let id = self.add(&format!("{key}/value"), run);
            node.push_child(id);
        }
        self.describe(
            key,
            &mut node,
            &[
                ("error", field.error.as_ref()),
                ("hint", field.hint.as_ref()),
                ("source", field.source.as_ref()),
            ],
        );
        if field.required {
            node.set_required();
        }
        if field.read_only {
            node.set_read_only();
        } else {
            node.add_action(Do::SetValue);
        }
        node.add_action(Do::Focus);
        self.add(key, node)
    }

    fn choice(&mut self, key: &str, choice: &Choice, group: Role, item: Role) -> NodeId {
        let mut node = Node::new(group);
        self.name(key, &mut node, &choice.label, true);
        let size = choice.options.len();
        for (at, option) in choice.options.iter().enumerate() {
            let path = format!("{key}/{}", option.id);
            let mut button = Node::new(item);
            self.name(&path, &mut button, &option.label, true);
            button.set_toggled(if option.chosen {
                Toggled::True
            } else {
                Toggled::False
            });
            button.set_position_in_set(at + 1);
            button.set_size_of_set(size);
            button.add_action(Do::Click);
            button.add_action(Do::Focus);
            let id = self.add(&path, button);
            node.push_child(id);
        }
        self.describe(
            key,
            &mut node,
            &[
                ("error", choice.error.as_ref()),
                ("hint", choice.hint.as_ref()),
                ("source", choice.source.as_ref()),
            ],
        );
        if choice.required {
            node.set_required();
        }
        node.add_action(Do::Focus);
        self.add(key, node)
    }

    fn file(&mut self, key: &str, field: &FileField) -> NodeId {
        let mut node = Node::new(Role::Button);
        self.name(key, &mut node, &field.label, true);
        node.set_value(field.added.as_ref().map(Text::heard).unwrap_or_default());
        self.describe(
            key,
            &mut node,
            &[
                ("error", field.error.as_ref()),
                ("added", field.added.as_ref()),
                ("hint", field.hint.as_ref()),
            ],
        );
        if field.required {
            node.set_required();
        }
        node.add_action(Do::Click);
        node.add_action(Do::Focus);
        self.add(key, node)
    }

    fn cards(&mut self, key: &str, items: &[Card]) -> NodeId {
        let mut list = Node::new(Role::List);
        list.set_size_of_set(items.len());
        list.set_language(self.screen.lang.as_str());
        for (at, card) in items.iter().enumerate() {
            let path = format!("{key}/{}", card.id);
            let mut button = Node::new(Role::Button);
            self.name(&path, &mut button, &card.title, true);
            self.describe(&path, &mut button, &[("detail", card.detail.as_ref())]);
            button.add_action(Do::Click);
            button.add_action(Do::Focus);
            let button = self.add(&path, button);
            let mut item = Node::new(Role::ListItem);
            item.set_position_in_set(at + 1);
            item.set_size_of_set(items.len());
            item.set_children(vec![button]);
            let item = self.add(&format!("{path}/item"), item);
            list.push_child(item);
        }
        self.add(key, list)
    }

    fn summary(&mut self, key: &str, rows: &[SummaryRow]) -> NodeId {
        let mut list = Node::new(Role::DescriptionList);
        list.set_language(self.screen.lang.as_str());
        for (at, row) in rows.iter().enumerate() {
            let path = format!("{key}/{at}");
            let term = self.text(&format!("{path}/name"), Role::Term, &row.name);
            list.push_child(term);
            let value = self.text(&format!("{path}/value"), Role::Definition, &row.value);
            list.push_child(value);
            if let Some(change) = &row.change {
                let id = self.action(&format!("action/{}", change.id), change);
                list.push_child(id);
            }
        }
        self.add(key, list)
    }

    fn steps(&mut self, key: &str, steps: &[Step]) -> NodeId {
        let mut list = Node::new(Role::List);
        list.set_size_of_set(steps.len());
        list.set_language(self.screen.lang.as_str());
        for (at, step) in steps.iter().enumerate() {
            let path = format!("{key}/{at}");
            let mut item = Node::new(Role::ListItem);
            self.name(&path, &mut item, &step.text, false);
            self.describe(&path, &mut item, &[("detail", step.detail.as_ref())]);
            item.set_position_in_set(at + 1);
            item.set_size_of_set(steps.len());
            item.set_state_description(match step.state {
                StepState::Done => self.words.done,
                StepState::Current => self.words.current,
                StepState::Next => self.words.next,
            });
            if step.state == StepState::Current {
                item.set_aria_current(AriaCurrent::Step);
            }
            let id = self.add(&path, item);
            list.push_child(id);
        }
        self.add(key, list)
    }

    fn action(&mut self, path: &str, action: &Action) -> NodeId {
        let mut node = Node::new(Role::Button);
        self.name(path, &mut node, &action.label, true);
        if action.enabled {
            node.add_action(Do::Click);
        } else {
            node.set_disabled();
        }
        node.add_action(Do::Focus);
        if action.confirm.is_some() {
            node.set_has_popup(HasPopup::Dialog);
        }
        self.add(path, node)
    }
}

const fn role_of(input: Input) -> Role {
    match input {
        Input::Text | Input::PersonName | Input::Digits => Role::TextInput,
        Input::Phone => Role::PhoneNumberInput,
        Input::Search => Role::SearchInput,
        Input::Date => Role::DateInput,
    }
}

/// The language a node's own words are in.
fn language(node: &Node, otherwise: &Lang) -> Lang {
    node.language()
        .map_or_else(|| otherwise.clone(), Lang::from)
}
