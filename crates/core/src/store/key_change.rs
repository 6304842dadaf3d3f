//! Changes of keys: what they are about, and whether they apply. The one reading of it for every engine.

use std::collections::BTreeSet;

use callsign_protocol::access_key::KeySlot;
use callsign_protocol::date::Timestamp;
use uuid::Uuid;

use super::{StoreError, StoredKey, StoredSigningKey};
use crate::wrapping::Wrapped;

/// A change of the signing keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SigningKeyChange {
    /// The ids of the keys that the change was planned for, in any order; with others present it does not apply.
    pub planned_for: Vec<String>,
    /// A key that gets another time of activation.
    pub activate: Option<(String, Timestamp)>,
    /// Keys that join.
    pub add: Vec<StoredSigningKey>,
    /// Keys that are not needed any more.
    pub remove: Vec<String>,
    /// A key that leaves because it is compromised: it stands in the list of revoked keys and in every feed from now on.
    pub revoke: Option<String>,
}

impl SigningKeyChange {
    /// What its record names: the key that it is about most of all.
    #[must_use]
    pub fn subject(&self) -> &str {
        let activated = || self.activate.as_ref().map(|(key_id, _)| key_id);
        let added = || self.add.first().map(|key| &key.key_id);
        let named = self.revoke.as_ref().or_else(activated).or_else(added).or_else(|| self.remove.first());
        named.map(String::as_str).unwrap_or_default()
    }

    /// Whether it applies where those keys are present and those were revoked.
    #[must_use]
    pub fn applies_to(&self, present: &BTreeSet<String>, revoked: &BTreeSet<String>) -> bool {
        let activated = self.activate.iter().map(|(key_id, _)| key_id);
        let mut named = activated.chain(&self.remove).chain(&self.revoke);
        let added: BTreeSet<&String> = self.add.iter().map(|key| &key.key_id).collect();
        *present == self.planned_for.iter().cloned().collect()
            && named.all(|key_id| present.contains(key_id))
            && added.len() == self.add.len()
            && added.into_iter().all(|key_id| !present.contains(key_id) && !revoked.contains(key_id))
    }
}

/// Whether those keys can be all that there are where those were revoked.
///
/// # Errors
/// [`StoreError::Conflict`] when one was revoked or two have the same id.
pub fn new_signing_keys(keys: &[StoredSigningKey], revoked: &BTreeSet<String>) -> Result<(), StoreError> {
    let mut seen = BTreeSet::new();
    let refused = keys.iter().find(|key| revoked.contains(&key.key_id) || !seen.insert(&key.key_id));
    refused.map_or(Ok(()), |key| {
        let reason = format!("signing key {} was revoked, or stands there twice", key.key_id);
        Err(StoreError::Conflict { reason })
    })
}

/// Everything that is wrapped, wrapped anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrapped {
    /// Access keys by resource and slot, with the generation that they are of.
    pub access_keys: Vec<(Uuid, KeySlot, StoredKey)>,
    /// Signing keys by id.
    pub signing_keys: Vec<(String, Wrapped)>,
}

impl Rewrapped {
    /// Whether it is exactly of those access keys, each with its generation, and of those signing keys.
    #[must_use]
    pub fn is_of(
        &self,
        access_keys: &BTreeSet<(Uuid, KeySlot, u64)>,
        signing_keys: &BTreeSet<String>,
    ) -> bool {
        let given = self.access_keys.iter().map(|(resource, slot, key)| (*resource, *slot, key.generation));
        let given_ids = self.signing_keys.iter().map(|(key_id, _)| key_id.clone());
        *access_keys == given.collect() && *signing_keys == given_ids.collect()
    }
}
