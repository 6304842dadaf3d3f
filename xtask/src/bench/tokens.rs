//! The servers that the measure of tokens compares: alike, but for the engine that signs.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use tempfile::TempDir;

use crate::accel;
use crate::server_process::{self, ServerProcess};

/// The setting that names the library of the vectorised engine.
const LIBRARY_VARIABLE: &str = "CALLSIGN_CRYPTO_MB";

/// A server with its data.
pub(super) struct Server {
    process: ServerProcess,
    data_dir: TempDir,
}

/// Starts them and names them to the measure. Without the library there is one.
pub(super) fn servers(callsign: &Path, measure: &mut Command) -> anyhow::Result<Vec<Server>> {
    let plain = start(callsign, "off")?;
    measure.arg("--plain").arg(connection_string(callsign, &plain)?);
    measure.arg("--plain-pid").arg(plain.process.id().to_string());
    let mut servers = vec![plain];
    match accel::library() {
        Ok(library) => {
            let vectorised = start(callsign, &library.display().to_string())?;
            measure.arg("--vectorised").arg(connection_string(callsign, &vectorised)?);
            servers.push(vectorised);
        }
        Err(error) => eprintln!("without the vectorised engine: {error:#}"),
    }
    Ok(servers)
}

fn start(callsign: &Path, library: &str) -> anyhow::Result<Server> {
    let data_dir = tempfile::Builder::new().prefix("callsign-bench-").tempdir()?;
    let mut serve = server_process::serve(callsign, data_dir.path());
    serve.env(LIBRARY_VARIABLE, library).args(["--log-level", "warn"]);
    Ok(Server { process: ServerProcess::start_command(serve)?, data_dir })
}

/// Over plain http: TLS would be measured, too.
fn connection_string(callsign: &Path, server: &Server) -> anyhow::Result<String> {
    let exports = server_process::environment(callsign, server.data_dir.path())?;
    let key = exports.iter().find(|(name, _)| name == "COMMUNICATION_SERVICES_ACCESSKEY").context("a key")?;
    let authority = server.process.addresses().http_authority().context("an http address")?;
    Ok(format!("endpoint=http://{authority}/;accesskey={}", key.1))
}
