//! What a shell implements: its keystore, and a listener for what happens by itself.

use std::sync::Arc;

use gandan_core::{config, screen::Update};
use gandan_domain::jws::PublicKey;
use gandan_foundation::ports::{Signer, SignerError};
use uniffi::UnexpectedUniFFICallbackError;

use crate::{
    runtime::ask_platform,
    signature::{public_key, raw_signature},
};

/// Why the keystore did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum KeystoreFailure {
    /// The person has to unlock it first: screen lock, fingerprint.
    #[error("use the key: it is locked")]
    Locked,
    #[error("use the keystore")]
    Failed,
}

impl From<UnexpectedUniFFICallbackError> for KeystoreFailure {
    fn from(_: UnexpectedUniFFICallbackError) -> Self {
        Self::Failed
    }
}

impl From<KeystoreFailure> for SignerError {
    fn from(failure: KeystoreFailure) -> Self {
        match failure {
            KeystoreFailure::Locked => Self::Locked,
            KeystoreFailure::Failed => Self::Failed,
        }
    }
}

/// The platform's keystore (Android Keystore, Secure Enclave) and its secure preferences.
///
/// Methods are called from the thread that called [`crate::Gandan`], or from one thread of the
/// library's own; never while the library holds a lock.
#[uniffi::export(foreign)]
pub trait Keystore: Send + Sync {
    /// Seals a key so that only this device opens it again.
    fn wrap(&self, key: Vec<u8>) -> Result<Vec<u8>, KeystoreFailure>;
    fn unwrap(&self, wrapped: Vec<u8>) -> Result<Vec<u8>, KeystoreFailure>;
    /// The device's P-256 key: X.509 `SubjectPublicKeyInfo` (Java, Android) or the uncompressed
    /// point of 65 bytes (Apple).
    fn device_public_key(&self) -> Result<Vec<u8>, KeystoreFailure>;
    /// ECDSA over SHA-256 of the message: DER, or the 64 bytes r‖s.
    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, KeystoreFailure>;
    /// A number in secure preferences that only grows; 0 on a new installation.
    fn counter(&self) -> Result<u64, KeystoreFailure>;
    /// Raises the counter; a lower value than the present one changes nothing.
    fn raise_counter(&self, to: u64) -> Result<(), KeystoreFailure>;
}

/// Why a listener did not take an update. The library goes on; `screen()` has the whole truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum ListenerFailure {
    #[error("take the update")]
    Failed,
}

impl From<UnexpectedUniFFICallbackError> for ListenerFailure {
    fn from(_: UnexpectedUniFFICallbackError) -> Self {
        Self::Failed
    }
}

/// Hears of changes that no event caused: a status arrived, a file is sent. Called on one thread
/// of the library's own, in order; hand over to the UI's thread and return.
#[uniffi::export(foreign)]
pub trait ScreenListener: Send + Sync {
    fn changed(&self, update: Update) -> Result<(), ListenerFailure>;
}

/// A shell's keystore behind core's port.
pub(crate) struct PlatformKeystore {
    platform: Arc<dyn Keystore>,
    device_key: PublicKey,
}

impl PlatformKeystore {
    /// Asks for the device's key, which then stays the same.
    pub fn open(platform: Arc<dyn Keystore>) -> Result<Self, SignerError> {
        let asked = Arc::clone(&platform);
        let bytes = ask(move || asked.device_public_key())?;
        Ok(Self {
            device_key: public_key(&bytes).ok_or(SignerError::Failed)?,
            platform,
        })
    }
}

fn ask<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, KeystoreFailure> + Send + 'static,
) -> Result<T, SignerError> {
    let answer = ask_platform(call).ok_or(SignerError::Failed)?;
    answer.map_err(SignerError::from)
}

impl config::Keystore for PlatformKeystore {
    fn wrap(&self, key: &[u8]) -> Result<Vec<u8>, SignerError> {
        let (platform, key) = (Arc::clone(&self.platform), key.to_vec());
        ask(move || platform.wrap(key))
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Vec<u8>, SignerError> {
        let (platform, wrapped) = (Arc::clone(&self.platform), wrapped.to_vec());
        ask(move || platform.unwrap(wrapped))
    }

    fn device_signer(&self) -> Arc<dyn Signer> {
        Arc::new(DeviceSigner {
            platform: Arc::clone(&self.platform),
            key: self.device_key.clone(),
        })
    }

    fn counter(&self) -> Result<u64, SignerError> {
        let platform = Arc::clone(&self.platform);
        ask(move || platform.counter())
    }

    fn raise_counter(&self, to: u64) -> Result<(), SignerError> {
        let platform = Arc::clone(&self.platform);
        ask(move || platform.raise_counter(to))
    }
}

struct DeviceSigner {
    platform: Arc<dyn Keystore>,
    key: PublicKey,
}

impl Signer for DeviceSigner {
    fn public_key(&self) -> PublicKey {
        self.key.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let (platform, copy) = (Arc::clone(&self.platform), message.to_vec());
        let given = ask(move || platform.sign(copy))?;
        raw_signature(&self.key, message, &given).ok_or(SignerError::Failed)
    }
}
