//! Sign-in: OAuth 2.0 authorization code with PKCE in the system browser (RFC 6749, 7636, 8252),
//! tokens bound to a session key (RFC 9449), the session key certified by the keystore's.
//!
//! Everything the attempt needs is stored before the browser opens, so a phone that kills the app
//! behind the browser, or between the browser's return and the token request, loses nothing.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use gandan_domain::{Private, Problem, jws::Header, wire::TokenResponse};
use gandan_foundation::{
    ports::{Random, Signer, SignerError},
    sealing::sha256,
};
use http::Method;
use serde::{Deserialize, Serialize};

use super::{
    Engine, Notification, Trouble, backoff,
    transport::{self, Call, Proof, bug},
};
use crate::{
    SoftwareKey,
    store::{Session, SignIn},
};

/// As which client the app speaks (docs/api.md, Sign-in).
const CLIENT_ID: &str = "gandan-app";
/// `typ` of the JWS by which the device key certifies a session key.
const DEVICE_TYP: &str = "gandan-device+jwt";
/// A token this close to its end is refreshed before it is used.
const MARGIN_MS: i64 = 30_000;
const FORM: &str = "application/x-www-form-urlencoded";

/// The payload of a device certificate.
#[derive(Serialize)]
struct DeviceClaims {
    session_jkt: String,
    code_sha256: String,
    iat: i64,
}

/// What the browser brought back.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Callback {
    Code { state: String, code: String },
    Error { state: String, error: String },
}

impl Callback {
    /// Reads the redirect's query (RFC 6749 §4.1.2); `None` if it is not one.
    pub(super) fn parse(url: &str) -> Option<Self> {
        let (_, query) = url.split_once('?')?;
        let query = query.split('#').next()?;
        let (mut state, mut code, mut error) = (None, None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let slot = match &*name {
                "state" => &mut state,
                "code" => &mut code,
                "error" => &mut error,
                _ => continue,
            };
            // A parameter given twice is somebody's trick (RFC 6749 §3.1).
            if slot.replace(value.into_owned()).is_some() {
                return None;
            }
        }
        match (state?, code, error) {
            (state, Some(code), None) => Some(Self::Code { state, code }),
            (state, None, Some(error)) => Some(Self::Error { state, error }),
            _ => None,
        }
    }

    fn state(&self) -> &str {
        match self {
            Self::Code { state, .. } | Self::Error { state, .. } => state,
        }
    }
}

/// RFC 6749 §4.1.2.1.
fn refused(error: &str) -> Problem {
    match error {
        "temporarily_unavailable" => Problem::IdentityUnavailable,
        "server_error" => Problem::Unavailable { retry_after_s: 30 },
        _ => Problem::SignInRefused,
    }
}

fn form(pairs: &[(&str, &str)]) -> String {
    let mut out = form_urlencoded::Serializer::new(String::new());
    out.extend_pairs(pairs);
    out.finish()
}

impl Engine {
    /// Stores a pending sign-in and returns the URL for the system browser. Called again while one
    /// is pending, it returns the same URL (the browser may have been closed and opened again).
    pub fn begin_sign_in(&self) -> Result<String, Problem> {
        let pending = match self.store.sign_in()? {
            Some(pending) if pending.code.is_none() => pending,
            _ => {
                let random: &dyn Random = &*self.ports.world.random;
                let secret = || Private::new(URL_SAFE_NO_PAD.encode(random.bytes::<32>()));
                let pending = SignIn {
                    key: SoftwareKey::generate(random),
                    state: secret(),
                    verifier: secret(),
                    code: None,
                    next_try: self.ports.world.clock.now(),
                    tries: 0,
                    last_problem: None,
                };
                self.store.set_sign_in(&pending)?;
                pending
            }
        };
        let key = session_key(&pending.key)?;
        let challenge = URL_SAFE_NO_PAD.encode(sha256(pending.verifier.expose().as_bytes()));
        let query = form(&[
            ("response_type", "code"),
            ("client_id", CLIENT_ID),
            ("redirect_uri", &self.config.redirect_uri),
            ("state", pending.state.expose()),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("dpop_jkt", &key.public_key().thumbprint()),
        ]);
        Ok(self.transport.url(&format!("/oauth/authorize?{query}")))
    }

    /// The browser came back. Checks `state`, stores the code, wakes the engine, which redeems it
    /// and answers with [`Notification::SignedIn`] or [`Notification::SignInFailed`].
    ///
    /// A URL of no pending sign-in is [`Problem::SignInRefused`] and changes nothing. A refusal by
    /// the identity service ends the sign-in and is the answer here.
    pub fn browser_returned(&self, url: &str) -> Result<(), Problem> {
        let pending = self.store.sign_in()?;
        let callback = Callback::parse(url);
        let (Some(mut pending), Some(callback)) = (pending, callback) else {
            return Err(Problem::SignInRefused);
        };
        if callback.state() != pending.state.expose() {
            return Err(Problem::SignInRefused);
        }
        match callback {
            Callback::Code { code, .. } => {
                pending.code = Some(Private::new(code));
                pending.next_try = self.ports.world.clock.now();
                self.store.set_sign_in(&pending)?;
                self.wake();
                Ok(())
            }
            Callback::Error { error, .. } => {
                let problem = refused(&error);
                self.store.end_sign_in(Some(&problem))?;
                Err(problem)
            }
        }
    }

