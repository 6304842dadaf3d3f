//! Teams extension exchange: an access token for the Teams user or resource account whose Entra token is shown.

use callsign_protocol::assignment::{Assignment, AssignmentKey};
use callsign_protocol::entra::{EntraToken, Purpose};
use callsign_protocol::identity_id::{Holder, IdentityId};

use crate::caller::Caller;
use crate::directory::entra_users::{self, Assigned, Exchanged};
use crate::error::Error;
use crate::service::Service;

/// Exchanges the caller's own token. The assignment of the user has to be there, and to name the application if it names any.
///
/// # Errors
/// [`Error::PermissionsMissing`] and [`Error::NoUser`] for the token, [`Error::NotAssigned`]; those of an issue for now.
pub async fn exchange_teams_extension_access_token(
    service: &Service,
    caller: &Caller,
    token: &EntraToken,
) -> Result<Exchanged, Error> {
    let scopes = entra_users::scopes(token, Purpose::TeamsExtension)?;
    let user = entra_users::user(token)?;
    let key = AssignmentKey::TeamsExtension { tenant: user.tenant, object: user.object };
    let application = token.application.as_deref().unwrap_or_default();
    let covers = |assignment: &Assignment| assignment.covers(application);
    let id = IdentityId::of_entra(caller.resource, Holder::TeamsExtensionUser(user)).ok_or(Error::NoUser)?;
    let assigned = Assigned { token, keys: &[key], covers: &covers };
    entra_users::exchange(service, caller, id, entra_users::grant(token, &scopes), Some(assigned)).await
}
