//! One seed: a wish, filed and followed to its end in bad weather, and what must be true of it.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use gandan_core::{
    Core,
    screen::{BlockKind, Event, Request, Screen, Tone},
};
use gandan_domain::{
    dossier::{DossierCode, FileEntry, Status},
    jws::sha256_hex,
    payment::Vnd,
    text::{
        Lang,
        messages::{Arg, Messages},
        spoken,
    },
    time::Instant,
    wire::DossierView,
};
use gandan_sandbox::browser::{self, BrowserError, Login, Paying};

use super::{
    exec::Stop,
    ledgers::{Deeds, ledgers, plaintext},
    money,
    node::{Death, Node},
    plant::Plant,
    plot::{FEE_VND, Kind, Page, Plot},
    rng::{Rng, Stream},
    weather,
    world::{Assets, REDIRECT, World},
};
use crate::{
    person::{self, Deed, Linking, Person},
    photo::photo,
};

/// What to do with a seed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    pub plant: Option<Plant>,
    pub keep_trace: bool,
    /// No weather and no deaths: for measuring what a run costs.
    pub calm: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub seed: u64,
    /// What it was about.
    pub kind: Option<Kind>,
    /// Which promise was broken, and how; none is what is wanted.
    pub breaches: Vec<String>,
    pub trace_hash: [u8; 32],
    pub trace: Vec<String>,
    pub polls: u64,
    pub exchanges: u64,
    pub virtual_ms: i64,
    pub phone_deaths: u64,
    pub backend_deaths: u64,
    /// Screens that showed "sent", each proven.
    pub proofs: u64,
    /// Screens that showed "paid", each proven.
    pub payments: u64,
}

/// After this much virtual time nothing goes wrong any more…
const STORM_MS: i64 = 45 * 60_000;
/// …and after this much more everything must have come to its end.
const CALM_MS: i64 = 8 * 3_600_000;
/// How long the ledgers may take to be settled.
const ENDING_MS: i64 = 36 * 3_600_000;

struct Story {
    world: Arc<World>,
    plot: Plot,
    person: Person,
    rng: Rng,
    photo: Vec<u8>,
    /// What she attaches to what she files.
    attached: Vec<FileEntry>,
    paid_lines: [String; 2],
    /// She has been to the gateway's page once.
    been_to_page: bool,
    deeds: Rc<RefCell<Deeds>>,
    storm_until: Instant,
    calm: bool,
    /// What the screen showed when the phone last answered her.
    last: Option<Screen>,
    /// The event that was under way when the phone died.
    in_flight: Option<Event>,
    proofs: Rc<Cell<u64>>,
    payments: Rc<Cell<u64>>,
    proven: BTreeSet<DossierCode>,
}

