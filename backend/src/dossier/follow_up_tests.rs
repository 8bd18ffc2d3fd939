#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use futures_util::{FutureExt, StreamExt};
use gandan_domain::{
    Problem,
    dossier::{
        DossierCode, FileEntry, IntentId, Receipt, Status, Supplement, Withdrawal,
        supplement::SUPPLEMENT_TYP, withdrawal::WITHDRAWAL_TYP,
    },
    form::{Answers, FileAnswer, Value},
    jws::sha256_hex,
    problem::RefusalReason,
    time::Instant,
    wire::{Command, OperationResult},
};
use http::{Method, StatusCode};
use serde_json::json;
use uuid::Uuid;

use super::{
    parked,
    tests::{OK, accepted, entry, filed, log, receipt, refused, view},
};
use crate::testing::{PUBLIC, Phone, Reply, Rig, Sent, intent};

const OTHER_PHOTO: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00 a better photo";

fn report(code: &str, status: u8, time: &str, flagged: &[(&str, &str)]) -> String {
    let flagged: Vec<_> = flagged
        .iter()
        .map(|(id, why)| json!({"HoSoBoSungId": id, "NoiDungBoSung": why}))
        .collect();
    json!({"service": "CapNhatTienDoHoSoMC", "data": [{
        "MaHoSo": code, "NguoiXuLy": "Người Thử", "ThoiDiemXuLy": time,
        "PhongBanXuLy": "Bộ phận một cửa", "NoiDungXuLy": "Xem lý do", "TrangThai": status.to_string(),
        "NgayKetThucTheoQuyDinh": if status == 2 { "20261118170000" } else { "" },
        "DanhSachHoSoBoSung": flagged,
    }]})
    .to_string()
}

async fn say(rig: &Rig, id: &str, body: &str) {
    assert_eq!(rig.report(id, body).await.status(), StatusCode::OK);
}

const FLAGS: [(&str, &str); 2] = [("child.full_name", "Thiếu chữ đệm"), ("KQ-1", "Ảnh mờ")];

/// A dossier that is asked to be supplemented: a name, and a paper by its component.
async fn asked(rig: &Rig) -> (Phone, DossierCode) {
    let (phone, code) = filed(rig).await;
    say(rig, "msg_1", &report(&code, 2, "20261118100000", &[])).await;
    say(rig, "msg_2", &report(&code, 5, "20261118110000", &FLAGS)).await;
    (phone, code.parse().unwrap())
}

fn supplement(phone: &Phone, code: &DossierCode, number: u128) -> Supplement {
    let photo = FileEntry {
        field: "certificate.photo".into(),
        sha256: sha256_hex(OTHER_PHOTO),
        size: OTHER_PHOTO.len() as u64,
        media_type: "image/jpeg".into(),
    };
    let mut answers = Answers::default();
    answers.set("child.full_name", Value::Text("Bé Thị Thử Nghiệm".into()));
    answers.set(
        "certificate.photo",
        Value::File(FileAnswer {
            sha256: photo.sha256.clone(),
            size: photo.size,
            media_type: photo.media_type.clone(),
        }),
    );
    Supplement {
        id: IntentId(Uuid::from_u128(number)),
        subject: phone.citizen.0.to_string(),
        dossier: code.clone(),
        intent: intent(1).id,
        request: 1,
        form_version: 1,
        answers,
        files: vec![photo],
        intent_at: Instant(0),
    }
}

async fn send(rig: &Rig, phone: &Phone, supplement: &Supplement) -> OperationResult {
    let sent = Sent {
        intent: supplement.id.0,
        field: "certificate.photo",
        sha256: sha256_hex(OTHER_PHOTO),
    };
    phone
        .post_file(rig, &sent, OTHER_PHOTO.len(), OTHER_PHOTO)
        .await;
    let jws = phone.sign_act(SUPPLEMENT_TYP, supplement);
    let command = Command::Supplement { supplement: jws };
    phone.operate(rig, supplement.id.0, command).await
}

fn last_delivery(rig: &Rig) -> serde_json::Value {
    let seen = rig.partners.seen.lock().unwrap();
    serde_json::from_slice(seen.last().unwrap().body()).unwrap()
}

