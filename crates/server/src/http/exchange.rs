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
use super::publication::Document;
use super::reply::Reply;
use super::route::{Access, Endpoint, Route};
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
    let received = Received { arrival, target: raw, prefix: target.prefix, started };
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

/// A request that may be carried out, its message not read yet.
pub(crate) struct Admitted {
    app: Arc<App>,
    caller: Caller,
    version: ApiVersion,
    operation: Operation,
    id: Option<String>,
    body: Bytes,
}

impl Admitted {
    /// Reads the message and counts it.
    pub(crate) fn into_call<M: Message>(self) -> Result<Call<M>, Refusal> {
        let message = M::read(&Content { version: self.version, id: self.id.as_deref(), body: &self.body })?;
        let operation = message.counts_as(self.operation);
        self.app
            .quotas
            .count(self.caller.resource, operation, self.app.service.clock.now())
            .map_err(|retry_after_seconds| Refusal::OverQuota { retry_after_seconds })?;
        let service = Arc::clone(&self.app.service);
        Ok(Call { service, caller: self.caller, version: self.version, message })
    }
}

/// Carries out a request that found its route.
pub(crate) async fn carry_out(
    app: &Arc<App>,
    route: &Route,
    endpoint: Endpoint,
    request: Request,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let Some(received) = parts.extensions.remove::<Received>() else {
        return Response::new(Body::empty());
    };
    let identity = identity_segment(parts.uri.path()).map(str::to_owned);
    let mut line = RequestLine { operation: route.operation.as_str(), identity, ..RequestLine::default() };
    let outcome = match admit(app, route, (&parts, &received, body), &mut line).await {
        Ok(admitted) => endpoint(admitted).await,
        Err(refusal) => Err(refusal),
    };
    finish(app, &parts, &received, (Some(route), Some(line), outcome))
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
    let body = bounds::read_body(body).await?;
    check_content(app, &credentials, &body).map_err(|denial| denied(app, received, denial))?;
    line.resource = Some(resource.stored.name.to_string());
    let version = version(route, parts, received)?;
    line.version = Some(version.as_str());
    Ok(Admitted {
        app: Arc::clone(app),
        caller,
        version,
        operation: route.operation,
        id: line.identity.clone(),
        body,
    })
}

fn denied(app: &App, received: &Received, denial: Denial) -> Refusal {
    match app.throttle.failed(received.arrival.source.ip(), app.service.clock.now()) {
        Ok(()) => Refusal::Denied(denial),
        Err(retry_after_seconds) => Refusal::Throttled { retry_after_seconds },
    }
}

fn version(route: &Route, parts: &Parts, received: &Received) -> Result<ApiVersion, Refusal> {
    let query = received.target.split_once('?').map_or("", |(_, query)| query);
    let text = single_parameter(query, "api-version")
        .filter(|text| !text.is_empty())
        .ok_or(Refusal::VersionUnspecified)?;
    match text.parse() {
        Ok(version) if route.versions.contains(&version) => Ok(version),
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
    let Some(received) = parts.extensions.remove::<Received>() else {
        return Response::new(Body::empty());
    };
    let line = RequestLine { operation: document.operation(), ..RequestLine::default() };
    match document.answer(&app.service, &parts.headers) {
        Ok(response) => {
            line.write(&parts, &received.arrival, &response, (None, received.started.elapsed()));
            response
        }
        Err(refusal) => finish(app, &parts, &received, (None, Some(line), Err(refusal))),
    }
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
    let answer = Answer {
        route,
        outcome: &outcome,
        request_headers: &parts.headers,
        strict_transport: app.strict_transport && received.arrival.secure,
        elapsed: received.started.elapsed(),
        entropy: app.service.entropy.as_ref(),
    };
    let response = answer.into_response();
    line.unwrap_or_default().write(
        parts,
        &received.arrival,
        &response,
        (outcome.as_ref().err(), received.started.elapsed()),
    );
    response
}
