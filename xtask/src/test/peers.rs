//! Third-party clients, unmodified, against the running server: they must not notice that it is not Azure.

mod provider;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::accel;
use crate::differential::{self, Peers};
use crate::environment;
use crate::server_process::interrupt::Interrupt;
use crate::server_process::{self, ServerProcess};
use provider::Provider;

/// Tokens that the JWT libraries of others judge beside ours; `cargo xtask differential` judges a million.
const JUDGED_TOKENS: usize = 20_000;

/// The suite that needs a server of its own, one that trusts somebody else's OpenID provider.
const FOREIGN_SUITE: &str = "foreign_provider.test.mjs";

/// The suites that need the development authority. The others are for a server as it runs in production: its refusals tell less.
const ENTRA_SUITES: [&str; 4] =
    ["test_entra.py", "test_teams_user.py", "entra.test.mjs", "entra_user.test.mjs"];

/// What judges tokens by the published keys, whatever engine signed them.
const TOKEN_SUITES: [&str; 3] = ["test_many_tokens.py", "test_key_set.py", "key_set.test.mjs"];

/// Beginnings of the variables by which the clients of Entra find their authority. Only `callsign env` sets them here.
const ENTRA_VARIABLES: [&str; 3] = ["AZURE_", "IDENTITY_", "MSI_"];

/// Variables and their values.
type Exports = [(String, String)];

/// The folders of the tests and of what they need, and what runs them.
struct Suites {
    python: PathBuf,
    python_tests: PathBuf,
    javascript: PathBuf,
}

pub(super) fn run(interrupt: &Interrupt, release: bool) -> anyhow::Result<()> {
    let root = server_process::workspace_root()?;
    let (tests, target) = (root.join("tests").join("peers"), root.join("target").join("peers"));
    let python_tests = tests.join("python");
    let python = environment::python(interrupt, &python_tests, &target.join("python"))?;
    let javascript = target.join("javascript");
    environment::javascript(interrupt, &tests.join("javascript"), &javascript)?;
    let judges =
        Peers { python: python.clone(), scripts: python_tests.clone(), javascript: javascript.clone() };
    differential::check(JUDGED_TOKENS, fastrand::u64(..), &judges)?;

    let binary = server_process::build(release)?;
    let suites = Suites { python, python_tests, javascript };
    let signing_by = |library: OsString| {
        move |serve: &mut Command| {
            serve.env(accel::LIBRARY_VARIABLE, library);
        }
    };
    let with_connector = |serve: &mut Command| {
        signing_by("off".into())(serve);
        serve.env("CALLSIGN_CONNECTOR_ENABLED", "true");
    };
    with_server(&binary, with_connector, |exports| suites.clients(interrupt, exports, false))?;
    if let Some(library) = accel::provide()? {
        with_server(&binary, signing_by(library.into()), |exports| suites.tokens(interrupt, exports))?;
    }
    let develop = |serve: &mut Command| {
        serve.arg("--dev-entra");
    };
    with_server(&binary, develop, |exports| suites.clients(interrupt, exports, true))?;
    let provider = Provider::start(&suites.javascript)?;
    with_server(
        &binary,
        |serve| {
            serve.envs(provider.settings());
        },
        |exports| suites.foreign(interrupt, exports, &provider),
    )
}

