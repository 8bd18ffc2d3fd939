//! Everything in one world: a phone with the real core, a server with the real backend, the
//! stand-ins, a person, an officer, somebody who starts what has died, and the weather.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use gandan_backend::{
    app::Backend,
    config::Config as BackendConfig,
    keys::{KeyFiles, Keys},
    storage::{SqliteStorage, Storage},
};
use gandan_core::config::{Config, Ports};
use gandan_domain::{dossier::KeySet, jws::PublicKey, text::Lang, time::Instant};
use gandan_foundation::{
    ports::{Clock, Random, World as Outside},
    sqlite::OpenOptions,
};
use gandan_sandbox::{Sandbox, SandboxConfig};

use super::{
    blobs::SimBlobs,
    exec::{Executor, VirtualClock},
    net::{Link, Network},
    node::{Death, Name, Node},
    plant::{AckBeforeCommit, CreditTwice, Plant},
    rng::{Entropy, Rng, Stream},
    trace::Trace,
    vfs::{self, Mount},
};
use crate::keystore::TestKeystore;

pub const BACKEND: &str = "backend.test";
pub const SANDBOX: &str = "sandbox.test";
pub const REDIRECT: &str = "vn.gandan:/callback";

/// 20 July 2026, 08:00 in Vietnam.
pub const START: Instant = Instant(1_784_509_200_000);

/// What all worlds share: keys and the content pack, made once.
pub struct Assets {
    pub dir: PathBuf,
    pub keys: KeyFiles,
    pub keyset: KeySet,
    pub root: PublicKey,
}

impl Assets {
    /// Compiles `content/` of this checkout and signs it with keys of a fixed seed.
    pub fn make() -> io::Result<Arc<Self>> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let random: Arc<dyn Random> = Arc::new(Entropy::new(Rng::new(0, Stream::Keys)));
        let keys = KeyFiles::generate(&*random).map_err(io::Error::other)?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("gandan-sim-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&dir)?;
        let get = |name: &str| {
            keys.get(name)
                .ok_or_else(|| io::Error::other(format!("no {name}")))
        };
        let content = crate::stack::root().join("content");
        let pack = gandan_packs::build(&content, get("pack.pk8")?).map_err(io::Error::other)?;
        std::fs::write(dir.join("content.pack"), pack)?;
        std::fs::write(dir.join("keyset.jws"), get("keyset.jws")?)?;
        let root: PublicKey = serde_json::from_slice(get("root.jwk.json")?)?;
        let token = String::from_utf8(get("keyset.jws")?.to_vec()).map_err(io::Error::other)?;
        let keyset = KeySet::verify(token.trim(), &root).map_err(io::Error::other)?;
        Ok(Arc::new(Self {
            dir,
            keyset,
            root,
            keys,
        }))
    }

    /// Puts the place table beside the content pack, as an app and a server have it; `change` edits
    /// what it is made from.
    pub fn put_places(
        &self,
        change: impl FnOnce(&mut gandan_packs::Sources),
    ) -> Result<(), String> {
        let content = crate::stack::root().join("content");
        let mut sources =
            gandan_packs::Sources::read(&content).map_err(|error| error.to_string())?;
        change(&mut sources);
        let content = sources.compile().map_err(|_| "the content has mistakes")?;
        let key = self.keys.get("pack.pk8").ok_or("no pack key")?;
        let places = content
            .sign_places(key)
            .map_err(|error| error.to_string())?;
        let file = self.dir.join(gandan_domain::place::table::PLACES_FILE);
        std::fs::write(file, places).map_err(|error| error.to_string())
    }
}

