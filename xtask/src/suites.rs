//! The suites of `cargo xtask test`. Each either passes, fails, or could not start; the last two
//! make the run fail: nothing is skipped in silence.

use std::{path::PathBuf, process::Command, thread, time::Instant};

use crate::{
    install::{
        self, CHROMIUM, JDK, MAVEN, NODE, NPM, PIP, POSTGRESQL, PYTHON, SCREEN_READER, WINDOWS,
    },
    run::{Failure, Run, SELECTION},
};

type Suite = (&'static str, fn(&Run) -> Result<(), Failure>);

const ALL: [Suite; 15] = [
    ("format", format),
    ("lints", lints),
    ("content", content),
    ("Rust tests, PostgreSQL included", rust_tests),
    ("published schemas, by another's validator", schemas),
    (
        "walks: SQLite, PostgreSQL, kill -9 of each process, byte scan",
        walks,
    ),
    ("walks: every procedure to its end", every_procedure),
    (
        "walks: every procedure in the web shell, without scripts",
        every_procedure_on_the_web,
    ),
    ("another OpenID provider", other_provider),
    ("VNPAY and VietQR as others make them", payment_peers),
    ("simulation, 1,000 seeds", simulation),
    ("simulation catches the planted bugs", planted),
    (
        "Kotlin bindings on the JVM; the rules on phone and server",
        kotlin,
    ),
    (
        "browser: the jobs by keyboard and without JavaScript, axe",
        browser,
    ),
    (
        "screen reader: Orca reads the web shell aloud",
        screen_reader,
    ),
];

const QUICK: [Suite; 3] = [
    ("format", format),
    ("Rust tests", rust_tests_quick),
    ("content", content),
];

pub fn all(run: &Run) -> Result<(), Failure> {
    suites(run, &ALL)
}

pub fn quick(run: &Run) -> Result<(), Failure> {
    suites(run, &QUICK)
}

/// The suites whose names hold a word, for working on one of them.
pub fn named(run: &Run, word: &str) -> Result<(), Failure> {
    let named = ALL.iter().copied().filter(|(name, _)| name.contains(word));
    let named: Vec<Suite> = named.collect();
    if named.is_empty() {
        let names: Vec<&str> = ALL.iter().map(|(name, _)| *name).collect();
        let names = names.join("\n  ");
        return Err(Failure::Missing(format!(
            "no suite is named so:\n  {names}"
        )));
    }
    suites(run, &named)
}

fn suites(run: &Run, suites: &[Suite]) -> Result<(), Failure> {
    run.build()?;
    let mut outcomes = Vec::new();
    let mut ends = Vec::new();
    for (name, suite) in suites {
        println!("\n=== {name}");
        #[expect(
            clippy::disallowed_methods,
            reason = "how long a suite took is for the reader, nothing depends on it"
        )]
        let start = Instant::now();
        run.take_last();
        let outcome = suite(run);
        if let Err(failure) = &outcome {
            println!("!!! {name}: failed to {failure}");
            ends.push((name, run.take_last()));
        }
        outcomes.push((name, outcome, start.elapsed().as_secs()));
    }
    // A log may be cut to its end: what failed is said there again.
    for (name, last) in ends {
        println!("\n=== the end of what this printed: {name}");
        for line in last {
            println!("{line}");
        }
    }
    println!("\n=== summary");
    for (name, outcome, seconds) in &outcomes {
        println!(
            "{} {seconds:>5} s  {name}",
            if outcome.is_ok() { "pass" } else { "FAIL" }
        );
    }
    let failed = outcomes
        .iter()
        .filter(|(_, outcome, _)| outcome.is_err())
        .count();
    println!("\n{} passed, {failed} failed", outcomes.len() - failed);
    if failed == 0 {
        Ok(())
    } else {
        Err(Failure::Exit("every suite".into(), 1))
    }
}

fn format(run: &Run) -> Result<(), Failure> {
    run.cargo(&["fmt", "--all", "--check"])
}

fn lints(run: &Run) -> Result<(), Failure> {
    run.cargo(
        &[
            &["clippy", "--all-targets"],
            &SELECTION[..],
            &["--", "-D", "warnings"],
        ]
        .concat(),
    )
}

fn content(run: &Run) -> Result<(), Failure> {
    run.built("gandan-packs", &["check", "--content", "content"])
}

/// Another selection of features, so it builds the rules and what they stand on once more.
fn schemas(run: &Run) -> Result<(), Failure> {
    let packs = ["-p", "gandan-packs", "--features", "schema"];
    run.aside("test", &[&packs[..], &["--lib", "schema"]].concat())
}

