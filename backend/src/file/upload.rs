//! An upload, from the first byte to a checked file.
//!
//! Bytes become durable in pieces of at most [`PIECE`]: seal, [`Blobs::put`], and only then the row
//! that names them and moves the offset, in one transaction. A kill in between leaves a blob that
//! no row names; the phone asks for the offset and sends the same bytes again, which have the same
//! name. A connection that breaks in mid-body keeps every whole piece and the rest that arrived.
//!
//! When the last byte is in, the whole file is read back, hashed and looked at: what is accepted is
//! what is on the disk, not what passed through memory. Rejected: a running hash in the row (ring
//! doesn't give its state out, and it would vouch for bytes that a disk may have lost).
//!
//! [`Blobs::put`]: gandan_foundation::ports::Blobs::put

use std::sync::Arc;

use axum::body::{Body, BodyDataStream};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use gandan_domain::{Problem, jws::sha256_hex};
use gandan_foundation::{
    ports::BlobError,
    sealing::{Cell, SealingKey},
};
use uuid::Uuid;

use super::tus::Metadata;
use crate::{
    app::{Backend, Shared},
    identity::CitizenId,
    params,
    storage::{Failure, Reader, Row},
};

/// What is sealed and made durable at once.
const PIECE: usize = 256 * 1024;

/// How many files one intent may bring: more than any form asks for, less than fills a disk.
const MAX_PER_INTENT: i64 = 32;

/// The kinds of file that are accepted, by content.
pub const MEDIA_TYPES: [&str; 3] = ["image/jpeg", "image/png", "application/pdf"];

/// A row of `upload`.
#[derive(Clone)]
pub struct Upload {
    pub id: Uuid,
    pub citizen: CitizenId,
    pub intent: Uuid,
    pub sha256: String,
    pub length: u64,
    pub received: u64,
    /// Set once the file is whole and is what it says.
    pub media_type: Option<String>,
}

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT id, citizen, intent, sha256, length, received, media_type FROM upload WHERE ",
            $condition
        )
    };
}

impl Upload {
    fn from_row(row: &Row) -> Result<Self, Failure> {
        Ok(Self {
            id: row.get(0)?,
            citizen: row.get(1)?,
            intent: row.get(2)?,
            sha256: row.get(3)?,
            length: row.get(4)?,
            received: row.get(5)?,
            media_type: row.get(6)?,
        })
    }

    const fn is_whole(&self) -> bool {
        self.received == self.length
    }
}

/// The upload that this citizen's intent and field name, made if there is none.
pub async fn create(
    backend: &Shared,
    citizen: CitizenId,
    what: Metadata,
    length: u64,
) -> Result<Upload, Problem> {
    let now = backend.world.clock.now();
    let id = backend.world.random.uuid(now);
    let length = i64::try_from(length).map_err(|_| Problem::Malformed)?;
    let upload = backend
        .storage
        .write(move |tx| {
            let what = what.clone();
            Box::pin(async move {
                let known = tx
                    .query_opt(
                        select!("citizen = $1 AND intent = $2 AND field = $3 AND sha256 = $4"),
                        &params![citizen, what.intent.0, &what.field, &what.sha256],
                    )
                    .await?;
                if let Some(row) = known {
                    return Upload::from_row(&row);
                }
                let count: i64 = tx
                    .query_opt(
                        "SELECT COUNT(*) FROM upload WHERE citizen = $1 AND intent = $2",
                        &params![citizen, what.intent.0],
                    )
                    .await?
                    .map_or(Ok(0), |row| row.get(0))?;
                if count >= MAX_PER_INTENT {
                    return Err(Failure::Problem(Problem::Refused {
                        reason: gandan_domain::problem::RefusalReason::NotAllowed,
                    }));
                }
                let made = tx
                    .query_opt(
                        "INSERT INTO upload
                             (id, citizen, intent, field, sha256, length, received, created_at)
                         VALUES ($1, $2, $3, $4, $5, $6, 0, $7)
                         RETURNING id, citizen, intent, sha256, length, received, media_type",
                        &params![
                            id,
                            citizen,
                            what.intent.0,
                            &what.field,
                            &what.sha256,
                            length,
                            now
                        ],
                    )
                    .await?
                    .ok_or(Problem::NotFound)?;
                Upload::from_row(&made)
            })
        })
        .await?;
    if i64::try_from(upload.length) == Ok(length) {
        Ok(upload)
    } else {
        // The hash names the bytes, so two lengths can't both be true.
        Err(Problem::Conflict)
    }
}

/// The citizen's own upload; another's does not exist.
pub async fn find(backend: &Backend, citizen: CitizenId, id: Uuid) -> Result<Upload, Problem> {
    let found = backend
        .storage
        .read(move |reader| {
            Box::pin(async move {
                let row = reader
                    .query_opt(select!("id = $1 AND citizen = $2"), &params![id, citizen])
                    .await?
                    .ok_or(Problem::NotFound)?;
                Upload::from_row(&row)
            })
        })
        .await?;
    Ok(found)
}

