//! One exchange: bounds, routing, authentication, version, parsing, quota, handler, and the reply's headers.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use callsign_core::caller::Caller;
use callsign_protocol::version::ApiVersion;
use http::request::Parts;
use tower::Service as _;

use super::arrival::{self, Arrival};
use super::bounds;
use super::call::{Call, Content, Message};
use super::error::Refusal;
use super::headers::Answer;
use super::own::{Input, OwnCall, OwnMessage};
use super::publication::Document;
use super::reply::Reply;
use super::route::{Access, Answering, Protocol, Route};
use super::surface::Surface;
use super::target::{Target, identity_segment, single_parameter};
use crate::app::App;
use crate::authenticate::{Credentials, Denial, authenticate, check_content};
use crate::log::RequestLine;
use crate::quota::Operation;

/// What of a request is known before routing, carried through the router.
#[derive(Clone)]
struct Received {
    arrival: Arrival,
    /// Path and query as they arrived, which is what clients sign.
    target: String,
    prefix: Option<String>,
    surface: Surface,
    started: Instant,
}

/// Answers one request.
pub(crate) async fn answer<B>(
    app: &App,
    router: &mut axum::Router,
    arrival: Arrival,
    request: http::Request<B>,
) -> Response
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    let started = Instant::now();
    let (mut parts, body) = request.into_parts();
    let raw = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str).to_owned();
    let target = Target::new(parts.uri.path(), |name| app.service.resources.by_name(name).is_some());
    let surface = Surface::of(&target.path);
    let received = Received { arrival, target: raw, prefix: target.prefix, surface, started };
    let too_large = bounds::check_head(&parts).err();
    // Only the canonical path is routed, so the host of a target that names one is kept in the headers.
    let host = parts.uri.authority().and_then(|_| arrival::host(&parts)).map(str::to_owned);
    match target.path.parse::<http::uri::PathAndQuery>() {
        Ok(path) => parts.uri = path.into(),
        Err(_) => return finish(app, &parts, &received, (None, None, Err(Refusal::RouteUnknown))),
    }
    if let Some(host) = host
        && let Ok(value) = host.parse()
    {
        parts.headers.insert(http::header::HOST, value);
    }
    if let Some(refusal) = too_large {
        return finish(app, &parts, &received, (None, None, Err(refusal)));
    }
    parts.extensions.insert(received);
    match router.call(http::Request::from_parts(parts, Body::new(body))).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// What stands before a body.
#[derive(Clone, Copy)]
pub(crate) struct Head<'a> {
    /// With the canonical path.
    pub(crate) parts: &'a Parts,
    /// Path and query as they arrived.
    pub(crate) target: &'a str,
}

/// A request that may be carried out, its message not read yet.
pub(crate) struct Admitted {
    app: Arc<App>,
    caller: Caller,
    operation: Operation,
    body: Bytes,
}

impl Admitted {
    /// Reads a message of the protocol of ACS and counts it.
    pub(super) fn into_call<M: Message>(
        self,
        head: Head<'_>,
        version: ApiVersion,
    ) -> Result<Call<M>, Refusal> {
        let id = identity_segment(head.parts.uri.path());
        let message = M::read(&Content { version, id, body: &self.body })?;
        self.count(message.counts_as(self.operation))?;
        let service = Arc::clone(&self.app.service);
        Ok(Call { service, caller: self.caller, version, message })
    }

    /// Reads a message of our own surface and counts it.
    pub(super) fn into_own_call<M: OwnMessage>(self, head: Head<'_>) -> Result<OwnCall<M>, Refusal> {
        let message = M::read(&Input::new(head, &self.body))?;
        self.count(self.operation)?;
        Ok(OwnCall { app: self.app, caller: self.caller, message })
    }

    fn count(&self, operation: Operation) -> Result<(), Refusal> {
        let counted = self.app.quotas.count(self.caller.resource, operation, self.app.service.clock.now());
        counted.map_err(|retry_after_seconds| Refusal::OverQuota { retry_after_seconds })
    }
}

/// Carries out a request that found its route.
pub(crate) async fn carry_out(app: &Arc<App>, route: &Route, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let Some(received) = parts.extensions.remove::<Received>() else {
        return Response::new(Body::empty());
    };
    let identity = identity_segment(parts.uri.path()).map(str::to_owned);
    let mut line = RequestLine { operation: route.operation.as_str(), identity, ..RequestLine::default() };
    let admitted = admit(app, route, (&parts, &received, body), &mut line).await;
    let outcome = match admitted.and_then(|admitted| begin(route, admitted, (&parts, &received), &mut line)) {
        Ok(answering) => answering.await,
        Err(refusal) => Err(refusal),
    };
    finish(app, &parts, &received, (Some(route), Some(line), outcome))
}

