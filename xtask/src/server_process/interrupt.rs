//! Turns Ctrl-C and SIGTERM into an orderly end of a chore, so that servers are stopped and temporary folders removed
//! by their owners instead of being left behind.

use std::process::{Command, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::signal::unix::{SignalKind, signal};

#[derive(Default)]
struct State {
    interrupted: bool,
    running: Option<Pid>,
}

/// Listens from its making to the end of the chore.
pub(crate) struct Interrupt {
    shared: Arc<(Mutex<State>, Condvar)>,
}

impl Interrupt {
    pub(crate) fn listen() -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .context("signals cannot be listened to")?;
        let entered = runtime.enter();
        let mut signals = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        drop(entered);
        let interrupt = Self { shared: Arc::default() };
        let shared = Arc::clone(&interrupt.shared);
        std::thread::spawn(move || {
            loop {
                runtime.block_on(async {
                    tokio::select! {
                        _ = signals.0.recv() => {}
                        _ = signals.1.recv() => {}
                    }
                });
                let mut state = locked(&shared.0);
                state.interrupted = true;
                if let Some(pid) = state.running {
                    // A process that has just ended needs no signal.
                    let _ = kill_process(pid, Signal::TERM);
                }
                shared.1.notify_all();
            }
        });
        Ok(interrupt)
    }

    /// Fails when an interrupt came.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        if locked(&self.shared.0).interrupted {
            bail!("interrupted");
        }
        Ok(())
    }

    /// Waits that long, or until an interrupt comes.
    pub(crate) fn wait(&self, how_long: Duration) -> anyhow::Result<()> {
        let deadline = Instant::now() + how_long;
        let mut state = locked(&self.shared.0);
        while !state.interrupted {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            state = self.shared.1.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        bail!("interrupted")
    }

    /// Runs a command to its end; an interrupt ends it early.
    pub(crate) fn run(&self, command: &mut Command) -> anyhow::Result<ExitStatus> {
        self.check()?;
        let program = command.get_program().display().to_string();
        let mut child = command.spawn().with_context(|| format!("`{program}` could not be started"))?;
        locked(&self.shared.0).running = Some(Pid::from_child(&child));
        let status = child.wait();
        locked(&self.shared.0).running = None;
        self.check()?;
        status.with_context(|| format!("`{program}` could not be waited for"))
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupt_ends_the_wait_and_every_later_command() {
        let interrupt = Interrupt { shared: Arc::default() };
        assert!(interrupt.run(&mut Command::new("true")).unwrap().success());
        assert!(interrupt.wait(Duration::ZERO).is_ok());
        locked(&interrupt.shared.0).interrupted = true;
        assert!(interrupt.wait(Duration::from_secs(3600)).is_err());
        assert!(interrupt.run(&mut Command::new("true")).is_err());
    }
}
