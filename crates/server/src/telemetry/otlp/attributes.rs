//! Attributes of OTLP, and who sends.

use std::time::Duration;

use callsign_protocol::date::Timestamp;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;

const NAME: &str = "callsign";

pub(super) fn text(text: &str) -> AnyValue {
    AnyValue { value: Some(Value::StringValue(text.to_owned())) }
}

pub(super) fn number(number: u64) -> AnyValue {
    AnyValue { value: Some(Value::IntValue(i64::try_from(number).unwrap_or(i64::MAX))) }
}

pub(super) fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> AnyValue {
    let values = texts.into_iter().map(text).collect();
    AnyValue { value: Some(Value::ArrayValue(ArrayValue { values })) }
}

pub(super) fn attribute(key: &str, value: AnyValue) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

pub(super) fn resource() -> Resource {
    let attributes = vec![
        attribute("service.name", text(NAME)),
        attribute("service.version", text(env!("CARGO_PKG_VERSION"))),
    ];
    Resource { attributes, ..Resource::default() }
}

pub(super) fn scope() -> InstrumentationScope {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    InstrumentationScope { name: NAME.to_owned(), version, ..InstrumentationScope::default() }
}

/// Nanoseconds since 1970.
pub(super) fn nanoseconds(at: Timestamp) -> u64 {
    nanoseconds_of(Timestamp::from_unix_seconds(0).distance(at))
}

pub(super) fn nanoseconds_of(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}
