//! Sites: what stands beside the route table, each with paths, rules and answers of its own.

mod health;
mod monitoring;

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::scope::Scopes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use maud::{Markup, html};
use uuid::Uuid;

use super::arrival::Arrival;
use crate::app::App;
use crate::dev_entra::Authority;
use crate::portal::Portal;
use crate::telemetry::RequestLine;
use crate::trusted_tokens::TrustedTokens;

pub(crate) use health::Health;
pub(crate) use monitoring::answer as answer_monitoring;

/// A site that is served.
pub(crate) enum Site<'a> {
    /// Whether the server is well.
    Health(&'a Health),
    /// The development authority.
    DevelopmentAuthority(&'a Arc<Authority>),
    /// The portal.
    Portal(&'a Arc<Portal>),
    /// The trusted token service.
    TrustedTokens(&'a Arc<TrustedTokens>),
}

/// A request for a site, as far as it matters. The body is bounded.
pub(crate) struct Visit<'a> {
    /// The verb.
    pub(crate) method: &'a Method,
    /// The path as it was sent.
    pub(crate) path: &'a str,
    /// The query without its question mark.
    pub(crate) query: &'a str,
    /// The headers.
    pub(crate) headers: &'a HeaderMap,
    /// The body.
    pub(crate) body: &'a [u8],
    /// Scheme and host by which the client came: what documents name, since clients compare it with where they asked.
    pub(crate) origin: &'a str,
    /// The name of a resource that led the path.
    pub(crate) prefix: Option<&'a str>,
    /// The connection that it came on.
    pub(crate) arrival: &'a Arrival,
}

/// What a site answers.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: StatusCode,
    /// The media type of the body.
    pub(crate) media_type: &'static str,
    /// Headers besides those that every answer of a site has; they go before those.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Bytes,
}

/// What was done by a visit, for the log and the records.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Who did it.
    pub(crate) caller: Option<String>,
    /// At which resource: its guid and its name.
    pub(crate) resource: Option<(Uuid, String)>,
    /// To which identity.
    pub(crate) identity: Option<IdentityId>,
    /// The scopes that were asked for.
    pub(crate) scopes: Option<Scopes>,
    /// Whether a token was issued.
    pub(crate) issued: bool,
    /// How many identities had their tokens revoked.
    pub(crate) revoked: u64,
}

impl Told {
    /// Writes it into the line.
    pub(super) fn tell(self, line: &mut RequestLine) {
        let (resource_id, resource) = self.resource.unzip();
        (line.resource_id, line.resource) = (resource_id, resource);
        line.caller = self.caller;
        line.identity = self.identity.map(|id| id.to_string());
        line.scopes = self.scopes;
        line.issued = self.issued;
        line.revoked = self.revoked;
    }
}

/// The head of a page, of whatever site, with what else it has.
pub(crate) fn head(title: &str, more: &Markup) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { (title) }
            (more)
        }
    }
}

impl<'a> Site<'a> {
    /// The site that the canonical path is of.
    pub(crate) fn at(app: &'a App, path: &str) -> Option<Self> {
        if Health::serves(path) {
            return Some(Self::Health(&app.health));
        }
        let portal = app.portal.as_ref().filter(|portal| portal.serves(path)).map(Self::Portal);
        let tokens =
            app.trusted_tokens.as_ref().filter(|tokens| tokens.serves(path)).map(Self::TrustedTokens);
        let authority = app.dev_entra.as_ref().filter(|authority| authority.serves(path));
        portal.or(tokens).or(authority.map(Self::DevelopmentAuthority))
    }

    /// The names of all sites.
    pub(super) const OPERATIONS: [&'static str; 4] =
        ["Health", "DevelopmentAuthority", "Portal", "TrustedTokens"];

    /// Whether its visits are recorded.
    pub(crate) const fn is_recorded(&self) -> bool {
        match self {
            Self::Health(_) => false,
            Self::DevelopmentAuthority(_) | Self::Portal(_) | Self::TrustedTokens(_) => true,
        }
    }

    /// The name for logs and metrics.
    pub(crate) const fn operation(&self) -> &'static str {
        match self {
            Self::Health(_) => "Health",
            Self::DevelopmentAuthority(_) => "DevelopmentAuthority",
            Self::Portal(_) => "Portal",
            Self::TrustedTokens(_) => "TrustedTokens",
        }
    }

    /// Answers a visit, and tells what records say of it.
    pub(crate) async fn answer(&self, visit: &Visit<'_>) -> (Answer, Told) {
        match self {
            Self::Health(health) => (health.answer(visit.method, visit.path).await, Told::default()),
            Self::DevelopmentAuthority(authority) => (authority.answer(visit), Told::default()),
            Self::Portal(portal) => portal.answer(visit).await,
            Self::TrustedTokens(tokens) => tokens.answer(visit).await,
        }
    }
}

impl Answer {
    /// What is sent. Nobody keeps it and nobody puts it into a frame, unless it says otherwise.
    pub(crate) fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        *headers = self.headers;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static("frame-ancestors 'none'"));
        response
    }
}
