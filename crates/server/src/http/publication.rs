//! What the server tells everybody: its key set and what it is. Besides these, only health and sites need no credentials.

use bytes::Bytes;
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::key_set::{DISCOVERY_PATH, Discovery, KEY_SET_PATH, KeySet, PublicKey};
use http::HeaderMap;

use super::entity_tag::{EntityTag, KnownTags};
use super::error::Refusal;
use super::own::OPEN_API_PATH;
use super::reply::{self, Content, Reply};
use crate::app::App;

/// How long a reader may keep a document, in seconds (`design/tokens.md` §3).
const CACHE_CONTROL_VALUE: &str = "max-age=300";

/// A public document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Document {
    /// The keys that tokens verify under.
    KeySet,
    /// The issuer and where its keys are.
    Discovery,
    /// What our own surface takes and answers.
    OpenApi,
}

impl Document {
    pub(crate) const ALL: [Self; 3] = [Self::KeySet, Self::Discovery, Self::OpenApi];

    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::KeySet => KEY_SET_PATH,
            Self::Discovery => DISCOVERY_PATH,
            Self::OpenApi => OPEN_API_PATH,
        }
    }

    pub(crate) const fn operation(self) -> &'static str {
        match self {
            Self::KeySet => "GetKeySet",
            Self::Discovery => "GetDiscovery",
            Self::OpenApi => "GetOpenApi",
        }
    }

    fn text(self, app: &App) -> Result<Bytes, Refusal> {
        let keys = app.service.signing_keys.in_force();
        let published = keys.published();
        let text = match self {
            Self::KeySet => serde_json::to_vec(&KeySet { keys: published.cloned().collect() }),
            Self::Discovery => {
                let used: Vec<Algorithm> = published.map(PublicKey::algorithm).collect();
                let mut algorithms = Algorithm::ALL.to_vec();
                algorithms.retain(|algorithm| used.contains(algorithm));
                serde_json::to_vec(&Discovery::of(app.service.issuer.as_str(), &algorithms))
            }
            Self::OpenApi => return Ok(app.open_api.clone()),
        };
        text.map(Bytes::from).map_err(|error| Refusal::Internal(error.to_string()))
    }

    /// The document, or 304 when the reader has it already.
    pub(crate) fn answer(self, app: &App, request: &HeaderMap) -> Result<Reply, Refusal> {
        let text = self.text(app)?;
        let tag = EntityTag::of(&text);
        let is_known = KnownTags::of(request).include(&tag);
        reply::tagged(Content::Bytes("application/json", text), (&tag, is_known), CACHE_CONTROL_VALUE)
    }
}