impl Drop for Assets {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

pub struct World {
    pub assets: Arc<Assets>,
    pub clock: VirtualClock,
    pub network: Arc<Network>,
    pub trace: Arc<Trace>,
    pub phone: Arc<Node>,
    pub backend: Arc<Node>,
    pub sandbox_node: Arc<Node>,
    pub outside: Arc<Node>,
    pub sandbox: Arc<Sandbox>,
    pub plant: Option<Plant>,
    spawner: super::exec::Spawner,
    keystore: Arc<TestKeystore>,
    phone_entropy: Arc<Entropy>,
    backend_entropy: Arc<Entropy>,
    /// The running backend of this life, for counting its rows.
    storage: std::sync::Mutex<Option<(u64, Arc<dyn Storage>)>>,
    /// The running backend itself, for its operator.
    running: std::sync::Mutex<std::sync::Weak<Backend>>,
    /// Dropped last, when no database is open any more.
    _mounts: [Mount; 2],
}

impl World {
    pub fn new(
        seed: u64,
        assets: &Arc<Assets>,
        plant: Option<Plant>,
        keep_trace: bool,
    ) -> io::Result<(Arc<Self>, Executor)> {
        let trace = Arc::new(Trace::new(keep_trace));
        let executor = Executor::new(START, Rng::new(seed, Stream::Schedule), Arc::clone(&trace));
        let (clock, spawner) = (executor.clock(), executor.spawner());
        let node = |name, stream| Node::new(name, Rng::new(seed, stream), Arc::clone(&trace));
        let phone = node(Name::Phone, Stream::PhoneDisk);
        let backend = node(Name::Backend, Stream::BackendDisk);
        let (sandbox_node, outside) = (
            node(Name::Sandbox, Stream::Plan),
            node(Name::World, Stream::Plan),
        );
        let network = Network::new(
            clock.clone(),
            spawner.clone(),
            Arc::clone(&trace),
            Rng::new(seed, Stream::Network),
        );
        network.add(BACKEND, &backend);
        network.add(SANDBOX, &sandbox_node);

        let webhook = assets.keys.get("webhook.secret").unwrap_or_default();
        let webhook =
            gandan_sandbox::one_stop::webhook::secret_from_text(&String::from_utf8_lossy(webhook));
        let sandbox = Sandbox::open(
            SandboxConfig::demo(
                &format!("http://{SANDBOX}"),
                &format!("http://{BACKEND}"),
                webhook,
            ),
            gandan_sandbox::Outside {
                clock: Arc::new(clock.clone()),
                random: Arc::new(Entropy::new(Rng::new(seed, Stream::SandboxEntropy))),
                http: Arc::new(Link {
                    network: Arc::clone(&network),
                    node: Arc::clone(&sandbox_node),
                    life: 1,
                }),
            },
        )
        .map_err(io::Error::other)?;
        network.serve(SANDBOX, 1, sandbox.router());
        spawner.spawn(&sandbox_node, 1, Box::pin(sandbox.run_callbacks()));

        let phone_entropy = Arc::new(Entropy::new(Rng::new(seed, Stream::PhoneEntropy)));
        let mounts = [
            vfs::mount(&folder(assets, "phone"), &phone),
            vfs::mount(&folder(assets, "backend"), &backend),
        ];
        let world = Arc::new(Self {
            assets: Arc::clone(assets),
            clock,
            network,
            trace,
            phone,
            backend,
            sandbox_node,
            outside,
            sandbox,
            plant,
            spawner,
            keystore: Arc::new(TestKeystore::in_memory(phone_entropy.clone())?),
            phone_entropy,
            backend_entropy: Arc::new(Entropy::new(Rng::new(seed, Stream::BackendEntropy))),
            storage: std::sync::Mutex::default(),
            running: std::sync::Mutex::default(),
            _mounts: mounts,
        });
        Ok((world, executor))
    }

    pub fn now(&self) -> Instant {
        Clock::now(&self.clock)
    }

    fn link(&self, node: &Arc<Node>, life: u64) -> Arc<Link> {
        Arc::new(Link {
            network: Arc::clone(&self.network),
            node: Arc::clone(node),
            life,
        })
    }

    /// The line of the person's browser, which is another program on the phone.
    pub fn browser(&self) -> Arc<Link> {
        self.link(&self.outside, 1)
    }

    fn ports(&self, node: &Arc<Node>, life: u64, random: &Arc<Entropy>) -> Outside {
        Outside {
            clock: Arc::new(self.clock.clone()),
            random: random.clone(),
            http: self.link(node, life),
        }
    }

