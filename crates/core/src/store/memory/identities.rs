//! Identities of the model.

use async_trait::async_trait;
use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::revocation::{Entry, GONE};
use uuid::Uuid;

use super::{MemoryStore, State};
use crate::directory::audit::Deed;
use crate::store::{Identities, Identity, IdentityPage, Listing, Standing, StoreError};

#[async_trait]
impl Identities for MemoryStore {
    async fn create_identity(
        &self,
        identity: &Identity,
        deed: &Deed,
    ) -> Result<Option<Standing>, StoreError> {
        let mut state = self.state();
        let resource = identity.id.resource();
        if state.resource(resource).is_none() {
            state.note(deed, (Some(resource), &identity.id.to_string()), false);
            return Ok(None);
        }
        let present = state.present(identity).cloned();
        let answered = present.as_ref().unwrap_or(identity).clone();
        if present.is_none() {
            let floor = state.floors.get(&identity.id).copied().unwrap_or_default();
            let answered = Identity { epoch: identity.epoch.max(floor), ..identity.clone() };
            state.identities.insert(identity.id, answered);
        }
        let answered = state.identities.get(&answered.id).unwrap_or(&answered).clone();
        state.note(deed, (Some(resource), &answered.id.to_string()), present.is_none());
        Ok(state.standing(&answered))
    }

    async fn standing(&self, id: IdentityId) -> Result<Option<Standing>, StoreError> {
        let state = self.state();
        Ok(state.identities.get(&id).and_then(|identity| state.standing(identity)))
    }

    async fn raise_identity_epochs(
        &self,
        ids: &[IdentityId],
        deed: &Deed,
    ) -> Result<Vec<Option<u64>>, StoreError> {
        let mut state = self.state();
        let mut raise = |id: &IdentityId| {
            let raised = state.raise_epoch(*id, deed.at);
            state.note(deed, (Some(id.resource()), &id.to_string()), raised.is_some());
            raised
        };
        Ok(ids.iter().map(&mut raise).collect())
    }

    async fn delete_identities(
        &self,
        ids: &[IdentityId],
        unused_since: Option<Timestamp>,
        deed: &Deed,
    ) -> Result<Vec<bool>, StoreError> {
        let mut state = self.state();
        let mut delete = |id: &IdentityId| {
            let wanted =
                |identity: &Identity| unused_since.is_none_or(|since| identity.is_unused_since(since));
            let deleted = state.identities.get(id).is_some_and(wanted);
            if deleted && let Some(identity) = state.identities.remove(id) {
                let epoch = if id.is_of_entra() { identity.epoch + 1 } else { GONE };
                if id.is_of_entra() {
                    state.floors.insert(*id, epoch);
                }
                state.tell(id.resource(), deed.at, Entry::Identity { local: id.local(), epoch });
            }
            state.note(deed, (Some(id.resource()), &id.to_string()), deleted);
            deleted
        };
        Ok(ids.iter().map(&mut delete).collect())
    }

    async fn merge_last_issued(&self, notes: &[(IdentityId, Timestamp)]) -> Result<(), StoreError> {
        let mut state = self.state();
        for (id, at) in notes {
            if let Some(identity) = state.identities.get_mut(id) {
                let at = at.whole_milliseconds();
                identity.last_issued_at = identity.last_issued_at.max(Some(at));
            }
        }
        Ok(())
    }

    async fn list_identities(&self, resource: Uuid, listing: &Listing) -> Result<IdentityPage, StoreError> {
        let state = self.state();
        let later = |id: &IdentityId| listing.after.is_none_or(|after| id.local() > after);
        let all = state.identities.values().filter(|identity| identity.id.resource() == resource);
        // Every engine finds a custom id by its index and looks at no other identity.
        let named = |identity: &&Identity| {
            listing.filter.custom_id.is_none() || listing.filter.custom_id == identity.custom_id
        };
        let after = all.filter(|identity| later(&identity.id)).filter(named).cloned().map(Ok);
        IdentityPage::fill(listing, after)
    }

    async fn count_issued_since(&self, resource: Uuid, since: Timestamp) -> Result<u64, StoreError> {
        let state = self.state();
        let all = state.identities.values().filter(|identity| identity.id.resource() == resource);
        Ok(all.filter(|identity| identity.last_issued_at.is_some_and(|at| at >= since)).count() as u64)
    }
}

impl State {
    pub(super) fn raise_epoch(&mut self, id: IdentityId, at: Timestamp) -> Option<u64> {
        let identity = self.identities.get_mut(&id)?;
        identity.epoch += 1;
        let epoch = identity.epoch;
        self.tell(id.resource(), at, Entry::Identity { local: id.local(), epoch });
        Some(epoch)
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
