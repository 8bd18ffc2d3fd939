//! The engine against a backend of a hundred lines that keeps the API's promises: it deduplicates,
//! resumes uploads, wants nonces, signs receipts. Everything that can be lost or killed is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::{
    collections::BTreeMap,
    pin::pin,
    task::{Context, Poll},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::task::noop_waker;
use gandan_domain::{
    Private,
    dossier::{
        DossierCode, Intent, Receipt, Status,
        keyset::{KEYSET_TYP, KeyUse, ListedKey},
        receipt::RECEIPT_TYP,
    },
    form::{Answers, Value},
    jws::{PublicKey, Unverified, sha256_hex},
    place::PlaceKey,
    problem::{FieldProblem, WireProblem},
    wire::{
        Change, Command, DossierView, OperationAnswer, OperationResult, PrefillAnswer,
        PrefillValue, ResultView, StatusEntry, SyncRequest, SyncResponse, TokenResponse, What,
    },
};
use gandan_foundation::ports::{HttpError, Random, Signer, SignerError};
use http::{Request, header};
use ring::signature::{Ed25519KeyPair, KeyPair};
use uuid::Uuid;

use super::*;
use crate::{
    SoftwareKey,
    store::OutboxEntry,
    testing::{Answer, Hang, Phone, START},
};

const NAME: &str = "Hoàng Thị Thử Nghiệm";
const RESULT: &[u8] = b"%PDF-1.7 a result";
const NONCE: &str = "nonce-1";

struct Ed25519(Ed25519KeyPair);

impl Ed25519 {
    fn seed(seed: u8) -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap())
    }
}

impl Signer for Ed25519 {
    fn public_key(&self) -> PublicKey {
        PublicKey::ed25519(self.0.public_key().as_ref())
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.0.sign(message).as_ref().to_vec())
    }
}

fn key_set(serial: u64, receipt_key: u8) -> String {
    let jwk = Ed25519::seed(receipt_key).public_key();
    let set = KeySet {
        serial,
        keys: vec![ListedKey {
            kid: jwk.thumbprint(),
            key_use: KeyUse::Receipt,
            jwk,
            retired: false,
        }],
    };
    let root: &dyn Signer = &Ed25519::seed(1);
    root.jws(KEYSET_TYP, &serde_json::to_vec(&set).unwrap())
        .unwrap()
}

/// Who signs in, unless a test says otherwise.
const SUBJECT: &str = "citizen-1";

/// What a test changes about the backend.
#[derive(Default)]
struct Server {
    /// Every exchange, `METHOD path`.
    log: Vec<String>,
    /// The answers to these are lost: the n-th exchange, and only after it was carried out.
    lose: Vec<usize>,
    /// Answers to everything, in place of the backend.
    portal: bool,
    /// Answers submissions.
    refuse: Option<Problem>,
    /// Signs over other files.
    lie: bool,
    receipt_key: u8,
    refresh_dead: bool,
    /// Breaks off the body of uploads after so many bytes.
    cut: Option<usize>,
    /// Only the body of a `PATCH`.
    cut_patch: bool,
    resent: usize,
    uploads: BTreeMap<String, (u64, Vec<u8>, String)>,
    dossiers: BTreeMap<Uuid, (String, DossierView, String)>,
    results: Vec<ResultView>,
    tokens: u32,
    /// Who signs in.
    subject: &'static str,
    /// Nobody may listen.
    mute: bool,
}

fn json(status: u16, body: &impl serde::Serialize) -> Answer {
    let media_type = if status < 400 {
        "application/json"
    } else {
        "application/problem+json"
    };
    Ok(http::Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, media_type)
        .header("dpop-nonce", NONCE)
        .body(serde_json::to_vec(body).unwrap().into())
        .unwrap())
}

fn refusal(problem: &Problem) -> Answer {
    json(problem.http_status(), &WireProblem::from(problem))
}

impl Server {
    fn play(&mut self, request: &Request<Bytes>) -> Answer {
        let at = self.log.len();
        let path = request.uri().path().to_owned();
        self.log.push(format!("{} {path}", request.method()));
        if self.portal {
            return Ok(http::Response::builder()
                .header(header::CONTENT_TYPE, "text/html")
                .body("<html>Wi-Fi</html>".into())
                .unwrap());
        }
        let answer = self.answer(request, &path);
        if self.lose.contains(&at) {
            return Err(HttpError::Broken);
        }
        answer
    }

