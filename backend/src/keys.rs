//! The server's keys, each for one purpose.
//!
//! KEK (`kek.bin`) → a key per citizen (table `citizen_key`, sealed under the KEK) → rows. Deleting
//! a citizen's key deletes the citizen's data, in every backup too. What belongs to no citizen yet
//! (a sign-in under way) is sealed under a key derived from the KEK. Look-up hashes, receipts,
//! sessions, signed URLs and the webhook have keys of their own, so that none can be used for
//! another's purpose and each can be replaced alone.
//!
//! `root.pk8` signs the list of public keys that phones trust (their app has its public half). It
//! is made by [`KeyFiles::generate`], and the server never reads it: keep it elsewhere.

use std::{collections::BTreeMap, fs, io, io::Write, path::Path, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use gandan_domain::{
    dossier::keyset::{KEYSET_TYP, KeySet, KeyUse, ListedKey},
    jws::JwsError,
};
use gandan_foundation::{
    ports::{Random, Signer},
    sealing::{Cell, LookupKey, SealingKey},
    signing::Ed25519Signer,
};
use ring::hmac;

use crate::{
    identity::CitizenId,
    params,
    storage::{Failure, Reader, Tx},
};

const ROOT: &str = "root.pk8";
const ROOT_PUBLIC: &str = "root.jwk.json";
const KEYSET: &str = "keyset.jws";
const RECEIPT: &str = "receipt.pk8";
const PACK: &str = "pack.pk8";
const KEK: &str = "kek.bin";
const LOOKUP: &str = "lookup.bin";
const SESSION: &str = "session.bin";
const URL: &str = "url.bin";
const WEBHOOK: &str = "webhook.secret";
/// How a Standard Webhooks secret begins; base64 follows.
const WEBHOOK_PREFIX: &str = "whsec_";

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("read the key directory: {name}")]
    Read { name: String, source: io::Error },
    #[error("write the key directory: {name}")]
    Write { name: String, source: io::Error },
    #[error("write the key directory: it already holds {name}, and a key is never overwritten")]
    Exists { name: String },
    #[error("use {name}: it is not a key of its kind")]
    NotAKey { name: &'static str },
    #[error("trust the key set: {0}")]
    KeySet(#[from] JwsError),
    #[error("use {name}: the key set does not list it for this use")]
    NotListed { name: &'static str },
}

/// The files of a key directory, in memory. The simulation makes one and never writes it.
#[derive(Clone)]
pub struct KeyFiles(BTreeMap<String, Vec<u8>>);

impl KeyFiles {
    /// Makes a whole new set: what `gandan-backend keys init` does.
    pub fn generate(random: &dyn Random) -> Result<Self, KeyError> {
        let mut files = BTreeMap::new();
        for name in [ROOT, RECEIPT, PACK] {
            let key =
                Ed25519Signer::generate_pk8(random).map_err(|_| KeyError::NotAKey { name })?;
            files.insert(name.to_owned(), key.to_vec());
        }
        for name in [KEK, LOOKUP, SESSION, URL] {
            files.insert(name.to_owned(), random.bytes::<32>().to_vec());
        }
        let secret = format!(
            "{WEBHOOK_PREFIX}{}\n",
            STANDARD.encode(random.bytes::<32>())
        );
        files.insert(WEBHOOK.to_owned(), secret.into_bytes());

        let made = Self(files);
        let root = made.signer(ROOT)?;
        let listed = [(RECEIPT, KeyUse::Receipt), (PACK, KeyUse::Pack)];
        let keys = listed.map(|(name, key_use)| {
            made.signer(name).map(|signer| ListedKey {
                kid: signer.public_key().thumbprint(),
                key_use,
                jwk: signer.public_key(),
                retired: false,
            })
        });
        let set = KeySet {
            serial: 1,
            keys: keys.into_iter().collect::<Result<_, _>>()?,
        };
        let not_a_key = |_| KeyError::NotAKey { name: ROOT };
        let payload = serde_json::to_vec(&set).map_err(|_| JwsError::Malformed)?;
        let token = (&root as &dyn Signer)
            .jws(KEYSET_TYP, &payload)
            .map_err(not_a_key)?;
        let public =
            serde_json::to_vec_pretty(&root.public_key()).map_err(|_| JwsError::Malformed)?;
        let Self(mut files) = made;
        files.insert(KEYSET.to_owned(), token.into_bytes());
        files.insert(ROOT_PUBLIC.to_owned(), public);
        Ok(Self(files))
    }

    /// Reads what a server needs; the root's private half is left where it is.
    pub fn read(dir: &Path) -> Result<Self, KeyError> {
        let names = [
            ROOT_PUBLIC,
            KEYSET,
            RECEIPT,
            KEK,
            LOOKUP,
            SESSION,
            URL,
            WEBHOOK,
        ];
        let read = |name: &str| {
            fs::read(dir.join(name))
                .map(|bytes| (name.to_owned(), bytes))
                .map_err(|source| KeyError::Read {
                    name: name.to_owned(),
                    source,
                })
        };
        Ok(Self(names.into_iter().map(read).collect::<Result<_, _>>()?))
    }

    /// Writes a directory that only its owner may read. Overwrites nothing.
    pub fn write(&self, dir: &Path) -> Result<(), KeyError> {
        let failed = |name: &str| {
            let name = name.to_owned();
            move |source: io::Error| match source.kind() {
                io::ErrorKind::AlreadyExists => KeyError::Exists { name },
                _ => KeyError::Write { name, source },
            }
        };
        fs::create_dir_all(dir).map_err(failed("."))?;
        if let Some(name) = self.0.keys().find(|name| dir.join(name).exists()) {
            return Err(KeyError::Exists { name: name.clone() });
        }
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
            options.mode(0o600);
            fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).map_err(failed("."))?;
        }
        for (name, bytes) in &self.0 {
            let mut file = options.open(dir.join(name)).map_err(failed(name))?;
            file.write_all(bytes)
                .and_then(|()| file.sync_all())
                .map_err(failed(name))?;
        }
        Ok(())
    }

    /// A file's bytes, e.g. `pack.pk8` for a test that signs packs.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(Vec::as_slice)
    }

    fn need(&self, name: &'static str) -> Result<&[u8], KeyError> {
        self.get(name).ok_or(KeyError::NotAKey { name })
    }

    fn signer(&self, name: &'static str) -> Result<Ed25519Signer, KeyError> {
        Ed25519Signer::from_pk8(self.need(name)?).map_err(|_| KeyError::NotAKey { name })
    }

    fn hmac(&self, name: &'static str) -> Result<hmac::Key, KeyError> {
        match self.need(name)? {
            bytes if bytes.len() == 32 => Ok(hmac::Key::new(hmac::HMAC_SHA256, bytes)),
            _ => Err(KeyError::NotAKey { name }),
        }
    }
}

