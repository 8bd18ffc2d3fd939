//! One thread, one clock that stands still while anything can run, and a seed that decides who runs
//! next.
//!
//! Tokio's own paused clock was rejected: its scheduler promises no order, and a Tokio runtime
//! around the product would hide any use of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll, Waker},
};

use futures_util::{
    future::{BoxFuture, LocalBoxFuture},
    task::ArcWake,
};
use gandan_domain::time::Instant;
use gandan_foundation::ports::Clock;

use super::{node::Node, rng::Rng, trace::Trace};

type TaskId = u64;

/// A task runs on a machine, in one life of it, and goes with that life.
struct Task {
    owner: Option<(Arc<Node>, u64)>,
    future: LocalBoxFuture<'static, ()>,
}

pub struct Executor {
    tasks: BTreeMap<TaskId, Task>,
    shared: Arc<Shared>,
    rng: Rng,
    trace: Arc<Trace>,
    polls: u64,
}

struct Shared {
    state: Mutex<State>,
}

struct State {
    now_ms: i64,
    next_id: u64,
    ready: BTreeSet<TaskId>,
    timers: BTreeMap<(i64, u64), Waker>,
    spawned: Vec<(TaskId, Arc<Node>, u64, BoxFuture<'static, ()>)>,
}

/// Why [`Executor::run_until`] came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    Done,
    /// The virtual time is over.
    TimeIsUp,
    /// Nobody can run and nobody waits for the clock.
    Stuck,
    /// Something runs in circles without letting time pass.
    Spinning,
}

/// Polls at one instant after which something is taken to run in circles.
const SPIN: u64 = 100_000;

impl Executor {
    pub fn new(start: Instant, rng: Rng, trace: Arc<Trace>) -> Self {
        trace.set_time(0);
        Self {
            tasks: BTreeMap::new(),
            rng,
            trace,
            polls: 0,
            shared: Arc::new(Shared {
                state: Mutex::new(State {
                    now_ms: start.ms(),
                    next_id: 0,
                    ready: BTreeSet::new(),
                    timers: BTreeMap::new(),
                    spawned: Vec::new(),
                }),
            }),
        }
    }

    pub fn clock(&self) -> VirtualClock {
        VirtualClock(Arc::clone(&self.shared))
    }

    pub fn spawner(&self) -> Spawner {
        Spawner(Arc::clone(&self.shared))
    }

    /// A task of the world itself: it never dies.
    pub fn spawn(&mut self, future: impl Future<Output = ()> + 'static) {
        self.insert(None, Box::pin(future));
    }

    fn insert(&mut self, owner: Option<(Arc<Node>, u64)>, future: LocalBoxFuture<'static, ()>) {
        let mut state = self.shared.lock();
        let id = state.id();
        state.ready.insert(id);
        drop(state);
        self.tasks.insert(id, Task { owner, future });
    }

    pub fn polls(&self) -> u64 {
        self.polls
    }

    /// Runs until `done`, asked between polls, or until the clock would pass `limit`.
    pub fn run_until(&mut self, limit: Instant, mut done: impl FnMut() -> bool) -> Stop {
        let mut polls_now = 0;
        loop {
            self.take_spawned();
            if done() {
                return Stop::Done;
            }
            let mut state = self.shared.lock();
            if state.ready.is_empty() {
                let Some(((at, _), waker)) = state.timers.pop_first() else {
                    return Stop::Stuck;
                };
                if at > limit.ms() {
                    return Stop::TimeIsUp;
                }
                if at > state.now_ms {
                    state.now_ms = at;
                    self.trace.set_time(at);
                    polls_now = 0;
                }
                drop(state);
                waker.wake();
                continue;
            }
            let chosen = usize::try_from(self.rng.below(state.ready.len() as u64)).unwrap_or(0);
            let id = state.ready.iter().nth(chosen).copied();
            if let Some(id) = id {
                state.ready.remove(&id);
            }
            drop(state);
            polls_now += 1;
            if polls_now > SPIN {
                return Stop::Spinning;
            }
            if let Some(id) = id {
                self.poll(id);
            }
        }
    }

    fn poll(&mut self, id: TaskId) {
        let Some(mut task) = self.tasks.remove(&id) else {
            return;
        };
        self.polls += 1;
        let living = |task: &Task| {
            task.owner
                .as_ref()
                .is_none_or(|(node, life)| node.is_living(*life))
        };
        if !living(&task) {
            return;
        }
        let waker = futures_util::task::waker(Arc::new(TaskWaker {
            id,
            shared: Arc::downgrade(&self.shared),
        }));
        let polled = task.future.as_mut().poll(&mut Context::from_waker(&waker));
        if polled.is_pending() && living(&task) {
            self.tasks.insert(id, task);
        } else {
            drop(task);
        }
        // If a machine died in this poll, whoever's task it was, everything on it is gone now.
        self.tasks.retain(|_, task| living(task));
    }

