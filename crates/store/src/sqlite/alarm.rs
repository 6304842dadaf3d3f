//! The way out when the file can be trusted no longer.

use std::fmt;
use std::sync::{Mutex, PoisonError};

/// Called with a sentence when the store can go on no longer.
pub type OnFatal = Box<dyn Fn(&str) + Send>;

/// What the store's threads ring when they find such a fault.
pub(super) struct Alarm {
    on_fatal: Mutex<OnFatal>,
}

impl Alarm {
    pub(super) fn new(on_fatal: OnFatal) -> Self {
        Self { on_fatal: Mutex::new(on_fatal) }
    }

    pub(super) fn ring(&self, reason: &str) {
        tracing::error!(reason, "the store stops");
        let on_fatal = self.on_fatal.lock().unwrap_or_else(PoisonError::into_inner);
        on_fatal(reason);
    }
}

impl fmt::Debug for Alarm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Alarm(…)")
    }
}
