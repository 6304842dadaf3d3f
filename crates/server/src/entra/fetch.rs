//! One reading of what an issuer says of itself and of its keys: from its host and no other, within bounds of size and time.

use std::collections::HashMap;
use std::time::Duration;

use callsign_protocol::key_set::{KEY_SET_BYTES_MAX, KeySet, PublicKey};
use reqwest::header::CACHE_CONTROL;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, Url};
use serde::Deserialize;

use super::keys::KnownKeys;
use crate::config::TrustedIssuer;

/// How long both documents may take together.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Longest discovery document, in bytes. That of Entra has two thousand.
const DISCOVERY_BYTES_MAX: usize = 64 * 1024;
/// No issuer has itself asked more often, nor more seldom: a key that it withdraws is to be forgotten.
const KEPT_LEAST: Duration = Duration::from_mins(1);
const KEPT_MOST: Duration = Duration::from_hours(1);
const KEPT_DEFAULT: Duration = Duration::from_mins(15);

/// Says who asks, in the log of the issuer.
const USER_AGENT: &str = concat!("callsign/", env!("CARGO_PKG_VERSION"));

/// Why the keys could not be read: sentences for the log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("no client for https could be made: {0}")]
    Client(reqwest::Error),
    #[error("{0} did not answer within {TIMEOUT:?}")]
    TimedOut(String),
    #[error("{0} cannot be reached: {1}")]
    Unreachable(String, String),
    #[error("{0} answers {1}; a redirection is not followed")]
    Status(String, u16),
    #[error("{0} is longer than {1} bytes")]
    Oversized(String, usize),
    #[error("{0} is no discovery document: {1}")]
    NoDocument(String, String),
    #[error(
        "{place} is of the issuer '{found}', not of '{expected}'; name the other one after issuer= if it is right"
    )]
    IssuerDiffers { place: String, found: String, expected: String },
    #[error("{place} has its keys at {keys}, on another host; name that after keys= if it is right")]
    KeysElsewhere { place: String, keys: String },
    #[error("{0} is no key set that can be used: {1}")]
    NoKeySet(String, String),
}

/// What was read, and for how long it may be kept.
pub(super) struct Fetched {
    pub(super) keys: KnownKeys,
    pub(super) endpoints: Endpoints,
    pub(super) may_be_kept: Duration,
}

/// What a provider says of how people sign in. None of it counts for who only has tokens checked.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Endpoints {
    #[serde(default)]
    pub(super) authorization_endpoint: Option<String>,
    #[serde(default)]
    pub(super) token_endpoint: Option<String>,
    #[serde(default)]
    pub(super) token_endpoint_auth_methods_supported: Vec<String>,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

/// A client that follows nobody anywhere: a redirect or a proxy of the environment would be a host that nobody configured.
pub(super) fn client() -> Result<Client, FetchError> {
    Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(TIMEOUT)
        .user_agent(USER_AGENT)
        .build()
        .map_err(FetchError::Client)
}

pub(super) async fn fetch(client: &Client, issuer: &TrustedIssuer) -> Result<Fetched, FetchError> {
    let read = read(client, issuer);
    let place = || issuer.discovery.to_string();
    tokio::time::timeout(TIMEOUT, read).await.unwrap_or_else(|_| Err(FetchError::TimedOut(place())))
}

