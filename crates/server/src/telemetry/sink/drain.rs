//! What a sink writes into.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use super::super::Record;

/// Takes items, on a thread that may wait.
pub(crate) trait Drain<T>: Send {
    /// How long the first item of a batch waits for others.
    fn linger(&self) -> Duration {
        Duration::ZERO
    }

    /// Writes all of them.
    fn write(&mut self, batch: &[T]) -> Result<(), Lost>;
}

/// What of a batch was lost, and why.
#[derive(Debug)]
pub(crate) struct Lost {
    /// How many; all of them when it is not known.
    pub(super) items: Option<usize>,
    /// A sentence.
    pub(super) reason: String,
}

impl Lost {
    pub(crate) const fn all(reason: String) -> Self {
        Self { items: None, reason }
    }

    /// What a collector took in part.
    #[cfg(feature = "otlp")]
    pub(crate) fn rejected(partial: Option<(i64, String)>) -> Result<(), Self> {
        match partial {
            Some((items, reason)) if items > 0 => Err(Self { items: usize::try_from(items).ok(), reason }),
            _ => Ok(()),
        }
    }
}

/// Standard output.
pub(super) struct Stdout;

impl Drain<Arc<Record>> for Stdout {
    fn write(&mut self, batch: &[Arc<Record>]) -> Result<(), Lost> {
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(&lines(batch)).and_then(|()| stdout.flush());
        written.map_err(|error| Lost::all(error.to_string()))
    }
}

/// Their lines, one after the other.
pub(super) fn lines(batch: &[Arc<Record>]) -> Vec<u8> {
    batch.iter().flat_map(|record| record.to_line()).collect()
}
