//! One seed: a whole registration of a birth in bad weather, and what must be true of it.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use gandan_core::{
    Core,
    screen::{BlockKind, Event, Request, Screen},
};
use gandan_domain::{
    dossier::{DossierCode, FileEntry, Status},
    jws::sha256_hex,
    time::Instant,
};
use gandan_sandbox::browser::{self, Login};

use super::{
    exec::Stop,
    net::Weather,
    node::{Death, Node},
    plant::Plant,
    rng::{Rng, Stream},
    world::{Assets, REDIRECT, World},
};
use crate::{
    person::{self, Deed, Linking, Person},
    photo::photo,
    scan::{Needle, photo_needles},
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
}

/// After this much virtual time nothing goes wrong any more…
const STORM_MS: i64 = 45 * 60_000;
/// …and after this much more everything must have come to its end.
const CALM_MS: i64 = 8 * 3_600_000;

struct Story {
    world: Arc<World>,
    person: Person,
    rng: Rng,
    photo: Vec<u8>,
    entry: FileEntry,
    storm_until: Instant,
    calm: bool,
    /// What the screen showed when the phone last answered her.
    last: Option<Screen>,
    /// The event that was under way when the phone died.
    in_flight: Option<Event>,
    proofs: Rc<RefCell<u64>>,
    proven: BTreeSet<DossierCode>,
}

