#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::io::Write as _;

use gandan_domain::catalog::listing::ListedFee;
use serde_json::{Value, json};

use super::*;

/// An invented procedure without anything doubtful.
fn sound() -> Value {
    json!({
        "code": "9.000001",
        "name": "Đăng ký thả diều",
        "publisher": { "code": "Z1", "name": "Bộ Diều" },
        "category": "Vui chơi",
        "category_code": "Z1-1",
        "levels": ["ward"],
        "full_process_online": false,
        "offline_only": false,
        "decision": { "no": "1/QĐ-D", "date": "2026-01-02", "agency": "Bộ Diều" },
        "executing": ["Ủy ban nhân dân cấp xã"],
        "subjects": [{ "code": "ĐT1", "name": "Công dân Việt Nam" }],
        "methods": [
            { "channel": "ONLINE", "time": 3, "unit": "WORKING_DAY", "description": "",
              "fees": [{ "type": "FEE", "vnd": 5000, "description": "" }] },
            { "channel": "DIRECT", "time": 3, "unit": "WORKING_DAY", "description": "",
              "fees": [{ "type": "FEE", "vnd": 0, "description": "Không" }] },
        ],
        "cases": [{ "code": "9.000001.1", "name": "Diều giấy", "time": 3, "unit": "WORKING_DAY" }],
        "component_groups": [{ "group": "", "components": [{
            "code": "K1", "name": "Ảnh con diều", "original_qty": 1, "copy_qty": 0,
            "required": true, "has_eform": false, "forms": [],
        }] }],
        "legal_basis": [{ "no": "1/2026/L", "title": "Luật Diều" }],
        "steps": [{ "name": "", "text": "Mang diều đến." }],
        "updated": "2026-07-17",
    })
}

fn import(value: &Value) -> Import {
    Import::read(value.to_string().as_bytes()).unwrap()
}

/// What is doubted after `change`, and the fee of the first way to file.
fn doubted(change: impl FnOnce(&mut Value)) -> (Vec<Kind>, Option<u64>) {
    let mut record = sound();
    change(&mut record);
    let import = import(&json!([record]));
    let kinds = import.doubts.iter().map(|doubt| doubt.kind).collect();
    let methods = import
        .procedures
        .first()
        .map(|procedure| &procedure.methods);
    let fee = methods.and_then(|methods| methods.first()?.fees.first()?.vnd);
    (kinds, fee)
}

#[test]
fn a_sound_record_raises_no_doubt() {
    let import = import(&json!([sound()]));
    assert_eq!(import.doubts, []);
    assert_eq!(
        import.catalogue(),
        "9.000001\tĐăng ký thả diều\tVui chơi\tBộ Diều\tc\tP\tO:3w:5000 C:3w:0\t1/QĐ-D\t2026-01-02\t2026-07-17\n"
    );
    let procedure = &import.procedures[0];
    assert_eq!(procedure.component_groups[0].components[0].originals, 1);
    assert!(procedure.component_groups[0].components[0].required);
    assert_eq!(procedure.legal_basis[0].number, "1/2026/L");
    assert_eq!(procedure.steps[0].text, "Mang diều đến.");
}

#[test]
fn fees_are_not_believed_blindly() {
    let fee = |vnd: Value, text: &str| {
        let text = text.to_owned();
        doubted(move |record| {
            record["methods"][0]["fees"][0] =
                json!({ "type": "FEE", "vnd": vnd, "description": text });
        })
    };
    for (vnd, text, kinds, known) in [
        (
            json!(0),
            "Hội đồng nhân dân cấp tỉnh quyết định",
            vec![Kind::FeeProvinceDecides],
            None,
        ),
        (
            json!(null),
            "Do HĐND tỉnh quy định",
            vec![Kind::FeeProvinceDecides],
            None,
        ),
        (
            json!(0),
            "Theo quy định của Luật Phí",
            vec![Kind::FeeElsewhere],
            None,
        ),
        (json!(0), "5.000 đồng một con", vec![Kind::FeeInText], None),
        (json!(0), "", vec![], Some(0)),
        (json!(null), "", vec![Kind::FeeMissing], None),
        (
            json!(20),
            "20.000 vnđ/con",
            vec![Kind::FeeThousands],
            Some(20_000),
        ),
        (json!(20), "", vec![Kind::FeeTooSmall], None),
        (json!(10), "10 USD/con", vec![Kind::FeeForeign], None),
        (json!(25), "25.000.000đ", vec![Kind::FeeContradicts], None),
        (
            json!(5000),
            "7.000 đồng",
            vec![Kind::FeeContradicts],
            Some(5000),
        ),
        (json!(-1), "", vec![Kind::WrongType], None),
        (json!("5000"), "", vec![Kind::WrongType], None),
        (json!(8000), "8.000 đồng/bản", vec![], Some(8000)),
    ] {
        let (found, fee) = fee(vnd.clone(), text);
        // "The province decides" spoils the plain 0 of the counter too, which has a text here.
        assert_eq!((found, fee), (kinds, known), "{vnd} {text}");
    }
}

