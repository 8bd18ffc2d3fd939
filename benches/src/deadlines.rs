//! Due dates, beside `moment-business-days` with the same days off and the same Saturdays worked.
//!
//! ```text
//! cargo xtask bench rules deadlines [--seed 1] [--cases 2000]
//! ```
//! Theirs knows weekdays and holidays; Saturdays that are worked and the rule of 15:00 are written
//! around it as a team would. Ours also
//! says why, and whether a date rests on a holiday that is not decreed yet.

use std::hint::black_box;

use gandan_domain::{
    dossier::deadline::{Calendar, Limit, due},
    time::{Instant, VIETNAM},
};
use gandan_packs::Sources;
use jiff::{ToSpan, civil::{DateTime, date}};
use serde_json::json;

use crate::{Dice, content, node, number, quickest, ratio, seconds};

const ROUNDS: usize = 9;

pub fn run(args: &[String]) {
    let seed = number(args, "--seed", 1);
    let mut dice = Dice(seed as u64);
    let compiled = Sources::read(&content()).expect("read the content").compile();
    let calendar: Calendar = compiled.expect("sound content").pack.calendar;
    // Years that are decreed.
    let first = date(2024, 1, 2);
    let cases: Vec<(DateTime, u32)> = (0..number(args, "--cases", 2000))
        .map(|_| {
            let day = first.saturating_add((dice.throw(1000) as i64).days());
            let minute = dice.throw(24 * 60) as i8;
            let time = day.at((dice.throw(24)) as i8, minute.rem_euclid(60), 0, 0);
            (time, 1 + dice.throw(60) as u32)
        })
        .collect();
    let instants: Vec<(Instant, Limit)> = cases
        .iter()
        .map(|(received, days)| {
            let stamp = VIETNAM.to_timestamp(*received).expect("a time");
            (Instant(stamp.as_millisecond()), Limit::WorkingDays(*days))
        })
        .collect();
    let ask = |(received, limit): &(Instant, Limit)| due(*received, *limit, &[], &calendar);
    let ours: Vec<_> = instants.iter().map(|case| ask(case).expect("a date")).collect();
    let time = quickest(ROUNDS, || {
        instants.iter().for_each(|case| drop(black_box(ask(black_box(case)))));
        instants.len()
    });
    let touched: u32 = ours.iter().map(|due| due.touched).sum();
    println!(
        "{} cases of 1 to 60 working days (seed {seed})\nours                  {time:.1?}, {:.1} days looked at",
        cases.len(),
        f64::from(touched) / ours.len() as f64
    );
    let question = json!({
        "off": calendar.days_off,
        "worked": calendar.days_made_up,
        "cases": cases.iter().map(|(at, days)| json!([at.to_string(), days])).collect::<Vec<_>>(),
        "rounds": ROUNDS,
    });
    let Some(said) = node("deadlines.mjs", &question) else {
        return println!("moment-business-days is left out: `npm ci` in benches/ brings them");
    };
    let theirs = seconds(&said["nanos"]);
    let none = Vec::new();
    let days = said["days"].as_array().unwrap_or(&none);
    let same = days.iter().zip(&ours).filter(|(one, due)| **one == due.day.to_string()).count();
    println!(
        "moment-business-days  {theirs:.1?} ({} x ours)  {same} of {} dates the same",
        ratio(theirs, time),
        ours.len()
    );
    for ((one, due), case) in days.iter().zip(&ours).zip(&cases) {
        if *one != due.day.to_string() {
            println!("  first difference: {case:?}: theirs {one}, ours {}", due.day);
            break;
        }
    }
}
