//! `POST /oauth/token` and `POST /oauth/revoke`.

use axum::{
    Form, Json,
    extract::{DefaultBodyLimit, State, rejection::FormRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use gandan_domain::{
    Problem,
    jws::{PublicKey, Unverified},
    problem::WireProblem,
    time::Instant,
    wire::TokenResponse,
};
use gandan_foundation::sealing::sha256;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::{
    CitizenId,
    authorize::{Grant, code_cell},
    dpop::{self, Expected, Nonces, Proof, ProofError},
    session::{self, Book, NewSession, NewTokens, Refreshed},
};
use crate::{
    app::{Backend, Shared},
    log, params,
    problem::DPOP_NONCE,
    storage::{Failure, Tx},
};

/// `typ` of the JWS by which a device key certifies a session key.
pub const DEVICE_TYP: &str = "gandan-device+jwt";
/// More is no token request.
pub(super) const MAX_BODY: usize = 16 * 1024;

/// The parameters as they arrive; unknown ones are ignored, repeated ones refused.
#[derive(Clone, Default, Deserialize)]
pub struct TokenParams {
    pub grant_type: Option<String>,
    pub client_id: Option<String>,
    pub code: Option<String>,
    pub redirect_uri: Option<String>,
    pub code_verifier: Option<String>,
    pub device_certificate: Option<String>,
    pub refresh_token: Option<String>,
}

/// A token request that is complete. Whether it is right shows only against what is stored.
#[derive(Clone)]
pub enum TokenRequest {
    Code(CodeRequest),
    Refresh { token: String },
}

#[derive(Clone)]
pub struct CodeRequest {
    code: String,
    redirect_uri: String,
    code_verifier: String,
    device_certificate: String,
}

/// RFC 6749 §5.2 and RFC 9449 §5, §8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenError {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnsupportedGrantType,
    Proof(ProofError),
    /// Not the client's fault.
    Failed(Problem),
}

impl From<Failure> for TokenError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure.into())
    }
}

impl From<ProofError> for TokenError {
    fn from(error: ProofError) -> Self {
        Self::Proof(error)
    }
}

/// A problem that OAuth libraries can read too.
#[derive(Serialize)]
struct OAuthProblem {
    error: &'static str,
    #[serde(flatten)]
    problem: WireProblem,
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let (error, problem) = match self {
            Self::InvalidRequest => ("invalid_request", Problem::Malformed),
            Self::InvalidClient => ("invalid_client", Problem::Malformed),
            Self::UnsupportedGrantType => ("unsupported_grant_type", Problem::Malformed),
            Self::InvalidGrant => ("invalid_grant", Problem::SignInAgain),
            Self::Proof(ProofError::UseNonce) => ("use_dpop_nonce", Problem::ProofRefused),
            Self::Proof(ProofError::Invalid(why)) => {
                tracing::info!(why, "a proof of possession is not accepted");
                ("invalid_dpop_proof", Problem::ProofRefused)
            }
            Self::Failed(problem) => ("server_error", problem),
        };
        // RFC 6749 §5.2: 400, where a resource would say 401.
        let status = match problem.http_status() {
            status @ 500.. => status,
            _ => 400,
        };
        let mut problem = WireProblem::from(&problem);
        problem.status = status;
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = (status, Json(OAuthProblem { error, problem })).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        response
    }
}

impl TokenParams {
    pub fn check(self, client_id: &str) -> Result<TokenRequest, TokenError> {
        if self.client_id.is_some_and(|given| given != client_id) {
            return Err(TokenError::InvalidClient);
        }
        match self.grant_type.as_deref() {
            Some("authorization_code") => {
                let parts = (
                    self.code,
                    self.redirect_uri,
                    self.code_verifier,
                    self.device_certificate,
                );
                let (Some(code), Some(redirect_uri), Some(code_verifier), Some(device_certificate)) =
                    parts
                else {
                    return Err(TokenError::InvalidRequest);
                };
                Ok(TokenRequest::Code(CodeRequest {
                    code,
                    redirect_uri,
                    code_verifier,
                    device_certificate,
                }))
            }
            Some("refresh_token") => self
                .refresh_token
                .map(|token| TokenRequest::Refresh { token })
                .ok_or(TokenError::InvalidRequest),
            Some(_) => Err(TokenError::UnsupportedGrantType),
            None => Err(TokenError::InvalidRequest),
        }
    }
}

