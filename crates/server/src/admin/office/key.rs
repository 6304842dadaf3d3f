//! Access keys: shown with their connection strings, and replaced.

use callsign_core::directory::audit::{Action, Actor, Subject};
use callsign_core::directory::resource::ActiveKey;
use callsign_protocol::access_key::KeySlot;
use callsign_protocol::connection_string::expose_connection_string;

use super::{Office, Refused};
use crate::admin::{Answer, KeyEntry, Reply, ResourceKeys, Revealed};

impl Office {
    pub(super) fn list_keys(&self, name: Option<&str>) -> Result<Answer, Refused> {
        let resource = self.resource(name)?;
        let endpoint = self.endpoint(&resource);
        let keys = resource.keys.iter().map(|key| entry(key, endpoint.as_deref())).collect();
        let note = endpoint.is_none().then(|| PORT_UNKNOWN.to_owned());
        let keys = ResourceKeys { resource: resource.stored.name.to_string(), endpoint, keys };
        Ok(Answer::of(Reply::Keys(keys)).with(note))
    }

    /// Records that access keys are shown, before they are.
    pub(super) async fn note_reveal(&self, name: Option<&str>, actor: Actor) -> Result<(), Refused> {
        let stored = &self.resource(name)?.stored;
        let subject = Subject { resource: Some(stored.id), name: stored.name.as_str(), changed: false };
        let deed = self.deed(Action::RevealAccessKeys, actor);
        self.service.store.record(&deed, &subject).await.map_err(Refused::because)
    }

    pub(super) async fn regenerate_key(
        &self,
        name: Option<&str>,
        slot: KeySlot,
        actor: Actor,
    ) -> Result<Answer, Refused> {
        let resource = self.resource(name)?;
        let name = resource.stored.name.to_string();
        let gone = || Refused(format!("the resource {name} was removed meanwhile"));
        if !self.service.regenerate_access_key(&resource, slot, actor).await.map_err(Refused::because)? {
            return Err(gone());
        }
        let renewed = self.resource(Some(&name))?;
        let key = renewed.keys.iter().find(|key| key.slot == slot).ok_or_else(gone)?;
        let generation = key.generation;
        Ok(Answer::of(Reply::KeyRegenerated { resource: name, slot, generation }))
    }
}

/// Why there is no connection string.
pub(super) const PORT_UNKNOWN: &str = "the server takes any free port, so its address is only known while it runs; start it \
                                       with callsign serve";

fn entry(key: &ActiveKey, endpoint: Option<&str>) -> KeyEntry {
    let connection_string = endpoint.map(|endpoint| expose_connection_string(endpoint, &key.key));
    KeyEntry {
        slot: key.slot,
        generation: key.generation,
        key: Revealed::new(key.key.expose_base64()),
        connection_string: connection_string.map(Revealed::new),
    }
}
