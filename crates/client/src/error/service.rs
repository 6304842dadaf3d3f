//! Errors that the service answered.

use std::fmt;

use azure_core::error::ErrorKind;
use azure_core::http::RawResponse;
use callsign_protocol::error_body::ErrorBody;
use serde::Deserialize;

use super::call::{FailedCall, is_safe_to_retry};

/// What the service said when it refused a call.
///
/// A problem of Callsign's own paths (RFC 9457) is read alike: the last part of its type is the code, its detail the message.
/// The codes and texts of the live service are in Azure's documentation and in the recordings that Callsign is tested
/// against; among them are 400 `ValidationError`, 401 `Denied`, 401 `IdentityNotOwned`, 401 `InvalidAccessToken`, 404 and 429.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceError {
    /// The HTTP status.
    pub status: u16,
    /// The service's word for programs; `None` when the reply is not the service's own, as that of a proxy in between.
    pub code: Option<String>,
    /// The service's sentence for people; the status in words when there is none.
    pub message: String,
    /// The member of the request at fault.
    pub target: Option<String>,
    /// `x-ms-client-request-id`, which the service repeats, or else the one that was sent.
    pub request_id: Option<String>,
    /// The service's own name for the request (`MS-CV`), for Azure support.
    pub correlation_vector: Option<String>,
    safe_to_retry: bool,
    is_problem: bool,
}

/// What Callsign's own paths answer instead of the envelope of ACS (RFC 9457).
#[derive(Deserialize)]
struct Problem {
    r#type: String,
    title: Option<String>,
    detail: Option<String>,
    target: Option<String>,
}

impl Problem {
    /// The last part of the type; none in `about:blank`, which says no more than the status.
    fn code(&self) -> Option<String> {
        let code = self.r#type.rsplit([':', '/', '#']).next()?;
        (!code.is_empty() && self.r#type != "about:blank").then(|| code.to_owned())
    }
}

impl ServiceError {
    /// As [`is_safe_to_retry`](crate::error::is_safe_to_retry).
    #[must_use]
    pub const fn is_safe_to_retry(&self) -> bool {
        self.safe_to_retry
    }

    /// Whether the service does not have the path at all: what Callsign does not find below its own paths is a problem.
    pub(super) const fn lacks_the_path(&self) -> bool {
        matches!(self.status, 404 | 405) && !self.is_problem
    }

    /// Reads what the reply alone tells.
    pub(super) fn of_reply(error: &azure_core::Error) -> Option<Self> {
        let ErrorKind::HttpResponse { status, raw_response, .. } = error.kind() else {
            return None;
        };
        let reply = raw_response.as_deref();
        let body: Option<ErrorBody> = reply.and_then(|reply| serde_json::from_slice(reply.body()).ok());
        let problem: Option<Problem> = reply.and_then(|reply| serde_json::from_slice(reply.body()).ok());
        let header = |name: &'static str| {
            reply.and_then(|reply: &RawResponse| {
                reply.headers().get_optional_str(&name.into()).map(str::to_owned)
            })
        };
        let reason = || status.canonical_reason().into_owned();
        let is_problem = body.is_none() && problem.is_some();
        let (code, message, target) = match (body, problem) {
            (Some(ErrorBody { error }), _) => (Some(error.code), error.message, error.target),
            (None, Some(problem)) => {
                (problem.code(), problem.detail.or(problem.title).unwrap_or_else(reason), problem.target)
            }
            (None, None) => (None, reason(), None),
        };
        Some(Self {
            status: u16::from(*status),
            code,
            message,
            target,
            request_id: header("x-ms-client-request-id"),
            correlation_vector: header("ms-cv"),
            safe_to_retry: false,
            is_problem,
        })
    }
}

impl TryFrom<&azure_core::Error> for ServiceError {
    type Error = NotAServiceError;

    fn try_from(error: &azure_core::Error) -> Result<Self, NotAServiceError> {
        let mut service_error = Self::of_reply(error).ok_or(NotAServiceError)?;
        if let Some(call) = FailedCall::within(error)
            && service_error.request_id.is_none()
        {
            service_error.request_id.clone_from(&call.request_id);
        }
        service_error.safe_to_retry = is_safe_to_retry(error);
        Ok(service_error)
    }
}

/// `401 Denied: Denied by the resource provider.`
impl fmt::Display for ServiceError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.status)?;
        if let Some(code) = &self.code {
            write!(formatter, " {code}")?;
        }
        write!(formatter, ": {}", self.message)
    }
}

impl std::error::Error for ServiceError {}

/// The error is not one that the service answered; [`Failure::of`](crate::error::Failure::of) says what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no service answered: the call failed before or on the way")]
pub struct NotAServiceError;
