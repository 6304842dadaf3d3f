//! The policy that keeps azure_core from repeating what may have happened already.
//!
//! azure_core repeats every request after 408, 429, 500, 502, 503, 504 and every transport error. That is right when doing the
//! call twice is the same as doing it once. A create without a custom id is not such a call: no published stable version knows
//! repeated creates from new ones (`wire-contract.md` §5), so after a lost reply a repetition would leave a user that nobody
//! knows. It is repeated only when it certainly was not carried out: when no connection was made, and when the service says
//! so (429, and 503 with `Retry-After`).

use std::sync::Arc;

use azure_core::error::{Error, ErrorKind, check_success};
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{AsyncRawResponse, Context, Request};

use crate::error::{Failure, is_ambiguous, says_when};

/// Whether doing the call twice is the same as doing it once; a value in the context of each call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Repeatable(pub(super) bool);

/// Stands first behind the retry policy and hides from it what must not be repeated.
#[derive(Debug)]
pub(super) struct RepetitionPolicy;

#[async_trait::async_trait]
impl Policy for RepetitionPolicy {
    async fn send(&self, context: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let repeatable = context.value::<Repeatable>().is_some_and(|repeatable| repeatable.0);
        match super::pass_on(context, request, next).await {
            Ok(reply) if !repeatable && leaves_open(&reply) => match check_success(reply, None).await {
                Ok(reply) => Ok(reply),
                Err(error) => Err(withheld(error)),
            },
            Err(error) if !repeatable && *error.kind() == ErrorKind::Io => Err(withheld(error)),
            // It will not be trusted in a second either, and trying for a minute hides the reason.
            Err(error) if Failure::of(&error) == Failure::UntrustedCertificate => Err(withheld(error)),
            outcome => outcome,
        }
    }
}

fn leaves_open(reply: &AsyncRawResponse) -> bool {
    let status = u16::from(reply.status());
    is_ambiguous(status) && !(status == 503 && says_when(reply.headers()))
}

/// An error that the retry policy takes for a final one.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Withheld(#[source] Error);

fn withheld(error: Error) -> Error {
    Error::new(ErrorKind::Other, Withheld(error))
}

/// The error as it was before it was withheld from the retry policy; any other as it is.
pub(super) fn taken_back(error: Error) -> Error {
    if !crate::error::causes(&error).any(|cause| cause.is::<Withheld>()) {
        return error;
    }
    let mut error = error;
    loop {
        error = match error.into_downcast::<Withheld>() {
            Ok(Withheld(inner)) => return inner,
            Err(outer) => match outer.into_downcast::<Error>() {
                Ok(inner) => inner,
                Err(strange) => return strange,
            },
        };
    }
}
