//! Files of a dossier, sent in resumable pieces: tus 1.0.0 at `/v1/files`.
//!
//! Start at [`tus`] for what a request says, at [`upload`] for what happens to the bytes.

pub mod tus;
pub mod upload;

#[cfg(test)]
mod tests;

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::map_response,
    response::{IntoResponse, Response},
};
use gandan_domain::Problem;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use self::upload::Upload;
use crate::{app::Shared, identity::Citizen, problem::Refusal};

pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(options, create))
        .routes(routes!(head, patch))
        .layer(map_response(speak_tus))
}

/// Every answer names the version, errors too (tus core protocol, headers).
async fn speak_tus(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(tus::TUS_RESUMABLE, HeaderValue::from_static(tus::VERSION));
    response
}

/// What this tus server can do.
#[utoipa::path(options, path = "/v1/files", tag = "files", responses((status = 204)))]
async fn options(State(backend): State<Shared>) -> Response {
    let headers = [
        (tus::TUS_VERSION, HeaderValue::from_static(tus::VERSION)),
        (
            tus::TUS_EXTENSION,
            HeaderValue::from_static(tus::EXTENSIONS),
        ),
        (
            tus::TUS_MAX_SIZE,
            HeaderValue::from(backend.config.max_file_bytes),
        ),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Starts an upload, or finds the one that was started before its answer was lost.
#[utoipa::path(post, path = "/v1/files", tag = "files",
    params(
        ("Upload-Length" = u64, Header, description = "bytes of the whole file"),
        ("Upload-Metadata" = String, Header, description = "`intent`, `field`, `sha256`, each base64"),
    ),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream", description = "the first bytes, or none"),
    responses(
        (status = 201, description = "`Location`, `Upload-Offset`; `Gandan-Sha256` once complete"),
        (status = 413, description = "larger than `Tus-Max-Size`"),
        (status = 415, description = "not what it says; removed"),
    ))]
async fn create(
    State(backend): State<Shared>,
    citizen: Citizen,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    tus::check_version(&headers)?;
    let length = tus::length(&headers, backend.config.max_file_bytes)?;
    let metadata = headers
        .get(tus::UPLOAD_METADATA)
        .and_then(|value| value.to_str().ok())
        .ok_or(Problem::Malformed)?;
    let metadata = tus::Metadata::parse(metadata)?;
    let mut upload = upload::create(&backend, citizen.id, metadata, length).await?;
    // An upload found again is ahead of the first bytes that this request repeats.
    if upload.received == 0 && tus::is_chunk(&headers) {
        upload = upload::append(&backend, upload, body).await?;
    }
    let upload = upload::finish(&backend, upload).await?;
    let location = format!("{}/v1/files/{}", backend.config.public_url, upload.id);
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        state(&upload),
    )
        .into_response())
}

/// How much of an upload is durable.
#[utoipa::path(head, path = "/v1/files/{id}", tag = "files", params(("id" = String, Path)), responses(
    (status = 200, description = "`Upload-Offset`, `Upload-Length`; `Gandan-Sha256` once complete"),
    (status = 404, description = "no such upload of this citizen"),
))]
async fn head(
    State(backend): State<Shared>,
    citizen: Citizen,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    tus::check_version(&headers)?;
    let upload = upload::find(&backend, citizen.id, read_id(&id)?).await?;
    let upload = upload::finish(&backend, upload).await?;
    let headers = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (tus::UPLOAD_LENGTH, HeaderValue::from(upload.length)),
    ];
    Ok((headers, state(&upload)).into_response())
}

/// Goes on with an upload at its offset.
#[utoipa::path(patch, path = "/v1/files/{id}", tag = "files",
    params(
        ("id" = String, Path),
        ("Upload-Offset" = u64, Header, description = "where the body's first byte belongs"),
    ),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses(
        (status = 204, description = "`Upload-Offset`; `Gandan-Sha256` once complete"),
        (status = 404, description = "no such upload of this citizen"),
        (status = 409, description = "the offset is another; ask with HEAD"),
        (status = 415, description = "not what it says; removed"),
    ))]
async fn patch(
    State(backend): State<Shared>,
    citizen: Citizen,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    tus::check_version(&headers)?;
    if !tus::is_chunk(&headers) {
        return Err(Problem::Malformed.into());
    }
    let offset = tus::number(&headers, &tus::UPLOAD_OFFSET)?;
    let upload = upload::find(&backend, citizen.id, read_id(&id)?).await?;
    if upload.received != offset {
        return Err(Problem::Conflict.into());
    }
    let upload = upload::append(&backend, upload, body).await?;
    let upload = upload::finish(&backend, upload).await?;
    Ok((StatusCode::NO_CONTENT, state(&upload)).into_response())
}

/// The headers that tell where an upload stands.
fn state(upload: &Upload) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(tus::UPLOAD_OFFSET, HeaderValue::from(upload.received));
    if upload.media_type.is_some()
        && let Ok(sha256) = HeaderValue::from_str(&upload.sha256)
    {
        headers.insert(tus::GANDAN_SHA256, sha256);
    }
    headers
}

/// An id that is not one names nothing.
pub fn read_id(id: &str) -> Result<Uuid, Problem> {
    id.parse().map_err(|_| Problem::NotFound)
}

/// A refusal, with what tus wants beside it.
struct Refused(Refusal, StatusCode);

impl<T: Into<Problem>> From<T> for Refused {
    fn from(problem: T) -> Self {
        let problem = problem.into();
        let status = StatusCode::from_u16(problem.http_status())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self(problem.into(), status)
    }
}

impl From<tus::OtherVersion> for Refused {
    fn from(_: tus::OtherVersion) -> Self {
        Self(Problem::Malformed.into(), StatusCode::PRECONDITION_FAILED)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = self.0.into_response();
        *response.status_mut() = self.1;
        if self.1 == StatusCode::PRECONDITION_FAILED {
            response
                .headers_mut()
                .insert(tus::TUS_VERSION, HeaderValue::from_static(tus::VERSION));
        }
        response
    }
}
