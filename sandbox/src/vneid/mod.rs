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

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a test stops at the first surprise"
    )]
    use std::collections::BTreeMap;

    use base64::engine::general_purpose::STANDARD;
    use bytes::Bytes;
    use http::{Request, Response};

    use super::*;
    use crate::{
        browser::{self, BrowserError, Login},
        fixture::{URL, World, json_of, now, text_of},
        ports::{self, NoAnswer},
    };

    const BACK: &str = "http://backend/oauth/callback";
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const MOTHER: Login<'_> = Login::Allow {
        id_number: "099196000003",
        password: demo::PASSWORD,
    };

    /// The citizen's browser, on the sandbox in process.
    struct Browser(Arc<Sandbox>);

    impl ports::Http for Browser {
        fn send(
            &self,
            request: Request<Bytes>,
        ) -> futures_util::future::BoxFuture<'static, Result<Response<Bytes>, NoAnswer>> {
            let sandbox = Arc::clone(&self.0);
            Box::pin(async move { sandbox.exchange(request).await.map_err(|_| NoAnswer) })
        }
    }

    fn parameters() -> BTreeMap<&'static str, String> {
        BTreeMap::from([
            ("client_id", demo::CLIENT_ID.to_owned()),
            ("redirect_uri", BACK.to_owned()),
            ("response_type", "code".to_owned()),
            ("scope", "openid".to_owned()),
            ("state", "st &=é".to_owned()),
            ("nonce", "n-1".to_owned()),
            ("code_challenge", keys::challenge_of(VERIFIER)),
            ("code_challenge_method", "S256".to_owned()),
        ])
    }

    fn authorize_url(parameters: &BTreeMap<&str, String>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(parameters);
        format!("{URL}/vneid/authorize?{}", query.finish())
    }

    fn go(world: &World, login: Login<'_>) -> Result<BTreeMap<String, String>, BrowserError> {
        let browser = Browser(Arc::clone(&world.sandbox));
        let url = authorize_url(&parameters());
        let end = now(browser::sign_in(&browser, &url, BACK, login))?;
        let (_, query) = end.split_once('?').unwrap();
        Ok(form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect())
    }

    fn redeem(world: &World, code: &str, verifier: &str) -> Response<Bytes> {
        let form = BTreeMap::from([
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", BACK),
            ("code_verifier", verifier),
        ]);
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(&form);
        let basic = STANDARD.encode(format!("{}:{}", demo::CLIENT_ID, demo::CLIENT_SECRET));
        let request = Request::post(format!("{URL}/vneid/token"))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", format!("Basic {basic}"))
            .body(Bytes::from(body.finish()))
            .unwrap();
        world.send(request).unwrap()
    }

    fn userinfo(world: &World, token: &str) -> Response<Bytes> {
        let request = Request::get(format!("{URL}/vneid/userinfo"))
            .header("authorization", format!("Bearer {token}"))
            .body(Bytes::new());
        world.send(request.unwrap()).unwrap()
    }

    #[test]
    fn a_citizen_logs_in_and_the_client_can_verify_who_it_is() {
        let world = World::new();
        let back = go(&world, MOTHER).unwrap();
        assert_eq!(back["state"], "st &=é");
        let tokens = json_of(&redeem(&world, &back["code"], VERIFIER));

        let jwks: jsonwebtoken::jwk::JwkSet =
            serde_json::from_value(json_of(&world.get("/vneid/jwks"))).unwrap();
        let token = tokens["id_token"].as_str().unwrap();
        let kid = jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
        let key = jsonwebtoken::DecodingKey::from_jwk(jwks.find(&kid).unwrap()).unwrap();
        let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
        rules.set_audience(&[demo::CLIENT_ID]);
        rules.set_issuer(&[world.sandbox.issuer()]);
        // The library has a clock of its own; the world's is compared below.
        rules.validate_exp = false;
        let claims: Value = jsonwebtoken::decode(token, &key, &rules).unwrap().claims;
        assert_eq!(claims["nonce"], "n-1");
        assert_eq!(
            claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
            600
        );

        let info = json_of(&userinfo(&world, tokens["access_token"].as_str().unwrap()));
        for claims in [&claims, &info] {
            assert_eq!(claims["SoDinhDanh"], "099196000003");
            assert_eq!(claims["HoVaTen"], "Giàng Thị Sáo");
            assert_eq!(claims["NgayThangNamSinh"], "19960921");
            assert_eq!(claims["loAs"], "2");
        }
    }

    #[test]
    fn what_discovery_names_is_there() {
        let world = World::new();
        let discovery = json_of(&world.get("/vneid/.well-known/openid-configuration"));
        assert_eq!(discovery["issuer"], world.sandbox.issuer());
        for endpoint in [
            "authorization_endpoint",
            "token_endpoint",
            "userinfo_endpoint",
            "jwks_uri",
        ] {
            let path = discovery[endpoint]
                .as_str()
                .unwrap()
                .strip_prefix(URL)
                .unwrap();
            assert_ne!(
                world.get(path).status(),
                StatusCode::NOT_FOUND,
                "{endpoint}"
            );
        }
    }

    #[test]
    fn refusing_is_told_to_the_client() {
        let back = go(&World::new(), Login::Deny).unwrap();
        assert_eq!(back["error"], "access_denied");
        assert_eq!(back["state"], "st &=é");
        assert!(!back.contains_key("code"));
    }

    #[test]
    fn a_wrong_password_shows_the_page_again_and_shares_nothing() {
        let world = World::new();
        let wrong = Login::Allow {
            id_number: "099196000003",
            password: "sai",
        };
        assert_eq!(go(&world, wrong), Err(BrowserError::LoginRefused));
        let page = text_of(&world.get(&authorize_url(&parameters())[URL.len()..]));
        let request = page.split_once("name=\"request\" value=\"").unwrap().1;
        let request = request.split_once('"').unwrap().0;
        let mut form = BTreeMap::from([
            ("request", request),
            ("id_number", "099196000003"),
            ("password", "sai"),
        ]);
        let again = world.post_form("/vneid/login", &form);
        assert_eq!(again.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let text = text_of(&again);
        assert!(text.contains("role=\"alert\"") && text.contains("href=\"#id_number\""));
        assert!(text.contains("THỬ NGHIỆM") && text.contains("value=\"099196000003\""));
        form.insert("password", demo::PASSWORD);
        assert_eq!(
            world.post_form("/vneid/login", &form).status(),
            StatusCode::FOUND
        );
    }

    #[test]
    fn a_code_works_once_and_a_second_use_ends_its_token() {
        let world = World::new();
        let code = go(&world, MOTHER).unwrap()["code"].clone();
        let tokens = json_of(&redeem(&world, &code, VERIFIER));
        let token = tokens["access_token"].as_str().unwrap();
        assert_eq!(userinfo(&world, token).status(), StatusCode::OK);
        assert_eq!(
            json_of(&redeem(&world, &code, VERIFIER))["error"],
            "invalid_grant"
        );
        assert_eq!(userinfo(&world, token).status(), StatusCode::UNAUTHORIZED);
    }

    #[test]
    fn a_code_needs_its_verifier_and_its_time() {
        let world = World::new();
        let code = go(&world, MOTHER).unwrap()["code"].clone();
        assert_eq!(
            json_of(&redeem(&world, &code, "x"))["error"],
            "invalid_grant"
        );
        assert_eq!(
            json_of(&redeem(&world, &code, VERIFIER))["error"],
            "invalid_grant"
        );
        let code = go(&world, MOTHER).unwrap()["code"].clone();
        world.clock.advance_ms(CODE_LIFE_MS);
        assert_eq!(
            json_of(&redeem(&world, &code, VERIFIER))["error"],
            "invalid_grant"
        );
    }

    #[test]
    fn a_client_without_its_secret_gets_nothing() {
        let world = World::new();
        let code = go(&world, MOTHER).unwrap()["code"].clone();
        let mut form = BTreeMap::from([
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", BACK),
            ("code_verifier", VERIFIER),
            ("client_id", demo::CLIENT_ID),
        ]);
        let refused = world.post_form("/vneid/token", &form);
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(json_of(&refused)["error"], "invalid_client");
        form.insert("client_secret", demo::CLIENT_SECRET);
        assert_eq!(
            world.post_form("/vneid/token", &form).status(),
            StatusCode::OK
        );
    }

    #[test]
    fn nobody_is_sent_to_an_address_that_is_not_agreed() {
        let world = World::new();
        for (name, value) in [
            ("redirect_uri", "http://elsewhere/"),
            ("client_id", "other"),
        ] {
            let mut parameters = parameters();
            parameters.insert(name, value.to_owned());
            let answer = world.get(&authorize_url(&parameters)[URL.len()..]);
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
            assert!(answer.headers().get(header::LOCATION).is_none());
        }
    }

    #[test]
    fn a_request_without_its_safeguards_goes_back_with_the_reason() {
        let world = World::new();
        for (name, value, error) in [
            ("code_challenge", "", "invalid_request"),
            ("code_challenge_method", "plain", "invalid_request"),
            ("scope", "profile", "invalid_scope"),
            ("response_type", "token", "unsupported_response_type"),
            ("prompt", "none", "login_required"),
        ] {
            let mut parameters = parameters();
            parameters.insert(name, value.to_owned());
            let answer = world.get(&authorize_url(&parameters)[URL.len()..]);
            let location = answer.headers()[header::LOCATION].to_str().unwrap();
            assert!(
                location.starts_with(BACK) && location.contains(error),
                "{name}"
            );
        }
    }

    #[test]
    fn a_forged_request_is_not_believed() {
        let world = World::new();
        let other = World::stored(crate::Storage::Memory);
        let request = AuthRequest {
            redirect_uri: "http://elsewhere/".into(),
            state: None,
            nonce: None,
            challenge: keys::challenge_of(VERIFIER),
        };
        let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&request).unwrap());
        let good = other.sandbox.seal_request(&request).unwrap();
        let tag = good.split_once('.').unwrap().1.replace(['A', 'b'], "c");
        for forged in [body.clone(), format!("{body}."), format!("{body}.{tag}")] {
            let form = BTreeMap::from([
                ("request", forged.as_str()),
                ("id_number", "099196000003"),
                ("password", demo::PASSWORD),
            ]);
            let answer = world.post_form("/vneid/login", &form);
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        }
    }
}
