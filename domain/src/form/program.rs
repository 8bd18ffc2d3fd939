//! Conditions and computed values as small stack programs over slots.
//!
//! Authors write a documented subset of CEL; `gandan-packs` compiles it when a pack is built, so
//! that neither a parser nor the 2.4–6 MB of `cel` rides on the phone.
//!
//! A program is typed when it is made, also when it is read from a pack: every instruction finds
//! on the stack what it needs, every slot exists, and one value is left. So running it cannot
//! fail, and a screen never has to say what a broken condition means. What was rejected: checking
//! while running, which needs an answer to "is a question with a broken condition asked?" on the
//! phone and on the server, and finds the mistake a year later.
//!
//! [`Program`] leaves a yes or no and stands wherever a condition does; [`Computation`] leaves a
//! value of any type. The code is postfix, as it travels and is signed; checking it builds the
//! [`super::tree`] that is run.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::tree::{Count, Test, Tree, Words};

/// A compiled boolean expression. Well-typed by construction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Code", into = "Code")]
pub struct Program {
    code: Code,
    tree: Test,
}

/// A compiled expression of any type: a computed value. Well-typed by construction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Code", into = "Code")]
pub struct Computation {
    code: Code,
    tree: Tree,
}

impl From<Program> for Code {
    fn from(program: Program) -> Self {
        program.code
    }
}

impl From<Computation> for Code {
    fn from(computation: Computation) -> Self {
        computation.code
    }
}

impl TryFrom<Code> for Computation {
    type Error = ProgramError;

    fn try_from(code: Code) -> Result<Self, ProgramError> {
        Self::new(code.slots, code.code)
    }
}

/// Instructions with the names of their slots; nothing is known of its types yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Code {
    slots: Vec<String>,
    code: Vec<Op>,
}

/// One instruction; operands come from the stack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Push the text of slot `n`; an unanswered or hidden field is the empty string.
    Slot(u16),
    /// Push the whole number of slot `n`; an unanswered or hidden field is 0.
    Int(u16),
    Text(String),
    Number(i64),
    Bool(bool),
    /// Push the day of filing, `yyyy-mm-dd`. Only rules may: what is asked, and what is computed,
    /// must not change over night.
    Today,
    /// Pop two of one type; push whether they are equal.
    Eq,
    Ne,
    /// Pop two texts or two numbers `a b`; push whether `a` comes before `b`: texts by code
    /// point, so that days written `yyyy-mm-dd` compare as days.
    Lt,
    /// As [`Op::Lt`], or equal.
    Le,
    And,
    Or,
    Not,
    /// Pop a text; push whether it is one of these.
    In(Vec<String>),
    /// Push whether slot `n` has a non-empty answer.
    Has(u16),
    /// Push whether this option of slot `n`, a multiple choice, is chosen.
    Chosen(u16, String),
    /// Pop two numbers, push their sum; or two texts, push them one after the other. Numbers stop
    /// at the ends of `i64`.
    Add,
    Sub,
    Mul,
    /// Pop two days `a b`; push how many full years lie between them: someone's age on day `b`
    /// who was born on day `a`. 0 when one is missing or `b` comes first.
    Years,
    /// Pop condition, value, value; push the first value where the condition holds, else the
    /// second.
    If,
    /// Push how many items the repeating group of slot `n` has.
    Size(u16),
    /// Push whether the program holds for one of the items of slot `n`.
    Any(u16, Box<Program>),
    /// Push whether the program holds for all items of slot `n`.
    All(u16, Box<Program>),
    /// Push the sum, over all items of slot `n`, of a computation of a number.
    Sum(u16, Box<Computation>),
}

/// Longest program, in instructions: a question needs ten, and reading must be bounded.
pub const MAX_CODE: usize = 512;
/// Deepest stack.
pub const MAX_DEPTH: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    #[error("read the condition: it is longer than {MAX_CODE} instructions")]
    TooLong,
    #[error("read the condition: its stack is deeper than {MAX_DEPTH}")]
    TooDeep,
    #[error("read the condition: instruction {at} finds the stack empty")]
    Underflow { at: usize },
    #[error("read the condition: instruction {at} finds a value of the wrong type")]
    WrongType { at: usize },
    #[error("read the condition: instruction {at} names slot {slot}, which does not exist")]
    NoSuchSlot { at: usize, slot: u16 },
    #[error("read the condition: it does not leave exactly one yes or no")]
    NotOneBoolean,
}

