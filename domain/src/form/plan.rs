//! A form made ready to run: who depends on whom, in which order, and where every slot lies.
//!
//! A form is a tree: pages hold groups, groups hold fields and groups, and a group may repeat. The
//! plan cuts it into *frames*: one for all that is asked once, and one for the inside of each
//! repeating group. Answers live in *blocks*: one of the outermost frame, one per item of the
//! others. A slot of a program becomes (how deep its frame lies, its place in the block), so
//! that running one looks nothing up by name.
//!
//! The nodes of the graph are three per form element: whether a page or group is asked, what a
//! field's counting answer is, and what is wrong with it. An edge says which nodes to run again
//! when one has changed, and at which depth the two meet: a change in an item concerns that item's
//! inside, or, seen through `exists` or `sum`, something further out. The order is over the
//! template, not over items, so that it is known when the plan is made (Kahn's algorithm); what
//! waits in a circle, which [`Form::check`] refuses, is not in it, and stays hidden.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::OnceLock,
};

use super::{
    Field, Form, Group,
    glance::{Ask, Here, Look},
    program::{Code, Program},
};

/// A form's plan, made when it is first needed. A form is not changed after that: whoever builds
/// one does it before anybody asks.
#[derive(Default)]
pub struct Cached(OnceLock<Box<Plan>>);

impl Clone for Cached {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Cached {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Cached {}

impl std::fmt::Debug for Cached {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Cached")
    }
}

impl Cached {
    pub(super) fn of<'f>(&'f self, form: &Form) -> &'f Plan {
        self.0.get_or_init(|| Box::new(Plan::new(form)))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Node {
    /// Whether a page or group is asked, and how many items it has.
    Scope(usize),
    /// Whether a field is asked, and its counting answer.
    Field(usize),
    /// What is wrong with a field.
    Check(usize),
}

/// Where a slot lies, seen from a block at least as deep.
#[derive(Clone, Copy, Debug)]
pub(super) enum SlotRef {
    Field {
        depth: usize,
        local: usize,
    },
    List {
        depth: usize,
        child: usize,
    },
    /// Names nothing; [`Form::check`] refuses it.
    Nothing,
}

/// The slots of a program, and those of the programs it runs in items.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    pub slots: Vec<SlotRef>,
    pub inner: Vec<Self>,
}

/// What is run at once when everything is: see [`Plan::steps`].
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Node(Node),
    /// A field, and its check right after it.
    Answer(usize),
}

pub(super) struct Frame {
    pub parent: Option<usize>,
    pub depth: usize,
    pub fields: Vec<usize>,
    pub scopes: Vec<usize>,
    /// The frames of the repeating groups in it.
    pub children: Vec<usize>,
    /// The repeating group it is the inside of.
    pub scope: Option<usize>,
    pub min: usize,
    pub max: usize,
    /// Its place among the children of its parent.
    pub child: usize,
    /// Field ids with their place in the block, sorted by id.
    pub sorted: Vec<(String, usize)>,
    /// The places of fields that may be left out with a reason.
    pub or_why_not: Vec<usize>,
}

pub(super) struct ScopePlan {
    pub path: Path,
    pub id: String,
    pub frame: usize,
    /// The depth of the block that its state lies in.
    pub depth: usize,
    pub local: usize,
    /// The page or group around it, and whether that lies in the frame around.
    pub parent: Option<usize>,
    pub visible: Option<Table>,
    /// The frame of its items, if it repeats.
    pub repeats: Option<usize>,
}

pub(super) struct FieldPlan {
    pub path: Path,
    pub at: usize,
    pub id: String,
    pub frame: usize,
    pub local: usize,
    pub scope: usize,
    /// Its answer is the commune that receives the dossier.
    pub receives: bool,
    pub visible: Option<Table>,
    pub compute: Option<Table>,
    /// Indices into the form's rules.
    pub rules: Vec<(usize, Table)>,
}