    /// The person closed the browser: forgets the pending sign-in, unless it is being redeemed.
    pub fn abandon_sign_in(&self) -> Result<(), Problem> {
        match self.store.sign_in()? {
            Some(pending) if pending.code.is_none() => Ok(self.store.end_sign_in(None)?),
            _ => Ok(()),
        }
    }

    /// Forgets the session on this phone; the engine tells the backend (RFC 7009). Drafts stay.
    pub fn sign_out(&self) -> Result<(), Problem> {
        self.store.sign_out()?;
        self.wake();
        Ok(())
    }

    /// Redeems the code of a sign-in.
    pub(super) async fn redeem(&self, mut pending: SignIn) -> Result<(), Trouble> {
        let Some(code) = pending.code.clone() else {
            return Ok(());
        };
        let outcome = self.token_for(&pending, code.expose()).await;
        // Given up or begun again meanwhile: then this one is nobody's.
        let current = self.store.sign_in()?;
        if current.is_none_or(|current| current.state != pending.state) {
            return Ok(());
        }
        match outcome {
            Ok(tokens) => {
                let session = self.session_from(pending.key, tokens, String::new());
                self.store.signed_in_with(&session)?;
                self.store.hurry()?;
                self.online(true);
                self.tell(Notification::SignedIn);
            }
            Err(problem) if problem.is_recoverable() && problem != Problem::SignInAgain => {
                self.online(!matches!(
                    problem,
                    Problem::Offline | Problem::NotTheService
                ));
                pending.next_try = self.next_try(pending.tries, &problem);
                pending.tries = pending.tries.saturating_add(1);
                pending.last_problem = Some(problem);
                self.store.set_sign_in(&pending)?;
            }
            Err(problem) => {
                // A code that is refused is worth nothing more; the citizen starts again.
                let problem = match problem {
                    Problem::SignInAgain | Problem::Malformed => Problem::SignInRefused,
                    other => other,
                };
                self.store.end_sign_in(Some(&problem))?;
                self.tell(Notification::SignInFailed(problem));
            }
        }
        Ok(())
    }