/// What an expression is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    Text,
    Number,
    Bool,
}

/// A value while it is computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    Text(Cow<'a, str>),
    Number(i64),
    Bool(bool),
}

/// Where a program finds the answers. Slots are numbered as in the program that asks.
pub trait Reads<'a>: Sized {
    /// The text of a field, empty when unanswered or hidden.
    fn text(&self, slot: u16) -> &'a str;
    /// The whole number of a field, 0 when unanswered, hidden or no number.
    fn number(&self, slot: u16) -> i64;
    /// Whether it has any answer, which is not the same as a text for files.
    fn has(&self, slot: u16) -> bool;
    /// Whether an option of a multiple choice is chosen.
    fn chosen(&self, slot: u16, option: &str) -> bool;
    /// The day of filing, `yyyy-mm-dd`.
    fn today(&self) -> &'a str;
    /// How many items a repeating group has.
    fn size(&self, slot: u16) -> i64;
    /// Calls `visit` with what the program `inner` (the n-th of this program that looks into
    /// items, counted in code order) reads in each item, until it answers `false`.
    fn each(&self, slot: u16, inner: u16, visit: &mut dyn FnMut(&Self) -> bool);
}

impl Code {
    /// What it says, if it is sound.
    fn grow(&self) -> Result<Tree, ProgramError> {
        let Self { slots, code } = self;
        if code.len() > MAX_CODE {
            return Err(ProgramError::TooLong);
        }
        let mut stack: Vec<Tree> = Vec::new();
        // Those that look into items are numbered in code order.
        let mut looks = 0;
        for (at, op) in code.iter().enumerate() {
            let mut pop = || stack.pop().ok_or(ProgramError::Underflow { at });
            let wrong = ProgramError::WrongType { at };
            let slot_exists = |slot: u16| {
                if usize::from(slot) < slots.len() {
                    Ok(slot)
                } else {
                    Err(ProgramError::NoSuchSlot { at, slot })
                }
            };
            let mut look = |slot: u16| {
                let inner = looks;
                looks += 1;
                slot_exists(slot).map(|slot| (slot, inner))
            };
            let pushed = match op {
                Op::Slot(slot) => Tree::Words(Words::Slot(slot_exists(*slot)?)),
                Op::Int(slot) => Tree::Count(Count::Int(slot_exists(*slot)?)),
                Op::Size(slot) => Tree::Count(Count::Size(slot_exists(*slot)?)),
                Op::Has(slot) => Tree::Test(Test::Has(slot_exists(*slot)?)),
                Op::Chosen(slot, option) => {
                    Tree::Test(Test::Chosen(slot_exists(*slot)?, option.clone()))
                }
                Op::Any(slot, each) => {
                    let (slot, inner) = look(*slot)?;
                    let each = Box::new(each.tree.clone());
                    Tree::Test(Test::Any { slot, inner, each })
                }
                Op::All(slot, each) => {
                    let (slot, inner) = look(*slot)?;
                    let each = Box::new(each.tree.clone());
                    Tree::Test(Test::All { slot, inner, each })
                }
                Op::Sum(slot, each) => {
                    let (slot, inner) = look(*slot)?;
                    let Tree::Count(each) = &each.tree else {
                        return Err(wrong);
                    };
                    let each = Box::new(each.clone());
                    Tree::Count(Count::Sum { slot, inner, each })
                }
                Op::Text(literal) => Tree::Words(Words::Text(literal.clone())),
                Op::Today => Tree::Words(Words::Today),
                Op::Number(literal) => Tree::Count(Count::Number(*literal)),
                Op::Bool(literal) => Tree::Test(Test::Bool(*literal)),
                Op::Not => match pop()? {
                    Tree::Test(of) => Tree::Test(Test::Not(Box::new(of))),
                    _ => return Err(wrong),
                },
                Op::In(list) => match pop()? {
                    Tree::Words(of) => Tree::Test(Test::In(of, list.clone())),
                    _ => return Err(wrong),
                },
                Op::If => {
                    let other = pop()?;
                    let first = pop()?;
                    match pop()? {
                        Tree::Test(test) => Tree::choice(test, first, other).ok_or(wrong)?,
                        _ => return Err(wrong),
                    }
                }
                Op::Eq
                | Op::Ne
                | Op::Lt
                | Op::Le
                | Op::And
                | Op::Or
                | Op::Add
                | Op::Sub
                | Op::Mul
                | Op::Years => {
                    let right = pop()?;
                    let left = pop()?;
                    Tree::both(op, left, right).ok_or(wrong)?
                }
            };
            stack.push(pushed);
            if stack.len() > MAX_DEPTH {
                return Err(ProgramError::TooDeep);
            }
        }
        match (stack.pop(), stack.pop()) {
            (Some(left), None) => Ok(left),
            _ => Err(ProgramError::NotOneBoolean),
        }
    }

