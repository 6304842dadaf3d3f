//! `callsign doctor`: what went wrong, explained.

use clap::{Args, Subcommand};

use super::Output;
use super::connection::Connection;

/// Find out why a resource cannot be reached or refuses requests
///
/// Looks at the name, the port, the certificate, the clock, the key and the versions, in this order, and says what to do. It
/// changes nothing. The resource is chosen as for identity commands.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  callsign doctor
  callsign doctor --endpoint https://contoso.communication.azure.com --auth entra
  callsign doctor request    why was the signature of my request refused?

Exit codes: 0 if all is well, 1 if something is not."
)]
pub(crate) struct Doctor {
    #[command(subcommand)]
    pub(crate) subject: Option<Subject>,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

/// What else can be explained.
#[derive(Debug, Subcommand)]
pub(crate) enum Subject {
    /// Print the requests that were refused last, each with the string that the server expected to be signed
    ///
    /// The running server keeps the last 32 of them in memory, without keys, bodies and signatures.
    #[command(after_help = "\
Examples:
  callsign doctor request
  callsign doctor request --last 1 -o json")]
    Request {
        /// How many, newest first
        #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=32))]
        last: u8,
        #[command(flatten)]
        output: Output,
    },
}
