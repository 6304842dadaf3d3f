//! Opening the file: whose it is, whether it is whole, and how its connections are set up.

mod error;

use std::fs::{self, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, MAIN_DB, OpenFlags, Result as SqlResult};

pub use self::error::OpenError;
use super::SqliteStore;
use super::alarm::{Alarm, OnFatal};
use super::failure::{Trouble, checkpoint_trouble};
use super::inspection::{Inspection, damage};
use super::readers::Readers;
use super::schema::{self, Owner};
use super::writer::Writer;

/// 3.7.0 to 3.51.2 may lose data when the log begins anew (<https://sqlite.org/wal.html>, "the WAL-reset bug").
const SQLITE_VERSION_MIN: i32 = 3_051_003;

/// Only the owner may read: identities and wrapped keys are in the file. SQLite gives the log the same mode.
pub(super) const FILE_MODE: u32 = 0o600;

/// Only another program that has the file open makes a statement wait, which happens at most for a moment.
const WRITER_WAIT: Duration = Duration::from_millis(250);
const READER_WAIT: Duration = Duration::from_millis(50);

const WRITER_CACHE_KIB: i64 = 32 * 1_024;
const READER_CACHE_KIB: i64 = 8 * 1_024;

/// The log is cut back to this size after a burst.
const LOG_BYTES_KEPT: i64 = 64 * 1_024 * 1_024;

/// More statements than the engine has.
const STATEMENTS_CACHED: usize = 128;

pub(super) fn open(
    path: &Path,
    readers: usize,
    on_fatal: OnFatal,
    inspected_at_once_bytes_max: u64,
) -> Result<SqliteStore, OpenError> {
    refuse_old_sqlite(rusqlite::version_number())?;
    let engine = |error| OpenError::from_engine(path, error);
    let unreachable = |source| OpenError::Unreachable { path: path.to_owned(), source };
    let file = look_at_file(path)?;
    let inspected_at_once = file.bytes <= inspected_at_once_bytes_max;
    let mut writer = open_file(path).map_err(engine)?;
    refuse_foreign(path, &writer)?;
    fs::set_permissions(path, Permissions::from_mode(FILE_MODE)).map_err(unreachable)?;
    set_up_writer(path, &writer)?;
    if file.stopped_uncleanly && inspected_at_once {
        refuse_damaged(path, &writer)?;
    }
    schema::migrate(&mut writer).map_err(engine)?;
    if file.stopped_uncleanly {
        sync_log(path, &writer)?;
    }
    let connections = (0..readers.max(1)).map(|_| open_reader(path)).collect::<SqlResult<_>>();
    let readers = Readers::new(connections.map_err(engine)?);
    let alarm = Arc::new(Alarm::new(on_fatal));
    let inspection = if file.stopped_uncleanly && !inspected_at_once {
        let reader = open_reader(path).map_err(engine)?;
        Some(Inspection::start(reader, path, Arc::clone(&alarm)).map_err(unreachable)?)
    } else {
        None
    };
    let writer = Writer::start(writer, alarm).map_err(unreachable)?;
    Ok(SqliteStore { _inspection: inspection, readers, writer, path: path.to_owned() })
}

fn refuse_old_sqlite(version: i32) -> Result<(), OpenError> {
    if version < SQLITE_VERSION_MIN {
        return Err(OpenError::OldSqlite { version });
    }
    Ok(())
}

/// What the file looked like before SQLite touched it.
struct File {
    bytes: u64,
    stopped_uncleanly: bool,
}

/// Looks at the file; makes an empty one if there is none.
fn look_at_file(path: &Path) -> Result<File, OpenError> {
    let unreachable = |source| OpenError::Unreachable { path: path.to_owned(), source };
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(FILE_MODE);
    let bytes = options.open(path).and_then(|file| file.metadata()).map_err(unreachable)?.len();
    let stopped_uncleanly = bytes_of(&log_of(path)).map_err(unreachable)? > 0;
    // SQLite would throw the log away. It never holds anything before the file does.
    if bytes == 0 && stopped_uncleanly {
        let finding = "its write-ahead log is there, but the file itself is gone or empty".to_owned();
        return Err(OpenError::Damaged { path: path.to_owned(), finding });
    }
    Ok(File { bytes, stopped_uncleanly })
}

fn log_of(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    PathBuf::from(log)
}

fn bytes_of(path: &Path) -> io::Result<u64> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

