//! The forms' engine against `cel`'s interpreter: 10,000 generated forms with answers.
//!
//! Every form has questions whose conditions look at earlier ones, a computed sum, a rule, and a
//! repeating group whose questions look at their own item and at the outside. The oracle knows
//! nothing of slots or plans: it goes through the questions in order, asks `cel` whether each is
//! asked, and lets a hidden answer count for nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::{collections::HashMap, sync::Arc};

use cel::{Context, Env, Value as Cel};
use gandan_domain::{
    catalog::LocalText,
    form::{
        Answers, ChoiceOption, Field, FieldKind, Form, Group, Live, Page, Repeat, Rule, Value,
        program::years,
    },
    place::Commune,
};
use jiff::civil::Date;

use crate::condition::{self, Named, Scope};

const TODAY: Date = jiff::civil::date(2026, 11, 22);
const FORMS: usize = 200;
const ANSWERS: usize = 50;
const OUTSIDE: usize = 9;
const INSIDE: usize = 4;

/// Numbers from a seed (SplitMix64): the same forms on every machine.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, of: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(of).unwrap()).unwrap()
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.throw(of.len())]
    }
}

fn kind(at: usize) -> FieldKind {
    match at % 3 {
        0 => FieldKind::Choice {
            options: ["one", "two", "three"]
                .map(|id| ChoiceOption {
                    id: id.into(),
                    label: LocalText::default(),
                })
                .to_vec(),
        },
        1 => FieldKind::Number { min: 0, max: 9 },
        _ => FieldKind::Date { past: true },
    }
}

/// A question about one of the fields `prefix0..prefix<known>`.
fn atom(dice: &mut Dice, prefix: &str, known: usize) -> String {
    let at = dice.throw(known);
    let id = format!("{prefix}{at}");
    match at % 3 {
        0 => match dice.throw(3) {
            0 => format!("{id} in ['one', 'three']"),
            1 => format!("{id} != '{}'", dice.pick(&["one", "two", ""])),
            _ => format!("{id} == '{}'", dice.pick(&["one", "two", "three"])),
        },
        1 => format!(
            "{id} * 2 - 1 {} {}",
            dice.pick(&["<", "<=", ">", ">=", "==", "!="]),
            dice.throw(12)
        ),
        _ => match dice.throw(2) {
            0 => format!("{id} {} '2001-05-01'", dice.pick(&["<", ">="])),
            _ => format!("years({id}, '2026-11-22') >= {}", dice.throw(40)),
        },
    }
}

fn condition(dice: &mut Dice, atom: &mut dyn FnMut(&mut Dice) -> String) -> String {
    let (a, b) = (atom(dice), atom(dice));
    match dice.throw(5) {
        0 => a,
        1 => format!("{a} && !({b})"),
        2 => format!("{a} || {b}"),
        3 => format!("({a}) == ({b})"),
        _ => format!("{a} ? {b} : {}", atom(dice)),
    }
}

struct Written {
    form: Form,
    /// The condition of each field, as `cel` reads it.
    outside: Vec<Option<String>>,
    inside: Vec<Option<String>>,
    sum: String,
    rule: String,
}

fn field(id: String, kind: FieldKind) -> Field {
    Field {
        id,
        kind,
        label: LocalText::default(),
        hint: None,
        required: false,
        or_why_not: false,
        compute: None,
        visible: None,
        prefill: Vec::new(),
    }
}

