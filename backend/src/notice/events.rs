//! `GET /v1/events`: server-sent events that carry "sync now" and nothing else.
//!
//! Whoever watches the wire learns that something happened to somebody, as from any push; what it
//! was comes with the next sync. An event that is lost costs time only, because phones poll as
//! well. A stream looks at the citizen's counter when this node has changed something and every
//! [`LOOK_MS`] besides, so that it also notices what another node did. It ends after
//! [`LIFE_MS`], when its session is revoked, and when the process drains: the phone comes back with
//! a fresh proof.

use std::convert::Infallible;

use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::{future::select, stream};
use gandan_domain::{Problem, time::Instant};

use super::Ear;
use crate::{app::Shared, identity::Citizen, params, problem::Refusal};

/// How often to look without being told, and to say that the line is alive.
const LOOK_MS: i64 = 25_000;
const LIFE_MS: i64 = 10 * 60 * 1000;
/// When to come back if there is no place.
const FULL_S: u32 = 300;

const SYNC: &[u8] = b"event: sync\ndata: now\n\n";
/// A comment, which readers skip.
const ALIVE: &[u8] = b":\n\n";

/// Says "sync" when there is something new, until the connection, the session or the process ends.
#[utoipa::path(get, path = "/v1/events", tag = "notices", responses(
    (status = 200, content_type = "text/event-stream", body = String, description = "`event: sync` whenever a sync would bring something"),
    (status = 503, description = "too many listen; poll instead"),
))]
pub async fn events(State(backend): State<Shared>, citizen: Citizen) -> Result<Response, Refusal> {
    let ear = backend.news.enter(citizen.id).ok_or(Problem::Unavailable {
        retry_after_s: FULL_S,
    })?;
    let told = look(&backend, &citizen)
        .await?
        .ok_or(Problem::SignInAgain)?;
    let line = Line {
        until: backend.world.clock.now().plus_ms(LIFE_MS),
        backend,
        citizen,
        ear,
        told,
        greeted: false,
    };
    let pieces = stream::unfold(line, |mut line| async move {
        let piece = line.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from_static(piece)), line))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

struct Line {
    backend: Shared,
    citizen: Citizen,
    ear: Ear,
    /// The number of the last change that was told.
    told: i64,
    until: Instant,
    greeted: bool,
}

impl Line {
    /// `None` ends the stream.
    async fn next(&mut self) -> Option<&'static [u8]> {
        if !self.greeted {
            // Headers alone may sit in a proxy's buffer.
            self.greeted = true;
            return Some(ALIVE);
        }
        let clock = std::sync::Arc::clone(&self.backend.world.clock);
        let rest = clock.now().plus_ms(LOOK_MS).min(self.until);
        loop {
            // Listening begins before looking, so that nothing falls in between.
            let told = self.ear.listen();
            if self.backend.is_draining() || clock.now() >= self.until {
                return None;
            }
            let newest = look(&self.backend, &self.citizen).await.ok()??;
            if newest > self.told {
                self.told = newest;
                return Some(SYNC);
            }
            if clock.now() >= rest {
                return Some(ALIVE);
            }
            select(told, clock.sleep_until(rest)).await;
        }
    }
}

/// The number of the citizen's newest change; `None` if the session is no more.
async fn look(backend: &Shared, citizen: &Citizen) -> Result<Option<i64>, Problem> {
    let (id, session) = (citizen.id, citizen.session);
    let found = backend
        .storage
        .read(move |reader| {
            Box::pin(async move {
                let alive = reader
                    .query_opt(
                        "SELECT 1 FROM session WHERE id = $1 AND revoked_at IS NULL",
                        &params![session],
                    )
                    .await?;
                if alive.is_none() {
                    return Ok(None);
                }
                let newest = reader
                    .query_opt(
                        "SELECT seq FROM change_counter WHERE citizen = $1",
                        &params![id],
                    )
                    .await?
                    .map_or(Ok(0), |row| row.get(0))?;
                Ok(Some(newest))
            })
        })
        .await?;
    Ok(found)
}
