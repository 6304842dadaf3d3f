//! The log: one line per request, and never a token, key, body or query string.

use callsign_protocol::scope::Scopes;
use tracing_subscriber::EnvFilter;
use uuid::Uuid;

use super::Answered;
use crate::config::{Log, LogFormat};
use crate::http::{MS_CV, X_MS_CLIENT_REQUEST_ID, single_header};

/// Sends log lines to stderr, in the configured form. A second call changes nothing.
pub(crate) fn start(log: &Log) {
    let filter = EnvFilter::try_new(&log.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Another subscriber is already there when the server is embedded: its owner decides then.
    let _ = match log.format {
        LogFormat::Text => lines.with_target(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
}

/// What a request turned out to be.
#[derive(Debug)]
pub(crate) struct RequestLine {
    /// Empty where no route was found.
    pub(crate) operation: &'static str,
    pub(crate) resource: Option<String>,
    pub(crate) resource_id: Option<Uuid>,
    pub(crate) version: Option<&'static str>,
    pub(crate) identity: Option<String>,
    /// What proved who asks.
    pub(crate) caller: Option<String>,
    /// Why a token that was asked about is not good.
    pub(crate) token_reason: Option<&'static str>,
    /// The scopes that it asks for.
    pub(crate) scopes: Option<Scopes>,
    /// Whether a token was issued.
    pub(crate) issued: bool,
    /// How many identities had their tokens revoked.
    pub(crate) revoked: u64,
    /// Whether a record is kept. What asks every few seconds whether the server is well would push out what users did.
    pub(crate) is_recorded: bool,
}

impl RequestLine {
    /// Of that operation; nothing else is known yet.
    pub(crate) const fn of(operation: &'static str) -> Self {
        Self {
            operation,
            resource: None,
            resource_id: None,
            version: None,
            identity: None,
            caller: None,
            token_reason: None,
            scopes: None,
            issued: false,
            revoked: 0,
            is_recorded: true,
        }
    }

    /// Of what found no route.
    pub(crate) const fn unrouted() -> Self {
        Self::of("")
    }

    /// Writes the line: a warning when the server is at fault, else information.
    pub(super) fn write(&self, answered: &Answered<'_>) {
        let Answered { parts, arrival, response, refusal, elapsed, .. } = answered;
        let reason = refusal.map(ToString::to_string);
        let code = refusal.map(|refusal| refusal.facts().code);
        let status = response.status().as_u16();
        let line = Line {
            operation: if self.operation.is_empty() { "BadRoute" } else { self.operation },
            exchange_id: single_header(response.headers(), &MS_CV),
            client_request_id: single_header(&parts.headers, &X_MS_CLIENT_REQUEST_ID),
            microseconds: u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
        };
        // The two arms differ in level only; tracing fixes a line's level when it is compiled.
        if response.status().is_server_error() {
            tracing::warn!(
                request.operation = line.operation, http.method = %parts.method, http.status = status,
                error.code = code, error.reason = reason, resource.name = self.resource, caller.proof = self.caller, identity.id = self.identity,
                token.reason = self.token_reason, request.version = self.version, request.id = line.client_request_id, exchange.id = line.exchange_id,
                source.address = %arrival.source.ip(), duration.microseconds = line.microseconds,
            );
        } else {
            tracing::info!(
                request.operation = line.operation, http.method = %parts.method, http.status = status,
                error.code = code, error.reason = reason, resource.name = self.resource, caller.proof = self.caller, identity.id = self.identity,
                token.reason = self.token_reason, request.version = self.version, request.id = line.client_request_id, exchange.id = line.exchange_id,
                source.address = %arrival.source.ip(), duration.microseconds = line.microseconds,
            );
        }
    }
}

struct Line<'a> {
    operation: &'static str,
    exchange_id: Option<&'a str>,
    client_request_id: Option<&'a str>,
    microseconds: u64,
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use std::time::Duration;

    use axum::body::Body;
    use axum::response::Response;
    use callsign_protocol::date::Timestamp;

    use super::*;
    use crate::http::Arrival;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_tells_why_a_token_is_not_good_and_nothing_of_the_query() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber =
            tracing_subscriber::fmt().json().flatten_event(true).with_writer(move || writer.clone()).finish();
        let (parts, ()) =
            http::Request::get("/callsign/v1/identities?customId=alice").body(()).unwrap().into_parts();
        let line = RequestLine { token_reason: Some("revoked"), ..RequestLine::of("IntrospectToken") };
        let arrival = Arrival { source: "192.0.2.1:1".parse().unwrap(), own_port: None, secure: true };
        tracing::subscriber::with_default(subscriber, || {
            line.write(&Answered {
                parts: &parts,
                arrival: &arrival,
                response: &Response::new(Body::empty()),
                refusal: None,
                elapsed: Duration::ZERO,
                now: Timestamp::from_unix_seconds(0),
            });
        });
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&line["request.operation"], &line["token.reason"]),
            (&"IntrospectToken".into(), &"revoked".into())
        );
        assert!(!text.contains("alice") && line.get("error.code").is_none(), "{text}");
    }
}
