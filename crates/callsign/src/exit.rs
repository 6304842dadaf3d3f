//! How the binary ends: its exit codes, and what it says when something went wrong.

use std::fmt;
use std::io::{self, ErrorKind, Write as _};
use std::process::ExitCode;

/// Something went wrong, and a sentence on stderr says what.
const FAILURE: u8 = 1;
/// The arguments were not understood.
const USAGE: u8 = 2;
/// The service does not know what was asked for; the code that `az` has for it.
pub(crate) const NOT_FOUND: u8 = 3;
/// Of many things, some were done and some were not.
pub(crate) const PARTLY: u8 = 4;

/// A fault with an exit code of its own, or with lines below its sentence.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) code: u8,
    /// A sentence; what stands on further lines is detail.
    pub(crate) text: String,
}

impl Fault {
    /// With the exit code of most faults.
    pub(crate) const fn new(text: String) -> Self {
        Self { code: FAILURE, text }
    }

    /// For arguments that do not suffice.
    pub(crate) fn usage(text: &str) -> Self {
        Self { code: USAGE, text: text.to_owned() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl std::error::Error for Fault {}

/// The exit code of a command that has run. A fault is told on stderr.
pub(crate) fn of(outcome: anyhow::Result<()>) -> ExitCode {
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    // Whoever read the output has seen enough.
    if is_closed_pipe(&error) {
        return ExitCode::SUCCESS;
    }
    if let Some(fault) = error.downcast_ref::<Fault>() {
        tell(&format!("error: {}\n", fault.text));
        return ExitCode::from(fault.code);
    }
    let error = if is_of_output(&error) { error.context("the output cannot be written") } else { error };
    let lines: String = sentences(&error).lines().map(|line| format!("error: {line}\n")).collect();
    tell(&lines);
    ExitCode::from(FAILURE)
}

/// The exit code for arguments that ask for help, or that are not understood.
pub(crate) fn of_usage(said: &clap::Error) -> ExitCode {
    if said.exit_code() == 0 {
        // When it cannot be written there is nobody to tell.
        let _ = said.print();
        return ExitCode::SUCCESS;
    }
    match without_keys(&said.render().to_string()) {
        Some(text) => tell(&text),
        None => {
            let _ = said.print();
        }
    }
    ExitCode::from(USAGE)
}

/// The text with each access key hidden, if there is one in it: what is not understood is cited, and a connection string
/// that lost its quotes is among it.
fn without_keys(text: &str) -> Option<String> {
    const NAME: &str = "accesskey";
    let mut hidden = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = split_at_word(rest, NAME) {
        hidden.push_str(before);
        let ends = |letter: char| letter.is_whitespace() || matches!(letter, '\'' | '"' | ';');
        let key = after.split(ends).next().unwrap_or_default();
        hidden.push_str("=…");
        rest = after.strip_prefix(key).unwrap_or_default();
    }
    (!hidden.is_empty()).then(|| hidden + rest)
}

/// What ends with the word, in any case of letters, and what follows it.
fn split_at_word<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let at = text.to_ascii_lowercase().find(word)?;
    text.split_at_checked(at + word.len())
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// Whether it says nothing of what was done: everything that is read or written, but for what is printed, is named where it fails.
fn is_of_output(error: &anyhow::Error) -> bool {
    error.chain().next().is_some_and(|outermost| outermost.is::<io::Error>())
}

fn tell(text: &str) {
    // When stderr is closed there is nobody to tell.
    let _ = io::stderr().lock().write_all(text.as_bytes());
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
        assert_eq!(sentences(&uncited), "the first start failed: the key cannot be written: no space left");
    }

    #[test]
    fn a_reader_that_has_seen_enough_is_no_failure() {
        assert!(is_closed_pipe(&io::Error::from(ErrorKind::BrokenPipe).into()));
        assert!(!is_closed_pipe(&io::Error::from(ErrorKind::NotFound).into()));
        assert!(!is_closed_pipe(&anyhow::anyhow!("a sentence")));
    }

    #[test]
    fn a_fault_of_the_output_is_told_from_one_that_has_a_name() {
        assert!(is_of_output(&io::Error::from(ErrorKind::StorageFull).into()));
        let named =
            Err::<(), _>(io::Error::from(ErrorKind::StorageFull)).context("ids.txt cannot be written");
        assert!(!is_of_output(&named.unwrap_err()));
    }

    #[test]
    fn a_key_that_is_cited_is_hidden() {
        let said =
            "unexpected argument 'Endpoint=https://a/;AccessKey=c2VjcmV0' found, accesskey=x==; accesskey";
        let hidden = "unexpected argument 'Endpoint=https://a/;AccessKey=…' found, accesskey=…; accesskey=…";
        assert_eq!(without_keys(said).as_deref(), Some(hidden));
        assert_eq!(without_keys("unexpected argument 'x' found"), None);
    }
}
