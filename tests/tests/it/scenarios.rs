//! Scenarios as they are lived: the real phone and the real server under a virtual clock.

use std::{collections::BTreeMap, sync::Arc};

use gandan_core::screen::{BlockKind, Event, Request, Screen, Tone};
use gandan_domain::time::Instant;
use gandan_sandbox::{
    Mode,
    browser::{self, Paying},
    ports::Http,
};
use gandan_tests::{
    person::{self, Linking, Person, act, notices, offers, shown_answers},
    sim::{
        driver::{Driver, scenario},
        node::Death,
        world::{BACKEND, REDIRECT, World},
    },
};

pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

pub fn code_of(screen: &Screen) -> Option<String> {
    screen.blocks.iter().find_map(|block| match &block.kind {
        BlockKind::Code { code, .. } => Some(code.shown()),
        _ => None,
    })
}

async fn received_at(world: &Arc<World>) -> Vec<i64> {
    let storage = world.storage().expect("the backend runs");
    storage
        .read(|reader| {
            Box::pin(async move {
                let rows = reader.query("SELECT received_at FROM dossier", &[]).await?;
                let times: Result<Vec<i64>, _> = rows.iter().map(|row| row.get(0)).collect();
                Ok(times?)
            })
        })
        .await
        .expect("the backend's ledger")
}

/// The request arrives, the reply never does: retries, a night, and a reboot later there is one
/// dossier, received when it first arrived.
#[test]
fn s02_the_answer_is_lost() {
    scenario(2, 40, |world| async move {
        let mother = Person::new(person::mother(world.now()), Linking::First, "vi");
        let mut phone = Driver::open(&world, mother)?;
        phone
            .until("fills the form", HOUR, |screen| {
                screen.id == "review" && offers(screen, "submit")
            })
            .await?;
        world.network.set_black_hole(Some("/v1/sync"));
        phone.send(act("submit")).await;
        let screen = phone.core.screen();
        assert_eq!(screen.id, "sending", "nothing is said to be sent");

        // Until the next day, the network is up and every answer is lost.
        world.clock.sleep_ms(DAY).await;
        let screen = phone.core.screen();
        assert_eq!(screen.id, "sending", "still nothing is said to be sent");
        let first = received_at(&world).await;
        assert_eq!(
            first.len(),
            1,
            "the backend has had it since the first attempt"
        );

        // A reboot takes all that was in memory.
        phone.reboot(Death::PowerCut)?;
        assert_eq!(
            phone.core.screen().id,
            "sending",
            "and she is where she was"
        );
        world.clock.sleep_ms(HOUR).await;

        let tries = world.network.swallowed();
        assert!(tries.len() > 24 * 4, "{} tries in a day", tries.len());
        for pair in tries.windows(2) {
            let pause = pair[1].ms() - pair[0].ms();
            // 15 minutes, and the half minute in which the phone still waited for the answer.
            assert!(
                pause <= 15 * MINUTE + 31_000,
                "a pause of {} s",
                pause / 1000
            );
        }
        let early = tries
            .iter()
            .filter(|at| at.ms() - tries[0].ms() < 5 * MINUTE)
            .count();
        assert!(early >= 3, "{early} tries in the first five minutes");

        world.network.set_black_hole(None);
        let sent = phone
            .until("hears at last", HOUR, |screen| screen.id == "sent")
            .await?;
        let code = code_of(&sent).expect("a code");
        assert_eq!(
            received_at(&world).await,
            first,
            "the time of receipt is the first one"
        );
        let desk = world.sandbox.received();
        assert_eq!(desk.len(), 1, "one dossier on the desk");
        assert_eq!(desk[0].0.as_str(), code);
        Ok(())
    })
    .unwrap();
}

/// How long a wait has been on the screen.
async fn watch_spinner(phone: &Driver, from: Instant) -> i64 {
    let spins = |screen: &Screen| {
        screen
            .blocks
            .iter()
            .any(|block| matches!(&block.kind, BlockKind::Busy { done: None, .. }))
    };
    while spins(&phone.core.screen()) && phone.world.now().ms() - from.ms() < HOUR {
        phone.world.clock.sleep_ms(500).await;
    }
    phone.world.now().ms() - from.ms()
}

