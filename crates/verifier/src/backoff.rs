//! Pauses between attempts: longer each time, and never the same for two verifiers.

use std::time::Duration;

/// How long to wait before the next attempt.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    first: Duration,
    most: Duration,
    next: Duration,
}

impl Backoff {
    /// The first pause, and the longest.
    pub(crate) const fn new(first: Duration, most: Duration) -> Self {
        Self { first, most, next: first }
    }

    /// The next pause: between half and the whole of a span that doubles, so that many verifiers of one server do not come
    /// back at one instant.
    pub(crate) fn pause(&mut self) -> Duration {
        let span = self.next;
        self.next = (span * 2).min(self.most);
        span.mul_f64(0.5 + fastrand::f64() / 2.0)
    }

    /// All went well: the next pause is a first one.
    pub(crate) const fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_anew() {
        let seconds = Duration::from_secs;
        let mut backoff = Backoff::new(seconds(1), seconds(5));
        for span in [1, 2, 4, 5, 5] {
            let pause = backoff.pause();
            assert!((seconds(span) / 2..=seconds(span)).contains(&pause), "{span}: {pause:?}");
        }
        backoff.reset();
        assert!(backoff.pause() <= seconds(1));
    }
}
