//! The backend's blobs on its simulated disk, with the promise of the real directory: whole and
//! durable when `put` is ready, and perhaps there when it never became ready.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use gandan_foundation::ports::{BlobError, Blobs};

use super::node::{Dead, Node};

pub struct SimBlobs {
    node: Arc<Node>,
    life: u64,
    folder: String,
}

impl SimBlobs {
    pub fn new(node: &Arc<Node>, life: u64, folder: &str) -> Self {
        Self {
            node: Arc::clone(node),
            life,
            folder: folder.to_owned(),
        }
    }

    fn path(&self, name: &str) -> String {
        format!("{}{name}", self.folder)
    }

    fn put_now(&self, path: &str, bytes: &[u8]) -> Result<(), Dead> {
        // Write beside, sync, rename: the name shows the old bytes or the new ones.
        self.node.operation(self.life, "blob write")?;
        self.node.disk(self.life, |disk| {
            disk.create(path);
            disk.truncate(path, 0);
            disk.write(path, 0, bytes);
            disk.sync(path);
        })?;
        self.node.operation(self.life, "blob sync")
    }
}

/// A dead machine answers nobody.
async fn settle<T>(outcome: Result<Result<T, BlobError>, Dead>) -> Result<T, BlobError> {
    match outcome {
        Ok(result) => result,
        Err(Dead) => std::future::pending().await,
    }
}

impl Blobs for SimBlobs {
    fn put(&self, name: &str, bytes: Bytes) -> BoxFuture<'static, Result<(), BlobError>> {
        let outcome = self.put_now(&self.path(name), &bytes);
        Box::pin(settle(outcome.map(Ok)))
    }

    fn get(&self, name: &str) -> BoxFuture<'static, Result<Bytes, BlobError>> {
        let path = self.path(name);
        let outcome = self.node.disk(self.life, |disk| {
            disk.current(&path)
                .map(Bytes::copy_from_slice)
                .ok_or(BlobError::NotFound)
        });
        Box::pin(settle(outcome))
    }

    fn remove(&self, name: &str) -> BoxFuture<'static, Result<(), BlobError>> {
        let path = self.path(name);
        let outcome = self
            .node
            .operation(self.life, "blob remove")
            .and_then(|()| {
                self.node.disk(self.life, |disk| {
                    if !disk.exists(&path) {
                        return Err(BlobError::NotFound);
                    }
                    disk.delete(&path);
                    disk.sync(&path);
                    Ok(())
                })
            });
        Box::pin(settle(outcome))
    }
}
