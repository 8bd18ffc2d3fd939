//! Conditions and computed values: a subset of CEL, compiled to the slot programs that phone and
//! server run.
//!
//! The subset is what a form needs; `docs/procedures.md` lists it. It is parsed by the `cel`
//! crate, so what looks like CEL means what CEL says; `cel`'s interpreter is the oracle of the
//! differential tests. The readings that are ours, because answers may be missing: an unanswered
//! field is the empty text, or 0 if it is a number, `has(x)` is whether it is answered, `today` is
//! the day of filing, and `years(a, b)` and `sum(list)` are functions that CEL lets a host add.
//!
//! What was rejected: shipping `cel` itself, which adds 2.4–6 MB to a phone's library and can
//! fail while a person fills a form; and a grammar of our own, which nobody knows and no other
//! tool checks.

use std::collections::BTreeMap;

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};
use gandan_domain::form::{
    Computation, FieldKind, Program,
    program::{Op, ProgramError},
};

/// Longest condition, in bytes: a person has to read it.
pub const MAX_SOURCE: usize = 1000;

/// The parser recurses for every bracket, operator and dot; random conditions of a few hundred
/// bytes overflowed the 2 MiB of a test's thread. Reserved, not used, in all other cases.
const STACK: usize = 64 << 20;

/// What a condition may name, and where it stands.
#[derive(Clone, Default)]
pub struct Scope {
    pub fields: BTreeMap<String, Named>,
    /// The repeating groups, each with those around it, outermost first.
    pub lists: BTreeMap<String, Vec<String>>,
    /// The repeating groups around the condition, outermost first.
    pub inside: Vec<String>,
    /// Whether it may ask for the day of filing.
    pub today: bool,
}

/// A field that a condition may name.
#[derive(Clone)]
pub struct Named {
    pub kind: FieldKind,
    /// The repeating groups around it, outermost first.
    pub inside: Vec<String>,
}

impl FromIterator<(String, FieldKind)> for Scope {
    /// Fields that are asked once.
    fn from_iter<I: IntoIterator<Item = (String, FieldKind)>>(fields: I) -> Self {
        let named = |(id, kind)| {
            let inside = Vec::new();
            (id, Named { kind, inside })
        };
        Self {
            fields: fields.into_iter().map(named).collect(),
            ..Self::default()
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    #[error("read the condition: it is longer than {MAX_SOURCE} bytes")]
    TooLong,
    #[error("read the condition: it is not CEL: {0}")]
    Syntax(String),
    #[error("compile the condition: {0} is not in the subset of CEL that conditions may use")]
    Unsupported(String),
    #[error("compile the condition: it asks about the field `{0}`, which does not exist")]
    UnknownField(String),
    #[error("compile the condition: `{field}` has no choice `{choice}`")]
    UnknownChoice { field: String, choice: String },
    #[error("compile the condition: `{0}` holds no text; only has({0}) can be asked")]
    NotText(String),
    #[error(
        "compile the condition: `{0}` can't be compared by order, which is for days and numbers"
    )]
    NotADay(String),
    #[error("compile the condition: `{0}` is not a day written yyyy-mm-dd")]
    BadDay(String),
    #[error("compile the condition: `{0}` is not a repeating group that can be seen from here")]
    NotAList(String),
    #[error(
        "compile the condition: `{field}` is asked once for every `{list}`; say which, as in {list}.exists(x, ..)"
    )]
    ManyAnswers { field: String, list: String },
    #[error(
        "compile the condition: `today` may be asked in rules only: what is asked must not change over night"
    )]
    Today,
    #[error("compile the condition: {0} stands where {1} must stand")]
    WrongType(&'static str, &'static str),
    #[error("compile the condition: no thread to compile it on")]
    NoThread,
    #[error(transparent)]
    Program(#[from] ProgramError),
}

/// Compiles a condition that may ask about what `scope` names.
pub fn compile(source: &str, scope: &Scope) -> Result<Program, ConditionError> {
    deep(source, scope, |compiler, expr| {
        compiler.boolean(expr)?;
        let (slots, code) = compiler.done();
        Ok(Program::new(slots, code)?)
    })
}

