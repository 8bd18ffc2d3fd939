//! Scenarios as they are lived: the real phone and the real server under a virtual clock.

use std::{collections::BTreeMap, sync::Arc};

use gandan_core::screen::{BlockKind, Event, Screen, Tone};
use gandan_domain::time::Instant;
use gandan_tests::{
    person::{self, Linking, Person, act, notices, offers, shown_answers},
    sim::{
        driver::{Driver, scenario},
        node::Death,
        world::World,
    },
};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

fn code_of(screen: &Screen) -> Option<String> {
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
