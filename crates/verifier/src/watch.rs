//! Live sessions: who wants to know when the token of a session is revoked, found by identity.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use uuid::Uuid;

use crate::shared::Shared;
use crate::verified::Verified;

/// How often the clock is looked at: a machine that slept, or whose clock was set, is noticed that late.
const CLOCK_EVERY: Duration = Duration::from_mins(1);

/// Why a session has to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ended {
    /// Its token was revoked, its identity was deleted, or a key that it hangs on was replaced.
    Revoked,
    /// Its token's time is over.
    Expired,
}

/// Everybody who waits, in the order of their identities: news of one identity find its sessions without a look at the others.
#[derive(Debug, Default)]
pub(crate) struct Watchers {
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    last_number: u64,
    by_identity: BTreeMap<(Uuid, u64), Arc<Notify>>,
}

impl Watchers {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// There are news of this identity.
    pub(crate) fn wake(&self, local: Uuid) {
        let waiting = self.waiting();
        waiting.by_identity.range((local, 0)..=(local, u64::MAX)).for_each(|(_, wanted)| wanted.notify_one());
    }

    /// There are news of everybody.
    pub(crate) fn wake_all(&self) {
        self.waiting().by_identity.values().for_each(|wanted| wanted.notify_one());
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting().by_identity.len()
    }

    fn enter(self: &Arc<Self>, local: Uuid) -> Place {
        let wanted = Arc::new(Notify::new());
        let mut waiting = self.waiting();
        waiting.last_number += 1;
        let key = (local, waiting.last_number);
        waiting.by_identity.insert(key, wanted.clone());
        Place { watchers: self.clone(), key, wanted }
    }
}

/// A place among those who wait, given up when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    watchers: Arc<Watchers>,
    key: (Uuid, u64),
    wanted: Arc<Notify>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.watchers.waiting().by_identity.remove(&self.key);
    }
}

/// Takes a place. To be done before the first look, so that nothing is missed between the two.
pub(crate) fn enter(shared: &Shared, verified: &Verified) -> Place {
    shared.watchers.enter(verified.identity.local())
}

/// Waits until the token is revoked or expires.
pub(crate) async fn ended(shared: &Shared, verified: &Verified, place: Place) -> Ended {
    loop {
        let knowledge = shared.knowledge.load_full();
        let local = verified.identity.local();
        if knowledge.is_some_and(|known| known.is_revoked(local, verified.revision, &verified.key_id)) {
            return Ended::Revoked;
        }
        let (now, ends) = (shared.clock.now(), verified.expires_at);
        if ends <= now {
            return Ended::Expired;
        }
        // News or the end of the span: either is a reason to look again.
        let _ = tokio::time::timeout(ends.distance(now).min(CLOCK_EVERY), place.wanted.notified()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_of_an_identity_reach_its_sessions_and_no_others() {
        let watchers = Arc::new(Watchers::default());
        let [ours, others] = [1, 2].map(Uuid::from_u128);
        let (first, second, other) = (watchers.enter(ours), watchers.enter(ours), watchers.enter(others));
        watchers.wake(ours);
        let woken = [&first, &second, &other].map(|place| {
            let mut news = std::pin::pin!(place.wanted.notified());
            news.as_mut().enable()
        });
        assert_eq!(woken, [true, true, false]);
    }

    #[test]
    fn a_place_that_is_dropped_leaves_nothing() {
        let watchers = Arc::new(Watchers::default());
        let places: Vec<_> = (0..1_000).map(|number| watchers.enter(Uuid::from_u128(number % 7))).collect();
        assert_eq!(watchers.len(), 1_000);
        drop(places);
        assert_eq!(watchers.len(), 0);
    }
}