/// The keys as a running server uses them. No `Debug`.
pub struct Keys {
    /// Signs receipts (`typ` [`gandan_domain::dossier::receipt::RECEIPT_TYP`]).
    pub receipt: Arc<dyn Signer>,
    /// The key set's JWS, verbatim, for `GET /v1/keys`.
    pub keyset: String,
    /// The same, verified by the root.
    pub trusted: KeySet,
    /// Signs the URLs by which an agency fetches a file.
    pub url: hmac::Key,
    /// The webhook's HMAC key (the decoded `whsec_…`).
    pub webhook: hmac::Key,
    /// DPoP nonces.
    pub(crate) session: hmac::Key,
    /// For rows that belong to no citizen: a sign-in under way, work for partners.
    pub system: SealingKey,
    lookup: LookupKey,
    kek: SealingKey,
}

impl Keys {
    pub fn load(dir: &Path) -> Result<Self, KeyError> {
        Self::from_files(&KeyFiles::read(dir)?)
    }

    pub fn from_files(files: &KeyFiles) -> Result<Self, KeyError> {
        let text = |name| {
            std::str::from_utf8(files.need(name)?)
                .map(|text| text.trim().to_owned())
                .map_err(|_| KeyError::NotAKey { name })
        };
        let root = serde_json::from_slice(files.need(ROOT_PUBLIC)?)
            .map_err(|_| KeyError::NotAKey { name: ROOT_PUBLIC })?;
        let keyset = text(KEYSET)?;
        let trusted = KeySet::verify(&keyset, &root)?;
        let receipt = files.signer(RECEIPT)?;
        if trusted
            .find(&receipt.public_key().thumbprint(), KeyUse::Receipt)
            .is_none()
        {
            return Err(KeyError::NotListed { name: RECEIPT });
        }
        let webhook = text(WEBHOOK)?;
        let webhook = STANDARD
            .decode(webhook.strip_prefix(WEBHOOK_PREFIX).unwrap_or(&webhook))
            .map_err(|_| KeyError::NotAKey { name: WEBHOOK })?;
        let system = hmac::sign(&files.hmac(KEK)?, b"gandan/system-rows/1");
        Ok(Self {
            receipt: Arc::new(receipt),
            keyset,
            trusted,
            url: files.hmac(URL)?,
            webhook: hmac::Key::new(hmac::HMAC_SHA256, &webhook),
            session: files.hmac(SESSION)?,
            system: SealingKey::from_slice(system.as_ref())
                .map_err(|_| KeyError::NotAKey { name: KEK })?,
            lookup: LookupKey::from_slice(files.need(LOOKUP)?)
                .map_err(|_| KeyError::NotAKey { name: LOOKUP })?,
            kek: SealingKey::from_slice(files.need(KEK)?)
                .map_err(|_| KeyError::NotAKey { name: KEK })?,
        })
    }

