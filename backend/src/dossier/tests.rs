#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use gandan_domain::{
    Problem,
    dossier::{Intent, Receipt, Status, keyset::KeyUse},
    form::Value,
    jws::Unverified,
    log::{START, check},
    problem::{FieldProblem, RefusalReason, WireProblem},
    wire::{Command, DossierView, LogResponse, Operation, OperationResult, SyncRequest, What},
};
use http::{Method, StatusCode};
use serde_json::json;

use crate::testing::{OFFICE, PDF, PHOTO, PUBLIC, Phone, Reply, Rig, Sent, intent};

pub(super) const OK: Reply = Reply::Json(r#"{"error_code":"00"}"#);

pub(super) fn receipt(rig: &Rig, token: &str) -> Receipt {
    let unverified = Unverified::parse(token).unwrap();
    let kid = unverified.header.kid.clone().unwrap();
    let key = rig
        .backend
        .keys
        .trusted
        .find(&kid, KeyUse::Receipt)
        .unwrap();
    let payload = unverified.verify(key, "gandan-receipt+jwt").unwrap();
    serde_json::from_slice(&payload).unwrap()
}

pub(super) fn refused(result: OperationResult) -> Problem {
    match result {
        OperationResult::Problem { problem } => problem.gandan.unwrap(),
        OperationResult::Accepted { .. } | OperationResult::Done => panic!("accepted"),
    }
}

pub(super) fn accepted(result: OperationResult) -> String {
    match result {
        OperationResult::Accepted { receipt } => receipt,
        OperationResult::Problem { problem } => panic!("{problem:?}"),
        OperationResult::Done => panic!("no receipt"),
    }
}

pub(super) async fn view(rig: &Rig, phone: &Phone) -> DossierView {
    let response = phone.changes(rig, 0).await;
    match response.changes.into_iter().next().unwrap().what {
        What::Dossier { dossier } => dossier,
        What::Unknown => panic!("unknown"),
    }
}

pub(super) async fn log(rig: &Rig, phone: &Phone) -> Vec<(String, String)> {
    let response = phone
        .call(rig, Method::GET, "/v1/log?after=0", &[], b"")
        .await;
    let log: LogResponse = serde_json::from_slice(response.body()).unwrap();
    check(START, &log.entries).expect("an unbroken chain");
    log.entries
        .into_iter()
        .map(|entry| (entry.actor, entry.action))
        .collect()
}

pub(super) fn entry(actor: &str, action: &str) -> (String, String) {
    (actor.into(), action.into())
}

async fn try_changed(change: impl FnOnce(&mut Intent)) -> Problem {
    let rig = Rig::new().await;
    let phone = rig.citizen("099196000003").await;
    let mut intent = intent(1);
    phone
        .post_file(&rig, &Sent::photo(intent.id), PHOTO.len(), PHOTO)
        .await;
    change(&mut intent);
    let problem = refused(phone.submit(&rig, intent.id, &phone.sign(&intent)).await);
    for table in [
        "SELECT COUNT(*) FROM dossier",
        "SELECT COUNT(*) FROM idempotency",
        "SELECT COUNT(*) FROM outbox",
        "SELECT COUNT(*) FROM access_log",
        "SELECT COUNT(*) FROM dossier_counter",
    ] {
        assert_eq!(rig.count(table).await, 0, "{table}");
    }
    problem
}

#[tokio::test]
async fn an_intent_becomes_one_dossier_with_a_receipt_that_the_phone_believes() {
    let rig = Rig::new().await;
    let phone = rig.citizen("099196000003").await;
    let intent = intent(1);
    let jws = phone.sign(&intent);
    phone
        .post_file(&rig, &Sent::photo(intent.id), PHOTO.len(), PHOTO)
        .await;
    let token = accepted(phone.submit(&rig, intent.id, &jws).await);
    Receipt::verify(
        &token,
        &rig.backend.keys.trusted,
        intent.id,
        &jws,
        &intent.files,
    )
    .unwrap();
    assert_eq!(
        receipt(&rig, &token).dossier.as_str(),
        "H99.08.01-261118-0001"
    );
    let response = phone.changes(&rig, 0).await;
    assert_eq!(
        (response.cursor, response.more, response.changes.len()),
        (1, false, 1)
    );
    let dossier = view(&rig, &phone).await;
    assert_eq!(
        (dossier.intent, dossier.status, dossier.history.len()),
        (intent.id, Status::Registered, 1)
    );
    assert!(phone.changes(&rig, 1).await.changes.is_empty());
    assert_eq!(log(&rig, &phone).await, [entry("self", "dossier.created")]);
    assert_eq!(
        rig.count("SELECT COUNT(*) FROM dossier WHERE province = '08'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_lost_answer_is_given_again_for_ever_and_to_every_phone_of_the_citizen() {
    let mut rig = Rig::new().await;
    let phone = rig.citizen("099196000003").await;
    let intent = intent(1);
    let jws = phone.sign(&intent);
    phone
        .post_file(&rig, &Sent::photo(intent.id), PHOTO.len(), PHOTO)
        .await;
    let first = accepted(phone.submit(&rig, intent.id, &jws).await);
    rig.clock.advance(24 * 60 * 60 * 1000);
    assert_eq!(accepted(phone.submit(&rig, intent.id, &jws).await), first);
    let second_phone = rig.phone(phone.citizen).await;
    assert_eq!(
        accepted(second_phone.submit(&rig, intent.id, &jws).await),
        first
    );
    rig.reopen(2).await;
    assert_eq!(accepted(phone.submit(&rig, intent.id, &jws).await), first);
    assert_eq!(rig.count("SELECT COUNT(*) FROM dossier").await, 1);
    assert_eq!(rig.count("SELECT COUNT(*) FROM outbox").await, 1);
    assert_eq!(
        view(&rig, &phone).await.received_at,
        receipt(&rig, &first).received_at
    );
}

#[tokio::test]
async fn a_write_that_was_lost_leaves_nothing_and_the_next_one_files() {
    let rig = Rig::new().await;
    let phone = rig.citizen("099196000003").await;
    let intent = intent(1);
    let jws = phone.sign(&intent);
    phone
        .post_file(&rig, &Sent::photo(intent.id), PHOTO.len(), PHOTO)
        .await;
    rig.storage.lose_writes(1);
    let problem = refused(phone.submit(&rig, intent.id, &jws).await);
    assert!(problem.is_recoverable());
    assert_eq!(rig.count("SELECT COUNT(*) FROM dossier").await, 0);
    accepted(phone.submit(&rig, intent.id, &jws).await);
    assert_eq!(rig.count("SELECT COUNT(*) FROM dossier").await, 1);
}

#[tokio::test]
async fn the_same_key_over_other_content_is_a_conflict() {
    let rig = Rig::new().await;
    let phone = rig.citizen("099196000003").await;
    let mut intent = intent(1);
    phone.file(&rig, &intent).await;
    intent
        .answers
        .set("child.full_name", Value::Text("Bé Khác".into()));
    assert_eq!(
        refused(phone.submit(&rig, intent.id, &phone.sign(&intent)).await),
        Problem::Conflict
    );
}

/// The phone's key is registered for everyone who signs in on it.
#[tokio::test]
async fn what_somebody_else_signed_on_the_same_phone_is_refused() {
    let rig = Rig::new().await;
    let phone = rig.citizen("099196000003").await;
    let other = rig.citizen("099094000004").await;
    let intent = intent(1);
    let photo = Sent::photo(intent.id);
    phone.post_file(&rig, &photo, PHOTO.len(), PHOTO).await;
    let jws = phone.sign_as(other.citizen, &intent);
    assert_eq!(
        refused(phone.submit(&rig, intent.id, &jws).await),
        Problem::Refused {
            reason: RefusalReason::NotAllowed
        }
    );
    assert_eq!(rig.count("SELECT COUNT(*) FROM dossier").await, 0);
}

#[tokio::test]
async fn another_citizen_with_the_same_intent_id_learns_nothing() {
    let rig = Rig::new().await;
    let phone = rig.citizen("099196000003").await;
    let other = rig.citizen("099094000004").await;
    let intent = intent(1);
    let jws = phone.sign(&intent);
    phone.file(&rig, &intent).await;
    assert_eq!(
        refused(other.submit(&rig, intent.id, &jws).await),
        Problem::SignatureRefused
    );
    // Their own intent that happens to have this id is their own.
    assert_eq!(
        refused(other.submit(&rig, intent.id, &other.sign(&intent)).await),
        Problem::FileIncomplete
    );
    assert!(other.changes(&rig, 0).await.changes.is_empty());
    assert!(log(&rig, &other).await.is_empty());
    other.file(&rig, &intent).await;
    assert_eq!(rig.count("SELECT COUNT(*) FROM dossier").await, 2);
}

#[tokio::test]
async fn bad_intents_are_refused_and_leave_nothing() {
    let refusal = |reason| Problem::Refused { reason };
    assert_eq!(
        try_changed(|intent| intent.procedure = "9.999999".into()).await,
        refusal(RefusalReason::UnknownProcedure)
    );
    assert_eq!(
        try_changed(|intent| intent.commune.code = "99999".into()).await,
        refusal(RefusalReason::UnknownCommune)
    );
    assert_eq!(
        try_changed(|intent| intent.form_version = 0).await,
        Problem::FormChanged { had: 0, now: 1 }
    );
    assert_eq!(
        try_changed(|intent| intent.fee_vnd = Some(gandan_domain::payment::Vnd::new(8000))).await,
        Problem::FormChanged { had: 1, now: 1 }
    );
    assert_eq!(
        try_changed(|intent| intent.files.clear()).await,
        Problem::Malformed
    );
    assert_eq!(
        try_changed(|intent| intent.files.push(intent.files[0].clone())).await,
        Problem::Malformed
    );
    assert_eq!(
        try_changed(|intent| drop(
            intent
                .contested
                .insert("child.full_name".into(), "x".into())
        ))
        .await,
        Problem::Malformed
    );
    let future = try_changed(|intent| {
        intent
            .answers
            .set("child.birth_date", Value::Text("2030-01-01".into()))
    })
    .await;
    assert!(
        matches!(future, Problem::Invalid { fields } if matches!(&fields[..], [FieldProblem { field, .. }] if field == "child.birth_date"))
    );
}

#[tokio::test]
async fn a_file_that_is_not_here_whole_or_is_another_kind_holds_the_submit_back() {
    let rig = Rig::new().await;
    let phone = rig.citizen("099196000003").await;
    let mut intent = intent(1);
    let sent = Sent::photo(intent.id);
    let jws = phone.sign(&intent);
    assert_eq!(
        refused(phone.submit(&rig, intent.id, &jws).await),
        Problem::FileIncomplete
    );
    phone.post_file(&rig, &sent, PHOTO.len(), &PHOTO[..9]).await;
    assert_eq!(
        refused(phone.submit(&rig, intent.id, &jws).await),
        Problem::FileIncomplete
    );
    let made = phone.post_file(&rig, &sent, PHOTO.len(), b"").await;
    let path = made.headers()["location"]
        .to_str()
        .unwrap()
        .strip_prefix(PUBLIC)
        .unwrap()
        .to_owned();
    phone.patch(&rig, &path, 9, &PHOTO[9..]).await;
    intent.files[0].media_type = "image/png".into();
    if let Some(Value::File(file)) = intent.answers.get("certificate.photo").cloned() {
        let png = gandan_domain::form::FileAnswer {
            media_type: "image/png".into(),
            ..file
        };
        intent.answers.set("certificate.photo", Value::File(png));
    }
    let other_kind = phone.submit(&rig, intent.id, &phone.sign(&intent)).await;
    assert!(matches!(
        refused(other_kind),
        Problem::FileNotWhatItSays { .. }
    ));
    accepted(phone.submit(&rig, intent.id, &jws).await);
}

#[tokio::test]
async fn a_refused_operation_holds_up_nothing_and_more_than_a_page_says_so() {
    let rig = Rig::new().await;
    let phone = rig.citizen("099196000003").await;
    let operations = |range: std::ops::RangeInclusive<u128>| {
        range
            .map(|number| {
                let mut intent = intent(number);
                intent.files.clear();
                intent.answers.0.remove("certificate.photo");
                // Every tenth is not for a procedure that we know.
                if number % 10 == 0 {
                    intent.procedure = "x".into();
                }
                Operation {
                    key: intent.id.0,
                    command: Command::Submit {
                        intent: phone.sign(&intent),
                    },
                }
            })
            .collect()
    };
    for range in [1..=50, 51..=100, 101..=115] {
        let request = SyncRequest {
            operations: operations(range),
            ..SyncRequest::default()
        };
        let response = phone.sync(&rig, &request).await;
        for (answer, operation) in response.answers.iter().zip(&request.operations) {
            assert_eq!(answer.key, operation.key);
            let tenth = operation.key.as_u128() % 10 == 0;
            assert_eq!(
                matches!(answer.result, OperationResult::Problem { .. }),
                tenth
            );
        }
    }
    let first = phone.changes(&rig, 0).await;
    assert_eq!(
        (first.changes.len(), first.more, first.cursor),
        (100, true, 100)
    );
    let rest = phone.changes(&rig, first.cursor).await;
    assert_eq!(
        (rest.changes.len(), rest.more, rest.cursor),
        (4, false, 104)
    );
    let malformed = phone.call(&rig, Method::POST, "/v1/sync", &[], b"{").await;
    assert_eq!(malformed.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_office_gets_the_dossier_until_it_says_that_it_has_it() {
    let rig = Rig::new().await;
    let phone = rig.citizen("099196000003").await;
    phone.file(&rig, &intent(1)).await;
    for reply in [
        Reply::Down,
        Reply::Json("<html>"),
        Reply::Json(r#"{"error_code":"01"}"#),
        Reply::Status(503, r#"{"error_code":"00"}"#),
    ] {
        rig.partners.will([reply]);
        rig.work().await;
        assert_eq!(rig.count("SELECT COUNT(*) FROM outbox").await, 1);
        // Not due yet: nothing is sent however often the workers look.
        let sent = rig.partners.seen.lock().unwrap().len();
        rig.work().await;
        assert_eq!(rig.partners.seen.lock().unwrap().len(), sent);
        rig.clock.advance(5 * 60 * 1000);
    }
    rig.partners.will([OK]);
    // Killed after the office has it: the row is still there, and goes again.
    rig.storage.lose_writes(2);
    rig.work().await;
    assert_eq!(rig.count("SELECT COUNT(*) FROM outbox").await, 1);
    rig.clock.advance(5 * 60 * 1000);
    rig.storage.lose_writes(0);
    rig.partners.will([OK]);
    rig.work().await;
    assert_eq!(rig.count("SELECT COUNT(*) FROM outbox").await, 0);
    assert_eq!(
        log(&rig, &phone).await[1],
        entry("H99.08.01", "dossier.delivered")
    );
    let (url, body) = {
        let seen = rig.partners.seen.lock().unwrap();
        let last = seen.last().unwrap();
        assert_eq!(last.headers()["authorization"], "Bearer o");
        (
            last.uri().to_string(),
            serde_json::from_slice::<serde_json::Value>(last.body()).unwrap(),
        )
    };
    assert_eq!(url, format!("{OFFICE}/v1/DongBoHoSoMC"));
    let dossier = &body["data"][0];
    assert_eq!(dossier["MaDoiTuong"], "099196000003");
    assert_eq!(
        dossier["ThongTinKhac"]["child.sex"],
        json!({"label": "Giới tính", "value": "Nam"})
    );
    assert_eq!(
        dossier["ThongTinKhac"]["requester.full_name"],
        json!({"label": "Người yêu cầu", "value": "Người Thử Khác", "source": "population", "contested": "Người Thử 099"})
    );
    assert_eq!(dossier["TaiLieuNop"][0]["MaThanhPhanHoSo"], "KQ-1");
}

#[tokio::test]
async fn the_office_reads_a_file_by_its_signed_address_and_the_citizen_sees_it() {
    let rig = Rig::new().await;
    let phone = rig.citizen("099196000003").await;
    phone.file(&rig, &intent(1)).await;
    rig.partners.will([OK]);
    rig.work().await;
    let url = {
        let seen = rig.partners.seen.lock().unwrap();
        let body: serde_json::Value = serde_json::from_slice(seen[0].body()).unwrap();
        body["data"][0]["TaiLieuNop"][0]["DuongDanTaiTepTin"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let path = url.strip_prefix(PUBLIC).unwrap();
    let read = rig.get(path).await;
    assert_eq!((read.status(), &read.body()[..]), (StatusCode::OK, PHOTO));
    assert_eq!(read.headers()["content-type"], "image/jpeg");
    assert_eq!(
        log(&rig, &phone).await.last().unwrap(),
        &entry("H99.08.01", "file.read")
    );
    let lines = log(&rig, &phone).await.len();
    for wrong in [
        path.replace("exp=1", "exp=2"),
        path.replace("sig=", "sig=0"),
        path.split('?').next().unwrap().to_owned(),
    ] {
        assert_eq!(rig.get(&wrong).await.status(), StatusCode::NOT_FOUND);
    }
    rig.clock.advance(super::agency_url::LIFE_MS + 1);
    assert_eq!(rig.get(path).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(log(&rig, &phone).await.len(), lines);
}

fn report(code: &str, status: u8, papers: &serde_json::Value) -> String {
    json!({"service": "CapNhatTienDoHoSoMC", "data": [{
        "MaHoSo": code, "NguoiXuLy": "Người Thử", "ChucDanh": "Công chức", "ThoiDiemXuLy": "20261119093000",
        "PhongBanXuLy": "Bộ phận một cửa", "NoiDungXuLy": "Xong", "TrangThai": status.to_string(),
        "DanhSachGiayToKetQua": papers,
    }]})
    .to_string()
}

pub(super) async fn filed(rig: &Rig) -> (Phone, String) {
    let phone = rig.citizen("099196000003").await;
    let token = phone.file(rig, &intent(1)).await;
    rig.partners.will([OK]);
    rig.work().await;
    (phone, receipt(rig, &token).dossier.to_string())
}

#[tokio::test]
async fn reports_move_the_dossier_once_each() {
    let rig = Rig::new().await;
    let (phone, code) = filed(&rig).await;
    let accepted = report(&code, 2, &json!([]));
    for _ in 0..3 {
        assert_eq!(
            rig.report("msg_1", &accepted).await.status(),
            StatusCode::OK
        );
    }
    // The same status under another id is no move either.
    assert_eq!(
        rig.report("msg_2", &accepted).await.status(),
        StatusCode::OK
    );
    let dossier = view(&rig, &phone).await;
    assert_eq!(
        (dossier.status, dossier.history.len()),
        (Status::Accepted, 2)
    );
    let entry = &dossier.history[1];
    assert_eq!(
        entry.handler.as_ref().unwrap().expose(),
        "Người Thử, Công chức"
    );
    assert_eq!(entry.agency, "Bộ phận một cửa");
    assert_eq!(phone.changes(&rig, 0).await.cursor, 2);
}

#[tokio::test]
async fn a_forged_report_changes_nothing() {
    let rig = Rig::new().await;
    let (phone, code) = filed(&rig).await;
    let body = report(&code, 2, &json!([]));
    let now = 1_795_000_000;
    for (seconds, signature) in [(now, "v1,AAAA"), (now, ""), (now - 301, "v1,AAAA")] {
        let answer = rig.report_signed("msg_1", seconds, signature, &body).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        let wire: WireProblem = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(wire.gandan, Some(Problem::SignatureRefused));
    }
    assert_eq!(rig.count("SELECT COUNT(*) FROM webhook_seen").await, 0);
    assert_eq!(view(&rig, &phone).await.status, Status::Registered);
}

#[tokio::test]
async fn reports_that_overtake_each_other_end_in_order() {
    let rig = Rig::new().await;
    let (phone, code) = filed(&rig).await;
    let (accepted, done) = (report(&code, 2, &json!([])), report(&code, 9, &json!([])));
    assert_eq!(
        rig.report("msg_2", &done).await.status(),
        StatusCode::CONFLICT
    );
    assert_eq!(view(&rig, &phone).await.history.len(), 1);
    assert_eq!(
        rig.report("msg_1", &accepted).await.status(),
        StatusCode::OK
    );
    assert_eq!(rig.report("msg_2", &done).await.status(), StatusCode::OK);
    assert_eq!(
        rig.report("msg_3", &accepted).await.status(),
        StatusCode::CONFLICT
    );
    let statuses: Vec<_> = view(&rig, &phone)
        .await
        .history
        .iter()
        .map(|entry| entry.status)
        .collect();
    assert_eq!(
        statuses,
        [Status::Registered, Status::Accepted, Status::Done]
    );
    let unknown = report("H99.08.01-261118-9999", 2, &json!([]));
    assert_eq!(
        rig.report("msg_4", &unknown).await.status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        rig.report("msg_5", "<html>").await.status(),
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn a_result_is_fetched_kept_and_read_by_its_citizen_only() {
    let rig = Rig::new().await;
    let (phone, code) = filed(&rig).await;
    let papers = json!([{"TenGiayTo": "Giấy khai sinh (THỬ NGHIỆM)", "GiayToId": "7",
        "DuongDanTepTinKetQua": format!("{OFFICE}/v1/results/7")}]);
    rig.report("msg_1", &report(&code, 2, &json!([]))).await;
    assert_eq!(
        rig.report("msg_2", &report(&code, 9, &papers))
            .await
            .status(),
        StatusCode::OK
    );
    rig.partners.will([Reply::Bytes(b"<html>down</html>")]);
    rig.work().await;
    assert!(view(&rig, &phone).await.results.is_empty());
    rig.clock.advance(60_000);
    rig.partners.will([Reply::Bytes(PDF)]);
    rig.work().await;
    // Told again, fetched never again.
    rig.report("msg_3", &report(&code, 9, &papers)).await;
    assert_eq!(rig.count("SELECT COUNT(*) FROM outbox").await, 0);
    let dossier = view(&rig, &phone).await;
    let [result] = &dossier.results[..] else {
        panic!("one result")
    };
    assert_eq!(
        (result.media_type.as_str(), result.size),
        ("application/pdf", PDF.len() as u64)
    );
    assert_eq!(result.name, "Giấy khai sinh (THỬ NGHIỆM)");
    let path = format!("/v1/results/{}", result.id);
    let read = phone.call(&rig, Method::GET, &path, &[], b"").await;
    assert_eq!((read.status(), &read.body()[..]), (StatusCode::OK, PDF));
    let other = rig.citizen("099094000004").await;
    let foreign = other.call(&rig, Method::GET, &path, &[], b"").await;
    assert_eq!(foreign.status(), StatusCode::NOT_FOUND);
    assert_eq!(rig.get(&path).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        log(&rig, &phone).await.last().unwrap(),
        &entry("H99.08.01", "result.received")
    );
}

#[tokio::test]
async fn a_result_at_another_origin_is_never_asked_for() {
    let rig = Rig::new().await;
    let (phone, code) = filed(&rig).await;
    let asked = rig.partners.seen.lock().unwrap().len();
    let papers = json!([{"TenGiayTo": "x", "GiayToId": "7", "DuongDanTepTinKetQua": "http://169.254.169.254/latest"}]);
    assert_eq!(
        rig.report("msg_1", &report(&code, 2, &papers))
            .await
            .status(),
        StatusCode::FORBIDDEN
    );
    rig.work().await;
    assert_eq!(rig.partners.seen.lock().unwrap().len(), asked);
    assert_eq!(view(&rig, &phone).await.status, Status::Registered);
}
