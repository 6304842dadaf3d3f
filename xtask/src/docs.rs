//! `cargo xtask docs`: runs what README.md and docs/guide show, so that a page that is wrong fails like a test.
//!
//! The info string of a fenced block says what happens to it:
//!
//! | info string | what happens |
//! | --- | --- |
//! | `console` | `$ ` lines (continued by `> ` lines) run in one shell per page while a server runs; the other lines are compared with what the command printed |
//! | `console no-server` | the same while no server runs |
//! | `toml` | must pass `callsign config check` |
//! | `python run`, `javascript run` | runs with the variables of `callsign env` set; must end well |
//! | `rust run` | is an example of the tree, word for word; it runs as scripts do |
//! | `text output` | is compared with what the block above it printed |
//! | `sh readme-commands` | is the README's two commands, word for word |
//! | `json`, `rust`, `text`, … | is only shown |
//!
//! In shown output `…` stands for the rest of a line, and a line that is only `…` for any number of lines. What
//! differs from run to run (ids, tokens, keys, times, ports, the data folder) is compared by its kind.
//! `callsign serve` in a `console` block is not run: its output is compared with what the page's server printed, which is started with
//! the `--dev-entra`, `--connector` and `--trusted-tokens` that the page shows.

mod comparison;
mod example;
pub(crate) mod page;
mod place;
mod placeholders;
mod session;
mod shell;

use std::path::Path;

use anyhow::{Context, bail};

use crate::server_process::{self, interrupt::Interrupt};
use session::Session;

/// Arguments of `cargo xtask docs`.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Build and run the release binary
    #[arg(long)]
    pub(crate) release: bool,
    /// Only these pages, as paths in the repository; all of them if none is named
    pub(crate) pages: Vec<String>,
}

/// Runs every page and fails when one is wrong.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    run_unless(&Interrupt::listen()?, args)
}

/// The same as a step of a longer chore, which listens for the interrupt itself.
pub(crate) fn run_unless(interrupt: &Interrupt, args: &Args) -> anyhow::Result<()> {
    let root = server_process::workspace_root()?;
    let pages = pages_of(&root, &args.pages)?;
    let binary = server_process::build(args.release)?;
    let mut failures = 0;
    for path in &pages {
        let text =
            std::fs::read_to_string(root.join(path)).with_context(|| format!("{path} cannot be read"))?;
        let report = Session::start(&root, &binary, interrupt)?.run(path, &text)?;
        println!("{report}");
        failures += report.failures.len();
    }
    if failures > 0 {
        bail!("docs: {failures} snippets are not what the pages say; mend the page or the program");
    }
    println!("docs: {} pages are right", pages.len());
    Ok(())
}

/// The pages whose snippets run, in the order of reading.
fn pages_of(root: &Path, wanted: &[String]) -> anyhow::Result<Vec<String>> {
    let mut pages = vec!["README.md".to_owned()];
    let guide = root.join("docs/guide");
    if guide.is_dir() {
        for entry in std::fs::read_dir(&guide).context("docs/guide cannot be read")? {
            pages.push(format!("docs/guide/{}", entry?.file_name().to_string_lossy()));
        }
    }
    pages.retain(|path| page::is_run(path) && root.join(path).is_file());
    pages.sort();
    if let Some(unknown) = wanted.iter().find(|path| !pages.contains(path)) {
        bail!("{unknown} is no page whose snippets run; there are {}", pages.join(", "));
    }
    if pages.is_empty() {
        bail!("there is no README.md and no page in docs/guide");
    }
    if !wanted.is_empty() {
        pages.retain(|path| wanted.contains(path));
    }
    Ok(pages)
}
