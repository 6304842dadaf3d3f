//! OTLP: spans, records and metrics for a collector of OpenTelemetry, over HTTP in protobuf.
//!
//! The messages are those of OpenTelemetry; batching, retrying and counting are ours: `docs/decisions/0014-otlp-by-hand.md`.

mod attributes;
mod logs;
mod metrics;
mod post;
mod traces;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use prometheus::proto::MetricFamily;

use super::Record;
use super::sink::Sink;
use crate::config::Otlp;
use logs::Logs;
use metrics::Metrics;
use post::Collector;
use traces::Traces;

/// How long records wait for others to go with them.
const LINGER: Duration = Duration::from_secs(1);

/// The sinks of records, and that of readings of all metrics; none when no collector is configured.
#[expect(clippy::type_complexity, reason = "a name for two kinds of sinks would be used once")]
pub(super) fn start(config: &Otlp) -> io::Result<Option<([Sink<Arc<Record>>; 2], Sink<Vec<MetricFamily>>)>> {
    let Some(endpoint) = &config.endpoint else { return Ok(None) };
    let collector =
        |path: &str| Collector::new(endpoint, path, config.headers.as_deref().map(String::as_str));
    let traces = Sink::start("otlp_traces", Traces(collector("/v1/traces")?))?;
    let logs = Sink::start("otlp_logs", Logs(collector("/v1/logs")?))?;
    let metrics = Sink::start("otlp_metrics", Metrics(collector("/v1/metrics")?))?;
    Ok(Some(([traces, logs], metrics)))
}

#[cfg(test)]
mod tests;
