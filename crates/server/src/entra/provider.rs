//! An OpenID provider that people are sent to, to sign in here: where it wants them, what it gives for their codes, and whose the id
//! tokens are that come of it. It is asked when somebody signs in, and seldom.

use std::sync::Arc;
use std::time::Duration;

use callsign_core::clock::Clock;
use callsign_protocol::entra::{ExpectedIdToken, IdToken, Rejection, verify_id_token};
use callsign_protocol::verification;
use reqwest::header::CONTENT_TYPE;
use reqwest::{RequestBuilder, Url};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::fetch::{Endpoints, FetchError, client, cut, fetch, post};
use super::keys::KnownKeys;
use crate::config::OpenIdProvider;

/// The two ways for an application to show its secret (OpenID Connect Core §9). Every provider should take the first one.
const SECRET_IN_HEADER: &str = "client_secret_basic";
const SECRET_IN_FORM: &str = "client_secret_post";

/// Why nobody is signed in: sentences for the log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignInError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("the OpenID provider could not be asked a moment ago, and is left alone for a while: {0}")]
    AskedJustNow(String),
    #[error("{0} names no {1} that can be used")]
    EndpointMissing(String, &'static str),
    #[error("{place} redeems codes at {found}, on another host; name that after token= if it is right")]
    TokenEndpointElsewhere { place: String, found: String },
    #[error("the OpenID provider gives nothing for the code: {0}")]
    Refused(String),
    #[error("the OpenID provider's answer to the code has no id token: {0}")]
    AnswerUnreadable(String),
    #[error("the id token of the OpenID provider is not accepted: {0}")]
    Rejected(#[from] Rejection),
}

/// The application that the portal is at the provider.
pub(crate) struct Client {
    /// Its client id.
    pub(crate) id: String,
    /// Its secret; a public client has none, and its challenge alone.
    pub(crate) secret: Option<Zeroizing<String>>,
}

/// What of a sign-in is needed to end it.
pub(crate) struct SignIn<'a> {
    /// The code that the browser brought.
    pub(crate) code: &'a str,
    /// Where the browser was sent back to.
    pub(crate) redirect_uri: &'a str,
    /// What the challenge was made of.
    pub(crate) verifier: &'a str,
    /// What the id token has to repeat.
    pub(crate) nonce: &'a str,
}

/// The provider.
pub(crate) struct Provider {
    config: OpenIdProvider,
    cool_down: Duration,
    clock: Arc<dyn Clock>,
    reading: Mutex<Reading>,
}

/// The last reading of what it is.
#[derive(Default)]
struct Reading {
    known: Option<Arc<Known>>,
    /// Until then it is not asked for what is known.
    fresh_until: Option<Instant>,
    /// Until then it is not asked at all, and why.
    asked: Option<(Instant, String)>,
}

/// What is known of it.
struct Known {
    keys: KnownKeys,
    authorization: Url,
    token: Url,
    secret_in_form: bool,
}

impl Provider {
    pub(crate) fn new(config: OpenIdProvider, cool_down: Duration, clock: Arc<dyn Clock>) -> Self {
        Self { config, cool_down, clock, reading: Mutex::default() }
    }

    /// Where people are sent.
    pub(crate) async fn authorization_endpoint(&self) -> Result<Url, SignInError> {
        Ok(self.known(false).await?.authorization.clone())
    }

    /// Who signed in, if the code is good and what comes for it is.
    pub(crate) async fn redeem(
        &self,
        asked_as: &Client,
        sign_in: &SignIn<'_>,
    ) -> Result<IdToken, SignInError> {
        let known = self.known(false).await?;
        let token = redeem(&known, asked_as, sign_in).await?;
        match self.verify(&known, &token, asked_as, sign_in.nonce) {
            // The provider may sign by a key that it had not when it was asked last.
            Err(Rejection::Form(verification::Rejection::KeyUnknown)) => {
                let known = self.known(true).await?;
                Ok(self.verify(&known, &token, asked_as, sign_in.nonce)?)
            }
            verified => Ok(verified?),
        }
    }

    fn verify(
        &self,
        known: &Known,
        token: &str,
        asked_as: &Client,
        nonce: &str,
    ) -> Result<IdToken, Rejection> {
        let expected = ExpectedIdToken {
            issuer: known.keys.issuer(),
            tenant: self.config.issuer.tenant,
            client_id: &asked_as.id,
            nonce,
            now: self.clock.now(),
        };
        verify_id_token(token, &expected, |key_id| known.keys.get(key_id))
    }

