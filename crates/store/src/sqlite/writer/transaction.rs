//! Transactions and checkpoints on the writer's connection, and what became of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use callsign_core::store::StoreError;
use rusqlite::config::DbConfig;
use rusqlite::hooks::Wal;
use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, Error, MAIN_DB};

use super::super::failure::{Trouble, checkpoint_trouble, commit_trouble, described, trouble_of};
use super::super::orphans;
use super::super::statement;

/// Pages (of 4 KiB) in the log from which they are brought into the file, as SQLite's own checkpoints do.
const LOG_PAGES_DUE: i32 = 1_000;

/// The writer's connection.
pub(super) struct Ledger {
    connection: Connection,
    log_pages: Arc<AtomicI32>,
}

/// A transaction that did not succeed.
pub(super) struct Undone {
    pub(super) trouble: Trouble,
    /// COMMIT was sent, and what came back does not tell what became of it.
    outcome_unknown: bool,
}

impl Undone {
    const fn before_commit(trouble: Trouble) -> Self {
        Self { trouble, outcome_unknown: false }
    }

    fn in_commit(error: &Error) -> Self {
        let trouble = commit_trouble(error);
        Self { outcome_unknown: matches!(trouble, Trouble::Fatal(_)), trouble }
    }

    /// What every step of the transaction is answered.
    pub(super) fn answer(&self) -> StoreError {
        let (Trouble::Passing(reason) | Trouble::Fatal(reason)) = &self.trouble;
        let reason = reason.clone();
        if self.outcome_unknown {
            StoreError::OutcomeUnknown { reason }
        } else {
            StoreError::Unavailable { reason }
        }
    }
}

impl Ledger {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection, log_pages: Arc::default() }.watched()
    }

    /// SQLite's own checkpoints run inside COMMIT and say nothing of a failed fsync. The hook takes their place.
    fn watched(mut self) -> Self {
        let log_pages = Arc::clone(&self.log_pages);
        let watch = move |_: &mut Wal, pages: i32| {
            log_pages.store(pages, Ordering::Relaxed);
            Ok(())
        };
        if let Err(error) = self.connection.wal_hook(Some(watch)) {
            tracing::warn!(%error, "SQLite keeps its own checkpoints");
        }
        self
    }

    /// Does the work in one transaction.
    pub(super) fn in_one_transaction<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Trouble>,
    ) -> Result<T, Undone> {
        statement::execute(&self.connection, "BEGIN IMMEDIATE", [])
            .map_err(|error| Undone::before_commit(trouble_of(&error)))?;
        let done = work(&self.connection).map_err(Undone::before_commit).and_then(|done| {
            statement::execute(&self.connection, "COMMIT", [])
                .map(|_| done)
                .map_err(|error| Undone::in_commit(&error))
        });
        done.map_err(|undone| self.roll_back(undone))
    }

    /// A transaction that cannot be undone would take the next steps into it.
    fn roll_back(&self, undone: Undone) -> Undone {
        if self.connection.is_autocommit() {
            return undone;
        }
        match statement::execute(&self.connection, "ROLLBACK", []) {
            Ok(_) => undone,
            Err(error) => Undone { trouble: Trouble::Fatal(described(&error)), outcome_unknown: true },
        }
    }

    /// Removes some orphans in a transaction of its own; `false` when there was none.
    pub(super) fn remove_orphans(&self) -> Result<bool, Undone> {
        self.in_one_transaction(|connection| {
            orphans::remove_some(connection).map_err(|error| trouble_of(&error))
        })
    }

    /// Brings the log into the file when it has grown long, as far as readers let it.
    pub(super) fn checkpoint_if_due(&self) -> Result<(), Trouble> {
        if self.log_pages.load(Ordering::Relaxed) < LOG_PAGES_DUE {
            return Ok(());
        }
        self.log_pages.store(0, Ordering::Relaxed);
        passing_is_fine(self.connection.wal_checkpoint_v2(Some(MAIN_DB), CheckpointMode::PASSIVE))
    }

    /// Brings all of the log into the file and has closing remove the log.
    pub(super) fn close(&self) -> Result<(), Trouble> {
        let emptied = self.connection.wal_checkpoint_v2(Some(MAIN_DB), CheckpointMode::TRUNCATE);
        if emptied.is_ok() {
            let tidied = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false);
            // An empty log that stays does no harm.
            drop(tidied);
        }
        passing_is_fine(emptied)
    }
}

/// What a checkpoint could not do now, the next one does.
fn passing_is_fine(checkpoint: Result<(i32, i32), Error>) -> Result<(), Trouble> {
    match checkpoint.map_err(|error| checkpoint_trouble(&error)) {
        Ok(_) | Err(Trouble::Passing(_)) => Ok(()),
        Err(fatal) => Err(fatal),
    }
}
