//! What the visitor's cookie holds, and what follows from it.
//!
//! 256 random bits, known to the browser and, while it asks for pages, to this process; the disk
//! never sees them. By HKDF-SHA256 (RFC 5869) with a label each, they give the folder's name, the
//! key that wraps the store's keys, and the token against forged posts. So whoever has the disk
//! alone opens nothing (I6), and erasing the cookie erases the data.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use gandan_foundation::{
    ports::Random,
    sealing::{SealError, SealingKey},
};
use ring::hkdf;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const SALT: &[u8] = b"gandan-web visitor v1";

/// No `Debug`, and wiped from memory when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<[u8; 32]>);

/// A visitor's folder: 128 bits in hex. Tells nothing of the secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FolderName(pub String);

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl Secret {
    pub fn generate(random: &dyn Random) -> Self {
        Self(Zeroizing::new(random.bytes()))
    }

    /// `None` if the cookie is not one of ours.
    pub fn read(cookie: &str) -> Option<Self> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(cookie).ok()?);
        Some(Self(Zeroizing::new(bytes.as_slice().try_into().ok()?)))
    }

    /// For the cookie; nowhere else.
    pub fn expose(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.as_slice())
    }

    pub fn folder(&self) -> FolderName {
        let name = self.derive::<16>(b"folder");
        FolderName(name.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    pub fn wrapping_key(&self) -> Result<SealingKey, SealError> {
        SealingKey::from_slice(self.derive::<32>(b"wrapping key").as_slice())
    }

    /// What a page of this visitor posts along, and no other site knows.
    pub fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.derive::<16>(b"form token").as_slice())
    }

    pub fn is_token(&self, given: &str) -> bool {
        self.token().as_bytes().ct_eq(given.as_bytes()).into()
    }

    fn derive<const N: usize>(&self, label: &[u8]) -> Zeroizing<[u8; N]> {
        let mut out = Zeroizing::new([0; N]);
        let key = hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(self.0.as_slice());
        // Fails only for lengths beyond 255 hashes.
        if let Ok(derived) = key.expand(&[label], Length(N)) {
            let _ = derived.fill(out.as_mut_slice());
        }
        out
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn secret(byte: u8) -> Secret {
        Secret(Zeroizing::new([byte; 32]))
    }

    #[test]
    fn what_follows_from_a_secret_is_its_own_and_says_nothing_of_it() {
        let (one, two) = (secret(1), secret(2));
        assert_ne!(one.folder(), two.folder());
        assert_ne!(one.token(), two.token());
        assert!(one.is_token(&one.token()) && !one.is_token(&two.token()) && !one.is_token(""));
        let key = one.wrapping_key().unwrap();
        assert!(
            !one.folder()
                .0
                .contains(&format!("{:02x}", key.expose()[0]).repeat(4))
        );
        assert_ne!(key.expose()[..16], *one.derive::<16>(b"folder"));
        let again = Secret::read(&one.expose()).unwrap();
        assert_eq!(again.folder(), one.folder());
    }

    #[test]
    fn no_other_cookie_is_a_secret() {
        bolero::check!().for_each(|bytes: &[u8]| {
            let cookie = String::from_utf8_lossy(bytes);
            if let Some(secret) = Secret::read(&cookie) {
                assert_eq!(secret.expose(), cookie);
            }
        });
        assert!(Secret::read(&"A".repeat(42)).is_none());
        // Also what is nearly a cookie of ours: a letter changed, put in or left out.
        let sound = "A".repeat(43);
        assert!(Secret::read(&sound).is_some());
        bolero::check!()
            .with_type::<(usize, String)>()
            .for_each(|(at, patch)| {
                let at = at % sound.len();
                for cookie in [
                    format!("{}{patch}{}", &sound[..at], &sound[at..]),
                    format!("{}{patch}{}", &sound[..at], &sound[at + 1..]),
                ] {
                    if let Some(secret) = Secret::read(&cookie) {
                        assert_eq!(secret.expose(), cookie);
                    }
                }
            });
    }
}
