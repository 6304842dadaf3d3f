//! What an engine wrote, in figures.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the buckets of commit times; what takes longer is in one more. A disk that syncs takes about a millisecond.
pub const COMMIT_BOUNDS_MICROSECONDS: [u64; 11] =
    [250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000, 2_500_000];

/// How many buckets there are.
pub const COMMIT_BUCKETS: usize = COMMIT_BOUNDS_MICROSECONDS.len() + 1;

/// What was written since the store was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreFigures {
    /// Transactions that were committed, by how long each took: so many in each bucket, not in it and all below.
    pub commits_by_time: [u64; COMMIT_BUCKETS],
    /// How long they took together, in microseconds.
    pub commit_microseconds: u64,
    /// Writes in them.
    pub writes: u64,
    /// Transactions that were undone.
    pub failures: u64,
    /// Writes that were refused because too many waited.
    pub refused: u64,
    /// Writes that wait now.
    pub waiting: u64,
}

impl StoreFigures {
    /// How many transactions were committed: many writes share one.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.commits_by_time.iter().sum()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counts {
    commits_by_time: [AtomicU64; COMMIT_BUCKETS],
    commit_microseconds: AtomicU64,
    writes: AtomicU64,
    failures: AtomicU64,
    refused: AtomicU64,
}

impl Counts {
    pub(crate) fn committed(&self, writes: usize, took: Duration) {
        let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = COMMIT_BOUNDS_MICROSECONDS.partition_point(|bound| *bound < microseconds);
        if let Some(count) = self.commits_by_time.get(bucket) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.commit_microseconds.fetch_add(microseconds, Ordering::Relaxed);
        self.writes.fetch_add(u64::try_from(writes).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(crate) fn failed(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self, waiting: usize) -> StoreFigures {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        StoreFigures {
            commits_by_time: self.commits_by_time.each_ref().map(read),
            commit_microseconds: read(&self.commit_microseconds),
            writes: read(&self.writes),
            failures: read(&self.failures),
            refused: read(&self.refused),
            waiting: u64::try_from(waiting).unwrap_or(u64::MAX),
        }
    }
}
