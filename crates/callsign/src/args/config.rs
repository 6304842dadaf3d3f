//! `callsign config`: what can be configured, what is, and what is wrong with it.

use std::path::PathBuf;

use clap::Subcommand;

use super::Output;

/// Show and check the configuration
///
/// Defaults are overruled by the configuration file, that by the environment, and that by flags.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  callsign config example > callsign.toml
  callsign config check callsign.toml
  callsign config show --config callsign.toml")]
pub(crate) enum Config {
    /// Print a configuration file with every setting and its default
    #[command(after_help = "\
Examples:
  callsign config example > callsign.toml")]
    Example,
    /// Say everything that is wrong with the configuration, or that it is in order
    #[command(after_help = "\
Examples:
  callsign config check
  callsign config check callsign.toml")]
    Check {
        /// The configuration file, as with --config
        #[arg(value_name = "FILE", conflicts_with = "config")]
        file: Option<PathBuf>,
    },
    /// Print every setting, its value and where that came from; secrets are hidden
    #[command(after_help = "\
Examples:
  callsign config show
  callsign config show -o json")]
    Show(Output),
    /// Print the reference page of all settings
    #[command(hide = true)]
    Reference,
}
