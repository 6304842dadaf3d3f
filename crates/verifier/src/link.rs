//! The way to the server: one host and no other, replies of bounded size and time, no redirects, signed requests.

mod failure;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use callsign_protocol::access_key::AccessKey;
use callsign_protocol::date::Timestamp;
use callsign_protocol::signature::{Authorization, DateHeader, RequestKey, SignedParts, content_sha256};
use reqwest::header::AUTHORIZATION;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Method, RequestBuilder, Response, StatusCode};

use crate::clock::Clock;
use crate::connection::{Connection, Endpoint};

pub use failure::LinkFailure;

/// Says who asks, in the server's log.
const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// Memory that is taken on the word of a reply's head alone, in bytes.
const RESERVED_BYTES_MAX: usize = 1024 * 1024;

/// Everything that is sent goes through here.
#[derive(Debug)]
pub(crate) struct Link {
    client: Client,
    endpoint: Endpoint,
    key: ArcSwap<RequestKey>,
    clock: Arc<dyn Clock>,
    /// For a connection to stand, and for a reply to be there as a whole.
    pub(crate) patience: Duration,
}

impl Link {
    /// Opens nothing yet. With certificates, these are the only roots that are trusted.
    pub(crate) fn new(
        connection: &Connection,
        roots: Option<Vec<Certificate>>,
        clock: Arc<dyn Clock>,
        patience: Duration,
    ) -> reqwest::Result<Self> {
        // A redirect or a proxy from the environment would be another host; a retry would not be counted.
        let builder = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(patience)
            .user_agent(USER_AGENT);
        let builder = match roots {
            Some(roots) => builder.tls_certs_only(roots),
            None => builder,
        };
        let key = ArcSwap::from_pointee(RequestKey::new(&connection.access_key));
        let endpoint = connection.endpoint.clone();
        Ok(Self { client: builder.build()?, endpoint, key, clock, patience })
    }

    /// Signs with another key from now on.
    pub(crate) fn update_key(&self, key: &AccessKey) {
        self.key.store(Arc::new(RequestKey::new(key)));
    }

    /// A request for what everybody may read; it stands at the root of the host.
    pub(crate) fn public(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.endpoint.origin))
    }

    /// A request as the resource, signed by its key (`wire-contract.md` §6.1).
    pub(crate) fn signed(&self, method: Method, path_and_query: &str, body: Vec<u8>) -> RequestBuilder {
        let target = format!("{}{path_and_query}", self.endpoint.prefix);
        let date = Timestamp::from_unix_seconds(self.clock.now().unix_seconds()).to_imf_fixdate();
        let content_sha256 = content_sha256(&body);
        let parts = SignedParts {
            method: method.as_str(),
            target: &target,
            date: &date,
            host: &self.endpoint.authority,
            content_sha256: &content_sha256,
        };
        let signature = self.key.load().sign(&parts.string_to_sign());
        let authorization = Authorization { date_header: DateHeader::XMsDate, signature };
        self.client
            .request(method, format!("{}{target}", self.endpoint.origin))
            .header(DateHeader::XMsDate.name(), date)
            .header("x-ms-content-sha256", content_sha256)
            .header(AUTHORIZATION, authorization.to_header_value())
            .body(body)
    }

    /// Sends a request and waits for the head of its reply.
    pub(crate) async fn head(&self, request: RequestBuilder) -> Result<Response, LinkFailure> {
        tokio::time::timeout(self.patience, head(request)).await.map_err(|_| LinkFailure::TimedOut)?
    }
}

/// Sends a request and waits for the head of its reply, which has to be one of success; 304 is one.
async fn head(request: RequestBuilder) -> Result<Response, LinkFailure> {
    let reply = request.send().await.map_err(|error| LinkFailure::of(&error))?;
    match reply.status() {
        StatusCode::NOT_MODIFIED => Ok(reply),
        status if status.is_success() => Ok(reply),
        status if status.is_redirection() => Err(LinkFailure::Redirected),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(LinkFailure::Denied),
        status => Err(LinkFailure::Status(status.as_u16())),
    }
}

/// Sends a request and reads a reply of at most that many bytes, all within `patience`.
pub(crate) async fn whole(
    request: RequestBuilder,
    bytes_max: usize,
    patience: Duration,
) -> Result<Vec<u8>, LinkFailure> {
    let exchange = async { body(head(request).await?, bytes_max).await };
    tokio::time::timeout(patience, exchange).await.map_err(|_| LinkFailure::TimedOut)?
}

/// Reads a body of at most that many bytes.
pub(crate) async fn body(mut reply: Response, bytes_max: usize) -> Result<Vec<u8>, LinkFailure> {
    let announced = usize::try_from(reply.content_length().unwrap_or_default()).unwrap_or(usize::MAX);
    if announced > bytes_max {
        return Err(LinkFailure::Oversized);
    }
    let mut bytes = Vec::with_capacity(announced.min(RESERVED_BYTES_MAX));
    while let Some(chunk) = reply.chunk().await.map_err(|error| LinkFailure::of(&error))? {
        if chunk.len() > bytes_max - bytes.len() {
            return Err(LinkFailure::Oversized);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
