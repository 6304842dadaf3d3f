//! Script of web pages on this machine: it may read what an OpenID client reads, and redeem its codes (Fetch standard, CORS
//! protocol). A page of elsewhere may not.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method};

use super::answer::Answer;
use super::redirect_uri::RedirectUri;
use super::route::Route;
use crate::http::site::Visit;

/// The origin of the page, if its script may call that route.
pub(super) fn allowed(visit: &Visit<'_>, route: Route) -> Option<HeaderValue> {
    if !route.is_for_script() {
        return None;
    }
    let value = visit.headers.get(ORIGIN)?;
    let text = value.to_str().ok()?;
    RedirectUri::read(text, visit.origin).is_ok_and(|uri| uri.origin() == text).then(|| value.clone())
}

/// The answer to a preflight request, if that is what it is.
pub(super) fn preflight(visit: &Visit<'_>) -> Option<Answer> {
    let method = visit.headers.get(ACCESS_CONTROL_REQUEST_METHOD)?;
    if *visit.method != Method::OPTIONS {
        return None;
    }
    let mut answer = Answer::nothing();
    answer.headers.insert(ACCESS_CONTROL_ALLOW_METHODS, method.clone());
    if let Some(names) = visit.headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        answer.headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    Some(answer)
}

/// Lets script of that page read the answer.
pub(super) fn mark(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(VARY, HeaderValue::from_static("origin"));
}
