//! What the portal answers: pages with their headers, redirects, assets, and the one table of what can be wrong.

use bytes::Bytes;
use callsign_core::Error;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, LOCATION, REFERRER_POLICY, SET_COOKIE,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use maud::Markup;

use crate::http::error::Refusal;
use crate::http::site::Answer;

const HTML: &str = "text/html; charset=utf-8";

/// Everything comes from here, nothing is put into a frame, and what is typed goes nowhere else.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Other sites are told nothing. It is not `no-referrer`, under which browsers post with `Origin: null` (Fetch §3.2), which cannot be told from
/// another site's post.
const REFERRERS: &str = "same-origin";

const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// A page.
pub(super) fn page(markup: Markup) -> Answer {
    answer(StatusCode::OK, HTML, Bytes::from(markup.into_string()))
}

/// To another page, which is got.
pub(super) fn see_other(to: &str) -> Answer {
    let mut answer = answer(StatusCode::SEE_OTHER, HTML, Bytes::new());
    if let Ok(to) = HeaderValue::from_str(to) {
        answer.headers.insert(LOCATION, to);
    }
    answer
}

/// The same, and the browser gets a cookie.
pub(super) fn with_cookie(mut answer: Answer, cookie: Option<HeaderValue>) -> Answer {
    if let Some(cookie) = cookie {
        answer.headers.append(SET_COOKIE, cookie);
    }
    answer
}

/// A file that a browser may keep: its address changes with it.
pub(super) fn asset(media_type: &'static str, text: &'static str, tag: Option<HeaderValue>) -> Answer {
    let mut answer = answer(StatusCode::OK, media_type, Bytes::from_static(text.as_bytes()));
    answer.headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    if let Some(tag) = tag {
        answer.headers.insert(ETAG, tag);
    }
    answer
}

/// The browser has that file.
pub(super) fn not_modified(answer: Answer) -> Answer {
    Answer { status: StatusCode::NOT_MODIFIED, body: Bytes::new(), ..answer }
}

/// A page that says what is wrong.
pub(super) fn problem(problem: &Problem, markup: Markup) -> Answer {
    let status = problem.fault.status();
    let mut answer = Answer { status, ..page(markup) };
    if let Fault::Method(verbs) = problem.fault {
        answer.headers.insert(ALLOW, HeaderValue::from_static(verbs));
    }
    answer
}

fn answer(status: StatusCode, media_type: &'static str, body: Bytes) -> Answer {
    let rows = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, REFERRERS),
        (CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
        (CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
    ];
    let headers: HeaderMap =
        rows.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
    Answer { status, media_type, headers, body }
}

/// What kind of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// There is no such page.
    PageUnknown,
    /// The page takes other verbs: these.
    Method(&'static str),
    /// It came over plain http from another machine.
    Readable,
    /// The link lets nobody in (any more).
    Link,
    /// It was posted from another site.
    CrossSite,
    /// The form is of another session.
    FormStale,
    /// Somebody else may do that.
    Forbidden,
    /// What was typed cannot be used.
    Input,
    /// What was asked for is not there.
    Absent,
    /// The server cannot do it now.
    Unavailable,
    /// The server failed.
    Failed,
}

impl Fault {
    const fn status(self) -> StatusCode {
        match self {
            Self::PageUnknown | Self::Absent => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Readable | Self::Link | Self::CrossSite | Self::FormStale | Self::Forbidden => {
                StatusCode::FORBIDDEN
            }
            Self::Input => StatusCode::BAD_REQUEST,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// What is wrong, for the one who sees it. It names no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) fault: Fault,
    /// What happened, in a few words.
    pub(super) title: String,
    /// What to do.
    pub(super) sentence: String,
}

impl Problem {
    /// What a rule of the core says no to, in the words of the error table.
    pub(super) fn of_rule(error: Error) -> Self {
        let fault = match &error {
            Error::IdentityNotFound | Error::IdentityNotOwned => Fault::Absent,
            Error::InvalidMessage(_) | Error::ExchangeOnly => Fault::Input,
            Error::Overloaded | Error::Unavailable(_) => Fault::Unavailable,
            _ => Fault::Failed,
        };
        if fault == Fault::Failed {
            tracing::warn!(error.reason = %error, "a page of the portal failed");
        }
        let title = match fault {
            Fault::Absent => "This identity is not here",
            Fault::Input => "This cannot be done as it was asked for",
            Fault::Unavailable => "The server cannot do this now",
            _ => "The server failed",
        };
        Self::new(fault, title, Refusal::Rule(error).facts().message)
    }

    pub(super) fn new(fault: Fault, title: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self { fault, title: title.into(), sentence: sentence.into() }
    }
}
