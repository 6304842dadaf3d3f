//! What is known of a resource's revocations.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use super::Entry;
use crate::access_key::KeySlot;
use crate::claims::{Epochs, Revision};

/// The epochs in force, as far as somebody knows. An identity that is not in it was never revoked in the time that matters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// The resource's epoch.
    pub resource_epoch: u64,
    /// The generations of the access keys, primary first.
    pub generations: [u64; 2],
    /// Signing keys that are revoked.
    pub revoked_keys: BTreeSet<String>,
    /// Epochs of identities that were revoked; [`GONE`](super::GONE) for those deleted.
    pub identities: HashMap<Uuid, u64>,
}

impl View {
    /// Takes an entry in. Whatever is known already stays when it is greater.
    pub fn merge(&mut self, entry: &Entry) {
        match entry {
            Entry::Identity { local, epoch } => {
                let known = self.identities.entry(*local).or_default();
                *known = (*known).max(*epoch);
            }
            Entry::Resource { epoch } => self.resource_epoch = self.resource_epoch.max(*epoch),
            Entry::AccessKey { slot, generation } => {
                let known = self.generation_mut(*slot);
                *known = (*known).max(*generation);
            }
            Entry::SigningKey { key_id } => {
                self.revoked_keys.insert(key_id.clone());
            }
        }
    }

    const fn generation_mut(&mut self, slot: KeySlot) -> &mut u64 {
        let [primary, secondary] = &mut self.generations;
        match slot {
            KeySlot::Primary => primary,
            KeySlot::Secondary => secondary,
        }
    }

    /// The epochs that a token of the identity is measured by.
    #[must_use]
    pub fn epochs(&self, local: Uuid) -> Epochs {
        Epochs {
            identity: self.identities.get(&local).copied().unwrap_or_default(),
            resource: self.resource_epoch,
            generations: self.generations,
        }
    }

    /// Whether a token of that identity, minted under that revision and signed by that key, is revoked.
    #[must_use]
    pub fn is_revoked(&self, local: Uuid, revision: Revision, key_id: &str) -> bool {
        self.revoked_keys.contains(key_id) || revision.is_behind(&self.epochs(local))
    }
}

#[cfg(test)]
mod tests {
    use super::super::GONE;
    use super::*;
    use crate::claims::MintedBy;
    use proptest::prelude::*;

    fn entry() -> impl Strategy<Value = Entry> {
        let local = (0_u128..4).prop_map(Uuid::from_u128);
        let epoch = prop_oneof![4 => 0_u64..6, 1 => Just(GONE)];
        let slot = any::<bool>().prop_map(|first| if first { KeySlot::Primary } else { KeySlot::Secondary });
        prop_oneof![
            6 => (local, epoch).prop_map(|(local, epoch)| Entry::Identity { local, epoch }),
            1 => (0_u64..6).prop_map(|epoch| Entry::Resource { epoch }),
            1 => (slot, 0_u64..6).prop_map(|(slot, generation)| Entry::AccessKey { slot, generation }),
            1 => "[a-c]".prop_map(|key_id| Entry::SigningKey { key_id }),
        ]
    }

    fn view<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> View {
        let mut view = View::default();
        entries.into_iter().for_each(|entry| view.merge(entry));
        view
    }

    proptest! {
        /// `PROPTEST_CASES=1000000` runs the campaign.
        #[test]
        fn entries_may_repeat_and_come_in_any_order(
            (once, again) in prop::collection::vec(entry(), 0..24)
                .prop_flat_map(|once| {
                    let repeated: Vec<Entry> = once.iter().chain(&once).cloned().collect();
                    (Just(once), Just(repeated).prop_shuffle())
                }),
        ) {
            prop_assert_eq!(view(&once), view(&again));
        }

        #[test]
        fn an_entry_never_brings_a_token_back(known in prop::collection::vec(entry(), 0..12), more in entry(), epoch in 0_u64..6) {
            let (before, local) = (view(&known), Uuid::from_u128(1));
            let revision = Revision { identity: epoch, resource: epoch, minted_by: MintedBy::Entra };
            let mut after = before.clone();
            after.merge(&more);
            prop_assert!(!before.is_revoked(local, revision, "a") || after.is_revoked(local, revision, "a"));
        }
    }

    #[test]
    fn a_deleted_identity_s_tokens_are_dead_whatever_their_epoch() {
        let local = Uuid::from_u128(1);
        let view = view(&[Entry::Identity { local, epoch: GONE }]);
        let revision = Revision { identity: u64::MAX - 1, resource: 0, minted_by: MintedBy::Entra };
        assert_eq!(view.identities.get(&local), Some(&GONE));
        assert!(view.is_revoked(local, revision, "a"));
        assert!(!view.is_revoked(Uuid::from_u128(2), revision, "a"));
    }
}
