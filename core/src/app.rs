//! The facade: one crossing in, one update out.
//!
//! [`Core::send`] reads the facts that the present place needs, steps its journey, carries out the
//! effects, steps it once more with the news it made, stores where the person is, and answers with
//! the difference of two screens. All of it is synchronous and short: what needs the network is
//! put into the store for the engine, whose future is [`Core::run`].
//!
//! The place is the only state kept here, and it is stored after every event; screens are always
//! computed from the store, so that they cannot disagree with it. What was rejected: effects as
//! values that the shell carries out and answers (three shells would each need the same loop, and
//! a kill between an effect and its answer would need a journal of its own).

mod address;
mod clock;
mod content;
#[cfg(test)]
mod fixture;
mod live;
mod place;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak},
};

use gandan_domain::{
    Private, Problem,
    catalog::{Hit, Listing, Procedure},
    dossier::{IntentId, VerifiedReceipt, Withdrawal, withdrawal::WITHDRAWAL_TYP},
    form::{Answers, Value},
    payment::{PaymentReceipt, VerifiedPayment},
    text::{Lang, Text},
    time::Instant,
    wire::DossierView,
};
use gandan_foundation::ports::World;

use crate::{
    accessibility::TITLE,
    catalog::Content,
    config::{Config, Ports},
    engine::{Engine, Notification},
    form,
    journey::{DraftFacts, Effect, Facts, On, Page, Say},
    screen::{
        Block, BlockKind, Event, Key, Request, Rev, Screen, ScreenChange, Tone, Update, diff,
    },
    store::{
        DraftPlace, HOLD_MS, LaneAct, OutboxState, PayProblem, PayWish, Reads, SeenForm, Store,
        StoreError, SupplementOf,
    },
};
pub use address::Arrival;
use place::{After, Place};
use serde::{Deserialize, Serialize};

/// Told of changes that no event caused.
pub type Listener = Arc<dyn Fn(Update) + Send + Sync>;

/// How often the news of an event may make more news: filling a question can show another one.
const NEWS_ROUNDS: usize = 8;

/// The whole of what a phone does, behind the four calls a shell makes.
pub struct Core {
    store: Arc<Store>,
    engine: Arc<Engine>,
    ports: Ports,
    config: Config,
    content: RwLock<Arc<Content>>,
    shown: Mutex<Shown>,
    /// What came of the answers of the draft on display; no other's.
    live: Mutex<Option<live::Open>>,
    listener: Mutex<Option<Listener>>,
}

/// What is on display, and where.
struct Shown {
    place: Place,
    lang: Lang,
    /// Told on the present screen until the next event.
    problem: Option<Problem>,
    screen: Screen,
    rev: Rev,
    /// As it was last stored, so that typing within a question stores the answer only.
    left: String,
    online: bool,
    suspended: bool,
    /// How many of the office's acts have been said for each dossier, so that each is said once (I5).
    said: BTreeMap<IntentId, usize>,
}

/// What is remembered of a place: where it is, and what was told there.
#[derive(Default, Serialize, Deserialize)]
struct Left {
    place: Place,
    problem: Option<Problem>,
}

/// What the facts are read from, owned, so that the journeys can borrow.
struct Gathered {
    content: Arc<Content>,
    say: Say,
    draft: Option<GatheredDraft>,
    rest: Rest,
}

struct GatheredDraft {
    draft: crate::store::Draft,
    answers: Answers,
    edits: BTreeMap<String, u64>,
    before: BTreeMap<String, Private<Value>>,
    prefill: crate::store::Prefill,
}

#[derive(Default)]
struct Rest {
    signed_in: bool,
    signing_in: bool,
    sign_in_problem: Option<Problem>,
    drafts: Vec<crate::store::Draft>,
    outbox: Vec<crate::store::OutboxEntry>,
    dossiers: Vec<DossierView>,
    lane: Option<crate::store::OutboxEntry>,
    receipt: Option<VerifiedReceipt>,
    dossier: Option<DossierView>,
    pay_wish: Option<PayWish>,
    pay_problem: Option<PayProblem>,
    payments: BTreeMap<uuid::Uuid, VerifiedPayment>,
    result_here: bool,
    acts: Vec<crate::store::OutboxEntry>,
    reads: Reads,
    told: Option<Instant>,
}