    /// Opens the app in the present life of the phone.
    pub fn open_core(&self, life: u64) -> Result<Arc<gandan_core::Core>, gandan_domain::Problem> {
        let config = Config {
            data_dir: Path::new(&folder(&self.assets, "phone")).to_path_buf(),
            content_path: self.assets.dir.join("content.pack"),
            fetch_content: true,
            keyset_path: self.assets.dir.join("keyset.jws"),
            root_key: self.assets.root.clone(),
            backend_url: format!("http://{BACKEND}"),
            redirect_uri: REDIRECT.into(),
            lang: None::<Lang>,
            device: gandan_domain::text::messages::Device::Phone,
            sqlite_vfs: Some(vfs::NAME.into()),
        };
        let ports = Ports {
            world: self.ports(&self.phone, life, &self.phone_entropy),
            keystore: self.keystore.clone(),
        };
        gandan_core::Core::open(config, ports)
    }

    /// Runs a future as part of the app.
    pub fn run_on_phone(&self, life: u64, future: impl Future<Output = ()> + Send + 'static) {
        self.spawner.spawn(&self.phone, life, Box::pin(future));
    }

    /// Opens the backend in its present life and serves it.
    pub async fn open_backend(&self, life: u64) -> Result<(), String> {
        let options = OpenOptions {
            vfs: Some(vfs::NAME.into()),
            exclusive: true,
            read_only: false,
        };
        let base = folder(&self.assets, "backend");
        let honest: Arc<dyn Storage> = Arc::new(
            SqliteStorage::inline(Path::new(&format!("{base}gandan.db")), &options)
                .map_err(|error| error.to_string())?,
        );
        let storage: Arc<dyn Storage> = match self.plant {
            None => honest,
            Some(Plant::AckBeforeCommit) => Arc::new(AckBeforeCommit::new(
                honest,
                self.clock.clone(),
                self.spawner.clone(),
                Arc::clone(&self.backend),
                life,
            )),
            Some(Plant::CreditTwice) => Arc::new(CreditTwice(honest)),
        };
        let keys = Keys::from_files(&self.assets.keys).map_err(|error| error.to_string())?;
        let backend = Backend::open_with_keys(
            self.backend_config()?,
            keys,
            self.ports(&self.backend, life, &self.backend_entropy),
            Arc::clone(&storage),
            Arc::new(SimBlobs::new(&self.backend, life, &format!("{base}blobs/"))),
        )
        .await
        .map_err(|error| error.to_string())?;
        self.network.serve(BACKEND, life, backend.router());
        *self
            .running
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::downgrade(&backend);
        self.spawner.spawn(
            &self.backend,
            life,
            Box::pin(async move {
                backend.run_workers().await;
            }),
        );
        *self
            .storage
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = Some((life, storage));
        Ok(())
    }

    fn backend_config(&self) -> Result<BackendConfig, String> {
        let config = serde_json::json!({
            "listen": "127.0.0.1:1",
            "public_url": format!("http://{BACKEND}"),
            "keys_dir": "unused",
            "blobs_dir": "unused",
            "content": self.served(),
            "storage": { "driver": "sqlite", "path": "unused" },
            "identity": {
                "issuer": format!("http://{SANDBOX}/vneid"),
                "client_id": gandan_sandbox::demo::CLIENT_ID,
                "client_secret": gandan_sandbox::demo::CLIENT_SECRET,
            },
            "population": {
                "url": format!("http://{SANDBOX}/population"),
                "token": gandan_sandbox::demo::POPULATION_TOKEN,
            },
            "one_stop": {
                "url": format!("http://{SANDBOX}/one-stop"),
                "token": gandan_sandbox::demo::ONE_STOP_TOKEN,
            },
            "payment": {
                "vnpay": {
                    "page": format!("http://{SANDBOX}/vnpay/pay"),
                    "api": format!("http://{SANDBOX}/vnpay/api"),
                    "terminal": gandan_sandbox::demo::VNPAY_TERMINAL,
                    "secret": gandan_sandbox::demo::VNPAY_SECRET,
                },
                "transfer": {
                    "bin": gandan_sandbox::demo::BANK_BIN,
                    "bank": gandan_sandbox::demo::BANK_NAME,
                    "account": gandan_sandbox::demo::BANK_ACCOUNT,
                    "holder": gandan_sandbox::demo::BANK_HOLDER,
                    "webhook_secret": gandan_sandbox::demo::BANK_SECRET,
                },
            },
        });
        serde_json::from_value(config).map_err(|error| error.to_string())
    }