    fn answer(&mut self, request: &Request<Bytes>, path: &str) -> Answer {
        let proof = request.headers().get("dpop").map(|value| {
            let unverified = Unverified::parse(value.to_str().unwrap()).unwrap();
            let key = unverified.header.jwk.clone().unwrap();
            let payload = unverified.verify(&key, "dpop+jwt").unwrap();
            serde_json::from_slice::<serde_json::Value>(&payload).unwrap()
        });
        if let Some(proof) = &proof {
            assert_eq!(proof["htm"], request.method().as_str());
            assert_eq!(proof["htu"], format!("http://backend.test{path}"));
        }
        if path.starts_with("/v1/") && path != "/v1/keys" {
            if proof.unwrap()["nonce"] != NONCE {
                let mut answer = refusal(&Problem::ProofRefused)?;
                let challenge = r#"DPoP error="use_dpop_nonce""#.parse().unwrap();
                answer.headers_mut().insert("www-authenticate", challenge);
                return Ok(answer);
            }
            let token = request.headers()["authorization"].to_str().unwrap();
            if token != format!("DPoP access-{}", self.tokens) {
                return refusal(&Problem::SignInAgain);
            }
        }
        match (request.method().as_str(), path) {
            ("POST", "/oauth/token") => self.token(request.body()),
            ("POST", "/oauth/revoke") => json(200, &()),
            ("POST", "/v1/sync") => self.sync(&serde_json::from_slice(request.body()).unwrap()),
            ("GET", "/v1/keys") => Ok(http::Response::builder()
                .header(header::CONTENT_TYPE, "application/jose")
                .body(key_set(2, 3).into())
                .unwrap()),
            ("GET", path) if path.starts_with("/v1/results/") => Ok(http::Response::builder()
                .header(header::CONTENT_TYPE, "application/pdf")
                .body(RESULT.into())
                .unwrap()),
            ("GET", "/v1/events") if self.mute => {
                refusal(&Problem::Unavailable { retry_after_s: 300 })
            }
            ("GET", "/v1/events") => Ok(http::Response::builder()
                .header(header::CONTENT_TYPE, "text/event-stream")
                .body("line".into())
                .unwrap()),
            (_, path) if path.starts_with("/v1/files") => self.files(request, path),
            _ => refusal(&Problem::NotFound),
        }
    }

    fn token(&mut self, body: &[u8]) -> Answer {
        let refresh = body.windows(13).any(|part| part == b"refresh_token");
        if refresh && self.refresh_dead {
            return json(400, &serde_json::json!({"error": "invalid_grant"}));
        }
        if refresh {
            self.tokens += 1;
        }
        self.tokens = self.tokens.max(1);
        json(
            200,
            &TokenResponse {
                access_token: format!("access-{}", self.tokens),
                token_type: "DPoP".into(),
                expires_in: 600,
                refresh_token: format!("refresh-{}", self.tokens),
                sub: (!refresh).then(|| self.subject.to_owned()),
            },
        )
    }

    fn files(&mut self, request: &Request<Bytes>, path: &str) -> Answer {
        let text = |name: &str| request.headers().get(name).map(|v| v.to_str().unwrap());
        let mut body = request.body().to_vec();
        let id = if path == "/v1/files" {
            let metadata = text("upload-metadata").unwrap();
            let sha256 = metadata
                .split(',')
                .find_map(|pair| pair.strip_prefix("sha256 "))
                .unwrap();
            let sha256 = String::from_utf8(STANDARD.decode(sha256).unwrap()).unwrap();
            let id = sha256[..16].to_owned();
            let length = text("upload-length").unwrap().parse().unwrap();
            let upload = self.uploads.entry(id.clone());
            let (_, held, _) = upload.or_insert((length, Vec::new(), sha256));
            if !held.is_empty() {
                self.resent += body.len();
                body.clear();
            }
            id
        } else {
            path["/v1/files/".len()..].to_owned()
        };
        let Some((length, held, sha256)) = self.uploads.get_mut(&id) else {
            return refusal(&Problem::NotFound);
        };
        if request.method() == "PATCH" && text("upload-offset") != Some(&*held.len().to_string()) {
            return refusal(&Problem::Conflict);
        }
        let cut = if self.cut_patch && request.method() != "PATCH" {
            None
        } else {
            self.cut.take()
        };
        held.extend(&body[..cut.unwrap_or(body.len()).min(body.len())]);
        if cut.is_some() {
            return Err(HttpError::Broken);
        }
        let mut answer = http::Response::builder()
            .status(if request.method() == "POST" { 201 } else { 204 })
            .header("tus-resumable", "1.0.0")
            .header("location", format!("http://backend.test/v1/files/{id}"))
            .header("upload-offset", held.len().to_string());
        if held.len() as u64 == *length {
            assert_eq!(sha256_hex(held), *sha256);
            answer = answer.header("gandan-sha256", sha256.clone());
        }
        Ok(answer.body(Bytes::new()).unwrap())
    }

    fn sync(&mut self, request: &SyncRequest) -> Answer {
        let mut answers = Vec::new();
        for operation in &request.operations {
            let Command::Submit { intent } = &operation.command else {
                panic!("only submits are sent here")
            };
            answers.push(OperationAnswer {
                key: operation.key,
                result: self.submit(operation.key, intent),
            });
        }
        let prefill = request.prefill.iter().map(|procedure| {
            let value = PrefillValue {
                value: Private::new(NAME.into()),
                source: "population".into(),
                as_of: "2026-01-01".parse().unwrap(),
            };
            let values = BTreeMap::from([("requester.full_name".to_owned(), value)]);
            (procedure.clone(), PrefillAnswer::Known { values })
        });
        let mut changes = Vec::new();
        for (seq, (_, dossier, _)) in (1..).zip(self.dossiers.values()) {
            let mut dossier = dossier.clone();
            dossier.results.clone_from(&self.results);
            changes.push(Change {
                seq: seq + self.results.len() as i64,
                at: START,
                what: What::Dossier { dossier },
            });
        }
        let cursor = (self.dossiers.len() + self.results.len()) as i64;
        changes.retain(|change| change.seq > request.cursor);
        json(
            200,
            &SyncResponse {
                answers,
                changes,
                cursor,
                more: false,
                prefill: prefill.collect(),
                content: None,
                now: START,
            },
        )
    }

