//! Signed addresses under which an agency reads one file for a while.
//!
//! `…/v1/agency/files/{id}?exp={ms}&sig={hex}`, where `sig` is HMAC-SHA256 over the id and the
//! expiry. Nothing is stored: who holds the address may read until it expires, as the national
//! field `DuongDanTaiTepTin` supposes, and every read is logged for the citizen. Rejected: a
//! long-lived address (it outlives the case in someone's mailbox) and a token table (state for
//! something that a signature says).

use gandan_domain::{Problem, time::Instant};
use ring::hmac;
use uuid::Uuid;

/// An address is remade at every delivery attempt, so this only bounds how late an office may
/// read: 7 days, in milliseconds.
pub const LIFE_MS: i64 = 7 * 24 * 60 * 60 * 1000;

fn message(file: Uuid, expires: Instant) -> Vec<u8> {
    [
        b"gandan-agency-file\0",
        &file.as_bytes()[..],
        &expires.ms().to_be_bytes(),
    ]
    .concat()
}

/// Path and query of the address, to be put after the backend's public URL.
pub fn sign(key: &hmac::Key, file: Uuid, expires: Instant) -> String {
    let sig = hex::encode(hmac::sign(key, &message(file, expires)));
    format!("/v1/agency/files/{file}?exp={}&sig={sig}", expires.ms())
}

/// Whether `sig` opens `file` now. A wrong signature and an expired one look the same.
pub fn check(
    key: &hmac::Key,
    file: Uuid,
    expires: Instant,
    sig: &str,
    now: Instant,
) -> Result<(), Problem> {
    let sig = hex::decode(sig).map_err(|_| Problem::NotFound)?;
    hmac::verify(key, &message(file, expires), &sig).map_err(|_| Problem::NotFound)?;
    if now <= expires {
        Ok(())
    } else {
        Err(Problem::NotFound)
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

    #[test]
    fn only_the_signed_file_until_it_expires() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
        let (file, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let end = Instant(1_000);
        let path = sign(&key, file, end);
        let sig = path.rsplit_once("sig=").unwrap().1;
        assert!(path.starts_with("/v1/agency/files/00000000-0000-0000-0000-000000000001?exp=1000"));
        assert_eq!(check(&key, file, end, sig, end), Ok(()));
        for refused in [
            check(&key, file, end, sig, Instant(1_001)),
            check(&key, other, end, sig, end),
            check(&key, file, Instant(2_000), sig, end),
            check(&key, file, end, &"0".repeat(64), end),
            check(&key, file, end, "é", end),
        ] {
            assert_eq!(refused, Err(Problem::NotFound));
        }
    }
}
