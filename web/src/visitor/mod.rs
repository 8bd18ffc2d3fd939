//! Visitors: one `Core` each, opened when a page is asked for and closed when nobody looks.
//!
//! A visitor's folder holds the sealed store, the sealed keystore and `about.json` (when last seen,
//! nothing personal). It opens with the cookie's secret only, so after a restart a visitor's core
//! comes back when the visitor does: at the same place, with everything that was posted. While a
//! core is open its engine runs, also when the browser is gone, until what was signed is sent.
//!
//! Time-out and sign-out end a visitor: the cookie is refused from then on, and the folder goes as
//! soon as nothing in it waits to be sent.

mod desk;
mod keystore;
mod secret;

use std::{
    collections::BTreeMap,
    fs, io,
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::FutureExt;
use gandan_core::{Core, Ports, screen::Update};
use gandan_domain::{Problem, time::Instant};
use gandan_foundation::{adapters::replace_file, ports::World};
use serde::{Deserialize, Serialize};
use tokio::{sync::broadcast, task::AbortHandle};

use crate::config::{Config, Machine};
pub use desk::{Desk, Errand, Flash};
use keystore::{KeystoreError, SealedKeystore};
pub use secret::{FolderName, Secret};

/// A core that nobody has asked for this long is closed; it opens again in a moment.
const CLOSE_AFTER_MS: i64 = 10 * 60_000;
/// How exactly "last seen" is kept on disk.
const SEEN_STEP_MS: i64 = 20_000;
/// How long what was signed may still take to be sent after a visitor ended.
const SEND_LIMIT_MS: i64 = 7 * 24 * 3_600_000;
/// How long the backend may take to be told that a session is over.
const FAREWELL_MS: i64 = 60_000;
const RESTART_PAUSE: Duration = Duration::from_secs(5);

/// All visitors.
pub struct House {
    config: Arc<Config>,
    world: World,
    open: Mutex<BTreeMap<FolderName, Arc<Visitor>>>,
}

/// One visitor, while open.
pub struct Visitor {
    core: Arc<Core>,
    engine: AbortHandle,
    folder: PathBuf,
    desk: Mutex<Desk>,
    about: Mutex<About>,
    /// As of the last event or news: from where news moved the core.
    trail: Arc<Mutex<String>>,
    news: broadcast::Sender<News>,
}

/// A change that no event of a page caused.
#[derive(Clone)]
pub struct News {
    /// Where the core was before it.
    pub from: String,
    pub update: Arc<Update>,
}

/// What lies readable beside a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// When the visitor last did something (ms UTC).
    pub seen: i64,
    /// The visitor said that others use this machine too.
    pub shared: bool,
    /// Over since then: opens no more.
    pub ended: Option<i64>,
}

/// Who a cookie belongs to.
pub enum Found {
    Here(Arc<Visitor>),
    /// Nobody yet.
    Nobody,
    /// Timed out, or signed out.
    Ended,
}

/// How a visitor is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// When everything that was signed has been sent.
    WhenSent,
    /// At once: what was not sent is lost, which the visitor has been told.
    Now,
}

#[derive(Debug, thiserror::Error)]
pub enum VisitError {
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    #[error("open the visitor's store: {0}")]
    Core(Problem),
    #[error("reach the visitor's folder: {0}")]
    Io(#[from] io::Error),
    #[error("finish the visitor's work")]
    Interrupted,
}

impl House {
    pub fn new(config: Arc<Config>, world: World) -> Self {
        Self {
            config,
            world,
            open: Mutex::default(),
        }
    }

    pub fn now(&self) -> Instant {
        self.world.clock.now()
    }

    fn visitors(&self) -> PathBuf {
        self.config.data.join("visitors")
    }

    /// After how long without a sign a visitor ends.
    pub fn idle_ms(&self, about: About) -> i64 {
        match self.config.machine {
            Machine::Own if about.shared => self.config.shared_idle_ms,
            Machine::Own | Machine::Kiosk => self.config.idle_ms,
        }
    }

    /// Opens the visitor of this secret. Blocks for as long as a database takes to open.
    pub fn find(&self, secret: &Secret, make: bool) -> Result<Found, VisitError> {
        let name = secret.folder();
        let folder = self.visitors().join(&name.0);
        let mut open = self.lock();
        let about = match open.get(&name) {
            Some(visitor) => Some(visitor.about()),
            None => About::read(&folder)?,
        };
        if let Some(about) = about
            && (about.ended.is_some() || self.is_over(about))
        {
            // With the secret at hand, what it had signed is sent before it goes.
            if about.ended.is_none() && !open.contains_key(&name) {
                let visitor = self.open(&folder, secret, about)?;
                open.insert(name.clone(), Arc::new(visitor));
            }
            drop(open);
            self.end(&name, End::WhenSent);
            return Ok(Found::Ended);
        }
        if let Some(visitor) = open.get(&name) {
            return Ok(Found::Here(Arc::clone(visitor)));
        }
        if about.is_none() && !make {
            return Ok(Found::Nobody);
        }
        fs::create_dir_all(&folder)?;
        let about = about.unwrap_or_default();
        let visitor = Arc::new(self.open(&folder, secret, about)?);
        visitor.seen(self.now())?;
        open.insert(name, Arc::clone(&visitor));
        Ok(Found::Here(visitor))
    }

