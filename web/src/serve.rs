//! The process: command line, runtime, listening, and an orderly end.
//!
//! SIGTERM, SIGINT (and, with `--exit-with-stdin`, the end of standard input) begin the end: no new
//! connection is taken, requests under way are finished, stores are closed. Nothing needs saving at
//! that point: what was answered is on disk, so `kill -9` loses no more than a post that had no
//! answer yet.

use std::{net::SocketAddr, process::ExitCode, sync::Arc, time::Duration};

use clap::Parser;
use gandan_foundation::{
    adapters::{HttpOptions, OsRandom, ReqwestHttp, SystemClock, process},
    ports::World,
};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::{
    config::{Config, ConfigError, Flags},
    shell::Shell,
    visitor::VisitError,
};

/// How long requests under way may take to finish. Streams of live changes are cut off.
const GRACE: Duration = Duration::from_secs(3);

#[derive(Debug, thiserror::Error)]
enum MainError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Open(#[from] VisitError),
    #[error("set up outgoing HTTP: {0}")]
    Http(String),
    #[error("listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    #[error("serve: {0}")]
    Serve(std::io::Error),
    #[error("start the runtime: {0}")]
    Runtime(std::io::Error),
}

/// What `main` calls.
pub fn main() -> ExitCode {
    let flags = Flags::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match run(&flags) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gandan-web: failed to {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(flags: &Flags) -> Result<(), MainError> {
    let config = Config::read(flags)?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(MainError::Runtime)?
        .block_on(serve(config, flags.exit_with_stdin))
}

async fn serve(config: Config, exit_with_stdin: bool) -> Result<(), MainError> {
    let options = HttpOptions {
        streams: true,
        ..HttpOptions::default()
    };
    let http = ReqwestHttp::new(&options).map_err(|error| MainError::Http(error.to_string()))?;
    let world = World {
        clock: Arc::new(SystemClock),
        random: Arc::new(OsRandom::default()),
        http: Arc::new(http),
    };
    let address = config.listen;
    let shell = Shell::open(config, world)?;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| MainError::Listen(address, error))?;
    tracing::info!(%address, "listening");

    let (told, end) = tokio::sync::oneshot::channel::<()>();
    let service = axum::serve(listener, shell.router())
        .with_graceful_shutdown(async move { end.await.unwrap_or_default() });
    let mut serving = std::pin::pin!(service.into_future());
    tokio::select! {
        biased;
        served = &mut serving => return served.map_err(MainError::Serve),
        () = process::told_to_end(exit_with_stdin) => {}
        () = shell.tend() => {}
    }
    let _ = told.send(());
    tokio::select! {
        biased;
        served = &mut serving => served.map_err(MainError::Serve)?,
        () = process::grace(GRACE) => {}
    }
    shell.close();
    tracing::info!("ended");
    Ok(())
}