/// What a field needs when it is run for the first time and its answer is plain: the little that
/// lies together, see [`super::glance`].
pub(super) struct Ready {
    pub local: usize,
    /// The place of the page or group around it, where that lies in the same block.
    pub around: Option<usize>,
    pub asked: Asked,
    pub computed: bool,
    pub look: Look,
    /// What is wrong where it is not answered, if that does not hang on a reason.
    pub missing: Option<Option<&'static str>>,
}

/// When a field is asked, once what is around it is.
pub(super) enum Asked {
    Always,
    When(Ask),
}

/// The page, then the groups, from outside.
#[derive(Clone, Debug)]
pub(super) struct Path {
    pub page: usize,
    pub groups: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    to: Node,
    /// The depth of the block where both meet.
    via: usize,
}

/// An edge, as it is followed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wire {
    /// Where in the order it leads to.
    pub rank: usize,
    /// The frame of what it leads to.
    pub frame: usize,
    /// The depth of the block where both meet.
    pub via: usize,
}

pub(super) struct Plan {
    pub frames: Vec<Frame>,
    pub scopes: Vec<ScopePlan>,
    pub fields: Vec<FieldPlan>,
    /// By the same number.
    pub ready: Vec<Ready>,
    /// Whether any program asks for the day of filing.
    pub today: bool,
    /// Every node after those it depends on, with its frame; without those in or behind a circle.
    pub order: Vec<(Node, usize)>,
    /// The same, in fewer steps.
    pub steps: Vec<(Step, usize)>,
    ranks: BTreeMap<Node, usize>,
    /// The ranks of [`Node::Check`], by field.
    checks: Vec<Option<usize>>,
    scope_edges: Vec<Vec<Wire>>,
    field_edges: Vec<Vec<Wire>>,
    /// Looked up, never gone through.
    pub by_id: HashMap<String, usize>,
    pub lists: HashMap<String, usize>,
}

impl Plan {
    fn new(form: &Form) -> Self {
        let mut plan = Self {
            frames: vec![Frame::new(None, 0, 0)],
            scopes: Vec::new(),
            fields: Vec::new(),
            ready: Vec::new(),
            today: false,
            order: Vec::new(),
            steps: Vec::new(),
            ranks: BTreeMap::new(),
            checks: Vec::new(),
            scope_edges: Vec::new(),
            field_edges: Vec::new(),
            by_id: HashMap::new(),
            lists: HashMap::new(),
        };
        for (page, of) in form.pages.iter().enumerate() {
            let path = Path {
                page,
                groups: Vec::new(),
            };
            let scope = plan.add_scope(path.clone(), &of.id, 0, None);
            plan.add_groups(&of.groups, &path, 0, scope, &form.commune_field);
        }
        for frame in 0..plan.frames.len() {
            let mut sorted: Vec<(String, usize)> = (plan.frames[frame].fields.iter().enumerate())
                .map(|(local, field)| (plan.fields[*field].id.clone(), local))
                .collect();
            sorted.sort();
            plan.frames[frame].sorted = sorted;
        }
        plan.wire(form);
        plan
    }

    fn add_scope(&mut self, path: Path, id: &str, frame: usize, parent: Option<usize>) -> usize {
        let at = self.scopes.len();
        let local = self.frames[frame].scopes.len();
        self.frames[frame].scopes.push(at);
        self.scopes.push(ScopePlan {
            path,
            id: id.to_owned(),
            frame,
            depth: self.frames[frame].depth,
            local,
            parent,
            visible: None,
            repeats: None,
        });
        at
    }

