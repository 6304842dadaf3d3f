//! Spans: one for each request, in the trace that its caller is in.

use std::sync::Arc;
use std::time::Duration;

use callsign_core::entropy::{self, SystemEntropy};
use callsign_protocol::scope::{Scope, Scopes};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode as SpanStatus;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};

use super::super::Record;
use super::super::sink::{Drain, Lost};
use super::LINGER;
use super::attributes::{attribute, list, nanoseconds, nanoseconds_of, number, resource, scope, text};
use super::post::Collector;

/// The flag of a span whose trace is kept (W3C Trace Context §3.2.2.5).
const SAMPLED: u32 = 1;

/// Sends them.
pub(super) struct Traces(pub(super) Collector);

impl Drain<Arc<Record>> for Traces {
    fn linger(&self) -> Duration {
        LINGER
    }

    fn write(&mut self, batch: &[Arc<Record>]) -> Result<(), Lost> {
        // A caller that does not keep its trace wants no piece of it.
        let kept = batch.iter().filter(|record| record.trace.is_none_or(|trace| trace.is_sampled));
        let spans: Vec<Span> = kept.map(|record| span(record)).collect();
        if spans.is_empty() {
            return Ok(());
        }
        let scope_spans = vec![ScopeSpans { scope: Some(scope()), spans, ..ScopeSpans::default() }];
        let resource_spans =
            vec![ResourceSpans { resource: Some(resource()), scope_spans, ..ResourceSpans::default() }];
        let answer: ExportTraceServiceResponse =
            self.0.post(&ExportTraceServiceRequest { resource_spans })?;
        Lost::rejected(answer.partial_success.map(|partial| (partial.rejected_spans, partial.error_message)))
    }
}

fn span(record: &Record) -> Span {
    let end = nanoseconds(record.time);
    let took = nanoseconds_of(Duration::from_micros(record.microseconds));
    let (trace_id, parent) = match record.trace {
        Some(trace) => (trace.trace_id.to_be_bytes(), trace.parent_id.to_be_bytes().to_vec()),
        None => (random(), Vec::new()),
    };
    let code = if record.status >= 500 { SpanStatus::Error } else { SpanStatus::Unset };
    Span {
        trace_id: trace_id.to_vec(),
        span_id: random::<8>().to_vec(),
        parent_span_id: parent,
        flags: SAMPLED,
        name: record.operation.to_string(),
        kind: SpanKind::Server.into(),
        start_time_unix_nano: end.saturating_sub(took),
        end_time_unix_nano: end,
        attributes: attributes(record),
        status: Some(Status { code: code.into(), ..Status::default() }),
        ..Span::default()
    }
}

/// All zeroes are no id; they come when the machine has no randomness.
fn random<const N: usize>() -> [u8; N] {
    entropy::bytes(&SystemEntropy).unwrap_or([0xff; N])
}

/// By the semantic conventions for HTTP where they have a name, else ours.
fn attributes(record: &Record) -> Vec<KeyValue> {
    let mut attributes = vec![
        attribute("http.request.method", text(&record.method)),
        attribute("http.response.status_code", number(record.status.into())),
        attribute("url.path", text(&record.path)),
        attribute("client.address", text(&record.source.to_string())),
    ];
    let resource = record.resource.as_ref();
    let resource_id = resource.map(|(id, _)| id.to_string());
    let words = [
        ("error.type", record.error_code.as_deref().filter(|_| record.status >= 500)),
        ("callsign.api_version", record.version.as_deref()),
        ("callsign.caller", record.sender.as_deref()),
        ("callsign.identity.id", record.identity.as_deref()),
        ("callsign.resource.name", resource.map(|(_, name)| &**name)),
        ("callsign.resource.id", resource_id.as_deref()),
        ("callsign.error.code", record.error_code.as_deref()),
        ("callsign.token.reason", record.token_reason.as_deref()),
        ("callsign.exchange.id", record.exchange_id.as_deref()),
        ("callsign.request.id", record.client_request_id.as_deref()),
        ("callsign.sdk", record.agent.sdk.as_deref()),
        ("callsign.platform", record.agent.platform.as_deref()),
    ];
    attributes.extend(words.into_iter().filter_map(|(key, word)| Some(attribute(key, text(word?)))));
    let scopes = record.scopes.as_ref().map(Scopes::as_slice);
    attributes.extend(
        scopes.map(|scopes| {
            attribute("callsign.scopes", list(scopes.iter().map(|scope: &Scope| scope.as_str())))
        }),
    );
    attributes
}
