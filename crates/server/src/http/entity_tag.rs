//! Entity tags: how a reader says which state of a document it has (RFC 9110 §8.8.3, §13.1.2).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{IF_NONE_MATCH, InvalidHeaderValue};
use http::{HeaderMap, HeaderValue};

/// A strong entity tag, with its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntityTag(String);

impl EntityTag {
    /// The tag of exactly these bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
        Self(format!("\"{}\"", URL_SAFE_NO_PAD.encode(digest)))
    }

    /// The tag of a state that has a name of its own: letters, digits and hyphens.
    pub(crate) fn naming(state: impl fmt::Display) -> Self {
        Self(format!("\"{state}\""))
    }

    /// The `ETag` header.
    pub(crate) fn to_header(&self) -> Result<HeaderValue, InvalidHeaderValue> {
        self.0.parse()
    }
}

/// The tags of an `If-None-Match`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct KnownTags(Vec<String>);

impl KnownTags {
    pub(crate) fn of(request: &HeaderMap) -> Self {
        let lines = request.get_all(IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
        Self(lines.flat_map(|line| line.split(',')).map(|tag| tag.trim().to_owned()).collect())
    }

    /// Whether the reader has that state already. Comparison is weak, as it is for `GET`.
    pub(crate) fn include(&self, tag: &EntityTag) -> bool {
        self.0.iter().any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag.0)
    }
}
