//! `callsign identity user`: creates, shows, lists, deletes and prunes identities.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use crate::args::Output;
use crate::args::bulk::{Bulk, Users};
use crate::args::connection::Connection;
use crate::args::moment::{Moment, moment, span};

/// Create, show, list, delete and prune identities
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  callsign identity user create
  callsign identity user show --user 8:acs:…
  callsign identity user list --never-issued
  callsign identity user delete --user 8:acs:… --yes
  callsign identity user prune --unused-for 90d --dry-run")]
pub(crate) enum User {
    Create(Box<Create>),
    Show(Box<Show>),
    List(Box<List>),
    Delete(Box<Delete>),
    Prune(Box<Prune>),
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

/// List the identities of a resource, in the order of their ids (Callsign only)
///
/// TIME is 2026-10-01, 2026-10-01T07:05:09Z, or how long ago as 24h, 90d.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  callsign identity user list -o table
  callsign identity user list --created-after 24h
  callsign identity user list --last-issued-before 90d -o tsv --query '[].id' > ids.txt
  callsign identity user list --never-issued --max 10
  callsign identity user list --custom-id bob@contoso.com
  callsign identity user list -o jsonl > identities.jsonl    as they come, however many there are")]
pub(crate) struct List {
    /// Created at that time or later
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) created_after: Option<Moment>,
    /// Created before that time
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) created_before: Option<Moment>,
    /// Got the last token at that time or later
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) last_issued_after: Option<Moment>,
    /// Got the last token before that time
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) last_issued_before: Option<Moment>,
    /// Never got a token
    #[arg(long, conflicts_with_all = ["last_issued_after", "last_issued_before"])]
    pub(crate) never_issued: bool,
    /// Has this id of your own
    #[arg(long, value_name = "ID")]
    pub(crate) custom_id: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max: Option<u64>,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

/// Delete the identities that got no token for long (Callsign only)
///
/// Those are deleted whose last token was issued, or who were created when they never got one, longer ago than that. One that gets a token
/// meanwhile stays. Without --dry-run and --yes they are counted first, and you are asked.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  callsign identity user prune --unused-for 90d --dry-run -o tsv
  callsign identity user prune --unused-for 90d
  callsign identity user prune --unused-for 90d --yes --out pruned.txt    without asking, for scripts")]
pub(crate) struct Prune {
    /// How long they were not used: 90d, 36h; at least 1d, as a token lives up to 24 hours
    #[arg(long, value_name = "TIME", value_parser = a_day_or_more)]
    pub(crate) unused_for: Duration,
    /// Only print the ids of those that would be deleted
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask
    #[arg(short = 'y', long)]
    pub(crate) yes: bool,
    /// Append the id of each to FILE, a line each
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

/// Who was used within a day may have a token that is good.
fn a_day_or_more(text: &str) -> Result<Duration, String> {
    let read = span(text)?;
    if read < Duration::from_secs(24 * 60 * 60) {
        return Err("a token lives up to 24 hours, so it has to be 1d at least".to_owned());
    }
    Ok(read)
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
