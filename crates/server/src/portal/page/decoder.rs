//! *Token decoder*: what a token says, and whether this server believes it.

use callsign_core::operation::introspect_access_token::introspect_access_token;
use callsign_core::token::verify::NotGood;
use callsign_protocol::verification::{Rejection, VerifiedToken};
use maud::{Markup, html};

use crate::http::site::Answer;
use crate::portal::answer::{Fault, Problem};
use crate::portal::decoded::{Claim, Decoded, bare};
use crate::portal::desk::Desk;
use crate::portal::route::Page;
use crate::portal::{frame, part};

const TITLE: &str = "Token decoder";

pub(super) async fn show(desk: &Desk<'_>) -> Result<Answer, Problem> {
    if !desk.is_posted {
        let lead = html! {
            p.lead { "Paste a token to see what it says and whether this server believes it. The token is looked at and forgotten." }
        };
        return Ok(frame::page(desk, TITLE, &html! { (lead) (form(desk, "")) }));
    }
    let token = bare(desk.form.get("token").unwrap_or_default());
    if token.is_empty() {
        let problem = Problem::new(Fault::Input, "There is no token", "Paste one into the field.");
        return Ok(frame::problem_with(desk, &problem, (TITLE, &form(desk, ""))));
    }
    let judged =
        introspect_access_token(desk.service(), &desk.caller(), token).await.map_err(Problem::of_rule)?;
    let content = html! {
        (verdict(desk, &judged))
        @match Decoded::read(token) {
            Ok(decoded) => { (claims("Payload", &decoded.payload)) (claims("Header", &decoded.header)) }
            Err(sentence) => div.note.warn { p { "This cannot be decoded. " (sentence) } },
        }
        (form(desk, token))
    };
    Ok(frame::page(desk, TITLE, &content))
}

fn form(desk: &Desk<'_>, token: &str) -> Markup {
    html! {
        form.card method="post" action=(Page::Decoder.path()) {
            (desk.form_token())
            div {
                label for="token" { "Token" }
                textarea.code id="token" name="token" rows="8" required spellcheck="false" autocomplete="off" maxlength="16384" { (token) }
            }
            button.primary type="submit" { "Decode" }
        }
    }
}

fn verdict(desk: &Desk<'_>, judged: &Result<VerifiedToken, NotGood>) -> Markup {
    match judged {
        Ok(token) => {
            let seconds = token.expires_at.unix_seconds() - desk.service().clock.now().unix_seconds();
            let id = token.identity.to_string();
            html! {
                div.note.good role="status" {
                    strong { "This token is good." }
                    p { "Its signature is of this server, nothing revoked it, and it ends " (part::instant(token.expires_at)) " ("
                        span data-seconds-left=(seconds) { (seconds / 60) " minutes left" } ")." }
                    p { "It is of " a href=(desk.link(Page::Identity, &[("id", &id)])) { (id) } "." }
                }
            }
        }
        Err(reason) => html! {
            div.note.bad role="status" {
                strong { "This token is not good." }
                p { (crate::portal::desk::sentence(&reason.to_string())) " " (remedy(*reason)) }
            }
        },
    }
}

/// What to do about it.
const fn remedy(reason: NotGood) -> &'static str {
    match reason {
        NotGood::Revoked => {
            "Its identity, its resource or its access key moved on, or the identity was deleted. Issue a new one."
        }
        NotGood::Rejected(Rejection::Expired) => "Issue a new one; tokens live for a day at most.",
        NotGood::Rejected(Rejection::IssuedInFuture) => {
            "Compare the clocks of this server and of the one that issued it."
        }
        NotGood::Rejected(Rejection::ResourceWrong) => "Choose its resource above, if it is one of yours.",
        NotGood::Rejected(Rejection::IssuerWrong) => {
            "Another server issued it, or this one under another public URL (public_url)."
        }
        NotGood::Rejected(Rejection::KeyUnknown) => {
            "The key was revoked or forgotten, or is of another server. Compare with the page Signing keys."
        }
        NotGood::Rejected(Rejection::SignatureWrong) => {
            "It was changed after it was signed, or is not whole."
        }
        NotGood::Rejected(_) => "No server of this kind issued it as it is.",
    }
}

fn claims(title: &str, claims: &[Claim]) -> Markup {
    html! {
        (part::scrolling(title, &html! {
            table {
                caption { (title) ", as the token says it of itself" }
                thead { tr {
                    th scope="col" { "Claim" }
                    th scope="col" { "Value" }
                    th scope="col" { "Meaning" }
                } }
                tbody {
                    @for claim in claims {
                        tr {
                            th.whole scope="row" { code { (claim.name) } }
                            td { code { (claim.value) } }
                            td.breaks { (claim.meaning) }
                        }
                    }
                }
            }
        }))
    }
}
