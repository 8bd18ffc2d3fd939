#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::sync::Arc;

use gandan_domain::{
    Problem,
    dossier::{Intent, IntentId, Status},
    text::{Lang, spoken},
    time::Instant,
};

use super::{
    Arrival, Core,
    fixture::{self, CODE, JPEG, PDF, World, pack},
};
use crate::{
    accessibility::lint,
    engine::Notification,
    screen::{BlockKind, Event, Request, Screen, ScreenChange, Update},
    testing::{Phone, START},
};

/// A person at a phone, who notices when something is not accessible, not what the update said, or
/// gone after a restart.
pub(super) struct Person {
    world: World,
    pub(super) core: Arc<Core>,
}

impl Person {
    pub(super) fn new(world: World) -> Self {
        let core = world.open();
        Self { world, core }
    }

    pub(super) fn send(&self, event: Event) -> Update {
        let before = self.core.screen();
        let update = self.core.send(event);
        let after = self.core.screen();
        assert_eq!(lint(&after), [], "on {}", after.id);
        let anew = self.core.screen_anew();
        assert!(
            after.blocks == anew.blocks && after.actions == anew.actions,
            "{} is not what whole evaluation gives:\n{}\n--- anew:\n{}",
            after.id,
            after.transcript(),
            anew.transcript()
        );
        assert!(
            update.change.apply(before) == after,
            "the update does not lead to {}",
            after.id
        );
        if let Some(focus) = &update.focus {
            assert!(focus == "title" || has(&after, focus), "focus on {focus}");
        }
        update
    }

    pub(super) fn act(&self, action: &str) -> Update {
        self.send(Event::Act {
            action: action.into(),
        })
    }

    pub(super) fn open(&self, key: &str, card: &str) -> Update {
        self.send(Event::Open {
            key: key.into(),
            card: card.into(),
        })
    }

    pub(super) fn edit(&self, key: &str, value: &str, edit: u64) -> Update {
        self.send(Event::Edit {
            key: key.into(),
            value: value.to_owned().into(),
            edit,
        })
    }

    pub(super) fn choose(&self, key: &str, options: &[&str], edit: u64) -> Update {
        self.send(Event::Choose {
            key: key.into(),
            options: options.iter().map(|option| (*option).to_owned()).collect(),
            edit,
        })
    }

    fn file(&self, key: &str, bytes: &[u8]) -> Update {
        self.send(Event::File {
            key: key.into(),
            bytes: bytes.to_vec().into(),
        })
    }

    #[track_caller]
    fn is_at(&self, id: &str) -> &Self {
        assert_eq!(self.core.screen().id, id);
        self
    }

    /// Kills the app and opens it again: the same screen with the same words (I1).
    fn restarts(&mut self) {
        let before = self.core.screen();
        // The old process is gone: it holds no database any more.
        self.core.suspend().unwrap();
        self.core = self.world.open();
        let after = self.core.screen();
        assert_eq!(after.id, before.id, "another place after a restart");
        assert!(
            after.blocks == before.blocks && after.actions == before.actions,
            "another {} after a restart:\n{}\n--- before:\n{}",
            after.id,
            after.transcript(),
            before.transcript()
        );
        assert_eq!(lint(&after), []);
    }

    fn value(&self, key: &str) -> (String, u64) {
        let screen = self.core.screen();
        let block = screen.blocks.iter().find(|block| block.key == key);
        match block.map(|block| &block.kind) {
            Some(BlockKind::TextField(field) | BlockKind::DateField(field)) => {
                (field.value.expose().clone(), field.edit)
            }
            Some(BlockKind::Choice(choice)) => (
                choice
                    .options
                    .iter()
                    .filter(|option| option.chosen)
                    .map(|option| option.id.clone())
                    .collect(),
                choice.edit,
            ),
            _ => panic!("{key} is not on {}", screen.id),
        }
    }

    fn draft(&self) -> IntentId {
        self.core.store.drafts().unwrap()[0].intent
    }

    pub(super) fn to_the_form(&self) {
        self.act("lang/vi");
        self.act("search");
        self.open("results", CODE);
        self.act("start");
        self.act("link-later");
        self.is_at("form/about");
    }

    /// Filed and received, and she is at home again.
    fn filed(&self) -> IntentId {
        self.to_the_form();
        self.fill_about();
        self.fill_more();
        self.world.sign_in(&self.core);
        let intent = self.draft();
        self.act("submit");
        self.world.receive(&self.core, intent);
        self.act("home");
        intent
    }

    fn fill_about(&self) {
        self.edit("person.name", "Giàng Thị Thử", 1);
        self.edit("person.birth_date", "1996-02-03", 1);
        self.choose("person.sex", &["female"], 1);
        self.act("next");
        self.is_at("form/more");
    }

    fn fill_more(&self) {
        self.file("photo", JPEG);
        self.choose("office.commune", &["99001@2025-07-01"], 1);
        self.act("next");
        self.is_at("review");
    }
}

fn has(screen: &Screen, key: &str) -> bool {
    screen.blocks.iter().any(|block| block.key == key)
}

