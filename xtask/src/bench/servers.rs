//! Servers of the measures, each with a folder of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use tempfile::TempDir;

use crate::accel;
use crate::server_process::{self, ServerProcess};

/// A server with its data.
pub(super) struct Server {
    pub(super) process: ServerProcess,
    data_dir: TempDir,
}

impl Server {
    /// Signs as it can without help: `library` is `off`, or the path of one.
    pub(super) fn start(callsign: &Path, library: &str) -> anyhow::Result<Self> {
        let data_dir = tempfile::Builder::new().prefix("callsign-bench-").tempdir()?;
        let mut serve = server_process::serve(callsign, data_dir.path());
        serve.env(accel::LIBRARY_VARIABLE, library).args(["--log-level", "warn"]);
        Ok(Self { process: ServerProcess::start_command(serve)?, data_dir })
    }

    pub(super) fn data_dir(&self) -> PathBuf {
        self.data_dir.path().to_owned()
    }

    /// Over plain http: TLS would be measured, too.
    pub(super) fn connection_string(&self, callsign: &Path) -> anyhow::Result<String> {
        connection_string(callsign, self.data_dir.path(), &self.process)
    }

    /// Ends the process and keeps the data.
    pub(super) fn stop(self) -> anyhow::Result<TempDir> {
        self.process.stop()?;
        Ok(self.data_dir)
    }
}

/// The connection string of a server, over plain http.
pub(super) fn connection_string(
    callsign: &Path,
    data_dir: &Path,
    process: &ServerProcess,
) -> anyhow::Result<String> {
    let authority = process.addresses().http_authority().context("an http address")?;
    let key = server_process::access_key(callsign, data_dir)?;
    Ok(format!("endpoint=http://{authority}/;accesskey={}", &*key.expose_base64()))
}

/// Two servers for the measure of tokens, alike but for the engine that signs, named to it. Without the library there is one.
pub(super) fn of_tokens(callsign: &Path, measure: &mut Command) -> anyhow::Result<Vec<Server>> {
    let plain = Server::start(callsign, "off")?;
    measure.arg("--plain").arg(plain.connection_string(callsign)?);
    measure.arg("--plain-pid").arg(plain.process.id().to_string());
    let mut servers = vec![plain];
    match accel::library() {
        Ok(library) => {
            let vectorised = Server::start(callsign, &library.display().to_string())?;
            measure.arg("--vectorised").arg(vectorised.connection_string(callsign)?);
            measure.arg("--vectorised-pid").arg(vectorised.process.id().to_string());
            measure.arg("--library").arg(library);
            servers.push(vectorised);
        }
        Err(error) => eprintln!("without the vectorised engine: {error:#}"),
    }
    Ok(servers)
}

/// The server for the measure of creates, named to it.
pub(super) fn of_creates(callsign: &Path, measure: &mut Command) -> anyhow::Result<Vec<Server>> {
    let server = Server::start(callsign, "off")?;
    measure.arg("--server").arg(server.connection_string(callsign)?);
    measure.arg("--folder").arg(server.data_dir());
    Ok(vec![server])
}