    /// The programs that look into items, with their list's slot, in code order.
    fn inner(&self) -> impl Iterator<Item = (u16, &Self)> {
        self.code.iter().filter_map(|op| match op {
            Op::Any(slot, each) | Op::All(slot, each) => Some((*slot, &each.code)),
            Op::Sum(slot, each) => Some((*slot, &each.code)),
            _ => None,
        })
    }

    /// The field ids it reads, in slot order.
    pub fn slots(&self) -> &[String] {
        &self.slots
    }

    pub fn code(&self) -> &[Op] {
        &self.code
    }

    /// Every literal and slot of the code and of what it runs in items.
    pub fn all(&self) -> Vec<&Self> {
        let mut found = vec![self];
        for (_, inner) in self.inner() {
            found.extend(inner.all());
        }
        found
    }

    /// The programs that it runs in items, in code order, with the slot of their list.
    pub fn in_items(&self) -> Vec<(u16, &Self)> {
        self.inner().collect()
    }

    /// Whether the day of filing matters to it.
    pub fn reads_today(&self) -> bool {
        self.all().iter().any(|code| code.code.contains(&Op::Today))
    }
}

/// Full years from one day to another, both `yyyy-mm-dd`; 0 when one is missing or unreadable,
/// or `to` comes first. Someone born on 29 February is a year older on 1 March of other years.
pub fn years(from: &str, to: &str) -> i64 {
    let day = |text: &str| text.parse::<jiff::civil::Date>().ok();
    let (Some(from), Some(to)) = (day(from), day(to)) else {
        return 0;
    };
    let before = (to.month(), to.day()) < (from.month(), from.day());
    (i64::from(to.year()) - i64::from(from.year()) - i64::from(before)).max(0)
}

impl Program {
    /// `slots` are the field ids that the program reads, in slot order.
    pub fn new(slots: Vec<String>, code: Vec<Op>) -> Result<Self, ProgramError> {
        Self::try_from(Code { slots, code })
    }

    /// The field ids it reads, in slot order: its dependencies.
    pub fn slots(&self) -> &[String] {
        &self.code.slots
    }

    pub fn code(&self) -> &Code {
        &self.code
    }

    pub fn run<'a, R: Reads<'a>>(&'a self, reads: &R) -> bool {
        self.tree.run(reads)
    }

    pub(super) fn test(&self) -> &Test {
        &self.tree
    }
}

impl TryFrom<Code> for Program {
    type Error = ProgramError;

    fn try_from(code: Code) -> Result<Self, ProgramError> {
        match code.grow()? {
            Tree::Test(tree) => Ok(Self { code, tree }),
            Tree::Words(_) | Tree::Count(_) => Err(ProgramError::NotOneBoolean),
        }
    }
}

impl Computation {
    pub fn new(slots: Vec<String>, code: Vec<Op>) -> Result<Self, ProgramError> {
        let code = Code { slots, code };
        let tree = code.grow()?;
        Ok(Self { code, tree })
    }

    pub fn result(&self) -> Type {
        self.tree.is()
    }

    pub fn code(&self) -> &Code {
        &self.code
    }

