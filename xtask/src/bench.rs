//! `cargo xtask bench`: builds release, starts servers of its own, measures, prints figures with their goals and keeps them as JSON.

mod figure;
mod identities;
mod peers;
mod servers;
mod start;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use clap::ValueEnum;
use serde_json::{Value, json};

use self::figure::Figure;
use self::identities::Binaries;
use crate::server_process::{self, ServerProcess};

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Measure {
    /// From the answer to a revoke to its rejection by 200 connected verifiers
    Revocation,
    /// The offline check of a token against the bare signature
    Verifier,
    /// Size and loading of a snapshot of a million revocations
    Snapshot,
    /// Tokens a second over the whole path, with and without the vectorised engine, against bare signatures
    Tokens,
    /// Durable creates a second
    Creates,
    /// From the start of the process to the first token
    Start,
}

/// Arguments of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What is measured; everything, if nothing is named
    measures: Vec<Measure>,
    /// Fill a store with so many identities, and measure tokens, memory and starts with it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    identities: Option<u64>,
    /// With tokens, install other token services from their registries and drive them beside ours
    #[arg(long)]
    peers: bool,
    /// Keep the figures in this file (JSON)
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let alone = args.identities.is_some() && args.measures.is_empty();
    let chosen = if args.measures.is_empty() { Measure::value_variants() } else { &args.measures };
    let callsign = server_process::build(true)?;
    let bench = server_process::build_binary("callsign-bench", true)?;
    let binaries = Binaries { callsign: &callsign, bench: &bench };
    let mut taken = serde_json::Map::new();
    let mut missed = 0;
    let mut keep = |name: String, figures: Vec<Figure>| -> anyhow::Result<()> {
        eprintln!("\n== {name}");
        figures.iter().for_each(|figure| eprintln!("{}", figure.line()));
        missed += figures.iter().filter(|figure| !figure.is_met()).count();
        taken.insert(name, serde_json::to_value(figures)?);
        Ok(())
    };
    for measure in chosen.iter().filter(|_| !alone) {
        keep(measure.name(), measure.take(&binaries, args.peers)?)?;
    }
    if let Some(many) = args.identities {
        keep(format!("{many} identities"), identities::run(&binaries, many)?)?;
    }
    let record = serde_json::to_string_pretty(&json!({"machine": machine(), "figures": taken}))? + "\n";
    match &args.out {
        Some(file) => std::fs::write(file, record)?,
        None => print!("{record}"),
    }
    match missed {
        0 => Ok(()),
        missed => bail!("{missed} goals were not met; the tables above say which"),
    }
}

impl Measure {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn take(self, binaries: &Binaries<'_>, peers: bool) -> anyhow::Result<Vec<Figure>> {
        let callsign = binaries.callsign;
        let mut measure = Command::new(binaries.bench);
        measure.arg(self.name());
        match self {
            Self::Start => start::on_empty_folders(callsign),
            Self::Snapshot => measured(&mut measure),
            Self::Revocation | Self::Verifier => over_tls(callsign, measure),
            Self::Tokens if peers => peers::beside_tokens(callsign, measure),
            Self::Tokens => {
                // Kept until the measure is over, here and below.
                let _servers = servers::of_tokens(callsign, &mut measure)?;
                measured(&mut measure)
            }
            Self::Creates => {
                let _servers = servers::of_creates(callsign, &mut measure)?;
                measured(&mut measure)
            }
        }
    }
}

/// Against a server as it is after its first start, over TLS.
fn over_tls(callsign: &Path, mut measure: Command) -> anyhow::Result<Vec<Figure>> {
    let data_dir = tempfile::Builder::new().prefix("callsign-bench-").tempdir()?;
    let server = ServerProcess::start(callsign, data_dir.path())?;
    measure.envs(server_process::environment(callsign, data_dir.path())?);
    let figures =
        measured(&mut measure).with_context(|| format!("the server said last:\n{}", server.tail()))?;
    server.stop()?;
    Ok(figures)
}

/// Runs a measure.
fn measured(measure: &mut Command) -> anyhow::Result<Vec<Figure>> {
    let output = measure.stderr(Stdio::inherit()).output().context("callsign-bench could not be started")?;
    if !output.status.success() {
        bail!("callsign-bench {} failed", measure.get_args().next().unwrap_or_default().display());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// What figures depend on.
fn machine() -> Value {
    let about = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = about.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let vectors = about.lines().find(|line| line.starts_with("flags"));
    let vectors = vectors.is_some_and(|flags| flags.contains("avx512ifma"));
    json!({"cpu": model.map(|(_, name)| name.trim()), "cores": cores, "avx512ifma": vectors})
}
