//! `callsign logs`: records of requests.

use clap::Args;

use super::Output;
use super::connection::Connection;
use super::moment::{Moment, moment};

/// Show the records of requests to a resource, newest last (Callsign only)
///
/// The server keeps a bounded number of them in memory: see docs/guide/monitoring.md for a file of all. Their columns are those of the
/// table ACSAuthIncomingOperations. TIME is 2026-10-01, 2026-10-01T07:05:09Z, or how long ago as 24h, 90d.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  callsign logs -o table
  callsign logs --identity 8:acs:… --since 24h
  callsign logs --status 4xx --operation CreateToken
  callsign logs --follow    as they come, a line of JSON each, until interrupted")]
pub(crate) struct Logs {
    /// Only those about this identity
    #[arg(long, value_name = "ID")]
    pub(crate) identity: Option<String>,
    /// Only those of this operation, such as CreateToken
    #[arg(long, value_name = "NAME")]
    pub(crate) operation: Option<String>,
    /// Only those answered with this HTTP status, such as 404, or with one of a class of them, such as 4xx
    #[arg(long, value_name = "STATUS")]
    pub(crate) status: Option<String>,
    /// Only those since then
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) since: Option<Moment>,
    /// Only the last so many
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) last: u16,
    /// Go on with those that come
    #[arg(short, long, conflicts_with = "query")]
    pub(crate) follow: bool,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) connection: Connection,
}