    pub fn run<'a, R: Reads<'a>>(&'a self, reads: &R) -> Cell<'a> {
        self.tree.run(reads)
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

    const SLOTS: [&str; 3] = ["a", "b.c", "file"];

    fn slots() -> Vec<String> {
        SLOTS.map(str::to_owned).to_vec()
    }

    /// Two texts and a file; a repeating group has two items that read the same.
    struct Two(&'static str, &'static str);

    impl<'a> Reads<'a> for Two {
        fn text(&self, slot: u16) -> &'a str {
            [self.0, self.1, ""][usize::from(slot)]
        }

        fn number(&self, slot: u16) -> i64 {
            Reads::text(self, slot).parse().unwrap_or_default()
        }

        fn has(&self, slot: u16) -> bool {
            slot == 2 || !Reads::text(self, slot).is_empty()
        }

        fn chosen(&self, slot: u16, option: &str) -> bool {
            Reads::text(self, slot) == option
        }

        fn today(&self) -> &'a str {
            "2026-11-22"
        }

        fn size(&self, _: u16) -> i64 {
            2
        }

        fn each(&self, _: u16, _: u16, visit: &mut dyn FnMut(&Self) -> bool) {
            let _ = visit(self) && visit(self);
        }
    }

    fn run(program: &'static Program, a: &'static str, b: &'static str) -> bool {
        program.run(&Two(a, b))
    }