    fn add_groups(
        &mut self,
        groups: &[Group],
        around: &Path,
        frame: usize,
        parent: usize,
        commune_field: &str,
    ) {
        for (at, group) in groups.iter().enumerate() {
            let mut path = around.clone();
            path.groups.push(at);
            let scope = self.add_scope(path.clone(), &group.id, frame, Some(parent));
            let inside = match &group.repeat {
                None => frame,
                Some(repeat) => {
                    let inside = self.frames.len();
                    let depth = self.frames[frame].depth + 1;
                    let child = self.frames[frame].children.len();
                    self.frames.push(Frame {
                        scope: Some(scope),
                        min: usize::from(repeat.min),
                        max: usize::from(repeat.max),
                        ..Frame::new(Some(frame), depth, child)
                    });
                    self.frames[frame].children.push(inside);
                    self.scopes[scope].repeats = Some(inside);
                    self.lists.entry(group.id.clone()).or_insert(inside);
                    inside
                }
            };
            for (at, field) in group.fields.iter().enumerate() {
                let index = self.fields.len();
                let local = self.frames[inside].fields.len();
                self.frames[inside].fields.push(index);
                if field.or_why_not {
                    self.frames[inside].or_why_not.push(local);
                }
                self.by_id.entry(field.id.clone()).or_insert(index);
                let receives = field.id == commune_field;
                self.ready.push(Ready {
                    local,
                    around: (inside == frame).then_some(self.scopes[scope].local),
                    asked: Asked::Always,
                    computed: field.compute.is_some(),
                    look: match receives {
                        true => Look::Never,
                        false => Look::new(field),
                    },
                    missing: match field.missing() {
                        None if field.or_why_not => None,
                        missing => Some(missing),
                    },
                });
                self.fields.push(FieldPlan {
                    path: path.clone(),
                    at,
                    id: field.id.clone(),
                    frame: inside,
                    local,
                    scope,
                    receives,
                    visible: None,
                    compute: None,
                    rules: Vec::new(),
                });
            }
            self.add_groups(&group.groups, &path, inside, scope, commune_field);
        }
    }

    /// Resolves all slots and finds the order.
    fn wire(&mut self, form: &Form) {
        let mut edges: BTreeMap<Node, BTreeSet<Edge>> = BTreeMap::new();
        let mut add = |from: Node, to: Node, via: usize| {
            edges.entry(from).or_default().insert(Edge { to, via });
        };
        let mut nodes: Vec<Node> = Vec::new();
        for scope in 0..self.scopes.len() {
            let node = Node::Scope(scope);
            nodes.push(node);
            let (frame, parent) = (self.scopes[scope].frame, self.scopes[scope].parent);
            if let Some(parent) = parent {
                add(Node::Scope(parent), node, self.depth_of(parent));
            }
            if let Some(program) = form.scope_at(&self.scopes[scope].path) {
                self.today |= program.code().reads_today();
                let table = self.table(program.code(), frame, node, &mut add);
                self.scopes[scope].visible = Some(table);
            }
        }
        for field in 0..self.fields.len() {
            let node = Node::Field(field);
            nodes.push(node);
            let (frame, scope) = (self.fields[field].frame, self.fields[field].scope);
            add(Node::Scope(scope), node, self.depth_of(scope));
            let Some(of) = form.field_at(&self.fields[field]) else {
                continue;
            };
            if let Some(program) = &of.visible {
                self.today |= program.code().reads_today();
                let table = self.table(program.code(), frame, node, &mut add);
                self.ready[field].asked = Asked::When(self.ask(program, &table, frame));
                self.fields[field].visible = Some(table);
            }
            if let Some(computation) = &of.compute {
                self.today |= computation.code().reads_today();
                let table = self.table(computation.code(), frame, node, &mut add);
                self.fields[field].compute = Some(table);
            }
            let check = Node::Check(field);
            add(node, check, self.frames[frame].depth);
            for (at, rule) in form.rules.iter().enumerate() {
                if rule.field == self.fields[field].id {
                    self.today |= rule.holds.code().reads_today();
                    let table = self.table(rule.holds.code(), frame, check, &mut add);
                    self.fields[field].rules.push((at, table));
                }
            }
        }
        // What is wrong with a field by itself is best asked right after its answer is there; a rule
        // waits for all answers.
        let (mut order, mut last) = (Vec::new(), BTreeSet::new());
        for node in in_order(&nodes, &edges) {
            order.push(node);
            if let Node::Field(field) = node {
                match self.fields[field].rules.is_empty() {
                    true => order.push(Node::Check(field)),
                    false => _ = last.insert(field),
                }
            }
        }
        order.extend(last.into_iter().map(Node::Check));
        self.ranks = (order.iter().enumerate())
            .map(|(rank, node)| (*node, rank))
            .collect();
        self.order = (order.into_iter())
            .map(|node| (node, self.frame_of(node)))
            .collect();
        self.steps = self.in_steps();
        self.checks = (0..self.fields.len())
            .map(|field| self.ranks.get(&Node::Check(field)).copied())
            .collect();
        let mut of = |node: Node| -> Vec<Wire> {
            let all = edges.remove(&node).unwrap_or_default().into_iter();
            all.filter_map(|Edge { to, via }| {
                Some(Wire {
                    rank: *self.ranks.get(&to)?,
                    frame: self.frame_of(to),
                    via,
                })
            })
            .collect()
        };
        let of_scopes: Vec<_> = (0..self.scopes.len())
            .map(|at| of(Node::Scope(at)))
            .collect();
        let of_fields: Vec<_> = (0..self.fields.len())
            .map(|at| of(Node::Field(at)))
            .collect();
        (self.scope_edges, self.field_edges) = (of_scopes, of_fields);
    }

