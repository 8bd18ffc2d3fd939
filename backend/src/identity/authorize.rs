//! `GET /oauth/authorize` and `GET /oauth/callback`: an app's sign-in, with the provider's inside it.
//!
//! ```text
//! app ── authorize ──▶ us ── 302 ──▶ provider ── login ──▶ us (callback) ── 302 code ──▶ app
//! ```
//!
//! Nothing is redirected before client and redirect URI are known to be ours (no open redirect);
//! from then on every failure goes back to the app as RFC 6749 §4.1.2.1 says, so that the person is
//! never left on a page of ours. What belongs to a sign-in under way is stored sealed and is found by
//! the hash of our `state`: an answer that was lost is given again, by whichever node.

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use gandan_domain::{Problem, time::Instant};
use gandan_foundation::sealing::{Cell, sha256};
use openidconnect::url::{Host, Url};
use serde::{Deserialize, Serialize};

use super::{
    citizens, page,
    provider::{Pending, Person, ProviderError},
    secret,
};
use crate::{
    app::{Backend, Shared},
    config::IdentityConfig,
    params,
    storage::{Failure, Tx},
};

/// How long a person may take at the provider.
const REQUEST_LIFE_MS: i64 = 15 * 60_000;
/// How long the app may take to come for its tokens (RFC 6749 §4.1.2 allows ten minutes): a phone
/// may lose its link just now.
const CODE_LIFE_MS: i64 = 10 * 60_000;
const MAX_STATE: usize = 512;

/// The parameters as they arrive; unknown ones are ignored, repeated ones refused (RFC 6749 §3.1).
#[derive(Clone, Default, Deserialize)]
pub struct AuthorizeParams {
    pub response_type: Option<String>,
    pub client_id: Option<String>,
    pub redirect_uri: Option<String>,
    pub state: Option<String>,
    pub code_challenge: Option<String>,
    pub code_challenge_method: Option<String>,
    pub dpop_jkt: Option<String>,
}

/// An app's request that passed every check.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppRequest {
    pub redirect_uri: String,
    pub state: String,
    pub code_challenge: String,
    pub dpop_jkt: String,
}

/// Why an app's request is not accepted.
#[derive(Clone, PartialEq, Eq)]
pub enum AuthorizeError {
    /// Client or redirect URI are not ours: tell the person, redirect nobody.
    Nowhere,
    /// The app can be told.
    Tell {
        redirect_uri: String,
        state: Option<String>,
        error: &'static str,
    },
}

impl AuthorizeParams {
    pub fn check(self, config: &IdentityConfig) -> Result<AppRequest, AuthorizeError> {
        let redirect_uri = self
            .redirect_uri
            .filter(|given| is_ours(given, &config.redirect_uris))
            .filter(|_| self.client_id.as_ref() == Some(&config.app_client_id))
            .ok_or(AuthorizeError::Nowhere)?;
        let state = self
            .state
            .filter(|state| !state.is_empty() && state.len() <= MAX_STATE);
        let tell = |error| AuthorizeError::Tell {
            redirect_uri: redirect_uri.clone(),
            state: state.clone(),
            error,
        };
        if self.response_type.as_deref() != Some("code") {
            return Err(tell("unsupported_response_type"));
        }
        if self.code_challenge_method.as_deref() != Some("S256") {
            return Err(tell("invalid_request"));
        }
        let hash = |text: Option<String>| text.filter(|text| is_sha256(text));
        match (&state, hash(self.code_challenge), hash(self.dpop_jkt)) {
            (Some(state), Some(code_challenge), Some(dpop_jkt)) => Ok(AppRequest {
                redirect_uri: redirect_uri.clone(),
                state: state.clone(),
                code_challenge,
                dpop_jkt,
            }),
            _ => Err(tell("invalid_request")),
        }
    }
}

