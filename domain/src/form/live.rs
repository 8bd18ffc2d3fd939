//! A form while it is filled: what is asked, computed and wrong, kept up to date answer by answer.
//!
//! [`Live::new`] runs every node of the plan once, in order. [`Live::set`] stores one answer and
//! runs only the nodes that depend on what changed, in the same order, and stops where nothing
//! changes any more; [`Live::runs`] counts them, so that a test can hold it against the graph. An
//! item is a block of its own: what is typed into one runs nothing in the others.
//!
//! [`Live::new`] is quick where answers are plain, which most are: one look at each, see
//! [`super::glance`]. Both ways end in the same state; a test holds them against each other. What was rejected:
//! evaluating the whole form on every key, which a form with hundreds of questions in nested
//! groups would feel on an old phone.
//!
//! A [`Live`] borrows its form, and goes with it. Whoever comes back later holds a [`Kept`], which
//! borrows nothing, and goes on from there ([`Live::go_on`]) by what is answered differently now.
//! A reference from one field of a struct to another would do, too, and would need `unsafe`.

use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use jiff::civil::Date;

use super::{
    Answers, Field, Form, Places, Value,
    evaluate::{Item, Part, VisibleField, VisibleGroup, VisiblePage},
    glance::{self, same},
    plan::{Asked, Node, Plan, SlotRef, Step, Table},
    program::{Cell, Program, Reads},
    why_key,
};
use crate::{private::Private, problem::FieldProblem};

/// A form with its answers.
pub struct Live<'a, 'p> {
    form: &'a Form,
    plan: &'a Plan,
    places: &'p dyn Places,
    today: Date,
    /// `today` as programs read it; empty where none does.
    day: String,
    /// `today` as answers are held against it.
    mark: i64,
    blocks: Vec<Block<'p>>,
    /// The blocks of each frame but the outermost, in screen order.
    by_frame: Vec<Vec<usize>>,
    /// Answers in items that are not there.
    waiting: Answers,
    /// What is to be run, by rank and block. Empty between two answers.
    queue: BinaryHeap<Reverse<(usize, usize)>>,
    runs: usize,
}

/// A problem in the form's own words: whoever only asks whether there are any copies nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong<'f> {
    /// The key of the answer.
    pub field: Cow<'f, str>,
    /// The Fluent message that says what is wrong.
    pub message: &'f str,
}

struct Block<'p> {
    parent: usize,
    depth: usize,
    frame: usize,
    /// The items on the way from outside to this one.
    path: Vec<u32>,
    scopes: Vec<bool>,
    fields: Vec<Slot<'p>>,
    /// Why questions are left out, by their place in the block. Most forms have none.
    whys: BTreeMap<usize, String>,
    /// The items of each repeating group in it: ids with their blocks.
    children: Vec<Vec<(u32, usize)>>,
    /// Repeating groups with more items than they may have.
    too_many: Vec<bool>,
}

/// Small: a form has hundreds, and each evaluation makes them anew.
#[derive(Default)]
struct Slot<'p> {
    raw: Raw<'p>,
    visible: bool,
    counts: Counts,
    /// What [`super::glance`] notes of the answer that counts.
    mark: i64,
    wrong: Option<Message>,
}

/// The message that says what is wrong.
#[derive(Clone, Copy)]
enum Message {
    Own(&'static str),
    /// Of the form's rule of this number.
    Rule(usize),
}

/// What a form was told and what came of it, for later: see [`Live::go_on`]. It borrows nothing and
/// cannot be printed.
pub struct Kept {
    told: Answers,
    today: Date,
    blocks: Vec<Block<'static>>,
    by_frame: Vec<Vec<usize>>,
    waiting: Answers,
    runs: usize,
}

impl Kept {
    /// How many nodes have been run since the beginning.
    pub fn runs(&self) -> usize {
        self.runs
    }
}

/// An answer as it was given.
#[derive(Clone, Default)]
enum Raw<'p> {
    #[default]
    Nothing,
    Lent(&'p Value),
    Own(Box<Value>),
}

impl<'p> Raw<'p> {
    fn new(value: Option<Cow<'p, Value>>) -> Self {
        match value {
            None => Self::Nothing,
            Some(Cow::Borrowed(value)) => Self::Lent(value),
            Some(Cow::Owned(value)) => Self::Own(Box::new(value)),
        }
    }

    fn get(&self) -> Option<&Value> {
        match self {
            Self::Nothing => None,
            Self::Lent(value) => Some(value),
            Self::Own(value) => Some(value),
        }
    }
}

/// The answer that counts: tidy, and only while its field is visible.
#[derive(Default, PartialEq)]
enum Counts {
    #[default]
    Nothing,
    /// As it was given.
    Raw,
    Other(Box<Value>),
}

impl Counts {
    fn other(value: Value) -> Self {
        Self::Other(Box::new(value))
    }

    fn get<'s>(&'s self, raw: &'s Raw<'_>) -> Option<&'s Value> {
        match self {
            Self::Nothing => None,
            Self::Raw => raw.get(),
            Self::Other(value) => Some(value),
        }
    }
}

impl Block<'_> {
    fn into_owned(self) -> Block<'static> {
        let own = |slot: Slot<'_>| Slot {
            raw: match slot.raw {
                Raw::Nothing => Raw::Nothing,
                Raw::Lent(value) => Raw::Own(Box::new(value.clone())),
                Raw::Own(value) => Raw::Own(value),
            },
            visible: slot.visible,
            counts: slot.counts,
            mark: slot.mark,
            wrong: slot.wrong,
        };
        Block {
            parent: self.parent,
            depth: self.depth,
            frame: self.frame,
            path: self.path,
            scopes: self.scopes,
            fields: self.fields.into_iter().map(own).collect(),
            whys: self.whys,
            children: self.children,
            too_many: self.too_many,
        }
    }
}

impl Slot<'_> {
    fn counts(&self) -> Option<&Value> {
        self.counts.get(&self.raw)
    }
}

