//! The real world behind the ports, for mains and `bindings`. The only place in the product that
//! reads a clock or the system's randomness; `clippy.toml` bans both everywhere else.
//!
//! They need a Tokio runtime around them, which whoever has the `main` brings.

mod blobs;
mod clock;
mod file;
mod http;
pub mod process;
mod random;

use std::{io, path::Path};

use zeroize::Zeroizing;

pub use blobs::DirBlobs;
pub use clock::SystemClock;
pub use file::replace_file;
pub use http::{HttpOptions, ReqwestHttp};
pub use random::OsRandom;

use crate::signing::Ed25519Signer;

/// An Ed25519 key in a file (PKCS #8).
pub fn ed25519_from_file(path: &Path) -> io::Result<Ed25519Signer> {
    let bytes = Zeroizing::new(std::fs::read(path)?);
    Ed25519Signer::from_pk8(&bytes).map_err(|bad| io::Error::new(io::ErrorKind::InvalidData, bad))
}