    fn submit(&mut self, key: Uuid, jws: &str) -> OperationResult {
        let refused = |problem: &Problem| OperationResult::Problem {
            problem: problem.into(),
        };
        if let Some((held, _, receipt)) = self.dossiers.get(&key) {
            if held != jws {
                return refused(&Problem::Conflict);
            }
            let receipt = receipt.clone();
            return OperationResult::Accepted { receipt };
        }
        if let Some(problem) = &self.refuse {
            return refused(problem);
        }
        let unverified = Unverified::parse(jws).unwrap();
        let device = SoftwareKey::from_scalar(&Private::new(vec![7; 32])).unwrap();
        let payload = unverified
            .verify(
                &device.public_key(),
                gandan_domain::dossier::intent::INTENT_TYP,
            )
            .unwrap();
        let intent: Intent = serde_json::from_slice(&payload).unwrap();
        assert_eq!(intent.id.0, key);
        for file in &intent.files {
            let (length, held, _) = &self.uploads[&file.sha256[..16]];
            assert_eq!(
                held.len() as u64,
                *length,
                "an unfinished file was submitted"
            );
        }
        let number = u32::try_from(self.dossiers.len() + 1).unwrap();
        let code = DossierCode::new("H99.08.01", START.date(), number).unwrap();
        let mut files = intent.files.clone();
        if self.lie {
            files.clear();
        }
        let receipt = Receipt {
            dossier: code.clone(),
            intent: intent.id,
            procedure: intent.procedure.clone(),
            intent_sha256: sha256_hex(jws.as_bytes()),
            files,
            received_at: START,
        };
        let signer: &dyn Signer = &Ed25519::seed(self.receipt_key);
        let receipt = signer
            .jws(RECEIPT_TYP, &serde_json::to_vec(&receipt).unwrap())
            .unwrap();
        let dossier = DossierView {
            code,
            intent: intent.id,
            procedure: intent.procedure,
            commune: intent.commune,
            status: Status::Registered,
            received_at: START,
            history: vec![StatusEntry {
                status: Status::Registered,
                at: START,
                agency: "UBND".into(),
                handler: Some(Private::new("Thử".into())),
                note: None,
                due_at: None,
                by_citizen: true,
            }],
            results: Vec::new(),
            supplement: None,
            fees: Vec::new(),
            read: 0,
        };
        self.dossiers
            .insert(key, (jws.to_owned(), dossier, receipt.clone()));
        OperationResult::Accepted { receipt }
    }
}

/// A phone, its backend, and what it was told.
struct Rig {
    phone: Phone,
    server: Arc<Mutex<Server>>,
    store: Arc<Store>,
    engine: Arc<Engine>,
    told: Arc<Mutex<Vec<Notification>>>,
}

impl Rig {
    fn new() -> Self {
        let server = Arc::new(Mutex::new(Server {
            receipt_key: 2,
            subject: SUBJECT,
            ..Server::default()
        }));
        let played = Arc::clone(&server);
        let mut phone = Phone::new(move |request| played.lock().unwrap().play(request));
        phone.config.root_key = Ed25519::seed(1).public_key();
        std::fs::create_dir_all(phone.folder()).unwrap();
        std::fs::write(&phone.config.keyset_path, key_set(1, 2)).unwrap();
        let told = Arc::default();
        let (store, engine) = Self::open(&phone, &told);
        Self {
            phone,
            server,
            store,
            engine,
            told,
        }
    }

    fn open(phone: &Phone, told: &Arc<Mutex<Vec<Notification>>>) -> (Arc<Store>, Arc<Engine>) {
        let store = Arc::new(Store::open(&phone.config, &phone.ports).unwrap());
        let engine = Engine::open(&phone.config, &phone.ports, Arc::clone(&store)).unwrap();
        let told = Arc::clone(told);
        engine.set_listener(Arc::new(move |notification| {
            told.lock().unwrap().push(notification);
        }));
        (store, engine)
    }

    /// The process dies and is started again.
    fn restart(self) -> Self {
        let Self {
            phone,
            server,
            store,
            engine,
            told,
        } = self;
        *phone.http.hang.lock().unwrap() = None;
        drop((store, engine));
        let (store, engine) = Self::open(&phone, &told);
        Self {
            phone,
            server,
            store,
            engine,
            told,
        }
    }