/// The whole way in one language; every screen's transcript is compared with the one on file.
fn the_whole_way(lang: &str) {
    let mut person = Person::new(World::new());
    let look = |person: &mut Person, name: &str| {
        insta::assert_snapshot!(format!("{lang}-{name}"), person.core.screen().transcript());
        person.restarts();
    };
    look(&mut person, "01-language");
    person.act(&format!("lang/{lang}"));
    look(&mut person, "02-home");
    person.act("search");
    person.edit("query", "dang ky thu", 1);
    look(&mut person, "03-search");
    person.open("results", CODE);
    look(&mut person, "04-procedure");
    person.act("start");
    look(&mut person, "05-link");
    let update = person.act("link");
    assert!(matches!(update.request, Some(Request::OpenBrowser { .. })));
    look(&mut person, "06-linking");
    person.send(Event::RequestAbandoned);
    person.is_at("link").act("link-later");
    look(&mut person, "07-form");
    let update = person.act("next");
    assert_eq!(update.focus.as_deref(), Some("errors"));
    look(&mut person, "08-form-errors");
    person.edit("person.name", "Giàng Thị Thử", 1);
    person.choose("person.sex", &["female"], 1);
    person.world.sign_in(&person.core);
    look(&mut person, "09-form-asking");
    person.world.prefill(
        &person.core,
        &[
            ("requester.full_name", "GIÀNG THỊ THỰ"),
            ("requester.birth_date", "1996-02-03"),
        ],
    );
    look(&mut person, "10-form-differs");
    person.open("person.name~state", "keep");
    look(&mut person, "11-form-contested");
    person.act("next");
    person.is_at("form/more");
    let update = person.file("photo", b"<html>");
    assert_eq!(update.focus.as_deref(), Some("problem"));
    insta::assert_snapshot!(
        format!("{lang}-12-file-refused"),
        update.transcript(&person.core.screen())
    );
    person.file("photo", JPEG);
    person.choose("office.commune", &["99001@2025-07-01"], 1);
    look(&mut person, "13-form-papers");
    person.act("next");
    look(&mut person, "14-review");
    let intent = person.draft();
    person.act("submit");
    look(&mut person, "15-sending");
    assert!(
        !person.core.screen().transcript().contains("Đã nộp"),
        "submitted without a proof"
    );
    person.world.receive(&person.core, intent);
    person.is_at("sent");
    look(&mut person, "16-sent");
    person.world.report(
        &person.core,
        intent,
        &[
            (Status::Registered, None),
            (Status::Accepted, None),
            (Status::InProgress, None),
        ],
        false,
    );
    person.act("dossiers");
    look(&mut person, "17-dossiers");
    person.open("dossiers", &intent.to_string());
    look(&mut person, "18-dossier");
    person.world.report(
        &person.core,
        intent,
        &[
            (Status::Registered, None),
            (Status::Accepted, None),
            (Status::InProgress, None),
            (Status::Done, Some("Mời đến ký sổ.")),
        ],
        true,
    );
    look(&mut person, "19-dossier-done");
    let result = person
        .core
        .screen()
        .actions
        .iter()
        .find(|action| action.id.starts_with("result/"))
        .unwrap()
        .id
        .clone();
    person.act(&result);
    look(&mut person, "20-result-fetching");
    person.world.result_arrives(&person.core, intent);
    look(&mut person, "21-result");
    let update = person.act("open-document");
    let Some(Request::ShowDocument { media_type, bytes }) = update.request else {
        panic!("the result does not open");
    };
    assert_eq!(media_type, "application/pdf");
    assert!(bytes.expose() == PDF);
}

#[test]
fn the_whole_way_in_vietnamese() {
    the_whole_way("vi");
}

#[test]
fn the_whole_way_in_english() {
    the_whole_way("en");
}

#[test]
fn a_language_without_words_is_said_in_marked_vietnamese() {
    let person = Person::new(World::new());
    person.act("lang/km");
    assert_eq!(person.core.screen().lang, Lang::from("km"));
    insta::assert_snapshot!("km-home", person.core.screen().transcript());
    person.act("search");
    person.open("results", CODE);
    insta::assert_snapshot!("km-procedure", person.core.screen().transcript());
}

#[test]
fn an_older_edit_never_overwrites_a_newer_one() {
    let person = Person::new(World::new());
    person.to_the_form();
    person.edit("person.name", "Giàng", 1);
    person.edit("person.name", "Giàng Thị", 3);
    let late = person.edit("person.name", "Giàng T", 2);
    assert!(late.change == ScreenChange::Nothing);
    assert_eq!(person.value("person.name"), ("Giàng Thị".into(), 3));
}

#[test]
fn a_kill_comes_back_to_the_same_question() {
    let mut person = Person::new(World::new());
    person.to_the_form();
    person.edit("person.name", "Giàng Thị Thử", 1);
    person.edit("person.phone", "09", 1);
    person.restarts();
    assert_eq!(person.core.screen().focus.as_deref(), Some("person.phone"));
    assert_eq!(person.value("person.phone"), ("09".into(), 1));
}

#[test]
fn what_the_state_knows_never_replaces_what_was_typed() {
    let person = Person::new(World::new());
    person.to_the_form();
    person.edit("person.name", "Tên Tôi Gõ", 1);
    person.world.sign_in(&person.core);
    person.world.prefill_unavailable(&person.core);
    assert!(has(&person.core.screen(), "prefill"));
    person.edit("person.name", "Tên Tôi Gõ Tiếp", 2);
    person.world.prefill(
        &person.core,
        &[
            ("requester.full_name", "TÊN SỔ GHI"),
            ("requester.birth_date", "1990-01-02"),
        ],
    );
    assert_eq!(person.value("person.name"), ("Tên Tôi Gõ Tiếp".into(), 2));
    // Nobody had answered this one.
    assert_eq!(person.value("person.birth_date"), ("1990-01-02".into(), 0));
    assert!(has(&person.core.screen(), "person.name~differs"));

    person.open("person.name~state", "use");
    assert_eq!(person.value("person.name"), ("TÊN SỔ GHI".into(), 3));
    assert!(!has(&person.core.screen(), "person.name~differs"));
}

#[test]
fn a_wrong_value_of_the_state_is_contested_and_both_are_signed() {
    let person = Person::new(World::new());
    person.to_the_form();
    person.world.sign_in(&person.core);
    person.world.prefill(
        &person.core,
        &[
            ("requester.full_name", "Giàng Thị Thử"),
            ("requester.birth_date", "1990-01-02"),
        ],
    );
    assert_eq!(person.value("person.birth_date"), ("1990-01-02".into(), 0));
    let update = person.open("wrong", "person.birth_date");
    assert_eq!(update.focus.as_deref(), Some("person.birth_date"));
    assert!(update.announce.is_some());
    person.edit("person.birth_date", "1991-01-02", 1);
    person.choose("person.sex", &["male"], 1);
    person.act("next");
    person.fill_more();
    person.act("submit");
    person.is_at("sending");

    let lanes = person.core.store.open_lanes().unwrap();
    let key = person
        .world
        .phone
        .ports
        .keystore
        .device_signer()
        .public_key();
    let intent = Intent::verify(lanes[0].jws.expose(), &key).unwrap();
    assert_eq!(intent.answers.text("person.birth_date"), Some("1991-01-02"));
    assert_eq!(
        intent
            .contested
            .get("person.birth_date")
            .map(String::as_str),
        Some("1990-01-02")
    );
    assert_eq!(intent.contested.len(), 1);
    assert!(intent.answers.0.keys().all(|field| !field.contains('~')));
    assert_eq!(intent.files.len(), 1);
}

