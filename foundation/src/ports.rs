//! The ports. Whatever is not a function of its inputs comes through one of these, so that a
//! simulation can decide it from a seed.
//!
//! Futures are boxed (`BoxFuture`), because the ports are used as trait objects; a port call is a
//! network or storage operation, beside which an allocation is nothing.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{future::BoxFuture, stream::BoxStream};
use gandan_domain::{
    jws::{self, PublicKey},
    time::Instant,
};

/// Time: reading it and waiting for it.
pub trait Clock: Send + Sync {
    fn now(&self) -> Instant;
    /// Ready at or after `until`.
    fn sleep_until(&self, until: Instant) -> BoxFuture<'static, ()>;
}

/// Cryptographic randomness.
pub trait Random: Send + Sync {
    fn fill(&self, out: &mut [u8]);
}

impl dyn Random + '_ {
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        self.fill(&mut out);
        out
    }

    /// A time-ordered id (UUIDv7, RFC 9562 §5.7).
    pub fn uuid(&self, now: Instant) -> uuid::Uuid {
        let random = self.bytes::<10>();
        uuid::Builder::from_unix_timestamp_millis(now.ms().max(0).unsigned_abs(), &random)
            .into_uuid()
    }
}

/// A private key somewhere safe. It signs; it never leaves.
///
/// P-256 keys return the 64 bytes r‖s (RFC 7518 §3.4), Ed25519 keys their 64 bytes.
pub trait Signer: Send + Sync {
    fn public_key(&self) -> PublicKey;
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError>;
}

impl dyn Signer + '_ {
    /// Signs a payload as a compact JWS whose `kid` is the key's thumbprint.
    pub fn jws(&self, typ: &str, payload: &[u8]) -> Result<String, SignerError> {
        let key = self.public_key();
        let header = jws::Header {
            alg: key.algorithm().into(),
            typ: typ.into(),
            kid: Some(key.thumbprint()),
            jwk: None,
        };
        self.jws_with(&header, payload)
    }

    /// Signs with a header of the caller's making, e.g. a DPoP proof that carries its `jwk`.
    pub fn jws_with(&self, header: &jws::Header, payload: &[u8]) -> Result<String, SignerError> {
        let input = jws::signing_input(header, payload);
        Ok(jws::compact(&input, &self.sign(input.as_bytes())?))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    /// The keystore wants the person first: screen lock, fingerprint.
    #[error("sign: the key is locked")]
    Locked,
    #[error("sign: the keystore failed")]
    Failed,
}

/// One HTTP exchange. Redirects are not followed: following is the caller's decision.
pub trait Http: Send + Sync {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Bytes>, HttpError>>;

    /// Whether [`stream`](Self::stream) can do anything here. Who needs it asks at intervals instead.
    fn can_stream(&self) -> bool {
        false
    }

    /// The same for an answer whose body comes in pieces, for as long as the other side likes: the
    /// future is ready with its head. Dropping the pieces hangs up.
    fn stream(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Pieces>, HttpError>> {
        drop(request);
        Box::pin(async { Err(HttpError::Unreachable) })
    }
}

/// A body as it arrives. Nothing comes after an error.
pub type Pieces = BoxStream<'static, Result<Bytes, HttpError>>;

/// Why there is no answer. After any of these the request may or may not have arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    #[error("connect")]
    Unreachable,
    #[error("get an answer in time")]
    TimedOut,
    #[error("get a whole answer")]
    Broken,
}

/// Bytes by name, kept until removed. Names are `[a-z0-9/_-]+` and carry nothing personal; the
/// bytes are sealed by the caller.
pub trait Blobs: Send + Sync {
    /// Durable (fsynced, with its directory) when the future is ready. Writing the same name
    /// again with the same bytes is fine.
    fn put(&self, name: &str, bytes: Bytes) -> BoxFuture<'static, Result<(), BlobError>>;
    fn get(&self, name: &str) -> BoxFuture<'static, Result<Bytes, BlobError>>;
    fn remove(&self, name: &str) -> BoxFuture<'static, Result<(), BlobError>>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    #[error("find the blob")]
    NotFound,
    #[error("write the blob: the storage is full")]
    Full,
    #[error("reach the blob storage")]
    Unavailable,
}

/// The three ports that nearly everything needs, passed around together.
#[derive(Clone)]
pub struct World {
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub http: Arc<dyn Http>,
}
