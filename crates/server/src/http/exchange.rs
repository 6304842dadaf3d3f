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
use super::cors::CrossOrigin;
use super::error::Refusal;
use super::headers::Answer;
use super::own::{Input, OwnCall, OwnMessage};
use super::publication::{Document, Place};
use super::reply::Reply;
use super::route::{Answering, Protocol, Route};
use super::site::{Site, Visit};
use super::surface::Surface;
use super::target::{Target, identity_segment, single_parameter};
use crate::app::App;
use crate::authenticate::{Covers, Credentials, Denied, authenticate, check_content};
use crate::quota::Operation;
use crate::telemetry::{Answered, RequestLine};

/// What of a request is known before routing, carried through the router.
#[derive(Clone)]
struct Received {
    arrival: Arrival,
    /// Path and query as they arrived, which is what clients sign.
    target: String,
    prefix: Option<String>,
    through_connector: bool,
    surface: Surface,
    cross_origin: CrossOrigin,
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
    let target = Target::new(parts.uri.path(), app.connector.is_some(), |name| {
        app.service.resources.by_name(name).is_some()
    });
    let surface = Surface::of(&target.path);
    let cross_origin = CrossOrigin::of(&parts, &target.path, &app.cors_origins);
    let (prefix, through_connector) = (target.prefix, target.through_connector);
    let received =
        Received { arrival, target: raw, prefix, through_connector, surface, cross_origin, started };
    let too_large = bounds::check_head(&parts).err();
    // Only the canonical path is routed, so the host of a target that names one is kept in the headers.
    let host = parts.uri.authority().and_then(|_| arrival::host(&parts)).map(str::to_owned);
    if let Some(host) = host
        && let Ok(value) = host.parse()
    {
        parts.headers.insert(http::header::HOST, value);
    }
    let path = target.path.parse::<http::uri::PathAndQuery>().map_err(|_| Refusal::RouteUnknown);
    match too_large.map_or(path, Err) {
        Ok(path) => parts.uri = path.into(),
        Err(refusal) => {
            bounds::discard_body(&parts, Body::new(body)).await;
            return finish(app, &parts, &received, (None, None, Err(refusal)));
        }
    }
    if let Some(response) = received.cross_origin.preflight(&parts, &target.path) {
        return response;
    }
    if let Some(site) = Site::at(app, &target.path) {
        return visit(app, &site, (&parts, &received), body).await;
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
    /// Whether it came over TLS.
    pub(crate) secure: bool,
}

impl Head<'_> {
    /// Scheme and host as the request names them.
    pub(crate) fn origin(&self) -> String {
        origin(self.parts, self.secure)
    }
}

fn origin(parts: &Parts, secure: bool) -> String {
    let scheme = if secure { "https" } else { "http" };
    format!("{scheme}://{}", arrival::host(parts).unwrap_or_default())
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
        let message = M::read(&Content { version, head, caller: &self.caller, body: &self.body })?;
        self.count(message.counts_as(self.operation))?;
        let service = Arc::clone(&self.app.service);
        Ok(Call { service, caller: self.caller, version, message })
    }

    /// Reads a message of our own surface and counts it.
    pub(super) fn into_own_call<M: OwnMessage>(self, head: Head<'_>) -> Result<OwnCall<M>, Refusal> {
        let message = M::read(&Input::new(head, &self.body, self.caller.resource))?;
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
    let is_recorded = route.operation.is_recorded();
    let mut line = RequestLine { identity, is_recorded, ..RequestLine::of(route.operation.as_str()) };
    let admitted = admit(app, route, (&parts, &received, body), &mut line).await;
    let outcome = match admitted.and_then(|admitted| begin(route, admitted, (&parts, &received), &mut line)) {
        Ok(answering) => {
            line.scopes = answering.scopes;
            answering.reply.await
        }
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
    let head = Head { parts, target: &received.target, secure: received.arrival.secure };
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
    let credentials = Credentials {
        parts,
        target: &received.target,
        prefix: received.prefix.as_deref(),
        through_connector: received.through_connector,
    };
    // The body is read, and kept, for those alone whom the head lets in.
    let admitted = authenticate(app, &received.arrival, &credentials, route.access).await;
    let (caller, resource, covers) = match admitted {
        Ok(admitted) => admitted,
        Err(denied) => {
            bounds::discard_body(parts, body).await;
            return Err(refusal(app, received, denied));
        }
    };
    let body = bounds::read_body(body, route.body_bytes_max).await?;
    if covers == Covers::Body {
        check_content(app, &credentials, &body).map_err(|denial| refusal(app, received, denial.into()))?;
    }
    line.caller = Some(caller.proof.to_string());
    line.resource = Some(resource.stored.name.to_string());
    line.resource_id = Some(resource.stored.id);
    Ok(Admitted { app: Arc::clone(app), caller, operation: route.operation, body })
}

fn refusal(app: &App, received: &Received, denied: Denied) -> Refusal {
    let denial = match denied {
        Denied::Denial(denial) => denial,
        // Nothing was guessed: whoever asks may be right.
        Denied::Unproved(unknown) => return Refusal::Rule(unknown.into()),
    };
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
            let uri = origin(parts, received.arrival.secure) + parts.uri.path();
            Err(Refusal::VersionUnsupported { uri, version: text.chars().take(64).collect() })
        }
    }
}

