//! Signing in by an OpenID provider: the browser is sent there and comes back with a code (RFC 6749 §4.1, RFC 7636, OpenID Connect
//! Core §3.1). What it comes back with counts only in the browser that was sent, once, and soon.

mod attempt;
mod reach;

use std::sync::Arc;

use callsign_core::service::Service;
use callsign_protocol::entra::IdToken;
use maud::{Markup, html};

use super::answer::{self, Fault, Problem};
use super::form::Form;
use super::operator::Operator;
use super::{Portal, cookie, desk};
use crate::config::{Config, OpenIdProvider};
use crate::entra::{Client, Grants, Provider, SignIn, SignInError};
use crate::http::site::{Answer, Visit};
pub(super) use attempt::ATTEMPT_MAX;
use attempt::{Attempt, Attempts};

/// Where somebody is sent on to the provider.
pub(super) const BEGIN: &str = "/portal/openid";
/// Where the provider sends them back to.
pub(super) const CALLBACK: &str = "/portal/openid/callback";

/// Who they are, and what people call them.
const SCOPE: &str = "openid profile";

/// Signing in by a provider.
pub(super) struct OpenId {
    provider: Provider,
    client: Client,
    administrators: Vec<String>,
    grants: Grants,
    attempts: Attempts,
    /// The host of the provider, by which people know it.
    host: String,
}

impl OpenId {
    /// None, where no provider is configured.
    pub(super) fn new(config: &Config, service: &Service) -> Option<Self> {
        let portal = &config.portal;
        let (provider, id) = (portal.openid_provider.clone()?, portal.openid_client_id.clone()?);
        let host = host(&provider);
        let grants = Grants::of_provider(config, &provider.issuer);
        Some(Self {
            provider: Provider::new(provider, config.entra.cool_down, Arc::clone(&service.clock)),
            client: Client { id, secret: portal.openid_client_secret.clone() },
            administrators: portal.administrators.clone(),
            grants,
            attempts: Attempts::new(service),
            host,
        })
    }

    /// What the page to sign in on says of it.
    pub(super) fn offer(&self) -> Markup {
        html! {
            div.card {
                h2 { "Sign in with your account" }
                p { "You are sent to " strong { (self.host) } " and come back signed in." }
                p { a.button.primary href=(BEGIN) { "Sign in at " (self.host) } }
            }
        }
    }

    /// Who comes with that id token, if they may do anything.
    fn operator(&self, signed_in: &IdToken, service: &Service) -> Result<Operator, Problem> {
        let name = reach::name_of(signed_in);
        let reach = reach::of(&signed_in.token, (&self.administrators, &self.grants), service);
        reach.map(|reach| Operator { name: name.as_str().into(), reach }).ok_or_else(|| {
            let sentence = format!(
                "{name} is signed in at {}, and has no role here. Ask whoever runs this server to list you in \
                 portal.administrators or to give you a role in entra.roles, by the id behind your name, then sign in again.",
                self.host
            );
            Problem::new(Fault::Forbidden, "There is nothing here for you", sentence)
        })
    }
}

impl Portal {
    /// Sends the browser to the provider.
    pub(super) async fn begin_openid(&self, visit: &Visit<'_>) -> Result<Answer, Problem> {
        let openid = self.openid()?;
        let mut place =
            openid.provider.authorization_endpoint().await.map_err(|error| unavailable(&error))?;
        let attempt = openid.attempts.begin().map_err(|error| {
            Problem::new(Fault::Failed, "You could not be sent on", desk::sentence(&error.to_string()))
        })?;
        place
            .query_pairs_mut()
            .append_pair("client_id", &openid.client.id)
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", &self.redirect_uri(visit))
            .append_pair("scope", SCOPE)
            .append_pair("state", &attempt.state())
            .append_pair("nonce", &attempt.nonce())
            .append_pair("code_challenge", &attempt.challenge())
            .append_pair("code_challenge_method", "S256");
        let cookie = cookie::giving_attempt(visit, &self.office.endpoints, &attempt.text());
        Ok(answer::with_cookie(answer::see_other(place.as_str()), cookie))
    }

    /// Takes somebody back. Whatever comes of it, the attempt is over.
    pub(super) async fn end_openid(&self, visit: &Visit<'_>) -> Result<Answer, Problem> {
        let openid = self.openid()?;
        let asked = Form::asked(visit);
        let attempt = cookie::attempt(visit, &self.office.endpoints)
            .and_then(Attempt::read)
            .filter(|attempt| asked.get("state").is_some_and(|state| attempt.is_of(state)))
            .filter(|attempt| openid.attempts.end(attempt))
            .ok_or_else(|| {
                let sentence = "A sign-in is ended in the browser that began it, once, and within ten minutes. Begin anew.";
                Problem::new(Fault::Link, "This sign-in was not begun here", sentence)
            })?;
        let Some(code) = asked.get("code") else {
            return Err(refused(asked.get("error").unwrap_or("no code")));
        };
        let sign_in = SignIn {
            code,
            redirect_uri: &self.redirect_uri(visit),
            verifier: &attempt.verifier(),
            nonce: &attempt.nonce(),
        };
        let signed_in = openid.provider.redeem(&openid.client, &sign_in).await;
        let signed_in = signed_in.map_err(|error| unavailable(&error))?;
        let operator = openid.operator(&signed_in, self.service())?;
        let answer = self.let_in(visit, operator)?;
        Ok(answer::with_cookie(answer, cookie::taking_attempt_away(visit, &self.office.endpoints)))
    }

    fn openid(&self) -> Result<&OpenId, Problem> {
        self.openid.as_ref().ok_or_else(|| {
            let sentence = "No OpenID provider is configured. Sign in with a link.";
            Problem::new(Fault::PageUnknown, "There is no such page", sentence)
        })
    }

    /// What is registered at the provider: of the address by which the browser came.
    fn redirect_uri(&self, visit: &Visit<'_>) -> String {
        format!("{}{CALLBACK}", cookie::origin(visit, &self.office.endpoints))
    }
}

/// Of a tenant it is Microsoft's, which says more than nothing.
fn host(provider: &OpenIdProvider) -> String {
    let discovery = &provider.issuer.discovery;
    let port = discovery.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", discovery.host_str().unwrap_or_default())
}

fn refused(word: &str) -> Problem {
    let word: String = word.chars().filter(|c| !c.is_control()).take(100).collect();
    let sentence = format!("The OpenID provider says: {word}. Begin anew, or sign in with a link.");
    Problem::new(Fault::Link, "You were not signed in", sentence)
}

/// The reason may tell of the provider's network, so it goes to the log.
fn unavailable(error: &SignInError) -> Problem {
    tracing::warn!(error.reason = %error, "nobody could be signed in to the portal by the OpenID provider");
    let sentence = "The OpenID provider could not be asked, or its answer is not accepted. The log of the server has the reason. Begin anew, \
                    or sign in with a link.";
    Problem::new(Fault::Unavailable, "You could not be signed in", sentence)
}
