//! Delete: the identity is gone, and with it every token it had.

use callsign_protocol::identity_id::IdentityId;

use super::delete_identities::delete_identities;
use crate::caller::Caller;
use crate::error::Error;
use crate::service::Service;

/// Deletes an identity; one that is not there (any more) is deleted already.
///
/// # Errors
/// [`Error::IdentityNotOwned`] for an id of another resource, [`Error::Unavailable`] for now.
pub async fn delete_identity(service: &Service, caller: &Caller, id: IdentityId) -> Result<(), Error> {
    delete_identities(service, caller, &[id]).await.map(drop)
}
