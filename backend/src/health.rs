//! Whether the process lives, and whether it should be sent requests.

use axum::{extract::State, http::StatusCode};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app::Shared;

pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(alive))
        .routes(routes!(ready))
}

/// The process is alive.
#[utoipa::path(get, path = "/healthz", tag = "operations", responses((status = 200)))]
async fn alive() -> &'static str {
    "ok\n"
}

/// Storage answers, and the process is not on its way out.
#[utoipa::path(get, path = "/readyz", tag = "operations", responses((status = 200), (status = 503)))]
async fn ready(State(backend): State<Shared>) -> (StatusCode, &'static str) {
    if backend.is_draining() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    let answers = backend
        .storage
        .read(|reader| {
            Box::pin(async move { Ok(reader.query_opt("SELECT 1", &[]).await?.is_some()) })
        })
        .await;
    match answers {
        Ok(true) => (StatusCode::OK, "ready\n"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "storage does not answer\n"),
    }
}
