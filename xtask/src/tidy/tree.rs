//! The tracked files, read once, with the Rust ones lexed and parsed. It knows nothing of the rules.

mod rust;

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

use super::violation::Violation;
pub(super) use rust::{Lexeme, Rust};

/// Folders of the repository that hold Rust of ours.
const RUST_FOLDERS: [&str; 6] = ["crates/", "examples/", "xtask/", "tests/", "fuzz/", "bench/"];

/// Every tracked text file.
pub(super) struct Tree {
    pub(super) files: Vec<File>,
    /// What is tracked and no text. Documents may show it.
    pictures: Vec<String>,
    unreadable: Vec<Violation>,
}

/// One tracked text file; the path is relative to the root, with `/`.
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
    rust: Option<Rust>,
    mounted_as_test: bool,
}

impl Tree {
    /// Reads what git tracks, and what it would track with the next commit.
    pub(super) fn read(root: &Path) -> anyhow::Result<Self> {
        let (mut files, mut pictures) = (Vec::new(), Vec::new());
        for path in tracked(root)? {
            match std::fs::read_to_string(root.join(&path)) {
                Ok(text) => files.push((path, text)),
                Err(error) if error.kind() == ErrorKind::InvalidData => pictures.push(path),
                // A deleted file is still listed.
                Err(_) => {}
            }
        }
        Ok(Self { pictures, ..Self::of(files) })
    }

    fn of(files: Vec<(String, String)>) -> Self {
        let mut tree = Self { files: Vec::new(), pictures: Vec::new(), unreadable: Vec::new() };
        for (path, text) in files {
            let rust = match rust_of(&path, &text) {
                Some(Ok(rust)) => Some(rust),
                Some(Err((line, fault))) => {
                    let sentence = format!("This file is not Rust that can be read: {fault}.");
                    tree.unreadable.push(Violation::new(
                        &path,
                        line,
                        sentence,
                        "mend it; `cargo check` says more",
                    ));
                    None
                }
                None => None,
            };
            tree.files.push(File { path, text, rust, mounted_as_test: false });
        }
        tree.mark_mounted_tests();
        tree
    }

