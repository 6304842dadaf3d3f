//! Whose users are trusted: an OpenID provider, found by its discovery document, and the check of a user's token by its keys.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use reqwest::Client;
use serde::Deserialize;
use tokio::sync::Mutex;

/// How long the provider may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// For how long after a reading of the keys nobody can have them read again.
const COOL_DOWN: Duration = Duration::from_secs(30);

/// An OpenID provider.
pub struct Issuer {
    http: Client,
    name: String,
    jwks_uri: String,
    audience: String,
    keys: Mutex<(JwkSet, Instant)>,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    /// Providers whose access tokens have another issuer than their id tokens say so, as AD FS does.
    access_token_issuer: Option<String>,
    jwks_uri: String,
}

/// What of a token counts.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    tid: Option<String>,
    oid: Option<String>,
    sub: Option<String>,
    appid: Option<String>,
    azp: Option<String>,
    scp: Option<String>,
}

/// A user who is signed in.
pub(crate) struct User {
    /// The user's name in the directory: no two issuers share one.
    pub(crate) custom_id: String,
    pub(crate) object: Option<String>,
    pub(crate) application: Option<String>,
    permissions: String,
}

impl User {
    pub(crate) fn may(&self, permission: &str) -> bool {
        self.permissions.split(' ').any(|word| word == permission)
    }
}

impl Issuer {
    /// Reads the discovery document and the keys. `audience` is who the tokens are for: this service, by its name at the provider.
    ///
    /// # Errors
    /// When the provider does not answer, or not what it should.
    pub async fn discover(document: &str, audience: &str) -> anyhow::Result<Self> {
        let http = Client::builder().timeout(TIMEOUT).build()?;
        let Discovery { issuer, access_token_issuer, jwks_uri } = read(&http, document).await?;
        let keys = Mutex::new((read(&http, &jwks_uri).await?, Instant::now()));
        let name = access_token_issuer.unwrap_or(issuer);
        Ok(Self { http, name, jwks_uri, audience: audience.to_owned(), keys })
    }

    /// The user whose token that is; `None` when it is not good.
    pub(crate) async fn user(&self, token: &str) -> Option<User> {
        let kid = decode_header(token).ok()?.kid?;
        let key = self.key(&kid).await?;
        let mut rules = Validation::new(Algorithm::RS256);
        rules.leeway = 0;
        rules.validate_nbf = true;
        rules.set_issuer(&[&self.name]);
        rules.set_audience(&[&self.audience]);
        rules.set_required_spec_claims(&["exp", "iss", "aud"]);
        let claims = decode::<Claims>(token, &key, &rules).ok()?.claims;
        let custom_id = match (&claims.tid, &claims.oid, &claims.sub) {
            (Some(tenant), Some(object), _) => format!("{tenant}/{object}"),
            (_, Some(subject), _) | (_, None, Some(subject)) => format!("{}#{subject}", claims.iss),
            _ => return None,
        };
        Some(User {
            custom_id,
            object: claims.oid,
            application: claims.appid.or(claims.azp),
            permissions: claims.scp.unwrap_or_default(),
        })
    }

    /// The key of that id. One that is new is asked for once, unless that was done a moment ago.
    async fn key(&self, kid: &str) -> Option<DecodingKey> {
        let mut keys = self.keys.lock().await;
        let (known, read_at) = &mut *keys;
        if known.find(kid).is_none() && read_at.elapsed() >= COOL_DOWN {
            *read_at = Instant::now();
            if let Ok(newer) = read(&self.http, &self.jwks_uri).await {
                *known = newer;
            }
        }
        DecodingKey::from_jwk(known.find(kid)?).ok()
    }
}

async fn read<T: for<'de> Deserialize<'de>>(http: &Client, url: &str) -> anyhow::Result<T> {
    let reply = http.get(url).send().await.and_then(reqwest::Response::error_for_status);
    let body = reply.with_context(|| format!("{url} does not answer"))?.bytes().await?;
    serde_json::from_slice(&body).with_context(|| format!("{url} answers something else"))
}
