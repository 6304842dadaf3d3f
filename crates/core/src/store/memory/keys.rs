//! Keys of the model.

use std::collections::BTreeSet;

use async_trait::async_trait;
use callsign_protocol::access_key::KeySlot;
use callsign_protocol::date::Timestamp;
use callsign_protocol::revocation::Entry;
use uuid::Uuid;

use super::{MemoryStore, State, slot_mut};
use crate::directory::audit::Deed;
use crate::store::{
    Keys, RevokedSigningKey, Rewrapped, SigningKeyChange, StoreError, StoredResource, StoredSigningKey,
};

#[async_trait]
impl Keys for MemoryStore {
    async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError> {
        let mut keys = self.state().signing_keys.clone();
        keys.sort_by(|a, b| (a.activates_at, &a.key_id).cmp(&(b.activates_at, &b.key_id)));
        Ok(keys)
    }

    async fn revoked_signing_keys(&self) -> Result<Vec<RevokedSigningKey>, StoreError> {
        let mut keys = self.state().revoked_keys.clone();
        keys.sort_by(|a, b| (a.revoked_at, &a.key_id).cmp(&(b.revoked_at, &b.key_id)));
        Ok(keys)
    }

    async fn change_signing_keys(&self, change: &SigningKeyChange, deed: &Deed) -> Result<bool, StoreError> {
        let mut state = self.state();
        let applies = change.applies_to(&state.signing_key_ids(), &state.revoked_key_ids());
        if applies {
            state.apply(change, deed.at);
        }
        state.note(deed, (None, change.subject()), applies);
        Ok(applies)
    }

    async fn rewrap(&self, rewrapped: &Rewrapped, deed: &Deed) -> Result<bool, StoreError> {
        let mut state = self.state();
        let same = rewrapped.is_of(&state.access_keys(), &state.signing_key_ids());
        if same {
            for (id, slot, key) in &rewrapped.access_keys {
                if let Some(resource) = state.resource(*id) {
                    *slot_mut(&mut resource.keys, *slot) = key.clone();
                }
            }
            for (key_id, wrapped) in &rewrapped.signing_keys {
                for key in state.signing_keys.iter_mut().filter(|key| key.key_id == *key_id) {
                    key.wrapped = wrapped.clone();
                }
            }
        }
        state.note(deed, (None, ""), same);
        Ok(same)
    }
}

impl State {
    fn signing_key_ids(&self) -> BTreeSet<String> {
        self.signing_keys.iter().map(|key| key.key_id.clone()).collect()
    }

    pub(super) fn revoked_key_ids(&self) -> BTreeSet<String> {
        self.revoked_keys.iter().map(|key| key.key_id.clone()).collect()
    }

    fn access_keys(&self) -> BTreeSet<(Uuid, KeySlot, u64)> {
        let of = |resource: &StoredResource| {
            let slots = KeySlot::BOTH.into_iter().zip(resource.keys.each_ref().map(|key| key.generation));
            let id = resource.id;
            slots.map(move |(slot, generation)| (id, slot, generation)).collect::<Vec<_>>()
        };
        self.resources.iter().flat_map(of).collect()
    }

    fn apply(&mut self, change: &SigningKeyChange, at: Timestamp) {
        if let Some((key_id, activates_at)) = &change.activate {
            for key in self.signing_keys.iter_mut().filter(|key| key.key_id == *key_id) {
                key.activates_at = activates_at.whole_milliseconds();
            }
        }
        self.signing_keys.retain(|key| {
            !change.remove.contains(&key.key_id) && change.revoke.as_ref() != Some(&key.key_id)
        });
        self.signing_keys.extend(change.add.iter().cloned());
        if let Some(key_id) = &change.revoke {
            let revoked_at = at.whole_milliseconds();
            self.revoked_keys.push(RevokedSigningKey { key_id: key_id.clone(), revoked_at });
            for resource in self.resources.iter().map(|resource| resource.id).collect::<Vec<_>>() {
                self.tell(resource, at, Entry::SigningKey { key_id: key_id.clone() });
            }
        }
    }
}
