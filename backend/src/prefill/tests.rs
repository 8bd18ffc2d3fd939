#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use futures_util::future::join;
use gandan_domain::wire::{PrefillAnswer, SyncRequest, SyncResponse};

use crate::testing::{Phone, Reply, Rig};

const KNOWN: &str = r#"{"person":{"id_number":"099196000003","full_name":"Mẹ Thử","residence_commune":"00919@2025-07-01",
    "residence_detail":"Thôn Thử","as_of":"2025-12-01"}}"#;

async fn ask(rig: &Rig, phone: &Phone) -> SyncResponse {
    let request = SyncRequest {
        prefill: vec!["1.001193".into(), "9.999999".into()],
        ..SyncRequest::default()
    };
    phone.sync(rig, &request).await
}

#[tokio::test]
async fn what_the_form_asks_and_the_register_knows_comes_with_source_and_day() {
    let rig = Rig::new().await;
    let phone = rig.citizen("099196000003").await;
    rig.partners.will([Reply::Json(KNOWN)]);
    let response = ask(&rig, &phone).await;
    assert_eq!(response.prefill.len(), 1);
    let PrefillAnswer::Known { values } = &response.prefill["1.001193"] else {
        panic!("known")
    };
    let keys: Vec<_> = values.keys().map(String::as_str).collect();
    assert_eq!(keys, ["requester.full_name", "requester.residence"]);
    let residence = &values["requester.residence"];
    assert_eq!(
        residence.value.expose(),
        "Thôn Thử, Xã Lũng Cú, Tỉnh Tuyên Quang"
    );
    assert_eq!(
        (
            residence.source.as_str(),
            residence.as_of.to_string().as_str()
        ),
        ("population", "2025-12-01")
    );
    {
        let seen = rig.partners.seen.lock().unwrap();
        assert_eq!(seen[0].uri(), "http://127.0.0.1:8082/population/v1/citizen");
        assert_eq!(seen[0].body(), r#"{"id_number":"099196000003"}"#);
    }
    assert_eq!(rig.count("SELECT COUNT(*) FROM access_log").await, 1);
}

#[tokio::test]
async fn a_citizen_whom_the_register_does_not_know_fills_by_hand() {
    let rig = Rig::new().await;
    let phone = rig.citizen("099196000003").await;
    rig.partners.will([Reply::Status(404, "{}")]);
    let response = ask(&rig, &phone).await;
    assert!(
        matches!(&response.prefill["1.001193"], PrefillAnswer::Known { values } if values.is_empty())
    );
}

#[tokio::test]
async fn a_register_that_is_down_or_answers_nonsense_is_unavailable() {
    let rig = Rig::new().await;
    let phone = rig.citizen("099196000003").await;
    for reply in [
        Reply::Down,
        Reply::Json("<html>maintenance</html>"),
        Reply::Status(404, "<html>"),
        Reply::Status(503, "{}"),
        Reply::Status(302, ""),
    ] {
        rig.partners.will([reply]);
        let response = ask(&rig, &phone).await;
        assert!(matches!(
            response.prefill["1.001193"],
            PrefillAnswer::Unavailable { retry_after_s: 60 }
        ));
    }
    assert_eq!(rig.count("SELECT COUNT(*) FROM access_log").await, 0);
}

#[tokio::test]
async fn a_silent_register_is_waited_for_five_seconds() {
    let rig = Rig::new().await;
    let phone = rig.citizen("099196000003").await;
    rig.partners.will([Reply::Silent]);
    let pass = async {
        // The question has left by now: the sync is polled first.
        assert_eq!(rig.partners.seen.lock().unwrap().len(), 1);
        rig.clock.advance(5_000);
    };
    let (response, ()) = join(ask(&rig, &phone), pass).await;
    assert!(matches!(
        response.prefill["1.001193"],
        PrefillAnswer::Unavailable { .. }
    ));
}
