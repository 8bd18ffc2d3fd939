//! A machine of the simulation: it counts what it does to disk and network, and dies where it is
//! told to.
//!
//! A death inside a call can't unwind through SQLite, so it is a switch: from that operation on
//! nothing the machine does has any effect (its file handles belong to a life that is over, its
//! requests go nowhere), and the executor drops its tasks as soon as the poll returns.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{disk::Disk, rng::Rng, trace::Trace};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    Phone,
    Backend,
    Sandbox,
    /// The person, the officer and whoever restarts things; never dies.
    World,
}

/// How a machine dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Death {
    /// kill −9: the operating system lives on and keeps what was written.
    Kill,
    /// What was not synced is kept, lost or torn, write by write.
    PowerCut,
}

/// The machine died in this operation, or is dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dead;

pub struct Node {
    pub name: Name,
    state: Mutex<State>,
    trace: Arc<Trace>,
}

struct State {
    alive: bool,
    /// Grows with every start; whatever belongs to another life has no effect.
    life: u64,
    /// Operations in this life.
    operations: u64,
    deaths: u64,
    /// Files that SQLite has open, of whatever life.
    open_files: u64,
    /// Dies in the operation in which this reaches zero.
    fuse: Option<(u64, Death)>,
    disk: Disk,
    rng: Rng,
}

impl Node {
    pub fn new(name: Name, rng: Rng, trace: Arc<Trace>) -> Arc<Self> {
        Arc::new(Self {
            name,
            trace,
            state: Mutex::new(State {
                alive: true,
                life: 1,
                operations: 0,
                deaths: 0,
                open_files: 0,
                fuse: None,
                disk: Disk::default(),
                rng,
            }),
        })
    }

    /// Something the outside could notice is about to happen in `life`. `Err`: it does not.
    pub fn operation(&self, life: u64, what: &'static str) -> Result<(), Dead> {
        let mut state = self.lock();
        if !state.alive || state.life != life {
            return Err(Dead);
        }
        state.operations += 1;
        let State {
            fuse, disk, rng, ..
        } = &mut *state;
        match fuse {
            Some((0, death)) => {
                let death = *death;
                disk.crash(death, rng);
                state.alive = false;
                state.deaths += 1;
                self.trace.note(|| {
                    format!(
                        "{:?} dies ({death:?}) in {what}, operation {}",
                        self.name, state.operations
                    )
                });
                Err(Dead)
            }
            Some((left, _)) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Works on the disk in `life`, without counting an operation: for reading.
    pub fn disk<T>(&self, life: u64, work: impl FnOnce(&mut Disk) -> T) -> Result<T, Dead> {
        let mut state = self.lock();
        if !state.alive || state.life != life {
            return Err(Dead);
        }
        Ok(work(&mut state.disk))
    }

    /// The disk as it is, dead or alive: for whoever examines the machine.
    pub fn examine<T>(&self, look: impl FnOnce(&Disk) -> T) -> T {
        look(&self.lock().disk)
    }

    /// Dies in the operation after `operations` more.
    pub fn set_fuse(&self, operations: u64, death: Death) {
        self.lock().fuse = Some((operations, death));
    }

    pub fn clear_fuse(&self) {
        self.lock().fuse = None;
    }

    pub fn alive(&self) -> bool {
        self.lock().alive
    }

    /// The present life, if there is one.
    pub fn life(&self) -> Option<u64> {
        let state = self.lock();
        state.alive.then_some(state.life)
    }

    pub fn is_living(&self, life: u64) -> bool {
        self.life() == Some(life)
    }

    pub fn deaths(&self) -> u64 {
        self.lock().deaths
    }

    pub fn operations(&self) -> u64 {
        self.lock().operations
    }

    /// Switches the machine off between operations.
    pub fn stop(&self, death: Death) {
        let mut state = self.lock();
        if state.alive {
            let State { disk, rng, .. } = &mut *state;
            disk.crash(death, rng);
            state.alive = false;
            self.trace
                .note(|| format!("{:?} is stopped ({death:?})", self.name));
        }
    }

    /// SQLite opened a file, or closed one.
    pub fn count_file(&self, opened: bool) {
        let mut state = self.lock();
        state.open_files = match opened {
            true => state.open_files + 1,
            false => state.open_files.saturating_sub(1),
        };
    }

    /// Files still open. A connection of a dead life closes its files one day, and then deletes the
    /// log by name: with a new life under way that would be a death that real machines do not die.
    pub fn open_files(&self) -> u64 {
        self.lock().open_files
    }

    /// Starts a new life and gives its number.
    pub fn start(&self) -> u64 {
        let mut state = self.lock();
        state.alive = true;
        state.life += 1;
        state.operations = 0;
        state.fuse = None;
        self.trace
            .note(|| format!("{:?} starts, life {}", self.name, state.life));
        state.life
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