/// Tokens for a code, or new tokens for a refresh token (RFC 6749 §4.1.3, §6; RFC 9449 §5).
#[utoipa::path(
    post, path = "/oauth/token", tag = "sign-in",
    request_body(content_type = "application/x-www-form-urlencoded"),
    params(("DPoP" = String, Header, description = "proof by the session key")),
    responses(
        (status = 200, description = "`TokenResponse`", content_type = "application/json"),
        (status = 400, description = "a problem with RFC 6749's `error`; with `DPoP-Nonce` where \
            a fresh nonce is wanted", content_type = "application/problem+json"),
    )
)]
pub(super) async fn token(
    State(backend): State<Shared>,
    headers: HeaderMap,
    params: Result<Form<TokenParams>, FormRejection>,
) -> Response {
    let now = backend.world.clock.now();
    let answer = match params {
        Ok(Form(params)) => answer(&backend, &headers, params, now).await,
        Err(_) => Err(TokenError::InvalidRequest),
    };
    let mut response = match answer {
        Ok(tokens) => Json(tokens).into_response(),
        Err(error) => error.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(nonce) = HeaderValue::from_str(&Nonces(&backend.keys.session).current(now)) {
        headers.insert(DPOP_NONCE, nonce);
    }
    response
}

async fn answer(
    backend: &Backend,
    headers: &HeaderMap,
    params: TokenParams,
    now: Instant,
) -> Result<TokenResponse, TokenError> {
    let request = params.check(&backend.config.identity.app_client_id)?;
    let url = format!("{}/oauth/token", backend.config.public_url);
    let expected = Expected {
        method: "POST",
        url: &url,
        access_token: None,
    };
    let nonces = Nonces(&backend.keys.session);
    let proof = dpop::verify(dpop::proof_header(headers)?, &expected, &nonces, now)?;
    proof.require_recent(now)?;
    match request {
        TokenRequest::Code(request) => redeem(backend, request, proof, now).await,
        TokenRequest::Refresh { token } => refresh(backend, &token, proof, now).await,
    }
}

/// The authorization code as it is stored.
struct StoredCode {
    citizen: CitizenId,
    grant: Grant,
    session: Option<uuid::Uuid>,
    redeemed_at: Option<Instant>,
    answer: Option<Vec<u8>>,
}

async fn redeem(
    backend: &Backend,
    request: CodeRequest,
    proof: Proof,
    now: Instant,
) -> Result<TokenResponse, TokenError> {
    let code = sha256(request.code.as_bytes());
    let device_key = certified(&request, &proof.jkt).ok_or(TokenError::InvalidGrant)?;
    let (world, keys) = (&backend.world, std::sync::Arc::clone(&backend.keys));
    let tokens = NewTokens::mint(&*world.random);
    let sealed = tokens.seal(&keys.system, &*world.random, &code_cell("answer", &code))?;
    let new = NewSession {
        id: world.random.uuid(now),
        device: world.random.uuid(now),
        device_key,
        jkt: proof.jkt,
    };
    let random = std::sync::Arc::clone(&world.random);
    let answered = backend
        .storage
        .write(move |tx| {
            let (keys, request, new) = (keys.clone(), request.clone(), new.clone());
            let (tokens, sealed, random) = (tokens.clone(), sealed.clone(), random.clone());
            Box::pin(async move {
                let book = Book {
                    keys: &keys,
                    random: &*random,
                };
                let Some(stored) = load_code(tx, &keys.system, code, now).await? else {
                    return Ok(None);
                };
                if !fits(&stored.grant, &request, &new.jkt) {
                    return Ok(None);
                }
                let sub = Some(stored.citizen.0.to_string());
                match (stored.redeemed_at, stored.answer, stored.session) {
                    (None, ..) => {
                        session::begin(tx, &new, stored.citizen, &tokens, now, &book).await?;
                        tx.exec(
                            "UPDATE authorization_code
                             SET session = $1, redeemed_at = $2, answer = $3 WHERE code = $4",
                            &params![new.id, now, sealed, code],
                        )
                        .await?;
                        Ok(Some(TokenResponse {
                            sub,
                            ..tokens.response
                        }))
                    }
                    (Some(at), Some(answer), _) if now <= at.plus_ms(session::GRACE_MS) => {
                        let cell = code_cell("answer", &code);
                        let response = session::open_answer(&keys.system, &cell, &answer)?;
                        Ok(Some(TokenResponse { sub, ..response }))
                    }
                    // RFC 6749 §4.1.2: a code that comes twice takes its tokens with it.
                    (_, _, used) => {
                        if let Some(used) = used {
                            session::revoke(tx, used, now, log::BACKEND, &book).await?;
                        }
                        Ok(None)
                    }
                }
            })
        })
        .await?;
    answered.ok_or(TokenError::InvalidGrant)
}

async fn load_code(
    tx: &mut dyn Tx,
    key: &gandan_foundation::sealing::SealingKey,
    code: [u8; 32],
    now: Instant,
) -> Result<Option<StoredCode>, Failure> {
    let row = tx
        .query_opt(
            "SELECT citizen, sealed, session, redeemed_at, answer FROM authorization_code
             WHERE code = $1 AND expires_at >= $2",
            &params![code, now],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let sealed: Vec<u8> = row.get(1)?;
    let grant = key.open(&code_cell("sealed", &code), &sealed)?;
    Ok(Some(StoredCode {
        citizen: row.get(0)?,
        grant: serde_json::from_slice(&grant)?,
        session: row.get(2)?,
        redeemed_at: row.get(3)?,
        answer: row.get(4)?,
    }))
}

/// The request comes from the app that asked for the code, and by the key it named then.
fn fits(grant: &Grant, request: &CodeRequest, jkt: &str) -> bool {
    let challenge = URL_SAFE_NO_PAD.encode(sha256(request.code_verifier.as_bytes()));
    let pkce = challenge
        .as_bytes()
        .ct_eq(grant.code_challenge.as_bytes())
        .into();
    pkce && grant.redirect_uri == request.redirect_uri && grant.dpop_jkt == jkt
}

/// The payload of a device certificate.
#[derive(Deserialize)]
struct DeviceClaims {
    session_jkt: String,
    code_sha256: String,
}

/// The device key, if it certifies this session key for this code. Its `iat` is not looked at: the
/// code in it is ours, fresh, and good for one sign-in, where a phone's clock may be wrong.
fn certified(request: &CodeRequest, jkt: &str) -> Option<PublicKey> {
    let unverified = Unverified::parse(&request.device_certificate).ok()?;
    let key = unverified.header.jwk.clone()?;
    matches!(key, PublicKey::P256 { .. }).then_some(())?;
    let payload = unverified.verify(&key, DEVICE_TYP).ok()?;
    let claims: DeviceClaims = serde_json::from_slice(&payload).ok()?;
    let code = URL_SAFE_NO_PAD.encode(sha256(request.code.as_bytes()));
    (claims.session_jkt == jkt && claims.code_sha256 == code).then_some(key)
}

async fn refresh(
    backend: &Backend,
    token: &str,
    proof: Proof,
    now: Instant,
) -> Result<TokenResponse, TokenError> {
    let token = sha256(token.as_bytes());
    let (random, system) = (&*backend.world.random, &backend.keys.system);
    let tokens = NewTokens::mint(random);
    let sealed = tokens.seal(system, random, &session::refresh_cell(&token))?;
    let fresh = tokens.response.clone();
    let (keys, chance) = (backend.keys.clone(), backend.world.random.clone());
    let refreshed = backend
        .storage
        .write(move |tx| {
            let (tokens, sealed, jkt) = (tokens.clone(), sealed.clone(), proof.jkt.clone());
            let (keys, chance) = (keys.clone(), chance.clone());
            Box::pin(async move {
                let book = Book {
                    keys: &keys,
                    random: &*chance,
                };
                session::refresh(tx, token, &jkt, &tokens, &sealed, now, &book).await
            })
        })
        .await?;
    match refreshed {
        Refreshed::Rotated => Ok(fresh),
        Refreshed::Again(sealed) => {
            let cell = session::refresh_cell(&token);
            Ok(session::open_answer(system, &cell, &sealed)?)
        }
        Refreshed::Refused => Err(TokenError::InvalidGrant),
    }
}

/// `POST /oauth/revoke`'s parameters (RFC 7009 §2.1).
#[derive(Deserialize)]
pub(super) struct RevokeParams {
    token: String,
}

/// End a session: either of its tokens will do. Who holds a token may end it, so no proof is asked.
#[utoipa::path(
    post, path = "/oauth/revoke", tag = "sign-in",
    request_body(content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "the session has ended, or there was none (RFC 7009 §2.2)"),
        (status = 400, description = "no token given", content_type = "application/problem+json"),
    )
)]
pub(super) async fn revoke(
    State(backend): State<Shared>,
    params: Result<Form<RevokeParams>, FormRejection>,
) -> Response {
    let Ok(Form(params)) = params else {
        return TokenError::InvalidRequest.into_response();
    };
    let token = sha256(params.token.as_bytes());
    let now = backend.world.clock.now();
    let (keys, random) = (backend.keys.clone(), backend.world.random.clone());
    let ended = backend
        .storage
        .write(move |tx| {
            let (keys, random) = (keys.clone(), random.clone());
            Box::pin(async move {
                let book = Book {
                    keys: &keys,
                    random: &*random,
                };
                match session::find(tx, token).await? {
                    Some(found) => session::revoke(tx, found, now, log::SELF, &book).await,
                    None => Ok(()),
                }
            })
        })
        .await;
    match ended {
        Ok(()) => StatusCode::OK.into_response(),
        Err(failure) => TokenError::from(failure).into_response(),
    }
}

pub(super) fn body_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(MAX_BODY)
}