/// The key of a field or group in an item: its id, `#`, and the items' numbers from outside.
pub fn instance_key(id: &str, path: &[u32]) -> String {
    if path.is_empty() {
        return id.to_owned();
    }
    let path: Vec<String> = path.iter().map(u32::to_string).collect();
    format!("{id}#{}", path.join("."))
}

/// The id of a key, and its items' numbers. `None` if the part behind `#` is not numbers.
pub fn read_key(key: &str) -> Option<(&str, Vec<u32>)> {
    let Some((id, path)) = key.split_once('#') else {
        return Some((key, Vec::new()));
    };
    let path: Option<Vec<u32>> = path.split('.').map(|item| item.parse().ok()).collect();
    Some((id, path?))
}

impl<'a, 'p> Live<'a, 'p> {
    /// Evaluates everything. `today` is the day of filing in Vietnam.
    pub fn new(form: &'a Form, answers: &'p Answers, today: Date, places: &'p dyn Places) -> Self {
        let mut live = Self::empty(form, today, places);
        let mut get = |key: &str| answers.get(key).map(Cow::Borrowed);
        live.load(&mut get, Some(answers));
        live
    }

    fn empty(form: &'a Form, today: Date, places: &'p dyn Places) -> Self {
        let plan = form.plan();
        Self {
            form,
            plan,
            places,
            today,
            day: match plan.today {
                true => today.to_string(),
                false => String::new(),
            },
            mark: glance::day_mark(today),
            blocks: Vec::new(),
            by_frame: Vec::new(),
            waiting: Answers::default(),
            queue: BinaryHeap::new(),
            runs: 0,
        }
    }

    /// Goes on from what was kept of this very form, places included: runs what depends on answers
    /// that are different now. Evaluates everything where nothing was kept, or on another day.
    pub fn go_on(
        form: &'a Form,
        kept: Option<Kept>,
        answers: &'p Answers,
        today: Date,
        places: &'p dyn Places,
    ) -> Self {
        let Some(kept) = kept.filter(|kept| kept.today == today) else {
            let mut live = Self::new(form, answers, today, places);
            // Nobody tells these again when their item is brought back.
            let all = answers.0.iter();
            let waiting = all.filter(|(key, _)| live.is_waiting(key));
            live.waiting = Answers(waiting.map(|(key, of)| (key.clone(), of.clone())).collect());
            return live;
        };
        let mut live = Self {
            blocks: kept.blocks,
            by_frame: kept.by_frame,
            waiting: kept.waiting,
            runs: kept.runs,
            ..Self::empty(form, today, places)
        };
        for key in kept.told.0.keys() {
            if answers.get(key).is_none() {
                live.set(key, None);
            }
        }
        for (key, value) in &answers.0 {
            if kept.told.0.get(key) != Some(value) {
                live.set(key, Some(value.expose().clone()));
            }
        }
        live
    }

    /// What to go on from later. `answers`: all that it was told by now.
    pub fn keep(self, answers: &Answers) -> Kept {
        let blocks = self.blocks.into_iter().map(Block::into_owned);
        Kept {
            told: answers.clone(),
            today: self.today,
            blocks: blocks.collect(),
            by_frame: self.by_frame,
            waiting: self.waiting,
            runs: self.runs,
        }
    }

    /// How many nodes have been run since the beginning.
    pub fn runs(&self) -> usize {
        self.runs
    }

    /// `all`: the answers that `get` looks into, where they can be gone through in order.
    fn load(
        &mut self,
        get: &mut dyn FnMut(&str) -> Option<Cow<'p, Value>>,
        all: Option<&'p Answers>,
    ) {
        self.blocks.clear();
        self.by_frame = vec![Vec::new(); self.plan.frames.len() - 1];
        self.add_block(get, all, 0, 0, Vec::new());
        let plan = self.plan;
        for (step, frame) in &plan.steps {
            if *frame == 0 {
                self.step(*step, 0);
                continue;
            }
            for at in 0..self.by_frame[*frame - 1].len() {
                let block = self.by_frame[*frame - 1][at];
                self.step(*step, block);
            }
        }
    }

    #[inline]
    fn step(&mut self, step: Step, block: usize) {
        match step {
            Step::Answer(field) => self.run_answer(field, block),
            Step::Node(node) => _ = self.run(node, block),
        }
    }

    fn add_block(
        &mut self,
        get: &mut dyn FnMut(&str) -> Option<Cow<'p, Value>>,
        all: Option<&'p Answers>,
        frame: usize,
        parent: usize,
        path: Vec<u32>,
    ) -> usize {
        let of = &self.plan.frames[frame];
        let block = self.blocks.len();
        let mut fields: Vec<Slot<'p>> = Vec::new();
        fields.resize_with(of.fields.len(), Slot::default);
        match all.filter(|_| path.is_empty()) {
            // Both are sorted by id.
            Some(all) => {
                let mut given = all.0.iter();
                let mut next = given.next();
                for (id, local) in &of.sorted {
                    while let Some((key, value)) = next {
                        // Most of a form is answered, and nothing else.
                        if same(key, id) {
                            fields[*local].raw = Raw::Lent(value.expose());
                            next = given.next();
                            break;
                        }
                        if key > id {
                            break;
                        }
                        next = given.next();
                    }
                }
            }
            None => {
                for (field, slot) in of.fields.iter().zip(&mut fields) {
                    slot.raw = Raw::new(get(&instance_key(&self.plan.fields[*field].id, &path)));
                }
            }
        }
        let mut whys = BTreeMap::new();
        for local in &of.or_why_not {
            let id = &self.plan.fields[of.fields[*local]].id;
            if let Some(Value::Text(why)) = get(&why_key(&instance_key(id, &path))).as_deref() {
                whys.insert(*local, why.clone());
            }
        }
        self.blocks.push(Block {
            parent,
            depth: of.depth,
            frame,
            path: path.clone(),
            scopes: vec![false; of.scopes.len()],
            fields,
            whys,
            children: vec![Vec::new(); of.children.len()],
            too_many: vec![false; of.children.len()],
        });
        if let Some(frame) = frame.checked_sub(1) {
            self.by_frame[frame].push(block);
        }
        for child in &of.children {
            let inside = &self.plan.frames[*child];
            let list = inside
                .scope
                .map_or("", |scope| self.plan.scopes[scope].id.as_str());
            let listed = get(&instance_key(list, &path));
            let (items, too_many) = items(listed.as_deref(), inside.min, inside.max);
            self.blocks[block].too_many[inside.child] = too_many;
            for item in items {
                let mut inner = path.clone();
                inner.push(item);
                let at = self.add_block(get, all, *child, block, inner);
                self.blocks[block].children[inside.child].push((item, at));
            }
        }
        block
    }

