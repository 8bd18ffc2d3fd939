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

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )]

    use super::*;
    use crate::{
        dossier::signing::{Ed25519, P256, every_change, near, reheaded, unsigned},
        jws::JwsError,
    };

    struct Case {
        key: Ed25519,
        keys: KeySet,
        intent_jws: String,
        receipt: Receipt,
    }

    fn case() -> Case {
        let key = Ed25519::new(1);
        let intent_jws = "header.the verbatim intent.signature".to_owned();
        let file = |field: &str, bytes: &[u8]| FileEntry {
            field: field.into(),
            sha256: jws::sha256_hex(bytes),
            size: bytes.len() as u64,
            media_type: "image/jpeg".into(),
        };
        Case {
            keys: key.listed(KeyUse::Receipt),
            receipt: Receipt {
                dossier: "H99.08.01-261122-0001".parse().unwrap(),
                intent: IntentId(uuid::Uuid::from_u128(7)),
                procedure: "1.001193".into(),
                intent_sha256: jws::sha256_hex(intent_jws.as_bytes()),
                files: vec![
                    file("certificate.photo", b"one"),
                    file("commitment", b"two"),
                ],
                received_at: Instant(1_795_000_000_000),
            },
            key,
            intent_jws,
        }
    }

    impl Case {
        fn token(&self) -> String {
            self.key
                .jws(RECEIPT_TYP, &serde_json::to_vec(&self.receipt).unwrap())
        }

        /// As the phone does, with what the phone sent.
        fn verify(&self, token: &str) -> Result<VerifiedReceipt, ReceiptError> {
            let sent = case();
            Receipt::verify(
                token,
                &self.keys,
                sent.receipt.intent,
                &sent.intent_jws,
                &sent.receipt.files,
            )
        }

        fn error(&self) -> ReceiptError {
            self.verify(&self.token()).unwrap_err()
        }
    }

    #[test]
    fn an_honest_receipt_is_believed_in_whatever_order_it_lists_files() {
        let mut case = case();
        assert_eq!(case.verify(&case.token()).unwrap().receipt(), &case.receipt);
        case.receipt.files.reverse();
        assert!(case.verify(&case.token()).is_ok());
    }

    #[test]
    fn a_retired_key_still_verifies_what_it_signed() {
        let mut case = case();
        case.keys.keys[0].retired = true;
        assert!(case.verify(&case.token()).is_ok());
    }

    #[test]
    fn a_receipt_for_something_else_is_refused() {
        let with = |change: fn(&mut Case)| {
            let mut case = case();
            change(&mut case);
            case.error()
        };
        assert_eq!(
            with(|case| case.receipt.intent = IntentId(uuid::Uuid::from_u128(8))),
            ReceiptError::OtherIntent
        );
        assert_eq!(
            with(|case| case.receipt.intent_sha256 = jws::sha256_hex(b"other answers")),
            ReceiptError::OtherAnswers
        );
        let changes: [fn(&mut Case); 8] = [
            |case| drop(case.receipt.files.pop()),
            |case| case.receipt.files.clear(),
            |case| case.receipt.files.push(case.receipt.files[0].clone()),
            |case| case.receipt.files[1] = case.receipt.files[0].clone(),
            |case| case.receipt.files[0].sha256 = jws::sha256_hex(b"another photo"),
            |case| case.receipt.files[0].size += 1,
            |case| case.receipt.files[0].field = "commitment".into(),
            |case| case.receipt.files[0].media_type = "application/pdf".into(),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            assert_eq!(with(change), ReceiptError::OtherFiles, "change {number}");
        }
    }

    /// The answers are covered by the bytes that were sent, not by what they mean.
    #[test]
    fn a_receipt_over_another_signature_of_the_same_answers_is_refused() {
        let case = case();
        let verdict = Receipt::verify(
            &case.token(),
            &case.keys,
            case.receipt.intent,
            &format!("{}2", case.intent_jws),
            &case.receipt.files,
        );
        assert_eq!(verdict, Err(ReceiptError::OtherAnswers));
    }

    #[test]
    fn a_receipt_by_another_key_is_refused() {
        let stranger = Ed25519::new(2);
        let mut case = case();
        case.keys = stranger.listed(KeyUse::Receipt);
        assert_eq!(case.error(), ReceiptError::UnknownKey);
        // A key of ours, but for packs.
        case.keys = case.key.listed(KeyUse::Pack);
        assert_eq!(case.error(), ReceiptError::UnknownKey);
        // The stranger claims our key's id.
        case.keys = case.key.listed(KeyUse::Receipt);
        let payload = serde_json::to_vec(&case.receipt).unwrap();
        let forged = stranger.jws_as(&case.key.public().thumbprint(), RECEIPT_TYP, &payload);
        assert_eq!(
            case.verify(&forged).unwrap_err(),
            ReceiptError::Signature(JwsError::BadSignature)
        );
    }

    #[test]
    fn a_forged_header_is_refused() {
        let case = case();
        let token = case.token();
        let kid = case.key.public().thumbprint();
        let algorithm =
            |alg: &str| format!(r#"{{"alg":"{alg}","typ":"{RECEIPT_TYP}","kid":"{kid}"}}"#);
        for (header, error) in [
            (algorithm("none"), JwsError::WrongAlgorithm.into()),
            (algorithm("HS256"), JwsError::WrongAlgorithm.into()),
            (algorithm("ES256"), JwsError::WrongAlgorithm.into()),
            (
                format!(r#"{{"alg":"EdDSA","typ":"gandan-pack+jwt","kid":"{kid}"}}"#),
                JwsError::WrongType.into(),
            ),
            // The same claims, other bytes: a signature covers bytes.
            (
                format!(r#"{{"alg":"EdDSA", "typ":"{RECEIPT_TYP}","kid":"{kid}"}}"#),
                JwsError::BadSignature.into(),
            ),
            (
                format!(r#"{{"alg":"EdDSA","typ":"{RECEIPT_TYP}"}}"#),
                ReceiptError::UnknownKey,
            ),
            (r#"{"alg":"EdDSA"}"#.to_owned(), JwsError::Malformed.into()),
        ] {
            assert_eq!(
                case.verify(&reheaded(&token, &header)).unwrap_err(),
                error,
                "{header}"
            );
        }
    }

    /// Signed by the rightful key, and still not a receipt.
    #[test]
    fn one_kind_of_token_never_passes_for_another() {
        let case = case();
        let payload = serde_json::to_vec(&case.receipt).unwrap();
        for typ in ["gandan-pack+jwt", "gandan-keys+jwt", "JWT", ""] {
            assert_eq!(
                case.verify(&case.key.jws(typ, &payload)).unwrap_err(),
                JwsError::WrongType.into(),
                "{typ}"
            );
        }
        // A phone's own signature over a receipt it wrote itself.
        let own = P256::new(3).jws(RECEIPT_TYP, &payload);
        assert_eq!(case.verify(&own).unwrap_err(), ReceiptError::UnknownKey);
    }

    #[test]
    fn a_payload_that_is_no_receipt_is_refused() {
        let case = case();
        for payload in ["", "{}", "null", r#"{"dossier":"x"}"#] {
            let token = case.key.jws(RECEIPT_TYP, payload.as_bytes());
            assert_eq!(case.verify(&token).unwrap_err(), ReceiptError::Payload);
        }
    }

    #[test]
    fn a_receipt_of_a_newer_server_is_believed() {
        let case = case();
        let mut payload = serde_json::to_value(&case.receipt).unwrap();
        payload["co_signed_by"] = "somebody".into();
        let token = case.key.jws(RECEIPT_TYP, payload.to_string().as_bytes());
        assert!(case.verify(&token).is_ok());
    }

    /// I3: whatever single character of a receipt changes, it is not believed any more.
    #[test]
    fn every_changed_character_is_seen() {
        let case = case();
        let token = case.token();
        for changed in every_change(&token) {
            assert!(case.verify(&changed).is_err(), "{changed}");
        }
        assert!(case.verify(&unsigned(&token)).is_err());
    }

    #[test]
    fn no_token_makes_it_fall_and_none_is_believed() {
        let case = case();
        let sound = serde_json::to_vec(&case.receipt).unwrap();
        bolero::check!()
            .with_type::<(String, usize, u8, Vec<u8>)>()
            .for_each(|(token, at, pick, patch)| {
                assert!(case.verify(token).is_err());
                // Signed by the server's own key, and not quite a receipt.
                let payload = near(&sound, *at, pick % 16, patch);
                if let Ok(read) = case.verify(&case.key.jws(RECEIPT_TYP, &payload)) {
                    assert_eq!(read.receipt().intent, case.receipt.intent);
                    assert_eq!(read.receipt().files, case.receipt.files);
                }
            });
    }
}
