//! The object a shell holds: core's facade and its running engine.

#![expect(clippy::disallowed_methods, reason = "the bindings own the runtime")]

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use gandan_core::{
    Config, Core, Ports,
    screen::{Event, Screen, Update},
};
use gandan_domain::{Problem, jws::PublicKey, text::Lang};
use gandan_foundation::{
    adapters::{HttpOptions, OsRandom, ReqwestHttp, SystemClock},
    ports::{SignerError, World},
};
use tokio::task::AbortHandle;

use crate::{GandanError, Keystore, ScreenListener, platform::PlatformKeystore, runtime};

const RESTART_PAUSE: Duration = Duration::from_secs(5);

/// Where this installation keeps and finds things.
#[derive(uniffi::Record)]
pub struct OpenConfig {
    /// A directory of this app alone, excluded from backups.
    pub data_dir: String,
    /// The signed content pack that came with the app.
    pub content_path: String,
    /// The key set that came with the app.
    pub keyset_path: String,
    /// The offline root's public key as a JWK, pinned in the app.
    pub root_key: String,
    /// Scheme and host of the backend, no trailing slash.
    pub backend_url: String,
    /// Where the browser returns to, e.g. `vn.gandan:/callback`.
    pub redirect_uri: String,
    /// BCP-47 tag of the language to begin with, until the person chooses.
    pub lang: Option<String>,
}

/// The library, opened. One per data directory and process.
#[derive(uniffi::Object)]
pub struct Gandan {
    core: Arc<Core>,
    engine: AbortHandle,
}

#[uniffi::export]
impl Gandan {
    /// Opens the store, shows the screen that was left, and starts the engine.
    #[uniffi::constructor]
    pub fn open(config: OpenConfig, keystore: Arc<dyn Keystore>) -> Result<Self, GandanError> {
        let runtime = runtime::handle().ok_or_else(|| bug("runtime"))?;
        let keystore = PlatformKeystore::open(keystore).map_err(keystore_problem)?;
        let root_key: PublicKey =
            serde_json::from_str(&config.root_key).map_err(|_| Problem::PackRefused)?;
        let config = Config {
            data_dir: config.data_dir.into(),
            content_path: config.content_path.into(),
            fetch_content: true,
            keyset_path: config.keyset_path.into(),
            root_key,
            backend_url: config.backend_url,
            redirect_uri: config.redirect_uri,
            lang: config.lang.map(Lang),
            device: gandan_domain::text::messages::Device::Phone,
            sqlite_vfs: None,
        };
        let world = World {
            clock: Arc::new(SystemClock),
            random: Arc::new(OsRandom::default()),
            http: Arc::new(
                ReqwestHttp::new(&HttpOptions {
                    streams: true,
                    ..HttpOptions::default()
                })
                .map_err(|_| bug("http client"))?,
            ),
        };
        let ports = Ports {
            world,
            keystore: Arc::new(keystore),
        };
        let core = Core::open(config, ports)?;
        let engine = runtime.spawn(supervise(Arc::clone(&core))).abort_handle();
        Ok(Self { core, engine })
    }

    /// Something happened; what is different now. Stored before it returns. In order, from one
    /// thread that is not the UI's.
    pub fn send(&self, event: Event) -> Update {
        self.core.send(event)
    }

    /// The whole screen as it is now.
    pub fn screen(&self) -> Screen {
        self.core.screen()
    }

    /// Tells this listener, and no former one, of changes that no event caused.
    pub fn subscribe(&self, listener: Arc<dyn ScreenListener>) {
        self.core.subscribe(Arc::new(move |update| {
            let listener = Arc::clone(&listener);
            runtime::tell_platform(move || {
                if listener.changed(update).is_err() {
                    tracing::warn!("a listener failed to take an update");
                }
            });
        }));
    }

    /// The app goes to the background: after this no database lock is held.
    pub fn suspend(&self) -> Result<(), GandanError> {
        Ok(self.core.suspend()?)
    }

    /// The app is in front again; what is different now.
    pub fn resume(&self) -> Result<Update, GandanError> {
        Ok(self.core.resume()?)
    }
}

impl Drop for Gandan {
    fn drop(&mut self) {
        self.engine.abort();
    }
}

/// A locked keystore is a matter of the person's, a failed one of nobody's.
fn keystore_problem(error: SignerError) -> Problem {
    match error {
        SignerError::Locked => Problem::Unavailable { retry_after_s: 0 },
        SignerError::Failed => bug("keystore"),
    }
}

fn bug(id: &str) -> Problem {
    Problem::Bug { id: id.into() }
}

/// Runs the engine for as long as it is wanted. A panic in it is ours to survive: everything that
/// it works on is in the store.
async fn supervise(core: Arc<Core>) {
    loop {
        match AssertUnwindSafe(core.run()).catch_unwind().await {
            Ok(problem) => tracing::error!(%problem, "the engine ended"),
            Err(_) => tracing::error!("the engine panicked"),
        }
        tokio::time::sleep(RESTART_PAUSE).await;
    }
}
