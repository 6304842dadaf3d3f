//! `callsign backup`: copies of the database, made and put back.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Copy the database while it is used, and put a copy back
///
/// A backup holds resources, identities, the audit chain and all keys, wrapped by the key-encryption key. That key is not in it: keep
/// a copy of it elsewhere.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  callsign backup create /backups/callsign-monday.db
  callsign backup restore /backups/callsign-monday.db")]
pub(crate) enum Backup {
    /// Copy the database to a file
    ///
    /// Works through the running server, which goes on meanwhile and writes the file itself, or on the data folder of a stopped one.
    #[command(after_help = "\
Examples:
  callsign backup create /backups/callsign-monday.db")]
    Create {
        /// The file; it must not be there yet
        file: PathBuf,
    },
    Restore(Restore),
}

/// Put a backup in the place of the database
///
/// No server may run on the data folder. The backup has to open under the folder's key-encryption key. A new life begins: every access token from
/// before is dead, also where verifiers check it, since the backup does not know which ones were revoked after it was made; signing keys
/// are fresh; identities and access keys are those of the time of the backup.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  callsign backup restore /backups/callsign-monday.db
  callsign backup restore /backups/callsign-monday.db --replace
  callsign backup restore /backups/callsign-monday.db --replace --yes    without asking, for scripts
  callsign backup restore old.db --key-file key-encryption-key.old       made under another key-encryption key")]
pub(crate) struct Restore {
    /// The backup
    pub(crate) file: PathBuf,
    /// Put it in the place of a database that is there, which is kept beside as callsign.db.before-restore
    #[arg(long)]
    pub(crate) replace: bool,
    /// The file with the key-encryption key that the backup was made under, if it is not the folder's own
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// Do not ask
    #[arg(short = 'y', long)]
    pub(crate) yes: bool,
}
