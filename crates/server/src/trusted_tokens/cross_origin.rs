//! Cross-origin requests (Fetch standard, CORS protocol): script of the listed pages may call the service. No cookie is ever looked
//! at, so no credentials are allowed.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method};

use super::answer;
use super::route::Route;
use crate::http::site::{Answer, Visit};

/// What script sends besides what it always may.
const TAKEN: &str = "authorization, content-type, teams-user-aad-token";
/// What script may read besides what it always may.
const EXPOSED: &str = "retry-after, www-authenticate";
/// What browsers may keep the answer for, in seconds.
const MAX_AGE: &str = "600";

/// What a request from a web page gets.
pub(super) struct CrossOrigin {
    /// The page's origin, if it is listed.
    allowed: Option<HeaderValue>,
    /// Whether the answer depends on who asks.
    varies: bool,
}

impl CrossOrigin {
    pub(super) fn of(visit: &Visit<'_>, origins: &[String]) -> Self {
        let varies = !origins.is_empty() && Route::of(visit.path).is_some_and(|route| !route.is_of_page());
        let origin = crate::http::single_header(visit.headers, &ORIGIN).filter(|_| varies);
        let listed = origin.filter(|origin| origins.iter().any(|known| known == origin));
        Self { allowed: listed.and_then(|origin| HeaderValue::from_str(origin).ok()), varies }
    }

    /// The answer to a preflight request, if that is what it is and the page may go on.
    pub(super) fn preflight(&self, visit: &Visit<'_>) -> Option<Answer> {
        self.allowed.as_ref()?;
        let route = Route::of(visit.path)?;
        if *visit.method != Method::OPTIONS || !visit.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
            return None;
        }
        let mut answer = answer::done();
        let headers = &mut answer.headers;
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(route.verbs()));
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(TAKEN));
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
        self.mark(headers);
        Some(answer)
    }

    /// What every answer says.
    pub(super) fn mark(&self, headers: &mut HeaderMap) {
        if self.varies {
            headers.append(VARY, HeaderValue::from_static("origin"));
        }
        if let Some(origin) = &self.allowed {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        }
    }
}
