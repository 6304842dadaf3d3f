//! Key sets: the public halves of signing keys as RFC 7517 writes them, their names, and how signatures are checked by them.

mod public_key;
mod verifying_key;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::algorithm::Algorithm;

pub use public_key::PublicKey;
pub use verifying_key::VerifyingKey;

/// Where a server publishes its key set.
pub const KEY_SET_PATH: &str = "/.well-known/jwks.json";

/// Where a server publishes what it is, for readers of OpenID Connect Discovery.
pub const DISCOVERY_PATH: &str = "/.well-known/openid-configuration";

/// Longest key set that is read, in bytes: [`KEYS_MAX`] RSA keys of 2048 bits have 235 KiB.
pub const KEY_SET_BYTES_MAX: usize = 256 * 1024;

/// Most keys that a set which is read may have: more than a server ever publishes, whose keys stay for as long as it cannot
/// be sure that their last token is dead.
pub const KEYS_MAX: usize = 512;

/// A JWK set (RFC 7517 §5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Published")]
pub struct KeySet {
    /// The keys, in no order, no two of one name.
    pub keys: Vec<PublicKey>,
}

/// Why a document is not taken for a key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// It has more than [`KEY_SET_BYTES_MAX`] bytes.
    #[error(
        "the key set is longer than {KEY_SET_BYTES_MAX} bytes; publish fewer keys, or keys without certificates"
    )]
    Oversized,
    /// It is no JSON object with an array `keys`.
    #[error("the document is no key set: a JSON object with an array `keys` (RFC 7517 §5) was expected")]
    Malformed,
    /// It has more than [`KEYS_MAX`] keys.
    #[error("the key set has more than {KEYS_MAX} keys; remove those that sign no longer")]
    TooManyKeys,
    /// Two of its keys have one name, so that it says two things.
    #[error("two keys of the set have the same kid; give every key a name of its own")]
    RepeatedKeyId,
}

impl KeySet {
    /// Reads a published set. Keys of kinds that are not known here are left out, as RFC 7517 §5 wants it.
    ///
    /// # Errors
    /// [`KeySetError`] when the document is none, is too large, or names two keys alike.
    pub fn parse(document: &[u8]) -> Result<Self, KeySetError> {
        if document.len() > KEY_SET_BYTES_MAX {
            return Err(KeySetError::Oversized);
        }
        serde_json::from_slice::<Published>(document).map_err(|_| KeySetError::Malformed)?.try_into()
    }
}

/// The set as it was published: keys of any kind.
#[derive(Deserialize)]
struct Published {
    keys: Vec<Value>,
}

impl TryFrom<Published> for KeySet {
    type Error = KeySetError;

    fn try_from(published: Published) -> Result<Self, Self::Error> {
        if published.keys.len() > KEYS_MAX {
            return Err(KeySetError::TooManyKeys);
        }
        let keys: Vec<PublicKey> =
            published.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect();
        let mut names = HashSet::new();
        if !keys.iter().all(|key| names.insert(key.kid())) {
            return Err(KeySetError::RepeatedKeyId);
        }
        Ok(Self { keys })
    }
}

/// What a server says of itself (OpenID Connect Discovery 1.0 §3), as far as it applies to one that only issues access
/// tokens: there is no authorization endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovery {
    /// The `iss` claim of its tokens.
    pub issuer: String,
    /// Where its key set is.
    pub jwks_uri: String,
    /// None: there is nothing to authorize.
    pub response_types_supported: Vec<String>,
    /// `public`: the `sub` claim is the same for everybody.
    pub subject_types_supported: Vec<String>,
    /// What its tokens are signed by.
    pub id_token_signing_alg_values_supported: Vec<String>,
}

impl Discovery {
    /// What the issuer says whose tokens are signed by these algorithms.
    #[must_use]
    pub fn of(issuer: &str, algorithms: &[Algorithm]) -> Self {
        Self {
            issuer: issuer.to_owned(),
            jwks_uri: format!("{issuer}{KEY_SET_PATH}"),
            response_types_supported: Vec::new(),
            subject_types_supported: vec!["public".to_owned()],
            id_token_signing_alg_values_supported: algorithms.iter().map(Algorithm::to_string).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