async fn read(client: &Client, issuer: &TrustedIssuer) -> Result<Fetched, FetchError> {
    let place = issuer.discovery.to_string();
    let (document, _) = get(client, &issuer.discovery, DISCOVERY_BYTES_MAX).await?;
    let discovery: Discovery = serde_json::from_slice(&document)
        .map_err(|error| FetchError::NoDocument(place.clone(), error.to_string()))?;
    if !issuer.is(&discovery.issuer) {
        let (found, expected) = (cut(&discovery.issuer), issuer.issuer.clone());
        return Err(FetchError::IssuerDiffers { place, found, expected });
    }
    let keys = keys_at(issuer, &discovery)?;
    let (key_set, may_be_kept) = get(client, &keys, KEY_SET_BYTES_MAX).await?;
    let no_key_set = |reason: String| FetchError::NoKeySet(keys.to_string(), reason);
    let set = KeySet::parse(&key_set).map_err(|error| no_key_set(error.to_string()))?;
    let prepared: HashMap<_, _> =
        set.keys.iter().filter_map(PublicKey::prepared).map(|key| (key.kid().to_owned(), key)).collect();
    if prepared.is_empty() {
        return Err(no_key_set("it has no RSA or P-256 key for signatures that has a name".to_owned()));
    }
    let endpoints = serde_json::from_slice(&document).unwrap_or_default();
    Ok(Fetched { keys: KnownKeys::new(discovery.issuer, prepared), endpoints, may_be_kept })
}

/// Where the keys are: where the configuration says, or else on the host of the document.
fn keys_at(issuer: &TrustedIssuer, discovery: &Discovery) -> Result<Url, FetchError> {
    if let Some(keys) = &issuer.keys {
        return Ok(keys.clone());
    }
    let place = issuer.discovery.to_string();
    let keys = Url::parse(&discovery.jwks_uri)
        .map_err(|error| FetchError::NoDocument(place.clone(), format!("jwks_uri: {error}")))?;
    if keys.origin() == issuer.discovery.origin() {
        return Ok(keys);
    }
    Err(FetchError::KeysElsewhere { place, keys: cut(&discovery.jwks_uri) })
}

async fn get(client: &Client, url: &Url, bytes_max: usize) -> Result<(Vec<u8>, Duration), FetchError> {
    let place = url.to_string();
    let unreachable = |error: reqwest::Error| FetchError::Unreachable(place.clone(), causes(&error));
    let reply = client.get(url.clone()).send().await.map_err(unreachable)?;
    if !reply.status().is_success() {
        return Err(FetchError::Status(place, reply.status().as_u16()));
    }
    let may_be_kept = may_be_kept(&reply);
    Ok((body(reply, &place, bytes_max).await?, may_be_kept))
}

/// Posts a form and reads what is answered, whether or not it is a refusal.
pub(super) async fn post(request: RequestBuilder, url: &Url) -> Result<(bool, Vec<u8>), FetchError> {
    let place = url.to_string();
    let exchange = async {
        let reply = request.send().await;
        let reply = reply.map_err(|error| FetchError::Unreachable(place.clone(), causes(&error)))?;
        let good = reply.status().is_success();
        Ok((good, body(reply, &place, DISCOVERY_BYTES_MAX).await?))
    };
    tokio::time::timeout(TIMEOUT, exchange).await.unwrap_or_else(|_| Err(FetchError::TimedOut(place.clone())))
}

async fn body(mut reply: Response, place: &str, bytes_max: usize) -> Result<Vec<u8>, FetchError> {
    let unreachable = |error: reqwest::Error| FetchError::Unreachable(place.to_owned(), causes(&error));
    let mut bytes = Vec::new();
    while let Some(chunk) = reply.chunk().await.map_err(unreachable)? {
        if chunk.len() > bytes_max - bytes.len() {
            return Err(FetchError::Oversized(place.to_owned(), bytes_max));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// What `max-age` allows, within bounds.
fn may_be_kept(reply: &Response) -> Duration {
    let values = reply.headers().get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let mut directives = values.flat_map(|value| value.split(',')).map(str::trim);
    let seconds = directives.find_map(|directive| directive.strip_prefix("max-age=")?.parse().ok());
    seconds.map_or(KEPT_DEFAULT, Duration::from_secs).clamp(KEPT_LEAST, KEPT_MOST)
}

/// An error of the client with what lies behind it: the first one only says that something failed.
fn causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}

pub(super) fn cut(text: &str) -> String {
    text.chars().take(200).filter(|c| !c.is_control()).collect()
}
