//! A token that passed: whose it is, what it allows, until when, and how much its passing is worth.

use std::time::Duration;

use callsign_protocol::claims::Revision;
use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::verification::VerifiedToken;

use crate::capabilities::Capabilities;

/// How current the knowledge of revocations was when the token passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// Younger than `max_staleness`.
    Fresh,
    /// Older: only with [`WhenStale::AcceptAndFlag`](crate::WhenStale::AcceptAndFlag).
    Stale {
        /// How long ago the server was last heard of.
        age: Duration,
    },
    /// The server itself said so: only with [`WhenStale::Introspect`](crate::WhenStale::Introspect).
    Introspected,
}

/// A token that passed. Only a [`Verifier`](crate::Verifier) makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Whose the token is.
    pub identity: IdentityId,
    /// What it allows.
    pub capabilities: Capabilities,
    /// When it ends, to the second.
    pub expires_at: Timestamp,
    /// When it was issued, to the second.
    pub issued_at: Timestamp,
    /// What tells it from every other token. It opens nothing, so it may stand in a log.
    pub token_id: String,
    /// How current the knowledge of revocations was.
    pub freshness: Freshness,
    pub(crate) revision: Revision,
    pub(crate) key_id: String,
}

impl Verified {
    pub(crate) fn new(token: VerifiedToken, freshness: Freshness) -> Self {
        Self {
            identity: token.identity,
            capabilities: Capabilities::of(&token.scopes),
            expires_at: token.expires_at,
            issued_at: token.issued_at,
            token_id: token.token_id,
            freshness,
            revision: token.revision,
            key_id: token.key_id,
        }
    }
}
