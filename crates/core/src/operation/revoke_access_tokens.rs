//! Revoke: every token that the identity has so far is dead.

use callsign_protocol::identity_id::IdentityId;

use crate::caller::Caller;
use crate::directory::audit::Action;
use crate::error::Error;
use crate::service::Service;

/// Raises the identity's epoch; one that is not there (any more) has no token left to revoke.
///
/// # Errors
/// [`Error::IdentityNotOwned`] for an id of another resource, [`Error::Unavailable`] for now.
pub async fn revoke_access_tokens(service: &Service, caller: &Caller, id: IdentityId) -> Result<(), Error> {
    caller.check_owns(id)?;
    let deed = caller.deed(service, Action::RevokeAccessTokens);
    service.store.raise_identity_epochs(&[id], &deed).await?;
    service.feeds.changed();
    Ok(())
}
