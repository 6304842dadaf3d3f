//! `callsign identity`: the identities of a resource and their access tokens.

pub(crate) mod lifetime;
pub(crate) mod token;
pub(crate) mod user;

use clap::Subcommand;

/// Create identities and issue access tokens, here or on Azure
///
/// As az communication user-identity: the same arguments, variables and output. The resource is that of
/// --connection-string, --endpoint, --profile, --resource or --data-dir, else of AZURE_COMMUNICATION_CONNECTION_STRING or
/// COMMUNICATION_SERVICES_CONNECTION_STRING, else of the profile in use, else the default one of the server that runs on the
/// data folder.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  callsign identity user create
  callsign identity token issue --scope chat voip
  callsign identity token revoke --user 8:acs:… --yes
  callsign identity user list -o table")]
pub(crate) enum Identity {
    #[command(subcommand)]
    User(user::User),
    #[command(subcommand)]
    Token(token::Token),
    /// As token issue; the name that az had before
    #[command(hide = true)]
    IssueAccessToken(Box<token::Issue>),
}
