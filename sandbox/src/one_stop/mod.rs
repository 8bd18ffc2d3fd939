//! A commune's one-stop system: dossiers come in, a person works on them, reports and results go
//! out.
//!
//! The interface uses the national field names of `DongBoHoSoMC` and `CapNhatTienDoHoSoMC`, since
//! that is what one-stop software speaks. What comes in is deduplicated by `MaHoSo`; what goes out
//! is delivered at least once.

pub(crate) mod callbacks;
mod desk;
pub(crate) mod dossier;
mod intake;
mod officer;
mod pdf;
pub mod webhook;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{get, post},
};

use crate::{Part, Sandbox, faults};
pub use officer::{DossierSummary, Flagged, Officer};

pub(crate) fn routes(sandbox: &Arc<Sandbox>) -> Router<Arc<Sandbox>> {
    let machine = Router::new()
        .route("/v1/DongBoHoSoMC", post(intake::receive))
        .route("/v1/CapNhatThanhToanHoSoMC", post(intake::paid))
        .route("/v1/results/{id}", get(intake::result))
        .layer(middleware::from_fn_with_state(
            (Arc::clone(sandbox), Part::OneStop),
            faults::layer,
        ));
    machine.merge(desk::routes())
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a test stops at the first surprise"
    )]
    use std::{collections::BTreeMap, sync::atomic::Ordering};

    use bytes::Bytes;
    use gandan_domain::{Private, dossier::Status, time::Instant};
    use http::Request;
    use serde_json::{Value, json};

    use super::officer::Flagged;
    use crate::{
        Failure, demo,
        fixture::{BACKEND, CODE, SECRET, URL, World, envelope, hoso, json_of, now, text_of},
    };

    fn with_a_dossier() -> World {
        let world = World::new();
        let body = envelope(&hoso(CODE));
        let answer = world.post_json("/one-stop/v1/DongBoHoSoMC", demo::ONE_STOP_TOKEN, &body);
        assert_eq!(json_of(&answer.unwrap()), json!({"error_code": "00"}));
        world
    }

    fn last_report(world: &World) -> Value {
        let reports = world.backend.reports.lock().unwrap();
        serde_json::from_slice(&reports.last().unwrap().1).unwrap()
    }

    #[test]
    fn a_dossier_that_comes_twice_is_one() {
        let world = with_a_dossier();
        let body = envelope(&hoso(CODE));
        let answer = world.post_json("/one-stop/v1/DongBoHoSoMC", demo::ONE_STOP_TOKEN, &body);
        assert_eq!(answer.unwrap().status(), 200);
        assert_eq!(world.sandbox.received(), [(CODE.parse().unwrap(), 2)]);
        assert_eq!(world.sandbox.officer().dossiers().len(), 1);
    }

    #[test]
    fn strangers_and_nonsense_are_refused() {
        let world = World::new();
        let path = "/one-stop/v1/DongBoHoSoMC";
        let body = envelope(&hoso(CODE));
        assert_eq!(world.post_json(path, "guess", &body).unwrap().status(), 401);
        let token = demo::ONE_STOP_TOKEN;
        let refused = world.post_json(path, token, &json!({"data": 1})).unwrap();
        assert_eq!(refused.status(), 400);
        assert_ne!(json_of(&refused)["error_code"], "00");
        assert!(world.sandbox.received().is_empty());
    }

    #[test]
    fn the_officer_reads_each_file_once_and_the_report_is_signed() {
        let mut world = with_a_dossier();
        assert_eq!(
            now(world.sandbox.officer().accept(CODE)),
            Ok(Status::Accepted)
        );
        assert_eq!(world.backend.file_reads.load(Ordering::SeqCst), 1);
        let file = world.get(&format!("/one-stop/desk/{CODE}/files/7"));
        assert_eq!(file.headers()["content-type"], "image/jpeg");
        assert_eq!(world.backend.file_reads.load(Ordering::SeqCst), 1);

        world.deliver();
        let (headers, body) = world.backend.reports.lock().unwrap()[0].clone();
        let text = |name: &str| headers[name].to_str().unwrap().to_owned();
        let seconds: i64 = text("webhook-timestamp").parse().unwrap();
        let expected =
            super::webhook::signature(SECRET, &text("webhook-id"), Instant(seconds * 1000), &body);
        assert_eq!(text("webhook-signature"), expected);
        let report = &last_report(&world)["data"][0];
        assert_eq!(report["MaHoSo"], CODE);
        assert_eq!(report["TrangThai"], "2");
        assert_eq!(report["PhongBanXuLy"], "UBND xã Lũng Cú");
        assert_eq!(report["ThoiDiemXuLy"].as_str().unwrap().len(), 14);
        assert!(report.get("DanhSachGiayToKetQua").is_none());
    }

    #[test]
    fn nothing_is_accepted_unseen() {
        let world = with_a_dossier();
        world.backend.is_down.store(true, Ordering::SeqCst);
        let refused = now(world.sandbox.officer().accept(CODE));
        assert_eq!(refused, Err(Failure::FilesUnreachable));
        let page = world.get(&format!("/one-stop/desk/{CODE}"));
        assert!(text_of(&page).contains("chưa tải được"));
        world.backend.is_down.store(false, Ordering::SeqCst);
        assert_eq!(
            now(world.sandbox.officer().accept(CODE)),
            Ok(Status::Accepted)
        );
    }

    #[test]
    fn reports_wait_for_the_backend_and_keep_their_order() {
        let mut world = with_a_dossier();
        let officer = world.sandbox.officer();
        now(officer.accept(CODE)).unwrap();
        world.backend.is_down.store(true, Ordering::SeqCst);
        world.deliver();
        // The files are here already; only reports need the backend.
        now(officer.finish(CODE)).unwrap();
        world.deliver();
        world.backend.is_down.store(false, Ordering::SeqCst);
        world.deliver();
        assert_eq!(
            world.backend.reported(),
            [""; 0],
            "it is not yet time to try again"
        );
        world.clock.advance_ms(1_000);
        world.deliver();
        assert_eq!(world.backend.reported(), ["2", "9"]);
        world.clock.advance_ms(600_000);
        world.deliver();
        assert_eq!(
            world.backend.reported().len(),
            2,
            "what was taken is not sent again"
        );
    }

    #[test]
    fn a_repeated_report_has_the_same_id() {
        let mut world = with_a_dossier();
        world
            .sandbox
            .one_stop()
            .next(1)
            .repeats_callbacks()
            .unwrap();
        now(world.sandbox.officer().accept(CODE)).unwrap();
        world.deliver();
        now(world.sandbox.officer().finish(CODE)).unwrap();
        world.deliver();
        assert_eq!(world.backend.reported(), ["2", "2", "9"]);
        let reports = world.backend.reports.lock().unwrap();
        assert_eq!(reports[0].0["webhook-id"], reports[1].0["webhook-id"]);
        assert_ne!(reports[1].0["webhook-id"], reports[2].0["webhook-id"]);
    }

    #[test]
    fn a_result_is_a_file_for_the_backend_only() {
        let mut world = with_a_dossier();
        let officer = world.sandbox.officer();
        assert_eq!(now(officer.finish(CODE)), Err(Failure::WrongStatus));
        now(officer.accept(CODE)).unwrap();
        now(officer.finish(CODE)).unwrap();
        world.deliver();
        let report = last_report(&world);
        let result = &report["data"][0]["DanhSachGiayToKetQua"][0];
        let url = result["DuongDanTepTinKetQua"].as_str().unwrap();
        let path = url.strip_prefix(URL).unwrap();
        assert_eq!(world.get(path).status(), 401);
        let request = Request::get(url)
            .header("authorization", format!("Bearer {}", demo::ONE_STOP_TOKEN))
            .body(Bytes::new());
        let file = world.send(request.unwrap()).unwrap();
        assert_eq!(file.headers()["content-type"], "application/pdf");
        assert!(file.body().starts_with(b"%PDF-"));
    }

    #[test]
    fn a_supplement_names_its_fields_and_their_reasons() {
        let mut world = with_a_dossier();
        let officer = world.sandbox.officer();
        let flag = |field: &str, reason: &str| Flagged {
            field: field.into(),
            reason: Private::new(reason.into()),
        };
        let unknown = now(officer.ask_supplement(CODE, vec![flag("nothing", "vì")], ""));
        assert!(matches!(unknown, Err(Failure::Malformed(_))));
        let flagged = vec![
            flag("child.full_name", "Thiếu chữ đệm"),
            flag("certificate.photo", "Ảnh mờ"),
        ];
        let asked = now(officer.ask_supplement(CODE, flagged, ""));
        assert_eq!(asked, Ok(Status::SupplementRequested));
        world.deliver();
        let report = &last_report(&world)["data"][0];
        assert_eq!(
            report["NoiDungXuLy"],
            "Họ, chữ đệm, tên: Thiếu chữ đệm\ncertificate.photo: Ảnh mờ"
        );
        assert_eq!(
            report["DanhSachHoSoBoSung"][1]["HoSoBoSungId"],
            "certificate.photo"
        );
    }

    fn update(status: &str, name: &str) -> Value {
        let mut hoso = hoso(CODE);
        hoso["TrangThaiHoSo"] = json!(status);
        hoso["ThongTinKhac"]["child.full_name"]["value"] = json!(name);
        let mut envelope = envelope(&hoso);
        envelope["isUpdating"] = json!("True");
        envelope
    }

    #[test]
    fn a_supplement_stands_beside_what_was_there_and_a_second_return_needs_a_supervisor() {
        let world = with_a_dossier();
        let officer = world.sandbox.officer();
        let flag = || {
            vec![Flagged {
                field: "child.full_name".into(),
                reason: Private::new("Thiếu chữ đệm".into()),
            }]
        };
        now(officer.ask_supplement(CODE, flag(), "")).unwrap();
        let path = "/one-stop/v1/DongBoHoSoMC";
        for _ in 0..2 {
            let body = update("5", "Giàng Thị Bé Mới");
            let taken = world.post_json(path, demo::ONE_STOP_TOKEN, &body).unwrap();
            assert_eq!(taken.status(), 200);
        }
        let dossier = officer.find(CODE).unwrap();
        assert!(dossier.supplemented);
        let times = dossier
            .history
            .iter()
            .filter(|act| act.note.expose().contains("đã nộp"));
        assert_eq!(times.count(), 1, "a repeated update changes nothing");
        let page = text_of(&world.get(&format!("/one-stop/desk/{CODE}")));
        for shown in ["Giàng Thị Bé Mới", "Trước", "Bây giờ", "Lý do của lãnh đạo"]
        {
            assert!(page.contains(shown), "{shown}");
        }
        let again = now(officer.ask_supplement(CODE, flag(), " "));
        assert!(matches!(again, Err(Failure::Malformed(_))));
        let again = now(officer.ask_supplement(CODE, flag(), "Trích lục chưa khớp"));
        assert_eq!(again, Ok(Status::SupplementRequested));
        assert!(!officer.find(CODE).unwrap().supplemented);
    }

    #[test]
    fn a_withdrawal_is_decided_before_anything_else_happens() {
        let world = with_a_dossier();
        let officer = world.sandbox.officer();
        now(officer.accept(CODE)).unwrap();
        let body = update("7", "Giàng");
        let path = "/one-stop/v1/DongBoHoSoMC";
        world.post_json(path, demo::ONE_STOP_TOKEN, &body).unwrap();
        assert_eq!(now(officer.finish(CODE)), Err(Failure::WrongStatus));
        assert_eq!(now(officer.refuse(CODE, "vì")), Err(Failure::WrongStatus));
        assert!(matches!(
            now(officer.refuse_withdrawal(CODE, "")),
            Err(Failure::Malformed(_))
        ));
        assert!(text_of(&world.get(&format!("/one-stop/desk/{CODE}"))).contains("yêu cầu rút"));
        assert_eq!(now(officer.grant_withdrawal(CODE)), Ok(Status::Stopped));
        assert_eq!(
            now(officer.grant_withdrawal(CODE)),
            Err(Failure::WrongStatus)
        );
        // A late repetition of the request wakes nothing.
        world.post_json(path, demo::ONE_STOP_TOKEN, &body).unwrap();
        assert_eq!(officer.find(CODE).unwrap().status, Status::Stopped);
    }

    #[test]
    fn an_office_that_goes_on_says_why() {
        let world = with_a_dossier();
        let officer = world.sandbox.officer();
        let body = update("7", "Giàng");
        let path = "/one-stop/v1/DongBoHoSoMC";
        world.post_json(path, demo::ONE_STOP_TOKEN, &body).unwrap();
        let went_on = now(officer.refuse_withdrawal(CODE, "Đã in giấy"));
        assert_eq!(went_on, Ok(Status::InProgress));
        assert_eq!(now(officer.finish(CODE)), Ok(Status::Done));
    }

    #[test]
    fn a_refusal_has_a_reason_and_ends_it() {
        let world = with_a_dossier();
        let officer = world.sandbox.officer();
        assert!(matches!(
            now(officer.refuse(CODE, " ")),
            Err(Failure::Malformed(_))
        ));
        assert_eq!(
            now(officer.refuse(CODE, "Không thuộc xã này")),
            Ok(Status::NotAccepted)
        );
        assert_eq!(now(officer.accept(CODE)), Err(Failure::WrongStatus));
    }

    #[test]
    fn the_page_shows_both_values_and_its_buttons_work() {
        let mut world = with_a_dossier();
        let path = format!("/one-stop/desk/{CODE}");
        let page = text_of(&world.get(&path));
        for shown in [
            "THỬ NGHIỆM",
            "1996-09-21",
            "1969-09-21",
            "Người dân khai",
            "Vừ Thị Pà",
            "files/7",
        ] {
            assert!(page.contains(shown), "{shown}");
        }
        let done = world.post_form(&format!("{path}/accept"), &BTreeMap::new());
        assert_eq!(done.status(), 303);
        let reasons = BTreeMap::from([
            ("reason.child.full_name", "Thiếu"),
            ("reason.mother.birth_date", ""),
        ]);
        assert_eq!(
            world
                .post_form(&format!("{path}/supplement"), &reasons)
                .status(),
            303
        );
        let again = world.post_form(&format!("{path}/finish"), &BTreeMap::new());
        assert_eq!(again.status(), 409);
        assert!(text_of(&again).contains("role=\"alert\""));
        world.deliver();
        assert_eq!(world.backend.reported(), ["2", "5"]);
        assert!(text_of(&world.get("/one-stop/desk")).contains(CODE));
    }

    #[test]
    fn tests_may_speak_json_to_the_desk() {
        let world = with_a_dossier();
        let listed = json_of(&world.get("/one-stop/api/dossiers"));
        let expected = json!([{"code": CODE, "procedure": "1.001193", "status": 1, "received_times": 1, "fields": 2, "files": 1, "supplemented": false}]);
        assert_eq!(listed, expected);
        let act = |act: &str, body: &Value| {
            let path = format!("/one-stop/api/dossiers/{CODE}/{act}");
            world.post_json(&path, "", body).unwrap()
        };
        assert_eq!(json_of(&act("accept", &json!({}))), json!({"status": 2}));
        assert_eq!(act("finish", &json!({})).status(), 200);
        assert_eq!(act("return", &json!({})).status(), 200);
        assert_eq!(act("refuse", &json!({"reason": "muộn"})).status(), 409);
        assert_eq!(act("dance", &json!({})).status(), 404);
    }

    #[test]
    fn an_expired_address_is_renewed_by_the_next_delivery() {
        let world = with_a_dossier();
        let mut renewed = hoso(CODE);
        let url = format!("{BACKEND}/v1/agency/files/7?exp=2&sig=y");
        renewed["TaiLieuNop"][0]["DuongDanTaiTepTin"] = json!(url);
        let answer = world.post_json(
            "/one-stop/v1/DongBoHoSoMC",
            demo::ONE_STOP_TOKEN,
            &envelope(&renewed),
        );
        assert_eq!(answer.unwrap().status(), 200);
        let dossier = world.sandbox.officer().find(CODE).unwrap();
        assert_eq!(dossier.files[0].url, url);
    }
}
