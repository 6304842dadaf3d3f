//! Carries out what is asked of a data folder, for a running server and for a stopped one alike.

mod audit;
mod backup;
mod environment;
mod key;
mod portal;
mod rekey;
mod resource;
mod revoke_resource;
mod signing_key;

use std::path::PathBuf;
use std::sync::Arc;

use callsign_core::directory::audit::{Action, Actor, Deed};
use callsign_core::directory::resource::{NewResource, Resource};
use callsign_core::service::Service;

use super::{
    Answer, Copies, Development, Endpoints, KeyPlace, Refusals, Reply, Request, SigningStanding, Standing,
};
use crate::portal::Tickets;
use crate::signing::Choice;
use crate::tls::TrustPaths;

/// What administration stands on.
pub struct Office {
    /// The directory.
    pub service: Arc<Service>,
    /// Where clients find the resources.
    pub endpoints: Endpoints,
    /// What clients have to trust; `None` when the certificate is a given one or there is no https.
    pub trust: Option<TrustPaths>,
    /// The development authority, when it is on.
    pub development: Option<Development>,
    /// The requests that were refused last.
    pub refusals: Arc<Refusals>,
    /// Sign-in links of the portal, when a server runs and it is on.
    pub(crate) tickets: Option<Arc<Tickets>>,
    /// Which engine signs.
    pub(crate) signing: Choice,
    /// The data folder.
    pub data_dir: PathBuf,
    /// Where its key-encryption key comes from.
    pub key_place: KeyPlace,
    /// Makes copies of its database.
    pub copies: Arc<dyn Copies>,
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
    pub async fn carry_out(&self, request: Request, actor: Actor) -> Result<Answer, Refused> {
        match request {
            Request::ResourceCreate { name, data_location, port, hosts, signing_algorithm } => {
                let wanted = resource::wanted(&name, &data_location, port, &hosts)?;
                self.create_resource(NewResource { signing_algorithm, ..wanted }, actor).await
            }
            Request::ResourceSetSigningAlgorithm { name, algorithm } => {
                self.set_signing_algorithm(&name, algorithm, actor).await
            }
            Request::SigningKeyList {} => self.list_signing_keys().await,
            Request::SigningKeyRotate { algorithm } => self.rotate_signing_key(algorithm, actor).await,
            Request::SigningKeyRevoke { key_id } => self.revoke_signing_key(&key_id, actor).await,
            Request::Rekey { new_key_file } => self.rekey(new_key_file.as_deref(), actor).await,
            Request::BackupCreate { file } => self.create_backup(&file, actor).await,
            Request::LiveTokensOfAll {} => self.live_tokens_of_all().await,
            Request::ResourceList {} => Ok(self.list_resources()),
            Request::ResourceShow { name } => self.show_resource(&name),
            Request::ResourceDelete { name } => self.delete_resource(&name, actor).await,
            Request::KeyList { resource } => {
                self.note_reveal(resource.as_deref(), actor).await?;
                self.list_keys(resource.as_deref())
            }
            Request::KeyRegenerate { resource, slot } => {
                self.regenerate_key(resource.as_deref(), slot, actor).await
            }
            Request::LiveTokens { resource } => self.live_tokens(resource.as_deref()).await,
            Request::ResourceRevoke { name } => self.revoke_resource(&name, actor).await,
            Request::AuditRecords(query) => self.audit_records(query).await,
            Request::AuditHead {} => self.audit_head().await,
            Request::Environment { resource } => {
                self.note_reveal(resource.as_deref(), actor).await?;
                self.environment(resource.as_deref())
            }
            Request::RefusedRequests {} => {
                Ok(Answer::of(Reply::RefusedRequests { requests: self.refusals.recent() }))
            }
            Request::PortalLink {} => self.answer_portal_link(&actor),
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
            signing: self.signing(),
        }
    }

    fn signing(&self) -> SigningStanding {
        let figures = self.service.signing.figures();
        SigningStanding {
            engine: self.signing.name(),
            why_one_by_one: self.signing.why_ordinary(),
            batches_by_size: figures.batches_by_size.to_vec(),
            waited_microseconds: figures.waited_microseconds,
            refused: figures.refused,
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

    /// What is about to be done.
    fn deed(&self, action: Action, actor: Actor) -> Deed {
        Deed::new(self.service.clock.now(), actor, action)
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
pub(crate) mod tests;
