//! What a sink writes into.

use std::io::{self, Write as _};
use std::sync::Arc;

use super::super::Record;

/// Takes records, on a thread that may wait.
pub(crate) trait Drain: Send {
    /// Writes all of them, or says why they are lost.
    fn write(&mut self, batch: &[Arc<Record>]) -> Result<(), String>;
}

/// Standard output.
pub(super) struct Stdout;

impl Drain for Stdout {
    fn write(&mut self, batch: &[Arc<Record>]) -> Result<(), String> {
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(&lines(batch)).and_then(|()| stdout.flush());
        written.map_err(|error| error.to_string())
    }
}

/// Their lines, one after the other.
pub(super) fn lines(batch: &[Arc<Record>]) -> Vec<u8> {
    batch.iter().flat_map(|record| record.to_line()).collect()
}
