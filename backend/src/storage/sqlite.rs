//! SQLite: embedded, so that one command runs the backend.
//!
//! *Process mode* ([`SqliteStorage::open`]): one writer thread owns the writing connection. It takes
//! whatever commands are queued (up to [`BATCH`]) into one `BEGIN IMMEDIATE` transaction, each in a
//! SAVEPOINT, commits once, and only then answers them all: under load many commands share one
//! fsync, and a lone command waits for nobody. Reads run on connections of their own, against WAL
//! snapshots, on the caller's thread: they never wait for the writer.
//!
//! *Inline mode* ([`SqliteStorage::inline`]): no threads and one connection; every returned future
//! is ready at its first poll. This is what the simulation uses, with a VFS of its own.
//!
//! Rejected: a pool of writing connections. SQLite has one writer at a time whatever one does, and
//! a pool turns that into `SQLITE_BUSY` and one fsync per command.

use std::{
    future::ready,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
};

use futures_util::{FutureExt, future::BoxFuture};
use gandan_foundation::sqlite::{self, MigrateError, OpenOptions};
use rusqlite::{Connection, ErrorCode, types::ValueRef};
use tokio::sync::oneshot;

use super::{
    Command, Failure, Query, Reader, Row, Storage, StorageError, Tx, Value, migrations::SQLITE,
};

/// How many commands share one transaction at most; bounds how long the first one waits.
const BATCH: usize = 256;

pub struct SqliteStorage(Mode);

enum Mode {
    Process {
        queue: mpsc::Sender<Queued>,
        readers: Arc<Readers>,
        commits: Arc<AtomicU64>,
    },
    Inline(Arc<Mutex<Connection>>),
}

struct Queued {
    command: Command,
    done: oneshot::Sender<Result<(), Failure>>,
}

impl SqliteStorage {
    /// Process mode. Opens or creates the file, migrates it, and starts the writer thread, which
    /// ends when the storage is dropped.
    pub fn open(path: &Path) -> Result<Self, StorageError> {
        let mut writer = connect(path, &OpenOptions::default())?;
        let (queue, commands) = mpsc::channel();
        let commits = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&commits);
        std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || write_loop(&mut writer, &commands, &counter))
            .map_err(|_| StorageError::Unavailable)?;
        Ok(Self(Mode::Process {
            queue,
            commits,
            readers: Arc::new(Readers {
                path: path.to_owned(),
                idle: Mutex::default(),
            }),
        }))
    }

    /// Inline mode: everything happens on the caller's thread, at the first poll.
    pub fn inline(path: &Path, options: &OpenOptions) -> Result<Self, StorageError> {
        let db = connect(path, options)?;
        Ok(Self(Mode::Inline(Arc::new(Mutex::new(db)))))
    }

    /// How many transactions the writer has committed: fewer than the commands, under load.
    pub fn commits(&self) -> u64 {
        match &self.0 {
            Mode::Process { commits, .. } => commits.load(Ordering::Relaxed),
            Mode::Inline(_) => 0,
        }
    }

    /// Inline mode in memory, for tests.
    pub fn in_memory() -> Result<Self, StorageError> {
        Self::inline(Path::new(":memory:"), &OpenOptions::default())
    }
}

impl Storage for SqliteStorage {
    fn run_write(&self, command: Command) -> BoxFuture<'static, Result<(), Failure>> {
        match &self.0 {
            Mode::Process { queue, .. } => {
                let (done, answer) = oneshot::channel();
                let sent = queue.send(Queued { command, done });
                async move {
                    sent.map_err(|_| StorageError::Unavailable)?;
                    answer.await.map_err(|_| StorageError::Unavailable)?
                }
                .boxed()
            }
            Mode::Inline(db) => {
                let db = Arc::clone(db);
                async move {
                    let mut db = db.lock().unwrap_or_else(PoisonError::into_inner);
                    let mut results = run_batch(&mut db, &[command]);
                    results.pop().unwrap_or(Err(StorageError::NotReady.into()))
                }
                .boxed()
            }
        }
    }

    fn run_read(&self, query: Query) -> BoxFuture<'static, Result<(), Failure>> {
        match &self.0 {
            Mode::Process { readers, .. } => {
                let readers = Arc::clone(readers);
                async move { readers.with(|db| run_read(db, &query)) }.boxed()
            }
            Mode::Inline(db) => {
                let db = Arc::clone(db);
                async move {
                    let mut db = db.lock().unwrap_or_else(PoisonError::into_inner);
                    run_read(&mut db, &query)
                }
                .boxed()
            }
        }
    }
}

