//! Running programs, always saying which.

use std::{
    collections::VecDeque,
    fmt,
    io::{BufRead, BufReader, IsTerminal, Read},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// The one selection of packages that every build uses, always with all targets: another
/// selection unifies features differently, and cargo would build most dependencies a second time.
/// `gandan-bindgen` is left out: it takes minutes, and only the bindings' suite needs it.
pub const SELECTION: [&str; 3] = ["--workspace", "--exclude", "gandan-bindgen"];

#[derive(Debug)]
pub enum Failure {
    Usage(String),
    /// The program could not be started at all.
    Start(String, std::io::Error),
    /// It ran and said no; its exit code.
    Exit(String, i32),
    /// Something that has to be there is not, and why.
    Missing(String),
}

impl Failure {
    pub fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Exit(_, code) => u8::try_from(*code).unwrap_or(1).max(1),
            Self::Start(..) | Self::Missing(_) => 1,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(given) => {
                write!(out, "understand `{}`; see `cargo xtask help`", given.trim())
            }
            Self::Start(what, error) => write!(out, "start {what}: {error}"),
            Self::Exit(what, code) => write!(out, "finish {what}: exit code {code}"),
            Self::Missing(what) => write!(out, "go on: {what}"),
        }
    }
}

/// Where things are: the checkout and what cargo builds.
pub struct Run {
    pub root: PathBuf,
    bin: PathBuf,
    /// The last lines that were printed, where nobody can scroll back to them.
    last: Option<Arc<Mutex<VecDeque<String>>>>,
}

/// How many of them.
const LAST: usize = 60;

impl Run {
    pub fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .map(Path::to_path_buf)
            .unwrap_or_default();
        // xtask itself stands in the folder it wants, wherever CARGO_TARGET_DIR points.
        let bin = std::env::current_exe()
            .ok()
            .and_then(|exe| exe.parent().map(Path::to_path_buf))
            .unwrap_or_else(|| root.join("target/debug"));
        let last = (!std::io::stdout().is_terminal()).then(Arc::default);
        Self { root, bin, last }
    }

    /// The last lines that were printed since this was asked before.
    pub fn take_last(&self) -> Vec<String> {
        let last = self.last.as_ref().and_then(|last| last.lock().ok());
        last.map(|mut last| last.drain(..).collect())
            .unwrap_or_default()
    }

    /// The folder of a built program or library.
    pub fn bin(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    /// `target/`, where everything generated goes.
    pub fn target(&self) -> PathBuf {
        self.bin
            .parent()
            .map(Path::to_path_buf)
            .unwrap_or_else(|| self.root.join("target"))
    }

    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    pub fn cargo(&self, args: &[&str]) -> Result<(), Failure> {
        self.finish(self.command(env!("CARGO")).args(args))
    }

    /// Builds every program, library and test, once for all verbs.
    pub fn build(&self) -> Result<(), Failure> {
        eprintln!("building the workspace (about ten minutes the first time, seconds after) …");
        self.cargo(&[&["build", "--all-targets"], &SELECTION[..]].concat())
    }

    /// Builds, or tests, what selects other features than the rest: in a folder of its own, so that
    /// the rest does not build twice, and with dependencies that nobody waits for to be optimised.
    pub fn aside(&self, verb: &str, args: &[&str]) -> Result<(), Failure> {
        let plain = [
            "profile.dev.package.\"*\".opt-level=0",
            "profile.dev.debug=false",
        ];
        let plain = plain.iter().flat_map(|setting| ["--config", setting]);
        let mut cargo = self.command(env!("CARGO"));
        cargo.args(plain).arg(verb).arg("--target-dir");
        self.finish(cargo.arg(self.tools()).args(args))
    }

    /// Where [`Run::aside`] builds.
    pub fn tools(&self) -> PathBuf {
        self.target().join("tools")
    }

    /// Runs a built program to its end.
    pub fn built(&self, program: &str, args: &[&str]) -> Result<(), Failure> {
        self.finish(self.command(self.bin(program)).args(args))
    }

    /// Becomes a built program, so that a signal to this process reaches the one that matters.
    pub fn hand_over(&self, program: &str, verb: &str, args: &[&str]) -> Result<(), Failure> {
        let mut command = self.command(self.bin(program));
        command.arg(verb).args(args).env("GANDAN_ROOT", &self.root);
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt;
            Err(Failure::Start(program.into(), command.exec()))
        }
        #[cfg(not(unix))]
        self.finish(&mut command)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a chore is a main, and waits for the program that it called"
    )]
    pub fn finish(&self, command: &mut Command) -> Result<(), Failure> {
        let shown = shown(command);
        let start = |error| Failure::Start(shown.clone(), error);
        command.stdin(Stdio::null());
        let status = match &self.last {
            None => command.status(),
            Some(last) => {
                let mut child = command
                    .stdout(Stdio::piped())
                    .stderr(Stdio::piped())
                    .spawn()
                    .map_err(start)?;
                let (out, err) = (child.stdout.take(), child.stderr.take());
                let (mine, its) = (Arc::clone(last), Arc::clone(last));
                let readers = [
                    thread::spawn(move || pass_on(out, &mine, |line| println!("{line}"))),
                    thread::spawn(move || pass_on(err, &its, |line| eprintln!("{line}"))),
                ];
                let status = child.wait();
                // Its last words are a moment behind it; a process that it left behind may keep the
                // line open for ever, and is not waited for.
                for _ in 0..50 {
                    if readers.iter().all(thread::JoinHandle::is_finished) {
                        break;
                    }
                    thread::sleep(Duration::from_millis(20));
                }
                status
            }
        };
        match status.map_err(start)?.code() {
            Some(0) => Ok(()),
            code => Err(Failure::Exit(shown, code.unwrap_or(1))),
        }
    }
}

/// Prints each line as it comes, and remembers the last ones.
fn pass_on(from: Option<impl Read>, last: &Mutex<VecDeque<String>>, print: fn(&str)) {
    let Some(from) = from else { return };
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        print(&text);
        if let Ok(mut last) = last.lock() {
            if last.len() == LAST {
                last.pop_front();
            }
            last.push_back(text);
        }
        line.clear();
    }
}

fn shown(command: &Command) -> String {
    let name = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let args: Vec<_> = command
        .get_args()
        .map(|arg| arg.to_string_lossy())
        .collect();
    format!("{name} {}", args.join(" "))
}

/// Is there such a program on the PATH (or in the usual system folders)?
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}
