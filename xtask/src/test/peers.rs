//! Third-party clients, unmodified, against the running server: they must not notice that it is not Azure.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use super::environment;
use crate::differential::{self, Peers};
use crate::server_process::interrupt::Interrupt;
use crate::server_process::{self, ServerProcess};

/// Tokens that the JWT libraries of others judge beside ours; `cargo xtask differential` judges a million.
const JUDGED_TOKENS: usize = 20_000;

/// The folders of the tests and of what they need.
struct Folders {
    tests: PathBuf,
    target: PathBuf,
}

pub(super) fn run(interrupt: &Interrupt, release: bool) -> anyhow::Result<()> {
    let root = server_process::workspace_root()?;
    let folders =
        Folders { tests: root.join("tests").join("peers"), target: root.join("target").join("peers") };
    let python =
        environment::python(interrupt, &folders.tests.join("python"), &folders.target.join("python"))?;
    let javascript = folders.target.join("javascript");
    environment::javascript(interrupt, &folders.tests.join("javascript"), &javascript)?;
    let judges = Peers { python: python.clone(), scripts: folders.tests.join("python"), javascript };
    differential::check(JUDGED_TOKENS, fastrand::u64(..), &judges)?;

    let binary = server_process::build(release)?;
    let data_dir = tempfile::Builder::new().prefix("callsign-peers-").tempdir()?;
    let server = ServerProcess::start(&binary, data_dir.path())?;
    eprintln!("peers: the server is ready after {} ms", server.ready_after().as_millis());
    let exports = exports(&server, &binary, data_dir.path())?;
    let outcome = suites(interrupt, &exports, &folders, &python);
    match &outcome {
        Ok(()) => stopped(server)?,
        Err(_) => eprintln!("peers: the server said last:\n{}", server.tail()),
    }
    outcome
}

/// What `callsign env` tells a shell, and the plain address, which the suites use where a client takes one.
fn exports(server: &ServerProcess, binary: &Path, data_dir: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let mut exports = server_process::environment(binary, data_dir)?;
    if exports.is_empty() {
        bail!("`callsign env` printed no export");
    }
    if let Some(authority) = server.addresses().http_authority() {
        exports.push(("CALLSIGN_HTTP_ENDPOINT".to_owned(), format!("http://{authority}")));
    }
    Ok(exports)
}

/// Runs both suites, also when the first one fails, so that one run tells all that is wrong.
fn suites(
    interrupt: &Interrupt,
    exports: &[(String, String)],
    folders: &Folders,
    python: &Path,
) -> anyhow::Result<()> {
    let mut failed = Vec::new();
    for (name, mut suite) in [("Python", pytest(folders, python)), ("JavaScript", node_test(folders)?)] {
        eprintln!("peers: running the {name} clients");
        suite.envs(exports.iter().map(|(name, value)| (name, value)));
        if !interrupt.run(&mut suite)?.success() {
            failed.push(name);
        }
    }
    if !failed.is_empty() {
        bail!("the {} clients are not content; their words are above", failed.join(" and "));
    }
    Ok(())
}

fn pytest(folders: &Folders, python: &Path) -> Command {
    let mut pytest = Command::new(python);
    // The tree is left as it was: no cache folder, no compiled files.
    pytest.args(["-B", "-m", "pytest", "-q", "-p", "no:cacheprovider"]).arg(folders.tests.join("python"));
    pytest.env_remove("PYTEST_ADDOPTS");
    pytest
}

fn node_test(folders: &Folders) -> anyhow::Result<Command> {
    let folder = folders.target.join("javascript");
    let tests: Vec<_> = environment::modules(&folder)?.into_iter().filter(|module| is_test(module)).collect();
    if tests.is_empty() {
        bail!("tests/peers/javascript holds no `*.test.mjs`");
    }
    let mut node = Command::new("node");
    node.arg("--test").args(tests).current_dir(folder).env_remove("NODE_OPTIONS");
    Ok(node)
}

/// The names that Node's own test runner takes for tests.
fn is_test(module: &Path) -> bool {
    let stem = module.file_stem().unwrap_or_default().to_string_lossy();
    stem == "test"
        || stem.starts_with("test-")
        || [".test", "-test", "_test"].iter().any(|end| stem.ends_with(end))
}

fn stopped(server: ServerProcess) -> anyhow::Result<()> {
    let status = server.stop().context("after the peers' tests")?;
    if !status.success() {
        bail!("the server ended with {status} after SIGTERM, not with exit code 0");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_told_from_what_they_import() {
        for name in ["identity.test.mjs", "test.mjs", "test-tokens.mjs", "tokens_test.mjs"] {
            assert!(is_test(Path::new(name)), "{name}");
        }
        for name in ["server.mjs", "contest.mjs", "testing.mjs"] {
            assert!(!is_test(Path::new(name)), "{name}");
        }
    }
}
