//! Prune: identities that got no token for long are deleted, batch by batch.

use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::IdentityId;
use uuid::Uuid;

use super::list_identities::list_identities;
use crate::caller::Caller;
use crate::directory::audit::Action;
use crate::error::Error;
use crate::service::Service;
use crate::store::IdentityFilter;

/// Most identities of one batch: a transaction of so many keeps others waiting for some milliseconds.
const BATCH_MAX: usize = 1_000;

/// One batch: what was, or would be, deleted, and where to go on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The identities.
    pub ids: Vec<IdentityId>,
    /// Where the next batch begins; `None` when this was the last.
    pub next: Option<Uuid>,
}

/// What shall be pruned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prune {
    /// Those that got their last token, or were created when they never got one, before this instant.
    pub unused_since: Timestamp,
    /// Only say which.
    pub dry_run: bool,
    /// Where to go on.
    pub after: Option<Uuid>,
}

/// Deletes one batch. The store looks again in the deleting transaction: one that got a token meanwhile stays.
///
/// # Errors
/// [`Error::Unavailable`] for now.
pub async fn prune_identities(service: &Service, caller: &Caller, prune: Prune) -> Result<Pruned, Error> {
    let filter = IdentityFilter { unused_since: Some(prune.unused_since), ..IdentityFilter::default() };
    let page = list_identities(service, caller, filter, (prune.after, BATCH_MAX)).await?;
    let mut ids: Vec<IdentityId> = page.identities.iter().map(|identity| identity.id).collect();
    if !prune.dry_run && !ids.is_empty() {
        service.last_issued.flush(service.store.as_ref()).await?;
        let deed = caller.deed(service, Action::PruneIdentity);
        let deleted = service.store.delete_identities(&ids, Some(prune.unused_since), &deed).await?;
        service.feeds.changed();
        let mut deleted = deleted.into_iter();
        ids.retain(|_| deleted.next().unwrap_or(false));
    }
    Ok(Pruned { ids, next: page.next })
}
