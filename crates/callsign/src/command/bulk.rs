//! Does the same for many: so many requests at once, each result kept as soon as it is there, and an end that says what is
//! missing.

mod ledger;
mod tally;

use std::cell::Cell;
use std::fmt;

use futures_util::future::{Either, select};
use futures_util::stream::{self, StreamExt as _};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

use super::connection::Chosen;
use super::refusal;
use crate::args::Output;
use crate::args::bulk::Bulk;
pub(super) use ledger::{Ledger, id_of};
use tally::Tally;

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
        match select(results.next(), &mut interrupt).await {
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

/// Ends at Ctrl-C, the first time; a system that tells of none is waited for without end.
async fn interrupted() {
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
