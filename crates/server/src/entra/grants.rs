//! What callers with a token may do: the roles of the configuration.

use callsign_protocol::entra::EntraToken;
use callsign_protocol::resource::ResourceName;

use crate::config::{Config, Holder, Role, RoleAssignment, TrustedIssuer, Voucher};

/// The role assignments in force.
pub(crate) struct Grants {
    assignments: Vec<RoleAssignment>,
}

impl Grants {
    pub(crate) fn new(config: &Config) -> Self {
        Self { assignments: config.entra.roles.iter().cloned().chain(of_development(config)).collect() }
    }

    /// The role assignments that count for people of a provider who sign in here. One that does not say whose it is is of the only one
    /// whose tokens are trusted, which that provider need not be.
    pub(crate) fn of_provider(config: &Config, provider: &TrustedIssuer) -> Self {
        let trusted = config.trusted_issuers().iter().any(|issuer| issuer.issuer == provider.issuer);
        let mut grants = Self::new(config);
        grants.assignments.retain(|assignment| assignment.of.is_some() || trusted);
        grants
    }

    /// The greatest role of the token's caller at the resource.
    pub(crate) fn role(&self, token: &EntraToken, resource: &ResourceName) -> Option<Role> {
        let at_resource = |assignment: &&RoleAssignment| {
            assignment.resource.as_ref().is_none_or(|wanted| wanted == resource)
        };
        let held = self.assignments.iter().filter(at_resource).filter(|assignment| holds(token, assignment));
        held.map(|assignment| assignment.role).max()
    }
}

fn holds(token: &EntraToken, assignment: &RoleAssignment) -> bool {
    let vouched = match &assignment.of {
        // The configuration was checked: only one is trusted then.
        None => true,
        Some(Voucher::Tenant(tenant)) => token.tenant == Some(*tenant),
        Some(Voucher::Issuer(issuer)) => {
            token.issuer.strip_suffix('/').unwrap_or(&token.issuer) == issuer.as_str()
        }
    };
    vouched
        && match &assignment.holder {
            // Whoever uses an application is not the application.
            Holder::Application(id) => token.is_application_itself && token.application.as_ref() == Some(id),
            Holder::Principal(id) => token.principal.as_ref() == Some(id),
        }
}

/// The roles that the development authority's users and applications have at every resource.
fn of_development(config: &Config) -> Vec<RoleAssignment> {
    let dev = &config.dev_entra;
    if !dev.enabled {
        return Vec::new();
    }
    let applications = dev
        .applications()
        .into_iter()
        .map(|application| (application.role, Holder::Application(application.client_id)));
    let users = dev.users().into_iter().map(|user| (user.role, Holder::Principal(user.object.to_string())));
    let assignment = |(role, holder): (Option<Role>, Holder)| {
        Some(RoleAssignment { role: role?, resource: None, holder, of: Some(Voucher::Tenant(dev.tenant)) })
    };
    applications.chain(users).filter_map(assignment).collect()
}

#[cfg(test)]
mod tests {
    use callsign_protocol::date::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn token(issuer: &str, tenant: Option<Uuid>) -> EntraToken {
        let now = Timestamp::from_unix_seconds(0);
        EntraToken {
            issuer: issuer.to_owned(),
            tenant,
            object: None,
            principal: Some("worker".to_owned()),
            application: Some("web".to_owned()),
            is_application_itself: true,
            permissions: Vec::new(),
            groups: Vec::new(),
            issued_at: now,
            expires_at: now,
            token_id: None,
        }
    }

    fn grants(roles: &[&str]) -> Grants {
        Grants { assignments: roles.iter().map(|role| role.parse().unwrap()).collect() }
    }

    #[test]
    fn the_greatest_role_at_the_resource_counts() {
        let grants = grants(&[
            "reader on * for application web",
            "contributor on blue for application web",
            "issuer on default for principal worker",
        ]);
        let token = token("https://a.example", None);
        let role = |resource: &str| grants.role(&token, &resource.parse().unwrap());
        assert_eq!(role("blue"), Some(Role::Contributor));
        assert_eq!(role("default"), Some(Role::Issuer));
        assert_eq!(role("green"), Some(Role::Reader));
    }

    #[test]
    fn whoever_uses_an_application_has_not_its_role() {
        let grants = grants(&["contributor on * for application web", "reader on * for principal worker"]);
        let mut token = token("https://a.example", None);
        token.is_application_itself = false;
        assert_eq!(grants.role(&token, &"default".parse().unwrap()), Some(Role::Reader));
        token.principal = None;
        assert_eq!(grants.role(&token, &"default".parse().unwrap()), None);
    }

    /// An administrator of one provider names clients there as they like, also as those of another.
    #[test]
    fn a_role_is_of_the_issuer_that_it_names_and_of_no_other() {
        let tenant = Uuid::from_u128(7);
        let grants = grants(&[
            "contributor on * for application web of https://a.example",
            &format!("issuer on * for application web of {tenant}"),
        ]);
        let role = |issuer, tenant| grants.role(&token(issuer, tenant), &"default".parse().unwrap());
        assert_eq!(role("https://a.example", None), Some(Role::Contributor));
        assert_eq!(role("https://a.example/", None), Some(Role::Contributor));
        assert_eq!(role("https://b.example", None), None);
        assert_eq!(role("https://b.example", Some(tenant)), Some(Role::Issuer));
        assert_eq!(role("https://b.example", Some(Uuid::from_u128(8))), None);
    }
}
