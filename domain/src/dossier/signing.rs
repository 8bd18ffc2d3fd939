//! Keys for tests: seeded Ed25519 for the server's tokens, P-256 for a phone's.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::{SigningKey, signature::Signer};
use ring::signature::{Ed25519KeyPair, KeyPair};

use super::keyset::{KeySet, KeyUse, ListedKey};
use crate::jws::{self, Header, PublicKey};

pub struct Ed25519(Ed25519KeyPair);

impl Ed25519 {
    pub fn new(seed: u8) -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap())
    }

    pub fn public(&self) -> PublicKey {
        PublicKey::ed25519(self.0.public_key().as_ref())
    }

    pub fn listed(&self, key_use: KeyUse) -> KeySet {
        let jwk = self.public();
        KeySet {
            serial: 1,
            keys: vec![ListedKey {
                kid: jwk.thumbprint(),
                key_use,
                jwk,
                retired: false,
            }],
        }
    }

    pub fn jws(&self, typ: &str, payload: &[u8]) -> String {
        self.jws_as(&self.public().thumbprint(), typ, payload)
    }

    pub fn jws_as(&self, kid: &str, typ: &str, payload: &[u8]) -> String {
        let header = Header {
            alg: "EdDSA".into(),
            typ: typ.into(),
            kid: Some(kid.into()),
            jwk: None,
        };
        let input = jws::signing_input(&header, payload);
        jws::compact(&input, self.0.sign(input.as_bytes()).as_ref())
    }
}

pub struct P256(SigningKey);

impl P256 {
    pub fn new(seed: u8) -> Self {
        Self(SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    pub fn public(&self) -> PublicKey {
        PublicKey::p256(self.0.verifying_key().to_sec1_point(false).as_bytes()).unwrap()
    }

    pub fn jws(&self, typ: &str, payload: &[u8]) -> String {
        let header = Header {
            alg: "ES256".into(),
            typ: typ.into(),
            kid: Some(self.public().thumbprint()),
            jwk: None,
        };
        self.jws_with(&header, payload)
    }

    pub fn jws_with(&self, header: &Header, payload: &[u8]) -> String {
        let input = jws::signing_input(header, payload);
        let signature: p256::ecdsa::Signature = self.0.sign(input.as_bytes());
        jws::compact(&input, &signature.to_bytes())
    }
}

/// The same payload and signature under another header.
pub fn reheaded(token: &str, header: &str) -> String {
    let (_, rest) = token.split_once('.').unwrap();
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header))
}

/// The same token without its signature.
pub fn unsigned(token: &str) -> String {
    let (input, _) = token.rsplit_once('.').unwrap();
    format!("{input}.")
}

/// The token with one character changed, for each of its characters.
pub fn every_change(token: &str) -> impl Iterator<Item = String> {
    (0..token.len()).map(|at| {
        let mut bytes = token.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    })
}

/// A sound JSON text with one value replaced, or a few bytes: near enough to be read farther than
/// what is random from the start.
pub fn near(sound: &[u8], at: usize, pick: u8, patch: &[u8]) -> Vec<u8> {
    const ODD: [&str; 12] = [
        "null",
        "-1",
        "1e300",
        "9223372036854775807",
        "18446744073709551616",
        "true",
        "[]",
        "{}",
        "[[]]",
        "\"\"",
        "\"\\u202e\"",
        "\"9999-12-31\"",
    ];
    let colons: Vec<usize> = (0..sound.len()).filter(|at| sound[*at] == b':').collect();
    if let (Some(odd), false) = (ODD.get(usize::from(pick)), colons.is_empty()) {
        // In place of a value: from a colon to the end of what it is.
        let from = colons[at % colons.len()] + 1;
        let value = serde_json::Deserializer::from_slice(&sound[from..]);
        let mut values = value.into_iter::<serde_json::Value>();
        if let Some(Ok(_)) = values.next() {
            let to = from + values.byte_offset();
            return [&sound[..from], odd.as_bytes(), &sound[to..]].concat();
        }
    }
    let at = at % (sound.len() + 1);
    let to = (at + patch.len()).min(sound.len());
    [&sound[..at], patch, &sound[to..]].concat()
}
