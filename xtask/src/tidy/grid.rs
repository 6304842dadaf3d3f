//! The grid: one verb, one stem, in every room that the verb lives in.

use super::tree::Tree;
use super::violation::Violation;

/// The verbs that are built. A new operation begins with its line here.
const STEMS: [&str; 18] = [
    "create_identity",
    "get_identity",
    "delete_identity",
    "issue_access_token",
    "revoke_access_tokens",
    "introspect_access_token",
    "list_identities",
    "delete_identities",
    "revoke_identities",
    "prune_identities",
    "exchange_teams_user_access_token",
    "exchange_entra_user_access_token",
    "exchange_teams_extension_access_token",
    "get_assignment",
    "put_assignment",
    "delete_assignment",
    "update_assignments",
    "list_assignments",
];

/// The folders in which each stem has a file.
const ROOMS: [&str; 3] = ["crates/server/src/handler", "crates/core/src/operation", "crates/server/tests/it"];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    STEMS
        .iter()
        .flat_map(|stem| ROOMS.iter().map(move |room| (stem, format!("{room}/{stem}.rs"))))
        .filter(|(_, path)| !tree.has(path))
        .map(|(stem, path)| {
            let sentence = format!("The verb `{stem}` has no file here.");
            Violation::new(
                &path,
                1,
                sentence,
                "one stem in handler/, operation/ and tests/it/; see the grid in CONTRIBUTING.md",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::violation::found;

    #[test]
    fn a_verb_that_misses_a_room_is_reported() {
        let mut paths: Vec<String> =
            STEMS.iter().flat_map(|stem| ROOMS.iter().map(move |room| format!("{room}/{stem}.rs"))).collect();
        let tree_of = |paths: &[String]| {
            Tree::fake(&paths.iter().map(|path| (path.as_str(), "//! A verb.\n")).collect::<Vec<_>>())
        };
        assert_eq!(check(&tree_of(&paths)), []);
        paths.retain(|path| path != "crates/core/src/operation/get_identity.rs");
        assert_eq!(
            found(&check(&tree_of(&paths))),
            ["crates/core/src/operation/get_identity.rs:1: The verb `get_identity` has no file here."]
        );
    }
}
