//! Differential check of tokens: the same mutated tokens go to our verifier, to `jsonwebtoken`, to `PyJWT` and to `jose`. What ours
//! accepts, another must accept too (`design/reliability.md` row 11): a token that ours alone believes is a hole.

mod desk;
mod judge;
mod mutation;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};

use self::desk::Desk;
use self::judge::{Judge, Verdicts};
use crate::environment;
use crate::server_process;
use crate::server_process::interrupt::Interrupt;

/// Tokens that go to the judges together.
const BATCH: usize = 10_000;

/// Tokens that are shown when ours alone believes them.
const SHOWN_MAX: usize = 5;

/// Arguments of `cargo xtask differential`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many tokens
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    tokens: usize,
    /// Repeat a run
    #[arg(long)]
    seed: Option<u64>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let interrupt = Interrupt::listen()?;
    let root = server_process::workspace_root()?;
    let (tests, target) = (root.join("tests/peers"), root.join("target/peers"));
    let python = environment::python(&interrupt, &tests.join("python"), &target.join("python"))?;
    environment::javascript(&interrupt, &tests.join("javascript"), &target.join("javascript"))?;
    let judges = Peers { python, scripts: tests.join("python"), javascript: target.join("javascript") };
    check(args.tokens, args.seed.unwrap_or_else(|| fastrand::u64(..)), &judges)
}

/// Where the judges of other languages are.
pub(crate) struct Peers {
    /// The Python that has `PyJWT`.
    pub(crate) python: PathBuf,
    /// The folder of its script.
    pub(crate) scripts: PathBuf,
    /// The folder that has `jose` and its script.
    pub(crate) javascript: PathBuf,
}

/// Judges so many tokens.
pub(crate) fn check(tokens: usize, seed: u64, peers: &Peers) -> anyhow::Result<()> {
    eprintln!("differential: {tokens} mutated tokens, seed {seed}");
    let mut desk = Desk::new(seed)?;
    let mut judges = [
        Judge::jsonwebtoken(&desk)?,
        Judge::python(&desk, &peers.python, &peers.scripts)?,
        Judge::javascript(&desk, &peers.javascript)?,
    ];
    let progress = ProgressBar::new(tokens as u64)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} tokens, {eta} left")?);
    let mut outcome = Outcome::default();
    while outcome.tokens < tokens {
        let batch = desk.tokens(BATCH.min(tokens - outcome.tokens))?;
        let ours: Verdicts = batch.iter().map(|token| desk.accepts(token)).collect();
        let others =
            judges.iter_mut().map(|judge| judge.verdicts(&batch)).collect::<anyhow::Result<Vec<_>>>()?;
        outcome.add(&batch, &ours, &others);
        progress.inc(batch.len() as u64);
    }
    progress.finish_and_clear();
    outcome.report(&judges)
}

#[derive(Default)]
struct Outcome {
    tokens: usize,
    ours: usize,
    others: [usize; 3],
    refused_by_ours_alone: usize,
    refused_by_another: usize,
    believed_alone: usize,
    shown: Vec<String>,
}

impl Outcome {
    fn add(&mut self, batch: &[String], ours: &Verdicts, others: &[Verdicts]) {
        for (number, token) in batch.iter().enumerate() {
            let of = |verdicts: &Verdicts| verdicts.get(number).copied().unwrap_or(false);
            let ours = of(ours);
            let accepted = others.iter().map(of).collect::<Vec<_>>();
            self.tokens += 1;
            self.ours += usize::from(ours);
            for (count, accepted) in self.others.iter_mut().zip(&accepted) {
                *count += usize::from(*accepted);
            }
            self.refused_by_ours_alone += usize::from(!ours && accepted.iter().all(|accepted| *accepted));
            self.refused_by_another += usize::from(ours && accepted.contains(&false));
            if ours && !accepted.contains(&true) {
                self.believed_alone += 1;
                if self.shown.len() < SHOWN_MAX {
                    self.shown.push(token.clone());
                }
            }
        }
    }

    fn report(&self, judges: &[Judge]) -> anyhow::Result<()> {
        let names: Vec<_> = judges.iter().map(Judge::name).collect();
        println!("{} tokens; accepted: ours {}", self.tokens, self.ours);
        for (name, count) in names.iter().zip(self.others) {
            println!("  {name} {count}");
        }
        println!("refused by ours alone: {}", self.refused_by_ours_alone);
        println!("accepted by ours and refused by some other: {}", self.refused_by_another);
        println!("accepted by ours alone: {}", self.believed_alone);
        if self.ours == 0 || self.ours == self.tokens {
            bail!("a run in which ours accepts all or nothing shows nothing");
        }
        if self.believed_alone > 0 {
            bail!("ours accepts what every other refuses:\n{}", self.shown.join("\n"));
        }
        Ok(())
    }
}
