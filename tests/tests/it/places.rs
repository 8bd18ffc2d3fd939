//! S07 and S08: places that are called otherwise now, from what a citizen types to the officer's desk.

use std::sync::Arc;

use gandan_core::screen::{BlockKind, Event, Screen};
use gandan_domain::place::{PlaceTable, table::Touched};
use gandan_sandbox::ports::Http;
use gandan_tests::{
    person::{self, Knowledge, Linking, Person, act, offers},
    sim::{
        driver::{Driver, scenario_with_places},
        node::Death,
        world::{BACKEND, SANDBOX, World},
    },
};
use jiff::civil::date;

use crate::scenarios::{DAY, HOUR, MINUTE, code_of, shown, wait};

const FIELD: &str = "office.commune";
const FIND: &str = "office.commune~find";

/// Leads to the page that asks for the commune and types a name there, and hears what it means;
/// gives the page.
async fn types_place(phone: &mut Driver, name: &str, hears: &str) -> Result<Screen, String> {
    let page = phone
        .until("is asked for the commune", HOUR, |screen| {
            screen.blocks.iter().any(|block| block.key == FIND)
        })
        .await?;
    let edit = page.blocks.iter().find_map(|block| match &block.kind {
        BlockKind::TextField(field) if block.key == FIND => Some(field.edit + 1),
        _ => None,
    });
    let update = phone
        .send(Event::Edit {
            key: FIND.into(),
            value: name.to_owned().into(),
            edit: edit.expect("the search"),
        })
        .await;
    let said = update.announce.map(|said| said.shown());
    assert_eq!(said.as_deref(), Some(hears));
    Ok(phone.core.screen())
}

/// The hint of the choice, and its options: id and label.
fn offered(screen: &Screen) -> (String, Vec<(String, String)>) {
    let choice = screen.blocks.iter().find_map(|block| match &block.kind {
        BlockKind::Choice(choice) if block.key == FIELD => Some(choice),
        _ => None,
    });
    let choice = choice.expect("the choice of places");
    let hint = choice.hint.as_ref().map(|hint| hint.shown());
    let options = choice.options.iter();
    let options = options.map(|option| (option.id.clone(), option.label.shown()));
    (hint.unwrap_or_default(), options.collect())
}

/// She means this one, and stays with it, whatever the state had filled in.
async fn means(phone: &mut Driver, name: &str, id: &str) -> Screen {
    let answers = &mut phone.person.knowledge.answers;
    answers.insert(FIND.into(), name.into());
    answers.insert(FIELD.into(), id.into());
    let screen = phone.core.screen();
    let edit = screen.blocks.iter().find_map(|block| match &block.kind {
        BlockKind::Choice(choice) if block.key == FIELD => Some(choice.edit + 1),
        _ => None,
    });
    phone
        .send(Event::Choose {
            key: FIELD.into(),
            options: vec![id.to_owned()],
            edit: edit.expect("the choice"),
        })
        .await;
    phone.core.screen()
}

async fn get(world: &Arc<World>, url: String) -> Vec<u8> {
    let request = http::Request::get(url)
        .body(bytes::Bytes::new())
        .expect("a request");
    let answer = world.browser().send(request).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    answer.into_body().to_vec()
}

/// What the officer reads once it is on the desk.
async fn desk(world: &Arc<World>, code: &str) -> String {
    while world.sandbox.received().is_empty() {
        world.clock.sleep_ms(MINUTE).await;
    }
    let page = get(world, format!("http://{SANDBOX}/one-stop/desk/{code}")).await;
    String::from_utf8_lossy(&page).into_owned()
}

fn has(knowledge: Knowledge) -> Person {
    Person::new(knowledge, Linking::First, "vi")
}

/// "Lũng Táo, Đồng Văn" is Lũng Cú now: both names are shown and spoken, papers of the old commune
/// stay good, and the dossier goes to the office of the new one, where the officer reads both.
#[test]
fn s07_my_commune_no_longer_exists() {
    const NAME: &str = "lung tao dong van";
    const BOTH: &str =
        "Xã Lũng Cú, Tỉnh Tuyên Quang (trước là Xã Lũng Táo, Huyện Đồng Văn, Tỉnh Hà Giang)";
    scenario_with_places(7, 20, |world| async move {
        let mut phone = Driver::open(&world, has(person::mother(world.now())))?;
        let page = types_place(&mut phone, NAME, &format!("Tìm thấy: {BOTH}.")).await?;
        let (_, options) = offered(&page);
        let (id, label) = options.first().expect("what it is now");
        assert_eq!(label, BOTH);
        assert!(id.starts_with("00715@2025-07-01<"), "{id}");
        let chosen = means(&mut phone, NAME, id).await.transcript();
        assert!(
            chosen.contains("Giấy tờ do nơi cũ cấp vẫn dùng được. Bạn không phải đổi lại."),
            "nobody is asked to renew papers: {chosen}"
        );
        let review = phone
            .until("reads it again", HOUR, |screen| {
                screen.id == "review" && offers(screen, "submit")
            })
            .await?;
        let heard = review.transcript();
        assert!(heard.contains("trước là Xã Lũng Táo"), "spoken: {heard}");
        let sent = phone
            .until("files it", HOUR, |screen| screen.id == "sent")
            .await?;
        let code = code_of(&sent).expect("a code");
        assert!(code.starts_with("T00.00715"), "the right office: {code}");
        let desk = desk(&world, &code).await;
        assert!(desk.contains(BOTH), "the officer reads both: {desk}");
        Ok(())
    })
    .unwrap();
}

