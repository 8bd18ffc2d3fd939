//! A phone's keystore for tests: signs by RFC 6979, so that the same seed signs the same way.
//!
//! Real keystores draw a fresh nonce for every ECDSA signature, and so does ring; both would make
//! a simulation differ from its own repetition.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use gandan_core::{SoftwareKey, config::Keystore};
use gandan_domain::Private;
use gandan_foundation::{
    adapters::replace_file,
    ports::{Random, Signer, SignerError},
    sealing::{Cell, SealingKey},
};
use serde::{Deserialize, Serialize};

/// Where the keystore's own things survive a kill of the app.
trait Shelf: Send + Sync {
    fn counter(&self) -> io::Result<u64>;
    fn raise(&self, to: u64) -> io::Result<()>;
}

pub struct TestKeystore {
    signer: Arc<SoftwareKey>,
    wrapping: SealingKey,
    random: Arc<dyn Random>,
    shelf: Box<dyn Shelf>,
}

/// What a keystore is made of.
#[derive(Serialize, Deserialize)]
struct Secrets {
    device: [u8; 32],
    wrapping: [u8; 32],
}

const WRAPPED: Cell<'_> = Cell {
    table: "test_keystore",
    column: "wrapped",
    row: b"",
    revision: 0,
};

impl TestKeystore {
    /// Lives as long as the value, and outlives any number of cores.
    pub fn in_memory(random: Arc<dyn Random>) -> io::Result<Self> {
        let secrets = Secrets::generate(&*random);
        Self::new(&secrets, random, Box::new(Memory(Mutex::new(0))))
    }

    /// Lives in a folder that stands for the phone's hardware.
    pub fn in_folder(folder: &Path, random: Arc<dyn Random>) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let path = folder.join("keystore.json");
        let secrets = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secrets = Secrets::generate(&*random);
                replace_file(&path, &serde_json::to_vec(&secrets)?)?;
                secrets
            }
            Err(error) => return Err(error),
        };
        let shelf = Folder(folder.join("counter"));
        Self::new(&secrets, random, Box::new(shelf))
    }

    fn new(secrets: &Secrets, random: Arc<dyn Random>, shelf: Box<dyn Shelf>) -> io::Result<Self> {
        let key = SoftwareKey::from_scalar(&Private::new(secrets.device.to_vec()))
            .ok_or_else(|| io::Error::other("not a P-256 scalar"))?;
        Ok(Self {
            signer: Arc::new(key),
            wrapping: SealingKey::from_slice(&secrets.wrapping).map_err(io::Error::other)?,
            random,
            shelf,
        })
    }
}

impl Secrets {
    fn generate(random: &dyn Random) -> Self {
        let mut device = random.bytes::<32>();
        // Any number below the group's order is a key; this one bit is far more than enough.
        device[0] &= 0x7f;
        Self {
            device,
            wrapping: random.bytes(),
        }
    }
}

impl Keystore for TestKeystore {
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
        self.shelf.counter().map_err(|_| SignerError::Failed)
    }

    fn raise_counter(&self, to: u64) -> Result<(), SignerError> {
        self.shelf.raise(to).map_err(|_| SignerError::Failed)
    }
}

struct Memory(Mutex<u64>);

impl Shelf for Memory {
    fn counter(&self) -> io::Result<u64> {
        Ok(*self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn raise(&self, to: u64) -> io::Result<()> {
        let mut counter = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counter = to.max(*counter);
        Ok(())
    }
}

struct Folder(PathBuf);

impl Shelf for Folder {
    fn counter(&self) -> io::Result<u64> {
        match fs::read_to_string(&self.0) {
            Ok(text) => text.trim().parse().map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    fn raise(&self, to: u64) -> io::Result<()> {
        if to > self.counter()? {
            replace_file(&self.0, to.to_string().as_bytes())?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use crate::sim::rng::{Entropy, Rng, Stream};

    fn random(seed: u64) -> Arc<dyn Random> {
        Arc::new(Entropy::new(Rng::new(seed, Stream::Keys)))
    }

    #[test]
    fn signs_the_same_way_twice_and_verifiably() {
        let one = TestKeystore::in_memory(random(1)).unwrap().device_signer();
        let two = TestKeystore::in_memory(random(1)).unwrap().device_signer();
        let signature = one.sign(b"message").unwrap();
        assert_eq!(signature, two.sign(b"message").unwrap());
        one.public_key().verify(b"message", &signature).unwrap();
    }

    #[test]
    fn a_folder_is_the_same_keystore_again() {
        let folder = std::env::temp_dir().join(format!("gandan-keystore-{}", std::process::id()));
        let first = TestKeystore::in_folder(&folder, random(1)).unwrap();
        let wrapped = first.wrap(b"key").unwrap();
        first.raise_counter(7).unwrap();
        first.raise_counter(3).unwrap();
        let second = TestKeystore::in_folder(&folder, random(2)).unwrap();
        assert_eq!(second.unwrap(&wrapped).unwrap(), b"key");
        assert_eq!(second.counter().unwrap(), 7);
        assert_eq!(
            first.device_signer().public_key(),
            second.device_signer().public_key()
        );
        fs::remove_dir_all(folder).unwrap();
    }
}
