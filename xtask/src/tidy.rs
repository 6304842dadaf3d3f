//! `cargo xtask tidy`: the rules of the house, as checks that run over the tracked files. Each rule is one module of
//! `tidy/`; it says what it found, where, and what to do about it.

mod absent;
mod budgets;
mod documents;
mod grid;
mod lints;
mod names;
mod places;
mod rooms;
mod status_codes;
mod tree;
mod violation;

use std::path::Path;

use anyhow::{Context, bail};

use tree::Tree;
use violation::Violation;

/// Arguments of `cargo xtask tidy`.
#[derive(clap::Args)]
pub(crate) struct Args {}

/// Prints every violation and fails when there is one.
pub(crate) fn run(_args: &Args) -> anyhow::Result<()> {
    let root = crate::server_process::workspace_root()?;
    let violations = violations_in(&root)?;
    for violation in &violations {
        println!("{violation}");
    }
    match violations.len() {
        0 => {
            println!("tidy: no violation");
            Ok(())
        }
        count => bail!("tidy: {count} violations; each line above ends with its remedy"),
    }
}

/// Every violation below `root`, in the order of the files.
fn violations_in(root: &Path) -> anyhow::Result<Vec<Violation>> {
    let tree = Tree::read(root).context("the tracked files cannot be read")?;
    let mut violations = violations_of(&tree);
    violations.extend(rooms::check(&rooms::Graph::resolve(root)?));
    violations.sort();
    Ok(violations)
}

/// The rules that need the text of the files only.
fn violations_of(tree: &Tree) -> Vec<Violation> {
    let checks = [
        tree::unreadable,
        budgets::check,
        names::check,
        absent::check,
        lints::check,
        grid::check,
        status_codes::check,
        documents::check,
        places::check,
    ];
    checks.iter().flat_map(|check| check(tree)).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_house_follows_its_rules() {
        let root = crate::server_process::workspace_root().unwrap();
        let violations = super::violations_in(&root).unwrap();
        let lines: String = violations.iter().map(|violation| format!("{violation}\n")).collect();
        assert!(
            violations.is_empty(),
            "{lines}{} violations; `cargo xtask tidy` prints the same",
            violations.len()
        );
    }
}