    fn take_spawned(&mut self) {
        let spawned = std::mem::take(&mut self.shared.lock().spawned);
        for (id, node, life, future) in spawned {
            self.tasks.insert(
                id,
                Task {
                    owner: Some((node, life)),
                    future,
                },
            );
        }
    }
}

impl State {
    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts tasks from within tasks.
#[derive(Clone)]
pub struct Spawner(Arc<Shared>);

impl Spawner {
    /// The task belongs to this life of this machine.
    pub fn spawn(&self, node: &Arc<Node>, life: u64, future: BoxFuture<'static, ()>) {
        let mut state = self.0.lock();
        let id = state.id();
        state.ready.insert(id);
        state.spawned.push((id, Arc::clone(node), life, future));
    }
}

struct TaskWaker {
    id: TaskId,
    shared: Weak<Shared>,
}

impl ArcWake for TaskWaker {
    fn wake_by_ref(waker: &Arc<Self>) {
        if let Some(shared) = waker.shared.upgrade() {
            shared.lock().ready.insert(waker.id);
        }
    }
}

/// The clock of the whole world; all machines agree on the time.
#[derive(Clone)]
pub struct VirtualClock(Arc<Shared>);

impl VirtualClock {
    pub async fn sleep_ms(&self, ms: i64) {
        let until = Clock::now(self).plus_ms(ms);
        Clock::sleep_until(self, until).await;
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Instant {
        Instant(self.0.lock().now_ms)
    }

    fn sleep_until(&self, until: Instant) -> BoxFuture<'static, ()> {
        Box::pin(Sleep {
            shared: Arc::clone(&self.0),
            until,
            entry: None,
        })
    }
}

impl gandan_sandbox::ports::Clock for VirtualClock {
    fn now(&self) -> Instant {
        Clock::now(self)
    }

    fn sleep_until(&self, until: Instant) -> BoxFuture<'static, ()> {
        Clock::sleep_until(self, until)
    }
}

struct Sleep {
    shared: Arc<Shared>,
    until: Instant,
    entry: Option<(i64, u64)>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: std::pin::Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let shared = Arc::clone(&self.shared);
        let mut state = shared.lock();
        if let Some(entry) = self.entry.take() {
            state.timers.remove(&entry);
        }
        if state.now_ms >= self.until.ms() {
            return Poll::Ready(());
        }
        let entry = (self.until.ms(), state.id());
        state.timers.insert(entry, context.waker().clone());
        self.entry = Some(entry);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(entry) = self.entry.take() {
            self.shared.lock().timers.remove(&entry);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use crate::sim::rng::Stream;

    fn run(seed: u64) -> (Vec<(u64, i64)>, Stop) {
        let trace = Arc::new(Trace::new(false));
        let mut executor = Executor::new(Instant(1_000), Rng::new(seed, Stream::Schedule), trace);
        let order = Arc::new(Mutex::new(Vec::new()));
        for task in 0..4 {
            let (clock, order) = (executor.clock(), Arc::clone(&order));
            executor.spawn(async move {
                for step in 0..3 {
                    clock.sleep_ms(step * 10).await;
                    order.lock().unwrap().push((task, Clock::now(&clock).ms()));
                }
            });
        }
        let stop = executor.run_until(Instant(10_000), || order.lock().unwrap().len() == 12);
        let order = order.lock().unwrap().clone();
        (order, stop)
    }

    #[test]
    fn the_seed_decides_the_order_and_nothing_else_does() {
        assert_eq!(run(1), run(1));
        assert!((2..20).any(|seed| run(seed).0 != run(1).0));
        let (order, stop) = run(1);
        assert_eq!(stop, Stop::Done);
        assert_eq!(order.last().unwrap().1, 1_030);
    }

    #[test]
    fn says_when_nobody_can_go_on() {
        let trace = Arc::new(Trace::new(false));
        let mut executor = Executor::new(Instant(0), Rng::new(1, Stream::Schedule), trace);
        executor.spawn(std::future::pending());
        assert_eq!(executor.run_until(Instant(10), || false), Stop::Stuck);
        let clock = executor.clock();
        executor.spawn(async move { clock.sleep_ms(20).await });
        assert_eq!(executor.run_until(Instant(10), || false), Stop::TimeIsUp);
    }
}
