//! A family of metrics: a name, what it means, and values by label.

use prometheus::proto::{Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType};

/// Labels with their values.
pub(super) type Labels<'a> = &'a [(&'static str, &'a str)];

/// What only grows.
pub(super) fn counters<'a>(
    (name, help): (&str, &str),
    values: impl IntoIterator<Item = (Labels<'a>, u64)>,
) -> MetricFamily {
    family(
        (name, help),
        MetricType::COUNTER,
        values.into_iter().map(|(labels, value)| counter(labels, value as f64)),
    )
}

/// One of them, without labels.
pub(super) fn counter_of(about: (&str, &str), value: u64) -> MetricFamily {
    counters(about, [(&[][..], value)])
}

/// A metric that only grows.
pub(super) fn counter(labels: Labels<'_>, value: f64) -> Metric {
    let mut counter = Counter::default();
    counter.set_value(value);
    let mut metric = labelled(labels);
    metric.set_counter(counter);
    metric
}

/// What goes up and down.
pub(super) fn gauges<'a>(
    about: (&str, &str),
    values: impl IntoIterator<Item = (Labels<'a>, f64)>,
) -> MetricFamily {
    let values = values.into_iter().map(|(labels, value)| {
        let mut gauge = Gauge::default();
        gauge.set_value(value);
        let mut metric = labelled(labels);
        metric.set_gauge(gauge);
        metric
    });
    family(about, MetricType::GAUGE, values)
}

/// One of them, without labels.
pub(super) fn gauge_of(about: (&str, &str), value: f64) -> MetricFamily {
    gauges(about, [(&[][..], value)])
}

/// Times in buckets: their upper bounds, how many are in each and in one more, and how long all took together, in microseconds.
pub(super) fn histogram(labels: Labels<'_>, (bounds, counts): (&[u64], &[u64]), microseconds: u64) -> Metric {
    let mut below = 0;
    let buckets = bounds.iter().zip(counts).map(|(bound, count)| {
        below += count;
        let mut bucket = Bucket::default();
        bucket.set_upper_bound(seconds(*bound));
        bucket.set_cumulative_count(below);
        bucket
    });
    let mut histogram = Histogram::default();
    histogram.set_bucket(buckets.collect());
    histogram.set_sample_count(counts.iter().sum());
    histogram.set_sample_sum(seconds(microseconds));
    let mut metric = labelled(labels);
    metric.set_histogram(histogram);
    metric
}

/// Microseconds in the unit that metrics are in.
pub(super) fn seconds(microseconds: u64) -> f64 {
    microseconds as f64 / 1_000_000.0
}

/// A family of metrics of one type.
pub(super) fn family(
    (name, help): (&str, &str),
    field_type: MetricType,
    metrics: impl IntoIterator<Item = Metric>,
) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(name.to_owned());
    family.set_help(help.to_owned());
    family.set_field_type(field_type);
    family.set_metric(metrics.into_iter().collect());
    family
}

fn labelled(labels: Labels<'_>) -> Metric {
    let pairs = labels.iter().map(|(name, value)| {
        let mut pair = LabelPair::default();
        pair.set_name((*name).to_owned());
        pair.set_value((*value).to_owned());
        pair
    });
    Metric::from_label(pairs.collect())
}