    async fn token_for(&self, pending: &SignIn, code: &str) -> Result<TokenResponse, Problem> {
        let key = session_key(&pending.key)?;
        let certificate = self.certify(&key, code)?;
        let body = form(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.config.redirect_uri),
            ("client_id", CLIENT_ID),
            ("code_verifier", pending.verifier.expose()),
            ("device_certificate", &certificate),
        ]);
        self.token_call(&key, body).await
    }

    /// The keystore's word that this session key is this device's, for this one sign-in.
    fn certify(&self, key: &SoftwareKey, code: &str) -> Result<String, Problem> {
        let device = self.ports.keystore.device_signer();
        let claims = DeviceClaims {
            session_jkt: key.public_key().thumbprint(),
            code_sha256: URL_SAFE_NO_PAD.encode(sha256(code.as_bytes())),
            iat: self.ports.world.clock.now().unix_seconds(),
        };
        let header = Header {
            alg: device.public_key().algorithm().into(),
            typ: DEVICE_TYP.into(),
            kid: None,
            jwk: Some(device.public_key()),
        };
        let payload = serde_json::to_vec(&claims).map_err(|_| bug("certificate"))?;
        device
            .jws_with(&header, &payload)
            .map_err(|error| match error {
                SignerError::Locked => Problem::Unavailable { retry_after_s: 5 },
                SignerError::Failed => bug("keystore"),
            })
    }

    async fn token_call(&self, key: &SoftwareKey, body: String) -> Result<TokenResponse, Problem> {
        let call = Call::new(Method::POST, "/oauth/token").body(FORM, body);
        let proof = Proof {
            key,
            access_token: None,
        };
        let answer = self.transport.send(&call, Some(proof)).await?;
        if !answer.status().is_success() && is_invalid_grant(answer.body()) {
            return Err(Problem::SignInAgain);
        }
        transport::json(&answer)
    }

    /// A refresh names nobody: `subject` is whose session it was.
    fn session_from(
        &self,
        key: Private<Vec<u8>>,
        tokens: TokenResponse,
        subject: String,
    ) -> Session {
        let life = i64::try_from(tokens.expires_in).unwrap_or(0).min(86_400) * 1000;
        Session {
            key,
            access_token: Private::new(tokens.access_token),
            access_expires_at: self.ports.world.clock.now().plus_ms(life),
            refresh_token: Private::new(tokens.refresh_token),
            subject: tokens.sub.unwrap_or(subject),
        }
    }

    /// A session whose access token should still be good. Refreshing happens here and in
    /// [`Self::refresh`] only, and the engine does one thing at a time, so that no token is ever
    /// refreshed twice side by side.
    pub(super) async fn session(&self) -> Result<Session, Trouble> {
        let session = self.store.session()?.ok_or(Problem::SignInAgain)?;
        let now = self.ports.world.clock.now();
        if now.plus_ms(MARGIN_MS) < session.access_expires_at {
            return Ok(session);
        }
        self.refresh(session).await
    }

    /// Rotates the tokens. If the backend says that the session is over, it is.
    pub(super) async fn refresh(&self, session: Session) -> Result<Session, Trouble> {
        let key = session_key(&session.key)?;
        let body = form(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", session.refresh_token.expose()),
            ("client_id", CLIENT_ID),
        ]);
        match self.token_call(&key, body).await {
            Ok(tokens) => {
                let fresh = self.session_from(session.key, tokens, session.subject);
                self.store.set_session(&fresh)?;
                Ok(fresh)
            }
            Err(Problem::SignInAgain) => Err(self.session_ended()?.into()),
            Err(problem) => Err(problem.into()),
        }
    }

    /// Drops the session; drafts and outbox wait for the next one.
    pub(super) fn session_ended(&self) -> Result<Problem, Trouble> {
        self.store.end_session(Some(&Problem::SignInAgain))?;
        self.tell(Notification::SessionEnded);
        Ok(Problem::SignInAgain)
    }

    /// Tells the backend that a session is over. Any answer will do: the token then is dead or was.
    pub(super) async fn revoke(&self, token: &str) -> Result<(), Trouble> {
        let call = Call::new(Method::POST, "/oauth/revoke").body(FORM, form(&[("token", token)]));
        let answer = self.transport.send(&call, None).await?;
        if answer.status().is_success() {
            self.store.revoked()?;
            return Ok(());
        }
        let problem = transport::problem(&answer);
        if !problem.is_recoverable() {
            self.store.revoked()?;
        }
        Err(problem.into())
    }

    fn next_try(&self, tries: u32, problem: &Problem) -> gandan_domain::time::Instant {
        let world = &self.ports.world;
        backoff::next_try(world.clock.now(), tries, problem, &*world.random)
    }
}

pub(super) fn session_key(scalar: &Private<Vec<u8>>) -> Result<SoftwareKey, Problem> {
    SoftwareKey::from_scalar(scalar).ok_or(Problem::StorageDamaged)
}

fn is_invalid_grant(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct OAuthError {
        error: String,
    }
    serde_json::from_slice::<OAuthError>(body).is_ok_and(|body| body.error == "invalid_grant")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callbacks_are_read_with_care() {
        let read = |url| match Callback::parse(url) {
            Some(Callback::Code { state, code }) => format!("{state}+{code}"),
            Some(Callback::Error { state, error }) => format!("{state}-{error}"),
            None => "none".into(),
        };
        for (url, wanted) in [
            ("vn.gandan:/callback?code=a%2Bb&state=s", "s+a+b"),
            (
                "http://127.0.0.1:9/callback?state=s&error=access_denied&x=y#f",
                "s-access_denied",
            ),
            ("vn.gandan:/callback?code=a", "none"),
            ("vn.gandan:/callback?code=a&state=s&state=t", "none"),
            ("vn.gandan:/callback?code=a&state=s&error=e", "none"),
            ("vn.gandan:/callback", "none"),
            ("", "none"),
        ] {
            assert_eq!(read(url), wanted, "{url}");
        }
        assert_eq!(
            refused("temporarily_unavailable"),
            Problem::IdentityUnavailable
        );
        assert_eq!(refused("access_denied"), Problem::SignInRefused);
    }

    #[test]
    fn no_callback_makes_the_parser_panic() {
        bolero::check!()
            .with_type::<(String, Vec<(u8, String)>)>()
            .for_each(|(url, parts)| {
                let _ = Callback::parse(url);
                let _ = Callback::parse(&format!("vn.gandan:/callback?{url}"));
                let _ = is_invalid_grant(url.as_bytes());
                // The parameters that count, in any order and number, with any value.
                let names = ["state", "code", "error", "iss"];
                let mut query = form_urlencoded::Serializer::new(String::new());
                let mut given = [0; 4];
                for (name, value) in parts.iter().take(6) {
                    let at = usize::from(*name) % names.len();
                    query.append_pair(names[at], value);
                    given[at] += 1;
                }
                let read = Callback::parse(&format!("vn.gandan:/callback?{}", query.finish()));
                let one_of_each = given[0] == 1 && given[1] + given[2] == 1;
                assert_eq!(read.is_some(), one_of_each);
            });
    }
}
