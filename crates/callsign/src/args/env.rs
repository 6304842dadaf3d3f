//! `callsign env`: whose variables are printed, and for which shell.

use clap::{Args, ValueEnum};

/// Print the environment variables that make programs find, sign for and trust the server
///
/// The variables hold the connection string with the primary access key, so they are a secret. SSL_CERT_FILE and
/// REQUESTS_CA_BUNDLE replace a program's root certificates: they name a file with the system's roots and this
/// server's authority.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  eval \"$(callsign env)\"                                        sh, bash, zsh
  callsign env --shell fish | source                            fish
  callsign env --shell powershell | Out-String | Invoke-Expression
  callsign env --shell dotenv --resource blue > .env            for programs that read such a file")]
pub(crate) struct Env {
    /// The resource; the default one if none is named
    #[arg(long, value_name = "NAME")]
    pub(crate) resource: Option<String>,
    /// Whose words are printed
    #[arg(long, value_enum, value_name = "SHELL", default_value_t = Shell::Sh)]
    pub(crate) shell: Shell,
}

/// Whose words variables are printed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// Any POSIX shell: sh, bash, zsh
    Sh,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
    /// A file of NAME=value lines
    Dotenv,
}
