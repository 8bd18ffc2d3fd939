//! Keeping what happened, over a `kill -9`.
//!
//! The whole state is one small value. A change is made on a copy, the copy is sealed and written
//! (new file, fsync, rename, fsync of the directory), and only then does it become the state and
//! the request get its answer. Files of dossiers lie beside it, sealed too, so that a photo is not
//! written again with every click. A database was rejected: there is nothing to query, and the
//! simulation wants no file at all.
//!
//! Sealing is AES-256-GCM with the file's name as associated data; the key lies in the same
//! directory. It stops no thief: it keeps the promise that a byte scan of a demo machine's disk
//! finds no citizen's value.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use ring::aead;

use crate::{Storage, ports::Outside, state::State};

const STATE: &str = "state";
const KEY: &str = "sandbox.key";

/// Why the sandbox cannot keep what it has to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("write the sandbox's data directory ({0})")]
    Write(io::ErrorKind),
    #[error("read the sandbox's data directory ({0})")]
    Read(io::ErrorKind),
    #[error("open the sandbox's data: another key or damaged bytes")]
    Damaged,
}

pub(crate) struct Store {
    state: Mutex<State>,
    place: Place,
    outside: Outside,
}

enum Place {
    Memory(Mutex<BTreeMap<String, Bytes>>),
    Directory(PathBuf, Box<aead::LessSafeKey>),
}

