//! The headers of tus 1.0.0, read and checked before anything is stored.
//!
//! Only the parts that we serve are here: `creation`, `creation-with-upload` and the core
//! protocol. An existing tus server was not taken: none on the registry lets the caller seal the
//! bytes before they reach the disk or decide inside its own transaction that a chunk counts.

use base64::{Engine, engine::general_purpose::STANDARD};
use gandan_domain::{Problem, dossier::IntentId};
use http::{HeaderMap, HeaderName};

/// The only version of the protocol that is spoken here.
pub const VERSION: &str = "1.0.0";
pub const EXTENSIONS: &str = "creation,creation-with-upload";
/// Media type of the bytes in `POST` and `PATCH` (tus core protocol, PATCH).
pub const CHUNK_TYPE: &str = "application/offset+octet-stream";

pub const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
pub const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
pub const TUS_EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
pub const TUS_MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
pub const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
pub const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
pub const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");
pub const GANDAN_SHA256: HeaderName = HeaderName::from_static("gandan-sha256");

/// What an upload is for. With the citizen it names the upload: the same four make the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    pub intent: IntentId,
    /// The form field the file answers, e.g. `certificate.photo`.
    pub field: String,
    /// What the whole file will hash to: SHA-256, lower-case hex.
    pub sha256: String,
}

impl Metadata {
    /// Reads `Upload-Metadata`: pairs of a key and a base64 value, separated by commas. Keys that
    /// we do not know are ignored, a key given twice is malformed.
    pub fn parse(header: &str) -> Result<Self, Problem> {
        let (mut intent, mut field, mut sha256) = (None, None, None);
        for pair in header.split(',') {
            let (key, value) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
            let slot = match key {
                "intent" => &mut intent,
                "field" => &mut field,
                "sha256" => &mut sha256,
                _ => continue,
            };
            let bytes = STANDARD
                .decode(value.trim())
                .map_err(|_| Problem::Malformed)?;
            let text = String::from_utf8(bytes).map_err(|_| Problem::Malformed)?;
            if slot.replace(text).is_some() {
                return Err(Problem::Malformed);
            }
        }
        let (Some(intent), Some(field), Some(sha256)) = (intent, field, sha256) else {
            return Err(Problem::Malformed);
        };
        let intent = intent.parse().map_err(|_| Problem::Malformed)?;
        let is_field = (1..=64).contains(&field.len())
            && field
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
        let is_hash = sha256.len() == 64
            && sha256
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !is_field || !is_hash {
            return Err(Problem::Malformed);
        }
        Ok(Self {
            intent: IntentId(intent),
            field,
            sha256,
        })
    }
}

/// Every request but `OPTIONS` names the version it speaks.
pub fn check_version(headers: &HeaderMap) -> Result<(), OtherVersion> {
    match headers.get(TUS_RESUMABLE) {
        Some(version) if version == VERSION => Ok(()),
        _ => Err(OtherVersion),
    }
}

/// The client speaks no version that we do: 412 (tus core protocol, `Tus-Version`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherVersion;

/// A header that is a whole number, such as `Upload-Offset`.
pub fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, Problem> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .ok_or(Problem::Malformed)
}

/// `Upload-Length`, refused when it is more than `max_bytes`.
pub fn length(headers: &HeaderMap, max_bytes: u64) -> Result<u64, Problem> {
    match number(headers, &UPLOAD_LENGTH)? {
        0 => Err(Problem::Malformed),
        length if length > max_bytes => Err(Problem::FileTooBig { max_bytes }),
        length => Ok(length),
    }
}

/// Whether the body is a chunk. An absent or other `Content-Type` is not.
pub fn is_chunk(headers: &HeaderMap) -> bool {
    headers
        .get(http::header::CONTENT_TYPE)
        .is_some_and(|value| value == CHUNK_TYPE)
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )]
    use super::*;

    const INTENT: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    fn pair(key: &str, value: &str) -> String {
        format!("{key} {}", STANDARD.encode(value))
    }

    fn metadata(field: &str, sha256: &str) -> String {
        [
            pair("intent", INTENT),
            pair("field", field),
            pair("sha256", sha256),
        ]
        .join(",")
    }

    #[test]
    fn metadata_is_read_and_what_we_do_not_know_is_ignored() {
        let hash = "ab".repeat(32);
        let header = format!(
            "{}, {},is_confidential",
            metadata("certificate.photo", &hash),
            pair("filename", "x")
        );
        let read = Metadata::parse(&header).expect("read");
        assert_eq!(read.field, "certificate.photo");
        assert_eq!(read.sha256, hash);
        assert_eq!(read.intent.to_string(), INTENT);
    }

    #[test]
    fn bad_metadata_is_malformed() {
        let hash = "ab".repeat(32);
        for bad in [
            String::new(),
            "intent".into(),
            metadata("", &hash),
            metadata("../etc", &hash),
            metadata("a", "AB"),
            metadata("a", &"AB".repeat(32)),
            format!("{},{}", metadata("a", &hash), pair("field", "b")),
            "intent ???,field YQ==,sha256 YQ==".into(),
        ] {
            assert_eq!(Metadata::parse(&bad), Err(Problem::Malformed), "{bad}");
        }
    }

    #[test]
    fn lengths_are_bounded_and_numbers_are_digits() {
        let with = |value: &str| {
            HeaderMap::from_iter([(UPLOAD_LENGTH, http::HeaderValue::from_str(value).unwrap())])
        };
        let max_bytes = 10;
        assert_eq!(length(&with("10"), max_bytes), Ok(10));
        assert_eq!(
            length(&with("11"), max_bytes),
            Err(Problem::FileTooBig { max_bytes })
        );
        for bad in ["0", "", "+1", "-1", "1.0", "99999999999999999999"] {
            assert_eq!(
                length(&with(bad), max_bytes),
                Err(Problem::Malformed),
                "{bad}"
            );
        }
    }

    #[test]
    fn any_metadata_is_read_or_refused() {
        let sound = metadata("certificate.photo", &"ab".repeat(32));
        bolero::check!()
            .with_type::<(usize, String)>()
            .for_each(|(at, patch)| {
                let at = at % sound.len();
                let near = format!("{}{patch}{}", &sound[..at], &sound[at + 1..]);
                for header in [patch, &near] {
                    if let Ok(read) = Metadata::parse(header) {
                        let again = [
                            pair("intent", &read.intent.to_string()),
                            pair("field", &read.field),
                            pair("sha256", &read.sha256),
                        ]
                        .join(",");
                        assert_eq!(Metadata::parse(&again), Ok(read));
                    }
                }
            });
    }
}