/// 32 bytes in base64url: what both a PKCE challenge and a thumbprint are.
fn is_sha256(text: &str) -> bool {
    text.len() == 43
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Compared letter by letter (RFC 6749 §3.1.2.3), except for the port of a loopback address, which
/// an app can't choose (RFC 8252 §7.3).
pub(super) fn is_ours(given: &str, registered: &[String]) -> bool {
    let without_port = |text: &str| {
        let mut url = Url::parse(text).ok()?;
        let loopback = match url.host()? {
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
            Host::Domain(_) => false,
        };
        let plain = url.scheme() == "http" && url.username().is_empty() && url.password().is_none();
        (loopback && plain && url.set_port(None).is_ok()).then_some(url)
    };
    registered.iter().any(|ours| {
        ours == given
            || matches!(
                (without_port(ours), without_port(given)),
                (Some(ours), Some(given)) if ours == given
            )
    })
}

/// What is kept while the person is at the provider.
#[derive(Serialize, Deserialize)]
struct UnderWay {
    app: AppRequest,
    pending: Pending,
}

/// What an authorization code stands for.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Grant {
    pub redirect_uri: String,
    pub code_challenge: String,
    pub dpop_jkt: String,
}

/// Start signing in (RFC 6749 §4.1.1, RFC 7636, RFC 9449 §10).
#[utoipa::path(
    get, path = "/oauth/authorize", tag = "sign-in",
    params(
        ("response_type" = String, Query, description = "`code`"),
        ("client_id" = String, Query, description = "`gandan-app`"),
        ("redirect_uri" = String, Query),
        ("state" = String, Query),
        ("code_challenge" = String, Query),
        ("code_challenge_method" = String, Query, description = "`S256`"),
        ("dpop_jkt" = String, Query, description = "thumbprint of the session key"),
    ),
    responses(
        (status = 302, description = "to the OpenID provider, or to the app with `error`"),
        (status = 400, description = "a page: the client or its redirect URI is not known"),
    )
)]
pub(super) async fn authorize(
    State(backend): State<Shared>,
    params: Result<Query<AuthorizeParams>, QueryRejection>,
) -> Response {
    let Ok(Query(params)) = params else {
        return page::not_ours().into_response();
    };
    let app = match params.check(&backend.config.identity) {
        Ok(app) => app,
        Err(AuthorizeError::Nowhere) => return page::not_ours().into_response(),
        Err(AuthorizeError::Tell {
            redirect_uri,
            state,
            error,
        }) => {
            return found(&back_with_error(
                &redirect_uri,
                state.as_deref(),
                error,
                None,
            ));
        }
    };
    match begin(&backend, app.clone()).await {
        Ok(url) => found(&url),
        Err(problem) => found(&failed(&app, &problem)),
    }
}

async fn begin(backend: &Backend, app: AppRequest) -> Result<String, Problem> {
    let (url, pending) = backend.provider.begin().await.map_err(problem)?;
    let now = backend.world.clock.now();
    let state = sha256(pending.state.as_bytes());
    let under_way = serde_json::to_vec(&UnderWay { app, pending }).map_err(Failure::from)?;
    let sealed = backend
        .keys
        .system
        .seal(&*backend.world.random, &cell("sealed", &state), &under_way)
        .map_err(Failure::from)?;
    backend
        .storage
        .write(move |tx| Box::pin(store(tx, state, sealed.clone(), now)))
        .await?;
    Ok(url)
}

async fn store(
    tx: &mut dyn Tx,
    state: [u8; 32],
    sealed: Vec<u8>,
    now: Instant,
) -> Result<(), Failure> {
    // Whoever left during the login comes by here again: no separate sweeper.
    tx.exec(
        "DELETE FROM authorization_request WHERE expires_at < $1",
        &params![now],
    )
    .await?;
    tx.exec(
        "INSERT INTO authorization_request (state, sealed, expires_at) VALUES ($1, $2, $3)",
        &params![state, sealed, now.plus_ms(REQUEST_LIFE_MS)],
    )
    .await?;
    Ok(())
}

