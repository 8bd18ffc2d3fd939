//! VNeID as an OpenID provider (OpenID Connect Core 1.0, code flow with PKCE), level 2.
//!
//! The authorization request travels through the login page as a signed value and is not stored,
//! so that a page left open survives a restart and nobody fills a table by asking. Codes and
//! access tokens are stored as their SHA-256.

pub(crate) mod grants;
pub(crate) mod keys;
mod page;

use std::sync::Arc;

use axum::{
    Form, Json, Router,
    extract::{Query, State},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use gandan_domain::jws::sha256_hex;
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use crate::{Failure, Part, Sandbox, demo, faults, people};
use grants::Grant;

const CODE_LIFE_MS: i64 = 5 * 60_000;

pub(crate) fn routes(sandbox: &Arc<Sandbox>) -> Router<Arc<Sandbox>> {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/authorize", get(authorize_get).post(authorize_post))
        .route("/login", post(login))
        .route("/token", post(grants::token))
        .route("/jwks", get(jwks))
        .route("/userinfo", get(grants::userinfo).post(grants::userinfo))
        .layer(middleware::from_fn_with_state(
            (Arc::clone(sandbox), Part::Vneid),
            faults::layer,
        ))
}

impl Sandbox {
    /// The OpenID issuer.
    pub fn issuer(&self) -> String {
        format!("{}/vneid", self.config.public_url)
    }
}

async fn discovery(State(sandbox): State<Arc<Sandbox>>) -> Json<Value> {
    let issuer = sandbox.issuer();
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/jwks"),
        "scopes_supported": ["openid", "profile"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported": ["LoA2"],
        "claims_supported": ["sub", "TechID", "LoaiTaiKhoan", "HoVaTen", "SoDinhDanh", "NgayThangNamSinh", "loginIdp", "loAs"],
        "ui_locales_supported": ["vi", "en"],
    }))
}

async fn jwks(State(sandbox): State<Arc<Sandbox>>) -> Json<Value> {
    Json(json!({ "keys": [sandbox.signing_key.jwk()] }))
}

/// The parameters as they arrive (OpenID Connect Core §3.1.2.1); unknown ones are ignored.
#[derive(Deserialize)]
struct AuthorizeParams {
    client_id: Option<String>,
    redirect_uri: Option<String>,
    response_type: Option<String>,
    scope: Option<String>,
    state: Option<String>,
    nonce: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    prompt: Option<String>,
}

/// A request that passed every check.
#[derive(Serialize, Deserialize)]
pub(crate) struct AuthRequest {
    redirect_uri: String,
    state: Option<String>,
    nonce: Option<String>,
    challenge: String,
}

/// Why a request is not served: told to the person when there is nowhere safe to send them,
/// else to the client (RFC 6749 §4.1.2.1).
enum Refusal {
    Page,
    Redirect {
        uri: String,
        state: Option<String>,
        error: &'static str,
    },
}

async fn authorize_get(
    State(sandbox): State<Arc<Sandbox>>,
    Query(params): Query<AuthorizeParams>,
) -> Response {
    authorize(&sandbox, params)
}

async fn authorize_post(
    State(sandbox): State<Arc<Sandbox>>,
    Form(params): Form<AuthorizeParams>,
) -> Response {
    authorize(&sandbox, params)
}

fn authorize(sandbox: &Sandbox, params: AuthorizeParams) -> Response {
    match check(sandbox, params) {
        Ok(request) => match sandbox.seal_request(&request) {
            Some(sealed) => page::login(&sandbox.issuer(), &sealed, None),
            None => page::refused(),
        },
        Err(Refusal::Page) => page::refused(),
        Err(Refusal::Redirect { uri, state, error }) => {
            send_back(&uri, &[("error", error)], state.as_deref())
        }
    }
}

