//! The sign-in's test double, spoken to in the words of the domain: a provider behind the `Http`
//! port that can be down, slow or talking nonsense, an app that signs in, and a clock that stands
//! still until it is told.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test stops at the first surprise, and draws its keys from the machine"
)]

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
};

use axum::{Router, body::Body, middleware::from_fn_with_state, routing::get};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use futures_util::{FutureExt, future::BoxFuture};
use gandan_domain::{
    jws::{self, PublicKey},
    time::Instant,
    wire::TokenResponse,
};
use gandan_foundation::{
    ports::{BlobError, Blobs, Clock, Http, HttpError, Random, World},
    sealing::sha256,
};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use openidconnect::url::{Url, form_urlencoded};
use ring::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use serde_json::{Map, Value, json};
use tower::ServiceExt;

use super::{Citizen, CitizenId, DEVICE_TYP, PROOF_TYP};
use crate::{
    app::{Backend, Shared},
    config::Config,
    keys::{KeyFiles, Keys},
    storage::{SqliteStorage, Storage},
};

pub const ISSUER: &str = "https://id.example.vn/realm";
pub const PUBLIC_URL: &str = "https://gandan.example.vn";
pub const REDIRECT: &str = "vn.gandan:/callback";
const CLIENT_SECRET: &str = "a secret";

/// Stands still, except that whoever waits on it is let through when it is `impatient`.
#[derive(Default)]
pub struct TestClock {
    now: AtomicI64,
    impatient: AtomicBool,
}

impl TestClock {
    pub fn advance(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::SeqCst);
    }

    /// Waiting ends at once, and the time waited for has passed.
    pub fn let_waits_end(&self) {
        self.impatient.store(true, Ordering::SeqCst);
    }
}

struct SharedClock(Arc<TestClock>);

impl Clock for SharedClock {
    fn now(&self) -> Instant {
        Instant(self.0.now.load(Ordering::SeqCst))
    }

    fn sleep_until(&self, until: Instant) -> BoxFuture<'static, ()> {
        if self.0.impatient.load(Ordering::SeqCst) {
            self.0.now.fetch_max(until.ms(), Ordering::SeqCst);
            return std::future::ready(()).boxed();
        }
        std::future::pending().boxed()
    }
}

#[derive(Default)]
pub struct TestRandom(AtomicU64);

impl Random for TestRandom {
    fn fill(&self, out: &mut [u8]) {
        for part in out.chunks_mut(32) {
            let next = self.0.fetch_add(1, Ordering::SeqCst);
            part.copy_from_slice(&sha256(&next.to_be_bytes())[..part.len()]);
        }
    }
}

pub struct NoBlobs;

impl Blobs for NoBlobs {
    fn put(&self, _: &str, _: Bytes) -> BoxFuture<'static, Result<(), BlobError>> {
        std::future::ready(Err(BlobError::Unavailable)).boxed()
    }
    fn get(&self, _: &str) -> BoxFuture<'static, Result<Bytes, BlobError>> {
        std::future::ready(Err(BlobError::NotFound)).boxed()
    }
    fn remove(&self, _: &str) -> BoxFuture<'static, Result<(), BlobError>> {
        std::future::ready(Ok(())).boxed()
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub enum Mood {
    #[default]
    Well,
    Down,
    Slow,
    Html,
    ServerError,
}

/// What the provider does, and what it vouches for.
#[derive(Clone)]
pub struct Says {
    pub mood: Mood,
    /// The claims of the ID token besides the standard ones.
    pub claims: Map<String, Value>,
    /// The claims of userinfo; `None`: there is no such endpoint.
    pub userinfo: Option<Map<String, Value>>,
    pub rsa: bool,
    /// Overrides what the ID token says of itself, e.g. `aud`.
    pub token: Map<String, Value>,
    /// The header of the ID token, where it is to lie.
    pub header: Option<Value>,
    pub calls: BTreeMap<String, u32>,
}

pub struct TestProvider {
    pub says: Mutex<Says>,
    ec: Mutex<EcdsaKeyPair>,
    rsa: RsaKeyPair,
    clock: Arc<TestClock>,
    /// Code to (nonce, PKCE challenge).
    codes: Mutex<BTreeMap<String, (String, String)>>,
}

