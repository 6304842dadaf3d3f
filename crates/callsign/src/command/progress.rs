//! How far something is, on a terminal and only when it takes long.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is over sooner needs no bar.
const QUIET: Duration = Duration::from_secs(1);

/// A bar that shows itself when it has been worth it for a while.
pub(super) struct Progress {
    bar: ProgressBar,
    since: Instant,
    is_wanted: bool,
}

impl Progress {
    /// Of so many, where that is known.
    pub(super) fn new(total: Option<u64>, is_wanted: bool) -> Self {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        let template = if total.is_some() { "{bar:30} {pos} of {len}, {eta} left" } else { "{pos}" };
        let bar = match ProgressStyle::with_template(template) {
            Ok(style) => bar.with_style(style),
            // The texts above are templates; without one the bar has its own.
            Err(_) => bar,
        };
        Self { bar, since: Instant::now(), is_wanted }
    }

    pub(super) fn advance(&mut self, count: usize) {
        if self.is_wanted && self.since.elapsed() >= QUIET {
            // Where stderr is no terminal nothing is drawn.
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.is_wanted = false;
        }
        self.bar.inc(count as u64);
    }

    /// Takes the bar away and answers how long it all took.
    pub(super) fn end(self) -> Duration {
        self.bar.finish_and_clear();
        self.since.elapsed()
    }
}