#[tokio::test]
async fn a_request_is_tied_to_fields_and_comes_with_what_was_filed() {
    let rig = Rig::new().await;
    let (phone, _) = asked(&rig).await;
    let dossier = view(&rig, &phone).await;
    let request = dossier.supplement.unwrap();
    assert_eq!(dossier.status, Status::SupplementRequested);
    assert_eq!(request.number, 1);
    let flagged: Vec<_> = request
        .flagged
        .iter()
        .map(|flagged| (flagged.field.as_str(), flagged.reason.expose().as_str()))
        .collect();
    assert_eq!(
        flagged,
        [
            ("child.full_name", "Thiếu chữ đệm"),
            ("certificate.photo", "Ảnh mờ")
        ]
    );
    assert!(request.filed == intent(1).answers);
    assert!(request.is_open());
}

#[tokio::test]
async fn a_supplement_is_taken_once_under_the_same_code_and_the_clock_goes_on() {
    let rig = Rig::new().await;
    let (phone, code) = asked(&rig).await;
    // Asked on Wednesday; answered on Friday after 15:00, which counts on Monday.
    rig.clock.advance(2 * 86_400_000);
    let supplement = supplement(&phone, &code, 8);
    let token = accepted(send(&rig, &phone, &supplement).await);
    assert_eq!(accepted(send(&rig, &phone, &supplement).await), token);
    let jws = phone.sign_act(SUPPLEMENT_TYP, &supplement);
    Receipt::verify(
        &token,
        &rig.backend.keys.trusted,
        supplement.id,
        &jws,
        &supplement.files,
    )
    .unwrap();
    assert_eq!(receipt(&rig, &token).dossier, code);
    assert_eq!(rig.count("SELECT COUNT(*) FROM dossier").await, 1);

    let dossier = view(&rig, &phone).await;
    assert_eq!(dossier.status, Status::SupplementRequested);
    let request = dossier.supplement.unwrap();
    assert!(!request.is_open());
    assert_eq!(
        request.filed.text("child.full_name"),
        Some("Bé Thị Thử Nghiệm")
    );
    let due = dossier.history.last().unwrap().due_at.unwrap();
    assert_eq!(due.date(), jiff::civil::date(2026, 11, 23));
    assert!(dossier.history.last().unwrap().by_citizen);
    let lines = log(&rig, &phone).await;
    assert!(lines.contains(&entry("self", "dossier.supplemented")));

    rig.partners.will([OK]);
    rig.work().await;
    let body = last_delivery(&rig);
    assert_eq!(body["isUpdating"], "True");
    let sent = &body["data"][0];
    assert_eq!(sent["TrangThaiHoSo"], "5");
    assert_eq!(
        sent["ThongTinKhac"]["child.full_name"]["value"],
        "Bé Thị Thử Nghiệm"
    );
    let papers = sent["TaiLieuNop"].as_array().unwrap();
    let deleted: Vec<_> = papers.iter().map(|paper| &paper["IsDeleted"]).collect();
    assert_eq!(deleted, ["True", "False"]);
    let url = papers[1]["DuongDanTaiTepTin"].as_str().unwrap();
    let file = rig.get(url.strip_prefix(PUBLIC).unwrap()).await;
    assert_eq!(
        (file.status(), &file.body()[..]),
        (StatusCode::OK, OTHER_PHOTO)
    );
}

#[tokio::test]
async fn two_phones_answer_and_one_is_told_that_it_was_done() {
    let rig = Rig::new().await;
    let (phone, code) = asked(&rig).await;
    let other = rig.phone(phone.citizen).await;
    accepted(send(&rig, &phone, &supplement(&phone, &code, 8)).await);
    let late = refused(send(&rig, &other, &supplement(&other, &code, 9)).await);
    let reason = RefusalReason::NotAwaited;
    assert_eq!(late, Problem::Refused { reason });
    let answered = "SELECT COUNT(*) FROM supplement WHERE answered_at IS NOT NULL";
    assert_eq!(rig.count(answered).await, 1);
}