/// How the provider sends the browser back (OpenID Connect Core §3.1.2.5, RFC 9207 for `iss`).
#[derive(Deserialize)]
pub(super) struct CallbackParams {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// The provider sends the browser back.
#[utoipa::path(
    get, path = "/oauth/callback", tag = "sign-in",
    params(
        ("state" = String, Query),
        ("code" = Option<String>, Query),
        ("error" = Option<String>, Query),
    ),
    responses(
        (status = 302, description = "to the app, with `code` or `error`, and its `state`"),
        (status = 400, description = "a page: no such sign-in is under way"),
    )
)]
pub(super) async fn callback(
    State(backend): State<Shared>,
    params: Result<Query<CallbackParams>, QueryRejection>,
) -> Response {
    let Ok(Query(params)) = params else {
        return page::not_under_way().into_response();
    };
    let state = sha256(params.state.as_deref().unwrap_or_default().as_bytes());
    let found_request = match load(&backend, state).await {
        Ok(found_request) => found_request,
        Err(_) => return page::try_again().into_response(),
    };
    match found_request {
        None => page::not_under_way().into_response(),
        Some((_, Some(answer))) => found(&answer),
        Some((under_way, None)) => {
            let app = under_way.app.clone();
            match finish(&backend, state, under_way, params).await {
                Ok(url) => found(&url),
                // The same callback, sent twice: the other one may have succeeded meanwhile.
                Err(problem) => match load(&backend, state).await {
                    Ok(Some((_, Some(answer)))) => found(&answer),
                    _ => found(&failed(&app, &problem)),
                },
            }
        }
    }
}

async fn load(
    backend: &Backend,
    state: [u8; 32],
) -> Result<Option<(UnderWay, Option<String>)>, Failure> {
    let now = backend.world.clock.now();
    let row = backend
        .storage
        .read(move |reader| {
            Box::pin(async move {
                let sql = "SELECT sealed, answer FROM authorization_request
                           WHERE state = $1 AND expires_at >= $2";
                Ok(reader.query_opt(sql, &params![state, now]).await?)
            })
        })
        .await?;
    let Some(row) = row else { return Ok(None) };
    let open = |column, envelope: Vec<u8>| {
        backend
            .keys
            .system
            .open(&cell(column, &state), &envelope)
            .map_err(Failure::from)
    };
    let under_way = serde_json::from_slice(&open("sealed", row.get(0)?)?)?;
    let answer = match row.get::<Option<Vec<u8>>>(1)? {
        Some(envelope) => Some(String::from_utf8_lossy(&open("answer", envelope)?).into_owned()),
        None => None,
    };
    Ok(Some((under_way, answer)))
}

async fn finish(
    backend: &Backend,
    state: [u8; 32],
    under_way: UnderWay,
    params: CallbackParams,
) -> Result<String, Problem> {
    let UnderWay { app, pending } = under_way;
    if params
        .iss
        .is_some_and(|iss| iss != backend.config.identity.issuer)
    {
        tracing::warn!("a callback names another issuer");
        return Err(Problem::SignInRefused);
    }
    let code = match (params.code, params.error.as_deref()) {
        (Some(code), None) => code,
        (_, Some("access_denied" | "login_required" | "interaction_required")) => {
            return Err(Problem::SignInRefused);
        }
        _ => return Err(Problem::IdentityUnavailable),
    };
    let person = backend
        .provider
        .finish(&pending, code)
        .await
        .map_err(problem)?;
    Ok(grant(backend, state, app, person).await?)
}

