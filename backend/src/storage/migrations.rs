//! The migrations, in order. A migration's number is its index; files are never edited after a
//! release, a change is a new file in both folders.

macro_rules! migrations {
    ($($name:literal),* $(,)?) => {
        pub const SQLITE: &[&str] =
            &[$(include_str!(concat!("../../migrations/sqlite/", $name, ".sql"))),*];
        pub const POSTGRES: &[&str] =
            &[$(include_str!(concat!("../../migrations/postgres/", $name, ".sql"))),*];
    };
}

migrations!["0001_identity", "0002_dossier"];
