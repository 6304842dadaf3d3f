//! The files of the certificate folder: read whole, written whole or not at all.

use std::{
    ffi::OsString,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::TlsError;

/// Mode of files that anyone may read.
pub(super) const PUBLIC_MODE: u32 = 0o644;
/// Mode of private keys.
pub(super) const PRIVATE_MODE: u32 = 0o600;

/// No chain of certificates comes near this; it bounds what a wrong path (a disk, a log) costs.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Makes the folder, open to its owner only, and gives its absolute path.
pub(super) fn open_folder(folder: &Path) -> Result<PathBuf, TlsError> {
    let fault = |source| TlsError::File { path: folder.to_owned(), action: "made", source };
    let folder = std::path::absolute(folder).map_err(fault)?;
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(fault)?;
    Ok(folder)
}

/// The contents of a file, wiped from memory after use because they may be a key.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsError> {
    let fault = |source| TlsError::File { path: path.to_owned(), action: "read", source };
    let file = File::open(path).map_err(fault)?;
    let mut contents = Zeroizing::new(Vec::new());
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut contents).map_err(fault)?;
    if contents.len() as u64 > FILE_BYTES_MAX {
        return Err(fault(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 1 MiB")));
    }
    Ok(contents)
}

/// Like [`read`], but `None` when there is no such file.
pub(super) fn read_if_present(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, TlsError> {
    match read(path) {
        Ok(contents) => Ok(Some(contents)),
        Err(TlsError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Puts `contents` in place of the file so that a crash leaves the old file or the new one, never a part.
pub(super) fn replace(path: &Path, contents: &[u8], mode: u32) -> Result<(), TlsError> {
    try_replace(path, contents, mode).map_err(|source| TlsError::File {
        path: path.to_owned(),
        action: "written",
        source,
    })
}

fn try_replace(path: &Path, contents: &[u8], mode: u32) -> io::Result<()> {
    let mut draft = OsString::from(path);
    draft.push(".new");
    // A draft that a crash left behind may have another mode; `mode` only counts for a file that is created.
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&draft)?;
    file.write_all(contents)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    // The rename itself lasts only once the folder has reached the disk.
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Whether anyone but its owner may read or write the file.
pub(super) fn is_open_to_others(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}
