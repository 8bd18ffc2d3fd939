//! Who is it: relying party to an OpenID provider, authorization server to our own apps, and the
//! proof of possession on every request.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use gandan_domain::{Problem, jws::PublicKey};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use crate::{
    app::{Backend, Shared},
    problem::Refusal,
    storage::{Failure, FromValue, Reader, Value},
};

/// Our own name of a citizen: says nothing about the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CitizenId(pub Uuid);

impl From<CitizenId> for Value {
    fn from(citizen: CitizenId) -> Self {
        citizen.0.into()
    }
}

impl FromValue for CitizenId {
    fn from_value(value: &Value) -> Option<Self> {
        Uuid::from_value(value).map(Self)
    }
}

/// The citizen who makes this request: token, session, proof and nonce are all in order. As an
/// argument of a handler it is the whole authentication.
#[derive(Clone)]
pub struct Citizen {
    pub id: CitizenId,
    pub session: Uuid,
    /// The device that certified the session key.
    pub device: Uuid,
}

impl FromRequestParts<Arc<Backend>> for Citizen {
    type Rejection = Refusal;

    async fn from_request_parts(
        _parts: &mut Parts,
        _backend: &Arc<Backend>,
    ) -> Result<Self, Refusal> {
        Err(Problem::SignInAgain.into())
    }
}

/// The citizen's registered, unrevoked device key with this thumbprint: who may sign intents.
pub async fn device_key(
    reader: &mut dyn Reader,
    citizen: CitizenId,
    thumbprint: &str,
) -> Result<Option<PublicKey>, Failure> {
    let row = reader
        .query_opt(
            "SELECT jwk FROM device
             WHERE citizen = $1 AND thumbprint = $2 AND revoked_at IS NULL",
            &crate::params![citizen, thumbprint],
        )
        .await?;
    row.map(|row| Ok(serde_json::from_str(&row.get::<String>(0)?)?))
        .transpose()
}

pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
}
