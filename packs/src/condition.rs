//! Conditions: a subset of CEL, compiled to the slot programs that phone and server run.
//!
//! The subset is what a question needs: `==`, `!=`, `&&`, `||`, `!`, `in [..]`, `has(x)`,
//! `<`, `<=`, `>`, `>=` between days, text and boolean literals, and field ids. It is parsed by
//! the `cel` crate, so what looks like CEL means what CEL says; `cel`'s interpreter is the oracle
//! of the differential test at the end of this file. Two readings are ours, because answers are
//! text and may be missing: an unanswered field is the empty text, and `has(x)` is `x != ''`.
//!
//! What was rejected: shipping `cel` itself, which adds 2.4–6 MB to a phone's library and can
//! fail while a person fills a form; and a grammar of our own, which nobody knows and no other
//! tool checks.

use std::collections::BTreeMap;

use cel::common::ast::{CallExpr, Expr, LiteralValue, operators};
use gandan_domain::form::{
    FieldKind, Program,
    program::{Op, ProgramError},
};

/// Longest condition, in bytes: the parser recurses, and a person has to read it.
pub const MAX_SOURCE: usize = 2000;

/// The fields a condition may name.
pub type Scope = BTreeMap<String, FieldKind>;

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
    #[error("compile the condition: `{0}` can't be compared by order, which is for days only")]
    NotADay(String),
    #[error("compile the condition: `{0}` is not a day written yyyy-mm-dd")]
    BadDay(String),
    #[error("compile the condition: {0} stands where {1} must stand")]
    WrongType(&'static str, &'static str),
    #[error(transparent)]
    Program(#[from] ProgramError),
}

/// Compiles a condition that may ask about the fields of `scope`.
pub fn compile(source: &str, scope: &Scope) -> Result<Program, ConditionError> {
    if source.len() > MAX_SOURCE {
        return Err(ConditionError::TooLong);
    }
    let parsed = cel::Program::compile(source).map_err(|errors| {
        let all: Vec<String> = errors
            .errors
            .iter()
            .map(|error| {
                if error.msg.contains("has() macro") {
                    "has() takes an id with a dot; of `name` ask `name != ''`".to_owned()
                } else {
                    error.msg.clone()
                }
            })
            .collect();
        ConditionError::Syntax(all.join("; "))
    })?;
    let mut compiler = Compiler {
        scope,
        slots: Vec::new(),
        code: Vec::new(),
    };
    compiler.boolean(&parsed.expression().expr)?;
    Ok(Program::new(compiler.slots, compiler.code)?)
}

struct Compiler<'s> {
    scope: &'s Scope,
    slots: Vec<String>,
    code: Vec<Op>,
}

/// An operand that is a text, before it is known what it is compared with.
enum Operand {
    Field(String),
    Literal(String),
}

