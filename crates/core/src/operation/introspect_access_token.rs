//! Introspect: whether a token of the caller's resource is good now, read from the store (RFC 7662).

use callsign_protocol::verification::VerifiedToken;

use crate::caller::Caller;
use crate::error::Error;
use crate::service::Service;
use crate::token::verify::{self, NotGood};

/// Checks a token for the caller. Tokens of other resources are none of its business, and not good.
///
/// # Errors
/// [`Error::Unavailable`] for now.
pub async fn introspect_access_token(
    service: &Service,
    caller: &Caller,
    token: &str,
) -> Result<Result<VerifiedToken, NotGood>, Error> {
    verify::verify(service, caller.resource, token).await
}
