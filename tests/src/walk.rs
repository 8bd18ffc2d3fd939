//! The walk: the main job, done headless against a running stack, by a person who sees only the
//! screen.
//!
//! The real core runs here with real adapters; the person reads its screens, plays her own system
//! browser and, for want of one, the officer at the desk. It prints what somebody who uses a screen
//! reader would hear, then what it cost. Killed at any moment and started again over the same
//! folder, it goes on where it was.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use gandan_core::{
    Core,
    config::{Config, Ports},
    screen::{BlockKind, Event, Request, Screen},
};
use gandan_domain::{Problem, dossier::Status, jws::PublicKey, payment::Method, wire::DossierView};
use gandan_foundation::{
    adapters::{HttpOptions, OsRandom, ReqwestHttp, SystemClock},
    ports::{Clock, Http, Random, World},
};
use gandan_sandbox::browser::{self, Login, Paying};
use serde::Serialize;
use tokio::sync::Notify;

use crate::{
    keystore::TestKeystore,
    person::{self, Deed, Linking, Person, notices},
    photo::photo,
    proxy::{Figures, Proxy},
    scan::{Needle, photo_needles},
    sim::needles_of,
};

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Job {
    /// Register the birth of a child (1.001193).
    Birth,
    /// The same, and the office asks for a supplement.
    Supplement,
    /// The same, and the citizen asks for it back.
    Withdraw,
    /// Order two civil-status extracts (2.000635) and pay for both at once.
    Extract,
}

/// What a walk needs to know.
#[derive(Clone)]
pub struct WalkOptions {
    pub job: Job,
    pub backend: String,
    pub sandbox: String,
    pub content: PathBuf,
    pub keyset: PathBuf,
    pub root_key: PathBuf,
    /// The phone: its app's data and its keystore.
    pub data: PathBuf,
    pub lang: String,
    /// Lines for the ear, as they come.
    pub say: fn(&str),
}

/// What came of it; printed as one JSON object.
#[derive(Clone, Debug, Serialize, PartialEq)]
pub struct Outcome {
    pub dossier_code: String,
    /// The national status code at the end: 9 (Đã xử lý xong) or 10 (Đã trả kết quả).
    pub status: u8,
    pub receipt_verified: bool,
    /// How many dossiers came to the desk since the walk began; must be 1.
    pub dossiers: usize,
    /// The procedure is free, and nothing in this stack can charge.
    pub charges: u32,
    /// TCP payload both ways, all hosts, browser included, from launch to receipt, besides files.
    pub wire_bytes: u64,
    pub file_bytes: u64,
    pub round_trips: u64,
    pub seconds: f64,
    /// This run went on where an earlier one was killed, or met a failure on the way: its figures are
    /// not those of a walk in one piece.
    pub disturbed: bool,
}

pub const MOST_BYTES: u64 = 300_000;
pub const MOST_ROUND_TRIPS: u64 = 12;

#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    #[error("prepare the walk: {0}")]
    Prepare(#[from] io::Error),
    #[error("open the app: {0}")]
    Open(Problem),
    #[error(transparent)]
    Lost(#[from] person::Lost),
    #[error("come to an end: nothing has moved for {0} s at screen {1} ({2})")]
    Stuck(u64, String, String),
    #[error("keep a promise: {0}")]
    Broken(String),
}

/// How long nothing may move.
const PATIENCE: Duration = Duration::from_secs(90);
/// How often she looks when nothing calls her.
const GLANCE: Duration = Duration::from_millis(1_000);
const REDIRECT: &str = "http://127.0.0.1/callback";

/// What she wants, and what she knows.
pub struct Wish {
    pub procedure: String,
    pub query: String,
    pub knowledge: person::Knowledge,
}

/// Where a wish ends.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// On the desk, with the result in her hands.
    Filed(Outcome),
    /// A prepared file, and this code to say at the counter; nothing was sent.
    Counter { code: String },
}

/// Does the main job.
pub async fn walk(options: WalkOptions) -> Result<Outcome, WalkError> {
    let wish = match options.job {
        Job::Extract => person::two_extracts(),
        Job::Birth | Job::Supplement | Job::Withdraw => person::mother(SystemClock.now()),
    };
    let mut person = Person::new(wish, Linking::First, &options.lang);
    person.wants_it_back = options.job == Job::Withdraw;
    person.pays = (options.job == Job::Extract).then_some(Method::Vnpay);
    match go(options, person, true).await? {
        End::Filed(outcome) => Ok(outcome),
        End::Counter { .. } => Err(WalkError::Broken(
            "what can be filed ends at the counter".into(),
        )),
    }
}

