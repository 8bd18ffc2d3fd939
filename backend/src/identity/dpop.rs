//! Proof of possession (RFC 9449): a token is worth something only to who holds the session key.
//!
//! A proof is checked as §4.3 lists it, item by item. Its age is bounded by the server's nonce and
//! not by the phone's clock, which may be wrong by years: a nonce is an HMAC over a window of
//! [`NONCE_WINDOW_MS`], so any node can make and check one and none has to remember it; the present
//! window and the one before are accepted. There is no cache of seen `jti`s: within the window a
//! repeated proof repeats a request, and every write is idempotent by its own key.
//!
//! Rejected: ES256K, RSA and `EdDSA` proofs. Phone keystores make P-256, and every algorithm more is
//! one more to get wrong.

use axum::http::HeaderMap;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use gandan_domain::{
    jws::{PublicKey, Unverified},
    time::Instant,
};
use gandan_foundation::sealing::sha256;
use openidconnect::url::Url;
use ring::hmac;
use serde::Deserialize;
use subtle::ConstantTimeEq;

/// `typ` of a proof.
pub const PROOF_TYP: &str = "dpop+jwt";
/// Two of these make the longest life of a proof: five minutes.
pub const NONCE_WINDOW_MS: i64 = 150_000;
/// How far `iat` may be from our clock where no nonce tells the age better.
pub const IAT_TOLERANCE_S: i64 = 300;
/// Longer things are not proofs.
const MAX_PROOF: usize = 4096;
/// `jti` is kept nowhere, but what is longer than any honest id is refused.
const MAX_JTI: usize = 256;

/// Why a proof is not accepted, as RFC 9449 §5, §7.1, §8 and §9 name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    #[error("accept the proof of possession: {0}")]
    Invalid(&'static str),
    /// All is well but its age: come again with the nonce that goes with this answer.
    #[error("accept the proof of possession: it needs a fresh nonce")]
    UseNonce,
}

/// A request as its proof has to describe it.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    pub method: &'a str,
    /// Scheme, host and path as phones see them; no query, no fragment.
    pub url: &'a str,
    /// The access token that goes with the request, where one does.
    pub access_token: Option<&'a str>,
}

/// What a proof that was checked says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// RFC 7638 thumbprint of the session key.
    pub jkt: String,
    /// Its age is bounded by one of our nonces.
    fresh: bool,
    iat: i64,
}

impl Proof {
    /// Item 11 where a nonce is demanded.
    pub fn require_nonce(&self) -> Result<(), ProofError> {
        if self.fresh {
            Ok(())
        } else {
            Err(ProofError::UseNonce)
        }
    }

    /// Item 11 where `iat` will do; a phone whose clock is wrong is given a nonce instead.
    pub fn require_recent(&self, now: Instant) -> Result<(), ProofError> {
        let distance = now.unix_seconds().saturating_sub(self.iat).saturating_abs();
        if self.fresh || distance <= IAT_TOLERANCE_S {
            Ok(())
        } else {
            Err(ProofError::UseNonce)
        }
    }
}

/// The payload of a proof (§4.2).
#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: i64,
    #[serde(default)]
    ath: Option<String>,
    #[serde(default)]
    nonce: Option<String>,
}

/// The one `DPoP` header of a request (item 1).
pub fn proof_header(headers: &HeaderMap) -> Result<&str, ProofError> {
    let mut all = headers.get_all("dpop").iter();
    match (all.next(), all.next()) {
        (Some(one), None) => one
            .to_str()
            .map_err(|_| ProofError::Invalid("the header is not text")),
        (None, _) => Err(ProofError::Invalid("there is none")),
        (Some(_), Some(_)) => Err(ProofError::Invalid("there is more than one")),
    }
}