#[test]
fn nothing_is_signed_with_an_error_in_it() {
    let person = Person::new(World::new());
    person.to_the_form();
    person.fill_about();
    person.fill_more();
    person.world.sign_in(&person.core);
    person.act("change/person.birth_date");
    assert_eq!(
        person.core.screen().focus.as_deref(),
        Some("person.birth_date")
    );
    person.edit("person.birth_date", "2999-01-01", 2);
    person.send(Event::Back);
    let update = person.is_at("review").act("submit");
    assert_eq!(update.focus.as_deref(), Some("errors"));
    person
        .is_at("review")
        .open("errors-list", "person.birth_date");
    person.is_at("form/about");
    assert!(person.core.store.outbox().unwrap().is_empty());
}

/// There is no check digit, and province codes change: an odd number is asked about, never refused.
#[test]
fn an_odd_id_number_is_doubted_and_taken() {
    let person = Person::new(World::new());
    person.to_the_form();
    person.fill_about();
    person.send(Event::Back);
    let doubt = "person.id_number~form-warn-unknown-province";
    assert!(!has(&person.is_at("form/about").core.screen(), doubt));
    person.edit("person.id_number", "099196000003", 1);
    assert!(has(&person.core.screen(), doubt));
    person.act("next");
    person.is_at("form/more");
}

#[test]
fn signing_waits_for_linking_and_the_draft_waits_with_it() {
    let person = Person::new(World::new());
    person.to_the_form();
    person.fill_about();
    person.fill_more();
    person.act("submit");
    assert!(
        !person
            .is_at("link")
            .core
            .screen()
            .actions
            .iter()
            .any(|action| action.id == "link-later")
    );
    person.act("link");
    person.world.sign_in(&person.core);
    person.is_at("review").act("submit");
    person.is_at("sending");
}

/// Signing is on disk before the place that it leads to is remembered. Killed in between, she must
/// not be shown a first page that says nothing of it: she would file the same again (I2).
#[test]
fn a_kill_right_after_signing_leads_to_what_was_signed() {
    let mut person = Person::new(World::new());
    person.to_the_form();
    person.fill_about();
    person.fill_more();
    person.world.sign_in(&person.core);
    let at_review = person.is_at("review").core.store.navigation().unwrap();
    let draft = person.draft();
    person.act("submit");
    for received in [false, true] {
        if received {
            person.world.receive(&person.core, draft);
        }
        let stored = at_review.as_ref().unwrap().expose();
        person.core.store.set_navigation(stored).unwrap();
        person.core.suspend().unwrap();
        person.core = person.world.open();
        person.is_at(if received { "sent" } else { "sending" });
    }
}

#[test]
fn a_draft_thrown_away_can_be_taken_back() {
    let person = Person::new(World::new());
    person.to_the_form();
    person.fill_about();
    person.fill_more();
    person.act("abandon");
    assert!(!has(&person.is_at("home").core.screen(), "drafts"));
    person.act("undo");
    let draft = person.draft().to_string();
    person.open("drafts", &draft);
    person.is_at("form/more");

    // Another day: it waits among what was thrown away, and after 30 days it is gone.
    person.act("next");
    person.act("abandon");
    person.act("search");
    person.send(Event::Back);
    person.open("bin", &draft);
    person.is_at("form/more");
    person.act("abandon");
    person.world.phone.clock.advance(31 * 86_400_000);
    person.act("search");
    person.send(Event::Back);
    assert!(person.core.store.drafts().unwrap().is_empty());
}

/// A phone whose battery was out has some other year. The dates are the backend's.
#[test]
fn s27_a_wrong_phone_clock_makes_no_office_late() {
    const DAY: i64 = 86_400_000;
    let person = Person::new(World::new());
    let intent = person.filed();
    let accepted = [(Status::Registered, None), (Status::Accepted, None)];
    person.world.report(&person.core, intent, &accepted, false);
    person.world.hears(&person.core, START);
    let look = || {
        person.act("dossiers");
        person.open("dossiers", &intent.to_string());
        let heard = person.core.screen().transcript();
        person.send(Event::Back);
        person.send(Event::Back);
        heard
    };
    let due = person.core.store.dossier(intent).unwrap().unwrap().history[0].due_at;
    let due = spoken::moment(due.unwrap(), &Lang::vi());
    let right = look();
    assert!(
        right.contains(&due.heard()) && !right.contains("quá hạn"),
        "{right}"
    );
    for jump in [2 * DAY, 400 * DAY, -800 * DAY, -4_000 * DAY] {
        person.world.phone.clock.advance(jump);
        assert_eq!(look(), right, "off by {jump} ms more");
    }
    // It is late when the backend's clock says so, whatever the phone's.
    person.world.hears(&person.core, Instant(START.0 + 2 * DAY));
    assert!(look().contains("quá hạn"));
}

/// It begins in 1970 or so. What the backend said is at least as late as that.
#[test]
fn a_phone_that_lost_the_time_takes_a_day_of_birth() {
    let person = Person::new(World::new());
    person.world.hears(&person.core, START);
    person.world.phone.clock.advance(-40 * 365 * 86_400_000);
    person.to_the_form();
    person.fill_about();
    person.fill_more();
}

#[test]
fn a_status_is_announced_once_wherever_one_is() {
    let person = Person::new(World::new());
    let intent = person.filed();

    let said = Arc::new(std::sync::Mutex::new(Vec::new()));
    let heard = Arc::clone(&said);
    let weak = Arc::downgrade(&person.core);
    person.core.subscribe(Arc::new(move |update: Update| {
        // The listener may call back: no lock is held.
        let screen = weak.upgrade().unwrap().screen();
        heard.lock().unwrap().push(update.transcript(&screen));
    }));
    let accepted = [(Status::Registered, None), (Status::Accepted, None)];
    person.world.report(&person.core, intent, &accepted, false);
    person.world.report(&person.core, intent, &accepted, false);
    assert_eq!(
        *said.lock().unwrap(),
        ["Hồ sơ của bạn có trạng thái mới: Được tiếp nhận."]
    );

    person.act("dossiers");
    person.open("dossiers", &intent.to_string());
    said.lock().unwrap().clear();
    let more = [
        (Status::Registered, None),
        (Status::Accepted, None),
        (Status::InProgress, None),
    ];
    person.world.report(&person.core, intent, &more, false);
    let said = said.lock().unwrap().clone();
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].matches("Đang xử lý").count(), 1, "{}", said[0]);
}

