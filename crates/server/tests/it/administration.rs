//! What an administrator asks of a data folder, whether a server runs on it or not.

use std::path::Path;

use callsign_server::Server;
use callsign_server::admin::{AdminError, Answer, Request, RestoreError, RestoreWanted, Restored};
use callsign_server::config::Config;
use tempfile::TempDir;

use crate::harness::House;

fn wait_for<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Asks through the socket of a running server, or opens the folder of a stopped one.
pub fn ask(folder: &Path, request: Request) -> Result<Answer, AdminError> {
    wait_for(callsign_server::admin::ask(&Config::ephemeral(folder), request))
}

/// Puts a backup in the place of the database.
pub fn restore(folder: &Path, file: &Path) -> Result<Restored, RestoreError> {
    let wanted = RestoreWanted { file: file.to_owned(), replace: true, key_file: None };
    wait_for(callsign_server::admin::restore(&Config::ephemeral(folder), &wanted))
}

/// The same with a folder and a key of its own.
pub fn restore_with(config: &Config, wanted: &RestoreWanted) -> Result<Restored, RestoreError> {
    wait_for(callsign_server::admin::restore(config, wanted))
}

impl House {
    /// Stops the server; the folder stays.
    pub fn stopped(self) -> TempDir {
        let Self { server, folder } = self;
        drop(server);
        folder
    }

    /// A server on a folder that was left by another one.
    pub fn on(folder: TempDir) -> Self {
        Self { server: Server::start(&Config::ephemeral(folder.path())).unwrap(), folder }
    }
}
