//! Get assignment: who may exchange Entra tokens, one entry of it.

use callsign_protocol::assignment::{Assignment, AssignmentKey};

use crate::caller::Caller;
use crate::error::Error;
use crate::service::Service;

/// Reads an assignment.
///
/// # Errors
/// [`Error::AssignmentNotFound`] when there is none, [`Error::Unavailable`] for now.
pub async fn get_assignment(
    service: &Service,
    caller: &Caller,
    key: AssignmentKey,
) -> Result<Assignment, Error> {
    let found = service.store.assignments_of(caller.resource, &[key]).await?;
    found.into_iter().next().ok_or(Error::AssignmentNotFound)
}
