//! A backup put back in the place of a stopped server's database. Nothing of the folder is touched before the backup has proved
//! to be one that can be served; from then on a crash leaves the old database or the restored one.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use callsign_core::clock::{Clock as _, SystemClock};
use callsign_core::directory::audit::{Action, Actor, AuditFilter, Deed};
use callsign_core::directory::restart::restart;
use callsign_core::entropy::SystemEntropy;
use callsign_core::error::{Error, LoadError};
use callsign_core::store::{Resources as _, Store, StoreError};
use callsign_core::wrapping::KeyEncryptionKey;
use callsign_core::wrapping::rewrap::{check_opens, rewrap};
use callsign_protocol::date::Timestamp;
use callsign_protocol::revocation::incarnation;
use callsign_store::sqlite::OpenError;

use super::folder::{
    commit_draft, discard_draft, draft_in, finish_restore, log_of, next_key_file_in, read_key, replaced_in,
};
use super::{DataFolder, FolderError};
use crate::compose;
use crate::config::Config;

/// What shall be put back.
#[derive(Debug, Clone)]
pub struct RestoreWanted {
    /// The backup.
    pub file: PathBuf,
    /// Whether it may take the place of a database.
    pub replace: bool,
    /// The key-encryption key that the backup was made under, if it is another one than the folder's.
    pub key_file: Option<PathBuf>,
}

/// What was put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The names of its resources, oldest first.
    pub resources: Vec<String>,
    /// When the last thing was done that the backup knows of, in RFC 3339.
    pub last_change: Option<String>,
    /// Where the database is that was replaced.
    pub replaced: Option<PathBuf>,
    /// What else there is to say.
    pub notes: Vec<String>,
}

