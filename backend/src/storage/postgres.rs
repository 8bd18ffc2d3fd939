//! PostgreSQL, for when one machine is outgrown: stateless nodes over one database.
//!
//! Every command runs SERIALIZABLE, so that it may be written as if it were alone; what the
//! database can't put in a row it refuses (`40001`, `40P01`), and the command runs again, at most
//! [`ATTEMPTS`] times. A connection lost at COMMIT leaves the outcome unknown: the command is *not*
//! repeated here, its caller is told "unavailable" and comes again with the same idempotency key.
//!
//! Rejected: READ COMMITTED with locks written by hand. It is faster and puts the proof that two
//! commands do not interleave into every command.

use futures_util::{FutureExt, future::BoxFuture};
use sqlx::{
    Connection, PgConnection, PgPool, Postgres, Row as _, TypeInfo, ValueRef,
    postgres::{PgArguments, PgPoolOptions, PgRow},
    query::Query as SqlxQuery,
};

use super::{
    Command, Failure, Query, Reader, Row, Storage, StorageError, Tx, Value, migrations::POSTGRES,
};

/// How often a command that collides is run.
const ATTEMPTS: u32 = 16;

/// Any number that nobody else takes an advisory lock on: "gandan" in ASCII.
const MIGRATION_LOCK: i64 = 0x67_61_6e_64_61_6e;

#[derive(Clone)]
pub struct PostgresStorage(PgPool);

impl PostgresStorage {
    /// Connects and migrates. `url` is `postgres://…`, options such as `search_path` in its query.
    pub async fn open(url: &str, max_connections: u32) -> Result<Self, StorageError> {
        let pool = PgPoolOptions::new()
            .max_connections(max_connections)
            .connect(url)
            .await
            .map_err(|error| storage_error(&error))?;
        let storage = Self(pool);
        let known = POSTGRES.len();
        storage.migrate(POSTGRES, known).await?;
        Ok(storage)
    }

    /// For tests: leaves the schema at an earlier version.
    pub(super) async fn open_at(url: &str, version: usize) -> Result<Self, StorageError> {
        let pool = PgPool::connect(url)
            .await
            .map_err(|error| storage_error(&error))?;
        let storage = Self(pool);
        storage.migrate(POSTGRES, version).await?;
        Ok(storage)
    }

    /// For tests: runs a text of several statements.
    pub(super) async fn batch(url: &str, sql: String) -> Result<(), StorageError> {
        let run = async {
            let mut db = PgConnection::connect(url).await?;
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
                .execute(&mut db)
                .await?;
            db.close().await
        };
        run.await.map_err(|error| storage_error(&error))
    }

    /// Brings the schema to version `to`. Nodes that start together wait for one another.
    async fn migrate(&self, steps: &[&'static str], to: usize) -> Result<(), StorageError> {
        self.try_migrate(steps, to)
            .await
            .map_err(|error| storage_error(&error))?
            .then_some(())
            .ok_or(StorageError::Newer)
    }

    async fn try_migrate(&self, steps: &[&'static str], to: usize) -> sqlx::Result<bool> {
        let mut tx = self.0.begin().await?;
        sqlx::query("SELECT pg_advisory_xact_lock($1)")
            .bind(MIGRATION_LOCK)
            .execute(&mut *tx)
            .await?;
        sqlx::raw_sql("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")
            .execute(&mut *tx)
            .await?;
        let found: i64 = sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM schema_version")
            .fetch_one(&mut *tx)
            .await?;
        let found = usize::try_from(found).unwrap_or(usize::MAX);
        if found > steps.len() {
            return Ok(false);
        }
        for (step, version) in steps.iter().take(to).zip(1_i64..).skip(found) {
            sqlx::raw_sql(*step).execute(&mut *tx).await?;
            sqlx::query("INSERT INTO schema_version (version) VALUES ($1)")
                .bind(version)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

impl Storage for PostgresStorage {
    fn run_write(&self, command: Command) -> BoxFuture<'static, Result<(), Failure>> {
        let pool = self.0.clone();
        async move {
            for _ in 1..ATTEMPTS {
                match attempt_write(&pool, &command).await {
                    Err(Failure::Storage(StorageError::Contended)) => {}
                    result => return result,
                }
            }
            attempt_write(&pool, &command).await
        }
        .boxed()
    }

    fn run_read(&self, query: Query) -> BoxFuture<'static, Result<(), Failure>> {
        let pool = self.0.clone();
        async move {
            let mut db = acquire(&pool).await?;
            let mut tx = begin(&mut db, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
            let result = query(&mut Connected(&mut tx)).await;
            tx.rollback().await.map_err(|error| storage_error(&error))?;
            result
        }
        .boxed()
    }
}

async fn attempt_write(pool: &PgPool, command: &Command) -> Result<(), Failure> {
    let mut db = acquire(pool).await?;
    let mut tx = begin(&mut db, "BEGIN ISOLATION LEVEL SERIALIZABLE").await?;
    match command(&mut Connected(&mut tx)).await {
        Ok(()) => Ok(tx.commit().await.map_err(|error| storage_error(&error))?),
        Err(failure) => {
            // A connection that can't roll back is dropped, which does the same.
            let _ = tx.rollback().await;
            Err(failure)
        }
    }
}

async fn acquire(pool: &PgPool) -> Result<sqlx::pool::PoolConnection<Postgres>, StorageError> {
    pool.acquire().await.map_err(|error| storage_error(&error))
}

async fn begin<'c>(
    db: &'c mut PgConnection,
    sql: &'static str,
) -> Result<sqlx::Transaction<'c, Postgres>, StorageError> {
    db.begin_with(sql)
        .await
        .map_err(|error| storage_error(&error))
}

/// A connection inside a transaction that somebody else began and will end.
struct Connected<'c>(&'c mut PgConnection);

impl Reader for Connected<'_> {
    fn query<'a>(
        &'a mut self,
        sql: &'static str,
        params: &'a [Value],
    ) -> BoxFuture<'a, Result<Vec<Row>, StorageError>> {
        async move {
            let rows = bind(sql, params)
                .fetch_all(&mut *self.0)
                .await
                .map_err(|error| storage_error(&error))?;
            rows.iter().map(owned).collect()
        }
        .boxed()
    }
}