#[test]
fn many_communes_are_found_by_typing_an_old_name_without_marks() {
    let person = Person::new(World::with(&pack(60)));
    person.to_the_form();
    person.fill_about();
    person.edit("office.commune~find", "xa cu 41", 1);
    let screen = person.core.screen();
    let options = screen
        .blocks
        .iter()
        .find_map(|block| match &block.kind {
            BlockKind::Choice(choice) if block.key == "office.commune" => Some(&choice.options),
            _ => None,
        })
        .unwrap();
    assert_eq!(options.len(), 1);
    let id = options[0].id.clone();
    person.choose("office.commune", &[&id], 1);
    person.edit("office.commune~find", "", 2);
    assert_eq!(person.value("office.commune"), (id, 1));
}

#[test]
fn a_forged_pack_is_refused() {
    let world = World::new();
    world.forge_pack();
    let opened = Core::open(world.phone.config.clone(), world.phone.ports.clone());
    assert_eq!(opened.err(), Some(Problem::PackRefused));
}

#[test]
fn between_suspend_and_resume_nothing_is_lost() {
    let person = Person::new(World::new());
    person.to_the_form();
    person.edit("person.name", "Giàng", 1);
    person.core.suspend().unwrap();
    person.core.send(Event::Act {
        action: "next".into(),
    });
    person.core.resume().unwrap();
    person.is_at("form/about");
    assert_eq!(person.value("person.name"), ("Giàng".into(), 1));
}

#[test]
fn nothing_typed_stands_on_disk_in_the_clear() {
    let person = Person::new(World::new());
    person.to_the_form();
    person.edit("person.name", "Giàng Thị Thử", 1);
    person.act("home");
    person.act("search");
    person.edit("query", "khai sinh cho con", 1);
    let phone: &Phone = &person.world.phone;
    for (path, bytes) in phone.disk() {
        for value in ["Giàng Thị Thử", "khai sinh cho con", "person.name"] {
            let found = bytes
                .windows(value.len())
                .any(|window| window == value.as_bytes());
            assert!(!found, "{value:?} stands in {}", path.display());
        }
    }
}

/// A pack in which something has happened: one question, and another that hangs on it.
fn eventful() -> gandan_domain::catalog::ContentPack {
    let mut pack = pack(2);
    let question = |id: &str, visible: serde_json::Value| {
        serde_json::json!({
            "id": id, "kind": "choice", "required": true, "visible": visible,
            "label": { "vi": format!("Câu {id}?"), "en": format!("Question {id}?") },
            "options": [
                { "id": "yes", "label": { "vi": "Có", "en": "Yes" } },
                { "id": "no", "label": { "vi": "Không", "en": "No" } },
            ],
        })
    };
    let no = |slot: &str| serde_json::json!({ "slots": [slot], "code": [{ "slot": 0 }, { "text": "no" }, "eq"] });
    let event = serde_json::json!({
        "id": "child_born",
        "title": { "vi": "Trẻ mới sinh", "en": "A child is born" },
        "summary": { "vi": "Khai sinh cho trẻ.", "en": "Registering the birth." },
        "questions": { "version": 1, "commune_field": "", "pages": [{
            "id": "questions", "title": { "vi": "" }, "groups": [{ "id": "questions", "fields": [
                question("registered", serde_json::Value::Null),
                question("together", no("registered")),
            ] }],
        }] },
        "endings": [
            { "procedure": CODE, "when": no("registered"),
              "text": { "vi": "Làm trong 60 ngày.", "en": "Within 60 days." } },
            { "text": { "vi": "Hỏi xã về thẻ bảo hiểm y tế.", "en": "Ask the commune about insurance." } },
        ],
    });
    pack.life_events
        .push(serde_json::from_value(event).unwrap());
    pack
}

#[test]
fn what_happened_leads_to_the_procedure_and_back() {
    let mut person = Person::new(World::with(&eventful()));
    person.act("lang/vi");
    person.act("events");
    person.is_at("events");
    person.restarts();
    insta::assert_snapshot!("vi-events", person.core.screen().transcript());
    person.open("events", "nothing-of-the-kind");
    person.is_at("events");
    person.open("events", "child_born");
    person.is_at("event/child_born/registered");
    // Going on without an answer says so, and goes nowhere.
    let update = person.act("next");
    assert!(update.announce.is_some());
    person.is_at("event/child_born/registered");
    person.restarts();
    person.choose("registered", &["perhaps"], 1);
    person.choose("registered", &["no"], 2);
    assert_eq!(person.value("registered"), ("no".into(), 2));
    person.restarts();
    person.act("next");
    person.is_at("event/child_born/together");
    person.send(Event::Back);
    assert_eq!(person.value("registered").0, "no");
    person.act("next");
    person.choose("together", &["yes"], 1);
    person.act("next");
    person.is_at("event/child_born/end");
    person.restarts();
    insta::assert_snapshot!("vi-event-end", person.core.screen().transcript());
    person.open("procedures", CODE);
    person.is_at("procedure");
    person.restarts();
    person.send(Event::Back);
    person.is_at("event/child_born/end");
    person.send(Event::Back);
    person.send(Event::Back);
    // She changed her mind: the second question is not asked any more.
    person.choose("registered", &["yes"], 7);
    person.act("next");
    person.is_at("event/child_born/end");
    assert!(!has(&person.core.screen(), "procedures"));
    person.act("events");
    person.is_at("events");
    person.send(Event::Back);
    person.is_at("home");
}

/// Whatever is tapped and typed, in whatever order: no panic, no fault of accessibility, and what
/// was typed into a question is what the question says, also after a kill.
#[test]
fn any_events_in_any_order_do_no_harm() {
    bolero::check!()
        .with_iterations(48)
        .with_type::<Vec<(u8, u8, u8)>>()
        .for_each(|choices: &Vec<(u8, u8, u8)>| {
            let mut person = Person::new(World::new());
            person.to_the_form();
            let mut edit = 100;
            for (what, which, how) in choices.iter().take(24) {
                edit += 1;
                random_step(&mut person, *what, *which, *how, edit);
            }
            person.restarts();
        });
}

