//! The content pack: served to phones as it lies on disk, and read here for the form's rules.
//!
//! The same signed file is both, so that phone and server can't hold different rules under one
//! version. It is verified when the backend opens; a backend whose pack is not signed by a key of
//! its own key set does not start.
//!
//! The pack is exchanged while the backend runs ([`Backend::take_content`]): whole, for the requests
//! that come after; a request under way ends by the pack it began with. What was released before is
//! kept in [`releases`], for the versions of forms that dossiers were filed under, and for deltas.

pub mod releases;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    io,
    path::Path,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use axum::{
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use gandan_domain::{
    Problem,
    catalog::{ContentPack, Procedure, delta, pack::PackError},
    dossier::{KeySet, deadline::Calendar},
    jws::sha256_hex,
    place::{
        Atlas, Commune, PlaceKey,
        table::{PLACES_FILE, PlaceTable},
    },
    problem::RefusalReason,
    rules::Rules,
    text::Lang,
};
use jiff::civil::Date;
use releases::Releases;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::{Backend, Shared},
    problem::Refusal,
};

/// When a phone may come back to a node that does not have the phone's version yet.
const NOT_YET_S: u32 = 60;

/// Why the backend does not start without this pack.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    #[error("read the content pack {path}")]
    Read { path: String, source: io::Error },
    #[error("use the content pack {path}: {source}")]
    Refused { path: String, source: PackError },
    #[error(
        "use the content pack: its serial is {found}, and {now} was released already: phones would refuse it; raise the serial"
    )]
    Older { found: u64, now: u64 },
    #[error("use the content pack: it is another one under the serial {serial}; raise the serial")]
    SameSerial { serial: u64 },
    #[error(
        "use the content pack: the form of {code} has changed and is still version {version}; raise the version"
    )]
    SameVersion { code: String, version: u32 },
}

/// A verified content pack. Cannot be made otherwise.
pub struct Catalog {
    pack: ContentPack,
    serial: u64,
    file: Bytes,
    etag: String,
    places: Option<Places>,
    /// From every earlier release that phones may still have, by its SHA-256.
    deltas: BTreeMap<String, Bytes>,
    /// From nothing; made when the first phone asks.
    whole: OnceLock<Bytes>,
    /// Versions of forms that are in no present pack.
    earlier: BTreeMap<(String, u32), Procedure>,
}

/// The pack that counts now.
pub struct Current(RwLock<Arc<Catalog>>);

impl Current {
    pub fn new(catalog: Catalog) -> Self {
        Self(RwLock::new(Arc::new(catalog)))
    }

    fn get(&self) -> Arc<Catalog> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set(&self, catalog: Catalog) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(catalog);
    }
}

/// What looking at the files has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// They are the ones in use.
    Same,
    /// This serial is in use from now on.
    New(u64),
}

impl Backend {
    /// The pack that counts now. Whoever decides several things by it asks once.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.catalog.get()
    }

    /// Looks whether another pack lies there, and takes it if it is signed, whole and newer. What
    /// is refused changes nothing.
    pub fn take_content(&self) -> Result<Taken, CatalogError> {
        let now = self.catalog();
        if now.is_what_lies_at(&self.config.content) {
            return Ok(Taken::Same);
        }
        let releases = Releases::open(self.config.content_releases.as_deref());
        let new = Catalog::load(&self.config.content, &releases, &self.keys.trusted)?;
        let serial = new.serial;
        if serial < now.serial {
            return Err(CatalogError::Older {
                found: serial,
                now: now.serial,
            });
        }
        if serial == now.serial && new.etag != now.etag {
            return Err(CatalogError::SameSerial { serial });
        }
        if serial > now.serial {
            for had in now.pack.procedures.iter().chain(&now.pack.versions) {
                new.keeps(had)?;
            }
        }
        releases.keep(new.serial, &new.file);
        self.catalog.set(new);
        Ok(Taken::New(serial))
    }
}

/// The place table, and its file as phones fetch it.
struct Places {
    table: PlaceTable,
    file: Bytes,
    etag: String,
}

impl Catalog {
    /// Reads the file as the backend begins. It must not be older than what was released before.
    pub fn open(path: &Path, releases: Option<&Path>, keys: &KeySet) -> Result<Self, CatalogError> {
        let releases = Releases::open(releases);
        let catalog = Self::load(path, &releases, keys)?;
        releases.keep(catalog.serial, &catalog.file);
        Ok(catalog)
    }

