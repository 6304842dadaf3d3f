//! Owns the built `callsign` binary as a process: builds it, starts it, reads its banner, kills or stops it. It knows
//! the command line of the binary and nothing of what is then asked of the server.

mod banner;
pub(crate) mod interrupt;

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use callsign_protocol::access_key::AccessKey;
use rustix::process::{Pid, Signal, kill_process};

pub(crate) use banner::Addresses;

/// A start that takes longer than this has hung.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// A graceful stop that takes longer than this has hung.
const STOPPED_WITHIN: Duration = Duration::from_secs(60);
/// How much of what the server said is shown when it fails.
const TAIL_LINES_MAX: usize = 40;

/// `callsign serve` with every listener on a free port of loopback.
pub(crate) const SERVE_ON_FREE_PORTS: [&str; 7] =
    ["serve", "--https", "127.0.0.1:0", "--http", "127.0.0.1:0", "--metrics", "127.0.0.1:0"];

/// The root of the workspace, as cargo tells it to the running chore.
pub(crate) fn workspace_root() -> anyhow::Result<PathBuf> {
    let manifest_dir = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let root = manifest_dir
        .parent()
        .context("the folder of xtask has no parent; run `cargo xtask` in the workspace")?;
    Ok(root.to_owned())
}

/// The cargo that runs this chore, or the one on the path.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
}

/// Builds the binary and answers where it is.
pub(crate) fn build(release: bool) -> anyhow::Result<PathBuf> {
    build_binary("callsign", release)
}

/// Builds a binary whose package has its name, and answers where it is.
pub(crate) fn build_binary(name: &str, release: bool) -> anyhow::Result<PathBuf> {
    let mut command = cargo();
    command.args(["build", "--package", name, "--bin", name, "--locked"]);
    command.arg("--message-format=json-render-diagnostics");
    if release {
        command.arg("--release");
    }
    let output = command
        .current_dir(workspace_root()?)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cargo could not be started to build `{name}`"))?;
    if !output.status.success() {
        bail!("`cargo build -p {name}` failed ({}); its messages are above", output.status);
    }
    executable_in(&String::from_utf8_lossy(&output.stdout), name).with_context(|| {
        format!("cargo built `{name}` and named no executable; build it by hand: cargo build -p {name}")
    })
}

/// The path of the executable in cargo's messages, wherever its target folder is.
pub(crate) fn executable_in(messages: &str, name: &str) -> Option<PathBuf> {
    messages.lines().rev().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let is_ours = message.pointer("/target/name")?.as_str()? == name;
        is_ours.then_some(PathBuf::from(message.get("executable")?.as_str()?))
    })
}

/// The binary with an environment in which no setting of the caller's leaks into it.
pub(crate) fn command(binary: &Path) -> Command {
    let mut command = Command::new(binary);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CALLSIGN_") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null());
    command
}

/// `callsign serve` on free ports of loopback.
pub(crate) fn serve(binary: &Path, data_dir: &Path) -> Command {
    let mut serve = command(binary);
    serve.args(SERVE_ON_FREE_PORTS).arg("--data-dir").arg(data_dir);
    serve
}

