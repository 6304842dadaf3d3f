//! Copies of a database while it is used: what makes them, without a word about the engine.

use std::path::Path;

use callsign_core::store::StoreError;
use callsign_store::sqlite::SqliteStore;

/// A store that can be copied while it is used.
pub trait Copies: Send + Sync {
    /// Makes a copy of everything as it is at one instant, in a file that is there whole or not at all. It takes as long as
    /// reading and writing all of it.
    ///
    /// # Errors
    /// What the store says; there is no file then.
    fn copy_to(&self, file: &Path) -> Result<(), StoreError>;
}

impl Copies for SqliteStore {
    fn copy_to(&self, file: &Path) -> Result<(), StoreError> {
        Self::copy_to(self, file)
    }
}
