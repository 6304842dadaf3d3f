//! The server that runs on the data folder, asked for a resource of its own.

use std::path::PathBuf;

use callsign_server::admin::{Reply, Request, ResourceKeys, Standing};

use super::{Chosen, Credential, Origin, key_in, transport};
use crate::args::Place;
use crate::args::connection::{Auth, Connection};
use crate::command::{ask, configuration, runs_on, unexpected};

/// The variable of `callsign env` that names the file of the server's own authority.
const AUTHORITY_VARIABLE: &str = "NODE_EXTRA_CA_CERTS";

/// The resource that is named, or the default one, of the server that runs. `None` when none does.
pub(super) fn running(place: &Place, wanted: &Connection) -> anyhow::Result<Option<Chosen>> {
    let data_dir = configuration(&place.flags())?.config.data_dir;
    // The folder of a stopped one could be asked, too, but not for tokens.
    if !runs_on(&data_dir) {
        return Ok(None);
    }
    let Reply::Status(standing) = ask(place, Request::Status {})?.reply else {
        return Err(unexpected());
    };
    let resource = wanted.resource.clone();
    let Reply::Keys(keys) = ask(place, Request::KeyList { resource: resource.clone() })?.reply else {
        return Err(unexpected());
    };
    let key = keys.keys.first().ok_or_else(unexpected)?;
    let credential = Credential::Key(key_in("the server", key.key.expose())?);
    // An Entra token goes over https only.
    let may_be_plain = wanted.auth != Some(Auth::Entra);
    let plain = plain(&standing, &keys, resource.is_some()).filter(|_| may_be_plain);
    let (endpoint, authority) = match plain {
        Some(endpoint) => (endpoint, None),
        None => {
            let endpoint = keys.endpoint.clone().ok_or_else(unexpected)?;
            (endpoint, authority(place, resource)?)
        }
    };
    let origin = Origin::Local { data_dir, resource: keys.resource };
    Ok(Some(Chosen { endpoint, credential, origin, authority }))
}

/// The plain http address of the resource on this machine: it needs no certificate.
fn plain(standing: &Standing, keys: &ResourceKeys, is_named: bool) -> Option<String> {
    let http = standing.http.as_deref().filter(|http| transport::is_loopback(http))?;
    Some(if is_named { format!("{http}/{}", keys.resource) } else { http.to_owned() })
}

fn authority(place: &Place, resource: Option<String>) -> anyhow::Result<Option<PathBuf>> {
    let Reply::Environment { variables } = ask(place, Request::Environment { resource })?.reply else {
        return Err(unexpected());
    };
    let file = variables.iter().find(|variable| variable.name == AUTHORITY_VARIABLE);
    Ok(file.map(|variable| PathBuf::from(variable.value.expose())))
}
