//! How far somebody reaches who signed in by a provider: administrators are listed, everybody else has roles or nothing.

use std::collections::BTreeMap;

use callsign_core::service::Service;
use callsign_protocol::entra::{EntraToken, IdToken};

use crate::entra::Grants;
use crate::portal::operator::Reach;

/// The reach of whoever the token is of; `None` for nobody.
pub(super) fn of(
    token: &EntraToken,
    (administrators, grants): (&[String], &Grants),
    service: &Service,
) -> Option<Reach> {
    let principal = token.principal.as_ref()?;
    if administrators.contains(principal) {
        return Some(Reach::Administrator);
    }
    let resources = service.resources.all();
    let roles: BTreeMap<_, _> = resources
        .iter()
        .filter_map(|resource| {
            let name = &resource.stored.name;
            Some((name.to_string(), grants.role(token, name)?))
        })
        .collect();
    (!roles.is_empty()).then_some(Reach::Roles(roles))
}

/// What people call them, and the id that nobody chose themselves: records have to be sure.
pub(super) fn name_of(signed_in: &IdToken) -> String {
    let principal = signed_in.token.principal.as_deref().unwrap_or("nobody");
    let name = match &signed_in.name {
        Some(name) => format!("{name}/{principal}"),
        None => principal.to_owned(),
    };
    name.chars().filter(|c| !c.is_control()).collect()
}
