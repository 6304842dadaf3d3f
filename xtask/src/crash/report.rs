//! What a person sees of a run: a bar while it goes on, and its figures at the end.

use std::io::IsTerminal;
use std::time::Duration;

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};

use super::books::Books;
use super::referee::Referee;

/// Without a terminal there is a line for each so many kills.
const KILLS_PER_LINE: u64 = 10;
/// What the design asks of a start after a kill.
const READY_TARGET: Duration = Duration::from_secs(1);
/// Losses that are told one by one.
const LOSSES_SHOWN: usize = 20;

pub(crate) struct Report {
    kills: u32,
    seed: u64,
    /// From start to banner, after each kill.
    starts: Vec<Duration>,
    bar: ProgressBar,
}

impl Report {
    pub(crate) fn new(kills: u32, seed: u64) -> Self {
        let bar = ProgressBar::new(kills.into());
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} kills, {msg} ({eta} left)") {
            bar.set_style(style);
        }
        eprintln!("crash: {kills} kills, seed {seed}");
        Self { kills, seed, starts: Vec::new(), bar }
    }

    pub(crate) fn kills(&self) -> u32 {
        self.kills
    }

    pub(crate) fn started(&mut self, ready_after: Duration) {
        self.starts.push(ready_after);
    }

    /// One more kill was survived, or not.
    pub(crate) fn killed(&self, referee: &Referee) {
        let standing = format!("{} lost", referee.losses().len());
        self.bar.set_message(standing.clone());
        self.bar.inc(1);
        let done = self.bar.position();
        if !std::io::stderr().is_terminal() && done.is_multiple_of(KILLS_PER_LINE) {
            eprintln!("crash: {done} of {} kills, {standing}", self.kills);
        }
    }

    pub(crate) fn finish(&self, referee: &Referee, books: &Books) {
        self.bar.finish_and_clear();
        for loss in referee.losses().iter().take(LOSSES_SHOWN) {
            eprintln!("lost: {loss}");
        }
        println!("{}", self.summary(referee));
        println!(
            "crash: the audit chain held after each kill, {} records at last; {} signing keys were revoked and stayed so",
            books.records(),
            books.revoked_keys(),
        );
    }

    fn summary(&self, referee: &Referee) -> String {
        let acknowledged = referee.acknowledged();
        let mut starts = self.starts.clone();
        starts.sort_unstable();
        let slowest = starts.last().copied().unwrap_or_default();
        let median = starts.get(starts.len() / 2).copied().unwrap_or_default();
        let late = if slowest > READY_TARGET { " (slower than the 1 s that is aimed at)" } else { "" };
        format!(
            "crash: {} kills; acknowledged {} creates, {} tokens, {} revocations, {} deletes; {} in doubt; {} lost; \
             ready in {} ms at most{late}, {} ms median; seed {}",
            self.starts.len(),
            acknowledged.creations,
            acknowledged.tokens,
            acknowledged.revocations,
            acknowledged.deletions,
            acknowledged.in_doubt,
            referee.losses().len(),
            slowest.as_millis(),
            median.as_millis(),
            self.seed,
        )
    }

    /// A run in which the server did nothing has shown nothing.
    pub(crate) fn proved_something(&self, referee: &Referee) -> anyhow::Result<()> {
        let acknowledged = referee.acknowledged();
        let writes = acknowledged.creations.min(acknowledged.revocations).min(acknowledged.deletions);
        if writes < self.kills.into() {
            bail!(
                "the server acknowledged fewer than one create, one revocation and one delete for each kill, \
                 so the run shows little; run it on a less busy machine, or with --release"
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_has_the_figures_of_the_run() {
        let mut referee = Referee::default();
        referee.created("a".to_owned(), None);
        referee.revoked(0);
        referee.deleted(0);
        let mut report = Report::new(3, 42);
        for ms in [900, 100, 300] {
            report.started(Duration::from_millis(ms));
        }
        assert_eq!(
            report.summary(&referee),
            "crash: 3 kills; acknowledged 1 creates, 0 tokens, 1 revocations, 1 deletes; 0 in doubt; 0 lost; \
             ready in 900 ms at most, 300 ms median; seed 42"
        );
    }

    #[test]
    fn a_run_without_writes_is_no_success() {
        assert!(Report::new(1, 0).proved_something(&Referee::default()).is_err());
    }
}
