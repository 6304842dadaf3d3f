//! Entra user exchange: an access token for whoever shows an Entra token that an assignment of the resource covers.

use callsign_protocol::assignment::{Assignment, AssignmentKey, PrincipalType};
use callsign_protocol::entra::{EntraToken, Purpose};
use callsign_protocol::identity_id::{EntraUser, Holder, IdentityId};

use crate::caller::Caller;
use crate::directory::entra_users::{self, Assigned, Exchanged};
use crate::error::Error;
use crate::service::Service;

/// Exchanges the caller's own token. An assignment covers it that is for the user, for a group that the token names, or for the
/// tenant, and that names the application.
///
/// # Errors
/// [`Error::PermissionsMissing`] and [`Error::NoUser`] for the token, [`Error::NotAssigned`]; those of an issue for now.
pub async fn exchange_entra_user_access_token(
    service: &Service,
    caller: &Caller,
    token: &EntraToken,
) -> Result<Exchanged, Error> {
    let scopes = entra_users::scopes(token, Purpose::EntraUser)?;
    let user = entra_users::user(token)?;
    let objects = [user.object, user.tenant].into_iter().chain(token.groups.iter().copied());
    let keys: Vec<_> = objects.map(AssignmentKey::Entra).collect();
    let application = token.application.as_deref().unwrap_or_default();
    let covers = |assignment: &Assignment| is_for(assignment, user) && assignment.covers(application);
    let id = IdentityId::of_entra(caller.resource, Holder::EntraUser(user)).ok_or(Error::NoUser)?;
    let assigned = Assigned { token, keys: &keys, covers: &covers };
    entra_users::exchange(service, caller, id, entra_users::grant(token, &scopes), Some(assigned)).await
}

/// An object id is found in three places; the assignment says which of them it means.
fn is_for(assignment: &Assignment, user: EntraUser) -> bool {
    let object = assignment.key.object();
    assignment.tenant == user.tenant
        && match assignment.principal {
            PrincipalType::User => object == user.object,
            PrincipalType::Tenant => object == user.tenant,
            PrincipalType::Group => object != user.object && object != user.tenant,
            PrincipalType::ResourceAccount => false,
        }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use callsign_protocol::date::Timestamp;
    use futures_executor::block_on;
    use uuid::Uuid;

    use super::*;
    use crate::caller::Proof;
    use crate::directory::audit::Action;
    use crate::service::sample;

    fn exchange(assignment: Assignment, permissions: &[&str]) -> Result<Exchanged, Error> {
        let (service, _) = sample::service();
        let token = sample::entra_token(permissions, Timestamp::from_unix_seconds(1_800_003_600));
        let caller = sample::caller(&service, "default");
        let deed = caller.deed(&service, Action::ChangeAssignment);
        let caller = Caller { proof: Proof::Entra(Arc::new(token.clone())), ..caller };
        let changes = [(assignment.key, Some(assignment))];
        block_on(service.store.change_assignments(caller.resource, &changes, &deed)).unwrap().unwrap();
        block_on(exchange_entra_user_access_token(&service, &caller, &token))
    }

    fn assignment(object: u128, principal: PrincipalType) -> Assignment {
        Assignment {
            key: AssignmentKey::Entra(Uuid::from_u128(object)),
            tenant: Uuid::from_u128(1),
            principal,
            client_ids: Some(vec![Uuid::from_u128(3).to_string()]),
        }
    }

    #[test]
    fn the_user_a_group_and_the_tenant_are_each_enough() {
        for (object, principal) in
            [(2, PrincipalType::User), (4, PrincipalType::Group), (1, PrincipalType::Tenant)]
        {
            let exchanged = exchange(assignment(object, principal), &["VoIP"]).unwrap();
            assert!(exchanged.identity.to_string().contains("_wf_00000000-0000-0000-0000-000000000001_"));
            assert_eq!(exchanged.token.expires_at, Timestamp::from_unix_seconds(1_800_003_600));
        }
    }

    #[test]
    fn an_assignment_covers_what_it_says_and_no_more() {
        for (object, principal) in [
            (5, PrincipalType::User),
            (5, PrincipalType::Group),
            // The ids are known, but as something else.
            (2, PrincipalType::Group),
            (1, PrincipalType::User),
            (4, PrincipalType::User),
            (4, PrincipalType::Tenant),
        ] {
            let refused = exchange(assignment(object, principal), &["VoIP"]);
            assert!(matches!(refused, Err(Error::NotAssigned { .. })), "{object} as {principal}");
        }
        let other_tenant = Assignment { tenant: Uuid::from_u128(9), ..assignment(2, PrincipalType::User) };
        assert!(matches!(exchange(other_tenant, &["VoIP"]), Err(Error::NotAssigned { .. })));
        let other_application =
            Assignment { client_ids: Some(vec!["other".to_owned()]), ..assignment(2, PrincipalType::User) };
        assert!(matches!(exchange(other_application, &["VoIP"]), Err(Error::NotAssigned { .. })));
        assert!(matches!(
            exchange(assignment(2, PrincipalType::User), &["Teams.ManageCalls"]),
            Err(Error::PermissionsMissing(_))
        ));
    }
}
