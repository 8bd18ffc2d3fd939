//! When a server process ends, and when it looks at its files again.

use std::time::Duration;

use tokio::io::AsyncReadExt;

/// Lets requests under way take so long to finish.
#[expect(
    clippy::disallowed_methods,
    reason = "the process waits here, in real time"
)]
pub async fn grace(limit: Duration) {
    tokio::time::sleep(limit).await;
}

/// Ready when somebody wants the process to end: by SIGTERM, SIGINT or, `exit_with_stdin`, the end
/// of standard input, so that nothing outlives whoever started it.
pub async fn told_to_end(exit_with_stdin: bool) {
    let stdin_ends = async {
        if !exit_with_stdin {
            std::future::pending::<()>().await;
        }
        let mut stdin = tokio::io::stdin();
        let mut bytes = [0; 64];
        while matches!(stdin.read(&mut bytes).await, Ok(1..)) {}
    };
    tokio::select! {
        biased;
        () = signal() => {}
        () = stdin_ends => {}
    }
}

/// Ready when it is time to look at a file that may have been exchanged: at SIGHUP, and at the latest
/// after `pause`.
#[expect(
    clippy::disallowed_methods,
    reason = "the process waits here, in real time"
)]
pub async fn told_to_look(pause: Duration) {
    let told = async {
        #[cfg(unix)]
        if let Ok(mut hangup) =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())
        {
            hangup.recv().await;
            return;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        biased;
        () = told => {}
        () = tokio::time::sleep(pause) => {}
    }
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                biased;
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

#[cfg(not(unix))]
async fn signal() {
    let _ = tokio::signal::ctrl_c().await;
}
