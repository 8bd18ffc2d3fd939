//! The walk again and again: on both databases, with every process killed in the middle, and with
//! everything that lies on the disk searched for the citizen's values afterwards.
//!
//! The walk is a process of its own, so that killing it is killing a phone. Kills fall when the
//! phone has said a certain part of what it says on an undisturbed walk: events, not clocks,
//! decide when.

use std::{
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, ExitCode, Stdio},
};

use serde_json::Value;

use crate::{
    cli::{free_port_base, say},
    postgres::Postgres,
    scan,
    stack::{Part, Stack, StackConfig, program},
    walk,
};

/// Who dies.
#[derive(Clone, Copy)]
enum Victim {
    Phone,
    Part(Part),
}

impl Victim {
    const ALL: [Self; 3] = [
        Self::Phone,
        Self::Part(Part::Backend),
        Self::Part(Part::Sandbox),
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Part(part) => part.name(),
        }
    }
}

/// After which part of an undisturbed walk's lines the kill falls, in hundredths.
const MOMENTS: [usize; 4] = [20, 45, 70, 90];

/// Runs them all below `data`; the exit code says whether every one ended well.
pub fn run(data: &Path) -> io::Result<ExitCode> {
    if data.exists() {
        std::fs::remove_dir_all(data)?;
    }
    let mut failed = 0_u32;
    let mut note = |name: &str, outcome: io::Result<usize>| -> usize {
        match outcome {
            Ok(lines) => {
                say(&format!("pass  {name}"));
                lines
            }
            Err(error) => {
                failed += 1;
                say(&format!("FAIL  {name}: {error}"));
                0
            }
        }
    };

    let lines = note("walk on SQLite", undisturbed(&data.join("sqlite"), false));
    note(
        "walk on PostgreSQL",
        undisturbed(&data.join("postgres"), true),
    );
    if lines > 0 {
        for victim in Victim::ALL {
            for hundredths in MOMENTS {
                let name = format!("{} killed after {hundredths} % of the walk", victim.name());
                let folder = data.join(format!("{}-{hundredths}", victim.name()));
                note(&name, killed(&folder, victim, lines * hundredths / 100));
            }
        }
    }
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A walk nobody disturbs, its figures held to the budget, and a look at everything it left.
fn undisturbed(folder: &Path, postgres: bool) -> io::Result<usize> {
    let (stack, server) = start(folder, postgres)?;
    let mut walk = Walk::start(&stack)?;
    let mut lines = Vec::new();
    while let Some(line) = walk.line()? {
        lines.push(line);
    }
    let figures = walk.finish(lines.last())?;
    check(&figures)?;
    within(&figures, "wire_bytes", 300 * 1024)?;
    within(&figures, "round_trips", 12)?;
    say(&figures.to_string());
    drop(stack);
    drop(server);
    search(folder)?;
    Ok(lines.len())
}

/// The same walk with one process killed after so many lines; it must end the same way.
fn killed(folder: &Path, victim: Victim, after: usize) -> io::Result<usize> {
    let (stack, _server) = start(folder, false)?;
    let mut walk = Walk::start(&stack)?;
    for _ in 0..after {
        if walk.line()?.is_none() {
            break;
        }
    }
    match victim {
        Victim::Part(part) => stack.kill9(part)?,
        Victim::Phone => {
            walk.child.kill()?;
            walk.child.wait()?;
            walk = Walk::start(&stack)?;
        }
    }
    let mut lines = Vec::new();
    while let Some(line) = walk.line()? {
        lines.push(line);
    }
    check(&walk.finish(lines.last())?)?;
    drop(stack);
    search(folder)?;
    Ok(lines.len())
}

fn start(folder: &Path, postgres: bool) -> io::Result<(Stack, Option<Postgres>)> {
    std::fs::create_dir_all(folder)?;
    let server = if postgres {
        Some(Postgres::start(&folder.join("server"))?)
    } else {
        None
    };
    let stack = Stack::start(StackConfig {
        data: folder.to_path_buf(),
        port_base: free_port_base()?,
        postgres: server.as_ref().map(Postgres::url),
        provider: None,
        say: |_| {},
    })?;
    Ok((stack, server))
}

/// A walk in its own process.
struct Walk {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Walk {
    fn start(stack: &Stack) -> io::Result<Self> {
        let config = stack.config();
        let mut command = program("gandan-tests")?;
        command.args([
            "walk",
            "birth",
            "--json",
            "--backend",
            &config.url(Part::Backend),
        ]);
        command.args(["--sandbox", &config.url(Part::Sandbox)]);
        let paths: [(&str, PathBuf); 4] = [
            ("--content", config.content()),
            ("--keyset", config.keyset()),
            ("--root-key", config.root_key()),
            ("--data", config.data.join("phone")),
        ];
        for (flag, path) in paths {
            command.arg(flag).arg(path);
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child
            .stdout
            .take()
            .ok_or_else(|| io::Error::other("the walk has no output"))?;
        Ok(Self {
            child,
            output: BufReader::new(output),
        })
    }

    fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        Ok((self.output.read_line(&mut line)? > 0).then(|| line.trim_end().to_owned()))
    }

    fn finish(mut self, last: Option<&String>) -> io::Result<Value> {
        let status = self.child.wait()?;
        if !status.success() {
            return Err(io::Error::other(format!("the walk ended with {status}")));
        }
        let last = last.ok_or_else(|| io::Error::other("the walk said nothing"))?;
        serde_json::from_str(last).map_err(io::Error::other)
    }
}

/// One dossier, a verified receipt, no charge.
fn check(figures: &Value) -> io::Result<()> {
    let good = figures["dossiers"] == 1
        && figures["receipt_verified"] == true
        && figures["charges"] == 0
        && figures["dossier_code"]
            .as_str()
            .is_some_and(|code| !code.is_empty());
    if good {
        Ok(())
    } else {
        Err(io::Error::other(format!(
            "the figures are wrong: {figures}"
        )))
    }
}

fn within(figures: &Value, name: &str, limit: u64) -> io::Result<()> {
    match figures[name].as_u64() {
        Some(value) if value <= limit => Ok(()),
        _ => Err(io::Error::other(format!(
            "{name} is {}, the budget is {limit}",
            figures[name]
        ))),
    }
}

/// Searches everything below the folder, both sides, for what the citizen typed and photographed.
fn search(folder: &Path) -> io::Result<()> {
    let needles = walk::needles(&folder.join("phone"))?;
    let found = scan::scan(&[folder], &needles)?;
    if found.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = found
        .iter()
        .map(|(path, what)| format!("{what} in {}", path.display()))
        .collect();
    Err(io::Error::other(format!(
        "found in plaintext: {}",
        list.join("; ")
    )))
}
