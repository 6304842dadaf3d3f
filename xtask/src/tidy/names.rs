//! Names of files, folders, modules and types, and the sentence that each module begins with.

use syn::visit::{self, Visit};

use super::tree::{File, Tree};
use super::violation::Violation;

/// Names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 9] =
    ["utils", "util", "common", "helpers", "helper", "manager", "managers", "data", "misc"];
/// The same, as the last word of a type.
const EMPTY_ENDINGS: [&str; 6] = ["Manager", "Helper", "Helpers", "Util", "Utils", "Data"];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in &tree.files {
        violations.extend(version_folder(file));
    }
    for (file, rust) in tree.rust_files() {
        violations.extend(first_sentence(file));
        violations.extend(path_names(file));
        let mut names = Names { file, violations: &mut violations };
        names.visit_file(&rust.syntax);
    }
    violations
}

fn first_sentence(file: &File) -> Option<Violation> {
    let begins_well = file.text.starts_with("//!");
    (!begins_well).then(|| {
        let sentence = "This module does not say what it owns.";
        Violation::new(&file.path, 1, sentence, "begin it with `//!` and one plain sentence")
    })
}

fn path_names(file: &File) -> Option<Violation> {
    let stems: Vec<&str> = file.path.trim_end_matches(".rs").split('/').collect();
    if stems.last() == Some(&"mod") {
        let sentence = "This file is called mod.rs.";
        return Some(Violation::new(&file.path, 1, sentence, "`foo.rs` is the table of contents of `foo/`"));
    }
    let empty = stems.iter().find(|stem| EMPTY_NAMES.contains(stem))?;
    Some(Violation::new(&file.path, 1, empty_name(empty), "name what it owns"))
}

fn empty_name(name: &str) -> String {
    format!("The name `{name}` says nothing of what is inside.")
}

fn version_folder(file: &File) -> Option<Violation> {
    let version = file.path.split('/').find(|part| is_version(part))?;
    let sentence = format!("`{version}` makes a place of a version.");
    Some(Violation::new(&file.path, 1, sentence, "a version is a value: compare it where the rule is"))
}

/// `v2021_03_07`, `v2021-03-07`, `v2021_03_07.rs`.
fn is_version(name: &str) -> bool {
    let Some((year, rest)) = name.strip_prefix('v').and_then(|rest| rest.split_at_checked(4)) else {
        return false;
    };
    year.bytes().all(|letter| letter.is_ascii_digit()) && rest.starts_with(['_', '-'])
}

struct Names<'a> {
    file: &'a File,
    violations: &'a mut Vec<Violation>,
}

impl Names<'_> {
    fn type_name(&mut self, ident: &syn::Ident) {
        let name = ident.to_string();
        if EMPTY_ENDINGS.iter().any(|ending| name.ends_with(ending)) {
            let line = ident.span().start().line;
            self.violations.push(Violation::new(
                &self.file.path,
                line,
                empty_name(&name),
                "name what it is or does",
            ));
        }
    }
}

impl<'ast> Visit<'ast> for Names<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let name = item.ident.to_string();
        // A module in a file of its own is found by the file's name.
        if item.content.is_some() && (EMPTY_NAMES.contains(&name.as_str()) || is_version(&name)) {
            let line = item.ident.span().start().line;
            self.violations.push(Violation::new(
                &self.file.path,
                line,
                empty_name(&name),
                "name what it owns",
            ));
        }
        visit::visit_item_mod(self, item);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.type_name(&item.ident);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.type_name(&item.ident);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.type_name(&item.ident);
        visit::visit_item_trait(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::violation::found;

    fn fires(path: &str, text: &str) -> Vec<String> {
        found(&check(&Tree::fake(&[(path, text)])))
    }

    #[test]
    fn a_module_begins_with_a_sentence() {
        assert_eq!(fires("crates/a/src/b.rs", "//! B.\n"), [""; 0]);
        assert_eq!(
            fires("crates/a/src/b.rs", "fn f() {}\n"),
            ["crates/a/src/b.rs:1: This module does not say what it owns."]
        );
    }

    #[test]
    fn a_folder_has_no_mod_rs() {
        assert_eq!(
            fires("crates/a/src/b/mod.rs", "//! B.\n"),
            ["crates/a/src/b/mod.rs:1: This file is called mod.rs."]
        );
    }

    #[test]
    fn empty_names_are_refused_for_files_folders_and_modules() {
        for path in ["crates/a/src/utils.rs", "crates/a/tests/common/x.rs", "xtask/src/helpers.rs"] {
            assert_eq!(fires(path, "//! B.\n").len(), 1, "{path}");
        }
        assert_eq!(fires("crates/a/src/b.rs", "//! B.\nmod misc {}\n").len(), 1);
        assert_eq!(fires("crates/a/src/b.rs", "//! B.\nmod data_dir {}\n"), [""; 0]);
    }

    #[test]
    fn empty_type_names_are_refused() {
        assert_eq!(
            fires("crates/a/src/b.rs", "//! B.\nstruct KeyManager;\nstruct Keys;\n"),
            ["crates/a/src/b.rs:2: The name `KeyManager` says nothing of what is inside."]
        );
    }

    #[test]
    fn a_version_is_not_a_place() {
        assert_eq!(
            fires("crates/a/src/v2021_03_07/b.rs", "//! B.\n"),
            ["crates/a/src/v2021_03_07/b.rs:1: `v2021_03_07` makes a place of a version."]
        );
        assert_eq!(fires("crates/a/src/v20.rs", "//! B.\n"), [""; 0]);
    }
}
