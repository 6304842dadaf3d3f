//! Create: a new identity, or the one that already has the caller's custom id, and a token if one is asked for.

use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::messages::request::CreateIdentity;

use crate::caller::Caller;
use crate::directory::audit::Action;
use crate::entropy;
use crate::error::Error;
use crate::service::Service;
use crate::store::Identity;
use crate::token::issue::{Grant, IssuedToken, mint};

/// What create made or found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedIdentity {
    /// The identity, as [`super::get_identity`] would show it.
    pub identity: Identity,
    /// Whether there was none of its custom id before.
    pub is_new: bool,
    /// The token, if one was asked for.
    pub token: Option<IssuedToken>,
}

/// Creates an identity.
///
/// # Errors
/// [`Error::KeyRegenerated`] when the resource or its key is gone; [`Error::Unavailable`] and [`Error::Overloaded`] for
/// now; [`Error::Internal`] otherwise. An identity may have been created when only the token failed: repeating makes
/// another one, as it does with the live service, unless a custom id names it.
pub async fn create_identity(
    service: &Service,
    caller: &Caller,
    message: CreateIdentity,
) -> Result<CreatedIdentity, Error> {
    let deed = caller.deed(service, Action::CreateIdentity);
    let now = deed.at;
    let random = u64::from_be_bytes(entropy::bytes(service.entropy.as_ref())?);
    let wanted = Identity {
        id: IdentityId::mint(caller.resource, now, random),
        created_at: now.whole_milliseconds(),
        epoch: 0,
        last_issued_at: None,
        custom_id: message.custom_id,
    };
    // No standing means that the resource, and with it the key that signed, went away under the request.
    let mut standing = service.store.create_identity(&wanted, &deed).await?.ok_or(Error::KeyRegenerated)?;
    let is_new = standing.identity.id == wanted.id;
    let token = match &message.scopes {
        None => None,
        Some(scopes) => {
            let id = standing.identity.id;
            let _issuing = service.last_issued.issuing(id).ok_or(Error::Overloaded)?;
            // One that was there already may have been pruned since.
            if !is_new {
                standing = service.store.standing(id).await?.ok_or(Error::Overloaded)?;
            }
            Some(mint(service, caller, &standing, Grant::of(scopes, message.lifetime)).await?)
        }
    };
    let identity = &mut standing.identity;
    identity.last_issued_at = service.last_issued.merged(identity.id, identity.last_issued_at);
    Ok(CreatedIdentity { identity: standing.identity, is_new, token })
}
