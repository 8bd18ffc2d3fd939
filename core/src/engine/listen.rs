//! Listening for "sync now" instead of asking again and again.
//!
//! While the app is on screen, somebody is signed in and a dossier is open, one line to `GET /v1/events`
//! is kept open where the platform can. What it says is only that a sync would bring something: nothing
//! on it is personal, and nothing depends on it. When it breaks, stays silent or is refused, the engine
//! asks at intervals as before, and tries the line again ever more rarely.

use bytes::Bytes;
use futures_util::StreamExt;
use gandan_domain::{Problem, time::Instant};
use gandan_foundation::ports::{HttpError, Pieces};
use http::{Method, header};

use super::{
    Engine, Run, Trouble, backoff, sign_in,
    transport::{self, Call, Opened, Proof},
};
use crate::store::StoreError;

/// The other side says something every 25 s; after this the line is taken for dead.
const SILENCE_MS: i64 = 60_000;
/// A line that lived so long was no failure.
const LIVED_MS: i64 = 60_000;
/// Of a line of text, more than this is not read.
const MAX_LINE: usize = 256;

/// An open line.
pub(super) struct Ear {
    pub pieces: Pieces,
    pub silent_until: Instant,
    since: Instant,
    events: Events,
}

/// What came of waiting at the line.
pub(super) enum Heard {
    Nothing,
    Piece(Option<Result<Bytes, HttpError>>),
    /// The time is over.
    Silence,
}

/// The lines of an event stream (WHATWG, server-sent events), as far as they matter here.
#[derive(Default)]
struct Events {
    line: Vec<u8>,
}

impl Events {
    /// Whether these bytes end a line that says "sync".
    fn says_sync(&mut self, bytes: &[u8]) -> bool {
        let mut said = false;
        for byte in bytes {
            match byte {
                b'\n' | b'\r' => {
                    said |= matches!(self.line.as_slice(), b"event: sync" | b"event:sync");
                    self.line.clear();
                }
                byte if self.line.len() < MAX_LINE => self.line.push(*byte),
                _ => {}
            }
        }
        said
    }
}

impl Engine {
    /// Whether there is anything to listen for.
    pub(super) fn wants_to_listen(&self) -> Result<bool, StoreError> {
        let may = self.ports.world.http.can_stream() && self.shared().in_front;
        if !may || self.store.session()?.is_none() {
            return Ok(false);
        }
        let dossiers = self.store.dossiers()?;
        Ok(dossiers.iter().any(|dossier| !dossier.status.is_final()))
    }

    pub(super) async fn do_listen(&self, run: &mut Run) -> Result<(), StoreError> {
        let outcome = self.listen().await;
        let now = self.transport.now();
        match outcome {
            Ok(pieces) => {
                self.online(true);
                run.ear = Some(Ear {
                    pieces,
                    silent_until: now.plus_ms(SILENCE_MS),
                    since: now,
                    events: Events::default(),
                });
                // What happened before the line was open is asked for once.
                self.shared().sync = true;
                Ok(())
            }
            Err(trouble) => {
                if let Some(problem) = self.judge(Err(trouble))? {
                    self.listen_later(run, &problem);
                }
                Ok(())
            }
        }
    }

    async fn listen(&self) -> Result<Pieces, Trouble> {
        let call = Call::new(Method::GET, "/v1/events").header(header::ACCEPT, "text/event-stream");
        let session = self.session().await?;
        let key = sign_in::session_key(&session.key)?;
        let proof = Proof {
            key: &key,
            access_token: Some(session.access_token.expose()),
        };
        match self.transport.open(&call, proof).await? {
            Opened::Line(pieces) => Ok(pieces),
            Opened::Refused(answer) => Err(match transport::problem(&answer) {
                // The next sync refreshes the session, or ends it.
                Problem::SignInAgain => Problem::Unavailable { retry_after_s: 30 },
                problem => problem,
            }
            .into()),
        }
    }

    /// What was said at the line, or that it is no more.
    pub(super) fn hear(&self, run: &mut Run, heard: Heard) {
        let now = self.transport.now();
        let Some(ear) = &mut run.ear else {
            return;
        };
        let alive = match heard {
            Heard::Nothing => true,
            Heard::Silence => ear.silent_until > now,
            Heard::Piece(Some(Ok(bytes))) => {
                ear.silent_until = now.plus_ms(SILENCE_MS);
                if ear.events.says_sync(&bytes) {
                    self.shared().sync = true;
                }
                true
            }
            Heard::Piece(None | Some(Err(_))) => false,
        };
        if !alive {
            if ear.since.plus_ms(LIVED_MS) <= now {
                run.listen_tries = 0;
            }
            run.ear = None;
            run.poll_at = None;
            self.listen_later(run, &Problem::Offline);
        }
    }

    fn listen_later(&self, run: &mut Run, problem: &Problem) {
        run.listen_not_before = Some(self.later(run.listen_tries, problem));
        run.listen_tries = run.listen_tries.saturating_add(1);
    }

    /// Whether to open the line now, or when.
    pub(super) fn next_listen(
        &self,
        run: &mut Run,
        now: Instant,
    ) -> Result<Option<Instant>, StoreError> {
        if !self.wants_to_listen()? {
            run.ear = None;
            return Ok(None);
        }
        if run.ear.is_some() {
            return Ok(None);
        }
        let at = run.listen_not_before.unwrap_or(now);
        Ok(Some(if backoff::is_due(at, now) { now } else { at }))
    }
}

/// The next piece, or never where no line is open.
pub(super) async fn next_piece(ear: &mut Option<Ear>) -> Option<Result<Bytes, HttpError>> {
    match ear {
        Some(ear) => ear.pieces.next().await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sync_is_heard_however_it_is_cut() {
        let said = b":\n\nevent: sync\r\ndata: now\r\n\r\n:\n\n";
        for at in 0..said.len() {
            let mut events = Events::default();
            let (one, other) = said.split_at(at);
            let heard = [events.says_sync(one), events.says_sync(other)];
            assert_eq!(
                heard.iter().filter(|heard| **heard).count(),
                1,
                "cut at {at}"
            );
        }
        let mut events = Events::default();
        for other in [
            &b":\n\n"[..],
            b"event: synchron\n",
            b"data: event: sync\n",
            b"sync\n",
        ] {
            assert!(!events.says_sync(other));
        }
    }

    #[test]
    fn no_stream_makes_the_ear_grow_or_fall() {
        bolero::check!()
            .with_type::<Vec<Vec<u8>>>()
            .for_each(|pieces| {
                let mut events = Events::default();
                for piece in pieces {
                    events.says_sync(piece);
                    assert!(events.line.len() <= MAX_LINE);
                }
            });
    }
}
