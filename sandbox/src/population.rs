//! The National Population Database: one question, one answer.

use std::sync::Arc;

use axum::{Json, Router, extract::State, middleware, routing::post};
use http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use crate::{Failure, Part, Sandbox, faults, people};

pub(crate) fn routes(sandbox: &Arc<Sandbox>) -> Router<Arc<Sandbox>> {
    Router::new()
        .route("/v1/citizen", post(citizen))
        .layer(middleware::from_fn_with_state(
            (Arc::clone(sandbox), Part::Population),
            faults::layer,
        ))
}

#[derive(Deserialize)]
struct CitizenRequest {
    id_number: String,
}

async fn citizen(
    State(sandbox): State<Arc<Sandbox>>,
    headers: HeaderMap,
    body: Result<Json<CitizenRequest>, axum::extract::rejection::JsonRejection>,
) -> Result<Json<Value>, Failure> {
    check_bearer(&headers, &sandbox.config.population_token)?;
    let Json(request) = body.map_err(|_| Failure::Malformed("it is not {\"id_number\"}"))?;
    let person = people::find(&request.id_number).ok_or(Failure::NotFound)?;
    Ok(Json(json!({
        "person": person.entry(),
        "spouse": person.spouse.and_then(people::find).map(people::Person::entry),
        "newborn_certificates": person.newborn_certificates(sandbox.outside.clock.now()),
    })))
}

/// RFC 6750 §2.1.
pub(crate) fn check_bearer(headers: &HeaderMap, expected: &str) -> Result<(), Failure> {
    let given = bearer(headers).ok_or(Failure::Unauthorized)?;
    if bool::from(given.as_bytes().ct_eq(expected.as_bytes())) {
        Ok(())
    } else {
        Err(Failure::Unauthorized)
    }
}

pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(http::header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}
