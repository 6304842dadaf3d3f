//! Whether a token is good here and now: the strict check of its form, and then the epochs, which only the store knows.

use callsign_protocol::verification::{self, Expected, Rejection, VerifiedToken};
use uuid::Uuid;

use crate::error::Error;
use crate::service::Service;
use crate::store::Standing;

/// Why a token is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotGood {
    /// Its form, signature or claims are wrong, or its time is over.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// It was revoked: by a revoke, a delete, the regeneration of the access key that minted it, or because the key that
    /// signed it is compromised.
    #[error("the token was revoked")]
    Revoked,
}

impl NotGood {
    /// The reason as one word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Rejected(rejection) => rejection.code(),
            Self::Revoked => "revoked",
        }
    }
}

/// Checks a token of the resource. It reads the store, so after the answer to a revoke no older token is good.
///
/// # Errors
/// [`Error::Unavailable`] for now: a token is never good because the store is away.
pub async fn verify(
    service: &Service,
    resource: Uuid,
    token: &str,
) -> Result<Result<VerifiedToken, NotGood>, Error> {
    let now = service.clock.now();
    let expected = Expected { issuer: service.issuer.as_str(), resource, now };
    let keys = service.signing_keys.in_force();
    let token = match verification::verify(token, &expected, |key_id| keys.verifying(key_id)) {
        Ok(token) => token,
        Err(rejection) => return Ok(Err(rejection.into())),
    };
    let standing = service.store.standing(token.identity).await?;
    Ok(if is_revoked(&token, standing.as_ref()) { Err(NotGood::Revoked) } else { Ok(token) })
}

/// The one place that decides for the server: a token is dead when its identity is not there, and else by the rule that
/// verifiers go by too.
#[must_use]
pub fn is_revoked(token: &VerifiedToken, standing: Option<&Standing>) -> bool {
    standing.is_none_or(|standing| token.revision.is_behind(&standing.epochs()))
}

#[cfg(test)]
mod tests;
