//! The tokens of the development authority: access tokens as version 1 of Entra writes them, id tokens as version 2 does, and
//! refresh tokens of its own.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callsign_core::clock::Clock;
use callsign_core::entropy::{self, Entropy};
use callsign_core::token::signing_key::SigningKey;
use callsign_protocol::claims::{compact, encoded_header};
use callsign_protocol::date::Timestamp;
use callsign_protocol::digest::sha256;
use callsign_protocol::key_set::{KeySet, VerifyingKey};
use callsign_protocol::verification::{HeaderType, signed_payload};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::answer::{Fault, Refusal};
use super::known::Client;
use super::scope::Asked;
use crate::config::{DevApplication, DevUser};

/// Entra says between 60 and 90 minutes, at random.
const LIFETIME_SECONDS: i64 = 75 * 60;
/// Entra's tokens begin five minutes before they are made (`live-behaviour.md` §3.2: `csi` is 300 less than `iat`).
const BACKDATED_SECONDS: i64 = 300;
const REFRESH_SECONDS: i64 = 24 * 60 * 60;
/// Nothing that checks access tokens takes a token of this type for one.
const REFRESH_TYPE: &str = "callsign-refresh+jwt";
const REFRESH_BYTES_MAX: usize = 8 * 1024;
/// Beyond it Entra leaves the claim out.
const GROUPS_MAX: usize = 200;

/// Makes tokens.
pub(super) struct Mint {
    tenant: Uuid,
    key: SigningKey,
    refresh_header: String,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// An access token and its end.
pub(super) struct Minted {
    pub(super) token: String,
    pub(super) begins: i64,
    pub(super) ends: i64,
    pub(super) seconds: i64,
}

/// How an application proved to be itself: the `appidacr` claim.
#[derive(Debug, Clone, Copy)]
pub(super) enum Proof {
    Nothing,
    Secret,
    /// As a managed identity does.
    Certificate,
}

/// What a refresh token says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Refresh {
    iss: String,
    client_id: String,
    oid: String,
    /// What was asked for.
    pub(super) words: String,
    /// Whether an id token was.
    pub(super) openid: bool,
    exp: i64,
}

impl Proof {
    const fn appidacr(self) -> &'static str {
        match self {
            Self::Nothing => "0",
            Self::Secret => "1",
            Self::Certificate => "2",
        }
    }

    pub(super) const fn of(client: &Client<'_>) -> Self {
        if client.showed_secret { Self::Secret } else { Self::Nothing }
    }
}

impl Refresh {
    /// Whose it is, by object id.
    pub(super) fn user(&self) -> &str {
        &self.oid
    }
}

impl Mint {
    pub(super) fn new(
        tenant: Uuid,
        key: SigningKey,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let refresh_header = encoded_header(key.key_id(), key.algorithm(), REFRESH_TYPE);
        Self { tenant, key, refresh_header, clock, entropy }
    }

    pub(super) fn issuer(&self) -> String {
        format!("https://callsign.test/{}/", self.tenant)
    }

    pub(super) const fn tenant(&self) -> Uuid {
        self.tenant
    }

    pub(super) const fn verifying_key(&self) -> &VerifyingKey {
        self.key.verifying()
    }

