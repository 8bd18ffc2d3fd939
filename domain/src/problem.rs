//! Everything that can go wrong, once.
//!
//! One enum yields the RFC 9457 `type` on the wire, the few things a caller can *do*
//! ([`Remedy`]), and the four sentences a citizen hears (I7): what happened, what is safe, what
//! to do now, where a person helps. The sentences are Fluent messages named
//! `problem-<slug>-happened`, `-safe`, `-now`, and the shared `problem-help`; a test finds each.

use serde::{Deserialize, Serialize};

/// A failure somebody outside the crate has to act on. Carries no personal data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "kebab-case")]
pub enum Problem {
    /// No network, or none that reaches the backend.
    #[error("reach the network")]
    Offline,
    /// Something answered, but not the backend: a captive portal's HTML, for example.
    #[error("reach the service: something else answered")]
    NotTheService,
    #[error("go on: the session has ended")]
    SignInAgain,
    /// VNeID is down, slow, or answers nonsense.
    #[error("reach the identity service")]
    IdentityUnavailable,
    #[error("sign in: it was cancelled or refused")]
    SignInRefused,
    #[error("accept the form: {} fields need attention", .fields.len())]
    Invalid { fields: Vec<FieldProblem> },
    #[error("accept the operation: its key was used for something else")]
    Conflict,
    #[error("find it")]
    NotFound,
    #[error("accept the file: larger than {max_bytes} bytes")]
    FileTooBig { max_bytes: u64 },
    #[error("accept the file: its content is not {expected}")]
    FileNotWhatItSays { expected: String },
    #[error("take the file: it is not here whole yet")]
    FileIncomplete,
    #[error("accept the signature")]
    SignatureRefused,
    #[error("accept the proof of possession")]
    ProofRefused,
    #[error("accept the procedure pack: its signature is wrong")]
    PackRefused,
    #[error("accept the form: it is of version {had}, the office now uses {now}")]
    FormChanged { had: u32, now: u32 },
    #[error("accept the request: {reason}")]
    Refused { reason: RefusalReason },
    #[error("reach the service; retry after {retry_after_s} s")]
    Unavailable { retry_after_s: u32 },
    #[error("trust the receipt")]
    ReceiptRefused,
    #[error("write: the storage is full")]
    StorageFull,
    /// Stored bytes are not the ones that were written: changed, moved or worn out.
    #[error("trust what is stored: it was changed")]
    StorageDamaged,
    #[error("read the request: it is malformed")]
    Malformed,
    /// A mistake of ours. `id` finds it in the logs.
    #[error("go on: internal error {id}")]
    Bug { id: String },
}

/// Why the backend will not do it, ever, as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalReason {
    UnknownProcedure,
    UnknownCommune,
    NotAllowed,
    #[serde(other)]
    Other,
}

impl std::fmt::Display for RefusalReason {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::UnknownProcedure => "no such procedure",
            Self::UnknownCommune => "no such commune",
            Self::NotAllowed => "not allowed",
            Self::Other => "refused",
        })
    }
}

/// One field's failure: a field id and a Fluent message id, never prose and never the value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FieldProblem {
    pub field: String,
    pub message: String,
}

/// What the person holding the phone, or the app team, can do about it: the public variants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    Offline,
    SignInAgain,
    Invalid { fields: Vec<FieldProblem> },
    Conflict,
    Refused,
    Unavailable { retry_after_s: u32 },
    StorageFull,
    Bug { id: String },
}

/// The body of an error answer (RFC 9457, `application/problem+json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireProblem {
    /// `tag:gandan,2026:problem/<slug>`; never dereferenced.
    #[serde(rename = "type")]
    pub type_uri: String,
    pub title: String,
    pub status: u16,
    /// The typed problem, for our own clients; absent when another system answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gandan: Option<Problem>,
}