/// Compiles a computed value.
pub fn compile_value(source: &str, scope: &Scope) -> Result<Computation, ConditionError> {
    deep(source, scope, |compiler, expr| {
        compiler.expr(expr)?;
        let (slots, code) = compiler.done();
        Ok(Computation::new(slots, code)?)
    })
}

fn deep<T: Send>(
    source: &str,
    scope: &Scope,
    then: impl FnOnce(&mut Compiler<'_>, &Expr) -> Result<T, ConditionError> + Send,
) -> Result<T, ConditionError> {
    if source.len() > MAX_SOURCE {
        return Err(ConditionError::TooLong);
    }
    std::thread::scope(|scoped| {
        std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scoped, || {
                // Without macros: `has`, `exists` and their like stay the calls that were written.
                let parsed = cel::Env::default().compile(source).map_err(|errors| {
                    let all: Vec<String> = errors
                        .errors
                        .iter()
                        .map(|error| error.msg.clone())
                        .collect();
                    ConditionError::Syntax(all.join("; "))
                })?;
                let mut compiler = Compiler::new(scope, Vec::new());
                then(&mut compiler, &parsed.expression().expr)
            })
            .map_err(|_| ConditionError::NoThread)?
            .join()
            .map_err(|_| ConditionError::NoThread)?
    })
}

struct Compiler<'s> {
    scope: &'s Scope,
    /// The names given to items by `exists` and its like, with the group they stand for.
    names: Vec<(String, String)>,
    slots: Vec<String>,
    code: Vec<Op>,
}

/// What an expression turned out to be.
struct Operand {
    is: Is,
    /// The field it is, if it is just one.
    field: Option<String>,
    /// The text it is, if it is just that.
    literal: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Is {
    Text,
    /// A text that is a day.
    Day,
    Number,
    Bool,
}

impl Is {
    const fn name(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Day => "a day",
            Self::Number => "a number",
            Self::Bool => "a yes or no",
        }
    }
}

impl From<Is> for Operand {
    fn from(is: Is) -> Self {
        Self {
            is,
            field: None,
            literal: None,
        }
    }
}

impl<'s> Compiler<'s> {
    fn new(scope: &'s Scope, names: Vec<(String, String)>) -> Self {
        Self {
            scope,
            names,
            slots: Vec::new(),
            code: Vec::new(),
        }
    }

    fn done(&mut self) -> (Vec<String>, Vec<Op>) {
        (
            std::mem::take(&mut self.slots),
            std::mem::take(&mut self.code),
        )
    }

    fn boolean(&mut self, expr: &Expr) -> Result<(), ConditionError> {
        let got = self.expr(expr)?;
        match got.is {
            Is::Bool => Ok(()),
            _ if got.field.is_some() => Err(ConditionError::WrongType(
                "a field by itself",
                "a yes or no (compare it, or ask has(..))",
            )),
            other => Err(ConditionError::WrongType(other.name(), "a yes or no")),
        }
    }

    fn number(&mut self, expr: &Expr) -> Result<(), ConditionError> {
        match self.expr(expr)?.is {
            Is::Number => Ok(()),
            other => Err(ConditionError::WrongType(other.name(), "a number")),
        }
    }

    fn day(&mut self, expr: &Expr) -> Result<(), ConditionError> {
        let got = self.expr(expr)?;
        match (got.is, &got.literal, got.field) {
            (Is::Day, _, _) => Ok(()),
            (Is::Text, Some(literal), _) => check_day(literal),
            (Is::Text, _, Some(field)) => Err(ConditionError::NotADay(field)),
            (other, ..) => Err(ConditionError::WrongType(other.name(), "a day")),
        }
    }

    fn expr(&mut self, expr: &Expr) -> Result<Operand, ConditionError> {
        match expr {
            Expr::Literal(LiteralValue::Boolean(value)) => {
                self.code.push(Op::Bool(*value.inner()));
                Ok(Is::Bool.into())
            }
            Expr::Literal(LiteralValue::Int(value)) => {
                self.code.push(Op::Number(*value.inner()));
                Ok(Is::Number.into())
            }
            Expr::Literal(LiteralValue::String(text)) => {
                self.code.push(Op::Text(text.inner().to_owned()));
                Ok(Operand {
                    is: Is::Text,
                    field: None,
                    literal: Some(text.inner().to_owned()),
                })
            }
            Expr::Ident(name) if name == "today" => {
                if !self.scope.today {
                    return Err(ConditionError::Today);
                }
                self.code.push(Op::Today);
                Ok(Is::Day.into())
            }
            Expr::Ident(_) | Expr::Select(_) => {
                let id = self.path(expr)?;
                self.field(id)
            }
            Expr::Call(call) => self.call(call),
            _ => Err(unsupported(expr)),
        }
    }