fn open_file(path: &Path) -> SqlResult<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(WRITER_WAIT)?;
    // Closing would bring the log into the file, even after a failed fsync. The writer does it when all is well.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(connection)
}

fn refuse_foreign(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let path = path.to_owned();
    match schema::owner(connection).map_err(|error| OpenError::from_engine(&path, error))? {
        Owner::Nobody | Owner::Callsign => Ok(()),
        Owner::Another => Err(OpenError::Foreign { path }),
        Owner::NewerCallsign { schema } => Err(OpenError::Newer { path, schema }),
    }
}

fn refuse_damaged(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let path = path.to_owned();
    match damage(connection).map_err(|error| OpenError::from_engine(&path, error))? {
        None => Ok(()),
        Some(finding) => Err(OpenError::Damaged { path, finding }),
    }
}

fn set_up_writer(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let set = || {
        // Read to the end: the file is written after the first row, and only then an error shows.
        let modes: SqlResult<Vec<String>> =
            connection.prepare("PRAGMA journal_mode = wal")?.query_map([], |row| row.get(0))?.collect();
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "journal_size_limit", LOG_BYTES_KEPT)?;
        set_up_caches(connection, WRITER_CACHE_KIB)?;
        modes
    };
    match set().map_err(|error| OpenError::from_engine(path, error))? {
        modes if modes == ["wal"] => Ok(()),
        _ => Err(OpenError::NoLog { path: path.to_owned() }),
    }
}

/// What the log holds may never have been synced, and what is written next would build on it: a checkpoint syncs it. A
/// full disk does not allow one, and is no reason to stop reading.
fn sync_log(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let emptied = connection.wal_checkpoint_v2(Some(MAIN_DB), CheckpointMode::TRUNCATE);
    match emptied.map_err(|error| (checkpoint_trouble(&error), error)) {
        Ok(_) => Ok(()),
        Err((Trouble::Passing(reason), _)) => {
            tracing::warn!(reason, "the write-ahead log of the last run stays for now");
            Ok(())
        }
        Err((Trouble::Fatal(_), error)) => Err(OpenError::from_engine(path, error)),
    }
}

pub(super) fn open_reader(path: &Path) -> SqlResult<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(READER_WAIT)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    set_up_caches(&connection, READER_CACHE_KIB)?;
    Ok(connection)
}

/// No memory map: a read that the disk fails shall be an error and not a signal.
pub(super) fn set_up_caches(connection: &Connection, cache_kib: i64) -> SqlResult<()> {
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    // Without it, SQLite plans a cached statement anew for each new value: five times the cost of a look-up.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt;
    use std::sync::mpsc::channel;

    use callsign_core::store::contract::sample::{added, signing_key};
    use futures_executor::block_on;

    use super::*;

    #[test]
    fn a_sqlite_with_the_wal_reset_bug_is_refused() {
        assert!(refuse_old_sqlite(rusqlite::version_number()).is_ok());
        let refusal = refuse_old_sqlite(3_051_002).unwrap_err().to_string();
        assert!(refusal.contains("3.51.2") && refusal.contains("3.51.3"), "{refusal}");
    }

    /// The limit of 0 bytes makes every file a large one.
    #[test]
    fn damage_in_a_large_file_is_found_while_the_store_serves() {
        const PAGE_BYTES: usize = 4_096;
        let folder = tempfile::tempdir().unwrap();
        let (path, crashed) = (folder.path().join("a.db"), folder.path().join("crashed.db"));
        drop(SqliteStore::open(&path, 1, Box::new(|_| {})).unwrap());
        let store = SqliteStore::open(&path, 1, Box::new(|_| {})).unwrap();
        block_on(added(&store, &signing_key("key", 1))).unwrap();
        fs::copy(&path, &crashed).unwrap();
        fs::copy(log_of(&path), log_of(&crashed)).unwrap();
        let file = OpenOptions::new().write(true).open(&crashed).unwrap();
        file.write_all_at(&[0xFF; PAGE_BYTES], PAGE_BYTES as u64).unwrap();
        let (found, findings) = channel();
        let on_fatal = move |reason: &str| found.send(reason.to_owned()).unwrap();
        let serving = open(&crashed, 1, Box::new(on_fatal), 0).unwrap();
        let finding = findings.recv().unwrap();
        assert!(finding.contains("is damaged"), "{finding}");
        drop(serving);
    }
}
