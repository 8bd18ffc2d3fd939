//! The backend as a value: its parts, its routes, its workers. No runtime: [`crate::serve`] brings
//! Tokio, the simulation brings its own executor, clock and network.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{Router, extract::DefaultBodyLimit, middleware::from_fn_with_state};
use futures_util::future::{BoxFuture, select};
use gandan_domain::{Problem, time::Instant};
use gandan_foundation::ports::{Blobs, World};
use utoipa_axum::router::OpenApiRouter;

use crate::{
    catalog::{self, Catalog, CatalogError, Current},
    config::Config,
    dossier, file, health,
    identity::{self, Provider},
    keys::{KeyError, Keys},
    log,
    notice::{self, News},
    openapi, payment,
    problem::Refusal,
    storage::{Failure, Storage},
    sync,
};

/// Everything a handler or a worker needs.
pub struct Backend {
    pub config: Config,
    pub world: World,
    pub storage: Arc<dyn Storage>,
    pub blobs: Arc<dyn Blobs>,
    pub keys: Arc<Keys>,
    pub provider: Provider,
    /// See [`Backend::catalog`].
    pub(crate) catalog: Current,
    /// Told when the outbox may have something new.
    pub(crate) work: event_listener::Event,
    /// Told when something of a citizen has changed.
    pub(crate) news: Arc<News>,
    draining: AtomicBool,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Keys(#[from] KeyError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error("use `payment.transfer`: the content names no bank {bin}, and `bank` is not given")]
    UnknownBank { bin: String },
}

/// The largest body of a request whose route does not say otherwise.
const MAX_BODY: usize = 1024 * 1024;

/// The state of every handler.
pub type Shared = Arc<Backend>;

impl Backend {
    /// Puts the parts together, with the keys in the configured directory.
    pub async fn open(
        config: Config,
        world: World,
        storage: Arc<dyn Storage>,
        blobs: Arc<dyn Blobs>,
    ) -> Result<Shared, OpenError> {
        let keys = Keys::load(&config.keys_dir)?;
        Self::open_with_keys(config, keys, world, storage, blobs).await
    }

    /// The same with keys from elsewhere: the simulation's never touch a disk.
    pub async fn open_with_keys(
        config: Config,
        keys: Keys,
        world: World,
        storage: Arc<dyn Storage>,
        blobs: Arc<dyn Blobs>,
    ) -> Result<Shared, OpenError> {
        let identity = config.identity.clone();
        let catalog = Catalog::open(
            &config.content,
            config.content_releases.as_deref(),
            &keys.trusted,
        )?;
        if let Some(account) = &config.payment.transfer
            && payment::bank_of(account, &catalog).is_none()
        {
            let bin = account.bin.clone();
            return Err(OpenError::UnknownBank { bin });
        }
        Ok(Arc::new(Self {
            provider: Provider::new(world.clone(), identity, &config.public_url),
            catalog: Current::new(catalog),
            work: event_listener::Event::new(),
            news: Arc::default(),
            keys: Arc::new(keys),
            config,
            world,
            storage,
            blobs,
            draining: AtomicBool::new(false),
        }))
    }

    /// All routes; each room brings its own.
    pub fn router(self: &Arc<Self>) -> Router {
        let (router, _) = api().split_for_parts();
        router
            .fallback(async || Refusal::from(Problem::NotFound))
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .layer(from_fn_with_state(Arc::clone(self), identity::offer_nonce))
            .with_state(Arc::clone(self))
    }

    /// Runs what happens without a request, until dropped.
    pub async fn run_workers(self: &Arc<Self>) {
        futures_util::future::join(dossier::deliver::run(self), payment::worker::run(self)).await;
    }

    /// Does `round` whenever something may be due, until dropped. It gives the instant at which
    /// something will be; other nodes leave things behind too, so it is done every `poll_ms` at
    /// the latest.
    pub(crate) async fn keep_at<'b>(
        &self,
        what: &str,
        poll_ms: i64,
        round: impl Fn() -> BoxFuture<'b, Result<Option<Instant>, Failure>>,
    ) {
        let clock = &self.world.clock;
        loop {
            // Listening begins before looking, so that no wake-up falls in between.
            let woken = self.work.listen();
            let next = match round().await {
                Ok(next) => next,
                Err(error) => {
                    tracing::error!(%error, "{what} can't be looked after");
                    Some(clock.now().plus_ms(5_000))
                }
            };
            let poll = clock.now().plus_ms(poll_ms);
            let until = next.map_or(poll, |next| next.min(poll));
            select(woken, clock.sleep_until(until)).await;
        }
    }

    pub(crate) fn wake_workers(&self) {
        self.work.notify(usize::MAX);
    }

    /// From now on `/readyz` says 503, so that a balancer sends new requests elsewhere.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
        self.news.tell_all();
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }
}

/// The routes with their description. A room adds its `routes()` here.
fn api() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .merge(health::routes())
        .merge(identity::routes())
        .merge(catalog::routes())
        .merge(file::routes())
        .merge(sync::routes())
        .merge(dossier::routes())
        .merge(payment::routes())
        .merge(notice::routes())
        .merge(log::routes())
        .merge(openapi::routes())
}

/// What `GET /openapi.json` serves and `gandan-backend openapi` prints.
pub fn openapi() -> utoipa::openapi::OpenApi {
    api().split_for_parts().1
}
