//! The six demo citizens. All invented; their id numbers begin with 099, a province code that was
//! never assigned, so that no number here can belong to anyone.

use std::sync::Arc;

use axum::{Router, routing::get};
use gandan_domain::time::Instant;
use maud::{DOCTYPE, Markup, html};
use serde_json::{Value, json};

use crate::{Sandbox, demo};

/// A citizen as the stand-ins know one. Dates are `yyyy-mm-dd`, places `code@valid_from`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Person {
    pub id_number: &'static str,
    /// Stable at VNeID: OpenID `sub` and VNeID's `TechID`.
    pub subject: &'static str,
    pub full_name: &'static str,
    pub birth_date: &'static str,
    /// What the population database says, where it is wrong.
    pub registered_birth_date: Option<&'static str>,
    pub sex: &'static str,
    pub ethnicity: &'static str,
    pub residence_commune: &'static str,
    pub residence_detail: &'static str,
    /// The day the population database last confirmed the entry.
    pub as_of: &'static str,
    /// Id number of husband or wife.
    pub spouse: Option<&'static str>,
    /// A hospital has reported a birth.
    pub newborn: bool,
    /// Why this one is here, for the person who tries the demo.
    pub story: &'static str,
}

/// Born in the last month, so that the couple always has something to register.
const NEWBORN_NUMBER: &str = "TN-99-000017";
const NEWBORN_FACILITY: &str = "Trạm y tế xã Lũng Cú (THỬ NGHIỆM)";

pub const PEOPLE: [Person; 6] = [
    Person {
        id_number: "099145000001",
        subject: "0f0b6b3e-9d1c-4c53-8a4e-000000000001",
        full_name: "Trần Thị Bưởi",
        birth_date: "1945-03-02",
        registered_birth_date: None,
        sex: "female",
        ethnicity: "Kinh",
        residence_commune: "00070@2025-07-01",
        residence_detail: "Số 99 phố Thử Nghiệm",
        as_of: "2025-08-12",
        spouse: None,
        newborn: false,
        story: "Cụ bà 81 tuổi, mắt kém, ít dùng điện thoại",
    },
    Person {
        id_number: "099080000002",
        subject: "0f0b6b3e-9d1c-4c53-8a4e-000000000002",
        full_name: "Thạch Sóc Kha",
        birth_date: "1980-04-14",
        registered_birth_date: None,
        sex: "male",
        ethnicity: "Khmer",
        residence_commune: "29461@2025-07-01",
        residence_detail: "Ấp Thử Nghiệm",
        as_of: "2025-09-30",
        spouse: None,
        newborn: false,
        story: "Nói tiếng Khmer, đọc tiếng Việt chậm",
    },
    Person {
        id_number: "099196000003",
        subject: "0f0b6b3e-9d1c-4c53-8a4e-000000000003",
        full_name: "Giàng Thị Sáo",
        birth_date: "1996-09-21",
        registered_birth_date: None,
        sex: "female",
        ethnicity: "Mông",
        residence_commune: "00715@2025-07-01",
        residence_detail: "Thôn Thử Nghiệm",
        as_of: "2026-01-15",
        spouse: Some("099094000004"),
        newborn: true,
        story: "Vợ; mới sinh con, bệnh viện đã báo giấy chứng sinh",
    },
    Person {
        id_number: "099094000004",
        subject: "0f0b6b3e-9d1c-4c53-8a4e-000000000004",
        full_name: "Vừ Mí Khèn",
        birth_date: "1994-12-05",
        registered_birth_date: None,
        sex: "male",
        ethnicity: "Mông",
        residence_commune: "00715@2025-07-01",
        residence_detail: "Thôn Thử Nghiệm",
        as_of: "2026-01-15",
        spouse: Some("099196000003"),
        newborn: true,
        story: "Chồng; cùng đứa con mới sinh",
    },
    Person {
        id_number: "099188000005",
        subject: "0f0b6b3e-9d1c-4c53-8a4e-000000000005",
        full_name: "Nông Thị Gấm",
        birth_date: "1988-06-30",
        registered_birth_date: None,
        sex: "female",
        ethnicity: "Tày",
        // Yên Định (Bắc Mê) went in part to 00700 and in part to 00994.
        residence_commune: "00700@2025-07-01",
        residence_detail: "Thôn Thử Nghiệm, xã Yên Định cũ (huyện Bắc Mê)",
        as_of: "2025-07-01",
        spouse: None,
        newborn: false,
        story: "Xã cũ đã tách về hai xã mới",
    },
    Person {
        id_number: "099075000006",
        subject: "0f0b6b3e-9d1c-4c53-8a4e-000000000006",
        full_name: "Phùng Văn Chõ",
        birth_date: "1975-01-19",
        registered_birth_date: Some("1957-01-19"),
        sex: "male",
        ethnicity: "Dao",
        residence_commune: "00721@2025-07-01",
        residence_detail: "Thôn Thử Nghiệm",
        as_of: "2025-11-03",
        spouse: None,
        newborn: false,
        story: "Cơ sở dữ liệu ghi sai năm sinh: 1957 thay vì 1975",
    },
];

