//! The citizen's own access log (I8) as a hash chain: nobody can change, drop or reorder a line
//! without changing every later hash.
//!
//! The server writes with [`chain`], the phone checks with [`check`]. A line is hashed with the
//! hash before it and with every field behind its own length, so that no two different lines
//! give the same bytes. What was rejected: hashing the line's JSON, since a program that reads and
//! writes it again may order or escape it differently and would then call an honest log forged.
//!
//! A chain alone does not show that its *end* was cut off; the highest `seq` that a phone has seen
//! does, and the phone refuses to go back.

use ring::digest::{Context, SHA256};

use crate::wire::LogEntry;

/// What stands for "the hash before" at the first line.
pub const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Separates these hashes from every other SHA-256 of ours.
const PURPOSE: &[u8] = b"gandan access log v1";

/// The hash of `entry` after `previous`, in lower-case hex. `entry.hash` is not read.
pub fn chain(previous: &str, entry: &LogEntry) -> String {
    let mut context = Context::new(&SHA256);
    let mut field = |bytes: &[u8]| {
        context.update(&(bytes.len() as u64).to_be_bytes());
        context.update(bytes);
    };
    field(PURPOSE);
    field(previous.as_bytes());
    field(&entry.seq.to_be_bytes());
    field(&entry.at.ms().to_be_bytes());
    field(entry.actor.as_bytes());
    field(entry.action.as_bytes());
    // A dossier code is never empty, so empty means none.
    field(
        entry
            .dossier
            .as_ref()
            .map_or("", |code| code.as_str())
            .as_bytes(),
    );
    hex(context.finish().as_ref())
}

/// The first line that does not follow from the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("trust the access log: line {seq} does not follow from the one before")]
pub struct BrokenChain {
    pub seq: i64,
}

/// Checks lines that follow each other, the first after `previous`. Gives the last hash.
pub fn check(previous: &str, entries: &[LogEntry]) -> Result<String, BrokenChain> {
    let mut last = previous.to_owned();
    let mut seq = None;
    for entry in entries {
        let follows = seq.is_none_or(|before: i64| before.checked_add(1) == Some(entry.seq));
        if !follows || chain(&last, entry) != entry.hash {
            return Err(BrokenChain { seq: entry.seq });
        }
        last.clone_from(&entry.hash);
        seq = Some(entry.seq);
    }
    Ok(last)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )]

    use super::*;
    use crate::time::Instant;

    fn log() -> Vec<LogEntry> {
        let mut previous = START.to_owned();
        [
            ("self", "session.created", None),
            ("backend", "prefill.read", None),
            ("H99.08.01", "file.read", Some("H99.08.01-261122-0001")),
        ]
        .into_iter()
        .zip(1..)
        .map(|((actor, action, dossier), seq)| {
            let mut entry = LogEntry {
                seq,
                at: Instant(1_795_000_000_000 + seq),
                actor: actor.into(),
                action: action.into(),
                dossier: dossier.map(|code| code.parse().unwrap()),
                hash: String::new(),
            };
            entry.hash = chain(&previous, &entry);
            previous.clone_from(&entry.hash);
            entry
        })
        .collect()
    }

    #[test]
    fn an_honest_log_checks_whole_and_in_parts() {
        let log = log();
        let last = check(START, &log).unwrap();
        assert_eq!(last, log[2].hash);
        assert_eq!(check(&log[0].hash, &log[1..]), Ok(last));
        assert_eq!(check(START, &[]).as_deref(), Ok(START));
    }

    #[test]
    fn every_change_is_seen() {
        let changes: [fn(&mut Vec<LogEntry>); 9] = [
            |log| log[1].seq = 9,
            |log| log[1].at = Instant(0),
            |log| log[1].actor = "self".into(),
            |log| log[1].action = "nothing".into(),
            |log| log[1].dossier = Some("H99-261122-0001".parse().unwrap()),
            |log| log[2].dossier = None,
            |log| log[1].hash = log[0].hash.clone(),
            |log| drop(log.remove(1)),
            |log| log.swap(1, 2),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut log = log();
            change(&mut log);
            assert!(check(START, &log).is_err(), "change {number} was not seen");
        }
    }

    #[test]
    fn a_field_cannot_borrow_from_its_neighbour() {
        let entry = |actor: &str, action: &str| LogEntry {
            seq: 1,
            at: Instant(0),
            actor: actor.into(),
            action: action.into(),
            dossier: None,
            hash: String::new(),
        };
        assert_ne!(
            chain(START, &entry("ab", "c")),
            chain(START, &entry("a", "bc"))
        );
    }

    /// The bytes are a contract between two programs that are updated apart.
    #[test]
    fn the_hash_stays_what_it_is() {
        // Computed apart from this code, with Python's hashlib.
        assert_eq!(
            log()[2].hash,
            "2b29975afb44be594a393da0aab0a5e54a229e1aeb6e92dc98a8bf2a3e986059"
        );
    }
}
