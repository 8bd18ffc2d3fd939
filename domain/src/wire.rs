//! What travels between phone and backend, as JSON. See `docs/api.md` for the calls.
//!
//! Readers ignore fields they do not know, and a variant they do not know never fails the whole
//! response, so that an app that is two years old still syncs: a change becomes
//! [`What::Unknown`], an answer a problem that waits, prefill unavailable. What was rejected:
//! `#[serde(other)]` alone, since it forgives an unknown tag but not an eleventh dossier status
//! inside a change whose tag is known.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};

use crate::{
    dossier::{DossierCode, IntentId, Status, SupplementRequest},
    payment::{Method, State, Vnd},
    place::PlaceKey,
    private::Private,
    problem::WireProblem,
    time::Instant,
};

/// Reads JSON whole, then as `T`; `None` for what is JSON but no `T` that this version knows.
fn known<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(T::deserialize(value).ok())
}

/// `POST /v1/sync`: everything the phone wants to do and know, in one round trip.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SyncRequest {
    /// The highest change the phone has stored; 0 at first.
    pub cursor: i64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<Operation>,
    /// Procedures for which the phone wants what the state already knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefill: Vec<String>,
    /// The serial of the content pack that the phone works by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<u64>,
}

/// One write. `key` is its idempotency key: the same key always gets the same answer.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Operation {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub key: uuid::Uuid,
    #[serde(flatten)]
    pub command: Command,
}

#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Command {
    /// File a dossier. `intent` is the compact JWS; its files were sent by tus before.
    Submit { intent: String },
    /// Answer what the office asked for. `supplement` is the compact JWS; its new files were sent
    /// by tus under the supplement's own id. Answered as a submit is: with a signed receipt.
    Supplement { supplement: String },
    /// Ask for a dossier back. `withdrawal` is the compact JWS. Answered with a signed receipt.
    Withdraw { withdrawal: String },
    /// The citizen has seen the first `upto` entries of a dossier's history. Answered
    /// [`OperationResult::Done`]; the citizen's other phones learn of it.
    Read {
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        intent: IntentId,
        upto: u32,
    },
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SyncResponse {
    /// One answer per operation, same order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<OperationAnswer>,
    /// What changed after `cursor`, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// Store this with the changes, in one transaction.
    pub cursor: i64,
    /// There is more than one response holds: sync again at once.
    #[serde(default)]
    pub more: bool,
    /// By procedure code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub prefill: BTreeMap<String, PrefillAnswer>,
    /// The serial of the newest content pack, where the phone's is older: to be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<u64>,
    /// Server time, for telling a wrong phone clock; never used for legal times.
    #[cfg_attr(feature = "openapi", schema(value_type = i64))]
    pub now: Instant,
}

#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OperationAnswer {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub key: uuid::Uuid,
    #[serde(flatten)]
    pub result: OperationResult,
}

/// A result of a newer server reads as a problem without a type, whose status 0 says "later": the
/// operation stays in its lane and nothing is lost.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum OperationResult {
    /// The dossier exists; `receipt` is the signed JWS.
    Accepted {
        receipt: String,
    },
    /// Done, and nothing to show for it.
    Done,
    Problem {
        problem: WireProblem,
    },
}

impl<'de> Deserialize<'de> for OperationResult {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(tag = "result", rename_all = "snake_case")]
        enum Known {
            Accepted { receipt: String },
            Done,
            Problem { problem: WireProblem },
        }
        Ok(match known(from)? {
            Some(Known::Accepted { receipt }) => Self::Accepted { receipt },
            Some(Known::Done) => Self::Done,
            Some(Known::Problem { problem }) => Self::Problem { problem },
            None => Self::Problem {
                problem: WireProblem::unknown(),
            },
        })
    }
}

/// Something the phone should know. `seq` grows by one per citizen.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    pub seq: i64,
    #[cfg_attr(feature = "openapi", schema(value_type = i64))]
    pub at: Instant,
    #[serde(flatten)]
    pub what: What,
}

#[derive(Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "change", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every change is a dossier"
)]
pub enum What {
    /// A dossier moved. The first one, `Registered`, comes with its creation.
    Dossier { dossier: DossierView },
    /// A kind of change, or something inside one, that this version does not know.
    Unknown,
}

impl<'de> Deserialize<'de> for What {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(tag = "change", rename_all = "snake_case")]
        enum Known {
            Dossier { dossier: DossierView },
        }
        Ok(match known(from)? {
            Some(Known::Dossier { dossier }) => Self::Dossier { dossier },
            None => Self::Unknown,
        })
    }
}