    /// A store that belongs to nobody: it shows the first screen, and nothing is ever done in it.
    pub fn greeter(&self) -> Result<Arc<Visitor>, VisitError> {
        let folder = self.config.data.join("greeter");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let secret = Secret::generate(&*self.world.random);
        Ok(Arc::new(self.open(&folder, &secret, About::default())?))
    }

    fn open(&self, folder: &Path, secret: &Secret, about: About) -> Result<Visitor, VisitError> {
        let keystore = SealedKeystore::open(folder, secret, Arc::clone(&self.world.random))?;
        let config = gandan_core::Config {
            data_dir: folder.to_path_buf(),
            content_path: self.config.content.clone(),
            fetch_content: false,
            keyset_path: self.config.keyset.clone(),
            root_key: self.config.root_key.clone(),
            backend_url: self.config.backend.clone(),
            redirect_uri: format!("{}/callback", self.config.public_url),
            lang: self.config.lang.clone(),
            device: gandan_domain::text::messages::Device::Browser,
            sqlite_vfs: None,
        };
        let ports = Ports {
            world: self.world.clone(),
            keystore: Arc::new(keystore),
        };
        let core = Core::open(config, ports).map_err(VisitError::Core)?;
        let trail = Arc::new(Mutex::new(core.address().unwrap_or_default()));
        let (news, _) = broadcast::channel(16);
        core.subscribe({
            let (trail, news, core) = (Arc::clone(&trail), news.clone(), Arc::downgrade(&core));
            Arc::new(move |update| {
                let Some(core) = core.upgrade() else { return };
                let here = core.address().unwrap_or_default();
                let from = std::mem::replace(&mut *lock(&trail), here);
                // Nobody may be listening.
                let _ = news.send(News {
                    from,
                    update: Arc::new(update),
                });
            })
        });
        let engine = keep_running(Arc::clone(&core));
        Ok(Visitor {
            core,
            engine,
            folder: folder.to_path_buf(),
            desk: Mutex::default(),
            about: Mutex::new(about),
            trail,
            news,
        })
    }

    fn is_over(&self, about: About) -> bool {
        self.now().ms() - about.seen > self.idle_ms(about)
    }

    /// Ends a visitor: from now on the cookie opens nothing.
    pub fn end(&self, name: &FolderName, how: End) {
        let folder = self.visitors().join(&name.0);
        let visitor = self.lock().get(name).cloned();
        let ended = Some(self.now().ms());
        match visitor {
            Some(visitor) => {
                let mut about = lock(&visitor.about);
                if about.ended.is_none() {
                    about.ended = ended;
                    told(about.write(&folder));
                    drop(about);
                    told(visitor.core.sign_out());
                }
                if how == End::Now || visitor.is_done(0) {
                    self.erase(name);
                }
            }
            // Its secret went with the request: nothing of it can be opened, nor sent.
            None => self.erase(name),
        }
    }

