//! `cargo xtask crash`: kills the server with SIGKILL under load, again and again on one data directory, and checks
//! after each restart that nothing it acknowledged is lost.

mod books;
mod check;
mod load;
mod referee;
mod report;
mod round;

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use callsign_protocol::access_key::AccessKey;
use fastrand::Rng;
use tempfile::TempDir;

use crate::conversation::Signer;
use crate::server_process::interrupt::Interrupt;
use crate::server_process::{self, ServerProcess};
use books::{Books, ROUNDS_PER_REVOKED_KEY};
use referee::{Acknowledged, Referee, Slot};
use report::Report;
use round::Round;

/// How long a round's load lasts before the kill, in milliseconds.
const LOAD_MS: std::ops::RangeInclusive<u64> = 20..=200;
/// How many identities of earlier rounds are checked again after each kill.
const SAMPLE: usize = 100;

/// Arguments of `cargo xtask crash`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often the server is killed
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) kills: u32,
    /// Draw the same random choices as an earlier run
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Test the release build
    #[arg(long)]
    pub(crate) release: bool,
}

/// One run on one data directory.
struct Harness<'a> {
    binary: PathBuf,
    data_dir: TempDir,
    interrupt: &'a Interrupt,
    book: Mutex<Referee>,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    run_unless(&Interrupt::listen()?, &args)
}

/// The same as a part of another chore, which listens for interrupts already.
pub(crate) fn run_unless(interrupt: &Interrupt, args: &Args) -> anyhow::Result<()> {
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..));
    let harness = Harness {
        interrupt,
        binary: server_process::build(args.release)?,
        data_dir: tempfile::Builder::new().prefix("callsign-crash-").tempdir()?,
        book: Mutex::default(),
    };
    let mut report = Report::new(args.kills, seed);
    let mut books = Books::default();
    let outcome = harness.rounds(&mut Rng::with_seed(seed), &mut report, &mut books);
    let referee = harness.book.into_inner().unwrap_or_else(PoisonError::into_inner);
    report.finish(&referee, &books);
    let lost = referee.losses().len();
    if lost > 0 {
        eprintln!("the data directory is kept: {}", harness.data_dir.keep().display());
        bail!("{lost} acknowledged writes were lost; repeat with: cargo xtask crash --seed {seed}");
    }
    outcome.with_context(|| format!("the run with seed {seed} could not be finished"))?;
    report.proved_something(&referee)
}

impl Harness<'_> {
    fn rounds(&self, random: &mut Rng, report: &mut Report, books: &mut Books) -> anyhow::Result<()> {
        let place = (self.binary.as_path(), self.data_dir.path());
        let mut server = self.start()?;
        let access_key = self.access_key()?;
        books.check(place, (0, &Acknowledged::default()))?;
        for kill in 0..report.kills() {
            let pause = Duration::from_millis(random.u64(LOAD_MS));
            let round = self.round(kill, &server, &access_key)?;
            let revokes_key = random.u32(..ROUNDS_PER_REVOKED_KEY) == 0;
            let revoking = revokes_key.then(|| books.revoke_key(place.0, place.1)).transpose()?;
            round.load_until(random, || {
                let waited = self.interrupt.wait(pause);
                server.kill_now()?;
                waited
            })?;
            revoking.map_or(Ok(()), |revoking| books.settle(revoking))?;
            server = self.start()?;
            report.started(server.ready_after());
            let round = self.round(kill, &server, &access_key)?;
            round
                .check(&self.slots_to_check(random))
                .with_context(|| format!("after kill {}; the server said:\n{}", kill + 1, server.tail()))?;
            let acknowledged = round.referee().acknowledged();
            books
                .check(place, (kill + 1, &acknowledged))
                .with_context(|| format!("after kill {}", kill + 1))?;
            report.killed(&round.referee());
        }
        let status = server.stop()?;
        if !status.success() {
            bail!("the server ended with {status} after SIGTERM, not with exit code 0");
        }
        Ok(())
    }

    fn start(&self) -> anyhow::Result<ServerProcess> {
        ServerProcess::start(&self.binary, self.data_dir.path())
    }

    /// The key of the first resource, which has to hold over all kills.
    fn access_key(&self) -> anyhow::Result<AccessKey> {
        server_process::access_key(&self.binary, self.data_dir.path())
    }

    fn round(&self, kill: u32, server: &ServerProcess, access_key: &AccessKey) -> anyhow::Result<Round<'_>> {
        let authority = server.addresses().http_authority().context("the server has no plain listener")?;
        Ok(Round {
            custom_id_prefix: format!("crash-{kill}"),
            signer: Signer::new(authority, access_key),
            book: &self.book,
        })
    }

    /// What the round touched, and a sample of everything before it.
    fn slots_to_check(&self, random: &mut Rng) -> Vec<Slot> {
        let mut referee = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let mut slots = referee.take_touched();
        let known = referee.known();
        if known > 0 {
            slots.extend((0..SAMPLE).map(|_| random.usize(..known)));
        }
        slots.into_iter().collect()
    }
}
