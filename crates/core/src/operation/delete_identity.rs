//! Delete: the identity is gone, and with it every token it had.

use callsign_protocol::identity_id::IdentityId;

use crate::caller::Caller;
use crate::directory::audit::Action;
use crate::error::Error;
use crate::service::Service;

/// Deletes an identity; one that is not there (any more) is deleted already.
///
/// # Errors
/// [`Error::IdentityNotOwned`] for an id of another resource, [`Error::Unavailable`] for now.
pub async fn delete_identity(service: &Service, caller: &Caller, id: IdentityId) -> Result<(), Error> {
    caller.check_owns(id)?;
    let deed = caller.deed(service, Action::DeleteIdentity);
    service.store.delete_identities(&[id], None, &deed).await?;
    service.feeds.changed();
    Ok(())
}