    fn server(&self) -> MutexGuard<'_, Server> {
        self.server.lock().unwrap()
    }

    /// Runs the engine until something holds; time passes only when nothing else can happen.
    fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let waker = noop_waker();
        let mut context = Context::from_waker(&waker);
        let mut running = pin!(Arc::clone(&self.engine).run());
        for _ in 0..500 {
            if let Poll::Ready(problem) = running.as_mut().poll(&mut context) {
                panic!("stopped before {what}: {problem}");
            }
            if holds(self) {
                return;
            }
            assert!(self.phone.clock.skip(), "nothing will ever bring {what}");
        }
        panic!("waited too long for {what}");
    }

    fn begin_sign_in(&self) {
        let url = self.engine.begin_sign_in().unwrap();
        let state = url
            .split(['&', '?'])
            .find_map(|pair| pair.strip_prefix("state="))
            .unwrap();
        self.engine
            .browser_returned(&format!("vn.gandan:/callback?code=the-code&state={state}"))
            .unwrap();
    }

    fn sign_in(&self) {
        self.begin_sign_in();
        self.until("sign-in", |rig| rig.store.signed_in().unwrap());
    }

    fn photo() -> Vec<u8> {
        (0..150_000u32).map(|at| (at % 241) as u8).collect()
    }

    fn draft(&self) -> IntentId {
        let draft = self.store.create_draft("1.001193", 1).unwrap();
        self.store
            .set_answer(draft, "child.full_name", Value::Text(NAME.into()), 1)
            .unwrap();
        self.store
            .attach_file(draft, "certificate.photo", &Self::photo(), "image/jpeg")
            .unwrap();
        draft
    }

    fn freeze(&self, draft: IntentId) {
        let files = self.store.files(draft).unwrap();
        let intent = Intent {
            id: draft,
            subject: SUBJECT.into(),
            procedure: "1.001193".into(),
            form_version: 1,
            commune: PlaceKey {
                code: "00001".into(),
                valid_from: "2025-07-01".parse().unwrap(),
            },
            fee_vnd: Some(gandan_domain::payment::Vnd::ZERO),
            answers: Answers(self.store.answers(draft).unwrap().0),
            files: files.clone(),
            contested: BTreeMap::new(),
            intent_at: self.phone.clock_now(),
        };
        let jws = self
            .phone
            .ports
            .keystore
            .device_signer()
            .jws(
                gandan_domain::dossier::intent::INTENT_TYP,
                &serde_json::to_vec(&intent).unwrap(),
            )
            .unwrap();
        self.store
            .freeze(draft, SUBJECT, &jws, files, None)
            .unwrap();
        self.engine.wake();
    }

    fn file(&self) -> IntentId {
        let draft = self.draft();
        self.freeze(draft);
        draft
    }

    fn entry(&self, intent: IntentId) -> OutboxEntry {
        self.store.outbox_entry(intent).unwrap().unwrap()
    }

    fn is_sent(&self, intent: IntentId) -> bool {
        self.entry(intent).state == OutboxState::Sent
    }

    fn wedged(&self, intent: IntentId) -> Option<Problem> {
        match self.entry(intent).state {
            OutboxState::Wedged { problem } => Some(problem),
            _ => None,
        }
    }

    fn last_problem(&self, intent: IntentId) -> Option<Problem> {
        match self.entry(intent).state {
            OutboxState::Waiting { last_problem, .. } => last_problem,
            _ => None,
        }
    }
}

#[test]
fn the_whole_job_takes_four_round_trips() {
    let rig = Rig::new();
    let intent = rig.draft();
    rig.sign_in();
    rig.until("prefill", |rig| {
        rig.store.prefill("1.001193").unwrap().fetched_at.is_some()
    });
    rig.freeze(intent);
    rig.until("the receipt", |rig| rig.is_sent(intent));
    assert_eq!(
        rig.server().log,
        [
            "POST /oauth/token",
            "POST /v1/sync",
            "POST /v1/files",
            "POST /v1/sync"
        ]
    );
    let proof = rig.engine.receipt(intent).unwrap().unwrap();
    assert_eq!(proof.receipt().files, rig.store.files(intent).unwrap());
    assert_eq!(rig.store.dossiers().unwrap().len(), 1);
    let told = rig.told.lock().unwrap();
    for wanted in [
        Notification::Online(true),
        Notification::SignedIn,
        Notification::OutboxChanged { intent },
        Notification::DossierChanged { intent },
    ] {
        assert!(told.contains(&wanted), "{wanted:?}");
    }
}

/// Two people may share a phone: what one signed is never filed in the other's name.
#[test]
fn what_one_person_signed_waits_while_another_is_signed_in() {
    let rig = Rig::new();
    rig.sign_in();
    let draft = rig.draft();
    rig.store.end_session(None).unwrap();
    rig.freeze(draft);
    rig.server().subject = "citizen-2";
    rig.sign_in();
    rig.engine.tick();
    rig.until("a sync of the other's", |rig| {
        rig.server().log.iter().any(|call| call == "POST /v1/sync")
    });
    assert!(rig.server().uploads.is_empty());
    assert!(matches!(
        rig.entry(draft).state,
        OutboxState::Waiting {
            last_problem: Some(Problem::SignInAgain),
            ..
        }
    ));
    rig.store.end_session(None).unwrap();
    rig.server().subject = SUBJECT;
    rig.sign_in();
    rig.engine.tick();
    rig.until("the receipt", |rig| rig.is_sent(draft));
}

#[test]
fn news_and_results_arrive_and_open_offline() {
    let rig = Rig::new();
    rig.sign_in();
    let intent = rig.file();
    rig.until("the receipt", |rig| rig.is_sent(intent));
    let id = Uuid::from_u128(9);
    rig.server().results.push(ResultView {
        id,
        name: "Giấy khai sinh".into(),
        sha256: sha256_hex(RESULT),
        size: RESULT.len() as u64,
        media_type: "application/pdf".into(),
    });
    // By itself, since the app is in front and a dossier is open.
    rig.until("the result", |rig| {
        rig.store.result_bytes(id).unwrap().is_some()
    });
    let rig = rig.restart();
    assert_eq!(
        rig.store.result_bytes(id).unwrap().unwrap().expose(),
        RESULT
    );
}

