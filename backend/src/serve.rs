//! The process: command line, runtime, listening, and an orderly end.
//!
//! SIGTERM, SIGINT (and, with `--exit-with-stdin`, the end of standard input) begin the end:
//! `/readyz` turns to 503, no new connection is taken, requests under way are finished for at most
//! [`GRACE`], then the process leaves. Nothing needs saving at that point: what was answered was
//! committed, so `kill -9` loses no more than a request that had no answer yet.
//!
//! One line is logged per request: method, route (never the path: it may name a dossier), status,
//! milliseconds and an id that the answer carries too. No address, no query, no citizen.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use clap::{Args, Parser, Subcommand};
use gandan_domain::{rules::Rules, text::Lang};
use gandan_foundation::{
    adapters::{DirBlobs, HttpOptions, OsRandom, ReqwestHttp, SystemClock, process},
    ports::{Clock, World},
};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::{
    app::{Backend, OpenError, Shared},
    catalog::{Catalog, Taken},
    config::{Config, ConfigError, LogFormat, StorageConfig},
    dossier::parked,
    keys::{KeyError, KeyFiles},
    storage::{Failure, PostgresStorage, SqliteStorage, Storage, StorageError},
};

/// How long requests under way may take to finish.
const GRACE: Duration = Duration::from_secs(10);
/// How often to look whether another content pack lies there.
const LOOK: Duration = Duration::from_secs(5);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

#[derive(Parser)]
#[command(
    name = "gandan-backend",
    version,
    about = "The state's side of Gần Dân"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve phones
    Serve(Serve),
    /// Manage the key directory
    #[command(subcommand)]
    Keys(Keys),
    /// Print the OpenAPI description
    Openapi,
    /// What partners refused too often; `--retry` has it tried again
    Outbox(Outbox),
    /// Ask the rules of the content in use: a question a line on standard input, a JSON object a
    /// line on standard output
    Ask(Ask),
}

#[derive(Args)]
struct Ask {
    #[arg(long, default_value = "gandan.toml")]
    config: PathBuf,
    /// The language of what is said in words
    #[arg(long, default_value = "vi")]
    lang: String,
}

#[derive(Args)]
struct Outbox {
    #[arg(long, default_value = "gandan.toml")]
    config: PathBuf,
    /// Everything that waits is due again
    #[arg(long)]
    retry: bool,
}

#[derive(Args)]
struct Serve {
    /// The configuration file; GANDAN_… variables go over it
    #[arg(long, default_value = "gandan.toml")]
    config: PathBuf,
    /// End when standard input ends, so that nothing outlives whoever started it
    #[arg(long)]
    exit_with_stdin: bool,
}

#[derive(Subcommand)]
enum Keys {
    /// Make a new set of keys; an existing key is never overwritten
    Init {
        #[arg(long)]
        dir: PathBuf,
    },
}

#[derive(Debug, thiserror::Error)]
enum MainError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Keys(#[from] KeyError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("open the storage: {0}")]
    Storage(#[from] StorageError),
    #[error("open the directory of blobs: {0}")]
    Blobs(std::io::Error),
    #[error("make a directory: {0}")]
    Directory(std::io::Error),
    #[error("set up outgoing HTTP: {0}")]
    Http(String),
    #[error("listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    #[error("serve: {0}")]
    Serve(std::io::Error),
    #[error("look into the outbox: {0}")]
    Outbox(Failure),
    #[error("write the description: {0}")]
    Describe(#[from] serde_json::Error),
    #[error("start the runtime: {0}")]
    Runtime(std::io::Error),
    #[error("answer: {0}")]
    Answer(std::io::Error),
}

/// What `main` calls.
pub fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Serve(options) => run(&options),
        Command::Keys(Keys::Init { dir }) => init_keys(&dir),
        Command::Openapi => describe(),
        Command::Outbox(options) => outbox(&options),
        Command::Ask(options) => ask(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gandan-backend: failed to {error}");
            ExitCode::FAILURE
        }
    }
}

fn init_keys(dir: &std::path::Path) -> Result<(), MainError> {
    KeyFiles::generate(&OsRandom::default())?.write(dir)?;
    eprintln!(
        "keys are in {}; move root.pk8 to a machine that is never online",
        dir.display()
    );
    Ok(())
}

fn describe() -> Result<(), MainError> {
    use std::io::Write;
    let text = serde_json::to_string_pretty(&crate::app::openapi())?;
    writeln!(std::io::stdout(), "{text}").map_err(MainError::Serve)
}

fn ask(options: &Ask) -> Result<(), MainError> {
    let config = Config::load(&options.config)?;
    let keys = crate::keys::Keys::load(&config.keys_dir)?;
    let catalog = Catalog::open(&config.content, None, &keys.trusted).map_err(OpenError::from)?;
    let rules = catalog.into_rules(&Lang::from(options.lang.as_str()));
    answer_lines(&rules, std::io::stdin().lock(), std::io::stdout().lock())
        .map_err(MainError::Answer)
}

