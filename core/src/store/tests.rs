//! The store as the rest of the core sees it, on a real file.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use gandan_domain::{
    Problem,
    dossier::{FileEntry, IntentId},
    form::Value,
    text::Lang,
};
use gandan_foundation::sqlite;

use super::*;
use crate::{
    store::outbox::{LaneEvent, Upload},
    testing::{Phone, START},
};

const NAME: &str = "Hoàng Thị Thử Nghiệm";

fn text(value: &str) -> Value {
    Value::Text(value.into())
}

fn phone() -> (Phone, Store) {
    let phone = Phone::offline();
    let store = Store::open(&phone.config, &phone.ports).unwrap();
    (phone, store)
}

fn photo() -> Vec<u8> {
    (0..200_000u32).map(|at| (at % 251) as u8).collect()
}

fn frozen(store: &Store) -> (IntentId, Vec<FileEntry>) {
    let draft = store.create_draft("1.001193", 1).unwrap();
    store
        .attach_file(draft, "certificate.photo", &photo(), "image/jpeg")
        .unwrap();
    let files = store.files(draft).unwrap();
    store
        .freeze(draft, "citizen-1", "a.b.c", files.clone(), None)
        .unwrap();
    (draft, files)
}

fn moves(store: &Store, intent: IntentId, event: LaneEvent) -> Result<bool> {
    let lanes = store.open_lanes().unwrap();
    let lane = lanes.iter().find(|lane| lane.intent == intent).unwrap();
    store.lane_moves(lane, event)
}

#[test]
fn what_was_typed_is_there_after_a_kill() {
    let (phone, store) = phone();
    let draft = store.create_draft("1.001193", 3).unwrap();
    store
        .set_answer(draft, "child.full_name", text(NAME), 4)
        .unwrap();
    let place = DraftPlace {
        answered: true,
        page: "child".into(),
        field: Some("child.full_name".into()),
    };
    store.set_place(draft, &place).unwrap();
    store.set_lang(&Lang::en()).unwrap();
    store.set_navigation("form/child").unwrap();
    drop(store);

    let store = Store::open(&phone.config, &phone.ports).unwrap();
    assert_eq!(
        store.answers(draft).unwrap().text("child.full_name"),
        Some(NAME)
    );
    assert!(store.draft_place(draft).unwrap() == Some(place));
    let found = store.drafts().unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].intent, found[0].form_version), (draft, 3));
    assert_eq!(found[0].created_at, START);
    assert_eq!(store.lang().unwrap(), Some(Lang::en()));
    assert_eq!(store.navigation().unwrap().unwrap().expose(), "form/child");
}

#[test]
fn an_older_edit_changes_nothing() {
    let (_phone, store) = phone();
    let draft = store.create_draft("1.001193", 1).unwrap();
    let set = |value, edit| store.set_answer(draft, "f", text(value), edit).unwrap();
    assert_eq!(set("prefilled", 0), Edited::Stored);
    assert_eq!(set("prefilled again", 0), Edited::Older);
    assert_eq!(set("typed", 7), Edited::Stored);
    assert_eq!(set("late", 6), Edited::Older);
    assert_eq!(set("same", 7), Edited::Older);
    assert_eq!(store.answers(draft).unwrap().text("f"), Some("typed"));
    assert_eq!(store.answer(draft, "f").unwrap().unwrap().edit, 7);
    let unknown = IntentId(uuid::Uuid::nil());
    assert!(matches!(
        store.set_answer(unknown, "f", text("x"), 1),
        Err(StoreError::NotFound)
    ));
}

#[test]
fn files_come_back_whole_and_in_pieces() {
    let (_phone, store) = phone();
    let draft = store.create_draft("1.001193", 1).unwrap();
    let answer = store
        .attach_file(draft, "certificate.photo", &photo(), "image/jpeg")
        .unwrap();
    assert_eq!(answer.size, 200_000);
    assert_eq!(
        *store
            .file_bytes(draft, "certificate.photo")
            .unwrap()
            .expose(),
        photo()
    );
    for (from, length) in [
        (0, 10),
        (65_530, 20),
        (131_072, 70_000),
        (199_999, 9),
        (200_000, 5),
    ] {
        let piece = store
            .file_range(draft, "certificate.photo", from, length)
            .unwrap();
        let from = usize::try_from(from).unwrap();
        let to = (from + length).min(200_000);
        assert_eq!(piece.expose()[..], photo()[from..to]);
    }
    // A smaller file in its place leaves nothing of the first.
    store
        .attach_file(draft, "certificate.photo", b"small", "image/png")
        .unwrap();
    assert_eq!(store.files(draft).unwrap()[0].media_type, "image/png");
    assert_eq!(
        store
            .file_bytes(draft, "certificate.photo")
            .unwrap()
            .expose(),
        b"small"
    );
    assert_eq!(
        store
            .answer(draft, "certificate.photo")
            .unwrap()
            .unwrap()
            .edit,
        2
    );
    store.remove_file(draft, "certificate.photo").unwrap();
    assert!(store.files(draft).unwrap().is_empty());
}