    /// Stores an answer, or the list of a repeating group's items, or why a question is left out,
    /// and brings everything that depends on it up to date.
    pub fn set(&mut self, key: &str, value: Option<Value>) {
        let (of, why) = match key.strip_suffix("~why") {
            Some(of) => (of, true),
            None => (key, false),
        };
        let Some((id, path)) = read_key(of) else {
            return;
        };
        let Some(field) = self.plan.by_id.get(id).copied() else {
            if self.plan.lists.contains_key(id) && !why {
                self.set_list(key, value);
            }
            return;
        };
        let Some(block) = self.block(self.plan.fields[field].frame, &path) else {
            match value {
                Some(value) => self.waiting.set(key, value),
                None => {
                    self.waiting.0.remove(key);
                }
            }
            return;
        };
        // A circle has no rank: what waits in one is never asked.
        let rank = self.plan.rank(Node::Check(field));
        let local = self.plan.fields[field].local;
        let of = &mut self.blocks[block];
        if why {
            match value {
                Some(Value::Text(text)) => of.whys.insert(local, text),
                _ => of.whys.remove(&local),
            };
        } else if rank.is_none() {
            of.fields[local].raw = Raw::new(value.map(Cow::Owned));
        } else {
            let slot = &mut of.fields[local];
            let raw = std::mem::replace(&mut slot.raw, Raw::new(value.map(Cow::Owned)));
            let before = std::mem::take(&mut slot.counts);
            self.runs += 1;
            let was = slot.visible;
            self.run_field(field, block);
            let slot = &self.blocks[block].fields[local];
            if was != slot.visible || before.get(&raw) != slot.counts() {
                self.spread(Node::Field(field), block);
            }
        }
        // An answer that counts the same may still be wrong in itself, e.g. gone and not said why.
        if let Some(rank) = rank {
            self.queue.push(Reverse((rank, block)));
        }
        self.settle();
    }

    /// Items come and go rarely: start again with the new ones.
    fn set_list(&mut self, key: &str, value: Option<Value>) {
        let mut answers = self.raw();
        answers.0.extend(std::mem::take(&mut self.waiting).0);
        match value {
            Some(value) => answers.set(key, value),
            None => {
                answers.0.remove(key);
            }
        }
        let mut get = |key: &str| answers.get(key).map(|value| Cow::Owned(value.clone()));
        self.load(&mut get, None);
        // What removed items were told waits for them to come back.
        answers.0.retain(|key, _| self.is_waiting(key));
        self.waiting = answers;
    }

    /// Whether a key belongs to an item that is not there.
    fn is_waiting(&self, key: &str) -> bool {
        let of = key.strip_suffix("~why").unwrap_or(key);
        let Some((id, path)) = read_key(of).filter(|(_, path)| !path.is_empty()) else {
            return false;
        };
        let frame = match (self.plan.by_id.get(id), self.plan.lists.get(id)) {
            (Some(field), _) => Some(self.plan.fields[*field].frame),
            (None, Some(list)) => self.plan.frames[*list].parent,
            (None, None) => None,
        };
        frame.is_some_and(|frame| self.block(frame, &path).is_none())
    }

    /// Runs what is in the queue, and whatever depends on what that changes, in the plan's order.
    fn settle(&mut self) {
        let mut last = None;
        while let Some(Reverse(next)) = self.queue.pop() {
            // Several may have asked for it; what asks has a lower rank, so all have by now.
            if last == Some(next) {
                continue;
            }
            last = Some(next);
            let (rank, block) = next;
            let (node, _) = self.plan.order[rank];
            if self.run(node, block) {
                self.spread(node, block);
            }
        }
    }

    /// Puts what depends on a node into the queue.
    fn spread(&mut self, node: Node, block: usize) {
        let plan = self.plan;
        for edge in plan.edges(node) {
            let meet = self.up(block, edge.via);
            if self.blocks[meet].frame == edge.frame {
                self.queue.push(Reverse((edge.rank, meet)));
                continue;
            }
            for to in self.within(meet, edge.frame) {
                self.queue.push(Reverse((edge.rank, to)));
            }
        }
    }

    /// The blocks of a frame below a block, or the block itself.
    fn within(&self, block: usize, frame: usize) -> Vec<usize> {
        if self.blocks[block].frame == frame {
            return vec![block];
        }
        let mut way = vec![frame];
        while let Some(parent) = way.last().and_then(|at| self.plan.frames[*at].parent) {
            if parent == self.blocks[block].frame {
                break;
            }
            way.push(parent);
        }
        let mut found = vec![block];
        for frame in way.into_iter().rev() {
            let child = self.plan.frames[frame].child;
            found = (found.into_iter())
                .flat_map(|block| self.blocks[block].children[child].iter().map(|(_, at)| *at))
                .collect();
        }
        found
    }

    #[inline]
    fn up(&self, block: usize, depth: usize) -> usize {
        let mut at = block;
        while self.blocks[at].depth > depth {
            at = self.blocks[at].parent;
        }
        at
    }

    fn block(&self, frame: usize, path: &[u32]) -> Option<usize> {
        let Some(frame) = frame.checked_sub(1) else {
            return path.is_empty().then_some(0);
        };
        self.by_frame[frame]
            .iter()
            .copied()
            .find(|block| self.blocks[*block].path == path)
    }

