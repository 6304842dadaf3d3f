//! Every crate takes the lints of the workspace.

use super::tree::Tree;
use super::violation::Violation;

/// The room that needs `unsafe` and so writes its lints itself.
const OWN_LINTS: &str = "crates/multibuffer/Cargo.toml";

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    tree.files
        .iter()
        .filter(|file| {
            is_crate_manifest(&file.path) && file.path != OWN_LINTS && !takes_workspace_lints(&file.text)
        })
        .map(|file| {
            let sentence = "This crate does not take the lints of the workspace.";
            Violation::new(&file.path, 1, sentence, "add `[lints]` with `workspace = true`")
        })
        .collect()
}

fn is_crate_manifest(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(parts.as_slice(), ["crates", _, "Cargo.toml"])
}

fn takes_workspace_lints(manifest: &str) -> bool {
    manifest
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != "[lints]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .any(|line| line.split_whitespace().collect::<String>() == "workspace=true")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_without_the_lints_of_the_workspace_is_reported() {
        let count = |path: &str, text: &str| check(&Tree::fake(&[(path, text)])).len();
        assert_eq!(count("crates/a/Cargo.toml", "[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n"), 0);
        assert_eq!(count("crates/a/Cargo.toml", "[package]\nname = \"a\"\n"), 1);
        assert_eq!(count("crates/a/Cargo.toml", "[lints]\n\n[package]\nworkspace = true\n"), 1);
        assert_eq!(count("crates/multibuffer/Cargo.toml", "[package]\n"), 0);
        assert_eq!(count("Cargo.toml", "[workspace]\n"), 0);
    }
}