fn ec_key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let pk8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pk8.as_ref(), &random).unwrap()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

impl TestProvider {
    fn new(clock: Arc<TestClock>) -> Self {
        let claims = object(json!({
            "SoDinhDanh": "099196000003", "HoVaTen": "Trần Thị Thử Nghiệm",
            "NgayThangNamSinh": "19960203", "loAs": "2",
        }));
        Self {
            says: Mutex::new(Says {
                mood: Mood::Well,
                claims,
                userinfo: None,
                rsa: false,
                token: Map::new(),
                header: None,
                calls: BTreeMap::new(),
            }),
            ec: Mutex::new(ec_key()),
            rsa: RsaKeyPair::from_pkcs8(include_bytes!("testdata/provider_rsa.pk8")).unwrap(),
            clock,
            codes: Mutex::default(),
        }
    }

    pub fn change(&self, change: impl FnOnce(&mut Says)) {
        change(&mut self.says.lock().unwrap());
    }

    pub fn changes_its_key(&self) {
        *self.ec.lock().unwrap() = ec_key();
    }

    pub fn calls(&self, path: &str) -> u32 {
        let says = self.says.lock().unwrap();
        says.calls.get(path).copied().unwrap_or_default()
    }

    /// The person logs in: what the provider's page does with the URL the browser came by.
    pub fn log_in(&self, url: &str) -> String {
        let url = Url::parse(url).unwrap();
        let asked: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["code_challenge_method"], "S256");
        assert!(asked["scope"].split(' ').any(|scope| scope == "openid"));
        let mut codes = self.codes.lock().unwrap();
        let code = format!("provider-code-{}", codes.len());
        codes.insert(
            code.clone(),
            (asked["nonce"].clone(), asked["code_challenge"].clone()),
        );
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("code", &code)
            .append_pair("state", &asked["state"])
            .finish();
        format!("/oauth/callback?{query}")
    }

    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let url = request.uri().to_string();
        let path = url.strip_prefix(ISSUER).unwrap_or(&url).to_owned();
        let says = {
            let mut says = self.says.lock().unwrap();
            *says.calls.entry(path.clone()).or_default() += 1;
            says.clone()
        };
        if says.mood == Mood::Html {
            return Response::builder()
                .header("content-type", "text/html")
                .body(Bytes::from_static(b"<html>Xin loi, he thong ban</html>"))
                .unwrap();
        }
        if says.mood == Mood::ServerError {
            let mut response = Response::new(Bytes::from_static(b"oops"));
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            return response;
        }
        match path.as_str() {
            "/.well-known/openid-configuration" => {
                let mut discovery = json!({
                    "issuer": ISSUER,
                    "authorization_endpoint": format!("{ISSUER}/auth"),
                    "token_endpoint": format!("{ISSUER}/token"),
                    "jwks_uri": format!("{ISSUER}/certs"),
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["RS256", "ES256"],
                });
                if says.userinfo.is_some() {
                    discovery["userinfo_endpoint"] = json!(format!("{ISSUER}/userinfo"));
                }
                reply(discovery)
            }
            "/certs" => reply(json!({ "keys": [self.ec_jwk(), self.rsa_jwk()] })),
            "/token" => self.token(request, &says),
            "/userinfo" => {
                let mut claims = says.userinfo.unwrap_or_default();
                claims.entry("sub").or_insert(json!("account-1"));
                reply(Value::Object(claims))
            }
            _ => Response::builder().status(404).body(Bytes::new()).unwrap(),
        }
    }

    fn token(&self, request: &Request<Bytes>, says: &Says) -> Response<Bytes> {
        let form: BTreeMap<String, String> = form_urlencoded::parse(request.body())
            .into_owned()
            .collect();
        let known = self.codes.lock().unwrap().remove(&form["code"]);
        let basic = request.headers()["authorization"].to_str().unwrap();
        let expected =
            base64::engine::general_purpose::STANDARD.encode("gandan:a+secret".as_bytes());
        let challenge = URL_SAFE_NO_PAD.encode(sha256(form["code_verifier"].as_bytes()));
        match known {
            Some((nonce, wanted))
                if wanted == challenge && basic == format!("Basic {expected}") =>
            {
                reply(json!({
                    "access_token": "provider-token", "token_type": "Bearer",
                    "id_token": self.id_token(&nonce, says),
                }))
            }
            _ => Response::builder()
                .status(400)
                .header("content-type", "application/json")
                .body(Bytes::from_static(br#"{"error":"invalid_grant"}"#))
                .unwrap(),
        }
    }

    fn id_token(&self, nonce: &str, says: &Says) -> String {
        let now = self.clock.now.load(Ordering::SeqCst) / 1000;
        let mut claims = object(json!({
            "iss": ISSUER, "sub": "account-1", "aud": "gandan", "nonce": nonce,
            "iat": now, "exp": now + 300,
        }));
        claims.extend(says.claims.clone());
        claims.extend(says.token.clone());
        let alg = if says.rsa { "RS256" } else { "ES256" };
        let kid = if says.rsa {
            self.rsa_kid()
        } else {
            self.ec_kid()
        };
        let header = says
            .header
            .clone()
            .unwrap_or_else(|| json!({ "alg": alg, "kid": kid, "typ": "JWT" }));
        let part = |value: String| URL_SAFE_NO_PAD.encode(value);
        let input = format!(
            "{}.{}",
            part(header.to_string()),
            part(Value::Object(claims).to_string())
        );
        let random = SystemRandom::new();
        let signature = if says.rsa {
            let mut out = vec![0; self.rsa.public().modulus_len()];
            self.rsa
                .sign(&RSA_PKCS1_SHA256, &random, input.as_bytes(), &mut out)
                .unwrap();
            out
        } else {
            let key = self.ec.lock().unwrap();
            key.sign(&random, input.as_bytes())
                .unwrap()
                .as_ref()
                .to_vec()
        };
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn ec_jwk(&self) -> Value {
        let key = self.ec.lock().unwrap();
        let mut jwk = json!(PublicKey::p256(key.public_key().as_ref()).unwrap());
        let kid = PublicKey::p256(key.public_key().as_ref()).unwrap();
        jwk["kid"] = json!(kid.thumbprint());
        jwk["alg"] = json!("ES256");
        jwk
    }

    fn ec_kid(&self) -> String {
        self.ec_jwk()["kid"].as_str().unwrap().to_owned()
    }

    fn rsa_jwk(&self) -> Value {
        let public = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(self.rsa.public());
        json!({
            "kty": "RSA", "alg": "RS256", "use": "sig", "kid": self.rsa_kid(),
            "n": URL_SAFE_NO_PAD.encode(public.n),
            "e": URL_SAFE_NO_PAD.encode(public.e),
        })
    }

    fn rsa_kid(&self) -> String {
        "rsa-1".into()
    }
}

fn reply(body: Value) -> Response<Bytes> {
    Response::builder()
        .header("content-type", "application/json")
        .body(Bytes::from(body.to_string()))
        .unwrap()
}

struct ProviderHttp(Arc<TestProvider>);

impl Http for ProviderHttp {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'static, Result<Response<Bytes>, HttpError>> {
        let mood = self.0.says.lock().unwrap().mood;
        match mood {
            Mood::Down => std::future::ready(Err(HttpError::Unreachable)).boxed(),
            Mood::Slow => std::future::pending().boxed(),
            _ => std::future::ready(Ok(self.0.answer(&request))).boxed(),
        }
    }
}

/// A backend with its provider and its clock.
pub struct Stack {
    pub backend: Shared,
    pub provider: Arc<TestProvider>,
    pub clock: Arc<TestClock>,
    router: Router,
}

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: http::HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn location(&self) -> &str {
        self.headers["location"].to_str().unwrap()
    }

    /// A parameter of the URL that the browser is sent to.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let url = Url::parse(self.location()).unwrap();
        let mut pairs = url.query_pairs();
        pairs
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.into_owned())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn tokens(&self) -> TokenResponse {
        assert_eq!(self.status, StatusCode::OK);
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn nonce(&self) -> String {
        self.headers["dpop-nonce"].to_str().unwrap().to_owned()
    }
}

