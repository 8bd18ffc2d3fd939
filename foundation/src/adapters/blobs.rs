use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::file::{replace_by, sync_parent};
use crate::ports::{BlobError, Blobs};

/// A directory of files, one per blob. A blob is there whole or not at all: it is written beside
/// its place, fsynced, renamed into it, and the directory fsynced, before `put` is ready.
#[derive(Clone, Debug)]
pub struct DirBlobs(Arc<Dir>);

#[derive(Debug)]
struct Dir {
    root: PathBuf,
    /// Tells the unfinished files of this process apart.
    next: AtomicU64,
}

/// What unfinished files end in; names of blobs have no dot.
const UNFINISHED: &str = "part";

impl DirBlobs {
    /// Opens or makes the directory, and removes what a kill left unfinished. One process at a
    /// time may have a directory open.
    pub fn open(root: impl Into<PathBuf>) -> io::Result<Self> {
        let root = root.into();
        fs::create_dir_all(&root)?;
        sweep(&root)?;
        Ok(Self(Arc::new(Dir {
            root,
            next: AtomicU64::new(0),
        })))
    }

    /// Runs file work where it may block.
    fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Dir) -> Result<T, BlobError> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, BlobError>> {
        let dir = Arc::clone(&self.0);
        Box::pin(async move {
            #[expect(
                clippy::disallowed_methods,
                reason = "file work blocks; this adapter is where it comes in"
            )]
            let job = tokio::task::spawn_blocking(move || work(&dir));
            job.await.unwrap_or(Err(BlobError::Unavailable))
        })
    }
}

impl Blobs for DirBlobs {
    fn put(&self, name: &str, bytes: Bytes) -> BoxFuture<'static, Result<(), BlobError>> {
        let name = name.to_owned();
        self.blocking(move |dir| dir.put(&name, &bytes))
    }

    fn get(&self, name: &str) -> BoxFuture<'static, Result<Bytes, BlobError>> {
        let name = name.to_owned();
        self.blocking(move |dir| Ok(fs::read(dir.path(&name)?).map_err(blob_error)?.into()))
    }

    fn remove(&self, name: &str) -> BoxFuture<'static, Result<(), BlobError>> {
        let name = name.to_owned();
        self.blocking(move |dir| dir.remove(&name))
    }
}

impl Dir {
    /// Names come from our own code; whatever else is asked for must not leave the directory.
    fn path(&self, name: &str) -> Result<PathBuf, BlobError> {
        let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        let sound = name
            .split('/')
            .all(|part| !part.is_empty() && part.bytes().all(fits));
        if sound {
            Ok(self.root.join(name))
        } else {
            Err(BlobError::NotFound)
        }
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), BlobError> {
        let path = self.path(name)?;
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let unfinished = path.with_extension(format!("{number}.{UNFINISHED}"));
        let written = self.write(&path, &unfinished, bytes);
        if written.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        written.map_err(blob_error)
    }

    fn write(&self, path: &Path, unfinished: &Path, bytes: &[u8]) -> io::Result<()> {
        self.make_parents(path)?;
        replace_by(path, unfinished, bytes)
    }

    /// A new directory is durable when the directory above it is fsynced.
    fn make_parents(&self, path: &Path) -> io::Result<()> {
        let Some(parent) = path.parent() else {
            return Ok(());
        };
        if parent.is_dir() {
            return Ok(());
        }
        self.make_parents(parent)?;
        match fs::create_dir(parent) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        sync_parent(parent)
    }

    fn remove(&self, name: &str) -> Result<(), BlobError> {
        let path = self.path(name)?;
        fs::remove_file(&path).map_err(blob_error)?;
        sync_parent(&path).map_err(blob_error)
    }
}

fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            sweep(&path)?;
        } else if path.extension().is_some_and(|end| end == UNFINISHED) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn blob_error(error: io::Error) -> BlobError {
    match error.kind() {
        io::ErrorKind::NotFound => BlobError::NotFound,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => BlobError::Full,
        _ => BlobError::Unavailable,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("gandan-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    #[tokio::test]
    async fn keeps_overwrites_and_removes() {
        let root = folder("blobs");
        let blobs = DirBlobs::open(&root).unwrap();
        let name = "files/ab/cd-1_2";
        assert_eq!(blobs.get(name).await, Err(BlobError::NotFound));
        blobs.put(name, Bytes::from_static(b"one")).await.unwrap();
        blobs.put(name, Bytes::from_static(b"two")).await.unwrap();
        let again = DirBlobs::open(&root).unwrap();
        assert_eq!(again.get(name).await.unwrap(), "two");
        again.remove(name).await.unwrap();
        assert_eq!(again.remove(name).await, Err(BlobError::NotFound));
        fs::remove_dir_all(root).unwrap();
    }

    #[tokio::test]
    async fn no_name_leads_outside() {
        let root = folder("outside");
        let blobs = DirBlobs::open(root.join("inside")).unwrap();
        for name in ["../x", "/etc/passwd", "a//b", "", "a/../b", "A", "a.part"] {
            let put = blobs.put(name, Bytes::from_static(b"x")).await;
            assert_eq!(put, Err(BlobError::NotFound), "{name}");
        }
        assert_eq!(fs::read_dir(&root).unwrap().count(), 1);
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn opening_removes_what_a_kill_left() {
        let root = folder("sweep");
        fs::create_dir_all(root.join("a")).unwrap();
        fs::write(root.join("a/b.0.part"), b"half").unwrap();
        fs::write(root.join("a/c"), b"whole").unwrap();
        DirBlobs::open(&root).unwrap();
        assert!(!root.join("a/b.0.part").exists());
        assert!(root.join("a/c").exists());
        fs::remove_dir_all(root).unwrap();
    }
}