/// "Yên Định, Bắc Mê" was divided: one question, and whoever does not know files all the same; the
/// unit that has most of it receives and passes on.
#[test]
fn s07_a_divided_commune_asks_one_question() {
    const NAME: &str = "Yên Định, Bắc Mê";
    scenario_with_places(7, 20, |world| async move {
        let mut phone = Driver::open(&world, has(person::two_extracts()))?;
        let page = types_place(&mut phone, NAME, "Có 3 nơi để chọn.").await?;
        let (question, options) = offered(&page);
        assert!(
            question.starts_with("Xã Yên Định, Huyện Bắc Mê, Tỉnh Hà Giang đã chia"),
            "{question}"
        );
        let of = |start: &str| {
            let mut all = options.iter();
            let found = all.find(|(id, _)| id.starts_with(start) && !id.ends_with('?'));
            found.map(|(_, label)| label.as_str()).unwrap_or_default()
        };
        assert!(of("00700@").starts_with("Xã Ngọc Đường, Tỉnh Tuyên Quang"));
        assert!(of("00994@").starts_with("Xã Minh Ngọc, Tỉnh Tuyên Quang"));
        let unsure = options.iter().find(|(id, _)| id.ends_with('?'));
        let (unsure, label) = unsure.expect("a way out");
        assert!(label.starts_with("Tôi không biết"), "{label}");
        means(&mut phone, NAME, unsure).await;
        let sent = phone
            .until("files it", HOUR, |screen| screen.id == "sent")
            .await?;
        let code = code_of(&sent).expect("a code");
        assert!(code.starts_with("T00.00700"), "who has most of it: {code}");
        let desk = desk(&world, &code).await;
        for said in [
            "trước là Xã Yên Định, Huyện Bắc Mê, Tỉnh Hà Giang",
            "chuyển hồ sơ đến đúng nơi",
        ] {
            assert!(desk.contains(said), "`{said}` is not in: {desk}");
        }
        Ok(())
    })
    .unwrap();
}

/// One code names two communes, by the day of the paper. A commune becomes a ward while what she
/// signed waits without a network: it is filed as it was signed, once; the officer and she read the
/// new name with the old one; the result comes.
#[test]
fn s08_code_reuse_and_second_change() {
    scenario_with_places(8, 24 * 30, |world| async move {
        world.will_release().map_err(|error| error.to_string())?;
        let mut knowledge = person::mother(world.now());
        knowledge
            .answers
            .insert(FIND.into(), "Xã Lũng Cú, Tuyên Quang".into());
        let mut phone = Driver::open(&world, has(knowledge))?;
        phone
            .until("fills the form", HOUR, |screen| {
                screen.id == "review" && offers(screen, "submit")
            })
            .await?;

        // Papers, by the table that the server gives out.
        let file = get(&world, format!("http://{BACKEND}/v1/places")).await;
        let (_, table) = PlaceTable::read(file, &world.assets.keyset).expect("a table");
        let called = |day| {
            let unit = table.as_of("00721", day, &Touched::default());
            unit.map(|unit| table.path(unit.id)).expect("a unit")
        };
        let (before, now) = (called(date(2019, 5, 1)), called(date(2025, 7, 1)));
        assert!(
            before.ends_with("Huyện Đồng Văn, Tỉnh Hà Giang"),
            "{before}"
        );
        assert_eq!(now, "Xã Đồng Văn, Tỉnh Tuyên Quang");
        assert!(!before.starts_with("Xã Đồng Văn"), "{before}");

        world.network.set_online(false);
        phone.send(act("submit")).await;
        world.clock.sleep_ms(13 * DAY).await;
        assert_eq!(phone.core.screen().id, "sending");
        // On 1 August the commune becomes a ward. The operator puts the new table in place with the
        // next content; phones get it with the app's update, which lies in the same folder here.
        world.assets.put_places(|sources| {
            let table = sources.0.get_mut("places/communes.tsv").expect("communes");
            let row = "00715\t2025-07-01\tx\tLũng Cú\t08";
            assert!(table.contains(row));
            *table = table.replace(row, &format!("{row}\n00715\t2026-08-01\tp\tLũng Cú\t08"));
        })?;
        world.release(2, |_| {})?;
        phone.reboot(Death::Kill)?;
        world.network.set_online(true);
        phone.core.send(Event::Connectivity { online: true });
        let sent = phone
            .until("is filed as it was signed", HOUR, |screen| {
                screen.id == "sent"
            })
            .await?;
        let code = code_of(&sent).expect("a code");
        assert!(code.starts_with("T00.00715"), "{code}");
        let both = "Phường Lũng Cú, Tỉnh Tuyên Quang (trước là Xã Lũng Cú, Tỉnh Tuyên Quang)";
        let desk = desk(&world, &code).await;
        assert!(desk.contains(both), "the officer reads both: {desk}");

        let officer = world.sandbox.officer();
        for _ in 0..24 {
            if phone.core.content_serial() == 2 {
                break;
            }
            world.clock.sleep_ms(HOUR / 4).await;
        }
        assert_eq!(
            phone.core.content_serial(),
            2,
            "the newer content comes by itself"
        );
        phone
            .until("looks at it", HOUR, |screen| screen.id == "dossier")
            .await?;
        let dossier = wait(&world, &phone, "the new name", HOUR, |screen| {
            shown(screen).contains(both)
        })
        .await?;
        assert!(dossier.transcript().contains("trước là Xã Lũng Cú"));
        officer
            .accept(&code)
            .await
            .map_err(|error| error.to_string())?;
        officer
            .finish(&code)
            .await
            .map_err(|error| error.to_string())?;
        phone
            .until("has the result", HOUR, |screen| {
                screen.id == "result" && offers(screen, "open-document")
            })
            .await?;
        assert_eq!(world.sandbox.received().len(), 1, "nobody refiles");
        Ok(())
    })
    .unwrap();
}
