//! How the binary ends: its exit codes, and what it says when something went wrong.

use std::io::{self, ErrorKind, Write as _};
use std::process::ExitCode;

/// Something went wrong, and a sentence on stderr says what.
const FAILURE: u8 = 1;
/// The arguments were not understood.
const USAGE: u8 = 2;

/// The exit code of a command that has run. A fault is told on stderr.
pub(crate) fn of(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the output has seen enough.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&sentences(&error));
            ExitCode::from(FAILURE)
        }
    }
}

/// The exit code for arguments that ask for help, or that are not understood.
pub(crate) fn of_usage(said: &clap::Error) -> ExitCode {
    // The help goes to stdout and a fault to stderr; when neither can be written there is nobody to tell.
    let _ = said.print();
    if said.exit_code() == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(USAGE)
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

fn tell(text: &str) {
    let mut lines = String::new();
    for line in text.lines() {
        lines.push_str("error: ");
        lines.push_str(line);
        lines.push('\n');
    }
    // When stderr is closed there is nobody to tell.
    let _ = io::stderr().lock().write_all(lines.as_bytes());
}

/// The error and its causes, each once: a text that cites its cause is not followed by it.
fn sentences(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let said = next.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = next.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn each_cause_is_said_once() {
        let inner = io::Error::other("no space left");
        let cited = anyhow::Error::new(inner).context("the key cannot be written: no space left");
        assert_eq!(sentences(&cited), "the key cannot be written: no space left");
        let uncited = Err::<(), _>(cited).context("the first start failed").unwrap_err();
        assert_eq!(
            sentences(&uncited),
            "the first start failed: the key cannot be written: no space left"
        );
    }

    #[test]
    fn a_reader_that_has_seen_enough_is_no_failure() {
        assert!(is_closed_pipe(&io::Error::from(ErrorKind::BrokenPipe).into()));
        assert!(!is_closed_pipe(&io::Error::from(ErrorKind::NotFound).into()));
        assert!(!is_closed_pipe(&anyhow::anyhow!("a sentence")));
    }
}
