//! Conditions as small stack programs over slots.
//!
//! Authors write a documented subset of CEL; `gandan-packs` compiles it when a pack is built, so
//! that neither a parser nor the 2.4–6 MB of `cel` rides on the phone.

use serde::{Deserialize, Serialize};

/// A compiled boolean expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Field ids the program reads, in slot order: also its dependencies.
    pub slots: Vec<String>,
    pub code: Vec<Op>,
}

/// One instruction; operands come from the stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Push the text of slot `n`; an unanswered or hidden field is the empty string.
    Slot(u16),
    Text(String),
    Bool(bool),
    Eq,
    Ne,
    And,
    Or,
    Not,
    /// Pop a text; push whether it is one of these.
    In(Vec<String>),
    /// Push whether slot `n` has a non-empty answer.
    Has(u16),
}
