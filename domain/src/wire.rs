//! What travels between phone and backend, as JSON. See `docs/api.md` for the calls.
//!
//! Readers ignore fields they do not know and keep enum values they do not know, so that an app
//! that is two years old still syncs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    dossier::{DossierCode, IntentId, Status},
    place::PlaceKey,
    private::Private,
    problem::WireProblem,
    time::Instant,
};

/// `POST /v1/sync`: everything the phone wants to do and know, in one round trip.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct SyncRequest {
    /// The highest change the phone has stored; 0 at first.
    pub cursor: i64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<Operation>,
    /// Procedures for which the phone wants what the state already knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefill: Vec<String>,
}

/// One write. `key` is its idempotency key: the same key always gets the same answer.
#[derive(Clone, Serialize, Deserialize)]
pub struct Operation {
    pub key: uuid::Uuid,
    #[serde(flatten)]
    pub command: Command,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Command {
    /// File a dossier. `intent` is the compact JWS; its files were sent by tus before.
    Submit { intent: String },
}

#[derive(Clone, Default, Serialize, Deserialize)]
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
    /// Server time, for telling a wrong phone clock; never used for legal times.
    pub now: Instant,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct OperationAnswer {
    pub key: uuid::Uuid,
    #[serde(flatten)]
    pub result: OperationResult,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum OperationResult {
    /// The dossier exists; `receipt` is the signed JWS.
    Accepted {
        receipt: String,
    },
    Problem {
        problem: WireProblem,
    },
}

/// Something the phone should know. `seq` grows by one per citizen.
#[derive(Clone, Serialize, Deserialize)]
pub struct Change {
    pub seq: i64,
    pub at: Instant,
    #[serde(flatten)]
    pub what: What,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum What {
    /// A dossier moved. The first one, `Registered`, comes with its creation.
    Dossier { dossier: DossierView },
    #[serde(other)]
    Unknown,
}

/// A dossier as its citizen sees it.
#[derive(Clone, Serialize, Deserialize)]
pub struct DossierView {
    pub code: DossierCode,
    pub intent: IntentId,
    pub procedure: String,
    pub commune: PlaceKey,
    pub status: Status,
    pub received_at: Instant,
    /// Oldest first; append-only.
    pub history: Vec<StatusEntry>,
    #[serde(default)]
    pub results: Vec<ResultView>,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct StatusEntry {
    pub status: Status,
    /// When the office says it happened.
    pub at: Instant,
    /// The agency that holds it now (cơ quan đang xử lý).
    pub agency: String,
    /// The officer in charge, name and title (người xử lý), where the agency says so.
    #[serde(default)]
    pub handler: Option<Private<String>>,
    /// What the office says, in Vietnamese: a reason, a request.
    #[serde(default)]
    pub note: Option<Private<String>>,
    /// Until when, by the rules, where known.
    #[serde(default)]
    pub due_at: Option<Instant>,
}

/// An electronic result (kết quả), fetched from `GET /v1/results/{id}`.
#[derive(Clone, Serialize, Deserialize)]
pub struct ResultView {
    pub id: uuid::Uuid,
    pub name: String,
    pub sha256: String,
    pub size: u64,
    pub media_type: String,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PrefillAnswer {
    /// Keyed by prefill key (see [`crate::catalog::PrefillKey`]).
    Known {
        values: BTreeMap<String, PrefillValue>,
    },
    /// The source cannot be asked right now; the citizen fills by hand and nothing is lost.
    Unavailable { retry_after_s: u32 },
}

/// One value the state knows, and how it knows it.
#[derive(Clone, Serialize, Deserialize)]
pub struct PrefillValue {
    pub value: Private<String>,
    /// Which register, e.g. `population` (Cơ sở dữ liệu quốc gia về dân cư).
    pub source: String,
    /// The day the register last confirmed it.
    pub as_of: jiff::civil::Date,
}

/// One line of the citizen's own access log: `GET /v1/log` (I8).
#[derive(Clone, Serialize, Deserialize)]
pub struct LogEntry {
    pub seq: i64,
    pub at: Instant,
    /// Who: `self`, `backend`, an agency's code.
    pub actor: String,
    /// What they did, e.g. `dossier.created`, `file.read`, `prefill.read`.
    pub action: String,
    /// The dossier, where there is one.
    #[serde(default)]
    pub dossier: Option<DossierCode>,
    /// Hash of this entry over the one before, hex: the chain can be checked by anyone who holds it.
    pub hash: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct LogResponse {
    pub entries: Vec<LogEntry>,
}

/// `POST /oauth/token` answers this (RFC 6749 §5.1, RFC 9449 §5).
#[derive(Clone, Serialize, Deserialize)]
pub struct TokenResponse {
    pub access_token: String,
    /// Always `DPoP`.
    pub token_type: String,
    pub expires_in: u64,
    pub refresh_token: String,
}
