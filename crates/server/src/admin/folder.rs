//! The data folder of a server: made, locked against a second process, and opened with the key that wraps all others.

mod database_file;
mod key_file;

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use callsign_core::entropy::{Entropy, NoEntropy};
use callsign_core::wrapping::{KeyEncryptionKey, WrappingError};
use zeroize::Zeroizing;

pub(super) use database_file::{
    commit_draft, database_in, discard_draft, draft_in, finish_restore, holds_data, log_of, replaced_in,
};
pub(super) use key_file::{
    drop_next_key, key_file_in, next_key_file_in, put_next_key, read_key, take_next_key, write_new_key,
};

const LOCK_FILE: &str = "lock";
const SOCKET_FILE: &str = "admin.sock";
const TLS_FOLDER: &str = "tls";

const FOLDER_MODE: u32 = 0o700;
const PRIVATE_MODE: u32 = 0o600;

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// Something in it, or the folder itself, cannot be read or made.
    #[error("{} cannot be {action}: {source}. {}", path.display(), remedy(source.kind()))]
    Io {
        /// What it is.
        path: PathBuf,
        /// What was tried, as a participle.
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// Another process has the folder.
    #[error("another callsign runs on {}; stop it, or name another folder with --data-dir", .0.display())]
    Locked(PathBuf),
    /// The database is there and the key that opens its secrets is not.
    #[error(
        "{} is gone, and without it the access keys and the signing key in {} cannot be read: restore it from a backup \
         (or set CALLSIGN_KEY_ENCRYPTION_KEY if the key was kept there), or start over in an empty folder",
        key.display(),
        database.display()
    )]
    KeyMissing {
        /// The file that should hold the key.
        key: PathBuf,
        /// The database.
        database: PathBuf,
    },
    /// Others than the owner may read or change the key.
    #[error(
        "{} is open to others than its owner (mode {mode:04o}), and it opens every key in the database; close it with \
         chmod 600 {}",
        path.display(),
        path.display()
    )]
    KeyOpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file holds no key.
    #[error(
        "{} does not hold a key (base64 of 32 bytes) any more; restore it from a backup, or start over in an empty folder",
        .0.display()
    )]
    KeyDamaged(PathBuf),
    /// The configured key is none.
    #[error(
        "the configured key_encryption_key is not base64 of 32 bytes; `openssl rand -base64 32` makes one, for a folder \
         that is still empty"
    )]
    ConfiguredKeyMalformed,
    /// A database that was replaced before is in the way.
    #[error(
        "{} is there already, from an earlier restore; remove it or move it elsewhere, for the database that is replaced now is \
         kept there",
        .0.display()
    )]
    ReplacedAlready(PathBuf),
    /// No key can be made.
    #[error("a key-encryption key cannot be made: {0}")]
    NoEntropy(#[from] NoEntropy),
}

fn remedy(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::NotFound => "Check the path",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "Make room on that disk",
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists | io::ErrorKind::IsADirectory => {
            "Name a folder with --data-dir"
        }
        io::ErrorKind::ReadOnlyFilesystem => "Name a folder on a disk that can be written with --data-dir",
        _ => "Give the user that runs callsign access to it, or name another folder with --data-dir",
    }
}

/// Where the key-encryption key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPlace {
    /// A file in the data folder.
    Folder,
    /// The configuration: the environment or a credential.
    Configured,
}

/// A data folder that this process has for itself, until it is dropped.
pub struct DataFolder {
    path: PathBuf,
    key_text: Zeroizing<String>,
    key_place: KeyPlace,
    // Closing the file gives the folder free.
    _lock: File,
}

impl std::fmt::Debug for DataFolder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("DataFolder").field("path", &self.path).finish_non_exhaustive()
    }
}

