//! S11: returned once, with every reason, under the same code.

use gandan_core::screen::{BlockKind, Event, Screen};
use gandan_domain::{Private, dossier::Status};
use gandan_sandbox::one_stop::Flagged;
use gandan_tests::{
    person::{self, Linking, Person, act, offers},
    sim::driver::{Driver, scenario},
};

use crate::scenarios::{DAY, HOUR, MINUTE, code_of, wait};

const REASONS: [(&str, &str); 3] = [
    ("child.full_name", "Thiếu chữ đệm"),
    ("child.birth_place", "Chưa ghi xã"),
    ("certificate.photo", "Ảnh mờ"),
];

/// The desk names a paper by its component.
const PAPER: &str = "000.00.00.G15-KQ004389";

fn flags(order: [usize; 3]) -> Vec<Flagged> {
    let named = |field: &'static str| match field {
        "certificate.photo" => PAPER,
        field => field,
    };
    order
        .map(|at| Flagged {
            field: named(REASONS[at].0).into(),
            reason: Private::new(REASONS[at].1.into()),
        })
        .into()
}

fn first_card(screen: &Screen, list: &str) -> String {
    let card = screen.blocks.iter().find_map(|block| match &block.kind {
        BlockKind::Cards { items } if block.key == list => items.first(),
        _ => None,
    });
    card.map(|card| card.id.clone()).unwrap_or_default()
}

/// Every question that can be changed on this page.
fn open_questions(screen: &Screen) -> Vec<&str> {
    let open = screen.blocks.iter().filter(|block| match &block.kind {
        BlockKind::TextField(field) | BlockKind::DateField(field) => !field.read_only,
        BlockKind::Choice(_) | BlockKind::MultiChoice(_) | BlockKind::File(_) => true,
        _ => false,
    });
    open.map(|block| block.key.as_str()).collect()
}

#[test]
fn s11_returned_once() {
    scenario(11, 24 * 9, |world| async move {
        let mut knowledge = person::mother(world.now());
        knowledge
            .answers
            .insert("child.full_name".into(), "Vừ Thị Hoa".into());
        let mut phone = Driver::open(&world, Person::new(knowledge, Linking::First, "vi"))?;
        phone.person.amends = [
            ("child.full_name", "Vừ Thị Hoa Ban"),
            ("child.birth_place", "Trạm y tế xã Lũng Cú"),
        ]
        .map(|(field, value)| (field.to_owned(), value.to_owned()))
        .into();
        let sent = phone
            .until("sends", HOUR, |screen| screen.id == "sent")
            .await?;
        let code = code_of(&sent).expect("a code");
        phone.send(act("dossier")).await;
        let officer = world.sandbox.officer();
        while world.sandbox.received().is_empty() {
            world.clock.sleep_ms(MINUTE).await;
        }
        // The officer flags in whatever order; she reads in the order of the form.
        officer
            .ask_supplement(&code, flags([2, 0, 1]), "")
            .await
            .map_err(|error| error.to_string())?;
        let asked = wait(&world, &phone, "is asked", HOUR, |screen| {
            offers(screen, "supplement")
        })
        .await?;
        let dossier = phone.core.dossiers().expect("her dossiers").remove(0);
        let returns = dossier.history.iter();
        let returns = returns.filter(|entry| entry.status == Status::SupplementRequested);
        assert_eq!(returns.count(), 1, "one message");
        let due = dossier.history.iter().rev().find_map(|entry| entry.due_at);
        let heard = asked.transcript();
        let told: Vec<usize> = REASONS
            .iter()
            .map(|(_, reason)| heard.find(reason).expect("every reason is heard"))
            .collect();
        assert!(told.is_sorted(), "in the order of the form: {heard}");
        assert!(
            heard.contains("tạm dừng"),
            "the clock pauses, and she hears it: {heard}"
        );

        for (field, reason) in REASONS {
            phone
                .send(Event::Open {
                    key: "supplement".into(),
                    card: field.into(),
                })
                .await;
            let page = phone.core.screen();
            assert!(page.id.starts_with("form/"), "{field}: at {}", page.id);
            assert_eq!(page.focus.as_deref(), Some(field), "right at the question");
            assert!(page.transcript().contains(reason), "{field}: the reason");
            for open in open_questions(&page) {
                let asked = REASONS.iter().any(|(flagged, _)| *flagged == open);
                assert!(asked, "{open} was not asked about, and is open");
            }
            phone.send(act("home")).await;
            phone.send(act("dossiers")).await;
            let card = first_card(&phone.core.screen(), "dossiers");
            phone
                .send(Event::Open {
                    key: "dossiers".into(),
                    card,
                })
                .await;
        }

        // Three days are hers and not the office's.
        world.clock.sleep_ms(3 * DAY).await;
        let answered = phone
            .until("answers", HOUR, |screen| screen.id == "sent")
            .await?;
        assert_eq!(code_of(&answered).as_deref(), Some(code.as_str()));
        assert_eq!(world.network.witness.supplements(), [1]);
        phone.send(act("dossier")).await;
        wait(&world, &phone, "sees the answer", HOUR, |_| {
            let mut dossiers = phone.core.dossiers().unwrap_or_default().into_iter();
            dossiers.any(|dossier| dossier.history.iter().any(|entry| entry.by_citizen))
        })
        .await?;
        let dossier = phone.core.dossiers().expect("her dossiers").remove(0);
        assert_eq!(dossier.code.as_str(), code, "the same dossier");
        let later = dossier.history.iter().rev().find_map(|entry| entry.due_at);
        assert!(
            later > due,
            "the deadline moves by the pause: {due:?} to {later:?}"
        );

        // A second return needs a supervisor's reason, which she reads.
        let seen = |officer: &gandan_sandbox::one_stop::Officer| {
            officer.dossiers().iter().any(|lying| lying.supplemented)
        };
        while !seen(&officer) {
            world.clock.sleep_ms(MINUTE).await;
        }
        let again = officer.ask_supplement(&code, flags([0, 1, 2]), " ").await;
        assert!(again.is_err(), "no second return without a reason");
        let why = "Trích lục chưa khớp";
        let again = officer.ask_supplement(&code, flags([0, 1, 2]), why).await;
        again.map_err(|error| error.to_string())?;
        wait(&world, &phone, "is asked again", HOUR, |screen| {
            offers(screen, "supplement")
        })
        .await?;
        let dossier = phone.core.dossiers().expect("her dossiers").remove(0);
        let told = dossier.history.last().and_then(|entry| entry.note.as_ref());
        assert!(told.is_some_and(|note| note.expose().contains(why)));
        Ok(())
    })
    .unwrap();
}