fn check(sandbox: &Sandbox, params: AuthorizeParams) -> Result<AuthRequest, Refusal> {
    let redirect_uri = params
        .redirect_uri
        .filter(|uri| sandbox.config.redirect_uris.contains(uri))
        .ok_or(Refusal::Page)?;
    if params.client_id.as_deref() != Some(&sandbox.config.client_id) {
        return Err(Refusal::Page);
    }
    let refuse = |error| Refusal::Redirect {
        uri: redirect_uri.clone(),
        state: params.state.clone(),
        error,
    };
    if params.response_type.as_deref() != Some("code") {
        return Err(refuse("unsupported_response_type"));
    }
    let scope = params.scope.unwrap_or_default();
    if !scope.split(' ').any(|scope| scope == "openid") {
        return Err(refuse("invalid_scope"));
    }
    if params.prompt.as_deref() == Some("none") {
        return Err(refuse("login_required"));
    }
    let challenge = params
        .code_challenge
        // SHA-256 in base64url is 43 characters long (RFC 7636 §4.2).
        .filter(|challenge| challenge.len() == 43)
        .ok_or_else(|| refuse("invalid_request"))?;
    if params.code_challenge_method.as_deref() != Some("S256") {
        return Err(refuse("invalid_request"));
    }
    Ok(AuthRequest {
        redirect_uri: redirect_uri.clone(),
        state: params.state.clone(),
        nonce: params.nonce,
        challenge,
    })
}

#[derive(Deserialize)]
struct LoginForm {
    request: String,
    #[serde(default)]
    id_number: String,
    #[serde(default)]
    password: String,
    /// Present when that button was pressed.
    deny: Option<String>,
}

async fn login(
    State(sandbox): State<Arc<Sandbox>>,
    Form(form): Form<LoginForm>,
) -> Result<Response, Failure> {
    let Some(request) = sandbox.open_request(&form.request) else {
        return Ok(page::refused());
    };
    if form.deny.is_some() {
        let denied = [("error", "access_denied")];
        return Ok(send_back(
            &request.redirect_uri,
            &denied,
            request.state.as_deref(),
        ));
    }
    let known = people::find(form.id_number.trim());
    let password_fits = bool::from(form.password.as_bytes().ct_eq(demo::PASSWORD.as_bytes()));
    let Some(person) = known.filter(|_| password_fits) else {
        let typed = form.id_number.trim();
        return Ok(page::login(&sandbox.issuer(), &form.request, Some(typed)));
    };
    let code = sandbox.grant(person, &request)?;
    Ok(send_back(
        &request.redirect_uri,
        &[("code", &code)],
        request.state.as_deref(),
    ))
}

impl Sandbox {
    fn grant(&self, person: &people::Person, request: &AuthRequest) -> Result<String, Failure> {
        let now = self.outside.clock.now();
        let code = URL_SAFE_NO_PAD.encode(self.outside.bytes::<32>());
        self.store.change(|state| {
            state.forget_expired(now);
            state.grants.insert(
                sha256_hex(code.as_bytes()),
                Grant {
                    person: person.id_number.into(),
                    redirect_uri: request.redirect_uri.clone(),
                    challenge: request.challenge.clone(),
                    nonce: request.nonce.clone(),
                    authenticated_at: now,
                    until: now.plus_ms(CODE_LIFE_MS),
                    redeemed_for: None,
                },
            );
            Ok::<(), Failure>(())
        })?;
        Ok(code)
    }

    fn seal_request(&self, request: &AuthRequest) -> Option<String> {
        let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(request).ok()?);
        let tag = URL_SAFE_NO_PAD.encode(self.signing_key.tag(body.as_bytes()));
        Some(format!("{body}.{tag}"))
    }

    fn open_request(&self, sealed: &str) -> Option<AuthRequest> {
        let (body, tag) = sealed.split_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        if !self.signing_key.tag_fits(body.as_bytes(), &tag) {
            return None;
        }
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()
    }
}

/// One 302 to a redirect URI that was checked before.
fn send_back(uri: &str, pairs: &[(&str, &str)], state: Option<&str>) -> Response {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs);
    if let Some(state) = state {
        query.append_pair("state", state);
    }
    let joint = if uri.contains('?') { '&' } else { '?' };
    match HeaderValue::try_from(format!("{uri}{joint}{}", query.finish())) {
        Ok(location) => (
            StatusCode::FOUND,
            [
                (header::LOCATION, location),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            ],
        )
            .into_response(),
        Err(_) => page::refused(),
    }
}
