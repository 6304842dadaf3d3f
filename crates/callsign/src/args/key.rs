//! `callsign key`: the two access keys of a resource, the keys that sign tokens, and the key that wraps them all.

pub(crate) mod signing;

use std::path::PathBuf;

use callsign_protocol::access_key::KeySlot;
use clap::{Args, Subcommand, ValueEnum};

use super::Output;

/// List and regenerate the access keys of a resource, rotate signing keys, change the key-encryption key
///
/// Works through the running server, or on the data folder of a stopped one.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  callsign key list
  callsign key regenerate secondary --resource blue
  callsign key signing list
  callsign key rekey")]
pub(crate) enum Key {
    /// Print both access keys of a resource and the connection strings with them
    #[command(after_help = "\
Examples:
  callsign key list
  callsign key list --resource blue -o json")]
    List {
        /// The resource; the default one if none is named
        #[arg(long, value_name = "NAME")]
        resource: Option<String>,
        #[command(flatten)]
        output: Output,
    },
    Regenerate(Regenerate),
    #[command(subcommand)]
    Signing(signing::Signing),
    Rekey(Rekey),
}

/// Replace an access key by a fresh one
///
/// At once, requests that the old key signed are refused and every token that was issued for such a request is revoked.
/// Let your programs use the other key first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  callsign key regenerate secondary
  callsign key regenerate primary --resource blue --yes    without asking, for scripts")]
pub(crate) struct Regenerate {
    /// Which of the two
    #[arg(value_enum)]
    pub(crate) slot: Slot,
    /// The resource; the default one if none is named
    #[arg(long, value_name = "NAME")]
    pub(crate) resource: Option<String>,
    /// Do not ask
    #[arg(short = 'y', long)]
    pub(crate) yes: bool,
}

/// Wrap every key anew under a new key-encryption key
///
/// While a server runs, or on the data folder of a stopped one. Where the key-encryption key is in the data folder, the new one takes its place, and
/// nothing else has to be done; a crash on the way leaves a folder that starts. Where the server takes it from the environment or a credential, it
/// cannot be changed there for you: the new key is written to --new-key-file, everything is wrapped under it, a running server goes on with it, and you
/// configure it before the next start. A file that is there already has to hold a key (base64 of 32 bytes), and that one is used: so a call that
/// broke off can be repeated.
///
/// The old key opens nothing of this database any more, but it is what backups from before open under: keep it as long as them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  callsign key rekey
  callsign key rekey --yes                                             without asking, for scripts
  callsign key rekey --new-key-file /etc/callsign/key-encryption-key.new    when the key is configured")]
pub(crate) struct Rekey {
    /// Where the new key is written, for a server whose key is configured
    #[arg(long, value_name = "FILE")]
    pub(crate) new_key_file: Option<PathBuf>,
    /// Do not ask
    #[arg(short = 'y', long)]
    pub(crate) yes: bool,
}

/// Which of a resource's two access keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Slot {
    Primary,
    Secondary,
}

impl From<Slot> for KeySlot {
    fn from(slot: Slot) -> Self {
        match slot {
            Slot::Primary => Self::Primary,
            Slot::Secondary => Self::Secondary,
        }
    }
}