    fn in_steps(&self) -> Vec<(Step, usize)> {
        let mut steps: Vec<(Step, usize)> = Vec::with_capacity(self.order.len());
        for (node, frame) in &self.order {
            if let (Node::Check(field), Some((last, _))) = (node, steps.last_mut())
                && matches!(last, Step::Node(Node::Field(of)) if of == field)
            {
                *last = Step::Answer(*field);
                continue;
            }
            steps.push((Step::Node(*node), *frame));
        }
        steps
    }

    /// What marks say of a program that stands in `frame`.
    fn ask(&self, program: &Program, table: &Table, frame: usize) -> Ask {
        let (own, depth) = (&self.frames[frame].fields, self.frames[frame].depth);
        let here = |slot| match slot {
            SlotRef::Field { depth: at, local } if at == depth => Some(Here {
                local,
                look: &self.ready[own[local]].look,
            }),
            _ => None,
        };
        Ask::new(program.test(), &table.slots, &here)
    }

    fn depth_of(&self, scope: usize) -> usize {
        self.scopes[scope].depth
    }

    /// Resolves the slots of a program that stands in `frame`, and adds the edges to `node`.
    fn table(
        &self,
        code: &Code,
        frame: usize,
        node: Node,
        add: &mut impl FnMut(Node, Node, usize),
    ) -> Table {
        self.table_via(code, frame, None, node, add)
    }

    fn table_via(
        &self,
        code: &Code,
        frame: usize,
        via: Option<usize>,
        node: Node,
        add: &mut impl FnMut(Node, Node, usize),
    ) -> Table {
        let mut slots = Vec::with_capacity(code.slots().len());
        for slot in code.slots() {
            let found = self.find(slot, frame);
            match found {
                SlotRef::Field { depth, local } => {
                    if let Some(field) = self
                        .ancestor(frame, depth)
                        .map(|at| self.frames[at].fields[local])
                    {
                        let meets = via.map_or(depth, |via| via.min(depth));
                        add(Node::Field(field), node, meets);
                    }
                }
                SlotRef::List { depth, child } => {
                    let list = self
                        .ancestor(frame, depth)
                        .map(|at| self.frames[at].children[child]);
                    if let Some(scope) = list.and_then(|list| self.frames[list].scope) {
                        let meets = via.map_or(depth, |via| via.min(depth));
                        add(Node::Scope(scope), node, meets);
                    }
                }
                SlotRef::Nothing => {}
            }
            slots.push(found);
        }
        let inner = (code.in_items().into_iter())
            .map(|(slot, inner)| match slots.get(usize::from(slot)) {
                Some(SlotRef::List { depth, child }) => {
                    let around = self.ancestor(frame, *depth);
                    let list = around.map_or(0, |at| self.frames[at].children[*child]);
                    let meets = via.map_or(*depth, |via| via.min(*depth));
                    self.table_via(inner, list, Some(meets), node, add)
                }
                _ => Table::default(),
            })
            .collect();
        Table { slots, inner }
    }

