//! When identities last got a token: kept in memory, merged into the store in batches.
//!
//! Issuing does no synchronous write, so a crash may lose what was not flushed yet: about the last second.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::IdentityId;

use crate::store::{Store, StoreError};

/// Entries after which a note flushes nothing more into memory: the oldest knowledge may be lost, memory may not grow.
const PENDING_MAX: usize = 262_144;

/// Notes of issued tokens that the store does not have yet.
#[derive(Debug, Default)]
pub struct LastIssued {
    pending: Mutex<HashMap<IdentityId, Timestamp>>,
}

impl LastIssued {
    fn pending(&self) -> std::sync::MutexGuard<'_, HashMap<IdentityId, Timestamp>> {
        // A poisoned map holds whole entries only: each change is a single insert.
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a token was issued.
    pub fn note(&self, id: IdentityId, at: Timestamp) {
        let mut pending = self.pending();
        if pending.len() < PENDING_MAX || pending.contains_key(&id) {
            let latest = pending.entry(id).or_insert(at);
            *latest = at.max(*latest);
        }
    }

    /// The latest of what the store knows and what was noted since.
    #[must_use]
    pub fn merged(&self, id: IdentityId, stored: Option<Timestamp>) -> Option<Timestamp> {
        stored.max(self.pending().get(&id).copied())
    }

    /// Writes the notes to the store; on failure they are kept for the next time.
    ///
    /// # Errors
    /// What the store says.
    pub async fn flush(&self, store: &dyn Store) -> Result<(), StoreError> {
        let notes: Vec<_> = self.pending().iter().map(|(id, at)| (*id, *at)).collect();
        if notes.is_empty() {
            return Ok(());
        }
        store.merge_last_issued(&notes).await?;
        let mut pending = self.pending();
        for (id, at) in notes {
            if pending.get(&id) == Some(&at) {
                pending.remove(&id);
            }
        }
        Ok(())
    }
}
