//! A form that asks more than 500 questions, in groups three deep: what one key runs.

use std::{hint::black_box, time::Instant};

use gandan_domain::form::{
    Answers, Computation, Field, FieldKind, Form, Group, Live, Page, Program, Repeat, Value,
    program::Op,
};

use super::{NOWHERE, TODAY};

const HOUSES: usize = 4;
const MEMBERS: usize = 5;
const PAPERS: usize = 10;
const PLAIN: usize = 80;

fn field(id: &str, kind: FieldKind) -> Field {
    Field {
        id: id.into(),
        kind,
        label: Default::default(),
        hint: None,
        required: true,
        or_why_not: false,
        visible: None,
        compute: None,
        prefill: Vec::new(),
    }
}

fn number(id: &str) -> Field {
    field(id, FieldKind::Number { min: 0, max: 100_000 })
}

fn sum(id: &str, list: &str, of: &str) -> Field {
    let each = Computation::new(vec![of.into()], vec![Op::Int(0)]).expect("a number");
    let sum = vec![Op::Sum(0, Box::new(each))];
    Field {
        compute: Some(Computation::new(vec![list.into()], sum).expect("a sum")),
        required: false,
        ..number(id)
    }
}

fn repeating(id: &str, fields: Vec<Field>, groups: Vec<Group>) -> Group {
    Group {
        id: id.into(),
        title: None,
        fields,
        visible: None,
        repeat: Some(Repeat { min: 0, max: 50, item: Default::default() }),
        groups,
    }
}

/// Houses of people with papers; sums go all the way up, conditions all the way down.
fn form() -> Form {
    let is_yes = vec![Op::Slot(0), Op::Text("yes".into()), Op::Eq];
    let mut count = number("house.member.paper.count");
    count.visible =
        Some(Program::new(vec!["house.member.has_papers".into()], is_yes).expect("a condition"));
    let name = field("house.member.paper.name", FieldKind::Text { max: 40 });
    let papers = repeating("house.member.paper", vec![count, name], Vec::new());
    let has_papers = field("house.member.has_papers", FieldKind::YesNo);
    let of_member = sum("house.member.sum", "house.member.paper", "house.member.paper.count");
    let member = repeating("house.member", vec![has_papers, of_member], vec![papers]);
    let of_house = sum("house.sum", "house.member", "house.member.sum");
    let house = repeating("house", vec![number("house.rooms"), of_house], vec![member]);
    let plain = Group {
        id: "plain".into(),
        title: None,
        fields: (0..PLAIN).map(|at| number(&format!("plain{at}"))).collect(),
        visible: None,
        repeat: None,
        groups: Vec::new(),
    };
    let last = Group {
        id: "last".into(),
        fields: vec![sum("total", "house", "house.sum")],
        ..plain.clone()
    };
    Form {
        version: 1,
        pages: vec![Page {
            id: "page".into(),
            title: Default::default(),
            groups: vec![plain, house, last],
            visible: None,
        }],
        rules: Vec::new(),
        commune_field: String::new(),
        plan: Default::default(),
    }
}

fn answers() -> Answers {
    let many = |count: usize| Value::Many((1..=count).map(|at| at.to_string()).collect());
    let mut answers = Answers::default();
    answers.set("house", many(HOUSES));
    for house in 1..=HOUSES {
        answers.set(format!("house.member#{house}"), many(MEMBERS));
        for member in 1..=MEMBERS {
            let yes = Value::Text("yes".into());
            answers.set(format!("house.member.has_papers#{house}.{member}"), yes);
            answers.set(format!("house.member.paper#{house}.{member}"), many(PAPERS));
        }
    }
    answers
}

pub fn run() {
    let form = form();
    let given = answers();
    let mut live = Live::new(&form, &given, TODAY, NOWHERE);
    let whole = live.runs();
    let asked: usize = live.pages().iter().map(|page| page.fields().count()).sum();
    println!("\n{asked} fields asked, groups three deep: {whole} nodes in the whole form; one key runs");
    // What a key must run at most: itself and its check; and whatever depends on it, with its check.
    let up = 2 * 4;
    for (key, what, most) in [
        ("plain7", "a number of which nothing depends", 2),
        ("house.rooms#3", "one of a house", 2),
        ("house.member.paper.count#2.3.4", "a paper's, in three sums above it", up),
        ("house.member.has_papers#4.4", "whether ten papers are asked for", 2 + 10 * 2 + 3 * 2),
    ] {
        let before = live.runs();
        let mut number = 0;
        let mut set = |live: &mut Live<'_, '_>| {
            number += 1;
            let value = match key.contains("has_papers") {
                true => ["no", "yes"][number % 2].to_owned(),
                false => number.to_string(),
            };
            live.set(key, Some(Value::Text(value)));
        };
        set(&mut live);
        let runs = live.runs() - before;
        assert!(runs <= most, "{key} ran {runs} nodes, not {most}");
        let start = Instant::now();
        (0..1000).for_each(|_| set(black_box(&mut live)));
        let took = start.elapsed() / 1000;
        println!("  {runs:>4} nodes  {took:>9.1?}  {key} ({what})");
    }
}