/// Starts a server as `adjusted`, lets `judge` work with what `callsign env` tells of it, and stops it.
fn with_server(
    binary: &Path,
    adjusted: impl FnOnce(&mut Command),
    judge: impl FnOnce(&Exports) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let data_dir = tempfile::Builder::new().prefix("callsign-peers-").tempdir()?;
    let mut serve = server_process::serve(binary, data_dir.path());
    adjusted(&mut serve);
    let server = ServerProcess::start_command(serve)?;
    eprintln!("peers: the server is ready after {} ms", server.ready_after().as_millis());
    let outcome = exports(&server, binary, data_dir.path()).and_then(|exports| judge(&exports));
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

impl Suites {
    /// Runs the suites of both languages, also when the first one fails, so that one run tells all that is wrong.
    fn clients(&self, interrupt: &Interrupt, exports: &Exports, of_entra: bool) -> anyhow::Result<()> {
        let mut failed = Vec::new();
        for (name, mut suite) in
            [("Python", self.pytest(of_entra)), ("JavaScript", self.node_test(of_entra)?)]
        {
            eprintln!("peers: running the {name} clients");
            tell(&mut suite, exports);
            if !interrupt.run(&mut suite)?.success() {
                failed.push(name);
            }
        }
        if !failed.is_empty() {
            bail!("the {} clients are not content; their words are above", failed.join(" and "));
        }
        Ok(())
    }

    /// Runs what judges tokens.
    fn tokens(&self, interrupt: &Interrupt, exports: &Exports) -> anyhow::Result<()> {
        eprintln!("peers: judging tokens that are signed eight at once");
        let (python, javascript): (Vec<_>, Vec<_>) =
            TOKEN_SUITES.into_iter().partition(|name| name.ends_with(".py"));
        let mut pytest = self.bare_pytest();
        pytest.args(python.into_iter().map(|name| self.python_tests.join(name)));
        let mut node = self.node();
        node.args(javascript);
        for mut suite in [pytest, node] {
            tell(&mut suite, exports);
            if !interrupt.run(&mut suite)?.success() {
                bail!("tokens that are signed eight at once are not accepted; the words are above");
            }
        }
        Ok(())
    }

    /// Runs the suite of the server that trusts the provider.
    fn foreign(&self, interrupt: &Interrupt, exports: &Exports, provider: &Provider) -> anyhow::Result<()> {
        eprintln!("peers: running the client of somebody else's OpenID provider");
        let mut suite = self.node();
        suite.arg(FOREIGN_SUITE);
        tell(&mut suite, exports);
        suite.env("OPENID_PROVIDER", provider.line());
        if !interrupt.run(&mut suite)?.success() {
            bail!("the client of somebody else's OpenID provider is not content; its words are above");
        }
        Ok(())
    }

    fn bare_pytest(&self) -> Command {
        let mut pytest = Command::new(&self.python);
        // The tree is left as it was: no cache folder, no compiled files.
        pytest.args(["-B", "-m", "pytest", "-q", "-p", "no:cacheprovider"]);
        pytest.env_remove("PYTEST_ADDOPTS");
        pytest
    }

    fn pytest(&self, of_entra: bool) -> Command {
        let mut pytest = self.bare_pytest();
        let of_entra_suites = ENTRA_SUITES.iter().filter(|name| name.ends_with(".py"));
        let of_entra_suites = of_entra_suites.map(|name| self.python_tests.join(name));
        if of_entra {
            pytest.args(of_entra_suites);
        } else {
            pytest.arg(&self.python_tests);
            pytest.args(of_entra_suites.map(|suite| format!("--ignore={}", suite.display())));
        }
        pytest
    }

    fn node_test(&self, of_entra: bool) -> anyhow::Result<Command> {
        let modules = environment::modules(&self.javascript)?;
        let tests: Vec<_> = modules
            .into_iter()
            .filter(|module| is_clients_test(module) && is_of_entra(module) == of_entra)
            .collect();
        if tests.is_empty() {
            bail!("tests/peers/javascript holds no `*.test.mjs`");
        }
        let mut node = self.node();
        node.args(tests);
        Ok(node)
    }

    fn node(&self) -> Command {
        let mut node = Command::new("node");
        node.arg("--test").current_dir(&self.javascript).env_remove("NODE_OPTIONS");
        node
    }
}

/// Gives a suite what `callsign env` printed, and nothing of Entra that the caller's own shell may hold.
fn tell(suite: &mut Command, exports: &Exports) {
    for (name, _) in std::env::vars_os() {
        if ENTRA_VARIABLES.iter().any(|beginning| name.to_string_lossy().starts_with(beginning)) {
            suite.env_remove(name);
        }
    }
    suite.envs(exports.iter().map(|(name, value)| (name, value)));
}

/// Whether it is a test that needs no provider of somebody else.
fn is_clients_test(module: &Path) -> bool {
    is_test(module) && module.file_name() != Some(OsStr::new(FOREIGN_SUITE))
}

/// Whether it is a test for a server with the development authority.
fn is_of_entra(module: &Path) -> bool {
    ENTRA_SUITES.iter().any(|name| module.file_name() == Some(OsStr::new(name)))
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
            assert!(is_clients_test(Path::new(name)), "{name}");
        }
        for name in ["server.mjs", "contest.mjs", "testing.mjs"] {
            assert!(!is_clients_test(Path::new(name)), "{name}");
        }
        assert!(is_test(Path::new(FOREIGN_SUITE)) && !is_clients_test(Path::new(FOREIGN_SUITE)));
    }
}
