//! Keys and signatures in the forms that keystores speak, into the ones that JWS speaks.

use gandan_domain::jws::PublicKey;
use p256::ecdsa::Signature;

/// `SubjectPublicKeyInfo` of a P-256 key up to its point (RFC 5480 §2): lengths and object
/// identifiers never differ.
const SPKI_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// Reads `SubjectPublicKeyInfo` or an uncompressed point.
pub(crate) fn public_key(bytes: &[u8]) -> Option<PublicKey> {
    PublicKey::p256(bytes.strip_prefix(&SPKI_PREFIX).unwrap_or(bytes))
}

/// The 64 bytes r‖s from DER or raw bytes, if they are `key`'s signature of `message`. Verifying
/// tells the two forms apart for certain, and finds a broken keystore here instead of at the
/// server, where the citizen would learn of it last.
pub(crate) fn raw_signature(key: &PublicKey, message: &[u8], given: &[u8]) -> Option<Vec<u8>> {
    let fits = |raw: &Vec<u8>| key.verify(message, raw).is_ok();
    let from_der = || Some(Signature::from_der(given).ok()?.to_bytes().to_vec());
    Some(given.to_vec())
        .filter(fits)
        .or_else(|| from_der().filter(fits))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use p256::ecdsa::{SigningKey, signature::Signer};

    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_slice(&[7; 32]).unwrap()
    }

    fn point() -> Vec<u8> {
        key()
            .verifying_key()
            .to_sec1_point(false)
            .as_bytes()
            .to_vec()
    }

    #[test]
    fn both_forms_of_a_key_are_the_same_key() {
        let spki = [&SPKI_PREFIX[..], &point()].concat();
        assert!(public_key(&spki).is_some());
        assert_eq!(public_key(&spki), public_key(&point()));
        assert_eq!(public_key(&point()[1..]), None);
    }

    #[test]
    fn both_forms_of_a_signature_are_taken_and_a_wrong_one_is_not() {
        let public = public_key(&point()).unwrap();
        let signature: Signature = key().sign(b"intent");
        let raw = signature.to_bytes().to_vec();
        let der = signature.to_der().as_bytes().to_vec();
        assert_eq!(raw_signature(&public, b"intent", &raw), Some(raw.clone()));
        assert_eq!(raw_signature(&public, b"intent", &der), Some(raw.clone()));
        assert_eq!(raw_signature(&public, b"another", &der), None);
        assert_eq!(raw_signature(&public, b"intent", b""), None);
    }

    #[test]
    fn no_bytes_of_a_keystore_pass_for_a_signature() {
        let public = public_key(&point()).unwrap();
        bolero::check!().for_each(|bytes: &[u8]| {
            assert_eq!(raw_signature(&public, b"intent", bytes), None);
            assert_eq!(
                public_key(bytes).is_some(),
                bytes.len() == 65 && bytes[0] == 4
                    || bytes.len() == 91 && bytes.starts_with(&SPKI_PREFIX) && bytes[26] == 4
            );
        });
    }
}