    fn field(&mut self, id: String) -> Result<Operand, ConditionError> {
        let is = match self.kind(&id)? {
            FieldKind::File { .. } | FieldKind::MultiChoice { .. } => {
                return Err(ConditionError::NotText(id));
            }
            FieldKind::Number { .. } | FieldKind::Money { .. } => Is::Number,
            FieldKind::Date { .. } => Is::Day,
            FieldKind::Text { .. }
            | FieldKind::PersonName
            | FieldKind::IdNumber
            | FieldKind::Phone
            | FieldKind::Commune
            | FieldKind::YesNo
            | FieldKind::Choice { .. } => Is::Text,
        };
        let slot = self.slot(id.clone())?;
        self.code.push(match is {
            Is::Number => Op::Int(slot),
            _ => Op::Slot(slot),
        });
        Ok(Operand {
            is,
            field: Some(id),
            literal: None,
        })
    }

    fn call(&mut self, call: &CallExpr) -> Result<Operand, ConditionError> {
        let args: Vec<&Expr> = call.args.iter().map(|arg| &arg.expr).collect();
        let target = call.target.as_ref().map(|target| &target.expr);
        match (call.func_name.as_str(), target, &args[..]) {
            (operators::LOGICAL_NOT, None, [one]) => {
                self.boolean(one)?;
                self.code.push(Op::Not);
                Ok(Is::Bool.into())
            }
            (operators::LOGICAL_AND, None, [left, right]) => self.both(left, right, Op::And),
            (operators::LOGICAL_OR, None, [left, right]) => self.both(left, right, Op::Or),
            (operators::EQUALS, None, [left, right]) => self.equality(left, right, Op::Eq),
            (operators::NOT_EQUALS, None, [left, right]) => self.equality(left, right, Op::Ne),
            (operators::LESS, None, [left, right]) => self.order(left, right, Op::Lt),
            (operators::LESS_EQUALS, None, [left, right]) => self.order(left, right, Op::Le),
            (operators::GREATER, None, [left, right]) => self.order(right, left, Op::Lt),
            (operators::GREATER_EQUALS, None, [left, right]) => self.order(right, left, Op::Le),
            (operators::ADD, None, [left, right]) => self.add(left, right),
            (operators::SUBSTRACT, None, [left, right]) => self.arithmetic(left, right, Op::Sub),
            (operators::MULTIPLY, None, [left, right]) => self.arithmetic(left, right, Op::Mul),
            (operators::NEGATE, None, [one]) => {
                self.code.push(Op::Number(0));
                self.number(one)?;
                self.code.push(Op::Sub);
                Ok(Is::Number.into())
            }
            (operators::CONDITIONAL, None, [condition, first, other]) => {
                self.boolean(condition)?;
                let first = self.expr(first)?.is;
                let other = self.expr(other)?.is;
                if first != other {
                    return Err(ConditionError::WrongType(other.name(), first.name()));
                }
                self.code.push(Op::If);
                Ok(first.into())
            }
            (operators::IN, None, [one, Expr::List(list)]) => self.one_of(one, &list.elements),
            (operators::IN, None, [Expr::Literal(LiteralValue::String(option)), field]) => {
                self.chosen(option.inner(), field)
            }
            ("has", None, [one]) => self.has(one),
            ("years", None, [from, to]) => {
                self.day(from)?;
                self.day(to)?;
                self.code.push(Op::Years);
                Ok(Is::Number.into())
            }
            ("size", None, [list]) => {
                let list = self.list(list)?;
                let slot = self.slot(list)?;
                self.code.push(Op::Size(slot));
                Ok(Is::Number.into())
            }
            ("exists", Some(list), [Expr::Ident(name), each]) => {
                let (slot, mut inner) = self.enter(list, name)?;
                inner.boolean(each)?;
                let (slots, code) = inner.done();
                self.code
                    .push(Op::Any(slot, Box::new(Program::new(slots, code)?)));
                Ok(Is::Bool.into())
            }
            ("all", Some(list), [Expr::Ident(name), each]) => {
                let (slot, mut inner) = self.enter(list, name)?;
                inner.boolean(each)?;
                let (slots, code) = inner.done();
                self.code
                    .push(Op::All(slot, Box::new(Program::new(slots, code)?)));
                Ok(Is::Bool.into())
            }
            ("sum", None, [Expr::Call(map)]) if map.func_name == "map" => self.sum(map),
            (name, _, _) => Err(ConditionError::Unsupported(format!(
                "`{}`",
                name.trim_matches(|letter| letter == '_' || letter == '@')
            ))),
        }
    }