/// Checks everything of §4.3 but the age, which [`Proof`]'s methods check: how depends on the call.
pub fn verify(
    token: &str,
    expected: &Expected<'_>,
    nonces: &Nonces<'_>,
    now: Instant,
) -> Result<Proof, ProofError> {
    let invalid = ProofError::Invalid;
    if token.len() > MAX_PROOF {
        return Err(invalid("it is too long"));
    }
    // Items 2 and 4 to 6. The key is the one in the header: possession is all that is shown here,
    // whose key it is shows `jkt`.
    let unverified = Unverified::parse(token).map_err(|_| invalid("it is not a compact JWS"))?;
    let key = match &unverified.header.jwk {
        Some(key @ PublicKey::P256 { .. }) => key.clone(),
        _ => return Err(invalid("its key is not P-256")),
    };
    check_raw_header(token)?;
    let payload = unverified
        .verify(&key, PROOF_TYP)
        .map_err(|_| invalid("type, algorithm or signature"))?;
    // Item 3.
    let claims: Claims =
        serde_json::from_slice(&payload).map_err(|_| invalid("a claim is missing"))?;
    if claims.jti.is_empty() || claims.jti.len() > MAX_JTI {
        return Err(invalid("jti"));
    }
    // Items 8 and 9.
    if claims.htm != expected.method {
        return Err(invalid("htm"));
    }
    if !same_target(&claims.htu, expected.url) {
        return Err(invalid("htu"));
    }
    // Item 12, first half; the second (the token is bound to this key) is the caller's.
    if let Some(access_token) = expected.access_token {
        let hash = URL_SAFE_NO_PAD.encode(sha256(access_token.as_bytes()));
        let given = claims.ath.as_deref().unwrap_or_default();
        if !bool::from(given.as_bytes().ct_eq(hash.as_bytes())) {
            return Err(invalid("ath"));
        }
    }
    Ok(Proof {
        jkt: key.thumbprint(),
        // Item 10.
        fresh: claims
            .nonce
            .is_some_and(|nonce| nonces.accepts(&nonce, now)),
        iat: claims.iat,
    })
}

/// Item 7, and RFC 7515 §4.1.11: no private half in the key, no extension that we do not know.
fn check_raw_header(token: &str) -> Result<(), ProofError> {
    #[derive(Deserialize)]
    struct Raw {
        #[serde(default)]
        crit: Option<serde::de::IgnoredAny>,
        #[serde(default)]
        jwk: serde_json::Map<String, serde_json::Value>,
    }
    let malformed = ProofError::Invalid("its header does not read");
    let header = token.split('.').next().unwrap_or_default();
    let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| malformed)?;
    let raw: Raw = serde_json::from_slice(&header).map_err(|_| malformed)?;
    if raw.jwk.contains_key("d") {
        return Err(ProofError::Invalid("it gives away the private key"));
    }
    if raw.crit.is_some() {
        return Err(ProofError::Invalid("it has an extension"));
    }
    Ok(())
}

/// Compared as URLs (RFC 3986 §6.2.2: case of scheme and host, default port), without query and
/// fragment.
fn same_target(given: &str, expected: &str) -> bool {
    let bare = |text: &str| {
        let mut url = Url::parse(text).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        Some(url)
    };
    matches!((bare(given), bare(expected)), (Some(given), Some(expected)) if given == expected)
}

/// Makes and checks nonces.
#[derive(Clone, Copy)]
pub struct Nonces<'k>(pub &'k hmac::Key);

impl Nonces<'_> {
    pub fn current(&self, now: Instant) -> String {
        self.of_window(now.ms().div_euclid(NONCE_WINDOW_MS))
    }

    fn accepts(&self, nonce: &str, now: Instant) -> bool {
        let window = now.ms().div_euclid(NONCE_WINDOW_MS);
        [window, window - 1].iter().any(|window| {
            self.of_window(*window)
                .as_bytes()
                .ct_eq(nonce.as_bytes())
                .into()
        })
    }

    fn of_window(&self, window: i64) -> String {
        let mut message = b"gandan/dpop-nonce/1".to_vec();
        message.extend_from_slice(&window.to_be_bytes());
        let tag = hmac::sign(self.0, &message);
        URL_SAFE_NO_PAD.encode(tag.as_ref().get(..16).unwrap_or_default())
    }
}
