//! `cargo xtask api`: the public API of the crates that others build on, as lists in the tree, so that it changes on
//! purpose only. The lists are read off the sources: types stand in them as they are written there.

mod attributes;
mod implementations;
mod items;
mod listing;
mod names;
mod reach;
#[cfg(test)]
mod samples;
mod sources;
mod text;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use sources::Sources;

/// A crate whose public API is a promise, and its folder below `crates`.
struct Promise {
    package: &'static str,
    folder: &'static str,
}

const PROMISES: [Promise; 3] = [
    Promise { package: "callsign-client", folder: "client" },
    Promise { package: "callsign-protocol", folder: "protocol" },
    Promise { package: "callsign-verifier", folder: "verifier" },
];

/// Arguments of `cargo xtask api`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write the lists in docs/reference/api instead of comparing with them
    #[arg(long)]
    write: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let root = crate::server_process::workspace_root()?;
    for promise in &PROMISES {
        let lines = promise.lines(&root)?;
        if args.write {
            promise.write(&root, &lines)?;
        }
        promise.compare(&root, &lines)?;
        println!("api: {} lines of {}, as in {}", lines.len(), promise.package, promise.list());
    }
    Ok(())
}

impl Promise {
    /// The list, as a path in the repository.
    fn list(&self) -> String {
        format!("docs/reference/api/{}.txt", self.package)
    }

    /// The API as it is.
    fn lines(&self, root: &Path) -> anyhow::Result<Vec<String>> {
        let sources = sources_in(&root.join("crates").join(self.folder).join("src"))?;
        listing::of(&self.package.replace('-', "_"), &sources)
            .with_context(|| format!("the API of {} cannot be read", self.package))
    }

    fn write(&self, root: &Path, lines: &[String]) -> anyhow::Result<()> {
        let path = root.join(self.list());
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        fs::write(&path, text).with_context(|| format!("{} cannot be written", self.list()))
    }

    /// Fails when the list says something else than the sources.
    fn compare(&self, root: &Path, lines: &[String]) -> anyhow::Result<()> {
        let listed = fs::read_to_string(root.join(self.list())).unwrap_or_default();
        let listed: Vec<&str> = listed.lines().collect();
        if listed == lines {
            return Ok(());
        }
        bail!(
            "the public API of {} is not what {} lists; if that is meant, run `cargo xtask api --write` and commit:\n{}",
            self.package,
            self.list(),
            differences(&listed, lines)
        )
    }
}

/// What only one of the two has, in the order of the lists.
fn differences(listed: &[&str], lines: &[String]) -> String {
    let before: BTreeSet<&str> = listed.iter().copied().collect();
    let now: BTreeSet<&str> = lines.iter().map(String::as_str).collect();
    before
        .symmetric_difference(&now)
        .map(|line| format!("{} {line}\n", if now.contains(line) { '+' } else { '-' }))
        .collect()
}

/// Every Rust file below a folder, by its path in there.
fn sources_in(folder: &Path) -> anyhow::Result<Sources> {
    let mut sources = Sources::new();
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).with_context(|| format!("{} cannot be read", next.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let inside = path.strip_prefix(folder)?.to_string_lossy().replace('\\', "/");
                sources.insert(inside, fs::read_to_string(&path)?);
            }
        }
    }
    Ok(sources)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_api_is_the_one_that_is_listed() {
        let root = crate::server_process::workspace_root().unwrap();
        for promise in &PROMISES {
            let lines = promise.lines(&root).unwrap();
            assert!(lines.len() > 50, "{} has {} lines only", promise.package, lines.len());
            if let Err(fault) = promise.compare(&root, &lines) {
                panic!("{fault}");
            }
        }
    }

    #[test]
    fn a_stale_list_tells_what_changed_and_what_to_do() {
        let root = tempfile::tempdir().unwrap();
        let [promise, ..] = &PROMISES;
        let lines = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        promise.write(root.path(), &lines(&["a: fn a()", "b: fn b()"])).unwrap();
        promise.compare(root.path(), &lines(&["a: fn a()", "b: fn b()"])).unwrap();
        let fault = promise.compare(root.path(), &lines(&["a: fn a()", "b: fn b(c: u8)"])).unwrap_err();
        let fault = fault.to_string();
        assert!(fault.contains("run `cargo xtask api --write` and commit"), "{fault}");
        assert!(fault.ends_with("- b: fn b()\n+ b: fn b(c: u8)\n"), "{fault}");
    }

    #[test]
    fn a_missing_list_is_stale() {
        let root = tempfile::tempdir().unwrap();
        let [promise, ..] = &PROMISES;
        assert!(promise.compare(root.path(), &["a: fn a()".to_owned()]).is_err());
    }
}
