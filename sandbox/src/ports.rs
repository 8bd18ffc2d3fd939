//! What the stand-ins need from outside. The sandbox may not depend on the product's foundation,
//! so it names its own three ports; whoever runs it in process wraps the product's in a few lines.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use gandan_domain::time::Instant;

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

/// One HTTP exchange that follows no redirect.
pub trait Http: Send + Sync {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Bytes>, NoAnswer>>;
}

/// No answer came; the request may or may not have arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("get an answer")]
pub struct NoAnswer;

/// The ports together.
#[derive(Clone)]
pub struct Outside {
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub http: Arc<dyn Http>,
}

impl Outside {
    pub(crate) fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        self.random.fill(&mut out);
        out
    }

    /// A random id (UUIDv4): says nothing about whom it names.
    pub(crate) fn id(&self) -> uuid::Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }
}
