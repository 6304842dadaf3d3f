//! The portal in a real browser: the suites of `tests/portal`, and the pictures of the guide.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::environment;
use crate::server_process::interrupt::Interrupt;
use crate::server_process::{self, workspace_root};

/// Names another Chromium than that of Debian's package.
const CHROMIUM_VARIABLE: &str = "CHROMIUM";
const CHROMIUM: &str = "/usr/bin/chromium";

/// Arguments of `cargo xtask portal-screenshots`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Use the release build of the server
    #[arg(long)]
    release: bool,
}

/// Drives every page of the portal. Each suite starts a server of its own.
pub(crate) fn test(interrupt: &Interrupt, release: bool) -> anyhow::Result<()> {
    let folder = prepare(interrupt)?;
    let mut suites: Vec<PathBuf> = environment::modules(&folder)?;
    suites.retain(|module| is_suite(module));
    if suites.is_empty() {
        bail!("tests/portal holds no `*.test.mjs`");
    }
    let mut node = node(&folder, release)?;
    node.arg("--test").args(suites);
    if !interrupt.run(&mut node)?.success() {
        bail!("the portal does not do in Chromium what its tests say; their words are above");
    }
    Ok(())
}

/// Takes a picture of every page into `docs/guide/portal`.
pub(crate) fn screenshots(args: &Args) -> anyhow::Result<()> {
    let interrupt = Interrupt::listen()?;
    let folder = prepare(&interrupt)?;
    let pictures = workspace_root()?.join("docs").join("guide").join("portal");
    std::fs::create_dir_all(&pictures)?;
    let mut node = node(&folder, args.release)?;
    node.arg("screenshots.mjs").arg(pictures);
    if !interrupt.run(&mut node)?.success() {
        bail!("the pictures could not be taken; the words are above");
    }
    Ok(())
}

/// The folder with the suites and what they need.
fn prepare(interrupt: &Interrupt) -> anyhow::Result<PathBuf> {
    if std::env::var_os(CHROMIUM_VARIABLE).is_none() && !Path::new(CHROMIUM).exists() {
        bail!(
            "there is no {CHROMIUM}; install Debian's package chromium, or name another one in {CHROMIUM_VARIABLE}"
        );
    }
    let root = workspace_root()?;
    let folder = root.join("target").join("portal");
    environment::javascript(interrupt, &root.join("tests").join("portal"), &folder)?;
    Ok(folder)
}

fn node(folder: &Path, release: bool) -> anyhow::Result<Command> {
    let binary = server_process::build(release)?;
    let binary = binary.canonicalize().context("the binary that cargo built is not there")?;
    let mut node = Command::new("node");
    node.current_dir(folder).env_remove("NODE_OPTIONS").env("CALLSIGN_BINARY", binary);
    Ok(node)
}

fn is_suite(module: &Path) -> bool {
    module.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".test.mjs"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_are_told_from_what_they_import() {
        assert!(is_suite(Path::new("tokens.test.mjs")));
        for name in ["browser.mjs", "test.mjs", "screenshots.mjs"] {
            assert!(!is_suite(Path::new(name)), "{name}");
        }
    }
}