    /// For columns that must be found by a personal value.
    pub fn lookup(&self, table: &str, column: &str, value: &str) -> [u8; 32] {
        self.lookup.hash(table, column, value.as_bytes())
    }

    /// Makes and stores the key of a new citizen.
    pub async fn create_citizen_key(
        &self,
        tx: &mut dyn Tx,
        random: &dyn Random,
        citizen: CitizenId,
    ) -> Result<SealingKey, Failure> {
        let key = SealingKey::generate(random);
        let wrapped = self.kek.wrap(random, &key_cell(&citizen), &key)?;
        tx.exec(
            "INSERT INTO citizen_key (citizen, wrapped) VALUES ($1, $2)",
            &params![citizen, wrapped],
        )
        .await?;
        Ok(key)
    }

    /// The key under which a citizen's rows and blobs are sealed. `Problem::NotFound` once it has
    /// been deleted.
    pub async fn citizen_key(
        &self,
        reader: &mut dyn Reader,
        citizen: CitizenId,
    ) -> Result<SealingKey, Failure> {
        let row = reader
            .query_opt(
                "SELECT wrapped FROM citizen_key WHERE citizen = $1",
                &params![citizen],
            )
            .await?
            .ok_or(gandan_domain::Problem::NotFound)?;
        let wrapped: Vec<u8> = row.get(0)?;
        Ok(self.kek.unwrap(&key_cell(&citizen), &wrapped)?)
    }

    /// Makes everything sealed for this citizen unreadable, for ever.
    pub async fn delete_citizen_key(
        &self,
        tx: &mut dyn Tx,
        citizen: CitizenId,
    ) -> Result<(), Failure> {
        tx.exec(
            "DELETE FROM citizen_key WHERE citizen = $1",
            &params![citizen],
        )
        .await?;
        Ok(())
    }
}

