//! The engine: everything the phone does by itself, as one future.
//!
//! It looks at the store for what is due, does one exchange with the backend, commits what came of
//! it, and looks again. Dropping the future stops it anywhere; nothing is lost, because nothing
//! but the store is remembered. One exchange at a time: on the links that matter a second one only
//! slows the first, tokens are never refreshed twice side by side, and the order of things is the
//! same in every replay. A lane that waits does not hold up the others.
//!
//! What was rejected: a task per dossier. Tasks need a runtime, and what they interleave can't be
//! replayed from a seed.

mod backoff;
mod content;
mod keys;
mod listen;
mod pay;
mod result;
mod sign_in;
mod signal;
mod sync;
#[cfg(test)]
mod tests;
mod transport;
mod upload;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::{FutureExt, pin_mut, select_biased};
use gandan_domain::{
    Problem,
    dossier::{IntentId, KeySet, VerifiedReceipt},
    time::Instant,
};
use http::{Response, StatusCode};

use crate::{
    config::{Config, Ports},
    store::{Lane, LaneEvent, OutboxState, PayWish, Store, StoreError},
};
pub use content::InUse;
use content::{Known, LOOK_MS};
use keys::Keys;
use listen::{Ear, Heard};
use signal::Signal;
use transport::{Call, Proof, Transport};
use upload::Link;

/// The first wait for news of an open dossier while the app is on screen; it doubles.
const POLL_MS: i64 = 15_000;

/// Something changed that no event caused; the facade looks at the store and rebuilds its screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notification {
    SignedIn,
    SignInFailed(Problem),
    /// The backend ended the session: sign in again. Drafts and outbox are untouched.
    SessionEnded,
    PrefillArrived {
        procedure: String,
    },
    OutboxChanged {
        intent: IntentId,
    },
    DossierChanged {
        intent: IntentId,
    },
    ResultArrived {
        intent: IntentId,
        result: uuid::Uuid,
    },
    /// A newer content pack is at hand.
    ContentArrived,
    /// Whether the last exchange reached the backend; told when that changes.
    Online(bool),
}

/// Told of every notification, in order, from within [`Engine::run`] with no lock held.
pub type Listener = Arc<dyn Fn(Notification) + Send + Sync>;

/// Sign-in, sync, uploads, submission, results. Methods other than [`run`](Self::run) are short.
pub struct Engine {
    config: Config,
    ports: Ports,
    store: Arc<Store>,
    keys: Keys,
    transport: Transport,
    signal: Signal,
    shared: Mutex<Shared>,
}

/// What the methods tell the running future.
struct Shared {
    listener: Option<Listener>,
    /// Make every waiting lane due.
    hurry: bool,
    /// Fetch changes.
    sync: bool,
    in_front: bool,
    online: Option<bool>,
    content: Known,
}

/// What one run remembers. All of it is only a matter of pace.
#[derive(Default)]
struct Run {
    link: Link,
    /// Failures of syncs that no lane asked for.
    sync_tries: u32,
    /// No such sync before this.
    sync_not_before: Option<Instant>,
    /// The next poll, and how many brought nothing since the last that did.
    poll_at: Option<Instant>,
    quiet_polls: u32,
    revoke_tries: u32,
    revoke_not_before: Option<Instant>,
    /// When to look for newer content, and how often that failed.
    content_at: Option<Instant>,
    content_tries: u32,
    content_not_before: Option<Instant>,
    /// The line on which the backend says that there is something new.
    ear: Option<Ear>,
    listen_tries: u32,
    listen_not_before: Option<Instant>,
}

/// Why a step stopped short.
enum Trouble {
    /// The phone itself can't go on.
    Store(StoreError),
    /// The other side, or the way there.
    Problem(Problem),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// What is due, in order of urgency.
enum Due {
    Redeem(crate::store::SignIn),
    Sync(Option<Lane>),
    Pay(PayWish),
    Content,
    Upload(Lane, usize),
    Result(crate::store::WantedResult),
    Revoke(String),
    Listen,
    /// Nothing before this.
    Wait(Option<Instant>),
}

impl Engine {
    /// Reads the key set (the newer of the delivered file and what the backend sent later) and
    /// checks it against the pinned root.
    pub fn open(config: &Config, ports: &Ports, store: Arc<Store>) -> Result<Arc<Self>, Problem> {
        Ok(Arc::new(Self {
            keys: Keys::open(config, &store)?,
            transport: Transport::new(ports.world.clone(), &config.backend_url),
            config: config.clone(),
            ports: ports.clone(),
            store,
            signal: Signal::default(),
            shared: Mutex::new(Shared {
                listener: None,
                hurry: false,
                sync: false,
                in_front: true,
                online: None,
                content: Known::default(),
            }),
        }))
    }