fn connect(path: &Path, options: &OpenOptions) -> Result<Connection, StorageError> {
    let mut db = sqlite::open(path, options).map_err(|error| storage_error(&error))?;
    sqlite::migrate(&mut db, SQLITE).map_err(|error| match error {
        MigrateError::Newer { .. } => StorageError::Newer,
        MigrateError::Step { source, .. } | MigrateError::Version(source) => storage_error(&source),
    })?;
    Ok(db)
}

fn write_loop(db: &mut Connection, commands: &mpsc::Receiver<Queued>, commits: &AtomicU64) {
    while let Ok(first) = commands.recv() {
        let (batch, answers): (Vec<Command>, Vec<_>) = std::iter::once(first)
            .chain(commands.try_iter().take(BATCH - 1))
            .map(|queued| (queued.command, queued.done))
            .unzip();
        let results = run_batch(db, &batch);
        commits.fetch_add(1, Ordering::Relaxed);
        for (done, result) in answers.into_iter().zip(results) {
            // Nobody waits any more: the caller was dropped, the command stands.
            let _ = done.send(result);
        }
    }
}

/// One transaction over the whole batch; results in order. If the COMMIT fails, none happened.
fn run_batch(db: &mut Connection, batch: &[Command]) -> Vec<Result<(), Failure>> {
    let all = |error: StorageError| vec![Err(Failure::Storage(error)); batch.len()];
    if let Err(error) = simple(db, "BEGIN IMMEDIATE") {
        return all(error);
    }
    let mut results = Vec::with_capacity(batch.len());
    for command in batch {
        match run_in_savepoint(db, command) {
            Ok(result) => results.push(result),
            // The transaction itself is broken (disk full, I/O): nothing in it can be kept.
            Err(error) => {
                let _ = simple(db, "ROLLBACK");
                return all(error);
            }
        }
    }
    if let Err(error) = simple(db, "COMMIT") {
        let _ = simple(db, "ROLLBACK");
        return all(error);
    }
    results
}

fn run_in_savepoint(
    db: &mut Connection,
    command: &Command,
) -> Result<Result<(), Failure>, StorageError> {
    simple(db, "SAVEPOINT command")?;
    let mut tx = Connected(db);
    let result = settle(|| command(&mut tx).now_or_never());
    if result.is_err() {
        simple(db, "ROLLBACK TO command")?;
    }
    simple(db, "RELEASE command")?;
    Ok(result)
}

fn run_read(db: &mut Connection, query: &Query) -> Result<(), Failure> {
    simple(db, "BEGIN DEFERRED")?;
    let mut reader = Connected(db);
    let result = settle(|| query(&mut reader).now_or_never());
    simple(db, "ROLLBACK")?;
    result
}

/// A command's future is ready at once, since the transaction's are; a panic must not take the
/// writer with it.
fn settle(run: impl FnOnce() -> Option<Result<(), Failure>>) -> Result<(), Failure> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Some(result)) => result,
        Ok(None) => Err(StorageError::NotReady.into()),
        Err(_) => Err(StorageError::Panicked.into()),
    }
}

fn simple(db: &Connection, sql: &str) -> Result<(), StorageError> {
    db.prepare_cached(sql)
        .and_then(|mut statement| statement.raw_execute())
        .map(drop)
        .map_err(|error| storage_error(&error))
}