/// A dossier as its citizen sees it.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DossierView {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub code: DossierCode,
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub intent: IntentId,
    pub procedure: String,
    pub commune: PlaceKey,
    #[cfg_attr(feature = "openapi", schema(value_type = u8))]
    pub status: Status,
    #[cfg_attr(feature = "openapi", schema(value_type = i64))]
    pub received_at: Instant,
    /// Oldest first; append-only.
    pub history: Vec<StatusEntry>,
    #[serde(default)]
    pub results: Vec<ResultView>,
    /// What the office asks to be supplemented, while it does; with the time of the answer once
    /// there is one, until the office goes on.
    #[serde(default)]
    pub supplement: Option<SupplementRequest>,
    /// What is to be paid, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fees: Vec<FeeView>,
    /// How many entries of `history` the citizen has seen, on whichever phone.
    #[serde(default)]
    pub read: u32,
}

/// A fee of a dossier: asked for at filing or later by the office.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeeView {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: uuid::Uuid,
    #[cfg_attr(feature = "openapi", schema(value_type = u64))]
    pub vnd: Vnd,
    #[cfg_attr(feature = "openapi", schema(value_type = i64))]
    pub asked_at: Instant,
    /// What it is for, in Vietnamese, one line each.
    #[serde(default)]
    pub lines: Vec<FeeLineView>,
    /// Why the office asks for it, where it was not known at filing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub reason: Option<Private<String>>,
    /// How it can be paid from the phone.
    #[serde(default)]
    pub methods: Vec<Method>,
    /// Paid, by whatever way.
    #[serde(default)]
    pub paid: bool,
    /// The newest order. While it is open no other can be started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderView>,
    /// The signed payment receipt, once the fee is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
    /// Money that came and settled nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refunds: Vec<RefundView>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeeLineView {
    pub name: String,
    #[cfg_attr(feature = "openapi", schema(value_type = u64))]
    pub vnd: Vnd,
    /// The law that says so.
    pub basis: String,
}

/// One attempt to pay a fee.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderView {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: uuid::Uuid,
    pub method: Method,
    pub state: State,
    /// What the gateway or the transfer carries.
    pub reference: String,
    #[cfg_attr(feature = "openapi", schema(value_type = i64))]
    pub expires_at: Instant,
    /// VNPAY, while it can be paid: the page to open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// `VietQR`, while it can be paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<TransferView>,
}

/// The office's account, for a code and for typing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TransferView {
    /// The text of the `VietQR` code.
    pub qr: String,
    pub bank: String,
    pub account: String,
    pub holder: String,
    /// To be written exactly so: by it the money is matched.
    pub memo: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefundView {
    #[cfg_attr(feature = "openapi", schema(value_type = u64))]
    pub vnd: Vnd,
    #[cfg_attr(feature = "openapi", schema(value_type = i64))]
    pub at: Instant,
    /// It has been paid back.
    #[serde(default)]
    pub done: bool,
}

/// `POST /v1/payments`: start paying a fee, or find the order that is open.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentRequest {
    /// Idempotency key.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub key: uuid::Uuid,
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub fee: uuid::Uuid,
    pub method: Method,
    /// Where the browser goes after the gateway's page: one of the app's redirect URIs.
    pub return_to: String,
    /// `vi` or `en`: the language of the gateway's page.
    #[serde(default)]
    pub lang: String,
}

/// `POST /v1/payments/give-up`: the citizen says that they have not transferred.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GiveUpRequest {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub order: uuid::Uuid,
}

#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatusEntry {
    #[cfg_attr(feature = "openapi", schema(value_type = u8))]
    pub status: Status,
    /// When the office says it happened.
    #[cfg_attr(feature = "openapi", schema(value_type = i64))]
    pub at: Instant,
    /// The agency that holds it now (cơ quan đang xử lý).
    pub agency: String,
    /// The officer in charge, name and title (người xử lý), where the agency says so.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub handler: Option<Private<String>>,
    /// What the office says, in Vietnamese: a reason, a request.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub note: Option<Private<String>>,
    /// Until when, by the rules, where known.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<i64>))]
    pub due_at: Option<Instant>,
    /// The citizen's own doing (a supplement, a withdrawal), not the office's. A supplement leaves
    /// the status as it is: only the office moves it.
    #[serde(default)]
    pub by_citizen: bool,
}

