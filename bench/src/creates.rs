//! Creates a second, every one of them on the disk before its answer: against the same requests refused at their last check
//! before the store, and against appending to a file and syncing it, in paired rounds that take turns.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;

use crate::figure::{Figure, Goal, quantile};
use crate::load::{ROUND, ROUNDS, Target, saturate};
use crate::requests::IDENTITIES;

const CONNECTIONS: usize = 256;
/// The least that SQLite appends for a write: a page.
const APPENDED_BYTES: usize = 4096;
/// A scope that no version knows, in a body that is otherwise good.
const REFUSED: &str = r#"{"createTokenWithScopes":["none"]}"#;

/// The server under test.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Its connection string, over plain http
    #[arg(long)]
    server: String,
    /// A folder on the disk of its data
    #[arg(long)]
    folder: PathBuf,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Vec<Figure>> {
    let paths = vec![IDENTITIES.to_owned()];
    let create = Target::signed(&args.server, (paths.clone(), "{}"), 201)?;
    let refused = Target::signed(&args.server, (paths, REFUSED), 400)?;
    let (mut per_second, mut against_refused) = (Vec::new(), Vec::new());
    let (mut alone, mut against_append, mut appends) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let without = saturate(&refused, CONNECTIONS, ROUND)?.per_second();
        let with = saturate(&create, CONNECTIONS, ROUND)?.per_second();
        per_second.push(with);
        against_refused.push(with / without);
        let appended = appends_per_second(&args.folder)?;
        let one = saturate(&create, 1, ROUND)?.per_second();
        appends.push(appended);
        alone.push(one);
        against_append.push(one / appended);
    }
    let median = |values: &mut Vec<f64>| quantile(values, 0.5);
    Ok(vec![
        Figure::new("creates/s at 256 connections", median(&mut per_second), Goal::None),
        Figure::new(
            "creates/s ÷ the same refused before the store",
            median(&mut against_refused),
            Goal::AtLeast(0.85),
        ),
        Figure::new("creates/s at one connection", median(&mut alone), Goal::None),
        Figure::new("append + fdatasync a second, one after the other", median(&mut appends), Goal::None),
        Figure::new(
            "creates/s at one connection ÷ append + fdatasync",
            median(&mut against_append),
            Goal::AtLeast(0.7),
        ),
    ])
}

fn appends_per_second(folder: &Path) -> anyhow::Result<f64> {
    let path = folder.join("append");
    let mut file = File::create(&path).context("a file beside the database")?;
    let (started, mut made) = (Instant::now(), 0_u32);
    while started.elapsed() < ROUND / 2 {
        file.write_all(&[0x5a; APPENDED_BYTES])?;
        file.sync_data()?;
        made += 1;
    }
    let seconds = started.elapsed().as_secs_f64();
    std::fs::remove_file(path)?;
    Ok(f64::from(made) / seconds)
}
