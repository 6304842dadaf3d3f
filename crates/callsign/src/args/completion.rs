//! `callsign completion` and `callsign man`: what a shell and `man` know of the commands.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// Print what makes a shell complete the commands
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  source <(callsign completion bash)
  callsign completion zsh > ~/.zfunc/_callsign          with ~/.zfunc in fpath
  callsign completion fish > ~/.config/fish/completions/callsign.fish")]
pub(crate) struct Completion {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// Print a page for man
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  callsign man | man -l -
  callsign man identity token issue | man -l -
  callsign man --dir ~/.local/share/man/man1    one page for each command")]
pub(crate) struct Man {
    /// The command whose page it is; the whole if none is named
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
    /// Write the pages of all commands to this folder
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub(crate) dir: Option<PathBuf>,
    /// Print the reference page of all commands
    #[arg(long, hide = true, conflicts_with_all = ["command", "dir"])]
    pub(crate) reference: bool,
}
