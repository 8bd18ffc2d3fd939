//! Stand-ins, over real HTTP, for what we do not own: VNeID, the National Population Database,
//! a commune's one-stop system with an officer's desk, a payment gateway and a bank.
//!
//! Everything here is invented and says THỬ NGHIỆM. It is the only place where the project plays
//! the state, and no product crate depends on it: the backend meets it as it would meet the real
//! systems, over HTTP, with tokens and signatures.
//!
//! [`Sandbox::open`] gives a value that owns no runtime: [`Sandbox::router`] answers requests and
//! [`Sandbox::run_callbacks`] is a future that delivers status reports. The process (`main.rs`)
//! runs both on Tokio with real ports; the deterministic simulation runs the same two in process
//! under a virtual clock. What was rejected: canned answers from a mock server. They can't be late,
//! can't lose an answer after having acted, and never ask for a password.

pub mod browser;
mod error;
pub mod faults;
#[cfg(test)]
mod fixture;
pub mod one_stop;
pub mod payment;
pub mod people;
mod population;
pub mod ports;
mod state;
mod store;
pub mod vneid;

use std::{path::PathBuf, sync::Arc};

use axum::Router;
use bytes::Bytes;
use gandan_domain::dossier::DossierCode;
use http_body_util::BodyExt;
use tower::ServiceExt;

pub use error::Failure;
pub use faults::{Fault, Mode, Part, PartFaults};
pub use ports::Outside;
pub use store::StoreError;

/// What the demo stack agrees on without being told. All of it is public and worth nothing.
pub mod demo {
    /// The backend's name at the OpenID provider.
    pub const CLIENT_ID: &str = "gandan-backend";
    pub const CLIENT_SECRET: &str = "thu-nghiem-vneid";
    /// Bearer token of the population database.
    pub const POPULATION_TOKEN: &str = "thu-nghiem-dan-cu";
    /// Bearer token of the one-stop system, for dossiers in and result files out.
    pub const ONE_STOP_TOKEN: &str = "thu-nghiem-mot-cua";
    /// Our terminal at the gateway, and the secret that signs both ways.
    pub const VNPAY_TERMINAL: &str = "THUNGHM1";
    pub const VNPAY_SECRET: &str = "thu-nghiem-cong-thanh-toan";
    /// Signs the bank's notices.
    pub const BANK_SECRET: &str = "whsec_dGh1LW5naGllbS1uZ2FuLWhhbmc=";
    /// The office's account, at a bank whose number is not assigned to any.
    pub const BANK_BIN: &str = "970499";
    pub const BANK_NAME: &str = "Ngân hàng THỬ NGHIỆM";
    pub const BANK_ACCOUNT: &str = "0990001234";
    pub const BANK_HOLDER: &str = "BO PHAN MOT CUA THU NGHIEM";
    /// Every demo citizen's password.
    pub const PASSWORD: &str = "thu-nghiem";
}

/// Where the sandbox keeps what happened.
#[derive(Clone)]
pub enum Storage {
    /// Nothing outlives the value: for the simulation.
    Memory,
    /// Sealed files in this directory, written before a request is answered.
    Directory(PathBuf),
}

#[derive(Clone)]
pub struct SandboxConfig {
    /// Where clients reach the sandbox, without a slash at the end, e.g. `http://127.0.0.1:8082`.
    pub public_url: String,
    /// Where the backend's webhook intake is, without a slash at the end.
    pub backend_url: String,
    /// Key bytes of the webhook signature; see [`one_stop::webhook::secret_from_text`].
    pub webhook_secret: Vec<u8>,
    pub client_id: String,
    /// `None`: a public client, which proves itself by PKCE alone.
    pub client_secret: Option<String>,
    /// Where VNeID may send a person back to, exactly.
    pub redirect_uris: Vec<String>,
    pub population_token: String,
    pub one_stop_token: String,
    pub vnpay_terminal: String,
    pub vnpay_secret: String,
    /// `whsec_…`.
    pub bank_secret: String,
    pub storage: Storage,
}

