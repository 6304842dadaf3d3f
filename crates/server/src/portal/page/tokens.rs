//! *Identities & user access tokens*: choose scopes and a lifetime, generate, copy.

use std::collections::BTreeSet;

use callsign_core::Error;
use callsign_core::operation::create_identity::create_identity;
use callsign_core::operation::issue_access_token::issue_access_token;
use callsign_core::token::issue::IssuedToken;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::lifetime::Lifetime;
use callsign_protocol::messages::request::{CreateIdentity, InvalidMessage, IssueAccessToken};
use callsign_protocol::scope::Scope;
use callsign_protocol::version::ApiVersion;
use maud::{Markup, html};
use serde_json::{Value, json};

use crate::http::site::Answer;
use crate::portal::answer::{Fault, Problem};
use crate::portal::desk::Desk;
use crate::portal::route::Page;
use crate::portal::{frame, part};

const TITLE: &str = "Identities & user access tokens";

/// What a form is read as: the version that knows all that the form has.
const VERSION: ApiVersion = ApiVersion::V2025_03_02Preview;

/// What was made.
struct Made {
    id: String,
    news: &'static str,
    token: IssuedToken,
}

pub(super) async fn show(desk: &Desk<'_>) -> Answer {
    if !desk.is_posted {
        return frame::page(desk, TITLE, &html! { (lead()) (form(desk)) });
    }
    match make(desk).await {
        Ok(made) => frame::page(desk, TITLE, &html! { (result(desk, &made)) (form(desk)) }),
        Err(problem) => frame::problem_with(desk, &problem, (TITLE, &form(desk))),
    }
}

/// Issues a token, to a new identity unless one is named. What was typed is read as a request of ACS is.
async fn make(desk: &Desk<'_>) -> Result<Made, Problem> {
    let scopes: Vec<&str> = desk.form.all("scope").collect();
    let lifetime = desk.form.get("lifetime").map_or(Value::Null, |text| {
        text.parse::<i64>().map_or_else(|_| json!(text), |minutes| json!(minutes))
    });
    let (service, caller) = (desk.service(), desk.caller());
    if let Some(id) = desk.form.get("id") {
        let id = IdentityId::read(id, caller.resource).map_err(|error| malformed(&error.to_string()))?;
        let body = json!({ "scopes": scopes, "expiresInMinutes": lifetime });
        let message = IssueAccessToken::parse(VERSION, body.to_string().as_bytes()).map_err(invalid)?;
        desk.tell(|told| (told.identity, told.scopes) = (Some(id), Some(message.scopes.clone())));
        let token = issue_access_token(service, &caller, id, &message).await.map_err(Problem::of_rule)?;
        desk.tell(|told| told.issued = true);
        return Ok(Made { id: id.to_string(), news: "The identity has another token.", token });
    }
    let body = json!({
        "createTokenWithScopes": scopes,
        "expiresInMinutes": lifetime,
        "customId": desk.form.get("custom_id"),
    });
    let message = CreateIdentity::parse(VERSION, body.to_string().as_bytes()).map_err(invalid)?;
    // A request of ACS may leave them out, and then makes an identity alone.
    if message.scopes.is_none() {
        return Err(invalid(InvalidMessage::ScopesEmpty));
    }
    desk.tell(|told| told.scopes.clone_from(&message.scopes));
    let made = create_identity(service, &caller, message).await.map_err(Problem::of_rule)?;
    let token = made.token.ok_or_else(|| invalid(InvalidMessage::ScopesEmpty))?;
    desk.tell(|told| (told.identity, told.issued) = (Some(made.identity.id), true));
    let news = match desk.form.get("custom_id") {
        Some(_) => "The identity with this custom id has a token.",
        None => "A new identity has a token.",
    };
    Ok(Made { id: made.identity.id.to_string(), news, token })
}

fn invalid(message: InvalidMessage) -> Problem {
    match message {
        InvalidMessage::ScopesEmpty | InvalidMessage::ScopesMissing => Problem::new(
            Fault::Input,
            "No scope is chosen",
            "Choose at least one: a token without any opens nothing.",
        ),
        InvalidMessage::LifetimeNotWhole | InvalidMessage::LifetimeOutOfRange { .. } => Problem::new(
            Fault::Input,
            "The lifetime cannot be used",
            "Type a whole number of minutes from 60 to 1440.",
        ),
        other => Problem::of_rule(Error::InvalidMessage(other)),
    }
}

