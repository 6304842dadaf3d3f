//! HTTP status codes stand in the few files that own the mapping, so that an answer is decided in one place.

use super::tree::{File, Tree};
use super::violation::Violation;

/// The error table, the reply builder, the route table and the answer to a preflight request, with their folders; and what the sites
/// beside the table answer, each in one file.
const OWNERS: [&str; 8] = [
    "crates/server/src/http/error",
    "crates/server/src/http/reply",
    "crates/server/src/http/route",
    "crates/server/src/http/cors",
    "crates/server/src/http/site",
    "crates/server/src/dev_entra/answer",
    "crates/server/src/portal/answer",
    "crates/server/src/trusted_tokens/answer",
];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    tree.rust_files()
        .filter(|(file, _)| file.path.starts_with("crates/server/src/") && !is_owner(file))
        .flat_map(|(file, rust)| {
            rust.lines_of(&["StatusCode", ":", ":"]).filter(|line| !file.is_test_line(*line)).map(|line| {
                let sentence = "A status code outside the files that own them.";
                Violation::new(
                    &file.path,
                    line,
                    sentence,
                    "answer a `core::Error` or a reply; http/error.rs knows its status",
                )
            })
        })
        .collect()
}

fn is_owner(file: &File) -> bool {
    OWNERS
        .iter()
        .any(|owner| file.path.strip_prefix(owner).is_some_and(|rest| rest == ".rs" || rest.starts_with('/')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::violation::found;

    #[test]
    fn a_status_code_in_a_handler_is_reported() {
        let text = "//! B.\nuse http::StatusCode;\nfn f() -> StatusCode { StatusCode::CREATED }\n";
        let fires = |path: &str| found(&check(&Tree::fake(&[(path, text)])));
        assert_eq!(
            fires("crates/server/src/handler/create_identity.rs"),
            [
                "crates/server/src/handler/create_identity.rs:3: A status code outside the files that own them."
            ]
        );
        assert_eq!(fires("crates/server/src/http/error.rs"), [""; 0]);
        assert_eq!(fires("crates/server/src/http/route/table.rs"), [""; 0]);
        assert_eq!(fires("crates/server/src/http/errors_of_mine.rs").len(), 1);
        assert_eq!(fires("crates/server/tests/it/create_identity.rs"), [""; 0]);
    }
}
