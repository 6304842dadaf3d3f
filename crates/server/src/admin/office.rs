//! Carries out what is asked of a data folder, for a running server and for a stopped one alike.

mod environment;
mod key;
mod resource;

use std::path::PathBuf;
use std::sync::Arc;

use callsign_core::directory::resource::Resource;
use callsign_core::service::Service;

use super::{Answer, Endpoints, Refusals, Reply, Request, Standing};
use crate::tls::TrustPaths;

/// What administration stands on.
pub struct Office {
    /// The directory.
    pub service: Arc<Service>,
    /// Where clients find the resources.
    pub endpoints: Endpoints,
    /// What clients have to trust; `None` when the certificate is a given one or there is no https.
    pub trust: Option<TrustPaths>,
    /// The requests that were refused last.
    pub refusals: Arc<Refusals>,
    /// The data folder.
    pub data_dir: PathBuf,
}

/// Why something was not done, as a sentence with its remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

impl Refused {
    fn because(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

impl Office {
    /// Does what is asked. Two changes at once are the caller's to avoid.
    ///
    /// # Errors
    /// [`Refused`]; nothing was changed then, unless the store says that it does not know.
    pub async fn carry_out(&self, request: Request) -> Result<Answer, Refused> {
        match request {
            Request::ResourceCreate { name, data_location, port, hosts } => {
                let wanted = resource::wanted(&name, &data_location, port, &hosts)?;
                self.create_resource(wanted).await
            }
            Request::ResourceList {} => Ok(self.list_resources()),
            Request::ResourceShow { name } => self.show_resource(&name),
            Request::ResourceDelete { name } => self.delete_resource(&name).await,
            Request::KeyList { resource } => self.list_keys(resource.as_deref()),
            Request::KeyRegenerate { resource, slot } => self.regenerate_key(resource.as_deref(), slot).await,
            Request::Environment { resource } => self.environment(resource.as_deref()),
            Request::RefusedRequests {} => {
                Ok(Answer::of(Reply::RefusedRequests { requests: self.refusals.recent() }))
            }
            Request::Status {} => Ok(Answer::of(Reply::Status(self.standing()))),
        }
    }

    fn standing(&self) -> Standing {
        Standing {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            https: self.endpoints.https().map(str::to_owned),
            http: self.endpoints.http().map(str::to_owned),
            data_dir: self.data_dir.display().to_string(),
            resources: self.service.resources.all().len(),
        }
    }

    /// The named resource, or the default one.
    fn resource(&self, name: Option<&str>) -> Result<Arc<Resource>, Refused> {
        let resources = &self.service.resources;
        match name {
            None => resources.default_one().ok_or_else(|| {
                Refused("there is no resource; make one with callsign resource create NAME".to_owned())
            }),
            Some(name) => resources.by_name(name).ok_or_else(|| {
                let known: Vec<String> =
                    resources.all().iter().map(|resource| resource.stored.name.to_string()).collect();
                Refused(format!("there is no resource {name:?}; there is {}", known.join(", ")))
            }),
        }
    }

    fn is_default(&self, resource: &Resource) -> bool {
        self.service.resources.default_one().is_some_and(|first| first.stored.id == resource.stored.id)
    }

    fn endpoint(&self, resource: &Resource) -> Option<String> {
        let stored = &resource.stored;
        self.endpoints.of(stored.name.as_str(), stored.port, self.is_default(resource))
    }
}

impl Answer {
    fn of(reply: Reply) -> Self {
        Self { reply, notes: Vec::new() }
    }

    fn with(mut self, note: Option<String>) -> Self {
        self.notes.extend(note);
        self
    }
}

#[cfg(test)]
pub(super) mod tests;
