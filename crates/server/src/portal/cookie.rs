//! The cookies that hold a session's id and an attempt to sign in, and whether a request comes from a page of ours.

use http::header::{COOKIE, ORIGIN};
use http::{HeaderName, HeaderValue};

use super::openid::ATTEMPT_MAX;
use super::session::SESSION_MAX;
use crate::admin::Endpoints;
use crate::http::site::Visit;

/// A cookie: its name over https and over plain http, and how long browsers keep it.
struct Kind {
    /// Browsers take a name with the prefix `__Host-` from the host alone that it is for, over TLS alone, and for all paths (RFC 6265bis
    /// §4.1.3): no neighbour can plant one.
    secure: &'static str,
    /// Of this machine, where nothing of that can be had.
    plain: &'static str,
    seconds: u64,
}

const SESSION: Kind =
    Kind { secure: "__Host-callsign-session", plain: "callsign-session", seconds: SESSION_MAX.as_secs() };
const ATTEMPT: Kind =
    Kind { secure: "__Host-callsign-attempt", plain: "callsign-attempt", seconds: ATTEMPT_MAX.as_secs() };

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether the browser speaks https: to this server, or to a proxy before it whose address is the public one.
fn is_https(visit: &Visit<'_>, endpoints: &Endpoints) -> bool {
    visit.arrival.secure || endpoints.https().map(authority) == Some(authority(visit.origin))
}

/// The origin by which the browser came, as it knows it.
pub(super) fn origin<'a>(visit: &Visit<'a>, endpoints: &'a Endpoints) -> &'a str {
    let here = endpoints.https().filter(|https| authority(https) == authority(visit.origin));
    here.map_or(visit.origin, |https| https.trim_end_matches('/'))
}

/// The id of the session that the browser names.
pub(super) fn session_id<'a>(visit: &Visit<'a>, endpoints: &Endpoints) -> Option<&'a str> {
    value(visit, endpoints, &SESSION)
}

/// The attempt to sign in that the browser names.
pub(super) fn attempt<'a>(visit: &Visit<'a>, endpoints: &Endpoints) -> Option<&'a str> {
    value(visit, endpoints, &ATTEMPT)
}

fn value<'a>(visit: &Visit<'a>, endpoints: &Endpoints, kind: &Kind) -> Option<&'a str> {
    let wanted = if is_https(visit, endpoints) { kind.secure } else { kind.plain };
    let lines = visit.headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| *name == wanted).map(|(_, value)| value).next()
}

/// The `Set-Cookie` that gives the browser a session. `Lax`, so that a link from elsewhere to the portal finds it; what changes something is
/// posted, and asks for more than the cookie.
pub(super) fn giving(visit: &Visit<'_>, endpoints: &Endpoints, id: &str) -> Option<HeaderValue> {
    set(visit, endpoints, &SESSION, id)
}

/// The `Set-Cookie` that takes it away.
pub(super) fn taking_away(visit: &Visit<'_>, endpoints: &Endpoints) -> Option<HeaderValue> {
    set(visit, endpoints, &Kind { seconds: 0, ..SESSION }, "")
}

/// The `Set-Cookie` that gives the browser an attempt. `Lax`, since the browser comes back by a link of the provider.
pub(super) fn giving_attempt(visit: &Visit<'_>, endpoints: &Endpoints, text: &str) -> Option<HeaderValue> {
    set(visit, endpoints, &ATTEMPT, text)
}

/// The `Set-Cookie` that takes it away.
pub(super) fn taking_attempt_away(visit: &Visit<'_>, endpoints: &Endpoints) -> Option<HeaderValue> {
    set(visit, endpoints, &Kind { seconds: 0, ..ATTEMPT }, "")
}

fn set(visit: &Visit<'_>, endpoints: &Endpoints, kind: &Kind, id: &str) -> Option<HeaderValue> {
    let (name, secure) =
        if is_https(visit, endpoints) { (kind.secure, "; Secure") } else { (kind.plain, "") };
    let seconds = kind.seconds;
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
