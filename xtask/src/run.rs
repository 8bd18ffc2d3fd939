//! Running programs, always saying which.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
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
}

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
        Self { root, bin }
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

    pub fn finish(&self, command: &mut Command) -> Result<(), Failure> {
        let shown = shown(command);
        let status = command
            .stdin(Stdio::null())
            .status()
            .map_err(|error| Failure::Start(shown.clone(), error))?;
        match status.code() {
            Some(0) => Ok(()),
            code => Err(Failure::Exit(shown, code.unwrap_or(1))),
        }
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
