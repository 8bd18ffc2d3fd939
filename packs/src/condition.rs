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

/// Longest condition, in bytes: a person has to read it.
pub const MAX_SOURCE: usize = 1000;

/// The parser recurses for every bracket, operator and dot; random conditions of a few hundred
/// bytes overflowed the 2 MiB of a test's thread. Reserved, not used, in all other cases.
const STACK: usize = 64 << 20;

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
    #[error("compile the condition: no thread to compile it on")]
    NoThread,
    #[error(transparent)]
    Program(#[from] ProgramError),
}

/// Compiles a condition that may ask about the fields of `scope`.
pub fn compile(source: &str, scope: &Scope) -> Result<Program, ConditionError> {
    if source.len() > MAX_SOURCE {
        return Err(ConditionError::TooLong);
    }
    std::thread::scope(|scoped| {
        std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scoped, || compile_deep(source, scope))
            .map_err(|_| ConditionError::NoThread)?
            .join()
            .map_err(|_| ConditionError::NoThread)?
    })
}

fn compile_deep(source: &str, scope: &Scope) -> Result<Program, ConditionError> {
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
                FieldKind::Choice { options }
                    if !options.iter().any(|option| option.id == *literal) =>
                {
                    return Err(ConditionError::UnknownChoice {
                        field: field.clone(),
                        choice: literal.clone(),
                    });
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
        assert!(matches!(
            error("size(case) == 3"),
            E::Unsupported(_) | E::WrongType(..)
        ));
        assert!(matches!(error("case.startsWith('o')"), E::Unsupported(_)));
        assert!(matches!(
            error("case == 'other' ? true : false"),
            E::Unsupported(_)
        ));
        assert!(matches!(
            error("['a'].all(x, x == case)"),
            E::Unsupported(_)
        ));
        assert!(matches!(
            error("1 + 1 == 2"),
            E::WrongType(..) | E::Unsupported(_)
        ));
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
        compile(source, &scope()).expect(source).run(
            |field| answers.text(field).unwrap_or_default(),
            |field| answers.text(field).is_some_and(|text| !text.is_empty()),
        )
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
