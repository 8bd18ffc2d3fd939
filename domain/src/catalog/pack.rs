//! Reading and writing the content pack file.
//!
//! ```text
//! <compact JWS over PackManifest>\n<JSON of ContentPack>
//! ```
//!
//! The manifest carries the hash of every byte after the first line, so the signature covers the
//! content without the content being encoded in it: the payload is hashed as it lies in the file
//! and never copied. What was rejected: one JWS over everything (a third larger, and base64 has
//! to be undone before the hash is known); a detached signature in a second file (two files can
//! be swapped apart).

use std::collections::BTreeSet;

use super::{ContentPack, PACK_FORMAT, PACK_TYP, PackManifest, Procedure};
use crate::{
    Problem,
    dossier::{KeySet, keyset::KeyUse},
    form::{FieldKind, FormError, Places},
    jws::{self, Header, JwsError, PublicKey},
    place::PlaceKey,
};

/// What packs demand of the code that reads them; compared with [`PackManifest::min_core`].
pub const CORE_LEVEL: u32 = 1;

/// The first line is short: a longer one is not a manifest.
const MAX_MANIFEST: usize = 4096;

/// Why a pack is not used. Nothing of a refused pack is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    #[error("read the content pack: its first line is not a signed manifest")]
    Manifest,
    #[error("accept the content pack: {0}")]
    Signature(#[from] JwsError),
    #[error("accept the content pack: it is signed by a key that is not in the key set")]
    UnknownKey,
    #[error("read the content pack: it is of format {found}, this version reads {PACK_FORMAT}")]
    Format { found: u32 },
    #[error("read the content pack: it needs a newer version ({min_core}) of this app")]
    TooNew { min_core: u32 },
    #[error("accept the content pack: its content is not what was signed")]
    Hash,
    #[error("read the content pack: its content is malformed at line {line}, column {column}")]
    Malformed { line: usize, column: usize },
    #[error(transparent)]
    Content(#[from] ContentError),
}

/// A mistake in the content itself. `gandan-packs` reports the same ones with file and line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    #[error("accept the content: procedure {procedure}: {error}")]
    Form { procedure: String, error: FormError },
    #[error("accept the content: procedure {code} is there twice")]
    DuplicateProcedure { code: String },
    #[error("accept the content: commune {code} is there twice for the same day")]
    DuplicateCommune { code: String },
    #[error(
        "accept the content: component {component} of {procedure} names `{field}`, which is not a file field"
    )]
    Component {
        procedure: String,
        component: String,
        field: String,
    },
}

impl From<PackError> for Problem {
    fn from(_: PackError) -> Self {
        Self::PackRefused
    }
}

impl ContentPack {
    /// Reads a pack file and believes it only if a pack key of `keys` signed it, it is whole, it
    /// is of this format, and every procedure in it is sound.
    pub fn read(bytes: &[u8], keys: &KeySet) -> Result<(PackManifest, Self), PackError> {
        let (manifest, payload) = split(bytes)?;
        let unverified = jws::Unverified::parse(manifest)?;
        let kid = unverified.header.kid.clone().ok_or(PackError::UnknownKey)?;
        let key = keys.find(&kid, KeyUse::Pack).ok_or(PackError::UnknownKey)?;
        let manifest = unverified.verify(key, PACK_TYP)?;
        let manifest: PackManifest =
            serde_json::from_slice(&manifest).map_err(|_| PackError::Manifest)?;
        if manifest.format != PACK_FORMAT {
            return Err(PackError::Format {
                found: manifest.format,
            });
        }
        if manifest.min_core > CORE_LEVEL {
            return Err(PackError::TooNew {
                min_core: manifest.min_core,
            });
        }
        if manifest.sha256 != jws::sha256_hex(payload) {
            return Err(PackError::Hash);
        }
        let pack: Self = serde_json::from_slice(payload).map_err(|error| PackError::Malformed {
            line: error.line(),
            column: error.column(),
        })?;
        pack.check()?;
        Ok((manifest, pack))
    }

    /// What a reader relies on; see [`crate::form::Form::check`] for the forms.
    pub fn check(&self) -> Result<(), ContentError> {
        let mut codes = BTreeSet::new();
        for procedure in &self.procedures {
            if !codes.insert(&procedure.code) {
                return Err(ContentError::DuplicateProcedure {
                    code: procedure.code.clone(),
                });
            }
            procedure.check()?;
        }
        let mut communes = BTreeSet::new();
        for commune in &self.communes {
            if !communes.insert(&commune.key) {
                return Err(ContentError::DuplicateCommune {
                    code: commune.key.code.clone(),
                });
            }
        }
        Ok(())
    }

    pub fn procedure(&self, code: &str) -> Option<&Procedure> {
        self.procedures
            .iter()
            .find(|procedure| procedure.code == code)
    }
}

impl Places for ContentPack {
    fn has_commune(&self, key: &PlaceKey) -> bool {
        self.communes.has_commune(key)
    }
}

impl Procedure {
    fn check(&self) -> Result<(), ContentError> {
        self.form.check().map_err(|error| ContentError::Form {
            procedure: self.code.clone(),
            error,
        })?;
        for component in &self.components {
            let Some(field) = &component.field else {
                continue;
            };
            let takes_files = self
                .form
                .field(field)
                .is_some_and(|field| matches!(field.kind, FieldKind::File { .. }));
            if !takes_files {
                return Err(ContentError::Component {
                    procedure: self.code.clone(),
                    component: component.code.clone(),
                    field: field.clone(),
                });
            }
        }
        Ok(())
    }
}

fn split(bytes: &[u8]) -> Result<(&str, &[u8]), PackError> {
    let end = bytes
        .iter()
        .take(MAX_MANIFEST)
        .position(|byte| *byte == b'\n')
        .ok_or(PackError::Manifest)?;
    let (line, rest) = bytes.split_at(end);
    let line = std::str::from_utf8(line).map_err(|_| PackError::Manifest)?;
    Ok((line, rest.get(1..).unwrap_or_default()))
}

/// The bytes that the pack key must sign for this payload: sign them, then [`assemble`].
pub fn manifest_to_sign(payload: &[u8], serial: u64, key: &PublicKey) -> String {
    let manifest = PackManifest {
        format: PACK_FORMAT,
        min_core: CORE_LEVEL,
        serial,
        sha256: jws::sha256_hex(payload),
    };
    let header = Header {
        alg: key.algorithm().into(),
        typ: PACK_TYP.into(),
        kid: Some(key.thumbprint()),
        jwk: None,
    };
    jws::signing_input(&header, &serde_json::to_vec(&manifest).unwrap_or_default())
}

/// The pack file from its signed manifest and its payload.
pub fn assemble(manifest_jws: &str, payload: &[u8]) -> Vec<u8> {
    [manifest_jws.as_bytes(), b"\n", payload].concat()
}
