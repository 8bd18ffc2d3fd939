//! Relying party: what we ask of the OpenID provider (OpenID Connect Core 1.0, code flow, PKCE).
//!
//! Issuer, client and claim names are configuration, everything else comes from discovery, so any
//! standard provider will do: ID tokens signed by RS256, PS256, ES256 or `EdDSA`, with or without a
//! userinfo endpoint, with the claims in either. What a provider answers is outside input: whatever
//! is wrong with it is [`ProviderError::Unavailable`] to the citizen ("VNeID is not answering") and a
//! line in the log, without the answer in it.
//!
//! Metadata and keys are kept for [`METADATA_MS`] and fetched again when a signature does not
//! verify, since providers rotate keys without notice.

use std::sync::{Arc, Mutex, PoisonError};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use futures_util::future::{Either, select};
use gandan_domain::{Private, time::Instant};
use gandan_foundation::ports::{Http, HttpError, World};
use openidconnect::{
    AccessToken, AdditionalClaims, AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    SubjectIdentifier, TokenResponse, UserInfoClaims,
    core::{
        CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreGenderClaim,
        CoreJwsSigningAlgorithm, CoreProviderMetadata,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::config::IdentityConfig;

/// The whole conversation with the provider, per call of the browser.
pub const PATIENCE_MS: i64 = 8_000;
/// How long metadata and keys are kept.
const METADATA_MS: i64 = 10 * 60_000;

/// What only our side of a sign-in knows; kept sealed until the browser comes back.
#[derive(Clone, Serialize, Deserialize)]
pub struct Pending {
    pub state: String,
    nonce: String,
    verifier: String,
}

/// A person as the provider vouches for them.
#[derive(Clone)]
pub struct Person {
    /// Issuer and `sub`: the name of the account (OpenID Connect Core §5.7).
    pub subject: String,
    pub id_number: Private<String>,
    pub full_name: Private<String>,
    /// As the provider writes it.
    pub birth_date: Private<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// Down, slow, or not answering as a provider does.
    #[error("reach the identity service ({0})")]
    Unavailable(&'static str),
    /// The provider answers, and this person may not sign in here: level too low, no id number.
    #[error("sign in: {0}")]
    Refused(&'static str),
}

/// Every claim that the library has no field for.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct AllClaims(Map<String, Value>);

impl AdditionalClaims for AllClaims {}

/// The provider as configured, with what it said about itself.
pub struct Provider {
    world: World,
    config: IdentityConfig,
    /// Where the provider sends the browser back to.
    callback: String,
    metadata: Mutex<Option<(Instant, Arc<CoreProviderMetadata>)>>,
}

impl Provider {
    pub fn new(world: World, config: IdentityConfig, public_url: &str) -> Self {
        Self {
            world,
            config,
            callback: format!("{public_url}/oauth/callback"),
            metadata: Mutex::new(None),
        }
    }

    /// Where to send the browser, and what to keep until it returns.
    pub async fn begin(&self) -> Result<(String, Pending), ProviderError> {
        let metadata = self.in_time(self.metadata(false)).await?;
        let secret = || URL_SAFE_NO_PAD.encode(self.world.random.bytes::<32>());
        let pending = Pending {
            state: secret(),
            nonce: secret(),
            verifier: secret(),
        };
        let client = CoreClient::from_provider_metadata(
            CoreProviderMetadata::clone(&metadata),
            ClientId::new(self.config.client_id.clone()),
            None,
        )
        .set_redirect_uri(self.redirect()?);
        let verifier = PkceCodeVerifier::new(pending.verifier.clone());
        let (state, nonce) = (pending.state.clone(), pending.nonce.clone());
        let (url, _, _) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .add_scopes(self.config.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok((url.into(), pending))
    }

    /// Redeems the provider's code, verifies the ID token, and reads the claims.
    pub async fn finish(&self, pending: &Pending, code: String) -> Result<Person, ProviderError> {
        self.in_time(self.exchange(pending, code)).await
    }

    async fn exchange(&self, pending: &Pending, code: String) -> Result<Person, ProviderError> {
        let metadata = self.metadata(false).await?;
        let http = client_of(&self.world.http);
        let client = self.client(&metadata)?;
        let tokens = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|_| unavailable("no token endpoint"))?
            .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier.clone()))
            .request_async(&http)
            .await
            .map_err(|_| unavailable("token endpoint"))?;
        let id_token = tokens.id_token().ok_or(unavailable("no ID token"))?;
        let nonce = Nonce::new(pending.nonce.clone());

        let verify = |client: &ProviderClient| {
            let clock = Arc::clone(&self.world.clock);
            let verifier = client
                .id_token_verifier()
                .set_allowed_algs(ALGORITHMS)
                .set_time_fn(move || {
                    chrono::DateTime::from_timestamp_millis(clock.now().ms()).unwrap_or_default()
                });
            id_token
                .claims(&verifier, &nonce)
                .map(|claims| claims.subject().clone())
        };
        let subject = match verify(&client) {
            Ok(subject) => subject,
            // Perhaps signed with a key that is newer than what we know.
            Err(openidconnect::ClaimsVerificationError::SignatureVerification(_)) => {
                let metadata = self.metadata(true).await?;
                verify(&self.client(&metadata)?).map_err(|_| unavailable("ID token signature"))?
            }
            Err(_) => return Err(unavailable("ID token claims")),
        };

        let mut claims = verified_payload(&id_token.to_string())?;
        if metadata.userinfo_endpoint().is_some() {
            let more = self
                .userinfo(&client, tokens.access_token().clone(), subject.clone())
                .await?;
            // The ID token is signed, userinfo is not: where both speak, the former wins.
            for (name, value) in more {
                claims.entry(name).or_insert(value);
            }
        }
        self.person(&subject, &claims)
    }

    async fn userinfo(
        &self,
        client: &ProviderClient,
        token: AccessToken,
        subject: SubjectIdentifier,
    ) -> Result<Map<String, Value>, ProviderError> {
        let http = client_of(&self.world.http);
        let claims: UserInfoClaims<AllClaims, CoreGenderClaim> = client
            .user_info(token, Some(subject))
            .map_err(|_| unavailable("no userinfo endpoint"))?
            .request_async(&http)
            .await
            .map_err(|_| unavailable("userinfo endpoint"))?;
        match serde_json::to_value(&claims) {
            Ok(Value::Object(claims)) => Ok(claims),
            _ => Err(unavailable("userinfo claims")),
        }
    }

    fn person(
        &self,
        subject: &SubjectIdentifier,
        claims: &Map<String, Value>,
    ) -> Result<Person, ProviderError> {
        let names = &self.config.claims;
        let text = |name: &str| match claims.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let level = if names.level.is_empty() {
            Some(self.config.minimum_level)
        } else {
            text(&names.level).as_deref().and_then(level)
        };
        if level.is_none_or(|level| level < self.config.minimum_level) {
            return Err(ProviderError::Refused("the account's level is too low"));
        }
        let id_number = text(&names.id_number)
            .filter(|number| !number.is_empty())
            .ok_or(ProviderError::Refused("the account has no id number"))?;
        Ok(Person {
            subject: format!("{}\n{}", self.config.issuer, subject.as_str()),
            id_number: id_number.into(),
            full_name: text(&names.full_name).unwrap_or_default().into(),
            birth_date: text(&names.birth_date).unwrap_or_default().into(),
        })
    }

    /// What discovery says, from memory while it is young.
    async fn metadata(&self, afresh: bool) -> Result<Arc<CoreProviderMetadata>, ProviderError> {
        let now = self.world.clock.now();
        let known = self
            .metadata
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some((until, metadata)) = known
            && !afresh
            && now < until
        {
            return Ok(metadata);
        }
        let issuer = IssuerUrl::new(self.config.issuer.clone())
            .map_err(|_| unavailable("the issuer is not a URL"))?;
        let http = client_of(&self.world.http);
        let metadata = CoreProviderMetadata::discover_async(issuer, &http)
            .await
            .map_err(|_| unavailable("discovery"))?;
        let metadata = Arc::new(metadata);
        *self.metadata.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((now.plus_ms(METADATA_MS), Arc::clone(&metadata)));
        Ok(metadata)
    }

    fn redirect(&self) -> Result<RedirectUrl, ProviderError> {
        RedirectUrl::new(self.callback.clone()).map_err(|_| unavailable("our public URL"))
    }

    fn client(&self, metadata: &CoreProviderMetadata) -> Result<ProviderClient, ProviderError> {
        let secret = self.config.client_secret.clone().map(ClientSecret::new);
        // RFC 8414 §2: where nothing is said, the header is what a provider understands.
        let in_body = metadata
            .token_endpoint_auth_methods_supported()
            .is_some_and(|methods| !methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
        Ok(CoreClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(self.config.client_id.clone()),
            secret,
        )
        .set_auth_type(if in_body {
            AuthType::RequestBody
        } else {
            AuthType::BasicAuth
        })
        .set_redirect_uri(self.redirect()?))
    }

    async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, ProviderError>>,
    ) -> Result<T, ProviderError> {
        let clock = &self.world.clock;
        let limit = clock.sleep_until(clock.now().plus_ms(PATIENCE_MS));
        match select(std::pin::pin!(work), limit).await {
            Either::Left((result, _)) => result,
            Either::Right(_) => Err(unavailable("too slow")),
        }
    }
}

type ProviderClient = CoreClient<
    openidconnect::EndpointSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointMaybeSet,
    openidconnect::EndpointMaybeSet,
>;

/// Signatures that a third party can't make: no `none`, no shared secrets.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 8] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

const fn unavailable(what: &'static str) -> ProviderError {
    ProviderError::Unavailable(what)
}

/// Our port as the library's HTTP client.
fn client_of(
    http: &Arc<dyn Http>,
) -> impl Fn(
    openidconnect::HttpRequest,
) -> futures_util::future::BoxFuture<'static, Result<openidconnect::HttpResponse, HttpError>>
+ Send
+ Sync
+ use<> {
    let http = Arc::clone(http);
    move |request| {
        let answer = http.send(request.map(Bytes::from));
        Box::pin(async move { Ok(answer.await?.map(Vec::from)) })
    }
}

/// The claims of an ID token whose signature has been checked, all of them: the library keeps only
/// those it has a field for.
fn verified_payload(id_token: &str) -> Result<Map<String, Value>, ProviderError> {
    let payload = id_token.split('.').nth(1).unwrap_or_default();
    URL_SAFE_NO_PAD
        .decode(payload)
        .ok()
        .and_then(|payload| serde_json::from_slice(&payload).ok())
        .ok_or(unavailable("ID token payload"))
}

/// `2`, `"2"`, `"LoA2"`, `"urn:…:2"`: the number at the end.
fn level(text: &str) -> Option<u32> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    text.get(digits..)?.parse().ok()
}
