//! The signing keys in memory: which one signs now, which ones are published, which ones are revoked.
//!
//! Everything is prepared when keys are loaded. Which key signs is a matter of the time alone, so a switch needs no loading.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::date::Timestamp;
use callsign_protocol::key_set::{PublicKey, VerifyingKey};

use super::rotation::{KeyTimes, Policy, active_place};
use super::signing_key::SigningKey;
use super::upkeep::Rounds;
use crate::error::{Error, LoadError};
use crate::store::{Store, StoredSigningKey};
use crate::wrapping::KeyEncryptionKey;

/// All signing keys, replaced as a whole when one changes.
#[derive(Debug)]
pub struct KeyRing {
    in_force: ArcSwap<KeysInForce>,
    /// How they are rotated.
    pub policy: Policy,
    rounds: Mutex<Rounds>,
}

/// The signing keys as they were read.
#[derive(Debug, Default, Clone)]
pub struct KeysInForce {
    /// By time of activation, then by id.
    keys: Vec<LoadedKey>,
    revoked: BTreeSet<String>,
}

#[derive(Debug, Clone)]
struct LoadedKey {
    times: KeyTimes,
    key: Arc<SigningKey>,
}

impl KeyRing {
    /// Loads all signing keys and unwraps them. A store without any has to be looked after before the first token.
    ///
    /// # Errors
    /// [`LoadError`]; the process must not start without its keys.
    pub async fn load(
        store: &dyn Store,
        under: &KeyEncryptionKey,
        policy: Policy,
    ) -> Result<Self, LoadError> {
        let keys = KeysInForce::load(store, under, &KeysInForce::default()).await?;
        Ok(Self { in_force: ArcSwap::from_pointee(keys), policy, rounds: Mutex::default() })
    }

    /// Loads them again after a change.
    ///
    /// # Errors
    /// [`LoadError`]; what was loaded before stays in force.
    pub async fn reload(&self, store: &dyn Store, under: &KeyEncryptionKey) -> Result<(), LoadError> {
        let loaded = KeysInForce::load(store, under, &self.in_force()).await?;
        self.in_force.store(Arc::new(loaded));
        Ok(())
    }

    /// The key is revoked, and the store knows it. It is believed no more from now on, even if the keys cannot be loaded again.
    pub(super) fn revoked(&self, key_id: &str) {
        self.in_force.rcu(|keys| {
            let mut keys = KeysInForce::clone(keys);
            keys.revoked.insert(key_id.to_owned());
            keys
        });
    }

    /// The keys of now.
    #[must_use]
    pub fn in_force(&self) -> Arc<KeysInForce> {
        self.in_force.load_full()
    }

    /// The key that signs by that algorithm at an instant, as [`KeysInForce::active`] says.
    ///
    /// # Errors
    /// [`Error::Internal`] when there is none.
    pub fn active(&self, algorithm: Algorithm, now: Timestamp) -> Result<Arc<SigningKey>, Error> {
        self.in_force.load().active(algorithm, now)
    }

    /// What upkeep remembers from round to round.
    pub(super) fn rounds(&self) -> MutexGuard<'_, Rounds> {
        // Each change of it is a single assignment.
        self.rounds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeysInForce {
    /// A key that is loaded already is not unwrapped again: its id is the thumbprint of what it is.
    async fn load(store: &dyn Store, under: &KeyEncryptionKey, before: &Self) -> Result<Self, LoadError> {
        let mut keys = Vec::new();
        for stored in store.signing_keys().await? {
            let known = before.keys.iter().find(|loaded| loaded.times.key_id == stored.key_id);
            let key = match known {
                Some(loaded) => Arc::clone(&loaded.key),
                None => Arc::new(SigningKey::load(&stored, under)?),
            };
            keys.push(LoadedKey { times: times_of(stored), key });
        }
        let revoked = store.revoked_signing_keys().await?.into_iter().map(|key| key.key_id).collect();
        Ok(Self { keys, revoked })
    }

    /// The key that signs by that algorithm at an instant, by the rule of [`rotation::active`](super::rotation::active):
    /// the last that was activated.
    ///
    /// # Errors
    /// [`Error::Internal`] when there is none.
    pub fn active(&self, algorithm: Algorithm, now: Timestamp) -> Result<Arc<SigningKey>, Error> {
        let ring = || self.keys.iter().filter(|loaded| loaded.times.algorithm == algorithm);
        let past = active_place(ring().map(|loaded| loaded.times.activates_at), now);
        // A revoked one is here only while the keys cannot be loaded again; the next one has taken over from it.
        let active = ring().skip(past).find(|loaded| !self.is_revoked(&loaded.times.key_id));
        active
            .map(|loaded| Arc::clone(&loaded.key))
            .ok_or_else(|| Error::Internal(format!("there is no key that signs by {algorithm}")))
    }

    /// The public halves that are published: all that are there, whatever the clock says.
    pub fn published(&self) -> impl Iterator<Item = &PublicKey> {
        let keys = self.keys.iter().map(|loaded| loaded.key.published());
        keys.filter(|key| !self.is_revoked(key.kid()))
    }

    /// The published key of that id, unless it is revoked.
    #[must_use]
    pub fn verifying(&self, key_id: &str) -> Option<&VerifyingKey> {
        let named = self.keys.iter().map(|loaded| loaded.key.verifying()).find(|key| key.kid() == key_id);
        named.filter(|_| !self.is_revoked(key_id))
    }

    /// Whether the key of that id is revoked.
    #[must_use]
    pub fn is_revoked(&self, key_id: &str) -> bool {
        self.revoked.contains(key_id)
    }

    /// The times of all keys, as rotation reads them.
    #[must_use]
    pub fn times(&self) -> Vec<KeyTimes> {
        self.keys.iter().map(|loaded| loaded.times.clone()).collect()
    }
}

pub(super) fn times_of(stored: StoredSigningKey) -> KeyTimes {
    let StoredSigningKey { key_id, algorithm, created_at, activates_at, .. } = stored;
    KeyTimes { key_id, algorithm, created_at, activates_at }
}