pub(super) fn random_step(person: &mut Person, what: u8, which: u8, how: u8, edit: u64) {
    let screen = person.core.screen();
    let pick = |count: usize| usize::from(which) % count.max(1);
    let block = screen.blocks.get(pick(screen.blocks.len()));
    match what % 8 {
        0..=2 => {
            if let Some(action) = screen.actions.get(pick(screen.actions.len())) {
                person.act(&action.id.clone());
            }
        }
        3 | 4 => match block.map(|block| (block.key.clone(), block.kind.clone())) {
            Some((key, BlockKind::TextField(_) | BlockKind::DateField(_))) => {
                let typed = [
                    "",
                    "Giàng",
                    "099",
                    "2020-01-01",
                    "không phải ngày",
                    "\u{202e}\0",
                ];
                let typed = typed[usize::from(how) % typed.len()];
                person.edit(&key, typed, edit);
                assert_eq!(person.value(&key).0, typed, "{key} forgot");
                if how.is_multiple_of(5) {
                    person.restarts();
                    assert_eq!(person.value(&key).0, typed, "{key} forgot in a kill");
                }
            }
            Some((key, BlockKind::Choice(choice) | BlockKind::MultiChoice(choice))) => {
                let options: Vec<&str> = choice
                    .options
                    .iter()
                    .map(|option| option.id.as_str())
                    .collect();
                let chosen = options.get(usize::from(how) % options.len().max(1));
                person.choose(&key, &chosen.copied().into_iter().collect::<Vec<_>>(), edit);
            }
            Some((key, BlockKind::Cards { items })) => {
                if let Some(card) = items.get(usize::from(how) % items.len().max(1)) {
                    person.open(&key, &card.id.clone());
                }
            }
            Some((key, BlockKind::File(_))) => {
                person.file(
                    &key,
                    if how.is_multiple_of(2) {
                        JPEG
                    } else {
                        b"<html>"
                    },
                );
            }
            _ => {}
        },
        5 => {
            person.send(Event::Back);
        }
        6 => match how % 6 {
            0 => person.world.sign_in(&person.core),
            1 => person.world.prefill(
                &person.core,
                &[
                    ("requester.full_name", "GIÀNG THỊ THỬ"),
                    ("requester.birth_date", "1996-02-03"),
                ],
            ),
            2 => person.world.prefill_unavailable(&person.core),
            3 => {
                let lanes = person.core.store.open_lanes().unwrap();
                if let Some(lane) = lanes.first() {
                    person.world.receive(&person.core, lane.intent);
                }
            }
            _ => {
                person.send(Event::Tick);
            }
        },
        _ => {
            let junk = [
                Event::BrowserReturned {
                    url: "vn.gandan:/callback?code=x&state=y".into(),
                },
                Event::RequestAbandoned,
                Event::Connectivity {
                    online: how.is_multiple_of(2),
                },
                Event::Act {
                    action: "change/nothing".into(),
                },
                Event::Open {
                    key: "results".into(),
                    card: "nothing".into(),
                },
                Event::Edit {
                    key: "nothing".into(),
                    value: "x".to_owned().into(),
                    edit,
                },
            ];
            person.send(junk[usize::from(how) % junk.len()].clone());
        }
    }
    assert_eq!(lint(&person.core.screen()), []);
}

#[test]
fn an_old_page_is_gone_back_to_and_what_was_typed_there_is_kept() {
    let person = Person::new(World::new());
    person.to_the_form();
    let form = person.core.address().unwrap();
    person.edit("person.name", "Trần Thị Thử", 1);
    assert_eq!(
        person.core.address().unwrap(),
        form,
        "typing is no other place"
    );
    person.act("home");
    person.is_at("home");
    let home = person.core.address().unwrap();
    assert_ne!(home, form);
    assert!(!home.contains("home") && !form.contains("about"));

    let arrival = person.core.go_to(&form, Some("person.phone"));
    assert_eq!(arrival, Ok(Arrival::There));
    person.is_at("form/about");
    assert_eq!(person.core.question_now().as_deref(), Some("person.phone"));
    person.edit("person.phone", "0900000000", 1);
    assert_eq!(person.value("person.name").0, "Trần Thị Thử");
    assert_eq!(person.core.go_to(&home, None), Ok(Arrival::There));
    person.is_at("home");
}

#[test]
fn a_page_whose_draft_was_thrown_away_is_not_there_any_more() {
    let person = Person::new(World::new());
    person.to_the_form();
    let form = person.core.address().unwrap();
    person.act("abandon");
    person.act("search");
    assert_eq!(person.core.go_to(&form, None), Ok(Arrival::Gone));
    person.is_at("search");
    for strange in ["", "AAAA", "%", &form[..form.len() - 2]] {
        assert_eq!(person.core.go_to(strange, None), Ok(Arrival::Gone));
    }
}

fn choice(person: &Person, key: &str) -> (String, Vec<(String, String)>) {
    let screen = person.core.screen();
    let block = screen.blocks.iter().find(|block| block.key == key).unwrap();
    let BlockKind::Choice(choice) = &block.kind else {
        panic!("{key} is no choice");
    };
    let hint = choice.hint.as_ref().map(|hint| hint.shown());
    let options = choice.options.iter();
    (
        hint.unwrap_or_default(),
        options
            .map(|option| (option.id.clone(), option.label.shown()))
            .collect(),
    )
}

