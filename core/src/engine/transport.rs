//! One exchange with the backend: proof of possession, time-out, and telling who answered.
//!
//! Every answer is judged before it is read. A hotel's log-in page with status 200 is not an answer
//! of ours ([`Problem::NotTheService`]), and neither is a redirect: the API has none.

use std::sync::{Mutex, PoisonError};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use futures_util::{
    StreamExt,
    future::{Either, select},
};
use gandan_domain::{Problem, jws::Header, problem::WireProblem, time::Instant};
use gandan_foundation::{
    ports::{Pieces, Signer, World},
    sealing::sha256,
};
use http::{HeaderMap, HeaderName, Method, Request, Response, StatusCode, header};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::SoftwareKey;

/// `typ` of a proof (RFC 9449 §4.2).
const PROOF_TYP: &str = "dpop+jwt";
/// Nobody looks at a spinner for longer.
const TIMEOUT_MS: i64 = 10_000;
/// Bytes per second that a link has at least, when there is much to send. Nobody waits for an
/// upload with folded hands: the screen shows it, and what has arrived stays.
const SLOWEST: i64 = 8 * 1024;

const DPOP: HeaderName = HeaderName::from_static("dpop");
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// What to send.
#[derive(Clone)]
pub(super) struct Call {
    pub method: Method,
    /// Path from the root of the backend.
    pub path: String,
    pub headers: Vec<(HeaderName, String)>,
    pub body: Bytes,
    /// Bytes that the answer may have.
    pub expects: usize,
}

impl Call {
    pub(super) fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            headers: Vec::new(),
            body: Bytes::new(),
            expects: 0,
        }
    }

    #[must_use]
    pub(super) fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Waits longer, for an answer of this size.
    #[must_use]
    pub(super) fn expecting(mut self, bytes: usize) -> Self {
        self.expects = bytes;
        self
    }

    #[must_use]
    pub(super) fn body(self, media_type: &str, body: impl Into<Bytes>) -> Self {
        let mut call = self.header(header::CONTENT_TYPE, media_type);
        call.body = body.into();
        call
    }
}

/// With which key, and on whose behalf.
#[derive(Clone, Copy)]
pub(super) struct Proof<'a> {
    pub key: &'a SoftwareKey,
    /// None at the token endpoint.
    pub access_token: Option<&'a str>,
}

/// The claims of a proof (RFC 9449 §4.2).
#[derive(Serialize)]
struct Claims<'a> {
    jti: String,
    htm: &'a str,
    htu: &'a str,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ath: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
}

/// What came of opening a line.
pub(super) enum Opened {
    Line(Pieces),
    /// An answer that is no event stream, with as much of its body as a problem needs.
    Refused(Response<Bytes>),
}

/// No problem is larger.
const MAX_PROBLEM: usize = 64 * 1024;

pub(super) struct Transport {
    world: World,
    backend: String,
    /// The newest nonce that the backend gave.
    nonce: Mutex<Option<String>>,
}

