//! Authentication by a token of Microsoft Entra or of another issuer that is trusted (`wire-contract.md` §6.2, §6.3).

use std::sync::Arc;

use callsign_core::authorities::Unproved;
use callsign_core::caller::{Caller, Proof};
use callsign_core::directory::resource::Resource;
use callsign_protocol::entra::{EntraToken, Purpose};
use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::{Credentials, Denial, Denied};
use crate::app::App;
use crate::config::Role;
use crate::http::Arrival;

/// The token that a request shows, if it shows one.
pub(crate) fn token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = crate::http::single_header(headers, &AUTHORIZATION)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Lets whoever shows the token call the service, if the role allows it.
pub(crate) async fn authenticate_service(
    app: &App,
    arrival: &Arrival,
    (credentials, token): (&Credentials<'_>, &str),
    needed: Role,
) -> Result<(Caller, Arc<Resource>), Denied> {
    let (caller, resource, token) = prove(app, arrival, (credentials, token), Purpose::Service).await?;
    let name = &resource.stored.name;
    match app.grants.role(&token, name) {
        Some(role) if role >= needed => Ok((caller, resource)),
        role => Err(Denial::RoleMissing {
            caller: described(&token),
            resource: name.to_string(),
            needed: needed.as_str(),
            has: role.map_or("no role", Role::as_str),
        }
        .into()),
    }
}

/// Lets a user show a token that shall be exchanged. Who may have it exchanged is for the exchange to say.
pub(crate) async fn authenticate_user(
    app: &App,
    arrival: &Arrival,
    (credentials, token): (&Credentials<'_>, &str),
    purpose: Purpose,
) -> Result<(Caller, Arc<Resource>), Denied> {
    let (caller, resource, _) = prove(app, arrival, (credentials, token), purpose).await?;
    Ok((caller, resource))
}

async fn prove(
    app: &App,
    arrival: &Arrival,
    (credentials, token): (&Credentials<'_>, &str),
    purpose: Purpose,
) -> Result<(Caller, Arc<Resource>, Arc<EntraToken>), Denied> {
    // Whoever reads a token on its way can use it until it ends.
    if !arrival.is_confidential() {
        return Err(Denial::BearerOverHttp.into());
    }
    let host = crate::http::host(credentials.parts).ok_or(Denial::Header("host"))?;
    let place = (arrival.own_port, credentials.prefix, host);
    let resource = super::resource::find(&app.service.resources, &app.hosts, place)?;
    let token = match app.service.authorities.check(token, purpose).await {
        Ok(token) => Arc::new(token),
        Err(Unproved::Rejected(rejection)) => return Err(Denial::BearerRejected(rejection).into()),
        Err(unknown @ Unproved::Unknown { .. }) => return Err(Denied::Unproved(unknown)),
    };
    let caller = super::resource::caller(&resource, Proof::Entra(Arc::clone(&token)));
    Ok((caller, resource, token))
}

/// Whom a role could be given to, in the words of the configuration.
fn described(token: &EntraToken) -> String {
    let application = token.application.as_deref().filter(|_| token.is_application_itself);
    let named = match (application, token.principal.as_deref()) {
        (Some(application), _) => format!("application {application}"),
        (None, Some(principal)) => format!("principal {principal}"),
        (None, None) => "somebody without a name".to_owned(),
    };
    let of = token.tenant.map_or_else(|| token.issuer.clone(), |tenant| tenant.to_string());
    format!("{named} of {of}")
}
