//! What `open()` is given: where things are, and the platform behind the ports.

use std::{path::PathBuf, sync::Arc};

use gandan_domain::{
    jws::PublicKey,
    text::{Lang, messages::Device},
};
use gandan_foundation::ports::{Signer, SignerError, World};

/// Where this installation keeps and finds things.
#[derive(Clone, Debug)]
pub struct Config {
    /// A directory of this app alone; made if missing. Everything in it is sealed.
    pub data_dir: PathBuf,
    /// The signed content pack that came with the app.
    pub content_path: PathBuf,
    /// Fetch newer content packs. `false` where somebody else puts them at `content_path`, as the
    /// operator of a website does: then those are taken.
    pub fetch_content: bool,
    /// The key set that came with the app: a JWS by the offline root.
    pub keyset_path: PathBuf,
    /// The offline root, pinned in the app.
    pub root_key: PublicKey,
    /// Scheme and host of the backend, no trailing slash: `https://…`.
    pub backend_url: String,
    /// Where the browser returns to: `vn.gandan:/callback` or `http://127.0.0.1[:port]/callback`.
    pub redirect_uri: String,
    /// The language to begin with, until the person chooses.
    pub lang: Option<Lang>,
    /// What the person has in front of them: words differ where it matters.
    pub device: Device,
    /// The SQLite VFS to open files with; `None` is the platform's own. The simulation names one
    /// that loses what was not synced.
    pub sqlite_vfs: Option<String>,
}

/// The outside, as the core sees it.
#[derive(Clone)]
pub struct Ports {
    pub world: World,
    pub keystore: Arc<dyn Keystore>,
}

/// The platform's keystore (Android Keystore, Secure Enclave) and its secure preferences.
pub trait Keystore: Send + Sync {
    /// Seals a key so that only this device opens it again.
    fn wrap(&self, key: &[u8]) -> Result<Vec<u8>, SignerError>;
    fn unwrap(&self, wrapped: &[u8]) -> Result<Vec<u8>, SignerError>;
    /// The P-256 key of this device: signs intents, certifies session keys, never leaves.
    fn device_signer(&self) -> Arc<dyn Signer>;
    /// A number in secure preferences that only grows; 0 on a new installation.
    fn counter(&self) -> Result<u64, SignerError>;
    /// Raises the counter; a lower value than the present one changes nothing.
    fn raise_counter(&self, to: u64) -> Result<(), SignerError>;
}