impl Tx for Connected<'_> {
    fn exec<'a>(
        &'a mut self,
        sql: &'static str,
        params: &'a [Value],
    ) -> BoxFuture<'a, Result<u64, StorageError>> {
        async move {
            bind(sql, params)
                .execute(&mut *self.0)
                .await
                .map(|done| done.rows_affected())
                .map_err(|error| storage_error(&error))
        }
        .boxed()
    }
}

fn bind<'q>(sql: &'static str, params: &'q [Value]) -> SqlxQuery<'q, Postgres, PgArguments> {
    params
        .iter()
        .fold(sqlx::query(sql), |query, value| match value {
            Value::Integer(value) => query.bind(*value),
            Value::Text(value) => query.bind(value.as_deref()),
            Value::Blob(value) => query.bind(value.as_deref()),
        })
}

fn owned(row: &PgRow) -> Result<Row, StorageError> {
    (0..row.columns().len())
        .map(|column| value(row, column).ok_or(StorageError::Column { column }))
        .collect::<Result<_, _>>()
        .map(Row::new)
}

fn value(row: &PgRow, column: usize) -> Option<Value> {
    let raw = row.try_get_raw(column).ok()?;
    let kind = raw.type_info().name().to_owned();
    Some(match kind.as_str() {
        "INT8" => Value::Integer(row.try_get(column).ok()?),
        "INT4" => Value::Integer(row.try_get::<Option<i32>, _>(column).ok()?.map(i64::from)),
        "BOOL" => Value::Integer(row.try_get::<Option<bool>, _>(column).ok()?.map(i64::from)),
        "BYTEA" => Value::Blob(row.try_get(column).ok()?),
        "TEXT" | "VARCHAR" | "NAME" => Value::Text(row.try_get(column).ok()?),
        _ => return None,
    })
}

fn storage_error(error: &sqlx::Error) -> StorageError {
    match error {
        sqlx::Error::Database(error) => match error.code().as_deref() {
            // serialization_failure, deadlock_detected
            Some("40001" | "40P01") => StorageError::Contended,
            // disk_full
            Some("53100") => StorageError::Full,
            // connection exceptions (but not protocol_violation: too few parameters, our mistake),
            // too many connections, shutdown, read-only after a failover
            Some(code)
                if (code.starts_with("08") && code != "08P01")
                    || code.starts_with("53")
                    || code.starts_with("57P")
                    || code == "25006" =>
            {
                StorageError::Unavailable
            }
            code => StorageError::Refused {
                code: code
                    .and_then(|code| i64::from_str_radix(code, 36).ok())
                    .unwrap_or(-1),
            },
        },
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::ColumnIndexOutOfBounds { .. }
        | sqlx::Error::Encode(_)
        | sqlx::Error::Protocol(_) => StorageError::Refused { code: -1 },
        _ => StorageError::Unavailable,
    }
}
