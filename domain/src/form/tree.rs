//! A program as it is run: a tree of expressions, each of one type.
//!
//! It is grown while the program is type-checked ([`super::program`]), so a branch of the wrong
//! type cannot be built, and running one neither looks at types nor allocates, except where texts
//! are joined. Every expression has a value, whatever the answers, so `and`, `or` and `if` leave
//! out what cannot matter any more.
//!
//! What was rejected: running the postfix code itself. That takes a stack, or a walk from its end
//! that cannot skip an operand, and a look at the type of every value on the way.

use std::borrow::Cow;

use super::program::{Cell, Op, Reads, Type, years};

/// An expression that says yes or no.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Test {
    Bool(bool),
    Has(u16),
    Chosen(u16, String),
    Not(Box<Self>),
    And(Box<(Self, Self)>),
    Or(Box<(Self, Self)>),
    If(Box<(Self, Self, Self)>),
    Same(Box<(Self, Self)>),
    /// The text of a slot is this one: what most conditions ask.
    Is(u16, String),
    SameText(Box<(Words, Words)>),
    Before(Box<(Words, Words)>),
    NotAfter(Box<(Words, Words)>),
    In(Words, Vec<String>),
    Equal(Box<(Count, Count)>),
    Less(Box<(Count, Count)>),
    AtMost(Box<(Count, Count)>),
    /// `inner`: which of the program's looks into items it is, in code order.
    Any {
        slot: u16,
        inner: u16,
        each: Box<Self>,
    },
    All {
        slot: u16,
        inner: u16,
        each: Box<Self>,
    },
}

/// An expression that is a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Words {
    Slot(u16),
    Text(String),
    Today,
    Join(Box<(Self, Self)>),
    If(Box<(Test, Self, Self)>),
}

/// An expression that is a whole number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Count {
    Int(u16),
    Number(i64),
    Size(u16),
    Add(Box<(Self, Self)>),
    Sub(Box<(Self, Self)>),
    Mul(Box<(Self, Self)>),
    Years(Box<(Words, Words)>),
    If(Box<(Test, Self, Self)>),
    Sum {
        slot: u16,
        inner: u16,
        each: Box<Self>,
    },
}

/// An expression of whatever type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tree {
    Test(Test),
    Words(Words),
    Count(Count),
}

impl Tree {
    pub fn is(&self) -> Type {
        match self {
            Self::Test(_) => Type::Bool,
            Self::Words(_) => Type::Text,
            Self::Count(_) => Type::Number,
        }
    }

    pub fn run<'a, R: Reads<'a>>(&'a self, reads: &R) -> Cell<'a> {
        match self {
            Self::Test(test) => Cell::Bool(test.run(reads)),
            Self::Words(words) => Cell::Text(words.run(reads)),
            Self::Count(count) => Cell::Number(count.run(reads)),
        }
    }

    /// Two of one type, put together by an operator; `None` where it takes no such two.
    pub fn both(op: &Op, left: Self, right: Self) -> Option<Self> {
        use Tree::{Count as C, Test as T, Words as W};
        Some(match (op, left, right) {
            (Op::Eq, left, right) => T(Test::same(left, right)?),
            (Op::Ne, left, right) => T(Test::Not(Box::new(Test::same(left, right)?))),
            (Op::Lt, W(left), W(right)) => T(Test::Before(Box::new((left, right)))),
            (Op::Le, W(left), W(right)) => T(Test::NotAfter(Box::new((left, right)))),
            (Op::Lt, C(left), C(right)) => T(Test::Less(Box::new((left, right)))),
            (Op::Le, C(left), C(right)) => T(Test::AtMost(Box::new((left, right)))),
            (Op::And, T(left), T(right)) => T(Test::And(Box::new((left, right)))),
            (Op::Or, T(left), T(right)) => T(Test::Or(Box::new((left, right)))),
            (Op::Add, W(left), W(right)) => W(Words::Join(Box::new((left, right)))),
            (Op::Add, C(left), C(right)) => C(Count::Add(Box::new((left, right)))),
            (Op::Sub, C(left), C(right)) => C(Count::Sub(Box::new((left, right)))),
            (Op::Mul, C(left), C(right)) => C(Count::Mul(Box::new((left, right)))),
            (Op::Years, W(left), W(right)) => C(Count::Years(Box::new((left, right)))),
            _ => return None,
        })
    }

    /// `first` where the test holds, else `other`; `None` where the two are of different types.
    pub fn choice(test: Test, first: Self, other: Self) -> Option<Self> {
        Some(match (first, other) {
            (Self::Test(first), Self::Test(other)) => {
                Self::Test(Test::If(Box::new((test, first, other))))
            }
            (Self::Words(first), Self::Words(other)) => {
                Self::Words(Words::If(Box::new((test, first, other))))
            }
            (Self::Count(first), Self::Count(other)) => {
                Self::Count(Count::If(Box::new((test, first, other))))
            }
            _ => return None,
        })
    }
}

impl Test {
    fn same(left: Tree, right: Tree) -> Option<Self> {
        Some(match (left, right) {
            (Tree::Words(Words::Slot(slot)), Tree::Words(Words::Text(text)))
            | (Tree::Words(Words::Text(text)), Tree::Words(Words::Slot(slot))) => {
                Self::Is(slot, text)
            }
            (Tree::Words(left), Tree::Words(right)) => Self::SameText(Box::new((left, right))),
            (Tree::Count(left), Tree::Count(right)) => Self::Equal(Box::new((left, right))),
            (Tree::Test(left), Tree::Test(right)) => Self::Same(Box::new((left, right))),
            _ => return None,
        })
    }