fn problem(screen: &Screen) -> Option<String> {
    screen.blocks.iter().find_map(|block| match &block.kind {
        BlockKind::Notice {
            tone: Tone::Problem,
            text,
        } => Some(text.shown()),
        _ => None,
    })
}

/// VNeID answers 503, then HTML, for three hours: she drafts by hand, without a network even; signs
/// in later and keeps the draft; what the state knows is shown beside her answers, never over them.
#[test]
fn s10_vneid_is_down() {
    scenario(10, 8, |world| async move {
        let mut knowledge = person::mother(world.now());
        // What she says of herself differs from the register in one place.
        knowledge
            .answers
            .insert("mother.birth_date".into(), "1996-09-22".into());
        let own = knowledge.answers.clone();
        let mother = Person::new(knowledge, Linking::First, "vi");
        let mut phone = Driver::open(&world, mother)?;
        let down = world.now();
        world
            .sandbox
            .vneid()
            .is_down()
            .map_err(|error| error.to_string())?;

        for attempt in 0..2 {
            phone
                .until("is asked to link", HOUR, |screen| screen.id == "link")
                .await?;
            let asked = world.now();
            phone.send(act("link")).await;
            let spun = watch_spinner(&phone, asked).await;
            assert!(
                spun <= 10_000,
                "attempt {attempt}: she watched a spinner for {spun} ms"
            );
            let screen = phone.core.screen();
            assert_eq!(
                screen.id, "link",
                "attempt {attempt}: back where she can choose"
            );
            if attempt == 0 {
                world
                    .sandbox
                    .vneid()
                    .answers_html()
                    .map_err(|error| error.to_string())?;
            }
        }
        let screen = phone.core.screen();
        let told = problem(&screen).unwrap_or_default();
        for part in ["happened", "safe", "now"] {
            let id = format!("problem-identity-unavailable-{part}");
            let sentence =
                gandan_domain::text::messages::Messages::new(&gandan_domain::text::Lang::vi())
                    .plain(&id)
                    .shown();
            assert!(
                told.contains(&sentence),
                "`{id}` is not told in: {told} | {}",
                notices(&screen)
            );
        }

        // By hand, and with no network at all.
        phone.person.linking = Linking::Last;
        world.network.set_online(false);
        phone
            .until("drafts by hand", HOUR, |screen| screen.id == "review")
            .await?;
        let review = phone.core.screen();
        assert!(
            !offers(&review, "submit"),
            "nothing is sent without knowing who signs"
        );
        assert!(offers(&review, "link"));

        // Three hours later all works again.
        let left = 3 * HOUR - (world.now().ms() - down.ms());
        world.clock.sleep_ms(left.max(0)).await;
        world
            .sandbox
            .vneid()
            .is_well()
            .map_err(|error| error.to_string())?;
        world.network.set_online(true);
        phone.core.send(Event::Connectivity { online: true });
        phone.person.linking = Linking::First;
        phone
            .until("signs in, and the draft is there", HOUR, |screen| {
                screen.id == "review" && offers(screen, "submit")
            })
            .await?;
        world.clock.sleep_ms(MINUTE).await;

        phone.send(act("change/mother.birth_date")).await;
        let page = phone
            .until("looks at the page", MINUTE, |screen| {
                screen.id == "form/mother"
            })
            .await?;
        let answers: BTreeMap<String, String> = shown_answers(&page);
        for (field, value) in &answers {
            if let Some(said) = own.get(field.as_str()) {
                assert_eq!(value, said, "`{field}` is still as she said");
            }
        }
        let differs = |field: &str| {
            let key = format!("{field}~differs");
            page.blocks.iter().any(|block| block.key == key)
        };
        assert!(
            differs("mother.birth_date"),
            "the register's other date is shown beside hers"
        );
        assert!(
            !differs("mother.full_name"),
            "where they agree, nothing is asked"
        );
        Ok(())
    })
    .unwrap();
}

