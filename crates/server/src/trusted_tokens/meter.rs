//! Requests, counted per caller.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use callsign_protocol::date::Timestamp;

const WINDOW_SECONDS: i64 = 60;
/// Callers that are remembered; beyond it, those of past minutes are forgotten first.
const CALLERS_MAX: usize = 65_536;

/// Counts requests.
pub(super) struct Meter {
    requests_per_minute: u32,
    /// The minute, and what each caller asked in it.
    counted: Mutex<(i64, HashMap<String, u32>)>,
}

impl Meter {
    pub(super) fn new(requests_per_minute: u32) -> Self {
        Self { requests_per_minute, counted: Mutex::default() }
    }

    /// Counts a request; when there are too many, the seconds until they are forgotten.
    pub(super) fn count(&self, caller: &str, now: Timestamp) -> Result<(), u32> {
        let now = now.unix_seconds();
        let minute = now.div_euclid(WINDOW_SECONDS);
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let (current, callers) = &mut *counted;
        if *current != minute || callers.len() >= CALLERS_MAX {
            *current = minute;
            callers.clear();
        }
        if let Some(count) = callers.get_mut(caller) {
            if *count >= self.requests_per_minute {
                return Err(u32::try_from((minute + 1) * WINDOW_SECONDS - now).unwrap_or(1).max(1));
            }
            *count += 1;
        } else {
            callers.insert(caller.to_owned(), 1);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_per_caller_and_minute() {
        let meter = Meter::new(2);
        let count = |caller: &str, seconds| meter.count(caller, Timestamp::from_unix_seconds(seconds));
        assert_eq!([count("a", 0), count("a", 10), count("a", 20)], [Ok(()), Ok(()), Err(40)]);
        assert_eq!(count("b", 20), Ok(()));
        assert_eq!([count("a", 59), count("a", 60)], [Err(1), Ok(())]);
    }

    #[test]
    fn memory_is_bounded() {
        let meter = Meter::new(1);
        for caller in 0..CALLERS_MAX + 10 {
            meter.count(&caller.to_string(), Timestamp::from_unix_seconds(0)).unwrap();
        }
        assert_eq!(meter.counted.lock().unwrap().1.len(), 10);
    }
}
