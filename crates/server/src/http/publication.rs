//! What the server tells everybody: its key set and what it is. These are the only routes without credentials.

use axum::body::Body;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callsign_core::service::Service;
use callsign_protocol::key_set::{DISCOVERY_PATH, Discovery, KEY_SET_PATH, KeySet};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue};

use super::error::Refusal;

/// How long a reader may keep a document, in seconds (`design/tokens.md` §3).
const CACHE_CONTROL_VALUE: &str = "max-age=300";

/// A public document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Document {
    /// The keys that tokens verify under.
    KeySet,
    /// The issuer and where its keys are.
    Discovery,
}

impl Document {
    pub(crate) const ALL: [Self; 2] = [Self::KeySet, Self::Discovery];

    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::KeySet => KEY_SET_PATH,
            Self::Discovery => DISCOVERY_PATH,
        }
    }

    pub(crate) const fn operation(self) -> &'static str {
        match self {
            Self::KeySet => "GetKeySet",
            Self::Discovery => "GetDiscovery",
        }
    }

    fn text(self, service: &Service) -> Result<String, Refusal> {
        let text = match self {
            Self::KeySet => {
                serde_json::to_string(&KeySet { keys: vec![service.signing_key.published().clone()] })
            }
            Self::Discovery => serde_json::to_string(&Discovery::of(service.issuer.as_str())),
        };
        text.map_err(|error| Refusal::Internal(error.to_string()))
    }

    /// The document, or 304 when the reader has it already.
    pub(crate) fn answer(self, service: &Service, request: &HeaderMap) -> Result<Response, Refusal> {
        let text = self.text(service)?;
        let tag = entity_tag(&text).map_err(|error| Refusal::Internal(error.to_string()))?;
        let known = request.get_all(IF_NONE_MATCH).iter().any(|tags| names(tags, &tag));
        let mut response = if known { super::reply::not_modified() } else { Response::new(Body::from(text)) };
        let headers = response.headers_mut();
        if !known {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        headers.insert(ETAG, tag);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(CACHE_CONTROL_VALUE));
        Ok(response)
    }
}

fn entity_tag(text: &str) -> Result<HeaderValue, http::header::InvalidHeaderValue> {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(digest)).parse()
}

/// Whether an `If-None-Match` names the tag, weakly or not (RFC 9110 §13.1.2).
fn names(tags: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(tags), Ok(tag)) = (tags.to_str(), tag.to_str()) else { return false };
    tags.split(',')
        .map(str::trim)
        .any(|other| other == "*" || other.strip_prefix("W/").unwrap_or(other) == tag)
}
