//! The words of a commune's one-stop system (bộ phận một cửa): the fields that such systems
//! exchange with the National Public Service Portal, by their national names.
//!
//! `DongBoHoSoMC` carries a dossier to the office, `CapNhatTienDoHoSoMC` its progress back. The
//! names stay as they are on the wire and become ours at this boundary, so that nobody has to
//! guess which of two translations of `NguoiXuLy` a field is.

use std::collections::BTreeMap;

use gandan_domain::{
    Private, Problem,
    dossier::{DossierCode, Status},
    time::{Instant, VIETNAM},
    wire::FeeView,
};
use serde::{Deserialize, Serialize};

/// The service that delivers dossiers.
pub const DELIVER: &str = "DongBoHoSoMC";
/// The service that tells the office of a payment.
pub const PAID: &str = "CapNhatThanhToanHoSoMC";
/// The service that reports progress.
pub const PROGRESS: &str = "CapNhatTienDoHoSoMC";

/// Every message of the exchange.
#[derive(Clone, Serialize, Deserialize)]
pub struct Envelope<T> {
    pub service: String,
    /// `"False"` for a new dossier, `"True"` for one that changes.
    #[serde(rename = "isUpdating", default)]
    pub is_updating: Option<String>,
    pub data: Vec<T>,
}

/// A dossier as the office gets it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HoSo {
    pub ma_ho_so: DossierCode,
    #[serde(rename = "MaTTHC")]
    pub ma_tthc: String,
    #[serde(rename = "TenTTHC")]
    pub ten_tthc: String,
    /// Who files: full name.
    pub chu_ho_so: Private<String>,
    /// `"1"`: a citizen.
    pub loai_doi_tuong: String,
    /// The id number of who files.
    pub ma_doi_tuong: Private<String>,
    /// `yyyyMMddHHmmss`, Asia/Ho_Chi_Minh.
    pub ngay_tiep_nhan: String,
    /// National status code, `"1"` at delivery.
    pub trang_thai_ho_so: String,
    pub don_vi_xu_ly: String,
    /// How the result is handed over: `"0"` in person or online, `"1"` by post.
    pub hinh_thuc: String,
    /// The channel: `"2"`, online.
    #[serde(rename = "KENH")]
    pub kenh: String,
    /// Field id to what was answered.
    pub thong_tin_khac: BTreeMap<String, OtherInfo>,
    pub tai_lieu_nop: Vec<TaiLieuNop>,
    /// What is owed for it and whether it is paid: filled in at every delivery.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub danh_sach_le_phi: Vec<LePhi>,
}

/// A fee, in both directions.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LePhi {
    /// Our id of a fee that we told of, the office's of one that it asks for.
    pub ma_phi_le_phi: String,
    #[serde(default)]
    pub ten_phi_le_phi: String,
    /// When it is collected: `"1"` at reception, `"2"` with a supplement, `"4"` with the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hinh_thuc_thu: Option<String>,
    /// Đồng.
    #[serde(default)]
    pub gia: u64,
    /// `"0"` not paid, `"1"` paid; and, from the office, `"2"` what was owed is paid back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trang_thai_thanh_toan: Option<String>,
    /// The number of the receipt: ours when we tell, the office's for cash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub so_bien_lai: Option<String>,
    /// The law that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_cu: Option<String>,
    /// Why the office asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ly_do: Option<Private<String>>,
}

impl From<FeeView> for LePhi {
    fn from(fee: FeeView) -> Self {
        let names: Vec<String> = fee.lines.iter().map(|line| line.name.clone()).collect();
        let bases: Vec<String> = fee.lines.iter().map(|line| line.basis.clone()).collect();
        Self {
            ma_phi_le_phi: fee.id.to_string(),
            ten_phi_le_phi: names.join("; "),
            hinh_thuc_thu: Some("1".into()),
            gia: fee.vnd.get(),
            trang_thai_thanh_toan: Some(if fee.paid { "1" } else { "0" }.into()),
            so_bien_lai: fee.order.filter(|_| fee.paid).map(|order| order.reference),
            can_cu: Some(bases.join("; ")),
            ly_do: fee.reason,
        }
    }
}

/// What we tell the office when a fee is paid.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ThanhToan {
    pub ma_ho_so: DossierCode,
    pub danh_sach_le_phi: Vec<LePhi>,
}

/// One answer, readable by an officer.
#[derive(Clone, Serialize, Deserialize)]
pub struct OtherInfo {
    pub label: String,
    pub value: Private<String>,
    /// The register that knows another value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What the register says, where the citizen says it is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contested: Option<Private<String>>,
}

/// A paper of the dossier.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TaiLieuNop {
    pub tep_dinh_kem_id: uuid::Uuid,
    /// Made of the component's code and the file's kind; never the name on the phone.
    pub ten_tep_dinh_kem: String,
    pub ma_thanh_phan_ho_so: String,
    /// Signed and short-lived: filled in at every delivery.
    #[serde(default)]
    pub duong_dan_tai_tep_tin: String,
    pub is_deleted: String,
}