    pub(super) fn key_set(&self) -> KeySet {
        KeySet { keys: vec![self.key.published().clone()] }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Random bytes.
    pub(super) fn random<const N: usize>(&self) -> Result<[u8; N], Refusal> {
        entropy::bytes(self.entropy.as_ref()).map_err(|_| Refusal::failed())
    }

    /// A random guid, which is no secret; all zeros when there is no randomness.
    pub(super) fn random_guid(&self) -> Uuid {
        self.random().map_or(Uuid::nil(), |bytes| uuid::Builder::from_random_bytes(bytes).into_uuid())
    }

    /// A token for an application itself.
    pub(super) fn for_application(
        &self,
        application: &DevApplication,
        proof: Proof,
        audience: &str,
    ) -> Result<Minted, Refusal> {
        let object = application.object.to_string();
        let mut claims = self.claims(audience, &application.client_id, proof)?;
        claims.insert("idtyp".to_owned(), json!("app"));
        claims.insert("oid".to_owned(), json!(object));
        claims.insert("sub".to_owned(), json!(object));
        self.minted(&claims)
    }

    /// A token for a user of an application.
    pub(super) fn for_user(
        &self,
        user: &DevUser,
        client: &Client<'_>,
        asked: &Asked,
    ) -> Result<Minted, Refusal> {
        let client_id = &client.application.client_id;
        let mut claims = self.claims(&asked.audience, client_id, Proof::of(client))?;
        let mut claim = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        claim("oid", json!(user.object.to_string()));
        claim("sub", json!(self.pairwise(user, client_id)));
        claim("scp", json!(asked.permissions.join(" ")));
        claim("upn", json!(user.name));
        claim("unique_name", json!(user.name));
        claim("name", json!(display_name(user)));
        if (1..=GROUPS_MAX).contains(&user.groups.len()) {
            claim("groups", user.groups.iter().map(Uuid::to_string).collect());
        }
        self.minted(&claims)
    }

    /// Who the user is, for the application itself. `issuer` is that of the document which the client read, `nonce` is what it
    /// asked with.
    pub(super) fn id_token(
        &self,
        user: &DevUser,
        client: &Client<'_>,
        issuer: &str,
        nonce: Option<&str>,
    ) -> Result<String, Refusal> {
        let client_id = &client.application.client_id;
        let begins = self.now().unix_seconds() - BACKDATED_SECONDS;
        let mut claims = json!({
            "aud": client_id,
            "iss": issuer,
            "iat": begins,
            "nbf": begins,
            "exp": self.now().unix_seconds() + LIFETIME_SECONDS,
            "name": display_name(user),
            "oid": user.object.to_string(),
            "preferred_username": user.name,
            "sub": self.pairwise(user, client_id),
            "tid": self.tenant.to_string(),
            "uti": URL_SAFE_NO_PAD.encode(self.random::<16>()?),
            "ver": "2.0",
        });
        if let (Value::Object(claims), Some(nonce)) = (&mut claims, nonce) {
            claims.insert("nonce".to_owned(), json!(nonce));
        }
        self.signed(self.key.encoded_header(), &claims)
    }

    /// What gets more tokens for the user of an application, of any resource.
    pub(super) fn refresh_token(
        &self,
        user: &DevUser,
        client: &Client<'_>,
        asked: &Asked,
    ) -> Result<String, Refusal> {
        let claims = Refresh {
            iss: self.issuer(),
            client_id: client.application.client_id.clone(),
            oid: user.object.to_string(),
            words: asked.words.clone(),
            openid: asked.openid,
            exp: self.now().unix_seconds() + REFRESH_SECONDS,
        };
        self.signed(&self.refresh_header, &claims)
    }

    /// Reads a refresh token, which must be one of that application.
    pub(super) fn read_refresh_token(&self, token: &str, client: &Client<'_>) -> Result<Refresh, Refusal> {
        let wrong = |reason: &str| {
            let sentence = format!("Provided grant is invalid or malformed: {reason}. Sign in again.");
            Refusal::new(Fault::GrantWrong, sentence)
        };
        let typ = HeaderType::Exactly(REFRESH_TYPE);
        let read = signed_payload(token, typ, REFRESH_BYTES_MAX, |_| Some(self.key.verifying()))
            .map_err(|_| wrong("the refresh token is none of this authority"))?;
        let refresh: Refresh =
            serde_json::from_slice(&read.payload).map_err(|_| wrong("the refresh token cannot be read"))?;
        if refresh.iss != self.issuer() {
            return Err(wrong("the refresh token is of another tenant"));
        }
        if refresh.client_id != client.application.client_id {
            return Err(wrong("the refresh token was issued to another application"));
        }
        if refresh.exp <= self.now().unix_seconds() {
            let sentence = "The refresh token has expired. Sign in again.";
            return Err(Refusal::new(Fault::RefreshTokenExpired, sentence));
        }
        Ok(refresh)
    }

    /// What every access token says (`live-behaviour.md` §4: the form of version 1).
    fn claims(&self, audience: &str, client_id: &str, proof: Proof) -> Result<Map<String, Value>, Refusal> {
        let now = self.now().unix_seconds();
        let claims = json!({
            "aud": audience,
            "iss": self.issuer(),
            "iat": now - BACKDATED_SECONDS,
            "nbf": now - BACKDATED_SECONDS,
            "exp": now + LIFETIME_SECONDS,
            "appid": client_id,
            "appidacr": proof.appidacr(),
            "idp": self.issuer(),
            "tid": self.tenant.to_string(),
            "uti": URL_SAFE_NO_PAD.encode(self.random::<16>()?),
            "ver": "1.0",
        });
        match claims {
            Value::Object(claims) => Ok(claims),
            _ => Err(Refusal::failed()),
        }
    }

    fn minted(&self, claims: &Map<String, Value>) -> Result<Minted, Refusal> {
        let time = |name: &str| claims.get(name).and_then(Value::as_i64).unwrap_or_default();
        let token = self.signed(self.key.encoded_header(), claims)?;
        Ok(Minted { token, begins: time("nbf"), ends: time("exp"), seconds: LIFETIME_SECONDS })
    }

    fn signed(&self, header: &str, claims: &impl Serialize) -> Result<String, Refusal> {
        let claims = serde_json::to_vec(claims).map_err(|_| Refusal::failed())?;
        let input = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
        let signature = self.key.sign(&digest(&SHA256, input.as_bytes())).map_err(|_| Refusal::failed())?;
        Ok(compact(input, &signature))
    }

    /// The subject that one application knows a user by, and no other does.
    fn pairwise(&self, user: &DevUser, client_id: &str) -> String {
        let (tenant, object) = (self.tenant.as_bytes(), user.object.as_bytes());
        URL_SAFE_NO_PAD.encode(sha256(&[b"pairwise\n", tenant, object, client_id.as_bytes()]))
    }
}

/// `alice` of `alice@callsign.test`.
fn display_name(user: &DevUser) -> &str {
    user.name.split_once('@').map_or(&user.name, |(name, _)| name)
}