pub async fn wait(
    world: &Arc<World>,
    phone: &Driver,
    what: &str,
    limit_ms: i64,
    there: impl Fn(&Screen) -> bool,
) -> Result<Screen, String> {
    let limit = world.now().plus_ms(limit_ms);
    loop {
        let screen = phone.core.screen();
        if there(&screen) {
            return Ok(screen);
        }
        if world.now() > limit {
            let said = notices(&screen);
            return Err(format!("{what}: not in time; at {} ({said})", screen.id));
        }
        world.clock.sleep_ms(1_000).await;
    }
}

/// Entries in the books, what came in, and what of it paid a fee.
pub async fn books(world: &Arc<World>) -> (i64, i64, i64) {
    let storage = world.storage().expect("the backend runs");
    storage
        .read(|reader| {
            Box::pin(async move {
                let rows = reader
                    .query(
                        "SELECT COUNT(*), COALESCE(SUM(vnd), 0), COALESCE(SUM(settles), 0) FROM credit",
                        &[],
                    )
                    .await?;
                Ok((rows[0].get(0)?, rows[0].get(1)?, rows[0].get(2)?))
            })
        })
        .await
        .expect("the backend's books")
}

async fn rsp_code(world: &Arc<World>, query: &str) -> String {
    let url = format!("http://{BACKEND}/v1/payments/vnpay/ipn?{query}");
    let request = http::Request::get(url)
        .body(bytes::Bytes::new())
        .expect("a request");
    let answer = world.browser().send(request).await.expect("an answer");
    let answer: serde_json::Value = serde_json::from_slice(answer.body()).expect("JSON");
    answer["RspCode"].as_str().expect("a code").to_owned()
}

/// Two extracts, one payment: the phone dies after the debit, the gateway tells two hours late,
/// then twice, and somebody forges. One charge.
#[test]
fn s20_killed_while_paying() {
    scenario(20, 60, |world| async move {
        let mother = Person::new(person::two_extracts(), Linking::First, "vi");
        let mut phone = Driver::open(&world, mother)?;
        let review = phone
            .until("fills the form", HOUR, |screen| {
                screen.id == "review" && offers(screen, "submit")
            })
            .await?;
        let sum = review.blocks.iter().any(|block| match &block.kind {
            BlockKind::Summary { rows } => rows
                .iter()
                .any(|row| row.value.shown().contains("16.000 đồng")),
            _ => false,
        });
        assert!(sum, "the sum is seen before it is signed");
        phone
            .until("sends", HOUR, |screen| screen.id == "sent")
            .await?;
        phone.send(act("dossier")).await;
        let fee_of = |screen: &Screen| {
            let mut actions = screen.actions.iter();
            actions
                .find(|action| action.id.starts_with("fee/"))
                .map(|action| action.id.clone())
        };
        let dossier = wait(&world, &phone, "sees the fee", HOUR, |screen| {
            fee_of(screen).is_some()
        })
        .await?;
        phone.send(act(&fee_of(&dossier).expect("a fee"))).await;
        phone.send(act("pay/vnpay")).await;
        // A second tap does nothing.
        phone.send(act("pay/vietqr")).await;
        wait(&world, &phone, "the order", HOUR, |screen| {
            offers(screen, "open-browser")
        })
        .await?;

        // She pays on the gateway's page; the gateway will be late, and does not answer when asked.
        let vnpay = || world.sandbox.vnpay();
        vnpay()
            .does(Mode::LateCallbacks, None)
            .map_err(|error| error.to_string())?;
        let Some(Request::OpenBrowser { url }) = phone.core.send(act("open-browser")).request
        else {
            return Err("no page to open".into());
        };
        browser::pay(&*world.browser(), &url, REDIRECT, Paying::PayAndVanish)
            .await
            .map_err(|error| error.to_string())?;
        vnpay().is_down().map_err(|error| error.to_string())?;
        phone.reboot(Death::PowerCut)?;
        assert_eq!(phone.core.screen().id, "fee", "and she is where she was");
        let checking = wait(&world, &phone, "is told that it is checked", HOUR, |screen| {
            notices(screen).contains("Đang kiểm tra")
        })
        .await?;
        for pay in ["pay/vnpay", "pay/vietqr", "open-browser"] {
            assert!(!offers(&checking, pay), "{pay} is off while unknown");
        }
        let captures = world.sandbox.captures();
        assert_eq!(captures.len(), 1);
        let forged = format!(
            "vnp_Amount=1600000&vnp_ResponseCode=00&vnp_TmnCode=THUNGHM1&vnp_TransactionNo=1&vnp_TxnRef={}&vnp_SecureHash={}",
            captures[0].reference,
            "0".repeat(128)
        );
        assert_eq!(rsp_code(&world, &forged).await, "97");
        assert_eq!(books(&world).await, (0, 0, 0), "nobody has told of money yet");

        let paid = wait(&world, &phone, "is paid at last", 3 * HOUR, |screen| {
            notices(screen).contains("Đã nộp phí 16.000 đồng")
        })
        .await?;
        assert!(code_of(&paid).is_some(), "a receipt with its code");
        assert_eq!(books(&world).await, (1, 16_000, 16_000));
        vnpay().is_well().map_err(|error| error.to_string())?;
        world.clock.sleep_ms(DAY).await;
        assert_eq!(books(&world).await, (1, 16_000, 16_000), "one charge");
        assert_eq!(world.sandbox.captures().len(), 1);
        Ok(())
    })
    .unwrap();
}