impl Problem {
    /// The last part of the `type` URI and the middle of the message ids.
    pub const fn slug(&self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::NotTheService => "not-the-service",
            Self::SignInAgain => "sign-in-again",
            Self::IdentityUnavailable => "identity-unavailable",
            Self::SignInRefused => "sign-in-refused",
            Self::Invalid { .. } => "invalid",
            Self::Conflict => "conflict",
            Self::NotFound => "not-found",
            Self::FileTooBig { .. } => "file-too-big",
            Self::FileNotWhatItSays { .. } => "file-not-what-it-says",
            Self::FileIncomplete => "file-incomplete",
            Self::SignatureRefused => "signature-refused",
            Self::ProofRefused => "proof-refused",
            Self::PackRefused => "pack-refused",
            Self::FormChanged { .. } => "form-changed",
            Self::Refused { .. } => "refused",
            Self::Unavailable { .. } => "unavailable",
            Self::ReceiptRefused => "receipt-refused",
            Self::StorageFull => "storage-full",
            Self::StorageDamaged => "storage-damaged",
            Self::Malformed => "malformed",
            Self::Bug { .. } => "bug",
        }
    }

    /// HTTP status (RFC 9110 §15).
    pub const fn http_status(&self) -> u16 {
        match self {
            Self::Malformed | Self::SignatureRefused => 400,
            Self::SignInAgain | Self::ProofRefused | Self::SignInRefused => 401,
            Self::Refused { .. } => 403,
            Self::NotFound => 404,
            Self::Conflict | Self::FileIncomplete | Self::FormChanged { .. } => 409,
            Self::FileTooBig { .. } => 413,
            Self::FileNotWhatItSays { .. } => 415,
            Self::Invalid { .. } | Self::PackRefused | Self::ReceiptRefused => 422,
            Self::Offline | Self::NotTheService | Self::IdentityUnavailable => 502,
            Self::Unavailable { .. } => 503,
            Self::StorageFull => 507,
            Self::StorageDamaged | Self::Bug { .. } => 500,
        }
    }

    /// May the same request succeed later without anyone changing it? Lanes wait on these and
    /// wedge on the others.
    pub const fn is_recoverable(&self) -> bool {
        matches!(
            self,
            Self::Offline
                | Self::NotTheService
                | Self::IdentityUnavailable
                | Self::Unavailable { .. }
                | Self::FileIncomplete
                | Self::SignInAgain
                | Self::ProofRefused
                | Self::Bug { .. }
        )
    }

    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Offline | Self::NotTheService => Remedy::Offline,
            Self::SignInAgain | Self::ProofRefused | Self::SignInRefused => Remedy::SignInAgain,
            Self::Invalid { fields } => Remedy::Invalid {
                fields: fields.clone(),
            },
            Self::Conflict | Self::FormChanged { .. } | Self::FileIncomplete => Remedy::Conflict,
            Self::IdentityUnavailable => Remedy::Unavailable { retry_after_s: 60 },
            Self::Unavailable { retry_after_s } => Remedy::Unavailable {
                retry_after_s: *retry_after_s,
            },
            Self::StorageFull => Remedy::StorageFull,
            Self::StorageDamaged => Remedy::Bug {
                id: "storage-damaged".into(),
            },
            Self::Bug { id } => Remedy::Bug { id: id.clone() },
            Self::NotFound
            | Self::FileTooBig { .. }
            | Self::FileNotWhatItSays { .. }
            | Self::SignatureRefused
            | Self::PackRefused
            | Self::Refused { .. }
            | Self::ReceiptRefused
            | Self::Malformed => Remedy::Refused,
        }
    }
}

impl From<&Problem> for WireProblem {
    fn from(problem: &Problem) -> Self {
        Self {
            type_uri: format!("tag:gandan,2026:problem/{}", problem.slug()),
            title: format!("failed to {problem}"),
            status: problem.http_status(),
            gandan: Some(problem.clone()),
        }
    }
}

impl From<WireProblem> for Problem {
    /// A typed problem if it carries one that we know; else what its status tells.
    fn from(wire: WireProblem) -> Self {
        match (wire.gandan, wire.status) {
            (Some(problem), _) => problem,
            (None, 401) => Self::SignInAgain,
            (None, 404) => Self::NotFound,
            (None, 409) => Self::Conflict,
            (None, 400..=499) => Self::Refused {
                reason: RefusalReason::Other,
            },
            (None, _) => Self::Unavailable { retry_after_s: 30 },
        }
    }
}
