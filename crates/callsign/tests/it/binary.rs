//! The binary with a data folder of its own, and what a run of it says.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A home that is removed with all that is in it.
pub(crate) struct Home {
    folder: tempfile::TempDir,
}

/// How a run ended.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A data folder with the resource `default`, and no server.
    pub(crate) fn with_data() -> Self {
        let home = Self::new();
        home.done(&["resource", "create", "passing"]);
        home.done(&["resource", "delete", "passing", "--yes"]);
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.path().join("data")
    }

    /// The command in an environment that has no setting of the machine it runs on.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callsign"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("CALLSIGN_DATA_DIR", self.data_dir())
            .current_dir(self.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs a script of a POSIX shell, in which `callsign` is the command.
    pub(crate) fn shell(&self, script: &str) -> Run {
        let callsign = self.command(&[]);
        let mut shell = Command::new("sh");
        let script = format!("callsign() {{ \"$CALLSIGN\" \"$@\"; }}\n{script}");
        shell.args(["-c", &script]).env_clear().env("CALLSIGN", callsign.get_program());
        for (name, value) in callsign.get_envs().filter_map(|(name, value)| Some((name, value?))) {
            shell.env(name, value);
        }
        ended(shell.current_dir(self.path()).stdin(Stdio::null()).output().unwrap())
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        ended(self.command(arguments).output().unwrap())
    }

    /// Runs what must succeed and answers its stdout.
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let run = self.run(arguments);
        assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.stderr);
        run.stdout
    }

    /// Runs what must succeed and reads its stdout as JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["-o", "json"]].concat();
        serde_json::from_str(&self.done(&arguments)).unwrap()
    }

    /// Runs what must fail with a sentence and answers the sentence.
    pub(crate) fn refused(&self, arguments: &[&str]) -> String {
        self.run(arguments).refusal()
    }
}

impl Run {
    /// The sentence of a run that failed in order: exit code 1, nothing on stdout, no trace of Rust on stderr.
    pub(crate) fn refusal(self) -> String {
        assert_eq!(self.code, Some(1), "{}{}", self.stdout, self.stderr);
        assert_eq!(self.stdout, "");
        assert!(self.stderr.starts_with("error: "), "{}", self.stderr);
        for trace in ["panicked", "RUST_BACKTRACE", "stack backtrace", "Error {", "Some(", "Err("] {
            assert!(!self.stderr.contains(trace), "{}", self.stderr);
        }
        self.stderr
    }
}

pub(crate) fn ended(output: Output) -> Run {
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
