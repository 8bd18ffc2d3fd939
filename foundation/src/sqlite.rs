//! Opening and migrating SQLite, the same way on phone and server.
//!
//! A commit has to survive the battery falling out: write-ahead log with `synchronous=FULL`, which
//! fsyncs the log at every commit, and on Apple `fullfsync`, since `fsync` there stops at the
//! drive's cache. `NORMAL` was rejected: it is faster and loses the last commits, and with them
//! what a citizen typed (I1) or a receipt that is already out (I3).
//!
//! Migrations are an ordered list of SQL texts; the version of a database is how many of them it
//! has seen (`PRAGMA user_version`), so that there is no number to mistype.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

/// How to open. The default is what both programs use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// A registered VFS other than the platform's.
    pub vfs: Option<String>,
    /// Take the file for this connection alone: no shared memory beside the log, which a VFS then
    /// need not have.
    pub exclusive: bool,
    /// For readers beside a writer. The file has to exist.
    pub read_only: bool,
}

/// How long a statement waits for another connection's lock.
const BUSY: Duration = Duration::from_secs(5);

pub fn open(path: &Path, options: &OpenOptions) -> rusqlite::Result<Connection> {
    // One thread at a time uses a connection (Rust sees to it), so SQLite's own mutex is waste.
    let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX
        | if options.read_only {
            OpenFlags::SQLITE_OPEN_READ_ONLY
        } else {
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
        };
    let db = match &options.vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs.as_str())?,
        None => Connection::open_with_flags(path, flags)?,
    };
    db.busy_timeout(BUSY)?;
    if options.exclusive {
        // Before the log is opened, or SQLite asks the VFS for shared memory.
        db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    }
    if !options.read_only {
        // A new file enters WAL mode by a transaction with a rollback journal. With FULL, nothing
        // makes the journal's deletion durable; if it comes back after a power cut, it rolls the
        // database back to empty, and SQLite then deletes the log with all that was committed since.
        // EXTRA syncs the directory. In WAL mode itself, FULL and EXTRA are the same.
        db.pragma_update(None, "synchronous", "EXTRA")?;
        let mode: String =
            db.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
        // In-memory databases have no log and no disk to lose it on.
        if mode != "wal" && mode != "memory" {
            return Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN),
                Some("the database can't keep a write-ahead log here".into()),
            ));
        }
    }
    db.pragma_update(None, "synchronous", "FULL")?;
    if !options.read_only {
        // After a kill the log may hold a whole transaction that was never synced. It is visible now,
        // and whoever is told of it believes it; a checkpoint syncs the log first.
        db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
    }
    if cfg!(target_vendor = "apple") {
        db.pragma_update(None, "fullfsync", true)?;
        db.pragma_update(None, "checkpoint_fullfsync", true)?;
    }
    db.pragma_update(None, "foreign_keys", true)?;
    // A file that somebody prepared must not make us run functions from its schema.
    db.pragma_update(None, "trusted_schema", false)?;
    // Sorting must not spill rows into files whose fate nobody follows.
    db.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(db)
}

#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// An older program on a newer database: it must not touch what it does not understand.
    #[error(
        "open the database: its version {found} is newer than {known}, which this program knows"
    )]
    Newer { found: usize, known: usize },
    #[error("migrate the database to version {version}")]
    Step {
        version: usize,
        source: rusqlite::Error,
    },
    #[error("read the version of the database")]
    Version(#[from] rusqlite::Error),
}

/// Brings a database to version `steps.len()`. Each step and its version number are one
/// transaction: a kill leaves the database at a version, never between two.
pub fn migrate(db: &mut Connection, steps: &[&str]) -> Result<(), MigrateError> {
    let found: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    // A negative version is nobody's; treat it as one that we do not know.
    let found = usize::try_from(found).unwrap_or(usize::MAX);
    let Some(missing) = steps.get(found..) else {
        return Err(MigrateError::Newer {
            found,
            known: steps.len(),
        });
    };
    for (step, version) in missing.iter().zip(found + 1..) {
        apply(db, step, version).map_err(|source| MigrateError::Step { version, source })?;
    }
    Ok(())
}

fn apply(db: &mut Connection, step: &str, version: usize) -> rusqlite::Result<()> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute_batch(step)?;
    tx.pragma_update(None, "user_version", version as i64)?;
    tx.commit()
}

/// Every object of a schema with its SQL, and every column as SQLite understands it: two databases
/// with the same description behave the same.
pub fn describe(db: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut out = Vec::new();
    let mut objects = db.prepare(
        "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema
         WHERE name NOT LIKE 'sqlite_stat%' ORDER BY type, name",
    )?;
    let mut rows = objects.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, name): (String, String) = (row.get(0)?, row.get(1)?);
        let sql: String = row.get(3)?;
        // White space in the SQL tells how it was written, not what it does.
        let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        out.push(format!("{kind} {name}: {sql}"));
        if kind == "table" {
            let mut columns = db.prepare("SELECT * FROM pragma_table_xinfo(?1)")?;
            let mut columns = columns.query([&name])?;
            while let Some(column) = columns.next()? {
                let name_of: String = column.get("name")?;
                let kind_of: String = column.get("type")?;
                let not_null: bool = column.get("notnull")?;
                let default: Option<String> = column.get("dflt_value")?;
                let key: i64 = column.get("pk")?;
                out.push(format!(
                    "{name}.{name_of}: {kind_of} {not_null} {default:?} {key}"
                ));
            }
        }
    }
    Ok(out)
}

