//! *Signing keys*: what signs tokens, what did and what will; rotating, and revoking one that is compromised.

use callsign_protocol::algorithm::Algorithm;
use maud::{Markup, html};

use super::unexpected;
use crate::admin::{Reply, Request, SigningKeyEntry};
use crate::http::site::Answer;
use crate::portal::answer::{self, Fault, Problem};
use crate::portal::desk::Desk;
use crate::portal::part::Question;
use crate::portal::route::Page;
use crate::portal::{frame, part};

pub(super) async fn show(desk: &Desk<'_>) -> Result<Answer, Problem> {
    let keys = keys(desk).await?;
    let may_change = desk.may(Page::RotateSigningKey.need());
    let news = match desk.form.get("done") {
        Some("rotated") => Some("The next key takes over. Tokens that the one before signed stay good."),
        Some("revoked") => Some("The key is revoked for ever, and every token that it signed is dead."),
        _ => None,
    };
    let signing = keys.iter().filter(|key| key.state == "active").filter_map(|key| key.algorithm);
    let content = html! {
        @if let Some(news) = news { (part::good_news(news)) }
        p.lead {
            "Tokens of all resources are signed by these keys. They rotate by themselves; verifiers read them at "
            code { "/.well-known/jwks.json" } "."
        }
        (part::scrolling("Signing keys", &html! {
            table {
                thead { tr {
                    th scope="col" { "Key id" }
                    th scope="col" { "Algorithm" }
                    th scope="col" { "State" }
                    th scope="col" { "Since" }
                    th scope="col" { "Until" }
                    @if may_change { th scope="col" { span.unseen { "What can be done" } } }
                } }
                tbody { @for key in &keys { (row(desk, key, may_change)) } }
            }
        }))
        @if may_change {
            div.row {
                @for algorithm in signing {
                    @let name = algorithm.to_string();
                    (part::button_to(desk, Page::RotateSigningKey, &[("algorithm", &name)], &format!("Rotate {name} now…")))
                }
            }
        }
    };
    Ok(frame::page(desk, "Signing keys", &content))
}

fn row(desk: &Desk<'_>, key: &SigningKeyEntry, may_change: bool) -> Markup {
    html! {
        tr {
            th.whole scope="row" { code { (key.key_id) } }
            td { @match key.algorithm { Some(algorithm) => (algorithm), None => "–" } }
            td { (state(&key.state)) }
            td.time { (part::written_instant(&key.since)) }
            td.time { @match &key.until { Some(until) => (part::written_instant(until)), None => "–" } }
            @if may_change {
                td {
                    @if key.algorithm.is_some() {
                        a href=(desk.link(Page::RevokeSigningKey, &[("key_id", &key.key_id)])) {
                            "Revoke…" span.unseen { " " (key.key_id) }
                        }
                    }
                }
            }
        }
    }
}

fn state(state: &str) -> Markup {
    match state {
        "active" => html! { span.tag.good { "active" } },
        "revoked" => html! { span.tag.bad { "revoked" } },
        other => html! { span.tag { (other) } },
    }
}

/// Asks, and then rotates.
pub(super) async fn rotate(desk: &Desk<'_>) -> Result<Answer, Problem> {
    let named = desk.form.get("algorithm").unwrap_or_default();
    let algorithm: Algorithm = named.parse().map_err(|_| {
        Problem::new(Fault::Input, "There is no such algorithm", "Choose a key on the page Signing keys.")
    })?;
    if desk.is_posted {
        desk.carry_out(Request::SigningKeyRotate { algorithm }).await?;
        return Ok(answer::see_other(&desk.link(Page::SigningKeys, &[("done", "rotated")])));
    }
    let name = algorithm.to_string();
    let consequence = "The next key takes over as soon as every verifier can know it. Tokens that were signed before stay good, since the key \
                       before stays published until they have ended.";
    let question = Question {
        consequence,
        button: "Rotate",
        fields: &[("algorithm", &name)],
        back: desk.link(Page::SigningKeys, &[]),
    };
    Ok(frame::page(desk, &format!("Rotate the {name} key?"), &question.ask(desk)))
}

/// Asks, and then revokes.
pub(super) async fn revoke(desk: &Desk<'_>) -> Result<Answer, Problem> {
    let named = desk.form.get("key_id").unwrap_or_default();
    let keys = keys(desk).await?;
    // Nobody is asked about a key that cannot be revoked.
    let key =
        keys.into_iter().find(|key| key.key_id == named && key.algorithm.is_some()).ok_or_else(|| {
            let sentence = "It may be revoked already, or be forgotten. Choose one on the page Signing keys.";
            Problem::new(Fault::Absent, "There is no such key to revoke", sentence)
        })?;
    if desk.is_posted {
        desk.carry_out(Request::SigningKeyRevoke { key_id: key.key_id }).await?;
        return Ok(answer::see_other(&desk.link(Page::SigningKeys, &[("done", "revoked")])));
    }
    let Reply::LiveTokens { identities } = desk.carry_out(Request::LiveTokensOfAll {}).await?.reply else {
        return Err(unexpected());
    };
    let consequence = format!(
        "For when the key is compromised: it is revoked for ever. Every token that it signed is dead at once here, and within seconds at \
         verifiers that follow this server; whoever only reads the key set may hold the old one for up to 300 seconds. Tokens of up to {} may be \
         hit; they need new ones.",
        part::identities(identities)
    );
    let question = Question {
        consequence: &consequence,
        button: "Revoke for ever",
        fields: &[("key_id", &key.key_id)],
        back: desk.link(Page::SigningKeys, &[]),
    };
    let content = html! { p { code { (key.key_id) } } (question.ask(desk)) };
    Ok(frame::page(desk, "Revoke this signing key?", &content))
}

async fn keys(desk: &Desk<'_>) -> Result<Vec<SigningKeyEntry>, Problem> {
    match desk.carry_out(Request::SigningKeyList {}).await?.reply {
        Reply::SigningKeys { keys } => Ok(keys),
        _ => Err(unexpected()),
    }
}
