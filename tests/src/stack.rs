//! The stack as separate processes: keys and pack made when missing, web shell, backend and sandbox started,
//! watched, and started again when they die.
//!
//! A child ends when its standard input does, so none outlives this process, however it ends.
//! Everything a stack keeps is below one folder, and the same folder continues after any kill.
#![expect(
    clippy::disallowed_methods,
    reason = "a supervisor of real processes has threads and waits in real time"
)]

use gandan_sandbox::demo;
use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// How long a process may take until it answers.
const START_LIMIT: Duration = Duration::from_secs(60);

/// What to start, and where it keeps its things.
pub struct StackConfig {
    pub data: PathBuf,
    /// The web shell listens here, the backend at +1, the sandbox at +2.
    pub port_base: u16,
    /// A PostgreSQL URL; `None` is embedded SQLite.
    pub postgres: Option<String>,
    /// Another OpenID provider than the sandbox's: issuer, client id, client secret.
    pub provider: Option<Provider>,
    /// Lines for the person who watches: starts, deaths, restarts.
    pub say: fn(&str),
}

/// A standard OpenID provider, by configuration only.
#[derive(Clone)]
pub struct Provider {
    pub issuer: String,
    pub client_id: String,
    pub client_secret: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Web,
    Backend,
    Sandbox,
}

impl Part {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Backend => "backend",
            Self::Sandbox => "sandbox",
        }
    }

    /// What answers 200 when the part can work.
    const fn readiness(self) -> &'static str {
        match self {
            Self::Web => "/healthz",
            Self::Backend => "/readyz",
            Self::Sandbox => "/faults",
        }
    }
}

/// A running stack. Stops its processes when dropped.
pub struct Stack {
    config: Arc<StackConfig>,
    watched: Vec<Watched>,
    stopping: Arc<AtomicBool>,
}

struct Watched {
    part: Part,
    child: Arc<Mutex<Child>>,
    watcher: Option<thread::JoinHandle<()>>,
}

impl Stack {
    /// Makes keys, pack and configuration where they are missing, starts the processes, and
    /// returns when all answer.
    pub fn start(config: StackConfig) -> io::Result<Self> {
        std::fs::create_dir_all(&config.data)?;
        // Children get absolute paths, so that their own folder does not matter.
        let config = Arc::new(StackConfig {
            data: config.data.canonicalize()?,
            ..config
        });
        if !config.keys().join("keyset.jws").exists() {
            (config.say)("making keys");
            run(program("gandan-backend")?
                .args(["keys", "init", "--dir"])
                .arg(config.keys()))?;
        }
        (config.say)("building the content pack");
        let content = root().join("content");
        run(program("gandan-packs")?
            .args(["build", "--content"])
            .arg(content)
            .arg("--keys")
            .arg(config.keys())
            .arg("--out")
            .arg(config.content()))?;
        std::fs::write(config.data.join("gandan.toml"), config.backend_toml())?;
        let mut stack = Self {
            config,
            watched: Vec::new(),
            stopping: Arc::default(),
        };
        for part in [Part::Sandbox, Part::Backend, Part::Web] {
            stack.watched.push(stack.watch(part)?);
        }
        for part in [Part::Sandbox, Part::Backend, Part::Web] {
            stack.wait_ready(part)?;
        }
        Ok(stack)
    }

    pub fn config(&self) -> &StackConfig {
        &self.config
    }

    pub fn pid(&self, part: Part) -> u32 {
        let found = self.watched.iter().find(|watched| watched.part == part);
        found.map_or(0, |watched| lock(&watched.child).id())
    }

    /// SIGKILL, as a power cut would; the watcher starts it again.
    pub fn kill9(&self, part: Part) -> io::Result<()> {
        let found = self.watched.iter().find(|watched| watched.part == part);
        found.map_or(Ok(()), |watched| lock(&watched.child).kill())
    }

