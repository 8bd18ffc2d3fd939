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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use serde_json::json;

    use crate::{
        demo::POPULATION_TOKEN,
        fixture::{World, json_of},
    };

    const PATH: &str = "/population/v1/citizen";

    #[test]
    fn a_mother_is_known_with_her_husband_and_her_newborn() {
        let world = World::new();
        let asked = json!({"id_number": "099196000003"});
        let answer = json_of(&world.post_json(PATH, POPULATION_TOKEN, &asked).unwrap());
        assert_eq!(answer["person"]["full_name"], "Giàng Thị Sáo");
        assert_eq!(answer["person"]["residence_commune"], "00715@2025-07-01");
        assert_eq!(answer["spouse"]["id_number"], "099094000004");
        assert_eq!(answer["newborn_certificates"][0]["number"], "TN-99-000017");
        // The clock stands in November 2026.
        assert_eq!(
            answer["newborn_certificates"][0]["birth_date"],
            "2026-10-31"
        );
    }

    #[test]
    fn the_register_has_one_birth_year_wrong() {
        let asked = json!({"id_number": "099075000006"});
        let answer = World::new()
            .post_json(PATH, POPULATION_TOKEN, &asked)
            .unwrap();
        let entry = json_of(&answer);
        assert_eq!(entry["person"]["birth_date"], "1957-01-19");
        assert!(entry["spouse"].is_null());
    }

    #[test]
    fn strangers_and_nonsense_are_refused() {
        let world = World::new();
        let status = |token, body| world.post_json(PATH, token, &body).unwrap().status();
        assert_eq!(status("guess", json!({"id_number": "099196000003"})), 401);
        assert_eq!(
            status(POPULATION_TOKEN, json!({"id_number": "099000000000"})),
            404
        );
        assert_eq!(status(POPULATION_TOKEN, json!({"id": 1})), 400);
    }
}