/// What the office answers to a delivery.
#[derive(Clone, Serialize, Deserialize)]
pub struct Answer {
    pub error_code: String,
}

impl Answer {
    /// Only these bytes mean that the office has the dossier; HTML, for one, does not.
    pub fn is_ok(body: &[u8]) -> bool {
        serde_json::from_slice::<Self>(body).is_ok_and(|answer| answer.error_code == "00")
    }

    /// The office understood and says no.
    pub fn is_a_refusal(body: &[u8]) -> bool {
        serde_json::from_slice::<Self>(body).is_ok_and(|answer| answer.error_code != "00")
    }
}

/// A report of progress as it arrives.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TienDo {
    pub ma_ho_so: DossierCode,
    #[serde(default)]
    pub nguoi_xu_ly: Option<Private<String>>,
    #[serde(default)]
    pub chuc_danh: Option<Private<String>>,
    pub thoi_diem_xu_ly: String,
    #[serde(default)]
    pub phong_ban_xu_ly: Option<String>,
    #[serde(default)]
    pub noi_dung_xu_ly: Option<Private<String>>,
    /// A code of 1 to 10, as text or as number: both are seen.
    pub trang_thai: Code,
    #[serde(default)]
    pub ngay_ket_thuc_theo_quy_dinh: Option<String>,
    #[serde(default)]
    pub danh_sach_giay_to_ket_qua: Vec<GiayToKetQua>,
    #[serde(default)]
    pub danh_sach_ho_so_bo_sung: Vec<HoSoBoSung>,
    #[serde(default)]
    pub danh_sach_le_phi: Vec<LePhi>,
}

/// Something to be supplemented.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HoSoBoSung {
    /// Our field id, or a component's code.
    pub ho_so_bo_sung_id: String,
    pub noi_dung_bo_sung: Private<String>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Code {
    Number(u8),
    Text(String),
}

/// A result paper to be fetched.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GiayToKetQua {
    pub ten_giay_to: Private<String>,
    pub giay_to_id: String,
    #[serde(default)]
    pub ma_thanh_phan_ho_so: Option<String>,
    pub duong_dan_tep_tin_ket_qua: String,
}

/// A report in our words.
pub struct Progress {
    pub code: DossierCode,
    pub status: Status,
    pub at: Instant,
    pub agency: Option<String>,
    pub handler: Option<Private<String>>,
    pub note: Option<Private<String>>,
    pub due_at: Option<Instant>,
    pub results: Vec<GiayToKetQua>,
    pub supplement: Vec<HoSoBoSung>,
    pub fees: Vec<LePhi>,
}

impl TryFrom<TienDo> for Progress {
    type Error = Problem;

    fn try_from(report: TienDo) -> Result<Self, Problem> {
        let code = match report.trang_thai {
            Code::Number(code) => code,
            Code::Text(text) => text.trim().parse().map_err(|_| Problem::Malformed)?,
        };
        let said =
            |text: Option<Private<String>>| text.filter(|text| !text.expose().trim().is_empty());
        let handler = match (said(report.nguoi_xu_ly), said(report.chuc_danh)) {
            (Some(name), Some(title)) => Some(Private::new(format!(
                "{}, {}",
                name.expose(),
                title.expose()
            ))),
            (name, title) => name.or(title),
        };
        Ok(Self {
            code: report.ma_ho_so,
            status: Status::try_from(code).map_err(|_| Problem::Malformed)?,
            at: parse_time(&report.thoi_diem_xu_ly)?,
            agency: report
                .phong_ban_xu_ly
                .filter(|agency| !agency.trim().is_empty()),
            handler,
            note: said(report.noi_dung_xu_ly),
            due_at: report
                .ngay_ket_thuc_theo_quy_dinh
                .filter(|time| !time.is_empty())
                .map(|time| parse_time(&time))
                .transpose()?,
            results: report.danh_sach_giay_to_ket_qua,
            supplement: report.danh_sach_ho_so_bo_sung,
            fees: report.danh_sach_le_phi,
        })
    }
}

/// Reads a whole progress report. One bad entry makes the report malformed: half of it is never
/// applied.
pub fn read_progress(body: &[u8]) -> Result<Vec<Progress>, Problem> {
    let envelope: Envelope<TienDo> =
        serde_json::from_slice(body).map_err(|_| Problem::Malformed)?;
    if envelope.service != PROGRESS {
        return Err(Problem::Malformed);
    }
    envelope.data.into_iter().map(Progress::try_from).collect()
}

const TIME: &str = "%Y%m%d%H%M%S";

/// `yyyyMMddHHmmss` on the wall clock of Vietnam.
pub fn print_time(at: Instant) -> String {
    at.local().strftime(TIME).to_string()
}

