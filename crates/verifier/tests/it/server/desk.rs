//! A desk that signs tokens and statements with a P-256 key, and writes them wrongly when told so.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callsign_protocol::access_key::KeySlot;
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::claims::{Claims, MintedBy, Revision, compact, encoded_header};
use callsign_protocol::key_set::PublicKey;
use callsign_protocol::resource::DataLocation;
use callsign_verifier::{IdentityId, Scope, Scopes, Timestamp, Uuid};

use super::truth::{ISSUER, RESOURCE};

/// The access key of the resource, as its connection string has it.
pub const RAW_KEY: &str = "c2VjcmV0LWtleQ==";

pub struct Key {
    pair: EcdsaKeyPair,
    pub public: PublicKey,
}

impl Key {
    pub fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let public = PublicKey::p256(x.try_into().unwrap(), y.try_into().unwrap());
        Self { pair, public }
    }

    pub fn id(&self) -> &str {
        self.public.kid()
    }

    pub fn header(&self, typ: &str) -> String {
        encoded_header(self.id(), Algorithm::Es256, typ)
    }

    pub fn signed(&self, input: String) -> String {
        let signature = self.pair.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        compact(input, signature.as_ref())
    }
}

pub fn encoded(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

/// A token to be minted, with everything that a test may want otherwise.
#[derive(Clone)]
pub struct Mint {
    pub resource: Uuid,
    pub local: Uuid,
    pub scopes: Vec<Scope>,
    pub issued_at: Timestamp,
    pub minutes: i64,
    pub issuer: String,
    pub revision: Revision,
}

impl Mint {
    pub fn new(issued_at: Timestamp) -> Self {
        let minted_by = MintedBy::Key { slot: KeySlot::Primary, generation: 0 };
        Self {
            resource: RESOURCE,
            local: Uuid::from_u128(1),
            scopes: vec![Scope::Chat],
            issued_at,
            minutes: 60,
            issuer: ISSUER.to_owned(),
            revision: Revision { identity: 0, resource: super::Truth::RESOURCE_EPOCH, minted_by },
        }
    }

    pub fn of(self, local: Uuid) -> Self {
        Self { local, ..self }
    }

    /// The members of the payload.
    pub fn payload(&self) -> String {
        let (scopes, issuer) = (Scopes::new(self.scopes.clone()).unwrap(), self.issuer.parse().unwrap());
        let claims = Claims {
            teams: None,
            identity: IdentityId::from_parts(self.resource, self.local),
            scopes: &scopes,
            issued_at: self.issued_at,
            expires_at: self.issued_at.plus_minutes(self.minutes),
            data_location: DataLocation::UnitedStates,
            issuer: &issuer,
            token_id: [9; 16],
            revision: self.revision,
        };
        claims.payload()
    }

    pub fn compact(&self, key: &Key) -> String {
        key.signed(format!("{}.{}", key.header("JWT"), encoded(self.payload())))
    }
}
