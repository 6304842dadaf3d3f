//! The page on which somebody signs in for a device.

use http::Method;
use maud::{Markup, html};

use super::Authority;
use super::answer::{Answer, Fault, Refusal};
use super::form::Form;
use super::page::{POLICY, form, page};
use crate::http::site::Visit;

impl Authority {
    /// Answers the page, and what is typed into it.
    pub(super) fn sign_in(&self, visit: &Visit<'_>) -> Answer {
        if *visit.method != Method::POST {
            return Answer::page(page("Sign in", &form(None, &code(""), "")), POLICY);
        }
        let typed = Form::posted(visit);
        let signed_in = typed.as_ref().map_err(Clone::clone).and_then(|typed| self.approve(typed));
        match signed_in {
            Ok((user, application)) => {
                Answer::page(page("You are signed in", &done(&user, &application)), POLICY)
            }
            Err(refusal) => {
                let value = |name| typed.as_ref().ok().and_then(|typed| typed.get(name)).unwrap_or_default();
                let form = form(Some(&refusal), &code(value("user_code")), value("username"));
                Answer::page_of(&refusal, page("Error: you are not signed in", &form), POLICY)
            }
        }
    }

    /// Who signed in, and to which application.
    fn approve(&self, typed: &Form) -> Result<(String, String), Refusal> {
        let code = typed.required("user_code")?;
        let user = self.known.user(typed.required("username")?, typed.required("password")?)?;
        let application = self.devices.approve(code, user, self.mint.now()).ok_or_else(|| {
            let sentence = "No program waits for this code. Type it as the program shows it, or start the program again: a code is \
                            good for 15 minutes and for one sign-in.";
            Refusal::new(Fault::GrantWrong, sentence)
        })?;
        Ok((user.name.clone(), application))
    }
}

fn code(typed: &str) -> Markup {
    html! {
        p {
            label for="user_code" { "Code that the program shows" } br;
            input id="user_code" name="user_code" value=(typed) required autocomplete="off" autocapitalize="characters"
                spellcheck="false";
        }
    }
}

fn done(user: &str, application: &str) -> Markup {
    html! {
        p role="status" {
            (user) " is signed in to the application " (application) ". Go back to the program; this page may be closed."
        }
    }
}
