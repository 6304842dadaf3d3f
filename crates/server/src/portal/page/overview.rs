//! The start: what there is, and where to go.

use maud::{Markup, html};

use super::unexpected;
use crate::admin::{Reply, Request};
use crate::http::site::Answer;
use crate::portal::answer::Problem;
use crate::portal::desk::Desk;
use crate::portal::route::Page;
use crate::portal::{frame, part};

pub(super) async fn show(desk: &Desk<'_>) -> Result<Answer, Problem> {
    let Reply::Resource(resource) =
        desk.carry_out(Request::ResourceShow { name: desk.resource_name() }).await?.reply
    else {
        return Err(unexpected());
    };
    let request = Request::LiveTokens { resource: Some(desk.resource_name()) };
    let Reply::LiveTokens { identities } = desk.carry_out(request).await?.reply else {
        return Err(unexpected());
    };
    let endpoint = resource.endpoint.as_deref().unwrap_or("not known yet");
    Ok(frame::page(
        desk,
        "Overview",
        &html! {
            div.tiles {
                (tile("Resource", &resource.name))
                (tile("Identities with a live token", &identities.to_string()))
                (tile("Data location", &resource.data_location))
                (tile("Tokens are signed by", &resource.signing_algorithm.to_string()))
            }
            section.card aria-labelledby="address" {
                h2 id="address" { "Where clients find it" }
                (part::copied("endpoint", "Endpoint", endpoint, 1))
                dl.facts {
                    dt { "Resource id" } dd { code { (resource.id) } }
                    dt { "Created" } dd { (part::written_instant(&resource.created_at)) }
                    @if !resource.hosts.is_empty() { dt { "Other hosts" } dd { (resource.hosts.join(", ")) } }
                }
            }
            (doors(desk))
        },
    ))
}

fn tile(name: &str, value: &str) -> Markup {
    html! {
        div.card.tile {
            span.quiet { (name) }
            span.figure.breaks { (value) }
        }
    }
}

/// What most come for.
fn doors(desk: &Desk<'_>) -> Markup {
    let doors = [
        (
            Page::Tokens,
            "Generate a token",
            "For a new user or one that is there, with the scopes that you choose.",
        ),
        (
            Page::Identities,
            "Find an identity",
            "By its id or by your own name for it; revoke its tokens or delete it.",
        ),
        (Page::Decoder, "Decode a token", "What it says, and whether this server believes it."),
        (Page::GetStarted, "Connect your program", "Snippets for this resource in six languages."),
    ];
    let open = doors.into_iter().filter(|(page, _, _)| desk.may(page.need()));
    html! {
        section aria-label="What to do next" {
            div.tiles {
                @for (page, name, sentence) in open {
                    div.card.tile {
                        h2 { a href=(desk.link(page, &[])) { (name) } }
                        p.quiet { (sentence) }
                    }
                }
            }
        }
    }
}