/// Does whatever she wishes, to its end.
pub async fn wish(options: WalkOptions, wish: Wish) -> Result<End, WalkError> {
    let person = Person::new(wish.knowledge, Linking::First, &options.lang)
        .wants(&wish.procedure, &wish.query);
    go(options, person, false).await
}

/// Does the job once; `budgeted` holds it to what the main job may cost.
async fn go(options: WalkOptions, person: Person, budgeted: bool) -> Result<End, WalkError> {
    let clock = SystemClock;
    let begun = clock.now();
    let notebook = Notebook::open(&options.data)?;
    let proxy = Proxy::start().await?;
    let http = client(Some(proxy.url()))?;
    let random: Arc<dyn Random> = Arc::new(OsRandom::default());
    let desk = Desk::new(&options.sandbox, client(None)?);
    let on_desk = notebook.on_desk(&desk).await?;
    let charged = desk.charges().await?;

    let root = fs::read(&options.root_key)?;
    let config = Config {
        data_dir: options.data.join("phone"),
        content_path: options.content.clone(),
        fetch_content: true,
        keyset_path: options.keyset.clone(),
        root_key: serde_json::from_slice::<PublicKey>(&root).map_err(io::Error::from)?,
        backend_url: options.backend.trim_end_matches('/').to_owned(),
        redirect_uri: REDIRECT.into(),
        lang: None,
        device: gandan_domain::text::messages::Device::Phone,
        sqlite_vfs: None,
    };
    let ports = Ports {
        world: World {
            clock: Arc::new(clock),
            random: Arc::clone(&random),
            http: http.clone(),
        },
        keystore: Arc::new(TestKeystore::in_folder(
            &options.data.join("keystore"),
            random,
        )?),
    };
    let core = Core::open(config, ports).map_err(WalkError::Open)?;
    let changed = Arc::new(Notify::new());
    {
        let changed = Arc::clone(&changed);
        let say = options.say;
        core.subscribe(Arc::new(move |update| {
            if let Some(announced) = update.announce {
                say(&format!("  ♪ {}", announced.heard()));
            }
            changed.notify_one();
        }));
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "the walk is a main: it owns the runtime"
    )]
    let engine = tokio::spawn(core.run());

    let mut walk = Walk {
        job: options.job,
        person,
        photo: photo(notebook.photo_seed),
        core,
        changed,
        proxy,
        browser: http,
        desk,
        on_desk,
        say: options.say,
        shown: None,
        at_receipt: None,
        verified: false,
        officer: None,
    };
    let outcome = walk.walk().await;
    engine.abort();
    let document = match outcome? {
        Finish::Document(length) => length,
        Finish::Counter(code) => {
            let filed = walk.desk.codes().await?.difference(&walk.on_desk).count();
            let dossiers = walk.core.dossiers().map_err(WalkError::Open)?;
            let wished = walk.person.procedure();
            if filed > 0 || dossiers.iter().any(|found| found.procedure == wished) {
                return Err(WalkError::Broken(
                    "a procedure for the counter was filed".into(),
                ));
            }
            notebook.finish()?;
            return Ok(End::Counter { code });
        }
    };
    let dossier = walk.dossier()?;
    if dossier.procedure != walk.person.procedure() {
        return Err(WalkError::Broken(format!(
            "{} was filed, she wished {}",
            dossier.procedure,
            walk.person.procedure()
        )));
    }
    let figures = walk.at_receipt.unwrap_or_default();
    let seconds = (clock.now().ms() - begun.ms()) as f64 / 1000.0;
    let outcome = Outcome {
        dossier_code: dossier.code.to_string(),
        status: dossier.status.code(),
        receipt_verified: walk.verified,
        dossiers: walk.desk.codes().await?.difference(&walk.on_desk).count(),
        charges: walk.desk.charges().await?.saturating_sub(charged),
        wire_bytes: figures.bytes,
        file_bytes: figures.file_bytes,
        round_trips: figures.round_trips,
        seconds,
        disturbed: notebook.resumed || figures.failed > 0,
    };
    check(options.job, &outcome, &dossier, document, budgeted)?;
    notebook.finish()?;
    Ok(End::Filed(outcome))
}

