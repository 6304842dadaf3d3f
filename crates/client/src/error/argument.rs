//! What this crate refuses before anything is sent.

use std::time::Duration;

use callsign_protocol::access_key::AccessKeyError;
use callsign_protocol::connection_string::InvalidConnectionString;

/// An argument that cannot be used, with the remedy. It is the source of an [`azure_core::Error`].
///
/// No variant repeats a text that may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidArgument {
    /// A connection string that cannot be read.
    #[error(transparent)]
    ConnectionString(#[from] InvalidConnectionString),
    /// A key that is no base64.
    #[error(transparent)]
    AccessKey(#[from] AccessKeyError),
    /// An endpoint that is no URL of a service.
    #[error("the endpoint is no URL of a service ({reason}); its form is https://<host>")]
    Endpoint {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An endpoint of plain http on another machine.
    #[error(
        "plain http is accepted for this machine only (localhost, 127.0.0.0/8, ::1): over http anyone on the way to {host} can \
         read the tokens; use https"
    )]
    PlainHttp {
        /// The host in question.
        host: String,
    },
    /// An endpoint of plain http, with a credential that sends bearer tokens.
    #[error(
        "a token credential is used over https only: over http anyone on the way could take its token; use https, or an access key"
    )]
    PlainHttpBearer,
    /// An application id that cannot stand in `User-Agent`.
    #[error("application_id has to be 1 to 24 letters, digits and !#$%&'*+-.^_`|~ (RFC 9110 token)")]
    ApplicationId,
    /// A lifetime that is no whole number of minutes.
    #[error(
        "the service counts lifetimes in whole minutes, and {given:?} is not; use Duration::from_secs(60 * minutes)"
    )]
    Lifetime {
        /// The lifetime in question.
        given: Duration,
    },
    /// An id that cannot stand in a path.
    #[error("the user's id is empty or a path; its form is 8:acs:<guid>_<guid>")]
    UserId,
    /// An id of Entra that cannot stand in a path.
    #[error("the id of a tenant, user, group or account is empty or a path; it is a guid")]
    EntraId,
    /// A wish that the chosen version has no way to say.
    #[error("api-version {api_version} cannot {wish}; {remedy}")]
    NotInVersion {
        /// The chosen version.
        api_version: String,
        /// What was asked for.
        wish: &'static str,
        /// What can be done.
        remedy: &'static str,
    },
    /// A page of a size that there is none of.
    #[error("a page has 1 to 1000 identities; choose a page_size among them, or none")]
    PageSize,
    /// Entra scopes that do not say which exchange to use.
    #[error(
        "the scopes have to begin all with https://communication.azure.com/clients/ or all with \
         https://auth.msft.communication.azure.com/"
    )]
    EntraScopes,
    /// A token whose end cannot be read.
    #[error(
        "the token is no JWT with an `exp` claim, so its end is not known; use AccessToken::new, which takes the end"
    )]
    Token,
    /// A credential that was used after it was disposed of.
    #[error("User credential is disposed")]
    Disposed,
    /// A refresher that gave a token that has ended already. The text is that of the official libraries (`clients.md` A.10).
    #[error("The token returned from the tokenRefresher is expired.")]
    ExpiredTokenFromRefresher,
}

impl From<InvalidArgument> for azure_core::Error {
    fn from(error: InvalidArgument) -> Self {
        let kind = match error {
            InvalidArgument::Disposed | InvalidArgument::ExpiredTokenFromRefresher => {
                azure_core::error::ErrorKind::Credential
            }
            _ => azure_core::error::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}
