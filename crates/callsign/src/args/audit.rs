//! `callsign audit`: the chain of records of who did what.

use std::path::PathBuf;

use callsign_protocol::identity_id::IdentityId;
use callsign_server::admin::AuditMark;
use clap::{Args, Subcommand};

use super::Output;
use super::moment::{Moment, moment};

/// Show, check and export the records of who did what
///
/// Every change leaves a record that a hash binds to all records before it. A record that is changed, removed or put in between breaks the
/// chain. Works through the running server, or on the data folder of a stopped one; looking leaves no record.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  callsign audit list
  callsign audit list --identity 8:acs:… --since 24h
  callsign audit verify
  callsign audit export --out audit.jsonl")]
pub(crate) enum Audit {
    List(List),
    Verify(Verify),
    Export(Export),
}

/// List the last records, newest last
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  callsign audit list --last 20
  callsign audit list --resource blue --since 2026-10-01
  callsign audit list --identity 8:acs:…
  callsign audit list --since 24h -o jsonl

Who did it: key:1:0 is access key 1 of generation 0, administrator:1000 the user 1000 of the machine, server the server by itself.")]
pub(crate) struct List {
    /// Only those of this resource; one that was deleted is named by its id
    #[arg(long, value_name = "NAME")]
    pub(crate) resource: Option<String>,
    /// Only those about this identity
    #[arg(long, value_name = "ID")]
    pub(crate) identity: Option<IdentityId>,
    /// Only those since then: 2026-10-01, 2026-10-01T07:05:09Z, or how long ago as 24h, 90d
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) since: Option<Moment>,
    /// Only the last so many
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) last: u32,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Check the whole chain, and print its head: the number and the hash of the last record
///
/// Fails and names the record where the chain is broken. Whoever can write to the database can write the whole chain anew, head
/// and all: note the head elsewhere now and then, and give it to --head later.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  callsign audit verify
  callsign audit verify --query head -o tsv >> heads.txt
  callsign audit verify --head \"$(tail -n 1 heads.txt)\"")]
pub(crate) struct Verify {
    /// Also check that the chain has exactly this record: a head that was printed before
    #[arg(long, value_name = "NUMBER:HASH")]
    pub(crate) head: Option<AuditMark>,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Write all records as lines of JSON, for anybody to check the chain
///
/// The hash of each record is the SHA-256 of the 32 bytes of previous, followed by eight lines with a line feed between them and none at
/// the end: number, at_unix_ms, actor, action, resource_id (empty when null), subject, changed or unchanged, detail. What is previous
/// to the first record is zeros.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  callsign audit export --out audit.jsonl
  callsign audit export | gzip > audit.jsonl.gz")]
pub(crate) struct Export {
    /// Write to FILE, which must not be there yet, instead of stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Say nothing on stderr but errors
    #[arg(long)]
    pub(crate) only_show_errors: bool,
}
