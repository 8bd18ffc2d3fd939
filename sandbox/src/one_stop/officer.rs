//! What the person at the desk does. The page's buttons, the JSON of the tests and the in-process
//! tests all end here.

use std::sync::Arc;

use bytes::Bytes;
use gandan_domain::{
    Private,
    dossier::{DossierCode, Status},
    time::Instant,
};
use http::{StatusCode, header};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    callbacks::Callback,
    dossier::{Act, DeskFee, Dossier, KeptFile, ResultFile},
    pdf,
};
use crate::{Failure, Sandbox};

const NAME: &str = "Lò Văn Mẫu (THỬ NGHIỆM)";
const TITLE: &str = "Công chức tư pháp - hộ tịch";

/// One line of the desk's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DossierSummary {
    pub code: DossierCode,
    pub procedure: String,
    pub status: Status,
    pub received_times: u32,
    pub fields: usize,
    pub files: usize,
    /// The last request to supplement has been answered.
    pub supplemented: bool,
}

/// The officer. Every act is refused where the table of statuses does not allow it, and is stored
/// together with the report that the backend will get.
pub struct Officer {
    sandbox: Arc<Sandbox>,
}

/// What an act adds to its report.
#[derive(Default)]
struct Report {
    results: Vec<ResultFile>,
    supplement: Vec<Flagged>,
    fees: Vec<Value>,
}

/// A field or file that the citizen has to see to, and why.
#[derive(Clone)]
pub struct Flagged {
    pub field: String,
    pub reason: Private<String>,
}

impl Officer {
    pub(crate) const fn new(sandbox: Arc<Sandbox>) -> Self {
        Self { sandbox }
    }

    /// What lies on the desk, by code.
    pub fn dossiers(&self) -> Vec<DossierSummary> {
        self.sandbox.store.read(|state| {
            let dossiers = state.dossiers.values();
            dossiers
                .map(|dossier| DossierSummary {
                    code: dossier.code.clone(),
                    procedure: dossier.procedure.clone(),
                    status: dossier.status,
                    received_times: dossier.received_times,
                    fields: dossier.fields.len(),
                    files: dossier.files.len(),
                    supplemented: dossier.supplemented,
                })
                .collect()
        })
    }

    /// Reads the dossier with its files, which the portal then writes into the citizen's log.
    pub(crate) async fn open(&self, code: &str) -> Result<Dossier, Failure> {
        for file in self.find(code)?.files {
            if file.kept.is_none() && !file.replaced {
                let kept = self.fetch(&file.url).await?;
                self.change(code, |dossier| {
                    for known in &mut dossier.files {
                        if known.id == file.id && known.kept.is_none() {
                            known.kept = Some(kept.clone());
                        }
                    }
                    Ok(())
                })?;
            }
        }
        self.find(code)
    }

    /// Takes the dossier in (2, Được tiếp nhận). Nobody accepts what they have not seen, so the
    /// files are read first.
    pub async fn accept(&self, code: &str) -> Result<Status, Failure> {
        let dossier = self.open(code).await?;
        let note = format!("Đã tiếp nhận hồ sơ {}", dossier.procedure_name);
        self.act(code, Status::Accepted, note, Report::default())
    }

    /// Asks once for everything that is missing (5, Yêu cầu bổ sung). A second return needs a
    /// supervisor's reason, which the citizen reads too.
    pub async fn ask_supplement(
        &self,
        code: &str,
        flagged: Vec<Flagged>,
        supervisor: &str,
    ) -> Result<Status, Failure> {
        let dossier = self.open(code).await?;
        if flagged.is_empty() {
            return Err(Failure::Malformed("no field is flagged"));
        }
        if flagged
            .iter()
            .any(|flag| flag.reason.expose().trim().is_empty())
        {
            return Err(Failure::Malformed("a flagged field has no reason"));
        }
        if dossier.returns > 0 && supervisor.trim().is_empty() {
            return Err(Failure::Malformed(
                "a second return needs a supervisor's reason",
            ));
        }
        let mut lines = Vec::new();
        for flag in &flagged {
            let field = dossier.fields.iter().find(|field| field.id == flag.field);
            let label = match field {
                Some(field) => &field.label,
                None if dossier
                    .files
                    .iter()
                    .any(|file| file.component == flag.field) =>
                {
                    &flag.field
                }
                None => return Err(Failure::Malformed("a flagged field is not in the dossier")),
            };
            lines.push(format!("{label}: {}", flag.reason.expose().trim()));
        }
        if dossier.returns > 0 {
            lines.push(format!("Lãnh đạo: {}", supervisor.trim()));
        }
        let report = Report {
            supplement: flagged,
            ..Report::default()
        };
        self.act(code, Status::SupplementRequested, lines.join("\n"), report)
    }

