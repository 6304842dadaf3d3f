//! What a store of many identities costs: latency of tokens and memory, against a store of few, in paired rounds that take turns.

use std::cell::RefCell;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};

use crate::figure::{Figure, Goal, quantile};
use crate::load::{ROUND, ROUNDS, Target, saturate, times};
use crate::process;
use crate::requests::{IDENTITIES, SCOPES, tokens_path};

const CONNECTIONS: usize = 256;
/// Identities that tokens are asked for, spread over all that there are.
const ASKED: u64 = 20_000;

/// What is created where.
#[derive(clap::Args)]
pub(crate) struct Fill {
    /// The connection string of the server, over plain http
    #[arg(long)]
    server: String,
    /// How many
    #[arg(long)]
    identities: u64,
    /// The file that some of their ids are kept in, one a line
    #[arg(long)]
    ids: PathBuf,
}

/// Two filled servers, the one with few identities and the one with many.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[arg(long)]
    few: String,
    #[arg(long)]
    few_ids: PathBuf,
    #[arg(long)]
    many: String,
    #[arg(long)]
    many_ids: PathBuf,
    #[arg(long)]
    many_pid: u32,
}

pub(crate) fn fill(args: &Fill) -> anyhow::Result<Vec<Figure>> {
    let create = Target::signed(&args.server, (vec![IDENTITIES.to_owned()], "{}"), 201)?;
    let style = ProgressStyle::with_template("{msg} {human_pos} of {human_len} {wide_bar} {eta} left")?;
    let bar = ProgressBar::new(args.identities).with_style(style).with_message("identities");
    let ids = RefCell::new(std::io::BufWriter::new(std::fs::File::create(&args.ids)?));
    let every = args.identities.div_ceil(ASKED).max(1);
    let run = times(&create, (CONNECTIONS, args.identities), |number, answer| {
        if number % every == 0 {
            let id =
                answer.pointer("/identity/id").and_then(|id| id.as_str()).context("an identity has an id")?;
            writeln!(ids.borrow_mut(), "{id}")?;
            bar.set_position(number);
        }
        Ok(())
    })?;
    bar.finish_and_clear();
    ids.borrow_mut().flush()?;
    Ok(vec![Figure::new(format!("{} creates, a second", args.identities), run.per_second(), Goal::None)])
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Vec<Figure>> {
    let few = target(&args.few, &args.few_ids)?;
    let many = target(&args.many, &args.many_ids)?;
    let (mut ratios, mut of_few, mut of_many) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let [few, many] = [median(&few)?, median(&many)?];
        of_few.push(few);
        of_many.push(many);
        ratios.push(many / few);
    }
    let memory = process::private_mebibytes(args.many_pid)?;
    Ok(vec![
        Figure::new("p50 of a token among few identities, ms", quantile(&mut of_few, 0.5), Goal::None),
        Figure::new("p50 of a token among many identities, ms", quantile(&mut of_many, 0.5), Goal::None),
        Figure::new("many ÷ few", quantile(&mut ratios, 0.5), Goal::AtMost(1.2)),
        Figure::new("private memory with many identities, MB", memory * 1.048_576, Goal::AtMost(150.0)),
    ])
}

/// At one connection, in milliseconds.
fn median(target: &Target) -> anyhow::Result<f64> {
    Ok(quantile(&mut saturate(target, 1, ROUND)?.latencies, 0.5))
}

fn target(server: &str, ids: &Path) -> anyhow::Result<Target> {
    let ids = std::fs::read_to_string(ids)?;
    Target::signed(server, (ids.lines().map(tokens_path).collect(), SCOPES), 200)
}