impl SandboxConfig {
    /// The demo stack's configuration.
    pub fn demo(public_url: &str, backend_url: &str, webhook_secret: Vec<u8>) -> Self {
        let backend_url = backend_url.trim_end_matches('/').to_owned();
        Self {
            public_url: public_url.trim_end_matches('/').to_owned(),
            redirect_uris: vec![format!("{backend_url}/oauth/callback")],
            backend_url,
            webhook_secret,
            client_id: demo::CLIENT_ID.into(),
            client_secret: Some(demo::CLIENT_SECRET.into()),
            population_token: demo::POPULATION_TOKEN.into(),
            one_stop_token: demo::ONE_STOP_TOKEN.into(),
            vnpay_terminal: demo::VNPAY_TERMINAL.into(),
            vnpay_secret: demo::VNPAY_SECRET.into(),
            bank_secret: demo::BANK_SECRET.into(),
            storage: Storage::Memory,
        }
    }
}

/// The three stand-ins and what they remember.
pub struct Sandbox {
    config: SandboxConfig,
    outside: Outside,
    store: store::Store,
    signing_key: vneid::keys::SigningKey,
    callbacks_changed: tokio::sync::Notify,
    payments_changed: tokio::sync::Notify,
}

/// The answer was made and then lost, on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("deliver the answer: a fault lost it")]
pub struct AnswerLost;

impl Sandbox {
    /// Reads what a former run left, or begins anew.
    pub fn open(config: SandboxConfig, outside: Outside) -> Result<Arc<Self>, StoreError> {
        let store = store::Store::open(&config.storage, &outside)?;
        let signing_key = vneid::keys::SigningKey::load_or_make(&store, &outside)?;
        Ok(Arc::new(Self {
            config,
            outside,
            store,
            signing_key,
            callbacks_changed: tokio::sync::Notify::new(),
            payments_changed: tokio::sync::Notify::new(),
        }))
    }

    /// All paths of `docs/api.md`, plus `/healthz` and a front page.
    pub fn router(self: &Arc<Self>) -> Router {
        faults::routes()
            .merge(people::routes())
            .nest("/vneid", vneid::routes(self))
            .nest("/population", population::routes(self))
            .nest("/one-stop", one_stop::routes(self))
            .merge(payment::routes(self))
            .with_state(Arc::clone(self))
    }

    /// One exchange in process. `Err` where a real client would see the connection close.
    pub async fn exchange(
        self: &Arc<Self>,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, AnswerLost> {
        let request = request.map(axum::body::Body::from);
        let Ok(response) = self.router().oneshot(request).await;
        if faults::is_lost(&response) {
            return Err(AnswerLost);
        }
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|_| AnswerLost)?.to_bytes();
        Ok(http::Response::from_parts(parts, body))
    }

    /// Delivers status reports, each until the backend has answered 2xx. Never ends.
    pub fn run_callbacks(self: &Arc<Self>) -> impl Future<Output = ()> + Send + use<> {
        let reports = one_stop::callbacks::run(Arc::clone(self));
        let money = payment::callbacks::run(Arc::clone(self));
        async move {
            futures_util::future::join(reports, money).await;
        }
    }

    /// The faults of VNeID: `sandbox.vneid().is_down()?`.
    pub fn vneid(&self) -> PartFaults<'_> {
        PartFaults::new(self, Part::Vneid)
    }

    /// The faults of the population database.
    pub fn population(&self) -> PartFaults<'_> {
        PartFaults::new(self, Part::Population)
    }

    /// The faults of the one-stop system. The officer's desk itself has none.
    pub fn one_stop(&self) -> PartFaults<'_> {
        PartFaults::new(self, Part::OneStop)
    }

    /// The faults of the payment gateway.
    pub fn vnpay(&self) -> PartFaults<'_> {
        PartFaults::new(self, Part::Vnpay)
    }

    /// The faults of the office's bank.
    pub fn bank(&self) -> PartFaults<'_> {
        PartFaults::new(self, Part::Bank)
    }

    /// Every part works again.
    pub fn all_is_well(&self) -> Result<(), StoreError> {
        self.store.change(|state| {
            state.faults.clear();
            Ok::<(), StoreError>(())
        })
    }

    /// The person at the desk, for tests: the same acts as the page's buttons.
    pub fn officer(self: &Arc<Self>) -> one_stop::Officer {
        one_stop::Officer::new(Arc::clone(self))
    }

    /// How often each dossier came in: the receiver's side of "at least once".
    pub fn received(&self) -> Vec<(DossierCode, u32)> {
        self.store.read(|state| {
            state
                .dossiers
                .values()
                .map(|dossier| (dossier.code.clone(), dossier.received_times))
                .collect()
        })
    }
}