    /// Reads and verifies the file.
    fn load(path: &Path, releases: &Releases, keys: &KeySet) -> Result<Self, CatalogError> {
        let shown = || path.display().to_string();
        let file = std::fs::read(path).map_err(|source| CatalogError::Read {
            path: shown(),
            source,
        })?;
        let (manifest, pack) =
            ContentPack::read(&file, keys).map_err(|source| CatalogError::Refused {
                path: shown(),
                source,
            })?;
        let mut catalog = Self {
            pack,
            serial: manifest.serial,
            etag: etag(&file),
            places: Self::load_places(&path.with_file_name(PLACES_FILE), keys)?,
            deltas: BTreeMap::new(),
            whole: OnceLock::new(),
            earlier: BTreeMap::new(),
            file: file.into(),
        };
        for release in releases.read(keys) {
            // Under one serial there is one text, but for whoever writes it.
            if release.serial == catalog.serial {
                continue;
            }
            if release.serial > catalog.serial {
                return Err(CatalogError::Older {
                    found: catalog.serial,
                    now: release.serial,
                });
            }
            let delta = delta::make(&release.file, &catalog.file);
            catalog
                .deltas
                .insert(sha256_hex(&release.file), delta.into());
            let ContentPack {
                procedures,
                versions,
                ..
            } = release.pack;
            for had in procedures.into_iter().chain(versions) {
                catalog.keeps(&had)?;
                let key = (had.code.clone(), had.form.version);
                catalog.earlier.insert(key, had);
            }
        }
        Ok(catalog)
    }

    /// Cheap: nothing is parsed.
    fn is_what_lies_at(&self, path: &Path) -> bool {
        let is = |path: &Path, etag: &str| {
            std::fs::read(path).is_ok_and(|file| self::etag(&file) == etag)
        };
        let places = path.with_file_name(PLACES_FILE);
        is(path, &self.etag)
            && match &self.places {
                Some(known) => is(&places, &known.etag),
                None => !places.exists(),
            }
    }

    /// A signature names its text by the number of the version: there is one text under each.
    fn keeps(&self, had: &Procedure) -> Result<(), CatalogError> {
        let now = self
            .pack
            .all_versions(&had.code)
            .find(|now| now.form.version == had.form.version);
        match now {
            Some(now) if now.form != had.form => Err(CatalogError::SameVersion {
                code: had.code.clone(),
                version: had.form.version,
            }),
            _ => Ok(()),
        }
    }

    /// The place table beside the content pack; without it, only the communes that the content
    /// pack names are known.
    fn load_places(path: &Path, keys: &KeySet) -> Result<Option<Places>, CatalogError> {
        let shown = || path.display().to_string();
        let file = match std::fs::read(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                return Err(CatalogError::Read {
                    path: shown(),
                    source,
                });
            }
        };
        let (_, table) =
            PlaceTable::read(file.clone(), keys).map_err(|source| CatalogError::Refused {
                path: shown(),
                source,
            })?;
        Ok(Some(Places {
            table,
            etag: etag(&file),
            file: file.into(),
        }))
    }

    pub fn atlas(&self) -> Atlas<'_> {
        Atlas {
            communes: &self.pack.communes,
            table: self.places.as_ref().map(|places| &places.table),
        }
    }

    pub fn pack(&self) -> &ContentPack {
        &self.pack
    }

    /// What the rules are asked by from outside.
    pub fn into_rules(self, lang: &Lang) -> Rules {
        Rules::new(self.pack, self.places.map(|places| places.table), lang)
    }

    /// Grows with every release.
    pub const fn serial(&self) -> u64 {
        self.serial
    }

    /// The version by which to judge what arrives on this day: the one that was signed, if it is in
    /// force. Its day of receipt counts, not the one that the phone says it was signed on: nobody
    /// could check that. Content says how long an old version is accepted beside a new one.
    pub fn accepted(&self, code: &str, version: u32, day: Date) -> Result<&Procedure, Problem> {
        let now = self.pack.in_force(code, day).ok_or(Problem::Refused {
            reason: RefusalReason::UnknownProcedure,
        })?;
        let mut newest = now.form.version;
        for one in self.pack.all_versions(code) {
            newest = newest.max(one.form.version);
            let is_it = one.form.version == version;
            if is_it && (one.applies_on(day) || now.form.version == version) {
                return Ok(one);
            }
        }
        Err(if version > newest {
            // Another node, or a neighbour's phone, had the newer pack first.
            Problem::Unavailable {
                retry_after_s: NOT_YET_S,
            }
        } else {
            Problem::FormChanged {
                had: version,
                now: now.form.version,
            }
        })
    }

    /// The version that a dossier was filed under, to read it by; where it is not known any more,
    /// the present one.
    pub fn filed_under(&self, code: &str, version: u32) -> Option<&Procedure> {
        self.pack
            .all_versions(code)
            .find(|one| one.form.version == version)
            .or_else(|| self.earlier.get(&(code.to_owned(), version)))
            .or_else(|| self.pack.procedure(code))
    }

    /// Which days offices work.
    pub const fn calendar(&self) -> &Calendar {
        &self.pack.calendar
    }

    pub fn commune(&self, key: &PlaceKey) -> Option<&Commune> {
        self.atlas().commune(key)
    }
}

