//! A dossier at the desk, and reading one from the national envelope.

use std::collections::BTreeMap;

use gandan_domain::{
    Private,
    dossier::{DossierCode, Status},
    time::Instant,
};
use serde::{Deserialize, Deserializer, Serialize, de::IgnoredAny};
use serde_json::Value;

use crate::Failure;

/// A dossier as the office keeps it. Cannot be printed.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Dossier {
    pub code: DossierCode,
    pub procedure: String,
    pub procedure_name: String,
    pub owner: Private<String>,
    pub owner_id: Private<String>,
    /// `yyyyMMddHHmmss`, as it came.
    pub received_at: String,
    pub office: String,
    pub fields: Vec<DeskField>,
    pub files: Vec<DeskFile>,
    pub status: Status,
    /// Oldest first.
    pub history: Vec<Act>,
    pub results: Vec<ResultFile>,
    /// What is owed for it, as far as the office knows.
    #[serde(default)]
    pub fees: Vec<DeskFee>,
    /// How often it came in; more than once is no fault of the sender.
    pub received_times: u32,
    /// The last request to supplement has been answered.
    #[serde(default)]
    pub supplemented: bool,
    /// Digest of the last update, so that a repeated one changes nothing.
    #[serde(default)]
    pub last_update: String,
    /// How often the office has asked for a supplement.
    #[serde(default)]
    pub returns: u32,
}

