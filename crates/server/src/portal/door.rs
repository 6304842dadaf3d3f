//! The door: signing in by a link, and signing out.

use maud::{Markup, html};

use super::answer::{self, Fault, Problem};
use super::form::Form;
use super::frame;
use super::operator::{Operator, Reach};
use super::{Portal, cookie, desk};
use crate::http::site::{Answer, Visit};

const TICKET: &str = "ticket";
const SIGN_IN: &str = "/portal/sign-in";

impl Portal {
    /// The page of a link, or of somebody who came without one. Looking at it uses nothing up: programs that preview links do.
    pub(super) fn show_door(&self, visit: &Visit<'_>) -> Answer {
        let asked = Form::asked(visit);
        match asked.get(TICKET) {
            Some(ticket) => frame::page_alone("Sign in to the portal", &with_link(ticket)),
            None => frame::page_alone("Sign in to the portal", &self.how_to_sign_in()),
        }
    }

    /// Uses a link up.
    pub(super) fn sign_in(&self, visit: &Visit<'_>) -> Result<Answer, Problem> {
        let form = Form::posted(visit)?;
        let name = form.get(TICKET).and_then(|ticket| self.tickets.redeem(ticket)).ok_or_else(|| {
            let sentence =
                "A sign-in link is good once and for five minutes, and only until the server stops.";
            Problem::new(Fault::Link, "This link lets nobody in any more", sentence)
        })?;
        self.let_in(visit, Operator { name, reach: Reach::Administrator })
    }

    /// Begins a session for somebody who proved who they are. The session that the browser had ends.
    pub(super) fn let_in(&self, visit: &Visit<'_>, operator: Operator) -> Result<Answer, Problem> {
        self.end_session(visit);
        let id = self.sessions.begin(operator).map_err(|error| {
            Problem::new(Fault::Failed, "You could not be signed in", desk::sentence(&error.to_string()))
        })?;
        let cookie = cookie::giving(visit, &self.office.endpoints, &id);
        Ok(answer::with_cookie(answer::see_other("/portal"), cookie))
    }

    /// Ends the session, if the form is one of it.
    pub(super) fn sign_out(&self, visit: &Visit<'_>) -> Result<Answer, Problem> {
        if let Some(session) = self.session(visit) {
            desk::check_form_token(&Form::posted(visit)?, &session)?;
        }
        self.end_session(visit);
        let cookie = cookie::taking_away(visit, &self.office.endpoints);
        Ok(answer::with_cookie(answer::see_other(SIGN_IN), cookie))
    }

    /// To the door, for somebody without a session.
    pub(super) fn to_the_door() -> Answer {
        answer::see_other(SIGN_IN)
    }

    /// What to do without a link that is good.
    pub(super) fn how_to_sign_in(&self) -> Markup {
        html! {
            @if let Some(openid) = &self.openid { (openid.offer()) }
            (how_to_get_a_link())
        }
    }

    fn end_session(&self, visit: &Visit<'_>) {
        if let Some(id) = cookie::session_id(visit, &self.office.endpoints) {
            self.sessions.end(id);
        }
    }
}

fn with_link(ticket: &str) -> Markup {
    html! {
        p.lead { "This link was made for one person. It works once." }
        form.card method="post" action=(SIGN_IN) {
            input type="hidden" name=(TICKET) value=(ticket);
            p { "You will be signed in as an administrator of this server for up to 12 hours." }
            button.primary type="submit" { "Sign in" }
        }
    }
}

fn how_to_get_a_link() -> Markup {
    html! {
        div.card {
            h2 { "Get a link" }
            p { "On the machine where the server runs, as the user that runs it:" }
            pre { code { "callsign portal open" } }
            p.quiet { "It prints a link that signs you in. The link is good once, for five minutes." }
        }
    }
}
