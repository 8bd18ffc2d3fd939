//! The backend in process, with a clock that tests move, partners that tests play, and phones that
//! speak to it as real ones do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::body::Body;
use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use event_listener::Event;
use futures_util::{
    FutureExt,
    future::{BoxFuture, select},
};
use gandan_domain::{
    Private,
    catalog::ContentPack,
    dossier::{FileEntry, Intent, IntentId, intent::INTENT_TYP},
    form::{Answers, FileAnswer, Value},
    jws::{Header, PublicKey, sha256_hex},
    place::PlaceKey,
    time::Instant,
    wire::{Command, Operation, OperationResult, SyncRequest, SyncResponse},
};
use gandan_foundation::{
    ports::{BlobError, Blobs, Clock, Http, HttpError, Random, Signer, SignerError, World},
    sealing::{Cell, sha256},
    signing::Ed25519Signer,
};
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use ring::hmac;
use tower::ServiceExt;
use uuid::Uuid;

use crate::{
    app::{Backend, OpenError, Shared},
    catalog::{CatalogError, Taken},
    config::Config,
    identity::{CitizenId, Profile},
    keys::{KeyFiles, Keys},
    params,
    storage::{Command as Write, Failure, Query, SqliteStorage, Storage, StorageError},
};

pub const PUBLIC: &str = "http://127.0.0.1:8081";
pub const VNPAY_SECRET: &str = "bi mat thu nghiem";
pub const BANK_SECRET: &str = "whsec_dGh1LW5naGllbS1uZ2FuLWhhbmc=";
pub const OFFICE: &str = "http://127.0.0.1:8082/one-stop";
/// A JPEG as far as its first bytes tell.
pub const PHOTO: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00 a photo of a paper";
pub const PDF: &[u8] = b"%PDF-1.7 a result";
const START: i64 = 1_795_000_000_000;

pub struct ManualClock {
    now: Mutex<i64>,
    moved: Event,
}

impl ManualClock {
    pub fn advance(&self, ms: i64) {
        *self.now.lock().unwrap() += ms;
        self.moved.notify(usize::MAX);
    }
}

/// The clock as a port. Keeps the clock alive in the futures it gives out.
struct ClockPort(Arc<ManualClock>);

impl Clock for ClockPort {
    fn now(&self) -> Instant {
        Instant(*self.0.now.lock().unwrap())
    }

    fn sleep_until(&self, until: Instant) -> BoxFuture<'static, ()> {
        let clock = Arc::clone(&self.0);
        async move {
            loop {
                let moved = clock.moved.listen();
                if *clock.now.lock().unwrap() >= until.ms() {
                    return;
                }
                moved.await;
            }
        }
        .boxed()
    }
}

/// Different bytes at every call, the same ones in every run.
struct Counting(AtomicU64);

impl Random for Counting {
    fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let number = self.0.fetch_add(1, Ordering::SeqCst);
            let bytes = sha256(&number.to_be_bytes());
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }
}

/// What a partner does with the next request.
pub enum Reply {
    Json(&'static str),
    Status(u16, &'static str),
    Bytes(&'static [u8]),
    Down,
    /// Never answers.
    Silent,
}

/// The state's systems, as the test plays them.
#[derive(Default)]
pub struct Partners {
    pub replies: Mutex<VecDeque<Reply>>,
    pub seen: Mutex<Vec<Request<Bytes>>>,
}

impl Partners {
    pub fn will(&self, replies: impl IntoIterator<Item = Reply>) {
        self.replies.lock().unwrap().extend(replies);
    }
}

struct HttpPort(Arc<Partners>);

impl Http for HttpPort {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'static, Result<Response<Bytes>, HttpError>> {
        self.0.seen.lock().unwrap().push(request);
        let reply = self.0.replies.lock().unwrap().pop_front();
        let answer = |status: u16, body: &'static [u8]| {
            Ok(Response::builder()
                .status(status)
                .body(Bytes::from_static(body))
                .unwrap())
        };
        match reply {
            Some(Reply::Json(body)) => async move { answer(200, body.as_bytes()) }.boxed(),
            Some(Reply::Status(status, body)) => {
                async move { answer(status, body.as_bytes()) }.boxed()
            }
            Some(Reply::Bytes(body)) => async move { answer(200, body) }.boxed(),
            Some(Reply::Silent) => std::future::pending().boxed(),
            Some(Reply::Down) | None => async { Err(HttpError::Unreachable) }.boxed(),
        }
    }
}

#[derive(Default)]
pub struct MemoryBlobs(pub Mutex<BTreeMap<String, Bytes>>);

struct BlobsPort(Arc<MemoryBlobs>);

impl Blobs for BlobsPort {
    fn put(&self, name: &str, bytes: Bytes) -> BoxFuture<'static, Result<(), BlobError>> {
        self.0.0.lock().unwrap().insert(name.into(), bytes);
        async { Ok(()) }.boxed()
    }

