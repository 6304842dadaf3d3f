//! What the pages of the development authority have in common. They work without script and without style.

use maud::{DOCTYPE, Markup, html};

use super::answer::Refusal;
use crate::http::site::head;

/// Nothing is loaded, nothing is framed, and nothing is sent elsewhere.
pub(super) const POLICY: &str =
    "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The id of the sentence that says what was wrong, for what it describes.
const ERROR: &str = "error";

/// A page.
pub(super) fn page(title: &str, content: &Markup) -> String {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            (head(&format!("{title} - Callsign development authority"), &html! {}))
            body { main { h1 { (title) } (content) } }
        }
    };
    markup.into_string()
}

/// A form to sign in by, between what goes before the name and whatever was wrong with the last attempt.
pub(super) fn form(refusal: Option<&Refusal>, before: &Markup, username: &str) -> Markup {
    html! {
        @if let Some(refusal) = refusal { p id=(ERROR) role="alert" { (refusal.sentence) } }
        p { "This is the development authority of Callsign. Its users are made up." }
        form method="post" aria-describedby=[refusal.map(|_| ERROR)] {
            (before)
            p {
                label for="username" { "User name" } br;
                input id="username" name="username" value=(username) required autocomplete="username" autocapitalize="none"
                    spellcheck="false";
            }
            p {
                label for="password" { "Password" } br;
                input id="password" name="password" type="password" required autocomplete="current-password";
            }
            p { button type="submit" { "Sign in" } }
        }
    }
}
