//! What every driver must do, as one suite. Unit tests run it on SQLite, the integration tests on
//! PostgreSQL too. It uses tables of the schema as they are, so that it needs no DDL of its own,
//! and leaves nothing that another run would stumble over.
//!
//! Assertions, not results, tell what is wrong: this module is for tests only.

use futures_util::{FutureExt, future::join_all};
use gandan_domain::Problem;

use super::{Failure, PostgresStorage, Storage, StorageError, migrations::POSTGRES};
use crate::params;

/// Runs everything, against a migrated storage that nobody else uses.
pub async fn run(storage: &dyn Storage) -> Result<(), Failure> {
    clear(storage).await?;
    values_come_back_as_they_went_in(storage).await?;
    a_refused_command_leaves_nothing(storage).await?;
    a_broken_statement_ends_its_command_and_nothing_else(storage).await?;
    conflicts_are_decided_in_the_statement(storage).await?;
    counters_count_without_gaps(storage).await?;
    checked_sums_stay_whole(storage).await?;
    reads_change_nothing(storage).await?;
    types_are_checked(storage).await?;
    clear(storage).await
}

async fn clear(storage: &dyn Storage) -> Result<(), Failure> {
    storage
        .write(|tx| {
            async move {
                tx.exec("DELETE FROM citizen_key", &[]).await?;
                tx.exec("DELETE FROM device", &[]).await?;
                Ok(())
            }
            .boxed()
        })
        .await
}

async fn put_key(storage: &dyn Storage, id: &'static str, bytes: Vec<u8>) -> Result<(), Failure> {
    storage
        .write(move |tx| {
            let bytes = bytes.clone();
            async move {
                let sql = "INSERT INTO citizen_key (citizen, wrapped) VALUES ($1, $2)";
                tx.exec(sql, &params![id, bytes]).await?;
                Ok(())
            }
            .boxed()
        })
        .await
}

async fn keys(storage: &dyn Storage) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    storage
        .read(|reader| {
            async move {
                let sql = "SELECT citizen, wrapped FROM citizen_key ORDER BY citizen";
                let rows = reader.query(sql, &[]).await?;
                let pair = |row: super::Row| Ok((row.get(0)?, row.get(1)?));
                rows.into_iter().map(pair).collect()
            }
            .boxed()
        })
        .await
}

async fn put_device(storage: &dyn Storage, id: &'static str, at: i64) -> Result<u64, Failure> {
    storage
        .write(move |tx| {
            async move {
                let sql =
                    "INSERT INTO device (id, citizen, thumbprint, jwk, created_at, revoked_at)
                           VALUES ($1, $2, $3, $4, $5, $6)
                           ON CONFLICT DO NOTHING";
                let nobody: Option<i64> = None;
                let row = params![id, "nobody", id, "", at, nobody];
                Ok(tx.exec(sql, &row).await?)
            }
            .boxed()
        })
        .await
}

async fn values_come_back_as_they_went_in(storage: &dyn Storage) -> Result<(), Failure> {
    let every_byte: Vec<u8> = (0..=255).collect();
    for (id, bytes) in [("", vec![]), ("Gần Dân ៛ 𝄞 '\"\\$1", every_byte)] {
        put_key(storage, id, bytes.clone()).await?;
        assert!(keys(storage).await?.contains(&(id.to_owned(), bytes)));
    }
    for (id, at) in [("least", i64::MIN), ("zero", 0), ("most", i64::MAX)] {
        assert_eq!(put_device(storage, id, at).await?, 1);
        let (found, revoked) = storage
            .read(move |reader| {
                async move {
                    let sql = "SELECT created_at, revoked_at FROM device
                               WHERE id = $1 AND created_at = $2 AND revoked_at IS NULL";
                    let row = reader.query_opt(sql, &params![id, at]).await?;
                    let row = row.ok_or(Problem::NotFound)?;
                    Ok((row.get::<i64>(0)?, row.get::<Option<i64>>(1)?))
                }
                .boxed()
            })
            .await?;
        assert_eq!((found, revoked), (at, None));
    }
    clear(storage).await
}

