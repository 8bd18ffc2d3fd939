//! Reading signed things: compact JWS (RFC 7515) with `EdDSA` (Ed25519, RFC 8037) or `ES256`.
//!
//! Only verification lives here, because it is pure: bytes in, verdict out. Signing needs a key
//! that lives in a keystore or a key file, so it is a port in `gandan-foundation`.
//!
//! A signature covers the bytes as they were sent. The payload is therefore handed out as the
//! verbatim bytes that were signed, and is never parsed and printed again before it is checked.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{digest, signature};
use serde::{Deserialize, Serialize};

/// The public half of a key, as a JWK (RFC 7517; RFC 8037 §2 for Ed25519).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kty")]
pub enum PublicKey {
    /// Ed25519: receipts, packs, the key set.
    #[serde(rename = "OKP")]
    Ed25519 { crv: Ed25519Curve, x: String },
    /// P-256: what phone keystores can hold; intents and DPoP proofs.
    #[serde(rename = "EC")]
    P256 {
        crv: P256Curve,
        x: String,
        y: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ed25519Curve {
    Ed25519,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum P256Curve {
    #[serde(rename = "P-256")]
    P256,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    #[error("read the token: it is not a compact JWS")]
    Malformed,
    #[error("accept the token: its type is not the one expected here")]
    WrongType,
    #[error("accept the token: its algorithm does not fit the key")]
    WrongAlgorithm,
    #[error("verify the token: the signature does not match")]
    BadSignature,
}

/// The protected header, as far as we use it (RFC 7515 §4.1, RFC 9449 §4.2 for `jwk`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    pub alg: String,
    /// What kind of token this is, so that one kind can never pass for another (RFC 8725 §3.11).
    pub typ: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwk: Option<PublicKey>,
}

impl PublicKey {
    /// From the 32 bytes of an Ed25519 public key.
    pub fn ed25519(bytes: &[u8]) -> Self {
        Self::Ed25519 {
            crv: Ed25519Curve::Ed25519,
            x: URL_SAFE_NO_PAD.encode(bytes),
        }
    }

    /// From the 65 bytes of an uncompressed SEC1 point; `None` if it is not one.
    pub fn p256(sec1: &[u8]) -> Option<Self> {
        match sec1 {
            [4, rest @ ..] if rest.len() == 64 => Some(Self::P256 {
                crv: P256Curve::P256,
                x: URL_SAFE_NO_PAD.encode(&rest[..32]),
                y: URL_SAFE_NO_PAD.encode(&rest[32..]),
            }),
            _ => None,
        }
    }

    pub const fn algorithm(&self) -> &'static str {
        match self {
            Self::Ed25519 { .. } => "EdDSA",
            Self::P256 { .. } => "ES256",
        }
    }

    /// The JWK thumbprint (RFC 7638, SHA-256, base64url): our key ids, and DPoP's `jkt`.
    pub fn thumbprint(&self) -> String {
        // RFC 7638 §3.2: required members only, in lexicographic order, no white space.
        let canonical = match self {
            Self::Ed25519 { x, .. } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#),
            Self::P256 { x, y, .. } => {
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
        };
        URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()))
    }

    /// Checks a raw signature: 64 bytes in both algorithms (RFC 7518 §3.4, RFC 8037 §3.1).
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), JwsError> {
        let decode = |part: &str| {
            URL_SAFE_NO_PAD
                .decode(part)
                .map_err(|_| JwsError::Malformed)
        };
        let verdict = match self {
            Self::Ed25519 { x, .. } => {
                signature::UnparsedPublicKey::new(&signature::ED25519, decode(x)?)
                    .verify(message, signature)
            }
            Self::P256 { x, y, .. } => {
                let point = [&[4][..], &decode(x)?, &decode(y)?].concat();
                signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point)
                    .verify(message, signature)
            }
        };
        verdict.map_err(|_| JwsError::BadSignature)
    }
}

