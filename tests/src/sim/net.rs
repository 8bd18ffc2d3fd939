//! The network: exchanges between machines as calls to their routers, with everything that goes
//! wrong on a bad link.
//!
//! A request is drawn its fate when it is sent: lost on the way, delivered late, delivered twice,
//! answered into the void, or answered by somebody else's HTML. Different delays reorder. The
//! answering side works in tasks of its own, so that it finishes what it began when the asking
//! side has died or given up, and dies without an answer when it is killed itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::{Router, body::Body};
use bytes::Bytes;
use futures_util::future::{BoxFuture, Either, select};
use gandan_domain::time::Instant;
use gandan_foundation::ports::{Clock, Http, HttpError};
use http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use tokio::sync::oneshot;
use tower::ServiceExt;

use super::{
    exec::{Spawner, VirtualClock},
    node::{Dead, Name, Node},
    rng::Rng,
    trace::Trace,
    witness::Witness,
};

/// How bad the network is, in percent of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weather {
    pub lost: u64,
    pub answer_lost: u64,
    pub twice: u64,
    /// A captive portal answers instead.
    pub portal: u64,
    /// Delay each way, at most.
    pub delay_ms: i64,
}

impl Weather {
    pub const FINE: Self = Self {
        lost: 0,
        answer_lost: 0,
        twice: 0,
        portal: 0,
        delay_ms: 60,
    };
}

/// After how long a client stops waiting.
const TIMEOUT_MS: i64 = 30_000;

pub struct Network {
    pub clock: VirtualClock,
    pub spawner: Spawner,
    pub trace: Arc<Trace>,
    pub witness: Witness,
    state: Mutex<State>,
}

struct State {
    rng: Rng,
    weather: Weather,
    /// Does the phone have a signal?
    online: bool,
    /// Requests of the phone to this path arrive, and their answers never do.
    black_hole: Option<&'static str>,
    /// When the phone sent something into it.
    swallowed: Vec<Instant>,
    servers: Vec<Server>,
    exchanges: u64,
}

struct Server {
    host: &'static str,
    node: Arc<Node>,
    running: Option<(u64, Router)>,
}

impl Network {
    pub fn new(clock: VirtualClock, spawner: Spawner, trace: Arc<Trace>, rng: Rng) -> Arc<Self> {
        Arc::new(Self {
            clock,
            spawner,
            trace,
            witness: Witness::default(),
            state: Mutex::new(State {
                rng,
                weather: Weather::FINE,
                online: true,
                black_hole: None,
                swallowed: Vec::new(),
                servers: Vec::new(),
                exchanges: 0,
            }),
        })
    }

    pub fn add(&self, host: &'static str, node: &Arc<Node>) {
        self.lock().servers.push(Server {
            host,
            node: Arc::clone(node),
            running: None,
        });
    }

    /// From now on `host` is answered by this router, for as long as this life lasts.
    pub fn serve(&self, host: &str, life: u64, router: Router) {
        for server in &mut self.lock().servers {
            if server.host == host {
                server.running = Some((life, router.clone()));
            }
        }
    }

    /// Lets go of what served `host`: whoever keeps a dead server keeps its files open.
    pub fn forget(&self, host: &str) {
        for server in &mut self.lock().servers {
            if server.host == host {
                server.running = None;
            }
        }
    }

    pub fn set_weather(&self, weather: Weather) {
        self.trace.note(|| format!("weather: {weather:?}"));
        self.lock().weather = weather;
    }

    /// Swallows the answers to the phone's requests to `path`, until told otherwise.
    pub fn set_black_hole(&self, path: Option<&'static str>) {
        self.trace.note(|| format!("black hole: {path:?}"));
        self.lock().black_hole = path;
    }

    /// When the phone's requests went into the black hole, oldest first.
    pub fn swallowed(&self) -> Vec<Instant> {
        self.lock().swallowed.clone()
    }

    /// Whether the phone's request to `path`, sent now, will hear nothing.
    fn swallows(&self, from: Name, path: &str) -> bool {
        let now = self.clock.now();
        let mut state = self.lock();
        let swallows = from == Name::Phone && state.black_hole == Some(path);
        if swallows {
            state.swallowed.push(now);
        }
        swallows
    }

    pub fn set_online(&self, online: bool) {
        self.trace.note(|| format!("signal: {online}"));
        self.lock().online = online;
    }

    /// Lets go of the servers, whose parts hold on to this network in turn.
    pub fn close(&self) {
        self.lock().servers.clear();
    }