#[test]
fn s07_an_old_name_leads_to_the_new_commune_and_a_split_asks_once() {
    let mut person = Person::new(World::with_places());
    person.to_the_form();
    person.fill_about();
    let update = person.edit("office.commune~find", "lung thu, dong thu", 1);
    let said = update.announce.unwrap().shown();
    let both =
        "Xã Thử Nghiệm 1, Tỉnh Thử Nghiệm (trước là Xã Lũng Thử, Huyện Đồng Thử, Tỉnh Miền Cũ)";
    assert_eq!(said, format!("Tìm thấy: {both}."));
    let (_, options) = choice(&person, "office.commune");
    let id = "99001@2025-07-01<97001@2004-07-08";
    assert_eq!(options, [(id.to_owned(), both.to_owned())]);
    person.choose("office.commune", &[id], 1);
    person.restarts();
    assert_eq!(person.value("office.commune"), (id.into(), 1));
    let heard = person.core.screen().transcript();
    assert!(
        heard.contains("Giấy tờ do nơi cũ cấp vẫn dùng được"),
        "{heard}"
    );

    // Split: one question, with a way out that names who gets the dossier.
    person.edit("office.commune~find", "Yên Thử, H. Đồng Thử", 2);
    let (question, options) = choice(&person, "office.commune");
    assert!(
        question.starts_with("Xã Yên Thử, Huyện Đồng Thử, Tỉnh Miền Cũ đã chia"),
        "{question}"
    );
    let ids: Vec<&str> = options.iter().map(|(id, _)| id.as_str()).collect();
    let unsure = "99002@2025-10-01<97002@2004-07-08?";
    assert_eq!(
        ids,
        [
            "99002@2025-10-01<97002@2004-07-08",
            "99001@2025-07-01<97002@2004-07-08",
            unsure,
            // What was chosen before stays to be seen.
            id,
        ]
    );
    assert!(
        options[2]
            .1
            .starts_with("Tôi không biết: Phường Thử Nghiệm 2"),
        "{}",
        options[2].1
    );
    person.choose("office.commune", &[unsure], 2);
    person.file("photo", JPEG);
    person.act("next");
    let review = person.is_at("review").core.screen().transcript();
    assert!(
        review.contains("trước là Xã Yên Thử, Huyện Đồng Thử, Tỉnh Miền Cũ"),
        "{review}"
    );
    // The office is the one of the commune that took most of it, whatever it is called by now.
    assert!(
        review.contains("Ủy ban nhân dân xã Thử Nghiệm 2")
            || review.contains("UBND xã Thử Nghiệm 2"),
        "{review}"
    );
}

#[test]
fn s08_a_unit_that_changes_under_an_open_draft_leads_on() {
    let person = Person::new(World::with_places());
    person.to_the_form();
    person.fill_about();
    // The draft names the unit as it was before its second change.
    person.choose("office.commune", &["99002@2025-07-01"], 1);
    let (_, options) = choice(&person, "office.commune");
    assert!(
        options.iter().any(|(_, label)| label
            == "Phường Thử Nghiệm 2, Tỉnh Thử Nghiệm (trước là Xã Thử Nghiệm 2, Tỉnh Thử Nghiệm)")
            || options.iter().any(|(id, _)| id == "99002@2025-07-01"),
        "{options:?}"
    );
    person.file("photo", JPEG);
    person.act("next");
    let review = person.is_at("review").core.screen().transcript();
    assert!(
        review.contains("Phường Thử Nghiệm 2, Tỉnh Thử Nghiệm"),
        "{review}"
    );
    assert!(review.contains("trước là Xã Thử Nghiệm 2"), "{review}");
}

#[test]
fn a_place_without_an_office_here_is_said_before_signing() {
    let person = Person::new(World::with_places());
    person.to_the_form();
    person.fill_about();
    person.edit("office.commune~find", "chua co noi nhan", 1);
    person.choose("office.commune", &["99003@2025-07-01"], 1);
    person.file("photo", JPEG);
    person.act("next");
    let screen = person.is_at("form/more").core.screen().transcript();
    assert!(
        screen.contains("chưa nộp được hồ sơ đến nơi này"),
        "{screen}"
    );
    // Nothing that is no place can be chosen.
    person.choose("office.commune", &["99003@2025-07-01<00000@2004-07-08"], 2);
    person.choose("office.commune", &["12345@2025-07-01"], 3);
    assert_eq!(person.value("office.commune").0, "99003@2025-07-01");
}

#[test]
fn a_place_table_that_nobody_signed_is_not_there() {
    let world = World::with_places();
    let file = world
        .phone
        .config
        .content_path
        .with_file_name("places.pack");
    let mut bytes = std::fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let person = Person::new(world);
    person.to_the_form();
    person.fill_about();
    assert!(!has(&person.core.screen(), "office.commune~find"));
}

const LISTED: &str = "9.100001\tĐăng ký thả diều\tVui chơi\tUBND xã Diều\tc\tP\tO:3w:5000 C:17.5d:?\t1/QĐ-D\t2026-01-02\t2026-07-17
9.100002\tCấp phép hội diều\tVui chơi\tBộ Diều\tho\tI\tC:1m:5000-9000\t2/QĐ-D\t\t2026-07-17
9.100003\tXác nhận đất làm diều\tĐất đai\tBộ Diều\tc\tF\tO:?:0\t3/QĐ-D\t\t2026-07-17
";

fn with_listings() -> Person {
    let mut pack = pack(2);
    pack.catalogue = LISTED.into();
    let person = Person::new(World::with(&pack));
    person.act("lang/vi");
    person.act("search");
    person
}

/// What has no form is found and explained too, and is never begun.
#[test]
fn a_procedure_without_a_form_is_found_and_read() {
    for lang in ["vi", "en"] {
        let mut person = with_listings();
        person.act("home");
        person.act("language");
        person.act(&format!("lang/{lang}"));
        person.act("search");
        person.edit("query", "tha dieu", 1);
        person.open("results", "9.100001");
        person.is_at("procedure");
        let said = person.core.screen().transcript();
        for known in ["Đăng ký thả diều", "Vui chơi", "17"] {
            assert!(said.contains(known), "{lang}: no {known} in {said}");
        }
        let screen = person.core.screen();
        assert!(has(&screen, "no-form") && has(&screen, "bring") && has(&screen, "source"));
        person.restarts();
        person.act("start");
        assert!(person.core.store.drafts().unwrap().is_empty());
        person.send(Event::Back);
        person.is_at("search");
    }
}