impl Compiler<'_> {
    fn boolean(&mut self, expr: &Expr) -> Result<(), ConditionError> {
        match expr {
            Expr::Literal(LiteralValue::Boolean(value)) => {
                self.code.push(Op::Bool(*value.inner()));
                Ok(())
            }
            Expr::Literal(_) => Err(ConditionError::WrongType("a text", "a yes or no")),
            Expr::Select(select) if select.test => {
                let id = format!("{}.{}", path(&select.operand.expr)?, select.field);
                self.kind(&id)?;
                let slot = self.slot(id)?;
                self.code.push(Op::Has(slot));
                Ok(())
            }
            Expr::Call(call) => self.call(call),
            Expr::Ident(_) | Expr::Select(_) => Err(ConditionError::WrongType(
                "a field by itself",
                "a yes or no (compare it, or ask has(..))",
            )),
            _ => Err(unsupported(expr)),
        }
    }

    fn call(&mut self, call: &CallExpr) -> Result<(), ConditionError> {
        let args: Vec<&Expr> = call.args.iter().map(|arg| &arg.expr).collect();
        match (call.func_name.as_str(), call.target.as_ref(), &args[..]) {
            (operators::LOGICAL_NOT, None, [one]) => {
                self.boolean(one)?;
                self.code.push(Op::Not);
                Ok(())
            }
            (operators::LOGICAL_AND, None, [left, right]) => self.both(left, right, Op::And),
            (operators::LOGICAL_OR, None, [left, right]) => self.both(left, right, Op::Or),
            (operators::EQUALS, None, [left, right]) => self.equality(left, right, Op::Eq),
            (operators::NOT_EQUALS, None, [left, right]) => self.equality(left, right, Op::Ne),
            (operators::LESS, None, [left, right]) => self.order(left, right, Op::Lt),
            (operators::LESS_EQUALS, None, [left, right]) => self.order(left, right, Op::Le),
            (operators::GREATER, None, [left, right]) => self.order(right, left, Op::Lt),
            (operators::GREATER_EQUALS, None, [left, right]) => self.order(right, left, Op::Le),
            (operators::IN, None, [one, Expr::List(list)]) => {
                let operand = operand(one)?;
                let mut items = Vec::new();
                for element in &list.elements {
                    let Expr::Literal(LiteralValue::String(text)) = &element.expr else {
                        return Err(ConditionError::WrongType("something else", "a text"));
                    };
                    items.push(text.inner().to_owned());
                }
                for item in &items {
                    self.comparable(&operand, &Operand::Literal(item.clone()))?;
                }
                self.text(operand)?;
                self.code.push(Op::In(items));
                Ok(())
            }
            (name, _, _) => Err(ConditionError::Unsupported(format!(
                "`{}`",
                name.trim_matches(|letter| letter == '_' || letter == '@')
            ))),
        }
    }

    fn both(&mut self, left: &Expr, right: &Expr, op: Op) -> Result<(), ConditionError> {
        self.boolean(left)?;
        self.boolean(right)?;
        self.code.push(op);
        Ok(())
    }

    fn equality(&mut self, left: &Expr, right: &Expr, op: Op) -> Result<(), ConditionError> {
        match (operand(left), operand(right)) {
            (Ok(left), Ok(right)) => {
                self.comparable(&left, &right)?;
                self.text(left)?;
                self.text(right)?;
                self.code.push(op);
                Ok(())
            }
            (Err(_), Err(_)) => self.both(left, right, op),
            _ => Err(ConditionError::WrongType("a text", "a yes or no")),
        }
    }

    fn order(&mut self, left: &Expr, right: &Expr, op: Op) -> Result<(), ConditionError> {
        let (left, right) = (operand(left)?, operand(right)?);
        for side in [&left, &right] {
            match side {
                Operand::Field(id) => {
                    if !matches!(self.kind(id)?, FieldKind::Date { .. }) {
                        return Err(ConditionError::NotADay(id.clone()));
                    }
                }
                Operand::Literal(text) => check_day(text)?,
            }
        }
        self.text(left)?;
        self.text(right)?;
        self.code.push(op);
        Ok(())
    }

    /// A comparison that can never hold is a slip of the pen: refuse it.
    fn comparable(&self, left: &Operand, right: &Operand) -> Result<(), ConditionError> {
        for (one, other) in [(left, right), (right, left)] {
            let Operand::Field(field) = one else { continue };
            let kind = self.kind(field)?;
            let Operand::Literal(literal) = other else {
                continue;
            };
            match kind {
                _ if literal.is_empty() => {}
                FieldKind::Choice { options } => {
                    if !options.iter().any(|option| option.id == *literal) {
                        return Err(ConditionError::UnknownChoice {
                            field: field.clone(),
                            choice: literal.clone(),
                        });
                    }
                }
                FieldKind::Date { .. } => check_day(literal)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn text(&mut self, operand: Operand) -> Result<(), ConditionError> {
        match operand {
            Operand::Literal(text) => self.code.push(Op::Text(text)),
            Operand::Field(id) => {
                if matches!(
                    self.kind(&id)?,
                    FieldKind::File { .. } | FieldKind::MultiChoice { .. }
                ) {
                    return Err(ConditionError::NotText(id));
                }
                let slot = self.slot(id)?;
                self.code.push(Op::Slot(slot));
            }
        }
        Ok(())
    }

    fn kind(&self, id: &str) -> Result<&FieldKind, ConditionError> {
        self.scope
            .get(id)
            .ok_or_else(|| ConditionError::UnknownField(id.to_owned()))
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
}

fn operand(expr: &Expr) -> Result<Operand, ConditionError> {
    match expr {
        Expr::Literal(LiteralValue::String(text)) => Ok(Operand::Literal(text.inner().to_owned())),
        Expr::Ident(_) => Ok(Operand::Field(path(expr)?)),
        Expr::Select(select) if !select.test => Ok(Operand::Field(path(expr)?)),
        Expr::Literal(LiteralValue::Boolean(_)) | Expr::Select(_) | Expr::Call(_) => {
            Err(ConditionError::WrongType("a yes or no", "a text"))
        }
        _ => Err(unsupported(expr)),
    }
}

/// A field id: CEL reads `child.full_name` as a selection, for us it is one name.
fn path(expr: &Expr) -> Result<String, ConditionError> {
    match expr {
        Expr::Ident(name) => Ok(name.clone()),
        Expr::Select(select) if !select.test => {
            Ok(format!("{}.{}", path(&select.operand.expr)?, select.field))
        }
        _ => Err(unsupported(expr)),
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
            Expr::Literal(_) => "a number or bytes",
            Expr::Call(_) => "a call",
            Expr::Ident(_) | Expr::Select(_) => "a name here",
            Expr::Unspecified => "an empty expression",
        }
        .to_owned(),
    )
}
