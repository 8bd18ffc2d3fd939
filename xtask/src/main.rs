//! Every chore of the project, one verb each.
//!
//! Light on purpose: it builds in seconds, tells what it is about to do, builds the workspace
//! once with one selection of packages (another selection would unify features differently and
//! build half of the dependencies again), and hands over to the programs built. What starts and
//! supervises processes lives in `gandan-tests`, because the tests need the same.
#![expect(
    clippy::print_stdout,
    reason = "a command-line tool talks to the person who called it"
)]

mod doctor;
mod install;
mod run;
mod suites;

use std::process::ExitCode;

use run::{Failure, Run};

const HELP: &str = "\
cargo xtask <verb>

  up [--port-base 8080] [--data DIR] [--fresh]
        backend, sandbox and demo citizens, as separate processes; Ctrl-C stops them all
  walk birth [--lang L] [--json] [--backend URL] [--data DIR] [--postgres]
        does the job headless and prints what a screen-reader user would hear
  walk procedure CODE | walk all [--lang L] [--data DIR]
        one procedure, or each, to its end: on the officer's desk, or a file for the counter
  sim [--seeds 1000] [--start S] [--plant ack-before-commit]
        the deterministic simulation; a failing seed is printed and can be started from
  test [quick | WORD]
        every suite; `quick` is the Rust part, without root or apt; or those with WORD in their name
  shots [--out DIR]
        pictures of every screen of the web shell at 360, 768 and 1280 px, light and dark
  kotlin
        generates the Kotlin bindings and runs their JUnit test against a running stack
  content check
        checks content/ and says file, line and reason of what is wrong
  content import FILE [--report FILE] [--out FILE] [--catalogue FILE]
        reads the National Portal's responses (JSON, gzipped or not) and says every doubt
  ask place [TEXT] [--on DATE] | due [CODE RECEIVED-AT] | search [TEXT] [--titles FILE]
      | form CODE [FIELD=VALUE ...] [--on DATE]
        what the rules say, for a reader; without a question, a line in and a JSON object out
  bench rules [search|forms|places|deadlines] [--seed 1]
        measures the rules beside what a team would use instead; an optimised build of its own
  doctor
        what this machine has and what each verb would still need
  fix
        formats, and applies what clippy can mend
";

fn main() -> ExitCode {
    let run = Run::new();
    match verb(&run, std::env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nfailed to {failure}");
            ExitCode::from(failure.code())
        }
    }
}

fn verb(run: &Run, args: Vec<String>) -> Result<(), Failure> {
    let Some((verb, rest)) = args.split_first() else {
        println!("{HELP}");
        return Ok(());
    };
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    match (verb.as_str(), rest.as_slice()) {
        ("help" | "--help" | "-h", _) => {
            println!("{HELP}");
            Ok(())
        }
        ("up" | "walk" | "sim", _) => {
            run.build()?;
            run.hand_over("gandan-tests", verb, &rest)
        }
        ("ask", _) => {
            run.build()?;
            run.hand_over("gandan-packs", verb, &rest)
        }
        ("content", _) => {
            run.build()?;
            run.built("gandan-packs", &rest)
        }
        ("bench", ["rules", what @ ..]) => {
            suites::bench_peers(run)?;
            let bench = [
                "run",
                "--release",
                "--manifest-path",
                "benches/Cargo.toml",
                "--target-dir",
                "benches/target",
                "--",
            ];
            run.cargo(&[&bench[..], what].concat())
        }
        ("test", []) => suites::all(run),
        ("test", ["quick"]) => suites::quick(run),
        ("test", [word]) => suites::named(run, word),
        ("kotlin", []) => {
            run.build()?;
            suites::kotlin(run)
        }
        ("shots", []) => {
            run.build()?;
            suites::shots(run, None)
        }
        ("shots", ["--out", out]) => {
            run.build()?;
            suites::shots(run, Some(out))
        }
        ("doctor", []) => {
            doctor::report();
            Ok(())
        }
        ("fix", []) => {
            run.cargo(&["fmt", "--all"])?;
            let fix = [
                "clippy",
                "--fix",
                "--allow-dirty",
                "--allow-staged",
                "--all-targets",
            ];
            run.cargo(&[&fix[..], &run::SELECTION].concat())
        }
        _ => Err(Failure::Usage(format!("{verb} {}", rest.join(" ")))),
    }
}
