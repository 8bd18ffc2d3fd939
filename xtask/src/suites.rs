//! The suites of `cargo xtask test`. Each either passes, fails, or could not start; the last two
//! make the run fail: nothing is skipped in silence.

use std::{path::PathBuf, time::Instant};

use crate::{
    install::{self, JDK, MAVEN, NODE, NPM, POSTGRESQL},
    run::{Failure, Run, SELECTION},
};

type Suite = (&'static str, fn(&Run) -> Result<(), Failure>);

const ALL: [Suite; 9] = [
    ("format", format),
    ("lints", lints),
    ("content", content),
    ("Rust tests, PostgreSQL included", rust_tests),
    (
        "walks: SQLite, PostgreSQL, kill -9 of each process, byte scan",
        walks,
    ),
    ("another OpenID provider", other_provider),
    ("simulation, 1,000 seeds", simulation),
    ("simulation catches a planted bug", planted),
    ("Kotlin bindings on the JVM", kotlin),
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

fn suites(run: &Run, suites: &[Suite]) -> Result<(), Failure> {
    run.build()?;
    let mut outcomes = Vec::new();
    for (name, suite) in suites {
        println!("\n=== {name}");
        #[expect(
            clippy::disallowed_methods,
            reason = "how long a suite took is for the reader, nothing depends on it"
        )]
        let start = Instant::now();
        let outcome = suite(run);
        if let Err(failure) = &outcome {
            println!("!!! {name}: failed to {failure}");
        }
        outcomes.push((name, outcome, start.elapsed().as_secs()));
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

/// Two processes, because a simulation has one thread and CI has two cores.
fn simulation(run: &Run) -> Result<(), Failure> {
    let half = |start: &str| {
        let mut command = run.command(run.bin("gandan-tests"));
        command.args(["sim", "--seeds", "500", "--start", start]);
        command
    };
    let name = "the simulation's first half";
    let mut first = half("1")
        .spawn()
        .map_err(|error| Failure::Start(name.into(), error))?;
    let second = run.finish(&mut half("501"));
    let status = first
        .wait()
        .map_err(|error| Failure::Start(name.into(), error))?;
    match status.code() {
        Some(0) => second,
        code => Err(Failure::Exit(name.into(), code.unwrap_or(1))),
    }
}

fn planted(run: &Run) -> Result<(), Failure> {
    match run.built(
        "gandan-tests",
        &["sim", "--seeds", "200", "--plant", "ack-before-commit"],
    ) {
        Err(Failure::Exit(..)) => Ok(()),
        Ok(()) => Err(Failure::Missing("the planted bug was not caught".into())),
        Err(other) => Err(other),
    }
}

/// Generates Kotlin from the built library and runs the JUnit job against a stack of its own.
pub fn kotlin(run: &Run) -> Result<(), Failure> {
    install::ensure(&[JDK, MAVEN])?;
    let generated: PathBuf = run.target().join("gandan/kotlin");
    // A target folder of its own: bindgen alone unifies features differently, and must not make
    // the rest build twice.
    eprintln!("building the bindings generator (about two minutes the first time) …");
    let tools = run.target().join("tools");
    run.cargo(&[
        "build",
        "-p",
        "gandan-bindgen",
        "--target-dir",
        &tools.to_string_lossy(),
    ])?;
    run.finish(
        run.command(tools.join("debug/gandan-bindgen"))
            .arg("generate")
            .arg(run.bin("libgandan_bindings.so"))
            .args(["--language", "kotlin", "--no-format", "--out-dir"])
            .arg(&generated),
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
        .env("GANDAN_LIBRARY", run.bin(""));
    run.finish(&mut mvn)
}
