//! Files that hold a key-encryption key: read with care, and written so that a crash leaves the old one or the new one.
//!
//! While all keys are wrapped anew, the new key stands beside the old one as `key-encryption-key.next`. Which of the two is the
//! right one only the database can tell; see [`compose`](crate::compose).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use callsign_core::entropy::Entropy;
use callsign_core::wrapping::fresh_key_text;
use zeroize::Zeroizing;

use super::{FolderError, PRIVATE_MODE, holds_data, io_fault, sync_folder};

const KEY_FILE: &str = "key-encryption-key";
const NEXT_KEY_FILE: &str = "key-encryption-key.next";

/// No key comes near this; it bounds what a wrong file costs.
const KEY_FILE_BYTES_MAX: u64 = 4096;
/// The permission bits of everyone but the owner.
const OTHERS: u32 = 0o077;

pub(in crate::admin) fn key_file_in(folder: &Path) -> PathBuf {
    folder.join(KEY_FILE)
}

pub(in crate::admin) fn next_key_file_in(folder: &Path) -> PathBuf {
    folder.join(NEXT_KEY_FILE)
}

/// The key of the folder, which is made where there are no data yet.
pub(super) fn kept_key(folder: &Path, entropy: &dyn Entropy) -> Result<Zeroizing<String>, FolderError> {
    let path = key_file_in(folder);
    if let Some(text) = read_key(&path)? {
        return Ok(text);
    }
    if holds_data(folder) {
        return Err(FolderError::KeyMissing { key: path, database: super::database_in(folder) });
    }
    let text = fresh_key_text(entropy)?;
    write_whole(folder, &path, &text)?;
    Ok(text)
}

/// The text of a file that shall hold a key; `None` when there is no such file.
pub(in crate::admin) fn read_key(path: &Path) -> Result<Option<Zeroizing<String>>, FolderError> {
    let fault = |source| io_fault(path, "read", source);
    // Looked at first, for opening a pipe would wait for its writer.
    let about = match fs::metadata(path) {
        Ok(about) => about,
        Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(fault(source)),
    };
    if !about.is_file() || about.len() > KEY_FILE_BYTES_MAX {
        return Err(FolderError::KeyDamaged(path.to_owned()));
    }
    let mode = about.permissions().mode() & 0o7777;
    if mode & OTHERS != 0 {
        return Err(FolderError::KeyOpenToOthers { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(String::new());
    match File::open(path).and_then(|file| file.take(KEY_FILE_BYTES_MAX).read_to_string(&mut text)) {
        Ok(_) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(FolderError::KeyDamaged(path.to_owned()))
        }
        Err(source) => Err(fault(source)),
    }
}

/// Puts a new key beside the one in force.
pub(in crate::admin) fn put_next_key(folder: &Path, text: &str) -> Result<(), FolderError> {
    write_whole(folder, &next_key_file_in(folder), text)
}

/// Puts the new key in the place of the old one, which is gone then.
pub(in crate::admin) fn take_next_key(folder: &Path) -> Result<(), FolderError> {
    let (next, kept) = (next_key_file_in(folder), key_file_in(folder));
    fs::rename(&next, &kept).map_err(|source| io_fault(&next, "renamed", source))?;
    sync_folder(folder)
}

/// Forgets the new key: nothing was wrapped under it.
pub(in crate::admin) fn drop_next_key(folder: &Path) -> Result<(), FolderError> {
    let next = next_key_file_in(folder);
    fs::remove_file(&next).map_err(|source| io_fault(&next, "removed", source))?;
    sync_folder(folder)
}

/// Writes a key to a file outside the folder, which must not be there yet.
pub(in crate::admin) fn write_new_key(path: &Path, text: &str) -> Result<(), FolderError> {
    let write = || {
        write_lines(path, text)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        folder.map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    };
    write().map_err(|source| io_fault(path, "written", source))
}

/// A crash leaves what was there or the whole key.
fn write_whole(folder: &Path, path: &Path, text: &str) -> Result<(), FolderError> {
    let draft = path.with_extension("new");
    let write = || {
        match fs::remove_file(&draft) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        write_lines(&draft, text)?;
        fs::rename(&draft, path)
    };
    write().map_err(|source| io_fault(path, "written", source))?;
    sync_folder(folder)
}

fn write_lines(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(PRIVATE_MODE).open(path)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}
