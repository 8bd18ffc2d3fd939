//! A P-256 key in software: the session key that proves possession with every request, and the
//! device key of shells that have no hardware for one.
//!
//! A phone's keystore certifies the session key once, at sign-in; signing every request there would
//! cost up to half a second each on old phones. Signatures are deterministic (RFC 6979), so that nothing but
//! the port decides about randomness: ring draws its own inside ECDSA, which no simulation could
//! replay.

use gandan_domain::{Private, jws::PublicKey};
use gandan_foundation::ports::{Random, Signer, SignerError};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};

/// No `Debug`.
pub struct SoftwareKey(SigningKey);

impl SoftwareKey {
    /// A new scalar, to be stored sealed.
    pub fn generate(random: &dyn Random) -> Private<Vec<u8>> {
        loop {
            let scalar = Private::new(random.bytes::<32>().to_vec());
            // Zero and what is not below the order are no keys: once in 2³² draws.
            if Self::from_scalar(&scalar).is_some() {
                return scalar;
            }
        }
    }

    /// `None` if the bytes are not a key.
    pub fn from_scalar(scalar: &Private<Vec<u8>>) -> Option<Self> {
        // The library pads what is shorter; a stored key that lost bytes is no key.
        let bytes: &[u8; 32] = scalar.expose().as_slice().try_into().ok()?;
        SigningKey::from_slice(bytes).ok().map(Self)
    }
}

impl Signer for SoftwareKey {
    fn public_key(&self) -> PublicKey {
        let point = self.0.verifying_key().to_sec1_point(false);
        // An uncompressed point of a valid key is always 65 bytes.
        PublicKey::p256(point.as_bytes()).unwrap_or_else(|| PublicKey::ed25519(&[]))
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let signature: Signature = self.0.try_sign(message).map_err(|_| SignerError::Failed)?;
        Ok(signature.to_bytes().to_vec())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    /// RFC 6979 §A.2.5, message "sample" with SHA-256.
    #[test]
    fn signs_as_the_rfc_says_and_verifies() {
        let scalar = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
        let bytes: Vec<u8> = (0..32)
            .map(|at| u8::from_str_radix(&scalar[2 * at..2 * at + 2], 16).unwrap())
            .collect();
        let key = SoftwareKey::from_scalar(&Private::new(bytes)).unwrap();
        let signature = key.sign(b"sample").unwrap();
        let hex: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
             f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
        );
        key.public_key().verify(b"sample", &signature).unwrap();
    }

    #[test]
    fn what_is_no_scalar_is_no_key() {
        for bytes in [vec![0; 32], vec![0xff; 32], vec![1; 31]] {
            assert!(SoftwareKey::from_scalar(&Private::new(bytes)).is_none());
        }
    }
}