#[tokio::test]
async fn only_what_was_flagged_may_change() {
    let rig = Rig::new().await;
    let (phone, code) = asked(&rig).await;
    type Change = fn(&mut Supplement);
    let changes: [(Change, Problem); 7] = [
        (
            |it| it.answers.set("child.sex", Value::Text("female".into())),
            Problem::Refused {
                reason: RefusalReason::NotAllowed,
            },
        ),
        (
            |it| it.subject = "somebody".into(),
            Problem::Refused {
                reason: RefusalReason::NotAllowed,
            },
        ),
        (
            |it| it.request = 2,
            Problem::Refused {
                reason: RefusalReason::NotAwaited,
            },
        ),
        (|it| it.files.clear(), Problem::Malformed),
        (
            |it| it.dossier = "H99.08.01-261118-0099".parse().unwrap(),
            Problem::Malformed,
        ),
        (
            |it| it.form_version = 0,
            Problem::FormChanged { had: 0, now: 1 },
        ),
        (
            |it| it.intent = IntentId(Uuid::from_u128(99)),
            Problem::NotFound,
        ),
    ];
    for (change, problem) in changes {
        let mut it = supplement(&phone, &code, 8);
        change(&mut it);
        assert_eq!(refused(send(&rig, &phone, &it).await), problem);
    }
    let mut it = supplement(&phone, &code, 8);
    it.answers.set("child.full_name", Value::Text("123".into()));
    let invalid = refused(send(&rig, &phone, &it).await);
    assert!(matches!(invalid, Problem::Invalid { fields } if fields.len() == 1));
    let stranger = rig.citizen("099094000004").await;
    let it = supplement(&stranger, &code, 10);
    assert_eq!(refused(send(&rig, &stranger, &it).await), Problem::NotFound);
    accepted(send(&rig, &phone, &supplement(&phone, &code, 8)).await);
}

#[tokio::test]
async fn a_second_return_is_another_request() {
    let rig = Rig::new().await;
    let (phone, code) = asked(&rig).await;
    // Repeated by the office under another id: nothing new.
    say(
        &rig,
        "msg_3",
        &report(code.as_str(), 5, "20261118110000", &FLAGS),
    )
    .await;
    accepted(send(&rig, &phone, &supplement(&phone, &code, 8)).await);
    // Overtaken: older than the answer.
    say(
        &rig,
        "msg_4",
        &report(code.as_str(), 5, "20261118110000", &FLAGS),
    )
    .await;
    assert!(!view(&rig, &phone).await.supplement.unwrap().is_open());
    let again = report(
        code.as_str(),
        5,
        "20261125090000",
        &[("child.birth_date", "Sai ngày")],
    );
    say(&rig, "msg_5", &again).await;
    let dossier = view(&rig, &phone).await;
    let request = dossier.supplement.unwrap();
    assert_eq!((request.number, request.is_open()), (2, true));
    assert_eq!(dossier.history.len(), 5);
    assert_eq!(
        request.filed.text("child.full_name"),
        Some("Bé Thị Thử Nghiệm")
    );
}

/// Offices tell whole seconds: what was asked in the second of the answer seems older than it.
#[tokio::test]
async fn a_second_return_in_the_second_of_the_answer_is_another_request() {
    let rig = Rig::new().await;
    let (phone, code) = asked(&rig).await;
    rig.clock.advance(86_400_000 + 200);
    accepted(send(&rig, &phone, &supplement(&phone, &code, 8)).await);
    let second = rig
        .backend
        .world
        .clock
        .now()
        .local()
        .strftime("%Y%m%d%H%M%S")
        .to_string();
    let flags = [("child.birth_date", "Sai ngày")];
    say(&rig, "msg_3", &report(code.as_str(), 5, &second, &flags)).await;
    let request = view(&rig, &phone).await.supplement.unwrap();
    assert_eq!((request.number, request.is_open()), (2, true));
}

fn withdrawal(phone: &Phone, code: &DossierCode) -> Withdrawal {
    Withdrawal {
        id: IntentId(Uuid::from_u128(20)),
        subject: phone.citizen.0.to_string(),
        dossier: code.clone(),
        intent: intent(1).id,
        intent_at: Instant(0),
    }
}

async fn take_back(rig: &Rig, phone: &Phone, withdrawal: &Withdrawal) -> OperationResult {
    let jws = phone.sign_act(WITHDRAWAL_TYP, withdrawal);
    let command = Command::Withdraw { withdrawal: jws };
    phone.operate(rig, withdrawal.id.0, command).await
}

