//! An electronic result (kết quả): fetched from the office, kept sealed, read by its citizen only.
//!
//! A report names an address; the outbox fetches it from the configured one-stop origin and from
//! nowhere else, so that whoever can sign a report can't make the server read its own network
//! (SSRF). The row of the outbox gives the result its id and the blob its name: a kill between the
//! two writes makes the same ones again.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use gandan_domain::{Private, Problem, jws::sha256_hex, wire::ResultView};
use gandan_foundation::sealing::{Cell, SealingKey};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Dossier, add_change, deliver::Due};
use crate::{
    app::Shared,
    file::{read_id, tus::GANDAN_SHA256, upload},
    identity::Citizen,
    log::{self, Act},
    params,
    problem::Refusal,
    storage::{Failure, Reader},
};

/// The largest result that is kept: 20 MB.
const MAX_BYTES: usize = 20 * 1024 * 1024;

/// A result paper that is to be fetched.
#[derive(Clone, Serialize, Deserialize)]
pub struct Paper {
    pub name: Private<String>,
    pub url: String,
}

/// Whether `url` has the scheme, host and port of `base`. Redirects are not followed, so this is
/// the only place that is asked.
pub fn is_from(base: &str, url: &str) -> bool {
    let origin = |text: &str| {
        let uri: http::Uri = text.parse().ok()?;
        let scheme = uri.scheme_str()?.to_ascii_lowercase();
        let authority = uri.authority()?;
        // `user@host` never is what an office means, and reads like another host.
        if authority.as_str().contains('@') {
            return None;
        }
        let port = authority.port_u16().or(match scheme.as_str() {
            "http" => Some(80),
            "https" => Some(443),
            _ => None,
        })?;
        Some((scheme, authority.host().to_ascii_lowercase(), port))
    };
    origin(base).is_some_and(|base| origin(url) == Some(base))
}

/// Keeps the fetched bytes and tells the citizen, in the transaction that ends the fetch.
pub async fn keep(
    backend: &Shared,
    due: &Arc<Due>,
    key: &SealingKey,
    paper: Paper,
    bytes: Bytes,
) -> Result<(), Problem> {
    if bytes.len() > MAX_BYTES {
        return Err(Problem::FileTooBig {
            max_bytes: MAX_BYTES as u64,
        });
    }
    let media_type = upload::media_type(&bytes)?;
    let id = due.id;
    let blob = format!("result/{}", id.simple());
    let random = &*backend.world.random;
    let sealed = key
        .seal(random, &cell("blob", id.as_bytes()), &bytes)
        .map_err(Failure::from)?;
    let name = key
        .seal(
            random,
            &cell("sealed", id.as_bytes()),
            paper.name.expose().as_bytes(),
        )
        .map_err(Failure::from)?;
    backend
        .blobs
        .put(&blob, sealed.into())
        .await
        .map_err(upload::blob_problem)?;
    let sha256 = sha256_hex(&bytes);
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let citizen = due.citizen;
    let (shared, due, key) = (Arc::clone(backend), Arc::clone(due), key.clone());
    backend
        .storage
        .write(move |tx| {
            let (backend, due, key) = (Arc::clone(&shared), Arc::clone(&due), key.clone());
            let (blob, sha256, name) = (blob.clone(), sha256.clone(), name.clone());
            Box::pin(async move {
                if !due.done(tx).await? {
                    return Ok(());
                }
                let now = backend.world.clock.now();
                tx.exec(
                    "INSERT INTO result
                         (id, citizen, dossier, source, sha256, size, media_type, blob, sealed, at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                     ON CONFLICT (dossier, source) DO NOTHING",
                    &params![
                        id,
                        due.citizen,
                        due.dossier,
                        &due.source,
                        sha256,
                        size,
                        media_type,
                        blob,
                        name,
                        now,
                    ],
                )
                .await?;
                add_change(tx, due.citizen, due.dossier, now).await?;
                let record = Dossier::find(tx, due.dossier).await?.record(&key)?;
                let act = Act {
                    actor: &record.office_code,
                    action: "result.received",
                    dossier: Some(&record.code),
                };
                log::append(tx, &*backend.world.random, &key, due.citizen, now, act).await
            })
        })
        .await?;
    backend.news.tell(citizen);
    Ok(())
}

fn cell<'a>(column: &'a str, row: &'a [u8]) -> Cell<'a> {
    Cell {
        table: "result",
        column,
        row,
        revision: 0,
    }
}

/// The results of a dossier, oldest first.
pub async fn views(
    reader: &mut dyn Reader,
    key: &SealingKey,
    dossier: Uuid,
) -> Result<Vec<ResultView>, Failure> {
    let rows = reader
        .query(
            "SELECT id, sha256, size, media_type, sealed FROM result
             WHERE dossier = $1 ORDER BY at, id",
            &params![dossier],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let id: Uuid = row.get(0)?;
            let sealed: Vec<u8> = row.get(4)?;
            let name = key.open(&cell("sealed", id.as_bytes()), &sealed)?;
            Ok(ResultView {
                id,
                name: String::from_utf8_lossy(&name).into_owned(),
                sha256: row.get(1)?,
                size: row.get(2)?,
                media_type: row.get(3)?,
            })
        })
        .collect()
}