/// What an event brought about besides another place.
#[derive(Default)]
struct Outcome {
    focus: Option<Key>,
    announce: Option<Text>,
    request: Option<Request>,
    /// Something went wrong just now: it takes the focus, even if it went wrong before.
    told: bool,
}

impl Core {
    /// Opens this installation: the sealed store, the key set, and the content pack, which must be
    /// signed by a listed key ([`Problem::PackRefused`]). Shows the screen that was left.
    pub fn open(config: Config, ports: Ports) -> Result<Arc<Self>, Problem> {
        let store = Arc::new(Store::open(&config, &ports)?);
        let engine = Engine::open(&config, &ports, Arc::clone(&store))?;
        let content = Self::newest_content(&config, &ports, &store, &engine)?;
        engine.content_in_use(content.in_use.clone());
        let chosen = store.lang()?;
        let left = match store.navigation()? {
            Some(stored) => serde_json::from_str(stored.expose()).unwrap_or_default(),
            None if chosen.is_none() && config.lang.is_none() => Left {
                place: Place::first(),
                problem: None,
            },
            None => Left::default(),
        };
        let lang = chosen
            .or_else(|| config.lang.clone())
            .unwrap_or_else(Lang::vi);
        let said = store
            .dossiers()?
            .into_iter()
            .map(|dossier| (dossier.intent, acts_of_office(&dossier)))
            .collect();
        let say = Say::new(&lang, config.device);
        let core = Arc::new(Self {
            store,
            engine,
            ports,
            config,
            content: RwLock::new(content),
            shown: Mutex::new(Shown {
                place: left.place,
                screen: problem_screen(&Problem::NotFound, &say),
                lang,
                problem: left.problem,
                rev: 0,
                left: String::new(),
                online: true,
                suspended: false,
                said,
            }),
            live: Mutex::new(None),
            listener: Mutex::new(None),
        });
        let weak: Weak<Self> = Arc::downgrade(&core);
        core.engine.set_listener(Arc::new(move |notification| {
            if let Some(core) = weak.upgrade() {
                core.notified(notification);
            }
        }));
        core.move_drafts()?;
        {
            let mut shown = core.lock();
            let mut outcome = Outcome::default();
            core.settle(&mut shown, &mut outcome);
            core.tidy(&shown);
            shown.screen = core.render(&shown);
            let question = core.question(&shown);
            if shown.screen.focus.is_none() {
                shown.screen.focus = question.filter(|key| has_block(&shown.screen, key));
            }
        }
        Ok(core)
    }

    /// Tells the core what happened, and what to show because of it. An event that means nothing
    /// here changes nothing.
    pub fn send(&self, event: Event) -> Update {
        self.turn_the_day();
        let mut shown = self.lock();
        let mut outcome = Outcome::default();
        if shown.suspended {
            return nothing(shown.rev);
        }
        if let Event::Connectivity { online } = &event {
            shown.online = *online;
            self.engine.connectivity(*online);
        }
        if matches!(event, Event::Tick) {
            self.engine.tick();
        }
        // What was told stays until the person does something.
        if !matches!(&event, Event::Tick | Event::Connectivity { .. }) {
            shown.problem = None;
        }
        if shown.screen.id == PROBLEM && matches!(&event, Event::Act { action } if action == "home")
        {
            // What cannot be shown must not hold anyone.
            shown.place = Place::default();
        }
        if let Err(problem) = self.handle(&mut shown, On::Event(&event), &mut outcome) {
            shown.problem = Some(problem);
            outcome.told = true;
        }
        self.settle(&mut shown, &mut outcome);
        self.tidy(&shown);
        self.remember(&mut shown, &mut outcome);
        self.update(&mut shown, outcome, false)
    }

    /// What is on display now.
    pub fn screen(&self) -> Screen {
        self.lock().screen.clone()
    }

    /// The revision of what is on display.
    pub fn rev(&self) -> Rev {
        self.lock().rev
    }

    /// Replaces the listener. It is called without any lock held and may call back.
    pub fn subscribe(&self, listener: Listener) {
        *self.listener.lock().unwrap_or_else(PoisonError::into_inner) = Some(listener);
    }