    pub fn run<'a, R: Reads<'a>>(&'a self, reads: &R) -> bool {
        match self {
            Self::Bool(literal) => *literal,
            Self::Has(slot) => reads.has(*slot),
            Self::Chosen(slot, option) => reads.chosen(*slot, option),
            Self::Not(of) => !of.run(reads),
            Self::And(of) => of.0.run(reads) && of.1.run(reads),
            Self::Or(of) => of.0.run(reads) || of.1.run(reads),
            Self::If(of) if of.0.run(reads) => of.1.run(reads),
            Self::If(of) => of.2.run(reads),
            Self::Same(of) => of.0.run(reads) == of.1.run(reads),
            Self::Is(slot, text) => reads.text(*slot) == text,
            Self::SameText(of) => of.0.run(reads) == of.1.run(reads),
            Self::Before(of) => of.0.run(reads) < of.1.run(reads),
            Self::NotAfter(of) => of.0.run(reads) <= of.1.run(reads),
            Self::In(of, list) => {
                let value = of.run(reads);
                list.iter().any(|item| *item == value)
            }
            Self::Equal(of) => of.0.run(reads) == of.1.run(reads),
            Self::Less(of) => of.0.run(reads) < of.1.run(reads),
            Self::AtMost(of) => of.0.run(reads) <= of.1.run(reads),
            Self::Any { slot, inner, each } => {
                let mut found = false;
                reads.each(*slot, *inner, &mut |item| {
                    found = each.run(item);
                    !found
                });
                found
            }
            Self::All { slot, inner, each } => {
                let mut all = true;
                reads.each(*slot, *inner, &mut |item| {
                    all = each.run(item);
                    all
                });
                all
            }
        }
    }
}

impl Words {
    pub fn run<'a, R: Reads<'a>>(&'a self, reads: &R) -> Cow<'a, str> {
        match self {
            Self::Slot(slot) => Cow::Borrowed(reads.text(*slot)),
            Self::Text(literal) => Cow::Borrowed(literal),
            Self::Today => Cow::Borrowed(reads.today()),
            Self::Join(of) => of.0.run(reads) + of.1.run(reads),
            Self::If(of) if of.0.run(reads) => of.1.run(reads),
            Self::If(of) => of.2.run(reads),
        }
    }
}

impl Count {
    pub fn run<'a, R: Reads<'a>>(&'a self, reads: &R) -> i64 {
        match self {
            Self::Int(slot) => reads.number(*slot),
            Self::Number(literal) => *literal,
            Self::Size(slot) => reads.size(*slot),
            Self::Add(of) => of.0.run(reads).saturating_add(of.1.run(reads)),
            Self::Sub(of) => of.0.run(reads).saturating_sub(of.1.run(reads)),
            Self::Mul(of) => of.0.run(reads).saturating_mul(of.1.run(reads)),
            Self::Years(of) => years(&of.0.run(reads), &of.1.run(reads)),
            Self::If(of) if of.0.run(reads) => of.1.run(reads),
            Self::If(of) => of.2.run(reads),
            Self::Sum { slot, inner, each } => {
                let mut sum = 0_i64;
                reads.each(*slot, *inner, &mut |item| {
                    sum = sum.saturating_add(each.run(item));
                    true
                });
                sum
            }
        }
    }
}
