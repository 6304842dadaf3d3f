//! Authentication by an access key that is shown, not used: what a connector of Power Platform can do without a script. On its paths
//! alone, and over TLS alone, since whoever reads the key on its way has it.

use std::sync::Arc;

use callsign_core::caller::Caller;
use callsign_core::directory::resource::Resource;
use callsign_protocol::access_key::AccessKey;
use callsign_protocol::connection_string::ConnectionString;
use http::HeaderName;
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::Denial;
use super::access_key::{Credentials, caller_of, find_resource, note_refused};
use crate::app::App;
use crate::http::Arrival;

/// The header by which the certified connector hands its connection parameter on (`clients.md` D).
const CONNECTION_STRING: HeaderName = HeaderName::from_static("connection-string");
/// For connectors that are made by hand with a key alone.
const API_KEY: HeaderName = HeaderName::from_static("api-key");

/// Whether the request shows a key.
pub(super) fn is_shown(parts: &Parts) -> bool {
    parts.headers.contains_key(CONNECTION_STRING) || parts.headers.contains_key(API_KEY)
}

/// Lets the caller in whose key is one of the resource's, or says precisely why not.
pub(super) fn authenticate(
    app: &App,
    arrival: &Arrival,
    credentials: &Credentials<'_>,
) -> Result<(Caller, Arc<Resource>), Denial> {
    let admitted = admit(app, arrival, credentials);
    if let Err(denial) = &admitted {
        note_refused(app, credentials, denial, (app.service.clock.now(), None));
    }
    admitted
}

fn admit(
    app: &App,
    arrival: &Arrival,
    credentials: &Credentials<'_>,
) -> Result<(Caller, Arc<Resource>), Denial> {
    if !arrival.secure {
        return Err(Denial::KeyOverHttp);
    }
    let shown = shown(credentials.parts)?;
    let host = crate::http::host(credentials.parts).ok_or(Denial::Header("host"))?;
    let resource = find_resource(app, arrival, (credentials, host))?;
    // Keys are compared in constant time: `Secret`.
    let key = resource.keys.iter().find(|active| active.key == shown);
    let key = key.ok_or_else(|| Denial::KeyDiffers { resource: resource.stored.name.to_string() })?;
    Ok((caller_of(&resource, key), resource))
}

/// The one key that is shown. Which of two proofs counts is not guessed.
fn shown(parts: &Parts) -> Result<AccessKey, Denial> {
    let headers = &parts.headers;
    let proofs = [CONNECTION_STRING, API_KEY, AUTHORIZATION];
    if proofs.iter().filter(|name| headers.contains_key(*name)).count() > 1 {
        return Err(Denial::SeveralProofs);
    }
    if headers.contains_key(API_KEY) {
        let text = crate::http::single_header(headers, &API_KEY).ok_or(Denial::Header("api-key"))?;
        return Ok(text.trim().parse()?);
    }
    let text = crate::http::single_header(headers, &CONNECTION_STRING);
    // Where the string says that the resource is does not matter: the request is here.
    let read: ConnectionString = text.ok_or(Denial::Header("connection-string"))?.parse()?;
    Ok(read.access_key().clone())
}
