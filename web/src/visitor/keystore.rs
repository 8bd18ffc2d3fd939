//! The keystore of a phone, for a visitor: keys sealed under what the cookie holds.
//!
//! A server has no secure element per visitor, so the device key is software here, and its security
//! is that of the cookie. The counter lies beside the store: it notices rows that were rolled
//! back one by one, and not a folder that was restored as a whole by whoever runs the server.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use gandan_core::config::Keystore;
use gandan_domain::jws::PublicKey;
use gandan_foundation::{
    ports::{Random, Signer, SignerError},
    sealing::{Cell, SealError, SealingKey},
};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use zeroize::Zeroizing;

use super::Secret;

const DEVICE_KEY: Cell<'_> = Cell {
    table: "web_keystore",
    column: "device_key",
    row: b"",
    revision: 0,
};
const WRAPPED: Cell<'_> = Cell {
    table: "web_keystore",
    column: "wrapped",
    row: b"",
    revision: 0,
};

pub struct SealedKeystore {
    wrapping: SealingKey,
    signer: Arc<DeviceKey>,
    random: Arc<dyn Random>,
    counter: PathBuf,
}

struct DeviceKey {
    key: SigningKey,
    public: PublicKey,
}

#[derive(Debug, thiserror::Error)]
pub enum KeystoreError {
    #[error("reach the visitor's keystore: {0}")]
    Io(#[from] io::Error),
    #[error("open the visitor's keystore: {0}")]
    Seal(#[from] SealError),
    #[error("open the visitor's keystore: it holds no key")]
    NoKey,
}

impl SealedKeystore {
    /// Opens the keystore in the folder, or makes one.
    pub fn open(
        folder: &Path,
        secret: &Secret,
        random: Arc<dyn Random>,
    ) -> Result<Self, KeystoreError> {
        let wrapping = secret.wrapping_key()?;
        let path = folder.join("keystore");
        let scalar = match fs::read(&path) {
            Ok(sealed) => wrapping.open(&DEVICE_KEY, &sealed)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let scalar = new_scalar(&*random);
                let sealed = wrapping.seal(&*random, &DEVICE_KEY, &scalar)?;
                replace(&path, &sealed)?;
                scalar
            }
            Err(error) => return Err(error.into()),
        };
        let bytes: &[u8; 32] = scalar
            .as_slice()
            .try_into()
            .map_err(|_| KeystoreError::NoKey)?;
        let key = SigningKey::from_slice(bytes).map_err(|_| KeystoreError::NoKey)?;
        let point = key.verifying_key().to_sec1_point(false);
        let public = PublicKey::p256(point.as_bytes()).ok_or(KeystoreError::NoKey)?;
        Ok(Self {
            wrapping,
            signer: Arc::new(DeviceKey { key, public }),
            random,
            counter: folder.join("counter"),
        })
    }
}

fn new_scalar(random: &dyn Random) -> Zeroizing<Vec<u8>> {
    loop {
        let scalar = Zeroizing::new(random.bytes::<32>().to_vec());
        // Zero and what is not below the group's order are no keys: once in 2³² draws.
        if SigningKey::from_slice(&scalar).is_ok() {
            return scalar;
        }
    }
}

impl Keystore for SealedKeystore {
    fn wrap(&self, key: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.wrapping
            .seal(&*self.random, &WRAPPED, key)
            .map_err(|_| SignerError::Failed)
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Vec<u8>, SignerError> {
        let opened = self
            .wrapping
            .open(&WRAPPED, wrapped)
            .map_err(|_| SignerError::Failed)?;
        Ok(opened.to_vec())
    }

    fn device_signer(&self) -> Arc<dyn Signer> {
        Arc::clone(&self.signer) as Arc<dyn Signer>
    }

    fn counter(&self) -> Result<u64, SignerError> {
        match fs::read_to_string(&self.counter) {
            Ok(text) => text.trim().parse().map_err(|_| SignerError::Failed),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(_) => Err(SignerError::Failed),
        }
    }

    fn raise_counter(&self, to: u64) -> Result<(), SignerError> {
        if to > self.counter()? {
            replace(&self.counter, to.to_string().as_bytes()).map_err(|_| SignerError::Failed)?;
        }
        Ok(())
    }
}

impl Signer for DeviceKey {
    fn public_key(&self) -> PublicKey {
        self.public.clone()
    }

    /// Deterministic (RFC 6979), as the session key: randomness comes from the port alone.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let signature: Signature = self
            .key
            .try_sign(message)
            .map_err(|_| SignerError::Failed)?;
        Ok(signature.to_bytes().to_vec())
    }
}

/// Whole or not at all, and there when it returns.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("part");
    fs::write(&beside, bytes)?;
    fs::File::open(&beside)?.sync_all()?;
    fs::rename(&beside, path)?;
    match path.parent() {
        Some(folder) => fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
