//! A phone in somebody's hand, for scenarios that are told step by step.

use std::sync::Arc;

use gandan_core::{
    Core,
    screen::{Event, Request, Screen, Update},
};
use gandan_sandbox::browser::{self, Login, Paying};

use super::{
    node::Death,
    world::{REDIRECT, World},
};
use crate::{
    person::{Deed, Person},
    photo::photo,
};

pub struct Driver {
    pub world: Arc<World>,
    pub person: Person,
    pub core: Arc<Core>,
    life: u64,
    photo: Vec<u8>,
}

impl Driver {
    /// Takes the phone in hand and opens the app.
    pub fn open(world: &Arc<World>, person: Person) -> Result<Self, String> {
        let life = world.phone.start();
        let core = start(world, life)?;
        Ok(Self {
            world: Arc::clone(world),
            person,
            core,
            life,
            photo: photo(1),
        })
    }

    /// The phone dies, and is started again.
    pub fn reboot(&mut self, death: Death) -> Result<(), String> {
        self.world.phone.stop(death);
        self.life = self.world.phone.start();
        self.core = start(&self.world, self.life)?;
        Ok(())
    }

    /// She goes on until the screen is as told, looking once a second.
    pub async fn until(
        &mut self,
        what: &str,
        limit_ms: i64,
        there: impl Fn(&Screen) -> bool,
    ) -> Result<Screen, String> {
        let limit = self.world.now().plus_ms(limit_ms);
        let mut waited = 0;
        loop {
            let screen = self.core.screen();
            if there(&screen) {
                return Ok(screen);
            }
            if self.world.now() > limit {
                return Err(format!("{what}: not in time; at {}", screen.id));
            }
            let deed = self
                .person
                .look(&screen, waited > 0 && waited % 60 == 0)
                .map_err(|lost| format!("{what}: {lost}"))?;
            match deed {
                Deed::Send(event) => {
                    waited = 0;
                    let asks_for_page = matches!(&event, Event::Act { action } if screen.id == "fee" && action == "open-browser");
                    self.send(event).await;
                    if asks_for_page {
                        self.person.visited(true);
                    }
                }
                Deed::Transfer { qr } => {
                    waited = 0;
                    let made = self.world.sandbox.transfer(&qr, None, None);
                    made.map_err(|error| format!("{what}: her bank: {error}"))?;
                }
                Deed::Wait => waited += 1,
                Deed::Finished => return Err(format!("{what}: she holds the result already")),
            }
            self.world.clock.sleep_ms(1_000).await;
        }
    }

    /// One event, and whatever it asks of the platform.
    pub async fn send(&self, event: Event) -> Update {
        let mut update = self.core.send(event);
        loop {
            let next = match &update.request {
                Some(Request::OpenBrowser { url }) => self.browse(url).await,
                Some(Request::TakePhoto { key }) => Event::File {
                    key: key.clone(),
                    bytes: self.photo.clone().into(),
                },
                _ => return update,
            };
            update = self.core.send(next);
        }
    }

    async fn browse(&self, url: &str) -> Event {
        if self.core.screen().id == "fee" {
            let page = browser::pay(&*self.world.browser(), url, REDIRECT, Paying::Pay).await;
            return match page {
                Ok(Some(url)) => Event::BrowserReturned { url },
                Ok(None) | Err(_) => Event::RequestAbandoned,
            };
        }
        let login = Login::Allow {
            id_number: self.person.knowledge.id_number,
            password: self.person.knowledge.password,
        };
        match browser::sign_in(&*self.world.browser(), url, REDIRECT, login).await {
            Ok(url) => Event::BrowserReturned { url },
            Err(_) => Event::RequestAbandoned,
        }
    }
}

fn start(world: &Arc<World>, life: u64) -> Result<Arc<Core>, String> {
    let core = world
        .open_core(life)
        .map_err(|problem| format!("open the app: {problem}"))?;
    let engine = core.run();
    world.run_on_phone(life, async move {
        engine.await;
    });
    Ok(core)
}

/// Runs a scenario in a world where nothing goes wrong but what it makes go wrong.
pub fn scenario<F>(seed: u64, hours: i64, story: impl FnOnce(Arc<World>) -> F) -> Result<(), String>
where
    F: Future<Output = Result<(), String>> + 'static,
{
    let assets = super::Assets::make().map_err(|error| error.to_string())?;
    scenario_with(&assets, seed, hours, story)
}

/// The same where every place of the country is known, old and new.
pub fn scenario_with_places<F>(
    seed: u64,
    hours: i64,
    story: impl FnOnce(Arc<World>) -> F,
) -> Result<(), String>
where
    F: Future<Output = Result<(), String>> + 'static,
{
    let assets = super::Assets::make().map_err(|error| error.to_string())?;
    assets.put_places(|_| {})?;
    scenario_with(&assets, seed, hours, story)
}

fn scenario_with<F>(
    assets: &Arc<super::Assets>,
    seed: u64,
    hours: i64,
    story: impl FnOnce(Arc<World>) -> F,
) -> Result<(), String>
where
    F: Future<Output = Result<(), String>> + 'static,
{
    use std::{cell::RefCell, rc::Rc};

    let (world, mut executor) =
        World::new(seed, assets, None, false).map_err(|error| error.to_string())?;
    let outcome = Rc::new(RefCell::new(None));
    {
        let (world, outcome) = (Arc::clone(&world), Rc::clone(&outcome));
        executor.spawn(async move {
            let rng = super::rng::Rng::new(seed, super::rng::Stream::Restarts);
            let why = world.keep_backend_running(rng, |_, _| {}).await;
            *outcome.borrow_mut() = Some(Err(why));
        });
    }
    let told = story(Arc::clone(&world));
    {
        let outcome = Rc::clone(&outcome);
        executor.spawn(async move {
            let ended = told.await;
            *outcome.borrow_mut() = Some(ended);
        });
    }
    let limit = world.now().plus_ms(hours * 3_600_000);
    let stop = executor.run_until(limit, || outcome.borrow().is_some());
    let ended = outcome.borrow_mut().take();
    drop(executor);
    world.stop_everything();
    ended.unwrap_or_else(|| Err(format!("no end: {stop:?}")))
}
