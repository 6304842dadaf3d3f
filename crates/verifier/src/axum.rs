//! Extractors for axum 0.8: a handler that takes a [`Verified`] is called for good tokens only.

use axum::extract::{FromRef, FromRequestParts};
use axum::response::{IntoResponse, Response};
use http::request::Parts;

use crate::bearer::Challenge;
use crate::reply::{Bodies, bearer_token, reply};
use crate::verified::Verified;
use crate::verifier::Verifier;

/// Takes what the tower layer left, or checks the bearer token with the [`Verifier`] in the state.
impl<S> FromRequestParts<S> for Verified
where
    Verifier: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Challenge;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Challenge> {
        if let Some(verified) = parts.extensions.get::<Self>() {
            return Ok(verified.clone());
        }
        let token = bearer_token(&parts.headers).ok_or(Challenge::NoToken)?;
        Ok(Verifier::from_ref(state).verify(token).await?)
    }
}

/// As a problem (RFC 9457).
impl IntoResponse for Challenge {
    fn into_response(self) -> Response {
        reply(self, Bodies::default())
    }
}