/// Why a backup was not put back. The database that was there stays, except for [`RestoreError::NotInPlace`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// A server runs, or another command.
    #[error("a server runs on {}, and a backup is put back while none does; stop it first", .0.display())]
    Running(PathBuf),
    /// The folder cannot be used.
    #[error(transparent)]
    Folder(FolderError),
    /// There is a database.
    #[error(
        "{} is there; to put the backup in its place say --replace, which keeps it beside as {}",
        .0.display(),
        .1.display()
    )]
    DatabaseThere(PathBuf, PathBuf),
    /// The backup cannot be read or copied.
    #[error("{} cannot be copied into the data folder: {}", .0.display(), .1)]
    Copy(PathBuf, #[source] io::Error),
    /// The file is none that this command restores.
    #[error("{} is no backup: {}; name a file that callsign backup create made", .0.display(), .1)]
    NoBackup(PathBuf, &'static str),
    /// The backup is damaged.
    #[error("{} is damaged: {}; put another backup back", .0.display(), .1)]
    Damaged(PathBuf, String),
    /// The engine refuses it.
    #[error("the backup cannot be put back: {0}")]
    Refused(#[source] OpenError),
    /// The keys do not fit.
    #[error(
        "{}: {}. It was made under another key-encryption key than that of {}: put the file with that key there, or name it with \
         --key-file, and everything is wrapped under the folder's own",
        backup.display(), reason, folder.display()
    )]
    OtherKey {
        /// The backup.
        backup: PathBuf,
        /// What does not open.
        reason: String,
        /// The data folder.
        folder: PathBuf,
    },
    /// The named key is none.
    #[error("{} holds no key-encryption key; name the file that was key-encryption-key when the backup was made", .0.display())]
    NoKey(PathBuf),
    /// The clock is wrong, and with it the number of the new life would be.
    #[error(
        "the backup was made at {made}, and this machine's clock says {now}: set the clock first, for tokens that are dead could \
         live again"
    )]
    ClockBehind {
        /// When the backup was made.
        made: String,
        /// What the clock says.
        now: String,
    },
    /// It is not clear which key is the folder's.
    #[error(
        "{} is there: a change of the key-encryption key broke off. Have it finished first, which callsign key list does; if the \
         database cannot be opened any more, move that file elsewhere",
        .0.display()
    )]
    RekeyUnfinished(PathBuf),
    /// The restored database is not in its place yet.
    #[error("{0}. The backup is ready, and takes its place when the folder is opened next")]
    NotInPlace(#[source] FolderError),
    /// The copy could not be made ready.
    #[error("the copy of the backup cannot be made ready: {0}; the database that was there stays")]
    NotReady(#[source] Error),
}

impl From<FolderError> for RestoreError {
    fn from(error: FolderError) -> Self {
        match error {
            FolderError::Locked(folder) => Self::Running(folder),
            other => Self::Folder(other),
        }
    }
}

/// Puts a backup into the data folder of the configuration, on which no server may run.
///
/// # Errors
/// [`RestoreError`], a sentence with its remedy.
pub async fn restore(config: &Config, wanted: &RestoreWanted) -> Result<Restored, RestoreError> {
    look_at(wanted)?;
    let configured_key = config.key_encryption_key.as_ref().map(|key| key.as_str());
    let folder = DataFolder::open(&config.data_dir, configured_key, &SystemEntropy)?;
    if folder.has_next_key() {
        return Err(RestoreError::RekeyUnfinished(next_key_file_in(folder.path())));
    }
    let replaces = folder.database().exists();
    if replaces {
        check_replaceable(&folder, wanted)?;
    }
    let made_ready = make_ready(config, &folder, wanted).await;
    if made_ready.is_err() {
        // What cannot be removed now is removed when the folder is opened next.
        drop(discard_draft(folder.path()));
    }
    let mut restored = made_ready?;
    commit_draft(folder.path())?;
    finish_restore(folder.path()).map_err(RestoreError::NotInPlace)?;
    restored.replaced = replaces.then(|| replaced_in(folder.path()));
    Ok(restored)
}

fn look_at(wanted: &RestoreWanted) -> Result<(), RestoreError> {
    let file = wanted.file.as_path();
    let about = file.metadata().map_err(|source| RestoreError::Copy(file.to_owned(), source))?;
    let no_backup = |reason| Err(RestoreError::NoBackup(file.to_owned(), reason));
    if !about.is_file() {
        return no_backup("it is not a file");
    }
    if about.len() == 0 {
        return no_backup("it is empty");
    }
    if log_of(file).metadata().is_ok_and(|log| log.len() > 0) {
        return no_backup("it has a log beside it, so it is a database that was copied while it was used");
    }
    Ok(())
}

fn check_replaceable(folder: &DataFolder, wanted: &RestoreWanted) -> Result<(), RestoreError> {
    let (database, replaced) = (folder.database(), replaced_in(folder.path()));
    let identity = |path: &Path| path.metadata().map(|about| (about.dev(), about.ino())).ok();
    if identity(&database) == identity(&wanted.file) {
        let reason = "it is the database of the folder itself";
        return Err(RestoreError::NoBackup(wanted.file.clone(), reason));
    }
    if !wanted.replace {
        return Err(RestoreError::DatabaseThere(database, replaced));
    }
    for there in [log_of(&replaced), replaced] {
        if there.exists() {
            return Err(FolderError::ReplacedAlready(there).into());
        }
    }
    Ok(())
}

/// Copies the backup beside the database, and begins its new life there.
async fn make_ready(
    config: &Config,
    folder: &DataFolder,
    wanted: &RestoreWanted,
) -> Result<Restored, RestoreError> {
    let draft = draft_in(folder.path());
    copy(&wanted.file, &draft).map_err(|source| RestoreError::Copy(wanted.file.clone(), source))?;
    let store = compose::open_unserved_store(&draft).map_err(|error| refused(&wanted.file, error))?;
    store.inspect().map_err(not_ready)?;
    let resources = store.resources().await.map_err(not_ready)?;
    if resources.is_empty() {
        return Err(RestoreError::NoBackup(wanted.file.clone(), "there is no resource in it"));
    }
    let under = folder.key_encryption_key().map_err(not_ready)?;
    let now = SystemClock.now();
    let actor = Actor::Administrator(Some(rustix::process::geteuid().as_raw()));
    // Asked before anything is done to the copy, which leaves a record of now.
    let last_change = last_change(&store).await.map_err(not_ready)?;
    if let Some(made) = last_change.filter(|made| *made > now) {
        let (made, now) = (made.to_round_trip(), now.to_round_trip());
        return Err(RestoreError::ClockBehind { made, now });
    }
    let mut notes = Vec::new();
    let keys = (wanted, &under);
    notes.extend(fit_keys(&store, folder, keys, &Deed::new(now, actor.clone(), Action::RewrapKeys)).await?);
    let served = served_incarnation(folder, &mut notes).await;
    let incarnation = u64::try_from(now.unix_seconds()).unwrap_or_default().max(served);
    let deed = Deed::new(now, actor, Action::RestoreBackup).with_detail(wanted.file.display().to_string());
    restart(&store, &under, (compose::policy(config), incarnation), &deed).await.map_err(not_ready)?;
    Ok(Restored {
        resources: resources.iter().map(|resource| resource.name.to_string()).collect(),
        last_change: last_change.map(Timestamp::to_round_trip),
        replaced: None,
        notes,
    })
}

fn not_ready(error: impl Into<LoadError>) -> RestoreError {
    RestoreError::NotReady(error.into().into())
}

/// What is wrong with the copy, told of the backup: the copy is gone when that is read.
fn refused(backup: &Path, error: OpenError) -> RestoreError {
    let path = backup.to_owned();
    match error {
        OpenError::NotADatabase { .. } => {
            RestoreError::NoBackup(path, "it is not a database, or its beginning is damaged")
        }
        OpenError::Foreign { .. } => RestoreError::NoBackup(path, "it is the database of another program"),
        OpenError::Damaged { finding, .. } => RestoreError::Damaged(path, finding),
        OpenError::Newer { schema, .. } => RestoreError::Refused(OpenError::Newer { path, schema }),
        of_the_disk => RestoreError::Refused(of_the_disk),
    }
}

fn copy(backup: &Path, draft: &Path) -> io::Result<()> {
    let mut from = File::open(backup)?;
    let mut to = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    io::copy(&mut from, &mut to)?;
    to.sync_all()
}

/// Sees to it that everything opens under the folder's key, by way of the backup's own if that was given; what there is to say.
async fn fit_keys(
    store: &dyn Store,
    folder: &DataFolder,
    (wanted, under): (&RestoreWanted, &KeyEncryptionKey),
    deed: &Deed,
) -> Result<Option<String>, RestoreError> {
    let opened = check_opens(store, under).await;
    let other_key = |reason: String| {
        let (backup, folder) = (wanted.file.clone(), folder.path().to_owned());
        RestoreError::OtherKey { backup, reason, folder }
    };
    let Some(key_file) = &wanted.key_file else {
        return opened.map(|()| None).map_err(|error| match error {
            LoadError::Wrapping(error) => other_key(error.to_string()),
            other => not_ready(other),
        });
    };
    if opened.is_ok() {
        let note = "the key file was not needed: the backup opens under the folder's own key-encryption key";
        return Ok(Some(note.to_owned()));
    }
    let no_key = || RestoreError::NoKey(key_file.clone());
    let text = match read_key(key_file) {
        Ok(Some(text)) => text,
        Ok(None) | Err(FolderError::KeyDamaged(_)) => return Err(no_key()),
        Err(error) => return Err(error.into()),
    };
    let from = KeyEncryptionKey::from_text(&text).map_err(|_| no_key())?;
    let rewrapped = rewrap(store, (&from, under), deed).await;
    rewrapped.map(|_| None).map_err(|error| match error {
        LoadError::Wrapping(error) => other_key(error.to_string()),
        other => not_ready(other),
    })
}

/// When the last thing was done that the audit chain of the store knows of.
async fn last_change(store: &dyn Store) -> Result<Option<Timestamp>, StoreError> {
    let head = store.audit_head().await?;
    let records = store.audit_records(&AuditFilter::default(), head.number.saturating_sub(1), 1).await?;
    Ok(records.first().map(|record| record.at))
}

/// The first incarnation that the database which is replaced has not served, as far as it can be read.
async fn served_incarnation(folder: &DataFolder, notes: &mut Vec<String>) -> u64 {
    let database = folder.database();
    if !database.exists() {
        return 0;
    }
    let resources = match compose::open_unserved_store(&database) {
        Ok(store) => store.resources().await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match resources {
        Ok(resources) => resources.iter().map(|one| incarnation(one.epoch) + 1).max().unwrap_or_default(),
        Err(error) => {
            notes.push(format!("the replaced database could not be read: {error}"));
            0
        }
    }
}