    /// A field as the form has it.
    fn field(&self, field: usize) -> Option<&'a Field> {
        self.form.field_at(&self.plan.fields[field])
    }

    fn reads<'l>(&'l self, block: usize, table: &'l Table) -> At<'l> {
        At {
            live: self,
            block,
            table,
        }
    }

    #[inline]
    fn holds(&self, program: Option<&Program>, table: Option<&Table>, block: usize) -> bool {
        match (program, table) {
            (Some(program), Some(table)) => program.run(&self.reads(block, table)),
            _ => true,
        }
    }

    /// Runs one node in one block; whether others can notice a change.
    fn run(&mut self, node: Node, block: usize) -> bool {
        self.runs += 1;
        match node {
            Node::Scope(scope) => {
                let plan = &self.plan.scopes[scope];
                let around = plan.parent.is_none_or(|parent| self.scope(parent, block));
                let program = self.form.scope_at(&plan.path);
                let shown = around && self.holds(program, plan.visible.as_ref(), block);
                std::mem::replace(&mut self.blocks[block].scopes[plan.local], shown) != shown
            }
            Node::Field(field) => self.run_field(field, block),
            Node::Check(field) => {
                let wrong = self.wrong(field, block);
                let local = self.plan.fields[field].local;
                self.blocks[block].fields[local].wrong = wrong;
                false
            }
        }
    }

    /// Whether a page or group is asked, seen from a block in it.
    #[inline]
    fn scope(&self, scope: usize, block: usize) -> bool {
        let plan = &self.plan.scopes[scope];
        self.blocks[self.up(block, plan.depth)].scopes[plan.local]
    }

    fn run_field(&mut self, field: usize, block: usize) -> bool {
        let plan = &self.plan.fields[field];
        let Some(of) = self.field(field) else {
            return false;
        };
        let visible = self.scope(plan.scope, block)
            && self.holds(of.visible.as_ref(), plan.visible.as_ref(), block);
        let raw = self.blocks[block].fields[plan.local].raw.get();
        let counts = match (&of.compute, &plan.compute, raw) {
            _ if !visible => Counts::Nothing,
            (Some(compute), Some(table), _) => computed(compute.run(&self.reads(block, table)))
                .map_or(Counts::Nothing, Counts::other),
            (_, _, None) => Counts::Nothing,
            (_, _, Some(raw)) => match of.tidied(raw) {
                Some(tidy) if tidy.is_blank() => Counts::Nothing,
                Some(tidy) => Counts::other(tidy),
                None if raw.is_blank() => Counts::Nothing,
                None => Counts::Raw,
            },
        };
        let slot = &mut self.blocks[block].fields[plan.local];
        // The answer itself is the same: whoever stores another compares for himself.
        let changed = slot.visible != visible || slot.counts != counts;
        slot.visible = visible;
        slot.counts = counts;
        slot.mark = self.plan.ready[field].look.mark(slot.counts());
        changed
    }

    /// Runs a field without rules and its check for the first time: its slot is as it began.
    #[inline]
    fn run_answer(&mut self, field: usize, block: usize) {
        let plan = &self.plan.ready[field];
        let at = &mut self.blocks[block];
        let seen = match plan.around.and_then(|around| at.scopes.get(around)) {
            Some(true) => match &plan.asked {
                Asked::Always => Some(true),
                Asked::When(ask) => ask.holds(&|local| at.fields[local].mark),
            },
            Some(false) => Some(false),
            None => None,
        };
        let slot = &mut at.fields[plan.local];
        let wrong = match (seen, slot.raw.get()) {
            (Some(false), _) => Some(None),
            (Some(true), None) if !plan.computed => {
                slot.visible = plan.missing.is_some();
                plan.missing
            }
            (Some(true), Some(Value::Text(text))) if !plan.computed => {
                plan.look.at(text, self.mark).map(|seen| {
                    slot.visible = true;
                    slot.counts = Counts::Raw;
                    slot.mark = seen.mark;
                    seen.wrong
                })
            }
            _ => None,
        };
        if let Some(wrong) = wrong {
            slot.wrong = wrong.map(Message::Own);
            self.runs += 2;
            return;
        }
        self.run(Node::Field(field), block);
        self.run(Node::Check(field), block);
    }

    fn wrong(&self, field: usize, block: usize) -> Option<Message> {
        let plan = &self.plan.fields[field];
        let slot = &self.blocks[block].fields[plan.local];
        if !slot.visible {
            return None;
        }
        let of = self.field(field)?;
        let counts = slot.counts();
        let own = if of.compute.is_some() {
            None
        } else {
            of.wrong(counts, self.today, self.places)
                .or_else(|| {
                    let why = || self.blocks[block].whys.get(&plan.local);
                    of.unexplained(counts.is_some(), || why().map(String::as_str))
                })
                .or_else(|| plan.receives.then(|| self.unserved(counts))?)
        };
        own.map(Message::Own).or_else(|| {
            plan.rules.iter().find_map(|(at, table)| {
                let rule = self.form.rules.get(*at)?;
                (!rule.holds.run(&self.reads(block, table))).then_some(Message::Rule(*at))
            })
        })
    }

    fn message(&self, message: Message) -> &'a str {
        match message {
            Message::Own(message) => message,
            Message::Rule(at) => self.form.rules.get(at).map_or("", |rule| &rule.message),
        }
    }

    /// The receiving commune needs an office that takes dossiers from here.
    fn unserved(&self, counts: Option<&Value>) -> Option<&'static str> {
        let Some(Value::Text(text)) = counts else {
            return None;
        };
        let key = super::evaluate::read_place(text)?;
        (!self.places.serves(&key)).then_some("form-commune-no-office")
    }

    /// Every answer as it was given.
    fn raw(&self) -> Answers {
        let mut answers = Answers::default();
        for block in &self.blocks {
            for (local, slot) in block.fields.iter().enumerate() {
                let field = self.plan.frames[block.frame].fields[local];
                let key = instance_key(&self.plan.fields[field].id, &block.path);
                if let Some(why) = block.whys.get(&local) {
                    answers.set(why_key(&key), Value::Text(why.clone()));
                }
                if let Some(raw) = slot.raw.get() {
                    answers.set(key, raw.clone());
                }
            }
            for (child, items) in block.children.iter().enumerate() {
                let key = self.list_key(block, child);
                answers.set(key, item_list(items));
            }
        }
        answers
    }

    fn list_key(&self, block: &Block, child: usize) -> String {
        let frame = self.plan.frames[block.frame].children[child];
        let scope = self.plan.frames[frame].scope;
        let id = scope.map_or("", |scope| self.plan.scopes[scope].id.as_str());
        instance_key(id, &block.path)
    }

    fn list_scope(&self, block: &Block, child: usize) -> Option<usize> {
        let frame = self.plan.frames[block.frame].children[child];
        self.plan.frames[frame].scope
    }

    /// The answers that count, tidied, with the computed ones. Sign and send these.
    pub fn clean(&self) -> Answers {
        let mut answers = Answers::default();
        for (at, block) in self.blocks.iter().enumerate() {
            for (local, slot) in block.fields.iter().enumerate() {
                if !slot.visible {
                    continue;
                }
                let field = self.plan.frames[block.frame].fields[local];
                let key = instance_key(&self.plan.fields[field].id, &block.path);
                match (slot.counts(), block.whys.get(&local).map(|why| why.trim())) {
                    (Some(value), _) => answers.set(key, value.clone()),
                    (None, Some(why)) if !why.is_empty() => {
                        answers.set(why_key(&key), super::evaluate::tidy_text(why));
                    }
                    (None, _) => {}
                }
            }
            for (child, items) in block.children.iter().enumerate() {
                let shown = self
                    .list_scope(block, child)
                    .is_some_and(|scope| self.scope(scope, at));
                if shown && !items.is_empty() {
                    let key = self.list_key(block, child);
                    answers.0.insert(key, Private::new(item_list(items)));
                }
            }
        }
        answers
    }

    /// What is asked now, in screen order.
    pub fn pages(&self) -> Vec<VisiblePage<'a>> {
        let mut scope = 0;
        let mut pages = Vec::new();
        for page in &self.form.pages {
            let mut groups = Vec::new();
            // Scopes stand in the order of the tree: a page, then its groups.
            let own = scope;
            scope += 1;
            self.groups(&page.groups, &mut scope, &[0], &mut groups);
            if self.scope(own, 0) && !groups.is_empty() {
                pages.push(VisiblePage { page, groups });
            }
        }
        pages
    }

    fn groups(
        &self,
        of: &'a [super::Group],
        scope: &mut usize,
        blocks: &[usize],
        out: &mut Vec<VisibleGroup<'a>>,
    ) {
        // One block at a time, so that all of one item stands together.
        let start = *scope;
        for block in blocks {
            *scope = start;
            for group in of {
                self.group(group, scope, *block, out);
            }
        }
        if blocks.is_empty() {
            for group in of {
                skip(group, scope);
            }
        }
    }

    fn group(
        &self,
        group: &'a super::Group,
        scope: &mut usize,
        block: usize,
        out: &mut Vec<VisibleGroup<'a>>,
    ) {
        let own = *scope;
        *scope += 1;
        let shown = self.scope(own, block);
        let Some(frame) = self.plan.scopes[own].repeats else {
            let fields = self.fields(own, block);
            if shown && !fields.is_empty() {
                out.push(VisibleGroup {
                    group,
                    part: Part::Once,
                    fields,
                });
            }
            return self.groups(&group.groups, scope, &[block], out);
        };
        let child = self.plan.frames[frame].child;
        let items = &self.blocks[block].children[child];
        let list = instance_key(&group.id, &self.blocks[block].path);
        let after = {
            let mut after = *scope;
            group
                .groups
                .iter()
                .for_each(|group| skip(group, &mut after));
            after
        };
        if shown {
            for (at, (id, inside)) in items.iter().enumerate() {
                out.push(VisibleGroup {
                    group,
                    part: Part::Item(Item {
                        list: list.clone(),
                        id: *id,
                        at: at + 1,
                        of: items.len(),
                    }),
                    fields: self.fields(own, *inside),
                });
                let mut inner = *scope;
                self.groups(&group.groups, &mut inner, &[*inside], out);
            }
            out.push(VisibleGroup {
                group,
                part: Part::End {
                    list,
                    of: items.len(),
                },
                fields: Vec::new(),
            });
        }
        *scope = after;
    }

    fn fields(&self, scope: usize, block: usize) -> Vec<VisibleField<'a>> {
        let of = &self.blocks[block];
        let all = self.plan.frames[of.frame].fields.iter().zip(&of.fields);
        all.filter(|(field, slot)| self.plan.fields[**field].scope == scope && slot.visible)
            .filter_map(|(field, slot)| {
                let of_form = self.field(*field)?;
                Some(VisibleField {
                    field: of_form,
                    key: instance_key(&of_form.id, &of.path),
                    computed: of_form
                        .compute
                        .as_ref()
                        .and_then(|_| slot.counts().cloned()),
                })
            })
            .collect()
    }

    /// What stands in the way of filing, in screen order.
    pub fn all_problems(&self) -> Vec<FieldProblem> {
        self.all_wrong().into_iter().map(Wrong::into).collect()
    }

    /// The same, in the form's own words.
    pub fn all_wrong(&self) -> Vec<Wrong<'a>> {
        match self.blocks.as_slice() {
            // Nothing repeats: the plan's order is the screen's.
            [only] if only.children.is_empty() => {
                let slots = only.fields.iter().zip(&self.plan.fields);
                slots
                    .filter_map(|(slot, field)| {
                        Some(Wrong {
                            field: Cow::Borrowed(field.id.as_str()),
                            message: self.message(slot.wrong?),
                        })
                    })
                    .collect()
            }
            _ => self.wrong_on(&self.pages()),
        }
    }

    /// What stands in the way of filing, in the order of these pages.
    pub fn problems(&self, pages: &[VisiblePage<'a>]) -> Vec<FieldProblem> {
        self.wrong_on(pages).into_iter().map(Wrong::into).collect()
    }

    fn wrong_on(&self, pages: &[VisiblePage<'a>]) -> Vec<Wrong<'a>> {
        let mut wrong: BTreeMap<String, &'a str> = BTreeMap::new();
        for block in &self.blocks {
            for (local, slot) in block.fields.iter().enumerate() {
                if let Some(message) = slot.wrong.map(|message| self.message(message)) {
                    let field = self.plan.frames[block.frame].fields[local];
                    let key = instance_key(&self.plan.fields[field].id, &block.path);
                    wrong.insert(key, message);
                }
            }
            for (child, too_many) in block.too_many.iter().enumerate() {
                if *too_many {
                    wrong.insert(self.list_key(block, child), "form-too-many-items");
                }
            }
        }
        let mut found = Vec::new();
        let mut add = |key: &str| {
            if let Some((key, message)) = wrong.remove_entry(key) {
                let field = Cow::Owned(key);
                found.push(Wrong { field, message });
            }
        };
        for group in pages.iter().flat_map(|page| &page.groups) {
            for field in &group.fields {
                add(&field.key);
            }
            if let Part::End { list, .. } = &group.part {
                add(list);
            }
        }
        found
    }
}

impl From<Wrong<'_>> for FieldProblem {
    fn from(wrong: Wrong<'_>) -> Self {
        Self {
            field: wrong.field.into_owned(),
            message: wrong.message.to_owned(),
        }
    }
}

fn skip(group: &super::Group, scope: &mut usize) {
    *scope += 1;
    for inner in &group.groups {
        skip(inner, scope);
    }
}

/// The items of a repeating group: those of the answer, and as many more as there must be.
fn items(answer: Option<&Value>, min: usize, max: usize) -> (Vec<u32>, bool) {
    let mut items: Vec<u32> = Vec::new();
    if let Some(Value::Many(listed)) = answer {
        for item in listed.iter().filter_map(|item| item.parse().ok()) {
            if !items.contains(&item) {
                items.push(item);
            }
        }
    }
    let too_many = items.len() > max;
    items.truncate(max);
    let mut next = items.iter().copied().max().unwrap_or_default();
    while items.len() < min {
        next = next.saturating_add(1);
        items.push(next);
    }
    (items, too_many)
}

fn item_list(items: &[(u32, usize)]) -> Value {
    Value::Many(items.iter().map(|(item, _)| item.to_string()).collect())
}

fn computed(cell: Cell<'_>) -> Option<Value> {
    let text = match cell {
        Cell::Text(text) => text.into_owned(),
        Cell::Number(number) => number.to_string(),
        Cell::Bool(yes) => if yes { "yes" } else { "no" }.to_owned(),
    };
    (!text.is_empty()).then_some(Value::Text(text))
}

/// The answers as a program in one block reads them.
struct At<'l> {
    live: &'l Live<'l, 'l>,
    block: usize,
    table: &'l Table,
}

