//! `callsign key`: the two access keys of a resource.

use callsign_protocol::access_key::KeySlot;
use clap::{Args, Subcommand, ValueEnum};

use super::Output;

/// List and regenerate the access keys of a resource
///
/// Works through the running server, or on the data folder of a stopped one.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  callsign key list
  callsign key regenerate secondary --resource blue")]
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
