//! From code to tokens to claims.

use std::sync::Arc;

use axum::{
    Form, Json,
    extract::State,
    response::{IntoResponse, Response},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use gandan_domain::{jws::sha256_hex, time::Instant};
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use super::keys::challenge_of;
use crate::{Failure, Sandbox, StoreError, people, population::bearer};

const TOKEN_LIFE_MS: i64 = 10 * 60_000;

/// What an authorization code stands for.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Grant {
    /// Id number.
    pub person: String,
    pub redirect_uri: String,
    pub challenge: String,
    pub nonce: Option<String>,
    pub authenticated_at: Instant,
    pub until: Instant,
    /// SHA-256 of the access token it was redeemed for; a second redemption ends that token
    /// (RFC 6749 §4.1.2).
    pub redeemed_for: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct AccessToken {
    /// Id number.
    pub person: String,
    pub until: Instant,
}

#[derive(Deserialize)]
pub(crate) struct TokenForm {
    grant_type: Option<String>,
    code: Option<String>,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
}

/// RFC 6749 §5.2.
enum TokenError {
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    UnsupportedGrantType,
    Store(StoreError),
}

impl From<StoreError> for TokenError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let (status, error) = match self {
            Self::InvalidClient => (StatusCode::UNAUTHORIZED, "invalid_client"),
            Self::InvalidGrant => (StatusCode::BAD_REQUEST, "invalid_grant"),
            Self::InvalidRequest => (StatusCode::BAD_REQUEST, "invalid_request"),
            Self::UnsupportedGrantType => (StatusCode::BAD_REQUEST, "unsupported_grant_type"),
            Self::Store(error) => return Failure::from(error).into_response(),
        };
        let headers = [
            (header::CACHE_CONTROL, "no-store"),
            (header::WWW_AUTHENTICATE, "Basic realm=\"vneid\""),
        ];
        (status, headers, Json(json!({ "error": error }))).into_response()
    }
}

pub(crate) async fn token(
    State(sandbox): State<Arc<Sandbox>>,
    headers: HeaderMap,
    Form(form): Form<TokenForm>,
) -> Response {
    match redeem(&sandbox, &headers, &form) {
        Ok(tokens) => ([(header::CACHE_CONTROL, "no-store")], Json(tokens)).into_response(),
        Err(error) => error.into_response(),
    }
}

fn redeem(sandbox: &Sandbox, headers: &HeaderMap, form: &TokenForm) -> Result<Value, TokenError> {
    check_client(sandbox, headers, form)?;
    if form.grant_type.as_deref() != Some("authorization_code") {
        return Err(TokenError::UnsupportedGrantType);
    }
    let (Some(code), Some(verifier)) = (&form.code, &form.code_verifier) else {
        return Err(TokenError::InvalidRequest);
    };
    let now = sandbox.outside.clock.now();
    let access_token = URL_SAFE_NO_PAD.encode(sandbox.outside.bytes::<32>());
    let token_hash = sha256_hex(access_token.as_bytes());
    let grant = sandbox.store.change(|state| {
        state.forget_expired(now);
        let Some(grant) = state.grants.get_mut(&sha256_hex(code.as_bytes())) else {
            return Ok(None);
        };
        if let Some(former) = grant.redeemed_for.clone() {
            state.access_tokens.remove(&former);
            return Ok(None);
        }
        // A code is spent by the attempt, right or wrong: nobody gets to guess verifiers.
        grant.redeemed_for = Some(token_hash.clone());
        let fits = form.redirect_uri.as_ref() == Some(&grant.redirect_uri)
            && challenge_of(verifier) == grant.challenge;
        if !fits {
            return Ok(None);
        }
        let grant = grant.clone();
        let token = AccessToken {
            person: grant.person.clone(),
            until: now.plus_ms(TOKEN_LIFE_MS),
        };
        state.access_tokens.insert(token_hash.clone(), token);
        Ok::<_, TokenError>(Some(grant))
    })?;
    let grant = grant.ok_or(TokenError::InvalidGrant)?;
    let person = people::find(&grant.person).ok_or(TokenError::InvalidGrant)?;
    Ok(json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFE_MS / 1000,
        "scope": "openid",
        "id_token": sandbox.id_token(person, &grant, now),
    }))
}

fn check_client(
    sandbox: &Sandbox,
    headers: &HeaderMap,
    form: &TokenForm,
) -> Result<(), TokenError> {
    let basic = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Basic "))
        .and_then(|value| STANDARD.decode(value).ok())
        .and_then(|value| String::from_utf8(value).ok());
    let (id, secret) = match basic.as_deref().and_then(|value| value.split_once(':')) {
        Some((id, secret)) => (Some(unescape(id)), Some(unescape(secret))),
        None => (form.client_id.clone(), form.client_secret.clone()),
    };
    let secret_fits = match (&sandbox.config.client_secret, secret) {
        (None, _) => true,
        (Some(expected), Some(given)) => bool::from(given.as_bytes().ct_eq(expected.as_bytes())),
        (Some(_), None) => false,
    };
    if secret_fits && id.as_ref() == Some(&sandbox.config.client_id) {
        Ok(())
    } else {
        Err(TokenError::InvalidClient)
    }
}

/// Names and secrets in the Basic header are form-encoded (RFC 6749 §2.3.1).
fn unescape(text: &str) -> String {
    form_urlencoded::parse(text.as_bytes())
        .next()
        .map(|(name, _)| name.into_owned())
        .unwrap_or_default()
}

impl Sandbox {
    fn id_token(&self, person: &people::Person, grant: &Grant, now: Instant) -> String {
        let mut claims = person.claims();
        if let Value::Object(members) = &mut claims {
            members.insert("iss".into(), json!(self.issuer()));
            members.insert("aud".into(), json!(self.config.client_id));
            members.insert("iat".into(), json!(now.unix_seconds()));
            let until = now.plus_ms(TOKEN_LIFE_MS).unix_seconds();
            members.insert("exp".into(), json!(until));
            let authenticated = grant.authenticated_at.unix_seconds();
            members.insert("auth_time".into(), json!(authenticated));
            members.insert("acr".into(), json!("LoA2"));
            if let Some(nonce) = &grant.nonce {
                members.insert("nonce".into(), json!(nonce));
            }
        }
        self.signing_key.sign_jwt(&claims)
    }
}

pub(crate) async fn userinfo(
    State(sandbox): State<Arc<Sandbox>>,
    headers: HeaderMap,
) -> Result<Json<Value>, Failure> {
    let token = bearer(&headers).ok_or(Failure::Unauthorized)?;
    let now = sandbox.outside.clock.now();
    let hash = sha256_hex(token.as_bytes());
    let person = sandbox
        .store
        .read(|state| {
            let token = state.access_tokens.get(&hash)?;
            (token.until > now).then(|| token.person.clone())
        })
        .and_then(|id_number| people::find(&id_number))
        .ok_or(Failure::Unauthorized)?;
    Ok(Json(person.claims()))
}
