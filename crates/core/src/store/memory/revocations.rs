//! Feeds of the model.

use async_trait::async_trait;
use callsign_protocol::date::Timestamp;
use callsign_protocol::revocation::{Cursor, Entry, Position, View};
use uuid::Uuid;

use super::MemoryStore;
use crate::store::{Revocations, StoreError};

#[async_trait]
impl Revocations for MemoryStore {
    async fn feed_position(&self, resource: Uuid) -> Result<Option<Position>, StoreError> {
        Ok(self.state().feeds.get(&resource).map(|feed| feed.position))
    }

    async fn revocations_after(
        &self,
        resource: Uuid,
        after: Cursor,
        limit: usize,
    ) -> Result<Option<Vec<Entry>>, StoreError> {
        let state = self.state();
        let Some(feed) = state.feeds.get(&resource) else { return Ok(None) };
        let ahead = feed.position.count.checked_sub(after.count);
        let wanted = ahead.and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX);
        if feed.position.incarnation != after.incarnation || wanted > feed.entries.len() {
            return Ok(None);
        }
        let known = feed.entries.len() - wanted;
        let entries = feed.entries.iter().skip(known).take(limit);
        Ok(Some(entries.map(|(_, entry)| entry.clone()).collect()))
    }

    async fn revocation_view(&self, resource: Uuid) -> Result<Option<(Position, View)>, StoreError> {
        let state = self.state();
        let found = state.resources.iter().find(|stored| stored.id == resource);
        let Some((stored, feed)) = found.zip(state.feeds.get(&resource)) else { return Ok(None) };
        let mut view = View {
            resource_epoch: stored.epoch,
            generations: stored.keys.each_ref().map(|key| key.generation),
            revoked_keys: state.revoked_keys.iter().map(|key| key.key_id.clone()).collect(),
            ..View::default()
        };
        feed.entries.iter().for_each(|(_, entry)| view.merge(entry));
        Ok(Some((feed.position, view)))
    }

    async fn forget_revocations(&self, before: Timestamp, keep_newest: u64) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        for feed in self.state().feeds.values_mut() {
            // Entries are forgotten from the front alone: what is left has no gap, whatever clocks did.
            let keep = usize::try_from(keep_newest).unwrap_or(usize::MAX);
            let may_go = feed.entries.len().saturating_sub(keep);
            let old = feed.entries.iter().take(may_go).take_while(|(at, _)| *at < before).count();
            feed.entries.drain(..old);
            forgotten += old as u64;
        }
        Ok(forgotten)
    }
}
