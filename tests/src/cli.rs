//! The verbs that `cargo xtask` hands over: `up`, `walk`, `sim`, and the suites that need a stack.

use std::{
    io,
    path::PathBuf,
    process::{Command, ExitCode},
};

use clap::{Args, Parser, Subcommand};

use crate::{
    other_provider,
    postgres::{Postgres, free_port},
    stack::{Part, Stack, StackConfig, root},
    walks,
};

#[derive(Parser)]
#[command(
    name = "gandan-tests",
    about = "Gần Dân: the stack, the walks and the simulation"
)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Start backend and sandbox, say what to open, and stop them on Ctrl-C.
    Up(Up),
    /// Run a command against a stack of its own; where it is stands in `GANDAN_*` variables.
    WithStack(WithStack),
    /// The walk on both databases and with every process killed; everything left is searched.
    Walks(Folder),
    /// Sign in through an OpenID provider that is not ours.
    OtherProvider(Folder),
}

#[derive(Args)]
struct Folder {
    /// Where everything is kept; emptied first.
    #[arg(long)]
    data: PathBuf,
}

#[derive(Args)]
struct Up {
    /// Backend at +1, sandbox at +2 (the web shell will be at +0).
    #[arg(long, default_value_t = 8080)]
    port_base: u16,
    /// Where everything is kept.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Forget what was kept.
    #[arg(long)]
    fresh: bool,
    /// Keep the backend's data in a PostgreSQL server started for it.
    #[arg(long)]
    postgres: bool,
}

#[derive(Args)]
struct WithStack {
    #[arg(long)]
    data: PathBuf,
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

pub fn main() -> ExitCode {
    let outcome = match Cli::parse().verb {
        Verb::Up(up) => up.run(),
        Verb::WithStack(with) => with.run(),
        Verb::Walks(folder) => walks::run(&folder.data),
        Verb::OtherProvider(folder) => other_provider::run(&folder.data),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("failed to {error}");
            ExitCode::FAILURE
        }
    }
}

/// `target/gandan/<name>` of this checkout: data that may go with `cargo clean`.
pub fn default_data(name: &str) -> PathBuf {
    root().join("target/gandan").join(name)
}

/// Lines about processes go to standard error: standard output belongs to the verb.
pub fn say(line: &str) {
    eprintln!("· {line}");
}

impl Up {
    fn run(self) -> io::Result<ExitCode> {
        let data = self.data.unwrap_or_else(|| default_data("up"));
        if self.fresh && data.exists() {
            std::fs::remove_dir_all(&data)?;
        }
        for part in [Part::Backend, Part::Sandbox] {
            let port = self.port_base + if part == Part::Backend { 1 } else { 2 };
            if std::net::TcpListener::bind(("127.0.0.1", port)).is_err() {
                let name = part.name();
                return Err(io::Error::other(format!(
                    "start the {name}: port {port} is taken; choose another with --port-base"
                )));
            }
        }
        let server = if self.postgres {
            Some(Postgres::start(&data.join("postgres"))?)
        } else {
            None
        };
        let stack = Stack::start(StackConfig {
            data,
            port_base: self.port_base,
            postgres: server.as_ref().map(Postgres::url),
            provider: None,
            say,
        })?;
        announce(&stack);
        wait_for_signal()?;
        say("stopping");
        drop(stack);
        Ok(ExitCode::SUCCESS)
    }
}

#[expect(clippy::print_stdout, reason = "what to open is what the verb is for")]
fn announce(stack: &Stack) {
    let config = stack.config();
    let (backend, sandbox) = (config.url(Part::Backend), config.url(Part::Sandbox));
    println!("Gần Dân is up. THỬ NGHIỆM: a demonstration, not connected to any state system.\n");
    println!(
        "  backend   {backend}   pid {}   what it offers: {backend}/openapi.json",
        stack.pid(Part::Backend)
    );
    println!("  sandbox   {sandbox}   pid {}", stack.pid(Part::Sandbox));
    println!("            the officer's desk: {sandbox}/one-stop/desk");
    println!("            faults to switch on: {sandbox}/faults");
    println!("  data      {}", config.data.display());
    println!("  do the main job headless against it: cargo xtask walk birth --backend {backend}");
    println!("\nCtrl-C stops everything. What was typed and sent is kept; --fresh forgets it.");
}

/// Ctrl-C, or SIGTERM from whoever manages this process.
fn wait_for_signal() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut terminate =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            biased;
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    })
}

/// A base such that +1 and +2 are free now.
pub fn free_port_base() -> io::Result<u16> {
    loop {
        let base = free_port()?;
        let free = |port: Option<u16>| {
            port.is_some_and(|port| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok())
        };
        if free(base.checked_add(1)) && free(base.checked_add(2)) {
            return Ok(base);
        }
    }
}

impl WithStack {
    fn run(self) -> io::Result<ExitCode> {
        if self.data.exists() {
            std::fs::remove_dir_all(&self.data)?;
        }
        let stack = Stack::start(StackConfig {
            data: self.data,
            port_base: free_port_base()?,
            postgres: None,
            provider: None,
            say,
        })?;
        let config = stack.config();
        let Some((program, args)) = self.command.split_first() else {
            return Ok(ExitCode::FAILURE);
        };
        let status = Command::new(program)
            .args(args)
            .env("GANDAN_BACKEND_URL", config.url(Part::Backend))
            .env("GANDAN_SANDBOX_URL", config.url(Part::Sandbox))
            .env("GANDAN_CONTENT", config.content())
            .env("GANDAN_KEYSET", config.keyset())
            .env("GANDAN_ROOT_KEY", config.root_key())
            .env("GANDAN_PHONE", config.data.join("phone"))
            .status()?;
        Ok(if status.success() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}