impl Transport {
    pub(super) fn new(world: World, backend: &str) -> Self {
        Self {
            world,
            backend: backend.trim_end_matches('/').into(),
            nonce: Mutex::new(None),
        }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.backend)
    }

    /// Sends a call, once more if the backend wants a fresh nonce in the proof. Answers whatever
    /// the other side said.
    pub(super) async fn send(
        &self,
        call: &Call,
        proof: Option<Proof<'_>>,
    ) -> Result<Response<Bytes>, Problem> {
        let answer = self.once(call, proof).await?;
        if proof.is_some() && wants_nonce(&answer) {
            return self.once(call, proof).await;
        }
        Ok(answer)
    }

    async fn once(
        &self,
        call: &Call,
        proof: Option<Proof<'_>>,
    ) -> Result<Response<Bytes>, Problem> {
        let request = self.request(call, proof)?;
        let size = i64::try_from(call.body.len().max(call.expects)).unwrap_or(i64::MAX);
        let patience = TIMEOUT_MS + size.saturating_mul(1000) / SLOWEST;
        let until = self.world.clock.now().plus_ms(patience);
        let exchange = self.world.http.send(request);
        // The answer is polled first: one that came in time is never thrown away.
        let answer = match select(exchange, self.world.clock.sleep_until(until)).await {
            Either::Left((answer, _)) => answer.map_err(|_| Problem::Offline)?,
            Either::Right(_) => return Err(Problem::Offline),
        };
        if let Some(nonce) = text(answer.headers(), &DPOP_NONCE) {
            *self.nonce() = Some(nonce.into());
        }
        Ok(answer)
    }

    /// Opens an event stream, once more if the backend wants a fresh nonce in the proof.
    pub(super) async fn open(&self, call: &Call, proof: Proof<'_>) -> Result<Opened, Problem> {
        for attempt in 0.. {
            let request = self.request(call, Some(proof))?;
            let until = self.world.clock.now().plus_ms(TIMEOUT_MS);
            let exchange = self.world.http.stream(request);
            let answer = match select(exchange, self.world.clock.sleep_until(until)).await {
                Either::Left((answer, _)) => answer.map_err(|_| Problem::Offline)?,
                Either::Right(_) => return Err(Problem::Offline),
            };
            if let Some(nonce) = text(answer.headers(), &DPOP_NONCE) {
                *self.nonce() = Some(nonce.into());
            }
            let is_line = answer.status().is_success()
                && media_type_is(answer.headers(), "text/event-stream");
            let (head, mut pieces) = answer.into_parts();
            if is_line {
                return Ok(Opened::Line(pieces));
            }
            let mut body = Vec::new();
            while let Either::Left((Some(Ok(piece)), _)) =
                select(pieces.next(), self.world.clock.sleep_until(until)).await
            {
                body.extend_from_slice(&piece);
                if body.len() > MAX_PROBLEM {
                    break;
                }
            }
            let answer = Response::from_parts(head, Bytes::from(body));
            if attempt > 0 || !wants_nonce(&answer) {
                return Ok(Opened::Refused(answer));
            }
        }
        Err(bug("listen"))
    }

    fn request(&self, call: &Call, proof: Option<Proof<'_>>) -> Result<Request<Bytes>, Problem> {
        let url = self.url(&call.path);
        let mut request = Request::builder().method(&call.method).uri(&url);
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        if let Some(proof) = proof {
            request = request.header(DPOP, self.proof(call, &url, proof)?);
            if let Some(token) = proof.access_token {
                request = request.header(header::AUTHORIZATION, format!("DPoP {token}"));
            }
        }
        request.body(call.body.clone()).map_err(|_| bug("request"))
    }

    fn proof(&self, call: &Call, url: &str, proof: Proof<'_>) -> Result<String, Problem> {
        let now = self.world.clock.now();
        let nonce = self.nonce().clone();
        let htu = url.split(['?', '#']).next().unwrap_or(url);
        let claims = Claims {
            jti: self.world.random.uuid(now).to_string(),
            htm: call.method.as_str(),
            htu,
            iat: now.unix_seconds(),
            ath: proof
                .access_token
                .map(|token| URL_SAFE_NO_PAD.encode(sha256(token.as_bytes()))),
            nonce: nonce.as_deref(),
        };
        let key: &dyn Signer = proof.key;
        let header = Header {
            alg: key.public_key().algorithm().into(),
            typ: PROOF_TYP.into(),
            kid: None,
            jwk: Some(key.public_key()),
        };
        let payload = serde_json::to_vec(&claims).map_err(|_| bug("proof"))?;
        key.jws_with(&header, &payload).map_err(|_| bug("proof"))
    }

    fn nonce(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.nonce.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> Instant {
        self.world.clock.now()
    }
}

/// The JSON of a good answer, or the problem that the answer is.
pub(super) fn json<T: DeserializeOwned>(answer: &Response<Bytes>) -> Result<T, Problem> {
    if !answer.status().is_success() {
        return Err(problem(answer));
    }
    if !media_type_is(answer.headers(), "application/json") {
        return Err(Problem::NotTheService);
    }
    serde_json::from_slice(answer.body()).map_err(|_| bug("answer"))
}