/// What she holds when she is done.
enum Finish {
    /// The result; how long the document is.
    Document(usize),
    /// The code for the counter.
    Counter(String),
}

/// What has to hold at the end of every walk.
fn check(
    job: Job,
    outcome: &Outcome,
    dossier: &DossierView,
    document: usize,
    budgeted: bool,
) -> Result<(), WalkError> {
    let broken = |why: String| Err(WalkError::Broken(why));
    if !outcome.receipt_verified {
        return broken("no receipt was verified".into());
    }
    if outcome.dossiers != 1 {
        return broken(format!(
            "{} dossiers came to the desk for one wish",
            outcome.dossiers
        ));
    }
    let ended = match job {
        Job::Birth | Job::Supplement | Job::Extract => {
            matches!(dossier.status, Status::Done | Status::Returned)
        }
        Job::Withdraw => dossier.status == Status::Stopped,
    };
    let asked = |status: Status| {
        let mut entries = dossier.history.iter();
        entries.any(|entry| entry.by_citizen && entry.status == status)
    };
    let did = match job {
        Job::Birth => true,
        Job::Extract => {
            let paid = dossier.fees.iter().all(|fee| fee.paid) && !dossier.fees.is_empty();
            // A walk that was killed in the middle counts from where it went on.
            paid && (outcome.charges == 1 || outcome.disturbed)
        }
        Job::Supplement => asked(Status::SupplementRequested),
        Job::Withdraw => asked(Status::WithdrawalRequested),
    };
    if !did {
        return broken("what the citizen did is not in the history".into());
    }
    if !ended {
        return broken(format!("the dossier ends in status {}", outcome.status));
    }
    let handled = dossier
        .history
        .iter()
        .any(|entry| entry.handler.is_some() && !entry.agency.is_empty());
    if !handled {
        return broken("nobody says which agency and officer handled it".into());
    }
    if document == 0 && job != Job::Withdraw {
        return broken("the result is empty".into());
    }
    if budgeted && !outcome.disturbed && outcome.wire_bytes > MOST_BYTES {
        return broken(format!(
            "{} bytes on the wire, more than {MOST_BYTES}",
            outcome.wire_bytes
        ));
    }
    if budgeted && !outcome.disturbed && outcome.round_trips > MOST_ROUND_TRIPS {
        return broken(format!(
            "{} round trips, more than {MOST_ROUND_TRIPS}",
            outcome.round_trips
        ));
    }
    Ok(())
}

struct Walk {
    job: Job,
    person: Person,
    photo: Vec<u8>,
    core: Arc<Core>,
    changed: Arc<Notify>,
    proxy: Proxy,
    browser: Arc<ReqwestHttp>,
    desk: Desk,
    on_desk: BTreeSet<String>,
    say: fn(&str),
    shown: Option<Screen>,
    /// What it had cost when "sent" was first shown.
    at_receipt: Option<Figures>,
    verified: bool,
    officer: Option<Officer>,
}

/// The officer works while she waits.
type Officer = Arc<Mutex<Option<String>>>;

impl Walk {
    /// Until she holds the result, or the code for the counter.
    async fn walk(&mut self) -> Result<Finish, WalkError> {
        let mut idle = Duration::ZERO;
        loop {
            let screen = self.core.screen();
            if self.tell(&screen) {
                idle = Duration::ZERO;
            }
            self.notice_receipt(&screen)?;
            if self.job == Job::Withdraw && self.given_back()? {
                return Ok(Finish::Document(0));
            }
            let impatient = idle >= Duration::from_secs(10) && idle.as_secs().is_multiple_of(5);
            match self.person.look(&screen, impatient)? {
                Deed::Finished => {
                    return match counter_code(&screen) {
                        Some(code) => Ok(Finish::Counter(code)),
                        None => self.open_result().await.map(Finish::Document),
                    };
                }
                // She pays on the gateway's page.
                Deed::Transfer { .. } => {
                    return Err(WalkError::Broken("a transfer is asked for".into()));
                }
                Deed::Send(event) => {
                    self.send(event).await?;
                    idle += Duration::from_millis(100);
                }
                Deed::Wait => {
                    if idle >= PATIENCE {
                        return Err(WalkError::Stuck(
                            idle.as_secs(),
                            screen.id.clone(),
                            notices(&screen),
                        ));
                    }
                    self.wait().await;
                    idle += GLANCE;
                    // Pulling the list down for news, as people do.
                    if matches!(screen.id.as_str(), "dossier" | "result" | "fee")
                        || idle.as_secs().is_multiple_of(10)
                    {
                        self.core.send(Event::Tick);
                    }
                }
            }
        }
    }