    /// What is known, read anew when that is old or `anew` is wanted. Whoever comes meanwhile waits for the same reading.
    async fn known(&self, anew: bool) -> Result<Arc<Known>, SignInError> {
        let mut reading = self.reading.lock().await;
        let now = Instant::now();
        let resting = reading.asked.as_ref().filter(|(until, _)| *until > now);
        if let Some(known) = &reading.known
            && (resting.is_some() || (!anew && reading.fresh_until.is_some_and(|until| until > now)))
        {
            return Ok(Arc::clone(known));
        }
        if let Some((_, reason)) = resting {
            return Err(SignInError::AskedJustNow(reason.clone()));
        }
        let read = self.read().await;
        let reason = read.as_ref().err().map(ToString::to_string).unwrap_or_default();
        reading.asked = Some((Instant::now() + self.cool_down, reason));
        let (known, may_be_kept) = read?;
        reading.fresh_until = Some(Instant::now() + may_be_kept);
        reading.known = Some(Arc::clone(&known));
        Ok(known)
    }

    async fn read(&self) -> Result<(Arc<Known>, Duration), SignInError> {
        let fetched = fetch(&client()?, &self.config.issuer).await?;
        let Endpoints { authorization_endpoint, token_endpoint, token_endpoint_auth_methods_supported } =
            fetched.endpoints;
        let takes = |way| token_endpoint_auth_methods_supported.iter().any(|name| name == way);
        let known = Known {
            keys: fetched.keys,
            authorization: self.endpoint(authorization_endpoint, "authorization_endpoint")?,
            token: self.token_endpoint(token_endpoint)?,
            secret_in_form: takes(SECRET_IN_FORM) && !takes(SECRET_IN_HEADER),
        };
        Ok((Arc::new(known), fetched.may_be_kept))
    }

    /// An address of its document: https, or of this machine as the document itself is.
    fn endpoint(&self, text: Option<String>, name: &'static str) -> Result<Url, SignInError> {
        let discovery = &self.config.issuer.discovery;
        let url = text.and_then(|text| Url::parse(&text).ok());
        let good = |url: &Url| url.scheme() == "https" || url.origin() == discovery.origin();
        url.filter(good).ok_or_else(|| SignInError::EndpointMissing(discovery.to_string(), name))
    }

    /// Secrets go to a host that is configured and to no other.
    fn token_endpoint(&self, text: Option<String>) -> Result<Url, SignInError> {
        if let Some(token) = &self.config.token {
            return Ok(token.clone());
        }
        let url = self.endpoint(text, "token_endpoint")?;
        let discovery = &self.config.issuer.discovery;
        if url.origin() == discovery.origin() {
            return Ok(url);
        }
        Err(SignInError::TokenEndpointElsewhere { place: discovery.to_string(), found: cut(url.as_str()) })
    }
}

/// The id token that the provider gives for a code (OpenID Connect Core §3.1.3).
async fn redeem(known: &Known, asked_as: &Client, sign_in: &SignIn<'_>) -> Result<String, SignInError> {
    #[derive(Deserialize)]
    struct Given {
        id_token: String,
    }
    let (good, answer) = post(request(known, asked_as, sign_in)?, &known.token).await?;
    if !good {
        return Err(SignInError::Refused(refusal(&answer)));
    }
    let given: Given = serde_json::from_slice(&answer)
        .map_err(|error| SignInError::AnswerUnreadable(cut(&error.to_string())))?;
    Ok(given.id_token)
}

fn request(known: &Known, asked_as: &Client, sign_in: &SignIn<'_>) -> Result<RequestBuilder, SignInError> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code")
        .append_pair("code", sign_in.code)
        .append_pair("redirect_uri", sign_in.redirect_uri)
        .append_pair("code_verifier", sign_in.verifier)
        .append_pair("client_id", &asked_as.id);
    let mut request = client()?.post(known.token.clone());
    match &asked_as.secret {
        Some(secret) if known.secret_in_form => {
            form.append_pair("client_secret", secret);
        }
        // RFC 6749 §2.3.1: both are encoded as in a form first.
        Some(secret) => request = request.basic_auth(encoded(&asked_as.id), Some(encoded(secret))),
        None => {}
    }
    let media_type = "application/x-www-form-urlencoded";
    Ok(request.header(CONTENT_TYPE, media_type).body(form.finish()))
}

/// What the provider says of why, if it says anything that can be read.
fn refusal(answer: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
        #[serde(default)]
        error_description: String,
    }
    match serde_json::from_slice::<Refusal>(answer) {
        Ok(refusal) => cut(&format!("{} {}", refusal.error, refusal.error_description)),
        Err(_) => "it does not say why".to_owned(),
    }
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
