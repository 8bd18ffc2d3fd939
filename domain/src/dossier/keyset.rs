//! The server's public keys, signed by the offline root that is pinned in the app.
//!
//! Retired keys stay listed, so that a receipt from years ago still verifies.

use serde::{Deserialize, Serialize};

use crate::jws::{self, JwsError, PublicKey};

/// `typ` of a key set's JWS header.
pub const KEYSET_TYP: &str = "gandan-keys+jwt";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyUse {
    Receipt,
    Pack,
    /// A use this version does not know; never chosen, never dropped when passed on.
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
    pub keys: Vec<ListedKey>,
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
