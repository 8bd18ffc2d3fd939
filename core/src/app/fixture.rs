//! A small signed pack with every kind of question, and a phone that has it. All of it invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::{
    collections::BTreeMap,
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use futures_util::task::noop_waker;
use gandan_domain::{
    catalog::{
        ContentPack,
        pack::{assemble, manifest_to_sign, manifest_to_sign_as},
    },
    dossier::{
        DossierCode, IntentId, KeySet, Receipt, Status,
        keyset::{KEYSET_TYP, KeyUse, ListedKey},
        receipt::RECEIPT_TYP,
    },
    jws::{compact, sha256_hex},
    place::{
        PlaceKey,
        table::{self, Kind, Level, NewUnit, UnitKey},
    },
    time::Instant,
    wire::{DossierView, PrefillAnswer, PrefillValue, ResultView, StatusEntry},
};
use gandan_foundation::{
    ports::{HttpError, Signer},
    signing::Ed25519Signer,
};
use serde_json::{Value, json};

use crate::{
    app::Core,
    engine::Notification,
    store::{Session, Submitted, Synced},
    testing::{Phone, START},
};

pub const CODE: &str = "9.000001";
pub const PDF: &[u8] = b"%PDF-1.7 thu nghiem";
pub const JPEG: &[u8] = &[0xff, 0xd8, 0xff, 0xe0, 0, 0x10, b'J', b'F', b'I', b'F', 0];

fn both(vi: &str, en: &str) -> Value {
    json!({ "vi": vi, "en": en })
}

fn form() -> Value {
    json!({
        "version": 3,
        "commune_field": "office.commune",
        "pages": [
            {
                "id": "about",
                "title": both("Về bạn", "About you"),
                "groups": [{
                    "id": "person",
                    "title": both("Người yêu cầu", "Requester"),
                    "fields": [
                        { "id": "person.name", "kind": "person_name", "required": true,
                          "label": both("Họ và tên", "Full name"),
                          "hint": both("Như trên thẻ căn cước.", "As on the id card."),
                          "prefill": [{ "key": "requester.full_name" }] },
                        { "id": "person.birth_date", "kind": "date", "past": true, "required": true,
                          "label": both("Ngày sinh", "Date of birth"),
                          "prefill": [{ "key": "requester.birth_date" }] },
                        { "id": "person.id_number", "kind": "id_number",
                          "label": both("Số định danh cá nhân", "Citizen id number") },
                        { "id": "person.phone", "kind": "phone",
                          "label": both("Số điện thoại", "Telephone") },
                        { "id": "person.sex", "kind": "choice", "required": true,
                          "label": both("Giới tính", "Sex"),
                          "options": [
                              { "id": "male", "label": both("Nam", "Male") },
                              { "id": "female", "label": both("Nữ", "Female") },
                          ] },
                    ],
                }],
            },
            {
                "id": "more",
                "title": both("Giấy tờ và nơi nhận", "Papers and office"),
                "groups": [{
                    "id": "papers",
                    "fields": [
                        { "id": "wishes", "kind": "multi_choice",
                          "label": both("Bạn muốn nhận gì?", "What would you like?"),
                          "options": [
                              { "id": "paper", "label": both("Bản giấy", "On paper") },
                              { "id": "file", "label": both("Bản điện tử", "Electronically") },
                          ] },
                        { "id": "note", "kind": "text", "max": 40,
                          "label": both("Lý do", "Reason"),
                          "visible": { "slots": ["person.sex"],
                                       "code": [{ "slot": 0 }, { "text": "female" }, "eq"] } },
                        { "id": "photo", "kind": "file", "required": true, "max_bytes": 1000,
                          "media_types": ["image/jpeg", "application/pdf"],
                          "label": both("Ảnh giấy tờ", "Photo of the paper") },
                        { "id": "office.commune", "kind": "commune", "required": true,
                          "label": both("Nơi nộp", "Where to file") },
                    ],
                }],
            },
        ],
    })
}

fn communes(count: usize) -> Value {
    let rows = (0..count).map(|at| {
        json!({
            "code": format!("{:05}", 99_001 + at),
            "valid_from": "2025-07-01",
            "full_name": format!("Xã Thử Nghiệm {}", at + 1),
            "province_code": "99",
            "province_name": "Tỉnh Thử Nghiệm",
            "office": {
                "code": "H99.01",
                "name": format!("Bộ phận một cửa UBND xã Thử Nghiệm {}", at + 1),
                "address": "Số 1, thôn Giả Định",
                "phone": "02190000001",
            },
            "formerly": [format!("Xã Cũ {}", at + 1)],
        })
    });
    Value::Array(rows.collect())
}