/// Connections for reading, as many as there are readers at a time.
struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    fn with(
        &self,
        run: impl FnOnce(&mut Connection) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let mut db = match idle {
            Some(db) => db,
            None => {
                let options = OpenOptions {
                    read_only: true,
                    ..OpenOptions::default()
                };
                sqlite::open(&self.path, &options).map_err(|error| storage_error(&error))?
            }
        };
        let result = run(&mut db);
        if db.is_autocommit() {
            self.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(db);
        }
        result
    }
}

/// A connection inside a transaction that somebody else began and will end.
struct Connected<'c>(&'c mut Connection);

impl Connected<'_> {
    fn query_now(&mut self, sql: &str, params: &[Value]) -> rusqlite::Result<Vec<Row>> {
        let mut statement = self.0.prepare_cached(sql)?;
        let columns = statement.column_count();
        bind(&mut statement, params)?;
        let mut rows = statement.raw_query();
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            let values = (0..columns).map(|column| Ok(owned(row.get_ref(column)?)));
            out.push(Row::new(values.collect::<rusqlite::Result<_>>()?));
        }
        Ok(out)
    }

    fn exec_now(&mut self, sql: &str, params: &[Value]) -> rusqlite::Result<u64> {
        let mut statement = self.0.prepare_cached(sql)?;
        bind(&mut statement, params)?;
        Ok(statement.raw_execute()? as u64)
    }
}

impl Reader for Connected<'_> {
    fn query<'a>(
        &'a mut self,
        sql: &'static str,
        params: &'a [Value],
    ) -> BoxFuture<'a, Result<Vec<Row>, StorageError>> {
        let rows = self.query_now(sql, params);
        ready(rows.map_err(|error| storage_error(&error))).boxed()
    }
}

impl Tx for Connected<'_> {
    fn exec<'a>(
        &'a mut self,
        sql: &'static str,
        params: &'a [Value],
    ) -> BoxFuture<'a, Result<u64, StorageError>> {
        let changed = self.exec_now(sql, params);
        ready(changed.map_err(|error| storage_error(&error))).boxed()
    }
}

fn bind(statement: &mut rusqlite::Statement<'_>, params: &[Value]) -> rusqlite::Result<()> {
    if statement.parameter_count() != params.len() {
        return Err(rusqlite::Error::InvalidParameterCount(
            params.len(),
            statement.parameter_count(),
        ));
    }
    for (index, value) in (1..).zip(params) {
        match value {
            Value::Integer(value) => statement.raw_bind_parameter(index, value)?,
            Value::Text(value) => statement.raw_bind_parameter(index, value)?,
            Value::Blob(value) => statement.raw_bind_parameter(index, value)?,
        }
    }
    Ok(())
}

fn owned(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Integer(None),
        ValueRef::Integer(value) => Value::Integer(Some(value)),
        // The schema has no REAL column; a computed one is of no use to anybody here.
        ValueRef::Real(_) => Value::Integer(None),
        ValueRef::Text(bytes) => Value::Text(Some(String::from_utf8_lossy(bytes).into_owned())),
        ValueRef::Blob(bytes) => Value::Blob(Some(bytes.to_vec())),
    }
}

