//! The page on which somebody signs in for a device. It works without script and without style.

use http::Method;

use super::Authority;
use super::answer::{Answer, Fault, Refusal};
use super::form::Form;
use crate::http::site::Visit;

/// Nothing is loaded, and nothing is sent elsewhere.
const POLICY: &str = "default-src 'none'; form-action 'self'; base-uri 'none'";

impl Authority {
    /// Answers the page, and what is typed into it.
    pub(super) fn sign_in(&self, visit: &Visit<'_>) -> Answer {
        if *visit.method != Method::POST {
            return Answer::page(page("Sign in", &form(None, "", "")));
        }
        let typed = Form::posted(visit);
        let signed_in = typed.as_ref().map_err(Clone::clone).and_then(|typed| self.approve(typed));
        match signed_in {
            Ok((user, application)) => Answer::page(page("You are signed in", &done(&user, &application))),
            Err(refusal) => {
                let value = |name| typed.as_ref().ok().and_then(|typed| typed.get(name)).unwrap_or_default();
                let form = form(Some(&refusal), value("user_code"), value("username"));
                Answer::page_of(&refusal, page("Error: you are not signed in", &form))
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

fn page(title: &str, content: &str) -> String {
    format!(
        concat!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
            "<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n",
            "<title>{title} - Callsign development authority</title>\n</head>\n<body>\n<main>\n",
            "<h1>{title}</h1>\n{content}</main>\n</body>\n</html>\n",
        ),
        policy = POLICY,
        title = escaped(title),
        content = content,
    )
}

fn form(refusal: Option<&Refusal>, user_code: &str, username: &str) -> String {
    let (alert, describes) = match refusal {
        Some(refusal) => (
            format!("<p id=\"error\" role=\"alert\">{}</p>\n", escaped(&refusal.sentence)),
            " aria-describedby=\"error\"",
        ),
        None => (String::new(), ""),
    };
    format!(
        concat!(
            "{alert}<p>This is the development authority of Callsign. Its users are made up.</p>\n",
            "<form method=\"post\"{describes}>\n",
            "<p><label for=\"user_code\">Code that the program shows</label><br>\n",
            "<input id=\"user_code\" name=\"user_code\" value=\"{user_code}\" required autocomplete=\"off\" ",
            "autocapitalize=\"characters\" spellcheck=\"false\"></p>\n",
            "<p><label for=\"username\">User name</label><br>\n",
            "<input id=\"username\" name=\"username\" value=\"{username}\" required autocomplete=\"username\" ",
            "autocapitalize=\"none\" spellcheck=\"false\"></p>\n",
            "<p><label for=\"password\">Password</label><br>\n",
            "<input id=\"password\" name=\"password\" type=\"password\" required ",
            "autocomplete=\"current-password\"></p>\n",
            "<p><button type=\"submit\">Sign in</button></p>\n</form>\n",
        ),
        alert = alert,
        describes = describes,
        user_code = escaped(user_code),
        username = escaped(username),
    )
}

fn done(user: &str, application: &str) -> String {
    format!(
        "<p role=\"status\">{} is signed in to the application {}. Go back to the program; this page may be closed.</p>\n",
        escaped(user),
        escaped(application)
    )
}

/// Text that can stand between tags and in a quoted attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}