    /// A name as seen from a frame: only what lies in it or around it is one thing.
    fn find(&self, name: &str, from: usize) -> SlotRef {
        if let Some(field) = self.by_id.get(name) {
            let field = &self.fields[*field];
            let depth = self.frames[field.frame].depth;
            if self.ancestor(from, depth) == Some(field.frame) {
                let local = field.local;
                return SlotRef::Field { depth, local };
            }
        }
        if let Some(list) = self.lists.get(name) {
            let list = &self.frames[*list];
            let parent = list.parent.unwrap_or_default();
            let depth = self.frames[parent].depth;
            if self.ancestor(from, depth) == Some(parent) {
                let child = list.child;
                return SlotRef::List { depth, child };
            }
        }
        SlotRef::Nothing
    }

    /// The frame at a depth on the way from a frame outwards.
    pub fn ancestor(&self, frame: usize, depth: usize) -> Option<usize> {
        let mut at = frame;
        while self.frames[at].depth > depth {
            at = self.frames[at].parent?;
        }
        (self.frames[at].depth == depth).then_some(at)
    }

    pub fn rank(&self, node: Node) -> Option<usize> {
        match node {
            Node::Check(field) => self.checks.get(field).copied().flatten(),
            _ => self.ranks.get(&node).copied(),
        }
    }

    pub fn edges(&self, node: Node) -> &[Wire] {
        match node {
            Node::Scope(at) => self.scope_edges.get(at),
            Node::Field(at) => self.field_edges.get(at),
            Node::Check(_) => None,
        }
        .map(Vec::as_slice)
        .unwrap_or_default()
    }

    pub fn frame_of(&self, node: Node) -> usize {
        match node {
            Node::Scope(at) => self.scopes[at].frame,
            Node::Field(at) | Node::Check(at) => self.fields[at].frame,
        }
    }
}

impl Frame {
    fn new(parent: Option<usize>, depth: usize, child: usize) -> Self {
        Self {
            parent,
            depth,
            fields: Vec::new(),
            scopes: Vec::new(),
            children: Vec::new(),
            scope: None,
            min: 0,
            max: 0,
            child,
            sorted: Vec::new(),
            or_why_not: Vec::new(),
        }
    }
}

/// Kahn's algorithm; among those that are ready, the first on the screen is first.
fn in_order(nodes: &[Node], edges: &BTreeMap<Node, BTreeSet<Edge>>) -> Vec<Node> {
    let mut waits: BTreeMap<Node, BTreeSet<Node>> =
        nodes.iter().map(|node| (*node, BTreeSet::new())).collect();
    for (from, to) in edges {
        for edge in to {
            if let Some(waits) = waits.get_mut(&edge.to) {
                waits.insert(*from);
            }
        }
    }
    let mut ready: BTreeSet<Node> = (waits.iter())
        .filter(|(_, waits)| waits.is_empty())
        .map(|(node, _)| *node)
        .collect();
    let mut order = Vec::with_capacity(nodes.len());
    while let Some(node) = ready.pop_first() {
        order.push(node);
        for edge in edges.get(&node).into_iter().flatten() {
            if let Some(waits) = waits.get_mut(&edge.to)
                && waits.remove(&node)
                && waits.is_empty()
            {
                ready.insert(edge.to);
            }
        }
    }
    order
}

impl Form {
    pub(super) fn plan(&self) -> &Plan {
        self.plan.of(self)
    }

    pub(super) fn group_at(&self, path: &Path) -> Option<&Group> {
        let (first, rest) = path.groups.split_first()?;
        let mut group = self.pages.get(path.page)?.groups.get(*first)?;
        for at in rest {
            group = group.groups.get(*at)?;
        }
        Some(group)
    }

    pub(super) fn field_at(&self, plan: &FieldPlan) -> Option<&Field> {
        self.group_at(&plan.path)?.fields.get(plan.at)
    }

    /// The condition of a page or group.
    pub(super) fn scope_at(&self, path: &Path) -> Option<&Program> {
        if path.groups.is_empty() {
            return self.pages.get(path.page)?.visible.as_ref();
        }
        self.group_at(path)?.visible.as_ref()
    }
}
