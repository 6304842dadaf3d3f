//! Connections that only read. A read is a few microseconds, so it is done on the calling thread.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use callsign_core::store::StoreError;
use rusqlite::Connection;

use super::failure::Failure;

/// A pool of fixed size.
#[derive(Debug)]
pub(super) struct Readers {
    connections: Vec<Mutex<Connection>>,
    next: AtomicUsize,
}

impl Readers {
    pub(super) fn new(connections: Vec<Connection>) -> Self {
        Self { connections: connections.into_iter().map(Mutex::new).collect(), next: AtomicUsize::new(0) }
    }

    /// Reads, with whatever was committed before.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        let Some(connection) = self.free() else {
            return Err(StoreError::Unavailable {
                reason: "the store was opened without readers".to_owned(),
            });
        };
        read(&connection).map_err(Failure::in_read)
    }

    /// A connection that nobody uses; if there is none, the one whose turn it is, once it is free.
    fn free(&self) -> Option<MutexGuard<'_, Connection>> {
        let count = self.connections.len();
        let first = self.next.fetch_add(1, Ordering::Relaxed).checked_rem(count)?;
        let in_turn = || self.connections.iter().cycle().skip(first).take(count);
        let unused = in_turn().find_map(|connection| match connection.try_lock() {
            Ok(guard) => Some(guard),
            // A reader keeps nothing between two reads that a panic could have broken.
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        });
        unused.or_else(|| in_turn().next().map(|first| first.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}
