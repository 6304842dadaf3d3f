//! What requests take and replies give, in the words that users of the other ACS libraries know.

pub(crate) mod request;
mod scope;

use std::fmt;

use azure_core::credentials::Secret;
use azure_core::fmt::SafeDebug;
use azure_core::time::{OffsetDateTime, parse_rfc3339};
use callsign_protocol::messages::reply;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::identifier::CommunicationUserIdentifier;
pub use scope::TokenScope;

/// An access token of an ACS user and when it ends. `Debug` does not show the token.
#[derive(Clone, PartialEq, Eq, SafeDebug)]
#[non_exhaustive]
pub struct AccessToken {
    /// The token. [`Secret::secret`] lends it.
    pub token: Secret,
    /// When it ends, to the 100 ns that the service tells.
    #[safe(true)]
    pub expires_on: OffsetDateTime,
}

impl AccessToken {
    /// A token whose end is known.
    pub fn new(token: impl Into<Secret>, expires_on: OffsetDateTime) -> Self {
        Self { token: token.into(), expires_on }
    }
}

/// For policies and clients that speak azure_core's type.
impl From<AccessToken> for azure_core::credentials::AccessToken {
    fn from(token: AccessToken) -> Self {
        Self::new(token.token, token.expires_on)
    }
}

impl<'de> Deserialize<'de> for AccessToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let reply: reply::AccessToken = read(deserializer)?;
        Self::from_reply(reply).map_err(D::Error::custom)
    }
}

impl AccessToken {
    fn from_reply(reply: reply::AccessToken) -> Result<Self, UnreadableReply> {
        let expires_on = instant(&reply.expires_on)?;
        Ok(Self::new(reply.token, expires_on))
    }
}

/// A new user with its first token. `Debug` does not show the token.
#[derive(Clone, SafeDebug)]
#[non_exhaustive]
pub struct CommunicationUserIdentifierAndToken {
    /// The user.
    #[safe(true)]
    pub user: CommunicationUserIdentifier,
    /// The user's token.
    pub access_token: AccessToken,
}

impl<'de> Deserialize<'de> for CommunicationUserIdentifierAndToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let reply: reply::CreatedIdentity = read(deserializer)?;
        let token = reply.access_token.ok_or_else(|| D::Error::custom(UnreadableReply))?;
        Ok(Self {
            user: CommunicationUserIdentifier::new(reply.identity.id),
            access_token: AccessToken::from_reply(token).map_err(D::Error::custom)?,
        })
    }
}

/// What the service tells of a user (`2025-03-02-preview`). `Debug` does not show your own name for the user.
#[derive(Clone, PartialEq, Eq, SafeDebug)]
#[non_exhaustive]
pub struct UserDetail {
    /// The user.
    #[safe(true)]
    pub user: CommunicationUserIdentifier,
    /// Your own name for the user, if it was created with one.
    pub custom_id: Option<String>,
    /// When the user last got a token, in whole seconds; `None` if never.
    #[safe(true)]
    pub last_token_issued_at: Option<OffsetDateTime>,
}

impl<'de> Deserialize<'de> for UserDetail {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let reply: reply::Identity = read(deserializer)?;
        let issued = reply.last_token_issued_at.as_deref().map(instant);
        Ok(Self {
            user: CommunicationUserIdentifier::new(reply.id),
            custom_id: reply.custom_id,
            last_token_issued_at: issued.transpose().map_err(D::Error::custom)?,
        })
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum IdentityReply {
    Wrapped(reply::CreatedIdentity),
    /// `2020-07-20-preview2` answers a create with the identity itself (`live-behaviour.md` §1.1).
    Flat(reply::Identity),
}

/// Reads the service's replies: `{"identity":{"id":…}}` and `{"id":…}`.
impl<'de> Deserialize<'de> for CommunicationUserIdentifier {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match read(deserializer)? {
            IdentityReply::Wrapped(reply) => Self::new(reply.identity.id),
            IdentityReply::Flat(identity) => Self::new(identity.id),
        })
    }
}

/// The reply has other members than those published. It is not quoted: it may hold a token.
#[derive(Debug)]
pub(crate) struct UnreadableReply;

impl fmt::Display for UnreadableReply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the reply is not of the form that this api-version publishes")
    }
}

/// Reads without quoting: serde's own errors show the value that they did not expect.
pub(crate) fn read<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::deserialize(deserializer).map_err(|_| D::Error::custom(UnreadableReply))
}

pub(crate) fn instant(text: &str) -> Result<OffsetDateTime, UnreadableReply> {
    parse_rfc3339(text).map_err(|_| UnreadableReply)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn a_token_keeps_the_ticks_of_its_end_and_does_not_print() {
        let token: AccessToken =
            parse(r#"{"token":"s3cr3t","expiresOn":"2025-04-14T17:32:27.2078535+00:00"}"#).unwrap();
        assert_eq!(token.expires_on.nanosecond(), 207_853_500);
        assert_eq!(token.token.secret(), "s3cr3t");
        assert!(!format!("{token:?}").contains("s3cr3t"));
    }

    #[test]
    fn a_detail_shows_the_user_and_not_its_name() {
        let detail: UserDetail = parse(r#"{"customId":"alice@contoso.com","id":"8:acs:a_b"}"#).unwrap();
        let shown = format!("{detail:?}");
        assert!(shown.contains("8:acs:a_b") && !shown.contains("alice"), "{shown}");
    }

    #[test]
    fn a_user_is_read_from_both_shapes_of_the_reply() {
        for text in [r#"{"identity":{"id":"8:acs:a_b"}}"#, r#"{"id":"8:acs:a_b"}"#] {
            assert_eq!(parse::<CommunicationUserIdentifier>(text).unwrap().id(), "8:acs:a_b");
        }
    }

    #[test]
    fn a_reply_that_cannot_be_read_is_not_quoted() {
        for text in [
            r#""s3cr3t""#,
            r#"{"token":["s3cr3t"],"expiresOn":"x"}"#,
            r#"{"token":"s3cr3t","expiresOn":"s3cr3t"}"#,
            r#"{"token":"s3cr3t""#,
        ] {
            let error = parse::<AccessToken>(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error}");
        }
        let error =
            parse::<CommunicationUserIdentifierAndToken>(r#"{"identity":{"id":"a"},"accessToken":"s3cr3t"}"#)
                .unwrap_err();
        assert!(!error.to_string().contains("s3cr3t"), "{error}");
    }
}
