//! The server's public keys, signed by the offline root that is pinned in the app.
//!
//! Retired keys stay listed, so that a receipt from years ago still verifies.

use serde::{Deserialize, Deserializer, Serialize};

use crate::jws::{self, JwsError, PublicKey};

/// `typ` of a key set's JWS header.
pub const KEYSET_TYP: &str = "gandan-keys+jwt";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyUse {
    Receipt,
    Pack,
    /// A use this version does not know; never chosen.
    #[serde(other)]
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedKey {
    /// The JWK thumbprint (RFC 7638).
    pub kid: String,
    #[serde(rename = "use")]
    pub key_use: KeyUse,
    pub jwk: PublicKey,
    #[serde(default)]
    pub retired: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySet {
    /// Grows with every issue; a phone never goes back to a lower one.
    pub serial: u64,
    /// A key of a kind that this version does not know (another curve, say) is left out when read,
    /// so that one new key never hides the others.
    #[serde(deserialize_with = "readable")]
    pub keys: Vec<ListedKey>,
}

fn readable<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<ListedKey>, D::Error> {
    let listed = Vec::<serde_json::Value>::deserialize(from)?;
    Ok(listed
        .into_iter()
        .filter_map(|key| ListedKey::deserialize(key).ok())
        .collect())
}

impl KeySet {
    /// Reads a key set that the pinned root signed.
    pub fn verify(token: &str, root: &PublicKey) -> Result<Self, JwsError> {
        let payload = jws::Unverified::parse(token)?.verify(root, KEYSET_TYP)?;
        serde_json::from_slice(&payload).map_err(|_| JwsError::Malformed)
    }

    pub fn find(&self, kid: &str, key_use: KeyUse) -> Option<&PublicKey> {
        self.keys
            .iter()
            .find(|key| key.kid == kid && key.key_use == key_use)
            .map(|key| &key.jwk)
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
    use crate::dossier::signing::{Ed25519, near, reheaded};

    #[test]
    fn a_key_set_by_the_pinned_root_is_believed() {
        let (root, key) = (Ed25519::new(1), Ed25519::new(2));
        let set = key.listed(KeyUse::Receipt);
        let token = root.jws(KEYSET_TYP, &serde_json::to_vec(&set).unwrap());
        assert_eq!(KeySet::verify(&token, &root.public()), Ok(set));
    }

    #[test]
    fn any_other_root_is_refused() {
        let (root, stranger) = (Ed25519::new(1), Ed25519::new(2));
        let set = serde_json::to_vec(&stranger.listed(KeyUse::Receipt)).unwrap();
        let pinned = root.public();
        assert_eq!(
            KeySet::verify(&stranger.jws(KEYSET_TYP, &set), &pinned),
            Err(JwsError::BadSignature)
        );
        assert_eq!(
            KeySet::verify(&root.jws("gandan-receipt+jwt", &set), &pinned),
            Err(JwsError::WrongType)
        );
        let unsigned = reheaded(
            &root.jws(KEYSET_TYP, &set),
            &format!(r#"{{"alg":"none","typ":"{KEYSET_TYP}"}}"#),
        );
        assert_eq!(
            KeySet::verify(&unsigned, &pinned),
            Err(JwsError::WrongAlgorithm)
        );
    }

    #[test]
    fn a_key_serves_its_own_use_only() {
        let key = Ed25519::new(2);
        let set = key.listed(KeyUse::Pack);
        let kid = key.public().thumbprint();
        assert_eq!(set.find(&kid, KeyUse::Pack), Some(&key.public()));
        assert_eq!(set.find(&kid, KeyUse::Receipt), None);
        assert_eq!(set.find("another", KeyUse::Pack), None);
    }

    /// An app that is two years old reads the key set of today's server.
    #[test]
    fn a_use_and_a_field_from_the_future_are_read() {
        let root = Ed25519::new(1);
        let jwk = serde_json::to_value(root.public()).unwrap();
        let payload = serde_json::json!({
            "serial": 9,
            "issued_by": "somebody",
            "keys": [
                {"kid": "new", "use": "wallet", "jwk": jwk, "curve_note": 1},
                {"kid": "odd", "use": "receipt", "jwk": {"kty": "AKP", "alg": "ML-DSA-44"}},
                {"kid": "old", "use": "receipt", "jwk": jwk, "retired": true},
            ],
        });
        let token = root.jws(KEYSET_TYP, payload.to_string().as_bytes());
        let set = KeySet::verify(&token, &root.public()).unwrap();
        assert_eq!(set.keys[0].key_use, KeyUse::Unknown);
        assert!(set.find("new", KeyUse::Receipt).is_none());
        assert!(set.find("old", KeyUse::Receipt).is_some());
    }

    #[test]
    fn no_payload_makes_it_fall() {
        let root = Ed25519::new(1);
        let sound = serde_json::to_vec(&Ed25519::new(2).listed(KeyUse::Receipt)).unwrap();
        bolero::check!()
            .with_type::<(usize, u8, Vec<u8>)>()
            .for_each(|(at, pick, patch)| {
                for payload in [patch.clone(), near(&sound, *at, pick % 16, patch)] {
                    let read = KeySet::verify(&root.jws(KEYSET_TYP, &payload), &root.public());
                    for listed in read.iter().flat_map(|set| &set.keys) {
                        // A key of a kind that nobody knows is listed and verifies nothing.
                        let token = Ed25519::new(3).jws("a", b"{}");
                        let token = jws::Unverified::parse(&token).unwrap();
                        assert!(token.verify(&listed.jwk, "a").is_err());
                    }
                }
            });
    }
}
