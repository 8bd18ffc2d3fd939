//! Sessions: short access tokens, rotating refresh tokens, both bound to the session key.
//!
//! Tokens are 256 random bits and are kept as their SHA-256 only. A session is looked up at every
//! request, so ending it works at once, on every node. Rejected: self-contained (JWT) access tokens,
//! which save this look-up and go on working after a phone was reported stolen.
//!
//! ```text
//!              refresh                      refresh
//! token 1 ───────────────▶ token 2 ───────────────▶ token 3
//!    │ again, same key, within 60 s or until the new one is used: the same answer (it may have been lost)
//!    └ again, later: somebody copied it; the whole session ends
//! ```

use gandan_domain::{Problem, jws::PublicKey, time::Instant, wire::TokenResponse};
use gandan_foundation::{
    ports::Random,
    sealing::{Cell, SealingKey, sha256},
};
use uuid::Uuid;

use super::{Citizen, CitizenId, secret};
use crate::{
    keys::Keys,
    log::{self, Act},
    params,
    storage::{Failure, Reader, Tx},
};

pub const ACCESS_LIFE_MS: i64 = 10 * 60_000;
/// A phone that lay in a drawer for three months has to sign in again.
pub const REFRESH_LIFE_MS: i64 = 90 * 24 * 60 * 60_000;
/// How long a repeated request gets the same answer.
pub const GRACE_MS: i64 = 60_000;

/// A pair of tokens, made before the transaction that stores it, so that a transaction that is run
/// again stores the same pair.
#[derive(Clone)]
pub(super) struct NewTokens {
    pub response: TokenResponse,
    access: [u8; 32],
    refresh: [u8; 32],
}

impl NewTokens {
    pub fn mint(random: &dyn Random) -> Self {
        let (access_token, refresh_token) = (secret(random), secret(random));
        Self {
            access: sha256(access_token.as_bytes()),
            refresh: sha256(refresh_token.as_bytes()),
            response: TokenResponse {
                access_token,
                token_type: "DPoP".into(),
                expires_in: ACCESS_LIFE_MS.unsigned_abs() / 1000,
                refresh_token,
                sub: None,
            },
        }
    }

    /// The answer, sealed, for whoever asks again.
    pub fn seal(
        &self,
        key: &SealingKey,
        random: &dyn Random,
        cell: &Cell<'_>,
    ) -> Result<Vec<u8>, Failure> {
        let plain = serde_json::to_vec(&self.response)?;
        Ok(key.seal(random, cell, &plain)?)
    }
}

/// The answer that [`NewTokens::seal`] sealed.
pub(super) fn open_answer(
    key: &SealingKey,
    cell: &Cell<'_>,
    sealed: &[u8],
) -> Result<TokenResponse, Failure> {
    Ok(serde_json::from_slice(&key.open(cell, sealed)?)?)
}

/// What writing in the citizen's access log takes (I8): whoever sees their data there has signed in
/// first.
pub(super) struct Book<'a> {
    pub keys: &'a Keys,
    pub random: &'a dyn Random,
}

impl Book<'_> {
    async fn note(
        &self,
        tx: &mut dyn Tx,
        citizen: CitizenId,
        now: Instant,
        actor: &str,
        action: &str,
    ) -> Result<(), Failure> {
        let key = self.keys.citizen_key(tx, citizen).await?;
        let act = Act {
            actor,
            action,
            dossier: None,
        };
        log::append(tx, self.random, &key, citizen, now, act).await
    }
}

/// A session as it begins.
#[derive(Clone)]
pub(super) struct NewSession {
    pub id: Uuid,
    /// The id of the device's row, should it be new.
    pub device: Uuid,
    pub device_key: PublicKey,
    pub jkt: String,
}

/// Registers the device and begins a session for it.
pub(super) async fn begin(
    tx: &mut dyn Tx,
    new: &NewSession,
    citizen: CitizenId,
    tokens: &NewTokens,
    now: Instant,
    book: &Book<'_>,
) -> Result<(), Failure> {
    // A device that was revoked and signs in again, through the provider, is welcome again.
    let device = tx
        .query_opt(
            "INSERT INTO device (id, citizen, thumbprint, jwk, created_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (citizen, thumbprint) DO UPDATE SET revoked_at = NULL
             RETURNING id",
            &params![
                new.device,
                citizen,
                new.device_key.thumbprint(),
                serde_json::to_string(&new.device_key)?,
                now
            ],
        )
        .await?
        .ok_or(Problem::NotFound)?
        .get::<Uuid>(0)?;
    tx.exec(
        "INSERT INTO session (id, citizen, device, jkt, access, access_until, created_at, used_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
        &params![
            new.id,
            citizen,
            device,
            new.jkt.as_str(),
            tokens.access,
            now.plus_ms(ACCESS_LIFE_MS),
            now
        ],
    )
    .await?;
    insert_refresh(tx, new.id, tokens, now).await?;
    book.note(tx, citizen, now, log::SELF, "session.started")
        .await
}

async fn insert_refresh(
    tx: &mut dyn Tx,
    session: Uuid,
    tokens: &NewTokens,
    now: Instant,
) -> Result<(), Failure> {
    tx.exec(
        "INSERT INTO refresh_token (token, session, expires_at) VALUES ($1, $2, $3)",
        &params![tokens.refresh, session, now.plus_ms(REFRESH_LIFE_MS)],
    )
    .await?;
    Ok(())
}