    /// Works on it (4, Đang xử lý).
    pub async fn process(&self, code: &str) -> Result<Status, Failure> {
        self.undecided(code)?;
        let note = "Đang xử lý".to_owned();
        self.act(code, Status::InProgress, note, Report::default())
    }

    /// Gives a dossier back that the citizen asked for (8, Dừng xử lý).
    pub async fn grant_withdrawal(&self, code: &str) -> Result<Status, Failure> {
        self.withdrawn(code)?;
        let note = "Đồng ý cho rút hồ sơ theo yêu cầu của công dân".to_owned();
        self.act(code, Status::Stopped, note, Report::default())
    }

    /// Goes on with a dossier that the citizen asked for (4, Đang xử lý), and says why.
    pub async fn refuse_withdrawal(&self, code: &str, reason: &str) -> Result<Status, Failure> {
        self.withdrawn(code)?;
        if reason.trim().is_empty() {
            return Err(Failure::Malformed("going on needs a reason"));
        }
        let note = format!("Không cho rút hồ sơ: {}", reason.trim());
        // Asking once more reads like asking before, and is none the less new.
        self.change(code, |dossier| {
            dossier.last_update.clear();
            Ok(())
        })?;
        self.act(code, Status::InProgress, note, Report::default())
    }

    fn withdrawn(&self, code: &str) -> Result<(), Failure> {
        match self.find(code)?.status {
            Status::WithdrawalRequested => Ok(()),
            _ => Err(Failure::WrongStatus),
        }
    }

    /// A dossier that its citizen asks back is decided on first, and not worked on as if nothing
    /// had been asked.
    fn undecided(&self, code: &str) -> Result<(), Failure> {
        match self.find(code)?.status {
            Status::WithdrawalRequested => Err(Failure::WrongStatus),
            _ => Ok(()),
        }
    }

    /// Asks for a fee, with its reason (6, Yêu cầu thực hiện nghĩa vụ tài chính).
    pub async fn ask_fee(&self, code: &str, vnd: u64, reason: &str) -> Result<Status, Failure> {
        if reason.trim().is_empty() || vnd == 0 {
            return Err(Failure::Malformed("a fee needs an amount and a reason"));
        }
        let id = format!("LP{}", self.sandbox.outside.id().simple());
        let name = "Phí theo thông báo của cơ quan".to_owned();
        let report = Report {
            fees: vec![json!({
                "MaPhiLePhi": id,
                "TenPhiLePhi": name,
                "HinhThucThu": "2",
                "Gia": vnd,
                "TrangThaiThanhToan": "0",
                "LyDo": reason.trim(),
            })],
            ..Report::default()
        };
        let status = self.act(
            code,
            Status::PaymentRequested,
            reason.trim().to_owned(),
            report,
        )?;
        self.change(code, |dossier| {
            dossier.fees.push(DeskFee {
                ma_phi_le_phi: id,
                ten_phi_le_phi: name,
                gia: vnd,
                trang_thai_thanh_toan: "0".into(),
                so_bien_lai: String::new(),
            });
            Ok(())
        })?;
        Ok(status)
    }

