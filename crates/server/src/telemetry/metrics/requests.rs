//! Metrics of requests.

use prometheus::proto::{MetricFamily, MetricType};

use super::family::{counter, counter_of, counters, family, histogram};
use crate::telemetry::tally::{LATENCY_BOUNDS_MICROSECONDS, Totals};

/// The live service's metric `APIRequestAuthentication` with its dimensions (`clients.md` E), and what that service does not measure.
pub(super) fn families(totals: &Totals) -> Vec<MetricFamily> {
    let requests = totals.requests.iter().map(|(operation, status, count)| {
        let class = format!("{}xx", status / 100);
        let labels = [
            ("operation", *operation),
            ("status_code", &status.to_string()),
            ("status_code_class", class.as_str()),
        ];
        counter(&labels, *count as f64)
    });
    let latencies = totals.latencies.iter().map(|latency| {
        let counted = (&LATENCY_BOUNDS_MICROSECONDS[..], &latency.buckets[..]);
        histogram(&[("operation", latency.operation)], counted, latency.microseconds)
    });
    vec![
        family(
            (
                "callsign_api_request_authentication_total",
                "Requests, by operation and HTTP status; APIRequestAuthentication of the live service.",
            ),
            MetricType::COUNTER,
            requests,
        ),
        family(
            ("callsign_request_duration_seconds", "From the head of a request to its answer, by operation."),
            MetricType::HISTOGRAM,
            latencies,
        ),
        counter_of(("callsign_tokens_issued_total", "Access tokens that were issued."), totals.tokens_issued),
        counter_of(
            ("callsign_identities_revoked_total", "Identities whose tokens a request revoked."),
            totals.identities_revoked,
        ),
        counters(
            (
                "callsign_requests_throttled_total",
                "Requests that were told to come later: failed authentications, or over the limits profile.",
            ),
            [
                (&[("reason", "authentication")][..], totals.throttled),
                (&[("reason", "limits_profile")][..], totals.over_quota),
            ],
        ),
    ]
}