/// What happens to the extract's form and fee in S22: copies cost 10,000đ, and who asks says in what
/// language the copy should be.
fn next_extract(pack: &mut gandan_domain::catalog::ContentPack) {
    let mut all = pack.procedures.iter_mut();
    let procedure = all
        .find(|procedure| procedure.code == "2.000635")
        .expect("the extract");
    let mut json = serde_json::to_value(&*procedure).expect("JSON");
    json["form"]["version"] = 2.into();
    let fields = json["form"]["pages"][0]["groups"][0]["fields"].as_array_mut();
    fields.expect("fields").push(serde_json::json!({
        "id": "record.language", "kind": "choice", "required": true,
        "label": { "vi": "Bản sao bằng tiếng gì?", "en": "In which language?" },
        "options": [
            { "id": "vi", "label": { "vi": "Tiếng Việt", "en": "Vietnamese" } },
            { "id": "both", "label": { "vi": "Song ngữ", "en": "Two languages" } },
        ],
    }));
    let price = &mut json["fee"]["lines"][0]["rates"][0]["price"];
    assert_eq!(price["vnd"], 8_000, "the fee of today");
    price["vnd"] = 10_000.into();
    *procedure = serde_json::from_value(json).expect("a procedure");
}

/// Everything in lists and summaries, as the eye reads it.
pub fn shown(screen: &Screen) -> String {
    let mut all = Vec::new();
    for block in &screen.blocks {
        match &block.kind {
            BlockKind::Summary { rows } => all.extend(
                rows.iter()
                    .flat_map(|row| [row.name.shown(), row.value.shown()]),
            ),
            BlockKind::Cards { items } => all.extend(items.iter().map(|card| card.title.shown())),
            _ => {}
        }
    }
    all.join("\n")
}

