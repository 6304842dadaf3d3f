//! Which resource an identity command is for, and how it proves who asks.

use std::convert::Infallible;

use callsign_protocol::secret::Secret;
use clap::{Args, ValueEnum};

/// Which resource, and how requests are authenticated.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Which resource")]
pub(crate) struct Connection {
    /// The connection string of the resource, or - to read it from stdin. Others on this machine can see what stands
    /// here; not so what comes from stdin, AZURE_COMMUNICATION_CONNECTION_STRING or a profile
    #[arg(long, value_name = "STRING", value_parser = secret)]
    pub(crate) connection_string: Option<Secret<String>>,
    /// Read the connection string from stdin
    #[arg(long, conflicts_with = "connection_string")]
    pub(crate) connection_string_stdin: bool,
    /// The endpoint of the resource, instead of a connection string
    #[arg(long, value_name = "URL", conflicts_with_all = ["connection_string", "connection_string_stdin"])]
    pub(crate) endpoint: Option<String>,
    /// The environment variable that holds the access key for --endpoint; if not given, COMMUNICATION_SERVICES_ACCESSKEY
    #[arg(long, value_name = "NAME", requires = "endpoint")]
    pub(crate) key_env: Option<String>,
    /// A profile, see callsign profile
    #[arg(long, value_name = "NAME", conflicts_with_all = ["connection_string", "connection_string_stdin", "endpoint"])]
    pub(crate) profile: Option<String>,
    /// A resource of the server that runs on the data folder
    #[arg(long, value_name = "NAME", conflicts_with_all = ["connection_string", "connection_string_stdin", "endpoint", "profile"])]
    pub(crate) resource: Option<String>,
    /// What proves who asks
    #[arg(long, value_enum, value_name = "HOW")]
    pub(crate) auth: Option<Auth>,
}

/// What proves who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Auth {
    /// An access key, which signs each request
    Key,
    /// Microsoft Entra: the service principal of AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, a workload or managed identity, or who is signed in to az or azd. AZURE_AUTHORITY_HOST names another authority than Microsoft's
    Entra,
}

// clap takes it as a `Result`.
#[expect(clippy::unnecessary_wraps, reason = "a value parser of clap answers a Result")]
pub(super) fn secret(text: &str) -> Result<Secret<String>, Infallible> {
    Ok(Secret::new(text.to_owned()))
}
