//! Cross-origin requests (Fetch standard, CORS protocol): what script of listed web pages may call, which is what users call
//! themselves. No cookie is ever looked at, so no credentials are allowed.

use axum::body::Body;
use axum::response::Response;
use callsign_protocol::key_set::KEY_SET_PATH;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::arrival::single_header;

/// The paths and the method that each has.
const PATHS: [(&str, &str); 3] = [
    ("/access/entra/:exchangeAccessToken", "POST"),
    ("/access/teamsExtension/:exchangeAccessToken", "POST"),
    (KEY_SET_PATH, "GET"),
];
/// What browsers may keep the answer for, in seconds.
const MAX_AGE: &str = "600";
/// Headers of answers that script may read besides the few that it always may.
const EXPOSED: &str =
    "api-supported-versions, ms-cv, request-context, retry-after, x-ms-client-request-id, x-processing-time";

/// What a request from a web page gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CrossOrigin {
    /// The path is not for script of any page.
    Closed,
    /// It is, and not for this page, or the request is of no page.
    Silent,
    /// It is for this one.
    Allowed(HeaderValue),
}

impl CrossOrigin {
    /// Looks at a request with the canonical path.
    pub(super) fn of(parts: &Parts, path: &str, origins: &[String]) -> Self {
        if origins.is_empty() || !PATHS.iter().any(|(open, _)| *open == path) {
            return Self::Closed;
        }
        let origin = single_header(&parts.headers, &ORIGIN);
        let allowed = origin.filter(|origin| origins.iter().any(|known| known == origin));
        match allowed.and_then(|origin| HeaderValue::from_str(origin).ok()) {
            Some(origin) => Self::Allowed(origin),
            None => Self::Silent,
        }
    }

    /// The answer to a preflight request, if that is what it is and the page may go on.
    pub(super) fn preflight(&self, parts: &Parts, path: &str) -> Option<Response> {
        let Self::Allowed(_) = self else { return None };
        if parts.method != Method::OPTIONS || !parts.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
            return None;
        }
        let (_, method) = PATHS.iter().find(|(open, _)| *open == path)?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(method));
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
        // A star would not mean `Authorization`, and clients send headers of their own. Nothing is decided by any other.
        if let Some(asked) = parts.headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
        }
        self.mark(response.headers_mut());
        Some(response)
    }

    /// What every answer of such a path says.
    pub(super) fn mark(&self, headers: &mut HeaderMap) {
        if *self == Self::Closed {
            return;
        }
        headers.append(VARY, HeaderValue::from_static("origin"));
        if let Self::Allowed(origin) = self {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        }
    }
}
