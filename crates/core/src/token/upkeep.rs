//! Looking after the signing keys: what rotation plans is made, wrapped, stored, loaded and told.

use std::collections::BTreeMap;
use std::convert::Infallible;

use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::date::Timestamp;
use tokio::sync::oneshot;

use super::key_ring::{KeysInForce, times_of};
use super::rotation::{self, Change, KeyState, KeyTimes, LAST_TOKEN_MINUTES, UnknownKey, Watch};
use super::signing_key::SigningKey;
use crate::directory::audit::{Action, Actor, Deed};
use crate::error::Error;
use crate::service::Service;
use crate::store::{SigningKeyChange, StoredResource, StoredSigningKey};
use crate::wrapping::KeyEncryptionKey;

/// How often a change is planned anew because another node was faster.
const ATTEMPTS_MAX: usize = 8;

/// What upkeep remembers from round to round.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    watch: Option<Watch>,
    told: BTreeMap<String, (Algorithm, KeyState)>,
}

/// What a rotation came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The key that takes over, or has just taken over.
    pub key_id: String,
    /// From when it signs.
    pub signs_from: Timestamp,
    /// The key that signed before.
    pub before: String,
    /// Until when that one is published, so that its tokens verify.
    pub before_published_until: Timestamp,
}

impl Service {
    /// One round of upkeep, due at the start and once a minute: keys that are missing are made, keys whose last token is
    /// dead leave, what other nodes changed is loaded.
    ///
    /// # Errors
    /// [`Error`]; the keys that are loaded stay in force, and the next round tries again.
    pub async fn keep_signing_keys(&self) -> Result<(), Error> {
        let _turn = self.key_changes.lock().await;
        self.keep_keys_for(None).await
    }

    /// The same, for those whose turn it is already, and as if a resource wanted that algorithm, too.
    pub(crate) async fn keep_keys_for(&self, also: Option<Algorithm>) -> Result<(), Error> {
        let ring = &self.signing_keys;
        let deed = Deed::new(self.clock.now(), Actor::Server, Action::RotateSigningKeys);
        let last = ring.rounds().watch;
        let watch = last.map_or_else(|| Watch::begin(deed.at), |last| last.look(deed.at));
        if last.is_none() {
            ring.rounds().told = states(&ring.in_force().times(), deed.at);
        }
        let mut wanted = wanted_algorithms(self.resources.all().iter().map(|resource| &resource.stored));
        wanted.extend(also);
        let plan =
            |keys: &[KeyTimes]| Ok::<_, Infallible>(rotation::upkeep(keys, &wanted, ring.policy, &watch));
        let Ok(()) = self.change_keys(&deed, plan).await?;
        ring.rounds().watch = Some(watch);
        Ok(())
    }

    /// Whether this process has seen the clock run evenly for as long as a token can live: only then does the time of day tell
    /// that something is over for certain.
    pub(crate) fn has_even_clock(&self) -> bool {
        self.signing_keys.rounds().watch.is_some_and(|watch| watch.is_long_enough())
    }

    /// Has the next key of the algorithm take over as soon as it has been published long enough. `None` when there is no key
    /// of that algorithm.
    ///
    /// # Errors
    /// [`Error`]; nothing was changed then, unless the store says that it does not know.
    pub async fn rotate_signing_key(
        &self,
        algorithm: Algorithm,
        actor: Actor,
    ) -> Result<Option<Rotation>, Error> {
        let _turn = self.key_changes.lock().await;
        let deed = Deed::new(self.clock.now(), actor, Action::RotateSigningKeys);
        let stored = self.store.signing_keys().await?;
        let times: Vec<KeyTimes> = stored.into_iter().map(times_of).collect();
        let Some(before) = rotation::active(&times, algorithm, deed.at).cloned() else { return Ok(None) };
        let policy = self.signing_keys.policy;
        let plan =
            |keys: &[KeyTimes]| Ok::<_, Infallible>(rotation::rotate(keys, algorithm, policy, deed.at));
        let Ok(()) = self.change_keys(&deed, plan).await?;
        let after = self.signing_keys.in_force().times();
        let mut ring = after.into_iter().filter(|key| key.algorithm == algorithm);
        let next = ring.by_ref().skip_while(|key| key.key_id != before.key_id).nth(1);
        Ok(next.map(|next| Rotation {
            key_id: next.key_id,
            signs_from: next.activates_at,
            before: before.key_id,
            before_published_until: next.activates_at.plus_minutes(LAST_TOKEN_MINUTES),
        }))
    }

    /// Revokes a compromised key: it leaves the key set and stands in every feed from now on; no token that it signed is good
    /// any more. Answers the key that signs now.
    ///
    /// # Errors
    /// [`UnknownKey`] when there is none of that id; [`Error`] as for every change. When only loading the keys failed after it,
    /// the key is revoked all the same.
    pub async fn revoke_signing_key(
        &self,
        key_id: &str,
        actor: Actor,
    ) -> Result<Result<String, UnknownKey>, Error> {
        let _turn = self.key_changes.lock().await;
        let deed = Deed::new(self.clock.now(), actor, Action::RevokeSigningKey);
        let policy = self.signing_keys.policy;
        let stored = self.store.signing_keys().await?;
        let algorithm = stored.iter().find(|key| key.key_id == key_id).map(|key| key.algorithm);
        let plan = |keys: &[KeyTimes]| rotation::rotate_compromised(keys, key_id, policy, deed.at);
        let changed = self.change_keys(&deed, plan).await;
        // Also when only what came after the store's answer failed.
        self.feeds.changed();
        if let Err(unknown) = changed? {
            return Ok(Err(unknown));
        }
        let active = self.signing_keys.active(algorithm.unwrap_or_default(), self.clock.now())?;
        Ok(Ok(active.key_id().to_owned()))
    }

