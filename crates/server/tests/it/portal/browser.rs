//! A browser without script: it keeps a cookie, follows links and sends forms.

use crate::harness::House;
use crate::request::{Reply, Request};

/// A browser at a server.
pub(super) struct Browser<'a> {
    house: &'a House,
    cookie: Option<String>,
}

/// What a browser says of a post from a page of the portal itself.
const FROM_HERE: (&str, &str) = ("sec-fetch-site", "same-origin");

impl<'a> Browser<'a> {
    /// Nobody is signed in.
    pub(super) fn new(house: &'a House) -> Self {
        Self { house, cookie: None }
    }

    /// An administrator is signed in.
    pub(super) fn signed_in(house: &'a House) -> Self {
        let mut browser = Self::new(house);
        let reply = browser.open_link(&ticket(house));
        assert_eq!((reply.status, reply.header("location")), (303, Some("/portal")), "{}", reply.text());
        browser
    }

    /// Presses the button of a link.
    pub(super) fn open_link(&mut self, ticket: &str) -> Reply {
        self.send(&self.form("/portal/sign-in", &[("ticket", ticket)]))
    }

    /// The `name=value` of the cookie.
    pub(super) fn cookie(&self) -> Option<&str> {
        self.cookie.as_deref()
    }

    pub(super) fn set_cookie(&mut self, cookie: &str) {
        self.cookie = Some(cookie.to_owned());
    }

    pub(super) fn get(&mut self, target: &str) -> Reply {
        self.send(&self.house.request("GET", target))
    }

    /// The page, which must be there.
    pub(super) fn page(&mut self, target: &str) -> String {
        let reply = self.get(target);
        assert_eq!(reply.status, 200, "{target}: {}", reply.text());
        reply.text()
    }

    /// Sends the fields as the page's own form does: with its token.
    pub(super) fn post(&mut self, target: &str, fields: &[(&str, &str)]) -> Reply {
        let token = form_token(&self.page("/portal"));
        let fields = [&[("form_token", token.as_str())], fields].concat();
        self.send(&self.form(target, &fields))
    }

    /// A form that is not sent yet.
    pub(super) fn form(&self, target: &str, fields: &[(&str, &str)]) -> Request {
        let body = encoded(fields);
        let request = self.house.request("POST", target).header(FROM_HERE.0, FROM_HERE.1);
        request.header("content-type", "application/x-www-form-urlencoded").body(&body)
    }

    /// Sends it with the cookie, and keeps the one that comes back.
    pub(super) fn send(&mut self, request: &Request) -> Reply {
        let mut request = request.clone();
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        let reply = request.send();
        if let Some(given) = reply.header("set-cookie") {
            let (pair, _) = given.split_once(';').unwrap();
            let is_taken_away = given.contains("Max-Age=0");
            self.cookie = (!is_taken_away).then(|| pair.to_owned());
        }
        reply
    }
}

/// A fresh ticket, from the link that the server makes.
pub(super) fn ticket(house: &House) -> String {
    let link = house.server.portal_link().unwrap();
    let (place, ticket) = link.url.expose().split_once("/portal/sign-in?ticket=").unwrap();
    assert_eq!(place, format!("http://{}", house.address()));
    ticket.to_owned()
}

/// The token that the forms of a page have in them.
pub(super) fn form_token(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"form_token\" value=\"").expect("a form");
    rest.split('"').next().unwrap().to_owned()
}

/// As browsers write the fields of a form.
pub(super) fn encoded(fields: &[(&str, &str)]) -> String {
    let hex = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", hex(name), hex(value))).collect();
    pairs.join("&")
}

/// The text of the field with that id.
pub(super) fn value_of(page: &str, id: &str) -> String {
    let (before, after) =
        page.split_once(&format!(" id=\"{id}\"")).unwrap_or_else(|| panic!("no {id}: {page}"));
    let is_textarea = before.rsplit_once('<').unwrap().1.starts_with("textarea");
    let (_, rest) = after.split_once(if is_textarea { ">" } else { " value=\"" }).unwrap();
    let text = rest.split(if is_textarea { '<' } else { '"' }).next().unwrap();
    text.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"")
}
