//! One bash for a whole page, so that what a command exports is there for the next one.

use std::io::{BufRead, BufReader, PipeReader, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process_group};

use super::place::Place;
use crate::server_process::interrupt::Interrupt;

/// A command that takes longer has hung.
const ENDED_WITHIN: Duration = Duration::from_secs(120);
/// How soon an interrupt is seen while a command runs.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Begins the line that the shell prints after each command.
const MARK: &str = "callsign-docs: the command ended with";

/// A running bash. Dropping it kills it, with all that it left in the background.
pub(super) struct Shell<'a> {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
    scripts_dir: PathBuf,
    commands: usize,
    interrupt: &'a Interrupt,
}

/// What a command did.
pub(super) struct Outcome {
    /// stdout and stderr, in the order of writing.
    pub(super) lines: Vec<String>,
    pub(super) succeeded: bool,
}

impl<'a> Shell<'a> {
    pub(super) fn start(place: &Place, interrupt: &'a Interrupt) -> anyhow::Result<Self> {
        let (reader, writer) = std::io::pipe().context("no pipe")?;
        let mut bash = Command::new("bash");
        place.settle(&mut bash);
        bash.args(["--noprofile", "--norc", "-s"])
            .stdin(Stdio::piped())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            // A group of its own, so that all it started can be ended.
            .process_group(0);
        let mut child = bash.spawn().context("bash could not be started; install it")?;
        let stdin = child.stdin.take().context("the shell's stdin is not piped")?;
        Ok(Self {
            child,
            stdin,
            lines: follow(reader),
            scripts_dir: place.scripts_dir(),
            commands: 0,
            interrupt,
        })
    }

    /// Runs a command, of any number of lines, to its end.
    pub(super) fn run(&mut self, command: &str) -> anyhow::Result<Outcome> {
        self.commands += 1;
        let script = self.scripts_dir.join(format!("command-{}.sh", self.commands));
        std::fs::write(&script, format!("{command}\n"))?;
        // Read from a file, not from the shell's own input, which the command could eat.
        writeln!(self.stdin, ". '{}' </dev/null; printf '\\n{MARK} %s\\n' \"$?\"", script.display())
            .context("the shell has ended; an `exit` on the page?")?;
        self.outcome().with_context(|| format!("the command was:\n{command}"))
    }

    fn outcome(&self) -> anyhow::Result<Outcome> {
        let deadline = Instant::now() + ENDED_WITHIN;
        let mut lines = Vec::new();
        loop {
            match self.lines.recv_timeout(LOOK_EVERY) {
                Ok(line) => match line.strip_prefix(MARK) {
                    Some(status) => {
                        // The mark begins a line of its own, so an empty line is before it.
                        if lines.last().is_some_and(String::is_empty) {
                            lines.pop();
                        }
                        return Ok(Outcome { lines, succeeded: status.trim() == "0" });
                    }
                    None => lines.push(line),
                },
                Err(RecvTimeoutError::Disconnected) => {
                    bail!("the shell has ended; an `exit` on the page? It printed:\n{}", lines.join("\n"))
                }
                Err(RecvTimeoutError::Timeout) => self.interrupt.check()?,
            }
            if Instant::now() > deadline {
                bail!("a command did not end within {ENDED_WITHIN:?}; it printed:\n{}", lines.join("\n"));
            }
        }
    }
}

impl Drop for Shell<'_> {
    fn drop(&mut self) {
        // Both fail only for processes that have ended already.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.wait();
    }
}

fn follow(reader: PipeReader) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(reader).split(b'\n').map_while(Result::ok) {
            // Nobody listens once the shell was dropped.
            if sender.send(String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned()).is_err() {
                break;
            }
        }
    });
    receiver
}
