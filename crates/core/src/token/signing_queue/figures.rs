//! What the queue did, in figures.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::BATCH_MAX;

/// What was signed since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SigningFigures {
    /// Batches of one signature, of two, and so on up to eight.
    pub batches_by_size: [u64; BATCH_MAX],
    /// How long all signatures together waited before their batch began, in microseconds.
    pub waited_microseconds: u64,
    /// Signatures that were refused because too much waited.
    pub refused: u64,
}

impl SigningFigures {
    /// How many signatures were begun.
    #[must_use]
    pub fn begun(&self) -> u64 {
        self.batches_by_size.iter().zip(1_u64..).map(|(batches, size)| batches * size).sum()
    }
}

#[derive(Default)]
pub(super) struct Counts {
    batches_by_size: [AtomicU64; BATCH_MAX],
    waited_microseconds: AtomicU64,
    refused: AtomicU64,
}

impl Counts {
    /// A batch begins, whose signatures waited since then.
    pub(super) fn begun(&self, since: impl ExactSizeIterator<Item = Instant>) {
        if let Some(batches) = since.len().checked_sub(1).and_then(|index| self.batches_by_size.get(index)) {
            batches.fetch_add(1, Ordering::Relaxed);
        }
        let now = Instant::now();
        let waited: u128 = since.map(|since| now.saturating_duration_since(since).as_micros()).sum();
        self.waited_microseconds.fetch_add(u64::try_from(waited).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(super) fn refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> SigningFigures {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        SigningFigures {
            batches_by_size: self.batches_by_size.each_ref().map(read),
            waited_microseconds: read(&self.waited_microseconds),
            refused: read(&self.refused),
        }
    }
}