async fn a_refused_command_leaves_nothing(storage: &dyn Storage) -> Result<(), Failure> {
    put_key(storage, "kept", vec![1]).await?;
    let refused = storage
        .write(|tx| {
            async move {
                tx.exec("DELETE FROM citizen_key", &[]).await?;
                Err::<(), _>(Problem::Conflict.into())
            }
            .boxed()
        })
        .await;
    assert_eq!(refused, Err(Failure::Problem(Problem::Conflict)));
    assert_eq!(keys(storage).await?.len(), 1);
    clear(storage).await
}

async fn a_broken_statement_ends_its_command_and_nothing_else(
    storage: &dyn Storage,
) -> Result<(), Failure> {
    put_key(storage, "kept", vec![1]).await?;
    // A duplicate key, a missing table, too few parameters.
    assert!(refused(&put_key(storage, "kept", vec![2]).await));
    let missing = storage
        .write(|tx| async move { Ok(tx.exec("DELETE FROM no_such_table", &[]).await?) }.boxed())
        .await;
    assert!(refused(&missing));
    let too_few = storage
        .write(|tx| {
            let sql = "DELETE FROM citizen_key WHERE citizen = $1 OR citizen = $2";
            async move { Ok(tx.exec(sql, &params!["kept"]).await?) }.boxed()
        })
        .await;
    assert!(refused(&too_few));
    assert_eq!(keys(storage).await?, [("kept".to_owned(), vec![1])]);
    put_key(storage, "next", vec![3]).await?;
    assert_eq!(keys(storage).await?.len(), 2);
    clear(storage).await
}

const fn refused<T>(result: &Result<T, Failure>) -> bool {
    matches!(result, Err(Failure::Storage(StorageError::Refused { .. })))
}

async fn conflicts_are_decided_in_the_statement(storage: &dyn Storage) -> Result<(), Failure> {
    assert_eq!(put_device(storage, "one", 1).await?, 1);
    assert_eq!(put_device(storage, "one", 2).await?, 0);
    let (created_at, jwk) = storage
        .write(|tx| {
            async move {
                let sql = "INSERT INTO device (id, citizen, thumbprint, jwk, created_at)
                           VALUES ($1, $2, $3, $4, $5)
                           ON CONFLICT (citizen, thumbprint) DO UPDATE SET jwk = excluded.jwk
                           RETURNING created_at, jwk";
                let row = params!["two", "nobody", "one", "new", 3_i64];
                let row = tx.query_opt(sql, &row).await?.ok_or(Problem::NotFound)?;
                Ok((row.get::<i64>(0)?, row.get::<String>(1)?))
            }
            .boxed()
        })
        .await?;
    assert_eq!((created_at, jwk.as_str()), (1, "new"));
    clear(storage).await
}

/// How per-citizen cursors and dossier codes are counted.
async fn counters_count_without_gaps(storage: &dyn Storage) -> Result<(), Failure> {
    const WRITERS: i64 = 8;
    put_device(storage, "counter", 0).await?;
    let next = || {
        storage.write(|tx| {
            async move {
                let sql = "UPDATE device SET created_at = created_at + 1 WHERE id = $1
                           RETURNING created_at";
                let row = tx.query_opt(sql, &params!["counter"]).await?;
                Ok(row.ok_or(Problem::NotFound)?.get::<i64>(0)?)
            }
            .boxed()
        })
    };
    let numbers = join_all((0..WRITERS).map(|_| next())).await;
    let mut numbers = numbers.into_iter().collect::<Result<Vec<_>, _>>()?;
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=WRITERS).collect::<Vec<_>>());
    clear(storage).await
}

