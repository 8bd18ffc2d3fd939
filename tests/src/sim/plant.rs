//! A bug planted on purpose, so that the simulation can show that it would have noticed.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{FutureExt, future::BoxFuture};
use gandan_backend::storage::{
    Command, Failure, Query, Reader, Row, Storage, StorageError, Tx, Value,
};

use super::{exec::Spawner, exec::VirtualClock, node::Node};

/// What is wrong on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// The server answers a write before it is committed, and commits soon after.
    AckBeforeCommit,
    /// A sum that is told again is entered again.
    CreditTwice,
}

impl std::str::FromStr for Plant {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "ack-before-commit" => Ok(Self::AckBeforeCommit),
            "credit-twice" => Ok(Self::CreditTwice),
            other => Err(format!(
                "no such bug: {other}; there are: ack-before-commit, credit-twice"
            )),
        }
    }
}

/// How long a commit is put off.
const LATER_MS: i64 = 400;

/// Storage that acknowledges first: as long as nothing dies, nobody can tell the difference.
pub struct AckBeforeCommit(Arc<Inner>);

struct Inner {
    honest: Arc<dyn Storage>,
    acknowledged: Mutex<Vec<Command>>,
    clock: VirtualClock,
    spawner: Spawner,
    node: Arc<Node>,
    life: u64,
}

impl AckBeforeCommit {
    pub fn new(
        honest: Arc<dyn Storage>,
        clock: VirtualClock,
        spawner: Spawner,
        node: Arc<Node>,
        life: u64,
    ) -> Self {
        Self(Arc::new(Inner {
            honest,
            acknowledged: Mutex::default(),
            clock,
            spawner,
            node,
            life,
        }))
    }
}

impl Inner {
    /// Commits what was acknowledged; before anybody looks, so that reads see it.
    async fn catch_up(&self) -> Result<(), Failure> {
        let commands = std::mem::take(
            &mut *self
                .acknowledged
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        for command in commands {
            self.honest.run_write(command).await?;
        }
        Ok(())
    }
}

impl Storage for AckBeforeCommit {
    fn run_write(&self, command: Command) -> BoxFuture<'static, Result<(), Failure>> {
        let inner = Arc::clone(&self.0);
        async move {
            inner.catch_up().await?;
            // Runs the command for its answer, and takes everything back.
            let trial = Arc::clone(&command);
            let answered = inner
                .honest
                .run_write(Arc::new(move |tx| {
                    let work = trial(tx);
                    Box::pin(async move {
                        work.await?;
                        Err(Failure::Storage(StorageError::NotReady))
                    })
                }))
                .await;
            match answered {
                Err(Failure::Storage(StorageError::NotReady)) => {}
                other => return other,
            }
            inner
                .acknowledged
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(command);
            let later = Arc::clone(&inner);
            inner.spawner.spawn(
                &inner.node,
                inner.life,
                Box::pin(async move {
                    later.clock.sleep_ms(LATER_MS).await;
                    let _ = later.catch_up().await;
                }),
            );
            Ok(())
        }
        .boxed()
    }

    fn run_read(&self, query: Query) -> BoxFuture<'static, Result<(), Failure>> {
        let inner = Arc::clone(&self.0);
        async move {
            inner.catch_up().await?;
            inner.honest.run_read(query).await
        }
        .boxed()
    }
}

/// Storage under books that take a repeated word about money for new money.
pub struct CreditTwice(pub Arc<dyn Storage>);

/// The statement that the honest ledger enters a sum with.
const ENTRY: &str = "INSERT INTO credit";

struct Forgetful<'t>(&'t mut dyn Tx);

impl Reader for Forgetful<'_> {
    fn query<'a>(
        &'a mut self,
        sql: &'static str,
        params: &'a [Value],
    ) -> BoxFuture<'a, Result<Vec<Row>, StorageError>> {
        self.0.query(sql, params)
    }
}

impl Tx for Forgetful<'_> {
    fn exec<'a>(
        &'a mut self,
        sql: &'static str,
        params: &'a [Value],
    ) -> BoxFuture<'a, Result<u64, StorageError>> {
        async move {
            let added = self.0.exec(sql, params).await?;
            let mut again = params.to_vec();
            match again.get_mut(1) {
                Some(Value::Text(Some(number))) if added == 0 && sql.starts_with(ENTRY) => {
                    number.push_str(" again");
                    self.0.exec(sql, &again).await
                }
                _ => Ok(added),
            }
        }
        .boxed()
    }
}

impl Storage for CreditTwice {
    fn run_write(&self, command: Command) -> BoxFuture<'static, Result<(), Failure>> {
        self.0.run_write(Arc::new(move |tx| {
            let command = Arc::clone(&command);
            async move { command(&mut Forgetful(tx)).await }.boxed()
        }))
    }

    fn run_read(&self, query: Query) -> BoxFuture<'static, Result<(), Failure>> {
        self.0.run_read(query)
    }
}
