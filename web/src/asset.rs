//! Style sheets, scripts, fonts and pictures, compiled in.
//!
//! A URL carries a hash of the bytes, so that browsers keep a file for good and a new one is a new
//! URL. What a style sheet names itself has none, and is asked for again by its ETag.

use std::{collections::BTreeMap, sync::LazyLock};

use axum::{
    extract::{Path, RawQuery},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use gandan_foundation::sealing::sha256;
use include_dir::{Dir, include_dir};

static ASSETS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/assets");
static TAGS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let mut tags = BTreeMap::new();
    collect(&ASSETS, &mut tags);
    tags
});

fn collect(dir: &Dir<'_>, tags: &mut BTreeMap<String, String>) {
    for file in dir.files() {
        let hash = sha256(file.contents());
        let tag = hash
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        tags.insert(file.path().to_string_lossy().into_owned(), tag);
    }
    for dir in dir.dirs() {
        collect(dir, tags);
    }
}

/// Where a file is; without a hash if there is none.
pub fn url(name: &str) -> String {
    url_if(name).unwrap_or_else(|| format!("/assets/{name}"))
}

pub fn url_if(name: &str) -> Option<String> {
    TAGS.get(name).map(|tag| format!("/assets/{name}?v={tag}"))
}

pub async fn serve(
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let (Some(file), Some(tag)) = (ASSETS.get_file(&name), TAGS.get(&name)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let quoted = format!("\"{tag}\"");
    let named = query.is_some_and(|query| query == format!("v={tag}"));
    let caching = match named {
        true => "public, max-age=31536000, immutable",
        false => "public, max-age=3600",
    };
    let caching = [(header::CACHE_CONTROL, caching), (header::ETAG, &quoted)];
    if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == quoted.as_bytes())
    {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    (
        caching,
        [(header::CONTENT_TYPE, media_type(&name))],
        file.contents(),
    )
        .into_response()
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        Some("json") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
