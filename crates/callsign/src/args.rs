//! What may be written on the command line, and the help that says so.

pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod bulk;
pub(crate) mod completion;
pub(crate) mod config;
pub(crate) mod connection;
pub(crate) mod connector;
pub(crate) mod doctor;
pub(crate) mod env;
pub(crate) mod identity;
pub(crate) mod key;
pub(crate) mod logs;
pub(crate) mod moment;
mod output;
pub(crate) mod portal;
pub(crate) mod profile;
pub(crate) mod resource;
pub(crate) mod serve;

use std::path::PathBuf;

use callsign_server::config::Flags;
use clap::{Args, Parser, Subcommand};

pub(crate) use output::{Form, Output};

/// Where the help puts what every command takes.
const EVERYWHERE: &str = "Options of every command";

/// A self-hosted identity directory and access-token service that speaks the Azure Communication Services Identity protocol.
///
/// serve, env, resource, key, backup, audit and portal are for a server of your own; identity, profile and doctor work with Azure, too.
#[derive(Debug, Parser)]
#[command(
    name = "callsign",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = "\
Examples:
  callsign serve                            start the server; it needs no configuration
  eval \"$(callsign env)\"                    make the programs of this shell use it
  callsign identity token issue --scope chat
  callsign resource create blue             add a resource
  callsign portal open                      look at the server in a browser

Exit codes:
  0  done
  1  it failed; a sentence on stderr says why and what to do
  2  the arguments were not understood
  3  the service does not know what was asked for
  4  of many things, some were done and some were not

Everything that commands find goes to stdout, everything else to stderr."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Which server is meant; every command takes these.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The folder that holds the database, keys and certificates
    #[arg(long, global = true, value_name = "DIR", help_heading = EVERYWHERE)]
    pub(crate) data_dir: Option<String>,
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE", help_heading = EVERYWHERE)]
    pub(crate) config: Option<PathBuf>,
}

impl Place {
    /// As configuration takes it.
    pub(crate) fn flags(&self) -> Flags {
        let data_dir = self.data_dir.iter().map(|value| ("data_dir", value.clone(), "--data-dir"));
        Flags { config: self.config.clone(), settings: data_dir.collect() }
    }
}

/// The commands; each has its help where its arguments are.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(Box<serve::Serve>),
    Env(env::Env),
    #[command(subcommand)]
    Resource(resource::Resource),
    #[command(subcommand)]
    Key(key::Key),
    #[command(subcommand)]
    Backup(backup::Backup),
    #[command(subcommand)]
    Audit(audit::Audit),
    #[command(subcommand)]
    Portal(portal::Portal),
    #[command(subcommand, visible_alias = "user-identity")]
    Identity(identity::Identity),
    Logs(Box<logs::Logs>),
    #[command(subcommand)]
    Profile(profile::Profile),
    #[command(subcommand)]
    Connector(connector::Connector),
    #[command(subcommand)]
    Config(config::Config),
    Doctor(Box<doctor::Doctor>),
    Completion(completion::Completion),
    Man(completion::Man),
}

#[cfg(test)]
mod tests {
    use callsign_server::config::settings;
    use clap::CommandFactory as _;

    use super::*;

    fn each(command: &clap::Command, visit: &mut dyn FnMut(&clap::Command)) {
        visit(command);
        for below in command.get_subcommands() {
            each(below, visit);
        }
    }

    #[test]
    fn the_arguments_contradict_themselves_nowhere() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_has_examples_in_its_help() {
        each(&Arguments::command(), &mut |command| {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let hidden = command.is_hide_set();
            assert!(hidden || help.contains("Examples:\n"), "{}", command.get_name());
        });
    }

    #[test]
    fn every_flag_of_the_settings_is_taken_by_serve() {
        let command = Arguments::command();
        let serve = command.find_subcommand("serve").unwrap();
        let taken: Vec<String> = serve
            .get_arguments()
            .chain(command.get_arguments())
            .filter_map(|argument| argument.get_long().map(|name| format!("--{name}")))
            .collect();
        for flag in settings().filter_map(|setting| setting.flag) {
            assert!(taken.iter().any(|name| name == flag), "{flag}");
        }
    }
}