    /// Plans on what is there, makes what the plan needs and stores it; when others changed the keys meanwhile, once more.
    async fn change_keys<E: Send>(
        &self,
        deed: &Deed,
        plan: impl Fn(&[KeyTimes]) -> Result<Change, E> + Send + Sync,
    ) -> Result<Result<(), E>, Error> {
        let under = self.key_encryption_key.load_full();
        for _ in 0..ATTEMPTS_MAX {
            let stored = self.store.signing_keys().await?;
            let times: Vec<KeyTimes> = stored.into_iter().map(times_of).collect();
            let planned = match plan(&times) {
                Ok(planned) => planned,
                Err(refused) => return Ok(Err(refused)),
            };
            let planned_revocation = planned.revoke.clone();
            let done = planned.is_empty() || {
                let change = SigningKeyChange {
                    planned_for: times.into_iter().map(|key| key.key_id).collect(),
                    activate: planned.activate,
                    add: make(&planned.add, &under, deed.at).await?,
                    remove: planned.remove,
                    revoke: planned.revoke,
                };
                let deed = deed.clone().with_detail(in_words(&change));
                self.store.change_signing_keys(&change, &deed).await?
            };
            if done {
                if let Some(key_id) = planned_revocation {
                    self.signing_keys.revoked(&key_id);
                }
                self.signing_keys.reload(self.store.as_ref(), &under).await?;
                self.tell_states(&self.signing_keys.in_force(), deed.at);
                return Ok(Ok(()));
            }
        }
        Err(Error::Internal("the signing keys changed each time that they were to be changed".to_owned()))
    }

    /// One line in the log for each key whose state is another than it was.
    fn tell_states(&self, keys: &KeysInForce, now: Timestamp) {
        let present = states(&keys.times(), now);
        let told = std::mem::replace(&mut self.signing_keys.rounds().told, present.clone());
        // The first keys of all are no change of anything.
        if told.is_empty() {
            return;
        }
        for (key_id, (algorithm, state)) in &present {
            if told.get(key_id).is_none_or(|(_, before)| before != state) {
                tell(key_id, *algorithm, state.as_str());
            }
        }
        for (key_id, (algorithm, _)) in told.iter().filter(|(key_id, _)| !present.contains_key(*key_id)) {
            tell(key_id, *algorithm, if keys.is_revoked(key_id) { "revoked" } else { "gone" });
        }
    }
}

/// What has to be signed by: the default always, every other algorithm while a resource wants it.
pub(crate) fn wanted_algorithms<'a>(
    resources: impl IntoIterator<Item = &'a StoredResource>,
) -> Vec<Algorithm> {
    let wanted = resources.into_iter().map(|resource| resource.signing_algorithm);
    std::iter::once(Algorithm::default()).chain(wanted).collect()
}

fn tell(key_id: &str, algorithm: Algorithm, state: &str) {
    tracing::info!(key.id = key_id, key.algorithm = %algorithm, key.state = state, "signing key");
}

fn states(keys: &[KeyTimes], now: Timestamp) -> BTreeMap<String, (Algorithm, KeyState)> {
    let each = rotation::schedule(keys, now).into_iter();
    each.map(|scheduled| (scheduled.key.key_id.clone(), (scheduled.key.algorithm, scheduled.state))).collect()
}

/// Makes keys and wraps them. Each is made on a thread of its own: an RSA key takes about a tenth of a second, which nobody
/// who answers requests may wait for.
pub(crate) async fn make(
    wanted: &[(Algorithm, Timestamp)],
    under: &KeyEncryptionKey,
    now: Timestamp,
) -> Result<Vec<StoredSigningKey>, Error> {
    let broken = |reason: &str| Error::Internal(format!("no signing key could be made: {reason}"));
    let mut underway = Vec::new();
    for (algorithm, activates_at) in wanted.iter().copied() {
        let (reply, key) = oneshot::channel();
        let thread = std::thread::Builder::new().name("make-key".to_owned());
        // Nobody waits any more when the change was given up.
        let made = thread.spawn(move || drop(reply.send(SigningKey::generate(algorithm))));
        made.map_err(|error| broken(&error.to_string()))?;
        underway.push((key, activates_at));
    }
    let mut keys = Vec::new();
    for (key, activates_at) in underway {
        let key = key.await.map_err(|_| broken("its thread ended early"))??;
        keys.push(key.wrap(under, (now, activates_at))?);
    }
    Ok(keys)
}

/// What a change does, for its record.
fn in_words(change: &SigningKeyChange) -> String {
    let activated =
        change.activate.iter().map(|(key_id, at)| format!("{key_id} signs from {}", at.to_round_trip()));
    let added = change.add.iter().map(|key| {
        format!("{} made ({}), signs from {}", key.key_id, key.algorithm, key.activates_at.to_round_trip())
    });
    let removed = change.remove.iter().map(|key_id| format!("{key_id} removed"));
    let revoked = change.revoke.iter().map(|key_id| format!("{key_id} revoked"));
    revoked.chain(activated).chain(added).chain(removed).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests;
