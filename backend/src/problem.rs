//! Problems as answers (RFC 9457): the one way out for anything that went wrong.
//!
//! Handlers return `Result<T, Refusal>`; `?` turns a [`Problem`] or a storage [`Failure`] into one.

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use gandan_domain::{Problem, problem::WireProblem};

pub const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// A problem on its way out, with the headers that help the caller to do better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub problem: Problem,
    /// A fresh nonce to prove with (RFC 9449 §8).
    pub nonce: Option<String>,
    /// For `WWW-Authenticate: DPoP error="…"`.
    pub dpop_error: Option<&'static str>,
}

impl<T: Into<Problem>> From<T> for Refusal {
    fn from(problem: T) -> Self {
        Self {
            problem: problem.into(),
            nonce: None,
            dpop_error: None,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.problem.http_status())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(WireProblem::from(&self.problem))).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Problem::Unavailable { retry_after_s } = self.problem {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after_s));
        }
        if let Some(error) = self.dpop_error {
            let challenge = format!(r#"DPoP error="{error}", algs="ES256""#);
            if let Ok(value) = HeaderValue::from_str(&challenge) {
                headers.insert(header::WWW_AUTHENTICATE, value);
            }
        }
        if let Some(nonce) = self.nonce
            && let Ok(value) = HeaderValue::from_str(&nonce)
        {
            headers.insert(DPOP_NONCE, value);
        }
        response
    }
}
