//! *Get started*: how a program finds this resource, in six languages. No key stands in a snippet: each reads the environment.

use maud::{Markup, html};

use super::unexpected;
use crate::admin::{Reply, Request};
use crate::http::site::Answer;
use crate::portal::answer::Problem;
use crate::portal::desk::Desk;
use crate::portal::{frame, part};

/// Where a snippet names the endpoint.
const ENDPOINT: &str = "{endpoint}";

/// Language, a word for ids, and the snippet.
const SNIPPETS: [(&str, &str, &str); 6] = [
    ("Python", "python", include_str!("get_started/python.py.txt")),
    ("JavaScript", "javascript", include_str!("get_started/javascript.mjs.txt")),
    ("C#", "csharp", include_str!("get_started/csharp.cs.txt")),
    ("Java", "java", include_str!("get_started/java.java.txt")),
    ("Rust", "rust", include_str!("get_started/rust.rs.txt")),
    ("Azure CLI", "az", include_str!("get_started/az.sh.txt")),
];

pub(super) async fn show(desk: &Desk<'_>) -> Result<Answer, Problem> {
    let Reply::Resource(resource) =
        desk.carry_out(Request::ResourceShow { name: desk.resource_name() }).await?.reply
    else {
        return Err(unexpected());
    };
    let endpoint = resource.endpoint.unwrap_or_default();
    let option = if resource.is_default { String::new() } else { format!(" --resource {}", resource.name) };
    let content = html! {
        p.lead {
            "Programs that are written for Azure Communication Services run as they are: only the connection string differs, and it comes from \
             the environment."
        }
        section.card aria-labelledby="environment" {
            h2 id="environment" { "1. Set the environment" }
            (part::copied("command", "In the shell of your program", &format!("eval \"$(callsign env{option})\""), 1))
            p.quiet {
                "It sets " code { "COMMUNICATION_SERVICES_CONNECTION_STRING" } " and what makes your program trust this server. Other shells: "
                code.whole { "--shell fish" } ", " code.whole { "--shell powershell" } ", " code.whole { "--shell dotenv" } "."
            }
            (part::copied("endpoint", "Endpoint", &endpoint, 1))
        }
        section.card aria-labelledby="program" {
            h2 id="program" { "2. Call it from your program" }
            p.quiet { "Each makes a user and a token for chat and calling." }
            @for snippet in SNIPPETS { (one(snippet, &endpoint)) }
        }
    };
    Ok(frame::page(desk, "Get started", &content))
}

fn one((language, id, snippet): (&str, &str, &str), endpoint: &str) -> Markup {
    let snippet = snippet.replace(ENDPOINT, endpoint);
    let id = format!("snippet-{id}");
    html! {
        details open[language == "Python"] {
            summary { (language) }
            pre tabindex="0" role="region" aria-label={ (language) " snippet" } { code id=(id) { (snippet.trim_end()) } }
            (part::copy_button(&id, &format!("{language} snippet")))
        }
    }
}
