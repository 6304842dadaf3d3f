//! `callsign profile`: resources by name, with what their requests are signed with.

use clap::{Args, Subcommand};

use super::Output;
use super::connection::{Auth, secret};
use callsign_protocol::secret::Secret;

/// Keep resources by name, for identity commands
///
/// Profiles are in callsign/profiles.toml in your configuration folder, which only you can read. Commands take the one that
/// --profile names, else the one in use, unless AZURE_COMMUNICATION_CONNECTION_STRING or
/// COMMUNICATION_SERVICES_CONNECTION_STRING is set.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  callsign profile add azure --connection-string-stdin < connection-string.txt
  callsign profile add work --endpoint https://contoso.communication.azure.com --auth entra
  callsign profile list
  callsign profile use work")]
pub(crate) enum Profile {
    Add(Add),
    /// List the profiles; keys are not shown
    #[command(after_help = "\
Examples:
  callsign profile list
  callsign profile list -o json")]
    List(Output),
    /// Use a profile where no other is named
    #[command(after_help = "\
Examples:
  callsign profile use work")]
    Use {
        /// Its name
        name: String,
    },
    /// Remove a profile with its key
    #[command(after_help = "\
Examples:
  callsign profile remove work")]
    Remove {
        /// Its name
        name: String,
    },
}

/// Add a profile, or replace the one of that name
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  callsign profile add azure --connection-string-stdin < connection-string.txt
  callsign profile add ci --endpoint https://contoso.communication.azure.com --key-env CONTOSO_KEY
  callsign profile add work --endpoint https://contoso.communication.azure.com --auth entra --use")]
pub(crate) struct Add {
    /// Its name
    pub(crate) name: String,
    /// The connection string of the resource, or - to read it from stdin. Others on this machine can see what stands here
    #[arg(long, value_name = "STRING", value_parser = secret)]
    pub(crate) connection_string: Option<Secret<String>>,
    /// Read the connection string from stdin
    #[arg(long, conflicts_with = "connection_string")]
    pub(crate) connection_string_stdin: bool,
    /// The endpoint of the resource, instead of a connection string
    #[arg(long, value_name = "URL", conflicts_with_all = ["connection_string", "connection_string_stdin"])]
    pub(crate) endpoint: Option<String>,
    /// Keep no key, but take it from this environment variable when it is needed
    #[arg(long, value_name = "NAME")]
    pub(crate) key_env: Option<String>,
    /// What proves who asks
    #[arg(long, value_enum, value_name = "HOW", default_value = "key")]
    pub(crate) auth: Auth,
    /// Use it from now on where no other is named; the first one is in any case
    #[arg(long = "use")]
    pub(crate) is_used: bool,
}
