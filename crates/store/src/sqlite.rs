//! The SQLite engine: one file, one writer, one fsync for many writes.

mod alarm;
mod assignments;
mod audit;
mod column;
mod copy;
mod failure;
mod identities;
mod inspection;
mod keys;
mod open;
mod orphans;
#[cfg(test)]
mod plans;
mod readers;
mod resources;
mod revocations;
mod schema;
mod statement;
mod writer;

use std::path::{Path, PathBuf};

use callsign_core::store::StoreError;

use self::inspection::Inspection;
use self::readers::Readers;
use self::writer::Writer;
use crate::figures::StoreFigures;

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
    path: PathBuf,
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

    /// Copies the database as it is now into a new file that only its owner may read, and has both on the disk when it
    /// answers. Others read and write meanwhile. It takes as long as reading and writing all of it: not for a thread that
    /// serves requests.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is something at that path, [`StoreError::Corrupt`] when the database cannot be
    /// read whole, [`StoreError::Unavailable`] when the copy cannot be written. Nothing is at the path then.
    pub fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        let reader = open::open_reader(&self.path)
            .map_err(|error| StoreError::Unavailable { reason: failure::described(&error) })?;
        copy::copy(&reader, path)
    }

    /// Looks at every page of the file, as [`SqliteStore::open`] does after an unclean stop. It takes as long as reading all
    /// of it.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the file is damaged, [`StoreError::Unavailable`] when it cannot be read.
    pub fn inspect(&self) -> Result<(), StoreError> {
        let unreadable =
            |error: rusqlite::Error| StoreError::Unavailable { reason: failure::described(&error) };
        let reader = open::open_reader(&self.path).map_err(unreadable)?;
        match inspection::damage(&reader).map_err(unreadable)? {
            None => Ok(()),
            Some(reason) => {
                Err(StoreError::Corrupt { table: "the whole file", key: "any".to_owned(), reason })
            }
        }
    }

    /// How many transactions were committed since the store was opened: many writes share one.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.figures().commits()
    }

    /// What was written since the store was opened.
    #[must_use]
    pub fn figures(&self) -> StoreFigures {
        self.writer.figures()
    }
}