#[test]
fn a_frozen_draft_stands_until_it_is_taken_back() {
    let (_phone, store) = phone();
    let (draft, files) = frozen(&store);
    assert!(matches!(
        store.set_answer(draft, "f", text("x"), 1),
        Err(StoreError::Frozen)
    ));
    assert!(matches!(
        store.discard_draft(draft),
        Err(StoreError::Frozen)
    ));
    assert!(matches!(
        store.freeze(draft, "citizen-1", "x", vec![], None),
        Err(StoreError::Frozen)
    ));
    let entry = store.outbox_entry(draft).unwrap().unwrap();
    assert_eq!(entry.files, files);
    store.edit(draft).unwrap();
    assert!(store.outbox().unwrap().is_empty());
    store.set_answer(draft, "f", text("x"), 1).unwrap();
    // The same id again: it is still the same intent, but what was under way for the first text
    // does not move the second.
    let first = super::outbox::Lane {
        act: LaneAct::File,
        intent: draft,
        subject: "citizen-1".into(),
        jws: "a.b.c".to_owned().into(),
        files: files.clone(),
        progress: super::outbox::Progress::new(1, START, None),
    };
    store
        .freeze(draft, "citizen-1", "d.e.f", files, None)
        .unwrap();
    assert!(!store.lane_moves(&first, LaneEvent::Submitting).unwrap());
    assert!(!store.outbox_entry(draft).unwrap().unwrap().in_doubt);
    store.abandon(draft).unwrap();
    assert!(store.drafts().unwrap()[0].discarded_at.is_some());
    assert!(store.outbox().unwrap().is_empty());
    assert!(matches!(store.edit(draft), Err(StoreError::NotFound)));
}

#[test]
fn only_files_that_are_here_can_be_frozen() {
    let (_phone, store) = phone();
    let draft = store.create_draft("1.001193", 1).unwrap();
    store
        .attach_file(draft, "a", b"bytes", "image/png")
        .unwrap();
    let mut files = store.files(draft).unwrap();
    files[0].sha256 = "00".repeat(32);
    assert!(matches!(
        store.freeze(draft, "citizen-1", "a.b.c", files, None),
        Err(StoreError::NotFound)
    ));
    assert!(!store.draft(draft).unwrap().frozen);
}

#[test]
fn what_may_have_arrived_is_not_taken_back() {
    let (_phone, store) = phone();
    let (intent, _) = frozen(&store);
    moves(&store, intent, LaneEvent::Submitting).unwrap();
    let failed = LaneEvent::Failed {
        problem: Problem::Offline,
        next_try: START.plus_ms(5000),
    };
    moves(&store, intent, failed).unwrap();
    assert!(matches!(store.edit(intent), Err(StoreError::InDoubt)));
    assert!(matches!(store.abandon(intent), Err(StoreError::InDoubt)));
    let refused = LaneEvent::Refused {
        problem: Problem::Malformed,
        next_try: START,
    };
    moves(&store, intent, refused).unwrap();
    let entry = store.outbox_entry(intent).unwrap().unwrap();
    assert_eq!(
        entry.state,
        OutboxState::Wedged {
            problem: Problem::Malformed
        }
    );
    store.retry(intent).unwrap();
    store.edit(intent).unwrap();
}

/// Every sequence of events, to a depth: a lane ends only by a receipt, and doubt ends only by an
/// answer.
#[test]
fn lanes_keep_their_promises_whatever_happens() {
    let file = FileEntry {
        field: "f".into(),
        sha256: String::new(),
        size: 10,
        media_type: "image/png".into(),
    };
    let events = |now| {
        [
            LaneEvent::Uploaded {
                at: 0,
                upload: Upload {
                    location: Some("/v1/files/x".into()),
                    offset: 10,
                    acknowledged: true,
                },
            },
            LaneEvent::Submitting,
            LaneEvent::Failed {
                problem: Problem::Offline,
                next_try: now,
            },
            LaneEvent::Failed {
                problem: Problem::ReceiptRefused,
                next_try: now,
            },
            LaneEvent::Refused {
                problem: Problem::Conflict,
                next_try: now,
            },
            LaneEvent::Refused {
                problem: Problem::FileIncomplete,
                next_try: now,
            },
            LaneEvent::Received,
            LaneEvent::Retry { now },
        ]
    };
    let mut lanes = vec![super::outbox::Progress::new(1, START, None)];
    for _ in 0..5 {
        let mut next = Vec::new();
        for lane in &lanes {
            for event in events(START) {
                let after = lane
                    .clone()
                    .after(std::slice::from_ref(&file), event.clone());
                if lane.state == OutboxState::Sent {
                    assert!(after == *lane);
                }
                assert_eq!(
                    after.state == OutboxState::Sent,
                    lane.state == OutboxState::Sent || event == LaneEvent::Received
                );
                if lane.in_doubt && !after.in_doubt {
                    assert!(matches!(
                        event,
                        LaneEvent::Received
                            | LaneEvent::Refused {
                                problem: Problem::FileIncomplete,
                                ..
                            }
                    ));
                }
                if !next.contains(&after) {
                    next.push(after);
                }
            }
        }
        lanes = next;
    }
}