/// Knows the citizen (a new one gets an id and a key), and mints the code, all in one transaction.
async fn grant(
    backend: &Backend,
    state: [u8; 32],
    app: AppRequest,
    person: Person,
) -> Result<String, Failure> {
    let now = backend.world.clock.now();
    let random = &*backend.world.random;
    let code = secret(random);
    let url = back_with_code(&app, &code);
    let code = sha256(code.as_bytes());
    let grant = serde_json::to_vec(&Grant {
        redirect_uri: app.redirect_uri,
        code_challenge: app.code_challenge,
        dpop_jkt: app.dpop_jkt,
    })?;
    let system = &backend.keys.system;
    let grant = system.seal(random, &code_cell("sealed", &code), &grant)?;
    let answer = system.seal(random, &cell("answer", &state), url.as_bytes())?;
    let arrival = citizens::Arrival::new(backend, person, now)?;
    backend
        .storage
        .write(move |tx| {
            let (grant, answer, arrival) = (grant.clone(), answer.clone(), arrival.clone());
            Box::pin(async move {
                let fresh = "UPDATE authorization_request SET answer = $1
                             WHERE state = $2 AND answer IS NULL";
                if tx.exec(fresh, &params![answer, state]).await? == 0 {
                    // Another delivery of this callback was faster; its answer stands.
                    return Err(Problem::Conflict.into());
                }
                let citizen = arrival.apply(tx).await?;
                tx.exec(
                    "DELETE FROM authorization_code WHERE expires_at < $1",
                    &params![now],
                )
                .await?;
                tx.exec(
                    "INSERT INTO authorization_code (code, citizen, sealed, expires_at)
                     VALUES ($1, $2, $3, $4)",
                    &params![code, citizen, grant, now.plus_ms(CODE_LIFE_MS)],
                )
                .await?;
                Ok(())
            })
        })
        .await?;
    Ok(url)
}

fn problem(error: ProviderError) -> Problem {
    match error {
        ProviderError::Unavailable(what) => {
            tracing::warn!(what, "the identity service does not answer as it should");
            Problem::IdentityUnavailable
        }
        ProviderError::Refused(why) => {
            tracing::info!(why, "a sign-in was refused");
            Problem::SignInRefused
        }
    }
}

fn cell<'a>(column: &'a str, state: &'a [u8; 32]) -> Cell<'a> {
    Cell {
        table: "authorization_request",
        column,
        row: state,
        revision: 0,
    }
}

pub(super) fn code_cell<'a>(column: &'a str, code: &'a [u8; 32]) -> Cell<'a> {
    Cell {
        table: "authorization_code",
        column,
        row: code,
        revision: 0,
    }
}

/// The app's redirect URI with an error (RFC 6749 §4.1.2.1). The description holds no user data.
fn failed(app: &AppRequest, problem: &Problem) -> String {
    let error = match problem {
        Problem::SignInRefused => "access_denied",
        Problem::IdentityUnavailable | Problem::Unavailable { .. } | Problem::StorageFull => {
            "temporarily_unavailable"
        }
        _ => "server_error",
    };
    let description = format!("failed to {problem}");
    back_with_error(
        &app.redirect_uri,
        Some(&app.state),
        error,
        Some(&description),
    )
}

fn back_with_error(
    redirect_uri: &str,
    state: Option<&str>,
    error: &str,
    description: Option<&str>,
) -> String {
    let pairs = [
        Some(("error", error)),
        description.map(|text| ("error_description", text)),
        state.map(|state| ("state", state)),
    ];
    with_query(redirect_uri, pairs.into_iter().flatten())
}

fn back_with_code(app: &AppRequest, code: &str) -> String {
    with_query(&app.redirect_uri, [("code", code), ("state", &app.state)])
}

fn with_query<'a>(uri: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    match Url::parse(uri) {
        Ok(mut url) => {
            url.query_pairs_mut().extend_pairs(pairs);
            url.into()
        }
        // A registered URI that does not parse never gets here: it was compared as it is.
        Err(_) => uri.to_owned(),
    }
}

/// 302, and nobody keeps it: the URL carries a code.
fn found(url: &str) -> Response {
    let mut response = StatusCode::FOUND.into_response();
    let headers = response.headers_mut();
    if let Ok(location) = HeaderValue::from_str(url) {
        headers.insert(header::LOCATION, location);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response
}
