//! The one runtime, and the one thread on which the engine calls the platform.
//!
//! Shells own no executor that fits (UniFFI polls exported futures on the caller's thread, and its
//! Tokio fallback has one thread), so the library keeps its own and exports no async function at
//! all: what takes time happens in the engine, and the shell hears of it by its listener.
//!
//! Calls from the engine into Kotlin or Swift leave Tokio's workers. A keystore may wait for a
//! finger on a sensor, and the JVM attaches a foreign thread at its first call: one thread that
//! stays is attached once, where a pool of workers would be attached over and over. (Attaching in
//! Tokio's `on_thread_start` would need JNI, which this crate does not link.)

use std::{
    io,
    sync::{LazyLock, mpsc},
    thread,
};

use tokio::runtime::{Builder, Handle, Runtime};

type Job = Box<dyn FnOnce() + Send>;

static RUNTIME: LazyLock<io::Result<Runtime>> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("gandan")
        .enable_all()
        .build()
});

static PLATFORM: LazyLock<io::Result<mpsc::Sender<Job>>> = LazyLock::new(|| {
    let (sender, jobs) = mpsc::channel::<Job>();
    thread::Builder::new()
        .name("gandan-platform".into())
        .spawn(move || jobs.iter().for_each(|job| job()))?;
    Ok(sender)
});

/// `None` where the system gives no threads.
pub(crate) fn handle() -> Option<&'static Handle> {
    RUNTIME.as_ref().ok().map(Runtime::handle)
}

/// Does it later, on the platform's thread, after everything that was given before.
pub(crate) fn tell_platform(job: impl FnOnce() + Send + 'static) {
    if let Ok(platform) = &*PLATFORM {
        // The receiver lives as long as the process.
        drop(platform.send(Box::new(job)));
    }
}

/// Asks the platform and waits for its answer. From a thread of the shell that is a plain call;
/// from the engine it moves to the platform's thread. `None` if the call never returned.
pub(crate) fn ask_platform<T: Send + 'static>(
    ask: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    if Handle::try_current().is_err() {
        return Some(ask());
    }
    let (answered, answer) = mpsc::sync_channel(1);
    tell_platform(move || drop(answered.send(ask())));
    tokio::task::block_in_place(|| answer.recv().ok())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn here() -> String {
        thread::current().name().unwrap_or_default().to_owned()
    }

    #[test]
    fn the_shell_is_asked_where_it_stands_and_by_the_engine_elsewhere() {
        assert_eq!(ask_platform(here), Some(here()));
        let task = handle().unwrap().spawn(async { ask_platform(here) });
        let asked = handle().unwrap().block_on(task).unwrap();
        assert_eq!(asked.as_deref(), Some("gandan-platform"));
    }
}
