//! Delete, many at once: each identity is gone, and with it every token it had.

use callsign_protocol::identity_id::IdentityId;

use crate::caller::Caller;
use crate::directory::audit::Action;
use crate::error::Error;
use crate::service::Service;

/// Deletes identities in one transaction. Answers for each whether it was there.
///
/// # Errors
/// [`Error::IdentityNotOwned`] when any id is of another resource, and nothing is done then; [`Error::Unavailable`] for now.
pub async fn delete_identities(
    service: &Service,
    caller: &Caller,
    ids: &[IdentityId],
) -> Result<Vec<bool>, Error> {
    ids.iter().try_for_each(|id| caller.check_owns(*id))?;
    let deed = caller.deed(service, Action::DeleteIdentity);
    let deleted = service.store.delete_identities(ids, None, &deed).await?;
    service.feeds.changed();
    Ok(deleted)
}
