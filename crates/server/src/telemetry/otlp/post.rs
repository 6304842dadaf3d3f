//! The collector: posts one message, and again when it is told that this may help (the OTLP specification, "OTLP/HTTP Response").

use std::io;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use prost::Message;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use tokio::runtime::Runtime;

use super::super::sink::Lost;

/// How long one attempt may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Pauses before the attempts after the first.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];
/// Most of an answer that is read.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// What the specification has clients try again.
const PASSING: [u16; 4] = [429, 502, 503, 504];

/// A collector, for one kind of message.
pub(super) struct Collector {
    url: Url,
    headers: HeaderMap,
    client: Client,
    runtime: Runtime,
}

/// Why an attempt failed, and whether another may go better.
struct Failed {
    reason: String,
    is_passing: bool,
}

impl Collector {
    /// `headers` are `name=value`, parted by commas.
    pub(super) fn new(endpoint: &str, path: &str, headers: Option<&str>) -> io::Result<Self> {
        let wrong = |error: &dyn std::error::Error| io::Error::other(error.to_string());
        let url = format!("{endpoint}{path}").parse().map_err(|error| wrong(&error))?;
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .retry(reqwest::retry::never())
            .timeout(TIMEOUT)
            .user_agent(concat!("callsign/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| wrong(&error))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { url, headers: header_map(headers.unwrap_or_default()), client, runtime })
    }

    /// Posts a message and reads the answer.
    pub(super) fn post<A: Message + Default>(&self, message: &impl Message) -> Result<A, Lost> {
        let body = message.encode_to_vec();
        let answer = self.runtime.block_on(self.patiently(body));
        let answer = answer.map_err(|reason| Lost::all(format!("{}: {reason}", self.url)))?;
        // What cannot be read was accepted all the same.
        Ok(A::decode(answer.as_slice()).unwrap_or_default())
    }

    async fn patiently(&self, body: Vec<u8>) -> Result<Vec<u8>, String> {
        let mut pauses = PAUSES.into_iter();
        loop {
            match self.once(body.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(Failed { reason, is_passing }) => match pauses.next().filter(|_| is_passing) {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return Err(reason),
                },
            }
        }
    }

    async fn once(&self, body: Vec<u8>) -> Result<Vec<u8>, Failed> {
        let passing = |error: reqwest::Error| Failed {
            // Without its address, which may hold what nobody should read.
            reason: format!("it cannot be reached: {}", error.without_url()),
            is_passing: true,
        };
        let request = self.client.post(self.url.clone()).headers(self.headers.clone());
        let request = request.header(http::header::CONTENT_TYPE, "application/x-protobuf");
        let mut answer = request.body(body).send().await.map_err(passing)?;
        let status = answer.status();
        if !status.is_success() {
            let is_passing = PASSING.contains(&status.as_u16());
            return Err(Failed { reason: format!("it answers {}", status.as_u16()), is_passing });
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(passing)? {
            if bytes.len() + chunk.len() > ANSWER_BYTES_MAX {
                break;
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

/// The headers that a configuration was seen to be well formed for.
fn header_map(text: &str) -> HeaderMap {
    let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
    let headers = pairs.filter_map(|(name, value)| {
        let mut value = HeaderValue::from_str(value.trim()).ok()?;
        value.set_sensitive(true);
        Some((name.trim().parse::<HeaderName>().ok()?, value))
    });
    headers.collect()
}