    /// Replaces the listener.
    pub fn set_listener(&self, listener: Listener) {
        self.shared().listener = Some(listener);
    }

    /// The verified key set, for content packs and receipts.
    pub fn keys(&self) -> Result<Arc<KeySet>, Problem> {
        Ok(self.keys.current())
    }

    /// The proof that a dossier was received, verified now; `None` means "not sent" (I3).
    pub fn receipt(&self, intent: IntentId) -> Result<Option<VerifiedReceipt>, Problem> {
        Ok(self.store.receipt(intent, &self.keys.current())?)
    }

    /// There may be something new in the store: look at once.
    pub fn wake(&self) {
        self.signal.raise();
    }

    /// The platform's word on the network. `true` makes every waiting lane due at once. `false`
    /// stops nothing: platforms have been wrong.
    pub fn connectivity(&self, online: bool) {
        if online {
            self.shared().hurry = true;
            self.wake();
        }
    }

    /// The app came to the front or the person wants news: makes every waiting lane due and
    /// fetches changes.
    pub fn tick(&self) {
        {
            let mut shared = self.shared();
            shared.hurry = true;
            shared.sync = true;
        }
        self.wake();
    }

    /// Whether the app is on screen; only then does the engine poll for changes by itself. `true`
    /// at first.
    pub fn set_in_front(&self, in_front: bool) {
        self.shared().in_front = in_front;
        self.wake();
    }

    /// Works until the store fails; the answer says how it failed. Opening again continues. While
    /// the store is suspended it waits to be woken.
    pub async fn run(self: Arc<Self>) -> Problem {
        let mut run = Run::default();
        loop {
            match self.step(&mut run).await {
                Ok(None) => {}
                Ok(Some(until)) => self.wait(until, &mut run).await,
                Err(StoreError::Suspended) => self.signal.raised().await,
                Err(error) => return error.into(),
            }
        }
    }

    async fn wait(&self, until: Instant, run: &mut Run) {
        let silent = run.ear.as_ref().map(|ear| ear.silent_until);
        let until = silent.map_or(until, |silent| until.min(silent));
        let heard = {
            let woken = self.signal.raised().fuse();
            let said = listen::next_piece(&mut run.ear).fuse();
            let rested = self.ports.world.clock.sleep_until(until).fuse();
            pin_mut!(woken, said, rested);
            select_biased! {
                () = woken => Heard::Nothing,
                piece = said => Heard::Piece(piece),
                () = rested => Heard::Silence,
            }
        };
        self.hear(run, heard);
    }

    /// Does what is most urgent; answers until when to wait if nothing is.
    async fn step(&self, run: &mut Run) -> Result<Option<Instant>, StoreError> {
        if self.take_hurry() {
            self.store.hurry()?;
            run.sync_not_before = None;
            run.revoke_not_before = None;
            run.content_not_before = None;
            run.listen_not_before = None;
        }
        match self.due(run)? {
            Due::Redeem(pending) => match self.redeem(pending).await {
                Ok(()) | Err(Trouble::Problem(_)) => {}
                Err(Trouble::Store(error)) => return Err(error),
            },
            Due::Sync(lane) => self.do_sync(run, lane).await?,
            Due::Pay(wish) => self.do_pay(wish).await?,
            Due::Upload(lane, at) => self.do_upload(run, lane, at).await?,
            Due::Listen => self.do_listen(run).await?,
            Due::Content => {
                let outcome = self.fetch_content().await;
                let now = self.transport.now();
                run.content_at = Some(now.plus_ms(LOOK_MS));
                match self.judge(outcome)? {
                    None => {
                        run.content_tries = 0;
                        run.content_not_before = None;
                    }
                    Some(problem) => {
                        run.content_not_before = Some(self.later(run.content_tries, &problem));
                        run.content_tries = run.content_tries.saturating_add(1);
                        self.shared().content.hint = true;
                    }
                }
            }
            Due::Result(wanted) => {
                let outcome = self.fetch_result(&wanted).await;
                if let Some(problem) = self.judge(outcome)? {
                    let next_try = self.later(wanted.tries, &problem);
                    self.store.result_failed(&wanted, next_try)?;
                }
            }
            Due::Revoke(token) => {
                let outcome = self.revoke(&token).await;
                if let Some(problem) = self.judge(outcome)? {
                    run.revoke_not_before = Some(self.later(run.revoke_tries, &problem));
                    run.revoke_tries += 1;
                }
            }
            Due::Wait(until) => {
                let now = self.transport.now();
                let cap = now.plus_ms(backoff::CAP_MS);
                return Ok(Some(until.map_or(cap, |until| until.min(cap))));
            }
        }
        Ok(None)
    }

