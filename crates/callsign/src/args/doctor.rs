//! `callsign doctor`: what went wrong, explained.

use clap::Subcommand;

use super::Output;

/// Explain what went wrong
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  callsign doctor request    why was the signature of my request refused?")]
pub(crate) enum Doctor {
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
