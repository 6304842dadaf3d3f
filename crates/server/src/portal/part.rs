//! Parts that several pages have: a field to copy from, an instant, a question before something is done.

use callsign_protocol::date::Timestamp;
use maud::{Markup, html};

use super::desk::Desk;
use super::route::Page;

/// The text with its first letter as a sentence begins.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}

/// A text to copy, on so many lines. Its button is there when a script is.
pub(super) fn copied(id: &str, label: &str, value: &str, lines: u8) -> Markup {
    html! {
        div {
            label for=(id) { (label) }
            div.copied {
                @if lines > 1 {
                    textarea.code id=(id) rows=(lines) readonly spellcheck="false" autocomplete="off" { (value) }
                } @else {
                    input.code type="text" id=(id) readonly spellcheck="false" autocomplete="off" value=(value);
                }
                (copy_button(id, label))
            }
        }
    }
}

/// The button alone.
pub(super) fn copy_button(id: &str, label: &str) -> Markup {
    html! {
        button type="button" hidden data-copies=(id) data-what=(label) aria-label={ "Copy " (label) } { "Copy" }
    }
}

/// What may be wider than the page, such as a table: it is scrolled by itself, by keys too, and has a name.
pub(super) fn scrolling(label: &str, content: &Markup) -> Markup {
    html! { div.scroll role="region" aria-label=(label) tabindex="0" { (content) } }
}

/// An instant, to the second.
pub(super) fn instant(at: Timestamp) -> Markup {
    let machine = at.to_whole_seconds_utc();
    let text = machine.replace('T', " ").replace("+00:00", " UTC");
    html! { time datetime=(machine) { (text) } }
}

/// An instant as administration writes it, in RFC 3339.
pub(super) fn written_instant(text: &str) -> Markup {
    let seconds = text.get(..19).unwrap_or(text).replace('T', " ");
    html! { time datetime=(text) { (seconds) " UTC" } }
}

/// What happened.
pub(super) fn good_news(sentence: &str) -> Markup {
    html! { div.note.good role="status" { p { (sentence) } } }
}

/// A question before something is done that cannot be undone.
pub(super) struct Question<'a> {
    /// What will come of it.
    pub(super) consequence: &'a str,
    /// What the button says.
    pub(super) button: &'a str,
    /// What is sent along.
    pub(super) fields: &'a [(&'a str, &'a str)],
    /// Where to go instead.
    pub(super) back: String,
}

impl Question<'_> {
    pub(super) fn ask(&self, desk: &Desk<'_>) -> Markup {
        html! {
            form.card method="post" action=(desk.page.path()) {
                (desk.form_token())
                @for (name, value) in self.fields { input type="hidden" name=(name) value=(value); }
                div.note.warn { p { (self.consequence) } }
                div.row {
                    button.danger type="submit" { (self.button) }
                    a.button href=(self.back) { "Cancel" }
                }
            }
        }
    }
}

/// So many, in words that fit.
pub(super) fn identities(count: u64) -> String {
    if count == 1 { "1 identity".to_owned() } else { format!("{count} identities") }
}

/// A link that looks like a button.
pub(super) fn button_to(desk: &Desk<'_>, page: Page, fields: &[(&str, &str)], text: &str) -> Markup {
    html! { a.button href=(desk.link(page, fields)) { (text) } }
}
