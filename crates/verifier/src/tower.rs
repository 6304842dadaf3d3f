//! A tower layer that admits requests by their bearer token.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower::{Layer, Service};

use crate::bearer::Challenge;
use crate::reply::{Bodies, bearer_token, reply};
use crate::verifier::Verifier;

/// Lets a request pass with a [`Verified`](crate::Verified) among its extensions, if its bearer token is good. Others are
/// answered: 401 with `WWW-Authenticate` (RFC 6750), or 503 with `Retry-After` where the token may well be good.
#[derive(Debug, Clone)]
pub struct AuthorizeLayer {
    verifier: Verifier,
    bodies: Bodies,
}

impl AuthorizeLayer {
    /// A layer that answers with problems.
    #[must_use]
    pub fn new(verifier: Verifier) -> Self {
        Self { verifier, bodies: Bodies::default() }
    }

    /// Chooses the bodies of refusals.
    #[must_use]
    pub fn bodies(self, bodies: Bodies) -> Self {
        Self { bodies, ..self }
    }
}

impl<S> Layer<S> for AuthorizeLayer {
    type Service = Authorize<S>;

    fn layer(&self, inner: S) -> Authorize<S> {
        Authorize { inner, layer: self.clone() }
    }
}

/// The service that [`AuthorizeLayer`] makes.
#[derive(Debug, Clone)]
pub struct Authorize<S> {
    inner: S,
    layer: AuthorizeLayer,
}

impl<S, Body, ReplyBody> Service<Request<Body>> for Authorize<S>
where
    S: Service<Request<Body>, Response = Response<ReplyBody>> + Clone + Send + 'static,
    S::Future: Send,
    Body: Send + 'static,
    ReplyBody: From<String>,
{
    type Response = Response<ReplyBody>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let layer = self.layer.clone();
        // The service that said it was ready is the one to be called; its clone has not said so.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            let admitted = match bearer_token(request.headers()) {
                Some(token) => layer.verifier.verify(token).await.map_err(Challenge::from),
                None => Err(Challenge::NoToken),
            };
            match admitted {
                Ok(verified) => {
                    request.extensions_mut().insert(verified);
                    inner.call(request).await
                }
                Err(challenge) => Ok(reply(challenge, layer.bodies)),
            }
        })
    }
}
