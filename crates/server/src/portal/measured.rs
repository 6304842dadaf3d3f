//! What was measured, as charts want it: steps of equal length that end now, and what can be read from buckets.

use std::collections::BTreeMap;

use callsign_protocol::date::Timestamp;

use crate::telemetry::{History, LATENCY_BOUNDS_MICROSECONDS, LATENCY_BUCKETS, Sample};

/// The most signatures of a batch.
const BATCH_MAX: usize = 8;

/// How far back is looked, and how finely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    /// An hour, by the minute.
    Hour,
    /// A day, by the quarter of an hour.
    Day,
}

impl Span {
    pub(super) const fn minutes(self) -> usize {
        self.minutes_of_step() * self.steps()
    }

    pub(super) const fn minutes_of_step(self) -> usize {
        match self {
            Self::Hour => 1,
            Self::Day => 15,
        }
    }

    pub(super) const fn steps(self) -> usize {
        match self {
            Self::Hour => 60,
            Self::Day => 96,
        }
    }
}

/// What was counted in a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    /// Requests that went well, that were at fault, and at which the server was.
    pub(super) requests: [u64; 3],
    /// How long requests took: so many in each bucket.
    pub(super) latency: [u64; LATENCY_BUCKETS],
    pub(super) tokens: u64,
    pub(super) revoked: u64,
}

/// What was counted in a span.
#[derive(Debug, Default)]
pub(super) struct Measured {
    /// Oldest first.
    pub(super) steps: Vec<Step>,
    /// Requests by operation and status.
    pub(super) requests: BTreeMap<(&'static str, u16), u64>,
    /// How long each operation took.
    pub(super) latencies: BTreeMap<&'static str, [u64; LATENCY_BUCKETS]>,
    /// Batches of one signature, of two, and so on.
    pub(super) batches: [u64; BATCH_MAX],
}

impl Measured {
    /// What was counted in the span that ends now.
    pub(super) fn of(history: &History, span: Span, (now, so_far): (Timestamp, &Sample)) -> Self {
        let mut measured = Self { steps: vec![Step::default(); span.steps()], ..Self::default() };
        let samples = history.last_minutes(span.minutes());
        for sample in samples.iter().map(AsRef::as_ref).chain([so_far]) {
            measured.add(span, now, sample);
        }
        measured
    }

    fn add(&mut self, span: Span, now: Timestamp, sample: &Sample) {
        let seconds = now.unix_seconds() - sample.at.unix_seconds();
        let back = usize::try_from(seconds / 60).unwrap_or(0) / span.minutes_of_step();
        // What is older than the span, because the server slept, is in no step of it.
        let Some(step) = self.steps.iter_mut().rev().nth(back) else { return };
        let counted = &sample.counted;
        step.tokens += counted.tokens_issued;
        step.revoked += counted.identities_revoked;
        for (operation, status, count) in &counted.requests {
            let [good, at_fault, failed] = &mut step.requests;
            *match status {
                ..400 => good,
                400..500 => at_fault,
                _ => failed,
            } += count;
            *self.requests.entry((operation, *status)).or_default() += count;
        }
        for latency in &counted.latencies {
            add_all(&mut step.latency, &latency.buckets);
            add_all(
                self.latencies.entry(latency.operation).or_insert([0; LATENCY_BUCKETS]),
                &latency.buckets,
            );
        }
        add_all(&mut self.batches, &sample.batches_by_size);
    }
}

fn add_all(to: &mut [u64], more: &[u64]) {
    to.iter_mut().zip(more).for_each(|(to, more)| *to += more);
}

/// The time that so many in a thousand stay below, in microseconds: read off the bucket that it falls into, as if what is in a bucket were
/// spread evenly. `None` when there is nothing.
pub(super) fn quantile(buckets: &[u64; LATENCY_BUCKETS], per_thousand: u64) -> Option<u64> {
    let all: u64 = buckets.iter().sum();
    if all == 0 {
        return None;
    }
    let wanted = (all * per_thousand).div_ceil(1_000).max(1);
    let mut below = 0;
    let lower_bounds = std::iter::once(0).chain(LATENCY_BOUNDS_MICROSECONDS);
    let upper_bounds = LATENCY_BOUNDS_MICROSECONDS.into_iter().map(Some).chain([None]);
    for ((count, lower), upper) in buckets.iter().zip(lower_bounds).zip(upper_bounds) {
        if below + count >= wanted {
            // What is longer than the last bound is only known to be.
            let Some(upper) = upper else { return Some(lower) };
            return Some(lower + (upper - lower) * (wanted - below) / count);
        }
        below += count;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_lies_in_its_bucket() {
        let mut buckets = [0; LATENCY_BUCKETS];
        assert_eq!(quantile(&buckets, 500), None);
        buckets[0] = 100;
        assert_eq!((quantile(&buckets, 500), quantile(&buckets, 1_000)), (Some(125), Some(250)));
        // One in a hundred took from 5 to 10 milliseconds.
        buckets[0] = 99;
        buckets[5] = 1;
        assert_eq!((quantile(&buckets, 990), quantile(&buckets, 999)), (Some(250), Some(10_000)));
        let mut slow = [0; LATENCY_BUCKETS];
        slow[LATENCY_BUCKETS - 1] = 1;
        assert_eq!(quantile(&slow, 500), Some(5_000_000));
    }

    #[test]
    fn what_was_counted_stands_in_the_step_of_its_time() {
        let now = Timestamp::from_unix_seconds(1_000_000);
        let ago = |minutes: i64| sample(now.plus_minutes(-minutes));
        let mut measured = Measured { steps: vec![Step::default(); 60], ..Measured::default() };
        for minutes in [0, 1, 1, 59, 60, 500] {
            measured.add(Span::Hour, now, &ago(minutes));
        }
        let issued: Vec<u64> = measured.steps.iter().map(|step| step.tokens).collect();
        assert_eq!((issued[59], issued[58], issued[0]), (1, 2, 1));
        assert_eq!(issued.iter().sum::<u64>(), 4);
        assert_eq!(measured.steps[59].requests, [5, 2, 1]);
        assert_eq!(measured.requests[&("CreateToken", 200)], 20);
        assert_eq!(measured.batches[7], 4);
        let history = History::default();
        history.take(ago(14).at, ago(14).counted, Default::default());
        let day = Measured::of(&history, Span::Day, (now, &ago(0)));
        assert_eq!((day.steps.len(), day.steps[95].tokens), (96, 2));
    }

    fn sample(at: Timestamp) -> Sample {
        let mut sample =
            Sample { at, counted: Default::default(), batches_by_size: [0, 0, 0, 0, 0, 0, 0, 1] };
        sample.counted.tokens_issued = 1;
        sample.counted.requests =
            vec![("CreateToken", 200, 5), ("CreateToken", 401, 2), ("GetKeySet", 500, 1)];
        sample
    }
}