/// An electronic result (kết quả), fetched from `GET /v1/results/{id}`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResultView {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: uuid::Uuid,
    pub name: String,
    pub sha256: String,
    pub size: u64,
    pub media_type: String,
}

#[derive(Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PrefillAnswer {
    /// Keyed by prefill key (see [`crate::catalog::PrefillKey`]).
    Known {
        values: BTreeMap<String, PrefillValue>,
    },
    /// The source cannot be asked right now; the citizen fills by hand and nothing is lost.
    Unavailable { retry_after_s: u32 },
}

impl<'de> Deserialize<'de> for PrefillAnswer {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(tag = "state", rename_all = "snake_case")]
        enum Known {
            Known {
                values: BTreeMap<String, PrefillValue>,
            },
            Unavailable {
                retry_after_s: u32,
            },
        }
        Ok(match known(from)? {
            Some(Known::Known { values }) => Self::Known { values },
            Some(Known::Unavailable { retry_after_s }) => Self::Unavailable { retry_after_s },
            None => Self::Unavailable {
                retry_after_s: 3600,
            },
        })
    }
}

/// One value the state knows, and how it knows it.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PrefillValue {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub value: Private<String>,
    /// Which register, e.g. `population` (Cơ sở dữ liệu quốc gia về dân cư).
    pub source: String,
    /// The day the register last confirmed it.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub as_of: jiff::civil::Date,
}

/// One line of the citizen's own access log: `GET /v1/log` (I8).
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogEntry {
    pub seq: i64,
    #[cfg_attr(feature = "openapi", schema(value_type = i64))]
    pub at: Instant,
    /// Who: `self`, `backend`, an agency's code.
    pub actor: String,
    /// What they did, e.g. `session.started`, `dossier.created`, `file.read`, `prefill.read`.
    pub action: String,
    /// The dossier, where there is one.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub dossier: Option<DossierCode>,
    /// Hash of this entry over the one before, hex: the chain can be checked by anyone who holds it.
    pub hash: String,
}

#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogResponse {
    pub entries: Vec<LogEntry>,
}