    /// The engine: signs in, sends and fetches while it is polled. Dropping it loses nothing.
    pub fn run(&self) -> impl Future<Output = Problem> + Send + 'static {
        Arc::clone(&self.engine).run()
    }

    /// The app leaves the screen: the database is closed, because iOS kills an app that holds its
    /// lock in the background. Events until [`resume`](Self::resume) change nothing.
    pub fn suspend(&self) -> Result<(), Problem> {
        self.lock().suspended = true;
        self.engine.set_in_front(false);
        Ok(self.store.suspend()?)
    }

    /// The app is back: fetches what is new.
    pub fn resume(&self) -> Result<Update, Problem> {
        self.store.resume()?;
        self.lock().suspended = false;
        self.engine.set_in_front(true);
        Ok(self.send(Event::Tick))
    }

    /// The catalogue, for teams with screens of their own.
    pub fn catalog(&self) -> Catalog {
        Catalog {
            content: self.content(),
        }
    }

    /// The serial of the content pack in use.
    pub fn content_serial(&self) -> u64 {
        self.content().in_use.serial
    }

    /// The dossiers of this phone's citizen, newest first, for teams with screens of their own.
    pub fn dossiers(&self) -> Result<Vec<DossierView>, Problem> {
        Ok(self.store.dossiers()?)
    }

    /// The proof that a dossier was received; `None` means that it was not (I3).
    pub fn receipt(&self, intent: IntentId) -> Result<Option<VerifiedReceipt>, Problem> {
        self.engine.receipt(intent)
    }

    fn lock(&self) -> MutexGuard<'_, Shown> {
        // A panic elsewhere leaves at worst an old screen, which the next event replaces.
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something changed that no event caused.
    fn notified(&self, notification: Notification) {
        if notification == Notification::ContentArrived
            && let Err(problem) = self.take_content()
        {
            tracing::warn!(%problem, "newer content is not used");
            return;
        }
        let update = {
            let mut shown = self.lock();
            if shown.suspended {
                return;
            }
            let mut outcome = Outcome::default();
            match &notification {
                Notification::Online(online) => shown.online = *online,
                Notification::DossierChanged { intent } => {
                    outcome.announce = self.moved(&mut shown, *intent);
                }
                Notification::SignedIn
                | Notification::SignInFailed(_)
                | Notification::SessionEnded
                | Notification::PrefillArrived { .. }
                | Notification::OutboxChanged { .. }
                | Notification::ContentArrived
                | Notification::ResultArrived { .. } => {}
            }
            self.settle(&mut shown, &mut outcome);
            self.remember(&mut shown, &mut outcome);
            self.update(&mut shown, outcome, true)
        };
        let silent = update.change == ScreenChange::Nothing
            && update.announce.is_none()
            && update.focus.is_none()
            && update.request.is_none();
        let listener = self
            .listener
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let (Some(listener), false) = (listener, silent) {
            listener(update);
        }
    }

    /// What to say of a dossier's new status; nothing if it was said before. The first status is
    /// what "received" says already.
    fn moved(&self, shown: &mut Shown, intent: IntentId) -> Option<Text> {
        let dossier = self.store.dossier(intent).ok().flatten()?;
        let acts = acts_of_office(&dossier);
        let before = shown.said.insert(intent, acts).unwrap_or_default();
        if acts <= before {
            return None;
        }
        let say = Say::new(&shown.lang, self.config.device);
        let status = say.plain(&dossier.status.message_id());
        Some(say.text("news-status", &[("status", status.into())]))
    }

    /// Steps the journey with the facts as they are, until nothing more follows.
    fn settle(&self, shown: &mut Shown, outcome: &mut Outcome) {
        for _ in 0..NEWS_ROUNDS {
            match self.handle(shown, On::News, outcome) {
                Ok(true) => {}
                Ok(false) => return,
                Err(problem) => {
                    shown.problem = Some(problem);
                    outcome.told = true;
                    return;
                }
            }
        }
        tracing::warn!("news without end");
    }

    /// One step. Says whether anything came of it.
    fn handle(
        &self,
        shown: &mut Shown,
        on: On<'_>,
        outcome: &mut Outcome,
    ) -> Result<bool, Problem> {
        let gathered = self.gather(shown)?;
        let facts = self.facts(&gathered, shown);
        let Some((place, effects, after)) = shown.place.clone().step(on, &facts) else {
            if let On::Event(event) = on {
                self.elsewhere(event)?;
            }
            return Ok(false);
        };
        // Effects first: a place is only reached when what leads there is on disk.
        let before = std::mem::replace(&mut shown.place, place);
        for effect in effects {
            if let Err(problem) = self.carry_out(effect, outcome) {
                shown.place = before;
                return Err(problem);
            }
        }
        if let Some(after) = after
            && let Err(problem) = self.follow_up(shown, after, &gathered, outcome)
        {
            shown.place = before;
            return Err(problem);
        }
        Ok(true)
    }

    /// Events that mean the same wherever one is.
    fn elsewhere(&self, event: &Event) -> Result<(), Problem> {
        match event {
            Event::BrowserReturned { url } if self.engine.back_from_paying(url) => Ok(()),
            Event::BrowserReturned { url } => self.engine.browser_returned(url),
            Event::Tick | Event::Connectivity { .. } => Ok(()),
            Event::Edit { .. }
            | Event::Choose { .. }
            | Event::File { .. }
            | Event::Act { .. }
            | Event::Open { .. }
            | Event::Back
            | Event::RequestAbandoned => {
                tracing::debug!(event = event.name(), "ignored");
                Ok(())
            }
        }
    }

    fn carry_out(&self, effect: Effect, outcome: &mut Outcome) -> Result<(), Problem> {
        match effect {
            Effect::Answer {
                draft,
                field,
                value,
                edit,
            } => {
                self.store.set_answer(draft, &field, value, edit)?;
            }
            Effect::Attach {
                draft,
                field,
                bytes,
                media_type,
            } => {
                self.store
                    .attach_file(draft, &field, bytes.expose(), &media_type)?;
            }
            Effect::RemoveFile { draft, field } => self.store.remove_file(draft, &field)?,
            Effect::At { draft, page, field } => {
                let place = DraftPlace {
                    answered: field.is_some(),
                    page,
                    field,
                };
                self.store.set_place(draft, &place)?;
            }
            Effect::WantPrefill { procedure } => {
                self.store.want_prefill(&procedure)?;
                self.engine.wake();
            }
            Effect::BeginSignIn => {
                let url = self.engine.begin_sign_in()?;
                outcome.request = Some(Request::OpenBrowser { url });
            }
            Effect::BrowserReturned { url } => self.engine.browser_returned(&url)?,
            Effect::Pay { intent, fee, act } => {
                let world = &self.ports.world;
                self.store.wish_to_pay(&PayWish {
                    key: world.random.uuid(world.clock.now()),
                    intent,
                    fee,
                    act,
                    lang: self.store.lang()?.map(|lang| lang.0).unwrap_or_default(),
                    sent: false,
                })?;
                self.engine.wake();
            }
            Effect::LookAgain => self.engine.tick(),
            Effect::AbandonSignIn => self.engine.abandon_sign_in()?,
            Effect::Retry(intent) => {
                self.store.retry(intent)?;
                self.engine.wake();
            }
            Effect::Release(intent) => {
                self.store.release(intent)?;
                self.engine.wake();
            }
            Effect::Discard(draft) => self.store.discard_draft(draft)?,
            Effect::Restore(draft) => self.store.restore_draft(draft)?,
            Effect::Undo { draft, field, or } => {
                self.store.undo_answer(draft, &field, or)?;
            }
            Effect::Read { dossier, upto } => {
                if self.store.mark_read(dossier, upto)? {
                    self.engine.wake();
                }
            }
            Effect::Told { draft, past } => self.store.told_of_move(draft, &past)?,
            Effect::ShowResult(id) => {
                let bytes = self.store.result_bytes(id)?.ok_or(Problem::NotFound)?;
                let media_type = infer::get(bytes.expose())
                    .map_or("application/octet-stream", |kind| kind.mime_type());
                outcome.request = Some(Request::ShowDocument {
                    media_type: media_type.into(),
                    bytes,
                });
            }
            Effect::Ask(request) => outcome.request = Some(request),
            Effect::Focus(key) => outcome.focus = Some(key),
            Effect::Announce(text) => outcome.announce = Some(text),
            Effect::Tell(problem) => return Err(problem),
        }
        Ok(())
    }

    /// What a finished journey leads to, where that needs the store's answer first.
    fn follow_up(
        &self,
        shown: &mut Shown,
        after: After,
        gathered: &Gathered,
        outcome: &mut Outcome,
    ) -> Result<(), Problem> {
        match after {
            After::Speak(lang) => {
                self.store.set_lang(&lang)?;
                shown.lang = lang;
            }
            After::Start(code) => {
                let procedure = gathered
                    .content
                    .pack
                    .procedure(&code)
                    .ok_or(Problem::NotFound)?;
                let seen = SeenForm::of(procedure);
                let draft = self.store.create_draft_of(&code, seen)?;
                self.carry_out(
                    Effect::WantPrefill {
                        procedure: code.clone(),
                    },
                    outcome,
                )?;
                shown.place = Place::start(draft, &code, gathered.rest.signed_in);
            }
            After::Resume(intent) => {
                let draft = self.store.draft(intent)?;
                let page = draft.place.map(|place| place.page);
                shown.place = match draft.moved {
                    Some(moved) if !moved.told => Place::changed(intent),
                    _ => Place::fill(intent, page),
                };
            }
            After::Submit(intent) => {
                self.submit(shown, gathered, intent)?;
                shown.place = Place::sending(intent);
            }
            After::Edit(intent) => {
                let lane = self.store.outbox_entry(intent)?;
                self.store.edit(intent)?;
                self.move_drafts()?;
                shown.place = match lane.map(|lane| lane.act) {
                    Some(LaneAct::Withdraw { of, .. }) => Place::dossier(of),
                    _ => Place::review(intent),
                };
            }
            // A kill between signing and remembering the place: she is where signing leads, or she
            // would file a second time what is on its way.
            After::Gone(draft) if self.is_signed(draft)? => {
                shown.place = Place::sending(draft);
            }
            After::Gone(_) => {}
            After::Supplement(dossier, field) => {
                shown.place = self.supplement(dossier, field.as_deref())?;
                outcome.focus = field;
            }
            After::Withdraw(dossier) => {
                shown.place = self.withdraw(dossier)?;
            }
            After::Abandon(intent) => {
                self.store.abandon(intent)?;
                shown.place = Place::default();
            }
        }
        Ok(())
    }

    /// The draft that answers what the office asks, at the question.
    fn supplement(&self, dossier: IntentId, field: Option<&str>) -> Result<Place, Problem> {
        let view = self.store.dossier(dossier)?.ok_or(Problem::NotFound)?;
        let request = view
            .supplement
            .filter(gandan_domain::dossier::SupplementRequest::is_open)
            .ok_or(Problem::NotFound)?;
        let content = self.content();
        let procedure = content.pack.procedure(&view.procedure);
        let form = &procedure.ok_or(Problem::NotFound)?.form;
        let of = SupplementOf {
            intent: dossier,
            dossier: view.code,
            request,
        };
        let draft = self
            .store
            .supplement_draft(&view.procedure, form.version, of)?;
        if self.store.draft(draft)?.frozen {
            return Ok(Place::sending(draft));
        }
        let page = field
            .and_then(|field| form.page_of(field))
            .map(|page| page.id.clone());
        Ok(Place::fill(draft, page))
    }

    /// Signs the wish to have a dossier back, and puts it on its way.
    fn withdraw(&self, dossier: IntentId) -> Result<Place, Problem> {
        let view = self.store.dossier(dossier)?.ok_or(Problem::NotFound)?;
        let session = self.store.session()?.ok_or(Problem::SignInAgain)?;
        let World { clock, random, .. } = &self.ports.world;
        let now = clock.now();
        let withdrawal = Withdrawal {
            id: IntentId(random.uuid(now)),
            subject: session.subject.clone(),
            dossier: view.code.clone(),
            intent: dossier,
            intent_at: now,
        };
        let payload = serde_json::to_vec(&withdrawal).map_err(|_| Problem::Bug {
            id: "withdrawal".into(),
        })?;
        let signer = self.ports.keystore.device_signer();
        let jws = form::seal_act(&*signer, WITHDRAWAL_TYP, &payload)?;
        let held = Some(now.plus_ms(HOLD_MS));
        self.store
            .withdraw(withdrawal.id, &view, &session.subject, &jws, held)?;
        self.engine.wake();
        Ok(Place::sending(withdrawal.id))
    }

    fn submit(&self, shown: &Shown, gathered: &Gathered, intent: IntentId) -> Result<(), Problem> {
        let facts = self.facts(gathered, shown);
        let draft = facts.draft.as_ref().ok_or(Problem::NotFound)?;
        let files = self.store.files(intent)?;
        let signer = self.ports.keystore.device_signer();
        let session = self.store.session()?.ok_or(Problem::SignInAgain)?;
        let subject = session.subject;
        let signed = form::sign(draft, &facts, files, subject.clone(), &*signer)?;
        let held = Some(facts.now.plus_ms(HOLD_MS));
        self.store
            .freeze(intent, &subject, &signed.jws, signed.files, held)?;
        self.engine.wake();
        Ok(())
    }

    /// Reads what the place needs, and no more: every value is unsealed on the way.
    fn gather(&self, shown: &Shown) -> Result<Gathered, Problem> {
        let store = &self.store;
        let needs = shown.place.needs();
        let mut rest = Rest {
            signed_in: store.signed_in()?,
            ..Rest::default()
        };
        if needs.sign_in {
            rest.signing_in = store.signing_in()?;
            rest.sign_in_problem = store.sign_in_problem()?;
        }
        if needs.reads {
            rest.reads = store.reads()?;
        }
        if needs.lists {
            rest.drafts = store.drafts()?;
            rest.outbox = store.outbox()?;
        }
        if needs.dossiers {
            rest.dossiers = store.dossiers()?;
        }
        if let Some(intent) = needs.following {
            rest.lane = store.outbox_entry(intent)?;
            let act = rest.lane.as_ref().and_then(|lane| lane.act.of());
            let dossier = act.map_or(intent, |(of, _)| of);
            rest.dossier = store.dossier(dossier)?;
            rest.told = store.told()?;
            rest.acts = store.acts(dossier)?;
            let sent = matches!(&rest.lane, Some(lane) if lane.state == OutboxState::Sent);
            if sent {
                rest.receipt = self.engine.receipt(intent)?;
            }
        }
        if let Some(dossier) = rest.dossier.as_ref().filter(|found| !found.fees.is_empty()) {
            rest.pay_wish = store.pay_wish()?;
            rest.pay_problem = store.pay_problem()?;
            let keys = self.engine.keys()?;
            for fee in &dossier.fees {
                let proof = fee.receipt.as_ref().and_then(|token| {
                    PaymentReceipt::verify(token, &keys, fee.id, &dossier.code, fee.vnd).ok()
                });
                if let Some(proof) = proof {
                    rest.payments.insert(fee.id, proof);
                }
            }
        }
        if let Some(id) = needs.result {
            rest.result_here = store.result_bytes(id)?.is_some();
        }
        let draft = match needs.draft {
            Some(intent) => self.gather_draft(intent)?,
            None => None,
        };
        if draft.is_none() {
            self.close();
        }
        let content = self.content();
        Ok(Gathered {
            say: Say::new(&shown.lang, self.config.device)
                .with_help(content.pack.help_line.as_ref()),
            content,
            draft,
            rest,
        })
    }

    fn gather_draft(&self, intent: IntentId) -> Result<Option<GatheredDraft>, Problem> {
        let draft = match self.store.draft(intent) {
            // What was thrown away is not at hand until it is taken back.
            Ok(draft) if draft.discarded_at.is_some() => return Ok(None),
            Ok(draft) => draft,
            Err(StoreError::NotFound) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        // A supplement begins with what was filed.
        let mut answers = match &draft.supplement {
            Some(of) => of.request.filed.clone(),
            None => Answers::default(),
        };
        let mut edits = BTreeMap::new();
        let mut before = BTreeMap::new();
        for (field, stored) in self.store.answers_with_edits(intent)? {
            edits.insert(field.clone(), stored.edit);
            before.extend(stored.before.map(|value| (field.clone(), value)));
            answers.0.insert(field, stored.value);
        }
        let prefill = self.store.prefill(&draft.procedure)?;
        Ok(Some(GatheredDraft {
            draft,
            answers,
            edits,
            before,
            prefill,
        }))
    }

    fn facts<'a>(&'a self, gathered: &'a Gathered, shown: &Shown) -> Facts<'a> {
        let rest = &gathered.rest;
        let gathered_content = &gathered.content;
        let draft = gathered.draft.as_ref().and_then(|gathered| {
            let draft = &gathered.draft;
            let procedure = gathered_content.pack.procedure(&draft.procedure)?;
            let asked = self.asked(gathered_content, procedure, gathered);
            Some(DraftFacts {
                id: draft.intent,
                frozen: draft.frozen,
                procedure,
                answers: gathered.answers.clone(),
                edits: gathered.edits.clone(),
                before: gathered.before.clone(),
                prefill: gathered.prefill.clone(),
                place: draft.place.clone(),
                supplement: draft.supplement.clone(),
                moved: draft.moved.clone(),
                evaluation: asked.evaluation,
                clean: asked.clean,
                open: asked.open,
            })
        });
        Facts {
            content: &gathered.content,
            say: &gathered.say,
            now: clock::now(&self.ports, &self.store),
            told: rest.told,
            signed_in: rest.signed_in,
            signing_in: rest.signing_in,
            sign_in_problem: rest.sign_in_problem.clone(),
            online: shown.online,
            drafts: rest.drafts.clone(),
            outbox: rest.outbox.clone(),
            dossiers: rest.dossiers.clone(),
            draft,
            lane: rest.lane.clone(),
            receipt: rest.receipt.clone(),
            dossier: rest.dossier.clone(),
            pay_wish: rest.pay_wish.clone(),
            pay_problem: rest.pay_problem.clone(),
            payments: rest.payments.clone(),
            result_here: rest.result_here,
            acts: rest.acts.clone(),
            reads: rest.reads.clone(),
        }
    }

    /// The screen of the place, with what must be told on it.
    fn render(&self, shown: &Shown) -> Screen {
        let gathered = match self.gather(shown) {
            Ok(gathered) => gathered,
            Err(problem) => {
                return problem_screen(&problem, &Say::new(&shown.lang, self.config.device));
            }
        };
        let facts = self.facts(&gathered, shown);
        let Some(mut screen) = shown.place.view(&facts) else {
            return problem_screen(&Problem::NotFound, facts.say);
        };
        if let Some(problem) = &shown.problem {
            let text = facts.say.problem(problem, facts.office());
            screen.blocks.retain(|block| block.key != "problem");
            screen.blocks.insert(
                0,
                Block {
                    key: "problem".into(),
                    kind: BlockKind::Notice {
                        tone: Tone::Problem,
                        text,
                    },
                },
            );
            screen.focus = Some("problem".into());
        }
        screen
    }

    /// On the first page: forgets drafts in which nothing was typed, and what was thrown away long
    /// ago. A failure is none of the person's business: it is tried again the next time.
    fn tidy(&self, shown: &Shown) {
        if matches!(shown.place, Place::Home { .. })
            && let Err(error) = self.store.tidy_drafts(shown.place.needs().draft)
        {
            tracing::warn!(%error, "drafts are not tidied");
        }
    }

    /// The question that the person was at.
    fn question(&self, shown: &Shown) -> Option<Key> {
        let draft = shown.place.needs().draft?;
        self.store.draft_place(draft).ok()??.field
    }

    /// Stores where the person is (I1). Failing here loses a place, not an answer.
    fn remember(&self, shown: &mut Shown, outcome: &mut Outcome) {
        let left = Left {
            place: shown.place.clone(),
            problem: shown.problem.clone(),
        };
        let stored = serde_json::to_string(&left)
            .map_err(|_| Problem::Bug {
                id: "navigation".into(),
            })
            .and_then(|left| {
                if left != shown.left {
                    self.store.set_navigation(&left)?;
                    shown.left = left;
                }
                Ok(())
            });
        if let Err(problem) = stored
            && shown.problem.is_none()
        {
            shown.problem = Some(problem);
            outcome.told = true;
        }
    }

    /// From what is shown to what is to be shown.
    fn update(&self, shown: &mut Shown, outcome: Outcome, by_itself: bool) -> Update {
        let mut screen = self.render(shown);
        let same = screen.id == shown.screen.id;
        let mut focus = outcome.focus.filter(|key| has_block(&screen, key));
        if outcome.told {
            focus = Some("problem".into());
        }
        if same {
            if screen.focus.is_none() {
                screen.focus = shown
                    .screen
                    .focus
                    .clone()
                    .filter(|key| has_block(&screen, key));
            }
        } else if let Some(key) = focus.take() {
            screen.focus = Some(key);
        }
        let change = diff(&shown.screen, &screen);
        if !same && focus.is_none() {
            focus = Some(screen.focus.clone().unwrap_or_else(|| TITLE.into()));
        }
        let announce = announce(
            &shown.screen,
            &screen,
            outcome.announce,
            focus.as_ref(),
            by_itself,
        );
        if change != ScreenChange::Nothing {
            shown.rev += 1;
        }
        shown.screen = screen;
        Update {
            rev: shown.rev,
            change,
            focus,
            announce,
            request: outcome.request,
        }
    }
}