pub fn pack(number_of_communes: usize) -> ContentPack {
    serde_json::from_value(json!({
        "procedures": [{
            "code": CODE,
            "title": both("Đăng ký thử nghiệm", "Trial registration"),
            "also_called": ["làm giấy thử"],
            "summary": both("Một thủ tục bịa để chạy thử.", "An invented procedure, for trials."),
            "publisher": "Bộ Tư pháp",
            "service_level": "partial",
            "fee": { "lines": [{
                "id": "fee",
                "name": both("Lệ phí", "Fee"),
                "rates": [{ "price": { "price": "free" }, "basis": "Luật bịa 1/2026, Điều 1" }],
            }] },
            "time_limit": { "limit": { "unit": "same_day" }, "note": both("Nhận sau 15 giờ thì trả hôm sau.", "Received after 15:00: the next day.") },
            "components": [
                { "code": "G1", "name": both("Ảnh giấy tờ", "Photo of the paper"), "field": "photo" },
                { "code": "G2", "name": both("Giấy tờ tùy thân", "Identity paper"), "known_to_state": true },
            ],
            "legal_basis": [{ "document": "Luật bịa 1/2026", "article": "Điều 1" }],
            "form": form(),
            "valid_from": "2026-01-01",
            "source": { "name": "Bộ thử nghiệm", "date": "2025-12-01" },
        }],
        "communes": communes(number_of_communes),
    }))
    .expect("the fixture is a pack")
}

pub struct Keys {
    root: Ed25519Signer,
    receipt: Ed25519Signer,
    pack: Ed25519Signer,
}

/// A phone with a signed pack and key set on disk, and the server's keys.
pub struct World {
    pub phone: Phone,
    keys: Keys,
    /// What the line answers to whoever asks for newer content; nothing else is answered.
    pub line: Arc<Mutex<Line>>,
}

#[derive(Default)]
pub struct Line {
    pub update: Option<Vec<u8>>,
    pub asked: Vec<String>,
}

impl Line {
    fn play(&mut self, request: &http::Request<bytes::Bytes>) -> crate::testing::Answer {
        let update = self.update.clone();
        let (Some(update), "/v1/content/update") = (update, request.uri().path()) else {
            return Err(HttpError::Unreachable);
        };
        self.asked
            .push(request.uri().query().unwrap_or_default().to_owned());
        let etag = format!("\"{}\"", sha256_hex(&update));
        let known = request.headers().get("if-none-match");
        if known.is_some_and(|known| known == etag.as_str()) {
            let answer = http::Response::builder().status(304);
            return Ok(answer.body(bytes::Bytes::new()).unwrap());
        }
        let answer = http::Response::builder()
            .header("content-type", gandan_domain::catalog::delta::DELTA_TYPE)
            .header("etag", etag);
        Ok(answer.body(update.into()).unwrap())
    }
}

impl World {
    pub fn new() -> Self {
        Self::with(&pack(2))
    }

    pub fn with(pack: &ContentPack) -> Self {
        let line = Arc::new(Mutex::new(Line::default()));
        let mut phone = Phone::new({
            let line = Arc::clone(&line);
            move |request| line.lock().unwrap().play(request)
        });
        let random = Arc::clone(&phone.ports.world.random);
        let key =
            || Ed25519Signer::from_pk8(&Ed25519Signer::generate_pk8(&*random).unwrap()).unwrap();
        let keys = Keys {
            root: key(),
            receipt: key(),
            pack: key(),
        };
        phone.config.root_key = keys.root.public_key();
        std::fs::create_dir_all(phone.folder()).unwrap();
        let root: &dyn Signer = &keys.root;
        let set = serde_json::to_vec(&keys.set()).unwrap();
        let set = root.jws(KEYSET_TYP, &set).unwrap();
        std::fs::write(&phone.config.keyset_path, set).unwrap();
        let world = Self { phone, keys, line };
        world.write_pack(pack, &world.keys.pack);
        world
    }

