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

migrations![
    "0001_identity",
    "0002_dossier",
    "0003_follow_up",
    "0004_payment"
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The two schemas differ in the names of two types and in nothing else.
    #[test]
    fn both_drivers_have_the_same_schema() {
        let bare = |sql: &str| {
            let code = sql
                .lines()
                .map(|line| line.split("--").next().unwrap_or(line));
            let words: Vec<_> = code.flat_map(str::split_whitespace).collect();
            words.join(" ").replace(" ,", ",")
        };
        for (sqlite, postgres) in SQLITE.iter().zip(POSTGRES) {
            let translated = bare(sqlite)
                .replace("INTEGER", "BIGINT")
                .replace("BLOB", "BYTEA")
                .replace(" STRICT", "");
            assert_eq!(translated, bare(postgres));
        }
    }
}
