//! Who may go where, on which connection, over the model of a store.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use callsign_protocol::date::Timestamp;
use http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue};

use super::operator::{Need, Operator, Reach};
use super::*;
use crate::admin::office_of_the_model;
use crate::config::Role;
use crate::http::Arrival;
use crate::telemetry::Sinks;

/// A connection that nobody else can read, and one that everybody can.
const OWN: (&str, bool) = ("127.0.0.1:9", false);
const SECURE: (&str, bool) = ("192.0.2.1:9", true);
const READABLE: (&str, bool) = ("192.0.2.1:9", false);

const HOST: &str = "http://127.0.0.1:8081";

async fn portal() -> Portal {
    let mut office = office_of_the_model().await;
    office.tickets = Some(Arc::new(Tickets::new(&office.service)));
    let config = Config::ephemeral(Path::new("/nowhere"));
    let sinks = Sinks::start(&config).unwrap();
    let telemetry = Arc::new(Telemetry::new(&config.request_log, sinks, Timestamp::from_unix_seconds(0)));
    Portal::new(&config, &Arc::new(office), telemetry).unwrap()
}

/// A request, and who makes it from where.
struct Asked<'a> {
    method: Method,
    path: &'a str,
    body: String,
    cookie: Option<String>,
    on: (&'a str, bool),
}

impl<'a> Asked<'a> {
    fn get(path: &'a str) -> Self {
        Self { method: Method::GET, path, body: String::new(), cookie: None, on: OWN }
    }

    async fn answer(&self, portal: &Portal) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        if let Some(cookie) = &self.cookie {
            headers.insert(COOKIE, cookie.parse().unwrap());
        }
        let (source, secure) = self.on;
        let visit = Visit {
            method: &self.method,
            path: self.path,
            query: "",
            headers: &headers,
            body: self.body.as_bytes(),
            origin: if secure { "https://id.example.com" } else { HOST },
            prefix: None,
            arrival: &Arrival { source: source.parse().unwrap(), own_port: None, secure },
        };
        portal.answer(&visit).await.0
    }
}

fn text(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.body).unwrap()
}

#[tokio::test]
async fn every_page_is_for_those_whose_role_opens_it() {
    let portal = portal().await;
    let roles = [None, Some(Role::Reader), Some(Role::Issuer), Some(Role::Contributor)];
    for role in roles {
        let reach = role.map(|role| ("default".to_owned(), role)).into_iter().collect::<BTreeMap<_, _>>();
        let operator = Operator { name: "somebody".into(), reach: Reach::Roles(reach) };
        let id = portal.sessions.begin(operator).unwrap();
        let form_token = portal.sessions.find(&id).unwrap().form_token;
        for page in Page::ALL {
            let may = role.is_some_and(|role| match page.need() {
                Need::Role(least) => role >= least,
                Need::Administrator => false,
            });
            for method in [Method::GET, Method::POST] {
                if Place::Page(page).check(&method).is_err() {
                    continue;
                }
                let body = format!("form_token={}", *form_token);
                let cookie = Some(format!("callsign-session={}", *id));
                let asked = Asked { method, body, cookie, ..Asked::get(page.path()) };
                let status = asked.answer(&portal).await.status.as_u16();
                assert_eq!(status != 403, may, "{role:?} {page:?} {} {status}", asked.method);
            }
        }
    }
}

/// What each page needs, written down once more: a page that is opened by mistake is found here.
#[test]
fn what_a_page_needs_is_what_was_decided() {
    let least = |page: Page| match page.need() {
        Need::Role(role) => role.as_str(),
        Need::Administrator => "administrator",
    };
    for page in Page::ALL {
        let expected = match page {
            Page::Tokens | Page::RevokeTokens => "issuer",
            Page::DeleteIdentity => "contributor",
            Page::Keys
            | Page::ShowKeys
            | Page::RegenerateKey
            | Page::RotateSigningKey
            | Page::RevokeSigningKey
            | Page::Settings => "administrator",
            _ => "reader",
        };
        assert_eq!(least(page), expected, "{page:?}");
    }
}