    /// With a place table: two old communes of a district that is gone, one of them split, and a
    /// commune that became a ward while nobody was looking.
    pub fn with_places() -> Self {
        let world = Self::new();
        let first = table::FIRST_DAY;
        let day = |text: &str| text.parse().unwrap();
        let (new, second) = (day("2025-07-01"), day("2025-10-01"));
        let unit =
            |code: u32, kind: Kind, name: &str, from, until, parent, next: &[UnitKey]| NewUnit {
                code,
                kind,
                name: name.into(),
                from,
                until,
                doubt: None,
                also_called: Vec::new(),
                nameless: false,
                parent,
                next: next.to_vec(),
            };
        let old = Some(day("2025-06-30"));
        let (one, two) = ((Level::Commune, 99_001, new), (Level::Commune, 99_002, new));
        let province = Some((Level::Province, 99, new));
        let district = Some((Level::District, 971, first));
        let units = [
            unit(
                97,
                Kind::Province,
                "Miền Cũ",
                first,
                old,
                None,
                &[(Level::Province, 99, new)],
            ),
            unit(
                971,
                Kind::RuralDistrict,
                "Đồng Thử",
                first,
                old,
                Some((Level::Province, 97, first)),
                &[one, two],
            ),
            unit(
                97_001,
                Kind::Commune,
                "Lũng Thử",
                first,
                old,
                district,
                &[one],
            ),
            unit(
                97_002,
                Kind::Commune,
                "Yên Thử",
                first,
                old,
                district,
                &[two, one],
            ),
            unit(99, Kind::Province, "Thử Nghiệm", new, None, None, &[]),
            unit(
                99_001,
                Kind::Commune,
                "Thử Nghiệm 1",
                new,
                None,
                province,
                &[],
            ),
            unit(
                99_002,
                Kind::Commune,
                "Thử Nghiệm 2",
                new,
                Some(day("2025-09-30")),
                province,
                &[(Level::Commune, 99_002, second)],
            ),
            unit(
                99_002,
                Kind::Ward,
                "Thử Nghiệm 2",
                second,
                None,
                province,
                &[],
            ),
            unit(
                99_003,
                Kind::Commune,
                "Chưa Có Nơi Nhận",
                new,
                None,
                province,
                &[],
            ),
        ];
        let payload = table::write(&units).unwrap();
        let key = &world.keys.pack;
        let input = manifest_to_sign_as(table::PLACES_TYP, &payload, 1, &key.public_key());
        let manifest = compact(&input, &key.sign(input.as_bytes()).unwrap());
        let file = world
            .phone
            .config
            .content_path
            .with_file_name(table::PLACES_FILE);
        std::fs::write(file, assemble(&manifest, &payload)).unwrap();
        world
    }

    fn write_pack(&self, pack: &ContentPack, key: &Ed25519Signer) {
        let file = self.signed_by(pack, 1, key);
        std::fs::write(&self.phone.config.content_path, file).unwrap();
    }

    fn signed_by(&self, pack: &ContentPack, serial: u64, key: &Ed25519Signer) -> Vec<u8> {
        let payload = serde_json::to_vec(pack).unwrap();
        let input = manifest_to_sign(&payload, serial, &self.keys.pack.public_key());
        let manifest = compact(&input, &key.sign(input.as_bytes()).unwrap());
        assemble(&manifest, &payload)
    }

    pub fn signed(&self, pack: &ContentPack, serial: u64) -> Vec<u8> {
        self.signed_by(pack, serial, &self.keys.pack)
    }

    /// Says that the pack key signed it, and another one did.
    pub fn forged(&self, pack: &ContentPack, serial: u64) -> Vec<u8> {
        self.signed_by(pack, serial, &self.keys.receipt)
    }

    /// The pack file that the phone came with.
    pub fn delivered(&self) -> Vec<u8> {
        std::fs::read(&self.phone.config.content_path).unwrap()
    }

    /// The app runs until it has nothing to do but wait.
    pub fn run(&self, core: &Core) {
        let mut running = pin!(core.run());
        let waker = noop_waker();
        let mut context = Context::from_waker(&waker);
        if let Poll::Ready(problem) = running.as_mut().poll(&mut context) {
            panic!("stopped: {problem}");
        }
    }

    /// From now on the line gives this, and the phone looks.
    pub fn publishes(&self, core: &Core, update: Vec<u8>) {
        self.line.lock().unwrap().update = Some(update);
        self.phone.clock.advance(15 * 60 * 1000);
        self.run(core);
    }

    /// Signs the pack with a key that no key set lists as a pack key.
    pub fn forge_pack(&self) {
        self.write_pack(&pack(2), &self.keys.receipt);
    }

    pub fn open(&self) -> Arc<Core> {
        Core::open(self.phone.config.clone(), self.phone.ports.clone())
            .unwrap_or_else(|problem| panic!("failed to {problem}"))
    }

    pub fn sign_in(&self, core: &Core) {
        core.store
            .signed_in_with(&Session {
                key: vec![9; 32].into(),
                access_token: String::new().into(),
                access_expires_at: START,
                refresh_token: String::new().into(),
                subject: "citizen-1".into(),
            })
            .unwrap();
        core.notified(Notification::SignedIn);
    }

    /// What the register answers, as the engine would store it.
    pub fn prefill(&self, core: &Core, values: &[(&str, &str)]) {
        let values = values
            .iter()
            .map(|(key, value)| {
                let value = PrefillValue {
                    value: (*value).to_owned().into(),
                    source: "population".into(),
                    as_of: "2025-06-30".parse().unwrap(),
                };
                ((*key).to_owned(), value)
            })
            .collect();
        self.sync(
            core,
            Synced {
                prefill: BTreeMap::from([(CODE.into(), PrefillAnswer::Known { values })]),
                ..Synced::default()
            },
        );
        core.notified(Notification::PrefillArrived {
            procedure: CODE.into(),
        });
    }

