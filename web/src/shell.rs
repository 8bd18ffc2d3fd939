//! The shell as a whole: its configuration, its visitors, its routes.

use std::sync::Arc;

use axum::{
    Router,
    extract::{MatchedPath, Request},
    http::StatusCode,
    middleware::{Next, from_fn, from_fn_with_state},
    response::Response,
    routing::{get, post},
};
use gandan_foundation::ports::World;

use crate::{
    asset,
    config::Config,
    guard, routes,
    visitor::{House, VisitError, Visitor},
};

/// Cheap to clone.
#[derive(Clone)]
pub struct Shell(Arc<Inner>);

struct Inner {
    config: Arc<Config>,
    world: World,
    house: Arc<House>,
    /// Shows the first screen to whoever has not done anything yet.
    greeter: Arc<Visitor>,
}

impl Shell {
    /// Needs a Tokio runtime: each visitor's engine is a task on it.
    pub fn open(config: Config, world: World) -> Result<Self, VisitError> {
        let config = Arc::new(config);
        let house = Arc::new(House::new(Arc::clone(&config), world.clone()));
        house.tend();
        let greeter = house.greeter()?;
        Ok(Self(Arc::new(Inner {
            config,
            world,
            house,
            greeter,
        })))
    }

    pub fn router(&self) -> Router {
        Router::new()
            .route("/", get(routes::screen::home))
            .route("/s/{*screen}", get(routes::screen::show))
            .route("/do", post(routes::screen::act))
            .route("/confirm", get(routes::screen::confirm))
            .route("/callback", get(routes::back::returned))
            .route("/return/{*path}", get(routes::back::returned))
            .route("/leave", get(routes::back::leave))
            .route("/document", get(routes::document::page))
            .route("/document/file", get(routes::document::file))
            .route(
                "/session",
                get(routes::session::page).post(routes::session::act),
            )
            .route("/idle", get(routes::session::idle))
            .route("/edit", post(routes::live::edit))
            .route("/live", get(routes::live::stream))
            .route("/stay", post(routes::live::stay))
            .route("/no-script", get(routes::no_script))
            .route("/assets/{*name}", get(asset::serve))
            .route("/healthz", get(async || StatusCode::OK))
            .layer(from_fn_with_state(self.clone(), guard::guard))
            .layer(from_fn(log))
            .with_state(self.clone())
    }

    /// Ends what timed out, for as long as it is polled.
    pub async fn tend(&self) {
        Arc::clone(&self.0.house).run().await;
    }

    /// Once, now: for tests, whose clocks move when told.
    pub fn tend_now(&self) {
        self.0.house.tend();
    }

    /// Closes every visitor's store.
    pub fn close(&self) {
        self.0.house.close_all();
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn house(&self) -> &Arc<House> {
        &self.0.house
    }

    pub(crate) fn greeter(&self) -> &Arc<Visitor> {
        &self.0.greeter
    }

    pub(crate) fn world(&self) -> &World {
        &self.0.world
    }
}

/// Method, route and status; never the path or the query, which say what somebody is doing.
async fn log(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none", MatchedPath::as_str)
        .to_owned();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    tracing::debug!(%method, route, status, "request");
    response
}
