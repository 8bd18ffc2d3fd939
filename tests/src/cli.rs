//! The verbs that `cargo xtask` hands over: `up`, `walk`, `sim`, and the suites that need a stack.

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    process::{Command, ExitCode},
};

use clap::{Args, Parser, Subcommand};

use crate::{
    catalogue, corpus, other_provider, payment_peers,
    postgres::{Postgres, free_port},
    scan,
    sim::{self, Assets, Plant, Report, Settings, plot::Kind},
    stack::{Part, Stack, StackConfig, root},
    walk::{self, Job, Outcome, WalkOptions},
    walks, web_walk,
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
    /// Start web shell, backend and sandbox, say what to open, and stop them on Ctrl-C.
    Up(Up),
    /// Run a command against a stack of its own; where it is stands in `GANDAN_*` variables.
    WithStack(WithStack),
    /// The walk on both databases and with every process killed; everything left is searched.
    Walks(Folder),
    /// Every procedure to its end through the pages of the web shell, without scripts.
    WalkWeb(Folder),
    /// Every citizen's session in a stack below `data` is over from now on.
    EndSessions(Folder),
    /// Sign in through an OpenID provider that is not ours.
    OtherProvider(Folder),
    /// VNPAY signatures and VietQR codes beside packages of other people's.
    PaymentPeers(PaymentPeers),
    /// Write questions to the rules, from a seed: a line each.
    Questions(Questions),
    /// Do the main job headless: read what a screen-reader user hears, then what it cost.
    Walk(Walk),
    /// Run the deterministic simulation.
    Sim(Sim),
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Wish {
    /// Register the birth of a child (1.001193).
    Birth,
    /// The same, and the office asks for a supplement.
    Supplement,
    /// The same, and the citizen asks for it back.
    Withdraw,
    /// Order two civil-status extracts (2.000635) and pay once.
    Extract,
    /// File one procedure, by its code: `walk procedure 1.000656`.
    Procedure,
    /// File every procedure of the catalogue in one stack.
    All,
}

#[derive(Args)]
struct Walk {
    job: Wish,
    /// The procedure's national code.
    code: Option<String>,
    /// The language of the screens.
    #[arg(long, default_value = "vi")]
    lang: String,
    /// The last line is the outcome as one JSON object.
    #[arg(long)]
    json: bool,
    /// A running stack's backend; without it, a stack is started for the walk.
    #[arg(long)]
    backend: Option<String>,
    /// A running stack's sandbox; by default at the backend's port + 1.
    #[arg(long)]
    sandbox: Option<String>,
    /// The content pack that comes with the app; by default the one of `up`.
    #[arg(long)]
    content: Option<PathBuf>,
    /// The key set that comes with the app; by default the one of `up`.
    #[arg(long)]
    keyset: Option<PathBuf>,
    /// The root key that is pinned in the app; by default the one of `up`.
    #[arg(long)]
    root_key: Option<PathBuf>,
    /// The phone, and the stack if one is started. A walk that was killed goes on here.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Keep the backend's data in a PostgreSQL server started for it.
    #[arg(long)]
    postgres: bool,
}

#[derive(Args)]
struct Sim {
    /// How many seeds.
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    start: u64,
    /// A bug to plant: ack-before-commit, credit-twice.
    #[arg(long)]
    plant: Option<Plant>,
    /// Succeed as soon as a seed breaks this invariant, and replays; fail if none does. With a
    /// planted bug.
    #[arg(long, requires = "plant")]
    caught_as: Option<String>,
    /// Print the trace of every seed.
    #[arg(long)]
    trace: bool,
}

#[derive(Args)]
struct Folder {
    /// Where everything is kept; emptied first.
    #[arg(long)]
    data: PathBuf,
}

#[derive(Args)]
struct Up {
    /// The web shell's port; the backend is at +1, the sandbox at +2.
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
struct Questions {
    #[arg(long)]
    out: PathBuf,
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Args)]
struct PaymentPeers {
    /// Where the packages of `requirements.txt` are.
    #[arg(long)]
    python: PathBuf,
    #[arg(long, default_value_t = 1)]
    seed: u64,
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
        Verb::WalkWeb(folder) => web_walk::run(&folder.data).map(|()| ExitCode::SUCCESS),
        Verb::EndSessions(folder) => end_sessions(&folder.data).map(|()| ExitCode::SUCCESS),
        Verb::OtherProvider(folder) => other_provider::run(&folder.data),
        Verb::PaymentPeers(peers) => payment_peers::run(&root(), &peers.python, peers.seed),
        Verb::Questions(questions) => corpus::write(&questions.out, questions.seed).map(|counts| {
            let counts: Vec<String> = counts
                .iter()
                .map(|(kind, count)| format!("{count} {kind}"))
                .collect();
            say(&format!("questions: {}", counts.join(", ")));
            ExitCode::SUCCESS
        }),
        Verb::Walk(walk) => walk.run(),
        Verb::Sim(sim) => sim.run(),
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
        for (part, at) in [(Part::Web, 0), (Part::Backend, 1), (Part::Sandbox, 2)] {
            let port = self.port_base + at;
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
    let web = config.url(Part::Web);
    println!("  web       {web}   pid {}", stack.pid(Part::Web));
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

/// A base such that it, +1 and +2 are free now.
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
            .env("GANDAN_WEB_URL", config.url(Part::Web))
            .env("GANDAN_BACKEND_URL", config.url(Part::Backend))
            .env("GANDAN_SANDBOX_URL", config.url(Part::Sandbox))
            .env("GANDAN_CONTENT", config.content())
            .env("GANDAN_KEYSET", config.keyset())
            .env("GANDAN_ROOT_KEY", config.root_key())
            .env("GANDAN_DATA", &config.data)
            .env("GANDAN_TESTS", std::env::current_exe()?)
            .env("GANDAN_PHONE", config.data.join("phone"))
            .status()?;
        Ok(if status.success() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

#[expect(
    clippy::print_stdout,
    reason = "the transcript is what the verb is for"
)]
fn tell(line: &str) {
    println!("{line}");
}

impl Walk {
    const fn job(&self) -> Job {
        match self.job {
            Wish::Supplement => Job::Supplement,
            Wish::Withdraw => Job::Withdraw,
            Wish::Extract => Job::Extract,
            Wish::Birth | Wish::Procedure | Wish::All => Job::Birth,
        }
    }

    fn run(self) -> io::Result<ExitCode> {
        let code = match (self.job, &self.code) {
            (Wish::Birth | Wish::Supplement | Wish::Withdraw | Wish::Extract, _) => None,
            (Wish::Procedure, Some(code)) => Some(Some(code.as_str())),
            (Wish::Procedure, None) => {
                return Err(io::Error::other("know which procedure: say its code"));
            }
            (Wish::All, _) => Some(None),
        };
        if let Some(code) = code {
            let data = default_data(if code.is_some() {
                "walk-procedure"
            } else {
                "walk-all"
            });
            let data = self.data.unwrap_or(data);
            let quiet = |_: &str| {};
            let told = if code.is_some() { tell } else { quiet };
            catalogue::alone(&data, code, &self.lang, told)?;
            return Ok(ExitCode::SUCCESS);
        }
        let outcome = match &self.backend {
            Some(backend) => self.against(backend)?,
            None => self.alone()?,
        };
        tell(&figures(&outcome));
        if self.json {
            tell(&serde_json::to_string(&outcome)?);
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Against a stack that somebody else runs.
    fn against(&self, backend: &str) -> io::Result<Outcome> {
        let up = default_data("up");
        let or =
            |given: &Option<PathBuf>, usual: &str| given.clone().unwrap_or_else(|| up.join(usual));
        let sandbox = match &self.sandbox {
            Some(sandbox) => sandbox.clone(),
            None => next_port(backend)
                .ok_or_else(|| io::Error::other("find the sandbox: say --sandbox URL"))?,
        };
        walk_now(WalkOptions {
            job: self.job(),
            backend: backend.to_owned(),
            sandbox,
            content: or(&self.content, "content.pack"),
            keyset: or(&self.keyset, "keys/keyset.jws"),
            root_key: or(&self.root_key, "keys/root.jwk.json"),
            data: self
                .data
                .clone()
                .unwrap_or_else(|| default_data("walk-phone")),
            lang: self.lang.clone(),
            say: tell,
        })
    }

    /// With a stack of its own, whose disks can be searched afterwards (I6).
    fn alone(&self) -> io::Result<Outcome> {
        let data = self.data.clone().unwrap_or_else(|| default_data("walk"));
        std::fs::create_dir_all(&data)?;
        let server = match self.postgres {
            true => Some(Postgres::start(&data.join("postgres"))?),
            false => None,
        };
        let stack = Stack::start(StackConfig {
            port_base: same_port_base(&data)?,
            data: data.clone(),
            postgres: server.as_ref().map(Postgres::url),
            provider: None,
            say,
        })?;
        let outcome = walk_now(walk_options(stack.config(), self.job(), &self.lang, tell))?;
        drop(stack);
        drop(server);
        search(&data)?;
        Ok(outcome)
    }
}

/// A walk of a phone that lies in the stack's own folder.
pub fn walk_options(config: &StackConfig, job: Job, lang: &str, say: fn(&str)) -> WalkOptions {
    WalkOptions {
        job,
        backend: config.url(Part::Backend),
        sandbox: config.url(Part::Sandbox),
        content: config.content(),
        keyset: config.keyset(),
        root_key: config.root_key(),
        data: config.data.join("phone"),
        lang: lang.to_owned(),
        say,
    }
}

/// What the citizen's revocation, or time, does; here by the hand of whoever owns the database.
fn end_sessions(data: &std::path::Path) -> io::Result<()> {
    use gandan_foundation::{adapters::SystemClock, ports::Clock};

    let end = || {
        let database = rusqlite::Connection::open(data.join("backend/gandan.db"))?;
        database.busy_timeout(std::time::Duration::from_secs(10))?;
        database.execute(
            "UPDATE session SET revoked_at = ?1, access_until = 0 WHERE revoked_at IS NULL",
            [SystemClock.now().ms()],
        )
    };
    let ended: usize = end().map_err(io::Error::other)?;
    say(&format!("{ended} sessions ended"));
    Ok(())
}

/// A stack of one's own, on SQLite, that begins anew.
pub fn start_below(data: &std::path::Path) -> io::Result<Stack> {
    if data.exists() {
        std::fs::remove_dir_all(data)?;
    }
    std::fs::create_dir_all(data)?;
    Stack::start(StackConfig {
        port_base: same_port_base(data)?,
        data: data.to_path_buf(),
        postgres: None,
        provider: None,
        say,
    })
}

pub fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
}

/// Does the walk on a runtime of its own.
pub fn walk_now(options: WalkOptions) -> io::Result<Outcome> {
    runtime()?
        .block_on(walk::walk(options))
        .map_err(io::Error::other)
}

/// Nothing of hers may lie readable anywhere below `data`.
pub fn search(data: &std::path::Path) -> io::Result<()> {
    let needles = walk::needles(&data.join("phone"))?;
    let found = scan::scan(&[data], &needles)?;
    for (path, what) in &found {
        say(&format!("{what} lies in {}", path.display()));
    }
    if found.is_empty() {
        say("searched every file of phone, backend and sandbox: none of her values is readable");
        return Ok(());
    }
    Err(io::Error::other(format!(
        "keep a promise: {} of her values lie readable on a disk",
        found.len()
    )))
}

/// The ports that this folder's stack had before: what was killed goes on at the same addresses.
fn same_port_base(data: &std::path::Path) -> io::Result<u16> {
    let path = data.join("port-base");
    let before = std::fs::read_to_string(&path)
        .ok()
        .and_then(|text| text.trim().parse().ok());
    match before {
        Some(base) => Ok(base),
        None => {
            let base = free_port_base()?;
            std::fs::write(&path, base.to_string())?;
            Ok(base)
        }
    }
}

fn next_port(url: &str) -> Option<String> {
    let (front, port) = url.trim_end_matches('/').rsplit_once(':')?;
    let port: u16 = port.parse().ok()?;
    Some(format!("{front}:{}", port.checked_add(1)?))
}

fn figures(outcome: &Outcome) -> String {
    format!(
        "\n{}: status {}, receipt verified: {}, dossiers: {}\n\
         launch to receipt: {} bytes on the wire, {} bytes of files, {} round trips; {:.1} s in all{}",
        outcome.dossier_code,
        outcome.status,
        outcome.receipt_verified,
        outcome.dossiers,
        outcome.wire_bytes,
        outcome.file_bytes,
        outcome.round_trips,
        outcome.seconds,
        if outcome.disturbed {
            " (disturbed on the way)"
        } else {
            ""
        },
    )
}

impl Sim {
    fn run(self) -> io::Result<ExitCode> {
        let assets = Assets::make()?;
        let settings = Settings {
            plant: self.plant,
            keep_trace: self.trace,
            calm: false,
        };
        let mut sums = Sums::default();
        for seed in self.start..self.start.saturating_add(self.seeds) {
            let report = sim::run(seed, &assets, settings)?;
            sums.add(&report);
            for line in &report.trace {
                tell(line);
            }
            let broken = match &self.caught_as {
                Some(name) => report
                    .breaches
                    .iter()
                    .any(|breach| breach.starts_with(&format!("{name}:"))),
                None => !report.breaches.is_empty(),
            };
            // Every twentieth seed runs twice: the same seed has to do the same.
            if seed % 20 == 0 || broken {
                let again = sim::run(
                    seed,
                    &assets,
                    Settings {
                        keep_trace: true,
                        ..settings
                    },
                )?;
                if again.trace_hash != report.trace_hash {
                    tell(&format!(
                        "seed {seed} does not replay: its trace differs from itself"
                    ));
                    return Ok(ExitCode::FAILURE);
                }
                if broken {
                    if self.caught_as.is_none() {
                        let skipped = again.trace.len().saturating_sub(120);
                        for line in again.trace.iter().skip(skipped) {
                            tell(line);
                        }
                    }
                    for breach in &report.breaches {
                        tell(&format!("seed {seed}: {breach}"));
                    }
                    tell(&format!(
                        "seed {seed} broke a promise, and replays: --start {seed} --seeds 1 --trace"
                    ));
                    tell(&sums.told());
                    return Ok(match self.caught_as {
                        Some(_) => ExitCode::SUCCESS,
                        None => ExitCode::FAILURE,
                    });
                }
            }
        }
        tell(&sums.told());
        Ok(match self.caught_as {
            None => ExitCode::SUCCESS,
            Some(name) => {
                tell(&format!("the planted bug was not caught as {name}"));
                ExitCode::FAILURE
            }
        })
    }
}

#[derive(Default)]
struct Sums {
    seeds: u64,
    polls: u64,
    exchanges: u64,
    virtual_ms: i64,
    phone_deaths: u64,
    backend_deaths: u64,
    proofs: u64,
    payments: u64,
    breaches: usize,
    kinds: BTreeMap<Kind, u64>,
}

impl Sums {
    fn add(&mut self, report: &Report) {
        self.seeds += 1;
        self.polls += report.polls;
        self.exchanges += report.exchanges;
        self.virtual_ms += report.virtual_ms;
        self.phone_deaths += report.phone_deaths;
        self.backend_deaths += report.backend_deaths;
        self.proofs += report.proofs;
        self.payments += report.payments;
        if let Some(kind) = report.kind {
            *self.kinds.entry(kind).or_default() += 1;
        }
        self.breaches += report.breaches.len();
    }

    fn told(&self) -> String {
        format!(
            "{} seeds, {} breaches; {} deaths of the phone, {} of the backend, {} exchanges, \
             {} screens that said \"sent\" and {} that said \"paid\" proven, {} days of virtual \
             time, {} polls; stories: {}",
            self.seeds,
            self.breaches,
            self.phone_deaths,
            self.backend_deaths,
            self.exchanges,
            self.proofs,
            self.payments,
            self.virtual_ms / 86_400_000,
            self.polls,
            Kind::ALL
                .map(|kind| {
                    let seeds = self.kinds.get(&kind).copied().unwrap_or_default();
                    format!("{kind:?} {seeds}")
                })
                .join(", "),
        )
    }
}
