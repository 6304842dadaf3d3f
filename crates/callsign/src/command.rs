//! Runs what was asked for, one file per noun.

mod audit;
mod backup;
mod bulk;
mod completion;
mod config;
mod confirm;
mod connection;
mod connector;
mod doctor;
mod env;
mod identity;
mod key;
mod portal;
mod profile;
mod progress;
mod refusal;
mod resource;
mod serve;

use std::collections::BTreeMap;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use callsign_server::admin::{self, Answer, Request};
use callsign_server::config::{Config, Flags, Resolved};

use crate::args::{Arguments, Command, Place};

/// Runs the command. The error is a sentence for the one who wrote it.
pub(crate) fn run(arguments: Arguments) -> anyhow::Result<()> {
    let place = &arguments.place;
    match arguments.command {
        Command::Serve(serve) => serve::run(place, *serve),
        Command::Env(env) => env::run(place, env),
        Command::Resource(resource) => resource::run(place, resource),
        Command::Key(key) => key::run(place, key),
        Command::Backup(backup) => backup::run(place, backup),
        Command::Audit(audit) => audit::run(place, audit),
        Command::Portal(portal) => portal::run(place, &portal),
        Command::Identity(identity) => identity::run(place, identity),
        Command::Logs(logs) => identity::logs(place, &logs),
        Command::Profile(profile) => profile::run(profile),
        Command::Connector(connector) => connector::run(place, connector),
        Command::Config(config) => config::run(place, config),
        Command::Doctor(doctor) => doctor::run(place, &doctor),
        Command::Completion(wanted) => completion::print(&wanted),
        Command::Man(wanted) => completion::man(&wanted),
    }
}

/// The configuration that holds for a command.
pub(crate) fn configuration(flags: &Flags) -> anyhow::Result<Resolved> {
    Ok(Config::resolve(flags, &environment()?)?)
}

fn environment() -> anyhow::Result<BTreeMap<String, String>> {
    let mut environment = BTreeMap::new();
    for (name, value) in std::env::vars_os() {
        // What is no setting of ours may hold whatever it likes.
        let Ok(name) = name.into_string() else { continue };
        match value.into_string() {
            Ok(value) => {
                environment.insert(name, value);
            }
            Err(_) if name.starts_with("CALLSIGN_") => bail!("{name} is not UTF-8; give it a value that is"),
            Err(_) => {}
        }
    }
    Ok(environment)
}

/// Asks the running server, or the data folder of a stopped one, and tells its notes.
pub(crate) fn ask(place: &Place, request: Request) -> anyhow::Result<Answer> {
    let resolved = configuration(&place.flags())?;
    Ok(event_loop()?.block_on(admin::ask(&resolved.config, request))?)
}

/// Whether a server runs on the data folder: only one that does answers on its socket.
pub(crate) fn runs_on(data_dir: &Path) -> bool {
    UnixStream::connect(data_dir.join("admin.sock")).is_ok()
}

/// The path from the root on: whoever is asked to use it may stand elsewhere.
pub(crate) fn whole_path(path: &Path) -> anyhow::Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("{} cannot be made a whole path", path.display()))
}

/// What futures run on: one thread is enough for a command.
fn event_loop() -> anyhow::Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("the system gives no event loop; raise the limit of open files")
}

/// For an answer that is none to what was asked.
pub(crate) fn unexpected() -> anyhow::Error {
    anyhow::anyhow!("the running server is of another version; use the callsign that it was started with")
}
