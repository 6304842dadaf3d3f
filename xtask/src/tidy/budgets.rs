//! Sizes that a reader can hold in the head: files, functions, handlers, store traits, arguments.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::tree::{File, Tree};
use super::violation::Violation;

const SOURCE_FILE_LINES_MAX: usize = 400;
const TEST_FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;
const HANDLER_LINES_MAX: usize = 15;
const STORE_TRAIT_METHODS_MAX: usize = 12;
const ARGUMENTS_MAX: usize = 5;

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (file, rust) in tree.rust_files() {
        violations.extend(file_length(file));
        let mut budgets = Budgets { file, violations: &mut violations };
        budgets.visit_file(&rust.syntax);
    }
    violations
}

fn file_length(file: &File) -> Option<Violation> {
    let max = if file.is_test_file() { TEST_FILE_LINES_MAX } else { SOURCE_FILE_LINES_MAX };
    let lines = file.text.lines().count();
    (lines > max).then(|| {
        let sentence = format!("This file has {lines} lines; {max} are allowed.");
        Violation::new(&file.path, max + 1, sentence, "split it by what its parts own")
    })
}

struct Budgets<'a> {
    file: &'a File,
    violations: &'a mut Vec<Violation>,
}

impl Budgets<'_> {
    fn function(&mut self, signature: &syn::Signature, body: Option<&syn::Block>) {
        let name = &signature.ident;
        let line = signature.fn_token.span.start().line;
        let arguments = signature.inputs.iter().filter(|input| matches!(input, syn::FnArg::Typed(_))).count();
        if arguments > ARGUMENTS_MAX {
            let sentence = format!("`{name}` takes {arguments} arguments; {ARGUMENTS_MAX} are allowed.");
            self.add(line, sentence, "give the arguments that belong together a struct");
        }
        let Some(body) = body else { return };
        let lines = lines_between_braces(body);
        let is_handler =
            self.file.path.starts_with("crates/server/src/handler/") && !self.file.is_test_line(line);
        if is_handler && lines > HANDLER_LINES_MAX {
            let sentence =
                format!("The handler function `{name}` has {lines} lines; {HANDLER_LINES_MAX} are allowed.");
            self.add(line, sentence, "move the rule into core::operation, the parsing into `Call`");
        } else if lines > FUNCTION_LINES_MAX {
            let sentence =
                format!("The function `{name}` has {lines} lines; {FUNCTION_LINES_MAX} are allowed.");
            self.add(line, sentence, "name its steps as functions");
        }
    }

    fn add(&mut self, line: usize, sentence: String, remedy: &'static str) {
        self.violations.push(Violation::new(&self.file.path, line, sentence, remedy));
    }
}

fn lines_between_braces(body: &syn::Block) -> usize {
    let span = body.span();
    span.end().line.saturating_sub(span.start().line + 1)
}

impl<'ast> Visit<'ast> for Budgets<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, Some(&item.block));
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, Some(&item.block));
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.function(&item.sig, item.default.as_ref());
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        let methods = item.items.iter().filter(|item| matches!(item, syn::TraitItem::Fn(_))).count();
        if self.file.path.starts_with("crates/core/src/store") && methods > STORE_TRAIT_METHODS_MAX {
            let name = &item.ident;
            let sentence = format!(
                "The store trait `{name}` has {methods} methods; {STORE_TRAIT_METHODS_MAX} are allowed."
            );
            self.add(item.trait_token.span.start().line, sentence, "one trait per noun: split it");
        }
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

    fn function_of(lines: usize) -> String {
        format!("fn f() {{\n{}}}\n", "    step();\n".repeat(lines))
    }

    #[test]
    fn a_source_file_is_at_most_400_lines_and_a_test_file_600() {
        assert_eq!(fires("crates/a/src/b.rs", &"//! B\n".repeat(400)), [""; 0]);
        assert_eq!(
            fires("crates/a/src/b.rs", &"//! B\n".repeat(401)),
            ["crates/a/src/b.rs:401: This file has 401 lines; 400 are allowed."]
        );
        assert_eq!(fires("crates/a/tests/it/b.rs", &"//! B\n".repeat(600)), [""; 0]);
        assert_eq!(fires("crates/a/tests/it/b.rs", &"//! B\n".repeat(601)).len(), 1);
    }

    #[test]
    fn a_function_is_at_most_70_lines() {
        assert_eq!(fires("crates/a/src/b.rs", &function_of(70)), [""; 0]);
        assert_eq!(
            fires("crates/a/src/b.rs", &function_of(71)),
            ["crates/a/src/b.rs:1: The function `f` has 71 lines; 70 are allowed."]
        );
        assert_eq!(fires("crates/a/src/b.rs", &format!("impl A {{ {} }}", function_of(71))).len(), 1);
    }

    #[test]
    fn a_handler_is_at_most_15_lines_and_its_tests_are_not_handlers() {
        let path = "crates/server/src/handler/create_identity.rs";
        assert_eq!(fires(path, &function_of(15)), [""; 0]);
        assert_eq!(
            fires(path, &function_of(16)),
            [format!("{path}:1: The handler function `f` has 16 lines; 15 are allowed.")]
        );
        assert_eq!(fires(path, &format!("#[cfg(test)]\nmod tests {{\n{}}}\n", function_of(16))), [""; 0]);
    }

    #[test]
    fn a_store_trait_has_at_most_12_methods() {
        let of =
            |methods: usize| format!("trait Identities {{\n{}}}\n", "    fn f(&self);\n".repeat(methods));
        assert_eq!(fires("crates/core/src/store/identities.rs", &of(12)), [""; 0]);
        assert_eq!(
            fires("crates/core/src/store/identities.rs", &of(13)),
            [
                "crates/core/src/store/identities.rs:1: The store trait `Identities` has 13 methods; 12 are allowed."
            ]
        );
        assert_eq!(fires("crates/core/src/clock.rs", &of(13)), [""; 0]);
    }

    #[test]
    fn five_arguments_are_allowed_and_the_receiver_is_not_counted() {
        let five = "a: u8, b: u8, c: u8, d: u8, e: u8";
        assert_eq!(fires("crates/a/src/b.rs", &format!("impl A {{ fn f(&self, {five}) {{}} }}")), [""; 0]);
        assert_eq!(
            fires("crates/a/src/b.rs", &format!("fn f({five}, g: u8) {{}}")),
            ["crates/a/src/b.rs:1: `f` takes 6 arguments; 5 are allowed."]
        );
    }
}