    /// What to do now, or when to look again.
    fn due(&self, run: &mut Run) -> Result<Due, StoreError> {
        let now = self.transport.now();
        let mut next: Option<Instant> = None;
        let mut later = |at: Instant| next = Some(next.map_or(at, |next: Instant| next.min(at)));

        if let Some(pending) = self
            .store
            .sign_in()?
            .filter(|pending| pending.code.is_some())
        {
            if backoff::is_due(pending.next_try, now) {
                return Ok(Due::Redeem(pending));
            }
            later(pending.next_try);
        }
        let content = self.next_content(run.content_at, now).map(|at| {
            run.content_not_before
                .map_or(at, |not_before| at.max(not_before))
        });
        if let Some(session) = self.store.session()? {
            if let Some(wish) = self.store.pay_wish()?.filter(|wish| !wish.sent) {
                return Ok(Due::Pay(wish));
            }
            let lanes = self.store.open_lanes()?.into_iter();
            let mut uploads = None;
            // What somebody else signed on this phone waits for them.
            for lane in lanes.filter(|lane| lane.subject == session.subject) {
                match &lane.progress.state {
                    OutboxState::Waiting { next_try, .. } if !backoff::is_due(*next_try, now) => {
                        later(*next_try);
                    }
                    _ => match lane
                        .progress
                        .uploads
                        .iter()
                        .position(|file| !file.acknowledged)
                    {
                        None => return Ok(Due::Sync(Some(lane))),
                        Some(at) => {
                            if uploads.is_none() {
                                uploads = Some((lane, at));
                            }
                        }
                    },
                }
            }
            if let Some(at) = self.next_sync(run, now)? {
                if backoff::is_due(at, now) {
                    return Ok(Due::Sync(None));
                }
                later(at);
            }
            if content.is_some_and(|at| backoff::is_due(at, now)) {
                return Ok(Due::Content);
            }
            if let Some((lane, at)) = uploads {
                return Ok(Due::Upload(lane, at));
            }
            if let Some(wanted) = self.store.wanted_results()?.into_iter().next() {
                if backoff::is_due(wanted.next_try, now) {
                    return Ok(Due::Result(wanted));
                }
                later(wanted.next_try);
            }
        }
        if let Some(token) = self.store.to_revoke()? {
            match run
                .revoke_not_before
                .filter(|at| !backoff::is_due(*at, now))
            {
                None => return Ok(Due::Revoke(token)),
                Some(at) => later(at),
            }
        }
        match content {
            Some(at) if backoff::is_due(at, now) => return Ok(Due::Content),
            Some(at) => later(at),
            None => {}
        }
        match self.next_listen(run, now)? {
            Some(at) if at <= now => return Ok(Due::Listen),
            Some(at) => later(at),
            None => {}
        }
        Ok(Due::Wait(next))
    }

    /// When to sync without a lane: somebody asked, prefill is wanted, or it is time for news.
    fn next_sync(&self, run: &mut Run, now: Instant) -> Result<Option<Instant>, StoreError> {
        let (asked, in_front) = {
            let shared = self.shared();
            (shared.sync, shared.in_front)
        };
        // What became of a payment that was begun has to be learned, soon.
        let in_doubt = self.store.pay_wish()?.is_some_and(|wish| wish.sent);
        let wanted = asked || in_doubt || !self.store.pending_reads()?.is_empty();
        let mut at = wanted.then_some(now);
        for (_, not_before) in self.store.wanted_prefill()? {
            let wanted = not_before.unwrap_or(now);
            at = Some(at.map_or(wanted, |at| at.min(wanted)));
        }
        if at.is_none() && in_front {
            let dossiers = self.store.dossiers()?;
            if dossiers.iter().any(|dossier| !dossier.status.is_final()) {
                let poll = *run.poll_at.get_or_insert(now.plus_ms(POLL_MS));
                at = Some(poll);
            }
        }
        Ok(at.map(|at| {
            run.sync_not_before
                .map_or(at, |not_before| at.max(not_before))
        }))
    }

