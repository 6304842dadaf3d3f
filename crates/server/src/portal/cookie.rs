//! The cookie that holds a session's id, and whether a request comes from a page of ours.

use http::header::{COOKIE, ORIGIN};
use http::{HeaderName, HeaderValue};

use super::session::SESSION_MAX;
use crate::admin::Endpoints;
use crate::http::site::Visit;

/// Over https. Browsers take a name with this prefix from the host alone that it is for, over TLS alone, and for all paths (RFC 6265bis
/// §4.1.3): no neighbour can plant a session.
const SECURE_NAME: &str = "__Host-callsign-session";
/// Over plain http of this machine, where nothing of that can be had.
const PLAIN_NAME: &str = "callsign-session";

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether the browser speaks https: to this server, or to a proxy before it whose address is the public one.
fn is_https(visit: &Visit<'_>, endpoints: &Endpoints) -> bool {
    visit.arrival.secure || endpoints.https().map(authority) == Some(authority(visit.origin))
}

/// The id of the session that the browser names.
pub(super) fn session_id<'a>(visit: &Visit<'a>, endpoints: &Endpoints) -> Option<&'a str> {
    let wanted = if is_https(visit, endpoints) { SECURE_NAME } else { PLAIN_NAME };
    let lines = visit.headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| *name == wanted).map(|(_, value)| value).next()
}

/// The `Set-Cookie` that gives the browser a session. `Lax`, so that a link from elsewhere to the portal finds it; what changes something is
/// posted, and asks for more than the cookie.
pub(super) fn giving(visit: &Visit<'_>, endpoints: &Endpoints, id: &str) -> Option<HeaderValue> {
    set(visit, endpoints, id, SESSION_MAX.as_secs())
}

/// The `Set-Cookie` that takes it away.
pub(super) fn taking_away(visit: &Visit<'_>, endpoints: &Endpoints) -> Option<HeaderValue> {
    set(visit, endpoints, "", 0)
}

fn set(visit: &Visit<'_>, endpoints: &Endpoints, id: &str, seconds: u64) -> Option<HeaderValue> {
    let (name, secure) =
        if is_https(visit, endpoints) { (SECURE_NAME, "; Secure") } else { (PLAIN_NAME, "") };
    let text = format!("{name}={id}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Whether a post may come from a page of ours. What a browser says of it has to be right; a program says nothing, and has no cookie that it
/// was not given.
pub(super) fn comes_from_here(visit: &Visit<'_>, endpoints: &Endpoints) -> bool {
    let mut sites = visit.headers.get_all(SEC_FETCH_SITE).iter();
    let mut origins = visit.headers.get_all(ORIGIN).iter();
    let here = [Some(visit.origin), endpoints.https(), endpoints.http()];
    let is_here = |origin: &HeaderValue| {
        origin.to_str().is_ok_and(|origin| {
            here.iter().flatten().any(|known| authority(known).eq_ignore_ascii_case(authority(origin)))
        })
    };
    sites.all(|site| site == "same-origin" || site == "none") && origins.all(is_here)
}

/// Host and port of an origin. A proxy that speaks TLS for the server changes the scheme.
fn authority(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, authority)| authority)
}