pub fn parse_time(text: &str) -> Result<Instant, Problem> {
    if text.len() != 14 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::Malformed);
    }
    let local = jiff::civil::DateTime::strptime(TIME, text).map_err(|_| Problem::Malformed)?;
    VIETNAM
        .to_timestamp(local)
        .map(|stamp| Instant(stamp.as_millisecond()))
        .map_err(|_| Problem::Malformed)
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )]
    use super::*;

    fn report(status: &str) -> String {
        format!(
            r#"{{"service":"CapNhatTienDoHoSoMC","isUpdating":"True","data":[{{
                "MaHoSo":"H99.08.01-260105-0001","NguoiXuLy":"Người Thử","ChucDanh":"Công chức",
                "ThoiDiemXuLy":"20260105093000","PhongBanXuLy":"Bộ phận một cửa",
                "NoiDungXuLy":"","TrangThai":{status},"NgayKetThucTheoQuyDinh":"20260106170000",
                "MoiThem":{{"x":1}},
                "DanhSachGiayToKetQua":[{{"TenGiayTo":"Giấy khai sinh","GiayToId":"7",
                "MaThanhPhanHoSo":null,"DuongDanTepTinKetQua":"http://127.0.0.1/r/7"}}]}}]}}"#
        )
    }

    #[test]
    fn a_report_becomes_our_words() {
        for status in [r#""9""#, "9"] {
            let Ok(read) = read_progress(report(status).as_bytes()) else {
                panic!("a report that reads")
            };
            let [progress] = &read[..] else {
                panic!("one report")
            };
            assert_eq!(progress.status, Status::Done);
            assert_eq!(print_time(progress.at), "20260105093000");
            assert_eq!(
                progress.at.ms() % 86_400_000,
                (9 * 60 + 30 - 7 * 60) * 60_000
            );
            assert!(progress.note.is_none());
            assert_eq!(
                progress.handler.as_ref().map(|name| name.expose().as_str()),
                Some("Người Thử, Công chức")
            );
            assert_eq!(progress.results.len(), 1);
        }
    }

    #[test]
    fn unknown_statuses_times_and_services_are_malformed() {
        for bad in [
            report(r#""11""#),
            report(r#""x""#),
            report("300"),
            report("9").replace("20260105093000", "20261305093000"),
            report("9").replace("20260105093000", "2026-01-05"),
            report("9").replace(PROGRESS, DELIVER),
            report("9").replace("H99.08.01-260105-0001", "../x"),
            "<html>".into(),
        ] {
            assert!(matches!(
                read_progress(bad.as_bytes()),
                Err(Problem::Malformed)
            ));
        }
    }

    #[test]
    fn only_00_is_ok() {
        assert!(Answer::is_ok(br#"{"error_code":"00","message":"x"}"#));
        for bad in [
            &br#"{"error_code":"01"}"#[..],
            br#"{"error_code":0}"#,
            b"{}",
            b"<html>00</html>",
            b"",
        ] {
            assert!(!Answer::is_ok(bad));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused() {
        bolero::check!().for_each(|input: &[u8]| {
            let _ = Answer::is_ok(input);
            if let Ok(reports) = read_progress(input) {
                for progress in reports {
                    assert!(Status::ALL.contains(&progress.status));
                }
            }
        });
        bolero::check!()
            .with_type::<(String, String)>()
            .for_each(|(status, time)| {
                let body = report(&serde_json::to_string(status).unwrap())
                    .replace("\"20260105093000\"", &serde_json::to_string(time).unwrap());
                if let Ok(reports) = read_progress(body.as_bytes()) {
                    assert_eq!(print_time(reports[0].at), *time);
                }
            });
    }

    #[test]
    fn a_dossier_goes_out_under_the_national_names() {
        let dossier = HoSo {
            ma_ho_so: "H99.08.01-260105-0001".parse().unwrap(),
            ma_tthc: "1.001193".into(),
            ten_tthc: "Thủ tục đăng ký khai sinh".into(),
            chu_ho_so: Private::new("Người Thử".into()),
            loai_doi_tuong: "1".into(),
            ma_doi_tuong: Private::new("099196000003".into()),
            ngay_tiep_nhan: "20260105093000".into(),
            trang_thai_ho_so: "1".into(),
            don_vi_xu_ly: "Bộ phận một cửa".into(),
            hinh_thuc: "0".into(),
            kenh: "2".into(),
            thong_tin_khac: BTreeMap::from([(
                "child.full_name".into(),
                OtherInfo {
                    label: "Họ và tên".into(),
                    value: Private::new("Bé Thử".into()),
                    source: None,
                    contested: None,
                },
            )]),
            tai_lieu_nop: vec![TaiLieuNop {
                tep_dinh_kem_id: uuid::Uuid::nil(),
                ten_tep_dinh_kem: "KQ.jpg".into(),
                ma_thanh_phan_ho_so: "KQ".into(),
                duong_dan_tai_tep_tin: "http://127.0.0.1/v1/agency/files/x".into(),
                is_deleted: "0".into(),
            }],
            danh_sach_le_phi: Vec::new(),
        };
        insta::assert_json_snapshot!(Envelope {
            service: DELIVER.into(),
            is_updating: Some("False".into()),
            data: vec![dossier],
        });
    }
}