fn rust_tests(run: &Run) -> Result<(), Failure> {
    install::ensure(&[POSTGRESQL])?;
    run.cargo(&[&["test", "--all-targets", "--no-fail-fast"], &SELECTION[..]].concat())
}

/// Without the tests that need a server this machine may not have.
fn rust_tests_quick(run: &Run) -> Result<(), Failure> {
    run.cargo(
        &[
            &["test", "--all-targets", "--no-fail-fast"],
            &SELECTION[..],
            &["--", "--skip", "postgres_"],
        ]
        .concat(),
    )
}

fn walks(run: &Run) -> Result<(), Failure> {
    install::ensure(&[POSTGRESQL])?;
    let dir = run.target().join("gandan/test-walks");
    run.built("gandan-tests", &["walks", "--data", &dir.to_string_lossy()])
}

fn every_procedure(run: &Run) -> Result<(), Failure> {
    let dir = run.target().join("gandan/test-procedures");
    run.built(
        "gandan-tests",
        &["walk", "all", "--data", &dir.to_string_lossy()],
    )
}

fn every_procedure_on_the_web(run: &Run) -> Result<(), Failure> {
    let dir = run.target().join("gandan/test-procedures-web");
    let dir = dir.display().to_string();
    run.built("gandan-tests", &["walk-web", "--data", &dir])
}

fn other_provider(run: &Run) -> Result<(), Failure> {
    install::ensure(&[NODE, NPM])?;
    let provider = run.root.join("tests/oidc-provider");
    run.finish(
        run.command("npm")
            .args(["ci", "--no-audit", "--no-fund", "--silent"])
            .current_dir(&provider),
    )?;
    let dir = run.target().join("gandan/test-oidc");
    run.built(
        "gandan-tests",
        &["other-provider", "--data", &dir.to_string_lossy()],
    )
}

fn payment_peers(run: &Run) -> Result<(), Failure> {
    install::ensure(&[NODE, NPM, PYTHON, PIP])?;
    let folder = run.root.join("tests/payment-peers");
    run.finish(
        run.command("npm")
            .args(["ci", "--no-audit", "--no-fund", "--silent"])
            .current_dir(&folder),
    )?;
    let python = run.target().join("gandan/payment-peers-python");
    run.finish(
        run.command("python3")
            .args(["-m", "pip", "install", "--quiet", "--upgrade", "--target"])
            .arg(&python)
            .args(["--requirement", "requirements.txt"])
            .current_dir(&folder),
    )?;
    run.built(
        "gandan-tests",
        &["payment-peers", "--python", &python.to_string_lossy()],
    )
}

/// In two halves, each with a stack of its own: a test that counts what lies on the desk or kills the
/// web shell meets fewer others there.
fn browser(run: &Run) -> Result<(), Failure> {
    browser_tools(run)?;
    let half = |name: &str| {
        let dir = run
            .target()
            .join("gandan")
            .join(format!("test-browser-{name}"));
        let file = run.root.join(format!("tests/browser/{name}.test.mjs"));
        let mut command = run.command(run.bin("gandan-tests"));
        command.args(["with-stack", "--data"]).arg(dir);
        command.args(["--", "node", "--test", "--test-reporter=spec"]);
        command.arg(file);
        command
    };
    // One after the other: two browsers and two stacks on two cores make a page slower than the
    // tests wait for it. Both run, also when the first one fails.
    let first = run.finish(&mut half("half-a"));
    let second = run.finish(&mut half("half-b"));
    first.and(second)
}

/// Runs both to their end; fails if one does.
fn side_by_side(run: &Run, mut one: Command, mut other: Command) -> Result<(), Failure> {
    thread::scope(|scope| {
        let first = scope.spawn(|| run.finish(&mut one));
        let second = run.finish(&mut other);
        let name = || "the first of two halves".to_owned();
        let first = first
            .join()
            .unwrap_or_else(|_| Err(Failure::Exit(name(), 1)));
        first.and(second)
    })
}

fn screen_reader(run: &Run) -> Result<(), Failure> {
    install::ensure(&SCREEN_READER)?;
    install::ensure(&[WINDOWS])?;
    browser_tools(run)?;
    let orca = run.root.join("tests/browser/orca");
    let session = orca.join("session.sh").display().to_string();
    let room = run.target().join("gandan/test-orca-session");
    let script = orca.join("form.mjs").display().to_string();
    with_stack(
        run,
        "test-orca",
        &[&session, &room.display().to_string(), "node", &script],
    )
}

