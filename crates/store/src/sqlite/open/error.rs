//! Why a file could not be opened, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Error, ErrorCode};

use super::super::failure::described;
use super::super::schema::KNOWN;

/// Why a store could not be opened. The sentence is for whoever started the service.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The SQLite in this build may lose data.
    #[error(
        "this build links SQLite {}, which may lose data; build it with SQLite 3.51.3 or newer",
        spelled(*version)
    )]
    OldSqlite {
        /// Its version, as `sqlite3_libversion_number` counts.
        version: i32,
    },
    /// The file cannot be reached.
    #[error(
        "the database {path} cannot be opened: {source}; \
         see to it that its folder exists and that this user may read and write there"
    )]
    Unreachable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file is no SQLite file.
    #[error(
        "{path} is not a database, or its beginning is damaged; restore it from a backup, or choose another data folder"
    )]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is a database of another program.
    #[error("{path} is the database of another program; choose another data folder")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file was made by a later release.
    #[error(
        "the database {path} was made by a newer Callsign (its schema is {schema}, this release knows up to {KNOWN}); \
         start it with that release, or restore the backup that was made before it"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        schema: i64,
    },
    /// The file is damaged.
    #[error(
        "the database {path} is damaged: {finding}; restore it from a backup, or choose another data folder"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        finding: String,
    },
    /// The file system does not do what a write-ahead log needs.
    #[error(
        "the database {path} cannot keep a write-ahead log there; choose a data folder on a local file system"
    )]
    NoLog {
        /// The file.
        path: PathBuf,
    },
    /// The disk is full.
    #[error("the database {path} cannot be opened because the disk is full; free some space and start again")]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// SQLite refused otherwise.
    #[error(
        "the database {path} cannot be opened: {reason}; \
         see to it that no other program has it open and that this user may read and write there"
    )]
    Refused {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },
}

impl OpenError {
    #[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` wants")]
    pub(super) fn from_engine(path: &Path, error: Error) -> Self {
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path, finding: described(&error) },
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            _ => Self::Refused { path, reason: described(&error) },
        }
    }
}

fn spelled(version: i32) -> String {
    format!("{}.{}.{}", version / 1_000_000, version / 1_000 % 1_000, version % 1_000)
}