/// What can't be read as a question gets `{"error": …}`, and the next line is read all the same.
fn answer_lines(
    rules: &Rules,
    questions: impl std::io::BufRead,
    answers: impl std::io::Write,
) -> std::io::Result<()> {
    use std::io::Write;
    let mut answers = std::io::BufWriter::new(answers);
    for line in questions.split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        writeln!(answers, "{}", rules.answer(line.trim_end_matches('\r')))?;
    }
    answers.flush()
}

/// One line for each: id, kind, province, refusals, since when (ms since 1970 UTC).
fn outbox(options: &Outbox) -> Result<(), MainError> {
    use std::io::Write;
    let config = Config::load(&options.config)?;
    let job = async {
        let storage = open_storage(&config.storage).await?;
        let parked = parked::list(&*storage).await.map_err(MainError::Outbox)?;
        let mut out = std::io::stdout();
        for it in &parked {
            writeln!(
                out,
                "{} {} province {} refused {} since {}",
                it.id,
                it.kind,
                it.province,
                it.refused,
                it.since.ms()
            )
            .map_err(MainError::Serve)?;
        }
        if options.retry {
            let freed = parked::retry(&*storage, SystemClock.now())
                .await
                .map_err(MainError::Outbox)?;
            writeln!(out, "{freed} will be tried again within a minute")
                .map_err(MainError::Serve)?;
        }
        Ok(())
    };
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(MainError::Runtime)?
        .block_on(job)
}

fn run(options: &Serve) -> Result<(), MainError> {
    let config = Config::load(&options.config)?;
    log_to_stderr(config.log);
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(MainError::Runtime)?
        .block_on(serve(config, options.exit_with_stdin))
}

fn log_to_stderr(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
}

async fn serve(config: Config, exit_with_stdin: bool) -> Result<(), MainError> {
    let address = config.listen;
    let storage = open_storage(&config.storage).await?;
    let blobs = DirBlobs::open(&config.blobs_dir).map_err(MainError::Blobs)?;
    let http = ReqwestHttp::new(&HttpOptions::default())
        .map_err(|error| MainError::Http(error.to_string()))?;
    let world = World {
        clock: Arc::new(SystemClock),
        random: Arc::new(OsRandom::default()),
        http: Arc::new(http),
    };
    let backend = Backend::open(config, world, storage, Arc::new(blobs)).await?;

    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| MainError::Listen(address, error))?;
    let address = listener.local_addr().unwrap_or(address);
    eprintln!("listening on {address}");
    tracing::info!(%address, "listening");

    let (told, end) = tokio::sync::oneshot::channel::<()>();
    let service = axum::serve(listener, logged(&backend))
        .with_graceful_shutdown(async move { end.await.unwrap_or_default() });
    let mut serving = std::pin::pin!(service.into_future());
    tokio::select! {
        biased;
        served = &mut serving => return served.map_err(MainError::Serve),
        () = process::told_to_end(exit_with_stdin) => {}
        () = backend.run_workers() => {}
        () = watch_content(&backend) => {}
    }
    tracing::info!("draining");
    backend.drain();
    let _ = told.send(());
    // The workers go on meanwhile: a request under way may be waiting for one.
    tokio::select! {
        biased;
        served = &mut serving => served.map_err(MainError::Serve)?,
        () = process::grace(GRACE) => tracing::warn!("some requests were not finished in time"),
        () = backend.run_workers() => {}
    }
    tracing::info!("ended");
    Ok(())
}

/// Takes another content pack when one lies there. A refused one is said once.
async fn watch_content(backend: &Shared) {
    let mut said = String::new();
    loop {
        process::told_to_look(LOOK).await;
        match tokio::task::block_in_place(|| backend.take_content()) {
            Ok(Taken::Same) => said.clear(),
            Ok(Taken::New(serial)) => {
                said.clear();
                tracing::info!(serial, "another content pack is in use");
            }
            Err(error) => {
                let error = error.to_string();
                if error != said {
                    tracing::error!(%error, "the content pack that lies there is not used");
                    said = error;
                }
            }
        }
    }
}

async fn open_storage(config: &StorageConfig) -> Result<Arc<dyn Storage>, MainError> {
    Ok(match config {
        StorageConfig::Sqlite { path } => {
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(MainError::Directory)?;
            }
            Arc::new(SqliteStorage::open(path)?)
        }
        StorageConfig::Postgres {
            url,
            max_connections,
        } => Arc::new(PostgresStorage::open(url, *max_connections).await?),
    })
}

fn logged(backend: &Shared) -> Router {
    backend
        .router()
        .layer(from_fn_with_state(Arc::clone(backend), log_request))
}

async fn log_request(State(backend): State<Shared>, request: Request, next: Next) -> Response {
    let world = &backend.world;
    let begun = world.clock.now();
    let id = world.random.uuid(begun);
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none", MatchedPath::as_str)
        .to_owned();
    let mut response = next.run(request).await;
    let ms = world.clock.now().ms() - begun.ms();
    let status = response.status().as_u16();
    tracing::info!(%id, %method, route, status, ms, "request");
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}