    fn get(&self, name: &str) -> BoxFuture<'static, Result<Bytes, BlobError>> {
        let found = self.0.0.lock().unwrap().get(name).cloned();
        async move { found.ok_or(BlobError::NotFound) }.boxed()
    }

    fn remove(&self, name: &str) -> BoxFuture<'static, Result<(), BlobError>> {
        self.0.0.lock().unwrap().remove(name);
        async { Ok(()) }.boxed()
    }
}

/// Storage that can be told to lose the next write, as a kill would.
pub struct Frail {
    inner: SqliteStorage,
    lose: AtomicU64,
}

impl Frail {
    pub fn lose_writes(&self, count: u64) {
        self.lose.store(count, Ordering::SeqCst);
    }
}

struct FrailPort(Arc<Frail>);

impl Storage for FrailPort {
    fn run_write(&self, command: Write) -> BoxFuture<'static, Result<(), Failure>> {
        let left = self.0.lose.load(Ordering::SeqCst);
        if left > 0 {
            self.0.lose.store(left - 1, Ordering::SeqCst);
            return async { Err(Failure::Storage(StorageError::Unavailable)) }.boxed();
        }
        self.0.inner.run_write(command)
    }

    fn run_read(&self, query: Query) -> BoxFuture<'static, Result<(), Failure>> {
        self.0.inner.run_read(query)
    }
}

/// Everything that outlives a backend: reopen it and go on.
pub struct Rig {
    pub backend: Shared,
    pub clock: Arc<ManualClock>,
    pub partners: Arc<Partners>,
    pub blobs: Arc<MemoryBlobs>,
    pub storage: Arc<Frail>,
    files: KeyFiles,
    world: World,
}

/// The content pack with this version of the form.
pub fn content(version: u32) -> ContentPack {
    let payload = include_str!("testing/pack.json")
        .replace("\"version\": 1", &format!("\"version\": {version}"));
    serde_json::from_str(&payload).unwrap()
}

fn sign_pack(files: &KeyFiles, content: &ContentPack, serial: u64) -> Vec<u8> {
    let payload = serde_json::to_vec(content).unwrap();
    let signer = Ed25519Signer::from_pk8(files.get("pack.pk8").unwrap()).unwrap();
    let input =
        gandan_domain::catalog::pack::manifest_to_sign(&payload, serial, &signer.public_key());
    let jws = gandan_domain::jws::compact(&input, &signer.sign(input.as_bytes()).unwrap());
    gandan_domain::catalog::pack::assemble(&jws, &payload)
}

pub fn pack_file(files: &KeyFiles, version: u32, tampered: bool) -> PathBuf {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let mut pack = sign_pack(files, &content(version), 1);
    if tampered {
        let last = pack.len() - 2;
        pack[last] ^= 1;
    }
    let path = std::env::temp_dir().join(format!(
        "gandan-test-{}-{}.pack",
        std::process::id(),
        NUMBER.fetch_add(1, Ordering::SeqCst)
    ));
    std::fs::write(&path, pack).unwrap();
    path
}

