//! Does the same for many: so many requests at once, each result kept as soon as it is there, and an end that says what is
//! missing.

mod ledger;
mod tally;

use std::cell::Cell;
use std::fmt;

use futures_util::future::{Either, FutureExt as _, select};
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
    /// Ids of identities, or numbers of those that are to be created.
    pub(super) items: Vec<String>,
    pub(super) bulk: &'a Bulk,
    pub(super) output: &'a Output,
    pub(super) chosen: &'a Chosen,
}

/// What came of one.
pub(super) struct Outcome {
    /// What is kept of it: the line in the file.
    pub(super) line: String,
    /// What is printed of it where there is no file; nothing for what `az` prints nothing for.
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
    let total = plan.items.len();
    let todo = ledger.missing(plan.items);
    let mut tally = Tally::new(plan.done, total, total - todo.len());
    let bar = progress(todo.len(), plan.output);
    let stopped = Cell::new(false);
    let (work, stopped) = (&work, &stopped);
    let results = stream::iter(todo.into_iter().enumerate())
        .take_while(|_| std::future::ready(!stopped.get()))
        .map(|(index, item)| async move { (index, item.clone(), work(item).await) })
        .buffer_unordered(usize::from(plan.bulk.concurrency));
    let mut results = std::pin::pin!(results);
    let mut interrupt = std::pin::pin!(interrupted().fuse());
    let mut found = Vec::new();
    loop {
        match select(results.next(), &mut interrupt).await {
            Either::Left((None, _)) => break,
            Either::Left((Some((index, _, Ok(outcome))), _)) => {
                ledger.keep(&outcome.line)?;
                found.extend(outcome.printed.map(|value| (index, value)));
                tally.done();
            }
            Either::Left((Some((_, item, Err(error))), _)) => {
                let fault = refusal::of(&error, plan.chosen);
                if refusal::concerns_all(&error) {
                    stopped.set(true);
                    tally.stop(fault.text.clone());
                }
                ledger.keep_failure(&item, &fault.text)?;
                tally.failed(item, &fault.text);
            }
            Either::Right(_) => {
                stopped.set(true);
                tally.stop("it was interrupted".to_owned());
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    ledger.close()?;
    if !ledger.is_kept() {
        found.sort_by_key(|(index, _)| *index);
        let values: Vec<Value> = found.into_iter().map(|(_, value)| value).collect();
        if !values.is_empty() {
            plan.output.print(&Value::Array(values))?;
        }
    }
    tally.end(&ledger, plan.output)
}

/// Ends at Ctrl-C, the first time; a system that tells of none is waited for without end.
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// A bar on a terminal, and nothing elsewhere.
fn progress(total: usize, output: &Output) -> ProgressBar {
    let target = if output.only_show_errors {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr()
    };
    let bar = ProgressBar::with_draw_target(Some(total as u64), target);
    match ProgressStyle::with_template("{bar:30} {pos} of {len}, {per_sec}, {eta} left") {
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