impl DataFolder {
    /// Takes the folder, which is made if it is not there, and reads its key-encryption key: the configured one, else
    /// the one in its file, which is made with the first start.
    ///
    /// # Errors
    /// [`FolderError`]; of these [`FolderError::Locked`] means that a server runs on it.
    pub fn open(
        path: &Path,
        configured_key: Option<&str>,
        entropy: &dyn Entropy,
    ) -> Result<Self, FolderError> {
        let made = DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(path);
        made.map_err(|source| io_fault(path, "made", source))?;
        let lock = lock(path)?;
        finish_restore(path)?;
        let (key_text, key_place) = match configured_key {
            Some(text) => (Zeroizing::new(text.trim().to_owned()), KeyPlace::Configured),
            None => (key_file::kept_key(path, entropy)?, KeyPlace::Folder),
        };
        let folder = Self { path: path.to_owned(), key_text, key_place, _lock: lock };
        match (folder.key_encryption_key(), key_place) {
            (Ok(_), _) => Ok(folder),
            (Err(_), KeyPlace::Configured) => Err(FolderError::ConfiguredKeyMalformed),
            (Err(_), KeyPlace::Folder) => Err(FolderError::KeyDamaged(key_file_in(path))),
        }
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of the database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        database_in(&self.path)
    }

    /// The folder of the certificates.
    #[must_use]
    pub fn tls_folder(&self) -> PathBuf {
        tls_folder_in(&self.path)
    }

    /// The admin socket.
    #[must_use]
    pub fn admin_socket(&self) -> PathBuf {
        admin_socket_in(&self.path)
    }

    /// Where the key that wraps all others comes from.
    #[must_use]
    pub const fn key_place(&self) -> KeyPlace {
        self.key_place
    }

    /// The key that wraps all others, as it was when the folder was opened.
    ///
    /// # Errors
    /// None for a folder that was opened: its key has been tried.
    pub fn key_encryption_key(&self) -> Result<KeyEncryptionKey, WrappingError> {
        KeyEncryptionKey::from_text(&self.key_text)
    }

    /// The key that was to follow, if a change of the key broke off. A configured key is changed elsewhere.
    ///
    /// # Errors
    /// [`FolderError`] when it cannot be read.
    pub fn next_key(&self) -> Result<Option<KeyEncryptionKey>, FolderError> {
        if self.key_place == KeyPlace::Configured {
            return Ok(None);
        }
        let path = next_key_file_in(&self.path);
        let text = read_key(&path)?;
        text.map(|text| KeyEncryptionKey::from_text(&text).map_err(|_| FolderError::KeyDamaged(path)))
            .transpose()
    }

    /// Whether a key was to follow.
    #[must_use]
    pub fn has_next_key(&self) -> bool {
        self.key_place == KeyPlace::Folder && next_key_file_in(&self.path).exists()
    }

    /// The change went through: the next key is the key.
    ///
    /// # Errors
    /// [`FolderError`] when the file cannot be renamed.
    pub fn take_next_key(&self) -> Result<(), FolderError> {
        take_next_key(&self.path)
    }

    /// The change did not go through: the next key is none.
    ///
    /// # Errors
    /// [`FolderError`] when the file cannot be removed.
    pub fn drop_next_key(&self) -> Result<(), FolderError> {
        drop_next_key(&self.path)
    }
}

pub(super) fn tls_folder_in(folder: &Path) -> PathBuf {
    folder.join(TLS_FOLDER)
}

pub(super) fn admin_socket_in(folder: &Path) -> PathBuf {
    folder.join(SOCKET_FILE)
}

fn io_fault(path: &Path, action: &'static str, source: io::Error) -> FolderError {
    FolderError::Io { path: path.to_owned(), action, source }
}

fn sync_folder(folder: &Path) -> Result<(), FolderError> {
    let synced = File::open(folder).and_then(|opened| opened.sync_all());
    synced.map_err(|source| io_fault(folder, "synced", source))
}

fn lock(folder: &Path) -> Result<File, FolderError> {
    let path = folder.join(LOCK_FILE);
    let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(PRIVATE_MODE).open(&path);
    let file = opened.map_err(|source| io_fault(&path, "opened", source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(FolderError::Locked(folder.to_owned())),
        Err(TryLockError::Error(source)) => Err(io_fault(&path, "locked", source)),
    }
}

#[cfg(test)]
mod tests;