async fn open(
    files: &KeyFiles,
    world: &World,
    storage: &Arc<Frail>,
    blobs: &Arc<MemoryBlobs>,
    version: u32,
    tampered: bool,
) -> Result<Shared, OpenError> {
    let pack = pack_file(files, version, tampered);
    let config = Config::parse(&format!(
        r#"
        listen = "127.0.0.1:8081"
        public_url = "{PUBLIC}"
        keys_dir = "/nowhere"
        blobs_dir = "/nowhere"
        content = "{}"
        storage = {{ driver = "sqlite", path = "/nowhere" }}
        identity = {{ issuer = "http://127.0.0.1:8082/vneid", client_id = "gandan" }}
        population = {{ url = "http://127.0.0.1:8082/population", token = "p" }}
        one_stop = {{ url = "{OFFICE}", token = "o" }}
        max_file_bytes = 1000000
        [payment.vnpay]
        page = "http://127.0.0.1:8082/vnpay/pay"
        api = "http://127.0.0.1:8082/vnpay/api"
        terminal = "THUNGHM1"
        secret = "{VNPAY_SECRET}"
        [payment.transfer]
        bin = "970499"
        bank = "Ngân hàng THỬ NGHIỆM"
        account = "0990001234"
        holder = "MOT CUA THU NGHIEM"
        webhook_secret = "{BANK_SECRET}"
        "#,
        pack.display()
    ))
    .unwrap();
    let opened = Backend::open_with_keys(
        config,
        Keys::from_files(files).unwrap(),
        world.clone(),
        Arc::new(FrailPort(Arc::clone(storage))),
        Arc::new(BlobsPort(Arc::clone(blobs))),
    )
    .await;
    std::fs::remove_file(pack).unwrap();
    opened
}

impl Rig {
    pub async fn new() -> Self {
        let clock = Arc::new(ManualClock {
            now: Mutex::new(START),
            moved: Event::new(),
        });
        let partners = Arc::new(Partners::default());
        let world = World {
            clock: Arc::new(ClockPort(Arc::clone(&clock))),
            random: Arc::new(Counting(AtomicU64::new(0))),
            http: Arc::new(HttpPort(Arc::clone(&partners))),
        };
        let files = KeyFiles::generate(&*world.random).unwrap();
        let storage = Arc::new(Frail {
            inner: SqliteStorage::in_memory().unwrap(),
            lose: AtomicU64::new(0),
        });
        let blobs = Arc::new(MemoryBlobs::default());
        let backend = open(&files, &world, &storage, &blobs, 1, false)
            .await
            .expect("open");
        Self {
            backend,
            clock,
            partners,
            blobs,
            storage,
            files,
            world,
        }
    }

    /// Puts another pack where the backend's lies, and has it looked at.
    pub fn put_content(&self, content: &ContentPack, serial: u64) -> Result<Taken, CatalogError> {
        self.put_pack(&self.sign_pack(content, serial))
    }

    pub fn sign_pack(&self, content: &ContentPack, serial: u64) -> Vec<u8> {
        sign_pack(&self.files, content, serial)
    }

    pub fn put_pack(&self, pack: &[u8]) -> Result<Taken, CatalogError> {
        let path = &self.backend.config.content;
        std::fs::write(path, pack).unwrap();
        let taken = self.backend.take_content();
        std::fs::remove_file(path).unwrap();
        taken
    }

    /// Another process over the same disk, with this version of the form.
    pub async fn reopen(&mut self, version: u32) {
        self.backend = open(
            &self.files,
            &self.world,
            &self.storage,
            &self.blobs,
            version,
            false,
        )
        .await
        .expect("open");
    }

    pub async fn open_with_a_changed_pack(&self) -> Result<Shared, OpenError> {
        open(
            &self.files,
            &self.world,
            &self.storage,
            &self.blobs,
            1,
            true,
        )
        .await
    }

    pub async fn send(&self, request: Request<Body>) -> Response<Bytes> {
        let response = self.backend.router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
    }

