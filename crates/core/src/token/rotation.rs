//! How token-signing keys live and die: pure functions of their times. It must never know a private key, a store or a
//! clock.
//!
//! The keys of one algorithm are a ring, in the order of their activation. The last that was activated signs; those after
//! it are published and wait; those before it are published until their last token is dead, and then leave. What stands in
//! the store is what is published: a key leaves the key set when [`upkeep`] takes it out of the store, never earlier, so a
//! clock that is wrong for a while hides no key.
//!
//! A [`Change`] is planned on keys that were read a moment ago. The store takes it only while the same keys are there.

mod by_hand;
#[cfg(test)]
mod examples;
mod ring;
mod schedule;
#[cfg(test)]
mod simulation;
mod upkeep;
mod watch;

use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::date::Timestamp;

pub use self::by_hand::{UnknownKey, rotate, rotate_compromised};
pub(crate) use self::ring::active_place;
pub use self::schedule::{KeyState, Scheduled, active, schedule};
pub use self::upkeep::upkeep;
pub use self::watch::Watch;

/// How long a key is published before it signs: three times the 300 s for which a verifier may hold a key set. The third
/// is for nodes whose clocks differ.
pub const PUBLISHED_BEFORE_MINUTES: i64 = 15;

/// How long after it stopped signing a key's last token can live: the longest lifetime, and ten minutes for nodes whose
/// clocks differ or that read the keys a moment ago.
pub const LAST_TOKEN_MINUTES: i64 = 1440 + 10;

/// How many keys must have taken over after one until it may go whatever the clock says. A key takes over 15 minutes after
/// it was made, so 97 can in the life of a token, besides the few that were made before. So a ring does not grow for ever
/// where no process lives long enough for a [`Watch`].
const RESERVE_KEYS: usize = 128;

/// Keys of one algorithm beyond which none is added. Only a clock that leaps ahead again and again gets there.
const RING_KEYS_MAX: usize = RESERVE_KEYS + 32;

/// What is to know of a signing key here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyTimes {
    /// Its id.
    pub key_id: String,
    /// What it signs by.
    pub algorithm: Algorithm,
    /// When it was made, which is also when it was first published.
    pub created_at: Timestamp,
    /// From when it signs.
    pub activates_at: Timestamp,
}

/// What the operator wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How long a key signs.
    pub rotate_every_days: u16,
}

impl Policy {
    /// When the key that comes after one activated at `activates_at` is due.
    const fn after(self, activates_at: Timestamp) -> Timestamp {
        activates_at.plus_minutes(self.rotate_every_days as i64 * 24 * 60)
    }
}

/// What is to be done to the keys in the store, all of it in one transaction or none of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// A key that gets another time of activation.
    pub activate: Option<(String, Timestamp)>,
    /// Keys to make, with the time from which each signs. They are created at the `now` of the plan.
    pub add: Vec<(Algorithm, Timestamp)>,
    /// Keys whose last token is dead.
    pub remove: Vec<String>,
    /// A compromised key: it leaves at once and stands among the revoked ones for ever. It is not in `remove`.
    pub revoke: Option<String>,
}

impl Change {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
