//! What every answer carries, and what no request gets past.
//!
//! Pages may load only what this host serves, run no inline script, and are framed by nobody. A
//! post is believed when the browser says it comes from here (`Origin`, or `Sec-Fetch-Site`), and
//! the page's token proves it; `SameSite=Lax` alone would leave old browsers out.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{config::Config, shell::Shell};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    font-src 'self'; media-src 'self'; object-src 'self'; connect-src 'self'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";
/// For a document that a page of ours shows within itself.
const DOCUMENT_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'";

pub async fn guard(State(shell): State<Shell>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if let Some(elsewhere) = elsewhere(shell.config(), &request, &path) {
        return elsewhere;
    }
    let mut response = next.run(request).await;
    let document = path == "/document/file";
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(
        header::CONTENT_SECURITY_POLICY,
        if document { DOCUMENT_POLICY } else { POLICY },
    );
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // With `no-referrer` browsers would hide the origin of our own posts from us.
    set(header::REFERRER_POLICY, "same-origin");
    set(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    set(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    set(
        HeaderName::from_static("permissions-policy"),
        "geolocation=(), microphone=(), payment=(), usb=()",
    );
    if !document {
        set(header::X_FRAME_OPTIONS, "DENY");
    }
    if shell.config().secure() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// One visitor, one host: a cookie of another name for the same machine would be another visitor.
fn elsewhere(config: &Config, request: &Request, path: &str) -> Option<Response> {
    let host = request.headers().get(header::HOST)?.to_str().ok()?;
    if host.eq_ignore_ascii_case(config.host()) || path == "/healthz" {
        return None;
    }
    if request.method() != Method::GET {
        return Some(StatusCode::MISDIRECTED_REQUEST.into_response());
    }
    let to = [(header::LOCATION, format!("{}/", config.public_url))];
    Some((StatusCode::TEMPORARY_REDIRECT, to).into_response())
}

/// Does the browser say that this post comes from one of our pages? An old one may say nothing.
pub fn is_ours(config: &Config, headers: &HeaderMap) -> bool {
    let get = |name: &str| headers.get(name).map(HeaderValue::as_bytes);
    match (get("origin"), get("sec-fetch-site")) {
        (Some(origin), _) => origin.eq_ignore_ascii_case(config.public_url.as_bytes()),
        (None, Some(site)) => site == b"same-origin",
        (None, None) => true,
    }
}
