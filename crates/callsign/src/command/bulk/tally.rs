//! Counts what was done and what failed, and says so at the end.

use std::time::Instant;

use super::Ledger;
use crate::args::Output;
use crate::exit::{Fault, PARTLY};
use crate::printer;

/// How many failures are said one by one where no file keeps them.
const FAILURES_SAID_MAX: usize = 20;

/// The count.
pub(super) struct Tally {
    verb: &'static str,
    total: usize,
    before: usize,
    done: usize,
    failures: usize,
    sentences: Vec<String>,
    stopped: Option<String>,
    since: Instant,
}

impl Tally {
    /// `total` are to be done in all, `todo` of them now.
    pub(super) fn new(verb: &'static str, total: usize, todo: usize) -> Self {
        Self {
            verb,
            total,
            before: total - todo,
            done: 0,
            failures: 0,
            sentences: Vec::new(),
            stopped: None,
            since: Instant::now(),
        }
    }

    pub(super) fn done(&mut self) {
        self.done += 1;
    }

    pub(super) fn failed(&mut self, item: &str, text: &str) {
        self.failures += 1;
        if self.sentences.len() < FAILURES_SAID_MAX {
            let first = text.lines().next().unwrap_or_default();
            self.sentences.push(format!("{item}: {first}"));
        }
    }

    /// No more are begun; the first reason is kept.
    pub(super) fn stop(&mut self, reason: String) {
        self.stopped.get_or_insert(reason);
    }

    /// Says what was done, and fails if not all was.
    pub(super) fn end(self, ledger: &Ledger, output: &Output) -> anyhow::Result<()> {
        let seconds = self.since.elapsed().as_secs_f64();
        let missing = self.total - self.before - self.done;
        let mut summary = format!("{} {} of {} in {seconds:.1} s", self.verb, self.done, self.total);
        if self.before > 0 {
            summary.push_str(&format!("; {} were {} before", self.before, self.verb));
        }
        if missing == 0 {
            output.tell(&format!("{summary}\n"));
            return Ok(());
        }
        let failures = ledger.failures_path();
        if failures.is_none() {
            for sentence in &self.sentences {
                printer::tell(&format!("error: {sentence}\n"));
            }
        }
        summary.push_str(&format!("; {} failed", self.failures));
        if missing > self.failures {
            summary.push_str(&format!("; {} were not begun", missing - self.failures));
        }
        if let Some(path) = failures {
            summary.push_str(&format!("; each failure is in {}", path.display()));
        } else if self.failures > self.sentences.len() {
            summary.push_str("; --out keeps each failure in a file");
        }
        if let Some(reason) = self.stopped {
            summary.push_str(&format!("\nStopped: {reason}"));
        }
        if ledger.is_kept() {
            summary.push_str("\nHint: The same command again does only what is missing.");
        }
        Err(Fault { code: PARTLY, text: summary }.into())
    }
}
