//! `callsign portal`: the pages of a running server.

use clap::Subcommand;

/// Look at a running server in a browser
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  callsign portal open")]
pub(crate) enum Portal {
    /// Print a link that signs in to the portal
    ///
    /// Whoever opens the link first is an administrator of the server for up to 12 hours, so the link is a secret. It is good once, for five
    /// minutes. Only a running server can make one.
    #[command(after_help = "\
Examples:
  callsign portal open
  open \"$(callsign portal open)\"            in the browser of this machine (macOS)
  xdg-open \"$(callsign portal open)\"        the same (Linux)")]
    Open {},
}