/// For the tests of whoever owns a schema: a database made afresh, and one that was left at any
/// earlier version and opened again, must come out the same. `frozen` are databases that released
/// versions left behind; give copies, since they are migrated where they lie.
pub fn assert_fresh_equals_migrated(steps: &[&str], frozen: &[&Path]) -> Result<(), MigrateError> {
    let mut fresh = Connection::open_in_memory()?;
    migrate(&mut fresh, steps)?;
    let fresh = describe(&fresh)?;
    for version in 0..=steps.len() {
        let mut old = Connection::open_in_memory()?;
        migrate(&mut old, steps.get(..version).unwrap_or_default())?;
        migrate(&mut old, steps)?;
        assert_eq!(describe(&old)?, fresh, "migrated from version {version}");
    }
    for path in frozen {
        let mut old = open(path, &OpenOptions::default())?;
        migrate(&mut old, steps)?;
        assert_eq!(describe(&old)?, fresh, "frozen database {}", path.display());
    }
    Ok(())
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]
mod tests {
    use super::*;

    const ONE: &str = "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;";
    const TWO: &str = "ALTER TABLE thing ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
                       CREATE INDEX thing_by_size ON thing (size);";

    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("gandan-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn version(db: &Connection) -> i64 {
        db.pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap()
    }

    #[test]
    fn opens_durable_and_strict() {
        let folder = folder("open");
        let path = folder.join("a.db");
        let db = open(&path, &OpenOptions::default()).unwrap();
        let text =
            |name| -> String { db.pragma_query_value(None, name, |row| row.get(0)).unwrap() };
        let number = |name| -> i64 { db.pragma_query_value(None, name, |row| row.get(0)).unwrap() };
        assert_eq!(text("journal_mode"), "wal");
        assert_eq!(number("synchronous"), 2);
        assert_eq!(number("foreign_keys"), 1);
        assert_eq!(number("trusted_schema"), 0);
        db.execute_batch(ONE).unwrap();
        let read_only = OpenOptions {
            read_only: true,
            ..OpenOptions::default()
        };
        let reader = open(&path, &read_only).unwrap();
        assert!(
            reader
                .execute("INSERT INTO thing (name) VALUES ('x')", [])
                .is_err()
        );
        assert!(open(&folder.join("missing.db"), &read_only).is_err());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn exclusive_needs_no_shared_memory() {
        let folder = folder("exclusive");
        let path = folder.join("a.db");
        let options = OpenOptions {
            exclusive: true,
            ..OpenOptions::default()
        };
        let mut db = open(&path, &options).unwrap();
        migrate(&mut db, &[ONE]).unwrap();
        assert!(folder.join("a.db-wal").exists());
        assert!(!folder.join("a.db-shm").exists());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn migrates_what_is_missing_and_keeps_what_is_there() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db, &[ONE]).unwrap();
        db.execute("INSERT INTO thing (name) VALUES ('x')", [])
            .unwrap();
        migrate(&mut db, &[ONE, TWO]).unwrap();
        migrate(&mut db, &[ONE, TWO]).unwrap();
        assert_eq!(version(&db), 2);
        let size: i64 = db
            .query_row("SELECT size FROM thing", [], |row| row.get(0))
            .unwrap();
        assert_eq!(size, 0);
    }

    #[test]
    fn a_step_that_fails_leaves_nothing() {
        let mut db = Connection::open_in_memory().unwrap();
        let half = "CREATE TABLE half (a TEXT); CREATE TABLE half (a TEXT);";
        assert!(matches!(
            migrate(&mut db, &[ONE, half]),
            Err(MigrateError::Step { version: 2, .. })
        ));
        assert_eq!(version(&db), 1);
        assert!(
            !describe(&db)
                .unwrap()
                .iter()
                .any(|line| line.contains("half"))
        );
    }

    #[test]
    fn a_newer_database_is_left_alone() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db, &[ONE, TWO]).unwrap();
        assert!(matches!(
            migrate(&mut db, &[ONE]),
            Err(MigrateError::Newer { found: 2, known: 1 })
        ));
        db.pragma_update(None, "user_version", -1).unwrap();
        assert!(matches!(
            migrate(&mut db, &[ONE]),
            Err(MigrateError::Newer { .. })
        ));
    }

    #[test]
    fn fresh_equals_migrated() {
        let folder = folder("frozen");
        let path = folder.join("one.db");
        let mut old = open(&path, &OpenOptions::default()).unwrap();
        migrate(&mut old, &[ONE]).unwrap();
        drop(old);
        assert_fresh_equals_migrated(&[ONE, TWO], &[&path]).unwrap();
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    #[should_panic(expected = "frozen database")]
    fn a_step_that_was_edited_after_its_release_is_noticed() {
        let path = folder("edited").join("one.db");
        let mut old = open(&path, &OpenOptions::default()).unwrap();
        migrate(
            &mut old,
            &["CREATE TABLE thing (id INTEGER PRIMARY KEY) STRICT;"],
        )
        .unwrap();
        drop(old);
        let _ = assert_fresh_equals_migrated(&[ONE], &[&path]);
    }
}
