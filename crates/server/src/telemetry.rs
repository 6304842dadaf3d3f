//! What is known of the server's work: a line and a record of each request, counts, and where they go.
//!
//! Serving goes on whatever becomes of them: nothing here holds up a request, and what is lost is counted.

mod agent;
mod columns;
mod history;
mod journal;
mod log;
mod metrics;
#[cfg(feature = "otlp")]
mod otlp;
mod record;
mod sink;
mod tally;
mod trace_context;

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use callsign_protocol::date::Timestamp;
use http::request::Parts;

use crate::config::RequestLog;
use crate::http::Arrival;
use crate::http::error::Refusal;

pub(crate) use columns::Columns;
pub(crate) use history::{History, Sample};
pub(crate) use journal::{Filter, Journal, Page, Place};
pub(crate) use log::{RequestLine, start as start_log};
pub(crate) use metrics::{Metrics, ReadStoreFigures, Sources};
pub(crate) use record::Record;
pub(crate) use sink::Sinks;
pub(crate) use tally::{LATENCY_BOUNDS_MICROSECONDS, LATENCY_BUCKETS, Tally};

/// A request that was answered.
pub(crate) struct Answered<'a> {
    /// Its head, with the canonical path.
    pub(crate) parts: &'a Parts,
    /// The connection that it came on.
    pub(crate) arrival: &'a Arrival,
    /// The answer, before its body is sent.
    pub(crate) response: &'a Response,
    /// Why it was not answered as asked.
    pub(crate) refusal: Option<&'a Refusal>,
    /// From its head to its answer.
    pub(crate) elapsed: Duration,
    /// When it was answered.
    pub(crate) now: Timestamp,
}

/// What a running server knows of its work.
pub(crate) struct Telemetry {
    /// The newest records.
    pub(crate) journal: Journal,
    /// What was counted since the start.
    pub(crate) tally: Tally,
    /// What was counted in each minute of the last day.
    pub(crate) history: History,
    /// Where records go.
    pub(crate) sinks: Sinks,
}

impl Telemetry {
    /// Nothing was seen yet but what stands in the file of an earlier run.
    pub(crate) fn new(config: &RequestLog, sinks: Sinks, began: Timestamp) -> Self {
        let records_max = usize::try_from(config.memory).unwrap_or(usize::MAX);
        let journal = Journal::new(began, records_max);
        if let Some(path) = &config.file {
            journal.fill(sink::tail(path, records_max));
        }
        Self { journal, tally: Tally::new(), history: History::default(), sinks }
    }

    /// Writes the line, counts, and keeps a record.
    pub(crate) fn observe(&self, line: RequestLine, answered: &Answered<'_>) {
        line.write(answered);
        self.tally.count(&line, answered);
        if line.is_recorded {
            let record = Arc::new(Record::of(line, answered));
            self.sinks.offer(&record);
            self.journal.keep(record);
        }
    }
}
