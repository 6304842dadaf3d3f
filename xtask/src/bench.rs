//! `cargo xtask bench`: builds release, starts a server of its own, measures, prints figures with their goals and keeps them as JSON.

mod tokens;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use clap::ValueEnum;
use serde_json::{Value, json};

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
}

/// Arguments of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What is measured; everything, if nothing is named
    measures: Vec<Measure>,
    /// Keep the figures in this file (JSON)
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let chosen = if args.measures.is_empty() { Measure::value_variants() } else { &args.measures };
    let callsign = server_process::build(true)?;
    let bench = build()?;
    let data_dir = tempfile::Builder::new().prefix("callsign-bench-").tempdir()?;
    let server = ServerProcess::start(&callsign, data_dir.path())?;
    let exports = server_process::environment(&callsign, data_dir.path())?;
    let mut figures = serde_json::Map::new();
    for measure in chosen {
        let name = measure.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        eprintln!("\n== {name}");
        let mut command = Command::new(&bench);
        command.arg(&name).envs(exports.iter().map(|(name, value)| (name, value)));
        // Kept until the measure is over.
        let servers =
            if *measure == Measure::Tokens { tokens::servers(&callsign, &mut command)? } else { Vec::new() };
        let output =
            command.stderr(Stdio::inherit()).output().context("callsign-bench could not be started")?;
        if !output.status.success() {
            bail!("the measure {name} failed; the server said last:\n{}", server.tail());
        }
        drop(servers);
        figures.insert(name, serde_json::from_slice(&output.stdout)?);
    }
    if let Some(file) = &args.out {
        let record = json!({"machine": machine(), "figures": figures});
        std::fs::write(file, serde_json::to_string_pretty(&record)? + "\n")?;
    }
    server.stop()?;
    let missed = figures.values().filter_map(Value::as_array).flatten();
    let missed: Vec<_> = missed.filter(|figure| figure.get("met") == Some(&Value::Bool(false))).collect();
    match missed.len() {
        0 => Ok(()),
        missed => bail!("{missed} goals were not met; the table above says which"),
    }
}

/// What figures depend on.
fn machine() -> Value {
    let about = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = about.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    json!({"cpu": model.map(|(_, name)| name.trim()), "cores": cores})
}

fn build() -> anyhow::Result<PathBuf> {
    server_process::build_binary("callsign-bench", true)
}