    /// The pack that the backend serves: the one that phones came with, unless there was a release.
    fn served(&self) -> PathBuf {
        let released = self.assets.dir.join("released.pack");
        if released.exists() {
            return released;
        }
        self.assets.dir.join("content.pack")
    }

    /// Prepares for releases: the backend serves a file of its own. Before it is opened.
    pub fn will_release(&self) -> io::Result<()> {
        let from = self.assets.dir.join("content.pack");
        std::fs::copy(from, self.assets.dir.join("released.pack")).map(drop)
    }

    /// What its operator does: another pack is put in place, and the running backend told.
    pub fn release(
        &self,
        serial: u64,
        change: impl FnOnce(&mut gandan_domain::catalog::ContentPack),
    ) -> Result<gandan_backend::catalog::Taken, String> {
        let content = crate::stack::root().join("content");
        let sources = gandan_packs::Sources::read(&content).map_err(|error| error.to_string())?;
        let mut content = sources.compile().map_err(|_| "the content has mistakes")?;
        content.serial = serial;
        change(&mut content.pack);
        let key = self.assets.keys.get("pack.pk8").ok_or("no pack key")?;
        let pack = content.sign(key).map_err(|error| error.to_string())?;
        std::fs::write(self.assets.dir.join("released.pack"), pack)
            .map_err(|error| error.to_string())?;
        let running = self
            .running
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .upgrade();
        let backend = running.ok_or("the backend does not run")?;
        backend.take_content().map_err(|error| error.to_string())
    }

    /// Starts the backend, and starts it again a while after each death; ends only when it does not
    /// open.
    pub async fn keep_backend_running(
        self: Arc<Self>,
        mut rng: Rng,
        fuse: impl Fn(&mut Rng, &Node),
    ) -> String {
        loop {
            if self.backend.open_files() > 0 {
                return "the simulation itself: somebody keeps a dead backend's files open".into();
            }
            let life = self.backend.start();
            fuse(&mut rng, &self.backend);
            if let Err(error) = self.open_backend(life).await
                && self.backend.is_living(life)
            {
                return format!("the backend does not open: {error}");
            }
            while self.backend.is_living(life) {
                self.clock.sleep_ms(500).await;
            }
            self.drop_storage();
            self.clock.sleep_ms(rng.between(200, 20_000)).await;
        }
    }

    fn drop_storage(&self) {
        self.network.forget(BACKEND);
        self.storage
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .take();
    }

    pub fn storage(&self) -> Option<Arc<dyn Storage>> {
        let storage = self
            .storage
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        storage
            .as_ref()
            .filter(|(life, _)| self.backend.is_living(*life))
            .map(|(_, storage)| Arc::clone(storage))
    }

    /// The intents of the dossiers that the backend holds, from its tables.
    pub async fn stored_intents(&self) -> Result<Vec<String>, String> {
        let storage = self.storage().ok_or("the backend does not run")?;
        storage
            .read(|reader| {
                Box::pin(async move {
                    let rows = reader
                        .query("SELECT intent FROM dossier ORDER BY intent", &[])
                        .await?;
                    let intents: Result<Vec<String>, _> =
                        rows.iter().map(|row| row.get(0)).collect();
                    Ok(intents?)
                })
            })
            .await
            .map_err(|error| error.to_string())
    }

    pub fn stop_everything(&self) {
        for node in [&self.phone, &self.backend] {
            node.stop(Death::Kill);
        }
        self.drop_storage();
        self.network.close();
    }
}

fn folder(assets: &Assets, name: &str) -> String {
    format!("{}/{name}/", assets.dir.display())
}
