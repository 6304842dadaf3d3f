//! Custom ids: an identity found by its caller's own name for it.

use callsign_protocol::identity_id::IdentityId;

use crate::caller::Caller;
use crate::error::Error;
use crate::service::Service;
use crate::store::{IdentityFilter, Listing};

/// The identity of the caller's resource that has the custom id.
///
/// # Errors
/// [`Error::Unavailable`] for now.
pub async fn find(service: &Service, caller: &Caller, custom_id: &str) -> Result<Option<IdentityId>, Error> {
    let filter = IdentityFilter { custom_id: Some(custom_id.to_owned()), ..IdentityFilter::default() };
    let listing = Listing { filter, after: None, page_max: 1, examined_max: 1 };
    let page = service.store.list_identities(caller.resource, &listing).await?;
    Ok(page.identities.first().map(|identity| identity.id))
}