/// A fee, by the national field names, as it came or as the office asked for it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeskFee {
    pub ma_phi_le_phi: String,
    #[serde(default)]
    pub ten_phi_le_phi: String,
    #[serde(default)]
    pub gia: u64,
    /// `"1"`: paid.
    #[serde(default)]
    pub trang_thai_thanh_toan: String,
    #[serde(default)]
    pub so_bien_lai: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct DeskField {
    pub id: String,
    pub label: String,
    pub value: Private<String>,
    /// Where the value came from, when the citizen did not type it.
    pub source: Option<String>,
    /// What the register says and the citizen says is wrong.
    pub contested: Option<Private<String>>,
    /// What stood here before it was supplemented.
    #[serde(default)]
    pub before: Option<Private<String>>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct DeskFile {
    pub id: String,
    pub name: Private<String>,
    pub component: String,
    /// A signed address at the portal. Reading it stands in the citizen's log.
    pub url: String,
    /// What it is kept as, once read.
    pub kept: Option<KeptFile>,
    /// A supplement has put another in its place.
    #[serde(default)]
    pub replaced: bool,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct KeptFile {
    pub blob: String,
    pub media_type: String,
    pub size: u64,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Act {
    pub at: Instant,
    pub status: Status,
    pub note: Private<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ResultFile {
    pub id: uuid::Uuid,
    pub name: String,
    pub blob: String,
}

#[derive(Deserialize)]
struct Envelope {
    service: String,
    #[serde(rename = "isUpdating", default)]
    is_updating: Value,
    data: Vec<HoSo>,
}

/// What came in.
pub(crate) enum Incoming {
    New(Dossier),
    /// A dossier that is here already, as it is after the citizen did something: supplemented it
    /// (5) or asked for it back (7).
    Update(Dossier, Status),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HoSo {
    ma_ho_so: DossierCode,
    #[serde(rename = "MaTTHC")]
    ma_tthc: String,
    #[serde(rename = "TenTTHC")]
    ten_tthc: String,
    chu_ho_so: String,
    ma_doi_tuong: String,
    ngay_tiep_nhan: String,
    #[serde(deserialize_with = "text_or_number")]
    trang_thai_ho_so: String,
    #[serde(default)]
    don_vi_xu_ly: String,
    #[serde(default)]
    thong_tin_khac: Value,
    #[serde(default)]
    tai_lieu_nop: Vec<TaiLieuNop>,
    #[serde(default)]
    danh_sach_le_phi: Vec<DeskFee>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TaiLieuNop {
    #[serde(deserialize_with = "text_or_number")]
    tep_dinh_kem_id: String,
    ten_tep_dinh_kem: String,
    #[serde(default)]
    ma_thanh_phan_ho_so: String,
    duong_dan_tai_tep_tin: String,
    #[serde(default)]
    is_deleted: Value,
}

#[derive(Deserialize)]
struct FieldEntry {
    label: String,
    #[serde(default)]
    value: Value,
    #[serde(default)]
    source: Option<Value>,
    #[serde(default)]
    contested: Option<Value>,
}

/// Reads `{"service":"DongBoHoSoMC",…,"data":[HoSo]}`: every dossier in it, or none.
pub(crate) fn read_envelope(bytes: &[u8]) -> Result<Vec<Incoming>, Failure> {
    let envelope: Envelope = serde_json::from_slice(bytes)
        .map_err(|_| Failure::Malformed("the envelope or a HoSo lacks a field"))?;
    if envelope.service != "DongBoHoSoMC" {
        return Err(Failure::Malformed("service is not DongBoHoSoMC"));
    }
    if envelope.data.is_empty() {
        return Err(Failure::Malformed("data is empty"));
    }
    let updating = matches!(words(&envelope.is_updating).as_str(), "True" | "true" | "1");
    let data = envelope.data.into_iter();
    data.map(|ho_so| match (updating, ho_so.trang_thai_ho_so.as_str()) {
        (false, "1") => Ok(Incoming::New(Dossier::read(ho_so)?)),
        (true, "5") => Ok(Incoming::Update(
            Dossier::read(ho_so)?,
            Status::SupplementRequested,
        )),
        (true, "7") => Ok(Incoming::Update(
            Dossier::read(ho_so)?,
            Status::WithdrawalRequested,
        )),
        _ => Err(Failure::Malformed(
            "TrangThaiHoSo is not 1 for a new dossier, nor 5 or 7 for an update",
        )),
    })
    .collect()
}

/// `{"service":"CapNhatThanhToanHoSoMC","data":[{"MaHoSo","DanhSachLePhi"}]}`.
pub(crate) fn read_payment(bytes: &[u8]) -> Result<Vec<(DossierCode, Vec<DeskFee>)>, Failure> {
    #[derive(Deserialize)]
    struct Envelope {
        service: String,
        data: Vec<Paid>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Paid {
        ma_ho_so: DossierCode,
        danh_sach_le_phi: Vec<DeskFee>,
    }
    let envelope: Envelope = serde_json::from_slice(bytes)
        .map_err(|_| Failure::Malformed("the envelope or a fee lacks a field"))?;
    if envelope.service != "CapNhatThanhToanHoSoMC" {
        return Err(Failure::Malformed("service is not CapNhatThanhToanHoSoMC"));
    }
    let paid = envelope.data.into_iter();
    Ok(paid
        .map(|paid| (paid.ma_ho_so, paid.danh_sach_le_phi))
        .collect())
}

impl Dossier {
    fn read(hoso: HoSo) -> Result<Self, Failure> {
        let digits = |text: &str, count| {
            text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !digits(&hoso.ma_doi_tuong, 12) {
            return Err(Failure::Malformed("MaDoiTuong is not twelve digits"));
        }
        if !digits(&hoso.ngay_tiep_nhan, 14) {
            return Err(Failure::Malformed("NgayTiepNhan is not yyyyMMddHHmmss"));
        }
        if hoso.chu_ho_so.trim().is_empty() || hoso.ma_tthc.trim().is_empty() {
            return Err(Failure::Malformed("ChuHoSo or MaTTHC is empty"));
        }
        Ok(Self {
            fields: read_fields(hoso.thong_tin_khac)?,
            files: read_files(hoso.tai_lieu_nop)?,
            code: hoso.ma_ho_so,
            procedure: hoso.ma_tthc,
            procedure_name: hoso.ten_tthc,
            owner: hoso.chu_ho_so.into(),
            owner_id: hoso.ma_doi_tuong.into(),
            received_at: hoso.ngay_tiep_nhan,
            office: hoso.don_vi_xu_ly,
            status: Status::Registered,
            history: Vec::new(),
            results: Vec::new(),
            fees: hoso.danh_sach_le_phi,
            received_times: 1,
            supplemented: false,
            last_update: String::new(),
            returns: 0,
        })
    }
}

impl Dossier {
    /// Takes in what the citizen did meanwhile; a repeated update renews addresses only.
    pub fn update(&mut self, newer: Self, to: Status, now: Instant) {
        self.received_times = self.received_times.saturating_add(1);
        let digest = newer.digest(to);
        let repeated = self.last_update == digest;
        for file in self.files.iter_mut().filter(|file| file.kept.is_none()) {
            if let Some(same) = newer.files.iter().find(|same| same.id == file.id) {
                file.url.clone_from(&same.url);
            }
        }
        if repeated {
            return;
        }
        self.last_update = digest;
        let note = match to {
            Status::WithdrawalRequested if self.status.may_become(to) => {
                self.status = to;
                "Công dân yêu cầu rút hồ sơ"
            }
            Status::SupplementRequested if self.status == to => {
                self.supplement(newer);
                "Công dân đã nộp bổ sung"
            }
            // It came after the office had gone on: what was decided stays.
            _ => return,
        };
        self.history.push(Act {
            at: now,
            status: self.status,
            note: note.to_owned().into(),
        });
    }

    fn supplement(&mut self, newer: Self) {
        self.supplemented = true;
        let old = std::mem::replace(&mut self.fields, newer.fields);
        for field in &mut self.fields {
            let before = old.iter().find(|before| before.id == field.id);
            field.before = match before {
                Some(before) if before.value.expose() == field.value.expose() => None,
                Some(before) => Some(before.value.clone()),
                None => Some(Private::new(String::new())),
            };
        }
        for file in &mut self.files {
            file.replaced = newer.files.iter().all(|same| same.id != file.id);
        }
        for file in newer.files {
            if self.files.iter().all(|known| known.id != file.id) {
                self.files.push(file);
            }
        }
    }

    /// What an update says, without the addresses, which differ from one delivery to the next.
    fn digest(&self, to: Status) -> String {
        let mut said = format!("{}", to.code());
        for field in &self.fields {
            said.push_str(&format!("\n{}={}", field.id, field.value.expose()));
        }
        for file in &self.files {
            said.push_str(&format!("\n{}", file.id));
        }
        gandan_domain::jws::sha256_hex(said.as_bytes())
    }
}

/// `ThongTinKhac` is an object, or, in the way of the national interface, a string that holds one.
fn read_fields(value: Value) -> Result<Vec<DeskField>, Failure> {
    let malformed = || Failure::Malformed("ThongTinKhac is not an object of labelled fields");
    let value = match value {
        Value::Null => return Ok(Vec::new()),
        Value::String(text) => serde_json::from_str(&text).map_err(|_| malformed())?,
        other => other,
    };
    let fields: BTreeMap<String, FieldEntry> =
        serde_json::from_value(value).map_err(|_| malformed())?;
    Ok(fields
        .into_iter()
        .map(|(id, entry)| DeskField {
            id,
            label: entry.label,
            value: words(&entry.value).into(),
            source: entry.source.as_ref().map(words),
            contested: entry.contested.as_ref().map(words).map(Private::new),
            before: None,
        })
        .collect())
}

fn read_files(files: Vec<TaiLieuNop>) -> Result<Vec<DeskFile>, Failure> {
    files
        .into_iter()
        .filter(|file| !matches!(words(&file.is_deleted).as_str(), "true" | "True" | "1"))
        .map(|file| {
            let url = file.duong_dan_tai_tep_tin;
            let fetchable = http::Uri::try_from(&url)
                .is_ok_and(|url| matches!(url.scheme_str(), Some("http" | "https")));
            if !fetchable {
                return Err(Failure::Malformed("DuongDanTaiTepTin is not a web address"));
            }
            Ok(DeskFile {
                id: file.tep_dinh_kem_id,
                name: file.ten_tep_dinh_kem.into(),
                component: file.ma_thanh_phan_ho_so,
                url,
                kept: None,
                replaced: false,
            })
        })
        .collect()
}

/// A value as an officer reads it.
fn words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        Value::Object(members) => members.values().map(words).collect::<Vec<_>>().join(", "),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// One-stop systems write codes as `"1"` and as `1`.
fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        Number(u64),
        Other(IgnoredAny),
    }
    match Either::deserialize(deserializer)? {
        Either::Text(text) => Ok(text),
        Either::Number(number) => Ok(number.to_string()),
        Either::Other(_) => Err(serde::de::Error::custom("neither text nor number")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )]
    use serde_json::json;

    use super::*;
    use crate::fixture::{self, hoso};

    const CODE: &str = fixture::CODE;

    fn envelope(hoso: &Value) -> Vec<u8> {
        fixture::envelope(hoso).to_string().into_bytes()
    }

    #[test]
    fn a_whole_one_is_read_with_both_values_of_a_contested_field() {
        let dossiers = read_envelope(&envelope(&hoso(CODE))).unwrap();
        let [Incoming::New(dossier)] = &dossiers[..] else {
            panic!("one dossier")
        };
        assert_eq!(dossier.files[0].id, "7");
        let contested = &dossier.fields[1];
        assert_eq!(contested.value.expose(), "1996-09-21");
        assert!(contested.contested.as_ref().unwrap().expose() == "1969-09-21");
    }

    #[test]
    fn fields_may_come_as_a_string() {
        let mut hoso = hoso(CODE);
        hoso["ThongTinKhac"] = json!(hoso["ThongTinKhac"].to_string());
        let [Incoming::New(dossier)] = &read_envelope(&envelope(&hoso)).unwrap()[..] else {
            panic!("one dossier")
        };
        assert_eq!(dossier.fields.len(), 2);
    }

    #[test]
    fn what_lacks_its_essentials_is_refused() {
        for (member, wrong) in [
            ("MaHoSo", json!("số 1")),
            ("MaHoSo", Value::Null),
            ("MaDoiTuong", json!("12")),
            ("NgayTiepNhan", json!("22/11/2026")),
            ("TrangThaiHoSo", json!("9")),
            ("ChuHoSo", json!(" ")),
            ("ThongTinKhac", json!([1])),
            (
                "TaiLieuNop",
                json!([{"TepDinhKemId": "1", "TenTepDinhKem": "a", "DuongDanTaiTepTin": "file:///etc/passwd"}]),
            ),
        ] {
            let mut hoso = hoso(CODE);
            hoso[member] = wrong;
            let Err(Failure::Malformed(_)) = read_envelope(&envelope(&hoso)) else {
                panic!("{member} was accepted")
            };
        }
        assert!(read_envelope(br#"{"service":"DongBoHoSoMC","data":[]}"#).is_err());
        assert!(read_envelope(br#"{"service":"LayThuTuc","data":[]}"#).is_err());
    }

    #[test]
    fn whatever_is_read_can_be_kept_and_read_again() {
        bolero::check!().for_each(|bytes: &[u8]| {
            if let Ok(dossiers) = read_envelope(bytes) {
                for Incoming::New(dossier) | Incoming::Update(dossier, _) in dossiers {
                    let kept = serde_json::to_vec(&dossier).unwrap();
                    let again: Dossier = serde_json::from_slice(&kept).unwrap();
                    assert_eq!(again.fields.len(), dossier.fields.len());
                }
            }
        });
    }

    #[test]
    fn one_wrong_byte_gives_a_refusal_or_another_whole_dossier() {
        let good = envelope(&hoso(CODE));
        bolero::check!()
            .with_type::<(u16, u8)>()
            .for_each(|(at, byte)| {
                let mut bytes = good.clone();
                let at = usize::from(*at) % bytes.len();
                bytes[at] = *byte;
                for Incoming::New(dossier) | Incoming::Update(dossier, _) in
                    read_envelope(&bytes).unwrap_or_default()
                {
                    assert_eq!(dossier.owner_id.expose().len(), 12);
                    assert!(dossier.status == Status::Registered);
                }
            });
    }
}
