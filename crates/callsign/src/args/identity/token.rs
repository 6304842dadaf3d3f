//! `callsign identity token`: issues, revokes, exchanges and decodes access tokens.

use callsign_protocol::secret::Secret;
use clap::{Args, Subcommand};

use super::lifetime;
use crate::args::Output;
use crate::args::bulk::{Bulk, Users};
use crate::args::connection::{Connection, secret};
use crate::args::env::Shell;

/// Issue, revoke, exchange and decode access tokens
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  callsign identity token issue --scope chat voip
  callsign identity token revoke --user 8:acs:… --yes
  callsign identity token revoke-all --resource blue
  callsign identity token decode -")]
pub(crate) enum Token {
    Issue(Box<Issue>),
    Revoke(Box<Revoke>),
    RevokeAll(RevokeAll),
    GetForTeamsUser(Box<GetForTeamsUser>),
    Decode(Box<Decode>),
}

/// Issue an access token, for a new identity if none is named
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  callsign identity token issue --scope chat
  callsign identity token issue --scope chat voip --user 8:acs:… --expires-in 90m
  eval \"$(callsign identity token issue --scope chat --export)\"
  callsign identity token issue --scope chat --users ids.txt --out tokens.jsonl")]
pub(crate) struct Issue {
    /// What the token allows: chat, voip, chat.join, chat.join.limited, voip.join; several may be given
    #[arg(short = 's', long = "scope", value_name = "SCOPE", required = true, num_args = 1.., value_delimiter = ',')]
    pub(crate) scopes: Vec<String>,
    #[command(flatten)]
    pub(crate) users: Users,
    /// How long it is valid: 90m, 24h, or minutes; 60 minutes to 24 hours. If not given, 24 hours
    #[arg(long, value_name = "TIME", value_parser = lifetime::minutes)]
    pub(crate) expires_in: Option<u32>,
    /// Issue it for the identity with this id of your own, which is created if there is none
    #[arg(long, value_name = "ID", conflicts_with_all = ["user", "users"])]
    pub(crate) custom_id: Option<String>,
    /// Print the line that sets AZURE_COMMUNICATION_ACCESS_TOKEN in a shell
    #[arg(
        long,
        value_enum,
        value_name = "SHELL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "sh",
        conflicts_with_all = ["users", "form", "query", "out"]
    )]
    pub(crate) export: Option<Shell>,
    #[command(flatten)]
    pub(crate) bulk: Bulk,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

/// Revoke all access tokens of an identity
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  callsign identity token revoke --user 8:acs:…
  callsign identity token revoke --user 8:acs:… --yes    without asking, for scripts")]
pub(crate) struct Revoke {
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

/// Revoke all access tokens of all identities of a resource (Callsign only)
///
/// Every token that was issued until now is refused from now on; identities and access keys stay, and new tokens can be issued at once. Works
/// through the running server, or on the data folder of a stopped one.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  callsign identity token revoke-all --resource blue
  callsign identity token revoke-all --resource blue --yes    without asking, for scripts")]
pub(crate) struct RevokeAll {
    /// The resource
    #[arg(long, value_name = "NAME")]
    pub(crate) resource: String,
    /// Do not ask
    #[arg(short = 'y', long)]
    pub(crate) yes: bool,
}

/// Exchange the Microsoft Entra token of a Teams user for an access token
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  callsign identity token get-for-teams-user --aad-token - --client <application id> --aad-user <object id> < token.txt")]
pub(crate) struct GetForTeamsUser {
    /// The Entra access token of the Teams user, or - to read it from stdin, where others on this machine cannot see it
    #[arg(long, value_name = "TOKEN", value_parser = secret)]
    pub(crate) aad_token: Secret<String>,
    /// The id of the Entra application, which must be the appid of the token
    #[arg(long, value_name = "ID")]
    pub(crate) client: String,
    /// The object id of the Teams user, which must be the oid of the token
    #[arg(long, value_name = "ID")]
    pub(crate) aad_user: String,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

/// Show what an access token says: its header, its claims, and when it ends
///
/// The token is not printed, and sent nowhere unless --online is given. Its signature is not verified unless --verify is given.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  callsign identity token decode - < token.txt
  callsign identity token issue --scope chat | callsign identity token decode
  callsign identity token decode --query payload.acsScope -o tsv
  callsign identity token decode --verify < token.txt
  callsign identity token decode --online < token.txt")]
pub(crate) struct Decode {
    /// The token, or - to read it from stdin. If not given, that of AZURE_COMMUNICATION_ACCESS_TOKEN if stdin is a terminal, else stdin
    #[arg(value_parser = secret)]
    pub(crate) token: Option<Secret<String>>,
    /// Check the signature by the keys that the resource's server publishes; fail when it is wrong
    #[arg(long)]
    pub(crate) verify: bool,
    /// Ask the resource's server whether the token is good now, not ended and not revoked; fail when it is not (Callsign only)
    #[arg(long)]
    pub(crate) online: bool,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) connection: Connection,
}
