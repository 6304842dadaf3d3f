//! The tally: what requests came to since the start, in counters that threads add to without waiting for each other.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{Answered, RequestLine};
use crate::http::error::Refusal;
use crate::http::public_operations;
use crate::quota::Operation;

/// The name of what found no route, as the live service's metric has it (`clients.md` E).
pub(crate) const BAD_ROUTE: &str = "Bad Route";

/// Upper bounds of the buckets of latencies; what takes longer is in one more. A token takes half a millisecond and a busy server holds
/// some up for 20 (`design/performance.md` §1).
pub(crate) const LATENCY_BOUNDS_MICROSECONDS: [u64; 14] = [
    250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000,
];
/// How many buckets there are.
pub(crate) const LATENCY_BUCKETS: usize = LATENCY_BOUNDS_MICROSECONDS.len() + 1;

/// Statuses have three digits, from 100 (RFC 9110 §15).
const STATUSES: usize = 500;
const STATUS_MIN: usize = 100;

/// The name of an operation as records and metrics have it.
pub(crate) const fn operation_name(operation: &'static str) -> &'static str {
    if operation.is_empty() { BAD_ROUTE } else { operation }
}

/// Counts since the start.
pub(crate) struct Tally {
    operations: Vec<OfOperation>,
    tokens_issued: AtomicU64,
    identities_revoked: AtomicU64,
    throttled: AtomicU64,
    over_quota: AtomicU64,
}

struct OfOperation {
    name: &'static str,
    by_status: Box<[AtomicU64; STATUSES]>,
    latency: [AtomicU64; LATENCY_BUCKETS],
    microseconds: AtomicU64,
}

impl OfOperation {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            by_status: Box::new([const { AtomicU64::new(0) }; STATUSES]),
            latency: [const { AtomicU64::new(0) }; LATENCY_BUCKETS],
            microseconds: AtomicU64::new(0),
        }
    }

    fn count(&self, status: u16, microseconds: u64) {
        let status = usize::from(status).checked_sub(STATUS_MIN).and_then(|index| self.by_status.get(index));
        let bucket = LATENCY_BOUNDS_MICROSECONDS.partition_point(|bound| *bound < microseconds);
        for count in status.into_iter().chain(self.latency.get(bucket)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.microseconds.fetch_add(microseconds, Ordering::Relaxed);
    }
}

/// What was counted until an instant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Requests by operation and status; what never happened is not there.
    pub(crate) requests: Vec<(&'static str, u16, u64)>,
    /// Latencies by operation; what never happened is not there.
    pub(crate) latencies: Vec<Latency>,
    /// Tokens that were issued.
    pub(crate) tokens_issued: u64,
    /// Identities whose tokens a request revoked.
    pub(crate) identities_revoked: u64,
    /// Requests that were refused because their address had failed too often.
    pub(crate) throttled: u64,
    /// Requests that were refused because they were over the limits profile.
    pub(crate) over_quota: u64,
}

/// How long an operation took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Latency {
    /// Which one.
    pub(crate) operation: &'static str,
    /// How many were in each bucket, not in it and all below.
    pub(crate) buckets: [u64; LATENCY_BUCKETS],
    /// How long all of them took together.
    pub(crate) microseconds: u64,
}

impl Tally {
    /// Everything is zero.
    pub(crate) fn new() -> Self {
        let named = Operation::ALL.iter().map(|operation| operation.as_str());
        let operations = std::iter::once(BAD_ROUTE).chain(named).chain(public_operations());
        Self {
            operations: operations.map(OfOperation::new).collect(),
            tokens_issued: AtomicU64::new(0),
            identities_revoked: AtomicU64::new(0),
            throttled: AtomicU64::new(0),
            over_quota: AtomicU64::new(0),
        }
    }

    pub(super) fn count(&self, line: &RequestLine, answered: &Answered<'_>) {
        let name = operation_name(line.operation);
        let microseconds = u64::try_from(answered.elapsed.as_micros()).unwrap_or(u64::MAX);
        if let Some(operation) = self.operations.iter().find(|operation| operation.name == name) {
            operation.count(answered.response.status().as_u16(), microseconds);
        }
        let once = |count: &AtomicU64| {
            count.fetch_add(1, Ordering::Relaxed);
        };
        if line.issued {
            once(&self.tokens_issued);
        }
        if line.revoked > 0 {
            self.identities_revoked.fetch_add(line.revoked, Ordering::Relaxed);
        }
        match answered.refusal {
            Some(Refusal::Throttled { .. }) => once(&self.throttled),
            Some(Refusal::OverQuota { .. }) => once(&self.over_quota),
            _ => {}
        }
    }

    /// What was counted so far. Counts that belong together may be read a request apart.
    pub(crate) fn totals(&self) -> Totals {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let mut totals = Totals {
            tokens_issued: read(&self.tokens_issued),
            identities_revoked: read(&self.identities_revoked),
            throttled: read(&self.throttled),
            over_quota: read(&self.over_quota),
            ..Totals::default()
        };
        for operation in &self.operations {
            let latency = Latency {
                operation: operation.name,
                buckets: operation.latency.each_ref().map(read),
                microseconds: read(&operation.microseconds),
            };
            if latency.buckets.iter().any(|count| *count > 0) {
                totals.latencies.push(latency);
            }
            let by_status = (100_u16..).zip(operation.by_status.iter().map(read));
            let seen = by_status.filter(|(_, count)| *count > 0);
            totals.requests.extend(seen.map(|(status, count)| (operation.name, status, count)));
        }
        totals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_one_place() {
        let tally = Tally::new();
        let mut names: Vec<_> = tally.operations.iter().map(|operation| operation.name).collect();
        for name in ["Bad Route", "CreateIdentity", "CreateToken", "GetKeySet", "Portal"] {
            assert!(names.contains(&name), "{name}");
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn a_request_is_in_the_bucket_of_its_time() {
        let operation = OfOperation::new("x");
        for microseconds in [0, 250, 251, 5_000_000, 5_000_001, u64::MAX / 2] {
            operation.count(200, microseconds);
        }
        operation.count(99, 0);
        let read: Vec<u64> = operation.latency.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        assert_eq!((read[0], read[1], read[13], read[14]), (3, 1, 1, 2));
        assert_eq!(operation.by_status[100].load(Ordering::Relaxed), 6);
    }
}
