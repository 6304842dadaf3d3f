//! What the documents say of the tree: paths and links that exist, and snippets that can be run.

use super::tree::{File, Tree};
use super::violation::Violation;
use crate::docs::page::{self, Fence};

/// Documents outside `docs/` whose paths and links are checked.
const ROOT_DOCUMENTS: [&str; 4] = ["ARCHITECTURE.md", "README.md", "CONTRIBUTING.md", "SECURITY.md"];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let folders = top_level_folders(tree);
    let mut violations = Vec::new();
    for file in tree.files.iter().filter(|file| is_document(&file.path)) {
        let fences = page::fences(&file.text);
        for (number, line) in (1..).zip(file.text.lines()) {
            if fences.iter().any(|fence| fence.lines.contains(&number)) {
                continue;
            }
            violations.extend(dead_paths(tree, &folders, file, (number, line)));
            violations.extend(dead_links(tree, file, (number, line)));
        }
        if page::is_run(&file.path) {
            violations.extend(fences.iter().filter_map(|fence| refused_fence(file, fence)));
        }
    }
    violations
}

fn is_document(path: &str) -> bool {
    ROOT_DOCUMENTS.contains(&path) || (path.starts_with("docs/") && path.ends_with(".md"))
}

fn top_level_folders(tree: &Tree) -> Vec<&str> {
    let mut folders: Vec<&str> =
        tree.files.iter().filter_map(|file| Some(file.path.split_once('/')?.0)).collect();
    folders.dedup();
    folders
}

fn dead_paths(tree: &Tree, folders: &[&str], file: &File, (number, line): (usize, &str)) -> Vec<Violation> {
    // Every second piece between backticks is code.
    line.split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|code| repository_path(folders, code))
        .filter(|path| !tree.has(path))
        .map(|path| {
            let sentence = format!("`{path}` does not exist.");
            Violation::new(&file.path, number, sentence, "name a path that is there, or none")
        })
        .collect()
}

/// The code as a path of this repository, if it looks like one: no pattern, no placeholder, no command.
fn repository_path<'a>(folders: &[&str], code: &'a str) -> Option<&'a str> {
    let pattern = |letter: char| letter.is_whitespace() || "*<>{}$…|".contains(letter);
    let (folder, _) = code.split_once('/')?;
    if code.contains(pattern) || !folders.contains(&folder) {
        return None;
    }
    // `path:line` and `path#heading` name the path.
    code.split([':', '#']).next()
}

fn dead_links(tree: &Tree, file: &File, (number, line): (usize, &str)) -> Vec<Violation> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', ' ']).next())
        .filter(|target| !target.contains(':') && !target.starts_with('#') && !target.is_empty())
        .filter(|target| !resolve(&file.path, target).is_some_and(|path| path.is_empty() || tree.has(&path)))
        .map(|target| {
            let sentence = format!("The link {target} leads nowhere.");
            Violation::new(&file.path, number, sentence, "links are relative to the document")
        })
        .collect()
}

/// The path that a relative link names, or nothing when it leaves the repository.
fn resolve(document: &str, target: &str) -> Option<String> {
    let target = target.split('#').next()?;
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

fn refused_fence(file: &File, fence: &Fence) -> Option<Violation> {
    let fault = page::Snippet::read(fence).err()?;
    Some(Violation::new(&file.path, *fence.lines.start(), fault.sentence, fault.remedy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::violation::found;

    fn fires(path: &str, text: &str) -> Vec<String> {
        let others = [("crates/core/src/lib.rs", "//! C.\n"), ("docs/guide/start.md", ""), ("LICENSE", "")];
        let mut files = others.to_vec();
        files.push((path, text));
        found(&check(&Tree::fake(&files)))
    }

    #[test]
    fn a_path_in_backticks_exists() {
        assert_eq!(fires("README.md", "See `crates/core` and `crates/core/src/lib.rs:12`.\n"), [""; 0]);
        assert_eq!(
            fires("README.md", "See\n`crates/code/src`.\n"),
            ["README.md:2: `crates/code/src` does not exist."]
        );
    }

    #[test]
    fn patterns_routes_and_code_blocks_are_not_paths() {
        let text = "`crates/*/src` `crates/<room>/src` `/identities/x` `text/plain` `target/debug`\n```text\n`crates/none`\n```\n";
        assert_eq!(fires("README.md", text), [""; 0]);
    }

    #[test]
    fn a_relative_link_leads_somewhere() {
        assert_eq!(
            fires(
                "docs/guide/more.md",
                "[a](start.md#one) [b](../../LICENSE) [c](https://example.com/) [d](#e)\n"
            ),
            [""; 0]
        );
        assert_eq!(
            fires("docs/guide/more.md", "[a](stop.md)\n"),
            ["docs/guide/more.md:1: The link stop.md leads nowhere."]
        );
        assert_eq!(fires("docs/guide/more.md", "[a](../../../secret.md)\n").len(), 1);
    }

    #[test]
    fn a_snippet_that_is_never_run_is_refused_where_snippets_are_run() {
        let text = "```sh\nls\n```\n";
        assert_eq!(fires("docs/guide/more.md", text), ["docs/guide/more.md:1: A `sh` block is never run."]);
        assert_eq!(fires("CONTRIBUTING.md", text), [""; 0]);
    }
}