    async fn wait(&self) {
        #[expect(
            clippy::disallowed_methods,
            reason = "the walk is a main: it waits in real time"
        )]
        let _ = tokio::time::timeout(GLANCE, self.changed.notified()).await;
    }

    /// Says what is new on the screen; whether anything is.
    fn tell(&mut self, screen: &Screen) -> bool {
        if self.shown.as_ref() == Some(screen) {
            return false;
        }
        let another = self
            .shown
            .as_ref()
            .is_none_or(|shown| shown.id != screen.id);
        if another {
            (self.say)(&format!("\n— {} —", screen.id));
            (self.say)(&screen.transcript());
        }
        self.shown = Some(screen.clone());
        true
    }

    async fn send(&mut self, event: Event) -> Result<(), WalkError> {
        let mut next = Some(event);
        while let Some(event) = next.take() {
            let update = self.core.send(event);
            if let Some(announced) = &update.announce {
                (self.say)(&format!("  ♪ {}", announced.heard()));
            }
            next = match update.request {
                Some(Request::OpenBrowser { url }) => {
                    let screen = self.core.screen();
                    self.tell(&screen);
                    Some(self.browse(&url).await)
                }
                Some(Request::TakePhoto { key }) => Some(Event::File {
                    key,
                    bytes: self.photo.clone().into(),
                }),
                _ => None,
            };
        }
        Ok(())
    }

    async fn browse(&mut self, url: &str) -> Event {
        if self.core.screen().id == "fee" {
            let line = BrowserLine(self.browser.clone());
            let outcome = browser::pay(&line, url, REDIRECT, Paying::Pay).await;
            self.person.visited(outcome.is_ok());
            return match outcome {
                Ok(Some(url)) => Event::BrowserReturned { url },
                Ok(None) => Event::RequestAbandoned,
                Err(error) => {
                    (self.say)(&format!("  (the gateway: failed to {error})"));
                    self.wait().await;
                    Event::RequestAbandoned
                }
            };
        }
        let login = Login::Allow {
            id_number: self.person.knowledge.id_number,
            password: self.person.knowledge.password,
        };
        let line = BrowserLine(self.browser.clone());
        match browser::sign_in(&line, url, REDIRECT, login).await {
            Ok(url) => Event::BrowserReturned { url },
            Err(error) => {
                (self.say)(&format!("  (the browser: failed to {error})"));
                // She closes it, and tries again a little later.
                self.wait().await;
                Event::RequestAbandoned
            }
        }
    }

    fn notice_receipt(&mut self, screen: &Screen) -> Result<(), WalkError> {
        if !matches!(screen.id.as_str(), "sent" | "dossier" | "result") {
            return Ok(());
        }
        if !self.verified {
            let dossiers = self.core.dossiers().map_err(WalkError::Open)?;
            // The receipt itself arrives with the answer; the list with the next change.
            let intent = dossiers.iter().map(|dossier| dossier.intent).max();
            if let Some(intent) = intent {
                let receipt = self.core.receipt(intent).map_err(WalkError::Open)?;
                self.verified = receipt.is_some();
            }
        }
        if self.at_receipt.is_none() {
            self.at_receipt = Some(self.proxy.figures());
            let result: Officer = Arc::default();
            self.officer = Some(Arc::clone(&result));
            let (desk, known, job) = (self.desk.clone(), self.on_desk.clone(), self.job);
            #[expect(
                clippy::disallowed_methods,
                reason = "the officer is another person: another task"
            )]
            tokio::spawn(async move {
                let done = desk.work(&known, job).await;
                *result.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
            });
        }
        Ok(())
    }

    /// With the network off, the document is still there.
    async fn open_result(&mut self) -> Result<usize, WalkError> {
        self.core.send(Event::Connectivity { online: false });
        // What was under way when the network went has to end first, to be told from the opening.
        let mut before = self.proxy.figures();
        loop {
            pause().await;
            let now = self.proxy.figures();
            if now == before {
                break;
            }
            before = now;
        }
        let update = self.core.send(person::act("open-document"));
        let Some(Request::ShowDocument { bytes, .. }) = update.request else {
            return Err(WalkError::Broken("the result does not open".into()));
        };
        if self.proxy.figures() != before {
            return Err(WalkError::Broken(
                "opening the result needed the network".into(),
            ));
        }
        Ok(bytes.expose().len())
    }

    /// The office has given it back, and she has read so.
    fn given_back(&self) -> Result<bool, WalkError> {
        let dossiers = self.core.dossiers().map_err(WalkError::Open)?;
        let stopped = |dossier: &DossierView| dossier.status == Status::Stopped;
        Ok(self.core.screen().id == "dossier" && dossiers.iter().any(stopped))
    }

    fn dossier(&self) -> Result<DossierView, WalkError> {
        let dossiers = self.core.dossiers().map_err(WalkError::Open)?;
        let newest = dossiers
            .into_iter()
            .max_by_key(|dossier| dossier.received_at);
        newest.ok_or_else(|| WalkError::Broken("the phone knows of no dossier".into()))
    }
}