    async fn do_sync(&self, run: &mut Run, lane: Option<Lane>) -> Result<(), StoreError> {
        // Taken down first: what is asked for meanwhile is asked for again.
        self.shared().sync = false;
        let before = self.store.cursor()?;
        let wish = self.store.pay_wish()?;
        let outcome = self.sync(lane.as_ref()).await;
        let more = *outcome.as_ref().unwrap_or(&false);
        let problem = self.judge(outcome.map(drop))?;
        let now = self.transport.now();
        match (problem, lane) {
            (None, _) => {
                if !more {
                    self.sync_told(wish)?;
                }
                run.sync_tries = 0;
                run.sync_not_before = None;
                let quiet = self.store.cursor()? == before;
                run.quiet_polls = if quiet {
                    run.quiet_polls.saturating_add(1)
                } else {
                    0
                };
                // Who is told need not ask.
                let wait = match run.ear {
                    Some(_) => backoff::CAP_MS,
                    None => (POLL_MS << run.quiet_polls.min(6)).min(backoff::CAP_MS),
                };
                run.poll_at = Some(now.plus_ms(wait));
                if more {
                    self.shared().sync = true;
                }
            }
            (Some(problem), Some(lane)) => self.lane_failed(&lane, problem)?,
            (Some(problem), None) => {
                if !problem.is_recoverable() {
                    // Marks are a comfort: they are not worth being refused with the news.
                    self.store.reads_told(&self.store.pending_reads()?)?;
                }
                run.sync_not_before = Some(self.later(run.sync_tries, &problem));
                run.sync_tries = run.sync_tries.saturating_add(1);
                // The wish stands: what a person asked for is not forgotten over a bad link.
                self.shared().sync = problem.is_recoverable();
            }
        }
        Ok(())
    }

    async fn do_upload(&self, run: &mut Run, lane: Lane, at: usize) -> Result<(), StoreError> {
        let outcome = self.upload(&mut run.link, &lane, at).await;
        let (upload, outcome) = match outcome {
            Ok(upload) => (Some(upload), Ok(())),
            Err(trouble) => (None, Err(trouble)),
        };
        match (self.judge(outcome)?, upload) {
            (Some(problem), _) => {
                run.link.broke();
                self.lane_failed(&lane, problem)
            }
            (None, Some(upload)) => {
                self.store
                    .lane_moves(&lane, LaneEvent::Uploaded { at, upload })?;
                self.tell(Notification::OutboxChanged {
                    intent: lane.intent,
                });
                Ok(())
            }
            (None, None) => Ok(()),
        }
    }

    fn lane_failed(&self, lane: &Lane, problem: Problem) -> Result<(), StoreError> {
        let next_try = self.later(lane.progress.tries, &problem);
        self.store
            .lane_moves(lane, LaneEvent::Failed { problem, next_try })?;
        self.tell(Notification::OutboxChanged {
            intent: lane.intent,
        });
        Ok(())
    }

    /// Sends a call for the signed-in citizen, refreshing the session where that is needed.
    async fn authorized(&self, call: &Call) -> Result<Response<Bytes>, Trouble> {
        let session = self.session().await?;
        let answer = self.send_as(call, &session).await?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        match transport::problem(&answer) {
            // The phone's clock may say that the token lives; the backend knows.
            Problem::SignInAgain => {
                let session = self.refresh(session).await?;
                let answer = self.send_as(call, &session).await?;
                if answer.status() == StatusCode::UNAUTHORIZED
                    && transport::problem(&answer) == Problem::SignInAgain
                {
                    return Err(self.session_ended()?.into());
                }
                Ok(answer)
            }
            problem => Err(problem.into()),
        }
    }

    async fn send_as(
        &self,
        call: &Call,
        session: &crate::store::Session,
    ) -> Result<Response<Bytes>, Trouble> {
        let key = sign_in::session_key(&session.key)?;
        let proof = Proof {
            key: &key,
            access_token: Some(session.access_token.expose()),
        };
        Ok(self.transport.send(call, Some(proof)).await?)
    }

    /// Separates what stops the engine from what a lane waits out, and tells whether the backend
    /// was reached.
    fn judge(&self, outcome: Result<(), Trouble>) -> Result<Option<Problem>, StoreError> {
        match outcome {
            Ok(()) => {
                self.online(true);
                Ok(None)
            }
            Err(Trouble::Problem(problem)) => {
                self.online(!matches!(
                    problem,
                    Problem::Offline | Problem::NotTheService
                ));
                Ok(Some(problem))
            }
            Err(Trouble::Store(error)) => Err(error),
        }
    }

    fn later(&self, tries: u32, problem: &Problem) -> Instant {
        let world = &self.ports.world;
        backoff::next_try(world.clock.now(), tries, problem, &*world.random)
    }

    fn online(&self, online: bool) {
        let before = self.shared().online.replace(online);
        if before != Some(online) {
            self.tell(Notification::Online(online));
        }
    }

    fn tell(&self, notification: Notification) {
        let listener = self.shared().listener.clone();
        if let Some(listener) = listener {
            listener(notification);
        }
    }

    fn take_hurry(&self) -> bool {
        std::mem::take(&mut self.shared().hurry)
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