/// `POST /oauth/token` answers this (RFC 6749 §5.1, RFC 9449 §5).
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenResponse {
    pub access_token: String,
    /// Always `DPoP`.
    pub token_type: String,
    pub expires_in: u64,
    pub refresh_token: String,
    /// Which citizen signed in: opaque, and the same at every sign-in of theirs. It goes into what
    /// they sign ([`crate::dossier::Intent::subject`]), so that a phone that two people use files
    /// nothing in the other's name. Not repeated by a refresh, which changes nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )]

    use serde_json::{Value, json};

    use super::*;
    use crate::Problem;

    const KEY: &str = "01938e2a-0000-7000-8000-000000000001";

    fn dossier() -> Value {
        json!({
            "code": "H99.08.01-261122-0001",
            "intent": KEY,
            "procedure": "1.001193",
            "commune": {"code": "99001", "valid_from": "2025-07-01"},
            "status": 1,
            "received_at": 1_795_000_000_000_i64,
            "history": [{"status": 1, "at": 1_795_000_000_000_i64, "agency": "UBND Xã Thử"}],
        })
    }

    fn response() -> Value {
        json!({
            "answers": [
                {"key": KEY, "result": "accepted", "receipt": "a.b.c"},
            ],
            "changes": [
                {"seq": 1, "at": 1, "change": "dossier", "dossier": dossier()},
            ],
            "cursor": 1,
            "prefill": {"1.001193": {"state": "known", "values": {
                "mother.full_name": {
                    "value": "Trần Thị Thử", "source": "population", "as_of": "2026-11-22"
                }
            }}},
            "now": 1_795_000_000_000_i64,
        })
    }

    fn read(value: &Value) -> SyncResponse {
        serde_json::from_str(&value.to_string()).unwrap()
    }

    /// Adds a field to every object, as servers do over two years.
    fn with_more_fields(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.values_mut().for_each(with_more_fields);
                // Objects that are maps by content take no fields.
                if !fields.contains_key("mother.full_name") && !fields.contains_key("1.001193") {
                    fields.insert("from_the_future".into(), json!([{"x": 1}]));
                }
            }
            Value::Array(items) => items.iter_mut().for_each(with_more_fields),
            _ => {}
        }
    }

    #[test]
    fn a_response_writes_what_it_reads() {
        let read = read(&response());
        let mut expected = response();
        expected["more"] = false.into();
        let entry = &mut expected["changes"][0]["dossier"]["history"][0];
        entry["handler"] = Value::Null;
        entry["note"] = Value::Null;
        entry["due_at"] = Value::Null;
        entry["by_citizen"] = false.into();
        expected["changes"][0]["dossier"]["results"] = json!([]);
        expected["changes"][0]["dossier"]["supplement"] = Value::Null;
        expected["changes"][0]["dossier"]["read"] = 0.into();
        assert_eq!(serde_json::to_value(&read).unwrap(), expected);
    }

    #[test]
    fn unknown_fields_everywhere_change_nothing() {
        let mut newer = response();
        with_more_fields(&mut newer);
        assert_ne!(newer, response());
        assert_eq!(
            serde_json::to_value(read(&newer)).unwrap(),
            serde_json::to_value(read(&response())).unwrap()
        );
    }

    /// An app 24 months old still syncs: what it knows arrives, what it does not know is named so.
    #[test]
    fn unknown_kinds_leave_the_rest_of_the_response_readable() {
        let mut newer = response();
        let changes = newer["changes"].as_array_mut().unwrap();
        changes.push(json!({"seq": 2, "at": 2, "change": "petition", "petition": {"id": 7}}));
        changes.push(json!({"seq": 3, "at": 3, "change": "dossier", "dossier": dossier()}));
        changes[2]["dossier"]["status"] = 11.into();
        changes.push(json!({"seq": 4, "at": 4, "change": ["not", "even", "a", "name"]}));
        changes.push(json!({"seq": 5, "at": 5, "change": "dossier", "dossier": dossier()}));
        newer["answers"]
            .as_array_mut()
            .unwrap()
            .push(json!({"key": KEY, "result": "queued", "position": 3}));
        newer["prefill"]["9.999999"] = json!({"state": "ask_again", "how": "by_telephone"});

        let read = read(&newer);
        let kinds: Vec<(i64, bool)> = read
            .changes
            .iter()
            .map(|change| (change.seq, matches!(change.what, What::Dossier { .. })))
            .collect();
        assert_eq!(
            kinds,
            [(1, true), (2, false), (3, false), (4, false), (5, true)]
        );
        assert!(matches!(
            &read.answers[0].result,
            OperationResult::Accepted { receipt } if receipt == "a.b.c"
        ));
        let OperationResult::Problem { problem } = read.answers[1].result.clone() else {
            panic!("an unknown result was taken for acceptance");
        };
        assert!(Problem::from(problem).is_recoverable());
        assert!(matches!(
            read.prefill["9.999999"],
            PrefillAnswer::Unavailable { .. }
        ));
        assert!(matches!(
            read.prefill["1.001193"],
            PrefillAnswer::Known { .. }
        ));
    }

    #[test]
    fn a_problem_of_a_newer_server_is_answered_not_refused() {
        let mut newer = response();
        newer["answers"][0] = json!({
            "key": KEY,
            "result": "problem",
            "problem": {"type": "tag:gandan,2026:problem/new", "title": "new", "status": 409,
                        "gandan": {"problem": "new", "other": {}}},
        });
        let OperationResult::Problem { problem } = read(&newer).answers[0].result.clone() else {
            panic!("a problem was taken for acceptance");
        };
        assert_eq!(Problem::from(problem), Problem::Conflict);
    }

    #[test]
    fn the_shortest_response_is_read() {
        let read = read(&json!({"cursor": 0, "now": 0}));
        assert!(read.answers.is_empty() && read.changes.is_empty() && read.prefill.is_empty());
    }

    #[test]
    fn no_bytes_make_a_reader_fall() {
        bolero::check!().for_each(|bytes| {
            let _ = serde_json::from_slice::<SyncResponse>(bytes);
            let _ = serde_json::from_slice::<SyncRequest>(bytes);
            let _ = serde_json::from_slice::<LogResponse>(bytes);
            let _ = serde_json::from_slice::<TokenResponse>(bytes);
        });
    }

    #[test]
    fn any_tag_and_any_content_are_read() {
        bolero::check!()
            .with_type::<(String, String, u8)>()
            .for_each(|(tag, text, status)| {
                let mut newer = response();
                newer["changes"][0]["change"] = tag.as_str().into();
                newer["changes"][0]["dossier"]["procedure"] = text.as_str().into();
                newer["changes"][0]["dossier"]["status"] = (*status).into();
                newer["answers"][0]["result"] = tag.as_str().into();
                newer["prefill"]["1.001193"]["state"] = tag.as_str().into();
                assert_eq!(read(&newer).cursor, 1);
            });
    }
}
