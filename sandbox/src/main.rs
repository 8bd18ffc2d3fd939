//! `gandan-sandbox serve`: the stand-ins as a process.
//!
//! Hyper is driven directly and not by `axum::serve`, because a fault that loses an answer has to
//! close the connection without a word, and only a service that fails does that.

#![expect(
    clippy::disallowed_methods,
    reason = "a main owns the runtime and the real ports"
)]

use std::{
    io::IsTerminal,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use clap::{Args, Parser, Subcommand};
use futures_util::future::BoxFuture;
use gandan_domain::time::Instant;
use gandan_sandbox::{
    AnswerLost, Outside, Sandbox, SandboxConfig, Storage, demo, faults,
    one_stop::webhook,
    ports::{self, NoAnswer},
};
use hyper_util::rt::{TokioIo, TokioTimer};
use ring::rand::{SecureRandom, SystemRandom};
use tokio::{io::AsyncReadExt, net::TcpListener};
use tower::ServiceExt;
use tracing_subscriber::EnvFilter;

#[derive(Parser)]
#[command(
    about = "Stand-ins for VNeID, the population database and a one-stop system (THỬ NGHIỆM)"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve all stand-ins on one port of the loopback interface
    Serve(Serve),
}

#[derive(Args)]
struct Serve {
    #[arg(long)]
    port: u16,
    /// Where everything is kept, sealed
    #[arg(long)]
    data: PathBuf,
    /// Where the backend is, e.g. http://127.0.0.1:8081
    #[arg(long)]
    backend_url: String,
    /// The secret that signs status reports: `whsec_…`, made by the backend
    #[arg(long)]
    webhook_secret_file: PathBuf,
    /// How clients reach this process, if not as http://127.0.0.1:PORT
    #[arg(long)]
    public_url: Option<String>,
    #[arg(long, default_value = demo::CLIENT_ID)]
    client_id: String,
    #[arg(long, default_value = demo::CLIENT_SECRET)]
    client_secret: String,
    /// Where VNeID may send people back to; default: BACKEND_URL/oauth/callback
    #[arg(long)]
    redirect_uri: Vec<String>,
    #[arg(long, default_value = demo::POPULATION_TOKEN)]
    population_token: String,
    #[arg(long, default_value = demo::ONE_STOP_TOKEN)]
    one_stop_token: String,
    /// End when standard input ends, so that nothing outlives whoever started it
    #[arg(long)]
    exit_with_stdin: bool,
}

#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error("read the webhook secret: {0}")]
    Secret(std::io::Error),
    #[error("open the sandbox: {0}")]
    Open(#[from] gandan_sandbox::StoreError),
    #[error("listen: {0}")]
    Listen(std::io::Error),
    #[error("prepare TLS: {0}")]
    Tls(#[from] rustls::Error),
    #[error("prepare the HTTP client: {0}")]
    Client(#[from] reqwest::Error),
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    let Command::Serve(options) = Cli::parse().command;
    match serve(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("failed to {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(options: Serve) -> Result<(), ServeError> {
    let secret =
        std::fs::read_to_string(&options.webhook_secret_file).map_err(ServeError::Secret)?;
    let public_url = options
        .public_url
        .unwrap_or_else(|| format!("http://127.0.0.1:{}", options.port));
    let mut config = SandboxConfig {
        storage: Storage::Directory(options.data),
        client_id: options.client_id,
        client_secret: Some(options.client_secret).filter(|secret| !secret.is_empty()),
        population_token: options.population_token,
        one_stop_token: options.one_stop_token,
        ..SandboxConfig::demo(
            &public_url,
            &options.backend_url,
            webhook::secret_from_text(&secret),
        )
    };
    if !options.redirect_uri.is_empty() {
        config.redirect_uris = options.redirect_uri;
    }
    let outside = Outside {
        clock: Arc::new(SystemClock),
        random: Arc::new(OsRandom(SystemRandom::new())),
        http: Arc::new(Client(client()?)),
    };
    let sandbox = Sandbox::open(config, outside)?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    let listener = TcpListener::bind(address)
        .await
        .map_err(ServeError::Listen)?;
    tracing::info!(url = public_url, "sandbox is up (THỬ NGHIỆM)");
    // Whatever was answered is on disk already, so an end needs no ceremony.
    tokio::select! {
        biased;
        () = told_to_end(options.exit_with_stdin) => {}
        () = accept(listener, Arc::clone(&sandbox)) => {}
        () = sandbox.run_callbacks() => {}
    }
    Ok(())
}

async fn told_to_end(with_stdin: bool) {
    let stdin_ends = async {
        if !with_stdin {
            return std::future::pending().await;
        }
        let (mut stdin, mut sink) = (tokio::io::stdin(), [0; 64]);
        while stdin.read(&mut sink).await.is_ok_and(|count| count > 0) {}
    };
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        biased;
        () = interrupted => {}
        () = terminated() => {}
        () = stdin_ends => {}
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}

async fn accept(listener: TcpListener, sandbox: Arc<Sandbox>) {
    let router = sandbox.router();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: others will close.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let router = router.clone();
        let service = hyper::service::service_fn(move |request: http::Request<_>| {
            let router = router.clone();
            async move {
                let Ok(response) = router.oneshot(request.map(axum::body::Body::new)).await;
                if faults::is_lost(&response) {
                    return Err(AnswerLost);
                }
                Ok(response)
            }
        });
        tokio::spawn(async move {
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended early");
            }
        });
    }
}

struct SystemClock;

impl ports::Clock for SystemClock {
    fn now(&self) -> Instant {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Instant(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn sleep_until(&self, until: Instant) -> BoxFuture<'static, ()> {
        let left = until.ms().saturating_sub(self.now().ms()).max(0);
        Box::pin(tokio::time::sleep(Duration::from_millis(
            left.unsigned_abs(),
        )))
    }
}

struct OsRandom(SystemRandom);

impl ports::Random for OsRandom {
    fn fill(&self, out: &mut [u8]) {
        // Keys made from a failed generator would be worse than no process at all.
        if self.0.fill(out).is_err() {
            tracing::error!("the system's random generator failed");
            std::process::abort();
        }
    }
}

struct Client(reqwest::Client);

/// TLS is set explicitly: reqwest's default would look for roots on the machine.
fn client() -> Result<reqwest::Client, ServeError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = rustls::RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(20))
        .no_proxy()
        .build()?)
}

impl ports::Http for Client {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Bytes>, NoAnswer>> {
        let client = self.0.clone();
        Box::pin(async move {
            let request = reqwest::Request::try_from(request).map_err(|_| NoAnswer)?;
            let answer = client.execute(request).await.map_err(|_| NoAnswer)?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let bytes = answer.bytes().await.map_err(|_| NoAnswer)?;
            let mut response = http::Response::new(bytes);
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok(response)
        })
    }
}