fn write(dice: &mut Dice) -> Written {
    let list = vec!["m".to_owned()];
    let mut scope = Scope::default();
    scope.lists.insert("m".into(), Vec::new());
    for at in 0..OUTSIDE {
        let inside = Vec::new();
        scope.fields.insert(
            format!("q.f{at}"),
            Named {
                kind: kind(at),
                inside,
            },
        );
    }
    for at in 0..INSIDE {
        let inside = list.clone();
        scope.fields.insert(
            format!("m.f{at}"),
            Named {
                kind: kind(at),
                inside,
            },
        );
    }
    let within = Scope {
        inside: list,
        ..scope.clone()
    };
    let mut outside = vec![None];
    let mut fields = vec![field("q.f0".into(), kind(0))];
    for at in 1..OUTSIDE {
        let mut made = field(format!("q.f{at}"), kind(at));
        let source =
            (dice.throw(4) > 0).then(|| condition(dice, &mut |dice| atom(dice, "q.f", at)));
        made.visible = source
            .as_ref()
            .map(|source| condition::compile(source, &scope).expect(source));
        outside.push(source);
        fields.push(made);
    }
    let mut inside = Vec::new();
    let mut items = Vec::new();
    for at in 0..INSIDE {
        let mut made = field(format!("m.f{at}"), kind(at));
        let source = condition(dice, &mut |dice| match dice.throw(2) {
            1 if at > 0 => atom(dice, "m.f", at),
            _ => atom(dice, "q.f", OUTSIDE),
        });
        made.visible = Some(condition::compile(&source, &within).expect(&source));
        inside.push(Some(source));
        items.push(made);
    }
    let each = ["x.f1", "x.f0 == 'one' ? x.f1 : 1", "x.f1 * 3 - q.f1"];
    let sum = format!("sum(m.map(x, {})) + size(m)", dice.pick(&each));
    let mut total = field(
        "q.total".into(),
        FieldKind::Number {
            min: -999,
            max: 999,
        },
    );
    total.compute = Some(condition::compile_value(&sum, &scope).expect(&sum));
    let mut about = |dice: &mut Dice| atom(dice, "x.f", INSIDE);
    let which = dice.pick(&["exists", "all"]);
    let rule = format!("m.{which}(x, {})", condition(dice, &mut about));
    let holds = condition::compile(&rule, &scope).expect(&rule);
    let group = |id: &str, fields| Group {
        id: id.into(),
        title: None,
        fields,
        visible: None,
        repeat: None,
        groups: Vec::new(),
    };
    let repeated = Group {
        repeat: Some(Repeat {
            min: 0,
            max: 5,
            item: LocalText::default(),
        }),
        ..group("m", items)
    };
    Written {
        form: Form {
            version: 1,
            pages: vec![Page {
                id: "page".into(),
                title: LocalText::default(),
                groups: vec![group("q", fields), repeated, group("end", vec![total])],
                visible: None,
            }],
            rules: vec![Rule {
                field: "q.f0".into(),
                message: "form-required".into(),
                holds,
            }],
            commune_field: String::new(),
            plan: Default::default(),
        },
        outside,
        inside,
        sum,
        rule,
    }
}

fn answer(dice: &mut Dice, at: usize) -> &'static str {
    match at % 3 {
        0 => dice.pick(&["", "one", "two", "three"]),
        1 => dice.pick(&["", "0", "3", "9"]),
        _ => dice.pick(&["", "1990-02-28", "2001-05-01", "2026-11-22"]),
    }
}

fn value(at: usize, text: &str) -> Cel {
    match at % 3 {
        1 => Cel::Int(text.parse().unwrap_or_default()),
        _ => Cel::String(Arc::new(text.to_owned())),
    }
}

fn map(values: &[Cel]) -> Cel {
    let named = values.iter().enumerate();
    let named: HashMap<String, Cel> = named
        .map(|(at, value)| (format!("f{at}"), value.clone()))
        .collect();
    named.into()
}

fn context(env: &Arc<Env>, q: &[Cel], m: Cel) -> Context<'static, 'static> {
    let mut context = Context::with_env(Arc::clone(env));
    context.add_variable_from_value("q", map(q));
    context.add_variable_from_value("m", m);
    let age = |from: Arc<String>, to: Arc<String>| years(&from, &to);
    context.add_function("years", age).unwrap();
    let sum = |list: Arc<Vec<Cel>>| -> i64 {
        let each = |value: &Cel| match value {
            Cel::Int(number) => *number,
            other => panic!("{other:?} in a sum"),
        };
        list.iter().map(each).sum()
    };
    context.add_function("sum", sum).unwrap();
    context
}