#[test]
fn a_result_of_another_hash_is_not_kept() {
    let rig = Rig::new();
    rig.sign_in();
    let intent = rig.file();
    rig.until("the receipt", |rig| rig.is_sent(intent));
    let id = Uuid::from_u128(9);
    rig.server().results.push(ResultView {
        id,
        name: "Giấy khai sinh".into(),
        sha256: sha256_hex(b"another"),
        size: RESULT.len() as u64,
        media_type: "application/pdf".into(),
    });
    let asked = format!("GET /v1/results/{id}");
    rig.until("three tries", |rig| {
        rig.server()
            .log
            .iter()
            .filter(|line| **line == asked)
            .count()
            == 3
    });
    assert!(rig.store.result_bytes(id).unwrap().is_none());
}

/// The answer to the submission is lost, again and again: one dossier, and waits within bounds.
#[test]
fn lost_answers_make_one_dossier() {
    let rig = Rig::new();
    rig.sign_in();
    rig.server().lose = vec![2, 3, 4, 5, 6, 7];
    let started = rig.phone.clock_now();
    let intent = rig.file();
    rig.until("the first failure", |rig| {
        rig.last_problem(intent) == Some(Problem::Offline)
    });
    let OutboxState::Waiting { next_try, .. } = rig.entry(intent).state else {
        panic!("it waits");
    };
    assert_eq!(next_try, started.plus_ms(5_000));
    assert!(rig.entry(intent).in_doubt);
    assert!(matches!(
        rig.store.abandon(intent),
        Err(StoreError::InDoubt)
    ));
    rig.until("the receipt", |rig| rig.is_sent(intent));
    assert_eq!(rig.server().dossiers.len(), 1);
    assert!(rig.engine.receipt(intent).unwrap().is_some());
    assert_eq!(rig.server().resent, 0);
}

#[test]
fn the_network_coming_back_ends_the_wait() {
    let rig = Rig::new();
    rig.sign_in();
    rig.server().portal = true;
    let intent = rig.file();
    let tries = |rig: &Rig| rig.server().log.len();
    let before = tries(&rig);
    rig.until("six failures", |rig| tries(rig) == before + 6);
    assert_eq!(rig.last_problem(intent), Some(Problem::NotTheService));
    assert!(
        rig.told
            .lock()
            .unwrap()
            .contains(&Notification::Online(false))
    );
    rig.server().portal = false;
    let now = rig.phone.clock_now();
    rig.engine.connectivity(true);
    rig.until("the receipt", |rig| rig.is_sent(intent));
    assert_eq!(rig.phone.clock_now(), now);
}

/// S02 and K6: killed at every exchange, before and after it reached the backend.
#[test]
fn a_kill_at_any_exchange_loses_nothing_and_doubles_nothing() {
    let mut reached = 0;
    for arrived in [false, true] {
        for at in 0.. {
            let mut rig = Rig::new();
            *rig.phone.http.hang.lock().unwrap() = Some(Hang { at, arrived });
            let id = Uuid::from_u128(9);
            let intent = rig.draft();
            rig.begin_sign_in();
            let killed = |rig: &Rig| {
                rig.phone
                    .http
                    .sent
                    .load(std::sync::atomic::Ordering::SeqCst)
                    > at
            };
            let mut was_killed = false;
            let steps: [&dyn Fn(&Rig) -> bool; 3] = [
                &|rig| rig.store.prefill("1.001193").unwrap().fetched_at.is_some(),
                &|rig| rig.is_sent(intent),
                &|rig| rig.store.result_bytes(id).unwrap().is_some(),
            ];
            for (number, step) in steps.into_iter().enumerate() {
                match number {
                    1 => rig.freeze(intent),
                    2 => {
                        rig.server().results.push(ResultView {
                            id,
                            name: "Giấy khai sinh".into(),
                            sha256: sha256_hex(RESULT),
                            size: RESULT.len() as u64,
                            media_type: "application/pdf".into(),
                        });
                        rig.engine.tick();
                    }
                    _ => {}
                }
                if !was_killed {
                    rig.until("a step or the kill", |rig| step(rig) || killed(rig));
                    if killed(&rig) && !step(&rig) {
                        was_killed = true;
                        rig = rig.restart();
                    }
                }
                rig.until("the step", step);
            }
            assert_eq!(rig.server().dossiers.len(), 1, "killed at {at}, {arrived}");
            assert!(rig.engine.receipt(intent).unwrap().is_some());
            assert_eq!(
                rig.store.answers(intent).unwrap().text("child.full_name"),
                Some(NAME)
            );
            if !was_killed {
                break;
            }
            reached += 1;
        }
    }
    // Token, prefill, upload, submission, news, result; each on both sides.
    assert_eq!(reached, 12);
}

