//! What the trusted token service answers: statuses and bodies.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::http::site::Answer;

/// 200 with JSON.
pub(super) fn json(body: String) -> Answer {
    let (status, media_type) = (StatusCode::OK, "application/json");
    Answer { status, media_type, headers: HeaderMap::new(), body: Bytes::from(body) }
}
