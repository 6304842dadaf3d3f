//! Who asks: from headers and bytes to a caller, or to the precise reason why not.

mod access_key;
mod bearer;
mod denial;
mod resource;
mod shown_key;

use std::sync::Arc;

use callsign_core::caller::Caller;
use callsign_core::directory::resource::Resource;

use crate::app::App;
use crate::http::{Access, Arrival};

pub(crate) use access_key::{Credentials, check_content};
pub(crate) use bearer::token as bearer_token;
pub(crate) use denial::{Denial, Denied};
pub(crate) use resource::{caller, find, host_name, is_loopback};

/// Whether what was sent besides the head is covered by what proved the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Covers {
    /// The signature names the hash of the body.
    Body,
    /// A token, or a key that is shown, says nothing of the request.
    Nothing,
}

/// Lets a caller in by what the head shows, or says precisely why not. The scheme that is shown is the one that counts: when it
/// fails, no other is tried.
pub(crate) async fn authenticate(
    app: &App,
    arrival: &Arrival,
    credentials: &Credentials<'_>,
    access: Access,
) -> Result<(Caller, Arc<Resource>, Covers), Denied> {
    if credentials.through_connector && shown_key::is_shown(credentials.parts) {
        let (caller, resource) = shown_key::authenticate(app, arrival, credentials)?;
        return Ok((caller, resource, Covers::Nothing));
    }
    let admitted = match (access, bearer::token(&credentials.parts.headers)) {
        (Access::Service(role), Some(token)) => {
            bearer::authenticate_service(app, arrival, (credentials, token), role).await?
        }
        (Access::User(purpose), Some(token)) => {
            bearer::authenticate_user(app, arrival, (credentials, token), purpose).await?
        }
        (Access::Service(_), None) => {
            let (caller, resource) = access_key::authenticate(app, arrival, credentials)?;
            return Ok((caller, resource, Covers::Body));
        }
        (Access::User(_), None) => return Err(Denial::TokenMissing.into()),
    };
    let (caller, resource) = admitted;
    Ok((caller, resource, Covers::Nothing))
}