/// A picture of every screen, at three widths, in light and dark.
pub fn shots(run: &Run, out: Option<&str>) -> Result<(), Failure> {
    browser_tools(run)?;
    let script = run.root.join("tests/browser/shots.mjs");
    let out = out.map_or_else(
        || run.target().join("gandan/shots"),
        |given| std::env::current_dir().unwrap_or_default().join(given),
    );
    let (script, out) = (script.display().to_string(), out.display().to_string());
    with_stack(run, "shots-stack", &["node", &script, &out])
}

/// Playwright and axe at the versions of the lock file. npm keeps what it fetched in its own cache,
/// outside the checkout.
fn browser_tools(run: &Run) -> Result<(), Failure> {
    install::ensure(&[NODE, NPM, CHROMIUM])?;
    eprintln!("fetching playwright-core and axe-core (a few seconds) …");
    run.finish(
        run.command("npm")
            .args(["ci", "--no-audit", "--no-fund", "--silent"])
            .current_dir(run.root.join("tests/browser")),
    )
}

/// What the rules are measured beside, at the versions of the lock file.
pub fn bench_peers(run: &Run) -> Result<(), Failure> {
    install::ensure(&[NODE, NPM])?;
    run.finish(
        run.command("npm")
            .args(["ci", "--no-audit", "--no-fund", "--silent"])
            .current_dir(run.root.join("benches")),
    )
}

/// Runs a command against a stack that is started for it and stopped after it.
fn with_stack(run: &Run, name: &str, command: &[&str]) -> Result<(), Failure> {
    let dir = run.target().join("gandan").join(name);
    let dir = dir.display().to_string();
    run.built(
        "gandan-tests",
        &[&["with-stack", "--data", &dir, "--"], command].concat(),
    )
}

/// Two processes, because a simulation has one thread and CI has two cores.
fn simulation(run: &Run) -> Result<(), Failure> {
    let half = |start: &str| {
        let mut command = run.command(run.bin("gandan-tests"));
        command.args(["sim", "--seeds", "500", "--start", start]);
        command
    };
    side_by_side(run, half("1"), half("501"))
}

/// Acknowledging before the commit may lose anything, so any breach counts; a sum that is entered
/// twice has to be caught as what it is.
fn planted(run: &Run) -> Result<(), Failure> {
    let sim = ["sim", "--seeds", "200", "--plant"];
    match run.built("gandan-tests", &[&sim[..], &["ack-before-commit"]].concat()) {
        Err(Failure::Exit(..)) => {}
        Ok(()) => return Err(Failure::Missing("the planted bug was not caught".into())),
        Err(other) => return Err(other),
    }
    let credit = ["credit-twice", "--caught-as", "I4"];
    run.built("gandan-tests", &[&sim[..], &credit].concat())
}

/// Generates Kotlin from the built library, runs the JUnit job against a stack of its own, and asks
/// the library and the backend the same questions.
pub fn kotlin(run: &Run) -> Result<(), Failure> {
    install::ensure(&[JDK, MAVEN])?;
    let generated: PathBuf = run.target().join("gandan/kotlin");
    eprintln!("building the bindings generator (about two minutes the first time) …");
    run.aside("build", &["-p", "gandan-bindgen"])?;
    run.finish(
        run.command(run.tools().join("debug/gandan-bindgen"))
            .arg("generate")
            .arg(run.bin("libgandan_bindings.so"))
            .args(["--language", "kotlin", "--no-format", "--out-dir"])
            .arg(&generated),
    )?;
    let questions = run.target().join("gandan/questions.tsv");
    run.built(
        "gandan-tests",
        &["questions", "--out", &questions.to_string_lossy()],
    )?;
    let dir = run.target().join("gandan/test-kotlin");
    let mut mvn = run.command(run.bin("gandan-tests"));
    mvn.args([
        "with-stack",
        "--data",
        &dir.to_string_lossy(),
        "--",
        "mvn",
        "--batch-mode",
        "--quiet",
    ]);
    mvn.args([
        "-Dkotlin.compiler.daemon=false",
        "-f",
        "android/sdk/pom.xml",
        "test",
    ]);
    mvn.env("GANDAN_KOTLIN", &generated)
        .env("GANDAN_LIBRARY", run.bin(""))
        .env("GANDAN_QUESTIONS", &questions)
        .env("GANDAN_BACKEND", run.bin("gandan-backend"));
    run.finish(&mut mvn)
}
