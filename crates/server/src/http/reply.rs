//! Replies that handlers give.

mod acs;

use axum::body::Body;
use bytes::Bytes;
use callsign_protocol::identity_id::IdentityId;
use futures_util::{Stream, StreamExt as _};
use http::header::{CACHE_CONTROL, ETAG};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

pub(crate) use acs::{
    access_token, assignment, assignments, created_identity, exchanged, identity, put_assignment,
};

use super::entity_tag::EntityTag;
use super::error::Refusal;
use crate::telemetry::RequestLine;

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
    /// What the log shall tell, and nobody else.
    told: Told,
}

/// What a reply tells of what was done.
#[derive(Debug, Default)]
struct Told {
    /// Why a token that was asked about is not good.
    token_reason: Option<&'static str>,
    /// Whose it is.
    identity: Option<IdentityId>,
    /// Whether a token was issued.
    issued: bool,
    /// How many identities had their tokens revoked.
    revoked: u64,
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
        let told = Told { token_reason: None, identity: None, issued: false, revoked: 0 };
        Self { status, content, headers: Vec::new(), told }
    }

    /// The same with one more header.
    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The same with the reason that the log shall tell.
    pub(crate) const fn noting(mut self, token_reason: Option<&'static str>) -> Self {
        self.told.token_reason = token_reason;
        self
    }

    /// The same, telling whose it is.
    pub(crate) const fn about(mut self, identity: IdentityId) -> Self {
        self.told.identity = Some(identity);
        self
    }

    /// The same, telling that there is a token in it.
    pub(crate) const fn issuing(mut self) -> Self {
        self.told.issued = true;
        self
    }

    /// The same, telling how many identities had their tokens revoked.
    pub(crate) fn revoking(mut self, identities: usize) -> Self {
        self.told.revoked = u64::try_from(identities).unwrap_or(u64::MAX);
        self
    }

    /// Tells the line of the request.
    pub(super) fn tell(&self, line: &mut RequestLine) {
        line.token_reason = self.told.token_reason;
        line.issued = self.told.issued;
        line.revoked = self.told.revoked;
        // What the path names is the caller's spelling of the same id.
        if line.identity.is_none() {
            line.identity = self.told.identity.map(|id| id.to_string());
        }
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
