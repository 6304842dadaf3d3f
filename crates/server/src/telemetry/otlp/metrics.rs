//! Metrics, by the names and labels that Prometheus has them by.

use callsign_core::clock::{Clock as _, SystemClock};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics,
    ScopeMetrics, Sum,
};
use prometheus::proto::{Metric as Measured, MetricFamily, MetricType};

use super::super::metrics::STARTED;
use super::super::sink::{Drain, Lost};
use super::attributes::{attribute, nanoseconds, resource, scope, text};
use super::post::Collector;

/// Sends them.
pub(super) struct Metrics(pub(super) Collector);

/// When counting began, and when it was read, in nanoseconds since 1970.
#[derive(Clone, Copy)]
struct Span {
    began: u64,
    now: u64,
}

impl Drain<Vec<MetricFamily>> for Metrics {
    fn write(&mut self, batch: &[Vec<MetricFamily>]) -> Result<(), Lost> {
        // Totals grow: where several readings wait, the last one says it all.
        let Some(families) = batch.last() else { return Ok(()) };
        let span = Span { began: began(families), now: nanoseconds(SystemClock.now()) };
        let metrics = families.iter().map(|family| metric(family, span)).collect();
        let scope_metrics = vec![ScopeMetrics { scope: Some(scope()), metrics, ..ScopeMetrics::default() }];
        let resource_metrics =
            vec![ResourceMetrics { resource: Some(resource()), scope_metrics, ..ResourceMetrics::default() }];
        let answer: ExportMetricsServiceResponse =
            self.0.post(&ExportMetricsServiceRequest { resource_metrics })?;
        let partial = answer.partial_success.filter(|partial| partial.rejected_data_points > 0);
        partial.map_or(Ok(()), |partial| Err(Lost::all(partial.error_message)))
    }
}

fn began(families: &[MetricFamily]) -> u64 {
    let started = families.iter().find(|family| family.name() == STARTED);
    let seconds =
        started.and_then(|family| family.get_metric().first()).map_or(0.0, |one| one.get_gauge().get_value());
    // Seconds since 1970 in whole numbers.
    (seconds as u64).saturating_mul(1_000_000_000)
}

fn metric(family: &MetricFamily, span: Span) -> Metric {
    let name = family.name().to_owned();
    let unit = if name.contains("_seconds") { "s" } else { "1" };
    let temporality = AggregationTemporality::Cumulative.into();
    let numbers = |read: fn(&Measured) -> f64| {
        family.get_metric().iter().map(|measured| number_point(measured, read(measured), span)).collect()
    };
    let data = match family.get_field_type() {
        MetricType::COUNTER => Data::Sum(Sum {
            data_points: numbers(|measured| measured.get_counter().get_value()),
            aggregation_temporality: temporality,
            is_monotonic: true,
        }),
        MetricType::HISTOGRAM => Data::Histogram(Histogram {
            data_points: family.get_metric().iter().map(|measured| histogram_point(measured, span)).collect(),
            aggregation_temporality: temporality,
        }),
        _ => Data::Gauge(Gauge { data_points: numbers(|measured| measured.get_gauge().get_value()) }),
    };
    let (description, unit) = (family.help().to_owned(), unit.to_owned());
    Metric { name, description, unit, data: Some(data), ..Metric::default() }
}

fn number_point(measured: &Measured, value: f64, span: Span) -> NumberDataPoint {
    NumberDataPoint {
        attributes: labels(measured),
        start_time_unix_nano: span.began,
        time_unix_nano: span.now,
        value: Some(Value::AsDouble(value)),
        ..NumberDataPoint::default()
    }
}

/// OTLP counts what is in a bucket, Prometheus what is in it and all below.
fn histogram_point(measured: &Measured, span: Span) -> HistogramDataPoint {
    let histogram = measured.get_histogram();
    let mut below = 0;
    let cumulative = histogram.get_bucket().iter().map(|bucket| bucket.cumulative_count());
    let cumulative = cumulative.chain([histogram.get_sample_count()]);
    let counts = cumulative.map(|count| count.saturating_sub(std::mem::replace(&mut below, count)));
    HistogramDataPoint {
        attributes: labels(measured),
        start_time_unix_nano: span.began,
        time_unix_nano: span.now,
        count: histogram.get_sample_count(),
        sum: Some(histogram.get_sample_sum()),
        bucket_counts: counts.collect(),
        explicit_bounds: histogram.get_bucket().iter().map(|bucket| bucket.upper_bound()).collect(),
        ..HistogramDataPoint::default()
    }
}

fn labels(measured: &Measured) -> Vec<KeyValue> {
    measured.get_label().iter().map(|label| attribute(label.name(), text(label.value()))).collect()
}