impl<'l> At<'l> {
    #[inline]
    fn field(&self, slot: u16) -> Option<&'l Slot<'l>> {
        match self.table.slots.get(usize::from(slot))? {
            SlotRef::Field { depth, local } => {
                let block = self.live.up(self.block, *depth);
                self.live.blocks[block].fields.get(*local)
            }
            _ => None,
        }
    }

    fn list(&self, slot: u16) -> &'l [(u32, usize)] {
        let Some(SlotRef::List { depth, child }) = self.table.slots.get(usize::from(slot)) else {
            return &[];
        };
        let at = self.live.up(self.block, *depth);
        let block = &self.live.blocks[at];
        match self.live.list_scope(block, *child) {
            Some(scope) if self.live.scope(scope, at) => &block.children[*child],
            _ => &[],
        }
    }
}

impl<'l> Reads<'l> for At<'l> {
    #[inline]
    fn text(&self, slot: u16) -> &'l str {
        match self.field(slot).and_then(Slot::counts) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    #[inline]
    fn number(&self, slot: u16) -> i64 {
        self.text(slot).parse().unwrap_or_default()
    }

    fn has(&self, slot: u16) -> bool {
        self.field(slot).and_then(Slot::counts).is_some()
    }

    fn chosen(&self, slot: u16, option: &str) -> bool {
        let counts = self.field(slot).and_then(Slot::counts);
        matches!(counts, Some(Value::Many(many)) if many.iter().any(|id| id == option))
    }

    fn today(&self) -> &'l str {
        &self.live.day
    }

    fn size(&self, slot: u16) -> i64 {
        i64::try_from(self.list(slot).len()).unwrap_or(i64::MAX)
    }

    fn each(&self, slot: u16, inner: u16, visit: &mut dyn FnMut(&Self) -> bool) {
        let Some(table) = self.table.inner.get(usize::from(inner)) else {
            return;
        };
        for (_, block) in self.list(slot) {
            let item = At {
                live: self.live,
                block: *block,
                table,
            };
            if !visit(&item) {
                return;
            }
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
    use crate::{
        form::{
            Computation, FieldKind, Group, Repeat, Rule,
            program::Op,
            sample::{field, is, page, text},
        },
        place::Commune,
    };

    const TODAY: Date = jiff::civil::date(2026, 11, 22);
    const NOWHERE: &Vec<Commune> = &Vec::new();

    fn number(id: &str) -> Field {
        field(id, FieldKind::Number { min: 0, max: 1000 })
    }

    fn repeating(id: &str, fields: Vec<Field>, groups: Vec<Group>) -> Group {
        Group {
            id: id.into(),
            title: None,
            fields,
            visible: None,
            repeat: Some(Repeat {
                min: 0,
                max: 50,
                item: text(id),
            }),
            groups,
        }
    }

    fn sum(list: &str, of: &str) -> Computation {
        let each = Computation::new(vec![of.into()], vec![Op::Int(0)]).unwrap();
        Computation::new(vec![list.into()], vec![Op::Sum(0, Box::new(each))]).unwrap()
    }

    /// Houses of people with papers: a paper is asked for its number if its person has papers,
    /// each person's and house's sums are computed, and a fee is asked above a total.
    fn deep() -> Form {
        let yes = |id: &str| field(id, FieldKind::YesNo);
        let mut count = number("house.member.paper.count");
        count.visible = Some(is("house.member.has_papers", "yes"));
        let papers = repeating(
            "house.member.paper",
            vec![
                count,
                field("house.member.paper.name", FieldKind::Text { max: 9 }),
            ],
            Vec::new(),
        );
        let mut of_member = number("house.member.sum");
        of_member.compute = Some(sum("house.member.paper", "house.member.paper.count"));
        let member = repeating(
            "house.member",
            vec![yes("house.member.has_papers"), of_member],
            vec![papers],
        );
        let mut of_house = number("house.sum");
        of_house.compute = Some(sum("house.member", "house.member.sum"));
        let house = repeating(
            "house",
            vec![field("house.name", FieldKind::Text { max: 9 }), of_house],
            vec![member],
        );
        let mut total = number("total");
        total.compute = Some(sum("house", "house.sum"));
        let mut why = field("why", FieldKind::Text { max: 99 });
        let large = vec![Op::Int(0), Op::Number(100), Op::Lt, Op::Not];
        why.visible = Some(Program::new(vec!["total".into()], large).unwrap());
        let plain = (0..80).map(|n| number(&format!("plain{n}")));
        let mut first = page("first", None, plain.collect());
        first.groups.push(house);
        let last = page(
            "last",
            None,
            vec![total, why, field("commune", FieldKind::Commune)],
        );
        let named = Program::new(
            vec!["house.name".into(), "plain0".into()],
            vec![Op::Has(0), Op::Has(1), Op::Or],
        );
        Form {
            version: 1,
            pages: vec![first, last],
            rules: vec![Rule {
                field: "house.name".into(),
                message: "form-required".into(),
                holds: named.unwrap(),
            }],
            commune_field: "commune".into(),
            plan: Default::default(),
        }
    }

    /// Four houses of five people with ten papers each.
    fn crowded() -> Answers {
        let many = |count: u32| Value::Many((1..=count).map(|item| item.to_string()).collect());
        let mut answers = Answers::default();
        answers.set("house", many(4));
        for house in 1..=4 {
            answers.set(format!("house.member#{house}"), many(5));
            for member in 1..=5 {
                answers.set(
                    format!("house.member.has_papers#{house}.{member}"),
                    Value::Text("yes".into()),
                );
                answers.set(format!("house.member.paper#{house}.{member}"), many(10));
            }
        }
        answers
    }

    fn state(live: &Live<'_, '_>) -> (Vec<String>, Vec<FieldProblem>, Answers) {
        let pages = live.pages();
        let asked = pages.iter().flat_map(|page| page.fields());
        let keys = asked.map(|field| field.key.clone()).collect();
        (keys, live.problems(&pages), live.clean())
    }

    #[test]
    fn the_form_is_sound() {
        assert_eq!(deep().mistakes(), []);
    }

    #[test]
    fn items_are_asked_one_by_one_and_sums_follow() {
        let form = deep();
        let crowded = crowded();
        let mut live = Live::new(&form, &crowded, TODAY, NOWHERE);
        live.set(
            "house.member.paper.count#2.3.4",
            Some(Value::Text("60".into())),
        );
        live.set(
            "house.member.paper.count#4.5.10",
            Some(Value::Text(" 70 ".into())),
        );
        let clean = live.clean();
        assert_eq!(clean.text("house.member.sum#2.3"), Some("60"));
        assert_eq!(clean.text("house.sum#2"), Some("60"));
        assert_eq!(clean.text("total"), Some("130"));
        assert!(state(&live).0.contains(&"why".to_owned()));
        live.set(
            "house.member.has_papers#2.3",
            Some(Value::Text("no".into())),
        );
        let clean = live.clean();
        assert_eq!(clean.text("total"), Some("70"));
        assert!(clean.get("house.member.paper.count#2.3.4").is_none());
        // Taken out and brought back: nothing is lost.
        let before = live.clean();
        let keep = |items: [&str; 3]| Some(Value::Many(items.map(str::to_owned).to_vec()));
        live.set("house", keep(["1", "2", "3"]));
        assert_eq!(live.clean().text("total"), Some("0"));
        let all = ["1", "2", "3", "4"].map(str::to_owned).to_vec();
        let mut answers = before.clone();
        answers.set("house", Value::Many(all));
        assert!(Live::new(&form, &answers, TODAY, NOWHERE).clean() == before);
    }

    #[test]
    fn a_key_runs_only_what_depends_on_it() {
        let form = deep();
        let crowded = crowded();
        let mut live = Live::new(&form, &crowded, TODAY, NOWHERE);
        let asked = state(&live).0.len();
        assert!(asked >= 500, "{asked}");
        let whole = live.runs();
        assert!(whole > 1000, "{whole}");
        let mut runs = |key: &str, value: &str| {
            let before = live.runs();
            live.set(key, Some(Value::Text(value.into())));
            live.runs() - before
        };
        // Itself and what is wrong with it.
        assert_eq!(runs("plain7", "7"), 2);
        // Also the rule of each of the four houses that looks at it.
        assert_eq!(runs("plain0", "7"), 6);
        assert_eq!(runs("house.name#3", "An"), 2);
        // Up the tree: the paper, its person's, its house's and the whole sum, and whether the
        // reason is asked; each with its check, except where nothing changes any more.
        let deep = runs("house.member.paper.count#2.3.4", "60");
        assert_eq!(deep, 2 * 4 + 1);
        assert_eq!(runs("house.member.paper.count#2.3.4", "60 "), 2);
        // Crossing the limit asks for the reason.
        assert_eq!(runs("house.member.paper.count#1.1.1", "60"), 2 * 4 + 2);
        // Down the tree: the ten papers of this person and of nobody else.
        let papers = runs("house.member.has_papers#4.4", "no");
        assert_eq!(papers, 2 + 10 * 2 + 1);
    }

    #[test]
    fn what_is_kept_goes_on_by_what_is_different() {
        let form = deep();
        let mut answers = crowded();
        let kept = Live::new(&form, &answers, TODAY, NOWHERE).keep(&answers);
        let whole = kept.runs();
        let live = Live::go_on(&form, Some(kept), &answers, TODAY, NOWHERE);
        assert_eq!(live.runs(), whole);
        let kept = live.keep(&answers);
        answers.set("plain7", Value::Text("7".into()));
        let live = Live::go_on(&form, Some(kept), &answers, TODAY, NOWHERE);
        assert_eq!(live.runs(), whole + 2);
        // What an item was told that was taken out before is there when it comes back.
        let mut fewer = crowded();
        fewer.set("house.name#4", Value::Text("An".into()));
        let all = fewer.get("house").cloned().unwrap();
        fewer.set("house", Value::Many(vec!["1".into()]));
        let kept = Live::go_on(&form, None, &fewer, TODAY, NOWHERE).keep(&fewer);
        fewer.set("house", all);
        let live_again = Live::go_on(&form, Some(kept), &fewer, TODAY, NOWHERE);
        let whole_again = Live::new(&form, &fewer, TODAY, NOWHERE);
        assert!(live_again.clean() == whole_again.clean());
        assert_eq!(live_again.clean().text("house.name#4"), Some("An"));
        // On another day all of it is asked again.
        let kept = live.keep(&answers);
        let tomorrow = TODAY.tomorrow().unwrap();
        let live = Live::go_on(&form, Some(kept), &answers, tomorrow, NOWHERE);
        assert_eq!(live.runs(), whole);
    }

    /// Answer by answer or all at once: the same questions, problems and answers.
    #[test]
    fn both_ways_end_in_the_same_state() {
        let form = deep();
        let crowded = crowded();
        bolero::check!()
            .with_iterations(300)
            .with_type::<Vec<(u8, u8)>>()
            .for_each(|edits| {
                let (mut answers, nothing) = (Answers::default(), Answers::default());
                let mut live = Live::new(&form, &nothing, TODAY, NOWHERE);
                for (which, what) in edits {
                    let (house, member) = (1 + what % 2, 1 + what / 2 % 2);
                    let key = match which % 9 {
                        0 => "house".to_owned(),
                        1 => format!("house.member#{house}"),
                        2 => format!("house.member.paper#{house}.{member}"),
                        3 => format!("house.member.has_papers#{house}.{member}"),
                        4 | 5 => format!("house.member.paper.count#{house}.{member}.1"),
                        6 => format!("house.name#{house}"),
                        7 => "why".to_owned(),
                        _ => "plain0".to_owned(),
                    };
                    let value = match which % 9 {
                        0..=2 => Value::Many((1..=what % 4).map(|n| n.to_string()).collect()),
                        3 => Value::Text(["yes", "no", ""][usize::from(what % 3)].into()),
                        _ => Value::Text(["90", "", "x"][usize::from(what % 3)].into()),
                    };
                    answers.set(key.clone(), value.clone());
                    live.set(&key, Some(value));
                }
                // Told all at once of what is different now, and of what is gone.
                let mut kept = Some(Live::new(&form, &crowded, TODAY, NOWHERE).keep(&crowded));
                for told in [&answers, &nothing, &answers] {
                    let live = Live::go_on(&form, kept.take(), told, TODAY, NOWHERE);
                    let (asked, problems, clean) = state(&live);
                    let fresh = Live::new(&form, told, TODAY, NOWHERE);
                    let (asked_fresh, problems_fresh, clean_fresh) = state(&fresh);
                    assert_eq!(asked, asked_fresh);
                    assert_eq!(problems, problems_fresh);
                    assert!(clean == clean_fresh);
                    kept = Some(live.keep(told));
                }
                let fresh = Live::new(&form, &answers, TODAY, NOWHERE);
                // What an item that is not there was told waits for it to come.
                let (asked, problems, clean) = state(&fresh);
                let (again, wrong, kept) = state(&Live::new(&form, &clean, TODAY, NOWHERE));
                assert!(asked == again && problems == wrong && clean == kept);
                let (asked_live, problems_live, clean_live) = state(&live);
                assert_eq!(asked, asked_live);
                assert_eq!(problems, problems_live);
                assert_eq!(problems, live.all_problems());
                assert!(clean == clean_live);
            });
    }

    #[test]
    fn keys_are_read_back() {
        assert_eq!(read_key("a.b#1.22"), Some(("a.b", vec![1, 22])));
        assert_eq!(read_key("a.b"), Some(("a.b", vec![])));
        assert_eq!(read_key("a#x"), None);
        assert_eq!(instance_key("a.b", &[1, 22]), "a.b#1.22");
    }

    #[test]
    fn limits_of_items_hold() {
        let mut form = deep();
        let repeat = form.pages[0].groups[1].repeat.as_mut().unwrap();
        (repeat.min, repeat.max) = (2, 3);
        let mut answers = Answers::default();
        let live = Live::new(&form, &answers, TODAY, NOWHERE);
        let names = |keys: Vec<String>| {
            keys.into_iter()
                .filter(|key| key.starts_with("house.name"))
                .count()
        };
        assert_eq!(names(state(&live).0), 2);
        let five = ["7", "1", "9", "4", "x"].map(str::to_owned).to_vec();
        answers.set("house", Value::Many(five));
        let live = Live::new(&form, &answers, TODAY, NOWHERE);
        let (keys, problems, _) = state(&live);
        assert_eq!(names(keys), 3);
        assert!(problems.iter().any(|problem| problem.field == "house" && problem.message == "form-too-many-items"));
    }
}