    fn sum(&mut self, map: &CallExpr) -> Result<Operand, ConditionError> {
        let (
            Some(list),
            [
                IdedExpr {
                    expr: Expr::Ident(name),
                    ..
                },
                each,
            ],
        ) = (&map.target, map.args.as_slice())
        else {
            return Err(ConditionError::Unsupported("this `map`".into()));
        };
        let (slot, mut inner) = self.enter(&list.expr, name)?;
        inner.number(&each.expr)?;
        let (slots, code) = inner.done();
        self.code
            .push(Op::Sum(slot, Box::new(Computation::new(slots, code)?)));
        Ok(Is::Number.into())
    }

    /// A compiler for what is asked of each item of a list.
    fn enter(&mut self, list: &Expr, name: &str) -> Result<(u16, Compiler<'s>), ConditionError> {
        let list = self.list(list)?;
        let slot = self.slot(list.clone())?;
        let mut names = self.names.clone();
        names.push((name.to_owned(), list));
        Ok((slot, Self::new(self.scope, names)))
    }

    /// A repeating group of which there is one where the condition stands.
    fn list(&self, expr: &Expr) -> Result<String, ConditionError> {
        let id = self.path(expr)?;
        match self.scope.lists.get(&id) {
            Some(around) if self.sees(around) => Ok(id),
            _ => Err(ConditionError::NotAList(id)),
        }
    }

    /// Whether everything inside these repeating groups is one thing for the condition.
    fn sees(&self, around: &[String]) -> bool {
        around.iter().all(|list| {
            self.scope.inside.contains(list) || self.names.iter().any(|(_, named)| named == list)
        })
    }

    fn has(&mut self, expr: &Expr) -> Result<Operand, ConditionError> {
        let id = match expr {
            Expr::Select(_) => self.path(expr)?,
            _ => {
                return Err(ConditionError::Syntax(
                    "has() takes an id with a dot; of `name` ask `name != ''`".into(),
                ));
            }
        };
        self.kind(&id)?;
        let slot = self.slot(id)?;
        self.code.push(Op::Has(slot));
        Ok(Is::Bool.into())
    }

    fn chosen(&mut self, option: &str, field: &Expr) -> Result<Operand, ConditionError> {
        let id = self.path(field)?;
        let FieldKind::MultiChoice { options } = self.kind(&id)? else {
            return Err(ConditionError::WrongType(
                "one answer",
                "a multiple choice or a list",
            ));
        };
        if !options.iter().any(|known| known.id == option) {
            return Err(ConditionError::UnknownChoice {
                field: id,
                choice: option.to_owned(),
            });
        }
        let slot = self.slot(id)?;
        self.code.push(Op::Chosen(slot, option.to_owned()));
        Ok(Is::Bool.into())
    }

    fn one_of(&mut self, one: &Expr, list: &[IdedExpr]) -> Result<Operand, ConditionError> {
        let got = self.expr(one)?;
        if !matches!(got.is, Is::Text | Is::Day) {
            return Err(ConditionError::WrongType(got.is.name(), "a text"));
        }
        let mut items = Vec::new();
        for element in list {
            let Expr::Literal(LiteralValue::String(text)) = &element.expr else {
                return Err(ConditionError::WrongType("something else", "a text"));
            };
            let item = text.inner().to_owned();
            self.comparable(got.field.as_deref(), Some(&item))?;
            items.push(item);
        }
        self.code.push(Op::In(items));
        Ok(Is::Bool.into())
    }

