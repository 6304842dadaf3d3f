//! Delete assignment: from now on no Entra token is exchanged on its word.

use callsign_protocol::assignment::AssignmentKey;

use super::update_assignments::update_assignments;
use crate::caller::Caller;
use crate::error::Error;
use crate::service::Service;

/// Removes an assignment; one that is not there (any more) is removed already.
///
/// # Errors
/// Those of [`update_assignments`].
pub async fn delete_assignment(service: &Service, caller: &Caller, key: AssignmentKey) -> Result<(), Error> {
    update_assignments(service, caller, &[(key, None)]).await.map(drop)
}
