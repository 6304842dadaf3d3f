//! How often something was done in the current minute, by whoever is counted.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use callsign_protocol::date::Timestamp;

const WINDOW_SECONDS: i64 = 60;
/// Keys that are remembered; beyond it, all begin anew.
const KEYS_MAX: usize = 65_536;

/// Counts by key.
#[derive(Debug)]
pub(crate) struct PerMinute<K> {
    count_max: u32,
    /// The minute, and what was counted in it.
    counted: Mutex<(i64, HashMap<K, u32>)>,
}

impl<K: Eq + Hash> PerMinute<K> {
    /// Nothing was counted yet; each key may be counted so often.
    pub(crate) fn new(count_max: u32) -> Self {
        Self { count_max, counted: Mutex::default() }
    }

    /// Counts once; when there were enough, the seconds until they are forgotten.
    pub(crate) fn count<Q>(&self, key: &Q, now: Timestamp) -> Result<(), u32>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
    {
        let now = now.unix_seconds();
        let minute = now.div_euclid(WINDOW_SECONDS);
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let (current, counts) = &mut *counted;
        if *current != minute || counts.len() >= KEYS_MAX {
            *current = minute;
            counts.clear();
        }
        let before = counts.get_mut(key);
        if before.as_ref().map_or(0, |count| **count) >= self.count_max {
            return Err(u32::try_from((minute + 1) * WINDOW_SECONDS - now).unwrap_or(1).max(1));
        }
        match before {
            Some(count) => *count += 1,
            None => drop(counts.insert(key.to_owned(), 1)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_per_caller_and_minute() {
        let meter = PerMinute::<String>::new(2);
        let count = |caller: &str, seconds| meter.count(caller, Timestamp::from_unix_seconds(seconds));
        assert_eq!([count("a", 0), count("a", 10), count("a", 20)], [Ok(()), Ok(()), Err(40)]);
        assert_eq!(count("b", 20), Ok(()));
        assert_eq!([count("a", 59), count("a", 60)], [Err(1), Ok(())]);
    }

    #[test]
    fn memory_is_bounded() {
        let meter = PerMinute::<String>::new(1);
        for caller in 0..KEYS_MAX + 10 {
            meter.count(&caller.to_string(), Timestamp::from_unix_seconds(0)).unwrap();
        }
        assert_eq!(meter.counted.lock().unwrap().1.len(), 10);
    }
}
