//! Revoke, many at once: every token that each identity has so far is dead.

use callsign_protocol::identity_id::IdentityId;

use crate::caller::Caller;
use crate::directory::audit::Action;
use crate::error::Error;
use crate::service::Service;

/// Raises the epochs of identities in one transaction. Answers for each whether it was there.
///
/// # Errors
/// [`Error::IdentityNotOwned`] when any id is of another resource, and nothing is done then; [`Error::Unavailable`] for now.
pub async fn revoke_identities(
    service: &Service,
    caller: &Caller,
    ids: &[IdentityId],
) -> Result<Vec<bool>, Error> {
    ids.iter().try_for_each(|id| caller.check_owns(*id))?;
    let deed = caller.deed(service, Action::RevokeAccessTokens);
    let raised = service.store.raise_identity_epochs(ids, &deed).await?;
    service.feeds.changed();
    Ok(raised.iter().map(Option::is_some).collect())
}