/// Runs one seed to its end.
pub fn run(seed: u64, assets: &Arc<Assets>, settings: Settings) -> std::io::Result<Report> {
    let (world, mut executor) = World::new(seed, assets, settings.plant, settings.keep_trace)?;
    let breaches = Rc::new(RefCell::new(Vec::new()));
    let finished = Rc::new(RefCell::new(false));
    let (proofs, payments) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let over = Rc::new(Cell::new(false));
    let deeds = Rc::new(RefCell::new(Deeds::default()));
    let plot = Plot::draw(&mut Rng::new(seed, Stream::Plot), settings.calm);
    world.trace.note(|| format!("{plot:?}"));
    let mut plan = Rng::new(seed, Stream::Plan);
    let storm_until = match settings.calm {
        true => world.now(),
        false => world.now().plus_ms(plan.between(STORM_MS / 10, STORM_MS)),
    };

    let fuse = {
        let (world, calm) = (Arc::clone(&world), settings.calm);
        move |rng: &mut Rng, node: &Node| set_fuse(rng, node, !calm && world.now() < storm_until)
    };
    {
        let (world, breaches, rng) = (
            Arc::clone(&world),
            Rc::clone(&breaches),
            Rng::new(seed, Stream::Restarts),
        );
        executor.spawn(async move {
            let breach = world.keep_backend_running(rng, fuse).await;
            breaches.borrow_mut().push(breach);
        });
    }
    executor.spawn(weather::weather(
        Arc::clone(&world),
        Rng::new(seed, Stream::Weather),
        storm_until,
        settings.calm,
    ));
    executor.spawn(weather::officer(
        Arc::clone(&world),
        Rng::new(seed, Stream::Officer),
        plot.clone(),
        Rc::clone(&over),
    ));
    if plot.pays.is_some() {
        executor.spawn(money::tellers(
            Arc::clone(&world),
            plot.clone(),
            Rc::clone(&over),
        ));
        if plot.strangers {
            executor.spawn(money::strangers(
                Arc::clone(&world),
                Rng::new(seed, Stream::Strangers),
                Rc::clone(&over),
            ));
        }
    }

    let mut rng = Rng::new(seed, Stream::Person);
    let photo = photo(seed);
    let entry = FileEntry {
        field: "certificate.photo".into(),
        sha256: sha256_hex(&photo),
        size: photo.len() as u64,
        media_type: "image/jpeg".into(),
    };
    let linking = if rng.chance(50) {
        Linking::First
    } else {
        Linking::Last
    };
    let language = if rng.chance(50) { "vi" } else { "en" };
    let knowledge = plot.knowledge(world.now());
    let mut person = Person::new(knowledge.clone(), linking, language);
    person.keystrokes = usize::try_from(rng.between(4, 40)).unwrap_or(1);
    plot.tell(&mut person);
    let story = Story {
        world: Arc::clone(&world),
        person,
        rng,
        photo: photo.clone(),
        attached: if plot.has_a_photo() {
            vec![entry]
        } else {
            Vec::new()
        },
        paid_lines: paid_lines(Vnd::new(FEE_VND)),
        plot: plot.clone(),
        been_to_page: false,
        deeds: Rc::clone(&deeds),
        storm_until,
        calm: settings.calm,
        last: None,
        in_flight: None,
        proofs: Rc::clone(&proofs),
        payments: Rc::clone(&payments),
        proven: BTreeSet::new(),
    };
    {
        let (finished, breaches) = (Rc::clone(&finished), Rc::clone(&breaches));
        executor.spawn(async move {
            match story.live().await {
                Ok(()) => *finished.borrow_mut() = true,
                Err(breach) => breaches.borrow_mut().push(breach),
            }
        });
    }

    let limit = storm_until.plus_ms(CALM_MS);
    let start = world.now();
    let stop = executor.run_until(limit, || {
        *finished.borrow() || !breaches.borrow().is_empty()
    });
    if stop != Stop::Done {
        breaches.borrow_mut().push(format!(
            "liveness: {stop:?}; nothing went wrong any more, and still no end"
        ));
    }

    // What is on both disks and in both ledgers when all is over; also when it never came to an end,
    // because then they often say why.
    {
        let ending = Rc::new(RefCell::new(false));
        let world_now = world.now();
        let unread = Rc::clone(&breaches);
        let (world, breaches, ending_set) =
            (Arc::clone(&world), Rc::clone(&breaches), Rc::clone(&ending));
        over.set(true);
        let (plot, deeds) = (plot.clone(), deeds.borrow().clone());
        executor.spawn(async move {
            let found = ledgers(&world, &plot, &deeds).await;
            breaches.borrow_mut().extend(found);
            *ending_set.borrow_mut() = true;
        });
        let limit = world_now.plus_ms(ENDING_MS);
        if executor.run_until(limit, || *ending.borrow()) != Stop::Done {
            unread
                .borrow_mut()
                .push("the ledgers could not be read".into());
        }
    }
    let mut known = vec![knowledge.clone(), knowledge];
    known[1].answers.clone_from(&deeds.borrow().answers);
    breaches
        .borrow_mut()
        .extend(plaintext(&world, &photo, &known));
    let report = Report {
        seed,
        kind: Some(plot.kind),
        trace_hash: world.trace.hash(),
        trace: world.trace.take_lines(),
        polls: executor.polls(),
        exchanges: world.network.exchanges(),
        virtual_ms: world.now().ms() - start.ms(),
        phone_deaths: world.phone.deaths(),
        backend_deaths: world.backend.deaths(),
        proofs: proofs.get(),
        payments: payments.get(),
        breaches: breaches.borrow().clone(),
    };
    drop(executor);
    world.stop_everything();
    Ok(report)
}

