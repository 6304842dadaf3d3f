//! The smallest store that can be right: the model that the engines are compared with.

mod assignments;
mod audit;
mod identities;
mod keys;
mod resources;
mod revocations;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use callsign_protocol::access_key::KeySlot;
use callsign_protocol::assignment::{Assignment, AssignmentKey};
use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::revocation::{Entry, Position};
use uuid::Uuid;

use super::{Identity, RevokedSigningKey, Standing, StoredKey, StoredResource, StoredSigningKey};
use crate::directory::audit::{Deed, Record, Subject};

/// Everything in maps under one lock.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    resources: Vec<StoredResource>,
    feeds: BTreeMap<Uuid, Feed>,
    signing_keys: Vec<StoredSigningKey>,
    revoked_keys: Vec<RevokedSigningKey>,
    identities: BTreeMap<IdentityId, Identity>,
    /// The least epochs of Entra users who were deleted.
    floors: BTreeMap<IdentityId, u64>,
    assignments: BTreeMap<(Uuid, AssignmentKey), Assignment>,
    records: Vec<Record>,
}

/// The feed of a resource: where it stands, and the entries that are remembered, each with its time.
#[derive(Debug)]
struct Feed {
    position: Position,
    entries: Vec<(Timestamp, Entry)>,
}

impl MemoryStore {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
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

    /// Appends an entry to the feed of a resource.
    fn tell(&mut self, resource: Uuid, at: Timestamp, entry: Entry) {
        if let Some(feed) = self.feeds.get_mut(&resource) {
            feed.position = feed.position.after(&entry);
            feed.entries.push((at.whole_milliseconds(), entry));
        }
    }

    /// Appends a record to the audit chain.
    fn note(&mut self, deed: &Deed, (resource, name): (Option<Uuid>, &str), changed: bool) {
        let head = self.records.last().map(Record::head).unwrap_or_default();
        self.records.push(Record::following(&head, deed, &Subject { resource, name, changed }));
    }
}

const fn slot_mut(keys: &mut [StoredKey; 2], slot: KeySlot) -> &mut StoredKey {
    let [primary, secondary] = keys;
    match slot {
        KeySlot::Primary => primary,
        KeySlot::Secondary => secondary,
    }
}
