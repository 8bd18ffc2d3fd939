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

use gandan_core::{SoftwareKey, config::Keystore};
use gandan_domain::Private;
use gandan_foundation::{
    adapters::replace_file,
    ports::{Random, Signer, SignerError},
    sealing::{Cell, SealError, SealingKey},
};

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
    signer: Arc<SoftwareKey>,
    random: Arc<dyn Random>,
    counter: PathBuf,
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
            Ok(sealed) => Private::new(wrapping.open(&DEVICE_KEY, &sealed)?.to_vec()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let scalar = SoftwareKey::generate(&*random);
                let sealed = wrapping.seal(&*random, &DEVICE_KEY, scalar.expose())?;
                replace_file(&path, &sealed)?;
                scalar
            }
            Err(error) => return Err(error.into()),
        };
        let key = SoftwareKey::from_scalar(&scalar).ok_or(KeystoreError::NoKey)?;
        Ok(Self {
            wrapping,
            signer: Arc::new(key),
            random,
            counter: folder.join("counter"),
        })
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
            replace_file(&self.counter, to.to_string().as_bytes())
                .map_err(|_| SignerError::Failed)?;
        }
        Ok(())
    }
}
