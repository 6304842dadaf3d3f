//! `callsign identity user`: creates, shows and deletes identities.

use clap::{Args, Subcommand};

use crate::args::Output;
use crate::args::bulk::{Bulk, Users};
use crate::args::connection::Connection;

/// Create, show and delete identities
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  callsign identity user create
  callsign identity user show --user 8:acs:…
  callsign identity user delete --user 8:acs:… --yes")]
pub(crate) enum User {
    Create(Box<Create>),
    Show(Box<Show>),
    /// List identities: not possible yet
    #[command(hide = true)]
    List,
    Delete(Box<Delete>),
}

/// Create an identity
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  callsign identity user create
  callsign identity user create --query rawId -o tsv
  callsign identity user create --custom-id bob@contoso.com    the same identity each time
  callsign identity user create --count 1000 --out ids.txt")]
pub(crate) struct Create {
    /// An id of your own for it, up to 256 characters. Whoever creates with it again gets the same identity
    #[arg(long, value_name = "ID")]
    pub(crate) custom_id: Option<String>,
    /// How many are created
    #[arg(long, value_name = "N", conflicts_with = "custom_id", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Many at once")]
    pub(crate) count: Option<u32>,
    #[command(flatten)]
    pub(crate) bulk: Bulk,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

/// Show an identity: its custom id, and when a token was last issued for it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  callsign identity user show --user 8:acs:…")]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) users: Users,
    #[command(flatten)]
    pub(crate) bulk: Bulk,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

/// Delete an identity with all that belongs to it; none of its tokens is valid any more
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  callsign identity user delete --user 8:acs:…
  callsign identity user delete --user 8:acs:… --yes    without asking, for scripts
  callsign identity user delete --users ids.txt --out deleted.txt --yes")]
pub(crate) struct Delete {
    #[command(flatten)]
    pub(crate) users: Users,
    /// Do not ask
    #[arg(short = 'y', long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) bulk: Bulk,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) connection: Connection,
}
