//! Instants and spans of time on the command line: a day, a time, or how long ago.

use std::time::Duration;

use azure_core::time::{OffsetDateTime, parse_rfc3339};

/// Units that a span has, longest first, in seconds.
const UNITS: [(char, u64); 3] = [('d', 86_400), ('h', 3_600), ('m', 60)];
/// Spans are of a life's length, so that no instant is out of range.
const SECONDS_MAX: u64 = 36_500 * 86_400;

/// An instant, as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    At(OffsetDateTime),
    Ago(Duration),
}

impl Moment {
    /// The instant that is meant.
    pub(crate) fn instant(self, now: OffsetDateTime) -> OffsetDateTime {
        match self {
            Self::At(instant) => instant,
            Self::Ago(span) => now - span,
        }
    }
}

/// Reads `2026-10-01` (its first instant in UTC), `2026-10-01T07:05:09Z`, or `90d`: so long ago.
///
/// # Errors
/// A sentence for what is none of these.
pub(super) fn moment(text: &str) -> Result<Moment, String> {
    if let Ok(span) = span(text) {
        return Ok(Moment::Ago(span));
    }
    parse_rfc3339(text)
        .or_else(|_| parse_rfc3339(&format!("{text}T00:00:00Z")))
        .map(Moment::At)
        .map_err(|_| "say when as 2026-10-01, 2026-10-01T07:05:09Z, or how long ago as 24h, 90d".to_owned())
}

/// Reads `90d`, `12h`, `30m`, `1d12h`.
///
/// # Errors
/// A sentence for what is none of these.
pub(super) fn span(text: &str) -> Result<Duration, String> {
    let read = || {
        let (mut rest, mut seconds) = (text, 0_u64);
        for (unit, length) in UNITS {
            let Some((count, after)) = rest.split_once(unit) else { continue };
            let plain = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
            let count: u64 = plain.then(|| count.parse().ok()).flatten()?;
            seconds = seconds.checked_add(count.checked_mul(length)?)?;
            rest = after;
        }
        let is_whole = rest.is_empty() && !text.is_empty() && seconds <= SECONDS_MAX;
        is_whole.then(|| Duration::from_secs(seconds))
    };
    read().ok_or_else(|| "say how long as 90d, 12h, 30m or 1d12h".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_hours_and_minutes_are_read_and_nothing_else_is() {
        for (text, seconds) in [
            ("90d", 7_776_000),
            ("12h", 43_200),
            ("30m", 1_800),
            ("1d12h", 129_600),
            ("1d1h1m", 90_060),
            ("0m", 0),
        ] {
            assert_eq!(span(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in
            ["", "d", "90", "1h1d", "1dd", "-1d", "+1d", "1.5d", "1d 1h", "1s", "99999999999d", "36501d", "ä"]
        {
            assert!(span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_day_a_time_and_how_long_ago_are_moments() {
        let at = |seconds| OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        let now = at(1_790_838_309);
        for (text, expected) in [
            ("2026-10-01", at(1_790_812_800)),
            ("2026-10-01T07:05:09Z", now),
            ("2026-10-01T09:05:09+02:00", now),
            ("1d", at(1_790_838_309 - 86_400)),
        ] {
            assert_eq!(moment(text).unwrap().instant(now), expected, "{text}");
        }
        for text in ["", "yesterday", "2026-13-01", "2026-10-01 07:05", "1790838309"] {
            assert!(moment(text).unwrap_err().contains("24h, 90d"), "{text}");
        }
    }
}
