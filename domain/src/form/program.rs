//! Conditions as small stack programs over slots.
//!
//! Authors write a documented subset of CEL; `gandan-packs` compiles it when a pack is built, so
//! that neither a parser nor the 2.4–6 MB of `cel` rides on the phone.
//!
//! A [`Program`] is typed when it is made, also when it is read from a pack: every instruction
//! finds on the stack what it needs, every slot exists, and one boolean is left. So running it
//! cannot fail, and a screen never has to say what a broken condition means. What was rejected:
//! checking while running, which needs an answer to "is a question with a broken condition
//! asked?" on the phone and on the server, and finds the mistake a year later.

use serde::{Deserialize, Serialize};

/// A compiled boolean expression. Well-typed by construction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "RawProgram")]
pub struct Program {
    slots: Vec<String>,
    code: Vec<Op>,
}

#[derive(Deserialize)]
struct RawProgram {
    slots: Vec<String>,
    code: Vec<Op>,
}

/// One instruction; operands come from the stack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Push the text of slot `n`; an unanswered or hidden field is the empty string.
    Slot(u16),
    Text(String),
    Bool(bool),
    /// Pop two of one type; push whether they are equal.
    Eq,
    Ne,
    /// Pop two texts `a b`; push whether `a` comes before `b` by code point. Days written
    /// `yyyy-mm-dd` compare as days.
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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Text,
    Bool,
}

enum Cell<'a> {
    Text(&'a str),
    Bool(bool),
}

impl Program {
    /// `slots` are the field ids that the program reads, in slot order.
    pub fn new(slots: Vec<String>, code: Vec<Op>) -> Result<Self, ProgramError> {
        if code.len() > MAX_CODE {
            return Err(ProgramError::TooLong);
        }
        let mut stack: Vec<Type> = Vec::new();
        for (at, op) in code.iter().enumerate() {
            let mut pop = || stack.pop().ok_or(ProgramError::Underflow { at });
            let expect = |found: Type, wanted: Type| {
                if found == wanted {
                    Ok(())
                } else {
                    Err(ProgramError::WrongType { at })
                }
            };
            let slot_exists = |slot: u16| {
                if usize::from(slot) < slots.len() {
                    Ok(())
                } else {
                    Err(ProgramError::NoSuchSlot { at, slot })
                }
            };
            let pushed = match op {
                Op::Slot(slot) => {
                    slot_exists(*slot)?;
                    Type::Text
                }
                Op::Has(slot) => {
                    slot_exists(*slot)?;
                    Type::Bool
                }
                Op::Text(_) => Type::Text,
                Op::Bool(_) => Type::Bool,
                Op::Eq | Op::Ne => {
                    let right = pop()?;
                    expect(pop()?, right)?;
                    Type::Bool
                }
                Op::Lt | Op::Le => {
                    expect(pop()?, Type::Text)?;
                    expect(pop()?, Type::Text)?;
                    Type::Bool
                }
                Op::And | Op::Or => {
                    expect(pop()?, Type::Bool)?;
                    expect(pop()?, Type::Bool)?;
                    Type::Bool
                }
                Op::Not => {
                    expect(pop()?, Type::Bool)?;
                    Type::Bool
                }
                Op::In(_) => {
                    expect(pop()?, Type::Text)?;
                    Type::Bool
                }
            };
            stack.push(pushed);
            if stack.len() > MAX_DEPTH {
                return Err(ProgramError::TooDeep);
            }
        }
        match stack[..] {
            [Type::Bool] => Ok(Self { slots, code }),
            _ => Err(ProgramError::NotOneBoolean),
        }
    }

    /// The field ids it reads, in slot order: its dependencies.
    pub fn slots(&self) -> &[String] {
        &self.slots
    }

    pub fn code(&self) -> &[Op] {
        &self.code
    }

