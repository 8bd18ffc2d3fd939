//! Ports for the tests in this crate: a clock that moves when told, randomness from a seed, a
//! keystore in memory, a network that a closure plays.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    task::{Poll, Waker},
};

use bytes::Bytes;
use futures_util::future::{BoxFuture, poll_fn};
use gandan_domain::{Private, jws::PublicKey, time::Instant};
use gandan_foundation::{
    ports::{Clock, Http, HttpError, Pieces, Random, Signer, SignerError, World},
    sealing::sha256,
};

use crate::{
    SoftwareKey,
    config::{Config, Keystore, Ports},
};

/// 1 January 2026, 08:00 in Vietnam.
pub const START: Instant = Instant(1_767_229_200_000);

struct Time {
    now: i64,
    sleepers: Vec<(i64, Waker)>,
}

/// Stands still until it is told.
#[derive(Clone)]
pub struct ManualClock(Arc<Mutex<Time>>);

impl ManualClock {
    pub fn set(&self, to: Instant) {
        let woken = {
            let mut time = self.0.lock().unwrap();
            time.now = to.0;
            std::mem::take(&mut time.sleepers)
        };
        for (_, waker) in woken {
            waker.wake();
        }
    }

    pub fn advance(&self, ms: i64) {
        self.set(self.now().plus_ms(ms));
    }

    /// Goes to the first time that somebody waits for; `false` if nobody waits.
    pub fn skip(&self) -> bool {
        let next = {
            let time = self.0.lock().unwrap();
            time.sleepers.iter().map(|(at, _)| *at).min()
        };
        match next {
            Some(next) => self.set(Instant(next.max(self.now().0))),
            None => return false,
        }
        true
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        Instant(self.0.lock().unwrap().now)
    }

    fn sleep_until(&self, until: Instant) -> BoxFuture<'static, ()> {
        let time = Arc::clone(&self.0);
        Box::pin(poll_fn(move |context| {
            let mut time = time.lock().unwrap();
            if time.now >= until.0 {
                return Poll::Ready(());
            }
            time.sleepers.push((until.0, context.waker().clone()));
            Poll::Pending
        }))
    }
}

/// The hashes of a seed and a counter.
pub struct SeededRandom {
    seed: u64,
    drawn: AtomicU64,
}

impl Random for SeededRandom {
    fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let at = self.drawn.fetch_add(1, Ordering::SeqCst);
            let block = sha256(&[self.seed.to_be_bytes(), at.to_be_bytes()].concat());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

/// Wraps by a fixed pad; the device key is a session key that stays.
pub struct MemoryKeystore {
    device: Arc<SoftwareKey>,
    counter: AtomicU64,
}

impl Keystore for MemoryKeystore {
    fn wrap(&self, key: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(key.iter().map(|byte| byte ^ 0x5a).collect())
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.wrap(wrapped)
    }

    fn device_signer(&self) -> Arc<dyn Signer> {
        Arc::clone(&self.device) as Arc<dyn Signer>
    }

    fn counter(&self) -> Result<u64, SignerError> {
        Ok(self.counter.load(Ordering::SeqCst))
    }

