//! A call that failed: the error of the pipeline, with what only the call knows.

use std::error::Error as StdError;
use std::fmt;

use azure_core::error::ErrorKind;
use azure_core::http::headers::Headers;

use super::{Failure, ServiceError};

/// The headers by which a service says when to come again.
const RETRY_AFTER_HEADERS: [&str; 3] = ["retry-after", "retry-after-ms", "x-ms-retry-after-ms"];

/// What the call knows and its error does not.
#[derive(Debug)]
pub(crate) struct FailedCall {
    /// The method's name.
    pub(crate) operation: &'static str,
    /// Whether doing it twice is the same as doing it once.
    pub(crate) repeatable: bool,
    /// Whether it is one of those that Azure does not have.
    pub(crate) is_for_callsign_only: bool,
    /// The `x-ms-client-request-id` that was sent.
    pub(crate) request_id: Option<String>,
    /// The host that was asked.
    pub(crate) host: String,
    /// What the pipeline said.
    pub(crate) source: azure_core::Error,
}

impl FailedCall {
    /// The error that the caller sees; its kind stays that of the pipeline.
    pub(crate) fn into_error(self) -> azure_core::Error {
        let (kind, sentence) = (self.source.kind().clone(), self.sentence());
        azure_core::Error::with_error(kind, self, sentence)
    }

    fn sentence(&self) -> String {
        let Self { operation, repeatable, is_for_callsign_only, request_id, host, source } = self;
        let safe = if judge(source, *repeatable) { "a retry is safe" } else { "not safe to retry" };
        let Some(error) = ServiceError::of_reply(source) else {
            return match Failure::of(source) {
                Failure::Other => format!("{operation}: {}", root(source)),
                failure => format!("{operation}: {failure} at {host}: {} ({safe})", root(source)),
            };
        };
        if *is_for_callsign_only && error.lacks_the_path() {
            let failure = Failure::NeedsCallsign;
            return format!("{operation}: {failure}: {host} answered {}. {}", error.status, failure.hint());
        }
        let target = error.target.as_ref().map(|target| format!("target {target}; ")).unwrap_or_default();
        let id = error.request_id.as_ref().or(request_id.as_ref());
        let id = id.map(|id| format!("request id {id}; ")).unwrap_or_default();
        format!("{operation}: {error} ({target}{id}{safe})")
    }

    /// The failed call in an error, if it holds one.
    pub(crate) fn within(error: &azure_core::Error) -> Option<&Self> {
        causes(error).find_map(|cause| cause.downcast_ref())
    }
}

impl StdError for FailedCall {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.source)
    }
}

/// The error that holds it says the rest.
impl fmt::Display for FailedCall {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at {} failed", self.operation, self.host)
    }
}

/// Whether the same call can be made again without doing anything twice, and might succeed then.
///
/// True when nothing was sent (the connection was not made), when the service says that it did nothing (429, and 503 with
/// `Retry-After`), and after 408, 5xx or a broken connection when doing the call twice is the same as doing it once. That is so
/// for every call but a create without a `custom_id`, which could make a second user. False for all else, and for errors that
/// are not of a call of this crate when they are ambiguous.
#[must_use]
pub fn is_safe_to_retry(error: &azure_core::Error) -> bool {
    judge(error, FailedCall::within(error).is_some_and(|call| call.repeatable))
}

fn judge(error: &azure_core::Error, repeatable: bool) -> bool {
    match error.kind() {
        ErrorKind::Connection => Failure::of(error) != Failure::UntrustedCertificate,
        ErrorKind::Io => repeatable,
        ErrorKind::HttpResponse { status, raw_response, .. } => {
            let headers = raw_response.as_ref().map(|reply| reply.headers());
            match u16::from(*status) {
                429 => true,
                503 if headers.is_some_and(says_when) => true,
                status => repeatable && is_ambiguous(status),
            }
        }
        _ => false,
    }
}

/// Whether a reply of that status leaves open if the request was carried out.
pub(crate) const fn is_ambiguous(status: u16) -> bool {
    status == 408 || status >= 500
}

/// Whether the service says when to come again.
pub(crate) fn says_when(headers: &Headers) -> bool {
    RETRY_AFTER_HEADERS.iter().any(|name| headers.get_optional_str(&(*name).into()).is_some())
}

/// The error and what caused it, outermost first.
pub(crate) fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// The innermost cause, which says most.
fn root(error: &azure_core::Error) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}
