//! What is told of signing keys, and of everything that is wrapped, on the admin socket.

use callsign_protocol::algorithm::Algorithm;
use serde::{Deserialize, Serialize};

/// A signing key, as far as it may be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKeyEntry {
    /// Its `kid`.
    pub key_id: String,
    /// What it signs by; `None` of one that was revoked, of which only the id is kept.
    pub algorithm: Option<Algorithm>,
    /// `next`, `active`, `retiring`, `retired` or `revoked`.
    pub state: String,
    /// Since when it is in that state, in RFC 3339.
    pub since: String,
    /// Until when, in RFC 3339, as far as that is known.
    pub until: Option<String>,
}

/// What a rotation came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKeyRotation {
    /// What the keys sign by.
    pub algorithm: Algorithm,
    /// The key that takes over.
    pub key_id: String,
    /// From when it signs, in RFC 3339.
    pub signs_from: String,
    /// Whether it does already.
    pub signs: bool,
    /// The key that signed before.
    pub before: String,
    /// Until when that one is published, in RFC 3339.
    pub before_published_until: String,
}

/// What was wrapped anew, and where the key is that it is wrapped under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rekeying {
    /// Access keys.
    pub access_keys: usize,
    /// Signing keys.
    pub signing_keys: usize,
    /// The file that holds the new key.
    pub key_file: String,
    /// Whether the server takes its key from the configuration, which has to be changed before its next start.
    pub is_configured: bool,
}