    /// Takes cash for everything that is owed, and writes a receipt for each.
    pub async fn take_cash(&self, code: &str) -> Result<Status, Failure> {
        let mut entries = Vec::new();
        let status = self.change(code, |dossier| {
            for fee in &mut dossier.fees {
                if fee.trang_thai_thanh_toan == "1" {
                    continue;
                }
                fee.trang_thai_thanh_toan = "1".into();
                fee.so_bien_lai = format!("BL{}", self.sandbox.outside.id().simple());
                entries.push(json!({
                    "MaPhiLePhi": fee.ma_phi_le_phi,
                    "TenPhiLePhi": fee.ten_phi_le_phi,
                    "Gia": fee.gia,
                    "TrangThaiThanhToan": "1",
                    "SoBienLai": fee.so_bien_lai,
                }));
            }
            if entries.is_empty() {
                return Err(Failure::Malformed("nothing is owed"));
            }
            Ok(dossier.status)
        })?;
        let report = Report {
            fees: entries,
            ..Report::default()
        };
        self.report(code, "Đã thu tiền mặt tại quầy".to_owned(), report)?;
        Ok(status)
    }

    /// Reports without moving the dossier.
    fn report(&self, code: &str, note: String, report: Report) -> Result<(), Failure> {
        let code: DossierCode = code.parse().map_err(|_| Failure::NotFound)?;
        let now = self.sandbox.outside.clock.now();
        let id = format!("msg_{}", self.sandbox.outside.id().simple());
        self.sandbox.store.change(|state| {
            let dossier = state.dossiers.get(&code).ok_or(Failure::NotFound)?;
            let body = body(&self.sandbox, dossier, now, &note, &report);
            state.callbacks.push(Callback {
                id,
                dossier: code.clone(),
                body: body.to_string().into(),
                attempts: 0,
                next_at: now,
            });
            Ok::<(), Failure>(())
        })?;
        self.sandbox.callbacks_changed.notify_one();
        Ok(())
    }

    /// Finishes with an electronic result (9, Đã xử lý xong).
    pub async fn finish(&self, code: &str) -> Result<Status, Failure> {
        let dossier = self.open(code).await?;
        self.undecided(code)?;
        let result = ResultFile {
            id: self.sandbox.outside.id(),
            name: result_name(&dossier),
            blob: format!("result-{}", self.sandbox.outside.id()),
        };
        let bytes = pdf::result(&dossier.code, &result.name);
        self.sandbox.store.put(&result.blob, bytes.into())?;
        let report = Report {
            results: vec![result],
            ..Report::default()
        };
        let note = "Đã xử lý xong, có kết quả bản điện tử".to_owned();
        self.act(code, Status::Done, note, report)
    }

    /// Hands the result over (10, Đã trả kết quả).
    pub async fn hand_over(&self, code: &str) -> Result<Status, Failure> {
        let note = "Đã trả kết quả".to_owned();
        self.act(code, Status::Returned, note, Report::default())
    }

    /// Refuses with a reason: 3 before it was taken in, 8 after.
    pub async fn refuse(&self, code: &str, reason: &str) -> Result<Status, Failure> {
        if reason.trim().is_empty() {
            return Err(Failure::Malformed("a refusal needs a reason"));
        }
        self.undecided(code)?;
        let next = match self.find(code)?.status {
            Status::Registered | Status::SupplementRequested => Status::NotAccepted,
            _ => Status::Stopped,
        };
        self.act(code, next, reason.trim().to_owned(), Report::default())
    }

    pub(crate) fn find(&self, code: &str) -> Result<Dossier, Failure> {
        let code: DossierCode = code.parse().map_err(|_| Failure::NotFound)?;
        self.sandbox
            .store
            .read(|state| state.dossiers.get(&code).cloned())
            .ok_or(Failure::NotFound)
    }

    fn change<T>(
        &self,
        code: &str,
        act: impl FnOnce(&mut Dossier) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let code: DossierCode = code.parse().map_err(|_| Failure::NotFound)?;
        self.sandbox
            .store
            .change(|state| act(state.dossiers.get_mut(&code).ok_or(Failure::NotFound)?))
    }

