//! Put assignment: from now on the user, group or tenant may exchange Entra tokens, in the way that it says.

use callsign_protocol::assignment::Assignment;

use super::update_assignments::update_assignments;
use crate::caller::Caller;
use crate::error::Error;
use crate::service::Service;

/// Puts an assignment in the place of the one that may be there. Answers whether there was one.
///
/// # Errors
/// Those of [`update_assignments`].
pub async fn put_assignment(
    service: &Service,
    caller: &Caller,
    assignment: Assignment,
) -> Result<bool, Error> {
    let changes = [(assignment.key, Some(assignment))];
    Ok(update_assignments(service, caller, &changes).await? == [true])
}