    fn both(&mut self, left: &Expr, right: &Expr, op: Op) -> Result<Operand, ConditionError> {
        self.boolean(left)?;
        self.boolean(right)?;
        self.code.push(op);
        Ok(Is::Bool.into())
    }

    fn equality(&mut self, left: &Expr, right: &Expr, op: Op) -> Result<Operand, ConditionError> {
        let (left, right) = (self.expr(left)?, self.expr(right)?);
        let texts = |is: Is| matches!(is, Is::Text | Is::Day);
        if left.is != right.is && !(texts(left.is) && texts(right.is)) {
            return Err(ConditionError::WrongType(right.is.name(), left.is.name()));
        }
        self.comparable(left.field.as_deref(), right.literal.as_deref())?;
        self.comparable(right.field.as_deref(), left.literal.as_deref())?;
        self.code.push(op);
        Ok(Is::Bool.into())
    }

    fn order(&mut self, left: &Expr, right: &Expr, op: Op) -> Result<Operand, ConditionError> {
        let before = (self.code.len(), self.slots.len());
        if self.expr(left)?.is == Is::Number {
            self.number(right)?;
        } else {
            self.code.truncate(before.0);
            self.slots.truncate(before.1);
            self.day(left)?;
            self.day(right)?;
        }
        self.code.push(op);
        Ok(Is::Bool.into())
    }

    fn add(&mut self, left: &Expr, right: &Expr) -> Result<Operand, ConditionError> {
        let (left, right) = (self.expr(left)?.is, self.expr(right)?.is);
        if left != right || !matches!(left, Is::Text | Is::Number) {
            return Err(ConditionError::WrongType(
                right.name(),
                "two numbers or two texts",
            ));
        }
        self.code.push(Op::Add);
        Ok(left.into())
    }

    fn arithmetic(&mut self, left: &Expr, right: &Expr, op: Op) -> Result<Operand, ConditionError> {
        self.number(left)?;
        self.number(right)?;
        self.code.push(op);
        Ok(Is::Number.into())
    }

    /// A comparison that can never hold is a slip of the pen: refuse it.
    fn comparable(&self, field: Option<&str>, literal: Option<&str>) -> Result<(), ConditionError> {
        let (Some(field), Some(literal)) = (field, literal.filter(|literal| !literal.is_empty()))
        else {
            return Ok(());
        };
        let is_option = match self.kind(field)? {
            FieldKind::Choice { options } => options.iter().any(|option| option.id == literal),
            FieldKind::YesNo => matches!(literal, "yes" | "no"),
            FieldKind::Date { .. } => return check_day(literal),
            _ => true,
        };
        if is_option {
            Ok(())
        } else {
            Err(ConditionError::UnknownChoice {
                field: field.to_owned(),
                choice: literal.to_owned(),
            })
        }
    }

    fn kind(&self, id: &str) -> Result<&'s FieldKind, ConditionError> {
        let named = self
            .scope
            .fields
            .get(id)
            .ok_or_else(|| ConditionError::UnknownField(id.to_owned()))?;
        match named
            .inside
            .iter()
            .find(|list| !self.sees(std::slice::from_ref(list)))
        {
            None => Ok(&named.kind),
            Some(list) => Err(ConditionError::ManyAnswers {
                field: id.to_owned(),
                list: list.clone(),
            }),
        }
    }

    fn slot(&mut self, id: String) -> Result<u16, ConditionError> {
        let at = match self.slots.iter().position(|slot| *slot == id) {
            Some(at) => at,
            None => {
                self.slots.push(id);
                self.slots.len() - 1
            }
        };
        u16::try_from(at).map_err(|_| ConditionError::Program(ProgramError::TooLong))
    }

    /// A field id: CEL reads `child.full_name` as a selection, for us it is one name. What
    /// `exists` calls an item stands for the group that it is an item of.
    fn path(&self, expr: &Expr) -> Result<String, ConditionError> {
        match expr {
            Expr::Ident(name) => Ok(self
                .names
                .iter()
                .rev()
                .find(|(given, _)| given == name)
                .map_or_else(|| name.clone(), |(_, list)| list.clone())),
            Expr::Select(select) if !select.test => Ok(format!(
                "{}.{}",
                self.path(&select.operand.expr)?,
                select.field
            )),
            _ => Err(unsupported(expr)),
        }
    }
}