    fn erase(&self, name: &FolderName) {
        if let Some(visitor) = self.lock().remove(name) {
            visitor.close();
        }
        let folder = self.visitors().join(&name.0);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::error!(%error, "a visitor's folder could not be erased");
            }
            Ok(()) | Err(_) => {}
        }
    }

    /// Closes what nobody looks at, ends what timed out, erases what has ended.
    pub fn tend(&self) {
        let now = self.now().ms();
        let here: Vec<(FolderName, Arc<Visitor>)> = self
            .lock()
            .iter()
            .map(|(name, visitor)| (name.clone(), Arc::clone(visitor)))
            .collect();
        for (name, visitor) in here {
            let about = visitor.about();
            match about.ended {
                Some(ended) if visitor.is_done(now - ended) => self.erase(&name),
                Some(_) => {}
                None if self.is_over(about) => self.end(&name, End::WhenSent),
                None if now - about.seen > CLOSE_AFTER_MS => self.close(&name, visitor),
                None => {}
            }
        }
        told(self.sweep());
    }

    /// Folders that are not open, and whose visitor stayed away too long.
    fn sweep(&self) -> io::Result<()> {
        let entries = match fs::read_dir(self.visitors()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let name = FolderName(entry.file_name().to_string_lossy().into_owned());
            if self.lock().contains_key(&name) {
                continue;
            }
            // One without a word about it was being made when the power went.
            let about = About::read(&entry.path())?.unwrap_or_default();
            if about.ended.is_some() || self.is_over(about) {
                self.erase(&name);
            }
        }
        Ok(())
    }

    /// Closes a core, unless somebody is using it or it has something to send.
    fn close(&self, name: &FolderName, visitor: Arc<Visitor>) {
        if visitor.news.receiver_count() > 0 || visitor.core.unsent() != Ok(0) {
            return;
        }
        let mut open = self.lock();
        // The map's and ours: no request holds it, and none can get it meanwhile.
        if Arc::strong_count(&visitor) == 2 {
            open.remove(name);
            visitor.close();
        }
    }

    /// Tends the house for as long as it is polled.
    pub async fn run(self: Arc<Self>) {
        loop {
            let next = self.now().plus_ms(15_000);
            self.world.clock.sleep_until(next).await;
            let house = Arc::clone(&self);
            let _ = blocking(move || house.tend()).await;
        }
    }

    /// Closes everything; what is on disk needs no farewell.
    pub fn close_all(&self) {
        for (_, visitor) in std::mem::take(&mut *self.lock()) {
            visitor.close();
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<FolderName, Arc<Visitor>>> {
        lock(&self.open)
    }
}

impl Visitor {
    /// Works with the core, alone: whoever else has a page of this visitor waits. On a thread that
    /// may block, because every event is written to disk.
    pub async fn work<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Core, &mut Desk) -> T + Send + 'static,
    ) -> Result<T, VisitError> {
        let visitor = Arc::clone(self);
        blocking(move || {
            let mut desk = lock(&visitor.desk);
            let done = work(&visitor.core, &mut desk);
            if let Ok(here) = visitor.core.address() {
                *lock(&visitor.trail) = here;
            }
            done
        })
        .await
    }

    pub fn news(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }

    pub fn about(&self) -> About {
        *lock(&self.about)
    }

    /// The visitor is there.
    pub fn seen(&self, now: Instant) -> io::Result<()> {
        let mut about = lock(&self.about);
        if now.ms() - about.seen < SEEN_STEP_MS || about.ended.is_some() {
            return Ok(());
        }
        about.seen = now.ms();
        about.write(&self.folder)
    }

    pub fn set_shared(&self, shared: bool) -> io::Result<()> {
        let mut about = lock(&self.about);
        about.shared = shared;
        about.write(&self.folder)
    }

    /// Waits until news has moved the core away from a screen that only waits, but not long: a
    /// page that says "wait" is no harm.
    pub async fn settle(self: &Arc<Self>, limit: Duration, waits: impl Fn(&Core) -> bool) {
        let mut news = self.news();
        let patience = sleep(limit).fuse();
        let mut patience = std::pin::pin!(patience);
        while waits(&self.core) {
            tokio::select! {
                biased;
                () = &mut patience => return,
                heard = news.recv() => if heard.is_err() { return },
            }
        }
    }

    fn is_done(&self, since_ms: i64) -> bool {
        match self.core.is_settled() {
            Ok(true) => true,
            // The backend may be away; a refresh token that nobody has is no danger.
            _ if self.core.unsent() == Ok(0) => since_ms > FAREWELL_MS,
            _ => since_ms > SEND_LIMIT_MS,
        }
    }

    fn close(&self) {
        self.engine.abort();
        told(self.core.suspend());
    }
}

impl About {
    fn read(folder: &Path) -> io::Result<Option<Self>> {
        match fs::read(folder.join("about.json")) {
            // One that cannot be read was never seen: it goes with the next sweep.
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).unwrap_or_default())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write(&self, folder: &Path) -> io::Result<()> {
        replace_file(&folder.join("about.json"), &serde_json::to_vec(self)?)
    }
}

/// Says in the log what did not work and has no page to say it on.
fn told<E: std::fmt::Display>(result: Result<(), E>) {
    if let Err(error) = result {
        tracing::warn!(%error, "tending a visitor");
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::disallowed_methods, reason = "a shell owns its runtime")]
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, VisitError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| VisitError::Interrupted)
}

/// For the shell's handlers.
pub async fn find(house: &Arc<House>, secret: Secret, make: bool) -> Result<Found, VisitError> {
    let house = Arc::clone(house);
    blocking(move || house.find(&secret, make)).await?
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a browser waits is real time"
)]
async fn sleep(limit: Duration) {
    tokio::time::sleep(limit).await;
}

/// Runs the engine for as long as it is wanted. A panic in it is ours to survive: everything that
/// it works on is in the store.
#[expect(clippy::disallowed_methods, reason = "a shell owns its runtime")]
fn keep_running(core: Arc<Core>) -> AbortHandle {
    tokio::spawn(async move {
        loop {
            match AssertUnwindSafe(core.run()).catch_unwind().await {
                Ok(problem) => tracing::error!(%problem, "an engine ended"),
                Err(_) => tracing::error!("an engine panicked"),
            }
            tokio::time::sleep(RESTART_PAUSE).await;
        }
    })
    .abort_handle()
}