    /// Waits until the part answers.
    pub fn wait_ready(&self, part: Part) -> io::Result<()> {
        let address = SocketAddr::from(([127, 0, 0, 1], self.config.port(part)));
        let mut waited = Duration::ZERO;
        let step = Duration::from_millis(50);
        while !answers(address, part.readiness()) {
            if waited >= START_LIMIT {
                let limit = START_LIMIT.as_secs();
                return Err(io::Error::other(format!(
                    "{} did not answer within {limit} s",
                    part.name()
                )));
            }
            thread::sleep(step);
            waited += step;
        }
        Ok(())
    }

    fn watch(&self, part: Part) -> io::Result<Watched> {
        let child = Arc::new(Mutex::new(self.config.spawn(part)?));
        let (config, stopping, watched) =
            (self.config.clone(), self.stopping.clone(), child.clone());
        let watcher = thread::spawn(move || supervise(&config, part, &watched, &stopping));
        Ok(Watched {
            part,
            child,
            watcher: Some(watcher),
        })
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        for watched in &mut self.watched {
            // End of input asks it to stop in its own time; the watcher sees it go.
            drop(lock(&watched.child).stdin.take());
            if let Some(watcher) = watched.watcher.take() {
                let _ = watcher.join();
            }
        }
    }
}

/// Polls rather than waits: a blocking wait would hold the lock that `kill9` needs.
fn supervise(config: &StackConfig, part: Part, child: &Mutex<Child>, stopping: &AtomicBool) {
    let mut patience = Duration::from_secs(10);
    loop {
        thread::sleep(Duration::from_millis(50));
        let ended = matches!(lock(child).try_wait(), Ok(Some(_)));
        match (ended, stopping.load(Ordering::SeqCst)) {
            (true, true) => return,
            (true, false) => {
                (config.say)(&format!("{} died; starting it again", part.name()));
                match config.spawn(part) {
                    Ok(fresh) => *lock(child) = fresh,
                    Err(error) => {
                        (config.say)(&format!("failed to start {}: {error}", part.name()))
                    }
                }
                // A program that cannot live is not restarted in a tight circle.
                thread::sleep(Duration::from_millis(300));
            }
            (false, true) => {
                patience = patience.saturating_sub(Duration::from_millis(50));
                if patience.is_zero() {
                    (config.say)(&format!("{} does not stop; killing it", part.name()));
                    let _ = lock(child).kill();
                    patience = Duration::from_secs(10);
                }
            }
            (false, false) => {}
        }
    }
}

impl StackConfig {
    pub fn port(&self, part: Part) -> u16 {
        self.port_base
            + match part {
                Part::Web => 0,
                Part::Backend => 1,
                Part::Sandbox => 2,
            }
    }

    pub fn url(&self, part: Part) -> String {
        format!("http://127.0.0.1:{}", self.port(part))
    }

    pub fn keys(&self) -> PathBuf {
        self.data.join("keys")
    }

    pub fn content(&self) -> PathBuf {
        self.data.join("content.pack")
    }

    pub fn keyset(&self) -> PathBuf {
        self.keys().join("keyset.jws")
    }

    /// What an app team pins in its app.
    pub fn root_key(&self) -> PathBuf {
        self.keys().join("root.jwk.json")
    }

    fn spawn(&self, part: Part) -> io::Result<Child> {
        let mut command = match part {
            Part::Web => {
                let mut command = program("gandan-web")?;
                command.args(["--listen", &format!("127.0.0.1:{}", self.port(part))]);
                command.args(["--public-url", &self.url(part)]);
                command.args(["--backend", &self.url(Part::Backend), "--data"]);
                command.arg(self.data.join("web"));
                command.arg("--content").arg(self.content());
                command.arg("--keyset").arg(self.keyset());
                command.arg("--root-key").arg(self.root_key());
                command
            }
            Part::Backend => {
                let mut command = program("gandan-backend")?;
                command
                    .arg("serve")
                    .arg("--config")
                    .arg(self.data.join("gandan.toml"));
                command
            }
            Part::Sandbox => {
                let mut command = program("gandan-sandbox")?;
                command.args(["serve", "--port", &self.port(part).to_string(), "--data"]);
                command.arg(self.data.join("sandbox"));
                command.args([
                    "--backend-url",
                    &self.url(Part::Backend),
                    "--webhook-secret-file",
                ]);
                command.arg(self.keys().join("webhook.secret"));
                command
            }
        };
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.data.join(format!("{}.log", part.name())))?;
        command
            .arg("--exit-with-stdin")
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log);
        command.spawn()
    }
}

