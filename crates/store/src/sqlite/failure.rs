//! What SQLite's errors mean: for one step, for all steps of a transaction, or for the store as a whole.

use std::fmt::Display;

use callsign_core::store::StoreError;
use rusqlite::ffi::{SQLITE_IOERR_DIR_FSYNC, SQLITE_IOERR_FSYNC};
use rusqlite::{Error, ErrorCode};

/// Why a step or a read did not come to its end.
#[derive(Debug)]
pub(super) enum Failure {
    /// An error of SQLite and the row that was meant.
    OfRow {
        /// What SQLite said.
        error: Error,
        /// The table.
        table: &'static str,
        /// The row.
        key: String,
    },
    /// The step contradicts what is there.
    Refused(StoreError),
}

/// Names the row that an error is about.
pub(super) fn at(table: &'static str, key: &impl Display) -> impl Fn(Error) -> Failure {
    move |error| Failure::OfRow { error, table, key: key.to_string() }
}

/// Why a whole transaction came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It may go better the next time.
    Passing(String),
    /// The file or the disk cannot be trusted any more.
    Fatal(String),
}

/// Whom a failure concerns.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The step alone: SQLite undid it and the transaction goes on.
    Step(StoreError),
    /// The transaction.
    Transaction(Trouble),
}

impl Failure {
    pub(super) fn in_transaction(self) -> Verdict {
        let (error, table, key) = match self {
            Self::Refused(refusal) => return Verdict::Step(refusal),
            Self::OfRow { error, table, key } => (error, table, key),
        };
        match statement_trouble(&error) {
            Some(trouble) => Verdict::Transaction(trouble),
            None if is_of_input(&error) => Verdict::Step(StoreError::Conflict { reason: described(&error) }),
            None => Verdict::Step(StoreError::Corrupt { table, key, reason: described(&error) }),
        }
    }

    /// What it means for a read, which nobody else shares.
    pub(super) fn in_read(self) -> StoreError {
        let (error, table, key) = match self {
            Self::Refused(refusal) => return refusal,
            Self::OfRow { error, table, key } => (error, table, key),
        };
        match statement_trouble(&error) {
            Some(Trouble::Passing(reason)) => StoreError::Unavailable { reason },
            Some(Trouble::Fatal(_)) | None => StoreError::Corrupt { table, key, reason: described(&error) },
        }
    }
}

/// The value is at fault that came, not the one that is stored.
fn is_of_input(error: &Error) -> bool {
    matches!(error, Error::SqliteFailure(..) | Error::ToSqlConversionFailure(_))
}

/// What an error of any statement but COMMIT means for its transaction; nothing when the step alone is concerned.
///
/// SQLite may have rolled the transaction back by itself after a full disk, an I/O error, a lock, lack of memory or an
/// interrupt (<https://sqlite.org/lang_transaction.html>, section 3).
fn statement_trouble(error: &Error) -> Option<Trouble> {
    let Error::SqliteFailure(failure, _) = error else {
        return None;
    };
    match failure.code {
        ErrorCode::ConstraintViolation
        | ErrorCode::TypeMismatch
        | ErrorCode::TooBig
        | ErrorCode::ParameterOutOfRange => None,
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Some(Trouble::Fatal(described(error))),
        // What an fsync was to bring to the disk may be lost, and the next fsync does not say so.
        ErrorCode::SystemIoFailure
            if [SQLITE_IOERR_FSYNC, SQLITE_IOERR_DIR_FSYNC].contains(&failure.extended_code) =>
        {
            Some(Trouble::Fatal(described(error)))
        }
        _ => Some(Trouble::Passing(described(error))),
    }
}

/// What an error means that no step brought about.
pub(super) fn trouble_of(error: &Error) -> Trouble {
    statement_trouble(error).unwrap_or_else(|| Trouble::Passing(described(error)))
}

/// What an error of COMMIT means. A lock or a full disk comes before the log is complete, so nothing was changed; of
/// anything else the outcome is not known.
pub(super) fn commit_trouble(error: &Error) -> Trouble {
    let passing = [ErrorCode::DatabaseBusy, ErrorCode::DatabaseLocked, ErrorCode::DiskFull];
    match error.sqlite_error_code() {
        Some(code) if passing.contains(&code) => Trouble::Passing(described(error)),
        _ => Trouble::Fatal(described(error)),
    }
}

/// What an error of a checkpoint means. The log keeps everything until one has succeeded, so only a failing disk or a
/// damaged file is a reason to stop.
pub(super) fn checkpoint_trouble(error: &Error) -> Trouble {
    match error.sqlite_error_code() {
        Some(ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            Trouble::Fatal(described(error))
        }
        _ => Trouble::Passing(described(error)),
    }
}

/// The error with SQLite's number for it, which tells a failed write from a failed fsync.
pub(super) fn described(error: &Error) -> String {
    match error {
        Error::SqliteFailure(failure, _) => format!("{error} (SQLite error {})", failure.extended_code),
        _ => error.to_string(),
    }
}
