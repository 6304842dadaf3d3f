//! How long a token lives.

use std::fmt;

/// A token's lifetime: 60 to 1440 minutes, 1440 unless asked otherwise (`wire-contract.md` §2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lifetime {
    minutes: u16,
}

impl Lifetime {
    /// The shortest lifetime, in minutes.
    pub const MINUTES_MIN: i64 = 60;
    /// The longest lifetime, in minutes.
    pub const MINUTES_MAX: i64 = 1440;
    /// The longest lifetime; also the default.
    pub const MAX: Self = Self { minutes: 1440 };

    /// A lifetime of that many minutes; `None` outside 60 to 1440.
    #[must_use]
    pub fn from_minutes(minutes: i64) -> Option<Self> {
        if !(Self::MINUTES_MIN..=Self::MINUTES_MAX).contains(&minutes) {
            return None;
        }
        u16::try_from(minutes).ok().map(|minutes| Self { minutes })
    }

    /// The lifetime in minutes.
    #[must_use]
    pub const fn minutes(self) -> u16 {
        self.minutes
    }
}

impl Default for Lifetime {
    fn default() -> Self {
        Self::MAX
    }
}

impl fmt::Display for Lifetime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} min", self.minutes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_limits_hold() {
        for minutes in [60, 61, 1439, 1440] {
            assert_eq!(Lifetime::from_minutes(minutes).map(|l| i64::from(l.minutes())), Some(minutes));
        }
        for minutes in [i64::MIN, -60, 0, 59, 1441, 65_596, i64::MAX] {
            assert_eq!(Lifetime::from_minutes(minutes), None);
        }
    }
}