fn check_day(text: &str) -> Result<(), ConditionError> {
    let is_day = text
        .parse::<jiff::civil::Date>()
        .is_ok_and(|day| day.to_string() == text);
    if is_day {
        Ok(())
    } else {
        Err(ConditionError::BadDay(text.to_owned()))
    }
}

fn unsupported(expr: &Expr) -> ConditionError {
    ConditionError::Unsupported(
        match expr {
            Expr::Comprehension(_) => "a loop over a list",
            Expr::List(_) => "a list outside `in`",
            Expr::Map(_) | Expr::Struct(_) => "a map or structure",
            Expr::Literal(_) => "a number with decimals, or bytes",
            Expr::Call(_) => "a call",
            Expr::Ident(_) | Expr::Select(_) => "a name here",
            Expr::Unspecified => "an empty expression",
        }
        .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )]

    use std::sync::atomic::{AtomicUsize, Ordering};

    use gandan_domain::{
        catalog::LocalText,
        form::{Answers, ChoiceOption, Value},
    };

    use super::*;

    fn scope() -> Scope {
        let option = |id: &str| ChoiceOption {
            id: id.into(),
            label: LocalText::default(),
        };
        let file = FieldKind::File {
            max_bytes: 1,
            media_types: vec!["image/png".into()],
        };
        [
            (
                "case",
                FieldKind::Choice {
                    options: vec![option("ordinary"), option("abandoned"), option("other")],
                },
            ),
            ("relation", FieldKind::Text { max: 9 }),
            ("child.name", FieldKind::PersonName),
            ("child.born", FieldKind::Date { past: true }),
            ("mother.name", FieldKind::PersonName),
            ("mother.born", FieldKind::Date { past: true }),
            ("paper.photo", file),
        ]
        .into_iter()
        .map(|(id, kind)| (id.to_owned(), kind))
        .collect()
    }

    fn error(source: &str) -> ConditionError {
        compile(source, &scope()).expect_err(source)
    }

    #[test]
    fn the_subset_compiles() {
        for source in [
            "case == 'ordinary'",
            "!(case != \"ordinary\") && true || false",
            "case in ['ordinary', 'other'] && has(child.name)",
            "has(paper.photo) == (case == '')",
            "mother.born < child.born && child.born >= '2020-02-29'",
            "child.name != mother.name // a comment",
            "case == 'other' ? 1 + 1 == 2 : years(mother.born, child.born) >= 12",
        ] {
            assert!(compile(source, &scope()).is_ok(), "{source}");
        }
        let program = compile("case == 'other' || case == 'abandoned'", &scope()).unwrap();
        assert_eq!(program.slots(), ["case"]);
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        use ConditionError as E;
        assert!(matches!(error("case =="), E::Syntax(_)));
        assert!(matches!(error(""), E::Syntax(_)));
        assert!(matches!(error("has(case)"), E::Syntax(why) if why.contains("!= ''")));
        assert!(matches!(error(&"!".repeat(MAX_SOURCE + 1)), E::TooLong));
        assert_eq!(error("size(case) == 3"), E::NotAList("case".into()));
        assert!(matches!(error("case.startsWith('o')"), E::Unsupported(_)));
        assert!(matches!(
            error("['a'].all(x, x == case)"),
            E::Unsupported(_) | E::NotAList(_)
        ));
        assert!(matches!(error("1.5 > 2.0"), E::Unsupported(_)));
        assert!(matches!(error("has(case.size)"), E::UnknownField(_)));
        assert_eq!(error("child.born < today"), E::Today);
        assert_eq!(error("size(child) > 1"), E::NotAList("child".into()));
        assert_eq!(error("nobody == 'x'"), E::UnknownField("nobody".into()));
        assert_eq!(error("has(child.age)"), E::UnknownField("child.age".into()));
        let unknown = |choice: &str| E::UnknownChoice {
            field: "case".into(),
            choice: choice.into(),
        };
        assert_eq!(error("case == 'adopted'"), unknown("adopted"));
        assert_eq!(error("'adopted' != case"), unknown("adopted"));
        assert_eq!(error("case in ['other', 'adopted']"), unknown("adopted"));
        assert_eq!(error("paper.photo == ''"), E::NotText("paper.photo".into()));
        assert_eq!(error("case < 'other'"), E::NotADay("case".into()));
        assert_eq!(
            error("child.born < '5/11/2026'"),
            E::BadDay("5/11/2026".into())
        );
        assert_eq!(
            error("child.born == '2026-2-1'"),
            E::BadDay("2026-2-1".into())
        );
        assert!(matches!(error("case"), E::WrongType(..)));
        assert!(matches!(error("'text'"), E::WrongType(..)));
        assert!(matches!(error("case == true"), E::WrongType(..)));
        assert!(matches!(error("case in ['other', 1]"), E::WrongType(..)));
    }

    #[test]
    fn deep_conditions_are_refused_or_compiled() {
        for (part, end) in [
            ("(", ""),
            ("!", "true"),
            ("case.", "a"),
            ("case==", "case"),
            ("has(", ""),
            ("[", ""),
            ("true?", ""),
        ] {
            let source = part.repeat((MAX_SOURCE - end.len()) / part.len()) + end;
            let _ = compile(&source, &scope());
        }
    }

    /// Any text is refused or compiled.
    #[test]
    fn compiling_never_falls() {
        let scope = scope();
        bolero::check!().with_type::<String>().for_each(|source| {
            let _ = compile(source, &scope);
        });
        let words = [
            "case",
            "==",
            "'other'",
            "&&",
            "!",
            "(",
            ")",
            "has(",
            "child.name",
            "in",
            "[",
            "]",
            "<",
        ];
        bolero::check!().with_type::<Vec<u8>>().for_each(|picks| {
            let source: Vec<&str> = picks
                .iter()
                .map(|at| words[usize::from(*at) % words.len()])
                .collect();
            let _ = compile(&source.join(" "), &scope);
        });
    }

    const NAMES: [&str; 5] = ["", "An", "Lũng Cú", "it's", "Đặng \"Ơ\""];
    const DAYS: [&str; 4] = ["", "1999-12-31", "2026-02-28", "2026-11-05"];
    const CASES: [&str; 4] = ["", "ordinary", "abandoned", "other"];

    /// A condition as an author writes it, and as `cel` can run it: there, `has` asks whether a
    /// map has a key, and here every field always has one.
    struct Written {
        ours: String,
        oracle: String,
    }

    fn same(text: String) -> Written {
        Written {
            ours: text.clone(),
            oracle: text,
        }
    }

    fn literal(text: &str) -> String {
        format!("'{}'", text.replace('\'', "\\'"))
    }

    fn write(picks: &mut impl Iterator<Item = u8>, depth: u8) -> Written {
        let mut pick = |of: usize| usize::from(picks.next().unwrap_or_default()) % of;
        let kind = pick(if depth == 0 { 7 } else { 12 });
        let join = |left: Written, op: &str, right: Written, open: &str, close: &str| Written {
            ours: format!("{open}{} {op} {}{close}", left.ours, right.ours),
            oracle: format!("{open}{} {op} {}{close}", left.oracle, right.oracle),
        };
        let equal = ["==", "!="];
        match kind {
            0 => same(["true", "false"][pick(2)].into()),
            1 => {
                let field = ["child.name", "mother.name", "child.born"][pick(3)];
                Written {
                    ours: format!("has({field})"),
                    oracle: format!("({field} != '')"),
                }
            }
            2 => same(format!(
                "case {} {}",
                equal[pick(2)],
                literal(CASES[pick(4)])
            )),
            3 => same(format!(
                "{} {} child.name",
                literal(NAMES[pick(5)]),
                equal[pick(2)]
            )),
            4 => same(format!("mother.name {} child.name", equal[pick(2)])),
            5 => {
                let order = ["<", "<=", ">", ">="][pick(4)];
                let right = match pick(2) {
                    0 => "mother.born".to_owned(),
                    _ => literal(DAYS[1 + pick(3)]),
                };
                same(format!("child.born {order} {right}"))
            }
            6 => {
                let list: Vec<String> = (0..pick(4)).map(|at| literal(CASES[at])).collect();
                same(format!("case in [{}]", list.join(", ")))
            }
            7 => {
                let inner = write(picks, depth - 1);
                Written {
                    ours: format!("!({})", inner.ours),
                    oracle: format!("!({})", inner.oracle),
                }
            }
            // Without brackets, so that precedence is compared, too.
            8 => join(
                write(picks, depth - 1),
                "&&",
                write(picks, depth - 1),
                "",
                "",
            ),
            9 => join(
                write(picks, depth - 1),
                "||",
                write(picks, depth - 1),
                "",
                "",
            ),
            10 => join(
                write(picks, depth - 1),
                "&&",
                write(picks, depth - 1),
                "(",
                ")",
            ),
            _ => join(
                write(picks, depth - 1),
                ") == (",
                write(picks, depth - 1),
                "((",
                "))",
            ),
        }
    }

    fn ours(source: &str, answers: &Answers) -> bool {
        let program = compile(source, &scope()).expect(source);
        gandan_domain::form::holds(&program, answers, "")
    }

    /// The slot program and `cel`'s interpreter agree on every generated condition and answer.
    #[test]
    fn slot_programs_mean_what_cel_means() {
        const CASES_TO_TRY: usize = 4000;
        let tried = AtomicUsize::new(0);
        let held = AtomicUsize::new(0);
        bolero::check!()
            .with_iterations(CASES_TO_TRY)
            .with_type::<([u8; 5], Vec<u8>)>()
            .for_each(|(given, picks)| {
                let at =
                    |index: usize, of: &[&'static str]| of[usize::from(given[index]) % of.len()];
                let values = [
                    ("case", at(0, &CASES)),
                    ("child.name", at(1, &NAMES)),
                    ("child.born", at(2, &DAYS)),
                    ("mother.name", at(3, &NAMES)),
                    ("mother.born", at(4, &DAYS)),
                ];
                let mut answers = Answers::default();
                let mut context = cel::Context::default();
                let mut child = std::collections::HashMap::new();
                let mut mother = std::collections::HashMap::new();
                for (field, value) in values {
                    if !value.is_empty() {
                        answers.set(field, Value::Text(value.into()));
                    }
                    match field.split_once('.') {
                        Some(("child", name)) => child.insert(name.to_owned(), value.to_owned()),
                        Some((_, name)) => mother.insert(name.to_owned(), value.to_owned()),
                        None => {
                            context.add_variable_from_value(field, value.to_owned());
                            None
                        }
                    };
                }
                context.add_variable_from_value("child", child);
                context.add_variable_from_value("mother", mother);
                // Many picks are zero: start somewhere else each time.
                let mut picks = picks.iter().copied().chain(*given).chain([8, 9, 2, 1, 5]);
                let written = write(&mut picks, 3);
                let said = cel::Program::compile(&written.oracle)
                    .expect(&written.oracle)
                    .execute(&context)
                    .expect(&written.oracle);
                let mine = ours(&written.ours, &answers);
                assert_eq!(said, cel::Value::Bool(mine), "{}", written.ours);
                tried.fetch_add(1, Ordering::Relaxed);
                held.fetch_add(usize::from(mine), Ordering::Relaxed);
            });
        let (tried, held) = (tried.into_inner(), held.into_inner());
        assert!(tried >= 2000, "only {tried} cases");
        assert!(
            held > tried / 10 && held < tried * 9 / 10,
            "{held} of {tried} hold"
        );
    }

    /// Where nothing but presence is asked, `cel`'s own `has` agrees with ours.
    #[test]
    fn has_means_what_cel_means_by_it() {
        for present in [false, true] {
            let mut answers = Answers::default();
            let mut child = std::collections::HashMap::new();
            if present {
                answers.set("child.name", Value::Text("An".into()));
                child.insert("name".to_owned(), "An".to_owned());
            }
            let mut context = cel::Context::default();
            context.add_variable_from_value("child", child);
            for source in ["has(child.name)", "!has(child.name)"] {
                let said = cel::Program::compile(source)
                    .unwrap()
                    .execute(&context)
                    .unwrap();
                assert_eq!(said, cel::Value::Bool(ours(source, &answers)), "{source}");
            }
        }
    }
}
