//! What can go wrong with an operation, in the rules' own words. Statuses and public texts are the server's.

use callsign_protocol::messages::request::InvalidMessage;

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