    /// A tree for the unit test of a check.
    #[cfg(test)]
    pub(super) fn fake(files: &[(&str, &str)]) -> Self {
        Self::of(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }

    /// A file that `#[cfg(test)] mod name;` mounts is a test all through.
    fn mark_mounted_tests(&mut self) {
        let mounted: BTreeSet<String> = self
            .files
            .iter()
            .filter_map(|file| Some((file, file.rust()?)))
            .flat_map(|(file, rust)| {
                rust.test_modules.iter().map(|name| format!("{}/{name}.rs", folder_of(&file.path)))
            })
            .collect();
        for file in &mut self.files {
            file.mounted_as_test = mounted.contains(&file.path);
        }
    }

    /// Every Rust file with its parse.
    pub(super) fn rust_files(&self) -> impl Iterator<Item = (&File, &Rust)> {
        self.files.iter().filter_map(|file| Some((file, file.rust()?)))
    }

    /// Whether a tracked file, or a folder with one, has this path.
    pub(super) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let paths = self.files.iter().map(|file| &file.path).chain(&self.pictures);
        paths.into_iter().any(|known| {
            known.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

impl File {
    pub(super) fn rust(&self) -> Option<&Rust> {
        self.rust.as_ref()
    }

    /// The source of a crate of ours, as against its tests and the chores.
    pub(super) fn is_crate_source(&self) -> bool {
        let mut parts = self.path.split('/');
        parts.next() == Some("crates") && parts.nth(1) == Some("src")
    }

    /// A file of nothing but tests.
    pub(super) fn is_test_file(&self) -> bool {
        self.path.starts_with("tests/") || self.path.contains("/tests/") || self.mounted_as_test
    }

    /// Whether the line stands in test code.
    pub(super) fn is_test_line(&self, line: usize) -> bool {
        self.is_test_file()
            || self.rust().is_some_and(|rust| rust.test_lines.iter().any(|lines| lines.contains(&line)))
    }
}

/// Rust files that could not be read: the other checks are blind there.
pub(super) fn unreadable(tree: &Tree) -> Vec<Violation> {
    tree.unreadable.clone()
}

fn rust_of(path: &str, text: &str) -> Option<Result<Rust, (usize, String)>> {
    let ours = RUST_FOLDERS.iter().any(|folder| path.starts_with(folder));
    (ours && path.ends_with(".rs")).then(|| Rust::parse(text))
}

/// The folder in which the modules of a file live.
fn folder_of(path: &str) -> String {
    let stem = path.trim_end_matches(".rs");
    match stem.rsplit_once('/') {
        Some((folder, "main" | "lib")) => folder.to_owned(),
        _ => stem.to_owned(),
    }
}

fn tracked(root: &Path) -> anyhow::Result<BTreeSet<String>> {
    let git = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output();
    match git {
        Ok(output) if output.status.success() => {
            let listing =
                String::from_utf8(output.stdout).context("a tracked path is not UTF-8; rename it")?;
            Ok(listing.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
        }
        // An unpacked archive of the sources: all that is there was tracked, but for what building leaves.
        _ => unpacked(root),
    }
}

fn unpacked(root: &Path) -> anyhow::Result<BTreeSet<String>> {
    let ignored = std::fs::read_to_string(root.join(".gitignore")).unwrap_or_default();
    let ignored: Vec<&str> = ignored.lines().map(|line| line.trim_matches('/')).chain([".git"]).collect();
    let mut paths = BTreeSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in
            std::fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))?
        {
            let entry = entry?;
            if ignored.contains(&&*entry.file_name().to_string_lossy()) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if let Ok(path) = entry.path().strip_prefix(root) {
                paths.insert(path.to_string_lossy().into_owned());
            }
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_mounted_for_tests_is_test_code() {
        let tree = Tree::fake(&[
            ("crates/a/src/lib.rs", "//! A.\n#[cfg(test)]\nmod samples;\nmod real;\n"),
            ("crates/a/src/samples.rs", "//! S.\n"),
            ("crates/a/src/real.rs", "//! R.\nfn f() {}\n#[cfg(test)]\nmod tests {\n    fn g() {}\n}\n"),
        ]);
        let file = |path: &str| tree.files.iter().find(|file| file.path == path).unwrap();
        assert!(file("crates/a/src/samples.rs").is_test_line(1));
        assert!(!file("crates/a/src/real.rs").is_test_line(2));
        assert!(file("crates/a/src/real.rs").is_test_line(5));
    }

    #[test]
    fn an_unpacked_archive_is_read_without_what_building_leaves() {
        let root = tempfile::tempdir().unwrap();
        for path in ["target/debug", "docs/guide", ".git"] {
            std::fs::create_dir_all(root.path().join(path)).unwrap();
        }
        for path in ["target/debug/a.rs", "docs/guide/start.md", ".git/config", "LICENSE"] {
            std::fs::write(root.path().join(path), "").unwrap();
        }
        std::fs::write(root.path().join(".gitignore"), "/target\n").unwrap();
        let paths = unpacked(root.path()).unwrap();
        assert_eq!(paths.into_iter().collect::<Vec<_>>(), [".gitignore", "LICENSE", "docs/guide/start.md"]);
    }

    #[test]
    fn a_folder_is_known_by_its_files() {
        let tree = Tree::fake(&[("docs/guide/start.md", "")]);
        assert!(tree.has("docs/guide/"));
        assert!(tree.has("docs/guide/start.md"));
        assert!(!tree.has("docs/gui"));
    }

    #[test]
    fn a_file_that_is_not_rust_is_reported_with_its_line() {
        let tree = Tree::fake(&[("crates/a/src/lib.rs", "//! A.\nfn broken( {\n")]);
        assert_eq!(unreadable(&tree).len(), 1);
    }
}
