//! What the stand-ins answer when they refuse: a status and one sentence, as JSON.

use axum::{Json, response::IntoResponse};
use http::StatusCode;

use crate::store::StoreError;

/// A refusal that the caller may see. The text carries nothing personal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("read the request: {0}")]
    Malformed(&'static str),
    #[error("accept the caller: the bearer token is missing or wrong")]
    Unauthorized,
    #[error("find it")]
    NotFound,
    #[error("do this: the dossier is at a status from which it cannot be done")]
    WrongStatus,
    #[error("fetch the dossier's files from the portal; nothing was changed, try again")]
    FilesUnreachable,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Failure {
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::WrongStatus => StatusCode::CONFLICT,
            Self::FilesUnreachable => StatusCode::BAD_GATEWAY,
            Self::Store(_) => StatusCode::INSUFFICIENT_STORAGE,
        }
    }

    /// The one-stop interface's own error numbers; `00` is success.
    const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "01",
            Self::Unauthorized => "02",
            Self::NotFound => "03",
            Self::WrongStatus => "04",
            Self::FilesUnreachable => "05",
            Self::Store(_) => "99",
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> axum::response::Response {
        let body = serde_json::json!({
            "error_code": self.code(),
            "message": format!("failed to {self}"),
        });
        (self.status(), Json(body)).into_response()
    }
}
