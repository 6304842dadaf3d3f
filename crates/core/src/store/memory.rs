//! The smallest store that can be right: the model that the engines are compared with.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use callsign_protocol::access_key::KeySlot;
use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::IdentityId;
use uuid::Uuid;

use super::{
    Identities, Identity, Resources, SigningKeys, Standing, StoreError, StoredKey, StoredResource,
    StoredSigningKey,
};

/// Everything in maps under one lock.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    resources: Vec<StoredResource>,
    signing_keys: Vec<StoredSigningKey>,
    identities: BTreeMap<IdentityId, Identity>,
}

impl State {
    fn resource(&mut self, id: Uuid) -> Option<&mut StoredResource> {
        self.resources.iter_mut().find(|resource| resource.id == id)
    }

    fn standing(&self, identity: &Identity) -> Option<Standing> {
        let resource = self.resources.iter().find(|resource| resource.id == identity.id.resource())?;
        Some(Standing {
            identity: identity.clone(),
            resource_epoch: resource.epoch,
            generations: resource.keys.each_ref().map(|key| key.generation),
        })
    }

    fn present(&self, wanted: &Identity) -> Option<&Identity> {
        let same_name = |other: &&Identity| {
            other.id.resource() == wanted.id.resource()
                && other.custom_id.is_some()
                && other.custom_id == wanted.custom_id
        };
        self.identities.get(&wanted.id).or_else(|| self.identities.values().find(same_name))
    }
}

impl MemoryStore {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Resources for MemoryStore {
    async fn resources(&self) -> Result<Vec<StoredResource>, StoreError> {
        Ok(self.state().resources.clone())
    }

    async fn create_resource(&self, resource: &StoredResource) -> Result<bool, StoreError> {
        let mut state = self.state();
        let taken = state.resources.iter().any(|other| {
            other.id == resource.id
                || other.name == resource.name
                || (other.port.is_some() && other.port == resource.port)
        });
        if !taken {
            state.resources.push(resource.clone());
        }
        Ok(!taken)
    }

    async fn delete_resource(&self, id: Uuid) -> Result<bool, StoreError> {
        let mut state = self.state();
        let before = state.resources.len();
        state.resources.retain(|resource| resource.id != id);
        state.identities.retain(|identity, _| identity.resource() != id);
        Ok(state.resources.len() < before)
    }

    async fn replace_access_key(
        &self,
        id: Uuid,
        slot: KeySlot,
        key: &StoredKey,
    ) -> Result<Option<u64>, StoreError> {
        let mut state = self.state();
        let Some(resource) = state.resource(id) else {
            return Ok(None);
        };
        let [primary, secondary] = &mut resource.keys;
        let present = match slot {
            KeySlot::Primary => primary,
            KeySlot::Secondary => secondary,
        };
        if key.generation == present.generation + 1 {
            *present = key.clone();
        }
        Ok(Some(present.generation))
    }
}

#[async_trait]
impl SigningKeys for MemoryStore {
    async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError> {
        let mut keys = self.state().signing_keys.clone();
        keys.sort_by(|a, b| (a.activates_at, &a.key_id).cmp(&(b.activates_at, &b.key_id)));
        Ok(keys)
    }

    async fn add_signing_key(&self, key: &StoredSigningKey) -> Result<bool, StoreError> {
        let mut state = self.state();
        let taken = state.signing_keys.iter().any(|other| other.key_id == key.key_id);
        if !taken {
            state.signing_keys.push(key.clone());
        }
        Ok(!taken)
    }
}

#[async_trait]
impl Identities for MemoryStore {
    async fn create_identity(&self, identity: &Identity) -> Result<Option<Standing>, StoreError> {
        let mut state = self.state();
        if state.resource(identity.id.resource()).is_none() {
            return Ok(None);
        }
        if let Some(present) = state.present(identity) {
            return Ok(state.standing(present));
        }
        state.identities.insert(identity.id, identity.clone());
        Ok(state.standing(identity))
    }

    async fn standing(&self, id: IdentityId) -> Result<Option<Standing>, StoreError> {
        let state = self.state();
        Ok(state.identities.get(&id).and_then(|identity| state.standing(identity)))
    }

    async fn raise_identity_epoch(&self, id: IdentityId) -> Result<Option<u64>, StoreError> {
        Ok(self.state().identities.get_mut(&id).map(|identity| {
            identity.epoch += 1;
            identity.epoch
        }))
    }

    async fn delete_identity(&self, id: IdentityId) -> Result<bool, StoreError> {
        Ok(self.state().identities.remove(&id).is_some())
    }

    async fn merge_last_issued(&self, notes: &[(IdentityId, Timestamp)]) -> Result<(), StoreError> {
        let mut state = self.state();
        for (id, at) in notes {
            if let Some(identity) = state.identities.get_mut(id) {
                let at = Timestamp::from_unix_milliseconds(at.unix_milliseconds());
                identity.last_issued_at = identity.last_issued_at.max(Some(at));
            }
        }
        Ok(())
    }
}