fn set_fuse(rng: &mut Rng, node: &Node, storm: bool) {
    let death = if rng.chance(50) {
        Death::Kill
    } else {
        Death::PowerCut
    };
    let after = rng.magnitude(1_500);
    if rng.chance(75) && storm {
        node.set_fuse(after, death);
    }
}

impl Story {
    async fn live(mut self) -> Result<(), String> {
        loop {
            if self.world.phone.open_files() > 0 {
                return Err("the simulation itself: somebody keeps a dead app's files open".into());
            }
            let life = self.world.phone.start();
            let storm = !self.calm && self.world.now() < self.storm_until;
            set_fuse(&mut self.rng, &self.world.phone, storm);
            match self.world.open_core(life) {
                Ok(core) => {
                    if self.use_phone(life, &core).await? {
                        return Ok(());
                    }
                }
                // Dying while the app opens is no fault of the app.
                Err(problem) if self.world.phone.is_living(life) => {
                    return Err(format!("the app does not open: {problem}"));
                }
                Err(_) => {}
            }
            let pause = self.rng.between(500, 60_000);
            self.world.clock.sleep_ms(pause).await;
        }
    }

    /// Until the phone dies (`false`) or she holds the result (`true`).
    async fn use_phone(&mut self, life: u64, core: &Arc<Core>) -> Result<bool, String> {
        let screen = core.screen();
        if !self.world.phone.is_living(life) {
            return Ok(false);
        }
        self.compare(&screen)?;
        self.in_flight = None;
        let changes = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&changes);
        core.subscribe(Arc::new(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
        }));
        let engine = core.run();
        let (trace, breach) = (Arc::clone(&self.world.trace), Arc::clone(&self.world.phone));
        self.world.run_on_phone(life, async move {
            let problem = engine.await;
            if breach.is_living(life) {
                trace.note(|| format!("the engine stopped: {problem}"));
            }
        });
        let mut waited = 0;
        let mut seen = changes.load(Ordering::SeqCst);
        loop {
            let screen = core.screen();
            if !self.world.phone.is_living(life) {
                return Ok(false);
            }
            self.prove(&screen)?;
            self.prove_payment(&screen)?;
            {
                let mut deeds = self.deeds.borrow_mut();
                deeds.mended = self.person.has_mended();
                deeds.answers.clone_from(&self.person.knowledge.answers);
            }
            if self.plot.kind == Kind::Withdrawal && self.is_given_back(core)? {
                return Ok(true);
            }
            if self.last.as_ref().is_none_or(|last| last.id != screen.id) {
                self.world.trace.note(|| format!("screen {}", screen.id));
            }
            self.last = Some(screen.clone());
            let now = changes.load(Ordering::SeqCst);
            if now != seen {
                (seen, waited) = (now, 0);
            }
            match self
                .person
                .look(&screen, waited >= 12)
                .map_err(|lost| format!("liveness: {lost}"))?
            {
                Deed::Finished => return Ok(true),
                Deed::Transfer { qr } => {
                    waited = 0;
                    let pace = self.rng.between(2_000, 90_000);
                    self.world.clock.sleep_ms(pace).await;
                    match self.world.sandbox.transfer(&qr, None, None) {
                        Ok(made) => self.deeds.borrow_mut().transfers.push(made.number),
                        Err(error) => return Err(format!("the simulation itself: {error}")),
                    }
                }
                Deed::Wait => {
                    waited = if waited >= 12 { 0 } else { waited + 1 };
                    self.world.clock.sleep_ms(5_000).await;
                }
                Deed::Send(event) => {
                    waited = 0;
                    let pace = self.rng.between(300, 6_000);
                    self.world.clock.sleep_ms(pace).await;
                    if !self.world.phone.is_living(life) {
                        return Ok(false);
                    }
                    if core.screen() == screen {
                        self.send(life, core, event).await;
                    }
                }
            }
            if !self.world.phone.is_living(life) {
                return Ok(false);
            }
        }
    }

    async fn send(&mut self, life: u64, core: &Arc<Core>, event: Event) {
        let mut next = Some(event);
        while let Some(event) = next.take() {
            self.in_flight = Some(event.clone());
            let update = core.send(event);
            if !self.world.phone.is_living(life) {
                return;
            }
            self.in_flight = None;
            self.last = Some(core.screen());
            next = match update.request {
                Some(Request::OpenBrowser { url })
                    if self.last.as_ref().is_some_and(|last| last.id == "fee") =>
                {
                    self.pay(&url).await
                }
                Some(Request::OpenBrowser { url }) => self.browse(&url).await,
                Some(Request::TakePhoto { key }) => Some(Event::File {
                    key,
                    bytes: self.photo.clone().into(),
                }),
                _ => None,
            };
            if !self.world.phone.is_living(life) {
                return;
            }
        }
    }

    async fn browse(&mut self, url: &str) -> Option<Event> {
        let login = Login::Allow {
            id_number: self.person.knowledge.id_number,
            password: self.person.knowledge.password,
        };
        let line = self.world.browser();
        let outcome = browser::sign_in(&*line, url, REDIRECT, login).await;
        self.world.trace.note(|| match &outcome {
            Ok(_) => "the browser comes back".into(),
            Err(error) => format!("the browser: failed to {error}"),
        });
        Some(match outcome {
            Ok(url) => Event::BrowserReturned { url },
            Err(_) => Event::RequestAbandoned,
        })
    }

    /// She is on the gateway's page, and the phone may die there.
    async fn pay(&mut self, url: &str) -> Option<Event> {
        let first = !std::mem::replace(&mut self.been_to_page, true);
        let page = if first { self.plot.page } else { Page::Pays };
        let storm_death = if self.rng.chance(50) {
            Death::Kill
        } else {
            Death::PowerCut
        };
        if page == Page::DiesBefore {
            self.world.phone.stop(storm_death);
            return None;
        }
        let does = match page {
            Page::Cancels => Paying::Cancel,
            Page::DiesAfter => Paying::PayAndVanish,
            Page::Pays | Page::DiesBefore => Paying::Pay,
        };
        let outcome = browser::pay(&*self.world.browser(), url, REDIRECT, does).await;
        // A page without a button says that there is nothing to pay there any more.
        let done = matches!(&outcome, Ok(_) | Err(BrowserError::NoForm));
        self.person.visited(done && does != Paying::Cancel);
        self.world.trace.note(|| match &outcome {
            Ok(_) => format!("at the gateway: {does:?}"),
            Err(error) => format!("at the gateway: failed to {error}"),
        });
        if does == Paying::PayAndVanish && outcome.is_ok() {
            self.world.phone.stop(storm_death);
            return None;
        }
        Some(match outcome {
            Ok(Some(url)) => Event::BrowserReturned { url },
            Ok(None) | Err(_) => Event::RequestAbandoned,
        })
    }

    /// The office has given it back, and her money stands there as owed to her.
    fn is_given_back(&self, core: &Core) -> Result<bool, String> {
        let dossiers = core.dossiers().map_err(|problem| problem.to_string());
        let stopped = |dossier: &DossierView| dossier.status == Status::Stopped;
        match dossiers {
            Ok(dossiers) => Ok(dossiers.iter().any(stopped)),
            // Dying while she looks is no fault of the app.
            Err(_) if self.world.phone.life().is_none() => Ok(false),
            Err(problem) => Err(format!("the app does not say what it has: {problem}")),
        }
    }

    /// I1: what was acknowledged before the death is there after it, at the same place.
    fn compare(&self, now: &Screen) -> Result<(), String> {
        let signing = matches!(&self.in_flight, Some(Event::Act { action }) if action == "submit");
        if signing && !matches!(now.id.as_str(), "review" | "sending" | "sent") {
            return Err(format!("I1: she was signing, and is at {}", now.id));
        }
        let paying = self.last.as_ref().is_some_and(|last| last.id == "fee");
        if paying && self.in_flight.is_none() && now.id != "fee" {
            return Err(format!("I1: she was paying, and is at {}", now.id));
        }
        let Some(last) = self
            .last
            .as_ref()
            .filter(|last| last.id.starts_with("form/"))
        else {
            return Ok(());
        };
        let moved = matches!(
            self.in_flight,
            Some(Event::Act { .. } | Event::Back | Event::Open { .. })
        );
        if now.id != last.id {
            return match moved {
                true => Ok(()),
                false => Err(format!("I1: she was at {}, and is at {}", last.id, now.id)),
            };
        }
        let (before, after) = (person::shown_answers(last), person::shown_answers(now));
        let open: BTreeMap<&str, &str> = match &self.in_flight {
            Some(Event::Edit { key, value, .. }) => {
                [(key.as_str(), value.expose().as_str())].into()
            }
            Some(Event::Choose { key, options, .. }) => {
                [(key.as_str(), options.first().map_or("", String::as_str))].into()
            }
            Some(Event::File { key, .. }) => [(key.as_str(), "")].into(),
            _ => BTreeMap::new(),
        };
        for (field, value) in before {
            let kept = after.get(&field).map(String::as_str);
            let under_way = open
                .get(field.as_str())
                .is_some_and(|new| new.is_empty() || kept == Some(*new));
            // A choice that was under way may have shown or hidden other questions.
            let hidden = kept.is_none() && self.in_flight.is_some();
            if !value.is_empty() && kept != Some(value.as_str()) && !under_way && !hidden {
                return Err(format!(
                    "I1: what was in `{field}` before the phone died is not there after"
                ));
            }
        }
        Ok(())
    }

    /// I3: a screen that says "sent" is believed only with the proof as it passed on the wire.
    fn prove(&mut self, screen: &Screen) -> Result<(), String> {
        if screen.id != "sent" {
            return Ok(());
        }
        let code = screen.blocks.iter().find_map(|block| match &block.kind {
            BlockKind::Code { code, .. } => Some(code.shown()),
            _ => None,
        });
        let code = code.ok_or("I3: a screen says \"sent\" and shows no code")?;
        let proven = self
            .world
            .network
            .witness
            .prove(&code, &self.world.assets.keyset, &self.attached)
            .map_err(|why| format!("I3: a screen says \"sent\": {why}"))?;
        self.proven.insert(proven);
        self.proofs.set(self.proofs.get() + 1);
        Ok(())
    }

    /// I4: a screen that says "paid" is believed only with the receipt as it passed on the wire, and
    /// with the money where it says that it is.
    fn prove_payment(&mut self, screen: &Screen) -> Result<(), String> {
        let witness = &self.world.network.witness;
        let keys = &self.world.assets.keyset;
        let due = Vnd::new(FEE_VND);
        if screen.id == "dossier" {
            let said = screen.blocks.iter().any(|block| match &block.kind {
                BlockKind::Paragraph { text } => self.paid_lines.contains(&text.shown()),
                _ => false,
            });
            if said && witness.payments().is_empty() {
                return Err("I4: a screen says \"paid\", and no payment receipt was given".into());
            }
        }
        let receipt = screen.blocks.iter().find_map(|block| match &block.kind {
            BlockKind::Code { code, .. } if block.key == "receipt" => Some(code.shown()),
            _ => None,
        });
        let success = screen.blocks.iter().any(|block| {
            block.key == "state"
                && matches!(
                    &block.kind,
                    BlockKind::Notice {
                        tone: Tone::Success,
                        ..
                    }
                )
        });
        let shown = match (screen.id.as_str(), receipt, success) {
            ("fee", Some(shown), _) => shown,
            ("fee", None, true) => {
                return Err("I4: a screen says \"paid\" and shows no receipt".into());
            }
            _ => return Ok(()),
        };
        witness
            .prove_payment(&shown, keys, due)
            .map_err(|why| format!("I4: a screen says \"paid\": {why}"))?;
        let held = |number: &str| {
            let sandbox = &self.world.sandbox;
            let taken = sandbox.captures().into_iter().chain(sandbox.cash());
            taken
                .filter(|capture| capture.vnd == due)
                .any(|capture| number.ends_with(&capture.number))
        };
        let mut receipts = witness.payments().into_iter();
        if !receipts.any(|receipt| receipt.reference == shown && held(&receipt.transaction)) {
            return Err("I4: a screen says \"paid\", and nobody took the money".into());
        }
        self.payments.set(self.payments.get() + 1);
        Ok(())
    }
}

/// What a line says in so many words where the fee is paid.
fn paid_lines(due: Vnd) -> [String; 2] {
    ["vi", "en"].map(|lang| {
        let lang = Lang(lang.into());
        let amount: Arg = spoken::money(due.get(), &lang).into();
        Messages::new(&lang)
            .text("fees-paid", &[("amount", amount)])
            .shown()
    })
}
