//! The provider's P-256 key. Signatures are deterministic (RFC 6979), so that a seed decides
//! every byte of a simulation.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use gandan_domain::jws::{self, PublicKey};
use p256::ecdsa::{self, signature::Signer};
use ring::hmac;
use serde_json::{Value, json};

use crate::{Outside, StoreError, store::Store};

const NAME: &str = "vneid-key";

pub(crate) struct SigningKey {
    key: ecdsa::SigningKey,
    public: PublicKey,
    tags: hmac::Key,
}

impl SigningKey {
    pub fn load_or_make(store: &Store, outside: &Outside) -> Result<Self, StoreError> {
        if let Some(bytes) = store.get(NAME)? {
            return Self::from_bytes(&bytes).ok_or(StoreError::Damaged);
        }
        // Not every 32 bytes are a scalar of the curve; all but one in 2³² are.
        loop {
            let bytes = outside.bytes::<32>();
            if let Some(key) = Self::from_bytes(&bytes) {
                store.put(NAME, Bytes::copy_from_slice(&bytes))?;
                return Ok(key);
            }
        }
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let key = ecdsa::SigningKey::from_slice(bytes).ok()?;
        let public = PublicKey::p256(key.verifying_key().to_sec1_point(false).as_bytes())?;
        // Another purpose, another key: derived, so that one file holds all.
        let purpose = hmac::Key::new(hmac::HMAC_SHA256, bytes);
        let derived = hmac::sign(&purpose, b"authorization request");
        Some(Self {
            key,
            public,
            tags: hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()),
        })
    }

    /// The public key with what RFC 7517 §4 adds for a key set.
    pub fn jwk(&self) -> Value {
        let mut jwk = serde_json::to_value(&self.public).unwrap_or_default();
        if let Value::Object(members) = &mut jwk {
            members.insert("kid".into(), json!(self.public.thumbprint()));
            members.insert("use".into(), json!("sig"));
            members.insert("alg".into(), json!("ES256"));
        }
        jwk
    }

    pub fn sign_jwt(&self, claims: &Value) -> String {
        let header = jws::Header {
            alg: "ES256".into(),
            typ: "JWT".into(),
            kid: Some(self.public.thumbprint()),
            jwk: None,
        };
        let input = jws::signing_input(&header, claims.to_string().as_bytes());
        let signature: ecdsa::Signature = self.key.sign(input.as_bytes());
        jws::compact(&input, &signature.to_bytes())
    }

    pub fn tag(&self, message: &[u8]) -> impl AsRef<[u8]> + use<> {
        hmac::sign(&self.tags, message)
    }

    pub fn tag_fits(&self, message: &[u8], tag: &[u8]) -> bool {
        hmac::verify(&self.tags, message, tag).is_ok()
    }
}

/// The S256 transformation (RFC 7636 §4.2).
pub(crate) fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(ring::digest::digest(
        &ring::digest::SHA256,
        verifier.as_bytes(),
    ))
}
