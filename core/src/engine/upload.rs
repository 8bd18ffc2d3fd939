//! Files on their way: tus 1.0.0, one exchange at a time.
//!
//! A small file is one round trip (`creation-with-upload`). After a break the backend is asked how
//! far it got (`HEAD`) before anything is sent again. A file counts as there only when the backend
//! names the hash that this phone computed.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use gandan_domain::{
    Problem,
    dossier::{FileEntry, IntentId},
};
use http::{HeaderMap, HeaderName, Method, Response, StatusCode, header};

use super::{
    Engine, Trouble,
    transport::{Call, bug, problem, text},
};
use crate::store::{Lane, Upload};

const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const GANDAN_SHA256: HeaderName = HeaderName::from_static("gandan-sha256");
const VERSION: &str = "1.0.0";
const CHUNK_TYPE: &str = "application/offset+octet-stream";

const SMALLEST: usize = 16 * 1024;
/// A photo as phones shrink it fits in one.
const FIRST: usize = 512 * 1024;
const LARGEST: usize = 4 * 1024 * 1024;
/// A chunk that is up faster than this could have been larger.
const QUICK_MS: i64 = 2_000;

/// What this run has learned about the link, and which offsets it need not ask for.
pub(super) struct Link {
    chunk: usize,
    confirmed: BTreeSet<(IntentId, usize)>,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            chunk: FIRST,
            confirmed: BTreeSet::new(),
        }
    }
}

impl Link {
    /// Nothing is sure any more, and smaller pieces lose less.
    pub(super) fn broke(&mut self) {
        self.chunk = (self.chunk / 2).max(SMALLEST);
        self.confirmed.clear();
    }

    fn took(&mut self, sent: usize, ms: i64) {
        if sent >= self.chunk && ms < QUICK_MS {
            self.chunk = (self.chunk * 2).min(LARGEST);
        }
    }
}

impl Engine {
    /// Does one exchange for the file at `at`. Answers how far it is now.
    pub(super) async fn upload(
        &self,
        link: &mut Link,
        lane: &Lane,
        at: usize,
    ) -> Result<Upload, Trouble> {
        let (Some(file), Some(upload)) = (lane.files.get(at), lane.progress.uploads.get(at)) else {
            return Err(bug("upload").into());
        };
        let slot = (lane.intent, at);
        let next = match &upload.location {
            None => self.create(link, lane.intent, file).await?,
            Some(path) if !link.confirmed.contains(&slot) => self.ask(path, file).await?,
            Some(path) => match self
                .append(link, lane.intent, path, file, upload.offset)
                .await
            {
                // Somebody else moved the offset, or the upload is gone: ask.
                Err(Trouble::Problem(Problem::Conflict | Problem::NotFound)) => {
                    let asked = self.ask(path, file).await?;
                    if asked == *upload {
                        return Err(bug("upload-offset").into());
                    }
                    asked
                }
                other => other?,
            },
        };
        if next.location.is_some() {
            link.confirmed.insert(slot);
        } else {
            link.confirmed.remove(&slot);
        }
        Ok(next)
    }

    async fn create(
        &self,
        link: &mut Link,
        intent: IntentId,
        file: &FileEntry,
    ) -> Result<Upload, Trouble> {
        let bytes = self.piece(link, intent, file, 0)?;
        let sent = bytes.len();
        let started = self.transport.now();
        let metadata = [
            ("intent", intent.to_string()),
            ("field", file.field.clone()),
            ("sha256", file.sha256.clone()),
        ]
        .map(|(name, value)| format!("{name} {}", STANDARD.encode(value)))
        .join(",");
        let call = Call::new(Method::POST, "/v1/files")
            .header(TUS_RESUMABLE, VERSION)
            .header(UPLOAD_LENGTH, file.size.to_string())
            .header(UPLOAD_METADATA, metadata)
            .body(CHUNK_TYPE, bytes);
        let answer = self.authorized(&call).await?;
        if !answer.status().is_success() {
            return Err(problem(&answer).into());
        }
        link.took(sent, self.transport.now().0 - started.0);
        let path = text(answer.headers(), &header::LOCATION)
            .and_then(path_of)
            .ok_or(Problem::NotTheService)?;
        Ok(read(answer.headers(), file, path)?)
    }

    async fn ask(&self, path: &str, file: &FileEntry) -> Result<Upload, Trouble> {
        let call = Call::new(Method::HEAD, path).header(TUS_RESUMABLE, VERSION);
        let answer = self.authorized(&call).await?;
        match answer.status() {
            status if status.is_success() => Ok(read(answer.headers(), file, path.into())?),
            // HEAD can't say why; creating it again will.
            status if status.is_client_error() && is_tus(&answer) => Ok(Upload::default()),
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(Upload::default()),
            _ => Err(problem(&answer).into()),
        }
    }

