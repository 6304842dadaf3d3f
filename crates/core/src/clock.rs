//! The time, as an argument.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::SystemTime;

use callsign_protocol::date::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The instant now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
    fn now(&self) -> Timestamp {
        let nanoseconds = match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i128::try_from(after.as_nanos()).unwrap_or(i128::MAX),
            Err(before) => -i128::try_from(before.duration().as_nanos()).unwrap_or(i128::MAX),
        };
        Timestamp::from_unix_ticks(i64::try_from(nanoseconds / 100).unwrap_or(i64::MAX))
    }
}

/// A clock that moves by hand, for tests and simulations.
#[derive(Debug)]
pub struct ManualClock {
    unix_milliseconds: AtomicI64,
}

impl ManualClock {
    /// A clock that stands at `start`.
    #[must_use]
    pub const fn at(start: Timestamp) -> Self {
        Self { unix_milliseconds: AtomicI64::new(start.unix_milliseconds()) }
    }

    /// Moves the clock forward.
    pub fn advance_milliseconds(&self, milliseconds: u32) {
        self.unix_milliseconds.fetch_add(i64::from(milliseconds), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_milliseconds(self.unix_milliseconds.load(Ordering::SeqCst))
    }
}
