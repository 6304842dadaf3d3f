//! How long one process has seen the clock run evenly: what must be known before a key may be removed.

use callsign_protocol::date::Timestamp;

use super::LAST_TOKEN_MINUTES;

/// Rounds of upkeep come once a minute. A longer pause than this may as well be a step of the clock; a shorter step is
/// covered by the ten minutes in [`LAST_TOKEN_MINUTES`].
const PAUSE_MINUTES_MAX: i64 = 5;

/// An unbroken run of rounds of upkeep.
///
/// The times of the keys alone cannot say whether a token is dead: after a clock was set ahead by mistake, every key looks
/// retired, and what is removed then is missed when the clock is right again; after it was set back, a rotation gets a time
/// at which the old key had long signed later tokens. So a key is removed only by a process that has seen the clock run
/// evenly for as long as a token can live: what was signed before that is dead by any clock, and what was signed since is
/// dead by this one. Nodes that share a store must have clocks that agree to five minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    since: Timestamp,
    now: Timestamp,
}

impl Watch {
    /// The first round of a process.
    #[must_use]
    pub const fn begin(now: Timestamp) -> Self {
        Self { since: now, now }
    }

    /// The next round. Keep the answer only when the round went through, so that rounds that fail count as a pause.
    #[must_use]
    pub fn look(self, now: Timestamp) -> Self {
        let even = self.now <= now && now <= self.now.plus_minutes(PAUSE_MINUTES_MAX);
        if even { Self { now, ..self } } else { Self::begin(now) }
    }

    /// A watch that went on with a round each minute up to then.
    #[cfg(test)]
    pub(super) const fn evenly_until(self, now: Timestamp) -> Self {
        Self { now, ..self }
    }

    /// When it began.
    #[cfg(test)]
    pub(super) const fn since(&self) -> Timestamp {
        self.since
    }

    /// The time of this round.
    pub(super) const fn now(&self) -> Timestamp {
        self.now
    }

    /// Whether every token from before the watch is dead.
    pub(crate) fn is_long_enough(&self) -> bool {
        self.since.plus_minutes(LAST_TOKEN_MINUTES) <= self.now
    }
}