fn storage_error(error: &rusqlite::Error) -> StorageError {
    match error.sqlite_error() {
        Some(failure) => match failure.code {
            ErrorCode::DiskFull => StorageError::Full,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StorageError::Contended,
            ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::NotADatabase
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied => StorageError::Unavailable,
            _ => StorageError::Refused {
                code: failure.extended_code.into(),
            },
        },
        None => StorageError::Refused { code: -1 },
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use gandan_domain::Problem;

    use super::*;
    use crate::{params, storage::conformance};

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("gandan-be-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn insert(id: &'static str) -> Command {
        Arc::new(move |tx| {
            async move {
                let sql = "INSERT INTO citizen_key (citizen, wrapped) VALUES ($1, $2)";
                tx.exec(sql, &params![id, vec![0_u8]]).await?;
                Ok(())
            }
            .boxed()
        })
    }

    async fn count(storage: &SqliteStorage) -> i64 {
        (storage as &dyn Storage)
            .read(|reader| {
                async move {
                    let rows = reader
                        .query("SELECT count(*) FROM citizen_key", &[])
                        .await?;
                    Ok(rows[0].get::<i64>(0)?)
                }
                .boxed()
            })
            .await
            .unwrap()
    }

    /// A command that says when it runs, and waits to be let go.
    fn gate() -> (Command, Receiver<()>, Sender<()>) {
        let (running, is_running) = channel();
        let (let_go, wait) = channel::<()>();
        let (running, wait) = (Mutex::new(running), Mutex::new(wait));
        let command: Command = Arc::new(move |_| {
            running.lock().unwrap().send(()).unwrap();
            wait.lock().unwrap().recv().unwrap();
            ready(Ok(())).boxed()
        });
        (command, is_running, let_go)
    }

    #[tokio::test]
    async fn conforms_in_both_modes() {
        let folder = folder("conformance");
        let process = SqliteStorage::open(&folder.join("a.db")).unwrap();
        conformance::run(&process).await.unwrap();
        let exclusive = OpenOptions {
            exclusive: true,
            ..OpenOptions::default()
        };
        let inline = SqliteStorage::inline(&folder.join("b.db"), &exclusive).unwrap();
        conformance::run(&inline).await.unwrap();
        conformance::run(&SqliteStorage::in_memory().unwrap())
            .await
            .unwrap();
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn inline_futures_are_ready_at_their_first_poll() {
        let storage = SqliteStorage::in_memory().unwrap();
        let written = storage.run_write(insert("one")).now_or_never();
        assert_eq!(written, Some(Ok(())));
        assert_eq!(count(&storage).now_or_never(), Some(1));
    }

    #[tokio::test]
    async fn queued_commands_share_a_commit_and_are_answered_after_it() {
        let folder = folder("group");
        let storage = SqliteStorage::open(&folder.join("a.db")).unwrap();
        let (first, first_runs, first_go) = gate();
        let (last, last_runs, last_go) = gate();
        let first = storage.run_write(first);
        first_runs.recv().unwrap();
        // These wait in the queue while the first one holds the writer.
        let one = storage.run_write(insert("one"));
        let twice = storage.run_write(insert("one"));
        let refused = storage.run_write(Arc::new(|_| {
            ready(Err(Failure::Problem(Problem::Conflict))).boxed()
        }));
        let bad = storage.run_write(Arc::new(|_| panic!("a mistake of ours")));
        let mut two = storage.run_write(insert("two"));
        let last = storage.run_write(last);
        first_go.send(()).unwrap();
        first.await.unwrap();
        let commits = storage.commits();
        last_runs.recv().unwrap();
        // `two` has run and its commit has not: nobody may be told, and nobody may see it.
        assert!((&mut two).now_or_never().is_none());
        assert_eq!(count(&storage).await, 0);
        last_go.send(()).unwrap();
        last.await.unwrap();
        two.await.unwrap();
        one.await.unwrap();
        assert!(matches!(
            twice.await,
            Err(Failure::Storage(StorageError::Refused { .. }))
        ));
        assert_eq!(refused.await, Err(Failure::Problem(Problem::Conflict)));
        assert_eq!(bad.await, Err(Failure::Storage(StorageError::Panicked)));
        assert_eq!(count(&storage).await, 2);
        assert_eq!(storage.commits(), commits + 1);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn a_command_that_waits_for_something_else_is_refused() {
        let storage = SqliteStorage::in_memory().unwrap();
        let waits: Command = Arc::new(|_| std::future::pending().boxed());
        assert_eq!(
            storage.run_write(waits).await,
            Err(Failure::Storage(StorageError::NotReady))
        );
        storage.run_write(insert("one")).await.unwrap();
    }

    #[tokio::test]
    async fn what_was_answered_is_there_after_opening_again() {
        let folder = folder("again");
        let path = folder.join("a.db");
        let storage = SqliteStorage::open(&path).unwrap();
        storage.run_write(insert("one")).await.unwrap();
        drop(storage);
        assert_eq!(count(&SqliteStorage::open(&path).unwrap()).await, 1);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn fresh_equals_migrated() {
        sqlite::assert_fresh_equals_migrated(SQLITE, &[]).unwrap();
    }
}