fn key_cell(citizen: &CitizenId) -> Cell<'_> {
    Cell {
        table: "citizen_key",
        column: "wrapped",
        row: citizen.0.as_bytes(),
        revision: 0,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use futures_util::FutureExt;
    use gandan_domain::Problem;
    use gandan_foundation::adapters::OsRandom;
    use uuid::Uuid;

    use super::*;
    use crate::storage::{SqliteStorage, Storage};

    fn made() -> KeyFiles {
        KeyFiles::generate(&OsRandom::default()).unwrap()
    }

    fn with(files: &KeyFiles, name: &str, bytes: &[u8]) -> KeyFiles {
        let mut files = files.clone();
        files.0.insert(name.to_owned(), bytes.to_vec());
        files
    }

    #[test]
    fn a_directory_is_written_once_and_read_again() {
        let dir = std::env::temp_dir().join(format!("gandan-be-keys-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        made().write(&dir).unwrap();
        let keys = Keys::load(&dir).unwrap();
        let kid = keys.receipt.public_key().thumbprint();
        assert!(keys.trusted.find(&kid, KeyUse::Receipt).is_some());
        assert!(keys.trusted.find(&kid, KeyUse::Pack).is_none());
        assert!(matches!(made().write(&dir), Err(KeyError::Exists { .. })));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&dir), 0o700);
            assert_eq!(mode(&dir.join(KEK)), 0o600);
        }
        // A server without the offline root, as it should be.
        fs::remove_file(dir.join(ROOT)).unwrap();
        Keys::load(&dir).unwrap();
        fs::remove_file(dir.join(LOOKUP)).unwrap();
        assert!(matches!(
            Keys::load(&dir),
            Err(KeyError::Read { name, .. }) if name == LOOKUP
        ));
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_key_that_does_not_belong_is_refused() {
        let (files, other) = (made(), made());
        let refused = |files: &KeyFiles| Keys::from_files(files).err().unwrap();
        assert!(matches!(
            refused(&with(&files, KEYSET, other.get(KEYSET).unwrap())),
            KeyError::KeySet(JwsError::BadSignature)
        ));
        assert!(matches!(
            refused(&with(&files, RECEIPT, other.get(RECEIPT).unwrap())),
            KeyError::NotListed { name: RECEIPT }
        ));
        for (name, bytes) in [
            (RECEIPT, &b"no key"[..]),
            (KEK, b"short"),
            (LOOKUP, b""),
            (SESSION, b"short"),
            (URL, b"short"),
            (WEBHOOK, b"whsec_!"),
            (ROOT_PUBLIC, b"{}"),
        ] {
            assert!(matches!(
                refused(&with(&files, name, bytes)),
                KeyError::NotAKey { name: named } if named == name
            ));
        }
    }

    #[tokio::test]
    async fn a_citizens_key_comes_back_until_it_is_deleted() {
        let storage = SqliteStorage::in_memory().unwrap();
        let storage: &dyn Storage = &storage;
        let keys = Arc::new(Keys::from_files(&made()).unwrap());
        let (anna, binh) = (CitizenId(Uuid::from_u128(1)), CitizenId(Uuid::from_u128(2)));
        let create = async |citizen| {
            let keys = Arc::clone(&keys);
            let created = storage.write(move |tx| {
                let keys = Arc::clone(&keys);
                async move {
                    keys.create_citizen_key(tx, &OsRandom::default(), citizen)
                        .await
                }
                .boxed()
            });
            *created.await.unwrap().expose()
        };
        let read = async |keys: &Arc<Keys>, citizen| {
            let keys = Arc::clone(keys);
            let read = storage.read(move |reader| {
                let keys = Arc::clone(&keys);
                async move { keys.citizen_key(reader, citizen).await }.boxed()
            });
            read.await.map(|key| *key.expose())
        };
        let (annas, binhs) = (create(anna).await, create(binh).await);
        assert_ne!(annas, binhs);
        assert_eq!(read(&keys, anna).await, Ok(annas));
        // Another installation's KEK opens nothing.
        let others = Arc::new(Keys::from_files(&made()).unwrap());
        assert!(read(&others, anna).await.is_err());

        let deleter = Arc::clone(&keys);
        storage
            .write(move |tx| {
                let keys = Arc::clone(&deleter);
                async move { keys.delete_citizen_key(tx, anna).await }.boxed()
            })
            .await
            .unwrap();
        assert_eq!(
            read(&keys, anna).await,
            Err(Failure::Problem(Problem::NotFound))
        );
        assert_eq!(read(&keys, binh).await, Ok(binhs));
    }
}