/// The bytes of an electronic result, for its citizen.
#[utoipa::path(get, path = "/v1/results/{id}", tag = "dossiers", params(("id" = String, Path)), responses(
    (status = 200, description = "the file; `Gandan-Sha256` is its hash", body = Vec<u8>),
    (status = 404, description = "no such result of this citizen"),
))]
pub async fn read(
    State(backend): State<Shared>,
    citizen: Citizen,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let id = read_id(&id)?;
    let found = backend
        .storage
        .read(move |reader| {
            Box::pin(async move {
                let row = reader
                    .query_opt(
                        "SELECT blob, media_type, sha256 FROM result
                         WHERE id = $1 AND citizen = $2",
                        &params![id, citizen.id],
                    )
                    .await?
                    .ok_or(Problem::NotFound)?;
                Ok((
                    row.get::<String>(0)?,
                    row.get::<String>(1)?,
                    row.get::<String>(2)?,
                ))
            })
        })
        .await?;
    let (blob, media_type, sha256) = found;
    let key = upload::citizen_key(&backend, citizen.id).await?;
    let sealed = backend
        .blobs
        .get(&blob)
        .await
        .map_err(upload::blob_problem)?;
    let plain = key
        .open(&cell("blob", id.as_bytes()), &sealed)
        .map_err(Failure::from)?;
    let text = |text: &str| {
        HeaderValue::from_str(text).map_err(|_| Problem::Bug {
            id: "result".into(),
        })
    };
    let headers = [
        (header::CONTENT_TYPE, text(&media_type)?),
        (GANDAN_SHA256, text(&sha256)?),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, Bytes::copy_from_slice(&plain)).into_response())
}

#[cfg(test)]
mod tests {
    use super::is_from;

    #[test]
    fn only_the_same_scheme_host_and_port() {
        let base = "http://office.example:8082/one-stop";
        for good in [
            "http://office.example:8082/one-stop/v1/results/1",
            "HTTP://OFFICE.example:8082/x?y=1",
        ] {
            assert!(is_from(base, good), "{good}");
        }
        for bad in [
            "https://office.example:8082/x",
            "http://office.example/x",
            "http://office.example:8083/x",
            "http://169.254.169.254:8082/x",
            "http://office.example:8082@127.0.0.1/x",
            "http://user@office.example:8082/x",
            "http://office.example.evil:8082/x",
            "file:///etc/passwd",
            "/x",
            "",
        ] {
            assert!(!is_from(base, bad), "{bad}");
        }
        assert!(is_from("https://a.vn/x", "https://a.vn:443/y"));
    }
}