/// Write skew: each command reads what the other writes. Run one after the other, at most one of
/// them may insert.
async fn checked_sums_stay_whole(storage: &dyn Storage) -> Result<(), Failure> {
    let insert_if_empty = |id: &'static str| {
        storage.write(move |tx| {
            async move {
                let row = tx.query_opt("SELECT count(*) FROM device", &[]).await?;
                if row.ok_or(Problem::NotFound)?.get::<i64>(0)? == 0 {
                    let sql = "INSERT INTO device (id, citizen, thumbprint, jwk, created_at)
                               VALUES ($1, $2, $3, $4, $5)";
                    let row = params![id, id, id, "", 0_i64];
                    tx.exec(sql, &row).await?;
                    return Ok(1);
                }
                Ok(0)
            }
            .boxed()
        })
    };
    let names = ["a", "b", "c", "d"];
    let inserted = join_all(names.map(insert_if_empty)).await;
    let inserted = inserted.into_iter().collect::<Result<Vec<i32>, _>>()?;
    assert_eq!(inserted.iter().sum::<i32>(), 1);
    clear(storage).await
}

async fn reads_change_nothing(storage: &dyn Storage) -> Result<(), Failure> {
    let _ = storage
        .read(|reader| {
            async move {
                let sql =
                    "INSERT INTO citizen_key (citizen, wrapped) VALUES ($1, $2) RETURNING citizen";
                let row = reader.query_opt(sql, &params!["sly", vec![0_u8]]).await?;
                Ok(row.is_some())
            }
            .boxed()
        })
        .await;
    assert!(keys(storage).await?.is_empty());
    Ok(())
}

async fn types_are_checked(storage: &dyn Storage) -> Result<(), Failure> {
    put_device(storage, "one", 1).await?;
    let wrong = storage
        .read(|reader| {
            async move {
                let row = reader.query_opt("SELECT id FROM device", &[]).await?;
                Ok(row.ok_or(Problem::NotFound)?.get::<i64>(0)?)
            }
            .boxed()
        })
        .await;
    let expected = Failure::Storage(StorageError::Column { column: 0 });
    assert_eq!(wrong, Err(expected));
    clear(storage).await
}

/// A schema made afresh, and one that was left at any earlier version and opened again, come out the
/// same. `url` has no query; the schemas it makes are left behind for whoever wants to look.
pub async fn postgres_fresh_equals_migrated(url: &str) -> Result<(), Failure> {
    let mut fresh = None;
    for version in (0..=POSTGRES.len()).rev() {
        let schema = format!("migrated_from_{version}");
        let create = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
        PostgresStorage::batch(url, create).await?;
        let url = format!("{url}?options=-csearch_path%3D{schema}");
        drop(PostgresStorage::open_at(&url, version).await?);
        let storage = PostgresStorage::open(&url, 1).await?;
        let found = describe(&storage, &schema).await?;
        assert!(found.len() > POSTGRES.len());
        let fresh = fresh.get_or_insert_with(|| found.clone());
        assert_eq!(&found, fresh, "migrated from version {version}");
    }
    // An older program on a newer schema keeps its hands off.
    let url = format!("{url}?options=-csearch_path%3Dmigrated_from_0");
    let newer = "INSERT INTO schema_version (version) VALUES (1000000)";
    PostgresStorage::batch(&url, newer.into()).await?;
    let refused = PostgresStorage::open(&url, 1).await;
    assert_eq!(refused.err(), Some(StorageError::Newer));
    Ok(())
}

/// Columns and indexes.
async fn describe(storage: &dyn Storage, schema: &str) -> Result<Vec<String>, Failure> {
    let lines: Vec<String> = storage
        .read(|reader| {
            async move {
                let columns = "SELECT concat_ws(' ', table_name, column_name, data_type,
                                      is_nullable, column_default)
                               FROM information_schema.columns
                               WHERE table_schema = current_schema()
                               ORDER BY 1";
                let indexes = "SELECT indexdef FROM pg_indexes
                               WHERE schemaname = current_schema()
                               ORDER BY 1";
                let mut rows = reader.query(columns, &[]).await?;
                rows.extend(reader.query(indexes, &[]).await?);
                let lines = rows.into_iter().map(|row| row.get(0));
                Ok(lines.collect::<Result<_, _>>()?)
            }
            .boxed()
        })
        .await?;
    let lines = lines.into_iter();
    Ok(lines.map(|line| line.replace(schema, "")).collect())
}
