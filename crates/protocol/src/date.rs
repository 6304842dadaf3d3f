//! Instants and the two ways in which the wire writes them.

use std::time::Duration;

use time::format_description::BorrowedFormatItem;
use time::macros::{datetime, format_description};
use time::{OffsetDateTime, PrimitiveDateTime};

/// .NET counts time in ticks of 100 ns, and the live service shows them (`live-behaviour.md` §3).
const NANOSECONDS_PER_TICK: i128 = 100;
const TICKS_PER_SECOND: i64 = 10_000_000;
const TICKS_PER_MILLISECOND: i64 = 10_000;

const IMF_FIXDATE: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short], [day padding:zero] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);
const WHOLE_SECONDS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");

/// An instant in UTC, in ticks of 100 ns since 1970, from year 0001 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    ticks: i64,
}

impl Timestamp {
    const MIN: Self = Self::from_known(datetime!(0001-01-01 0:00 UTC));
    const MAX: Self = Self::from_known(datetime!(9999-12-31 23:59:59 UTC));

    const fn from_known(instant: OffsetDateTime) -> Self {
        Self { ticks: instant.unix_timestamp() * TICKS_PER_SECOND }
    }

    const fn clamped(ticks: i64) -> Self {
        if ticks < Self::MIN.ticks {
            Self::MIN
        } else if ticks > Self::MAX.ticks {
            Self::MAX
        } else {
            Self { ticks }
        }
    }

    /// The instant that many ticks of 100 ns after 1970; clamped to years 0001 to 9999.
    #[must_use]
    pub const fn from_unix_ticks(ticks: i64) -> Self {
        Self::clamped(ticks)
    }

    /// The instant that many milliseconds after 1970; clamped to years 0001 to 9999.
    #[must_use]
    pub const fn from_unix_milliseconds(milliseconds: i64) -> Self {
        Self::clamped(milliseconds.saturating_mul(TICKS_PER_MILLISECOND))
    }

    /// The instant without what is less than a millisecond: as stores keep it.
    #[must_use]
    pub const fn whole_milliseconds(self) -> Self {
        Self::from_unix_milliseconds(self.unix_milliseconds())
    }

    /// The instant that many seconds after 1970; clamped to years 0001 to 9999.
    #[must_use]
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self::clamped(seconds.saturating_mul(TICKS_PER_SECOND))
    }

    /// Whole seconds since 1970, rounded down.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.ticks.div_euclid(TICKS_PER_SECOND)
    }

    /// Whole milliseconds since 1970, rounded down.
    #[must_use]
    pub const fn unix_milliseconds(self) -> i64 {
        self.ticks.div_euclid(TICKS_PER_MILLISECOND)
    }

    /// The instant `minutes` later.
    #[must_use]
    pub const fn plus_minutes(self, minutes: i64) -> Self {
        Self::clamped(self.ticks.saturating_add(minutes.saturating_mul(60 * TICKS_PER_SECOND)))
    }

    /// How far apart two instants are.
    #[must_use]
    pub const fn distance(self, other: Self) -> Duration {
        let ticks = self.ticks.abs_diff(other.ticks);
        Duration::from_nanos(ticks.saturating_mul(NANOSECONDS_PER_TICK as u64))
    }

    fn to_date_time(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.ticks) * NANOSECONDS_PER_TICK)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// .NET's round-trip form: `2025-04-14T17:32:27.2078535+00:00`, up to seven fraction digits, trailing zeros cut.
    #[must_use]
    pub fn to_round_trip(self) -> String {
        let mut text = self.to_whole_seconds();
        let fraction = self.ticks.rem_euclid(TICKS_PER_SECOND);
        if fraction != 0 {
            text.push('.');
            text.push_str(format!("{fraction:07}").trim_end_matches('0'));
        }
        text.push_str("+00:00");
        text
    }

    /// Whole seconds, as `lastTokenIssuedAt` is written: `2025-04-14T15:32:27+00:00`.
    #[must_use]
    pub fn to_whole_seconds_utc(self) -> String {
        self.to_whole_seconds() + "+00:00"
    }

    fn to_whole_seconds(self) -> String {
        self.to_date_time().format(WHOLE_SECONDS).unwrap_or_default()
    }

    /// RFC 9110 IMF-fixdate: `Thu, 01 Oct 2026 07:05:09 GMT`.
    #[must_use]
    pub fn to_imf_fixdate(self) -> String {
        self.to_date_time().format(IMF_FIXDATE).unwrap_or_default()
    }

    /// Reads an IMF-fixdate; `None` for any other spelling.
    #[must_use]
    pub fn parse_imf_fixdate(text: &str) -> Option<Self> {
        let instant = PrimitiveDateTime::parse(text, IMF_FIXDATE).ok()?.assume_utc();
        Some(Self::from_unix_seconds(instant.unix_timestamp()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_form_cuts_trailing_zeros() {
        // Shapes recorded from the live service: `live-behaviour.md` §3 and `wire-contract.md` §1.
        let second = 1_744_651_947 * TICKS_PER_SECOND;
        for (fraction, expected) in [
            (2_078_535, "2025-04-14T17:32:27.2078535+00:00"),
            (2_078_530, "2025-04-14T17:32:27.207853+00:00"),
            (2_000_000, "2025-04-14T17:32:27.2+00:00"),
            (1, "2025-04-14T17:32:27.0000001+00:00"),
            (0, "2025-04-14T17:32:27+00:00"),
        ] {
            assert_eq!(Timestamp::from_unix_ticks(second + fraction).to_round_trip(), expected);
        }
    }

    #[test]
    fn imf_fixdate_reads_back_and_nothing_else_is_read() {
        let text = "Thu, 01 Oct 2026 07:05:09 GMT";
        let instant = Timestamp::parse_imf_fixdate(text).unwrap();
        assert_eq!(instant.to_imf_fixdate(), text);
        for other in [
            "",
            "2026-10-01T07:05:09Z",
            "Thu, 1 Oct 2026 07:05:09 GMT",
            "Thu, 01 Oct 2026 07:05:09 +0000",
            "Thu, 32 Oct 2026 07:05:09 GMT",
        ] {
            assert_eq!(Timestamp::parse_imf_fixdate(other), None, "{other}");
        }
    }

    #[test]
    fn an_impossible_instant_is_clamped() {
        assert_eq!(Timestamp::from_unix_milliseconds(i64::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::MIN.to_imf_fixdate(), "Mon, 01 Jan 0001 00:00:00 GMT");
    }
}
