//! List assignments: which Entra users may exchange their tokens, page by page.

use callsign_protocol::assignment::Assignment;
use uuid::Uuid;

use crate::caller::Caller;
use crate::error::Error;
use crate::service::Service;

/// Assignments on a page.
const PAGE_MAX: usize = 100;

/// A page of assignments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignmentPage {
    /// In the order of their object ids.
    pub assignments: Vec<Assignment>,
    /// The object id behind which the next page begins, if there is one.
    pub next: Option<Uuid>,
}

/// Lists the assignments of Entra users behind an object id.
///
/// # Errors
/// [`Error::Unavailable`] for now.
pub async fn list_assignments(
    service: &Service,
    caller: &Caller,
    after: Option<Uuid>,
) -> Result<AssignmentPage, Error> {
    let mut assignments = service.store.list_entra_assignments(caller.resource, after, PAGE_MAX + 1).await?;
    let goes_on = assignments.len() > PAGE_MAX;
    assignments.truncate(PAGE_MAX);
    let next = assignments.last().filter(|_| goes_on).map(|last| last.key.object());
    Ok(AssignmentPage { assignments, next })
}