#[test]
fn a_province_that_decides_once_decides_for_every_plain_zero() {
    let (kinds, fee) = doubted(|record| {
        record["methods"][0]["fees"][0] = json!({ "type": "FEE", "vnd": 0, "description": "" });
        record["methods"][1]["description"] = json!("Lệ phí do HĐND tỉnh quyết định");
    });
    assert_eq!((kinds, fee), (vec![Kind::FeeProvinceDecides], None));
}

#[test]
fn a_foreign_fee_is_kept_aside() {
    let mut record = sound();
    record["methods"][0]["description"] = json!("Tại cơ quan đại diện: 10 USD/bản.");
    record["methods"][0]["fees"][0] = json!({ "type": "FEE", "vnd": 10, "description": "/bản" });
    let import = import(&json!([record]));
    assert_eq!(
        import.procedures[0].methods[0].fees[0].foreign.as_deref(),
        Some("10 USD")
    );
    let offer = import.procedures[0].listing().unwrap().offers[0];
    assert_eq!(offer.fee, ListedFee::Unknown);
}

#[test]
fn everything_else_that_is_odd_is_said() {
    type Change = fn(&mut Value);
    let cases: &[(Change, &[Kind])] = &[
        (
            |it| it["methods"][0]["unit"] = json!("OTHER"),
            &[Kind::TimeUnit],
        ),
        (
            |it| it["methods"][0]["time"] = json!("Không quá 15 ngày"),
            &[Kind::TimeInText, Kind::TimeDiffers],
        ),
        (|it| it["methods"][0]["time"] = json!(0), &[Kind::TimeZero]),
        (|it| it["methods"][0]["time"] = json!(-3), &[Kind::TimeOdd]),
        (
            |it| it["methods"][0]["time"] = json!(4),
            &[Kind::TimeDiffers],
        ),
        (
            |it| it["methods"][0]["channel"] = json!("PIGEON"),
            &[Kind::UnknownChannel],
        ),
        (|it| it["methods"] = json!([]), &[Kind::NoChannel]),
        (
            |it| it["methods"] = json!("none"),
            &[Kind::WrongType, Kind::NoChannel],
        ),
        (
            |it| it["methods"][0]["fees"] = json!([]),
            &[Kind::FeeNotListed],
        ),
        (
            |it| it["offline_only"] = json!(true),
            &[Kind::OfflineWithChannel],
        ),
        (|it| it["subjects"] = json!([]), &[Kind::NoSubject]),
        (
            |it| it["subjects"][0]["code"] = json!("ĐT99"),
            &[Kind::NoSubject, Kind::UnknownSubject],
        ),
        (
            |it| it["name"] = json!("ĐĂNG KÝ THẢ DIỀU"),
            &[Kind::ShoutedTitle],
        ),
        (
            |it| it["steps"][0]["text"] = json!("<b>Bước&nbsp;1</b>"),
            &[Kind::TextCleaned],
        ),
        (
            |it| it["steps"][0]["text"] = json!("thựchiện việc này"),
            &[Kind::RunTogether],
        ),
        (|it| it["steps"] = json!(null), &[Kind::NoSteps]),
        (|it| it["legal_basis"] = json!([]), &[Kind::NoLegalBasis]),
        (
            |it| it["executing"] = json!([null]),
            &[Kind::AgencyMissing, Kind::AgencyMissing],
        ),
        (
            |it| it["decision"]["date"] = json!("hôm qua"),
            &[Kind::BadDate],
        ),
        (
            |it| it["decision"]["date"] = json!("2026-08-01"),
            &[Kind::DecidedLater],
        ),
        (|it| it["updated"] = json!(null), &[Kind::BadDate]),
        (
            |it| it["component_groups"][0]["components"][0]["name"] = json!(""),
            &[Kind::ComponentNameless],
        ),
        (
            |it| it["component_groups"][0]["components"][0]["original_qty"] = json!(0),
            &[Kind::ComponentNoCopies],
        ),
        (
            |it| it["component_groups"][0]["components"][0]["copy_qty"] = json!(9),
            &[Kind::ComponentManyCopies],
        ),
        (
            |it| it["component_groups"][0]["components"][0]["required"] = json!(false),
            &[Kind::NothingRequired],
        ),
        (
            |it| it["component_groups"][0]["components"] = json!([]),
            &[Kind::EmptyGroup],
        ),
        (|it| it["colour"] = json!("blue"), &[Kind::UnknownKey]),
        (|it| it["code"] = json!("9-1"), &[Kind::BadCode]),
        (|it| it["code"] = json!(null), &[Kind::NotARecord]),
        (|it| it["name"] = json!(" "), &[Kind::NotARecord]),
    ];
    for (number, (change, kinds)) in cases.iter().enumerate() {
        let (mut found, _) = doubted(change);
        let mut kinds = kinds.to_vec();
        found.sort_unstable();
        kinds.sort_unstable();
        assert_eq!(found, kinds, "case {number}");
    }
}