#[tokio::test]
async fn a_withdrawal_is_asked_for_once_and_the_office_decides() {
    let rig = Rig::new().await;
    let (phone, code) = asked(&rig).await;
    let asking = withdrawal(&phone, &code);
    let token = accepted(take_back(&rig, &phone, &asking).await);
    assert_eq!(accepted(take_back(&rig, &phone, &asking).await), token);
    assert_eq!(receipt(&rig, &token).dossier, code);
    let dossier = view(&rig, &phone).await;
    assert_eq!(dossier.status, Status::WithdrawalRequested);
    assert!(dossier.supplement.is_none());
    rig.partners.will([OK]);
    rig.work().await;
    assert_eq!(last_delivery(&rig)["data"][0]["TrangThaiHoSo"], "7");
    // What was asked before is not awaited any more; nor is a second withdrawal.
    let late = refused(send(&rig, &phone, &supplement(&phone, &code, 8)).await);
    let reason = RefusalReason::NotAwaited;
    assert_eq!(late, Problem::Refused { reason });
    let mut again = withdrawal(&phone, &code);
    again.id = IntentId(Uuid::from_u128(21));
    let reason = RefusalReason::TooLate;
    let twice = refused(take_back(&rig, &phone, &again).await);
    assert_eq!(twice, Problem::Refused { reason });
    say(
        &rig,
        "msg_8",
        &report(code.as_str(), 8, "20261119090000", &[]),
    )
    .await;
    let finished = report(code.as_str(), 9, "20261119100000", &[]);
    assert_eq!(
        rig.report("msg_9", &finished).await.status(),
        StatusCode::CONFLICT
    );
    assert_eq!(view(&rig, &phone).await.status, Status::Stopped);
}

/// The office worked on before it knew: its reports arrive, the wish stands, and its answer comes.
#[tokio::test]
async fn reports_that_cross_a_withdrawal_neither_wedge_nor_answer_it() {
    for (crossing, answer, then) in [
        (&[2, 4][..], 8, Status::Stopped),
        (&[2], 4, Status::InProgress),
        (&[4, 6], 8, Status::Stopped),
        (&[5], 8, Status::Stopped),
    ] {
        let rig = Rig::new().await;
        let (phone, code) = filed(&rig).await;
        let code: DossierCode = code.parse().unwrap();
        let asking = accepted(take_back(&rig, &phone, &withdrawal(&phone, &code)).await);
        assert_eq!(receipt(&rig, &asking).dossier, code);
        for status in crossing {
            let id = format!("msg_{status}");
            let worked = report(code.as_str(), *status, "20200101100000", &[]);
            say(&rig, &id, &worked).await;
            let dossier = view(&rig, &phone).await;
            assert_eq!(dossier.status, Status::WithdrawalRequested, "{crossing:?}");
            assert_eq!(dossier.history.last().unwrap().status.code(), *status);
        }
        let answered = report(code.as_str(), answer, "20991119090000", &[]);
        say(&rig, "msg_answer", &answered).await;
        assert_eq!(view(&rig, &phone).await.status, then, "{crossing:?}");
    }
}

#[tokio::test]
async fn what_the_office_had_ended_before_it_knew_is_ended() {
    for (end, then) in [(3, Status::NotAccepted), (9, Status::Done)] {
        let rig = Rig::new().await;
        let (phone, code) = filed(&rig).await;
        let code: DossierCode = code.parse().unwrap();
        if end == 9 {
            say(&rig, "m2", &report(code.as_str(), 2, "20200101090000", &[])).await;
        }
        accepted(take_back(&rig, &phone, &withdrawal(&phone, &code)).await);
        let ended = report(code.as_str(), end, "20200101100000", &[]);
        say(&rig, "m", &ended).await;
        assert_eq!(view(&rig, &phone).await.status, then);
    }
}

#[tokio::test]
async fn an_office_that_does_not_grant_it_goes_on() {
    let rig = Rig::new().await;
    let (phone, code) = asked(&rig).await;
    accepted(take_back(&rig, &phone, &withdrawal(&phone, &code)).await);
    say(
        &rig,
        "msg_8",
        &report(code.as_str(), 4, "20261119090000", &[]),
    )
    .await;
    assert_eq!(view(&rig, &phone).await.status, Status::InProgress);
}