/// How often the office has moved it.
fn acts_of_office(dossier: &DossierView) -> usize {
    crate::dossier::happenings(dossier).count()
}

/// The screen that stands where a place cannot be shown.
const PROBLEM: &str = "problem";

const fn nothing(rev: Rev) -> Update {
    Update {
        rev,
        change: ScreenChange::Nothing,
        focus: None,
        announce: None,
        request: None,
    }
}

/// What to say, so that a change is said once (I5): nothing where a live region speaks, or where
/// another screen opens and its title is read; a status that changed by itself where it is shown.
fn announce(
    before: &Screen,
    after: &Screen,
    said: Option<Text>,
    focus: Option<&Key>,
    by_itself: bool,
) -> Option<Text> {
    if before.id != after.id {
        return None;
    }
    let changed = |block: &&Block| !before.blocks.contains(block);
    let speaks = |block: &&Block| block.is_live() && focus != Some(&block.key);
    if after
        .blocks
        .iter()
        .filter(changed)
        .any(|block| speaks(&block))
    {
        return None;
    }
    let status = after
        .blocks
        .iter()
        .filter(changed)
        .find_map(|block| match &block.kind {
            BlockKind::Notice { text, .. } if by_itself && block.key == "status" => {
                Some(text.clone())
            }
            _ => None,
        });
    status.or(said)
}