impl Store {
    pub fn open(storage: &Storage, outside: &Outside) -> Result<Self, StoreError> {
        let place = match storage {
            Storage::Memory => Place::Memory(Mutex::default()),
            Storage::Directory(path) => {
                fs::create_dir_all(path).map_err(|error| StoreError::Write(error.kind()))?;
                Place::Directory(path.clone(), Box::new(key(path, outside)?))
            }
        };
        let store = Self {
            state: Mutex::default(),
            place,
            outside: outside.clone(),
        };
        if let Some(bytes) = store.get(STATE)? {
            *store.lock() = serde_json::from_slice(&bytes).map_err(|_| StoreError::Damaged)?;
        }
        Ok(store)
    }

    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock())
    }

    /// Durable when it returns `Ok`; without effect when it returns `Err`.
    pub fn change<T, E: From<StoreError>>(
        &self,
        act: impl FnOnce(&mut State) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut state = self.lock();
        let mut next = state.clone();
        let answer = act(&mut next)?;
        if let Place::Directory(..) = self.place {
            let bytes = serde_json::to_vec(&next).map_err(|_| StoreError::Damaged)?;
            self.put(STATE, Bytes::from(bytes))?;
        }
        *state = next;
        Ok(answer)
    }

    /// Keeps bytes under a name of `[a-z0-9-]`; durable when it returns.
    pub fn put(&self, name: &str, bytes: Bytes) -> Result<(), StoreError> {
        match &self.place {
            Place::Memory(blobs) => {
                blobs
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(name.into(), bytes);
                Ok(())
            }
            Place::Directory(path, key) => {
                let sealed = seal(key, name, bytes.into(), &self.outside)?;
                write_whole(path, &format!("{name}.sealed"), &sealed)
                    .map_err(|error| StoreError::Write(error.kind()))
            }
        }
    }

    pub fn get(&self, name: &str) -> Result<Option<Bytes>, StoreError> {
        match &self.place {
            Place::Memory(blobs) => Ok(blobs
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get(name)
                .cloned()),
            Place::Directory(path, key) => match fs::read(path.join(format!("{name}.sealed"))) {
                Ok(sealed) => unseal(key, name, sealed).map(Some),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(StoreError::Read(error.kind())),
            },
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A change works on a copy, so a poisoned lock still guards a whole state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(path: &Path, outside: &Outside) -> Result<aead::LessSafeKey, StoreError> {
    let bytes = match fs::read(path.join(KEY)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let bytes = outside.bytes::<32>().to_vec();
            write_whole(path, KEY, &bytes).map_err(|error| StoreError::Write(error.kind()))?;
            bytes
        }
        Err(error) => return Err(StoreError::Read(error.kind())),
    };
    aead::UnboundKey::new(&aead::AES_256_GCM, &bytes)
        .map(aead::LessSafeKey::new)
        .map_err(|_| StoreError::Damaged)
}

fn seal(
    key: &aead::LessSafeKey,
    name: &str,
    mut bytes: Vec<u8>,
    outside: &Outside,
) -> Result<Vec<u8>, StoreError> {
    let nonce = outside.bytes::<{ aead::NONCE_LEN }>();
    key.seal_in_place_append_tag(
        aead::Nonce::assume_unique_for_key(nonce),
        aead::Aad::from(name.as_bytes()),
        &mut bytes,
    )
    .map_err(|_| StoreError::Damaged)?;
    Ok([&nonce[..], &bytes].concat())
}

fn unseal(key: &aead::LessSafeKey, name: &str, sealed: Vec<u8>) -> Result<Bytes, StoreError> {
    let (nonce, body) = sealed
        .split_first_chunk::<{ aead::NONCE_LEN }>()
        .ok_or(StoreError::Damaged)?;
    let mut body = body.to_vec();
    let plain = key
        .open_in_place(
            aead::Nonce::assume_unique_for_key(*nonce),
            aead::Aad::from(name.as_bytes()),
            &mut body,
        )
        .map_err(|_| StoreError::Damaged)?;
    Ok(Bytes::copy_from_slice(plain))
}

/// Whole or not at all: a kill between any two lines leaves the old file or the new one.
fn write_whole(dir: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let staged = dir.join(format!("{name}.new"));
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&staged)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&staged, dir.join(name))?;
    File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use crate::{
        Sandbox, SandboxConfig, demo,
        fixture::{BACKEND, CODE, PHOTO, SECRET, URL, World, envelope, hoso, json_of, now},
    };

    use super::*;

    fn directory(name: &str) -> PathBuf {
        let path =
            std::env::temp_dir().join(format!("gandan-sandbox-{name}-{}", std::process::id()));
        drop(fs::remove_dir_all(&path));
        path
    }

    fn with_a_dossier(path: &Path) -> World {
        let world = World::stored(Storage::Directory(path.into()));
        let body = envelope(&hoso(CODE));
        world
            .post_json("/one-stop/v1/DongBoHoSoMC", demo::ONE_STOP_TOKEN, &body)
            .unwrap();
        world
    }

    #[test]
    fn what_was_answered_is_there_after_a_kill() {
        let path = directory("kill");
        let world = with_a_dossier(&path);
        now(world.sandbox.officer().accept(CODE)).unwrap();
        let key = json_of(&world.get("/vneid/jwks"));
        // Nothing is closed or flushed: the value is forgotten, as by a kill.
        std::mem::forget(world);

        let mut world = World::stored(Storage::Directory(path.clone()));
        assert_eq!(json_of(&world.get("/vneid/jwks")), key);
        assert_eq!(world.sandbox.received(), [(CODE.parse().unwrap(), 1)]);
        world.deliver();
        assert_eq!(world.backend.reported(), ["2"]);
        fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn no_byte_on_disk_tells_anything_about_a_citizen() {
        let path = directory("scan");
        let world = with_a_dossier(&path);
        now(world.sandbox.officer().open(CODE)).unwrap();
        let mut files = 0;
        for entry in fs::read_dir(&path).unwrap() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            files += 1;
            for secret in ["Giàng", "099196000003", "Vừ Thị Pà", "1996-09-21"] {
                let secret = secret.as_bytes();
                assert!(!bytes.windows(secret.len()).any(|part| part == secret));
            }
            assert!(!bytes.windows(PHOTO.len()).any(|part| part == PHOTO));
        }
        assert!(files >= 4, "key, state, the provider's key and a photo");
        fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn damaged_data_is_refused_and_not_overwritten() {
        let path = directory("damage");
        let world = with_a_dossier(&path);
        let state = path.join("state.sealed");
        let mut bytes = fs::read(&state).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        fs::write(&state, &bytes).unwrap();
        let config = SandboxConfig {
            storage: Storage::Directory(path.clone()),
            ..SandboxConfig::demo(URL, BACKEND, SECRET.to_vec())
        };
        let again = Sandbox::open(config, world.sandbox.outside.clone());
        assert!(matches!(again, Err(StoreError::Damaged)));
        assert_eq!(fs::read(&state).unwrap(), bytes);
        fs::remove_dir_all(path).unwrap();
    }
}
