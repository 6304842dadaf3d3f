//! The time, as an argument: what signs and what refreshes asks a [`Clock`], so that tests move it instead of waiting.

use std::fmt::Debug;

use azure_core::time::OffsetDateTime;

/// Tells the time.
///
/// The machine's own is used unless another is given to [`KeyCredential::with_clock`](crate::KeyCredential::with_clock)
/// or [`TokenRefreshOptions::clock`](crate::TokenRefreshOptions::clock).
pub trait Clock: Debug + Send + Sync {
    /// The instant now, in UTC.
    fn now(&self) -> OffsetDateTime;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}
