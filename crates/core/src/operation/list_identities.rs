//! List: the identities of the caller's resource, page by page.

use uuid::Uuid;

use crate::caller::Caller;
use crate::error::Error;
use crate::service::Service;
use crate::store::{IdentityFilter, IdentityPage, Listing};

/// Most identities that one page looks at, so that a filter that few match keeps nobody waiting.
const EXAMINED_MAX: usize = 10_000;

/// Lists identities that match, after the given local guid, at most `page_max` of them. A page may be short, or empty, and
/// still have a next one.
///
/// # Errors
/// [`Error::Unavailable`] for now.
pub async fn list_identities(
    service: &Service,
    caller: &Caller,
    filter: IdentityFilter,
    (after, page_max): (Option<Uuid>, usize),
) -> Result<IdentityPage, Error> {
    // What was noted since the last flush would be missing from the filter and from the page.
    service.last_issued.flush(service.store.as_ref()).await?;
    let listing = Listing { filter, after, page_max, examined_max: EXAMINED_MAX };
    Ok(service.store.list_identities(caller.resource, &listing).await?)
}