    pub fn prefill_unavailable(&self, core: &Core) {
        let answer = PrefillAnswer::Unavailable { retry_after_s: 600 };
        self.sync(
            core,
            Synced {
                prefill: BTreeMap::from([(CODE.into(), answer)]),
                ..Synced::default()
            },
        );
        core.notified(Notification::PrefillArrived {
            procedure: CODE.into(),
        });
    }

    fn sync(&self, core: &Core, synced: Synced) {
        core.store.apply_sync(synced).unwrap();
    }

    /// The server received what the lane holds.
    pub fn receive(&self, core: &Core, intent: IntentId) {
        let lanes = core.store.open_lanes().unwrap();
        let lane = lanes.iter().find(|lane| lane.intent == intent).unwrap();
        let receipt = Receipt {
            dossier: code(),
            intent,
            procedure: CODE.into(),
            intent_sha256: sha256_hex(lane.jws.expose().as_bytes()),
            files: lane.files.clone(),
            received_at: START,
        };
        let signer: &dyn Signer = &self.keys.receipt;
        let token = signer
            .jws(RECEIPT_TYP, &serde_json::to_vec(&receipt).unwrap())
            .unwrap();
        let proof = Receipt::verify(
            &token,
            &self.keys.set(),
            intent,
            lane.jws.expose(),
            &lane.files,
        )
        .unwrap();
        self.sync(
            core,
            Synced {
                dossiers: vec![dossier(intent, &[(Status::Registered, None)], false)],
                submitted: Some((intent, Submitted::Received { proof, token })),
                ..Synced::default()
            },
        );
        core.notified(Notification::OutboxChanged { intent });
        core.notified(Notification::DossierChanged { intent });
    }

    /// Nothing new, says the backend, and what time it is.
    pub fn hears(&self, core: &Core, told: Instant) {
        self.sync(
            core,
            Synced {
                told: Some(told),
                ..Synced::default()
            },
        );
    }

    /// The office reports; the last entry is the newest.
    pub fn report(
        &self,
        core: &Core,
        intent: IntentId,
        history: &[(Status, Option<&str>)],
        result: bool,
    ) {
        self.sync(
            core,
            Synced {
                dossiers: vec![dossier(intent, history, result)],
                ..Synced::default()
            },
        );
        core.notified(Notification::DossierChanged { intent });
    }

    pub fn result_arrives(&self, core: &Core, intent: IntentId) {
        core.store.put_result(intent, &result(), PDF).unwrap();
        core.notified(Notification::ResultArrived {
            intent,
            result: result().id,
        });
    }
}

impl Keys {
    fn set(&self) -> KeySet {
        let listed = |key_use: KeyUse, signer: &Ed25519Signer| ListedKey {
            kid: signer.public_key().thumbprint(),
            key_use,
            jwk: signer.public_key(),
            retired: false,
        };
        KeySet {
            serial: 1,
            keys: vec![
                listed(KeyUse::Receipt, &self.receipt),
                listed(KeyUse::Pack, &self.pack),
            ],
        }
    }
}

pub fn code() -> DossierCode {
    "H99.01-260101-0001".parse().unwrap()
}

fn result() -> ResultView {
    ResultView {
        id: uuid::Uuid::from_u128(7),
        name: "Giấy thử nghiệm".into(),
        sha256: sha256_hex(PDF),
        size: PDF.len() as u64,
        media_type: "application/pdf".into(),
    }
}

fn dossier(intent: IntentId, history: &[(Status, Option<&str>)], with_result: bool) -> DossierView {
    DossierView {
        code: code(),
        intent,
        procedure: CODE.into(),
        commune: PlaceKey {
            code: "99001".into(),
            valid_from: "2025-07-01".parse().unwrap(),
        },
        status: history.last().unwrap().0,
        received_at: START,
        history: history
            .iter()
            .zip(1..)
            .map(|((status, note), hours)| StatusEntry {
                status: *status,
                at: Instant(START.0 + hours * 3_600_000),
                agency: "UBND xã Thử Nghiệm 1".into(),
                handler: Some("Lò Thị Thử, công chức tư pháp".to_owned().into()),
                note: note.map(|note| note.to_owned().into()),
                due_at: Some(Instant(START.0 + 86_400_000)),
                by_citizen: *status == Status::Registered,
            })
            .collect(),
        results: with_result.then(result).into_iter().collect(),
        supplement: None,
        fees: Vec::new(),
        read: 0,
    }
}
