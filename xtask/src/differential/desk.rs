//! Where tokens are made: keys, a rightful token, and our own judgement.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callsign_core::clock::{Clock as _, SystemClock};
use callsign_core::token::signing_key::SigningKey;
use callsign_protocol::access_key::KeySlot;
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::claims::{Claims, Issuer, MintedBy, Revision, compact};
use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::key_set::KeySet;
use callsign_protocol::resource::DataLocation;
use callsign_protocol::scope::{Scope, Scopes};
use callsign_protocol::verification::{Expected, verify};
use fastrand::Rng;
use serde_json::json;

use super::mutation;

const ISSUER: &str = "https://localhost:8443";
/// What tokens say of the resource that they are for.
const RESOURCE: u128 = 0x1234_5678_9abc_4def_8123_4567_89ab_cdef;
/// The longest lifetime there is.
const LIFETIME_MINUTES: i64 = 1_440;

pub(super) struct Desk {
    random: Rng,
    keys: [SigningKey; 2],
    started: Timestamp,
    issuer: Issuer,
}

impl Desk {
    pub(super) fn new(seed: u64) -> anyhow::Result<Self> {
        Ok(Self {
            random: Rng::with_seed(seed),
            keys: [SigningKey::generate(Algorithm::Rs256)?, SigningKey::generate(Algorithm::Es256)?],
            started: SystemClock.now(),
            issuer: ISSUER.parse()?,
        })
    }

    /// What a judge has to know, as one line of JSON.
    pub(super) fn task(&self) -> String {
        let keys = KeySet { keys: self.keys.iter().map(|key| key.published().clone()).collect() };
        json!({"jwks": keys, "issuer": ISSUER}).to_string()
    }

    pub(super) fn keys(&self) -> &[SigningKey] {
        &self.keys
    }

    pub(super) fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    /// So many tokens, each changed in some way or in none.
    pub(super) fn tokens(&mut self, count: usize) -> anyhow::Result<Vec<String>> {
        let mut tokens: Vec<String> = Vec::with_capacity(count);
        let mut whole = self.token()?;
        while tokens.len() < count {
            // A signature costs much more than a change, so a token is changed in many ways before the next one.
            if self.random.u8(..) < 16 {
                whole = self.token()?;
            }
            let token = match self.random.u8(0..16) {
                0 => whole.clone(),
                1..=3 => self.signed_anew(&whole)?,
                _ => mutation::of_text(&mut self.random, &whole),
            };
            // Tokens go to the judges line by line.
            tokens.push(token.replace(['\n', '\r'], "%"));
        }
        Ok(tokens)
    }

    /// A rightful token.
    fn token(&mut self) -> anyhow::Result<String> {
        let scopes: Vec<Scope> = Scope::ALL.into_iter().filter(|_| self.random.bool()).collect();
        let scopes = Scopes::new(scopes).or_else(|| Scopes::new([Scope::Chat]));
        let Some(scopes) = scopes else { anyhow::bail!("there is a scope") };
        let resource = uuid::Uuid::from_u128(RESOURCE);
        let claims = Claims {
            identity: IdentityId::mint(resource, self.started, self.random.u64(..)),
            scopes: &scopes,
            issued_at: self.started,
            expires_at: self.started.plus_minutes(LIFETIME_MINUTES),
            data_location: DataLocation::Europe,
            issuer: &self.issuer,
            token_id: self.random.u128(..).to_be_bytes(),
            teams: None,
            revision: Revision {
                identity: self.random.u64(0..9),
                resource: 0,
                minted_by: MintedBy::Key { slot: KeySlot::Primary, generation: 1 },
            },
        };
        let key = self.random.usize(0..self.keys.len());
        let Some(key) = self.keys.get(key) else { anyhow::bail!("there is a key") };
        sign(key, claims.signing_input(key.encoded_header()))
    }

    /// The same token with another header or payload, rightly signed by one of the keys.
    fn signed_anew(&mut self, whole: &str) -> anyhow::Result<String> {
        let mut parts = whole.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap_or_default());
        let (header, payload) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let number = self.random.usize(0..self.keys.len());
        let (header, payload) = mutation::of_json(&mut self.random, (&header, &payload), self.started);
        let Some(key) = self.keys.get(number) else { anyhow::bail!("there is a key") };
        let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        sign(key, input)
    }

    /// Whether our verifier accepts.
    pub(super) fn accepts(&self, token: &str) -> bool {
        let resource = uuid::Uuid::from_u128(RESOURCE);
        let expected = Expected { issuer: ISSUER, resource, now: SystemClock.now() };
        let key = |key_id: &str| self.keys.iter().map(SigningKey::verifying).find(|key| key.kid() == key_id);
        verify(token, &expected, key).is_ok()
    }
}

fn sign(key: &SigningKey, input: String) -> anyhow::Result<String> {
    let signature = key.sign(&digest(&SHA256, input.as_bytes()))?;
    Ok(compact(input, &signature))
}
