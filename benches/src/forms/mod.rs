//! The forms' engine beside what a team would use instead, with one form and the same answers in
//! the same run.
//!
//! ```text
//! cargo xtask bench rules forms [--seed 1] [--sets 200] [--strokes 2000]
//! ```
//! - **Whole evaluation**: ajv, its schema compiled once, `allErrors`, as a form's server would use
//!   it. Its sets are parsed before, as ours are, and only `validate` is timed, with the errors that
//!   it lists; the quickest of 60 rounds of 2,000 calls is one that V8 has long optimised. Ours is
//!   [`Form::all_wrong`] from a form and answers alone: nothing is kept from one set to the next, and
//!   besides what is wrong it ends with what is asked and what counts, of which ajv says nothing. What
//!   each finds wrong is compared, set by set.
//! - **Keystroke**: SurveyJS (`survey-core`, no screen), `checkErrorsMode: onValueChanged`;
//!   `setValue` beside [`Live::set`]. What is asked and what is wrong is compared on the way.
//!
//! This is an optimised build (`opt-level = 3`). The product's own is made for size (`"z"`, fat LTO):
//! there a whole evaluation of this form takes 1.6 times as long (3.4 µs beside 2.1 µs, on one x86-64
//! server core), which is 4 to 5 times as quick as ajv.
//!
//! Each side runs as many rounds over the same input and its quickest round counts. Then the large
//! form: groups three deep, and how many nodes one key runs.

mod deep;
mod spec;

use std::{collections::BTreeSet, hint::black_box, time::Duration};

use gandan_domain::{
    form::{Answers, Form, Live, Value},
    place::Commune,
};
use jiff::civil::{Date, date};
use serde_json::{Value as Json, json};

use crate::{Dice, node, number, quickest, ratio, seconds};
use spec::Spec;

const TODAY: Date = date(2026, 11, 22);
const ROUNDS: usize = 9;
/// Of whole evaluation: ajv is warm after some thirty.
const WHOLE_ROUNDS: usize = 60;
const REPEAT: usize = 10;
/// Every so many strokes the verdicts are compared.
const EVERY: usize = 7;
const NOWHERE: &Vec<Commune> = &Vec::new();

pub fn run(args: &[String]) {
    let (seed, sets) = (number(args, "--seed", 1), number(args, "--sets", 200));
    let strokes = number(args, "--strokes", 2000);
    let spec = Spec::new(seed as u64);
    let form = spec.ours();
    let mut dice = Dice(seed as u64 ^ 0x5eed);
    let sets: Vec<_> = (0..sets).map(|_| spec::answers(&mut dice)).collect();
    let strokes = spec::strokes(&mut dice, strokes);
    println!(
        "{} fields, {} of them conditional; {} sets of answers, {} strokes (seed {seed})",
        spec::FIELDS,
        spec::CONDITIONAL,
        sets.len(),
        strokes.len()
    );
    let (whole, wrong) = whole(&form, &sets);
    let (stroke, asked) = typed(&form, &strokes);
    println!("ours        whole {whole:.1?}  keystroke {stroke:.1?}");
    let question = json!({
        "schema": spec.schema(),
        "survey": spec.survey(),
        "sets": sets.iter().map(|set| object(set)).collect::<Vec<_>>(),
        "strokes": strokes.iter().map(|(at, value)| json!([spec::name(*at), value])).collect::<Vec<_>>(),
        "every": EVERY,
        "rounds": ROUNDS,
        "wholeRounds": WHOLE_ROUNDS,
        "repeat": REPEAT,
    });
    match node("forms.mjs", &question) {
        None => println!("ajv and SurveyJS are left out: `npm ci` in benches/ brings them"),
        Some(said) => {
            let ajv = seconds(&said["ajv"]["nanos"]);
            println!(
                "ajv         whole {ajv:.1?} ({} x ours; at least 5)  {}",
                ratio(ajv, whole),
                agree(&said["ajv"]["wrong"], &json!(wrong))
            );
            let survey = seconds(&said["survey"]["nanos"]);
            println!(
                "SurveyJS    keystroke {survey:.1?} ({} x ours; at least 100)  {}",
                ratio(survey, stroke),
                agree(&said["survey"]["asked"], &json!(asked))
            );
        }
    }
    deep::run();
}

/// How many of the verdicts are the same; each that is not is a bug of somebody's.
fn agree(theirs: &Json, ours: &Json) -> String {
    let none = Vec::new();
    let (theirs, ours) = (theirs.as_array().unwrap_or(&none), ours.as_array().unwrap_or(&none));
    let same = theirs.iter().zip(ours).filter(|(one, other)| one == other).count();
    if let Some((theirs, ours)) = theirs.iter().zip(ours).find(|(one, other)| one != other) {
        println!("  first difference:\n    theirs {theirs}\n    ours   {ours}");
    }
    assert_eq!(theirs.len(), ours.len(), "one verdict each");
    format!("verdicts: {same} of {} the same", ours.len())
}

fn object(set: &[(usize, Json)]) -> Json {
    let fields = set.iter().map(|(at, value)| (spec::name(*at), value.clone()));
    Json::Object(fields.collect())
}

fn value(json: &Json) -> Value {
    Value::Text(match json {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    })
}

fn whole(form: &Form, sets: &[Vec<(usize, Json)>]) -> (Duration, Vec<BTreeSet<String>>) {
    let sets: Vec<Answers> = sets
        .iter()
        .map(|set| {
            let mut answers = Answers::default();
            set.iter().for_each(|(at, json)| answers.set(spec::name(*at), value(json)));
            answers
        })
        .collect();
    let wrong = sets.iter().map(|answers| {
        let wrong = form.all_wrong(answers, TODAY, NOWHERE).into_iter();
        wrong.map(|wrong| wrong.field.into_owned()).collect()
    });
    let wrong = wrong.collect();
    let time = quickest(WHOLE_ROUNDS, || {
        for _ in 0..REPEAT {
            for answers in &sets {
                black_box(form.all_wrong(black_box(answers), TODAY, NOWHERE));
            }
        }
        REPEAT * sets.len()
    });
    (time, wrong)
}

fn typed(form: &Form, strokes: &[(usize, Json)]) -> (Duration, Vec<Json>) {
    let strokes: Vec<(String, Value)> =
        strokes.iter().map(|(at, json)| (spec::name(*at), value(json))).collect();
    let nothing = Answers::default();
    let mut live = Live::new(form, &nothing, TODAY, NOWHERE);
    let mut asked = Vec::new();
    for (at, (field, value)) in strokes.iter().enumerate() {
        live.set(field, Some(value.clone()));
        if at % EVERY == 0 {
            let pages = live.pages();
            let fields = pages.iter().flat_map(|page| page.fields());
            let keys: Vec<String> = fields.map(|field| field.key.clone()).collect();
            let wrong = live.problems(&pages).into_iter().map(|problem| problem.field);
            asked.push(json!({ "asked": keys, "wrong": wrong.collect::<Vec<_>>() }));
        }
    }
    let mut live = Live::new(form, &nothing, TODAY, NOWHERE);
    // A stroke's text is the shell's, and is there before.
    let mut typed: Vec<Vec<_>> = (0..ROUNDS).map(|_| strokes.clone()).collect();
    let time = quickest(ROUNDS, || {
        for (field, value) in typed.pop().unwrap_or_default() {
            live.set(black_box(&field), Some(value));
        }
        strokes.len()
    });
    (time, asked)
}
