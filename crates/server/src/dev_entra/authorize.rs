//! The authorization endpoint (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2): whoever signs in on its page is sent back to the
//! application with a code. Nobody is sent anywhere before the application and its address are known to be good.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use callsign_protocol::digest::sha256;
use http::Method;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::answer::{Answer, Fault, Refusal};
use super::authorization_code::{self, Granted};
use super::form::Form;
use super::page::{self, page};
use super::redirect_uri::RedirectUri;
use super::{Authority, scope};
use crate::config::{DevApplication, DevUser};
use crate::http::site::Visit;

/// What a page carries from the request to the answer.
const CARRIED: [&str; 12] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "resource",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "client_info",
    "login_hint",
];

/// Longest nonce, in bytes.
const NONCE_BYTES_MAX: usize = 512;

/// Sends the form of `response_mode=form_post` on its way.
const SUBMIT: &str = "document.forms[0].submit()";

/// The way back to the application.
struct Back<'a> {
    application: &'a DevApplication,
    redirect_uri: RedirectUri,
    mode: Mode,
    state: Option<&'a str>,
}

/// How an answer travels (OAuth 2.0 Multiple Response Types §2.1; OAuth 2.0 Form Post Response Mode).
#[derive(Clone, Copy)]
enum Mode {
    Query,
    Fragment,
    FormPost,
}

impl Authority {
    /// Answers a browser that an application sent here, and what somebody typed.
    pub(super) fn authorize(&self, visit: &Visit<'_>) -> Answer {
        let posted = *visit.method == Method::POST;
        let read = if posted { Form::posted(visit) } else { Form::read(visit.query.as_bytes()) };
        let form = match &read {
            Ok(form) => form,
            Err(refusal) => return nobody_is_sent(refusal),
        };
        let back = match self.back(form, visit.origin) {
            Ok(back) => back,
            Err(refusal) => return nobody_is_sent(&refusal),
        };
        if let Err(refusal) = wanted(form, &back, visit.origin) {
            return back.refuse(&refusal);
        }
        // What is typed never stands in an address.
        if !posted || form.get("username").is_none() {
            return back.ask(form, None);
        }
        let signed_in = form
            .required("password")
            .and_then(|password| self.known.user(form.required("username")?, password));
        match signed_in {
            Ok(user) => self.grant(form, &back, user).unwrap_or_else(|refusal| back.refuse(&refusal)),
            Err(refusal) => back.ask(form, Some(&refusal)),
        }
    }

    /// Where the answer goes, whatever it is.
    fn back<'a>(&'a self, form: &'a Form, origin: &str) -> Result<Back<'a>, Refusal> {
        let application = self.known.named(form)?;
        let redirect_uri = RedirectUri::read(form.required("redirect_uri")?, origin)?;
        let mode = match form.get("response_mode") {
            None | Some("query") => Mode::Query,
            Some("fragment") => Mode::Fragment,
            Some("form_post") => Mode::FormPost,
            Some(_) => {
                let sentence = "The 'response_mode' is not known. Send query, fragment or form_post.";
                return Err(Refusal::new(Fault::FieldWrong, sentence));
            }
        };
        Ok(Back { application, redirect_uri, mode, state: form.get("state") })
    }

    /// Sends the browser back with a code for whoever signed in.
    fn grant(&self, form: &Form, back: &Back<'_>, user: &DevUser) -> Result<Answer, Refusal> {
        let code = URL_SAFE_NO_PAD.encode(self.mint.random::<32>()?);
        let granted = Granted {
            client_id: back.application.client_id.clone(),
            redirect_uri: form.required("redirect_uri")?.to_owned(),
            challenge: authorization_code::challenge(form)?,
            scope: scope::words(form)?,
            nonce: form.get("nonce").map(str::to_owned),
            user: user.object.to_string(),
            ends: self.mint.now().unix_seconds() + authorization_code::LIFETIME_SECONDS,
        };
        self.codes.add(code.clone(), granted);
        let mut parameters = vec![("code", code)];
        parameters.extend(self.client_info(form, user).map(|info| ("client_info", info)));
        Ok(back.send(parameters))
    }
}

