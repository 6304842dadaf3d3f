//! Epochs of revoked identities, in two generations: what was learnt lately, and what was learnt before.
//!
//! They lie in shards behind locks that are held for one look or one insertion: a check then costs a few tens of nanoseconds
//! beside the 20 µs of its signature, and two checks meet in one shard as seldom as there are shards. A map that is replaced as
//! a whole would copy a million entries for each new one.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use uuid::Uuid;

/// A power of two.
const SHARDS: usize = 64;

#[derive(Debug, Default)]
struct Shard {
    lately: HashMap<Uuid, u64>,
    before: HashMap<Uuid, u64>,
}

#[derive(Debug)]
pub(super) struct Identities {
    shards: [RwLock<Shard>; SHARDS],
}

impl From<HashMap<Uuid, u64>> for Identities {
    fn from(epochs: HashMap<Uuid, u64>) -> Self {
        let identities = Self { shards: std::array::from_fn(|_| RwLock::default()) };
        for (local, epoch) in epochs {
            identities.raise(local, epoch);
        }
        identities
    }
}

impl Identities {
    /// The lower half of an id is random, so its lowest bits spread.
    fn shard(&self, local: Uuid) -> Option<&RwLock<Shard>> {
        self.shards.get(local.as_u128() as usize % SHARDS)
    }

    pub(super) fn raise(&self, local: Uuid, epoch: u64) {
        if let Some(shard) = self.shard(local) {
            let mut shard = write(shard);
            let known = shard.lately.entry(local).or_default();
            *known = (*known).max(epoch);
        }
    }

    /// The epoch in force; 0 for an identity that was never revoked in the time that matters.
    pub(super) fn epoch(&self, local: Uuid) -> u64 {
        self.shard(local).map_or(0, |shard| {
            let shard = read(shard);
            let known = |generation: &HashMap<Uuid, u64>| generation.get(&local).copied().unwrap_or_default();
            known(&shard.lately).max(known(&shard.before))
        })
    }

    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(read).map(|shard| shard.lately.len() + shard.before.len()).sum()
    }

    /// Forgets the older generation. What was learnt lately becomes it.
    pub(super) fn grow_older(&self) {
        for shard in &self.shards {
            let mut shard = write(shard);
            let lately = std::mem::take(&mut shard.lately);
            let forgotten = std::mem::replace(&mut shard.before, lately);
            // Freeing a large map takes long, and nobody needs to wait for it.
            drop(shard);
            drop(forgotten);
        }
    }
}

fn read(shard: &RwLock<Shard>) -> RwLockReadGuard<'_, Shard> {
    shard.read().unwrap_or_else(PoisonError::into_inner)
}

fn write(shard: &RwLock<Shard>) -> RwLockWriteGuard<'_, Shard> {
    shard.write().unwrap_or_else(PoisonError::into_inner)
}