/// A program built beside this one.
pub fn program(name: &str) -> io::Result<Command> {
    let here = std::env::current_exe()?;
    // Test binaries stand one folder deeper, in `deps`.
    let folders = [here.parent(), here.parent().and_then(Path::parent)];
    let path = folders
        .into_iter()
        .flatten()
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    let path = path
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("{name} is not built")))?;
    Ok(Command::new(path))
}

/// The checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_path_buf)
        .unwrap_or_default()
}

fn run(command: &mut Command) -> io::Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let name = command.get_program().to_string_lossy().into_owned();
    Err(io::Error::other(format!(
        "{name}: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    )))
}

/// Does something there answer with 200?
fn answers(address: SocketAddr, path: &str) -> bool {
    let ask = || -> io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut head = [0; 12];
        stream.read_exact(&mut head)?;
        Ok(head.ends_with(b"200"))
    };
    ask().unwrap_or(false)
}

fn lock(child: &Mutex<Child>) -> std::sync::MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}

impl StackConfig {
    /// The backend's configuration file. See `docs/operations.md` for what each key means.
    fn backend_toml(&self) -> String {
        let data = self.data.display();
        let port = self.port(Part::Backend);
        let (own, sandbox) = (self.url(Part::Backend), self.url(Part::Sandbox));
        let (population_token, one_stop_token) = (demo::POPULATION_TOKEN, demo::ONE_STOP_TOKEN);
        let storage = match &self.postgres {
            Some(url) => format!("driver = \"postgres\"\nurl = {url:?}"),
            None => format!("driver = \"sqlite\"\npath = \"{data}/backend/gandan.db\""),
        };
        let identity = match &self.provider {
            Some(other) => other.toml(),
            None => format!(
                "issuer = \"{sandbox}/vneid\"\nclient_id = {:?}\nclient_secret = {:?}",
                demo::CLIENT_ID,
                demo::CLIENT_SECRET
            ),
        };
        format!(
            r#"# Made for a demonstration on this machine (THỬ NGHIỆM); written anew at each start.
listen = "127.0.0.1:{port}"
public_url = "{own}"
keys_dir = "{data}/keys"
blobs_dir = "{data}/backend/blobs"
content = "{data}/content.pack"
content_releases = "{data}/releases"

[storage]
{storage}

[identity]
{identity}

[population]
url = "{sandbox}/population"
token = "{population_token}"

[one_stop]
url = "{sandbox}/one-stop"
token = "{one_stop_token}"

[payment.vnpay]
page = "{sandbox}/vnpay/pay"
api = "{sandbox}/vnpay/api"
terminal = {terminal:?}
secret = {secret:?}

[payment.transfer]
bin = {bin:?}
bank = {bank:?}
account = {account:?}
holder = {holder:?}
webhook_secret = {webhook_secret:?}
"#,
            terminal = demo::VNPAY_TERMINAL,
            secret = demo::VNPAY_SECRET,
            bin = demo::BANK_BIN,
            bank = demo::BANK_NAME,
            account = demo::BANK_ACCOUNT,
            holder = demo::BANK_HOLDER,
            webhook_secret = demo::BANK_SECRET,
        )
    }
}

impl Provider {
    /// Claim names as most of the world has them; the provider vouches for one level.
    fn toml(&self) -> String {
        let Self {
            issuer,
            client_id,
            client_secret,
        } = self;
        format!(
            r#"issuer = {issuer:?}
client_id = {client_id:?}
client_secret = {client_secret:?}

[identity.claims]
id_number = "national_id"
full_name = "name"
birth_date = "birthdate"
level = ""
"#
        )
    }
}