    async fn append(
        &self,
        link: &mut Link,
        intent: IntentId,
        path: &str,
        file: &FileEntry,
        offset: u64,
    ) -> Result<Upload, Trouble> {
        let bytes = self.piece(link, intent, file, offset)?;
        let sent = bytes.len();
        let started = self.transport.now();
        let call = Call::new(Method::PATCH, path)
            .header(TUS_RESUMABLE, VERSION)
            .header(UPLOAD_OFFSET, offset.to_string())
            .body(CHUNK_TYPE, bytes);
        let answer = self.authorized(&call).await?;
        if !answer.status().is_success() {
            return Err(problem(&answer).into());
        }
        link.took(sent, self.transport.now().0 - started.0);
        Ok(read(answer.headers(), file, path.into())?)
    }

    fn piece(
        &self,
        link: &Link,
        intent: IntentId,
        file: &FileEntry,
        from: u64,
    ) -> Result<Bytes, Trouble> {
        let piece = self
            .store
            .file_range(intent, &file.field, from, link.chunk)?;
        Ok(piece.into_inner().into())
    }
}

/// Where an upload stands, by an answer's headers.
fn read(headers: &HeaderMap, file: &FileEntry, path: String) -> Result<Upload, Problem> {
    if !headers.contains_key(&TUS_RESUMABLE) {
        return Err(Problem::NotTheService);
    }
    let offset: u64 = text(headers, &UPLOAD_OFFSET)
        .and_then(|value| value.parse().ok())
        .filter(|offset| *offset <= file.size)
        .ok_or_else(|| bug("upload-offset"))?;
    let acknowledged = match text(headers, &GANDAN_SHA256) {
        Some(hash) if offset == file.size => {
            if hash != file.sha256 {
                return Err(bug("upload-hash"));
            }
            true
        }
        _ => false,
    };
    if offset == file.size && !acknowledged {
        // All bytes and no word on them: not ours to believe.
        return Err(bug("upload-unacknowledged"));
    }
    Ok(Upload {
        location: Some(path),
        offset,
        acknowledged,
    })
}

fn is_tus(answer: &Response<Bytes>) -> bool {
    answer.headers().contains_key(&TUS_RESUMABLE)
}

/// The path of an upload's address. Only the path: bytes go to our backend, whatever it says.
fn path_of(location: &str) -> Option<String> {
    let path = match location.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..))?,
        None => location,
    };
    let clean = path
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_'));
    (path.starts_with("/v1/files/") && clean).then(|| path.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn file() -> FileEntry {
        FileEntry {
            field: "f".into(),
            sha256: "ab".repeat(32),
            size: 100,
            media_type: "image/png".into(),
        }
    }

    fn headers(offset: &str, hash: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(TUS_RESUMABLE, HeaderValue::from_static(VERSION));
        headers.insert(UPLOAD_OFFSET, HeaderValue::from_str(offset).unwrap());
        if let Some(hash) = hash {
            headers.insert(GANDAN_SHA256, HeaderValue::from_str(hash).unwrap());
        }
        headers
    }

    #[test]
    fn a_file_counts_only_with_the_hash_that_we_have() {
        let read = |offset, hash: Option<&str>| {
            super::read(&headers(offset, hash), &file(), "/v1/files/x".into())
        };
        assert!(!read("40", None).unwrap().acknowledged);
        assert!(read("100", Some(&"ab".repeat(32))).unwrap().acknowledged);
        assert!(read("100", Some(&"cd".repeat(32))).is_err());
        assert!(read("100", None).is_err());
        assert!(read("101", None).is_err());
        assert!(read("-1", None).is_err());
        assert_eq!(
            super::read(&HeaderMap::new(), &file(), String::new()),
            Err(Problem::NotTheService)
        );
    }

    #[test]
    fn addresses_stay_at_the_backend() {
        assert_eq!(path_of("/v1/files/a-1").as_deref(), Some("/v1/files/a-1"));
        assert_eq!(
            path_of("https://elsewhere.example/v1/files/a").as_deref(),
            Some("/v1/files/a")
        );
        for bad in [
            "",
            "http://x",
            "/v2/files/a",
            "/v1/files/a?b",
            "/v1/files/../x",
        ] {
            assert_eq!(path_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn no_headers_make_the_reader_panic() {
        bolero::check!()
            .with_type::<(String, String, String)>()
            .for_each(|(offset, hash, location)| {
                let (Ok(offset), Ok(hash)) =
                    (HeaderValue::from_str(offset), HeaderValue::from_str(hash))
                else {
                    return;
                };
                let mut headers = headers("0", None);
                headers.insert(UPLOAD_OFFSET, offset);
                headers.insert(GANDAN_SHA256, hash);
                let _ = super::read(&headers, &file(), String::new());
                let _ = path_of(location);
            });
    }

    #[test]
    fn pieces_follow_the_link() {
        let mut link = Link::default();
        link.took(FIRST, 100);
        assert_eq!(link.chunk, 2 * FIRST);
        link.took(10, 100);
        assert_eq!(link.chunk, 2 * FIRST);
        for _ in 0..20 {
            link.broke();
        }
        assert_eq!(link.chunk, SMALLEST);
    }
}