/// What an answer that is not a good one says.
pub(super) fn problem(answer: &Response<Bytes>) -> Problem {
    if media_type_is(answer.headers(), "application/problem+json")
        && let Ok(wire) = serde_json::from_slice::<WireProblem>(answer.body())
    {
        return wire.into();
    }
    match answer.status() {
        // HEAD has no body to carry a problem in.
        StatusCode::NOT_FOUND | StatusCode::GONE if answer.body().is_empty() => Problem::NotFound,
        StatusCode::UNAUTHORIZED if answer.body().is_empty() => Problem::SignInAgain,
        StatusCode::CONFLICT if answer.body().is_empty() => Problem::Conflict,
        // A proxy of the service's own speaks for it.
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            Problem::Unavailable {
                retry_after_s: text(answer.headers(), &header::RETRY_AFTER)
                    .and_then(|value| value.parse().ok())
                    .unwrap_or(30),
            }
        }
        _ => Problem::NotTheService,
    }
}

/// RFC 9449 §8 at the token endpoint, §9 elsewhere.
fn wants_nonce(answer: &Response<Bytes>) -> bool {
    #[derive(Deserialize)]
    struct OAuthError {
        error: String,
    }
    const WANTED: &str = "use_dpop_nonce";
    if !answer.headers().contains_key(&DPOP_NONCE) {
        return false;
    }
    match answer.status() {
        StatusCode::UNAUTHORIZED => text(answer.headers(), &header::WWW_AUTHENTICATE)
            .is_some_and(|challenge| challenge.contains(WANTED)),
        StatusCode::BAD_REQUEST => serde_json::from_slice::<OAuthError>(answer.body())
            .is_ok_and(|body| body.error == WANTED),
        _ => false,
    }
}

pub(super) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

pub(super) fn media_type_is(headers: &HeaderMap, wanted: &str) -> bool {
    text(headers, &header::CONTENT_TYPE)
        .and_then(|value| value.split(';').next())
        .is_some_and(|value| value.trim().eq_ignore_ascii_case(wanted))
}

/// A mistake of ours or theirs, worth trying again.
pub(super) fn bug(id: &str) -> Problem {
    Problem::Bug { id: id.into() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use gandan_domain::wire::{SyncResponse, TokenResponse};

    use super::*;

    fn answer(status: u16, media_type: &str, body: &[u8]) -> Response<Bytes> {
        Response::builder()
            .status(status)
            .header(header::CONTENT_TYPE, media_type)
            .body(Bytes::copy_from_slice(body))
            .unwrap()
    }

    fn told(answer: &Response<Bytes>) -> Problem {
        json::<SyncResponse>(answer).err().unwrap()
    }

    #[test]
    fn a_log_in_page_is_not_the_service() {
        for status in [200, 302, 401, 403, 511] {
            let page = answer(status, "text/html; charset=utf-8", b"<html>Wi-Fi</html>");
            assert_eq!(told(&page), Problem::NotTheService, "{status}");
        }
        let proxy = answer(502, "text/html", b"<html>nginx</html>");
        assert_eq!(told(&proxy), Problem::Unavailable { retry_after_s: 30 });
    }

    #[test]
    fn problems_come_through_typed() {
        let wire = WireProblem::from(&Problem::FileIncomplete);
        let body = serde_json::to_vec(&wire).unwrap();
        let answer = answer(409, "application/problem+json", &body);
        assert_eq!(told(&answer), Problem::FileIncomplete);
    }

    #[test]
    fn no_answer_makes_a_parser_panic() {
        bolero::check!()
            .with_type::<(u16, u8, Vec<u8>)>()
            .for_each(|(status, kind, body)| {
                let kinds = [
                    "application/json",
                    "application/problem+json",
                    "text/html",
                    "",
                ];
                let kind = kinds[usize::from(*kind) % kinds.len()];
                let answer = answer(100 + status % 500, kind, body);
                let _ = json::<SyncResponse>(&answer);
                let _ = json::<TokenResponse>(&answer);
                let _ = problem(&answer);
                let _ = wants_nonce(&answer);
            });
    }
}