#[tokio::test]
async fn what_was_read_on_one_phone_is_read_on_all_and_only_grows() {
    let rig = Rig::new().await;
    let (phone, _) = asked(&rig).await;
    let intent = intent(1).id;
    let read = |upto: u32| Command::Read { intent, upto };
    for (upto, then) in [(2, 2), (1, 2), (3, 3), (9, 3)] {
        let done = phone.operate(&rig, Uuid::from_u128(77), read(upto)).await;
        assert!(matches!(done, OperationResult::Done));
        let other = rig.phone(phone.citizen).await;
        assert_eq!(view(&rig, &other).await.read, then);
    }
    let stranger = rig.citizen("099094000004").await;
    let not_theirs = stranger.operate(&rig, Uuid::from_u128(78), read(1)).await;
    assert_eq!(refused(not_theirs), Problem::NotFound);
    assert_eq!(phone.changes(&rig, 0).await.cursor, 5);
}

#[tokio::test]
async fn an_office_that_says_no_is_asked_so_often_and_then_an_operator_is() {
    let rig = Rig::new().await;
    let phone = rig.citizen("099196000003").await;
    phone.file(&rig, &intent(1)).await;
    for _ in 0..30 {
        rig.partners.will([Reply::Json(r#"{"error_code":"07"}"#)]);
        rig.work().await;
        rig.clock.advance(5 * 60 * 1000);
    }
    assert_eq!(rig.partners.seen.lock().unwrap().len(), 20);
    let list = parked::list(&*rig.backend.storage).await.unwrap();
    assert_eq!(list.len(), 1);
    assert_eq!(
        (list[0].kind.as_str(), list[0].province.as_str()),
        ("deliver", "08")
    );
    // A withdrawal waits behind it: an office that does not have the dossier can't give it back.
    let code = view(&rig, &phone).await.code;
    accepted(take_back(&rig, &phone, &withdrawal(&phone, &code)).await);
    rig.work().await;
    assert_eq!(rig.partners.seen.lock().unwrap().len(), 20);
    let now = rig.backend.world.clock.now();
    assert_eq!(parked::retry(&*rig.backend.storage, now).await, Ok(1));
    rig.partners.replies.lock().unwrap().clear();
    rig.partners.will([OK, OK]);
    rig.work().await;
    assert_eq!(last_delivery(&rig)["data"][0]["TrangThaiHoSo"], "7");
    assert_eq!(rig.count("SELECT COUNT(*) FROM outbox").await, 0);
}

#[tokio::test]
async fn an_outage_is_waited_out_for_ever() {
    let rig = Rig::new().await;
    let phone = rig.citizen("099196000003").await;
    phone.file(&rig, &intent(1)).await;
    for _ in 0..40 {
        rig.partners.will([Reply::Status(503, "")]);
        rig.work().await;
        rig.clock.advance(5 * 60 * 1000);
    }
    assert_eq!(rig.partners.seen.lock().unwrap().len(), 40);
    assert!(
        parked::list(&*rig.backend.storage)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_stream_says_sync_now_and_nothing_else() {
    let rig = Rig::new().await;
    let (phone, code) = filed(&rig).await;
    let response = phone.stream(&rig, Method::GET, "/v1/events").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut pieces = response.into_body().into_data_stream();
    assert_eq!(&pieces.next().await.unwrap().unwrap()[..], b":\n\n");
    assert!(pieces.next().now_or_never().is_none(), "nothing is new");
    say(&rig, "msg_1", &report(&code, 2, "20261118100000", &[])).await;
    let told = pieces.next().await.unwrap().unwrap();
    assert_eq!(&told[..], b"event: sync\ndata: now\n\n");
    let mut waiting = pieces.next();
    assert!((&mut waiting).now_or_never().is_none());
    rig.clock.advance(25_000);
    assert_eq!(&waiting.await.unwrap().unwrap()[..], b":\n\n");
    rig.backend.drain();
    assert!(pieces.next().await.is_none());
}

#[tokio::test]
async fn a_stream_without_a_session_is_none() {
    let rig = Rig::new().await;
    let answer = rig.get("/v1/events").await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}
