//! The content pack: served to phones as it lies on disk, and read here for the form's rules.
//!
//! The same signed file is both, so that phone and server can't hold different rules under one
//! version. It is verified when the backend opens; a backend whose pack is not signed by a key of
//! its own key set does not start.

#[cfg(test)]
mod tests;

use std::{io, path::Path};

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use gandan_domain::{
    Problem,
    catalog::{ContentPack, pack::PackError},
    dossier::{KeySet, deadline::Calendar},
    jws::sha256_hex,
    place::{
        Atlas, Commune, PlaceKey,
        table::{PLACES_FILE, PlaceTable},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{app::Shared, problem::Refusal};

/// Why the backend does not start without this pack.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    #[error("read the content pack {path}")]
    Read { path: String, source: io::Error },
    #[error("use the content pack {path}: {source}")]
    Refused { path: String, source: PackError },
}

/// A verified content pack. Cannot be made otherwise.
pub struct Catalog {
    pack: ContentPack,
    file: Bytes,
    etag: String,
    places: Option<Places>,
}

/// The place table, and its file as phones fetch it.
struct Places {
    table: PlaceTable,
    file: Bytes,
    etag: String,
}

impl Catalog {
    /// Reads and verifies the file.
    pub fn load(path: &Path, keys: &KeySet) -> Result<Self, CatalogError> {
        let shown = || path.display().to_string();
        let file = std::fs::read(path).map_err(|source| CatalogError::Read {
            path: shown(),
            source,
        })?;
        let (_, pack) = ContentPack::read(&file, keys).map_err(|source| CatalogError::Refused {
            path: shown(),
            source,
        })?;
        Ok(Self {
            pack,
            etag: etag(&file),
            file: file.into(),
            places: Self::load_places(&path.with_file_name(PLACES_FILE), keys)?,
        })
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
    let catalog = &backend.catalog;
    pack_file(&catalog.file, &catalog.etag, &headers)
}

/// The newest places pack; its `ETag` is its SHA-256. 404 where this deployment has none.
#[utoipa::path(get, path = "/v1/places", tag = "catalog", responses(
    (status = 200, content_type = "application/octet-stream", body = Vec<u8>),
    (status = 304, description = "the pack named by If-None-Match is still the newest"),
    (status = 404, description = "there is no places pack"),
))]
async fn places(State(backend): State<Shared>, headers: HeaderMap) -> Result<Response, Refusal> {
    let places = backend.catalog.places.as_ref().ok_or(Problem::NotFound)?;
    Ok(pack_file(&places.file, &places.etag, &headers))
}

fn pack_file(file: &Bytes, etag: &str, headers: &HeaderMap) -> Response {
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == "*" || tag == etag);
    let mut response = if known {
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