/// A signed dossier waits in the queue while form and fee change. It is refused, nothing of it is
/// lost, only what changed is asked, the new fee is confirmed, and what is filed was signed anew. A
/// release with an older serial changes nothing any more.
#[test]
fn s22_the_fee_or_form_changed() {
    scenario(22, 40, |world| async move {
        world.will_release().map_err(|error| error.to_string())?;
        let mut mother = Person::new(person::two_extracts(), Linking::First, "vi");
        let known = &mut mother.knowledge.answers;
        known.insert("record.language".into(), "both".into());
        let mut phone = Driver::open(&world, mother)?;
        phone
            .until("fills the form", HOUR, |screen| {
                screen.id == "review" && offers(screen, "submit")
            })
            .await?;
        world.network.set_online(false);
        phone.send(act("submit")).await;
        world.clock.sleep_ms(HOUR).await;
        assert_eq!(phone.core.screen().id, "sending");

        let taken = world.release(2, next_extract)?;
        assert_eq!(taken, gandan_backend::catalog::Taken::New(2));
        let file = |name: &str| std::fs::read(world.assets.dir.join(name)).expect("a pack");
        let (old, new) = (file("content.pack"), file("released.pack"));
        let way = gandan_domain::catalog::delta::make(&old, &new).len();
        let whole = gandan_domain::catalog::delta::make(&[], &new).len();
        assert!(way < 4_096, "{way} bytes for one procedure");
        assert!(whole < new.len() / 3, "{whole} of {}", new.len());
        phone.reboot(Death::PowerCut)?;
        world.network.set_online(true);
        phone.core.send(Event::Connectivity { online: true });
        let refused = wait(&world, &phone, "is refused", HOUR, |screen| {
            screen.id == "sending" && !offers(screen, "retry") && offers(screen, "edit")
        })
        .await?;
        let told = notices(&refused);
        assert!(told.contains("bản mới"), "why, in words: {told}");
        assert!(world.sandbox.received().is_empty(), "nothing was filed");
        // The newer pack comes by itself, over the line.
        let waited = world.now();
        while phone.core.content_serial() != 2 {
            assert!(world.now().ms() - waited.ms() < HOUR, "no newer content");
            world.clock.sleep_ms(1_000).await;
        }

        phone.send(act("edit")).await;
        let changed = phone.core.screen();
        assert_eq!(changed.id, "changed");
        let heard = shown(&changed);
        for said in ["Bản sao bằng tiếng gì?", "16.000 đồng", "20.000 đồng"] {
            assert!(heard.contains(said), "`{said}` is not said in: {heard}");
        }
        phone.reboot(Death::Kill)?;
        assert_eq!(phone.core.screen().id, "changed", "she is where she was");

        // Only the page with the new question, and what she said before stands there.
        let pages = std::cell::RefCell::new(Vec::new());
        let review = phone
            .until("looks at what changed", HOUR, |screen| {
                let mut pages = pages.borrow_mut();
                if pages.last() != Some(&screen.id) {
                    pages.push(screen.id.clone());
                }
                screen.id == "review"
            })
            .await?;
        assert_eq!(pages.into_inner(), ["changed", "form/record", "review"]);
        let heard = shown(&review);
        for kept in ["Giàng Thị Sáo", "0987654321", "Song ngữ", "20.000 đồng"] {
            assert!(heard.contains(kept), "`{kept}` is lost from: {heard}");
        }
        let submit = review.actions.iter().find(|action| action.id == "submit");
        let confirm = submit.and_then(|submit| submit.confirm.as_ref());
        let confirm = confirm.expect("signing is confirmed").shown();
        assert!(confirm.contains("20.000 đồng"), "with the fee: {confirm}");
        phone
            .until("files it", HOUR, |screen| screen.id == "sent")
            .await?;
        let desk = world.sandbox.received();
        assert_eq!(desk.len(), 1, "one dossier on the desk");
        assert_eq!(received_at(&world).await.len(), 1, "and one in the books");

        // Nothing goes back: not the server, and not the phone over a kill.
        assert!(world.release(1, |_| {}).is_err());
        phone.reboot(Death::PowerCut)?;
        assert_eq!(phone.core.content_serial(), 2);
        Ok(())
    })
    .unwrap();
}