/// What became of a refresh.
pub(super) enum Refreshed {
    /// The new pair is in force.
    Rotated,
    /// This token was used a moment ago: the sealed answer of then.
    Again(Vec<u8>),
    /// Unknown, expired, revoked, of another key, or used before; in the last case the session has
    /// ended.
    Refused,
}

/// Changes a refresh token for a new pair. `answer` is the new pair, sealed in [`refresh_cell`].
pub(super) async fn refresh(
    tx: &mut dyn Tx,
    token: [u8; 32],
    jkt: &str,
    tokens: &NewTokens,
    answer: &[u8],
    now: Instant,
    book: &Book<'_>,
) -> Result<Refreshed, Failure> {
    let row = tx
        .query_opt(
            "SELECT r.session, r.expires_at, r.used_at, r.answer, s.jkt, s.revoked_at
             FROM refresh_token r JOIN session s ON s.id = r.session
             WHERE r.token = $1",
            &params![token],
        )
        .await?;
    let Some(row) = row else {
        return Ok(Refreshed::Refused);
    };
    let session: Uuid = row.get(0)?;
    let expires_at: Instant = row.get(1)?;
    let used_at: Option<Instant> = row.get(2)?;
    let former: Option<Vec<u8>> = row.get(3)?;
    let revoked_at: Option<Instant> = row.get(5)?;
    if revoked_at.is_some() || expires_at < now || row.get::<String>(4)? != jkt {
        return Ok(Refreshed::Refused);
    }
    match (used_at, former) {
        (None, _) => {
            rotate(tx, session, token, tokens, answer, now).await?;
            Ok(Refreshed::Rotated)
        }
        (Some(used_at), Some(former))
            if now <= used_at.plus_ms(GRACE_MS)
                || !moved_on(tx, session, token, used_at).await? =>
        {
            Ok(Refreshed::Again(former))
        }
        _ => {
            tracing::warn!(%session, "a used refresh token came again: the session ends");
            revoke(tx, session, now, log::BACKEND, book).await?;
            Ok(Refreshed::Refused)
        }
    }
}

/// Whether the pair that this token was changed for has been used. As long as it has not, its answer
/// may never have arrived: a phone on a bad link asks again after a quarter of an hour.
async fn moved_on(
    tx: &mut dyn Tx,
    session: Uuid,
    token: [u8; 32],
    used_at: Instant,
) -> Result<bool, Failure> {
    let later = tx
        .query_opt(
            "SELECT token FROM refresh_token WHERE session = $1 AND used_at >= $2 AND token <> $3",
            &params![session, used_at, token],
        )
        .await?;
    Ok(later.is_some())
}

async fn rotate(
    tx: &mut dyn Tx,
    session: Uuid,
    token: [u8; 32],
    tokens: &NewTokens,
    answer: &[u8],
    now: Instant,
) -> Result<(), Failure> {
    tx.exec(
        "DELETE FROM refresh_token WHERE session = $1 AND expires_at < $2",
        &params![session, now],
    )
    .await?;
    tx.exec(
        "UPDATE refresh_token SET used_at = $1, answer = $2 WHERE token = $3",
        &params![now, answer, token],
    )
    .await?;
    insert_refresh(tx, session, tokens, now).await?;
    // Requests under way still carry the access token before; it stays good until its own end.
    tx.exec(
        "UPDATE session SET previous = access, previous_until = access_until,
             access = $1, access_until = $2, used_at = $3
         WHERE id = $4",
        &params![tokens.access, now.plus_ms(ACCESS_LIFE_MS), now, session],
    )
    .await?;
    Ok(())
}

pub(super) fn refresh_cell(token: &[u8; 32]) -> Cell<'_> {
    Cell {
        table: "refresh_token",
        column: "answer",
        row: token,
        revision: 0,
    }
}

/// Ends a session at once; `actor` is who ends it. One that has ended is left as it is.
pub(super) async fn revoke(
    tx: &mut dyn Tx,
    session: Uuid,
    now: Instant,
    actor: &str,
    book: &Book<'_>,
) -> Result<(), Failure> {
    let ended = tx
        .query_opt(
            "UPDATE session SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL
             RETURNING citizen",
            &params![now, session],
        )
        .await?;
    match ended {
        Some(row) => {
            book.note(tx, row.get(0)?, now, actor, "session.ended")
                .await
        }
        None => Ok(()),
    }
}

/// The session that an access or refresh token belongs to.
pub(super) async fn find(
    reader: &mut dyn Reader,
    token: [u8; 32],
) -> Result<Option<Uuid>, Failure> {
    let row = reader
        .query_opt(
            "SELECT session FROM refresh_token WHERE token = $1
             UNION SELECT id FROM session WHERE access = $1 OR previous = $1",
            &params![token],
        )
        .await?;
    Ok(row.map(|row| row.get(0)).transpose()?)
}

/// Whom an access token speaks for, if it is in force and bound to this key.
pub(super) async fn authenticate(
    reader: &mut dyn Reader,
    token: [u8; 32],
    jkt: &str,
    now: Instant,
) -> Result<Option<Citizen>, Failure> {
    let row = reader
        .query_opt(
            "SELECT id, citizen, device, jkt FROM session
             WHERE revoked_at IS NULL
               AND ((access = $1 AND access_until > $2)
                 OR (previous = $1 AND previous_until > $2))",
            &params![token, now],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    if row.get::<String>(3)? != jkt {
        return Ok(None);
    }
    Ok(Some(Citizen {
        session: row.get(0)?,
        id: row.get(1)?,
        device: row.get(2)?,
    }))
}