fn has_block(screen: &Screen, key: &str) -> bool {
    screen.blocks.iter().any(|block| block.key == key)
}

/// What is left when not even the place can be shown. It can always be left again.
fn problem_screen(problem: &Problem, say: &Say) -> Screen {
    let mut page = Page::new(say, PROBLEM, say.plain("problem-title"));
    page.notice("problem", Tone::Problem, say.problem(problem, None));
    page.focus("problem");
    page.action("retry", "common-retry");
    page.action("home", "common-home");
    page.done()
}

/// The catalogue as data.
#[derive(Clone)]
pub struct Catalog {
    content: Arc<Content>,
}

impl Catalog {
    /// The procedures that fit what was typed, best first: without diacritics, with typos.
    pub fn search(&self, query: &str, limit: usize) -> Vec<&Procedure> {
        let pack = &self.content.pack;
        // What has no form is not wanted here.
        let hits = (self.content.index()).search_for(query, limit, |code| {
            pack.procedure(code).is_some().then_some(0)
        });
        let hits = hits.iter();
        hits.filter_map(|hit| pack.procedure(&hit.code)).collect()
    }

    /// Everything that fits, also what has no form in this app: codes, best first.
    pub fn find(&self, query: &str, limit: usize) -> Vec<Hit> {
        self.content.index().search(query, limit)
    }

    /// The facts of every procedure.
    pub fn listings(&self) -> &[Listing] {
        self.content.catalogue().all()
    }

    pub fn procedure(&self, code: &str) -> Option<&Procedure> {
        self.content.pack.procedure(code)
    }
}