    pub fn exchanges(&self) -> u64 {
        self.lock().exchanges
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn draw(&self, from: Name) -> Fate {
        let mut state = self.lock();
        state.exchanges += 1;
        let State {
            rng,
            weather,
            online,
            ..
        } = &mut *state;
        // Every draw happens whatever the others say, so that fates stay comparable between runs.
        let delays = [0; 3].map(|_: i64| 1 + rng.between(0, weather.delay_ms));
        let [lost, answer_lost, twice, portal] = [
            weather.lost,
            weather.answer_lost,
            weather.twice,
            weather.portal,
        ]
        .map(|percent| rng.chance(percent));
        // The browser and the officer have a line of their own; a browser does not repeat itself.
        let on_air = from == Name::Phone;
        let twice = twice && from != Name::World;
        Fate {
            delays,
            offline: on_air && !*online,
            lost,
            answer_lost,
            twice,
            portal: on_air && portal,
        }
    }

    fn server(&self, host: &str) -> Option<(Arc<Node>, u64, Router)> {
        let state = self.lock();
        let server = state.servers.iter().find(|server| server.host == host)?;
        let (life, router) = server.running.clone()?;
        server
            .node
            .is_living(life)
            .then(|| (Arc::clone(&server.node), life, router))
    }

    /// Hands the request to a task of the server's and gives where its answer will come.
    fn deliver(
        self: &Arc<Self>,
        request: Request<Bytes>,
    ) -> Option<oneshot::Receiver<Response<Bytes>>> {
        let host = request.uri().authority()?.host().to_owned();
        let path = request.uri().path().to_owned();
        let (node, life, router) = self.server(&host)?;
        // Arriving is something the server could die of.
        node.operation(life, "receive").ok()?;
        self.witness.request(&request);
        let network = Arc::clone(self);
        let (answer, receiver) = oneshot::channel();
        let (parts, body) = request.into_parts();
        let request = Request::from_parts(parts, Body::from(body));
        let dying = Arc::clone(&node);
        let work = async move {
            let Ok(response) = router.oneshot(request).await;
            // A stand-in that was told to lose its answers.
            if gandan_sandbox::faults::is_lost(&response) {
                return;
            }
            let (parts, body) = response.into_parts();
            let Ok(body) = body.collect().await else {
                return;
            };
            if dying.operation(life, "answer") == Err(Dead) {
                return;
            }
            let body = body.to_bytes();
            network.witness.response(&path, &body);
            let _ = answer.send(Response::from_parts(parts, body));
        };
        self.spawner.spawn(&node, life, Box::pin(work));
        Some(receiver)
    }

    async fn exchange(
        self: Arc<Self>,
        from: Name,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, HttpError> {
        let mut fate = self.draw(from);
        fate.answer_lost |= self.swallows(from, request.uri().path());
        let label = format!(
            "{from:?} → {} {} ({} bytes)",
            request.method(),
            request.uri().path(),
            request.body().len()
        );
        let outcome = self.clone().meet(fate, request).await;
        self.trace.note(|| match &outcome {
            Ok(response) => format!(
                "{label}: {} ({} bytes){}",
                response.status().as_u16(),
                response.body().len(),
                complaint(response)
            ),
            Err(error) => format!("{label}: {error:?}"),
        });
        outcome
    }

    async fn meet(
        self: Arc<Self>,
        fate: Fate,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, HttpError> {
        let [there, back, again] = fate.delays;
        if fate.offline {
            self.clock.sleep_ms(20).await;
            return Err(HttpError::Unreachable);
        }
        if fate.lost {
            self.clock.sleep_ms(TIMEOUT_MS).await;
            return Err(HttpError::TimedOut);
        }
        self.clock.sleep_ms(there).await;
        if fate.portal {
            return Ok(portal());
        }
        if fate.twice {
            let (network, copy) = (Arc::clone(&self), request.clone());
            if let Some((node, life, _)) = request
                .uri()
                .authority()
                .and_then(|host| self.server(host.host()))
            {
                self.spawner.spawn(
                    &node,
                    life,
                    Box::pin(async move {
                        network.clock.sleep_ms(again).await;
                        network
                            .trace
                            .note(|| format!("{} arrives again", copy.uri().path()));
                        // Nobody waits for the second answer.
                        drop(network.deliver(copy));
                    }),
                );
            }
        }
        let Some(answer) = self.deliver(request) else {
            return Err(HttpError::Unreachable);
        };
        let response = match select(
            answer,
            self.clock.sleep_until(self.clock.now().plus_ms(TIMEOUT_MS)),
        )
        .await
        {
            Either::Left((Ok(response), _)) => response,
            Either::Left((Err(_), _)) => return Err(HttpError::Broken),
            Either::Right(_) => return Err(HttpError::TimedOut),
        };
        if fate.answer_lost {
            self.clock.sleep_ms(TIMEOUT_MS).await;
            return Err(HttpError::TimedOut);
        }
        self.clock.sleep_ms(back).await;
        Ok(response)
    }
}

/// What an error says; problems carry nothing personal.
fn complaint(response: &Response<Bytes>) -> String {
    match response.status().is_client_error() || response.status().is_server_error() {
        true => format!(" {}", String::from_utf8_lossy(response.body())),
        false => String::new(),
    }
}

struct Fate {
    delays: [i64; 3],
    offline: bool,
    lost: bool,
    answer_lost: bool,
    twice: bool,
    portal: bool,
}

/// What a hotel's network answers to everything.
fn portal() -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(
        b"<!doctype html><title>Welcome</title><p>Please accept the terms of this network.",
    ));
    *response.status_mut() = StatusCode::OK;
    let html = header::HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    response
}

/// One machine's way to the network, for one life of it.
pub struct Link {
    pub network: Arc<Network>,
    pub node: Arc<Node>,
    pub life: u64,
}

impl Link {
    fn exchange(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'static, Result<Response<Bytes>, HttpError>> {
        let (network, node, life) = (Arc::clone(&self.network), Arc::clone(&self.node), self.life);
        Box::pin(async move {
            // A dead machine sends nothing and hears nothing; its task is dropped after this poll.
            if node.operation(life, "send") == Err(Dead) {
                return std::future::pending().await;
            }
            let outcome = network.exchange(node.name, request).await;
            if node.operation(life, "hear") == Err(Dead) {
                return std::future::pending().await;
            }
            outcome
        })
    }
}

impl Http for Link {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'static, Result<Response<Bytes>, HttpError>> {
        self.exchange(request)
    }
}

impl gandan_sandbox::ports::Http for Link {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'static, Result<Response<Bytes>, gandan_sandbox::ports::NoAnswer>> {
        let outcome = self.exchange(request);
        Box::pin(async move { outcome.await.map_err(|_| gandan_sandbox::ports::NoAnswer) })
    }
}
