//! `cargo xtask test`: everything the README promises, in one command, as one list of steps.

mod cargo_steps;
mod monitoring;
mod peers;

use std::time::{Duration, Instant};

use anyhow::bail;
use clap::ValueEnum;

use crate::server_process::interrupt::Interrupt;
use crate::{accel, crash, docs, instructions, portal};

/// Kills of the crash step: enough to find a writer that acknowledges before its commit is durable.
const CRASH_KILLS: u32 = 50;

/// The steps, in the order in which they run: what fails fast comes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Step {
    /// Formatting
    Fmt,
    /// Lints of all targets, warnings as errors
    Clippy,
    /// The library that signs eight at once, for the tests that compare it
    Accel,
    /// Unit and integration tests, the rules of the house among them
    Tests,
    /// Code in doc comments
    Doctests,
    /// Doc comments, warnings as errors
    Doc,
    /// Instructions of the hot paths, counted under valgrind
    Instructions,
    /// Metrics of the running server, alert rules and dashboard, judged by promtool
    Monitoring,
    /// Unmodified third-party clients in Python and JavaScript against the running server
    Peers,
    /// The portal in a real browser, page by page, with a check of accessibility
    Portal,
    /// Commands that README.md and docs/guide show
    Docs,
    /// Crash consistency: the server is killed under load and must lose nothing it acknowledged
    Crash,
}

/// Arguments of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run only this step (may be repeated)
    #[arg(long, value_name = "STEP")]
    only: Vec<Step>,
    /// Leave this step out (may be repeated)
    #[arg(long, value_name = "STEP")]
    skip: Vec<Step>,
    /// List the steps and run none
    #[arg(long)]
    list: bool,
    /// Use the release build of the server in the steps that start it
    #[arg(long)]
    release: bool,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    if args.list {
        for step in Step::value_variants() {
            println!("{:14}{}", step.name(), step.purpose());
        }
        return Ok(());
    }
    let steps = chosen(&args.only, &args.skip);
    if steps.is_empty() {
        bail!("no step is left to run; see `cargo xtask test --list`");
    }
    let interrupt = Interrupt::listen()?;
    let mut durations = Vec::new();
    let outcome = steps.iter().try_for_each(|step| {
        eprintln!("\n== {}: {}", step.name(), step.purpose());
        let started = Instant::now();
        let outcome = step.run(&interrupt, args.release);
        durations.push((*step, started.elapsed(), outcome.is_ok()));
        outcome.map_err(|fault| {
            let name = step.name();
            fault.context(format!("step {name} failed; rerun only it with: cargo xtask test --only {name}"))
        })
    });
    eprint!("\n{}", table(&steps, &durations));
    outcome
}

fn chosen(only: &[Step], skip: &[Step]) -> Vec<Step> {
    Step::value_variants()
        .iter()
        .copied()
        .filter(|step| (only.is_empty() || only.contains(step)) && !skip.contains(step))
        .collect()
}

/// One line per step: how long it took, that it failed, or that it was not reached.
fn table(steps: &[Step], durations: &[(Step, Duration, bool)]) -> String {
    steps
        .iter()
        .map(|step| match durations.iter().find(|(ran, ..)| ran == step) {
            Some((_, took, passed)) => {
                let verdict = if *passed { "ok" } else { "FAILED" };
                format!("{:14}{verdict:8}{:8.1} s\n", step.name(), took.as_secs_f64())
            }
            None => format!("{:14}not reached\n", step.name()),
        })
        .collect()
}

impl Step {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn purpose(self) -> String {
        let value = self.to_possible_value();
        value.and_then(|value| Some(value.get_help()?.to_string())).unwrap_or_default()
    }

    fn run(self, interrupt: &Interrupt, release: bool) -> anyhow::Result<()> {
        match self {
            Self::Fmt => cargo_steps::fmt(interrupt),
            Self::Clippy => cargo_steps::clippy(interrupt),
            Self::Accel => accel::provide().map(drop),
            Self::Tests => cargo_steps::tests(interrupt),
            Self::Doctests => cargo_steps::doctests(interrupt),
            Self::Doc => cargo_steps::doc(interrupt),
            Self::Instructions => instructions::run_unless(interrupt, &instructions::Args::default()),
            Self::Monitoring => monitoring::run(interrupt, release),
            Self::Peers => peers::run(interrupt, release),
            Self::Portal => portal::test(interrupt, release),
            Self::Docs => docs::run_unless(interrupt, &docs::Args { release, ..docs::Args::default() }),
            Self::Crash => {
                crash::run_unless(interrupt, &crash::Args { kills: CRASH_KILLS, seed: None, release })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_run_in_their_own_order_whatever_the_flags_say() {
        assert_eq!(chosen(&[], &[]), Step::value_variants());
        assert_eq!(chosen(&[Step::Crash, Step::Fmt], &[]), [Step::Fmt, Step::Crash]);
        assert_eq!(chosen(&[Step::Crash, Step::Fmt], &[Step::Fmt]), [Step::Crash]);
        assert!(chosen(&[Step::Fmt], &[Step::Fmt]).is_empty());
    }

    #[test]
    fn every_step_has_a_name_and_says_what_it_is_for() {
        for step in Step::value_variants() {
            assert!(!step.name().is_empty());
            assert!(!step.purpose().is_empty(), "{step:?}");
        }
    }

    #[test]
    fn the_table_tells_what_passed_failed_and_was_not_reached() {
        let durations =
            [(Step::Fmt, Duration::from_millis(1500), true), (Step::Clippy, Duration::from_secs(20), false)];
        assert_eq!(
            table(&[Step::Fmt, Step::Clippy, Step::Docs], &durations),
            "fmt           ok           1.5 s\nclippy        FAILED      20.0 s\ndocs          not reached\n"
        );
    }
}
