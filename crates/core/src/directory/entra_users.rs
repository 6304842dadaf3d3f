//! Users whom Entra knows: an identity of theirs comes to be with their first exchange.

use callsign_protocol::entra::{EntraToken, Purpose};
use callsign_protocol::identity_id::{EntraUser, IdentityId};
use callsign_protocol::scope::Scopes;

use crate::caller::Caller;
use crate::directory::audit::Action;
use crate::error::Error;
use crate::service::Service;
use crate::store::{Identity, Standing};
use crate::token::issue::{Ends, Grant, IssuedToken, mint};

/// What an exchange answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchanged {
    /// Whose token it is.
    pub identity: IdentityId,
    /// The token, which ends with the Entra token.
    pub token: IssuedToken,
}

/// The user that a token is of.
///
/// # Errors
/// [`Error::NoUser`].
pub fn user(token: &EntraToken) -> Result<EntraUser, Error> {
    match (token.tenant, token.object) {
        (Some(tenant), Some(object)) if !token.is_application_itself => Ok(EntraUser { tenant, object }),
        _ => Err(Error::NoUser),
    }
}

/// The scopes that a token is exchanged for.
///
/// # Errors
/// [`Error::PermissionsMissing`].
pub fn scopes(token: &EntraToken, purpose: Purpose) -> Result<Scopes, Error> {
    purpose.scopes(&token.permissions).ok_or_else(|| Error::PermissionsMissing(purpose.permissions()))
}

/// Issues a token for a user of Entra, and makes the identity if there is none yet.
///
/// # Errors
/// Those of [`mint`], and [`Error::Unavailable`] for now.
pub async fn exchange(
    service: &Service,
    caller: &Caller,
    id: IdentityId,
    grant: Grant<'_>,
) -> Result<Exchanged, Error> {
    let _issuing = service.last_issued.issuing(id).ok_or(Error::Overloaded)?;
    let standing = match service.store.standing(id).await? {
        Some(standing) => standing,
        None => make(service, caller, id).await?,
    };
    let token = mint(service, caller, &standing, grant).await?;
    Ok(Exchanged { identity: id, token })
}

async fn make(service: &Service, caller: &Caller, id: IdentityId) -> Result<Standing, Error> {
    let deed = caller.deed(service, Action::CreateIdentity);
    let created_at = deed.at.whole_milliseconds();
    let wanted = Identity { id, created_at, epoch: 0, last_issued_at: None, custom_id: None };
    // No standing means that the resource went away under the request.
    service.store.create_identity(&wanted, &deed).await?.ok_or(Error::KeyRegenerated)
}

/// A token that ends with the Entra token.
#[must_use]
pub const fn grant<'a>(token: &EntraToken, scopes: &'a Scopes) -> Grant<'a> {
    Grant { scopes, ends: Ends::With(token.expires_at), teams: None }
}