/// Runs one seed to its end.
pub fn run(seed: u64, assets: &Arc<Assets>, settings: Settings) -> std::io::Result<Report> {
    let (world, mut executor) = World::new(seed, assets, settings.plant, settings.keep_trace)?;
    let breaches = Rc::new(RefCell::new(Vec::new()));
    let finished = Rc::new(RefCell::new(false));
    let proofs = Rc::new(RefCell::new(0));
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
    executor.spawn(weather(
        Arc::clone(&world),
        Rng::new(seed, Stream::Weather),
        storm_until,
        settings.calm,
    ));
    executor.spawn(officer(Arc::clone(&world), Rng::new(seed, Stream::Officer)));

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
    let mut person = Person::new(person::mother(world.now()), linking, language);
    person.keystrokes = usize::try_from(rng.between(4, 40)).unwrap_or(1);
    let story = Story {
        world: Arc::clone(&world),
        person,
        rng,
        photo: photo.clone(),
        entry,
        storm_until,
        calm: settings.calm,
        last: None,
        in_flight: None,
        proofs: Rc::clone(&proofs),
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
        let unread = Rc::clone(&breaches);
        let (world, breaches, ending_set) =
            (Arc::clone(&world), Rc::clone(&breaches), Rc::clone(&ending));
        executor.spawn(async move {
            let found = ledgers(&world).await;
            breaches.borrow_mut().extend(found);
            *ending_set.borrow_mut() = true;
        });
        let limit = limit.plus_ms(3_600_000);
        if executor.run_until(limit, || *ending.borrow()) != Stop::Done {
            unread
                .borrow_mut()
                .push("the ledgers could not be read".into());
        }
    }
    breaches.borrow_mut().extend(plaintext(&world, &photo));
    let report = Report {
        seed,
        trace_hash: world.trace.hash(),
        trace: world.trace.take_lines(),
        polls: executor.polls(),
        exchanges: world.network.exchanges(),
        virtual_ms: world.now().ms() - start.ms(),
        phone_deaths: world.phone.deaths(),
        backend_deaths: world.backend.deaths(),
        proofs: *proofs.borrow(),
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

    /// I1: what was acknowledged before the death is there after it, at the same place.
    fn compare(&self, now: &Screen) -> Result<(), String> {
        let signing = matches!(&self.in_flight, Some(Event::Act { action }) if action == "submit");
        if signing && !matches!(now.id.as_str(), "review" | "sending" | "sent") {
            return Err(format!("I1: she was signing, and is at {}", now.id));
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
            .prove(&code, &self.world.assets.keyset, &self.entry)
            .map_err(|why| format!("I3: a screen says \"sent\": {why}"))?;
        self.proven.insert(proven);
        *self.proofs.borrow_mut() += 1;
        Ok(())
    }
}

/// I2 and the other half of I3: what was promised is kept, once, on both sides.
async fn ledgers(world: &Arc<World>) -> Vec<String> {
    let mut breaches = Vec::new();
    let promised = world.network.witness.promised();
    for (intent, codes) in &promised {
        if codes.len() > 1 {
            breaches.push(format!(
                "I2: intent {intent} was promised {} codes",
                codes.len()
            ));
        }
    }
    if promised.len() > 1 {
        breaches.push(format!(
            "I2: {} intents of one wish were received",
            promised.len()
        ));
    }
    let intents: BTreeSet<String> = promised.keys().map(ToString::to_string).collect();
    let mut stored = Err("never asked".to_owned());
    for _ in 0..120 {
        stored = world.stored_intents().await;
        if stored.is_ok() {
            break;
        }
        world.clock.sleep_ms(10_000).await;
    }
    match stored {
        Ok(stored) => {
            if stored.len() > 1 {
                breaches.push(format!("I2: the backend holds {} dossiers", stored.len()));
            }
            let stored: BTreeSet<String> = stored.into_iter().collect();
            for lost in intents.difference(&stored) {
                breaches.push(format!(
                    "I3: {lost} was promised, and the backend does not have it"
                ));
            }
        }
        Err(error) => breaches.push(format!("the backend's ledger: {error}")),
    }
    let promised: BTreeSet<String> = promised
        .into_values()
        .flatten()
        .map(|code| code.to_string())
        .collect();
    let desk: BTreeSet<String> = world
        .sandbox
        .received()
        .into_iter()
        .map(|(code, _)| code.to_string())
        .collect();
    if desk.len() > 1 {
        breaches.push(format!("I2: the desk holds {} dossiers", desk.len()));
    }
    for lost in promised.difference(&desk) {
        breaches.push(format!(
            "I2: {lost} was promised, and never came to the desk"
        ));
    }
    breaches
}

/// I6: no value of hers lies readable on either disk.
fn plaintext(world: &World, photo: &[u8]) -> Vec<String> {
    let knowledge = person::mother(world.now());
    let mut needles = photo_needles(photo);
    needles.extend(needles_of(&knowledge));
    let mut breaches = Vec::new();
    for needle in &needles {
        for form in needle.forms() {
            for node in [&world.phone, &world.backend] {
                if let Some(path) = node.examine(|disk| disk.find(form)) {
                    let file = path.rsplit('/').next().unwrap_or_default();
                    breaches.push(format!(
                        "I6: {} lies in {:?}'s {file}",
                        needle.name, node.name
                    ));
                }
            }
        }
    }
    breaches
}

/// Every value of hers that is long enough to mean something when it is found.
pub fn needles_of(knowledge: &person::Knowledge) -> Vec<Needle> {
    // What the catalogue says in public: options and places are no secrets of hers.
    let public = [
        "case",
        "father_known",
        "requester.relation",
        "office.commune",
        "child.sex",
    ];
    let own = knowledge.answers.iter().filter(|(field, _)| {
        !public.contains(&field.as_str())
            && !field.ends_with(".nationality")
            && !field.ends_with(".ethnicity")
    });
    own.filter_map(|(field, value)| Needle::text(field, value))
        .collect()
}

/// Makes weather until `until`, then fine for ever.
async fn weather(world: Arc<World>, mut rng: Rng, until: Instant, calm: bool) {
    while !calm && world.now() < until {
        // Signing in takes seven exchanges in a row: without spells of fine weather nobody would get
        // as far as the storms that matter.
        let fine = rng.chance(40);
        let bad = |rng: &mut Rng, most: u64| match !fine && rng.chance(50) {
            true => rng.below(most),
            false => 0,
        };
        world.network.set_weather(Weather {
            lost: bad(&mut rng, 30),
            answer_lost: bad(&mut rng, 50),
            twice: bad(&mut rng, 40),
            portal: bad(&mut rng, 15),
            delay_ms: i64::try_from(rng.magnitude(15_000)).unwrap_or(60),
        });
        world.network.set_online(fine || rng.chance(80));
        let _ = world.sandbox.all_is_well();
        let part = match rng.below(3) {
            0 => world.sandbox.vneid(),
            1 => world.sandbox.population(),
            _ => world.sandbox.one_stop(),
        };
        // A stand-in that could not store its own fault would fail the run anyway.
        let _ = match rng.below(8) {
            0 => part.is_down(),
            1 => part.answers_html(),
            2 => part.loses_answers(),
            3 => part.is_slow(20_000),
            4 => world.sandbox.one_stop().repeats_callbacks(),
            _ => part.is_well(),
        };
        world.clock.sleep_ms(rng.between(20_000, 180_000)).await;
    }
    world.network.set_weather(Weather::FINE);
    world.network.set_online(true);
    let _ = world.sandbox.all_is_well();
    for node in [&world.phone, &world.backend] {
        node.clear_fuse();
    }
}

/// Looks at the desk now and then, takes in what lies there, and finishes it.
async fn officer(world: Arc<World>, mut rng: Rng) {
    loop {
        world.clock.sleep_ms(rng.between(5_000, 60_000)).await;
        for dossier in world.sandbox.officer().dossiers() {
            let code = dossier.code.as_str();
            let done = match dossier.status {
                Status::Registered => Some(world.sandbox.officer().accept(code).await),
                Status::Accepted | Status::InProgress => {
                    Some(world.sandbox.officer().finish(code).await)
                }
                _ => None,
            };
            if let Some(done) = done {
                let status = done.map(Status::code);
                world
                    .trace
                    .note(|| format!("the officer: {}", status.unwrap_or(0)));
            }
        }
    }
}
