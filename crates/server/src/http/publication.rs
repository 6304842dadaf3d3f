//! What the server tells everybody: its key set and what it is. Besides these, only health and sites need no credentials.

use bytes::Bytes;
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::key_set::{DISCOVERY_PATH, Discovery, KEY_SET_PATH, KeySet, PublicKey};
use http::request::Parts;

use super::arrival::{self, Arrival};
use super::entity_tag::{EntityTag, KnownTags};
use super::error::Refusal;
use super::own::OPEN_API_PATH;
use super::reply::{self, Content, Reply};
use crate::app::App;
use crate::authenticate;
use crate::connector::{self, Address};

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
    /// What the connector is imported from.
    Connector(connector::Document),
}

impl Document {
    /// All of them.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let of_connector = connector::Document::ALL.into_iter().map(Self::Connector);
        [Self::KeySet, Self::Discovery, Self::OpenApi].into_iter().chain(of_connector)
    }

    /// Those that are served.
    pub(crate) fn served(app: &App) -> impl Iterator<Item = Self> {
        Self::all().filter(|document| app.connector.is_some() || !matches!(document, Self::Connector(_)))
    }

    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::KeySet => KEY_SET_PATH,
            Self::Discovery => DISCOVERY_PATH,
            Self::OpenApi => OPEN_API_PATH,
            Self::Connector(document) => document.path(),
        }
    }

    pub(crate) const fn operation(self) -> &'static str {
        match self {
            Self::KeySet => "GetKeySet",
            Self::Discovery => "GetDiscovery",
            Self::OpenApi => "GetOpenApi",
            Self::Connector(document) => document.operation(),
        }
    }

    fn text(self, app: &App, parts: &Parts, place: &Place<'_>) -> Result<Bytes, Refusal> {
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
            Self::Connector(document) => {
                let public = app.connector.as_ref().ok_or(Refusal::RouteUnknown)?;
                let address = asked_by(app, parts, place).unwrap_or_else(|| public.clone());
                return Ok(document.bytes(&address.below(place.prefix)));
            }
        };
        text.map(Bytes::from).map_err(|error| Refusal::Internal(error.to_string()))
    }

    /// The document, or 304 when the reader has it already.
    pub(crate) fn answer(self, app: &App, parts: &Parts, place: &Place<'_>) -> Result<Reply, Refusal> {
        let text = self.text(app, parts, place)?;
        let tag = EntityTag::of(&text);
        let is_known = KnownTags::of(&parts.headers).include(&tag);
        let (media_type, cache) = match self {
            // It names the host by which it was asked for.
            Self::Connector(document) => (document.media_type(), "no-cache"),
            _ => ("application/json", CACHE_CONTROL_VALUE),
        };
        reply::tagged(Content::Bytes(media_type, text), (&tag, is_known), cache)
    }
}

/// Where a document was asked for.
pub(crate) struct Place<'a> {
    pub(crate) arrival: &'a Arrival,
    /// The name of a resource that led the path.
    pub(crate) prefix: Option<&'a str>,
}

/// The address by which a document was asked for, if that was over TLS and leads to a resource: a document says where keys are
/// sent, which is not for whoever writes a `Host` header.
fn asked_by(app: &App, parts: &Parts, place: &Place<'_>) -> Option<Address> {
    let host = arrival::host(parts).filter(|_| place.arrival.secure)?;
    let leads = (place.arrival.own_port, place.prefix, host);
    authenticate::find(&app.service.resources, &app.hosts, leads).ok()?;
    Address::of(&format!("https://{host}").parse().ok()?)
}
