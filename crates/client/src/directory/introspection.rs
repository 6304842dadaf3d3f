//! What introspection answers (RFC 7662).

use azure_core::fmt::SafeDebug;
use azure_core::time::OffsetDateTime;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::identifier::CommunicationUserIdentifier;
use crate::models::{TokenScope, UnreadableReply, read};

/// Whether a token is good, and what it says. Nothing but [`active`](Self::active) is known of one that is not.
#[derive(Clone, PartialEq, Eq, SafeDebug)]
#[safe(true)]
#[non_exhaustive]
pub struct Introspection {
    /// Whether the token is good now: of this resource, signed by a key in force, not ended and not revoked.
    pub active: bool,
    /// Whose it is.
    pub user: Option<CommunicationUserIdentifier>,
    /// What it allows.
    pub scopes: Vec<TokenScope>,
    /// When it was issued, in whole seconds.
    pub issued_on: Option<OffsetDateTime>,
    /// When it ends, in whole seconds.
    pub expires_on: Option<OffsetDateTime>,
    /// Who issued it: the server's public address.
    pub issuer: Option<String>,
    /// The token's own id.
    pub token_id: Option<String>,
}

#[derive(Deserialize)]
struct Reply {
    active: bool,
    sub: Option<String>,
    scope: Option<String>,
    iat: Option<i64>,
    exp: Option<i64>,
    iss: Option<String>,
    jti: Option<String>,
}

impl<'de> Deserialize<'de> for Introspection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let reply: Reply = read(deserializer)?;
        let instant = |seconds: Option<i64>| {
            let read = seconds.map(OffsetDateTime::from_unix_timestamp).transpose();
            read.map_err(|_| D::Error::custom(UnreadableReply))
        };
        let scopes = reply.scope.unwrap_or_default();
        Ok(Self {
            active: reply.active,
            user: reply.sub.map(CommunicationUserIdentifier::new),
            scopes: scopes.split_ascii_whitespace().map(TokenScope::from).collect(),
            issued_on: instant(reply.iat)?,
            expires_on: instant(reply.exp)?,
            issuer: reply.iss,
            token_id: reply.jti,
        })
    }
}
