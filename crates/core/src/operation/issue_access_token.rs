//! Issue: a token for an identity that is there.

use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::messages::request::IssueAccessToken;

use crate::caller::Caller;
use crate::error::Error;
use crate::service::Service;
use crate::token::issue::{Grant, IssuedToken, mint};

/// Issues a token. It reads once and writes nothing before it answers.
///
/// # Errors
/// [`Error::IdentityNotOwned`] for an id of another resource, [`Error::ExchangeOnly`] for an Entra user's,
/// [`Error::IdentityNotFound`] for one that is not there (any more), [`Error::KeyRegenerated`], [`Error::Overloaded`] and [`Error::Unavailable`] for now.
pub async fn issue_access_token(
    service: &Service,
    caller: &Caller,
    id: IdentityId,
    message: &IssueAccessToken,
) -> Result<IssuedToken, Error> {
    caller.check_owns(id)?;
    if id.is_of_entra() {
        return Err(Error::ExchangeOnly);
    }
    let _issuing = service.last_issued.issuing(id).ok_or(Error::Overloaded)?;
    let standing = service.store.standing(id).await?.ok_or(Error::IdentityNotFound)?;
    mint(service, caller, &standing, Grant::of(&message.scopes, message.lifetime)).await
}
