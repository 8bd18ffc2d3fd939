//! Both storage drivers keep the same promises.

use gandan_backend::storage::{PostgresStorage, conformance};
use gandan_tests::postgres::Postgres;

#[tokio::test]
async fn postgres_conforms() {
    let folder = std::env::temp_dir().join(format!("gandan-it-pg-{}", std::process::id()));
    let given = std::env::var("GANDAN_TEST_POSTGRES").ok();
    let server = given
        .is_none()
        .then(|| Postgres::start(&folder).expect("a PostgreSQL server"));
    let url = given.unwrap_or_else(|| server.as_ref().map(Postgres::url).unwrap_or_default());

    let storage = PostgresStorage::open(&url, 8).await.unwrap();
    conformance::run(&storage).await.unwrap();
    conformance::postgres_fresh_equals_migrated(&url)
        .await
        .unwrap();
    drop(storage);
    drop(server);
    let _ = std::fs::remove_dir_all(folder);
}
