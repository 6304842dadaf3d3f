//! A piece of syntax as one line: what its author wrote, without comments, line breaks and what ends it.

use proc_macro2::{Delimiter, Group, LineColumn, Span, TokenStream, TokenTree};
use syn::spanned::Spanned;

/// Attributes inside an item that are part of what its user sees.
const ATTRIBUTES_KEPT: [&str; 3] = ["cfg", "from", "non_exhaustive"];

/// The line; nothing for syntax without a token, such as generics that are not there.
pub(super) fn of(node: &impl Spanned) -> String {
    of_span(node.span())
}

/// The same for a piece of which only what begins at its part `first` is shown.
pub(super) fn without_attributes(first: &impl Spanned, whole: &impl Spanned) -> String {
    let (first, whole) = (first.span(), whole.span());
    let skipped = first.byte_range().start.saturating_sub(whole.byte_range().start);
    let source = whole.source_text().unwrap_or_default();
    of_source(source.get(skipped..).unwrap_or_default())
}

/// The same for all that stands between two pieces of one file, and the pieces.
pub(super) fn from_to(first: Span, last: Span) -> String {
    of_span(first.join(last).unwrap_or(last))
}

fn of_span(span: Span) -> String {
    of_source(&span.source_text().unwrap_or_default())
}

fn of_source(source: &str) -> String {
    let Ok(tokens) = source.parse::<TokenStream>() else {
        // It was lexed before, as a part of its file.
        return source.split_whitespace().collect::<Vec<_>>().join(" ");
    };
    let mut line = Line { text: String::new(), end: None };
    line.stream(tokens);
    line.text.trim().trim_end_matches([',', ';']).to_owned()
}

struct Line {
    text: String,
    /// Where the last token that was written ends in the source.
    end: Option<LineColumn>,
}

impl Line {
    fn stream(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match (&token, tokens.peek()) {
                (TokenTree::Punct(hash), Some(TokenTree::Group(group)))
                    if hash.as_char() == '#' && group.delimiter() == Delimiter::Bracket =>
                {
                    if is_kept(group) {
                        self.word(&token.to_string(), token.span());
                    } else {
                        tokens.next();
                    }
                }
                (TokenTree::Ident(word), _) if word == "mut" && !self.ends_with_reference() => {}
                (TokenTree::Group(group), _) => self.group(group),
                _ => self.word(&token.to_string(), token.span()),
            }
        }
    }

    fn group(&mut self, group: &Group) {
        let (open, close) = match group.delimiter() {
            Delimiter::Parenthesis => ("(", ")"),
            Delimiter::Bracket => ("[", "]"),
            Delimiter::Brace => ("{", "}"),
            Delimiter::None => ("", ""),
        };
        self.word(open, group.span_open());
        self.stream(group.stream());
        self.word(close, group.span_close());
    }

    fn word(&mut self, word: &str, span: Span) {
        let gap = self.end.is_some_and(|end| end != span.start());
        let line_break = self.end.is_some_and(|end| end.line < span.start().line);
        let closes = matches!(word, ")" | "]" | ">");
        // A comma before a line break is rustfmt's; one in `(T,)` is the author's.
        if line_break && (closes || word == "}") && self.text.ends_with(',') {
            self.text.pop();
        }
        let glued =
            (closes && line_break) || word == ")" || word == "]" || self.text.ends_with(['(', '[']) || {
                line_break && self.text.ends_with('<')
            };
        if gap && !glued {
            self.text.push(' ');
        }
        self.text.push_str(word);
        self.end = Some(span.end());
    }

    /// Whether a `mut` that follows belongs to a type; any other one is the function's own affair.
    fn ends_with_reference(&self) -> bool {
        let is_lifetime =
            self.text.rsplit([' ', '&', '<', '(', ',']).next().is_some_and(|word| word.starts_with('\''));
        is_lifetime || self.text.ends_with(['&', '*'])
    }
}

fn is_kept(attribute: &Group) -> bool {
    let first = attribute.stream().into_iter().next();
    first.is_some_and(|first| ATTRIBUTES_KEPT.contains(&first.to_string().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_one_line_without_what_only_its_body_needs() {
        let signature = |text: &str| of(&syn::parse_str::<syn::Signature>(text).unwrap());
        assert_eq!(
            signature(
                "fn get<\n    T,\n>(\n    mut self,\n    // why\n    tuple: (T,),\n) -> &'a mut  T\nwhere\n    T: Into<\n        u8,\n    >,\n"
            ),
            "fn get<T>(self, tuple: (T,)) -> &'a mut T where T: Into<u8>"
        );
        assert_eq!(
            signature("fn f(&mut self, mut a: &mut [u8; 2], b: *mut u8)"),
            "fn f(&mut self, a: &mut [u8; 2], b: *mut u8)"
        );
    }

    #[test]
    fn comments_and_attributes_of_fields_are_left_out_but_for_conversions() {
        let variant = |text: &str| of(&syn::parse_str::<syn::Variant>(text).unwrap());
        assert_eq!(
            variant("A {\n    /// Docs.\n    #[serde(skip)]\n    b: u8,\n    c: Vec<u8>,\n}"),
            "A { b: u8, c: Vec<u8> }"
        );
        assert_eq!(variant("Io(#[from] std::io::Error)"), "Io(#[from] std::io::Error)");
        assert_eq!(variant("Io(#[source] Fault)"), "Io(Fault)");
    }
}
