//! `cargo xtask instructions`: counts the instructions of the hot paths under valgrind, and compares them with `bench/instructions.json`.
//!
//! Time is too noisy to guard by (`design/performance.md` §4). A count differs by some tenths of a percent from run to run, and hardly from
//! machine to machine: to a program under valgrind, every x86-64 processor with AVX2 is the same one. What is counted are the debug builds that
//! other steps make anyway, which take two to four times the instructions of a release. So a count says that a path grew, not how fast it is.

mod callgrind;
mod path;
mod server;
mod table;
mod verifier;

use anyhow::bail;
use clap::ValueEnum as _;

use crate::server_process::interrupt::Interrupt;
use crate::server_process::workspace_root;
use path::{HotPath, Program};
use table::{Comparison, Table, Verdict};

/// Where valgrind's counts are kept, in the root of the workspace.
const DUMPS: &str = "target/instructions";

/// Arguments of `cargo xtask instructions`.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// What is counted; every path, if none is named
    paths: Vec<HotPath>,
    /// Put the counts into the table
    #[arg(long)]
    write: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    run_unless(&Interrupt::listen()?, args)
}

/// The same as a part of another chore, which listens for interrupts already.
pub(crate) fn run_unless(interrupt: &Interrupt, args: &Args) -> anyhow::Result<()> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        eprintln!("not run: the table of instructions is for Linux on x86-64");
        return Ok(());
    }
    callgrind::require()?;
    let paths = if args.paths.is_empty() { HotPath::value_variants() } else { &args.paths };
    let file = workspace_root()?.join(table::FILE);
    let mut table = Table::read(&file)?;
    let mut compared = Vec::new();
    for (path, instructions) in count(interrupt, paths)? {
        let comparison = table.compare(path.name(), instructions);
        eprintln!("{comparison}");
        table.put(path.name(), instructions);
        compared.push(comparison);
    }
    if args.write {
        table.write(&file)?;
        eprintln!("{} is written; commit it with what changed the counts", table::FILE);
        return Ok(());
    }
    judge(&compared, &table)
}

fn count(interrupt: &Interrupt, paths: &[HotPath]) -> anyhow::Result<Vec<(HotPath, u64)>> {
    let dumps = workspace_root()?.join(DUMPS);
    if dumps.exists() {
        // What another run left would be taken for this one's.
        std::fs::remove_dir_all(&dumps)?;
    }
    std::fs::create_dir_all(&dumps)?;
    let server = server::Prepared::new()?;
    let mut counts = Vec::new();
    for path in paths {
        interrupt.check()?;
        let dump = dumps.join(path.name());
        match path.program() {
            Program::Server(operation) => server.run(*path, operation, &dump)?,
            Program::Verifier => verifier::run(interrupt, *path, &dump)?,
        }
        counts.push((*path, callgrind::per_operation(*path, &dump)?));
    }
    Ok(counts)
}

fn judge(compared: &[Comparison], table: &Table) -> anyhow::Result<()> {
    if compared.iter().any(|one| one.verdict() == Verdict::Fallen) {
        eprintln!("instructions: what takes fewer can be held to it with: cargo xtask instructions --write");
    }
    let is_fault = |one: &&Comparison| matches!(one.verdict(), Verdict::Risen | Verdict::Unknown);
    let Some(worst) = compared.iter().find(is_fault) else { return Ok(()) };
    let faults: Vec<String> = compared.iter().filter(is_fault).map(Comparison::sentence).collect();
    bail!(
        "{}; see where they go with: callgrind_annotate --inclusive=yes {DUMPS}/{}.4 - and if that is as it shall be, record it with: \
         cargo xtask instructions --write{}",
        faults.join("; "),
        worst.name(),
        table.other_tools()
    )
}
