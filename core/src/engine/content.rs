//! The content pack: a newer one is fetched while the phone is in use, checked, and kept.
//!
//! A sync says when there is one, and a look every [`LOOK_MS`] finds it for whoever is not signed in.
//! What comes is the difference to the pack in use (see `domain::catalog::delta`). It is believed for
//! its signature alone, and only if its serial is higher: whoever holds the line can neither change
//! the rules nor bring old ones back, and a kill changes nothing about that, since the serial is in
//! the sealed store with the pack. Until it is stored, and when it is refused, everything goes on by
//! the one in use.

use bytes::Bytes;
use gandan_domain::{
    Problem,
    catalog::{
        PackError, SignedPack,
        delta::{self, DELTA_TYPE},
    },
    jws::sha256_hex,
    time::Instant,
};
use http::{Method, Response, StatusCode, header};

use super::{
    Engine, Notification, Trouble,
    transport::{self, Call, bug},
};

/// How often to ask without being told, while the app is on screen.
pub(super) const LOOK_MS: i64 = 15 * 60 * 1000;
/// No pack comes near; a phone's memory ends somewhere.
const MAX_PACK: usize = 16 << 20;
/// What an answer may weigh, for how long to wait for it.
const EXPECTED: usize = 256 * 1024;

/// The pack that the app works by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InUse {
    pub serial: u64,
    /// SHA-256 (hex) of the pack file.
    pub sha256: String,
}

/// What the engine knows of content.
#[derive(Default)]
pub(super) struct Known {
    pub in_use: Option<InUse>,
    /// Somebody said that there is a newer one.
    pub hint: bool,
    /// The `ETag` of one that was refused: it need not come again.
    refused: Option<String>,
}

impl Engine {
    /// Which pack the app works by from now on. Before it is known, none is fetched.
    pub fn content_in_use(&self, in_use: InUse) {
        self.shared().content.in_use = Some(in_use);
        self.wake();
    }

    /// When to look for a newer one.
    pub(super) fn next_content(&self, looked: Option<Instant>, now: Instant) -> Option<Instant> {
        let shared = self.shared();
        shared.content.in_use.as_ref()?;
        let looked = looked.unwrap_or(now);
        if shared.content.hint {
            return Some(now);
        }
        shared.in_front.then_some(looked)
    }

    pub(super) async fn fetch_content(&self) -> Result<(), Trouble> {
        let Some(in_use) = self.shared().content.in_use.clone() else {
            return Ok(());
        };
        // Taken down first: what is hinted at meanwhile is looked at again.
        self.shared().content.hint = false;
        // A newer one may lie where the app's own came from: a website's operator put it there.
        let delivered = std::fs::read(&self.config.content_path).ok();
        let other = delivered.filter(|file| sha256_hex(file) != in_use.sha256);
        if let Some(file) = &other
            && let Ok(Some(_)) = self.newer(file, &in_use)
        {
            self.tell(Notification::ContentArrived);
            return Ok(());
        }
        if !self.config.fetch_content {
            return Ok(());
        }
        let base = self.base(&in_use)?;
        let have = base.as_ref().map_or("", |_| &in_use.sha256);
        let Some(answer) = self.ask_for_update(have).await? else {
            return Ok(());
        };
        let base = base.as_deref().unwrap_or_default();
        let file = match delta::apply(base, answer.body(), MAX_PACK) {
            Ok(file) => file,
            // Damaged on the way, or of another base: the whole one may do.
            Err(_) => {
                let Some(whole) = self.ask_for_update("").await? else {
                    return Ok(());
                };
                delta::apply(&[], whole.body(), MAX_PACK).map_err(|_| bug("content-delta"))?
            }
        };
        let mut verdict = self.newer(&file, &in_use);
        if verdict == Err(PackError::UnknownKey) {
            // The key set may be older than the key.
            self.fetch_keys().await?;
            verdict = self.newer(&file, &in_use);
        }
        match verdict {
            Ok(Some(serial)) => {
                self.store.put_content(serial, &file)?;
                self.tell(Notification::ContentArrived);
            }
            refused => {
                match refused {
                    Err(error) => tracing::warn!(%error, "a content pack is refused"),
                    Ok(_) => tracing::warn!("a content pack is refused: it is not newer"),
                }
                let etag = transport::text(answer.headers(), &header::ETAG);
                self.shared().content.refused = etag.map(str::to_owned);
            }
        }
        Ok(())
    }

    /// The file of the pack in use; `None` if it is not at hand any more.
    fn base(&self, in_use: &InUse) -> Result<Option<Vec<u8>>, Trouble> {
        let fetched = self.store.content()?;
        let delivered = || std::fs::read(&self.config.content_path).ok();
        let is = |file: &Vec<u8>| sha256_hex(file) == in_use.sha256;
        Ok(fetched.filter(is).or_else(|| delivered().filter(is)))
    }

    async fn ask_for_update(&self, have: &str) -> Result<Option<Response<Bytes>>, Trouble> {
        let path = format!("/v1/content/update?have={have}");
        let mut call = Call::new(Method::GET, path).expecting(EXPECTED);
        if let Some(refused) = self.shared().content.refused.clone() {
            call = call.header(header::IF_NONE_MATCH, refused);
        }
        let answer = self.transport.send(&call, None).await?;
        match answer.status() {
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED => Ok(None),
            status if !status.is_success() => Err(transport::problem(&answer).into()),
            _ if !transport::media_type_is(answer.headers(), DELTA_TYPE) => {
                Err(Problem::NotTheService.into())
            }
            _ => Ok(Some(answer)),
        }
    }

    /// The serial of a pack that is signed, whole and sound, if this phone has never had it: also not
    /// before the stored one was damaged.
    fn newer(&self, file: &[u8], in_use: &InUse) -> Result<Option<u64>, PackError> {
        let signed = SignedPack::verify(file, &self.keys.current())?;
        let serial = signed.manifest.serial;
        let floor = self.store.content_serial().ok().flatten().unwrap_or(0);
        if serial <= in_use.serial || serial < floor {
            return Ok(None);
        }
        signed.parse().map(|_| Some(serial))
    }
}
