//! A transport of scripted replies, for the tests of programs that use this crate (feature `mock`).
//!
//! ```
//! use callsign_client::CommunicationIdentityClient;
//! use callsign_client::mock::{MockReply, MockTransport};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> azure_core::Result<()> {
//! let transport = MockTransport::new();
//! transport.push(MockReply::json(201, r#"{"identity":{"id":"8:acs:a_b"}}"#));
//! let client = CommunicationIdentityClient::from_connection_string(
//!     "endpoint=https://contoso.communication.azure.com/;accesskey=c2VjcmV0",
//!     Some(transport.client_options()),
//! )?;
//!
//! let user = client.create_user(None).await?.into_model()?;
//!
//! assert_eq!(user.id(), "8:acs:a_b");
//! let requests = transport.requests();
//! assert_eq!((requests[0].method, requests[0].target()), (azure_core::http::Method::Post, "/identities?api-version=2026-09-23".into()));
//! # Ok(())
//! # }
//! ```

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use azure_core::Bytes;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body, ClientOptions, HttpClient, Method, Request, Transport, Url};

use crate::options::CommunicationIdentityClientOptions;

/// Answers requests from a script, in order, and keeps them. Clones share script and record.
#[derive(Clone, Default)]
pub struct MockTransport {
    stage: Arc<Mutex<Stage>>,
}

#[derive(Default)]
struct Stage {
    script: VecDeque<MockReply>,
    requests: Vec<RecordedRequest>,
}

/// What the transport answers to one request.
#[derive(Clone)]
pub struct MockReply(Act);

#[derive(Clone)]
enum Act {
    Answer { status: u16, headers: Vec<(String, String)>, body: Bytes },
    Fail { kind: ErrorKind, reason: &'static str },
}

impl MockReply {
    /// An answer without a body, such as 204.
    #[must_use]
    pub const fn empty(status: u16) -> Self {
        Self(Act::Answer { status, headers: Vec::new(), body: Bytes::new() })
    }

    /// An answer of JSON.
    #[must_use]
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json; charset=utf-8".to_owned())];
        Self(Act::Answer { status, headers, body: Bytes::from(body.into()) })
    }

    /// An error in the service's shape.
    #[must_use]
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        Self::json(status, serde_json::json!({"error": {"code": code, "message": message}}).to_string())
    }

    /// The same answer with a header more.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        if let Act::Answer { headers, .. } = &mut self.0 {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// No connection: the request was not sent.
    #[must_use]
    pub const fn no_connection() -> Self {
        Self(Act::Fail { kind: ErrorKind::Connection, reason: "connection refused (scripted)" })
    }

    /// The connection broke after the request was sent: whether it was carried out is open.
    #[must_use]
    pub const fn broken_connection() -> Self {
        Self(Act::Fail { kind: ErrorKind::Io, reason: "connection reset (scripted)" })
    }
}

/// A request as it would have gone over the wire. `Debug` shows neither headers nor body.
#[derive(Clone)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The verb.
    pub method: Method,
    /// The address.
    pub url: Url,
    /// The headers, but for those that the transport itself adds (`Host`, `Content-Length`).
    pub headers: Headers,
    /// The body; empty if there was none.
    pub body: Bytes,
}

impl RecordedRequest {
    /// Path and query.
    #[must_use]
    pub fn target(&self) -> String {
        let query = self.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}{query}", self.url.path())
    }

    /// A header's value, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found.as_str() == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method, self.target())
    }
}

impl MockTransport {
    /// A transport whose script is empty. A request that finds no reply fails and says so.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a reply at the end of the script.
    pub fn push(&self, reply: MockReply) {
        self.stage().script.push_back(reply);
    }

    /// Every request so far, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.stage().requests.clone()
    }

    /// The transport, for [`ClientOptions::transport`].
    #[must_use]
    pub fn transport(&self) -> Transport {
        Transport::new(Arc::new(self.clone()))
    }

    /// Options of a client that uses this transport, and nothing else changed.
    #[must_use]
    pub fn client_options(&self) -> CommunicationIdentityClientOptions {
        CommunicationIdentityClientOptions {
            client_options: ClientOptions { transport: Some(self.transport()), ..ClientOptions::default() },
            ..CommunicationIdentityClientOptions::default()
        }
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MockTransport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = self.stage();
        formatter
            .debug_struct("MockTransport")
            .field("replies_left", &stage.script.len())
            .field("requests", &stage.requests)
            .finish()
    }
}

#[async_trait::async_trait]
impl HttpClient for MockTransport {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let body = match request.body() {
            Body::Bytes(bytes) => bytes.clone(),
            Body::SeekableStream(_) => Bytes::new(),
        };
        let recorded = RecordedRequest {
            method: request.method(),
            url: request.url().clone(),
            headers: request.headers().clone(),
            body,
        };
        let mut stage = self.stage();
        let description = format!("{recorded:?}");
        stage.requests.push(recorded);
        match stage.script.pop_front() {
            Some(MockReply(Act::Answer { status, headers, body })) => {
                let mut reply_headers = Headers::new();
                for (name, value) in headers {
                    reply_headers.insert(name, value);
                }
                Ok(AsyncRawResponse::from_bytes(status.into(), reply_headers, body))
            }
            Some(MockReply(Act::Fail { kind, reason })) => Err(Error::with_message(kind, reason)),
            None => {
                let reason = format!("the script has no reply left for {description}; push one more");
                Err(Error::with_message(ErrorKind::Other, reason))
            }
        }
    }
}