    fn raise_counter(&self, to: u64) -> Result<(), SignerError> {
        self.counter.fetch_max(to, Ordering::SeqCst);
        Ok(())
    }
}

pub type Answer = Result<http::Response<Bytes>, HttpError>;
type Play = dyn Fn(&http::Request<Bytes>) -> Answer + Send + Sync;

/// A network played by a closure. Can be told to hang for ever at the n-th exchange, before or
/// after the other side has seen the request: whoever drops the engine then has killed it there.
pub struct PlayedHttp {
    play: Box<Play>,
    pub sent: AtomicUsize,
    pub hang: Mutex<Option<Hang>>,
    /// The lines that were opened; without the first, none can be.
    pub lines: Mutex<Option<Vec<Wire>>>,
}

/// One line, as the other side holds it.
#[derive(Clone, Default)]
pub struct Wire(Arc<Mutex<WireState>>);

#[derive(Default)]
struct WireState {
    said: VecDeque<Bytes>,
    hung_up: bool,
    waker: Option<Waker>,
}

impl Wire {
    pub fn say(&self, piece: &'static [u8]) {
        let mut state = self.0.lock().unwrap();
        state.said.push_back(Bytes::from_static(piece));
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    pub fn hang_up(&self) {
        let mut state = self.0.lock().unwrap();
        state.hung_up = true;
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    fn pieces(&self) -> Pieces {
        let state = Arc::clone(&self.0);
        Box::pin(futures_util::stream::poll_fn(move |context| {
            let mut state = state.lock().unwrap();
            match state.said.pop_front() {
                Some(piece) => Poll::Ready(Some(Ok(piece))),
                None if state.hung_up => Poll::Ready(None),
                None => {
                    state.waker = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        }))
    }
}

#[derive(Clone, Copy)]
pub struct Hang {
    pub at: usize,
    pub arrived: bool,
}

impl Http for PlayedHttp {
    fn send(&self, request: http::Request<Bytes>) -> BoxFuture<'static, Answer> {
        let at = self.sent.fetch_add(1, Ordering::SeqCst);
        match *self.hang.lock().unwrap() {
            Some(hang) if hang.at == at => {
                if hang.arrived {
                    let _ = (self.play)(&request);
                }
                Box::pin(futures_util::future::pending())
            }
            _ => Box::pin(std::future::ready((self.play)(&request))),
        }
    }

    fn can_stream(&self) -> bool {
        self.lines.lock().unwrap().is_some()
    }

    fn stream(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Pieces>, HttpError>> {
        let answer = (self.play)(&request).map(|answer| {
            let (head, body) = answer.into_parts();
            if body != "line" {
                let body = futures_util::stream::once(std::future::ready(Ok(body)));
                return http::Response::from_parts(head, Box::pin(body) as Pieces);
            }
            let wire = Wire::default();
            if let Some(lines) = &mut *self.lines.lock().unwrap() {
                lines.push(wire.clone());
            }
            http::Response::from_parts(head, wire.pieces())
        });
        Box::pin(std::future::ready(answer))
    }
}

/// A phone's outside, and a directory that goes away with it.
pub struct Phone {
    pub clock: ManualClock,
    pub http: Arc<PlayedHttp>,
    pub ports: Ports,
    pub config: Config,
}

static PHONES: AtomicUsize = AtomicUsize::new(0);

impl Phone {
    pub fn new(play: impl Fn(&http::Request<Bytes>) -> Answer + Send + Sync + 'static) -> Self {
        let folder = std::env::temp_dir().join(format!(
            "gandan-core-{}-{}",
            std::process::id(),
            PHONES.fetch_add(1, Ordering::SeqCst)
        ));
        let _ = std::fs::remove_dir_all(&folder);
        Self::at(folder, play)
    }

    fn at(
        folder: PathBuf,
        play: impl Fn(&http::Request<Bytes>) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let clock = ManualClock(Arc::new(Mutex::new(Time {
            now: START.0,
            sleepers: Vec::new(),
        })));
        let http = Arc::new(PlayedHttp {
            play: Box::new(play),
            sent: AtomicUsize::new(0),
            hang: Mutex::new(None),
            lines: Mutex::new(None),
        });
        let scalar = Private::new(vec![7; 32]);
        let ports = Ports {
            world: World {
                clock: Arc::new(clock.clone()),
                random: Arc::new(SeededRandom {
                    seed: 1,
                    drawn: AtomicU64::new(0),
                }),
                http: Arc::clone(&http) as Arc<dyn Http>,
            },
            keystore: Arc::new(MemoryKeystore {
                device: Arc::new(SoftwareKey::from_scalar(&scalar).unwrap()),
                counter: AtomicU64::new(0),
            }),
        };
        let config = Config {
            data_dir: folder.join("data"),
            content_path: folder.join("content.pack"),
            fetch_content: true,
            keyset_path: folder.join("keyset.jws"),
            root_key: PublicKey::ed25519(&[0; 32]),
            backend_url: "http://backend.test".into(),
            redirect_uri: "vn.gandan:/callback".into(),
            lang: None,
            device: gandan_domain::text::messages::Device::Phone,
            sqlite_vfs: None,
        };
        Self {
            clock,
            http,
            ports,
            config,
        }
    }

    /// Without a network.
    pub fn offline() -> Self {
        Self::new(|_| Err(HttpError::Unreachable))
    }

    pub fn clock_now(&self) -> Instant {
        self.clock.now()
    }

    pub fn folder(&self) -> &Path {
        self.config.data_dir.parent().unwrap()
    }

    /// Every byte on disk, file by file.
    pub fn disk(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut out = Vec::new();
        for entry in std::fs::read_dir(&self.config.data_dir).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            out.push((path, bytes));
        }
        out
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.folder());
    }
}
