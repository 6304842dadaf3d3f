//! A peer as a process with its workers: started as a group, ended as a group, and quoted when it fails.

use std::fs::File;
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::server_process::interrupt::Interrupt;

/// A start that takes longer than this has hung.
const READY_WITHIN: Duration = Duration::from_secs(60);
const ASKED_EVERY: Duration = Duration::from_millis(50);
/// How much of what it said is shown.
const LINES_MAX: usize = 20;

/// The first process of a group of its own. Dropping it kills the group.
pub(super) struct Process {
    name: &'static str,
    child: Child,
    /// The file that holds what the group says.
    words: PathBuf,
}

impl Process {
    pub(super) fn start(name: &'static str, mut command: Command, folder: &Path) -> anyhow::Result<Self> {
        let words = folder.join(format!("{name}.log"));
        let file = File::create(&words)?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).process_group(0);
        let child = command.spawn().with_context(|| format!("{name} could not be started"))?;
        Ok(Self { name, child, words })
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it takes connections.
    pub(super) fn answers_on(&mut self, port: u16, interrupt: &Interrupt) -> anyhow::Result<()> {
        let started = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended before it was ready ({status})\n{}", self.name, self.said());
            }
            if started.elapsed() > READY_WITHIN {
                bail!("{} was not ready after {READY_WITHIN:?}\n{}", self.name, self.said());
            }
            interrupt.wait(ASKED_EVERY)?;
        }
        Ok(())
    }

    /// The last lines of the group, if there are any.
    pub(super) fn said(&self) -> String {
        let words = std::fs::read(&self.words).unwrap_or_default();
        let words = String::from_utf8_lossy(&words);
        let mut last: Vec<&str> = words.lines().rev().take(LINES_MAX).collect();
        if last.is_empty() {
            return String::new();
        }
        last.reverse();
        format!("{} said last:\n  {}\n", self.name, last.join("\n  "))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only for a group that has ended. The first process was not waited for, so its id is still the group's.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, folder: &Path) -> Process {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]);
        Process::start("the peer", shell, folder).unwrap()
    }

    #[test]
    fn a_peer_that_ends_at_once_is_named_and_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let mut peer = shell("echo no such module >&2; exit 3", folder.path());
        let interrupt = Interrupt::listen().unwrap();
        let fault = peer.answers_on(1, &interrupt).unwrap_err().to_string();
        assert!(fault.contains("the peer ended before") && fault.contains("no such module"), "{fault}");
    }

    #[test]
    fn a_dropped_peer_takes_its_workers_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        // The worker holds the pipe open for as long as it lives.
        let peer = shell(&format!("tail -f /dev/null > '{}' & wait", fifo.display()), folder.path());
        let mut held = File::open(&fifo).unwrap();
        drop(peer);
        assert_eq!(std::io::Read::read(&mut held, &mut [0]).unwrap(), 0);
    }
}