    /// Runs it. `text` gives the text of a field, empty when unanswered or hidden; `has` whether
    /// it has any answer, which is not the same for files.
    pub fn run<'a>(&'a self, text: impl Fn(&str) -> &'a str, has: impl Fn(&str) -> bool) -> bool {
        self.step_through(text, has).unwrap_or(false)
    }

    /// `None` is what `new` has excluded.
    fn step_through<'a>(
        &'a self,
        text: impl Fn(&str) -> &'a str,
        has: impl Fn(&str) -> bool,
    ) -> Option<bool> {
        let slot = |n: &u16| self.slots.get(usize::from(*n)).map(String::as_str);
        let mut stack: Vec<Cell<'a>> = Vec::with_capacity(8);
        for op in &self.code {
            let pushed = match op {
                Op::Slot(n) => Cell::Text(text(slot(n)?)),
                Op::Has(n) => Cell::Bool(has(slot(n)?)),
                Op::Text(literal) => Cell::Text(literal),
                Op::Bool(literal) => Cell::Bool(*literal),
                Op::Not => match stack.pop()? {
                    Cell::Bool(value) => Cell::Bool(!value),
                    Cell::Text(_) => return None,
                },
                Op::In(list) => match stack.pop()? {
                    Cell::Text(value) => Cell::Bool(list.iter().any(|item| item == value)),
                    Cell::Bool(_) => return None,
                },
                Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::And | Op::Or => {
                    let (right, left) = (stack.pop()?, stack.pop()?);
                    Cell::Bool(match (op, left, right) {
                        (Op::Eq, Cell::Text(left), Cell::Text(right)) => left == right,
                        (Op::Eq, Cell::Bool(left), Cell::Bool(right)) => left == right,
                        (Op::Ne, Cell::Text(left), Cell::Text(right)) => left != right,
                        (Op::Ne, Cell::Bool(left), Cell::Bool(right)) => left != right,
                        (Op::Lt, Cell::Text(left), Cell::Text(right)) => left < right,
                        (Op::Le, Cell::Text(left), Cell::Text(right)) => left <= right,
                        (Op::And, Cell::Bool(left), Cell::Bool(right)) => left && right,
                        (Op::Or, Cell::Bool(left), Cell::Bool(right)) => left || right,
                        _ => return None,
                    })
                }
            };
            stack.push(pushed);
        }
        match (stack.pop()?, stack.is_empty()) {
            (Cell::Bool(value), true) => Some(value),
            _ => None,
        }
    }
}

impl TryFrom<RawProgram> for Program {
    type Error = ProgramError;

    fn try_from(raw: RawProgram) -> Result<Self, ProgramError> {
        Self::new(raw.slots, raw.code)
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

    fn run(program: &Program, a: &'static str, b: &'static str) -> Option<bool> {
        program.step_through(
            |field| match field {
                "a" => a,
                "b.c" => b,
                _ => "",
            },
            |field| match field {
                "a" => !a.is_empty(),
                "b.c" => !b.is_empty(),
                _ => true,
            },
        )
    }

    fn op((kind, slot): (u8, u16)) -> Op {
        let text = ["", "x", "y", "2026-11-22"][usize::from(slot % 4)].to_owned();
        match kind % 12 {
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
            _ => Op::Has(slot % 4),
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
        let program = Program::new(slots(), code).unwrap();
        assert_eq!(run(&program, "x", ""), Some(true));
        assert_eq!(run(&program, "x", "y"), Some(false));
        assert_eq!(run(&program, "z", ""), Some(false));
    }

    #[test]
    fn days_compare_as_days() {
        let before = Program::new(slots(), vec![Op::Slot(0), Op::Slot(1), Op::Lt]).unwrap();
        assert_eq!(run(&before, "2026-09-30", "2026-11-02"), Some(true));
        assert_eq!(run(&before, "2026-11-02", "2026-11-02"), Some(false));
        let not_after = Program::new(slots(), vec![Op::Slot(0), Op::Slot(1), Op::Le]).unwrap();
        assert_eq!(run(&not_after, "2026-11-02", "2026-11-02"), Some(true));
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
                if let Ok(program) = Program::new(slots(), code) {
                    for (a, b) in [("", ""), ("x", ""), ("", "y"), ("2026-11-22", "x")] {
                        let said = run(&program, a, b);
                        assert!(said.is_some());
                        assert_eq!(said, run(&program, a, b));
                    }
                }
            });
    }
}