/// Hands a request to its handler.
fn begin(
    route: &Route,
    admitted: Admitted,
    (parts, received): (&Parts, &Received),
    line: &mut RequestLine,
) -> Result<Answering, Refusal> {
    let head = Head { parts, target: &received.target };
    match &route.protocol {
        Protocol::Acs(acs) => {
            let version = version(acs.versions, parts, received)?;
            line.version = Some(version.as_str());
            Ok((acs.endpoint)(admitted, head, version))
        }
        Protocol::Own(own) => Ok((own.endpoint)(admitted, head)),
    }
}

async fn admit(
    app: &Arc<App>,
    route: &Route,
    (parts, received, body): (&Parts, &Received, Body),
    line: &mut RequestLine,
) -> Result<Admitted, Refusal> {
    let Access::Key = route.access;
    let credentials = Credentials { parts, target: &received.target, prefix: received.prefix.as_deref() };
    // The body is read, and kept, for those alone who signed the head.
    let (caller, resource) = match authenticate(app, &received.arrival, &credentials) {
        Ok(admitted) => admitted,
        Err(denial) => {
            bounds::discard_body(parts, body).await;
            return Err(denied(app, received, denial));
        }
    };
    let body = bounds::read_body(body, route.body_bytes_max).await?;
    check_content(app, &credentials, &body).map_err(|denial| denied(app, received, denial))?;
    line.resource = Some(resource.stored.name.to_string());
    Ok(Admitted { app: Arc::clone(app), caller, operation: route.operation, body })
}

fn denied(app: &App, received: &Received, denial: Denial) -> Refusal {
    match app.throttle.failed(received.arrival.source.ip(), app.service.clock.now()) {
        Ok(()) => Refusal::Denied(denial),
        Err(retry_after_seconds) => Refusal::Throttled { retry_after_seconds },
    }
}

fn version(served: &[ApiVersion], parts: &Parts, received: &Received) -> Result<ApiVersion, Refusal> {
    let query = received.target.split_once('?').map_or("", |(_, query)| query);
    let text = single_parameter(query, "api-version")
        .filter(|text| !text.is_empty())
        .ok_or(Refusal::VersionUnspecified)?;
    match text.parse() {
        Ok(version) if served.contains(&version) => Ok(version),
        _ => {
            let scheme = if received.arrival.secure { "https" } else { "http" };
            let host = arrival::host(parts).unwrap_or_default();
            let uri = format!("{scheme}://{host}{}", parts.uri.path());
            Err(Refusal::VersionUnsupported { uri, version: text.chars().take(64).collect() })
        }
    }
}

/// Answers a request for a public document.
pub(crate) fn publish(app: &App, document: Document, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let Some(mut received) = parts.extensions.remove::<Received>() else {
        return Response::new(Body::empty());
    };
    let line = RequestLine { operation: document.operation(), ..RequestLine::default() };
    let outcome = document.answer(app, &parts.headers);
    if outcome.is_ok() {
        // No document is a reply of the protocol of ACS, wherever it stands.
        received.surface = Surface::Own;
    }
    finish(app, &parts, &received, (None, Some(line), outcome))
}

/// Refuses a request that found no route.
pub(crate) fn refuse(app: &App, request: Request, refusal: Refusal) -> Response {
    let (mut parts, _) = request.into_parts();
    match parts.extensions.remove::<Received>() {
        Some(received) => finish(app, &parts, &received, (None, None, Err(refusal))),
        None => Response::new(Body::empty()),
    }
}

type Outcome<'a> = (Option<&'a Route>, Option<RequestLine>, Result<Reply, Refusal>);

fn finish(app: &App, parts: &Parts, received: &Received, (route, line, outcome): Outcome<'_>) -> Response {
    let mut line = line.unwrap_or_default();
    line.token_reason = outcome.as_ref().ok().and_then(|reply| reply.token_reason);
    let refusal = outcome.as_ref().err().cloned();
    let answer = Answer {
        surface: received.surface,
        route,
        outcome,
        request_headers: &parts.headers,
        strict_transport: app.strict_transport && received.arrival.secure,
        elapsed: received.started.elapsed(),
        entropy: app.service.entropy.as_ref(),
    };
    let response = answer.into_response();
    line.write(parts, &received.arrival, &response, (refusal.as_ref(), received.started.elapsed()));
    response
}
