//! One identity: what is known of it, revoking its tokens, and deleting it.

use callsign_core::operation::delete_identity::delete_identity;
use callsign_core::operation::get_identity::get_identity;
use callsign_core::operation::revoke_access_tokens::revoke_access_tokens;
use callsign_core::store::Identity;
use callsign_protocol::identity_id::IdentityId;
use maud::{Markup, html};

use crate::http::site::Answer;
use crate::portal::answer::{self, Fault, Problem};
use crate::portal::desk::Desk;
use crate::portal::part::Question;
use crate::portal::route::Page;
use crate::portal::{frame, part};
use crate::telemetry::Filter;

/// Most requests among which the last token is looked for.
const REQUESTS_MAX: usize = 100;

pub(super) async fn show(desk: &Desk<'_>) -> Result<Answer, Problem> {
    let identity = identity(desk).await?;
    let id = identity.id.to_string();
    let revoked = desk.form.get("done") == Some("revoked");
    Ok(frame::page(
        desk,
        "Identity",
        &html! {
            @if revoked { (part::good_news("Every token that it had is dead. New ones can be issued.")) }
            section.card aria-label="What is known of it" {
                (part::copied("identity", "Id", &id, 1))
                dl.facts {
                    dt { "Custom id" } dd { (identity.custom_id.as_deref().unwrap_or("none")) }
                    dt { "Created" } dd { (part::instant(identity.created_at)) }
                    dt { "Last token" }
                    dd { @match identity.last_issued_at { Some(at) => (part::instant(at)), None => "never" } }
                    @if identity.last_issued_at.is_some() {
                        dt { "Its scopes" }
                        dd { (last_scopes(desk, &id).unwrap_or_else(|| "not remembered any more".to_owned())) }
                    }
                    dt { "Revoked on its own" }
                    dd { (times(identity.epoch)) }
                }
            }
            (actions(desk, &id))
        },
    ))
}

/// The scopes of the last token, as far as the server remembers the request: tokens themselves are kept nowhere.
fn last_scopes(desk: &Desk<'_>, id: &str) -> Option<String> {
    let filter = Filter {
        resource: Some(desk.resource.stored.id),
        identity: Some(id.to_owned()),
        status: Some(2),
        ..Filter::default()
    };
    let records = desk.portal.telemetry.journal.newest(&filter, REQUESTS_MAX).records;
    let scopes = records.iter().rev().find_map(|record| record.scopes.as_ref())?;
    Some(scopes.to_string().replace(',', ", "))
}

fn times(epoch: u64) -> String {
    match epoch {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        more => format!("{more} times"),
    }
}

fn actions(desk: &Desk<'_>, id: &str) -> Markup {
    let actions = [
        (Page::Tokens, "Issue a token"),
        (Page::Activity, "Activity"),
        (Page::RevokeTokens, "Revoke its tokens…"),
        (Page::DeleteIdentity, "Delete…"),
    ];
    html! {
        div.row {
            @for (page, name) in actions {
                @if desk.may(page.need()) { (part::button_to(desk, page, &[("id", id)], name)) }
            }
        }
    }
}

/// Asks, and then revokes.
pub(super) async fn revoke(desk: &Desk<'_>) -> Result<Answer, Problem> {
    let id = identity(desk).await?.id;
    if desk.is_posted {
        revoke_access_tokens(desk.service(), &desk.caller(), id).await.map_err(Problem::of_rule)?;
        desk.tell(|told| told.revoked = 1);
        return Ok(answer::see_other(
            &desk.link(Page::Identity, &[("id", &id.to_string()), ("done", "revoked")]),
        ));
    }
    let consequence = "Every token that this identity has is dead at once here, and within a second at verifiers that follow this server. \
                       The identity stays, and can get new ones.";
    Ok(asked(desk, id, ("Revoke the tokens of this identity?", consequence, "Revoke")))
}

/// Asks, and then deletes.
pub(super) async fn delete(desk: &Desk<'_>) -> Result<Answer, Problem> {
    let id = identity(desk).await?.id;
    if desk.is_posted {
        delete_identity(desk.service(), &desk.caller(), id).await.map_err(Problem::of_rule)?;
        desk.tell(|told| told.revoked = 1);
        return Ok(answer::see_other(&desk.link(Page::Identities, &[("done", "deleted")])));
    }
    let consequence = "The identity is gone for ever, and every token that it has is dead at once. Its id is never given again.";
    Ok(asked(desk, id, ("Delete this identity?", consequence, "Delete")))
}

fn asked(desk: &Desk<'_>, id: IdentityId, (title, consequence, button): (&str, &str, &str)) -> Answer {
    let id = id.to_string();
    let question = Question {
        consequence,
        button,
        fields: &[("id", &id)],
        back: desk.link(Page::Identity, &[("id", &id)]),
    };
    let content = html! { p { code { (id) } } (question.ask(desk)) };
    frame::page(desk, title, &content)
}

async fn identity(desk: &Desk<'_>) -> Result<Identity, Problem> {
    let text = desk.form.get("id").unwrap_or_default();
    let id = IdentityId::read(text, desk.resource.stored.id).map_err(|_| {
        let sentence =
            "An id has the form 8:acs:<guid>_<guid>. Look for the identity on the page Identities.";
        Problem::new(Fault::Input, "That is no identity id", sentence)
    })?;
    desk.tell(|told| told.identity = Some(id));
    get_identity(desk.service(), &desk.caller(), id).await.map_err(Problem::of_rule)
}