pub fn config(more: &str) -> Config {
    let text = format!(
        r#"
        listen = "127.0.0.1:0"
        public_url = "{PUBLIC_URL}"
        keys_dir = "keys"
        blobs_dir = "blobs"
        content = "content.pack"
        storage = {{ driver = "sqlite", path = "gandan.db" }}
        population = {{ url = "https://population.example.vn", token = "t" }}
        one_stop = {{ url = "https://one-stop.example.vn", token = "t" }}
        [identity]
        issuer = "{ISSUER}"
        client_id = "gandan"
        client_secret = "{CLIENT_SECRET}"
        {more}
        "#
    );
    Config::parse(&text).unwrap_or_else(|error| unreachable!("{error}"))
}

impl Stack {
    pub async fn new() -> Self {
        Self::with(SqliteStorage::in_memory().unwrap(), "").await
    }

    pub async fn with(storage: impl Storage + 'static, more: &str) -> Self {
        let clock = Arc::new(TestClock::default());
        clock.advance(1_790_000_000_000);
        let provider = Arc::new(TestProvider::new(Arc::clone(&clock)));
        let random = Arc::new(TestRandom::default());
        let keys = KeyFiles::generate(&*random).unwrap();
        let world = World {
            clock: Arc::new(SharedClock(Arc::clone(&clock))),
            random,
            http: Arc::new(ProviderHttp(Arc::clone(&provider))),
        };
        let pack = crate::testing::pack_file(&keys, 1, false);
        let keys = Keys::from_files(&keys).unwrap();
        let backend = Backend::open_with_keys(
            Config {
                content: pack.clone(),
                ..config(more)
            },
            keys,
            world,
            Arc::new(storage),
            Arc::new(NoBlobs),
        )
        .await
        .unwrap();
        std::fs::remove_file(pack).unwrap();
        let whoami = async |citizen: Citizen| citizen.id.0.to_string();
        let router = backend.router().merge(
            Router::new()
                .route("/probe", get(whoami).post(whoami))
                .layer(from_fn_with_state(Arc::clone(&backend), super::offer_nonce))
                .with_state(Arc::clone(&backend)),
        );
        Self {
            backend,
            provider,
            clock,
            router,
        }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    pub async fn get(&self, uri: &str) -> Answer {
        self.send(Request::get(uri).body(Body::empty()).unwrap())
            .await
    }

    pub async fn post(&self, path: &str, proof: Option<&str>, form: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let mut request =
            Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        if let Some(proof) = proof {
            request = request.header("dpop", proof);
        }
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub fn now(&self) -> Instant {
        self.backend.world.clock.now()
    }

    /// Signs in from end to end.
    pub async fn sign_in(&self, app: &TestApp) -> TokenResponse {
        let code = self.code(app).await;
        self.redeem(app, &code).await.tokens()
    }

    /// From the app's browser to the code.
    pub async fn code(&self, app: &TestApp) -> String {
        let to_provider = self.get(&app.authorize_uri()).await;
        let callback = self.provider.log_in(to_provider.location());
        let to_app = self.get(&callback).await;
        assert_eq!(to_app.parameter("state").as_deref(), Some(app.state));
        to_app.parameter("code").unwrap()
    }

    pub async fn redeem(&self, app: &TestApp, code: &str) -> Answer {
        let proof = app.proof(&self.token_proof());
        self.redeem_with(app, code, &proof, &app.certificate(code))
            .await
    }

    pub async fn redeem_with(
        &self,
        app: &TestApp,
        code: &str,
        proof: &str,
        certificate: &str,
    ) -> Answer {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "gandan-app"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", app.verifier),
            ("device_certificate", certificate),
        ];
        self.post("/oauth/token", Some(proof), &form).await
    }

    pub async fn refresh(&self, app: &TestApp, token: &str) -> Answer {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let proof = app.proof(&self.token_proof());
        self.post("/oauth/token", Some(&proof), &form).await
    }

    pub fn token_proof(&self) -> Map<String, Value> {
        object(json!({
            "jti": "1", "htm": "POST", "htu": format!("{PUBLIC_URL}/oauth/token"),
            "iat": self.now().unix_seconds(),
        }))
    }

    pub fn fresh_nonce(&self) -> String {
        super::dpop::Nonces(&self.backend.keys.session).current(self.now())
    }

    /// What a proof for `GET /probe` says.
    pub fn probe_proof(&self, access_token: &str) -> Map<String, Value> {
        object(json!({
            "jti": "2", "htm": "GET", "htu": format!("{PUBLIC_URL}/probe"),
            "iat": self.now().unix_seconds(), "nonce": self.fresh_nonce(),
            "ath": URL_SAFE_NO_PAD.encode(sha256(access_token.as_bytes())),
        }))
    }

    pub async fn probe_with(&self, access_token: &str, proofs: &[String]) -> Answer {
        let mut request =
            Request::get("/probe").header("authorization", format!("DPoP {access_token}"));
        for proof in proofs {
            request = request.header("dpop", proof);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// An authenticated request; the citizen, if it is let in.
    pub async fn whoami(&self, app: &TestApp, access_token: &str) -> Option<CitizenId> {
        let proof = app.proof(&self.probe_proof(access_token));
        let answer = self.probe_with(access_token, &[proof]).await;
        (answer.status == StatusCode::OK)
            .then(|| CitizenId(std::str::from_utf8(&answer.body).unwrap().parse().unwrap()))
    }

    /// Who did what, in the citizen's own access log.
    pub async fn log(&self, citizen: CitizenId) -> Vec<(String, String)> {
        let backend = Arc::clone(&self.backend);
        let lines = self.backend.storage.read(move |reader| {
            let backend = Arc::clone(&backend);
            Box::pin(async move {
                let key = backend.keys.citizen_key(reader, citizen).await?;
                crate::log::read(reader, &key, citizen, 0).await
            })
        });
        let told = |line: gandan_domain::wire::LogEntry| (line.actor, line.action);
        lines.await.unwrap().into_iter().map(told).collect()
    }
}

/// An app on a phone: a session key, a device key, and what it remembers of a sign-in.
pub struct TestApp {
    pub session: EcdsaKeyPair,
    pub device: EcdsaKeyPair,
    pub state: &'static str,
    pub verifier: &'static str,
}

impl TestApp {
    pub fn new() -> Self {
        Self {
            session: ec_key(),
            device: ec_key(),
            state: "the app's state",
            verifier: "a-verifier-of-the-app-that-is-long-enough-for-rfc7636",
        }
    }

    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![
            ("response_type", "code".into()),
            ("client_id", "gandan-app".into()),
            ("redirect_uri", REDIRECT.into()),
            ("state", self.state.into()),
            (
                "code_challenge",
                URL_SAFE_NO_PAD.encode(sha256(self.verifier.as_bytes())),
            ),
            ("code_challenge_method", "S256".into()),
            ("dpop_jkt", public(&self.session).thumbprint()),
        ]
    }

    pub fn authorize_uri(&self) -> String {
        authorize_uri(&self.parameters())
    }

    pub fn proof(&self, claims: &Map<String, Value>) -> String {
        signed(&self.session, PROOF_TYP, claims)
    }

    pub fn certificate(&self, code: &str) -> String {
        let claims = object(json!({
            "session_jkt": public(&self.session).thumbprint(),
            "code_sha256": URL_SAFE_NO_PAD.encode(sha256(code.as_bytes())),
            "iat": 0,
        }));
        signed(&self.device, DEVICE_TYP, &claims)
    }
}

pub fn authorize_uri(parameters: &[(&'static str, String)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    format!("/oauth/authorize?{query}")
}

pub fn public(key: &EcdsaKeyPair) -> PublicKey {
    PublicKey::p256(key.public_key().as_ref()).unwrap()
}

pub fn signed(key: &EcdsaKeyPair, typ: &str, claims: &Map<String, Value>) -> String {
    let header = json!({ "alg": "ES256", "typ": typ, "jwk": public(key) });
    signed_raw(key, &header, claims)
}

pub fn signed_raw(key: &EcdsaKeyPair, header: &Value, claims: &Map<String, Value>) -> String {
    let input = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(claims).unwrap())
    );
    let signature = key.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
    jws::compact(&input, signature.as_ref())
}
