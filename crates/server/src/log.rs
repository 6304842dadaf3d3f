//! The log: one line per request, and never a token, key, body or query string.

use std::time::Duration;

use axum::response::Response;
use http::request::Parts;
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};
use crate::http::error::Refusal;
use crate::http::{Arrival, MS_CV, X_MS_CLIENT_REQUEST_ID, single_header};

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
#[derive(Debug, Default)]
pub(crate) struct RequestLine {
    pub(crate) operation: &'static str,
    pub(crate) resource: Option<String>,
    pub(crate) version: Option<&'static str>,
    pub(crate) identity: Option<String>,
}

impl RequestLine {
    /// Writes the line: a warning when the server is at fault, else information.
    pub(crate) fn write(
        &self,
        parts: &Parts,
        arrival: &Arrival,
        response: &Response,
        (refusal, elapsed): (Option<&Refusal>, Duration),
    ) {
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
                error.code = code, error.reason = reason, resource.name = self.resource, identity.id = self.identity,
                request.version = self.version, request.id = line.client_request_id, exchange.id = line.exchange_id,
                source.address = %arrival.source.ip(), duration.microseconds = line.microseconds,
            );
        } else {
            tracing::info!(
                request.operation = line.operation, http.method = %parts.method, http.status = status,
                error.code = code, error.reason = reason, resource.name = self.resource, identity.id = self.identity,
                request.version = self.version, request.id = line.client_request_id, exchange.id = line.exchange_id,
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
