//! One Rust file: its syntax, its lexemes, and which of its lines are test code.

use std::ops::RangeInclusive;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// A parsed Rust file.
pub(crate) struct Rust {
    pub(crate) syntax: syn::File,
    /// Every lexeme, macro bodies included; comments are not lexemes.
    pub(crate) lexemes: Vec<Lexeme>,
    /// The lines of items under `#[cfg(test)]` or `#[test]`.
    pub(super) test_lines: Vec<RangeInclusive<usize>>,
    /// Modules that live in another file and are mounted under `#[cfg(test)]`.
    pub(super) test_modules: Vec<String>,
}

/// A word, a literal or one sign, with the line it stands on.
pub(crate) struct Lexeme {
    pub(crate) text: String,
    pub(crate) line: usize,
}

impl Rust {
    /// The file, or the line and the words of its first fault.
    pub(super) fn parse(text: &str) -> Result<Self, (usize, String)> {
        let tokens: TokenStream = text
            .parse()
            .map_err(|fault: proc_macro2::LexError| (fault.span().start().line, fault.to_string()))?;
        let mut lexemes = Vec::new();
        flatten(tokens.clone(), &mut lexemes);
        let syntax: syn::File =
            syn::parse2(tokens).map_err(|fault| (fault.span().start().line, fault.to_string()))?;
        let mut tests = Tests::default();
        tests.visit_file(&syntax);
        Ok(Self { syntax, lexemes, test_lines: tests.lines, test_modules: tests.modules })
    }

    /// The lines on which this sequence of lexemes begins.
    pub(crate) fn lines_of<'a>(&'a self, sequence: &'a [&str]) -> impl Iterator<Item = usize> + 'a {
        self.lexemes
            .windows(sequence.len())
            .filter(move |window| window.iter().zip(sequence).all(|(lexeme, text)| lexeme.text == *text))
            .filter_map(|window| window.first())
            .map(|lexeme| lexeme.line)
    }
}

fn flatten(tokens: TokenStream, lexemes: &mut Vec<Lexeme>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                lexemes.push(Lexeme { text: open.to_owned(), line: group.span_open().start().line });
                flatten(group.stream(), lexemes);
                lexemes.push(Lexeme { text: close.to_owned(), line: group.span_close().start().line });
            }
            single => lexemes.push(Lexeme { text: single.to_string(), line: single.span().start().line }),
        }
    }
}

#[derive(Default)]
struct Tests {
    lines: Vec<RangeInclusive<usize>>,
    modules: Vec<String>,
}

impl Tests {
    fn note(&mut self, attributes: &[syn::Attribute], item: &impl Spanned) -> bool {
        let is_test = attributes.iter().any(is_test_attribute);
        if is_test {
            let span = item.span();
            self.lines.push(span.start().line..=span.end().line);
        }
        is_test
    }
}

impl<'ast> Visit<'ast> for Tests {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if self.note(&item.attrs, item) && item.content.is_none() {
            self.modules.push(item.ident.to_string());
        }
        visit::visit_item_mod(self, item);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.note(&item.attrs, item);
        visit::visit_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        self.note(&item.attrs, item);
        visit::visit_item_impl(self, item);
    }
}

/// `#[cfg(test)]`, `#[cfg(any(test, …))]`, `#[test]`, `#[tokio::test]`.
fn is_test_attribute(attribute: &syn::Attribute) -> bool {
    if attribute.path().segments.last().is_some_and(|segment| segment.ident == "test") {
        return true;
    }
    let syn::Meta::List(list) = &attribute.meta else {
        return false;
    };
    let mut words = Vec::new();
    flatten(list.tokens.clone(), &mut words);
    attribute.path().is_ident("cfg")
        && words.iter().any(|word| word.text == "test")
        && words.iter().all(|word| word.text != "not")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lexemes_reach_into_macro_bodies_and_skip_comments() {
        let rust =
            Rust::parse("//! thread::sleep\nfn f() {\n    select! { _ = thread::sleep(d) => {} }\n}\n")
                .unwrap();
        assert_eq!(rust.lines_of(&["thread", ":", ":", "sleep"]).collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn code_that_is_absent_from_tests_is_not_test_code() {
        let rust = Rust::parse("#[cfg(not(test))]\nfn f() {}\n#[tokio::test]\nasync fn g() {}\n").unwrap();
        assert_eq!(rust.test_lines, [3..=4]);
    }
}