    async fn fetch(&self, url: &str) -> Result<KeptFile, Failure> {
        let request = http::Request::get(url)
            .body(Bytes::new())
            .map_err(|_| Failure::FilesUnreachable)?;
        let answer = self.sandbox.outside.http.send(request).await;
        let answer = answer
            .ok()
            .filter(|answer| answer.status() == StatusCode::OK)
            .ok_or(Failure::FilesUnreachable)?;
        let media_type = match answer.headers().get(header::CONTENT_TYPE) {
            Some(value) if value == "image/jpeg" => "image/jpeg",
            Some(value) if value == "image/png" => "image/png",
            Some(value) if value == "application/pdf" => "application/pdf",
            _ => "application/octet-stream",
        };
        let kept = KeptFile {
            blob: format!("file-{}", self.sandbox.outside.id()),
            media_type: media_type.into(),
            size: answer.body().len() as u64,
        };
        self.sandbox.store.put(&kept.blob, answer.into_body())?;
        Ok(kept)
    }

    fn act(
        &self,
        code: &str,
        next: Status,
        note: String,
        report: Report,
    ) -> Result<Status, Failure> {
        let code: DossierCode = code.parse().map_err(|_| Failure::NotFound)?;
        let now = self.sandbox.outside.clock.now();
        let id = format!("msg_{}", self.sandbox.outside.id().simple());
        self.sandbox.store.change(|state| {
            let dossier = state.dossiers.get_mut(&code).ok_or(Failure::NotFound)?;
            // Asking again after an answer is the one thing that leads to where it is already.
            let asks_again = dossier.supplemented
                && dossier.status == Status::SupplementRequested
                && next == dossier.status;
            if !dossier.status.may_become(next) && !asks_again {
                return Err(Failure::WrongStatus);
            }
            dossier.status = next;
            if next == Status::SupplementRequested {
                dossier.returns = dossier.returns.saturating_add(1);
                dossier.supplemented = false;
            }
            dossier.history.push(Act {
                at: now,
                status: next,
                note: note.clone().into(),
            });
            dossier.results.extend(report.results.iter().cloned());
            let body = body(&self.sandbox, dossier, now, &note, &report);
            state.callbacks.push(Callback {
                id,
                dossier: code.clone(),
                body: body.to_string().into(),
                attempts: 0,
                next_at: now,
            });
            Ok(next)
        })?;
        self.sandbox.callbacks_changed.notify_one();
        Ok(next)
    }
}

fn result_name(dossier: &Dossier) -> String {
    match dossier.procedure.as_str() {
        "1.001193" => "Giấy khai sinh, bản điện tử (THỬ NGHIỆM)".into(),
        _ => format!("Kết quả {} (THỬ NGHIỆM)", dossier.procedure_name),
    }
}

/// `CapNhatTienDoHoSoMC`.
fn body(sandbox: &Sandbox, dossier: &Dossier, now: Instant, note: &str, report: &Report) -> Value {
    let at = now.local().strftime("%Y%m%d%H%M%S").to_string();
    let mut data = json!({
        "MaHoSo": dossier.code,
        "NguoiXuLy": NAME,
        "ChucDanh": TITLE,
        "ThoiDiemXuLy": at,
        "PhongBanXuLy": dossier.office,
        "NoiDungXuLy": note,
        "TrangThai": dossier.status.code().to_string(),
    });
    if !report.results.is_empty() {
        let origin = &sandbox.config.public_url;
        data["DanhSachGiayToKetQua"] = report
            .results
            .iter()
            .map(|result| {
                json!({
                    "TenGiayTo": result.name,
                    "GiayToId": result.id,
                    "MaThanhPhanHoSo": "KQ",
                    "DuongDanTepTinKetQua": format!("{origin}/one-stop/v1/results/{}", result.id),
                })
            })
            .collect();
    }
    if !report.fees.is_empty() {
        data["DanhSachLePhi"] = report.fees.clone().into();
    }
    if !report.supplement.is_empty() {
        data["DanhSachHoSoBoSung"] = report
            .supplement
            .iter()
            .map(|flag| {
                json!({
                    "HoSoBoSungId": flag.field,
                    "NguoiYeuCauBoSung": NAME,
                    "NoiDungBoSung": flag.reason.expose(),
                    "NgayBoSung": at,
                    "TrangThaiBoSung": "0",
                })
            })
            .collect();
    }
    json!({ "service": "CapNhatTienDoHoSoMC", "data": [data] })
}
