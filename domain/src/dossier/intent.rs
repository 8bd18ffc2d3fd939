//! The intent: what a citizen decided to send, signed by the phone's keystore key.
//!
//! Its id is minted when the draft is born and is the idempotency key of everything that follows
//! (I2). The signed bytes are kept verbatim on both sides. A signature covers the form version
//! and the fee that the citizen saw, so it cannot outlive the text it signed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{form::Answers, jws, payment::Vnd, time::Instant};

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
    /// Who signs: the subject that the sign-in gave ([`crate::wire::TokenResponse::sub`]). The
    /// device key alone does not tell, since two people may use one phone.
    pub subject: String,
    /// Procedure code, e.g. `1.001193`.
    pub procedure: String,
    pub form_version: u32,
    /// Receiving commune: code and the date from which the code has this meaning.
    pub commune: crate::place::PlaceKey,
    /// Fee the citizen saw; `None` where they saw that it is not known.
    #[serde(default)]
    pub fee_vnd: Option<Vnd>,
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
        form::Value,
        jws::JwsError,
    };

    fn intent() -> Intent {
        let mut answers = Answers::default();
        answers.set("child.full_name", Value::Text("Trần Văn Thử".into()));
        Intent {
            id: IntentId(Uuid::from_u128(7)),
            subject: "citizen-7".into(),
            procedure: "1.001193".into(),
            form_version: 3,
            commune: "99001@2025-07-01".parse().unwrap(),
            fee_vnd: Some(Vnd::ZERO),
            answers,
            files: vec![],
            contested: BTreeMap::new(),
            intent_at: Instant(1_795_000_000_000),
        }
    }

    fn token(key: &P256) -> String {
        key.jws(INTENT_TYP, &serde_json::to_vec(&intent()).unwrap())
    }

    fn error(token: &str, key: &jws::PublicKey) -> IntentError {
        Intent::verify(token, key).err().unwrap()
    }

    #[test]
    fn what_the_device_signed_is_read_as_it_was() {
        let key = P256::new(1);
        let read = Intent::verify(&token(&key), &key.public());
        assert!(read.is_ok_and(|read| read == intent()));
    }

    #[test]
    fn another_devices_signature_is_refused() {
        assert_eq!(
            error(&token(&P256::new(1)), &P256::new(2).public()),
            JwsError::BadSignature.into()
        );
    }

    #[test]
    fn a_forged_header_is_refused() {
        let key = P256::new(1);
        for (alg, typ, refused) in [
            ("none", INTENT_TYP, JwsError::WrongAlgorithm),
            ("EdDSA", INTENT_TYP, JwsError::WrongAlgorithm),
            ("HS256", INTENT_TYP, JwsError::WrongAlgorithm),
            ("ES256", "dpop+jwt", JwsError::WrongType),
            ("ES256", "gandan-device+jwt", JwsError::WrongType),
            ("ES256", "GANDAN-INTENT+JWT", JwsError::WrongType),
        ] {
            let header = format!(r#"{{"alg":"{alg}","typ":"{typ}"}}"#);
            assert_eq!(
                error(&reheaded(&token(&key), &header), &key.public()),
                refused.into(),
                "{header}"
            );
        }
    }

    /// A header may carry a key; only the key that the server knows decides.
    #[test]
    fn the_key_inside_a_token_is_not_believed() {
        let (device, stranger) = (P256::new(1), P256::new(2));
        let header = jws::Header {
            alg: "ES256".into(),
            typ: INTENT_TYP.into(),
            kid: Some(device.public().thumbprint()),
            jwk: Some(stranger.public()),
        };
        let forged = stranger.jws_with(&header, &serde_json::to_vec(&intent()).unwrap());
        assert_eq!(
            error(&forged, &device.public()),
            JwsError::BadSignature.into()
        );
    }

    #[test]
    fn the_servers_own_key_cannot_sign_for_a_citizen() {
        let server = Ed25519::new(1);
        let forged = server.jws(INTENT_TYP, &serde_json::to_vec(&intent()).unwrap());
        assert_eq!(
            error(&forged, &P256::new(1).public()),
            JwsError::WrongAlgorithm.into()
        );
    }

    #[test]
    fn every_changed_character_is_seen() {
        let key = P256::new(1);
        let token = token(&key);
        for changed in every_change(&token) {
            assert!(
                Intent::verify(&changed, &key.public()).is_err(),
                "{changed}"
            );
        }
        assert!(Intent::verify(&unsigned(&token), &key.public()).is_err());
    }

    #[test]
    fn a_payload_that_is_no_intent_is_refused() {
        let key = P256::new(1);
        for payload in ["", "{}", "[]", r#"{"id":"x"}"#] {
            assert_eq!(
                error(&key.jws(INTENT_TYP, payload.as_bytes()), &key.public()),
                IntentError::Payload
            );
        }
    }

    #[test]
    fn no_token_makes_it_fall() {
        let signer = P256::new(1);
        let sound = serde_json::to_vec(&intent()).unwrap();
        let key = signer.public();
        bolero::check!()
            .with_type::<(String, usize, u8, Vec<u8>)>()
            .with_iterations(400)
            .for_each(|(text, at, pick, patch)| {
                assert!(Intent::verify(text, &key).is_err());
                for payload in [patch.clone(), near(&sound, *at, pick % 16, patch)] {
                    let read = Intent::verify(&signer.jws(INTENT_TYP, &payload), &key);
                    // What is read is what it says: written and read again it is the same.
                    if let Ok(read) = read {
                        let written = serde_json::to_vec(&read).unwrap();
                        let again = Intent::verify(&signer.jws(INTENT_TYP, &written), &key);
                        assert!(again.is_ok_and(|again| again == read));
                    }
                }
            });
    }
}
