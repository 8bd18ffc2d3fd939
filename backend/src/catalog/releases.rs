//! What was released before: one pack file each, in a folder beside the present one.
//!
//! The backend puts a copy there of every pack it takes. They are wanted for two things: a dossier is
//! read by the version of the form that it was filed under, for as long as it lives; and a phone that
//! has one of them needs only the difference. Without a folder there is neither, and nothing else is
//! missing. What was rejected: keeping them in the database. They are public, the same on every node,
//! and an operator can put them there by hand.

use std::path::{Path, PathBuf};

use gandan_domain::{catalog::ContentPack, dossier::KeySet};
use gandan_foundation::adapters::replace_file;

/// The folder, where there is one.
pub struct Releases(Option<PathBuf>);

/// One of them, verified.
pub struct Release {
    pub serial: u64,
    pub file: Vec<u8>,
    pub pack: ContentPack,
}

impl Releases {
    pub fn open(folder: Option<&Path>) -> Self {
        Self(folder.map(Path::to_path_buf))
    }

    /// Oldest first. What can't be read, or was signed by a key that is no longer listed, is left
    /// out, and the log says so.
    pub fn read(&self, keys: &KeySet) -> Vec<Release> {
        let Some(files) = self.0.as_ref().and_then(|dir| std::fs::read_dir(dir).ok()) else {
            return Vec::new();
        };
        let mut paths: Vec<PathBuf> = files
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|end| end == "pack"))
            .collect();
        paths.sort();
        let mut releases: Vec<Release> = paths
            .iter()
            .filter_map(|path| {
                let file = std::fs::read(path).ok()?;
                match ContentPack::read(&file, keys) {
                    Ok((manifest, pack)) => Some(Release {
                        serial: manifest.serial,
                        file,
                        pack,
                    }),
                    Err(error) => {
                        let path = path.display();
                        tracing::warn!(%path, %error, "an earlier release is left out");
                        None
                    }
                }
            })
            .collect();
        releases.sort_by_key(|release| release.serial);
        releases
    }

    /// Puts a copy there. Failing loses deltas, and the way old dossiers read; the pack counts all
    /// the same.
    pub fn keep(&self, serial: u64, file: &[u8]) {
        let Some(folder) = &self.0 else {
            return;
        };
        let path = folder.join(format!("{serial:010}.pack"));
        let is_there = std::fs::read(&path).is_ok_and(|there| there == file);
        if is_there {
            return;
        }
        let kept = std::fs::create_dir_all(folder).and_then(|()| replace_file(&path, file));
        if let Err(error) = kept {
            tracing::error!(%error, "the release is not kept");
        }
    }
}
