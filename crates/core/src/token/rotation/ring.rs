//! The keys of one algorithm in the order of their activation, as they stand at an instant.

use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::date::Timestamp;

use super::{KeyTimes, LAST_TOKEN_MINUTES, PUBLISHED_BEFORE_MINUTES, Policy, RING_KEYS_MAX};

/// A ring at an instant.
pub(super) struct Ring<'a> {
    /// What its keys sign by.
    pub(super) algorithm: Algorithm,
    /// The instant, in whole milliseconds, as the store keeps times.
    pub(super) now: Timestamp,
    /// By time of activation; where two are the same, by id.
    keys: Vec<&'a KeyTimes>,
    active: usize,
}

/// The place in a ring of the key that signs, by the keys' times of activation in their order: the last one that was activated.
/// When all of them seem to lie ahead, the first signs: clocks go wrong, tokens must go on.
pub(crate) fn active_place(activations: impl Iterator<Item = Timestamp>, now: Timestamp) -> usize {
    activations.take_while(|at| *at <= now).count().saturating_sub(1)
}

impl<'a> Ring<'a> {
    pub(super) fn of(keys: &'a [KeyTimes], algorithm: Algorithm, now: Timestamp) -> Self {
        let now = now.whole_milliseconds();
        let mut keys: Vec<&KeyTimes> = keys.iter().filter(|key| key.algorithm == algorithm).collect();
        keys.sort_by_key(|key| (key.activates_at, key.key_id.as_str()));
        let active = active_place(keys.iter().map(|key| key.activates_at), now);
        Self { algorithm, now, keys, active }
    }

    /// The one that signs; `None` when the ring is empty.
    pub(super) fn active(&self) -> Option<&'a KeyTimes> {
        self.keys.get(self.active).copied()
    }

    /// Those that wait, the one whose turn comes first at the front.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &'a KeyTimes> {
        self.keys.iter().skip(self.active + 1).copied()
    }

    /// Those that signed, oldest first, each with the time at which its last token is dead.
    pub(super) fn past(&self) -> impl Iterator<Item = (&'a KeyTimes, Timestamp)> {
        let ends = self.keys.iter().skip(1).map(|next| next.activates_at.plus_minutes(LAST_TOKEN_MINUTES));
        self.keys.iter().copied().zip(ends).take(self.active)
    }

    pub(super) fn has_room(&self) -> bool {
        self.keys.len() < RING_KEYS_MAX
    }

    /// The earliest time from which a key that is made now may sign.
    pub(super) fn soonest(&self) -> Timestamp {
        self.now.plus_minutes(PUBLISHED_BEFORE_MINUTES)
    }

    /// When the key after the active one is due.
    pub(super) fn due(&self, active: &KeyTimes, policy: Policy) -> Timestamp {
        policy.after(active.activates_at).max(self.soonest())
    }

    /// The earliest time from which a waiting key may sign: when it has been published long enough, and at once if it has.
    pub(super) fn soonest_for(&self, waiting: &KeyTimes) -> Timestamp {
        // One that was made "later than now" was made under a clock that was ahead: it counts as made now.
        let published = waiting.created_at.min(self.now).plus_minutes(PUBLISHED_BEFORE_MINUTES);
        self.free(published.max(self.now), waiting).min(waiting.activates_at)
    }

    /// That time, or the first millisecond after it at which no other key is activated: a key that takes over must come
    /// later in the ring, and the order of ids must have no say in it.
    pub(super) fn free(&self, wished: Timestamp, by: &KeyTimes) -> Timestamp {
        let mut at = wished;
        while self.keys.iter().any(|key| key.activates_at == at && key.key_id != by.key_id) {
            at = Timestamp::from_unix_milliseconds(at.unix_milliseconds() + 1);
        }
        at
    }

    /// What an empty ring gets: a key that signs at once, and the next one.
    ///
    /// The first key of its kind need not be published first. No token of its kind was ever handed out, so nobody relies on
    /// a key set that has none; there is nothing else to sign with, so waiting would only refuse tokens; and a verifier that
    /// holds a key set without it reads the set again when it meets a key id that it does not know.
    pub(super) fn first_keys(&self, policy: Policy) -> [(Algorithm, Timestamp); 2] {
        [(self.algorithm, self.now), (self.algorithm, policy.after(self.now))]
    }
}
