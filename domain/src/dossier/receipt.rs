//! The receipt: the server's signed proof that it holds exactly these files and answers (I3, G1).
//!
//! Only [`Receipt::verify`] makes a [`VerifiedReceipt`], and only a `VerifiedReceipt` lets a
//! screen say "Đã nộp": saying it without proof does not compile.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{DossierCode, FileEntry, IntentId, KeySet, keyset::KeyUse};
use crate::{jws, time::Instant};

/// `typ` of a receipt's JWS header.
pub const RECEIPT_TYP: &str = "gandan-receipt+jwt";

/// The payload of a receipt's JWS. Holds no personal data: codes, hashes and times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub dossier: DossierCode,
    pub intent: IntentId,
    pub procedure: String,
    /// SHA-256 (hex) of the intent's JWS as received, so that answers are covered too.
    pub intent_sha256: String,
    pub files: Vec<FileEntry>,
    /// Legal time of receipt (thời điểm tiếp nhận trên hệ thống).
    pub received_at: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    #[error(transparent)]
    Signature(#[from] jws::JwsError),
    #[error("verify the receipt: it is signed by a key that is not in the key set")]
    UnknownKey,
    #[error("read the receipt: its payload is not a receipt")]
    Payload,
    #[error("accept the receipt: it is for another intent")]
    OtherIntent,
    #[error("accept the receipt: the answers it covers are not the ones that were signed")]
    OtherAnswers,
    #[error("accept the receipt: its list of files is not the list that was sent")]
    OtherFiles,
}

/// A receipt whose signature, intent and file list have been checked. Cannot be made otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedReceipt(Receipt);

impl VerifiedReceipt {
    pub const fn receipt(&self) -> &Receipt {
        &self.0
    }
}

impl Receipt {
    /// Checks `token` against the key set, the intent as it was signed, and the files as they are
    /// on this phone. `intent_jws` is the verbatim token that was sent.
    pub fn verify(
        token: &str,
        keys: &KeySet,
        intent: IntentId,
        intent_jws: &str,
        files: &[FileEntry],
    ) -> Result<VerifiedReceipt, ReceiptError> {
        let unverified = jws::Unverified::parse(token)?;
        let kid = unverified
            .header
            .kid
            .clone()
            .ok_or(ReceiptError::UnknownKey)?;
        let key = keys
            .find(&kid, KeyUse::Receipt)
            .ok_or(ReceiptError::UnknownKey)?;
        let payload = unverified.verify(key, RECEIPT_TYP)?;
        let receipt: Self = serde_json::from_slice(&payload).map_err(|_| ReceiptError::Payload)?;
        if receipt.intent != intent {
            return Err(ReceiptError::OtherIntent);
        }
        if receipt.intent_sha256 != jws::sha256_hex(intent_jws.as_bytes()) {
            return Err(ReceiptError::OtherAnswers);
        }
        let sent: BTreeSet<&FileEntry> = files.iter().collect();
        let listed: BTreeSet<&FileEntry> = receipt.files.iter().collect();
        if sent != listed || files.len() != receipt.files.len() {
            return Err(ReceiptError::OtherFiles);
        }
        Ok(VerifiedReceipt(receipt))
    }
}
