use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

/// Puts a file in its place: whole or not at all, and there for good when this returns.
pub fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_by(path, &path.with_extension("part"), bytes)
}

/// The same by way of a file of this name beside it, for whoever writes several at once.
pub(super) fn replace_by(path: &Path, unfinished: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(unfinished, path)?;
    sync_parent(path)
}

pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}