#[test]
fn level_time_and_applicants_reach_the_catalogue() {
    let mut record = sound();
    record["full_process_online"] = json!(true);
    record["name"] = json!("Đăng ký hộ kinh doanh diều");
    record["methods"][0]["unit"] = json!("OTHER");
    record["methods"][1]["time"] = json!(17.5);
    let import = import(&json!([record]));
    let line = import.procedures[0].listing().unwrap().write();
    assert!(line.contains("\tch\tF\tO:3w:5000 C:17.5w:0\t"), "{line}");
}

#[test]
fn the_same_code_counts_once_and_is_said() {
    let import = import(&json!({ "data": [sound(), sound(), 7] }));
    assert_eq!((import.records, import.procedures.len()), (3, 1));
    let counts: Vec<(Kind, usize)> = import.counts().into_iter().collect();
    assert_eq!(counts, [(Kind::NotARecord, 1), (Kind::Twice, 1)]);
    assert!(
        import
            .report()
            .contains("9.000001\ttwice\t#2\tĐăng ký thả diều\t")
    );
}

#[test]
fn the_portals_own_shape_reads_the_same() {
    let raw = json!({
        "id": "x", "code": "9.000001", "name": "Đăng ký thả diều",
        "detail": {
            "departmentPromulgateCode": "Z1", "departmentPromulgateName": "Bộ Diều",
            "category": { "id": "y", "name": "Vui chơi", "code": "Z1-1" },
            "isFullProcess": false, "isOfflineOnly": false,
            "procedureProposal": {
                "proposalNumber": "1/QĐ-D", "decisionDate": 1_767_286_800_000_i64,
                "issuingAgency": { "name": "Bộ Diều" },
            },
            "unitGroupsExecuting": [{ "name": "Ủy ban nhân dân cấp xã" }],
            "subjectTypesDetails": [{ "code": "ĐT1", "name": "Công dân Việt Nam" }],
            "executionMethods": [
                { "submissionMethod": "ONLINE", "processingTime": 3, "processingTimeUnit": "WORKING_DAY",
                  "description": "", "fees": [{ "type": "FEE", "value": 5000, "description": "" }] },
                { "submissionMethod": "DIRECT", "processingTime": 3, "processingTimeUnit": "WORKING_DAY",
                  "description": "", "fees": [{ "type": "FEE", "value": 0, "description": "Không" }] },
            ],
            "cases": [{ "code": "9.000001.1", "name": "Diều giấy",
                "processingDay": { "qty": 3, "type": "WORKING_DAY" } }],
            "executionCases": [{ "name": "", "profileComponents": [{
                "code": "K1", "name": "Ảnh con diều", "originalQty": 1, "copyQty": 0,
                "required": true, "hasElectronicForm": false,
            }] }],
            "legalBasisesDetails": [{ "code": "1/2026/L", "name": "Luật Diều" }],
            "executionSteps": [{ "name": "", "description": "Mang diều đến." }],
            "updatedAt": 1_784_221_200_000_i64,
        },
    });
    let (raw, flat) = (import(&raw), import(&sound()));
    assert_eq!(raw.doubts, []);
    assert_eq!(raw.procedures, flat.procedures);
}

#[test]
fn gzip_is_unpacked() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed
        .write_all(json!([sound()]).to_string().as_bytes())
        .unwrap();
    let mut packed = packed.finish().unwrap();
    assert_eq!(Import::read(&packed).unwrap().procedures.len(), 1);
    packed.truncate(packed.len() / 2);
    assert!(matches!(Import::read(&packed), Err(ImportError::Gzip(_))));
    assert!(matches!(Import::read(b"{"), Err(ImportError::Json(_))));
    assert!(matches!(Import::read(b"7"), Err(ImportError::Shape)));
    let marked = Import::read("\u{feff}[]".as_bytes()).unwrap();
    assert_eq!(marked.records, 0, "a mark of the encoding is no JSON");
}

/// Any bytes, and any value anywhere in a sound record: read or doubted, never a fall, and what is
/// listed can be read again.
#[test]
fn no_bytes_make_it_fall() {
    let sound = sound().to_string().into_bytes();
    bolero::check!()
        .with_type::<(Vec<u8>, usize, u8)>()
        .for_each(|(bytes, at, pick)| {
            let _ = Import::read(bytes);
            let _ = Import::read(&[&[0x1f, 0x8b, 8, 0][..], bytes].concat());
            let odd = [
                "null",
                "-1",
                "1e300",
                "[]",
                "{}",
                "\"<b\"",
                "true",
                "18446744073709551616",
                "[[]]",
                "\"&\"",
            ];
            let odd = odd[usize::from(*pick) % odd.len()].as_bytes();
            // In place of a value: from a colon to the next comma.
            let colons: Vec<usize> = (0..sound.len()).filter(|at| sound[*at] == b':').collect();
            let from = colons[at % colons.len()] + 1;
            let to = sound[from..]
                .iter()
                .position(|it| *it == b',')
                .map_or(sound.len(), |end| from + end);
            let patched = [&sound[..from], odd, &sound[to..]].concat();
            if let Ok(import) = Import::read(&patched) {
                for line in import.catalogue().lines() {
                    gandan_domain::catalog::Listing::read(line).expect("what was written is read");
                }
            }
        });
}
