//! Ed25519 keys held in this process: the server's receipt and pack keys, the offline root.
//!
//! The private half is a PKCS #8 v2 document (RFC 5958, RFC 8410), the form in which key files
//! lie on disk. Making one takes its 32 bytes from the [`Random`] port, not from ring's own
//! generator, so that a simulation makes the same keys from the same seed; signing is
//! deterministic by itself (RFC 8032).

use gandan_domain::jws::PublicKey;
use ring::signature::{Ed25519KeyPair, KeyPair};
use zeroize::Zeroizing;

use crate::ports::{Random, Signer, SignerError};

/// PKCS #8 v2 up to the private key: version 1, algorithm 1.3.101.112, two nested octet strings.
const HEAD: [u8; 16] = [
    0x30, 0x51, 0x02, 0x01, 0x01, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
/// Between private and public key: context tag 1, a bit string of 32 whole bytes.
const MIDDLE: [u8; 3] = [0x81, 0x21, 0x00];

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read the key: it is not an Ed25519 key in PKCS #8")]
pub struct BadKey;

/// Signs with an Ed25519 key. No `Debug`.
pub struct Ed25519Signer(Ed25519KeyPair);

impl Ed25519Signer {
    /// A new key as PKCS #8, for a key file.
    pub fn generate_pk8(random: &dyn Random) -> Result<Zeroizing<Vec<u8>>, BadKey> {
        let seed = Zeroizing::new(random.bytes::<32>());
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_slice()).map_err(|_| BadKey)?;
        Ok(Zeroizing::new(
            [
                &HEAD[..],
                seed.as_slice(),
                &MIDDLE,
                pair.public_key().as_ref(),
            ]
            .concat(),
        ))
    }

    /// Reads PKCS #8, v1 (as OpenSSL writes it) or v2.
    pub fn from_pk8(bytes: &[u8]) -> Result<Self, BadKey> {
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(bytes)
            .map(Self)
            .map_err(|_| BadKey)
    }
}

impl Signer for Ed25519Signer {
    fn public_key(&self) -> PublicKey {
        PublicKey::ed25519(self.0.public_key().as_ref())
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.0.sign(message).as_ref().to_vec())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    struct Same(u8);

    impl Random for Same {
        fn fill(&self, out: &mut [u8]) {
            out.fill(self.0);
        }
    }

    #[test]
    fn a_made_key_reads_back_and_signs() {
        let pk8 = Ed25519Signer::generate_pk8(&Same(7)).unwrap();
        assert_eq!(pk8.len(), 83);
        let signer = Ed25519Signer::from_pk8(&pk8).unwrap();
        let signature = signer.sign(b"message").unwrap();
        signer.public_key().verify(b"message", &signature).unwrap();
        assert!(signer.public_key().verify(b"massage", &signature).is_err());
        // Ring's strict reader, which checks the public half against the private one, agrees.
        assert!(Ed25519KeyPair::from_pkcs8(&pk8).is_ok());
    }

    #[test]
    fn the_same_randomness_makes_the_same_key() {
        let make = |byte| Ed25519Signer::generate_pk8(&Same(byte)).unwrap();
        assert_eq!(*make(1), *make(1));
        assert_ne!(*make(1), *make(2));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        bolero::check!().for_each(|bytes: &[u8]| {
            // Random bytes are never a whole PKCS #8 document that agrees with itself.
            let _ = Ed25519Signer::from_pk8(bytes);
        });
        let mut pk8 = Ed25519Signer::generate_pk8(&Same(3)).unwrap();
        *pk8.last_mut().unwrap() ^= 1;
        assert!(matches!(Ed25519Signer::from_pk8(&pk8), Err(BadKey)));
    }
}
