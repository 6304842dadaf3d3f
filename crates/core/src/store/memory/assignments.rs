//! Assignments of the model.

use async_trait::async_trait;
use callsign_protocol::assignment::{Assignment, AssignmentKey};
use uuid::Uuid;

use super::MemoryStore;
use crate::directory::audit::Deed;
use crate::store::{AssignmentChange, Assignments, StoreError, sole_holder};

#[async_trait]
impl Assignments for MemoryStore {
    async fn assignments_of(
        &self,
        resource: Uuid,
        keys: &[AssignmentKey],
    ) -> Result<Vec<Assignment>, StoreError> {
        let state = self.state();
        Ok(keys.iter().filter_map(|key| state.assignments.get(&(resource, *key)).cloned()).collect())
    }

    async fn list_entra_assignments(
        &self,
        resource: Uuid,
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<Assignment>, StoreError> {
        let state = self.state();
        let listed = |(owner, key): &(Uuid, AssignmentKey)| {
            let is_behind = after.is_none_or(|after| key.object() > after);
            *owner == resource && matches!(key, AssignmentKey::Entra(_)) && is_behind
        };
        let all = state.assignments.iter().filter(|(key, _)| listed(key));
        Ok(all.map(|(_, assignment)| assignment.clone()).take(limit).collect())
    }

    async fn change_assignments(
        &self,
        resource: Uuid,
        changes: &[AssignmentChange],
        deed: &Deed,
    ) -> Result<Option<Vec<bool>>, StoreError> {
        let mut state = self.state();
        let is_there = state.resource(resource).is_some();
        let mut were_there = Vec::new();
        for (key, wanted) in changes {
            let place = (resource, *key);
            let before = match wanted {
                _ if !is_there => None,
                Some(wanted) => state.assignments.insert(place, wanted.clone()),
                None => state.assignments.remove(&place),
            };
            let changed = is_there && before != *wanted;
            let holder = before.as_ref().and_then(|before| sole_holder(resource, before));
            if let Some(id) = holder.filter(|_| changed) {
                state.raise_epoch(id, deed.at);
            }
            state.note(deed, (Some(resource), &key.to_string()), changed);
            were_there.push(before.is_some());
        }
        Ok(is_there.then_some(were_there))
    }
}
