//! The SQLite engine: one file, one writer, one fsync for many writes.

mod alarm;
mod column;
mod failure;
mod identities;
mod inspection;
mod open;
mod orphans;
mod readers;
mod resources;
mod schema;
mod signing_keys;
mod writer;

use std::path::Path;

use callsign_core::store::StoreError;

use self::inspection::Inspection;
use self::readers::Readers;
use self::writer::Writer;

pub use self::alarm::OnFatal;
pub use self::open::OpenError;

/// A store in one SQLite file.
///
/// Writes are answered once they are on the disk. Reads are done at once, on the calling thread. Dropping the store
/// finishes the writes that were accepted and empties the write-ahead log.
#[derive(Debug)]
pub struct SqliteStore {
    // Fields are dropped in this order: the writer's connection shall be the last, for it tidies the log away.
    _inspection: Option<Inspection>,
    readers: Readers,
    writer: Writer,
}

impl SqliteStore {
    /// Opens the store, and makes it where there is none. The caller sees to it that no other process has it open.
    ///
    /// `readers` is how many reads can be done at once. `on_fatal` is called, from a thread of the store, when the
    /// disk failed a write or the file proved to be damaged. The store takes no writes after that, and the process
    /// should end: what the disk holds is only known by opening the store again.
    ///
    /// # Errors
    /// [`OpenError`] says what is wrong and how to mend it.
    pub fn open(path: &Path, readers: usize, on_fatal: OnFatal) -> Result<Self, OpenError> {
        open::open(path, readers, on_fatal, inspection::AT_ONCE_BYTES_MAX)
    }

    /// Bounds the file: a write that needs more pages (of 4 KiB) than that answers [`StoreError::Unavailable`], as it
    /// does when the disk is full.
    ///
    /// # Errors
    /// [`StoreError`] of a write.
    pub async fn limit_pages(&self, pages_max: u32) -> Result<(), StoreError> {
        self.writer.run(move |connection| schema::limit_pages(connection, pages_max)).await
    }

    /// How many transactions were committed since the store was opened: many writes share one.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.writer.commits()
    }
}