#[test]
fn all_procedures_are_browsed_by_field_and_by_who_files() {
    let mut person = with_listings();
    person.act("browse");
    let shown = |person: &Person, key: &str| -> Vec<String> {
        let screen = person.core.screen();
        let block = screen.blocks.iter().find(|block| block.key == key);
        match block.map(|block| &block.kind) {
            Some(BlockKind::Cards { items }) => items.iter().map(|it| it.id.clone()).collect(),
            _ => Vec::new(),
        }
    };
    assert_eq!(shown(&person, "fields"), ["Vui chơi", "Đất đai"]);
    person.choose("who", &["household"], 1);
    assert_eq!(shown(&person, "fields"), ["Vui chơi"]);
    person.open("fields", "Vui chơi");
    assert_eq!(shown(&person, "results"), ["9.100002"]);
    person.choose("who", &["all"], 2);
    assert_eq!(shown(&person, "results"), ["9.100001", "9.100002"]);
    person.open("results", "9.100002");
    person.restarts();
    person.is_at("procedure");
    for screen in ["browse", "browse", "search"] {
        person.send(Event::Back);
        person.is_at(screen);
    }
}

/// A guess is called one.
#[test]
fn what_fits_badly_is_offered_as_a_question() {
    let person = with_listings();
    let update = person.edit("query", "cap phep lang nuong", 1);
    let said = update.announce.expect("the change is announced").shown();
    assert!(said.contains("Có phải bạn muốn tìm"), "{said}");
}

/// The pack of the fixture with the next version of its form: a question is new, another one asks for
/// something else, one is gone, and it costs money now.
fn next_version() -> gandan_domain::catalog::ContentPack {
    let mut pack = fixture::pack(2);
    let procedure = &mut pack.procedures[0];
    let mut json = serde_json::to_value(&*procedure).unwrap();
    json["form"]["version"] = 4.into();
    let about = &mut json["form"]["pages"][0]["groups"][0]["fields"];
    about[4]["options"]
        .as_array_mut()
        .unwrap()
        .push(serde_json::json!({
            "id": "other", "label": { "vi": "Khác", "en": "Other" }
        }));
    let fields = about.as_array_mut().unwrap();
    fields.retain(|field| field["id"] != "person.phone");
    fields.push(serde_json::json!({
        "id": "person.email", "kind": "text", "max": 40, "required": true,
        "label": { "vi": "Thư điện tử", "en": "Email" },
    }));
    json["fee"]["lines"][0]["rates"][0]["price"] =
        serde_json::json!({ "price": "fixed", "vnd": 8000 });
    *procedure = serde_json::from_value(json).unwrap();
    pack
}

fn update(world: &World, pack: &gandan_domain::catalog::ContentPack, serial: u64) -> Vec<u8> {
    gandan_domain::catalog::delta::make(&world.delivered(), &world.signed(pack, serial))
}

fn said(screen: &Screen) -> String {
    screen.transcript()
}

/// S22, before signing: the form and its fee change while she fills it, with the app open.
#[test]
fn s22_a_draft_moves_to_the_new_form_and_asks_only_what_changed() {
    let mut person = Person::new(World::new());
    person.to_the_form();
    person.edit("person.phone", "0987654321", 1);
    person.fill_about();
    person.fill_more();
    person.send(Event::Back);
    person.is_at("form/more");
    let before = person.core.store.answers(person.draft()).unwrap();

    // She is at the second page when the newer pack comes.
    let newer = update(&person.world, &next_version(), 2);
    person.world.publishes(&person.core, newer);
    assert_eq!(person.core.content_serial(), 2);
    person.is_at("form/more");
    let screen = person.core.screen();
    let told = screen
        .blocks
        .iter()
        .filter(|block| block.key == "form-changed");
    assert_eq!(told.count(), 1, "said once, where she is");
    assert!(
        person.core.store.answers(person.draft()).unwrap() == before,
        "all is kept"
    );
    person.restarts();

    // Before the review she hears what is different.
    let update = person.act("next");
    person.is_at("changed");
    assert_eq!(update.focus.as_deref(), Some("title"));
    insta::assert_snapshot!("vi-form-changed", said(&person.core.screen()));
    person.restarts();
    let screen = person.core.screen();
    let next = screen
        .actions
        .iter()
        .find(|action| action.id == "next")
        .unwrap();
    let confirm = next.confirm.as_ref().unwrap().shown();
    assert!(
        confirm.contains("8.000 đồng"),
        "the fee is confirmed again: {confirm}"
    );

    // Only the page with what changed is asked, and not passed without an answer.
    let update = person.act("next");
    person.is_at("form/about");
    assert_eq!(
        update.focus.as_deref(),
        Some("person.sex"),
        "the first that changed"
    );
    assert_eq!(person.value("person.name").0, "Giàng Thị Thử");
    assert_eq!(person.value("person.sex").0, "female");
    person.act("next");
    person.is_at("form/about");
    person.edit("person.email", "thu@vi.du", 1);
    person.act("next");
    person.is_at("review");
    let draft = person.core.store.draft(person.draft()).unwrap();
    assert!(draft.moved.is_none(), "all of it has been gone past");
    assert_eq!(draft.form_version, 4);
    assert!(!has(&person.core.screen(), "changed-list"));
    // What is not asked any more is kept, and not sent.
    let answers = person.core.store.answers(person.draft()).unwrap();
    assert_eq!(answers.text("person.phone"), Some("0987654321"));

    person.world.sign_in(&person.core);
    let draft = person.draft();
    person.act("submit");
    person.is_at("sending");
    let intent = signed_intent(&person, draft);
    assert_eq!(intent.form_version, 4);
    assert_eq!(intent.fee_vnd.map(|vnd| vnd.get()), Some(8000));
    assert!(intent.answers.get("person.phone").is_none());
}

fn signed_intent(person: &Person, draft: IntentId) -> Intent {
    let lanes = person.core.store.open_lanes().unwrap();
    let lane = lanes.iter().find(|lane| lane.intent == draft).unwrap();
    let signer = person.world.phone.ports.keystore.device_signer();
    Intent::verify(lane.jws.expose(), &signer.public_key()).unwrap()
}