fn malformed(reason: &str) -> Problem {
    let sentence = format!(
        "{}: leave the field empty to make a new identity.",
        crate::portal::desk::sentence(reason).trim_end_matches('.')
    );
    Problem::new(Fault::Input, "That is no identity id", sentence)
}

fn lead() -> Markup {
    html! {
        p.lead {
            "Make a user and a token that opens chat or calling for them. Your own back end does the same with one call of the SDK."
        }
    }
}

fn form(desk: &Desk<'_>) -> Markup {
    let chosen: BTreeSet<&str> =
        if desk.is_posted { desk.form.all("scope").collect() } else { BTreeSet::from(["chat", "voip"]) };
    let typed = |name| desk.form.get(name).unwrap_or_default();
    let lifetime = desk.form.get("lifetime").map_or(Lifetime::MAX.minutes().to_string(), str::to_owned);
    html! {
        form.card method="post" action=(Page::Tokens.path()) {
            (desk.form_token())
            fieldset {
                legend { "Scopes" }
                @for scope in Scope::ALL {
                    div.choice {
                        input type="checkbox" name="scope" value=(scope) id={ "scope-" (scope) }
                            checked[chosen.contains(scope.as_str())] aria-describedby={ "says-" (scope) };
                        div {
                            label for={ "scope-" (scope) } { (scope) }
                            span.hint id={ "says-" (scope) } { (opens(scope)) }
                        }
                    }
                }
            }
            div {
                label for="lifetime" { "Lifetime in minutes" }
                input type="number" id="lifetime" name="lifetime" min=(Lifetime::MINUTES_MIN) max=(Lifetime::MINUTES_MAX)
                    step="1" value=(lifetime) required aria-describedby="lifetime-hint";
                p.hint id="lifetime-hint" { "From 60 (an hour) to 1440 (a day)." }
            }
            div.fields {
                div {
                    label for="id" { "Identity (optional)" }
                    input.code type="text" id="id" name="id" value=(typed("id")) maxlength="256" spellcheck="false"
                        autocomplete="off" aria-describedby="id-hint";
                    p.hint id="id-hint" { "For a token of an identity that is there already. Empty makes a new one." }
                }
                div {
                    label for="custom_id" { "Custom id (optional)" }
                    input type="text" id="custom_id" name="custom_id" value=(typed("custom_id")) maxlength="256"
                        autocomplete="off" aria-describedby="custom-hint";
                    p.hint id="custom-hint" {
                        "Your own name for a new identity. If one has it already, that one gets the token."
                    }
                }
            }
            button.primary type="submit" { "Generate" }
        }
    }
}

/// What a scope lets its bearer do (`clients.md` B).
const fn opens(scope: Scope) -> &'static str {
    match scope {
        Scope::Chat => "Everything in chat: make threads, join, read and write.",
        Scope::Voip => "Everything in calling: start calls, join and be called.",
        Scope::ChatJoin => "Read and write in threads that others made.",
        Scope::ChatJoinLimited => "The same, without adding or removing people.",
        Scope::VoipJoin => "Join calls that others started.",
    }
}

fn result(desk: &Desk<'_>, made: &Made) -> Markup {
    let seconds = made.token.expires_at.unix_seconds() - desk.service().clock.now().unix_seconds();
    html! {
        section.card aria-labelledby="result" {
            h2 id="result" { "Result" }
            (part::good_news(made.news))
            (part::copied("identity", "Identity", &made.id, 1))
            (part::copied("token", "User access token", &made.token.token, 8))
            (part::copied("expiry", "Expires on", &made.token.expires_at.to_whole_seconds_utc(), 1))
            p.quiet hidden data-seconds-left=(seconds) {}
            p.quiet { "The token is shown here only, and kept nowhere. Treat it as a password of this user." }
            div.row {
                form method="post" action=(Page::Tokens.path()) {
                    (desk.form_token())
                    input type="hidden" name="id" value=(made.id);
                    input type="hidden" name="lifetime" value=(desk.form.get("lifetime").unwrap_or_default());
                    @for scope in desk.form.all("scope") { input type="hidden" name="scope" value=(scope); }
                    button type="submit" { "Another token for this identity" }
                }
                form method="post" action=(Page::Decoder.path()) {
                    (desk.form_token())
                    input type="hidden" name="token" value=(made.token.token);
                    button type="submit" { "Decode this token" }
                }
                (part::button_to(desk, Page::Identity, &[("id", &made.id)], "Open the identity"))
            }
        }
    }
}
