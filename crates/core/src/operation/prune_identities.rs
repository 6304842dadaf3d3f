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

/// Deletes one batch. The store looks again in the deleting transaction, and nobody gets a token meanwhile that it does not know
/// of: one that got a token stays.
///
/// # Errors
/// [`Error::Unavailable`] for now.
pub async fn prune_identities(service: &Service, caller: &Caller, prune: Prune) -> Result<Pruned, Error> {
    let filter = IdentityFilter { unused_since: Some(prune.unused_since), ..IdentityFilter::default() };
    let page = list_identities(service, caller, filter, (prune.after, BATCH_MAX)).await?;
    let mut ids: Vec<IdentityId> = page.identities.iter().map(|identity| identity.id).collect();
    if !prune.dry_run && !ids.is_empty() {
        let pruning = service.last_issued.pruning(ids, prune.unused_since);
        let deed = caller.deed(service, Action::PruneIdentity);
        let deleted = service.store.delete_identities(&pruning.ids, Some(prune.unused_since), &deed).await?;
        service.feeds.changed();
        ids = pruning.ids.iter().zip(deleted).filter(|(_, deleted)| *deleted).map(|(id, _)| *id).collect();
    }
    Ok(Pruned { ids, next: page.next })
}

#[cfg(test)]
mod tests {
    use callsign_protocol::lifetime::Lifetime;
    use callsign_protocol::messages::request::{CreateIdentity, IssueAccessToken};
    use callsign_protocol::scope::{Scope, Scopes};
    use futures_executor::block_on;

    use super::*;
    use crate::operation::create_identity::create_identity;
    use crate::operation::issue_access_token::issue_access_token;
    use crate::service::sample::{caller, service};

    #[test]
    fn nobody_gets_a_token_while_it_is_pruned_and_whoever_is_getting_one_stays() {
        let (service, clock) = service();
        let caller = caller(&service, "default");
        let scopes = Scopes::new([Scope::Chat]).unwrap();
        let create = |scopes: Option<Scopes>| {
            let custom_id = Some("ann".to_owned());
            let message = CreateIdentity { custom_id, scopes, lifetime: Lifetime::MAX };
            block_on(create_identity(&service, &caller, message))
        };
        let id = create(None).unwrap().identity.id;
        let message = IssueAccessToken { scopes: scopes.clone(), lifetime: Lifetime::MAX };
        let issue = || block_on(issue_access_token(&service, &caller, id, &message));
        clock.advance_milliseconds(1);
        let prune = Prune { unused_since: service.clock.now(), dry_run: false, after: None };
        let pruned = || block_on(prune_identities(&service, &caller, prune)).unwrap().ids;

        let pruning = service.last_issued.pruning(vec![id], prune.unused_since);
        assert_eq!(issue(), Err(Error::Overloaded));
        assert_eq!(create(Some(scopes.clone())).err(), Some(Error::Overloaded));
        drop(pruning);
        let issuing = service.last_issued.issuing(id);
        assert_eq!(pruned(), []);
        drop(issuing);
        assert_eq!(pruned(), [id]);
        assert_eq!(issue(), Err(Error::IdentityNotFound));
        assert_ne!(create(Some(scopes)).unwrap().identity.id, id);
    }
}
