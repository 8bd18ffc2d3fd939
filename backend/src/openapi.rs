//! `GET /openapi.json`: the API as the routes themselves describe it.

use axum::Json;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app::{Shared, openapi};

pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(describe))
}

/// This API.
#[utoipa::path(get, path = "/openapi.json", tag = "operations", responses((status = 200, content_type = "application/json", body = String)))]
async fn describe() -> Json<utoipa::openapi::OpenApi> {
    Json(openapi())
}

#[cfg(test)]
mod tests {
    use crate::app::openapi;

    /// A route that changes shows here, in review.
    #[test]
    fn the_api_is_what_was_reviewed() {
        insta::assert_json_snapshot!(openapi());
    }
}
