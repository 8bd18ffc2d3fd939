//! Who is it: relying party to an OpenID provider, authorization server to our own apps, and the
//! proof of possession on every request.
//!
//! Start at [`authorize`] for the sign-in, [`token`] for what an app gets for it, [`session`] for how
//! long that lasts, [`dpop`] for what every request has to show, [`provider`] for the state's side.
//! A handler that takes a [`Citizen`] is authenticated; nothing else has to be done.

mod authorize;
mod citizens;
mod dpop;
mod page;
mod provider;
mod session;
mod token;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use gandan_domain::{Problem, jws::PublicKey};
use gandan_foundation::{ports::Random, sealing::sha256};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub use citizens::{Profile, forget, profile};
pub use dpop::PROOF_TYP;
pub use provider::{PATIENCE_MS, Provider};
pub use token::DEVICE_TYP;

use crate::{
    app::{Backend, Shared},
    problem::{DPOP_NONCE, Refusal},
    storage::{Failure, FromValue, Reader, Value},
};

/// Whether a browser may be sent there: one of our apps' addresses.
pub fn is_redirect_uri(backend: &Backend, uri: &str) -> bool {
    authorize::is_ours(uri, &backend.config.identity.redirect_uris)
}

/// What a person sees who comes back from paying and has no app to be sent to.
pub fn payment_page(status: StatusCode) -> Response {
    page::payment(status).into_response()
}

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citizen {
    pub id: CitizenId,
    pub session: Uuid,
    /// The device that certified the session key.
    pub device: Uuid,
}

impl FromRequestParts<Arc<Backend>> for Citizen {
    type Rejection = Refusal;

    async fn from_request_parts(
        parts: &mut Parts,
        backend: &Arc<Backend>,
    ) -> Result<Self, Refusal> {
        let refuse = |problem, dpop_error| Refusal {
            problem,
            nonce: None,
            dpop_error: Some(dpop_error),
        };
        let no_token = || refuse(Problem::SignInAgain, "invalid_token");
        let token = dpop_token(parts).ok_or_else(no_token)?;
        let now = backend.world.clock.now();
        let url = format!("{}{}", backend.config.public_url, parts.uri.path());
        let expected = dpop::Expected {
            method: parts.method.as_str(),
            url: &url,
            access_token: Some(token),
        };
        let nonces = dpop::Nonces(&backend.keys.session);
        let proof = dpop::proof_header(&parts.headers)
            .and_then(|proof| dpop::verify(proof, &expected, &nonces, now))
            .and_then(|proof| proof.require_nonce().map(|()| proof))
            .map_err(|error| match error {
                dpop::ProofError::UseNonce => refuse(Problem::ProofRefused, "use_dpop_nonce"),
                dpop::ProofError::Invalid(why) => {
                    tracing::info!(why, "a proof of possession is not accepted");
                    refuse(Problem::ProofRefused, "invalid_dpop_proof")
                }
            })?;
        let token = sha256(token.as_bytes());
        backend
            .storage
            .read(move |reader| {
                let jkt = proof.jkt.clone();
                Box::pin(async move { session::authenticate(reader, token, &jkt, now).await })
            })
            .await?
            .ok_or_else(no_token)
    }
}

/// `Authorization: DPoP <token>` (RFC 9449 §7.1).
fn dpop_token(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("dpop")
        .then(|| token.trim())
        .filter(|token| !token.is_empty())
}

/// Gives whoever shows a proof the nonce for the next one, with every answer, so that a session in
/// use never pays a round trip for it (RFC 9449 §8.2).
pub async fn offer_nonce(State(backend): State<Shared>, request: Request, next: Next) -> Response {
    let proves = request.headers().contains_key("dpop");
    let mut response = next.run(request).await;
    if proves {
        let nonce = dpop::Nonces(&backend.keys.session).current(backend.world.clock.now());
        if let Ok(nonce) = HeaderValue::from_str(&nonce) {
            response.headers_mut().insert(DPOP_NONCE, nonce);
        }
    }
    response
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

/// 256 random bits as text: codes, states, tokens.
fn secret(random: &dyn Random) -> String {
    URL_SAFE_NO_PAD.encode(random.bytes::<32>())
}

pub fn routes() -> OpenApiRouter<Shared> {
    let forms = OpenApiRouter::new()
        .routes(routes!(token::token))
        .routes(routes!(token::revoke))
        .layer(token::body_limit());
    OpenApiRouter::new()
        .routes(routes!(authorize::authorize))
        .routes(routes!(authorize::callback))
        .merge(forms)
}
