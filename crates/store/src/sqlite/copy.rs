//! A copy of the running database: one reading of all of it, in a new file.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{self, Path, PathBuf};

use callsign_core::store::StoreError;
use rusqlite::{Connection, ErrorCode};

use super::failure::described;
use super::open::FILE_MODE;

/// The file is written under its name with this at the end, and gets its own name when it is whole.
const UNFINISHED: &str = ".unfinished";

/// Copies what `reader` sees. It writes the tables anew, in order and without free pages; one reading of a write-ahead log
/// keeps no writer waiting.
pub(super) fn copy(reader: &Connection, to: &Path) -> Result<(), StoreError> {
    let to = path::absolute(to).map_err(|error| refused(to, &error))?;
    if fs::symlink_metadata(&to).is_ok() {
        return Err(is_there(&to));
    }
    let unfinished = unfinished(&to);
    let text = unfinished.to_str().ok_or_else(|| StoreError::Conflict {
        reason: format!("the path {} is not Unicode text; choose another one", to.display()),
    })?;
    let claimed = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(&unfinished);
    claimed.map_err(|error| refused(&unfinished, &error))?;
    let copied = fill(reader, text).and_then(|()| publish(&unfinished, &to));
    if copied.is_err() {
        // What is left of it would be in the way of the next copy.
        drop(fs::remove_file(&unfinished));
    }
    copied
}

fn unfinished(to: &Path) -> PathBuf {
    let mut unfinished = to.as_os_str().to_owned();
    unfinished.push(UNFINISHED);
    PathBuf::from(unfinished)
}

fn fill(reader: &Connection, unfinished: &str) -> Result<(), StoreError> {
    reader.execute("VACUUM INTO ?1", [unfinished]).map(drop).map_err(|error| {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt {
                table: "the whole file",
                key: "any".to_owned(),
                reason: described(&error),
            },
            _ => StoreError::Unavailable { reason: described(&error) },
        }
    })
}

/// Brings the copy to the disk, then its name.
fn publish(unfinished: &Path, to: &Path) -> Result<(), StoreError> {
    let failed = |error| refused(to, &error);
    File::open(unfinished).and_then(|file| file.sync_all()).map_err(failed)?;
    if fs::symlink_metadata(to).is_ok() {
        return Err(is_there(to));
    }
    fs::rename(unfinished, to).map_err(failed)?;
    let folder = to.parent().map_or_else(|| Err(io::ErrorKind::NotFound.into()), File::open);
    folder.and_then(|folder| folder.sync_all()).map_err(failed)
}

fn refused(path: &Path, error: &io::Error) -> StoreError {
    if error.kind() == io::ErrorKind::AlreadyExists {
        return is_there(path);
    }
    StoreError::Unavailable { reason: format!("the copy {} cannot be written: {error}", path.display()) }
}

fn is_there(path: &Path) -> StoreError {
    StoreError::Conflict {
        reason: format!("{} is there already; remove it or choose another name", path.display()),
    }
}
