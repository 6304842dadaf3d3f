//! An OpenID provider of somebody else as a process, and the settings by which a server trusts it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context, bail};

/// A start that takes longer than this has hung.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// The running provider.
pub(super) struct Provider {
    _process: Process,
    described: Described,
}

impl Provider {
    /// Starts it in the folder that holds its program and its packages, and waits until it has told who it is.
    pub(super) fn start(folder: &Path) -> anyhow::Result<Self> {
        let mut node = Command::new("node");
        node.arg("provider.mjs").current_dir(folder).env_remove("NODE_OPTIONS");
        let (process, line) = Process::start(node)?;
        Ok(Self { _process: process, described: Described::read(line)? })
    }

    /// What makes a server trust it and give a role to one of its two clients: configuration and nothing else.
    pub(super) fn settings(&self) -> [(&'static str, String); 2] {
        self.described.settings()
    }

    /// What the suite reads: the line in which it told who it is.
    pub(super) fn line(&self) -> &str {
        &self.described.line
    }
}

/// A process that ends when its standard input does, so also when its owner is killed. Dropping it kills it.
struct Process(Child);

impl Process {
    /// The process and the first line that it printed.
    fn start(mut command: Command) -> anyhow::Result<(Self, String)> {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = Self(child.context("the OpenID provider could not be started")?);
        let stdout = process.0.stdout.take().context("the provider's stdout is not piped")?;
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // One line is waited for; the pipe is drained to its end all the same.
                let _ = sender.send(line);
            }
        });
        match receiver.recv_timeout(READY_WITHIN) {
            Ok(line) => Ok((process, line)),
            Err(RecvTimeoutError::Timeout) => {
                bail!("the OpenID provider was not ready after {READY_WITHIN:?}")
            }
            Err(RecvTimeoutError::Disconnected) => {
                bail!("the OpenID provider ended before it was ready; its words are above")
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only for a process that has ended and was waited for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the provider tells of itself.
struct Described {
    line: String,
    issuer: String,
    contributor: String,
}

impl Described {
    fn read(line: String) -> anyhow::Result<Self> {
        let told: serde_json::Value = serde_json::from_str(&line)
            .with_context(|| format!("the OpenID provider told no JSON but: {line}"))?;
        let text = |pointer: &str| {
            let text = told.pointer(pointer).and_then(serde_json::Value::as_str).map(str::to_owned);
            text.with_context(|| format!("the OpenID provider did not tell {pointer}"))
        };
        let (issuer, contributor) = (text("/issuer")?, text("/clients/contributor/id")?);
        Ok(Self { line, issuer, contributor })
    }

    fn settings(&self) -> [(&'static str, String); 2] {
        let Self { issuer, contributor, .. } = self;
        let role = format!("contributor on default for application {contributor} of {issuer}");
        [
            ("CALLSIGN_ENTRA_ISSUERS", format!("{issuer}/.well-known/openid-configuration")),
            ("CALLSIGN_ENTRA_ROLES", role),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stand_in(script: &str) -> anyhow::Result<(Process, String)> {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]);
        Process::start(shell)
    }

    #[test]
    fn a_provider_is_ready_with_its_line_and_ends_with_its_input() {
        let (mut process, line) = stand_in("echo one; echo two; cat").unwrap();
        assert_eq!(line, "one");
        drop(process.0.stdin.take());
        assert!(process.0.wait().unwrap().success());
    }

    #[test]
    fn a_provider_that_ends_before_its_line_is_a_fault() {
        let fault = stand_in("exit 1").err().unwrap().to_string();
        assert!(fault.contains("ended before it was ready"), "{fault}");
    }

    #[test]
    fn its_settings_name_it_and_the_client_that_has_a_role() {
        let line = r#"{"issuer":"http://127.0.0.1:1","clients":{"contributor":{"id":"a","secret":"b"}}}"#;
        assert_eq!(
            Described::read(line.to_owned()).unwrap().settings(),
            [
                ("CALLSIGN_ENTRA_ISSUERS", "http://127.0.0.1:1/.well-known/openid-configuration".to_owned()),
                (
                    "CALLSIGN_ENTRA_ROLES",
                    "contributor on default for application a of http://127.0.0.1:1".to_owned()
                ),
            ]
        );
        for line in ["", "ready", "{}", r#"{"issuer":"http://127.0.0.1:1"}"#] {
            assert!(Described::read(line.to_owned()).is_err(), "{line}");
        }
    }
}