fn etag(file: &[u8]) -> String {
    format!("\"{}\"", sha256_hex(file))
}

pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(keys))
        .routes(routes!(content))
        .routes(routes!(update))
        .routes(routes!(places))
}

/// The public keys, a JWS by the offline root.
#[utoipa::path(get, path = "/v1/keys", tag = "catalog", responses((status = 200, content_type = "application/jose", body = String)))]
async fn keys(State(backend): State<Shared>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/jose"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, backend.keys.keyset.clone()).into_response()
}

/// The newest content pack file; its `ETag` is its SHA-256.
#[utoipa::path(get, path = "/v1/content", tag = "catalog", responses(
    (status = 200, content_type = "application/octet-stream", body = Vec<u8>),
    (status = 304, description = "the pack named by If-None-Match is still the newest"),
))]
async fn content(State(backend): State<Shared>, headers: HeaderMap) -> Response {
    let catalog = backend.catalog();
    pack_file(&catalog.file, &catalog.etag, &headers)
}

#[derive(Deserialize)]
struct Have {
    /// SHA-256 (hex) of the pack file that the phone has.
    #[serde(default)]
    have: String,
}

/// The way from the phone's pack to the newest one, in few bytes; see `domain::catalog::delta`.
/// From a pack that is not known here any more, the way from nothing.
#[utoipa::path(get, path = "/v1/content/update", tag = "catalog",
    params(("have" = Option<String>, Query, description = "SHA-256 (hex) of the pack file that the phone has")),
    responses(
        (status = 200, content_type = "application/vnd.gandan.pack-delta", body = Vec<u8>),
        (status = 204, description = "that is the newest"),
        (status = 304, description = "the pack named by If-None-Match is still the newest: one that the phone cannot use"),
    ),
)]
async fn update(
    State(backend): State<Shared>,
    Query(Have { have }): Query<Have>,
    headers: HeaderMap,
) -> Response {
    let catalog = backend.catalog();
    let caching = (header::CACHE_CONTROL, "no-cache");
    if catalog.etag.trim_matches('"') == have {
        return (StatusCode::NO_CONTENT, [caching]).into_response();
    }
    if is_known(&headers, &catalog.etag) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let delta = match catalog.deltas.get(&have) {
        Some(delta) => delta,
        None => catalog
            .whole
            .get_or_init(|| delta::make(&[], &catalog.file).into()),
    };
    let headers = [
        caching,
        (header::CONTENT_TYPE, delta::DELTA_TYPE),
        (header::ETAG, catalog.etag.as_str()),
    ];
    (headers, delta.clone()).into_response()
}

/// The newest places pack; its `ETag` is its SHA-256. 404 where this deployment has none.
#[utoipa::path(get, path = "/v1/places", tag = "catalog", responses(
    (status = 200, content_type = "application/octet-stream", body = Vec<u8>),
    (status = 304, description = "the pack named by If-None-Match is still the newest"),
    (status = 404, description = "there is no places pack"),
))]
async fn places(State(backend): State<Shared>, headers: HeaderMap) -> Result<Response, Refusal> {
    let catalog = backend.catalog();
    let places = catalog.places.as_ref().ok_or(Problem::NotFound)?;
    Ok(pack_file(&places.file, &places.etag, &headers))
}

fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == "*" || tag == etag)
}

fn pack_file(file: &Bytes, etag: &str, headers: &HeaderMap) -> Response {
    let mut response = if is_known(headers, etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.clone().into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(etag) = HeaderValue::from_str(etag) {
        headers.insert(header::ETAG, etag);
    }
    response
}
