//! Teams user exchange: an access token for the Teams user whose Entra token the caller has.

use callsign_protocol::claims::TeamsClaims;
use callsign_protocol::entra::{EntraToken, Purpose};
use callsign_protocol::identity_id::{EntraUser, Holder, IdentityId};
use callsign_protocol::messages::request::{ExchangeTeamsUser, ExpectedUser};
use uuid::Uuid;

use crate::caller::Caller;
use crate::directory::entra_users::{self, Exchanged};
use crate::error::Error;
use crate::service::Service;
use crate::token::issue::Grant;

/// Exchanges the token. The order of checks is the recorded one (`live-behaviour.md` §1.2): the token, then whether application
/// and user are named, then their form, then whose the token is.
///
/// # Errors
/// [`Error::AccessTokenInvalid`], [`Error::PermissionsMissing`] and [`Error::NoUser`] for the token,
/// [`Error::InvalidMessage`], [`Error::ApplicationUnexpected`] and [`Error::UserUnexpected`] for what it is compared with;
/// [`Error::AuthorityUnavailable`] and those of an issue for now.
pub async fn exchange_teams_user_access_token(
    service: &Service,
    caller: &Caller,
    message: ExchangeTeamsUser,
) -> Result<Exchanged, Error> {
    let token = service.authorities.check(message.token.expose(), Purpose::TeamsUser).await?;
    let scopes = entra_users::scopes(&token, Purpose::TeamsUser)?;
    let user = entra_users::user(&token)?;
    let application = application(&token)?;
    if let Some(expected) = message.expected {
        check_expected(expected?, user, application)?;
    }
    let teams = TeamsClaims {
        tenant: user.tenant,
        application,
        issued_at: token.issued_at,
        token_id: token.token_id.clone(),
    };
    let grant = Grant { teams: Some(teams), ..entra_users::grant(&token, &scopes) };
    let id = IdentityId::of_entra(caller.resource, Holder::TeamsUser(user.object)).ok_or(Error::NoUser)?;
    entra_users::exchange(service, caller, id, grant, None).await
}

/// Applications of Entra have guids; one that has none got no token that the service would know.
fn application(token: &EntraToken) -> Result<Uuid, Error> {
    token.application.as_deref().and_then(|id| Uuid::try_parse(id).ok()).ok_or(Error::NoUser)
}

fn check_expected(expected: ExpectedUser, user: EntraUser, application: Uuid) -> Result<(), Error> {
    if expected.application != application {
        return Err(Error::ApplicationUnexpected(application.to_string()));
    }
    if expected.object != user.object {
        return Err(Error::UserUnexpected(user.object.to_string()));
    }
    Ok(())
}
