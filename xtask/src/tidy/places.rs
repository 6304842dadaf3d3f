//! Places that exist on one machine only, and registries that a user's network may not reach, in tracked files.

use super::tree::Tree;
use super::violation::Violation;

// In two pieces each, so that this file keeps its own rule.
const MACHINE_FOLDERS: [&str; 2] = [concat!("/", "work/"), concat!("/", "root/")];
const HOME: &str = concat!("/", "home/");
const REGISTRY_HOSTS: [&str; 8] = [
    concat!("npmjs", ".org"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("yarnpkg", ".com"),
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("crates.io", "-index"),
    concat!("deb.", "debian.org"),
];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    // Cargo writes its registry into its own lock file.
    for file in tree.files.iter().filter(|file| !file.path.ends_with("Cargo.lock")) {
        for (number, line) in (1..).zip(file.text.lines()) {
            if names_machine_path(line) {
                let sentence = "A path of one machine.";
                violations.push(Violation::new(
                    &file.path,
                    number,
                    sentence,
                    "make it relative, or `~`, or an argument",
                ));
            }
            if let Some(host) = REGISTRY_HOSTS.iter().find(|host| line.contains(**host)) {
                let sentence = format!("The host of a registry: {host}.");
                violations.push(Violation::new(
                    &file.path,
                    number,
                    sentence,
                    "leave the choice to the user's own settings",
                ));
            }
        }
    }
    violations
}

fn names_machine_path(line: &str) -> bool {
    MACHINE_FOLDERS.iter().any(|folder| rooted(line, folder).next().is_some())
        || rooted(line, HOME).any(|rest| rest.starts_with(|letter: char| letter.is_ascii_alphanumeric()))
}

/// What follows the folder, wherever it stands at the root and not inside a longer path.
fn rooted<'a>(line: &'a str, folder: &'a str) -> impl Iterator<Item = &'a str> {
    line.match_indices(folder).filter_map(move |(at, _)| {
        let (before, rest) = line.split_at_checked(at)?;
        let inside =
            before.ends_with(|letter: char| letter.is_alphanumeric() || "_-.~})>*/".contains(letter));
        if inside { None } else { rest.strip_prefix(folder) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&Tree::fake(&[(path, text)])).len()
    }

    #[test]
    fn a_path_of_one_machine_is_reported() {
        for folder in MACHINE_FOLDERS {
            assert_eq!(count("docs/a.md", &format!("see {folder}x\n")), 1);
            assert_eq!(count("docs/a.md", &format!("see docs{folder}x and ~{folder}\n")), 0);
        }
        assert_eq!(count("docs/a.md", &format!("cd {HOME}ann/callsign\n")), 1);
        assert_eq!(count("docs/a.md", &format!("cd {HOME}<you>/callsign\n")), 0);
    }

    #[test]
    fn a_registry_host_is_reported_except_in_the_lock_file() {
        let line = format!("url = \"https://registry.{}/\"\n", REGISTRY_HOSTS[0]);
        assert_eq!(count("tests/peers/javascript/.npmrc", &line), 1);
        assert_eq!(count("Cargo.lock", &line), 0);
        assert_eq!(count("docs/a.md", "https://crates.io/crates/axum\n"), 0);
    }
}
