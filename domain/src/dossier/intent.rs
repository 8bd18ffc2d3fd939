//! The intent: what a citizen decided to send, signed by the phone's keystore key.
//!
//! Its id is minted when the draft is born and is the idempotency key of everything that follows
//! (I2). The signed bytes are kept verbatim on both sides. A signature covers the form version
//! and the fee that the citizen saw, so it cannot outlive the text it signed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{form::Answers, jws, time::Instant};

/// `typ` of an intent's JWS header.
pub const INTENT_TYP: &str = "gandan-intent+jwt";

/// Identifies one decision to file, for ever. UUIDv7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IntentId(pub Uuid);

impl std::fmt::Display for IntentId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

/// One file that belongs to the dossier. No name: names of files can be personal and decide nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileEntry {
    /// The form field the file answers.
    pub field: String,
    /// SHA-256, lower-case hex.
    pub sha256: String,
    /// Length in bytes.
    pub size: u64,
    /// Media type by content, e.g. `image/jpeg`.
    pub media_type: String,
}

/// The payload of the intent's JWS.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    pub id: IntentId,
    /// Procedure code, e.g. `1.001193`.
    pub procedure: String,
    pub form_version: u32,
    /// Receiving commune: code and the date from which the code has this meaning.
    pub commune: crate::place::PlaceKey,
    /// Fee the citizen saw, in đồng.
    pub fee_vnd: u64,
    pub answers: Answers,
    pub files: Vec<FileEntry>,
    /// Prefilled answers the citizen said are wrong: field to the registry's value (G14).
    #[serde(default)]
    pub contested: BTreeMap<String, String>,
    /// The phone's clock when the citizen signed (ý chí): not the legal time of receipt.
    pub intent_at: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntentError {
    #[error(transparent)]
    Signature(#[from] jws::JwsError),
    #[error("read the intent: its payload is not an intent")]
    Payload,
}

impl Intent {
    /// Verifies the JWS with the device's key and reads the payload.
    pub fn verify(token: &str, key: &jws::PublicKey) -> Result<Self, IntentError> {
        let payload = jws::Unverified::parse(token)?.verify(key, INTENT_TYP)?;
        serde_json::from_slice(&payload).map_err(|_| IntentError::Payload)
    }
}
