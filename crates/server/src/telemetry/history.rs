//! The history: what was counted in each minute of the last day, for charts.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use callsign_core::token::signing_queue::{BATCH_MAX, SigningFigures};
use callsign_protocol::date::Timestamp;

use super::tally::{Latency, Totals};

/// Minutes of a day.
const SAMPLES_MAX: usize = 24 * 60;

/// What was counted in one minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sample {
    /// When the minute ended.
    pub(crate) at: Timestamp,
    /// What requests came to.
    pub(crate) counted: Totals,
    /// Batches of one signature, of two, and so on up to eight.
    pub(crate) batches_by_size: [u64; BATCH_MAX],
}

/// The samples.
#[derive(Debug, Default)]
pub(crate) struct History(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    samples: VecDeque<Arc<Sample>>,
    totals: Totals,
    signing: SigningFigures,
}

impl History {
    /// Takes a sample: once a minute.
    pub(crate) fn take(&self, at: Timestamp, totals: Totals, signing: SigningFigures) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sample = kept.sample(at, &totals, &signing);
        kept.samples.push_back(Arc::new(sample));
        while kept.samples.len() > SAMPLES_MAX {
            kept.samples.pop_front();
        }
        (kept.totals, kept.signing) = (totals, signing);
    }

    /// What came since the last sample. Nothing is taken by it.
    pub(crate) fn so_far(&self, at: Timestamp, totals: &Totals, signing: &SigningFigures) -> Sample {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).sample(at, totals, signing)
    }

    /// The samples of so many last minutes, oldest first. What came since the last one is not in them yet.
    pub(crate) fn last_minutes(&self, minutes: usize) -> Vec<Arc<Sample>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = kept.samples.len().saturating_sub(minutes);
        kept.samples.range(first..).cloned().collect()
    }
}

impl Kept {
    fn sample(&self, at: Timestamp, totals: &Totals, signing: &SigningFigures) -> Sample {
        let mut batches_by_size = signing.batches_by_size;
        for (count, before) in batches_by_size.iter_mut().zip(self.signing.batches_by_size) {
            *count = count.saturating_sub(before);
        }
        Sample { at, counted: since(totals, &self.totals), batches_by_size }
    }
}

/// What came between two totals.
fn since(totals: &Totals, before: &Totals) -> Totals {
    let requests: HashMap<_, _> =
        before.requests.iter().map(|(operation, status, count)| ((*operation, *status), *count)).collect();
    let requests_since = totals.requests.iter().filter_map(|(operation, status, count)| {
        let more = count.saturating_sub(requests.get(&(*operation, *status)).copied().unwrap_or(0));
        (more > 0).then_some((*operation, *status, more))
    });
    let latencies: HashMap<_, _> =
        before.latencies.iter().map(|latency| (latency.operation, latency)).collect();
    let latencies_since = totals.latencies.iter().filter_map(|latency| {
        let more = latency_since(latency, latencies.get(latency.operation).copied());
        more.buckets.iter().any(|count| *count > 0).then_some(more)
    });
    Totals {
        requests: requests_since.collect(),
        latencies: latencies_since.collect(),
        tokens_issued: totals.tokens_issued.saturating_sub(before.tokens_issued),
        identities_revoked: totals.identities_revoked.saturating_sub(before.identities_revoked),
        throttled: totals.throttled.saturating_sub(before.throttled),
        over_quota: totals.over_quota.saturating_sub(before.over_quota),
    }
}

fn latency_since(latency: &Latency, before: Option<&Latency>) -> Latency {
    let mut more = latency.clone();
    if let Some(before) = before {
        more.microseconds = more.microseconds.saturating_sub(before.microseconds);
        for (count, before) in more.buckets.iter_mut().zip(before.buckets) {
            *count = count.saturating_sub(before);
        }
    }
    more
}

#[cfg(test)]
mod tests {
    use super::super::tally::LATENCY_BUCKETS;
    use super::*;

    fn totals(requests: u64) -> Totals {
        let mut buckets = [0; LATENCY_BUCKETS];
        buckets[1] = requests;
        Totals {
            requests: vec![("CreateToken", 200, requests)],
            latencies: vec![Latency { operation: "CreateToken", buckets, microseconds: requests * 300 }],
            tokens_issued: requests,
            ..Totals::default()
        }
    }

    #[test]
    fn a_sample_holds_what_came_in_its_minute() {
        let (history, at) = (History::default(), Timestamp::from_unix_seconds);
        let signing = |count| SigningFigures {
            batches_by_size: [count, 0, 0, 0, 0, 0, 0, 0],
            ..SigningFigures::default()
        };
        history.take(at(60), totals(10), signing(10));
        history.take(at(120), totals(10), signing(10));
        let so_far = history.so_far(at(180), &totals(13), &signing(12));
        history.take(at(180), totals(13), signing(12));
        assert_eq!(*history.last_minutes(1)[0], so_far);
        let samples = history.last_minutes(60);
        let issued: Vec<u64> = samples.iter().map(|sample| sample.counted.tokens_issued).collect();
        assert_eq!(issued, [10, 0, 3]);
        assert_eq!(*samples[1], Sample { at: at(120), counted: Totals::default(), batches_by_size: [0; 8] });
        assert_eq!(samples[2].counted, totals(3));
        assert_eq!(samples[2].batches_by_size[0], 2);
        assert_eq!(history.last_minutes(1), samples[2..]);
    }

    #[test]
    fn a_day_is_kept() {
        let history = History::default();
        for minute in 0..2_000 {
            let at = Timestamp::from_unix_seconds(minute * 60);
            history.take(at, Totals::default(), SigningFigures::default());
        }
        let samples = history.last_minutes(usize::MAX);
        assert_eq!((samples.len(), samples[0].at), (1_440, Timestamp::from_unix_seconds(560 * 60)));
    }
}
