//! Replies that handlers give.

mod acs;

use axum::body::Body;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use http::header::{CACHE_CONTROL, ETAG};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

pub(crate) use acs::{
    access_token, assignment, assignments, created_identity, exchanged, identity, put_assignment,
};

use super::entity_tag::EntityTag;
use super::error::Refusal;

/// Tells a proxy to pass on each event at once.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The media type of server-sent events.
pub(crate) const EVENT_STREAM: &str = "text/event-stream";

/// A successful answer.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The status.
    pub(super) status: StatusCode,
    /// The body.
    pub(super) content: Content,
    /// Headers of its own, besides those that every answer has.
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    /// Why a token that was asked about is not good: for the log alone.
    pub(super) token_reason: Option<&'static str>,
}

/// The body of an answer.
#[derive(Debug)]
pub(crate) enum Content {
    /// None at all.
    Nothing,
    /// JSON, under the name that the surface gives it.
    Json(Vec<u8>),
    /// Bytes of that media type.
    Bytes(&'static str, Bytes),
    /// Bytes of that media type, one part after the other.
    Parts(&'static str, [Bytes; 2]),
    /// What comes bit by bit, of that media type.
    Stream(&'static str, Body),
}

impl Reply {
    const fn new(status: StatusCode, content: Content) -> Self {
        Self { status, content, headers: Vec::new(), token_reason: None }
    }

    /// The same with one more header.
    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The same with the reason that the log shall tell.
    pub(crate) const fn noting(mut self, token_reason: Option<&'static str>) -> Self {
        self.token_reason = token_reason;
        self
    }

    /// Whether `Accept-Ranges` goes with it: recorded in 2025 on 200 only, not on 201 or 204.
    pub(super) fn accepts_ranges(&self) -> bool {
        self.status == StatusCode::OK
    }
}

/// 204 without a body.
pub(crate) const fn done() -> Reply {
    Reply::new(StatusCode::NO_CONTENT, Content::Nothing)
}

/// 200 with JSON.
pub(crate) fn json(body: &impl Serialize) -> Result<Reply, Refusal> {
    json_with(StatusCode::OK, body)
}

fn json_with(status: StatusCode, body: &impl Serialize) -> Result<Reply, Refusal> {
    let body = serde_json::to_vec(body).map_err(|error| Refusal::Internal(error.to_string()))?;
    Ok(Reply::new(status, Content::Json(body)))
}

/// 200 with a document under its tag, or 304 when the reader has it already. `cache` is its `Cache-Control`.
pub(crate) fn tagged(
    document: Content,
    (tag, is_known): (&EntityTag, bool),
    cache: &'static str,
) -> Result<Reply, Refusal> {
    let reply = if is_known {
        Reply::new(StatusCode::NOT_MODIFIED, Content::Nothing)
    } else {
        Reply::new(StatusCode::OK, document)
    };
    let tag = tag.to_header().map_err(|error| Refusal::Internal(error.to_string()))?;
    Ok(reply.with(ETAG, tag).with(CACHE_CONTROL, HeaderValue::from_static(cache)))
}

/// 200 with server-sent events, each item as it is written on the wire.
pub(crate) fn event_stream(events: impl Stream<Item = Bytes> + Send + 'static) -> Reply {
    let body = Body::from_stream(events.map(Ok::<_, std::convert::Infallible>));
    Reply::new(StatusCode::OK, Content::Stream(EVENT_STREAM, body))
        .with(CACHE_CONTROL, HeaderValue::from_static("no-store"))
        .with(X_ACCEL_BUFFERING, HeaderValue::from_static("no"))
}
