//! `callsign resource`: a resource is what has access keys, identities and an address of its own.

use clap::{Args, Subcommand};

use super::Output;
use super::key::signing::Algorithm;

/// Create, list, show, change and delete resources
///
/// Works through the running server, or on the data folder of a stopped one.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  callsign resource create blue
  callsign resource list
  callsign resource show blue -o json
  callsign resource set-signing-algorithm blue ES256
  callsign resource delete blue")]
pub(crate) enum Resource {
    Create(Create),
    /// List all resources, oldest first
    #[command(after_help = "\
Examples:
  callsign resource list
  callsign resource list -o json")]
    List(Output),
    /// Show a resource
    #[command(after_help = "\
Examples:
  callsign resource show default")]
    Show {
        /// Its name
        name: String,
        #[command(flatten)]
        output: Output,
    },
    /// Say what a resource's tokens are signed by from now on
    ///
    /// Tokens that it has stay good. A key that signs so is made if there is none, and readers of the key set may hold one without it for up
    /// to 300 seconds.
    #[command(after_help = "\
Examples:
  callsign resource set-signing-algorithm blue ES256
  callsign resource set-signing-algorithm blue RS256")]
    SetSigningAlgorithm {
        /// Its name
        name: String,
        /// What its tokens are signed by
        #[arg(value_enum, ignore_case = true)]
        algorithm: Algorithm,
        #[command(flatten)]
        output: Output,
    },
    /// Delete a resource with its access keys and identities
    #[command(after_help = "\
Examples:
  callsign resource delete blue
  callsign resource delete blue --yes    without asking, for scripts")]
    Delete {
        /// Its name
        name: String,
        /// Do not ask
        #[arg(short = 'y', long)]
        yes: bool,
    },
}

/// Create a resource with two access keys
///
/// Requests find it by the host `<name>.<any domain>`, by the path `/<name>/…`, by each --host and by its --port. The
/// JavaScript client takes no path, so where its name cannot be resolved a port is what works.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  callsign resource create blue
  callsign resource create blue --port 8444
  callsign resource create blue --signing-algorithm ES256
  callsign resource create blue --data-location europe --host blue.example.com")]
pub(crate) struct Create {
    /// Its name: 1 to 63 lower-case letters, digits and inner hyphens
    pub(crate) name: String,
    /// Where its data is said to lie; its tokens carry it
    #[arg(long, value_name = "LOCATION", default_value = "unitedstates")]
    pub(crate) data_location: String,
    /// A port of its own
    #[arg(long)]
    pub(crate) port: Option<u16>,
    /// A host name that leads to it; may be repeated
    #[arg(long = "host", value_name = "HOST")]
    pub(crate) hosts: Vec<String>,
    /// What its tokens are signed by
    #[arg(long, value_name = "ALGORITHM", value_enum, ignore_case = true, default_value_t = Algorithm::Rs256)]
    pub(crate) signing_algorithm: Algorithm,
    #[command(flatten)]
    pub(crate) output: Output,
}