/// S22, after signing: what was signed is refused, comes back whole, and is signed anew.
#[test]
fn s22_a_signature_does_not_outlive_the_text_it_signed() {
    let mut person = Person::new(World::new());
    person.to_the_form();
    person.fill_about();
    person.fill_more();
    person.world.sign_in(&person.core);
    let draft = person.draft();
    person.act("submit");
    person.is_at("sending");
    let old = signed_intent(&person, draft);
    assert_eq!(old.form_version, 3);

    // A newer pack changes nothing about what is signed; the server says whether it still counts.
    let newer = update(&person.world, &next_version(), 2);
    person.world.publishes(&person.core, newer);
    assert!(person.core.store.draft(draft).unwrap().frozen);
    let problem = Problem::FormChanged { had: 3, now: 4 };
    person
        .core
        .store
        .apply_sync(crate::store::Synced {
            submitted: Some((
                draft,
                crate::store::Submitted::Refused {
                    problem,
                    next_try: START,
                },
            )),
            ..Default::default()
        })
        .unwrap();
    person
        .core
        .notified(Notification::OutboxChanged { intent: draft });
    person.is_at("sending");
    let screen = person.core.screen();
    assert!(
        !screen.actions.iter().any(|action| action.id == "retry"),
        "not sent again"
    );
    insta::assert_snapshot!("vi-form-changed-refused", said(&screen));
    person.restarts();
    // Not even by a shell that asks for it.
    person.core.store.retry(draft).unwrap();
    assert!(person.core.store.open_lanes().unwrap().is_empty());

    person.act("edit");
    person.is_at("changed");
    person.restarts();
    person.act("next");
    person.is_at("form/about");
    assert_eq!(person.value("person.name").0, "Giàng Thị Thử");
    person.edit("person.email", "thu@vi.du", 1);
    person.act("next");
    person.is_at("review");
    person.act("submit");
    person.is_at("sending");
    let new = signed_intent(&person, draft);
    assert_eq!(new.form_version, 4);
    assert_eq!(new.id, old.id, "one wish, one dossier");
}

/// The form changes between the review and the finger: nothing is signed that was not seen.
#[test]
fn nothing_is_signed_that_was_not_shown() {
    let person = Person::new(World::new());
    person.to_the_form();
    person.fill_about();
    person.fill_more();
    person.world.sign_in(&person.core);
    let file = person.world.signed(&next_version(), 2);
    person.core.store.put_content(2, &file).unwrap();
    person.core.take_content().unwrap();
    // The review of before is still on the screen.
    person.act("submit");
    person.is_at("changed");
    assert!(person.core.store.open_lanes().unwrap().is_empty());
}

/// What is damaged, forged or old changes nothing; what is newer is taken, once, and for good.
#[test]
fn only_a_newer_pack_of_ours_is_taken() {
    let mut person = Person::new(World::new());
    person.act("lang/vi");
    let world = &person.world;
    let serial = |person: &Person| person.core.content_serial();
    let pack = next_version();

    let delta = |file: &[u8]| gandan_domain::catalog::delta::make(&world.delivered(), file);
    let forged = delta(&world.forged(&pack, 9));
    let mut damaged = world.signed(&pack, 9);
    *damaged.last_mut().unwrap() ^= 1;
    let same = delta(&world.signed(&pack, 1));
    let mut broken = delta(&world.signed(&pack, 9));
    broken.truncate(broken.len() / 2);
    for update in [
        forged.clone(),
        delta(&damaged),
        same,
        b"GDD1".to_vec(),
        broken,
    ] {
        world.publishes(&person.core, update);
        assert_eq!(serial(&person), 1);
        assert!(person.core.store.content().unwrap().is_none());
    }
    // What was refused is not downloaded again.
    world.publishes(&person.core, forged.clone());
    let exchanges = world.line.lock().unwrap().asked.len();
    world.publishes(&person.core, forged);
    assert_eq!(world.line.lock().unwrap().asked.len(), exchanges + 1);

    let five = world.signed(&pack, 5);
    world.publishes(&person.core, delta(&five));
    assert_eq!(serial(&person), 5);
    person.restarts();
    assert_eq!(serial(&person), 5, "a kill goes back to nothing older");

    // Now the phone asks from what it has, and an older one, though signed, is refused.
    let world = &person.world;
    let older = gandan_domain::catalog::delta::make(&five, &world.signed(&fixture::pack(2), 4));
    world.publishes(&person.core, older);
    assert_eq!(serial(&person), 5);
    let asked = world.line.lock().unwrap().asked.last().cloned();
    let have = format!("have={}", gandan_domain::jws::sha256_hex(&five));
    assert_eq!(asked, Some(have));

    // An app from the store with an older pack does not bring it back; a newer one is taken.
    person.restarts();
    assert_eq!(serial(&person), 5);
    let seven = person.world.signed(&fixture::pack(2), 7);
    std::fs::write(&person.world.phone.config.content_path, seven).unwrap();
    person.core.suspend().unwrap();
    person.core = person.world.open();
    assert_eq!(serial(&person), 7);
}

/// Killed at every exchange and write of an update: the old pack or the new one, never none.
#[test]
fn an_update_is_whole_or_not_at_all() {
    for at in 0..4 {
        for arrived in [false, true] {
            let mut person = Person::new(World::new());
            person.act("lang/vi");
            let newer = update(&person.world, &next_version(), 2);
            person.world.line.lock().unwrap().update = Some(newer);
            *person.world.phone.http.hang.lock().unwrap() =
                Some(crate::testing::Hang { at, arrived });
            person.world.phone.clock.advance(15 * 60 * 1000);
            person.world.run(&person.core);
            person.core.suspend().unwrap();
            person.core = person.world.open();
            assert!([1, 2].contains(&person.core.content_serial()));
            *person.world.phone.http.hang.lock().unwrap() = None;
            person.world.phone.clock.advance(15 * 60 * 1000);
            person.world.run(&person.core);
            assert_eq!(person.core.content_serial(), 2, "killed at {at}");
        }
    }
}

/// A version that is in the pack already comes into force with its day, without a download.
#[test]
fn a_version_comes_into_force_with_its_day() {
    let mut pack = fixture::pack(2);
    let mut next = next_version().procedures.remove(0);
    next.valid_from = START.plus_ms(24 * 3_600_000).date();
    pack.versions = vec![next];
    let person = Person::new(World::with(&pack));
    person.to_the_form();
    person.fill_about();
    person.fill_more();
    assert_eq!(
        person
            .core
            .store
            .draft(person.draft())
            .unwrap()
            .form_version,
        3
    );
    person.world.phone.clock.advance(24 * 3_600_000);
    person.send(Event::Tick);
    person.is_at("changed");
    assert_eq!(
        person
            .core
            .store
            .draft(person.draft())
            .unwrap()
            .form_version,
        4
    );
}