/// The state has her birth date wrong. She sees where the value comes from and of what day, says that
/// it is wrong, goes on with her own, and the officer sees both.
#[test]
fn s09_the_state_has_it_wrong() {
    scenario(9, 40, |world| async move {
        let mut knowledge = person::mother(world.now());
        let own = ("mother.birth_date".to_owned(), "1996-09-22".to_owned());
        knowledge.answers.extend([own]);
        let mother = Person::new(knowledge, Linking::First, "vi");
        let mut phone = Driver::open(&world, mother)?;
        let wrong = |screen: &Screen| {
            screen.blocks.iter().any(|block| match &block.kind {
                BlockKind::Cards { items } if block.key == "wrong" => {
                    items.iter().any(|card| card.id == "mother.birth_date")
                }
                _ => false,
            })
        };
        let page = phone
            .until("sees what the state knows", HOUR, wrong)
            .await?;
        let said = page.blocks.iter().find_map(|block| match &block.kind {
            BlockKind::TextField(field) | BlockKind::DateField(field)
                if block.key == "mother.birth_date" =>
            {
                Some((field.value.expose().clone(), field.source.clone()))
            }
            _ => None,
        });
        let (value, source) = said.expect("the question");
        assert_eq!(value, "1996-09-21", "what the register says");
        let source = source.expect("where it is from").shown();
        assert!(source.contains("dân cư"), "the source: {source}");
        assert!(source.contains("202"), "and its day: {source}");

        phone
            .send(Event::Open {
                key: "wrong".into(),
                card: "mother.birth_date".into(),
            })
            .await;
        let review = phone
            .until("goes on with her own", HOUR, |screen| {
                screen.id == "review" && offers(screen, "submit")
            })
            .await?;
        let heard = shown(&review);
        for both in ["22/09/1996", "21/09/1996", "Cán bộ sẽ thấy cả hai"] {
            assert!(heard.contains(both), "`{both}` is not in: {heard}");
        }
        let sent = phone
            .until("files it", HOUR, |screen| screen.id == "sent")
            .await?;
        let code = code_of(&sent).expect("a code");

        let url = format!(
            "http://{}/one-stop/desk/{code}",
            gandan_tests::sim::world::SANDBOX
        );
        world.clock.sleep_ms(MINUTE).await;
        let request = http::Request::get(url)
            .body(bytes::Bytes::new())
            .expect("a request");
        let desk = world.browser().send(request).await.expect("the desk");
        let desk = String::from_utf8_lossy(desk.body()).into_owned();
        for both in ["22/09/1996", "21/09/1996", "Cơ sở dữ liệu ghi"] {
            assert!(desk.contains(both), "the officer does not see `{both}`");
        }
        Ok(())
    })
    .unwrap();
}

/// Filed after 15:00 on the Friday before the long holiday of September 2026: Monday is off for a
/// Saturday that was worked, Tuesday and Wednesday are holidays. So it counts as received on Thursday,
/// one working day ends on Friday, and phone, server and the screen say the same.
#[test]
fn s27_filed_late_before_a_long_holiday() {
    scenario(27, 24 * 60, |world| async move {
        let mother = Person::new(person::two_extracts(), Linking::First, "vi");
        let mut phone = Driver::open(&world, mother)?;
        phone
            .until("fills the form", HOUR, |screen| {
                screen.id == "review" && offers(screen, "submit")
            })
            .await?;
        let late = gandan_domain::time::VIETNAM
            .to_timestamp(jiff::civil::date(2026, 8, 28).at(16, 10, 0, 0))
            .expect("a time")
            .as_millisecond();
        world.clock.sleep_ms(late - world.now().ms()).await;
        phone
            .until("files it", HOUR, |screen| screen.id == "sent")
            .await?;
        let received = received_at(&world).await;
        assert_eq!(
            Instant(received[0]).date(),
            jiff::civil::date(2026, 8, 28),
            "that it arrived then is not denied"
        );
        let dossier = phone
            .until("looks at it", HOUR, |screen| screen.id == "dossier")
            .await?;
        let entry = phone.core.dossiers().expect("her dossiers").remove(0);
        let due = entry.history.iter().rev().find_map(|entry| entry.due_at);
        let due = due.expect("a date");
        assert_eq!(due.date(), jiff::civil::date(2026, 9, 4));
        let heard = dossier.transcript();
        assert!(heard.contains("4 tháng 9"), "the day is said: {heard}");
        Ok(())
    })
    .unwrap();
}
