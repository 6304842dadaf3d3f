//! When identities last got a token: kept in memory, merged into the store in batches.
//!
//! Issuing does no synchronous write, so a crash may lose what was not flushed yet: about the last second. What the store does
//! not know yet must not be pruned for want of it, so whoever issues and whoever prunes keep out of each other's way here.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::IdentityId;

use crate::store::{Store, StoreError};

/// Entries after which a note flushes nothing more into memory: the oldest knowledge may be lost, memory may not grow.
const PENDING_MAX: usize = 262_144;

/// Notes of issued tokens that the store does not have yet.
#[derive(Debug, Default)]
pub struct LastIssued {
    notes: Mutex<Notes>,
}

#[derive(Debug, Default)]
struct Notes {
    pending: HashMap<IdentityId, Timestamp>,
    /// Those for whom a token is made now, and how many.
    issuing: HashMap<IdentityId, u32>,
    /// Those who are pruned now, and by how many.
    pruning: HashMap<IdentityId, u32>,
}

/// A token is being made. It ends when this is dropped, after the note.
#[derive(Debug)]
pub struct Issuing<'l> {
    notes: &'l Mutex<Notes>,
    id: IdentityId,
}

/// Identities are being pruned. It ends when this is dropped, after the store's answer.
#[derive(Debug)]
pub struct Pruning<'l> {
    notes: &'l Mutex<Notes>,
    /// Those that may be: nobody has, or is about to get, a token that the store does not know of.
    pub ids: Vec<IdentityId>,
}

impl LastIssued {
    /// A token is about to be made for the identity, whose standing is read after this. `None` while it is being pruned.
    #[must_use]
    pub fn issuing(&self, id: IdentityId) -> Option<Issuing<'_>> {
        let mut notes = lock(&self.notes);
        if notes.pruning.contains_key(&id) {
            return None;
        }
        *notes.issuing.entry(id).or_default() += 1;
        Some(Issuing { notes: &self.notes, id })
    }

    /// Identities are about to be pruned that are unused since an instant as far as the store knows.
    pub fn pruning(&self, mut ids: Vec<IdentityId>, unused_since: Timestamp) -> Pruning<'_> {
        let mut notes = lock(&self.notes);
        ids.retain(|id| {
            let is_used = notes.pending.get(id).is_some_and(|at| *at >= unused_since);
            !is_used && !notes.issuing.contains_key(id)
        });
        for id in &ids {
            *notes.pruning.entry(*id).or_default() += 1;
        }
        drop(notes);
        Pruning { notes: &self.notes, ids }
    }

    /// Notes that a token was issued.
    pub fn note(&self, id: IdentityId, at: Timestamp) {
        let pending = &mut lock(&self.notes).pending;
        if pending.len() < PENDING_MAX || pending.contains_key(&id) {
            let latest = pending.entry(id).or_insert(at);
            *latest = at.max(*latest);
        }
    }

    /// The latest of what the store knows and what was noted since.
    #[must_use]
    pub fn merged(&self, id: IdentityId, stored: Option<Timestamp>) -> Option<Timestamp> {
        stored.max(lock(&self.notes).pending.get(&id).copied())
    }

    /// Writes the notes to the store; on failure they are kept for the next time.
    ///
    /// # Errors
    /// What the store says.
    pub async fn flush(&self, store: &dyn Store) -> Result<(), StoreError> {
        let notes: Vec<_> = lock(&self.notes).pending.iter().map(|(id, at)| (*id, *at)).collect();
        if notes.is_empty() {
            return Ok(());
        }
        store.merge_last_issued(&notes).await?;
        let pending = &mut lock(&self.notes).pending;
        for (id, at) in notes {
            if pending.get(&id) == Some(&at) {
                pending.remove(&id);
            }
        }
        Ok(())
    }
}

impl Drop for Issuing<'_> {
    fn drop(&mut self) {
        leave(&mut lock(self.notes).issuing, self.id);
    }
}

impl Drop for Pruning<'_> {
    fn drop(&mut self) {
        let pruning = &mut lock(self.notes).pruning;
        self.ids.iter().for_each(|id| leave(pruning, *id));
    }
}

fn lock(notes: &Mutex<Notes>) -> MutexGuard<'_, Notes> {
    // Poisoned maps hold whole entries only: each change is a single insert or a removal.
    notes.lock().unwrap_or_else(PoisonError::into_inner)
}

fn leave(present: &mut HashMap<IdentityId, u32>, id: IdentityId) {
    if let Some(count) = present.get_mut(&id) {
        *count -= 1;
        if *count == 0 {
            present.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(local: u128) -> IdentityId {
        IdentityId::from_parts(Uuid::nil(), Uuid::from_u128(local))
    }

    #[test]
    fn whoever_gets_a_token_is_not_pruned_and_whoever_is_pruned_gets_none() {
        let (notes, since) = (LastIssued::default(), Timestamp::from_unix_seconds(10));
        let [first, second, third] = [1, 2, 3].map(id);
        let issuing = [notes.issuing(first), notes.issuing(first)].map(Option::unwrap);
        notes.note(second, since);
        notes.note(third, Timestamp::from_unix_seconds(9));
        let pruning = notes.pruning(vec![first, second, third], since);
        assert_eq!(pruning.ids, [third]);
        let again = notes.pruning(vec![third], since);
        drop(pruning);
        assert!(notes.issuing(third).is_none() && notes.issuing(second).is_some());
        drop(again);
        assert!(notes.issuing(third).is_some());
        let [one, other] = issuing;
        drop(one);
        assert_eq!(notes.pruning(vec![first], since).ids, []);
        drop(other);
        assert_eq!(notes.pruning(vec![first], since).ids, [first]);
        assert!(lock(&notes.notes).issuing.is_empty() && lock(&notes.notes).pruning.is_empty());
    }
}
