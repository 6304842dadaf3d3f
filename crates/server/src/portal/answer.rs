//! What the portal answers: status, headers and media types.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::http::site::Answer;

/// 200 with a page.
pub(super) fn page(html: String) -> Answer {
    let (status, media_type) = (StatusCode::OK, "text/html; charset=utf-8");
    Answer { status, media_type, headers: HeaderMap::new(), body: Bytes::from(html) }
}