    pub async fn get(&self, path: &str) -> Response<Bytes> {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    /// Runs the workers until they have nothing to do but wait.
    pub async fn work(&self) {
        let mut turns = 0;
        let idle = std::future::poll_fn(move |context| {
            turns += 1;
            context.waker().wake_by_ref();
            if turns > 50 {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        });
        select(self.backend.run_workers().boxed(), idle).await;
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        let storage = Arc::clone(&self.backend.storage);
        storage
            .read(move |reader| {
                Box::pin(async move { Ok(reader.query(sql, &[]).await?[0].get::<i64>(0)?) })
            })
            .await
            .unwrap()
    }

    /// A citizen with one phone.
    pub async fn citizen(&self, id_number: &str) -> Phone {
        let random = &self.world.random;
        let citizen = CitizenId(random.uuid(Instant(START)));
        let profile = serde_json::to_vec(&Profile {
            id_number: Private::new(id_number.into()),
            full_name: Private::new(format!("Người Thử {id_number}")),
            birth_date: Private::new("19960102".into()),
        })
        .unwrap();
        let backend = Arc::clone(&self.backend);
        let hash: [u8; 32] = sha256(id_number.as_bytes());
        self.backend
            .storage
            .write(move |tx| {
                let (backend, profile) = (Arc::clone(&backend), profile.clone());
                Box::pin(async move {
                    let random = &*backend.world.random;
                    let key = backend.keys.create_citizen_key(tx, random, citizen).await?;
                    let cell = Cell {
                        table: "citizen",
                        column: "profile",
                        row: citizen.0.as_bytes(),
                        revision: 1,
                    };
                    tx.exec(
                        "INSERT INTO citizen
                             (id, subject, id_number, profile, revision, created_at, seen_at)
                         VALUES ($1, $2, $3, $4, 1, 0, 0)",
                        &params![citizen, hash, hash, key.seal(random, &cell, &profile)?],
                    )
                    .await?;
                    Ok(())
                })
            })
            .await
            .unwrap();
        self.phone(citizen).await
    }

    /// One more phone of this citizen.
    pub async fn phone(&self, citizen: CitizenId) -> Phone {
        let random = &self.world.random;
        let phone = Phone {
            citizen,
            device: P256(SigningKey::from_slice(&random.bytes::<32>()).unwrap()),
            session: P256(SigningKey::from_slice(&random.bytes::<32>()).unwrap()),
            token: URL_SAFE_NO_PAD.encode(random.bytes::<32>()),
            nonce: Mutex::default(),
        };
        let (device, session) = (random.uuid(Instant(START)), random.uuid(Instant(START)));
        let device_key = phone.device.public_key();
        let thumbprint = device_key.thumbprint();
        let jwk = serde_json::to_string(&device_key).unwrap();
        let jkt = phone.session.public_key().thumbprint();
        let access = sha256(phone.token.as_bytes());
        self.backend
            .storage
            .write(move |tx| {
                let (thumbprint, jwk, jkt) = (thumbprint.clone(), jwk.clone(), jkt.clone());
                Box::pin(async move {
                    tx.exec(
                        "INSERT INTO device (id, citizen, thumbprint, jwk, created_at)
                         VALUES ($1, $2, $3, $4, 0)",
                        &params![device, citizen, thumbprint, jwk],
                    )
                    .await?;
                    tx.exec(
                        "INSERT INTO session
                             (id, citizen, device, jkt, access, access_until, created_at, used_at)
                         VALUES ($1, $2, $3, $4, $5, $6, 0, 0)",
                        &params![session, citizen, device, jkt, access, i64::MAX],
                    )
                    .await?;
                    Ok(())
                })
            })
            .await
            .unwrap();
        phone
    }

    /// A notice as the bank signs it.
    pub async fn notice(&self, id: &str, body: &str) -> Response<Bytes> {
        let seconds = self.world.clock.now().unix_seconds();
        let secret = STANDARD
            .decode(BANK_SECRET.strip_prefix("whsec_").unwrap())
            .unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let tag = hmac::sign(&key, format!("{id}.{seconds}.{body}").as_bytes());
        let request = Request::post("/v1/webhooks/bank")
            .header("webhook-id", id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", format!("v1,{}", STANDARD.encode(tag)))
            .body(Body::from(body.to_owned()))
            .unwrap();
        self.send(request).await
    }

    /// A report as the office signs it.
    pub async fn report(&self, id: &str, body: &str) -> Response<Bytes> {
        let seconds = self.world.clock.now().unix_seconds();
        let secret = std::str::from_utf8(self.files.get("webhook.secret").unwrap()).unwrap();
        let secret = STANDARD
            .decode(secret.trim().strip_prefix("whsec_").unwrap())
            .unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let tag = hmac::sign(&key, format!("{id}.{seconds}.{body}").as_bytes());
        self.report_signed(id, seconds, &format!("v1,{}", STANDARD.encode(tag)), body)
            .await
    }

    pub async fn report_signed(
        &self,
        id: &str,
        seconds: i64,
        signature: &str,
        body: &str,
    ) -> Response<Bytes> {
        let request = Request::post("/v1/webhooks/one-stop")
            .header("webhook-id", id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", signature)
            .body(Body::from(body.to_owned()))
            .unwrap();
        self.send(request).await
    }
}

struct P256(SigningKey);

impl Signer for P256 {
    fn public_key(&self) -> PublicKey {
        PublicKey::p256(self.0.verifying_key().to_sec1_point(false).as_bytes()).unwrap()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let signature: Signature = self.0.sign(message);
        Ok(signature.to_bytes().to_vec())
    }
}

pub struct Phone {
    pub citizen: CitizenId,
    device: P256,
    session: P256,
    token: String,
    nonce: Mutex<Option<String>>,
}

impl Phone {
    pub async fn call(
        &self,
        rig: &Rig,
        method: Method,
        path: &str,
        headers: &[(&str, String)],
        body: &[u8],
    ) -> Response<Bytes> {
        let response = self.exchange(rig, method, path, headers, body).await;
        let (parts, body) = response.into_parts();
        Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
    }

    /// The answer as it comes, piece by piece.
    pub async fn stream(&self, rig: &Rig, method: Method, path: &str) -> Response<Body> {
        self.exchange(rig, method, path, &[], b"").await
    }

    async fn exchange(
        &self,
        rig: &Rig,
        method: Method,
        path: &str,
        headers: &[(&str, String)],
        body: &[u8],
    ) -> Response<Body> {
        let mut tries = 0;
        loop {
            tries += 1;
            let nonce = self.nonce.lock().unwrap().clone();
            let payload = serde_json::json!({
                "htm": method.as_str(),
                "htu": format!("{PUBLIC}{}", path.split('?').next().unwrap()),
                "iat": rig.world.clock.now().unix_seconds(),
                "jti": URL_SAFE_NO_PAD.encode(rig.world.random.bytes::<16>()),
                "ath": URL_SAFE_NO_PAD.encode(sha256(self.token.as_bytes())),
                "nonce": nonce,
            });
            let header = Header {
                alg: "ES256".into(),
                typ: "dpop+jwt".into(),
                kid: None,
                jwk: Some(self.session.public_key()),
            };
            let signer: &dyn Signer = &self.session;
            let proof = signer
                .jws_with(&header, payload.to_string().as_bytes())
                .unwrap();
            let mut request = Request::builder()
                .method(method.clone())
                .uri(path)
                .header("authorization", format!("DPoP {}", self.token))
                .header("dpop", proof);
            for (name, value) in headers {
                request = request.header(*name, value);
            }
            let request = request.body(Body::from(body.to_vec())).unwrap();
            let response = rig.backend.router().oneshot(request).await.unwrap();
            let fresh = response
                .headers()
                .get("dpop-nonce")
                .map(|nonce| nonce.to_str().unwrap().to_owned());
            // The first answer may only have brought the nonce.
            let retry = response.status() == StatusCode::UNAUTHORIZED && tries == 1;
            *self.nonce.lock().unwrap() = fresh;
            if !retry {
                return response;
            }
        }
    }

    pub async fn post_file(
        &self,
        rig: &Rig,
        what: &Sent,
        length: usize,
        first: &[u8],
    ) -> Response<Bytes> {
        let pair = |key: &str, value: &str| format!("{key} {}", STANDARD.encode(value));
        let metadata = [
            pair("intent", &what.intent.to_string()),
            pair("field", what.field),
            pair("sha256", &what.sha256),
        ]
        .join(",");
        let mut headers = vec![
            ("tus-resumable", "1.0.0".to_owned()),
            ("upload-length", length.to_string()),
            ("upload-metadata", metadata),
        ];
        if !first.is_empty() {
            headers.push(("content-type", "application/offset+octet-stream".to_owned()));
        }
        self.call(rig, Method::POST, "/v1/files", &headers, first)
            .await
    }

    pub async fn patch(
        &self,
        rig: &Rig,
        path: &str,
        offset: usize,
        bytes: &[u8],
    ) -> Response<Bytes> {
        let headers = [
            ("tus-resumable", "1.0.0".to_owned()),
            ("upload-offset", offset.to_string()),
            ("content-type", "application/offset+octet-stream".to_owned()),
        ];
        self.call(rig, Method::PATCH, path, &headers, bytes).await
    }

    pub async fn head(&self, rig: &Rig, path: &str) -> Response<Bytes> {
        let headers = [("tus-resumable", "1.0.0".to_owned())];
        self.call(rig, Method::HEAD, path, &headers, b"").await
    }

    pub async fn sync(&self, rig: &Rig, request: &SyncRequest) -> SyncResponse {
        let body = serde_json::to_vec(request).unwrap();
        let response = self.call(rig, Method::POST, "/v1/sync", &[], &body).await;
        assert_eq!(response.status(), StatusCode::OK);
        serde_json::from_slice(response.body()).unwrap()
    }

    pub async fn changes(&self, rig: &Rig, cursor: i64) -> SyncResponse {
        let request = SyncRequest {
            cursor,
            ..SyncRequest::default()
        };
        self.sync(rig, &request).await
    }

    /// In the name of this phone's citizen.
    pub fn sign(&self, intent: &Intent) -> String {
        self.sign_as(self.citizen, intent)
    }

    pub fn sign_as(&self, citizen: CitizenId, intent: &Intent) -> String {
        let intent = Intent {
            subject: citizen.0.to_string(),
            ..intent.clone()
        };
        let signer: &dyn Signer = &self.device;
        signer
            .jws(INTENT_TYP, &serde_json::to_vec(&intent).unwrap())
            .unwrap()
    }

    /// Signs anything else in the name of this phone's citizen.
    pub fn sign_act(&self, typ: &str, act: &impl serde::Serialize) -> String {
        let signer: &dyn Signer = &self.device;
        signer.jws(typ, &serde_json::to_vec(act).unwrap()).unwrap()
    }

    pub async fn operate(&self, rig: &Rig, key: Uuid, command: Command) -> OperationResult {
        let request = SyncRequest {
            operations: vec![Operation { key, command }],
            ..SyncRequest::default()
        };
        let mut response = self.sync(rig, &request).await;
        assert_eq!(response.answers.len(), 1);
        response.answers.remove(0).result
    }

    pub async fn submit(&self, rig: &Rig, intent: IntentId, jws: &str) -> OperationResult {
        let command = Command::Submit { intent: jws.into() };
        self.operate(rig, intent.0, command).await
    }

    /// Sends the photo and the intent, and gives the receipt.
    pub async fn file(&self, rig: &Rig, intent: &Intent) -> String {
        let sent = Sent::photo(intent.id);
        let response = self.post_file(rig, &sent, PHOTO.len(), PHOTO).await;
        assert_eq!(response.status(), StatusCode::CREATED);
        match self.submit(rig, intent.id, &self.sign(intent)).await {
            OperationResult::Accepted { receipt } => receipt,
            OperationResult::Problem { problem } => panic!("{problem:?}"),
            OperationResult::Done => panic!("no receipt"),
        }
    }
}

/// What an upload is for.
pub struct Sent {
    pub intent: Uuid,
    pub field: &'static str,
    pub sha256: String,
}

impl Sent {
    pub fn photo(intent: IntentId) -> Self {
        Self {
            intent: intent.0,
            field: "certificate.photo",
            sha256: sha256_hex(PHOTO),
        }
    }
}

pub fn commune() -> PlaceKey {
    PlaceKey {
        code: "00919".into(),
        valid_from: jiff::civil::date(2025, 7, 1),
    }
}

/// A whole intent of the test form, with its photo.
pub fn intent(number: u128) -> Intent {
    let photo = FileEntry {
        field: "certificate.photo".into(),
        sha256: sha256_hex(PHOTO),
        size: PHOTO.len() as u64,
        media_type: "image/jpeg".into(),
    };
    let mut answers = Answers::default();
    answers.set("office.commune", Value::Text("00919@2025-07-01".into()));
    answers.set("child.full_name", Value::Text("Bé Thử Nghiệm".into()));
    answers.set("child.sex", Value::Text("male".into()));
    answers.set("child.birth_date", Value::Text("2026-11-01".into()));
    answers.set("requester.full_name", Value::Text("Người Thử Khác".into()));
    answers.set(
        "certificate.photo",
        Value::File(FileAnswer {
            sha256: photo.sha256.clone(),
            size: photo.size,
            media_type: photo.media_type.clone(),
        }),
    );
    Intent {
        id: IntentId(Uuid::from_u128(number)),
        subject: String::new(),
        procedure: "1.001193".into(),
        form_version: 1,
        commune: commune(),
        fee_vnd: Some(gandan_domain::payment::Vnd::ZERO),
        answers,
        files: vec![photo],
        contested: BTreeMap::from([("requester.full_name".into(), "Người Thử 099".into())]),
        intent_at: Instant(START),
    }
}