pub fn find(id_number: &str) -> Option<&'static Person> {
    PEOPLE.iter().find(|person| person.id_number == id_number)
}

impl Person {
    /// VNeID's claims as publicly seen, beside OpenID's own `sub`.
    pub(crate) fn claims(&self) -> Value {
        json!({
            "sub": self.subject,
            "TechID": self.subject,
            "LoaiTaiKhoan": "1",
            "HoVaTen": self.full_name,
            "SoDinhDanh": self.id_number,
            "NgayThangNamSinh": self.birth_date.replace('-', ""),
            "loginIdp": "BCA",
            "loAs": "2",
        })
    }

    /// The population database's entry.
    pub(crate) fn entry(&self) -> Value {
        json!({
            "id_number": self.id_number,
            "full_name": self.full_name,
            "birth_date": self.registered_birth_date.unwrap_or(self.birth_date),
            "sex": self.sex,
            "ethnicity": self.ethnicity,
            "nationality": "Việt Nam",
            "residence_commune": self.residence_commune,
            "residence_detail": self.residence_detail,
            "as_of": self.as_of,
        })
    }

    pub(crate) fn newborn_certificates(&self, now: Instant) -> Vec<Value> {
        if !self.newborn {
            return Vec::new();
        }
        let born = now.date().first_of_month().yesterday().ok();
        born.map(|day| {
            json!({
                "number": NEWBORN_NUMBER,
                "birth_date": day.to_string(),
                "sex": "female",
                "weight_g": 3100,
                "facility": NEWBORN_FACILITY,
                "as_of": day.to_string(),
            })
        })
        .into_iter()
        .collect()
    }
}

pub(crate) fn routes() -> Router<Arc<Sandbox>> {
    Router::new()
        .route("/", get(front_page))
        .route("/healthz", get(|| async { "ok" }))
}

async fn front_page() -> Markup {
    html! {
        (DOCTYPE)
        html lang="vi" {
            head { meta charset="utf-8"; meta name="viewport" content="width=device-width"; title { "THỬ NGHIỆM: hệ thống giả lập" } }
            body {
                main {
                    h1 { "THỬ NGHIỆM: hệ thống giả lập" }
                    p { "Không phải hệ thống của Nhà nước. Mọi người và số liệu ở đây đều do dự án đặt ra." }
                    p lang="en" { "For trying things out. Not a state system; every person and figure here is invented." }
                    ul { li { a href="/one-stop/desk" { "Bàn một cửa" } } li { a href="/faults" { "Lỗi đang bật" } } }
                    (people_list())
                }
            }
        }
    }
}

/// Who can log in, for the login page and the front page.
pub(crate) fn people_list() -> Markup {
    html! {
        h2 { "Người dùng thử (mật khẩu: " (demo::PASSWORD) ") " span lang="en" { "Demo people, password as shown" } }
        ul {
            @for person in &PEOPLE {
                li { (person.full_name) ", " (person.id_number) ": " (person.story) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_one_that_nobody_can_have() {
        for person in &PEOPLE {
            assert!(person.id_number.starts_with("099"));
            assert_eq!(person.id_number.len(), 12);
            let century_and_sex = &person.id_number[3..4];
            assert_eq!(century_and_sex == "1", person.sex == "female");
            assert_eq!(&person.id_number[4..6], &person.birth_date[2..4]);
        }
    }

    #[test]
    fn a_couple_names_each_other() {
        for person in &PEOPLE {
            if let Some(spouse) = person.spouse.and_then(find) {
                assert_eq!(spouse.spouse, Some(person.id_number));
            }
        }
    }
}