    fn lasting(code: Vec<Op>) -> &'static Program {
        Box::leak(Box::new(Program::new(slots(), code).unwrap()))
    }

    fn value(code: Vec<Op>) -> Cell<'static> {
        let computation = Computation::new(slots(), code).unwrap();
        let lasting: &'static Computation = Box::leak(Box::new(computation));
        lasting.run(&Two("12", "2000-02-29"))
    }

    fn op((kind, slot): (u8, u16)) -> Op {
        let text = ["", "x", "y", "2026-11-22"][usize::from(slot % 4)].to_owned();
        match kind % 21 {
            0 => Op::Slot(slot % 4),
            1 => Op::Text(text),
            2 => Op::Bool(slot % 2 == 0),
            3 => Op::Eq,
            4 => Op::Ne,
            5 => Op::Lt,
            6 => Op::Le,
            7 => Op::And,
            8 => Op::Or,
            9 => Op::Not,
            10 => Op::In(vec![text, "y".into()]),
            11 => Op::Has(slot % 4),
            12 => Op::Int(slot % 4),
            13 => Op::Number(i64::MAX - i64::from(slot % 4)),
            14 => Op::Add,
            15 => Op::Mul,
            16 => Op::Years,
            17 => Op::If,
            18 => Op::Size(slot % 4),
            19 => {
                let each = Computation::new(slots(), vec![Op::Int(0)]).unwrap();
                Op::Sum(slot % 4, Box::new(each))
            }
            _ => {
                let each = Program::new(slots(), vec![Op::Has(slot % 3)]).unwrap();
                Op::Any(slot % 4, Box::new(each))
            }
        }
    }

    #[test]
    fn says_what_its_instructions_say() {
        let code = vec![
            Op::Slot(0),
            Op::Text("x".into()),
            Op::Eq,
            Op::Has(1),
            Op::Not,
            Op::And,
        ];
        let program = lasting(code);
        assert!(run(program, "x", ""));
        assert!(!run(program, "x", "y"));
        assert!(!run(program, "z", ""));
    }

    #[test]
    fn days_compare_as_days() {
        let before = lasting(vec![Op::Slot(0), Op::Slot(1), Op::Lt]);
        assert!(run(before, "2026-09-30", "2026-11-02"));
        assert!(!run(before, "2026-11-02", "2026-11-02"));
        let not_after = lasting(vec![Op::Slot(0), Op::Slot(1), Op::Le]);
        assert!(run(not_after, "2026-11-02", "2026-11-02"));
    }

    #[test]
    fn values_are_computed() {
        let number = |code| match value(code) {
            Cell::Number(number) => number,
            _ => panic!("no number"),
        };
        assert_eq!(number(vec![Op::Int(0), Op::Number(5), Op::Mul]), 60);
        assert_eq!(number(vec![Op::Int(1), Op::Int(2), Op::Sub]), 0);
        assert_eq!(
            number(vec![Op::Number(i64::MAX), Op::Number(2), Op::Mul]),
            i64::MAX
        );
        assert_eq!(number(vec![Op::Slot(1), Op::Today, Op::Years]), 26);
        assert_eq!(number(vec![Op::Size(2)]), 2);
        let each = Computation::new(slots(), vec![Op::Int(0)]).unwrap();
        assert_eq!(number(vec![Op::Sum(2, Box::new(each))]), 24);
        let choice = vec![Op::Has(0), Op::Number(1), Op::Number(2), Op::If];
        assert_eq!(number(choice), 1);
        let joined = value(vec![Op::Slot(0), Op::Text("!".into()), Op::Add]);
        assert_eq!(joined, Cell::Text("12!".into()));
        let any = Program::new(slots(), vec![Op::Has(0)]).unwrap();
        let all = Program::new(slots(), vec![Op::Has(0), Op::Not]).unwrap();
        let both = vec![
            Op::Any(2, Box::new(any)),
            Op::All(2, Box::new(all)),
            Op::Not,
            Op::And,
        ];
        assert_eq!(value(both), Cell::Bool(true));
    }

    #[test]
    fn years_are_full_years() {
        assert_eq!(years("2000-02-29", "2026-02-28"), 25);
        assert_eq!(years("2000-02-29", "2026-03-01"), 26);
        assert_eq!(years("2026-03-01", "2026-03-01"), 0);
        assert_eq!(years("2027-03-01", "2026-03-01"), 0);
        assert_eq!(years("", "2026-03-01"), 0);
    }

    #[test]
    fn malformed_programs_are_refused_each_for_its_reason() {
        let refused = |code| Program::new(slots(), code).unwrap_err();
        assert_eq!(refused(vec![]), ProgramError::NotOneBoolean);
        assert_eq!(refused(vec![Op::Slot(0)]), ProgramError::NotOneBoolean);
        assert_eq!(
            refused(vec![Op::Bool(true), Op::Bool(true)]),
            ProgramError::NotOneBoolean
        );
        assert_eq!(
            refused(vec![Op::Bool(true), Op::And]),
            ProgramError::Underflow { at: 1 }
        );
        assert_eq!(
            refused(vec![Op::Slot(3)]),
            ProgramError::NoSuchSlot { at: 0, slot: 3 }
        );
        assert_eq!(
            refused(vec![Op::Text("x".into()), Op::Not]),
            ProgramError::WrongType { at: 1 }
        );
        assert_eq!(
            refused(vec![Op::Text("x".into()), Op::Bool(true), Op::Eq]),
            ProgramError::WrongType { at: 2 }
        );
        assert_eq!(
            refused(vec![Op::Bool(true); MAX_DEPTH + 1]),
            ProgramError::TooDeep
        );
        let mut long = vec![Op::Bool(true)];
        long.extend(vec![Op::Not; MAX_CODE]);
        assert_eq!(refused(long), ProgramError::TooLong);
    }

    #[test]
    fn a_malformed_program_cannot_be_read() {
        let sound = r#"{"slots":["a"],"code":[{"slot":0},{"text":"x"},"eq"]}"#;
        let program: Program = serde_json::from_str(sound).unwrap();
        assert_eq!(serde_json::to_string(&program).unwrap(), sound);
        let unsound = r#"{"slots":[],"code":[{"slot":0},{"text":"x"},"eq"]}"#;
        assert!(serde_json::from_str::<Program>(unsound).is_err());
    }

    /// What `new` accepts never fails, whatever the answers; and says the same twice.
    #[test]
    fn accepted_programs_cannot_fail() {
        bolero::check!()
            .with_type::<Vec<(u8, u16)>>()
            .for_each(|code| {
                let code: Vec<Op> = code.iter().copied().map(op).collect();
                if let Ok(program) = Computation::new(slots(), code) {
                    for (a, b) in [("", ""), ("x", ""), ("", "y"), ("2026-11-22", "x")] {
                        let said = program.run(&Two(a, b));
                        let is = match said {
                            Cell::Text(_) => Type::Text,
                            Cell::Number(_) => Type::Number,
                            Cell::Bool(_) => Type::Bool,
                        };
                        assert_eq!(is, program.result());
                        assert_eq!(said, program.run(&Two(a, b)));
                    }
                }
            });
    }
}
