//! What can go wrong with an operation, in the rules' own words. Statuses and public texts are the server's.

use callsign_protocol::messages::request::InvalidMessage;

use crate::authorities::Unproved;
use crate::entropy::NoEntropy;
use crate::store::StoreError;
use crate::wrapping::WrappingError;

/// Why an operation did not happen. The display text is for the log; the server chooses what a caller sees.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The key that signed the request was regenerated while the request was under way.
    #[error("the access key was regenerated while the request was under way")]
    KeyRegenerated,
    /// The body is at fault.
    #[error("{0}")]
    InvalidMessage(#[from] InvalidMessage),
    /// The id names another resource.
    #[error("the identity belongs to another resource")]
    IdentityNotOwned,
    /// The id names no identity of the resource (any more).
    #[error("the resource has no such identity")]
    IdentityNotFound,
    /// Tokens of the identity come from an exchange of its Entra token, and end with that.
    #[error("the identity is of an Entra user, who gets tokens by an exchange only")]
    ExchangeOnly,
    /// The Entra token in the body is not good.
    #[error("{0}")]
    AccessTokenInvalid(Unproved),
    /// The Entra token lets its application do too little.
    #[error("the token has not the permissions that the exchange needs: {}", .0.join(", "))]
    PermissionsMissing(Vec<&'static str>),
    /// The Entra token is of no user of a tenant.
    #[error(
        "the token names no user of a tenant: it has no oid that is a guid, or its issuer speaks for no tenant"
    )]
    NoUser,
    /// Another application got the Entra token than the one that is named.
    #[error("the token was got by another application: {0}")]
    ApplicationUnexpected(String),
    /// The Entra token is of another user than the one that is named.
    #[error("the token is of another user: {0}")]
    UserUnexpected(String),
    /// No assignment of the resource covers the user and the application.
    #[error("no assignment covers the user {user} and the application {application}")]
    NotAssigned {
        /// The user.
        user: String,
        /// The application.
        application: String,
    },
    /// There is no such assignment.
    #[error("the resource has no such assignment")]
    AssignmentNotFound,
    /// Who issued the Entra token does not tell by which keys.
    #[error("{0}")]
    AuthorityUnavailable(Unproved),
    /// More work waits than can be done in time.
    #[error("more signatures wait than can be made in time")]
    Overloaded,
    /// The store cannot answer now, or the outcome of a write is not known. Every step may be repeated.
    #[error("{0}")]
    Unavailable(StoreError),
    /// Something that should not happen did.
    #[error("{0}")]
    Internal(String),
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable { .. } | StoreError::OutcomeUnknown { .. } => Self::Unavailable(error),
            StoreError::Conflict { .. } | StoreError::Corrupt { .. } => Self::Internal(error.to_string()),
        }
    }
}

impl From<Unproved> for Error {
    fn from(unproved: Unproved) -> Self {
        match unproved {
            Unproved::Rejected(_) => Self::AccessTokenInvalid(unproved),
            Unproved::Unknown { .. } => Self::AuthorityUnavailable(unproved),
        }
    }
}

impl From<NoEntropy> for Error {
    fn from(error: NoEntropy) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<LoadError> for Error {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Store(error) => error.into(),
            LoadError::Wrapping(error) => Self::Internal(error.to_string()),
            LoadError::Failed(error) => error,
        }
    }
}

/// Why keys could not be loaded from a store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// They are wrapped under another key-encryption key.
    #[error(transparent)]
    Wrapping(#[from] WrappingError),
    /// The store has them not, or not whole.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// None could be made.
    #[error(transparent)]
    Failed(#[from] Error),
}