#[test]
fn a_suspended_store_says_so_and_comes_back() {
    let (_phone, store) = phone();
    let draft = store.create_draft("1.001193", 1).unwrap();
    store.suspend().unwrap();
    store.suspend().unwrap();
    assert!(matches!(store.drafts(), Err(StoreError::Suspended)));
    store.resume().unwrap();
    store.resume().unwrap();
    assert_eq!(store.drafts().unwrap()[0].intent, draft);
}

#[test]
fn changed_and_moved_values_are_noticed_and_kept() {
    let (phone, store) = phone();
    let one = store.create_draft("1.001193", 1).unwrap();
    let two = store.create_draft("1.001193", 1).unwrap();
    store.set_answer(one, "f", text("first"), 1).unwrap();
    store.set_answer(two, "f", text("second"), 1).unwrap();
    store.suspend().unwrap();

    let tamper = |sql: &str| {
        let db = rusqlite::Connection::open(phone.config.data_dir.join("gandan.db")).unwrap();
        db.execute_batch(sql).unwrap();
    };
    let refused = || {
        store.resume().unwrap();
        let answers = [store.answers(one), store.answers(two)];
        let refused = answers
            .into_iter()
            .filter_map(Result::err)
            .map(Problem::from)
            .collect::<Vec<_>>();
        assert_eq!(store.drafts().unwrap().len(), 2);
        store.suspend().unwrap();
        refused
    };
    assert!(refused().is_empty());
    // Two bodies change places.
    let swap = "CREATE TABLE t AS SELECT id, body FROM answer;
         UPDATE answer SET body = (SELECT body FROM t WHERE t.id <> answer.id);
         DROP TABLE t;";
    tamper(swap);
    assert_eq!(
        refused(),
        [Problem::StorageDamaged, Problem::StorageDamaged]
    );
    tamper(swap);
    assert!(refused().is_empty());
    // An answer is moved below the other draft.
    tamper("UPDATE answer SET parent = (SELECT max(id) FROM draft);");
    assert_eq!(refused(), [Problem::StorageDamaged]);
}

#[test]
fn one_changed_byte_of_a_file_is_noticed() {
    let (phone, store) = phone();
    let draft = store.create_draft("1.001193", 1).unwrap();
    store
        .attach_file(draft, "f", &photo(), "image/png")
        .unwrap();
    store.suspend().unwrap();
    let db = rusqlite::Connection::open(phone.config.data_dir.join("gandan.db")).unwrap();
    db.execute_batch("DELETE FROM file_chunk WHERE id = (SELECT max(id) FROM file_chunk)")
        .unwrap();
    drop(db);
    store.resume().unwrap();
    assert!(matches!(
        store.file_bytes(draft, "f"),
        Err(StoreError::Changed {
            table: "file_chunk"
        })
    ));
}

#[test]
fn a_file_that_is_no_database_is_a_typed_problem() {
    let (phone, store) = phone();
    drop(store);
    std::fs::write(phone.config.data_dir.join("gandan.db"), vec![9; 8192]).unwrap();
    let problem = Store::open(&phone.config, &phone.ports)
        .err()
        .map(Problem::from);
    assert_eq!(problem, Some(Problem::StorageDamaged));
}

#[test]
fn nothing_personal_lies_readable_on_disk() {
    let (phone, store) = phone();
    let (draft, _) = frozen(&store);
    store.edit(draft).unwrap();
    store
        .set_answer(draft, "child.full_name", text(NAME), 1)
        .unwrap();
    store
        .set_answer(draft, "mother.id_number", text("099196000003"), 1)
        .unwrap();
    store.set_navigation("form/child").unwrap();
    store
        .freeze(draft, "citizen-1", "canary.intent.jws", vec![], None)
        .unwrap();
    let marker = &photo()[1000..1064];
    let needles: Vec<&[u8]> = vec![
        NAME.as_bytes(),
        "Nghiệm".as_bytes(),
        b"099196000003",
        b"child.full_name",
        b"1.001193",
        b"form/child",
        b"canary.intent.jws",
        marker,
    ];
    // Once from the log, once from the database after the log was folded in.
    for fold in [false, true] {
        if fold {
            store.suspend().unwrap();
        }
        for (path, bytes) in phone.disk() {
            for needle in &needles {
                assert!(
                    !bytes.windows(needle.len()).any(|part| part == *needle),
                    "{} in {}",
                    String::from_utf8_lossy(needle),
                    path.display()
                );
            }
        }
    }
}

#[test]
fn fresh_equals_migrated() {
    sqlite::assert_fresh_equals_migrated(MIGRATIONS, &[]).unwrap();
}
