//! Which key is in which state, and until when.

use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::date::Timestamp;

use super::KeyTimes;
use super::ring::Ring;

/// Where a key stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// Published, does not sign yet.
    Next,
    /// Signs.
    Active,
    /// Signs no more; tokens that it signed may be alive.
    Retiring,
    /// By this clock its last token is dead. It leaves with the next round of upkeep that may trust the clock.
    Retired,
}

impl KeyState {
    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Active => "active",
            Self::Retiring => "retiring",
            Self::Retired => "retired",
        }
    }
}

/// A key and its state at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scheduled<'a> {
    /// The key.
    pub key: &'a KeyTimes,
    /// Where it stands.
    pub state: KeyState,
    /// Until when, as far as is known: a retired key leaves when it is removed, an active one without a next stays.
    pub until: Option<Timestamp>,
}

/// Every key with its state: algorithm by algorithm, each in the order of activation.
#[must_use]
pub fn schedule(keys: &[KeyTimes], now: Timestamp) -> Vec<Scheduled<'_>> {
    Algorithm::ALL.into_iter().flat_map(|algorithm| ring_schedule(&Ring::of(keys, algorithm, now))).collect()
}

fn ring_schedule<'a>(ring: &Ring<'a>) -> Vec<Scheduled<'a>> {
    let past = ring.past().map(|(key, dead_at)| {
        let (state, until) =
            if dead_at <= ring.now { (KeyState::Retired, None) } else { (KeyState::Retiring, Some(dead_at)) };
        Scheduled { key, state, until }
    });
    let active = ring.active().map(|key| {
        let until = ring.waiting().next().map(|next| next.activates_at);
        Scheduled { key, state: KeyState::Active, until }
    });
    let waiting =
        ring.waiting().map(|key| Scheduled { key, state: KeyState::Next, until: Some(key.activates_at) });
    past.chain(active).chain(waiting).collect()
}

/// The key that signs by that algorithm at an instant; `None` only when there is no key of it.
#[must_use]
pub fn active(keys: &[KeyTimes], algorithm: Algorithm, now: Timestamp) -> Option<&KeyTimes> {
    Ring::of(keys, algorithm, now).active()
}
