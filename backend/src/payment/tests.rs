#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::collections::BTreeMap;

use gandan_domain::{
    dossier::{Intent, IntentId, Withdrawal, withdrawal::WITHDRAWAL_TYP},
    form::Value,
    payment::{
        Method, PaymentReceipt, State, Vnd,
        vietqr::Transfer,
        vnpay::{Answer, Query, Terminal},
    },
    wire::{
        Command, DossierView, FeeView, GiveUpRequest, OperationResult, OrderView, PaymentRequest,
        What,
    },
};
use http::{Method as Verb, StatusCode};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::testing::{Phone, Reply, Rig, VNPAY_SECRET, intent};

const OK: Reply = Reply::Json(r#"{"error_code":"00"}"#);
const RETURN: &str = "vn.gandan:/callback";
const MINUTE: i64 = 60_000;

fn terminal() -> Terminal {
    Terminal::new("THUNGHM1", VNPAY_SECRET)
}

/// A dossier that costs 16,000 đ.
fn paid_intent(number: u128) -> Intent {
    let mut intent = intent(number);
    let answer = Value::Text("hai bản sao".into());
    intent.answers.set("requester.residence", answer);
    intent.fee_vnd = Some(Vnd::new(16_000));
    intent
}

async fn dossier(rig: &Rig, phone: &Phone) -> DossierView {
    match phone.changes(rig, 0).await.changes.pop().unwrap().what {
        What::Dossier { dossier } => dossier,
        What::Unknown => panic!("unknown"),
    }
}

async fn fee(rig: &Rig, phone: &Phone) -> FeeView {
    dossier(rig, phone).await.fees.remove(0)
}

async fn with_a_fee() -> (Rig, Phone, FeeView) {
    let rig = Rig::new().await;
    let phone = rig.citizen("099196000003").await;
    phone.file(&rig, &paid_intent(1)).await;
    let fee = fee(&rig, &phone).await;
    (rig, phone, fee)
}

async fn post(rig: &Rig, phone: &Phone, path: &str, body: &impl serde::Serialize) -> (u16, Json) {
    let body = serde_json::to_vec(body).unwrap();
    let response = phone.call(rig, Verb::POST, path, &[], &body).await;
    (
        response.status().as_u16(),
        serde_json::from_slice(response.body()).unwrap_or_default(),
    )
}

async fn try_start(
    rig: &Rig,
    phone: &Phone,
    key: u128,
    fee: Uuid,
    method: Method,
) -> Result<OrderView, u16> {
    let request = PaymentRequest {
        key: Uuid::from_u128(key),
        fee,
        method,
        return_to: RETURN.into(),
        lang: "vi".into(),
    };
    match post(rig, phone, "/v1/payments", &request).await {
        (200, order) => Ok(serde_json::from_value(order).unwrap()),
        (status, _) => Err(status),
    }
}

async fn start(rig: &Rig, phone: &Phone, fee: &FeeView, method: Method) -> OrderView {
    try_start(rig, phone, 77, fee.id, method).await.unwrap()
}

/// The gateway's report of a capture, with changes.
fn captured(reference: &str, number: &str, changes: &[(&'static str, &str)]) -> String {
    let mut parameters = BTreeMap::from([
        ("vnp_Amount", "1600000".to_owned()),
        ("vnp_OrderInfo", "x".into()),
        ("vnp_ResponseCode", "00".into()),
        ("vnp_TmnCode", "THUNGHM1".into()),
        ("vnp_TransactionNo", number.into()),
        ("vnp_TransactionStatus", "00".into()),
        ("vnp_TxnRef", reference.into()),
    ]);
    for (name, value) in changes {
        parameters.insert(name, (*value).into());
    }
    terminal().sign(&parameters)
}

async fn ipn(rig: &Rig, query: &str) -> String {
    let response = rig.get(&format!("/v1/payments/vnpay/ipn?{query}")).await;
    assert_eq!(response.status(), StatusCode::OK);
    let answer: Json = serde_json::from_slice(response.body()).unwrap();
    answer["RspCode"].as_str().unwrap().to_owned()
}

/// What the books must always show (I4): a fee is settled at most once, and what came in is what
/// settled plus what is owed.
async fn balanced(rig: &Rig) {
    assert_eq!(
        rig.count("SELECT COUNT(*) FROM (SELECT fee FROM credit WHERE settles > 0 GROUP BY fee HAVING COUNT(*) > 1)").await,
        0
    );
    assert_eq!(
        rig.count("SELECT COALESCE(SUM(vnd), 0) FROM fee WHERE paid = 1")
            .await,
        rig.count("SELECT COALESCE(SUM(settles), 0) FROM credit")
            .await
    );
    assert_eq!(
        rig.count("SELECT COUNT(*) FROM (SELECT fee FROM payment_order WHERE state IN ('started', 'checking') GROUP BY fee HAVING COUNT(*) > 1)").await,
        0
    );
}

#[tokio::test]
async fn a_fee_is_due_at_filing_and_the_office_is_told_of_it_and_of_its_payment() {
    let (rig, phone, due) = with_a_fee().await;
    assert_eq!(due.vnd, Vnd::new(16_000));
    assert_eq!(due.methods, [Method::Vnpay, Method::Vietqr]);
    assert_eq!(due.lines[0].basis, "Thông tư 281/2016/TT-BTC");
    assert!(!due.paid && due.order.is_none());
    rig.partners.will([OK]);
    rig.work().await;
    let order = start(&rig, &phone, &due, Method::Vnpay).await;
    assert!(order.url.unwrap().contains("vnp_Amount=1600000&"));
    rig.partners.will([OK]);
    assert_eq!(
        ipn(&rig, &captured(&order.reference, "14", &[])).await,
        "00"
    );
    rig.work().await;
    let paid = fee(&rig, &phone).await;
    assert!(paid.paid);
    assert_eq!(paid.order.unwrap().state, State::Paid);
    let code = dossier(&rig, &phone).await.code;
    let keys = &rig.backend.keys.trusted;
    let proof =
        PaymentReceipt::verify(&paid.receipt.unwrap(), keys, due.id, &code, due.vnd).unwrap();
    assert_eq!(proof.receipt().reference, order.reference);
    assert_eq!(proof.receipt().transaction, "14");
    let told: Vec<Json> = {
        let seen = rig.partners.seen.lock().unwrap();
        let bodies = seen.iter().map(|request| request.body());
        bodies
            .filter_map(|body| serde_json::from_slice(body).ok())
            .collect()
    };
    let fees = |at: usize| told[at]["data"][0]["DanhSachLePhi"][0].clone();
    assert_eq!(fees(0)["TrangThaiThanhToan"], "0");
    assert_eq!(told[1]["service"], "CapNhatThanhToanHoSoMC");
    assert_eq!(fees(1)["TrangThaiThanhToan"], "1");
    assert_eq!(fees(1)["SoBienLai"], order.reference.as_str());
    balanced(&rig).await;
}

#[tokio::test]
async fn a_free_dossier_has_no_fee_and_another_sum_than_was_seen_is_not_filed() {
    let rig = Rig::new().await;
    let phone = rig.citizen("099196000003").await;
    phone.file(&rig, &intent(1)).await;
    assert!(dossier(&rig, &phone).await.fees.is_empty());
    for seen in [None, Some(Vnd::ZERO), Some(Vnd::new(15_999))] {
        let mut changed = paid_intent(2);
        changed.fee_vnd = seen;
        let sent = crate::testing::Sent::photo(changed.id);
        let photo = crate::testing::PHOTO;
        phone.post_file(&rig, &sent, photo.len(), photo).await;
        let jws = phone.sign(&changed);
        assert!(matches!(
            phone.submit(&rig, changed.id, &jws).await,
            gandan_domain::wire::OperationResult::Problem { .. }
        ));
    }
    assert_eq!(rig.count("SELECT COUNT(*) FROM fee").await, 0);
}

#[tokio::test]
async fn every_answer_to_an_ipn() {
    let (rig, phone, due) = with_a_fee().await;
    let order = start(&rig, &phone, &due, Method::Vnpay).await;
    let good = captured(&order.reference, "14", &[]);
    let forged = good.replace("vnp_TransactionNo=14", "vnp_TransactionNo=15");
    assert_eq!(ipn(&rig, &forged).await, "97");
    assert_eq!(ipn(&rig, "").await, "97");
    assert_eq!(
        ipn(&rig, &captured("GD000000000000", "14", &[])).await,
        "01"
    );
    let more = captured(&order.reference, "14", &[("vnp_Amount", "1600100")]);
    assert_eq!(ipn(&rig, &more).await, "04");
    let hundredth = captured(&order.reference, "14", &[("vnp_Amount", "1600001")]);
    assert_eq!(ipn(&rig, &hundredth).await, "99");
    rig.storage.lose_writes(1);
    assert_eq!(ipn(&rig, &good).await, "99");
    assert!(!fee(&rig, &phone).await.paid);
    assert_eq!(ipn(&rig, &good).await, "00");
    assert_eq!(ipn(&rig, &good).await, "02");
    let response = rig
        .send(
            http::Request::post("/v1/payments/vnpay/ipn")
                .header("content-type", "application/x-www-form-urlencoded")
                .body(axum::body::Body::from(good))
                .unwrap(),
        )
        .await;
    assert!(String::from_utf8_lossy(response.body()).contains("\"02\""));
    // A second capture of a paid order: in the books, and owed back.
    let second = captured(&order.reference, "15", &[]);
    assert_eq!(ipn(&rig, &second).await, "00");
    let paid = fee(&rig, &phone).await;
    assert_eq!(paid.refunds.len(), 1);
    assert_eq!(paid.refunds[0].vnd, Vnd::new(16_000));
    balanced(&rig).await;
}

#[tokio::test]
async fn one_open_order_whoever_asks_and_by_whatever_method() {
    let (rig, phone, due) = with_a_fee().await;
    let first = start(&rig, &phone, &due, Method::Vnpay).await;
    let other_phone = rig.phone(phone.citizen).await;
    for (number, (who, method)) in [
        (&phone, Method::Vnpay),
        (&phone, Method::Vietqr),
        (&other_phone, Method::Vietqr),
    ]
    .into_iter()
    .enumerate()
    {
        let key = 100 + number as u128;
        let again = try_start(&rig, who, key, due.id, method).await.unwrap();
        assert_eq!((again.id, again.method), (first.id, Method::Vnpay));
    }
    // Unknown is open, too.
    rig.get(&format!(
        "/v1/payments/vnpay/return?{}",
        captured(&first.reference, "14", &[])
    ))
    .await;
    let unknown = try_start(&rig, &phone, 200, due.id, Method::Vietqr)
        .await
        .unwrap();
    assert_eq!((unknown.id, unknown.state), (first.id, State::Checking));
    assert!(unknown.url.is_none(), "nothing to pay by while unknown");
    assert_eq!(rig.count("SELECT COUNT(*) FROM payment_order").await, 1);
    balanced(&rig).await;
}

#[tokio::test]
async fn a_strangers_fee_is_not_there_and_a_key_is_for_one_fee() {
    let (rig, phone, due) = with_a_fee().await;
    let stranger = rig.citizen("099094000004").await;
    let start = |who, key, fee| try_start(&rig, who, key, fee, Method::Vnpay);
    assert_eq!(start(&stranger, 1, due.id).await.err(), Some(404));
    assert_eq!(start(&phone, 2, Uuid::nil()).await.err(), Some(404));
    let order = start(&phone, 3, due.id).await.unwrap();
    assert_eq!(start(&phone, 3, due.id).await.unwrap().id, order.id);
    assert_eq!(start(&phone, 3, Uuid::nil()).await.err(), Some(409));
    let elsewhere = PaymentRequest {
        key: Uuid::from_u128(9),
        fee: due.id,
        method: Method::Vnpay,
        return_to: "https://evil.example/".into(),
        lang: String::new(),
    };
    assert_eq!(post(&rig, &phone, "/v1/payments", &elsewhere).await.0, 400);
    let cash = try_start(&rig, &phone, 10, due.id, Method::Cash).await;
    assert_eq!(cash.unwrap().id, order.id, "an open order is an open order");
}

#[tokio::test]
async fn the_return_decides_nothing_and_the_gateway_is_asked() {
    let (rig, phone, due) = with_a_fee().await;
    rig.partners.will([OK]);
    rig.work().await;
    let order = start(&rig, &phone, &due, Method::Vnpay).await;
    let back = rig
        .get(&format!(
            "/v1/payments/vnpay/return?{}",
            captured(&order.reference, "14", &[])
        ))
        .await;
    assert_eq!(back.status(), StatusCode::FOUND);
    let location = back.headers()["location"].to_str().unwrap();
    assert_eq!(location, format!("{RETURN}?payment={}", order.id));
    let unknown = fee(&rig, &phone).await;
    assert!(!unknown.paid);
    assert_eq!(unknown.order.unwrap().state, State::Checking);
    // An address that the gateway did not make.
    let copied = rig.get("/v1/payments/vnpay/return?vnp_TxnRef=x").await;
    assert_eq!(copied.status(), StatusCode::BAD_REQUEST);
    // The gateway does not answer, then says something unsigned, then the truth.
    rig.partners.will([Reply::Down, OK]);
    rig.work().await;
    assert!(!fee(&rig, &phone).await.paid);
    rig.partners.will([answer(&order.reference, "00")]);
    rig.clock.advance(2 * MINUTE);
    rig.work().await;
    rig.clock.advance(2 * MINUTE);
    rig.work().await;
    let question: Query = {
        let seen = rig.partners.seen.lock().unwrap();
        let asked = seen
            .iter()
            .rfind(|request| request.uri().path() == "/vnpay/api")
            .unwrap();
        serde_json::from_slice(asked.body()).unwrap()
    };
    assert_eq!(question.txn_ref, order.reference);
    assert!(terminal().verify_question(&question).is_ok());
    assert!(fee(&rig, &phone).await.paid);
    // The IPN comes two hours late and changes nothing.
    rig.clock.advance(120 * MINUTE);
    let late = captured(&order.reference, "14", &[]);
    assert_eq!(ipn(&rig, &late).await, "02");
    balanced(&rig).await;
}

/// What the gateway says when asked.
fn answer(reference: &str, status: &str) -> Reply {
    let (response, status) = match status {
        "91" => ("91", ""),
        status => ("00", status),
    };
    let answer = terminal().sign_answer(Answer {
        command: "querydr".into(),
        response_code: response.into(),
        tmn_code: "THUNGHM1".into(),
        txn_ref: reference.into(),
        amount: "1600000".into(),
        transaction_no: "14".into(),
        transaction_status: status.into(),
        ..Answer::default()
    });
    Reply::Json(String::leak(serde_json::to_string(&answer).unwrap()))
}

#[tokio::test]
async fn an_order_that_the_gateway_never_saw_ends_after_its_time_and_not_before() {
    let (rig, phone, due) = with_a_fee().await;
    rig.partners.will([OK]);
    rig.work().await;
    let order = start(&rig, &phone, &due, Method::Vnpay).await;
    let not_there = || answer(&order.reference, "91");
    for (minutes, state) in [
        (3, State::Started),
        (10, State::Started),
        (2, State::Checking),
        (2, State::Expired),
    ] {
        rig.partners.will([not_there()]);
        rig.clock.advance(minutes * MINUTE);
        rig.work().await;
        rig.partners.replies.lock().unwrap().clear();
        assert_eq!(fee(&rig, &phone).await.order.unwrap().state, state);
    }
    // Now another may be started. A capture of the first comes after all, then one of the second.
    let second = try_start(&rig, &phone, 78, due.id, Method::Vnpay)
        .await
        .unwrap();
    assert_ne!(second.id, order.id);
    let late = captured(&order.reference, "14", &[]);
    assert_eq!(ipn(&rig, &late).await, "00");
    assert!(fee(&rig, &phone).await.paid);
    let double = captured(&second.reference, "15", &[]);
    assert_eq!(ipn(&rig, &double).await, "00");
    let paid = fee(&rig, &phone).await;
    assert_eq!(paid.refunds.len(), 1);
    assert_eq!(paid.order.unwrap().state, State::RefundDue);
    balanced(&rig).await;
}

#[tokio::test]
async fn a_declined_order_lets_another_be_started() {
    let (rig, phone, due) = with_a_fee().await;
    let order = start(&rig, &phone, &due, Method::Vnpay).await;
    let declined = captured(
        &order.reference,
        "0",
        &[("vnp_ResponseCode", "24"), ("vnp_TransactionStatus", "02")],
    );
    assert_eq!(ipn(&rig, &declined).await, "00");
    assert_eq!(ipn(&rig, &declined).await, "02");
    assert_eq!(fee(&rig, &phone).await.order.unwrap().state, State::Failed);
    let again = try_start(&rig, &phone, 78, due.id, Method::Vietqr)
        .await
        .unwrap();
    assert_eq!(again.method, Method::Vietqr);
}

#[tokio::test]
async fn a_bank_is_called_as_the_office_says_or_else_the_content() {
    let rig = Rig::new().await;
    let mut account = rig.backend.config.payment.transfer.clone().unwrap();
    let catalog = rig.backend.catalog();
    let said = |account: &_| super::bank_of(account, &catalog);
    assert_eq!(said(&account).as_deref(), Some("Ngân hàng THỬ NGHIỆM"));
    account.bank = None;
    assert_eq!(said(&account), None);
    account.bin = "970436".into();
    assert_eq!(said(&account).as_deref(), Some("Vietcombank"));
}

fn notice(number: &str, vnd: u64, memo: &str) -> String {
    json!({"credits": [{"number": number, "account": "0990001234", "vnd": vnd, "memo": memo, "at": 1_795_000_000_000_i64}]})
        .to_string()
}

#[tokio::test]
async fn a_transfer_is_matched_by_its_memo_and_entered_once() {
    let (rig, phone, due) = with_a_fee().await;
    let order = start(&rig, &phone, &due, Method::Vietqr).await;
    let transfer = order.transfer.unwrap();
    let code = Transfer::decode(&transfer.qr).unwrap();
    assert_eq!(code.amount, Some(due.vnd));
    assert_eq!(
        (code.memo, code.account),
        (transfer.memo.clone(), transfer.account)
    );
    let memo = format!("CT DEN 123 {} FT1", transfer.memo.to_lowercase());
    // Not the bank's signature; not our account.
    let forged = rig
        .send(
            http::Request::post("/v1/webhooks/bank")
                .body(axum::body::Body::from(notice("FT1", 16_000, &memo)))
                .unwrap(),
        )
        .await;
    assert_eq!(forged.status(), StatusCode::UNAUTHORIZED);
    let other = notice("FT1", 16_000, &memo).replace("0990001234", "1");
    assert_eq!(
        rig.notice("m0", &other).await.status(),
        StatusCode::FORBIDDEN
    );
    // Too little is owed back and pays nothing.
    let less = rig.notice("m1", &notice("FT0", 10_000, &memo)).await;
    assert_eq!(less.status(), StatusCode::OK);
    let short = fee(&rig, &phone).await;
    assert!(!short.paid);
    assert_eq!(short.refunds[0].vnd, Vnd::new(10_000));
    assert_eq!(
        short.order.unwrap().state,
        State::Started,
        "the order still holds its fee: the whole sum may be on its way"
    );
    // Too much settles, and the rest is owed back; told twice it is one sum.
    for id in ["m2", "m3"] {
        rig.notice(id, &notice("FT1", 20_000, &memo)).await;
    }
    let paid = fee(&rig, &phone).await;
    assert!(paid.paid);
    let owed: Vec<u64> = paid.refunds.iter().map(|refund| refund.vnd.get()).collect();
    assert_eq!(owed, [10_000, 4_000]);
    // Nobody's money stands in the books as well.
    rig.notice("m4", &notice("FT9", 5_000, "cam on")).await;
    assert_eq!(rig.count("SELECT SUM(vnd) FROM credit").await, 35_000);
    assert_eq!(rig.count("SELECT SUM(settles) FROM credit").await, 16_000);
    balanced(&rig).await;
}

#[tokio::test]
async fn who_has_not_transferred_may_choose_again_and_a_late_transfer_is_not_lost() {
    let (rig, phone, due) = with_a_fee().await;
    let order = start(&rig, &phone, &due, Method::Vietqr).await;
    let give_up = GiveUpRequest { order: order.id };
    let stranger = rig.citizen("099094000004").await;
    assert_eq!(
        post(&rig, &stranger, "/v1/payments/give-up", &give_up)
            .await
            .0,
        404
    );
    let (status, ended) = post(&rig, &phone, "/v1/payments/give-up", &give_up).await;
    assert_eq!((status, &ended["state"]), (200, &json!("expired")));
    let second = try_start(&rig, &phone, 78, due.id, Method::Vnpay)
        .await
        .unwrap();
    let gateways = GiveUpRequest { order: second.id };
    assert_eq!(
        post(&rig, &phone, "/v1/payments/give-up", &gateways)
            .await
            .0,
        409
    );
    rig.notice("m1", &notice("FT1", 16_000, &order.reference))
        .await;
    assert!(fee(&rig, &phone).await.paid);
    let double = captured(&second.reference, "15", &[]);
    assert_eq!(ipn(&rig, &double).await, "00");
    assert_eq!(fee(&rig, &phone).await.refunds[0].vnd, Vnd::new(16_000));
    balanced(&rig).await;
}

#[tokio::test]
async fn the_office_asks_takes_cash_and_pays_back() {
    let (rig, phone, due) = with_a_fee().await;
    let code = dossier(&rig, &phone).await.code;
    let report = |status: &str, fee: Json| {
        json!({"service": "CapNhatTienDoHoSoMC", "data": [{
            "MaHoSo": code, "ThoiDiemXuLy": "20261118100000", "TrangThai": status,
            "DanhSachLePhi": [fee],
        }]})
        .to_string()
    };
    let asked = json!({"MaPhiLePhi": "LP1", "TenPhiLePhi": "Phí thêm", "Gia": 5000, "TrangThaiThanhToan": "0", "LyDo": "Thêm một bản"});
    for id in ["r1", "r2"] {
        let told = rig.report(id, &report("6", asked.clone())).await;
        assert_eq!(told.status(), StatusCode::OK);
    }
    let both = dossier(&rig, &phone).await.fees;
    assert_eq!(both.len(), 2);
    assert_eq!(both[1].vnd, Vnd::new(5_000));
    assert_eq!(both[1].reason.as_ref().unwrap().expose(), "Thêm một bản");
    // Cash at the counter for the first, while the son pays it by the gateway.
    let order = start(&rig, &phone, &due, Method::Vnpay).await;
    let cash =
        json!({"MaPhiLePhi": due.id, "Gia": 16000, "TrangThaiThanhToan": "1", "SoBienLai": "BL1"});
    for id in ["r3", "r4"] {
        let told = rig.report(id, &report("6", cash.clone())).await;
        assert_eq!(told.status(), StatusCode::OK);
    }
    assert!(fee(&rig, &phone).await.paid);
    let capture = captured(&order.reference, "14", &[]);
    assert_eq!(ipn(&rig, &capture).await, "00");
    let paid = fee(&rig, &phone).await;
    assert_eq!(paid.refunds.len(), 1);
    assert!(!paid.refunds[0].done);
    let back = json!({"MaPhiLePhi": due.id, "Gia": 16000, "TrangThaiThanhToan": "2"});
    rig.report("r5", &report("6", back)).await;
    assert!(fee(&rig, &phone).await.refunds[0].done);
    let no_sum = json!({"MaPhiLePhi": "LP2", "Gia": 0, "TrangThaiThanhToan": "0"});
    let refused = rig.report("r6", &report("6", no_sum)).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    balanced(&rig).await;
}

/// Its citizen asks for the dossier back.
async fn ask_back(rig: &Rig, phone: &Phone) {
    let view = dossier(rig, phone).await;
    let withdrawal = Withdrawal {
        id: IntentId(Uuid::from_u128(20)),
        subject: phone.citizen.0.to_string(),
        dossier: view.code,
        intent: view.intent,
        intent_at: gandan_domain::time::Instant(0),
    };
    let withdrawal = phone.sign_act(WITHDRAWAL_TYP, &withdrawal);
    let command = Command::Withdraw { withdrawal };
    let done = phone.operate(rig, Uuid::from_u128(20), command).await;
    assert!(matches!(done, OperationResult::Accepted { .. }));
}

/// The office tells these statuses, one after the other.
async fn told(rig: &Rig, phone: &Phone, statuses: &[&str]) {
    let code = dossier(rig, phone).await.code;
    for (at, status) in statuses.iter().enumerate() {
        let report = json!({"service": "CapNhatTienDoHoSoMC", "data": [{
            "MaHoSo": code, "ThoiDiemXuLy": format!("202611191000{at:02}"), "TrangThai": status,
        }]});
        let taken = rig.report(&format!("s{at}"), &report.to_string()).await;
        assert_eq!(taken.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn what_was_paid_for_a_dossier_is_owed_back_when_its_withdrawal_is_granted() {
    let (rig, phone, due) = with_a_fee().await;
    let order = start(&rig, &phone, &due, Method::Vnpay).await;
    let capture = captured(&order.reference, "14", &[]);
    assert_eq!(ipn(&rig, &capture).await, "00");
    assert!(fee(&rig, &phone).await.refunds.is_empty());
    ask_back(&rig, &phone).await;
    told(&rig, &phone, &["8"]).await;
    let owed = fee(&rig, &phone).await;
    assert!(
        owed.paid && owed.receipt.is_some(),
        "what happened stays true"
    );
    assert_eq!(owed.refunds.len(), 1);
    assert_eq!(owed.refunds[0].vnd, Vnd::new(16_000));
    assert!(!owed.refunds[0].done);
    // Told again it is the same sum, and the books still balance: nothing settles any more.
    assert_eq!(ipn(&rig, &capture).await, "02");
    assert_eq!(rig.count("SELECT SUM(vnd) FROM credit").await, 16_000);
    assert_eq!(rig.count("SELECT SUM(settles) FROM credit").await, 0);
    assert_eq!(
        try_start(&rig, &phone, 79, due.id, Method::Vnpay)
            .await
            .err(),
        Some(409)
    );
    let code = dossier(&rig, &phone).await.code;
    let back = json!({"service": "CapNhatTienDoHoSoMC", "data": [{
        "MaHoSo": code, "ThoiDiemXuLy": "20261120100000", "TrangThai": "8",
        "DanhSachLePhi": [{"MaPhiLePhi": due.id, "Gia": 16000, "TrangThaiThanhToan": "2"}],
    }]});
    rig.report("s9", &back.to_string()).await;
    assert!(fee(&rig, &phone).await.refunds[0].done);
}

/// The office's progress after the wish looks like a refusal of it. It had not heard of the wish.
#[tokio::test]
async fn what_was_paid_is_owed_back_also_if_the_office_went_on_before_it_stopped() {
    let (rig, phone, due) = with_a_fee().await;
    let order = start(&rig, &phone, &due, Method::Vnpay).await;
    ipn(&rig, &captured(&order.reference, "14", &[])).await;
    ask_back(&rig, &phone).await;
    told(&rig, &phone, &["4", "8"]).await;
    let owed = fee(&rig, &phone).await;
    assert_eq!(owed.refunds[0].vnd, Vnd::new(16_000));
    assert_eq!(rig.count("SELECT SUM(settles) FROM credit").await, 0);
}

#[tokio::test]
async fn money_that_comes_after_the_dossier_has_stopped_settles_nothing() {
    for asked_back in [true, false] {
        let (rig, phone, due) = with_a_fee().await;
        let order = start(&rig, &phone, &due, Method::Vnpay).await;
        if asked_back {
            ask_back(&rig, &phone).await;
        }
        told(&rig, &phone, if asked_back { &["8"] } else { &["2", "8"] }).await;
        let late = captured(&order.reference, "14", &[]);
        assert_eq!(ipn(&rig, &late).await, "00");
        let fee = fee(&rig, &phone).await;
        assert!(!fee.paid);
        assert_eq!(fee.refunds[0].vnd, Vnd::new(16_000));
        assert_eq!(fee.order.unwrap().state, State::RefundDue);
        balanced(&rig).await;
    }
}

#[tokio::test]
async fn a_refusal_that_nobody_asked_for_gives_no_fee_back() {
    let (rig, phone, due) = with_a_fee().await;
    let order = start(&rig, &phone, &due, Method::Vnpay).await;
    ipn(&rig, &captured(&order.reference, "14", &[])).await;
    told(&rig, &phone, &["2", "8"]).await;
    let fee = fee(&rig, &phone).await;
    assert!(fee.paid && fee.refunds.is_empty());
    balanced(&rig).await;
}
