//! The headers of every answer (`live-behaviour.md` §2).

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;
use callsign_core::entropy::{self, Entropy};
use futures_util::stream;
use http::header::{
    ACCEPT_RANGES, ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HOST, RETRY_AFTER,
    STRICT_TRANSPORT_SECURITY,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::arrival::single_header;
use super::cors::CrossOrigin;
use super::error::{Facts, Refusal};
use super::own::{PROBLEM_TYPE, Problem};
use super::reply::{Content, Reply};
use super::route::{Protocol, Route};
use super::surface::Surface;

/// The caller's own id of a request, echoed.
pub(crate) const X_MS_CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-client-request-id");
/// The server's id of an exchange.
pub(crate) const MS_CV: HeaderName = HeaderName::from_static("ms-cv");
const API_SUPPORTED_VERSIONS: HeaderName = HeaderName::from_static("api-supported-versions");
const REQUEST_CONTEXT: HeaderName = HeaderName::from_static("request-context");
const X_PROCESSING_TIME: HeaderName = HeaderName::from_static("x-processing-time");

/// An answer that is about to be sent.
pub(super) struct Answer<'a> {
    pub(crate) surface: Surface,
    pub(crate) route: Option<&'a Route>,
    pub(crate) outcome: Result<Reply, Refusal>,
    pub(crate) request_headers: &'a HeaderMap,
    pub(crate) cross_origin: &'a CrossOrigin,
    /// Whether a refusal says more than it does in production.
    pub(crate) tells_reasons: bool,
    pub(crate) strict_transport: bool,
    pub(crate) elapsed: Duration,
    pub(crate) entropy: &'a dyn Entropy,
}

impl Answer<'_> {
    pub(crate) fn into_response(self) -> Response {
        let (mut response, lists_versions) = match (self.surface, self.outcome) {
            (Surface::Acs, Ok(reply)) => (success(reply), true),
            (Surface::Acs, Err(refusal)) => refused(&refusal, self.tells_reasons),
            (Surface::Own, Ok(reply)) => (own_success(reply), false),
            (Surface::Own, Err(refusal)) => (own_refused(&refusal, self.tells_reasons), false),
        };
        let headers = response.headers_mut();
        if let (true, Some(Protocol::Acs(acs))) = (lists_versions, self.route.map(|route| &route.protocol)) {
            headers.insert(API_SUPPORTED_VERSIONS, acs.supported_versions.clone());
        }
        self.cross_origin.mark(headers);
        insert(headers, MS_CV, &correlation_vector(self.entropy));
        if self.surface == Surface::Acs {
            headers.insert(REQUEST_CONTEXT, HeaderValue::from_static("appId="));
            insert(headers, X_PROCESSING_TIME, &format!("{}ms", self.elapsed.as_millis()));
        }
        if let Some(id) = self.request_headers.get(X_MS_CLIENT_REQUEST_ID) {
            headers.insert(X_MS_CLIENT_REQUEST_ID, id.clone());
        }
        if self.strict_transport && !names_loopback(self.request_headers) {
            headers.insert(
                STRICT_TRANSPORT_SECURITY,
                HeaderValue::from_static("max-age=31536000;includeSubDomains"),
            );
        }
        response
    }
}

/// Successes carry their length and name their charset; 204 carries neither.
fn success(reply: Reply) -> Response {
    let accepts_ranges = reply.accepts_ranges();
    let mut response = bare(reply, "application/json; charset=utf-8");
    if accepts_ranges {
        response.headers_mut().insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    }
    response
}

/// What our own surface answers is kept by nobody unless it says so.
fn own_success(reply: Reply) -> Response {
    let mut response = bare(reply, "application/json");
    response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn bare(reply: Reply, json_type: &'static str) -> Response {
    let mut length = None;
    let (media_type, body) = match reply.content {
        Content::Nothing => (None, Body::empty()),
        Content::Json(bytes) => (Some(json_type), Body::from(bytes)),
        Content::Bytes(media_type, bytes) => (Some(media_type), Body::from(bytes)),
        Content::Parts(media_type, parts) => {
            length = Some(parts.iter().map(Bytes::len).sum::<usize>());
            (Some(media_type), Body::from_stream(stream::iter(parts.map(Ok::<_, std::convert::Infallible>))))
        }
        Content::Stream(media_type, body) => (Some(media_type), body),
    };
    let mut response = Response::new(body);
    *response.status_mut() = reply.status;
    let headers = response.headers_mut();
    if let Some(media_type) = media_type {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    if let Some(length) = length {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    headers.extend(reply.headers);
    response
}

/// Errors name no charset and are chunked.
fn refused(refusal: &Refusal, tells_reasons: bool) -> (Response, bool) {
    let mut facts = refusal.facts();
    facts.reason = refusal.hidden_reason().filter(|_| tells_reasons);
    let body = Bytes::from(facts.envelope());
    let body = Body::from_stream(stream::iter([Ok::<_, std::convert::Infallible>(body)]));
    let response = refused_with(body, "application/json", (refusal, &facts));
    (response, facts.lists_versions)
}

fn own_refused(refusal: &Refusal, tells_reasons: bool) -> Response {
    let mut facts = refusal.facts();
    facts.reason = refusal.hidden_reason().filter(|_| tells_reasons);
    let body = Body::from(Problem::of(&facts).to_json());
    let mut response = refused_with(body, PROBLEM_TYPE, (refusal, &facts));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn refused_with(body: Body, media_type: &'static str, (refusal, facts): (&Refusal, &Facts)) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = facts.status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    if let Some(seconds) = refusal.retry_after_seconds() {
        insert(headers, RETRY_AFTER, &seconds.to_string());
    }
    if let Refusal::MethodNotAllowed { allow } = refusal {
        insert(headers, ALLOW, allow);
    }
    response
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    // Every value is made of digits and words of ours.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// 22 characters of base64 and `.0`, as recorded.
fn correlation_vector(entropy: &dyn Entropy) -> String {
    let random: [u8; 16] = entropy::bytes(entropy).unwrap_or_default();
    STANDARD_NO_PAD.encode(random) + ".0"
}

/// `localhost`, everything below it (RFC 6761 §6.3), and the addresses.
fn names_loopback(headers: &HeaderMap) -> bool {
    let host = single_header(headers, &HOST).unwrap_or_default();
    let name = crate::authenticate::host_name(host).trim_end_matches('.').to_ascii_lowercase();
    crate::authenticate::is_loopback(&name) || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_loopback_name_is_one() {
        let with = |host: &'static str| HeaderMap::from_iter([(HOST, HeaderValue::from_static(host))]);
        for host in
            ["localhost:8443", "LocalHost", "localhost.", "default.localhost:8443", "127.0.0.1", "[::1]:1"]
        {
            assert!(names_loopback(&with(host)), "{host}");
        }
        assert!(!names_loopback(&with("tokens.example.com")));
        assert!(!names_loopback(&with("notlocalhost")));
    }
}
