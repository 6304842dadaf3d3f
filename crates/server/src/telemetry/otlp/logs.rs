//! Records as log records: each column is an attribute.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs, SeverityNumber};
use serde_json::Value;

use super::super::sink::{Drain, Lost};
use super::super::{Columns, Record};
use super::LINGER;
use super::attributes::{attribute, list, nanoseconds, number, resource, scope, text};
use super::post::Collector;
use crate::config::RequestLevel;

/// Sends them.
pub(super) struct Logs(pub(super) Collector);

impl Drain<Arc<Record>> for Logs {
    fn linger(&self) -> Duration {
        LINGER
    }

    fn write(&mut self, batch: &[Arc<Record>]) -> Result<(), Lost> {
        let log_records = batch.iter().map(|record| log_record(record)).collect();
        let scope_logs = vec![ScopeLogs { scope: Some(scope()), log_records, ..ScopeLogs::default() }];
        let resource_logs =
            vec![ResourceLogs { resource: Some(resource()), scope_logs, ..ResourceLogs::default() }];
        let answer: ExportLogsServiceResponse = self.0.post(&ExportLogsServiceRequest { resource_logs })?;
        Lost::rejected(
            answer.partial_success.map(|partial| (partial.rejected_log_records, partial.error_message)),
        )
    }
}

fn log_record(record: &Record) -> LogRecord {
    let (severity, severity_text) = match record.level() {
        RequestLevel::Informational => (SeverityNumber::Info, "Informational"),
        RequestLevel::Warning => (SeverityNumber::Warn, "Warning"),
        RequestLevel::Error => (SeverityNumber::Error, "Error"),
    };
    let trace_id = record.trace.map(|trace| trace.trace_id.to_be_bytes().to_vec());
    LogRecord {
        time_unix_nano: nanoseconds(record.time),
        observed_time_unix_nano: nanoseconds(record.time),
        severity_number: severity.into(),
        severity_text: severity_text.to_owned(),
        body: Some(text(&format!("{} {}", record.operation, record.status))),
        attributes: attributes(record),
        trace_id: trace_id.unwrap_or_default(),
        ..LogRecord::default()
    }
}

fn attributes(record: &Record) -> Vec<KeyValue> {
    // Columns are texts, numbers and a list of texts: serde_json has nothing to refuse.
    let columns = serde_json::to_value(Columns::from(record)).unwrap_or_default();
    let members = columns.as_object().into_iter().flatten();
    members.filter_map(|(name, value)| Some(attribute(name, any(value)?))).collect()
}

fn any(value: &Value) -> Option<AnyValue> {
    match value {
        Value::String(word) => Some(text(word)),
        Value::Number(count) => count.as_u64().map(number),
        Value::Array(words) => Some(list(words.iter().filter_map(Value::as_str))),
        Value::Null | Value::Bool(_) | Value::Object(_) => None,
    }
}
