//! The files of the database, and how a restored one takes the place of what was there.
//!
//! A backup becomes a database in three steps: it is copied to `callsign.db.restoring` and made ready there; it is renamed to
//! `callsign.db.restored`, from when on it will be the database; it is moved into place, and what was there is moved aside.
//! Whoever opens the folder finishes the third step, so a crash leaves the old database or the restored one, and never an
//! empty folder or the log of one beside the other.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::{FolderError, io_fault, sync_folder};

const DATABASE_FILE: &str = "callsign.db";
const DRAFT_FILE: &str = "callsign.db.restoring";
const RESTORED_FILE: &str = "callsign.db.restored";
const REPLACED_FILE: &str = "callsign.db.before-restore";
/// What SQLite keeps beside a database: what was written last, and an index of it.
const LOG_SUFFIX: &str = "-wal";
const INDEX_SUFFIX: &str = "-shm";

pub(in crate::admin) fn database_in(folder: &Path) -> PathBuf {
    folder.join(DATABASE_FILE)
}

/// Where a restored database is made ready.
pub(in crate::admin) fn draft_in(folder: &Path) -> PathBuf {
    folder.join(DRAFT_FILE)
}

/// Where the database goes that a restored one replaces.
pub(in crate::admin) fn replaced_in(folder: &Path) -> PathBuf {
    folder.join(REPLACED_FILE)
}

/// The log beside a database.
pub(in crate::admin) fn log_of(database: &Path) -> PathBuf {
    beside(database, LOG_SUFFIX)
}

/// Whether there are data in the folder, in place or about to be.
pub(in crate::admin) fn holds_data(folder: &Path) -> bool {
    database_in(folder).exists() || folder.join(RESTORED_FILE).exists()
}

/// Declares the draft to be the database from now on. Nothing else may have it open.
pub(in crate::admin) fn commit_draft(folder: &Path) -> Result<(), FolderError> {
    let draft = draft_in(folder);
    let fault = |source| io_fault(&draft, "put into place", source);
    File::open(&draft).and_then(|file| file.sync_all()).map_err(fault)?;
    fs::rename(&draft, folder.join(RESTORED_FILE)).map_err(fault)?;
    sync_folder(folder)
}

/// Moves a restored database into place, and removes a draft that was never made ready.
pub(in crate::admin) fn finish_restore(folder: &Path) -> Result<(), FolderError> {
    let (database, restored) = (database_in(folder), folder.join(RESTORED_FILE));
    if restored.exists() {
        if database.exists() {
            move_aside(folder, &database)?;
        }
        fs::rename(&restored, &database).map_err(|source| io_fault(&restored, "put into place", source))?;
        sync_folder(folder)?;
    }
    discard_draft(folder)
}

/// The log goes first: without its database it is nothing, and beside another one it would be read into that.
fn move_aside(folder: &Path, database: &Path) -> Result<(), FolderError> {
    let replaced = replaced_in(folder);
    if replaced.exists() {
        return Err(FolderError::ReplacedAlready(replaced));
    }
    let fault = |source| io_fault(database, "moved aside", source);
    remove(&beside(database, INDEX_SUFFIX))?;
    match fs::rename(log_of(database), log_of(&replaced)) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(fault(source)),
        _ => {}
    }
    fs::rename(database, &replaced).map_err(fault)
}

/// Removes the draft of a restored database with what stands beside it.
pub(in crate::admin) fn discard_draft(folder: &Path) -> Result<(), FolderError> {
    let draft = draft_in(folder);
    remove(&draft)?;
    remove(&log_of(&draft))?;
    remove(&beside(&draft, INDEX_SUFFIX))
}

fn remove(path: &Path) -> Result<(), FolderError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(io_fault(path, "removed", source)),
        _ => Ok(()),
    }
}

fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(suffix);
    PathBuf::from(path)
}