/// A checked file by its id, whoever's it is: for those who come with a signed address.
pub async fn find_whole(reader: &mut dyn Reader, id: Uuid) -> Result<Upload, Failure> {
    let row = reader
        .query_opt(select!("id = $1 AND media_type IS NOT NULL"), &params![id])
        .await?
        .ok_or(Problem::NotFound)?;
    Upload::from_row(&row)
}

/// A checked file of an intent, as a submit names it.
pub async fn find_filed(
    reader: &mut dyn Reader,
    citizen: CitizenId,
    intent: Uuid,
    field: &str,
    sha256: &str,
) -> Result<Option<Upload>, Failure> {
    let row = reader
        .query_opt(
            select!(
                "citizen = $1 AND intent = $2 AND field = $3 AND sha256 = $4
                 AND media_type IS NOT NULL"
            ),
            &params![citizen, intent, field, sha256],
        )
        .await?;
    row.map(|row| Upload::from_row(&row)).transpose()
}

/// Takes the body's bytes from the upload's offset on. What arrived before an error is kept.
pub async fn append(backend: &Shared, mut upload: Upload, body: Body) -> Result<Upload, Problem> {
    let key = citizen_key(backend, upload.citizen).await?;
    let mut stream = body.into_data_stream();
    let mut waiting = BytesMut::new();
    let outcome = loop {
        while waiting.len() >= PIECE {
            let piece = waiting.split_to(PIECE).freeze();
            store(backend, &key, &mut upload, piece).await?;
        }
        let room = upload.length - upload.received - waiting.len() as u64;
        match next(&mut stream).await {
            Ok(None) => break Ok(()),
            Ok(Some(bytes)) if bytes.len() as u64 > room => break Err(Problem::Malformed),
            Ok(Some(bytes)) => waiting.extend_from_slice(&bytes),
            Err(problem) => break Err(problem),
        }
    };
    if !waiting.is_empty() {
        store(backend, &key, &mut upload, waiting.freeze()).await?;
    }
    outcome.map(|()| upload)
}

async fn next(stream: &mut BodyDataStream) -> Result<Option<Bytes>, Problem> {
    stream
        .next()
        .await
        .transpose()
        .map_err(|_| Problem::Malformed)
}

/// Makes one piece durable and moves the offset, or says `Conflict` if another request did.
async fn store(
    backend: &Shared,
    key: &SealingKey,
    upload: &mut Upload,
    piece: Bytes,
) -> Result<(), Problem> {
    let (id, start) = (upload.id, upload.received);
    let length = piece.len() as u64;
    let hash = sha256_hex(&piece);
    let name = format!(
        "file/{}/{start:08x}-{}",
        id.simple(),
        hash.get(..16).unwrap_or_default()
    );
    let sealed = key
        .seal(&*backend.world.random, &cell(&row(id, start)), &piece)
        .map_err(Failure::from)?;
    backend
        .blobs
        .put(&name, sealed.into())
        .await
        .map_err(blob_problem)?;
    let at = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let (from, to, length) = (at(start), at(start + length), at(length));
    backend
        .storage
        .write(move |tx| {
            let name = name.clone();
            Box::pin(async move {
                let moved = tx
                    .exec(
                        "UPDATE upload SET received = $1 WHERE id = $2 AND received = $3",
                        &params![to, id, from],
                    )
                    .await?;
                if moved != 1 {
                    return Err(Failure::Problem(Problem::Conflict));
                }
                tx.exec(
                    "INSERT INTO upload_chunk (upload, start, length, blob) VALUES ($1, $2, $3, $4)",
                    &params![id, from, length, name],
                )
                .await?;
                Ok(())
            })
        })
        .await?;
    upload.received = start + piece.len() as u64;
    Ok(())
}

/// Checks an upload whose last byte is in; an unfinished or a checked one is left as it is. A file
/// that is not what it says is removed.
pub async fn finish(backend: &Shared, mut upload: Upload) -> Result<Upload, Problem> {
    if upload.media_type.is_some() || !upload.is_whole() {
        return Ok(upload);
    }
    let whole = read(backend, &upload).await?;
    match look(&upload, &whole) {
        Ok(media_type) => {
            let id = upload.id;
            backend
                .storage
                .write(move |tx| {
                    Box::pin(async move {
                        tx.exec(
                            "UPDATE upload SET media_type = $1 WHERE id = $2",
                            &params![media_type, id],
                        )
                        .await?;
                        Ok(())
                    })
                })
                .await?;
            upload.media_type = Some(media_type.to_owned());
            Ok(upload)
        }
        Err(problem) => {
            remove(backend, upload.id).await?;
            Err(problem)
        }
    }
}