/// Refuses what could not be granted, whoever signs in.
fn wanted(form: &Form, back: &Back<'_>, origin: &str) -> Result<(), Refusal> {
    let refused = |fault, sentence: &str| Err(Refusal::new(fault, sentence));
    if form.required("response_type")? != "code" {
        return refused(Fault::ResponseTypeUnknown, "The 'response_type' is not supported. Send code.");
    }
    scope::of_user(&scope::words(form)?, origin)?;
    let challenge = authorization_code::challenge(form)?;
    if challenge.is_none() && back.application.secret.is_empty() {
        let sentence = "Proof Key for Code Exchange is required of an application without a secret. Send 'code_challenge' and \
                        'code_challenge_method'.";
        return refused(Fault::ChallengeMissing, sentence);
    }
    if form.get("nonce").is_some_and(|nonce| nonce.len() > NONCE_BYTES_MAX) {
        return refused(Fault::FieldWrong, "The 'nonce' is longer than 512 bytes. Send a shorter one.");
    }
    if form.get("prompt").is_some_and(|prompt| prompt.split(' ').any(|word| word == "none")) {
        let sentence = "Nobody stays signed in at this authority. Send the user here without 'prompt=none'.";
        return refused(Fault::LoginRequired, sentence);
    }
    Ok(())
}

/// A page for whom there is no way back.
fn nobody_is_sent(refusal: &Refusal) -> Answer {
    let content = html! { p role="alert" { (refusal.sentence) } p { "Go back to the application." } };
    Answer::page_of(refusal, page("Error: nobody can sign in here", &content), page::POLICY)
}

impl Back<'_> {
    /// The page to sign in on.
    fn ask(&self, form: &Form, refusal: Option<&Refusal>) -> Answer {
        let before = html! {
            p { "Sign in to the application " strong { (self.application.client_id) } "." }
            @for (name, value) in CARRIED.iter().filter_map(|name| Some((name, form.get(name)?))) {
                input type="hidden" name=(name) value=(value);
            }
        };
        let username = form.get("username").or(form.get("login_hint")).unwrap_or_default();
        let content = page::form(refusal, &before, username);
        // Browsers ask the policy about where the answer to a form redirects to as well.
        let policy = page::POLICY.replace("'self'", &format!("'self' {}", self.redirect_uri.origin()));
        match refusal {
            Some(refusal) => {
                Answer::page_of(refusal, page("Error: you are not signed in", &content), &policy)
            }
            None => Answer::page(page("Sign in", &content), &policy),
        }
    }

    fn refuse(&self, refusal: &Refusal) -> Answer {
        self.send(vec![("error", refusal.word().to_owned()), ("error_description", refusal.description())])
    }

    fn send(&self, mut parameters: Vec<(&'static str, String)>) -> Answer {
        parameters.extend(self.state.map(|state| ("state", state.to_owned())));
        match self.mode {
            Mode::Query => Answer::redirect(&self.redirect_uri.with_query(&parameters)),
            Mode::Fragment => Answer::redirect(&self.redirect_uri.with_fragment(&parameters)),
            Mode::FormPost => self.post(&parameters),
        }
    }

    /// A form that goes its way by itself, or by a button where there is no script.
    fn post(&self, parameters: &[(&str, String)]) -> Answer {
        let policy = format!(
            "default-src 'none'; script-src 'sha256-{}'; form-action {}; base-uri 'none'; frame-ancestors 'none'",
            STANDARD.encode(sha256(&[SUBMIT.as_bytes()])),
            self.redirect_uri.origin(),
        );
        Answer::page(form_post(self.redirect_uri.as_str(), parameters).into_string(), &policy)
    }
}

fn form_post(action: &str, parameters: &[(&str, String)]) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { "Back to the application - Callsign development authority" } }
            body {
                main {
                    h1 { "Back to the application" }
                    form method="post" action=(action) {
                        @for (name, value) in parameters { input type="hidden" name=(name) value=(value); }
                        button type="submit" { "Continue" }
                    }
                }
                script { (PreEscaped(SUBMIT)) }
            }
        }
    }
}
