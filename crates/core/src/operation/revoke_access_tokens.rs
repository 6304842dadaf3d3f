//! Revoke: every token that the identity has so far is dead.

use callsign_protocol::identity_id::IdentityId;

use super::revoke_identities::revoke_identities;
use crate::caller::Caller;
use crate::error::Error;
use crate::service::Service;

/// Raises the identity's epoch; one that is not there (any more) has no token left to revoke.
///
/// # Errors
/// [`Error::IdentityNotOwned`] for an id of another resource, [`Error::Unavailable`] for now.
pub async fn revoke_access_tokens(service: &Service, caller: &Caller, id: IdentityId) -> Result<(), Error> {
    revoke_identities(service, caller, &[id]).await.map(drop)
}