#[tokio::test]
async fn the_menu_leads_where_somebody_may_go_and_nowhere_else() {
    let portal = portal().await;
    let reach = Reach::Roles(BTreeMap::from([("default".to_owned(), Role::Reader)]));
    let id = portal.sessions.begin(Operator { name: "<b>reader".into(), reach }).unwrap();
    let cookie = Some(format!("callsign-session={}", *id));
    let answer = Asked { cookie, ..Asked::get("/portal") }.answer(&portal).await;
    let page = text(&answer);
    for there in ["/portal/identities", "/portal/decoder", "/portal/metrics"] {
        assert!(page.contains(&format!("href=\"{there}\"")), "{there}");
    }
    for elsewhere in ["/portal/keys", "/portal/settings", "/portal/tokens"] {
        assert!(!page.contains(elsewhere), "{elsewhere}");
    }
    assert!(page.contains("&lt;b&gt;reader · reader") && !page.contains("<b>reader"), "{page}");
}

#[tokio::test]
async fn over_plain_http_from_another_machine_there_is_one_page_that_says_so() {
    let portal = portal().await;
    let id = portal.sessions.begin(Operator { name: "a".into(), reach: Reach::Administrator }).unwrap();
    for path in ["/portal", "/portal/sign-in", "/portal/keys", "/portal/style.css", "/portal/nothing"] {
        let cookie = Some(format!("callsign-session={}", *id));
        let answer = Asked { cookie, on: READABLE, ..Asked::get(path) }.answer(&portal).await;
        assert_eq!(answer.status.as_u16(), 403, "{path}");
        assert!(text(&answer).contains("is not shown over plain http"), "{path}");
        assert!(!text(&answer).contains("form_token"));
    }
}

#[tokio::test]
async fn over_https_the_cookie_is_of_this_host_alone_and_no_other_is_taken() {
    let portal = portal().await;
    let ticket = portal.tickets.issue("a").unwrap();
    let body = format!("ticket={}", *ticket.text);
    let asked = Asked { method: Method::POST, body, on: SECURE, ..Asked::get("/portal/sign-in") };
    let answer = asked.answer(&portal).await;
    assert_eq!(answer.headers[LOCATION], "/portal");
    let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-callsign-session=") && cookie.ends_with("; Secure"), "{cookie}");
    assert!(cookie.contains("; Path=/;") && !cookie.contains("Domain"), "{cookie}");
    let (pair, _) = cookie.split_once(';').unwrap();
    for (cookie, status) in [
        (pair.to_owned(), 200),
        (format!("a=b; {pair}; c"), 200),
        (pair.replacen("__Host-", "", 1), 303),
        (pair.to_uppercase(), 303),
    ] {
        let asked = Asked { cookie: Some(cookie), on: SECURE, ..Asked::get("/portal") };
        assert_eq!(asked.answer(&portal).await.status.as_u16(), status);
    }
}

#[tokio::test]
async fn somebody_without_a_role_anywhere_is_told_so() {
    let portal = portal().await;
    let reach = Reach::Roles(BTreeMap::from([("gone".to_owned(), Role::Contributor)]));
    let id = portal.sessions.begin(Operator { name: "a".into(), reach }).unwrap();
    let cookie = Some(format!("callsign-session={}", *id));
    let answer = Asked { cookie, ..Asked::get("/portal") }.answer(&portal).await;
    assert_eq!(answer.status.as_u16(), 403);
    assert!(text(&answer).contains("has a role at no resource"));
}

#[tokio::test]
async fn an_asset_is_kept_by_its_address_and_not_sent_twice() {
    let portal = portal().await;
    let first = Asked::get("/portal/style.css").answer(&portal).await;
    assert_eq!(first.body, Bytes::from_static(include_bytes!("style.css")));
    let tag = first.headers[http::header::ETAG].to_str().unwrap().trim_matches('"').to_owned();
    assert_eq!(asset::STYLE.address(), format!("/portal/style.css?{tag}"));
}