#[test]
fn a_refused_dossier_can_be_edited_retried_and_abandoned() {
    let rig = Rig::new();
    rig.sign_in();
    let invalid = Problem::Invalid {
        fields: vec![FieldProblem {
            field: "child.full_name".into(),
            message: "form-required".into(),
        }],
    };
    rig.server().refuse = Some(invalid.clone());
    let intent = rig.file();
    rig.until("the wedge", |rig| rig.wedged(intent).is_some());
    assert_eq!(rig.wedged(intent), Some(invalid.clone()));
    assert!(!rig.entry(intent).in_doubt);
    // Time alone changes nothing: somebody has to decide.
    rig.engine.tick();
    rig.phone.clock.advance(86_400_000);
    let rig = rig.restart();
    assert_eq!(rig.wedged(intent), Some(invalid.clone()));

    rig.store.retry(intent).unwrap();
    rig.engine.wake();
    rig.until("the second wedge", |rig| rig.wedged(intent).is_some());

    rig.store.edit(intent).unwrap();
    rig.store
        .set_answer(intent, "child.full_name", Value::Text("Thử Lại".into()), 2)
        .unwrap();
    rig.server().refuse = None;
    rig.freeze(intent);
    rig.until("the receipt", |rig| rig.is_sent(intent));
    assert_eq!(rig.server().dossiers.len(), 1);
    assert!(matches!(rig.store.edit(intent), Err(StoreError::InDoubt)));

    rig.server().refuse = Some(Problem::Malformed);
    let second = rig.file();
    rig.until("the wedge", |rig| rig.wedged(second).is_some());
    rig.store.abandon(second).unwrap();
    assert_eq!(rig.store.outbox().unwrap().len(), 1);
    let drafts = rig.store.drafts().unwrap();
    let kept = drafts.iter().find(|draft| draft.intent == second).unwrap();
    assert!(kept.discarded_at.is_some(), "it can still be had back");
}

#[test]
fn a_receipt_over_other_files_never_says_sent() {
    let rig = Rig::new();
    rig.sign_in();
    rig.server().lie = true;
    let intent = rig.file();
    rig.until("the wedge", |rig| rig.wedged(intent).is_some());
    assert_eq!(rig.wedged(intent), Some(Problem::ReceiptRefused));
    assert!(rig.entry(intent).in_doubt);
    assert!(rig.engine.receipt(intent).unwrap().is_none());
}

#[test]
fn a_receipt_by_a_newer_key_is_believed_once_the_root_vouches_for_it() {
    let rig = Rig::new();
    rig.sign_in();
    rig.server().receipt_key = 3;
    let intent = rig.file();
    rig.until("the receipt", |rig| rig.is_sent(intent));
    assert!(rig.server().log.contains(&"GET /v1/keys".to_owned()));
    let rig = rig.restart();
    assert_eq!(rig.engine.keys().unwrap().serial, 2);
    assert!(rig.engine.receipt(intent).unwrap().is_some());
}

#[test]
fn a_receipt_by_nobody_is_refused() {
    let rig = Rig::new();
    rig.sign_in();
    rig.server().receipt_key = 77;
    let intent = rig.file();
    rig.until("the wedge", |rig| rig.wedged(intent).is_some());
    assert_eq!(rig.wedged(intent), Some(Problem::ReceiptRefused));
}

#[test]
fn an_upload_goes_on_where_it_broke() {
    let rig = Rig::new();
    rig.sign_in();
    rig.server().cut = Some(60_000);
    let intent = rig.file();
    rig.until("the break", |rig| rig.last_problem(intent).is_some());
    let rig = rig.restart();
    rig.until("the receipt", |rig| rig.is_sent(intent));
    // The address was in the answer that broke, so it is asked for by creating again, which
    // repeats one piece; nothing else is sent twice.
    assert!(rig.server().resent <= 150_000);
    let held = rig.server().uploads.values().next().unwrap().1.clone();
    assert_eq!(held, Rig::photo());
}

#[test]
fn a_break_after_the_first_piece_is_resumed_by_asking() {
    let rig = Rig::new();
    rig.sign_in();
    let draft = rig.store.create_draft("1.001193", 1).unwrap();
    let large: Vec<u8> = (0..1_500_000u32).map(|at| (at % 239) as u8).collect();
    rig.store
        .attach_file(draft, "certificate.photo", &large, "image/jpeg")
        .unwrap();
    {
        let mut server = rig.server();
        server.cut = Some(100_000);
        server.cut_patch = true;
    }
    // Token, first piece, and killed in the second, of which a part arrives.
    *rig.phone.http.hang.lock().unwrap() = Some(Hang {
        at: 2,
        arrived: true,
    });
    rig.freeze(draft);
    let sent = |rig: &Rig| {
        rig.phone
            .http
            .sent
            .load(std::sync::atomic::Ordering::SeqCst)
    };
    rig.until("the kill", |rig| sent(rig) == 3);
    assert!(
        matches!(rig.entry(draft).state, OutboxState::Uploading { done, .. } if done > 500_000)
    );
    let rig = rig.restart();
    rig.until("the receipt", |rig| rig.is_sent(draft));
    assert_eq!(rig.server().resent, 0);
    assert!(rig.server().log.iter().any(|line| line.starts_with("HEAD")));
    let held = rig.server().uploads.values().next().unwrap().1.clone();
    assert_eq!(held, large);
}

#[test]
fn files_the_backend_has_lost_are_sent_again() {
    let rig = Rig::new();
    rig.sign_in();
    rig.server().refuse = Some(Problem::FileIncomplete);
    let intent = rig.file();
    rig.until("the refusal", |rig| {
        rig.last_problem(intent) == Some(Problem::FileIncomplete)
    });
    {
        let mut server = rig.server();
        server.refuse = None;
        server.uploads.clear();
    }
    rig.until("the receipt", |rig| rig.is_sent(intent));
    assert_eq!(rig.server().uploads.len(), 1);
}

#[test]
fn a_clock_that_jumps_strands_nothing() {
    for jump in [-3_600_000 * 24 * 400, 3_600_000 * 24 * 400] {
        let rig = Rig::new();
        rig.sign_in();
        rig.server().portal = true;
        let intent = rig.file();
        let before = rig.server().log.len();
        rig.until("some failures", |rig| rig.server().log.len() == before + 4);
        rig.server().portal = false;
        rig.phone.clock.advance(jump);
        rig.until("the receipt", |rig| rig.is_sent(intent));
        assert_eq!(rig.server().dossiers.len(), 1);
    }
}

