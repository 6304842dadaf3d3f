//! Does the same for many: so many requests at once, each result kept as soon as it is there, and an end that says what is
//! missing.

mod ledger;
mod tally;

use std::cell::Cell;
use std::fmt;
use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::stream::{self, StreamExt as _};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;
use tokio::time::timeout;

use super::connection::Chosen;
use super::refusal;
use crate::args::Output;
use crate::args::bulk::Bulk;
pub(super) use ledger::{Ledger, id_of};
use tally::Tally;

/// How long nothing may come before that is said.
const SILENT_SECONDS_MAX: u64 = 10;
const SILENCE: &str = "Nothing has come for 10 seconds. What is under way is tried again for about a minute; Ctrl-C begins no more.\n";

/// What is done, and for whom.
pub(super) struct Plan<'a> {
    /// What has been done to each when it is done: `created`, `deleted`.
    pub(super) done: &'static str,
    pub(super) whose: Whose,
    /// Whether results are printed where no file keeps them: for what `az` prints nothing for they are not.
    pub(super) is_printed: bool,
    pub(super) bulk: &'a Bulk,
    pub(super) output: &'a Output,
    pub(super) chosen: &'a Chosen,
}

/// Whose turn it is.
pub(super) enum Whose {
    /// Identities with these ids, each once.
    Named(Vec<String>),
    /// So many that have no id yet; each has a number instead.
    New(u32),
}

/// What came of one.
pub(super) struct Outcome {
    /// What is kept of it: the line in the file.
    pub(super) line: String,
    /// What is printed of it, if it is printed.
    pub(super) printed: Option<Value>,
}

/// Works through the plan and prints or keeps what came of it. Ctrl-C lets what is under way come to its end.
///
/// # Errors
/// With the exit code for some that failed, after all have had their turn.
pub(super) async fn run<W, F>(plan: Plan<'_>, work: W) -> anyhow::Result<()>
where
    W: Fn(String) -> F,
    F: Future<Output = azure_core::Result<Outcome>>,
{
    let mut ledger = Ledger::open(plan.bulk.out.as_deref())?;
    plan.output.tell_notes(&ledger.notes);
    let todo = ledger.missing(&plan.whose);
    let mut tally = Tally::new(plan.done, plan.whose.count(), todo.len());
    let bar = progress(todo.len(), plan.output);
    let stopped = Cell::new(false);
    let (work, stopped) = (&work, &stopped);
    let results = stream::iter(todo.into_iter().enumerate())
        .take_while(|_| std::future::ready(!stopped.get()))
        .map(|(index, item)| async move { (index, item.clone(), work(item).await) })
        .buffer_unordered(usize::from(plan.bulk.concurrency));
    let mut results = std::pin::pin!(results);
    let mut interrupt = Box::pin(interrupted());
    let mut found = Vec::new();
    loop {
        let silence = || bar.suspend(|| plan.output.tell(SILENCE));
        match patiently(select(results.next(), &mut interrupt), silence).await {
            Either::Left((None, _)) => break,
            Either::Left((Some((index, _, Ok(outcome))), _)) => {
                bar.inc(1);
                ledger.keep(&outcome.line)?;
                found.extend(outcome.printed.map(|value| (index, value)));
                tally.done();
            }
            Either::Left((Some((_, item, Err(error))), _)) => {
                bar.inc(1);
                let fault = refusal::of(&error, plan.chosen);
                if refusal::concerns_all(&error) {
                    stopped.set(true);
                    tally.stop(fault.text.clone());
                }
                ledger.keep_failure(&item, &fault.text)?;
                tally.failed(&item, &fault.text);
            }
            Either::Right(_) if stopped.replace(true) => break,
            Either::Right(_) => {
                tally.stop("it was interrupted".to_owned());
                bar.suspend(|| {
                    plan.output.tell("What is under way is waited for; Ctrl-C again gives it up.\n");
                });
                interrupt = Box::pin(interrupted());
            }
        }
    }
    bar.finish_and_clear();
    ledger.close()?;
    if plan.is_printed && !ledger.is_kept() {
        found.sort_by_key(|(index, _)| *index);
        let values: Vec<Value> = found.into_iter().map(|(_, value)| value).collect();
        plan.output.print(&Value::Array(values))?;
    }
    tally.end(&ledger, plan.output)
}

impl Whose {
    const fn count(&self) -> usize {
        match self {
            Self::Named(ids) => ids.len(),
            Self::New(count) => *count as usize,
        }
    }
}

/// Waits, and says so when it takes long.
async fn patiently<F: Future>(awaited: F, say: impl FnOnce()) -> F::Output {
    let mut awaited = std::pin::pin!(awaited);
    if let Ok(outcome) = timeout(Duration::from_secs(SILENT_SECONDS_MAX), &mut awaited).await {
        return outcome;
    }
    say();
    awaited.await
}

/// Ends at Ctrl-C, the first time; a system that tells of none is waited for without end.
pub(super) async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// A bar on a terminal, and nothing elsewhere.
fn progress(total: usize, output: &Output) -> ProgressBar {
    let target =
        if output.only_show_errors { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(Some(total as u64), target);
    match ProgressStyle::with_template("{bar:30} {pos} of {len}, {eta} left") {
        Ok(style) => bar.with_style(style),
        // The text above is a template; without it the bar has its own.
        Err(_) => bar,
    }
}

impl fmt::Debug for Plan<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Plan").field("done", &self.done).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_silence_is_told_once_and_waited_out() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(async {
            for (seconds, expected) in [(SILENT_SECONDS_MAX - 1, 0), (SILENT_SECONDS_MAX * 5, 1)] {
                let told = Cell::new(0);
                let awaited = timeout(Duration::from_secs(seconds), std::future::pending::<()>());
                assert!(patiently(awaited, || told.set(told.get() + 1)).await.is_err());
                assert_eq!(told.get(), expected, "{seconds}");
            }
        });
    }
}
