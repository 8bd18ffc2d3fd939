//! A disk that may lose what was not synced.
//!
//! Every file is what is durable plus the list of what has happened to it since its last sync. A
//! power cut decides for each of these changes, by seed, whether it reached the platter whole,
//! not at all, or in part: file systems and drives promise no more than that. Making and deleting
//! a file are such changes too.

use std::collections::BTreeMap;

use super::{node::Death, rng::Rng};

#[derive(Default)]
pub struct Disk {
    files: BTreeMap<String, File>,
}

#[derive(Default)]
struct File {
    /// `None`: there is no such file.
    durable: Option<Vec<u8>>,
    current: Option<Vec<u8>>,
    unsynced: Vec<Change>,
}

enum Change {
    Create,
    Write { at: usize, bytes: Vec<u8> },
    Truncate(usize),
    Delete,
}

/// The least that a drive writes as one.
const SECTOR: usize = 512;

impl Disk {
    pub fn exists(&self, path: &str) -> bool {
        self.current(path).is_some()
    }

    pub fn size(&self, path: &str) -> usize {
        self.current(path).map_or(0, <[u8]>::len)
    }

    pub fn current(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path)?.current.as_deref()
    }

    pub fn paths(&self) -> Vec<String> {
        let there = self.files.iter().filter(|(_, file)| file.current.is_some());
        there.map(|(path, _)| path.clone()).collect()
    }

    /// Fills `out` from `at` on, and says how much of it the file had.
    pub fn read(&self, path: &str, at: usize, out: &mut [u8]) -> usize {
        let bytes = self
            .current(path)
            .and_then(|bytes| bytes.get(at..))
            .unwrap_or_default();
        let length = bytes.len().min(out.len());
        out[..length].copy_from_slice(&bytes[..length]);
        length
    }

    pub fn create(&mut self, path: &str) {
        if !self.exists(path) {
            self.change(path, Change::Create);
        }
    }

    pub fn write(&mut self, path: &str, at: usize, bytes: &[u8]) {
        let bytes = bytes.to_vec();
        self.change(path, Change::Write { at, bytes });
    }

    pub fn truncate(&mut self, path: &str, size: usize) {
        self.change(path, Change::Truncate(size));
    }

    pub fn delete(&mut self, path: &str) {
        if self.exists(path) {
            self.change(path, Change::Delete);
        }
    }

    /// Whatever happened to this file is durable from now on, its name in the directory included.
    pub fn sync(&mut self, path: &str) {
        if let Some(file) = self.files.get_mut(path) {
            for change in std::mem::take(&mut file.unsynced) {
                change.apply(&mut file.durable);
            }
        }
    }

    fn change(&mut self, path: &str, change: Change) {
        let file = self.files.entry(path.to_owned()).or_default();
        change.apply(&mut file.current);
        file.unsynced.push(change);
    }

    pub fn crash(&mut self, death: Death, rng: &mut Rng) {
        if death == Death::Kill {
            return;
        }
        // Whole regimes besides the mixture: caches that lost everything, or nothing.
        let (keep, tear) = match rng.below(4) {
            0 => (0, 0),
            1 => (100, 0),
            _ => (60, 20),
        };
        for file in self.files.values_mut() {
            for change in std::mem::take(&mut file.unsynced) {
                if rng.chance(keep) {
                    change.apply(&mut file.durable);
                } else if rng.chance(tear) {
                    change.tear(rng).apply(&mut file.durable);
                }
            }
            file.current.clone_from(&file.durable);
        }
        self.files.retain(|_, file| file.current.is_some());
    }

    /// Does any file hold these bytes, in what is durable or in what is not yet?
    pub fn find(&self, needle: &[u8]) -> Option<String> {
        let holds = |bytes: &Option<Vec<u8>>| {
            bytes
                .as_deref()
                .is_some_and(|bytes| crate::scan::contains(bytes, needle))
        };
        let found = self
            .files
            .iter()
            .find(|(_, file)| holds(&file.current) || holds(&file.durable));
        found.map(|(path, _)| path.clone())
    }
}

impl Change {
    fn apply(&self, file: &mut Option<Vec<u8>>) {
        match (self, file) {
            (Self::Create, file) => *file = Some(Vec::new()),
            (Self::Delete, file) => *file = None,
            (Self::Truncate(size), Some(bytes)) => bytes.resize(*size, 0),
            (Self::Write { at, bytes: new }, Some(bytes)) => {
                let end = at + new.len();
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[*at..end].copy_from_slice(new);
            }
            // The file's creation was lost, and with it what was in it.
            (Self::Truncate(_) | Self::Write { .. }, None) => {}
        }
    }

    /// Only some sectors of a write arrive: from the front, as a drive that loses power does.
    fn tear(self, rng: &mut Rng) -> Self {
        match self {
            Self::Write { at, mut bytes } => {
                let sectors = bytes.len().div_ceil(SECTOR) as u64;
                let kept = usize::try_from(rng.below(sectors)).unwrap_or(0) * SECTOR;
                bytes.truncate(kept);
                Self::Write { at, bytes }
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::rng::Stream;

    fn lose_everything(disk: &mut Disk) {
        // Some seed falls into the regime that loses all; what is durable is in every regime.
        for seed in 0..16 {
            disk.crash(Death::PowerCut, &mut Rng::new(seed, Stream::Plan));
        }
    }

    #[test]
    fn synced_stays_and_unsynced_may_go() {
        let mut disk = Disk::default();
        disk.create("a");
        disk.write("a", 0, b"synced");
        disk.sync("a");
        let mut lost = 0;
        for seed in 0..64 {
            disk.write("a", 6, b" or not");
            disk.crash(Death::PowerCut, &mut Rng::new(seed, Stream::Plan));
            let now = disk.current("a").unwrap_or_default().to_vec();
            assert!(now.starts_with(b"synced"));
            lost += usize::from(now == b"synced");
            disk.truncate("a", 6);
            disk.sync("a");
        }
        assert!((8..56).contains(&lost), "{lost} of 64 lost");
    }

    #[test]
    fn a_kill_loses_nothing_until_the_power_goes() {
        let mut disk = Disk::default();
        disk.create("a");
        disk.write("a", 0, b"x");
        disk.crash(Death::Kill, &mut Rng::new(1, Stream::Plan));
        assert_eq!(disk.current("a"), Some(&b"x"[..]));
        lose_everything(&mut disk);
        assert!(!disk.exists("a") || disk.current("a") == Some(b"x"));
    }

    #[test]
    fn a_deletion_that_was_not_synced_may_come_back() {
        let mut back = 0;
        for seed in 0..64 {
            let mut disk = Disk::default();
            disk.create("a");
            disk.sync("a");
            disk.delete("a");
            disk.crash(Death::PowerCut, &mut Rng::new(seed, Stream::Plan));
            back += u32::from(disk.exists("a"));
        }
        assert!((8..56).contains(&back), "{back} of 64 came back");
    }
}
