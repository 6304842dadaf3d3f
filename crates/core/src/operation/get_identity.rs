//! Get: what is known of an identity.

use callsign_protocol::identity_id::IdentityId;

use crate::caller::Caller;
use crate::error::Error;
use crate::service::Service;
use crate::store::Identity;

/// Reads an identity.
///
/// # Errors
/// [`Error::IdentityNotOwned`] for an id of another resource, [`Error::IdentityNotFound`] for one that is not there,
/// [`Error::Unavailable`] for now.
pub async fn get_identity(service: &Service, caller: &Caller, id: IdentityId) -> Result<Identity, Error> {
    caller.check_owns(id)?;
    let mut identity = service.store.standing(id).await?.ok_or(Error::IdentityNotFound)?.identity;
    identity.last_issued_at = service.last_issued.merged(id, identity.last_issued_at);
    Ok(identity)
}