struct Compiled(Vec<Option<cel::Program>>);

impl Compiled {
    fn new(sources: &[Option<String>]) -> Self {
        let compile = |source: &String| cel::Program::compile(source).expect(source);
        Self(
            sources
                .iter()
                .map(|source| source.as_ref().map(compile))
                .collect(),
        )
    }

    fn holds(&self, at: usize, context: &Context<'_, '_>) -> bool {
        match &self.0[at] {
            None => true,
            Some(program) => program.execute(context).unwrap() == Cel::Bool(true),
        }
    }
}

#[test]
fn verdicts_equal_those_of_cel_on_ten_thousand_forms() {
    let mut dice = Dice(20_261_122);
    // Making one takes longer than all that it is asked.
    let env = Arc::new(Env::stdlib());
    let (mut compared, mut shown, mut broken) = (0, 0, 0);
    for _ in 0..FORMS {
        let written = write(&mut dice);
        let outside = Compiled::new(&written.outside);
        let inside = Compiled::new(&written.inside);
        let sum = cel::Program::compile(&written.sum).unwrap();
        let rule = cel::Program::compile(&written.rule).unwrap();
        for _ in 0..ANSWERS {
            let mut answers = Answers::default();
            let mut expected = Vec::new();
            let mut set = |key: String, text: &str| {
                if !text.is_empty() {
                    answers.set(key, Value::Text(text.into()));
                }
            };
            let mut q: Vec<Cel> = (0..OUTSIDE).map(|at| value(at, "")).collect();
            for at in 0..OUTSIDE {
                let text = answer(&mut dice, at);
                set(format!("q.f{at}"), text);
                if outside.holds(at, &context(&env, &q, Cel::Null)) {
                    expected.push(format!("q.f{at}"));
                    q[at] = value(at, text);
                }
            }
            let items = dice.throw(4);
            let mut list = Vec::new();
            for item in 1..=items {
                let mut m: Vec<Cel> = (0..INSIDE).map(|at| value(at, "")).collect();
                for at in 0..INSIDE {
                    let text = answer(&mut dice, at);
                    set(format!("m.f{at}#{item}"), text);
                    if inside.holds(at, &context(&env, &q, map(&m))) {
                        expected.push(format!("m.f{at}#{item}"));
                        m[at] = value(at, text);
                    }
                }
                list.push(map(&m));
            }
            answers.set(
                "m",
                Value::Many((1..=items).map(|item| item.to_string()).collect()),
            );
            let all = context(&env, &q, Cel::List(Arc::new(list)));
            expected.push("q.total".into());
            let total = match sum.execute(&all).unwrap() {
                Cel::Int(total) => total.to_string(),
                other => panic!("{other:?} is no sum"),
            };
            let holds = rule.execute(&all).unwrap() == Cel::Bool(true);

            let places: Vec<Commune> = Vec::new();
            let live = Live::new(&written.form, &answers, TODAY, &places);
            let pages = live.pages();
            let asked = pages.iter().flat_map(|page| page.fields());
            let asked: Vec<String> = asked.map(|field| field.key.clone()).collect();
            assert_eq!(asked, expected);
            assert_eq!(
                live.clean().text("q.total"),
                Some(total.as_str()),
                "{}",
                written.sum
            );
            assert_eq!(live.problems(&pages).is_empty(), holds, "{}", written.rule);
            compared += 1;
            shown += asked.len();
            broken += usize::from(!holds);
        }
    }
    assert_eq!(compared, 10_000);
    // Neither side may agree by always saying the same.
    assert!(shown > 5 * compared && shown < 14 * compared, "{shown}");
    assert!(
        broken > compared / 20 && broken < compared * 19 / 20,
        "{broken}"
    );
}
