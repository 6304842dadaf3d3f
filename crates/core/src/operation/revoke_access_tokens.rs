//! Revoke: every token that the identity has so far is dead.

use callsign_protocol::identity_id::IdentityId;

use crate::caller::Caller;
use crate::error::Error;
use crate::service::Service;

/// Raises the identity's epoch; one that is not there (any more) has no token left to revoke.
///
/// # Errors
/// [`Error::IdentityNotOwned`] for an id of another resource, [`Error::Unavailable`] for now.
pub async fn revoke_access_tokens(service: &Service, caller: &Caller, id: IdentityId) -> Result<(), Error> {
    caller.check_owns(id)?;
    service.store.raise_identity_epoch(id).await?;
    Ok(())
}