/// What `callsign env` exports for the server that runs on this data directory.
pub(crate) fn environment(binary: &Path, data_dir: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let output = command(binary)
        .arg("env")
        .arg("--data-dir")
        .arg(data_dir)
        .output()
        .context("`callsign env` could not be started")?;
    if !output.status.success() {
        bail!("`callsign env` failed ({}): {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(banner::exports(&String::from_utf8_lossy(&output.stdout)))
}

/// The access key of the first resource of the server that runs on this data directory.
pub(crate) fn access_key(binary: &Path, data_dir: &Path) -> anyhow::Result<AccessKey> {
    let exports = environment(binary, data_dir)?;
    let key = exports.into_iter().find(|(name, _)| name == "COMMUNICATION_SERVICES_ACCESSKEY");
    let (_, key) = key.context("`callsign env` prints no COMMUNICATION_SERVICES_ACCESSKEY")?;
    Ok(key.parse()?)
}

/// A running server. Dropping it kills it.
pub(crate) struct ServerProcess {
    child: Child,
    addresses: Addresses,
    ready_after: Duration,
    said: Arc<Mutex<VecDeque<String>>>,
    banner: Receiver<Addresses>,
}

impl ServerProcess {
    /// Starts the server on free ports of loopback and waits for its banner.
    pub(crate) fn start(binary: &Path, data_dir: &Path) -> anyhow::Result<Self> {
        Self::start_command(serve(binary, data_dir))
    }

    pub(crate) fn start_command(mut serve: Command) -> anyhow::Result<Self> {
        let started = Instant::now();
        let mut child = serve
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} could not be started", serve.get_program().display()))?;
        let stderr = child.stderr.take().context("the server's stderr is not piped")?;
        let said = Arc::default();
        let banner = follow(stderr, &said);
        let mut server =
            Self { child, addresses: Addresses::default(), ready_after: Duration::ZERO, said, banner };
        match server.banner.recv_timeout(READY_WITHIN) {
            Ok(addresses) => {
                server.ready_after = started.elapsed();
                server.addresses = addresses;
                Ok(server)
            }
            Err(RecvTimeoutError::Timeout) => {
                bail!("the server was not ready after {READY_WITHIN:?}; it said:\n{}", server.tail())
            }
            Err(RecvTimeoutError::Disconnected) => {
                let status = server.child.wait()?;
                bail!("the server ended before it was ready ({status}); it said:\n{}", server.tail())
            }
        }
    }

    pub(crate) fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// From the start of the process to its banner.
    pub(crate) fn ready_after(&self) -> Duration {
        self.ready_after
    }

    /// The last lines that the server wrote to stderr.
    pub(crate) fn tail(&self) -> String {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.iter().map(|line| format!("  {line}\n")).collect()
    }

    /// `kill -9`, as a power cut would look to the process. A server that had ended by itself is a fault.
    pub(crate) fn kill_now(mut self) -> anyhow::Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("the server ended by itself ({status}); it said:\n{}", self.tail());
        }
        self.child.kill().context("the server could not be killed")?;
        self.child.wait().context("the killed server could not be waited for")?;
        Ok(())
    }

    /// SIGTERM, then the exit status.
    pub(crate) fn stop(mut self) -> anyhow::Result<ExitStatus> {
        // The process was not waited for yet, so its id cannot have passed to another one.
        kill_process(Pid::from_child(&self.child), Signal::TERM)
            .context("the server could not be signalled")?;
        // Its stderr ends when it does: a wait with a limit that needs no polling.
        match self.banner.recv_timeout(STOPPED_WITHIN) {
            Err(RecvTimeoutError::Timeout) => {
                bail!(
                    "the server did not stop within {STOPPED_WITHIN:?} of SIGTERM; it said:\n{}",
                    self.tail()
                )
            }
            Ok(_) | Err(RecvTimeoutError::Disconnected) => {}
        }
        Ok(self.child.wait()?)
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // Both fail only for a process that has ended and was waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads stderr to its end, so that the server never blocks on a full pipe. Sends the addresses once, when the banner
/// is complete; the channel closes when stderr does.
fn follow(stderr: ChildStderr, said: &Arc<Mutex<VecDeque<String>>>) -> Receiver<Addresses> {
    let (sender, receiver) = channel();
    let said = Arc::clone(said);
    std::thread::spawn(move || {
        let mut reading = Some(Addresses::default());
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if let Some(addresses) = &mut reading {
                addresses.read(&line);
            }
            if let Some(complete) = reading.take_if(|addresses| addresses.complete()) {
                // Nobody listens when the start was given up; the pipe is still drained.
                let _ = sender.send(complete);
            }
            let mut tail = said.lock().unwrap_or_else(PoisonError::into_inner);
            if tail.len() == TAIL_LINES_MAX {
                tail.pop_front();
            }
            tail.push_back(line);
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    const BANNER: &str = "echo 'Callsign 0.1.0 is ready.' >&2
        echo '  https  https://localhost:1/' >&2
        echo '  http   http://127.0.0.1:2/' >&2
        echo 'Next: callsign env' >&2";

    fn stand_in(script: &str) -> anyhow::Result<ServerProcess> {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]);
        ServerProcess::start_command(shell)
    }

    #[test]
    fn a_server_is_ready_with_its_banner_and_stops_at_sigterm() {
        let server = stand_in(&format!("{BANNER}\nexec tail -f /dev/null")).unwrap();
        assert_eq!(server.addresses().http_authority(), Some("127.0.0.1:2"));
        assert_eq!(server.stop().unwrap().signal(), Some(Signal::TERM.as_raw()));
    }

    #[test]
    fn a_server_that_ends_before_its_banner_is_quoted() {
        let fault = stand_in("echo 'the data directory is locked' >&2; exit 1").err().unwrap().to_string();
        assert!(fault.contains("the data directory is locked"), "{fault}");
    }

    #[test]
    fn a_killed_server_is_gone_and_one_that_ended_by_itself_is_a_fault() {
        let server = stand_in(&format!("{BANNER}\nexec tail -f /dev/null")).unwrap();
        server.kill_now().unwrap();

        let mut ended = stand_in(&format!("{BANNER}\nexit 3")).unwrap();
        ended.child.wait().unwrap();
        assert!(ended.kill_now().unwrap_err().to_string().contains("ended by itself"));
    }

    #[test]
    fn the_executable_is_taken_from_cargos_own_messages() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"callsign_core"},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"callsign"},"executable":"/somewhere/callsign"}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        assert_eq!(executable_in(messages, "callsign"), Some(PathBuf::from("/somewhere/callsign")));
        assert_eq!(executable_in("", "callsign"), None);
    }
}
