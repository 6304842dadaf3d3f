//! Update assignments, many at once: each is put or removed, all of them or none.

use crate::caller::Caller;
use crate::directory::audit::Action;
use crate::error::Error;
use crate::service::Service;
use crate::store::AssignmentChange;

/// Changes assignments in one transaction. Tokens of the one user or resource account that a changed or removed one is for are
/// revoked; those of the members of a group or a tenant live until they end, or are revoked one by one. Answers for each whether
/// there was one.
///
/// # Errors
/// [`Error::KeyRegenerated`] when the resource is gone, [`Error::Unavailable`] for now.
pub async fn update_assignments(
    service: &Service,
    caller: &Caller,
    changes: &[AssignmentChange],
) -> Result<Vec<bool>, Error> {
    let deed = caller.deed(service, Action::ChangeAssignment);
    let changed = service.store.change_assignments(caller.resource, changes, &deed).await?;
    service.feeds.changed();
    changed.ok_or(Error::KeyRegenerated)
}