/// The code on the screen that ends a form for the counter.
fn counter_code(screen: &Screen) -> Option<String> {
    if screen.id != "counter" {
        return None;
    }
    screen.blocks.iter().find_map(|block| match &block.kind {
        BlockKind::Code { code, .. } => Some(code.shown()),
        _ => None,
    })
}

/// What a walk remembers beside the phone: which dossiers were on the desk before it began, and
/// which photo is hers.
struct Notebook {
    dir: PathBuf,
    photo_seed: u64,
    resumed: bool,
}

impl Notebook {
    /// A finished walk's folder starts afresh.
    fn open(data: &Path) -> io::Result<Self> {
        fs::create_dir_all(data)?;
        let dir = data.to_path_buf();
        if dir.join("finished").exists() {
            for old in ["phone", "keystore"] {
                if dir.join(old).exists() {
                    fs::remove_dir_all(dir.join(old))?;
                }
            }
            for old in ["photo-seed", "on-desk.json", "finished"] {
                let _ = fs::remove_file(dir.join(old));
            }
        }
        let path = dir.join("photo-seed");
        let (photo_seed, resumed) = match fs::read_to_string(&path) {
            Ok(text) => (text.trim().parse().map_err(io::Error::other)?, true),
            Err(_) => {
                let random: &dyn Random = &OsRandom::default();
                let seed = u64::from_be_bytes(random.bytes());
                fs::write(&path, seed.to_string())?;
                (seed, false)
            }
        };
        Ok(Self {
            dir,
            photo_seed,
            resumed,
        })
    }

    async fn on_desk(&self, desk: &Desk) -> io::Result<BTreeSet<String>> {
        let path = self.dir.join("on-desk.json");
        if let Ok(bytes) = fs::read(&path) {
            return Ok(serde_json::from_slice(&bytes)?);
        }
        let codes = desk.codes().await?;
        fs::write(&path, serde_json::to_vec(&codes)?)?;
        Ok(codes)
    }

    fn finish(&self) -> io::Result<()> {
        fs::write(self.dir.join("finished"), "")
    }
}

/// Everything that must not lie readable anywhere after a walk over `data`.
pub fn needles(data: &Path) -> io::Result<Vec<Needle>> {
    let seed = fs::read_to_string(data.join("photo-seed"))?;
    let photo = photo(seed.trim().parse().map_err(io::Error::other)?);
    let mut needles = photo_needles(&photo);
    needles.extend(needles_of(&person::mother(SystemClock.now())));
    Ok(needles)
}

fn client(proxy: Option<String>) -> io::Result<Arc<ReqwestHttp>> {
    let options = HttpOptions {
        proxy,
        total_timeout: Duration::from_secs(15),
        ..HttpOptions::default()
    };
    ReqwestHttp::new(&options)
        .map(Arc::new)
        .map_err(io::Error::other)
}

/// The person's browser takes the same line as the app.
pub struct BrowserLine(Arc<ReqwestHttp>);

impl BrowserLine {
    /// Without anybody counting.
    pub fn direct() -> io::Result<Self> {
        Ok(Self(client(None)?))
    }
}

impl gandan_sandbox::ports::Http for BrowserLine {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> futures_util::future::BoxFuture<
        'static,
        Result<http::Response<Bytes>, gandan_sandbox::ports::NoAnswer>,
    > {
        let outcome = Http::send(&*self.0, request);
        Box::pin(async move { outcome.await.map_err(|_| gandan_sandbox::ports::NoAnswer) })
    }
}

/// The officer's desk, over its JSON.
#[derive(Clone)]
struct Desk {
    url: String,
    http: Arc<ReqwestHttp>,
}

