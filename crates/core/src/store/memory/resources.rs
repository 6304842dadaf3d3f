//! Resources of the model.

use async_trait::async_trait;
use callsign_protocol::access_key::KeySlot;
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::revocation::{Entry, Position, first_epoch, incarnation};
use uuid::Uuid;

use super::{Feed, MemoryStore, slot_mut};
use crate::directory::audit::Deed;
use crate::store::{Resources, StoreError, StoredKey, StoredResource, StoredSigningKey, new_signing_keys};

#[async_trait]
impl Resources for MemoryStore {
    async fn resources(&self) -> Result<Vec<StoredResource>, StoreError> {
        Ok(self.state().resources.clone())
    }

    async fn create_resource(&self, resource: &StoredResource, deed: &Deed) -> Result<bool, StoreError> {
        let mut state = self.state();
        let taken = state.resources.iter().any(|other| {
            other.id == resource.id
                || other.name == resource.name
                || (other.port.is_some() && other.port == resource.port)
        });
        if !taken {
            state.resources.push(resource.clone());
            let position = Position::start(incarnation(resource.epoch));
            state.feeds.insert(resource.id, Feed { position, entries: Vec::new() });
        }
        state.note(deed, (Some(resource.id), resource.name.as_str()), !taken);
        Ok(!taken)
    }

    async fn delete_resource(&self, id: Uuid, deed: &Deed) -> Result<bool, StoreError> {
        let mut state = self.state();
        let name = state.resource(id).map(|resource| resource.name.to_string());
        state.resources.retain(|resource| resource.id != id);
        state.feeds.remove(&id);
        state.identities.retain(|identity, _| identity.resource() != id);
        state.floors.retain(|identity, _| identity.resource() != id);
        state.assignments.retain(|(resource, _), _| *resource != id);
        state.note(deed, (Some(id), name.as_deref().unwrap_or_default()), name.is_some());
        Ok(name.is_some())
    }

    async fn set_signing_algorithm(
        &self,
        id: Uuid,
        algorithm: Algorithm,
        deed: &Deed,
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        let resource = state.resource(id);
        let present = resource.is_some();
        let before = resource.map(|resource| std::mem::replace(&mut resource.signing_algorithm, algorithm));
        state.note(deed, (Some(id), algorithm.as_str()), before.is_some_and(|before| before != algorithm));
        Ok(present)
    }

    async fn replace_access_key(
        &self,
        id: Uuid,
        (slot, key): (KeySlot, &StoredKey),
        deed: &Deed,
    ) -> Result<Option<u64>, StoreError> {
        let mut state = self.state();
        let replaced = state.resource(id).map(|resource| {
            let present = slot_mut(&mut resource.keys, slot);
            let next = key.generation == present.generation + 1;
            if next {
                *present = key.clone();
            }
            (next, present.generation)
        });
        if let Some((true, generation)) = replaced {
            state.tell(id, deed.at, Entry::AccessKey { slot, generation });
        }
        state.note(deed, (Some(id), slot.as_str()), replaced.is_some_and(|(next, _)| next));
        Ok(replaced.map(|(_, generation)| generation))
    }

    async fn raise_resource_epoch(&self, id: Uuid, deed: &Deed) -> Result<Option<u64>, StoreError> {
        let mut state = self.state();
        let raised = state.resource(id).map(|resource| {
            resource.epoch += 1;
            resource.epoch
        });
        if let Some(epoch) = raised {
            state.tell(id, deed.at, Entry::Resource { epoch });
        }
        let name = raised.map(|epoch| epoch.to_string()).unwrap_or_default();
        state.note(deed, (Some(id), &name), raised.is_some());
        Ok(raised)
    }

    async fn begin_incarnation(
        &self,
        next: u64,
        keys: &[StoredSigningKey],
        deed: &Deed,
    ) -> Result<(), StoreError> {
        let mut state = self.state();
        new_signing_keys(keys, &state.revoked_key_ids())?;
        let state = &mut *state;
        for resource in &mut state.resources {
            let next = next.max(incarnation(resource.epoch) + 1);
            resource.epoch = first_epoch(next);
            state.feeds.insert(resource.id, Feed { position: Position::start(next), entries: Vec::new() });
        }
        state.signing_keys = keys.to_vec();
        state.note(deed, (None, &next.to_string()), true);
        Ok(())
    }
}