#[test]
fn an_ended_session_waits_for_the_next_with_everything() {
    let rig = Rig::new();
    rig.sign_in();
    {
        let mut server = rig.server();
        server.refresh_dead = true;
        // The access token is no longer good either.
        server.tokens += 1;
    }
    let intent = rig.file();
    rig.until("the end", |rig| !rig.store.signed_in().unwrap());
    assert!(
        rig.told
            .lock()
            .unwrap()
            .contains(&Notification::SessionEnded)
    );
    assert_eq!(
        rig.store.sign_in_problem().unwrap(),
        Some(Problem::SignInAgain)
    );
    let rig = rig.restart();
    assert!(!rig.is_sent(intent));
    rig.server().refresh_dead = false;
    rig.sign_in();
    rig.until("the receipt", |rig| rig.is_sent(intent));
}

#[test]
fn a_stale_token_is_refreshed_once() {
    let rig = Rig::new();
    rig.sign_in();
    // By the clock.
    rig.phone.clock.advance(601_000);
    let intent = rig.file();
    rig.until("the receipt", |rig| rig.is_sent(intent));
    // By the backend's word.
    rig.server().tokens += 1;
    let second = rig.file();
    rig.until("the receipt", |rig| rig.is_sent(second));
    let refreshed = rig
        .server()
        .log
        .iter()
        .filter(|line| line.ends_with("/token"))
        .count();
    assert_eq!(refreshed, 3);
}

#[test]
fn only_the_browser_that_was_sent_comes_back() {
    let rig = Rig::new();
    let back = |url: &str| rig.engine.browser_returned(url);
    assert_eq!(
        back("vn.gandan:/callback?code=a&state=b"),
        Err(Problem::SignInRefused)
    );
    let url = rig.engine.begin_sign_in().unwrap();
    assert_eq!(rig.engine.begin_sign_in().unwrap(), url);
    assert!(url.starts_with("http://backend.test/oauth/authorize?response_type=code&"));
    assert_eq!(
        back("vn.gandan:/callback?code=a&state=b"),
        Err(Problem::SignInRefused)
    );
    assert!(rig.store.signing_in().unwrap());
    let state = url
        .split(['&', '?'])
        .find_map(|pair| pair.strip_prefix("state="))
        .unwrap();
    let down = format!("vn.gandan:/callback?error=temporarily_unavailable&state={state}");
    assert_eq!(back(&down), Err(Problem::IdentityUnavailable));
    assert!(!rig.store.signing_in().unwrap());
    assert_eq!(
        rig.store.sign_in_problem().unwrap(),
        Some(Problem::IdentityUnavailable)
    );
}

#[test]
fn a_sign_in_survives_a_kill_behind_the_browser() {
    let rig = Rig::new();
    let url = rig.engine.begin_sign_in().unwrap();
    let rig = rig.restart();
    assert_eq!(rig.engine.begin_sign_in().unwrap(), url);
    rig.server().lose = vec![0];
    rig.sign_in();
}

#[test]
fn signing_out_tells_the_backend_even_after_a_kill() {
    let rig = Rig::new();
    rig.sign_in();
    rig.engine.sign_out().unwrap();
    assert!(!rig.store.signed_in().unwrap());
    let rig = rig.restart();
    rig.until("the word", |rig| {
        rig.server().log.contains(&"POST /oauth/revoke".to_owned())
    });
    assert!(rig.store.sign_in_problem().unwrap().is_none());
}

#[test]
fn a_suspended_store_pauses_the_engine() {
    let rig = Rig::new();
    rig.sign_in();
    let intent = rig.file();
    rig.store.suspend().unwrap();
    let waker = noop_waker();
    let mut context = Context::from_waker(&waker);
    let mut running = Box::pin(Arc::clone(&rig.engine).run());
    assert!(running.as_mut().poll(&mut context).is_pending());
    rig.store.resume().unwrap();
    rig.engine.wake();
    let _ = running.as_mut().poll(&mut context);
    assert!(rig.is_sent(intent));
}

#[test]
fn without_a_key_set_by_the_root_nothing_opens() {
    let rig = Rig::new();
    let (phone, store) = (&rig.phone, Arc::clone(&rig.store));
    std::fs::write(&phone.config.keyset_path, "forged.key.set").unwrap();
    let opened = Engine::open(&phone.config, &phone.ports, store);
    assert_eq!(opened.err(), Some(Problem::PackRefused));
}

