//! Refusals as replies of the `http` crate, for the layer and the extractor.

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use crate::bearer::{Challenge, token_of};

/// How a refusal is worded in the body of its reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bodies {
    /// `application/problem+json` (RFC 9457).
    #[default]
    Problem,
    /// A sentence of plain text.
    Plain,
}

/// The one bearer token of a request.
pub(crate) fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    token_of(value.to_str().ok()?)
}

/// A refusal as a reply.
pub(crate) fn reply<Body: From<String>>(challenge: Challenge, bodies: Bodies) -> Response<Body> {
    let (kind, body) = match bodies {
        Bodies::Problem => ("application/problem+json", challenge.problem()),
        Bodies::Plain => ("text/plain; charset=utf-8", challenge.to_string()),
    };
    let mut reply = Response::new(Body::from(body));
    *reply.status_mut() = StatusCode::from_u16(challenge.status()).unwrap_or(StatusCode::UNAUTHORIZED);
    let (name, value) = challenge.header();
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(value) = HeaderValue::from_str(&value) {
        headers.insert(HeaderName::from_static(name), value);
    }
    reply
}
