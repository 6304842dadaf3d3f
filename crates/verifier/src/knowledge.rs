//! What is known of the resource's revocations, readable while it is written.
//!
//! A million revocations come one by one, so nothing here is copied to take one in; and a check reads a pointer, a few
//! numbers and one shard. The rule itself is [`Revision::is_behind`], the same as the server's.

mod identities;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use callsign_protocol::access_key::KeySlot;
use callsign_protocol::claims::{Epochs, Revision};
use callsign_protocol::revocation::{Entry, REMEMBERED_MINUTES, View};
use tokio::time::Instant;
use uuid::Uuid;

use identities::Identities;

/// For how long an identity is remembered at least.
const REMEMBERED: Duration = Duration::from_mins(REMEMBERED_MINUTES as u64);

/// The epochs in force, as far as the feed has told.
#[derive(Debug)]
pub(crate) struct Knowledge {
    resource_epoch: AtomicU64,
    generations: [AtomicU64; 2],
    /// Few, and for ever.
    revoked_keys: ArcSwap<BTreeSet<String>>,
    identities: Identities,
    /// When the identities last grew a generation older. Only the reader of the feed asks.
    aged_at: std::sync::Mutex<Instant>,
}

impl From<View> for Knowledge {
    fn from(view: View) -> Self {
        Self {
            resource_epoch: AtomicU64::new(view.resource_epoch),
            generations: view.generations.map(AtomicU64::new),
            revoked_keys: ArcSwap::from_pointee(view.revoked_keys),
            identities: Identities::from(view.identities),
            aged_at: std::sync::Mutex::new(Instant::now()),
        }
    }
}

impl Knowledge {
    /// Takes an entry in. Whatever is known already stays when it is greater.
    pub(crate) fn merge(&self, entry: &Entry) {
        match entry {
            Entry::Identity { local, epoch } => self.identities.raise(*local, *epoch),
            Entry::Resource { epoch } => {
                self.resource_epoch.fetch_max(*epoch, Ordering::Release);
            }
            Entry::AccessKey { slot, generation } => {
                let [primary, secondary] = &self.generations;
                let known = match slot {
                    KeySlot::Primary => primary,
                    KeySlot::Secondary => secondary,
                };
                known.fetch_max(*generation, Ordering::Release);
            }
            Entry::SigningKey { key_id } => {
                self.revoked_keys.rcu(|known| {
                    let mut keys = BTreeSet::clone(known);
                    keys.insert(key_id.clone());
                    keys
                });
            }
        }
    }

    /// Whether a token of that identity, minted under that revision and signed by that key, is revoked.
    pub(crate) fn is_revoked(&self, local: Uuid, revision: Revision, key_id: &str) -> bool {
        let [primary, secondary] = &self.generations;
        let in_force = Epochs {
            identity: self.identities.epoch(local),
            resource: self.resource_epoch.load(Ordering::Acquire),
            generations: [primary.load(Ordering::Acquire), secondary.load(Ordering::Acquire)],
        };
        self.is_revoked_key(key_id) || revision.is_behind(&in_force)
    }

    pub(crate) fn is_revoked_key(&self, key_id: &str) -> bool {
        self.revoked_keys.load().contains(key_id)
    }

    /// How many identities are remembered; one that was revoked in both generations counts twice.
    pub(crate) fn identity_count(&self) -> usize {
        self.identities.len()
    }

    /// Forgets identities that nobody has to know any more, when it is time.
    pub(crate) fn grow_older(&self) {
        let mut aged_at = self.aged_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if aged_at.elapsed() >= REMEMBERED {
            *aged_at = Instant::now();
            self.identities.grow_older();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use callsign_protocol::claims::MintedBy;
    use proptest::prelude::*;

    fn entry() -> impl Strategy<Value = Entry> {
        let local = (0_u128..4).prop_map(Uuid::from_u128);
        prop_oneof![
            6 => (local, prop_oneof![0_u64..4, Just(u64::MAX)])
                .prop_map(|(local, epoch)| Entry::Identity { local, epoch }),
            1 => (0_u64..4).prop_map(|epoch| Entry::Resource { epoch }),
            1 => (0_u64..4).prop_map(|generation| Entry::AccessKey { slot: KeySlot::Secondary, generation }),
            1 => "[a-c]".prop_map(|key_id| Entry::SigningKey { key_id }),
        ]
    }

    proptest! {
        #[test]
        fn it_answers_as_the_plain_view_does(
            before in prop::collection::vec(entry(), 0..12),
            after in prop::collection::vec(entry(), 0..12),
            (local, epoch, key_id) in ((0_u128..5).prop_map(Uuid::from_u128), 0_u64..4, "[a-d]"),
        ) {
            let mut view = View::default();
            before.iter().for_each(|entry| view.merge(entry));
            let knowledge = Knowledge::from(view.clone());
            for entry in &after {
                view.merge(entry);
                knowledge.merge(entry);
            }
            let minted_by = MintedBy::Key { slot: KeySlot::Secondary, generation: epoch };
            let revision = Revision { identity: epoch, resource: epoch, minted_by };
            let expected = view.is_revoked(local, revision, &key_id);
            prop_assert_eq!(knowledge.is_revoked(local, revision, &key_id), expected);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_identity_is_remembered_for_the_life_of_a_token_and_at_most_twice_as_long() {
        let local = Uuid::from_u128(1);
        let old = Revision { identity: 0, resource: 0, minted_by: MintedBy::Entra };
        for told_at in [1, 1449] {
            let knowledge = Knowledge::from(View::default());
            let mut forgotten_at = None;
            for minute in 1..=4 * 1450_u64 {
                tokio::time::advance(Duration::from_mins(1)).await;
                knowledge.grow_older();
                if minute == told_at {
                    knowledge.merge(&Entry::Identity { local, epoch: 1 });
                } else if minute > told_at && !knowledge.is_revoked(local, old, "k") {
                    forgotten_at = forgotten_at.or(Some(minute - told_at));
                }
            }
            assert!((1450..=2900).contains(&forgotten_at.unwrap()), "{told_at}: {forgotten_at:?}");
            assert_eq!(knowledge.identity_count(), 0);
        }
    }
}
