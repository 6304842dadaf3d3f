//! The data folder of a server: made, locked against a second process, and opened with the key that wraps all others.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use callsign_core::entropy::{Entropy, NoEntropy};
use callsign_core::wrapping::{KeyEncryptionKey, WrappingError, fresh_key_text};
use zeroize::Zeroizing;

const LOCK_FILE: &str = "lock";
const DATABASE_FILE: &str = "callsign.db";
const KEY_FILE: &str = "key-encryption-key";
const SOCKET_FILE: &str = "admin.sock";
const TLS_FOLDER: &str = "tls";

/// No key comes near this; it bounds what a wrong file costs.
const KEY_FILE_BYTES_MAX: u64 = 4096;
const FOLDER_MODE: u32 = 0o700;
const PRIVATE_MODE: u32 = 0o600;
/// The permission bits of everyone but the owner.
const OTHERS: u32 = 0o077;

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

/// A data folder that this process has for itself, until it is dropped.
pub struct DataFolder {
    path: PathBuf,
    key_text: Zeroizing<String>,
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
        let key_text = match configured_key {
            Some(text) => Zeroizing::new(text.trim().to_owned()),
            None => kept_key(path, entropy)?,
        };
        let folder = Self { path: path.to_owned(), key_text, _lock: lock };
        match folder.key_encryption_key() {
            Ok(_) => Ok(folder),
            Err(_) if configured_key.is_some() => Err(FolderError::ConfiguredKeyMalformed),
            Err(_) => Err(FolderError::KeyDamaged(path.join(KEY_FILE))),
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

    /// The key that wraps all others.
    ///
    /// # Errors
    /// None for a folder that was opened: its key has been tried.
    pub fn key_encryption_key(&self) -> Result<KeyEncryptionKey, WrappingError> {
        KeyEncryptionKey::from_text(&self.key_text)
    }
}

pub(super) fn database_in(folder: &Path) -> PathBuf {
    folder.join(DATABASE_FILE)
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

fn kept_key(folder: &Path, entropy: &dyn Entropy) -> Result<Zeroizing<String>, FolderError> {
    let path = folder.join(KEY_FILE);
    match File::open(&path) {
        Ok(file) => read_key(file, path),
        Err(source) if source.kind() == io::ErrorKind::NotFound => {
            let database = database_in(folder);
            if database.exists() {
                return Err(FolderError::KeyMissing { key: path, database });
            }
            let text = fresh_key_text(entropy)?;
            write_key(folder, &path, &text).map_err(|source| io_fault(&path, "written", source))?;
            Ok(text)
        }
        Err(source) => Err(io_fault(&path, "read", source)),
    }
}

fn read_key(file: File, path: PathBuf) -> Result<Zeroizing<String>, FolderError> {
    let about = file.metadata().map_err(|source| io_fault(&path, "read", source))?;
    if !about.is_file() || about.len() > KEY_FILE_BYTES_MAX {
        return Err(FolderError::KeyDamaged(path));
    }
    let mode = about.permissions().mode() & 0o7777;
    if mode & OTHERS != 0 {
        return Err(FolderError::KeyOpenToOthers { path, mode });
    }
    let mut text = Zeroizing::new(String::new());
    match file.take(KEY_FILE_BYTES_MAX).read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(FolderError::KeyDamaged(path)),
        Err(source) => Err(io_fault(&path, "read", source)),
    }
}

/// A crash leaves no key or the whole key. The database comes later, so what the key wraps is never older than it.
fn write_key(folder: &Path, path: &Path, text: &str) -> io::Result<()> {
    let draft = path.with_extension("new");
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(PRIVATE_MODE).open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use callsign_core::entropy::SeededEntropy;

    use super::*;

    fn open(path: &Path) -> Result<DataFolder, FolderError> {
        DataFolder::open(path, None, &SeededEntropy::new(1))
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_first_start_makes_the_folder_and_its_key_for_the_owner_alone() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("a/b");
        let folder = open(&path).unwrap();
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join(KEY_FILE)), 0o600);
        let wrapped = folder.key_encryption_key().unwrap().wrap("a", b"secret").unwrap();
        drop(folder);
        let again = DataFolder::open(&path, None, &SeededEntropy::new(2)).unwrap();
        assert_eq!(again.key_encryption_key().unwrap().unwrap("a", &wrapped).unwrap().expose(), b"secret");
    }

    #[test]
    fn a_folder_belongs_to_one_at_a_time() {
        let temporary = tempfile::tempdir().unwrap();
        let first = open(temporary.path()).unwrap();
        let refused = open(temporary.path()).unwrap_err();
        assert!(matches!(refused, FolderError::Locked(_)));
        assert!(refused.to_string().contains("--data-dir"), "{refused}");
        drop(first);
        open(temporary.path()).unwrap();
    }

    #[test]
    fn a_lost_key_is_never_replaced_while_there_is_a_database() {
        let temporary = tempfile::tempdir().unwrap();
        drop(open(temporary.path()).unwrap());
        fs::write(database_in(temporary.path()), "").unwrap();
        fs::remove_file(temporary.path().join(KEY_FILE)).unwrap();
        let refused = open(temporary.path()).unwrap_err();
        assert!(matches!(refused, FolderError::KeyMissing { .. }));
        for words in ["access keys", "signing key", "restore", "start over"] {
            assert!(refused.to_string().contains(words), "{refused}");
        }
        assert!(!temporary.path().join(KEY_FILE).exists());
    }

    #[test]
    fn a_key_that_others_may_read_is_refused_with_the_remedy() {
        let temporary = tempfile::tempdir().unwrap();
        drop(open(temporary.path()).unwrap());
        let key = temporary.path().join(KEY_FILE);
        fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = open(temporary.path()).unwrap_err().to_string();
        assert!(refused.contains("chmod 600") && refused.contains("0640"), "{refused}");
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        open(temporary.path()).unwrap();
    }

    #[test]
    fn a_damaged_key_is_named_and_never_cited() {
        let temporary = tempfile::tempdir().unwrap();
        drop(open(temporary.path()).unwrap());
        for damaged in [&b""[..], b"c2VjcmV0", b"\xff\xfe", &[b'A'; 5000]] {
            fs::write(temporary.path().join(KEY_FILE), damaged).unwrap();
            let refused = open(temporary.path()).unwrap_err();
            assert!(matches!(refused, FolderError::KeyDamaged(_)), "{refused}");
            assert!(!refused.to_string().contains("c2VjcmV0"));
        }
    }

    #[test]
    fn a_configured_key_needs_no_file() {
        let temporary = tempfile::tempdir().unwrap();
        let text = fresh_key_text(&SeededEntropy::new(9)).unwrap();
        let folder = DataFolder::open(temporary.path(), Some(&text), &SeededEntropy::new(1)).unwrap();
        assert!(!temporary.path().join(KEY_FILE).exists());
        assert!(!format!("{folder:?}").contains(text.as_str()));
        drop(folder);
        let refused =
            DataFolder::open(temporary.path(), Some("c2VjcmV0"), &SeededEntropy::new(1)).unwrap_err();
        assert!(matches!(refused, FolderError::ConfiguredKeyMalformed));
    }

    #[test]
    fn a_file_is_no_folder() {
        let temporary = tempfile::tempdir().unwrap();
        let file = temporary.path().join("file");
        fs::write(&file, "").unwrap();
        let refused = open(&file).unwrap_err().to_string();
        assert!(refused.contains("--data-dir"), "{refused}");
    }
}
