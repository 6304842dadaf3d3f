//! Why nobody is let in. The caller sees one of three texts; the reason is for the log and for `doctor request`.

use callsign_core::authorities::Unproved;
use callsign_protocol::access_key::AccessKeyError;
use callsign_protocol::connection_string::InvalidConnectionString;
use callsign_protocol::entra::Rejection;
use callsign_protocol::signature::MalformedAuthorization;

/// The reason of a refused authentication. The display text is private.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Denial {
    #[error("the request has no Authorization header; sign it with an access key")]
    NoCredentials,
    #[error("the request shows no token; users of Entra show theirs in Authorization: Bearer")]
    TokenMissing,
    #[error("a token was shown over plain http from another machine; use https")]
    BearerOverHttp,
    #[error("{0}")]
    BearerRejected(Rejection),
    #[error(
        "{caller} has {has} at the resource '{resource}', and {needed} is needed; give it one in entra.roles"
    )]
    RoleMissing { caller: String, resource: String, needed: &'static str, has: &'static str },
    #[error(
        "access keys of the resource '{resource}' open nothing (authentication.disable_local_auth); show a token of Entra"
    )]
    KeysDisabled { resource: String },
    #[error("{0}")]
    Malformed(#[from] MalformedAuthorization),
    #[error("the header {0} is missing, repeated or not text")]
    Header(&'static str),
    #[error("the date '{0}' is not of the form 'Thu, 01 Oct 2026 07:05:09 GMT'")]
    DateMalformed(String),
    #[error(
        "the date '{date}' is more than {minutes} minutes from the server's '{server_date}'; set the caller's clock"
    )]
    DateOutsideWindow { date: String, server_date: String, minutes: u16 },
    #[error(
        "x-ms-content-sha256 is '{sent}', the body's is '{computed}'; the body was changed after signing"
    )]
    ContentDiffers { sent: String, computed: String },
    #[error("the host '{0}' leads to no resource; name it with --host, or use <resource>.<any domain>")]
    HostUnknown(String),
    #[error("neither access key of resource '{resource}' made this signature")]
    SignatureDiffers { resource: String },
    #[error(
        "an access key was shown over plain http; the connector calls this server by https, with no proxy that ends TLS"
    )]
    KeyOverHttp,
    #[error("the request shows several proofs; send one of connection-string, api-key and authorization")]
    SeveralProofs,
    #[error("the header connection-string is at fault: {0}")]
    ConnectionStringMalformed(#[from] InvalidConnectionString),
    #[error("the header api-key is at fault: {0}")]
    ApiKeyMalformed(#[from] AccessKeyError),
    #[error("the key that was shown is neither access key of resource '{resource}'")]
    KeyDiffers { resource: String },
}

impl Denial {
    /// The text of every refusal that the live service does not explain (`live-behaviour.md` §1.2).
    pub(crate) const PUBLIC_TEXT: &str = "Denied by the resource provider.";

    /// What the caller reads: the texts that users have reported from the live service (`live-behaviour.md` §1.2).
    pub(crate) fn public_text(&self) -> String {
        match self {
            Self::ContentDiffers { .. } => {
                "Request 'x-ms-content-sha256' differs from generated content hash.".to_owned()
            }
            Self::DateOutsideWindow { date, server_date, minutes } => format!(
                "The request is dated '{date}', the server's time is '{server_date}'. The time difference between the \
                 originating client and the server is greater than the allowed margin of {minutes} minutes."
            ),
            _ => Self::PUBLIC_TEXT.to_owned(),
        }
    }
}

/// Why nobody is let in now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Denied {
    /// For good.
    Denial(Denial),
    /// Because the issuer of the token does not tell its keys.
    Unproved(Unproved),
}

impl From<Denial> for Denied {
    fn from(denial: Denial) -> Self {
        Self::Denial(denial)
    }
}