/// A compact JWS taken apart but **not yet believed**.
#[derive(Clone, Debug)]
pub struct Unverified<'a> {
    pub header: Header,
    signing_input: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'a> Unverified<'a> {
    pub fn parse(token: &'a str) -> Result<Self, JwsError> {
        let (signing_input, signature) = token.rsplit_once('.').ok_or(JwsError::Malformed)?;
        let (header, payload) = signing_input.split_once('.').ok_or(JwsError::Malformed)?;
        let decode = |part: &str| {
            URL_SAFE_NO_PAD
                .decode(part)
                .map_err(|_| JwsError::Malformed)
        };
        let header = serde_json::from_slice(&decode(header)?).map_err(|_| JwsError::Malformed)?;
        Ok(Self {
            header,
            signing_input,
            payload: decode(payload)?,
            signature: decode(signature)?,
        })
    }

    /// The payload's verbatim bytes, once `key` is shown to have signed a token of type `typ`.
    pub fn verify(self, key: &PublicKey, typ: &str) -> Result<Vec<u8>, JwsError> {
        if self.header.typ != typ {
            return Err(JwsError::WrongType);
        }
        if self.header.alg != key.algorithm() {
            return Err(JwsError::WrongAlgorithm);
        }
        key.verify(self.signing_input.as_bytes(), &self.signature)?;
        Ok(self.payload)
    }
}

/// The bytes that a signer signs for this header and payload (RFC 7515 §5.1).
pub fn signing_input(header: &Header, payload: &[u8]) -> String {
    let header = serde_json::to_vec(header).unwrap_or_default();
    format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(payload)
    )
}

/// Joins a signing input and its raw signature to a compact JWS.
pub fn compact(signing_input: &str, signature: &[u8]) -> String {
    format!("{signing_input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// SHA-256 in lower-case hex: the form in which receipts list files.
pub fn sha256_hex(bytes: &[u8]) -> String {
    digest::digest(&digest::SHA256, bytes)
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
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
    use crate::dossier::signing::{Ed25519, P256};

    #[test]
    fn a_token_gives_back_its_payload_byte_for_byte() {
        bolero::check!()
            .with_type::<Vec<u8>>()
            .with_iterations(200)
            .for_each(|payload| {
                let server = Ed25519::new(1);
                let token = server.jws("a", payload);
                let read = Unverified::parse(&token).unwrap();
                assert_eq!(read.verify(&server.public(), "a").as_ref(), Ok(payload));
            });
    }

    #[test]
    fn no_text_makes_the_reader_fall() {
        let key = P256::new(1).public();
        bolero::check!().with_type::<String>().for_each(|text| {
            if let Ok(token) = Unverified::parse(text) {
                assert!(token.verify(&key, "a").is_err());
            }
        });
    }

    /// RFC 8037, appendix A.3: the thumbprint of its Ed25519 key.
    #[test]
    fn thumbprints_are_those_of_the_rfc() {
        let key: PublicKey = serde_json::from_str(
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
        )
        .unwrap();
        assert_eq!(
            key.thumbprint(),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }

    /// RFC 8037, appendices A.4 and A.5: a signature made by somebody else.
    #[test]
    fn a_signature_of_the_rfc_is_verified() {
        let key = PublicKey::Ed25519 {
            crv: Ed25519Curve::Ed25519,
            x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".into(),
        };
        let signature = URL_SAFE_NO_PAD
            .decode("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")
            .unwrap();
        let message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        assert_eq!(key.verify(message, &signature), Ok(()));
        assert_eq!(
            key.verify(b"something else", &signature),
            Err(JwsError::BadSignature)
        );
    }

    #[test]
    fn keys_that_are_no_keys_are_refused() {
        for x in ["", "AA", "!!", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUR"] {
            let key = PublicKey::Ed25519 {
                crv: Ed25519Curve::Ed25519,
                x: x.into(),
            };
            assert!(key.verify(b"", &[0; 64]).is_err(), "{x}");
        }
        assert_eq!(PublicKey::p256(&[4; 64]), None);
        assert_eq!(PublicKey::p256(&[2; 65]), None);
        assert!(PublicKey::p256(&[4; 65]).is_some_and(|key| key.verify(b"", &[0; 64]).is_err()));
    }
}
