//! The time of day, as an argument: whether a token has expired is asked of a [`Clock`], so that tests set it.
//!
//! The age of what is known of revocations is not measured by it but by tokio's monotonic clock.

use std::fmt::Debug;
use std::time::{SystemTime, UNIX_EPOCH};

use callsign_protocol::date::Timestamp;

/// Tells the time.
pub trait Clock: Debug + Send + Sync {
    /// The instant now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_unix_milliseconds(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}