#[derive(serde::Deserialize)]
struct OnDesk {
    code: String,
    status: u8,
    #[serde(default)]
    supplemented: bool,
}

/// Three fields with their reasons. The supervisor speaks for an officer who was relieved.
const FLAGS: &str = r#"{"fields":{"child.full_name":"Thiếu chữ đệm","child.home_town":"Chưa rõ xã","requester.phone":"Không gọi được"},"supervisor":"Người trước đã nghỉ"}"#;

impl Desk {
    fn new(sandbox: &str, http: Arc<ReqwestHttp>) -> Self {
        Self {
            url: format!("{}/one-stop/api/dossiers", sandbox.trim_end_matches('/')),
            http,
        }
    }

    /// What lies there; asks again for a while, since the sandbox may be starting.
    async fn dossiers(&self) -> io::Result<Vec<OnDesk>> {
        let mut last = String::new();
        for _ in 0..PATIENCE.as_secs() {
            let request = http::Request::get(&self.url)
                .body(Bytes::new())
                .map_err(io::Error::other)?;
            match Http::send(&*self.http, request).await {
                Ok(answer) if answer.status().is_success() => {
                    return Ok(serde_json::from_slice(answer.body())?);
                }
                Ok(answer) => last = answer.status().to_string(),
                Err(error) => last = error.to_string(),
            }
            pause().await;
        }
        Err(io::Error::other(format!(
            "the desk does not answer: {last}"
        )))
    }

    /// How many sums the gateway has captured so far.
    async fn charges(&self) -> io::Result<u32> {
        let url = self
            .url
            .replace("/one-stop/api/dossiers", "/vnpay/captures");
        let request = http::Request::get(url)
            .body(Bytes::new())
            .map_err(io::Error::other)?;
        let answer = Http::send(&*self.http, request)
            .await
            .map_err(|error| io::Error::other(error.to_string()))?;
        let captures: Vec<serde::de::IgnoredAny> = serde_json::from_slice(answer.body())?;
        u32::try_from(captures.len()).map_err(io::Error::other)
    }

    async fn codes(&self) -> io::Result<BTreeSet<String>> {
        Ok(self
            .dossiers()
            .await?
            .into_iter()
            .map(|dossier| dossier.code)
            .collect())
    }

    /// Takes in and finishes what is new; what was done, for whoever watches.
    async fn work(&self, known: &BTreeSet<String>, job: Job) -> String {
        let mut log = String::new();
        let mut asked = false;
        for _ in 0..PATIENCE.as_secs() * 2 {
            let Ok(dossiers) = self.dossiers().await else {
                return log + "the desk is gone";
            };
            let new: Vec<OnDesk> = dossiers
                .into_iter()
                .filter(|dossier| !known.contains(&dossier.code))
                .collect();
            for dossier in &new {
                let (act, body) = match (job, Status::try_from(dossier.status)) {
                    (_, Ok(Status::Registered)) => ("accept", "{}"),
                    (_, Ok(Status::SupplementRequested)) if dossier.supplemented => {
                        ("accept", "{}")
                    }
                    (Job::Withdraw, Ok(Status::WithdrawalRequested)) => ("grant", "{}"),
                    (Job::Supplement, Ok(Status::Accepted)) if !asked => ("supplement", FLAGS),
                    (
                        Job::Birth | Job::Supplement | Job::Extract,
                        Ok(Status::Accepted | Status::InProgress),
                    ) => ("finish", "{}"),
                    _ => continue,
                };
                asked |= act == "supplement";
                let url = format!("{}/{}/{act}", self.url, dossier.code);
                let request = http::Request::post(url)
                    .header(http::header::CONTENT_TYPE, "application/json")
                    .body(Bytes::from_static(body.as_bytes()));
                if let Ok(request) = request {
                    let answer = Http::send(&*self.http, request).await;
                    log += &format!(
                        "{act}: {:?}; ",
                        answer.map(|answer| answer.status().as_u16())
                    );
                }
            }
            let finished = |dossier: &OnDesk| {
                [Status::Done.code(), Status::Stopped.code()].contains(&dossier.status)
            };
            if !new.is_empty() && new.iter().all(finished) {
                return log;
            }
            pause().await;
        }
        log + "gave up"
    }
}

async fn pause() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the walk is a main: it waits in real time"
    )]
    tokio::time::sleep(Duration::from_millis(500)).await;
}