/// I6: what was typed and what speaks for the citizen is in no file, no notification, no error.
#[test]
fn nothing_personal_leaks() {
    let rig = Rig::new();
    let intent = rig.draft();
    rig.sign_in();
    rig.until("prefill", |rig| {
        rig.store.prefill("1.001193").unwrap().fetched_at.is_some()
    });
    rig.server().refuse = Some(Problem::Malformed);
    rig.freeze(intent);
    rig.until("the wedge", |rig| rig.wedged(intent).is_some());
    rig.server().refuse = None;
    rig.store.retry(intent).unwrap();
    rig.engine.wake();
    rig.until("the receipt", |rig| rig.is_sent(intent));
    let mut printed = String::new();
    for notification in rig.told.lock().unwrap().iter() {
        printed += &format!("{notification:?}\n");
    }
    let entry = rig.entry(intent);
    printed += &format!("{:?} {:?}\n", entry.state, entry.files);
    let missing = IntentId(Uuid::nil());
    for error in [
        rig.store.answers(missing).err().unwrap(),
        rig.store.edit(intent).err().unwrap(),
        rig.store
            .set_answer(intent, "f", Value::Text(NAME.into()), 9)
            .err()
            .unwrap(),
    ] {
        printed += &format!("{error} {error:?}\n");
        printed += &format!("{:?}\n", Problem::from(error));
    }
    for needle in [NAME, "access-", "refresh-", "the-code"] {
        assert!(!printed.contains(needle), "{needle} printed");
        for (path, bytes) in rig.phone.disk() {
            let found = bytes
                .windows(needle.len())
                .any(|part| part == needle.as_bytes());
            assert!(!found, "{needle} in {}", path.display());
        }
    }
}

#[test]
fn two_runs_from_one_seed_send_the_same_bytes() {
    let run = || {
        let rig = Rig::new();
        rig.sign_in();
        let intent = rig.file();
        rig.until("the receipt", |rig| rig.is_sent(intent));
        let random: &dyn Random = &*rig.phone.ports.world.random;
        (rig.server().log.clone(), random.bytes::<8>(), intent)
    };
    assert_eq!(run(), run());
}

/// A phone with an open dossier on a network that can keep a line open.
fn listening(mute: bool) -> Rig {
    let rig = Rig::new();
    rig.server().mute = mute;
    rig.sign_in();
    let intent = rig.file();
    rig.until("the receipt", |rig| rig.is_sent(intent));
    *rig.phone.http.lines.lock().unwrap() = Some(Vec::new());
    rig
}

fn count(rig: &Rig, call: &str) -> usize {
    let log = &rig.server().log;
    log.iter().filter(|line| *line == call).count()
}

fn lines(rig: &Rig) -> Vec<crate::testing::Wire> {
    let lines = rig.phone.http.lines.lock().unwrap();
    lines.clone().unwrap_or_default()
}

fn has_result(rig: &Rig, id: u128) -> bool {
    rig.store
        .result_bytes(Uuid::from_u128(id))
        .unwrap()
        .is_some()
}

fn result(id: u128) -> ResultView {
    ResultView {
        id: Uuid::from_u128(id),
        name: "Giấy khai sinh".into(),
        sha256: sha256_hex(RESULT),
        size: RESULT.len() as u64,
        media_type: "application/pdf".into(),
    }
}

/// News comes when the backend says so, at the same instant, and nobody asks meanwhile.
#[test]
fn a_word_on_the_line_brings_the_news() {
    let rig = listening(false);
    let waker = noop_waker();
    let mut context = Context::from_waker(&waker);
    let mut running = pin!(Arc::clone(&rig.engine).run());
    let mut poll = || assert!(running.as_mut().poll(&mut context).is_pending());
    poll();
    let line = lines(&rig).pop().expect("a line");
    let (now, syncs) = (rig.phone.clock_now(), count(&rig, "POST /v1/sync"));
    // What keeps the line alive asks for nothing.
    for _ in 0..20 {
        rig.phone.clock.advance(25_000);
        line.say(b":\n\n");
        poll();
    }
    assert_eq!(count(&rig, "POST /v1/sync"), syncs, "no polling");
    rig.server().results.push(result(9));
    line.say(b"event: sy");
    poll();
    assert!(!has_result(&rig, 9));
    line.say(b"nc\ndata: now\n\n");
    poll();
    assert!(has_result(&rig, 9));
    assert_eq!(rig.phone.clock_now(), now.plus_ms(20 * 25_000));
    assert_eq!(lines(&rig).len(), 1);
}

/// A line that ends or goes silent is opened again, ever more rarely, and news comes all the same.
#[test]
fn a_broken_line_is_opened_again_and_polling_goes_on() {
    let rig = listening(false);
    rig.until("a line", |rig| lines(rig).len() == 1);
    lines(&rig)[0].hang_up();
    rig.until("another", |rig| lines(rig).len() == 2);
    // Nothing is heard on this one.
    rig.until("a third", |rig| lines(rig).len() == 3);
    rig.server().mute = true;
    lines(&rig)[2].hang_up();
    rig.server().results.push(result(7));
    rig.until("the result, by asking", |rig| has_result(rig, 7));
    rig.until("a refused line", |rig| count(rig, "GET /v1/events") > 3);
    assert_eq!(lines(&rig).len(), 3);
    // In the background nobody listens.
    rig.server().mute = false;
    rig.engine.set_in_front(false);
    let asked = count(&rig, "GET /v1/events");
    let before = rig.phone.clock_now();
    rig.engine.tick();
    rig.until("an hour", |rig| {
        rig.phone.clock_now().0 - before.0 > 3_600_000 || count(rig, "GET /v1/events") > asked
    });
    assert_eq!(count(&rig, "GET /v1/events"), asked);
}

/// Where nobody may listen, asking at intervals is all there is, and enough.
#[test]
fn without_a_line_the_news_is_asked_for() {
    let rig = listening(true);
    rig.server().results.push(result(8));
    rig.until("the result", |rig| has_result(rig, 8));
    assert!(lines(&rig).is_empty());
}
