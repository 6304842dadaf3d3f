//! Users whom Entra knows: an identity of theirs comes to be with their first exchange.

use callsign_protocol::assignment::{Assignment, AssignmentKey};
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

/// What an exchange needs that nobody but the user asks for.
pub struct Assigned<'a> {
    /// The user's own token.
    pub token: &'a EntraToken,
    /// Where assignments that may cover it are.
    pub keys: &'a [AssignmentKey],
    /// Whether one of them does.
    pub covers: &'a (dyn Fn(&Assignment) -> bool + Send + Sync),
}

impl Assigned<'_> {
    async fn check(&self, service: &Service, caller: &Caller) -> Result<(), Error> {
        let assignments = service.store.assignments_of(caller.resource, self.keys).await?;
        if assignments.iter().any(self.covers) {
            return Ok(());
        }
        let user = self.token.object.map(|object| object.to_string()).unwrap_or_default();
        Err(Error::NotAssigned { user, application: self.token.application.clone().unwrap_or_default() })
    }
}

/// Issues a token for a user of Entra, and makes the identity if there is none yet.
///
/// Assignments are looked at after the epochs were read. One that ends later raises the user's epoch, and the token that is being
/// minted is dead.
///
/// # Errors
/// [`Error::NotAssigned`]; those of [`mint`], and [`Error::Unavailable`] for now.
pub async fn exchange(
    service: &Service,
    caller: &Caller,
    id: IdentityId,
    grant: Grant<'_>,
    assigned: Option<Assigned<'_>>,
) -> Result<Exchanged, Error> {
    let _issuing = service.last_issued.issuing(id).ok_or(Error::Overloaded)?;
    let check = async || match &assigned {
        Some(assigned) => assigned.check(service, caller).await,
        None => Ok(()),
    };
    let standing = match service.store.standing(id).await? {
        Some(standing) => standing,
        None => {
            check().await?;
            make(service, caller, id).await?
        }
    };
    check().await?;
    let token = mint(service, caller, &standing, grant).await?;
    Ok(Exchanged { identity: id, token })
}

/// A token that ends with the Entra token.
#[must_use]
pub const fn grant<'a>(token: &EntraToken, scopes: &'a Scopes) -> Grant<'a> {
    Grant { scopes, ends: Ends::With(token.expires_at), teams: None }
}

async fn make(service: &Service, caller: &Caller, id: IdentityId) -> Result<Standing, Error> {
    let deed = caller.deed(service, Action::CreateIdentity);
    let created_at = deed.at.whole_milliseconds();
    let wanted = Identity { id, created_at, epoch: 0, last_issued_at: None, custom_id: None };
    // No standing means that the resource went away under the request.
    service.store.create_identity(&wanted, &deed).await?.ok_or(Error::KeyRegenerated)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use callsign_protocol::assignment::PrincipalType;
    use callsign_protocol::date::Timestamp;
    use callsign_protocol::identity_id::Holder;
    use futures_executor::block_on;
    use uuid::Uuid;

    use super::*;
    use crate::service::sample;
    use crate::token::verify::{NotGood, verify};

    const KEY: AssignmentKey = AssignmentKey::Entra(Uuid::from_u128(2));

    fn assign(service: &Service, caller: &Caller, assignment: Option<Assignment>) {
        let deed = caller.deed(service, Action::ChangeAssignment);
        let changes = [(KEY, assignment)];
        // The model answers at once; whoever calls may be inside an executor.
        let changed = pin!(service.store.change_assignments(caller.resource, &changes, &deed))
            .poll(&mut Context::from_waker(Waker::noop()));
        assert!(changed.is_ready());
    }

    /// The assignment ends at the moment at which an exchange has found it.
    #[test]
    fn an_assignment_that_ends_during_an_exchange_leaves_no_good_token() {
        let (service, _) = sample::service();
        let caller = sample::caller(&service, "default");
        let token = sample::entra_token(&["VoIP"], Timestamp::from_unix_seconds(1_800_003_600));
        let scopes = scopes(&token, Purpose::EntraUser).unwrap();
        let id = IdentityId::of_entra(caller.resource, Holder::EntraUser(user(&token).unwrap())).unwrap();
        let assignment = Assignment {
            key: KEY,
            tenant: Uuid::from_u128(1),
            principal: PrincipalType::User,
            client_ids: None,
        };
        let exchange = |ends: bool| {
            assign(&service, &caller, Some(assignment.clone()));
            let covers = |_: &Assignment| {
                if ends {
                    assign(&service, &caller, None);
                }
                true
            };
            let assigned = Assigned { token: &token, keys: &[KEY], covers: &covers };
            block_on(exchange(&service, &caller, id, grant(&token, &scopes), Some(assigned)))
        };
        assert!(matches!(exchange(true), Err(Error::NotAssigned { .. })), "of a user who is new");
        let is_good = |exchanged: Result<Exchanged, Error>| {
            block_on(verify(&service, caller.resource, &exchanged.unwrap().token.token)).unwrap().map(drop)
        };
        assert_eq!(is_good(exchange(false)), Ok(()));
        assert_eq!(is_good(exchange(true)), Err(NotGood::Revoked));
    }
}