/// What the bytes are, if they are what was announced and of a kind that offices take.
fn look(upload: &Upload, whole: &[u8]) -> Result<&'static str, Problem> {
    if sha256_hex(whole) != upload.sha256 {
        return Err(Problem::FileNotWhatItSays {
            expected: "sha256".into(),
        });
    }
    media_type(whole)
}

/// The kind of file by its first bytes.
pub fn media_type(bytes: &[u8]) -> Result<&'static str, Problem> {
    let found = infer::get(bytes).map(|kind| kind.mime_type());
    MEDIA_TYPES
        .into_iter()
        .find(|accepted| found == Some(*accepted))
        .ok_or_else(|| Problem::FileNotWhatItSays {
            expected: "JPEG, PNG, PDF".into(),
        })
}

/// Rows first: a row never names bytes that are gone.
async fn remove(backend: &Shared, id: Uuid) -> Result<(), Problem> {
    let blobs = backend
        .storage
        .write(move |tx| {
            Box::pin(async move {
                tx.exec("DELETE FROM upload WHERE id = $1", &params![id])
                    .await?;
                let rows = tx
                    .query(
                        "DELETE FROM upload_chunk WHERE upload = $1 RETURNING blob",
                        &params![id],
                    )
                    .await?;
                rows.iter()
                    .map(|row| Ok(row.get::<String>(0)?))
                    .collect::<Result<Vec<_>, Failure>>()
            })
        })
        .await?;
    for blob in blobs {
        // What stays behind is sealed and named by nothing.
        let _ = backend.blobs.remove(&blob).await;
    }
    Ok(())
}

/// One sealed piece of a file.
pub struct Piece {
    start: u64,
    blob: String,
}

/// The pieces of an upload in order, and the key that opens them.
pub async fn pieces(
    backend: &Shared,
    upload: &Upload,
) -> Result<(SealingKey, Vec<Piece>), Problem> {
    let (id, citizen, shared) = (upload.id, upload.citizen, Arc::clone(backend));
    let found = backend
        .storage
        .read(move |reader| {
            let backend = Arc::clone(&shared);
            Box::pin(async move {
                let key = backend.keys.citizen_key(reader, citizen).await?;
                let rows = reader
                    .query(
                        "SELECT start, blob FROM upload_chunk WHERE upload = $1 ORDER BY start",
                        &params![id],
                    )
                    .await?;
                let pieces = rows
                    .iter()
                    .map(|row| {
                        Ok(Piece {
                            start: row.get(0)?,
                            blob: row.get(1)?,
                        })
                    })
                    .collect::<Result<Vec<_>, Failure>>()?;
                Ok((key, pieces))
            })
        })
        .await?;
    Ok(found)
}

/// The bytes of one piece.
pub async fn open(
    backend: &Shared,
    key: &SealingKey,
    id: Uuid,
    piece: &Piece,
) -> Result<Bytes, Problem> {
    let sealed = backend.blobs.get(&piece.blob).await.map_err(blob_problem)?;
    let plain = key
        .open(&cell(&row(id, piece.start)), &sealed)
        .map_err(Failure::from)?;
    Ok(Bytes::copy_from_slice(&plain))
}

async fn read(backend: &Shared, upload: &Upload) -> Result<Vec<u8>, Problem> {
    let (key, pieces) = pieces(backend, upload).await?;
    let mut whole = Vec::new();
    for piece in &pieces {
        whole.extend_from_slice(&open(backend, &key, upload.id, piece).await?);
    }
    Ok(whole)
}

pub async fn citizen_key(backend: &Shared, citizen: CitizenId) -> Result<SealingKey, Problem> {
    let shared = Arc::clone(backend);
    let key = backend
        .storage
        .read(move |reader| {
            let backend = Arc::clone(&shared);
            Box::pin(async move { backend.keys.citizen_key(reader, citizen).await })
        })
        .await?;
    Ok(key)
}

/// A blob that should be there and is not is our fault, never the caller's `NotFound`.
pub fn blob_problem(error: BlobError) -> Problem {
    tracing::error!(%error, "a blob operation failed");
    match error {
        BlobError::Full => Problem::StorageFull,
        BlobError::Unavailable => Problem::Unavailable { retry_after_s: 30 },
        BlobError::NotFound => Problem::Bug { id: "blob".into() },
    }
}

fn row(id: Uuid, start: u64) -> Vec<u8> {
    [&id.as_bytes()[..], &start.to_be_bytes()].concat()
}

fn cell(row: &[u8]) -> Cell<'_> {
    Cell {
        table: "upload_chunk",
        column: "blob",
        row,
        revision: 0,
    }
}
