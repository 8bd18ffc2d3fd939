//! Measurements of the rules: `gandan-benches [search|forms|places|deadlines] …`; all, without one.

mod deadlines;
mod forms;
mod places;
mod search;

use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value as Json;

type Bench = (&'static str, fn(&[String]));

const ALL: [Bench; 4] = [
    ("forms", forms::run),
    ("search", search::run),
    ("places", places::run),
    ("deadlines", deadlines::run),
];

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let named = args.first().filter(|first| !first.starts_with("--"));
    let (chosen, args) = match named {
        None => (ALL.to_vec(), args.as_slice()),
        Some(name) => (ALL.iter().filter(|(have, _)| have == name).copied().collect(), &args[1..]),
    };
    if chosen.is_empty() {
        eprintln!("gandan-benches [search|forms|places|deadlines]");
        std::process::exit(2);
    }
    for (name, run) in chosen {
        println!("=== {name}: cargo xtask bench rules {name} {}", args.join(" "));
        run(args);
        println!();
    }
}

/// The value of an option, as a number.
fn number(args: &[String], name: &str, default: usize) -> usize {
    option(args, name).and_then(|it| it.parse().ok()).unwrap_or(default)
}

fn option<'a>(args: &'a [String], name: &str) -> Option<&'a String> {
    let at = args.iter().position(|arg| arg == name)?;
    args.get(at + 1)
}

fn ratio(theirs: Duration, ours: Duration) -> String {
    format!("{:.1}", theirs.as_secs_f64() / ours.as_secs_f64().max(1e-12))
}

fn seconds(nanos: &Json) -> Duration {
    Duration::from_secs_f64(nanos.as_f64().unwrap_or_default() / 1e9)
}

fn content() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../content")
}

/// The time of one of the things that a round says it did, in the quickest round.
fn quickest(rounds: usize, mut round: impl FnMut() -> usize) -> Duration {
    let rounds = (0..rounds).map(|_| {
        let start = Instant::now();
        let count = round();
        start.elapsed().div_f64(count.max(1) as f64)
    });
    rounds.min().unwrap_or_default()
}

/// What a script of this folder answers; `None` where Node or a package is missing.
fn node(script: &str, question: &Json) -> Option<Json> {
    let mut child = Command::new("node")
        .arg(script)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(question.to_string().as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    serde_json::from_slice(&output.stdout).ok()
}

/// Numbers from a seed (SplitMix64): the same input on every machine.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, of: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % of.max(1) as u64) as usize
    }
}