/// Answers as a site.
async fn visit<B>(app: &App, site: &Site<'_>, (parts, received): (&Parts, &Received), body: B) -> Response
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    let mut line = RequestLine { is_recorded: site.is_recorded(), ..RequestLine::of(site.operation()) };
    let body = match bounds::read_body(Body::new(body), bounds::BODY_BYTES_MAX).await {
        Ok(body) => body,
        Err(refusal) => return finish(app, parts, received, (None, Some(line), Err(refusal))),
    };
    let query = received.target.split_once('?').map_or("", |(_, query)| query);
    let visit = Visit {
        method: &parts.method,
        path: parts.uri.path(),
        query,
        headers: &parts.headers,
        body: &body,
        origin: &origin(parts, received.arrival.secure),
        prefix: received.prefix.as_deref(),
        arrival: &received.arrival,
    };
    let (answer, told) = site.answer(&visit).await;
    told.tell(&mut line);
    let response = answer.into_response();
    observe(app, line, (parts, received), (&response, None));
    response
}

/// Answers a request for a public document.
pub(crate) fn publish(app: &App, document: Document, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let Some(mut received) = parts.extensions.remove::<Received>() else {
        return Response::new(Body::empty());
    };
    let line = RequestLine::of(document.operation());
    let place = Place { arrival: &received.arrival, prefix: received.prefix.as_deref() };
    let outcome = document.answer(app, &parts, &place);
    if outcome.is_ok() {
        // No document is a reply of the protocol of ACS, wherever it stands.
        received.surface = Surface::Own;
    }
    finish(app, &parts, &received, (None, Some(line), outcome))
}

/// Refuses a request that found no route.
pub(crate) async fn refuse(app: &App, request: Request, refusal: Refusal) -> Response {
    let (mut parts, body) = request.into_parts();
    bounds::discard_body(&parts, body).await;
    match parts.extensions.remove::<Received>() {
        Some(received) => finish(app, &parts, &received, (None, None, Err(refusal))),
        None => Response::new(Body::empty()),
    }
}

type Outcome<'a> = (Option<&'a Route>, Option<RequestLine>, Result<Reply, Refusal>);

fn finish(app: &App, parts: &Parts, received: &Received, (route, line, outcome): Outcome<'_>) -> Response {
    let mut line = line.unwrap_or(const { RequestLine::unrouted() });
    if let Ok(reply) = &outcome {
        reply.tell(&mut line);
    }
    let refusal = outcome.as_ref().err().cloned();
    let answer = Answer {
        surface: received.surface,
        route,
        outcome,
        request_headers: &parts.headers,
        cross_origin: &received.cross_origin,
        tells_reasons: app.dev_entra.is_some(),
        strict_transport: app.strict_transport && received.arrival.secure,
        elapsed: received.started.elapsed(),
        entropy: app.service.entropy.as_ref(),
    };
    let response = answer.into_response();
    observe(app, line, (parts, received), (&response, refusal.as_ref()));
    response
}

fn observe(
    app: &App,
    line: RequestLine,
    (parts, received): (&Parts, &Received),
    (response, refusal): (&Response, Option<&Refusal>),
) {
    app.telemetry.observe(
        line,
        &Answered {
            parts,
            arrival: &received.arrival,
            response,
            refusal,
            elapsed: received.started.elapsed(),
            now: app.service.clock.now(),
        },
    );
}
