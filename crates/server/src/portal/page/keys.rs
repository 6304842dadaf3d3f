//! *Keys*: both connection strings, hidden until they are shown, and regenerating one.

use callsign_protocol::access_key::KeySlot;
use maud::{Markup, html};

use super::unexpected;
use crate::admin::{KeyEntry, Reply, Request, ResourceKeys};
use crate::http::site::Answer;
use crate::portal::answer::{self, Fault, Problem};
use crate::portal::desk::Desk;
use crate::portal::part::Question;
use crate::portal::route::Page;
use crate::portal::{frame, part};

const TITLE: &str = "Keys";

/// The keys, if showing them was asked for. That is posted, because it leaves a record.
pub(super) async fn show(desk: &Desk<'_>) -> Result<Answer, Problem> {
    let keys = match desk.page {
        Page::ShowKeys => Some(revealed(desk).await?),
        _ => None,
    };
    let slots = desk.resource.keys.iter().map(|key| (key.slot, key.generation));
    let regenerated = desk.form.get("done") == Some("regenerated");
    let content = html! {
        @if regenerated { (part::good_news("The key was regenerated. Show the keys to copy the new one.")) }
        p.lead { "An access key opens everything of the resource. There are two, so that programs can move to one while the other is regenerated." }
        (reveal(desk, keys.is_some()))
        @for (slot, generation) in slots {
            @let entry = keys.as_ref().and_then(|keys| keys.keys.iter().find(|key| key.slot == slot));
            (card(desk, (slot, generation), entry))
        }
    };
    Ok(frame::page(desk, TITLE, &content))
}

async fn revealed(desk: &Desk<'_>) -> Result<ResourceKeys, Problem> {
    let request = Request::KeyList { resource: Some(desk.resource_name()) };
    match desk.carry_out(request).await?.reply {
        Reply::Keys(keys) => Ok(keys),
        _ => Err(unexpected()),
    }
}

fn reveal(desk: &Desk<'_>, are_shown: bool) -> Markup {
    if are_shown {
        return html! {
            div.row {
                (part::button_to(desk, Page::Keys, &[], "Hide the keys"))
                span.quiet { "It is recorded that you looked at them." }
            }
        };
    }
    html! {
        form method="post" action=(Page::ShowKeys.path()) {
            (desk.form_token())
            div.row {
                button.primary type="submit" { "Show the keys" }
                span.quiet { "It is recorded who looks at them." }
            }
        }
    }
}

fn card(desk: &Desk<'_>, (slot, generation): (KeySlot, u64), entry: Option<&KeyEntry>) -> Markup {
    let name = slot.as_str();
    html! {
        section.card aria-labelledby={ "head-" (name) } {
            h2 id={ "head-" (name) } { (title(slot)) " key" }
            @match entry {
                Some(entry) => {
                    (part::copied(&format!("key-{name}"), "Key", entry.key.expose(), 1))
                    @match &entry.connection_string {
                        Some(text) => (part::copied(&format!("string-{name}"), "Connection string", text.expose(), 3)),
                        None => p.quiet { "There is no connection string before the server has an address." },
                    }
                }
                None => p { span aria-hidden="true" { "••••••••••••••••" } span.unseen { "hidden" } },
            }
            p.quiet { "Regenerated " (generation) @if generation == 1 { " time." } @else { " times." } }
            a.button href=(desk.link(Page::RegenerateKey, &[("slot", name)])) { "Regenerate the " (name) " key…" }
        }
    }
}

const fn title(slot: KeySlot) -> &'static str {
    match slot {
        KeySlot::Primary => "Primary",
        KeySlot::Secondary => "Secondary",
    }
}

/// Asks, and then regenerates.
pub(super) async fn regenerate(desk: &Desk<'_>) -> Result<Answer, Problem> {
    let named = desk.form.get("slot").unwrap_or_default();
    let slot = KeySlot::BOTH.into_iter().find(|slot| slot.as_str() == named).ok_or_else(|| {
        Problem::new(Fault::Input, "There is no such key", "A resource has a primary and a secondary key.")
    })?;
    let resource = Some(desk.resource_name());
    if desk.is_posted {
        desk.carry_out(Request::KeyRegenerate { resource, slot }).await?;
        return Ok(answer::see_other(&desk.link(Page::Keys, &[("done", "regenerated")])));
    }
    let Reply::LiveTokens { identities } = desk.carry_out(Request::LiveTokens { resource }).await?.reply
    else {
        return Err(unexpected());
    };
    let consequence = format!(
        "At once, programs that sign with the {slot} key of {} are refused, and every token that was issued to them is revoked. Tokens of up \
         to {} may be hit.",
        desk.resource_name(),
        part::identities(identities)
    );
    let question = Question {
        consequence: &consequence,
        button: "Regenerate",
        fields: &[("slot", slot.as_str())],
        back: desk.link(Page::Keys, &[]),
    };
    Ok(frame::page(desk, &format!("Regenerate the {slot} key?"), &question.ask(desk)))
}
